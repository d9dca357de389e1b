/*
 * kit_words.c - requests in words become frames (see kit.h).
 */
#include "tests/support/kit_words.h"

#include "base/arena.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 32 };

/* The words that are left. */
struct words {
    const char *request;
    char *copy;
    char *rest;
};

_Noreturn static void
give_up(const struct words *words, const char *why)
{
    fprintf(stderr, "no request: %s: %s\n", words->request, why);
    abort();
}

static const char *
next(struct words *words)
{
    char *word;

    do
        word = strsep(&words->rest, " ");
    while (word != NULL && word[0] == '\0');
    if (word == NULL)
        give_up(words, "too short");
    return word;
}

static bool
is_empty(const struct words *words)
{
    return words->rest == NULL || words->rest[strspn(words->rest, " ")] == '\0';
}

static void
add_number(struct words *words, struct wire_frame *frame)
{
    uint64_t number;

    if (str_to_u64(next(words), &number) != OK)
        give_up(words, "a number is wanted");
    wire_add_number(frame, number);
}

/* "-", "+", "!secret/second", "=text whatever the type" or a word of the
 * type. */
static void
add_value(struct words *words, struct wire_frame *frame,
    const struct schema_type *type)
{
    const char *word = next(words);
    struct value value = value_none();
    char *secret;
    char *slash;

    if (word[0] == '!') {
        secret = mem_strdup(word + 1);
        slash = strchr(secret, '/');
        if (slash != NULL)
            *slash = ' ';
        value = value_clear(secret);
        free(secret);
    } else if (str_equal(word, "+")) {
        value = value_number(1);
    } else if (word[0] == '=') {
        value = value_text(word + 1);
    } else if (!str_equal(word, "-")) {
        bool masked = type->kind == TYPE_SECRET_HEX;

        if (value_read(type, masked, &word, 1, &value) != OK)
            give_up(words, word);
    }
    wire_add(frame, value);
}

/* Numbers, and words that are none as text. */
static void
read_numbers(struct words *words, struct wire_frame *frame)
{
    while (!is_empty(words)) {
        const char *word = next(words);
        uint64_t number;

        if (str_to_u64(word, &number) == OK) {
            wire_add_number(frame, number);
        } else {
            wire_add_text(frame, word);
        }
    }
}

/* A level, and a password if there is one. */
static void
read_auth(struct words *words, struct wire_frame *frame)
{
    static const struct schema_type text = {TYPE_TEXT, 0, 127, SCHEMA_NONE};

    add_number(words, frame);
    if (is_empty(words)) {
        wire_add(frame, value_none());
    } else {
        add_value(words, frame, &text);
    }
}

/* 1 for a person, and the rest: where from. */
static void
read_line(struct words *words, struct wire_frame *frame)
{
    add_number(words, frame);
    wire_add_text(frame, words->rest == NULL ? "" : words->rest);
    words->rest = NULL;
}

/* One word: why. */
static void
read_comment(struct words *words, struct wire_frame *frame)
{
    wire_add_number(frame, 0);
    wire_add_text(frame, next(words));
}

static void
add_word(struct words *words, struct wire_frame *frame)
{
    const char *word = next(words);

    wire_add_text(frame, str_equal(word, "-") ? "" : word);
}

/* mode, comment, label, id */
static void
read_named(struct words *words, struct wire_frame *frame)
{
    wire_add_number(frame, 0);
    wire_add_text(frame, "");
    add_word(words, frame);
    add_word(words, frame);
}

/* mode, comment, label, id, minutes, guard */
static void
read_confirm(struct words *words, struct wire_frame *frame)
{
    wire_add_number(frame, 0);
    wire_add_text(frame, "");
    wire_add_text(frame, "");
    wire_add_text(frame, "");
    add_number(words, frame);
    add_number(words, frame);
}

static const struct schema_object *
add_object(struct words *words, struct wire_frame *frame)
{
    const char *name = next(words);
    uint64_t i;

    for (i = 0; i < OBJECT_COUNT; i++) {
        if (str_equal(schema_objects[i].name, name)) {
            wire_add_number(frame, i);
            return &schema_objects[i];
        }
    }
    give_up(words, name);
}

static const struct schema_setting *
add_setting(struct words *words, struct wire_frame *frame,
    const struct schema_object *object)
{
    const char *name = next(words);
    uint64_t i;

    for (i = 0; i < object->setting_count; i++) {
        if (str_equal(object->settings[i].name, name)) {
            wire_add_number(frame, i);
            return &object->settings[i];
        }
    }
    give_up(words, name);
}

static void
add_keys(struct words *words, struct wire_frame *frame,
    const struct schema_object *object)
{
    size_t i;

    for (i = 0; i < object->key_count; i++)
        add_value(words, frame, &object->fields[i].type);
}

static void
read_object(struct words *words, struct wire_frame *frame)
{
    add_keys(words, frame, add_object(words, frame));
}

static void
read_set(struct words *words, struct wire_frame *frame)
{
    const struct schema_object *object = add_object(words, frame);
    const struct schema_setting *setting = add_setting(words, frame, object);
    size_t i;

    add_keys(words, frame, object);
    for (i = 0; i < setting->field_count; i++)
        add_value(words, frame, &object->fields[setting->first_field + i].type);
}

