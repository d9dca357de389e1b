/*
 * model.h - the schema as the compiler knows it.
 *
 *    text -> lex -> parse -> model -> check -> expand -> emit_*
 *
 * parse fills the lists with what was written; check resolves the names and
 * builds each object's fields; expand turns the syntax lines into flat
 * patterns.  The emitters only read.  Everything lives in the model's arena
 * and goes with it.
 */
#ifndef SCHEMAC_MODEL_H
#define SCHEMAC_MODEL_H

#include "base/arena.h"
#include "mib.h"
#include "report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/* What the generated tables can hold. */
enum {
    FIELDS_MAX = 64,   /* of an object: the runtime keeps sets in 64 bits  */
    KINDS_MAX = 2,     /* values of a kind attribute                       */
    LIST_MAX = 8,      /* words of a list, packed into one number          */
    PATTERNS_MAX = 96, /* ways to type one command                       */
    TOKENS_MAX = 24,   /* of one such way                                */
    NONE = 65535,      /* "no such index" in the generated tables        */
};

enum form {
    FORM_UINT,
    FORM_HEX32,
    FORM_FLAG,
    FORM_ENUM,
    FORM_LIST,
    FORM_IPV4,
    FORM_MASK,
    FORM_TEXT,
    FORM_LINE,
    FORM_SECRET_TEXT,
    FORM_SECRET_HEX,
    FORM_HASH,
    FORM_COUNT
};

struct type {
    enum form form;
    uint64_t min;
    uint64_t max;
    const char *enum_name; /* of FORM_ENUM and FORM_LIST */
    const struct enumeration *enumeration;
};

struct enum_value {
    TAILQ_ENTRY(enum_value) link;
    struct place place;
    const char *name;
    const char *help;
};

struct enumeration {
    TAILQ_ENTRY(enumeration) link;
    TAILQ_HEAD(enum_values, enum_value) values;
    struct place place;
    const char *name;
    const char *title;
    size_t count;
    size_t index;
};

struct mode {
    TAILQ_ENTRY(mode) link;
    struct place place;
    const char *name;
    const char *prompt;
    const char *parent_name;
    const struct mode *parent;
    size_t index;
};

/* A key or a field of an object, an argument, a column. */
struct field {
    TAILQ_ENTRY(field) link;
    struct place place;
    const char *name; /* as written                                */
    const char *id;   /* snake case and whole: local_identity_mask */
    const char *help;
    struct type type;
    const char *reference_name;
    const struct object *reference;
    const struct attr *attr; /* whose field this is; NULL: a key      */
    const char *fallback;    /* default as written, or NULL           */
    uint64_t fallback_number;
    size_t index; /* among the fields of its owner                    */
    bool optional;
    bool typed; /* some pattern has a slot for it                     */
};
TAILQ_HEAD(fields, field);

enum need { NEED_OPTIONAL, NEED_REQUIRED, NEED_NOT_APPLICABLE };

struct rule {
    TAILQ_ENTRY(rule) link;
    struct place place;
    const char *kind;
    enum need need;
    const char *sentence; /* or NULL */
};

struct fallback {
    TAILQ_ENTRY(fallback) link;
    struct place place;
    const char *field; /* or NULL: the only one */
    const char *value;
};

enum effect { EFFECT_LIVE, EFFECT_NEXT_NEGOTIATION, EFFECT_RESTART_TUNNEL };

struct attr {
    TAILQ_ENTRY(attr) link;
    struct fields fields;
    TAILQ_HEAD(rules, rule) rules;
    TAILQ_HEAD(fallbacks, fallback) fallbacks;
    struct place place;
    const char *name;
    const char *id;
    const char *help;
    const char *label; /* "tunnel session-key-inbound" */
    const char *reference_name;
    const char *required; /* sentence, of objects without kinds */
    const char *kept; /* warning: it is kept, and nothing uses it; or NULL */
    const char *unless_name;   /* attr that does instead of a required one */
    const struct attr *unless; /* or NULL                                  */
    struct object *object;
    struct command *command; /* its own, or its object's */
    const struct rule *by_kind[KINDS_MAX];
    enum effect effect;
    size_t field_count;
    size_t first_field;
    size_t index;
    bool single; /* one field, with the attribute's own name */
    bool merge;
};

struct object {
    TAILQ_ENTRY(object) link;
    TAILQ_HEAD(attrs, attr) attrs;
    struct fields keys; /* its own, as written */
    struct place place;
    const char *name;
    const char *id;
    const char *title;
    const char *parent_name;
    const char *mode_name;
    const char *kinds_name;
    const char *preset;
    const char *check;
    const char *together; /* key; `no` may end after it */
    const char *kept;     /* as of an attr */
    uint64_t most;        /* in one parent; 0: as many as there is room for */
    const struct object *parent;
    const struct mode *mode;
    const struct attr *kinds;
    struct command *command;
    struct field *fields[FIELDS_MAX]; /* inherited, own keys, settings */
    size_t field_count;
    size_t inherited_count;
    size_t key_count;
    size_t together_count; /* keys up to that one; 0: none */
    size_t attr_count;
    size_t index;
    bool ordered;
};

enum where { WHERE_MODE, WHERE_EXEC, WHERE_CONFIG, WHERE_ANYWHERE };

