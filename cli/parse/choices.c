/*
 * choices.c - collecting what could stand at the cursor.
 */
#include "parse/choices.h"

#include "base/arena.h"
#include "base/str.h"
#include "parse/match.h"
#include "parse/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CHOICES_ROOM = 16 };

enum { FILTER_COUNT, FILTER_DISPLAY };

static const struct schema_word filters[] = {
    [FILTER_COUNT] = {"count",   "How many lines there are"           },
    [FILTER_DISPLAY] = {"display", "In another form"                    },
    {"begin",   "From the first line that matches on"},
    {"exclude", "Without the lines that match"       },
    {"include", "Only the lines that match"          },
};
static const struct schema_word filter_json = {"json", "The answer as JSON"};
static const struct schema_word filter_compare = {
    "compare", "What the candidate changes"};
static const struct schema_word filter_rollback = {
    "rollback", "What changed since an earlier commit"};

/* ---- the list ---- */

void
choices_add(struct parse_choices *choices, const char *word, const char *help,
    bool literal)
{
    struct parse_choice *choice;
    size_t i;

    if (strlen(word) >= sizeof choice->word)
        return;
    for (i = 0; i < choices->count; i++) {
        if (strcmp(choices->choices[i].word, word) == 0)
            return;
    }
    if (choices->count == choices->room) {
        choices->room = choices->room == 0 ? CHOICES_ROOM : choices->room * 2;
        choices->choices = mem_resize(
            choices->choices, choices->room * sizeof *choices->choices);
    }
    choice = &choices->choices[choices->count++];
    *choice = (struct parse_choice){.help = help, .literal = literal};
    memcpy(choice->word, word, strlen(word) + 1);
}

void
choices_add_keyword(struct parse_choices *choices, const char *prefix,
    const struct schema_word *keyword)
{
    if (strncasecmp(keyword->word, prefix, strlen(prefix)) == 0)
        choices_add(choices, keyword->word, keyword->help, true);
}

static int
compare(const void *a, const void *b)
{
    const struct parse_choice *left = a;
    const struct parse_choice *right = b;

    return strcmp(left->word, right->word);
}

void
choices_sort(struct parse_choices *choices)
{
    if (choices->count > 1) {
        qsort(choices->choices, choices->count, sizeof *choices->choices,
            compare);
    }
}

void
parse_choices_done(struct parse_choices *choices)
{
    free(choices->choices);
    *choices = (struct parse_choices){0};
}

/* ---- slots ---- */

static void
add_enum(struct parse_choices *choices, const struct schema_enum *enumeration,
    const char *prefix)
{
    size_t i;

    for (i = 0; i < enumeration->count; i++)
        choices_add_keyword(choices, prefix, &enumeration->values[i]);
}

/* Could a value of the type begin like this? */
static bool
could_begin(const struct schema_type *type, const char *prefix)
{
    const char *allowed = NULL;

    switch (type->kind) {
    case TYPE_UINT:
    case TYPE_HEX32:
        allowed = "0123456789abcdefABCDEFxX";
        break;
    case TYPE_IPV4:
    case TYPE_MASK:
        allowed = "0123456789.";
        break;
    case TYPE_SECRET_HEX:
        allowed = "0123456789abcdefABCDEF";
        break;
    case TYPE_FLAG:
    case TYPE_ENUM:
    case TYPE_ENUM_LIST:
    case TYPE_TEXT:
    case TYPE_LINE:
    case TYPE_SECRET_TEXT:
    case TYPE_HASH:
        return true;
    }
    return prefix[strspn(prefix, allowed)] == '\0';
}

/* Names are taken by a callback; this is what it knows. */
struct taker {
    struct parse_choices *choices;
    const char *before; /* prefix of the slot, "" where it is not typed */
    const char *help;
    size_t count;
};

static void
take_name(void *context, const char *name)
{
    struct taker *taker = context;
    struct str word;

    if (strpbrk(name, " \t\"!|?\\") != NULL)
        return;
    str_init(&word);
    str_printf(&word, "%s%s", taker->before, name);
    choices_add(taker->choices, str_text(&word), taker->help, true);
    str_done(&word);
    taker->count++;
}

/* Of which object does the slot hold a name?  What it refers to, or, in the
 * line that enters an object known by one name, the object itself. */
