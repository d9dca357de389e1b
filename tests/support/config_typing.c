/* config_typing.c - configuration for tests, typed as an operator types it. */
#include "tests/support/config_typing.h"

#include "base/diag.h"
#include "base/secret.h"
#include "base/str.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_ROOM = 4096, WORDS_MAX = 32 };

/* One line, cut into words. */
struct line {
    char room[LINE_ROOM];
    const char *words[WORDS_MAX];
    size_t count;
    bool negated;
};

static void
cut(const char *text, size_t length, struct line *out_line)
{
    char *rest = out_line->room;
    char *word;

    out_line->count = 0;
    out_line->negated = false;
    if (length >= LINE_ROOM)
        abort();
    memcpy(out_line->room, text, length);
    out_line->room[length] = '\0';
    while ((word = strsep(&rest, " ")) != NULL) {
        if (*word == '\0')
            continue;
        if (out_line->count == 0 && !out_line->negated &&
            strcmp(word, "no") == 0) {
            out_line->negated = true;
        } else if (out_line->count < WORDS_MAX) {
            out_line->words[out_line->count++] = word;
        }
    }
}

void
typing_init(struct typing *typing, struct candidate *candidate)
{
    *typing =
        (struct typing){.candidate = candidate, .vr = value_text("default")};
}

void
typing_done(struct typing *typing)
{
    value_done(&typing->vr);
    object_unref(typing->current);
    typing->current = NULL;
}

/* "aabb ccdd" to "$e1$aabb/ccdd", a password to what looks like its hash. */
static void
seal(const struct schema_field *field, struct value *value)
{
    struct str text;

    if (value->kind != VALUE_CLEAR)
        return;
    str_init(&text);
    str_add(&text, field->type.kind == TYPE_HASH ? "$y$j9T$" : "$e1$");
    for (const char *at = value->text->bytes; *at != '\0'; at++)
        str_add_char(&text, (char)(*at == ' ' ? '/' : *at));
    value_done(value);
    *value = value_text(str_text(&text));
    str_done(&text);
}

static enum err
unseal(void *context, const char *sealed, struct secret *out)
{
    char clear[SECRET_MAX];
    size_t length = strlen(sealed);

    (void)context;
    if (length < 4 || length > sizeof(clear) ||
        strcmp(sealed, "$e1$foreign") == 0)
        return ERR_AUTH;
    for (size_t i = 4; i < length; i++)
        clear[i - 4] = (char)(sealed[i] == '/' ? ' ' : sealed[i]);
    return secret_set(out, clear, length - 4);
}

const struct unsealer readable_unsealer = {.unseal = unseal};

/* The words of one slot; 0: they are not of its type. */
static size_t
take_slot(const struct schema_field *field, const struct schema_token *token,
    const char *const *words, size_t count, struct value *out_value)
{
    size_t most = type_words(&field->type);
    const char *first = words[0];
    const char *given[WORDS_MAX];

    if (token->word != NULL && str_has_prefix(first, token->word)) {
        first += strlen(token->word);
    } else if (token->word != NULL && !token->prefix_optional) {
        return 0;
    }
    if (token->masked || most < 1)
        most = 1;
    if (count > most && field->type.kind != TYPE_LINE)
        count = most;
    given[0] = first;
    for (size_t i = 1; i < count; i++)
        given[i] = words[i];
    if (value_read(&field->type, token->masked, given, count, out_value) != OK)
        return 0;
    seal(field, out_value);
    return count;
}

/* How many words a slot could have: up to the next word of the pattern. */
static size_t
words_left(const struct schema_pattern *pattern, uint8_t slot,
    const struct line *line, size_t at)
{
    const struct schema_token *next =
        &schema_tokens[pattern->first_token + slot + 1];
    size_t count = 1;

    if (slot + 1 == pattern->token_count || next->kind != TOKEN_WORD)
        return line->count - at;
    while (at + count < line->count &&
           strcmp(line->words[at + count], next->word) != 0)
        count++;
    return count;
}

