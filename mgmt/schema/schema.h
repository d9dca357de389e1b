/*
 * schema.h - everything an operator can say or see, as tables.
 *
 * schemas/ is compiled into the constant tables declared here; the shell
 * parses, completes and prints from them, the daemon checks, compares and
 * stores from them.  This room also holds the one value type that all of
 * them pass around, and its conversions to and from text.
 *
 *    object    "tunnel": keys (who it is), then fields (what is set)
 *    setting   what one command sets: one or more fields of an object
 *    pattern   one way to type a command, flat: words and slots in order
 *    exec      a command that is not configuration
 *    rows      the shape of what a show answers with
 *
 * All tables are constant and shared by all threads; values belong to
 * thread M (or to the shell).
 */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include "base/err.h"
#include "gen/ids.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str;

/* ---- types and values ---- */

enum type_kind {
    TYPE_UINT,        /* number, decimal; min..max                        */
    TYPE_HEX32,       /* number, shown as 0x1001, read in either base     */
    TYPE_FLAG,        /* number 1 while set; has no slot; min 0: it is on
                         by default, and 0 while `no` has turned it off   */
    TYPE_ENUM,        /* number: index into the enumeration               */
    TYPE_ENUM_LIST,   /* number: min..max indices, see value_list_*       */
    TYPE_IPV4,        /* number, host order                               */
    TYPE_MASK,        /* number, host order, contiguous                   */
    TYPE_TEXT,        /* one word of min..max characters                  */
    TYPE_LINE,        /* the rest of the line, min..max characters        */
    TYPE_SECRET_TEXT, /* sealed text; clear form one word                 */
    TYPE_SECRET_HEX,  /* sealed text; clear form min..max hex words       */
    TYPE_HASH,        /* a password's hash; clear form one word           */
};

struct schema_type {
    enum type_kind kind;
    uint64_t min;
    uint64_t max;
    uint16_t enumeration; /* enum schema_enum_id, for the ENUM kinds */
};

/* Immutable, counted; wiped when the last holder lets go. */
struct text {
    uint32_t refs;
    uint32_t length;
    char bytes[]; /* terminated; holds no zero byte */
};

enum value_kind {
    VALUE_NONE, /* not set */
    VALUE_NUMBER,
    VALUE_TEXT,  /* for secrets: the sealed form, safe to show         */
    VALUE_CLEAR, /* a secret as it was typed; only on its way to seal  */
};

struct value {
    enum value_kind kind;
    union {
        uint64_t number;
        struct text *text;
    };
};

struct value value_none(void);
struct value value_number(uint64_t number);
struct value value_text(const char *text);
struct value value_text_n(const char *text, size_t length);
struct value value_clear(const char *text); /* VALUE_CLEAR */
/* Another holder of the same value, and the end of one (value becomes none). */
struct value value_share(const struct value *value);
void value_done(struct value *value);
/* "" unless it is a text. */
const char *value_string(const struct value *value);
bool value_is_set(const struct value *value);
bool value_equal(const struct value *a, const struct value *b);
/* Total order: none, numbers, texts (strcmp). */
int value_compare(const struct value *a, const struct value *b);

/* Up to 8 enum indices (each below 255) packed into a number. */
uint64_t value_list_add(uint64_t list, unsigned index);
unsigned value_list_count(uint64_t list);
unsigned value_list_at(uint64_t list, unsigned position);

/* Read count words as one value of the type.  ERR_SYNTAX: not of that form;
 * ERR_INVALID: out of range.  Secrets come out as VALUE_CLEAR (hex words in
 * lower case, joined by one blank).  masked: a secret's sealed form.  Enum
 * words may be shortened to a unique prefix, in either case. */
MUST_CHECK enum err value_read(const struct schema_type *type, bool masked,
    const char *const *words, size_t count, struct value *out_value);
