/*
 * parse.h - between the two halves of the parser.
 *
 * parse.c has the table of statements and those at the start of a line;
 * parse_under.c has the properties that stand below them.
 */
#ifndef SCHEMAC_PARSE_H
#define SCHEMAC_PARSE_H

#include "lex.h"
#include "model.h"

/* What the lines below belong to. */
enum context {
    IN_NOTHING,
    IN_ENUM,
    IN_MODE,
    IN_OBJECT,
    IN_ATTR,
    IN_EXEC,
    IN_ROWS,
    IN_MIB,
    IN_NOTIFICATION,
};

struct parser {
    struct model *model;
    enum context context;
    struct enumeration *enumeration;
    struct mode *mode;
    struct object *object;
    struct attr *attr;
    struct exec *exec;
    struct rows *rows;
    struct mib *mib;
    struct notification *notification;
};

/* One word that may start a line.  shape has a letter for each word after it:
 * n name, t type, s string, v any bare word; after '+' optional ones; '*'
 * leaves the rest to the function. */
struct statement {
    const char *word;
    enum context context;
    const char *shape;
    const char *usage;
    void (*take)(struct parser *parser, const struct lex_line *line);
};

/* The properties, ended by one without a word. */
extern const struct statement parse_properties[];

/* A `mib` block and its properties; parse_mib.c has them. */
void take_mib(struct parser *parser, const struct lex_line *line);
void take_mib_rows(struct parser *parser, const struct lex_line *line);
void take_mib_index(struct parser *parser, const struct lex_line *line);
void take_mib_router(struct parser *parser, const struct lex_line *line);
void take_mib_shared(struct parser *parser, const struct lex_line *line);
void take_mib_object(struct parser *parser, const struct lex_line *line);

/* "manual required [sentence]" below an attribute.  False: it is not such a
 * line. */
bool parse_kind_rule(struct parser *parser, const struct lex_line *line);

#endif