/* Does the line fit the pattern?  Sets what its slots say. */
static bool
fits(const struct schema_pattern *pattern, uint16_t object,
    const struct line *line, struct value *fields)
{
    size_t at = 0;

    for (uint8_t i = 0; i < pattern->token_count; i++) {
        const struct schema_token *token =
            &schema_tokens[pattern->first_token + i];
        size_t taken;

        if (at == line->count)
            return line->negated &&
                   (i >= pattern->negate_from || i == pattern->negate_at);
        if (token->kind == TOKEN_WORD) {
            if (strcmp(token->word, line->words[at]) != 0)
                return false;
            at++;
            continue;
        }
        value_done(&fields[token->field]);
        taken = take_slot(&schema_objects[object].fields[token->field], token,
            &line->words[at], words_left(pattern, i, line, at),
            &fields[token->field]);
        if (taken == 0)
            return false;
        at += taken;
    }
    return at == line->count;
}

static void
clear_fields(struct value *fields)
{
    for (size_t i = 0; i < SCHEMA_FIELDS_MAX; i++)
        value_done(&fields[i]);
}

/* The object whose sub-mode this one is typed in; SCHEMA_NONE: it is typed in
 * global configuration. */
static uint16_t
block_of(uint16_t object)
{
    uint16_t parent = schema_objects[object].parent;

    if (parent == SCHEMA_NONE || schema_objects[parent].mode == SCHEMA_NONE ||
        schema_modes[schema_objects[parent].mode].parent == MODE_EXEC)
        return SCHEMA_NONE;
    return parent;
}

static bool
is_here(const struct typing *typing, uint16_t object)
{
    uint16_t block = block_of(object);
    uint16_t current =
        typing->current == NULL ? SCHEMA_NONE : (uint16_t)typing->current->type;

    return block == SCHEMA_NONE || current == block ||
           (current != SCHEMA_NONE && schema_objects[current].parent == block);
}

/* The command that the line is. */
static uint16_t
match(
    const struct typing *typing, const struct line *line, struct value *fields)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct schema_command *command = &schema_commands[i];
        bool here = (command->kind == COMMAND_OBJECT &&
                        is_here(typing, command->object)) ||
                    command->object == OBJECT_SYSTEM ||
                    command->object == OBJECT_VIRTUAL_ROUTER ||
                    (typing->current != NULL &&
                        typing->current->type ==
                            (enum schema_object_id)command->object);

        if (command->kind == COMMAND_EXEC || !here)
            continue;
        for (uint16_t k = 0; k < command->pattern_count; k++) {
            if (fits(&schema_patterns[command->first_pattern + k],
                    command->object, line, fields))
                return (uint16_t)i;
            clear_fields(fields);
        }
    }
    return SCHEMA_NONE;
}

static enum err
set_fields(struct typing *typing, enum schema_object_id type,
    const struct value *keys, uint16_t setting, const struct value *fields,
    struct diag *diag)
{
    const struct schema_setting *schema =
        &schema_objects[type].settings[setting];

    return candidate_set(typing->candidate, type, keys, setting,
        &fields[schema->first_field], diag);
}

/* The line of an object: create or enter it, and set what it says. */
static enum err
do_object(struct typing *typing, uint16_t command, bool negated,
    struct value *fields, struct diag *diag)
{
    enum schema_object_id type =
        (enum schema_object_id)schema_commands[command].object;
    const struct schema_object *schema = &schema_objects[type];
    enum err error;

    for (uint16_t i = 0; i < schema->inherited_count; i++) {
        fields[i] = value_share(block_of((uint16_t)type) == SCHEMA_NONE
                                    ? &typing->vr
                                    : &typing->current->fields[i]);
    }
    for (uint16_t i = schema->inherited_count; i < schema->key_count; i++) {
        if (!value_is_set(&fields[i]))
            fields[i] = value_share(&schema->fields[i].fallback);
    }
    if (negated)
        return candidate_remove(typing->candidate, type, fields, diag);
    error = candidate_create(typing->candidate, type, fields, diag);
    for (uint16_t i = 0; i < schema->setting_count && error == OK; i++) {
        if (schema->settings[i].command == command &&
            value_is_set(&fields[schema->settings[i].first_field]))
            error = set_fields(typing, type, fields, i, fields, diag);
    }
    if (error != OK || schema->mode == SCHEMA_NONE)
        return error;
    object_unref(typing->current);
    typing->current = object_new(type, fields);
    if (type == OBJECT_VIRTUAL_ROUTER) {
        value_done(&typing->vr);
        typing->vr = value_share(&fields[0]);
    }
    return OK;
}

/* Whose setting it is: a virtual router's is for the one in the line, or for
 * that of the session. */