/* As typed; sealed form of secrets; nothing for VALUE_NONE and VALUE_CLEAR. */
void value_write(
    const struct schema_type *type, const struct value *value, struct str *out);
/* As JSON: number, true, string, array of strings; null where not set. */
void value_write_json(
    const struct schema_type *type, const struct value *value, struct str *out);
/* Is the value of this type and in its range?  For values from outside. */
MUST_CHECK enum err value_check(
    const struct schema_type *type, const struct value *value);
/* What help shows for a slot: "<160 - 9000>", "A.B.C.D", "WORD", "LINE". */
void type_label(const struct schema_type *type, struct str *out);
/* A flag that is on until `no` turns it off? */
bool type_is_on(const struct schema_type *type);
/* The most words a slot of this type takes. */
size_t type_words(const struct schema_type *type);

/* ---- tables ---- */

enum { SCHEMA_NONE = UINT16_MAX }; /* "no such index" in every id below */

struct schema_word {
    const char *word;
    const char *help;
};

struct schema_enum {
    const char *name;
    const struct schema_word *values;
    uint16_t count;
};

struct schema_field {
    const char *name; /* snake_case: JSON key and SQL column */
    struct schema_type type;
    const char *help;
    uint16_t setting;      /* of the object; SCHEMA_NONE for a key    */
    uint16_t references;   /* object that it names, or SCHEMA_NONE    */
    struct value fallback; /* in force while not set; none: no default */
};

enum schema_need { NEED_OPTIONAL, NEED_REQUIRED, NEED_NOT_APPLICABLE };

struct schema_kind_rule {
    enum schema_need need;
    const char *sentence; /* error (required, not applicable) or, for an
                             optional one, the warning; NULL: none */
};

enum schema_effect {
    EFFECT_LIVE,             /* takes effect without touching SAs   */
    EFFECT_NEXT_NEGOTIATION, /* the next SA has it                  */
    EFFECT_RESTART_TUNNEL,   /* the tunnel is taken down and set up */
};

enum { SCHEMA_KINDS_MAX = 2 };

struct schema_setting {
    const char *name;  /* "session_key_inbound"        */
    const char *label; /* "tunnel session-key-inbound" */
    const char *help;
    uint16_t command;
    uint16_t first_field; /* index into the object's fields */
    uint16_t field_count;
    bool merge;       /* fields not typed keep their value */
    const char *kept; /* warning that nothing uses it yet, or NULL */
    uint16_t unless;  /* setting that does instead of a required one, or
                         SCHEMA_NONE */
    enum schema_effect effect;
    /* by value of the object's kind field; [0] for objects without kinds */
    struct schema_kind_rule rules[SCHEMA_KINDS_MAX];
};

struct schema_object {
    const char *name;
    const char *title;
    const char *kept; /* warning that nothing uses it yet, or NULL */
    uint16_t most;    /* in one parent; 0: as there is room */
    uint16_t parent;  /* enum schema_object_id or SCHEMA_NONE            */
    uint16_t command; /* that creates or enters it; SCHEMA_NONE: it is
                         always there (singleton or preset only)         */
    uint16_t mode;    /* that the command enters, or SCHEMA_NONE         */
    uint16_t inherited_count; /* keys that are the parent's, first       */
    uint16_t key_count;       /* inherited ones included                 */
    uint16_t field_count;     /* keys included                           */
    uint16_t setting_count;
    uint16_t together_count; /* keys that `no` may end after, to remove all
                                objects that agree in them; 0: none     */
    uint16_t kind_field;     /* selects rules[]; SCHEMA_NONE: rules[0]       */
    uint16_t check;          /* enum schema_check_id: the validator's rule over
                                several settings, or SCHEMA_NONE                  */
    const struct schema_field *fields;
    const struct schema_setting *settings;
    const struct value *preset; /* keys of the object that is always there,
                                   or NULL */
};

enum schema_command_kind { COMMAND_OBJECT, COMMAND_SETTING, COMMAND_EXEC };

