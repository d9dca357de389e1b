/*
 * parse.h - from a typed line to a command, by the schema's patterns.
 *
 * Pure functions: no I/O, no state.  A line is split into words; all patterns
 * of the mode are followed at once, word by word; keywords may be shortened
 * to a unique prefix, in either case.  The same walk serves execution, `?`
 * and Tab.
 */
#ifndef PARSE_PARSE_H
#define PARSE_PARSE_H

#include "schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str;

enum {
    PARSE_LINE_MAX = 4096, /* bytes */
    PARSE_WORDS_MAX = 64,
    PARSE_VALUES_MAX = SCHEMA_FIELDS_MAX > SCHEMA_ARGS_MAX ? SCHEMA_FIELDS_MAX
                                                           : SCHEMA_ARGS_MAX,
};

/* Where the line is typed. */
struct parse_place {
    uint16_t mode;   /* enum schema_mode_id: which settings can be typed */
    uint16_t object; /* in a sub-mode: the type of the object that is being
                        configured; its settings only.  Else SCHEMA_NONE  */
    uint8_t level;   /* commands above it do not exist                  */
};

/* Does its line open a mode that holds only its own settings, and the objects
 * that live in it? */
bool object_is_block(const struct schema_object *object);
/* Does it live in such a mode? */
bool object_is_nested(const struct schema_object *object);

enum parse_outcome {
    PARSE_OK,
    PARSE_NOTHING,      /* blank, or a comment                       */
    PARSE_UNRECOGNIZED, /* no command begins with the first word     */
    PARSE_INVALID,      /* a later word is wrong: column, expected   */
    PARSE_AMBIGUOUS,    /* a word fits several keywords              */
    PARSE_INCOMPLETE,   /* right so far, but there must be more      */
};

struct parse_result {
    enum parse_outcome outcome;
    size_t column;      /* of the word that is wrong, bytes from 0    */
    char expected[160]; /* what could stand there, for people; or "" */
    uint16_t command;   /* index into schema_commands                 */
    uint16_t pattern;
    bool negated;   /* `no` before it                             */
    bool defaulted; /* `default` before it                        */
    /* By field of the object or argument of the exec; none where not typed. */
    struct value values[PARSE_VALUES_MAX];
    /* Negated: these fields only (all of the setting when none is true). */
    bool named[PARSE_VALUES_MAX];
    const char *filter; /* in the line, after '|', blanks skipped, or from
                           '>' on; NULL: none.  Only of exec commands.  */
};

/* Understand the whole line.  out_result is filled in any case; release its
 * values with parse_result_done. */
void parse_line(const struct parse_place *place, const char *line,
    struct parse_result *out_result);
void parse_result_done(struct parse_result *result);

/* The two lines under a wrong one, or one line: "% Unrecognized command",
 * "     ^\n% Invalid input detected at '^' marker.", "% Ambiguous command",
 * "% Incomplete command.", each with what was expected where that helps;
 * indent: columns of the prompt before the line.  Every line ends in \n. */
void parse_explain(
    const struct parse_result *result, size_t indent, struct str *out);

/* ---- help and completion ---- */

/* Names of live objects, for slots that refer to some; may give none. */
struct parse_names {
    void (*find)(void *context, uint16_t object, const char *prefix,
        void (*take)(void *taker, const char *name), void *taker);
    void *context;
};

struct parse_choice {
    char word[96]; /* what may stand there: keyword, name, "<cr>" or a label
                      such as "A.B.C.D" */
    const char *help;
    bool literal; /* can be typed as it stands (keyword or name) */
};

struct parse_choices {
    struct parse_choice *choices; /* sorted by word, each once */
    size_t count;
    size_t room;
    size_t word_at; /* column where the word begins that they complete */
};

/* What can stand at the end of the text before the cursor (its last word, or
 * a new word after a blank).  names may be NULL. */
void parse_choices_find(const struct parse_place *place, const char *text,
    const struct parse_names *names, struct parse_choices *out_choices);
void parse_choices_done(struct parse_choices *choices);
/* The longest text that all literal choices share beyond what is typed, plus
 * a blank if there is just one choice; "" if there is none. */
void parse_completion(
    const struct parse_choices *choices, const char *text, struct str *out);

#endif