static const struct value *
keys_of_setting(const struct typing *typing, enum schema_object_id type,
    const struct value *fields)
{
    if (type == OBJECT_SYSTEM)
        return NULL;
    if (type != OBJECT_VIRTUAL_ROUTER)
        return typing->current->fields;
    return value_is_set(&fields[0]) ? fields : &typing->vr;
}

static enum err
do_setting(struct typing *typing, uint16_t command, bool negated,
    struct value *fields, struct diag *diag)
{
    enum schema_object_id type =
        (enum schema_object_id)schema_commands[command].object;
    const struct value *keys = keys_of_setting(typing, type, fields);
    uint16_t setting = schema_commands[command].setting;
    uint16_t first = schema_objects[type].settings[setting].first_field;
    const struct schema_type *flag = &schema_objects[type].fields[first].type;

    if (negated && !type_is_on(flag)) {
        return candidate_unset(
            typing->candidate, type, keys, setting, NULL, diag);
    }
    if (flag->kind == TYPE_FLAG)
        fields[first] = value_number(!negated);
    return set_fields(typing, type, keys, setting, fields, diag);
}

enum err
type_line(struct typing *typing, const char *line, struct diag *diag)
{
    struct value fields[SCHEMA_FIELDS_MAX];
    struct line words;
    uint16_t command;
    enum err error;

    for (size_t i = 0; i < SCHEMA_FIELDS_MAX; i++)
        fields[i] = value_none();
    cut(line, strcspn(line, "\n"), &words);
    if (words.count == 0)
        return OK;
    command = match(typing, &words, fields);
    if (command == SCHEMA_NONE) {
        diag_add(diag, DIAG_ERROR, NULL, NULL, "No command fits this line.");
        error = ERR_SYNTAX;
    } else if (schema_commands[command].kind == COMMAND_OBJECT) {
        error = do_object(typing, command, words.negated, fields, diag);
    } else {
        error = do_setting(typing, command, words.negated, fields, diag);
    }
    clear_fields(fields);
    return error;
}

enum err
type_script(struct candidate *candidate, const char *script, struct diag *diag)
{
    struct typing typing;
    enum err error = OK;

    typing_init(&typing, candidate);
    while (error == OK && *script != '\0') {
        error = type_line(&typing, script, diag);
        script += strcspn(script, "\n");
        script += strspn(script, "\n");
    }
    typing_done(&typing);
    return error;
}

struct config *
config_typed(const char *script)
{
    struct config *empty = config_new();
    struct candidate *candidate = candidate_open(empty);
    struct config *config;
    struct diag diag;

    diag_init(&diag);
    if (type_script(candidate, script, &diag) != OK) {
        (void)fprintf(stderr, "config_typed: %s\n", diag.entries[0].sentence);
        abort();
    }
    config = config_ref(candidate_work(candidate));
    diag_done(&diag);
    candidate_free(candidate);
    config_unref(empty);
    return config;
}

/* ---- what is said ---- */

const struct diag_entry *
typed_find(
    const struct diag *diag, enum diag_severity severity, const char *words)
{
    for (size_t i = 0; i < diag->count; i++) {
        if (diag->entries[i].severity == severity &&
            strstr(diag->entries[i].sentence, words) != NULL)
            return &diag->entries[i];
    }
    return NULL;
}

void
typed_validate(const char *ground, const char *typed, struct diag *diag)
{
    struct config *running = config_typed(ground);
    struct candidate *candidate = candidate_open(running);
    struct change_set set;

    cr_assert_eq(type_script(candidate, typed, diag), OK, "%s: %s", typed,
        diag->count > 0 ? diag->entries[0].sentence : "");
    config_diff(running, candidate_work(candidate), &set);
    config_validate(
        candidate_work(candidate), &set, &readable_unsealer, NULL, diag);
    change_set_done(&set);
    candidate_free(candidate);
    config_unref(running);
}

void
typed_case_try(const char *ground, const struct typed_case *row)
{
    struct diag diag;

    diag_init(&diag);
    typed_validate(ground, row->typed, &diag);
    if (row->sentence == NULL) {
        cr_expect_eq(diag.count, 0, "%s: %s", row->typed,
            diag.count > 0 ? diag.entries[0].sentence : "");
    } else {
        cr_expect_not_null(typed_find(&diag, row->severity, row->sentence),
            "%s: %s", row->typed,
            diag.count > 0 ? diag.entries[0].sentence : "nothing said");
    }
    diag_done(&diag);
}