enum schema_where {
    WHERE_MODE,     /* in its own mode only            */
    WHERE_EXEC,     /* user and privileged exec        */
    WHERE_CONFIG,   /* every configuration mode        */
    WHERE_ANYWHERE, /* exec and every configuration mode */
};

struct schema_command {
    enum schema_command_kind kind;
    enum schema_where where;
    const char *help;
    const char *synopsis; /* as written in the schema     */
    uint16_t mode;        /* of WHERE_MODE                */
    uint16_t object;      /* COMMAND_OBJECT, COMMAND_SETTING */
    uint16_t setting;     /* COMMAND_SETTING              */
    uint16_t exec;        /* COMMAND_EXEC                 */
    uint32_t initials;    /* letters that a line can begin with, a bit each
                             from `a`; all bits: anything */
    uint16_t first_pattern;
    uint16_t pattern_count;
    uint8_t level; /* least privilege, 0 to 15 */
};

enum schema_token_kind { TOKEN_WORD, TOKEN_SLOT };

struct schema_token {
    enum schema_token_kind kind;
    const char *word; /* the literal; of a slot: its prefix or NULL */
    const char *help;
    uint16_t field;       /* of the object, or argument of the exec */
    bool masked;          /* the slot reads a secret's sealed form  */
    bool prefix_optional; /* "[ipsec:]<name>"                       */
};

struct schema_pattern {
    uint16_t command;
    uint16_t first_token;
    uint8_t token_count;
    uint8_t negate_from; /* the `no` form may end after so many tokens */
    uint8_t negate_at;   /* or after just so many; 0: not             */
    uint8_t shared;      /* so many first tokens are those of the one before */
};

struct schema_mode {
    const char *name;
    const char *prompt; /* "(config-if)"; "" for exec */
    uint16_t parent;    /* that exit leads to         */
};

struct schema_exec {
    const char *name;
    const char *title;
    uint16_t command; /* SCHEMA_NONE: no line, for programs only         */
    uint16_t rows;    /* SCHEMA_NONE: plain answer                       */
    uint8_t level;    /* least privilege, 0 to 15                        */
    bool local;       /* done by the shell itself                        */
    bool owner;       /* only for root and the user that the daemon runs as */
    uint16_t arg_count;
    const struct schema_field *args;
};

struct schema_rows {
    const char *name;
    const char *title;
    uint16_t column_count;
    const struct schema_field *columns;
};

extern const struct schema_enum schema_enums[ENUM_COUNT];
extern const struct schema_mode schema_modes[MODE_COUNT];
extern const struct schema_object schema_objects[OBJECT_COUNT];
extern const struct schema_exec schema_execs[EXEC_COUNT];
extern const struct schema_rows schema_rows[ROWS_COUNT];
extern const struct schema_command schema_commands[COMMAND_COUNT];
extern const struct schema_pattern schema_patterns[PATTERN_COUNT];
extern const struct schema_token schema_tokens[];
/* Of all schema files together, told in HELLO. */
extern const char schema_hash[];

/* ---- printing from the tables ---- */

/* The line that sets these fields again (no line end), by the first pattern
 * whose slots are exactly the set fields of the command; secrets masked.
 * fields: the object's (keys included).  False: nothing is set, no line. */
bool schema_render(
    uint16_t command, const struct value *fields, struct str *out);
/* What a person calls the object: the line that enters it, with keys only,
 * "interface tunnel ipsec:siteB". */
void schema_path(uint16_t object, const struct value *keys, struct str *out);

/* Is it the one of these that is always there? */
bool schema_is_preset(uint16_t object, const struct value *keys);

enum { SCHEMA_PARENTS_MAX = 4 };

/* What the object is in, outermost first, without what is always there.
 * Returns how many. */
size_t schema_parents(uint16_t object, const struct value *keys,
    uint16_t out_parents[SCHEMA_PARENTS_MAX]);

#endif