struct exec {
    TAILQ_ENTRY(exec) link;
    struct fields args;
    struct place place;
    const char *name;
    const char *title;
    const char *rows_name;
    const struct rows *rows;
    struct command *command;
    enum where where;
    size_t arg_count;
    size_t index;
    unsigned level;
    bool local;
    bool hidden; /* no line: asked for by programs           */
    bool owner;  /* only by root and the daemon's own user   */
};

struct rows {
    TAILQ_ENTRY(rows) link;
    struct fields columns;
    struct place place;
    const char *name;
    const char *title;
    size_t column_count;
    size_t index;
    bool typed; /* some command that is typed answers with it */
};

struct word {
    TAILQ_ENTRY(word) link;
    struct place place;
    const char *path;
    const char *help;
};

struct statistic {
    TAILQ_ENTRY(statistic) link;
    struct place place;
    const char *name;
    const char *help;
};

struct cause {
    TAILQ_ENTRY(cause) link;
    struct place place;
    const char *name;
    const char *sentence;
    const char *fix;
};

/* What a notification tells: a column of the rows `notification`, as an
 * object of a MIB. */
struct varbind {
    TAILQ_ENTRY(varbind) link;
    struct place place;
    const char *column;
    const char *object;
    const char *oid;
    const char *type;
    const char *index; /* a column, or "scalar" */
    size_t number;
};

enum { NOTIFICATION_TELLS_MAX = 12 };

struct notification {
    TAILQ_ENTRY(notification) link;
    struct place place;
    const char *name;
    const char *trap;
    const char *oid;
    const char *category;
    const char *severity;
    const char *sentence;
    const char *tells[NOTIFICATION_TELLS_MAX]; /* columns */
    size_t tell_count;
};

struct drop {
    TAILQ_ENTRY(drop) link;
    struct place place;
    const char *name;
    const char *statistic; /* or "none" */
    const char *sentence;
};

struct token {
    const char *word; /* literal, or prefix of the slot with its colon */
    const char *help;
    const struct field *field; /* NULL: a word */
    bool masked;
    bool prefix_optional;
};

struct pattern {
    TAILQ_ENTRY(pattern) link;
    struct token *tokens;
    size_t count;
    size_t negate_from;
    size_t negate_at; /* or after so many tokens; 0: nowhere else */
};

/* One syntax line.  Of object, attr and exec exactly one is its owner; the
 * object is set for an attr's command too. */
struct command {
    TAILQ_ENTRY(command) link;
    TAILQ_HEAD(patterns, pattern) patterns;
    struct place place;
    const char *syntax;
    struct object *object;
    struct attr *attr;
    struct exec *exec;
    size_t pattern_count;
    size_t first_pattern;
    size_t index;
};

struct order_name {
    TAILQ_ENTRY(order_name) link;
    struct place place;
    const char *name;
};

enum { STEPS_MAX = 256 };

struct model {
    struct arena arena;
    struct report report;
    uint64_t hash;                /* FNV-1a over all texts */
    const char *history;          /* SQL written by hand, "" for none */
    const char *views;            /* the same */
    const char *steps[STEPS_MAX]; /* of migrations/; [i] is version i + 1 */
    size_t step_count;
    TAILQ_HEAD(order_names, order_name) order;
    TAILQ_HEAD(enumerations, enumeration) enums;
    TAILQ_HEAD(modes, mode) modes;
    TAILQ_HEAD(objects, object) objects; /* in `order` once checked */
    TAILQ_HEAD(execs, exec) execs;
    TAILQ_HEAD(rows_list, rows) rows;
    TAILQ_HEAD(words, word) words;
    TAILQ_HEAD(statistics, statistic) statistics;
    TAILQ_HEAD(drops, drop) drops;
    TAILQ_HEAD(causes, cause) causes;
    TAILQ_HEAD(mibs, mib) mibs;
    TAILQ_HEAD(varbinds, varbind) varbinds;
    TAILQ_HEAD(notifications, notification) notifications;
    TAILQ_HEAD(commands, command) commands; /* in the order of their lines */
    size_t enum_count;
    size_t mode_count;
    size_t object_count;
    size_t exec_count;
    size_t rows_count;
    size_t command_count;
    size_t pattern_count;
    size_t mib_count;
};

void model_init(struct model *model);
void model_done(struct model *model);

/* The steps.  Problems go to the model's report; a later step may run only
 * after all before it left the report empty.  text need not be terminated;
 * file is borrowed for the model's life. */
void schema_parse(
    struct model *model, const char *file, const char *text, size_t length);
void schema_check(struct model *model);
void schema_check_objects(struct model *model);       /* part of schema_check */
void schema_check_mibs(struct model *model);          /* the same             */
void schema_check_notifications(struct model *model); /* the same */
void schema_expand(struct model *model);
/* check and expand, each only if nothing was reported before. */
void schema_finish(struct model *model);

/* ---- lookups; NULL: none ---- */

const struct enumeration *model_enum(
    const struct model *model, const char *name);
const struct mode *model_mode(const struct model *model, const char *name);
struct object *model_object(const struct model *model, const char *name);
const struct rows *model_rows(const struct model *model, const char *name);
const struct varbind *model_varbind(
    const struct model *model, const char *column);
/* Position of a value; count of the enumeration if there is none. */
size_t enum_position(const struct enumeration *e, const char *name);

#endif