static uint16_t
named_object(uint16_t pattern, const struct schema_token *slot)
{
    const struct schema_command *command =
        &schema_commands[schema_patterns[pattern].command];
    const struct schema_field *field = slot_field(pattern, slot);
    const struct schema_object *object;

    if (field->type.kind != TYPE_TEXT || field->references != SCHEMA_NONE)
        return field->references;
    if (command->kind != COMMAND_OBJECT)
        return SCHEMA_NONE;
    object = &schema_objects[command->object];
    if (slot->field == object->inherited_count &&
        object->key_count == object->inherited_count + 1)
        return command->object;
    return SCHEMA_NONE;
}

/* "ipsec:WORD", or "ipsec:" itself while it is not yet typed and nothing
 * else is known to follow it. */
static void
add_label(struct parse_choices *choices, const struct slot_place *at,
    const struct schema_field *field, bool alone)
{
    const char *before = at->slot->word;
    struct str label;

    str_init(&label);
    if (before != NULL && !at->slot->prefix_optional)
        str_add(&label, before);
    if (label.length > strlen(at->prefix) && alone) {
        choices_add(choices, before, field->help, true);
    } else {
        if (at->slot->masked) {
            str_add(&label, "WORD");
        } else {
            type_label(&field->type, &label);
        }
        choices_add(choices, str_text(&label), field->help, false);
    }
    str_done(&label);
}

static bool
begins(const char *text, const char *with)
{
    return strncasecmp(text, with, strlen(with)) == 0;
}

void
choices_add_slot(struct parse_choices *choices, const struct slot_place *at)
{
    const struct schema_field *field = slot_field(at->pattern, at->slot);
    const char *before = at->slot->word == NULL ? "" : at->slot->word;
    const char *rest = slot_text(at->slot, at->prefix);
    uint16_t object = named_object(at->pattern, at->slot);
    struct taker taker = {.choices = choices, .help = field->help};

    if (field->type.kind == TYPE_ENUM || field->type.kind == TYPE_ENUM_LIST) {
        if (!at->quoted) {
            add_enum(
                choices, &schema_enums[field->type.enumeration], at->prefix);
        }
        return;
    }
    if (rest == NULL && !begins(before, at->prefix))
        return;
    taker.before = rest == NULL || rest != at->prefix ? before : "";
    if (object != SCHEMA_NONE && at->names != NULL && !at->quoted) {
        at->names->find(at->names->context, object, rest == NULL ? "" : rest,
            take_name, &taker);
    }
    if (at->slot->masked || could_begin(&field->type, rest == NULL ? "" : rest))
        add_label(choices, at, field, taker.count == 0);
}

/* ---- filters ---- */

/* Behind `compare` */
static void
add_comparison(struct parse_choices *choices, const char *word)
{
    size_t length = strcspn(word, " \t");

    if (word[length] == '\0') {
        if (*word == '\0')
            choices_add(choices, "<cr>", "What the candidate changes", false);
        choices_add_keyword(choices, word, &filter_rollback);
    } else if (strncasecmp(filter_rollback.word, word, length) == 0) {
        const struct schema_field *back =
            &schema_execs[EXEC_ROLLBACK].args[ARG_ROLLBACK_BACK];
        struct str label;

        str_init(&label);
        type_label(&back->type, &label);
        choices_add(choices, str_text(&label), back->help, false);
        str_done(&label);
    }
}

void
choices_add_filter(
    struct parse_choices *choices, uint16_t exec, const char *text)
{
    const char *word = text;
    bool compares = exec == EXEC_SHOW_CONFIGURATION ||
                    exec == EXEC_SHOW_RUNNING_CONFIGURATION;
    size_t length;

    while (parse_is_blank(*word))
        word++;
    length = strcspn(word, " \t");
    if (word[length] == '\0') {
        size_t i;

        for (i = 0; i < sizeof filters / sizeof filters[0]; i++)
            choices_add_keyword(choices, word, &filters[i]);
        if (compares)
            choices_add_keyword(choices, word, &filter_compare);
        return;
    }
    if (compares && strncasecmp(filter_compare.word, word, length) == 0) {
        word += length;
        add_comparison(choices, word + strspn(word, " \t"));
        return;
    }
    if (strncasecmp(filters[FILTER_COUNT].word, word, length) == 0) {
        choices_add(choices, "<cr>", filters[FILTER_COUNT].help, false);
        return;
    }
    if (strncasecmp(filters[FILTER_DISPLAY].word, word, length) != 0) {
        choices_add(choices, "LINE", "An extended regular expression", false);
        return;
    }
    word += length;
    while (parse_is_blank(*word))
        word++;
    choices_add_keyword(choices, word, &filter_json);
}