static void
read_unset(struct words *words, struct wire_frame *frame)
{
    const struct schema_object *object = add_object(words, frame);

    (void)add_setting(words, frame, object);
    add_keys(words, frame, object);
    while (!is_empty(words))
        add_number(words, frame);
}

static void
read_exec(struct words *words, struct wire_frame *frame)
{
    const char *name = next(words);
    uint64_t exec;
    size_t i;

    for (exec = 0; exec < EXEC_COUNT; exec++) {
        if (str_equal(schema_execs[exec].name, name))
            break;
    }
    if (exec == EXEC_COUNT)
        give_up(words, name);
    wire_add_number(frame, exec);
    wire_add_text(frame, next(words));
    for (i = 0; i < schema_execs[exec].arg_count; i++)
        add_value(words, frame, &schema_execs[exec].args[i].type);
}

static void
read_names(struct words *words, struct wire_frame *frame)
{
    const char *prefix;

    wire_add_number(frame, SHOW_NAMES);
    (void)add_object(words, frame);
    prefix = next(words);
    wire_add_text(frame, str_equal(prefix, "-") ? "" : prefix);
    add_number(words, frame);
}

static void
read_hello(struct words *words, struct wire_frame *frame)
{
    (void)words;
    wire_add_number(frame, WIRE_FORMAT);
    wire_add_text(frame, schema_hash);
}

/* FORM NAME TRUSTED HEX PASSPHRASE ("-": none) */
static void
read_import(struct words *words, struct wire_frame *frame)
{
    const char *phrase;

    add_number(words, frame);
    wire_add_text(frame, next(words));
    add_number(words, frame);
    wire_add(frame, value_clear(next(words)));
    phrase = next(words);
    wire_add(
        frame, str_equal(phrase, "-") ? value_none() : value_clear(phrase));
}

/* number: added before what is read; 0: none. */
static const struct {
    const char *word;
    enum wire_verb verb;
    uint64_t number;
    void (*read)(struct words *words, struct wire_frame *frame);
} verbs[] = {
    {"HELLO",     WIRE_HELLO,     0,              read_hello  },
    {"AUTH",      WIRE_AUTH,      0,              read_auth   },
    {"LINE",      WIRE_LINE,      0,              read_line   },
    {"OPEN",      WIRE_OPEN,      0,              NULL        },
    {"CLOSE",     WIRE_CLOSE,     0,              NULL        },
    {"HOLD",      WIRE_OPEN,      1,              NULL        },
    {"LET-GO",    WIRE_CLOSE,     1,              NULL        },
    {"CREATE",    WIRE_CREATE,    0,              read_object },
    {"DELETE",    WIRE_DELETE,    0,              read_object },
    {"SET",       WIRE_SET,       0,              read_set    },
    {"UNSET",     WIRE_UNSET,     0,              read_unset  },
    {"COMMIT",    WIRE_COMMIT,    0,              NULL        },
    {"COMMENT",   WIRE_COMMIT,    0,              read_comment},
    {"NAMED",     WIRE_COMMIT,    0,              read_named  },
    {"CONFIRM",   WIRE_COMMIT,    0,              read_confirm},
    {"LABEL",     WIRE_ROLLBACK,  2,              add_word    },
    {"CHECK",     WIRE_COMMIT,    1,              NULL        },
    {"ROLLBACK",  WIRE_ROLLBACK,  0,              read_numbers},
    {"AT",        WIRE_SHOW,      SHOW_AT,        read_numbers},
    {"BACK",      WIRE_SHOW,      SHOW_COMPARE,   read_numbers},
    {"RUNNING",   WIRE_SHOW,      SHOW_RUNNING,   NULL        },
    {"CANDIDATE", WIRE_SHOW,      SHOW_CANDIDATE, NULL        },
    {"COMPARE",   WIRE_SHOW,      SHOW_COMPARE,   NULL        },
    {"BLAME",     WIRE_SHOW,      SHOW_BLAME,     NULL        },
    {"STATUS",    WIRE_SHOW,      SHOW_STATUS,    NULL        },
    {"NAMES",     WIRE_SHOW,      0,              read_names  },
    {"EXEC",      WIRE_EXEC,      0,              read_exec   },
    {"SUBSCRIBE", WIRE_SUBSCRIBE, 0,              add_number  },
    {"IMPORT",    WIRE_IMPORT,    0,              read_import },
};

void
kit_words_frame(const char *request, struct wire_frame *out_frame)
{
    struct words words = {.request = request};
    const char *verb;
    size_t i;

    words.copy = mem_strdup(request);
    words.rest = words.copy;
    verb = next(&words);
    for (i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (!str_equal(verbs[i].word, verb))
            continue;
        wire_frame_init(out_frame, verbs[i].verb, 7);
        if (verbs[i].number != 0)
            wire_add_number(out_frame, verbs[i].number);
        if (verbs[i].read != NULL)
            verbs[i].read(&words, out_frame);
        free(words.copy);
        return;
    }
    give_up(&words, verb);
}
