/*
 * render.c - command lines from the tables: the inverse of parsing.
 *
 * Sets of fields are 64 bits, one for each field of the object; schemac
 * refuses objects with more.
 */
#include "base/str.h"
#include "schema/schema.h"

#include <assert.h>

static uint64_t
bit(uint16_t field)
{
    assert(field < 64);
    return UINT64_C(1) << field;
}

static bool
is_secret(const struct schema_type *type)
{
    return type->kind == TYPE_SECRET_TEXT || type->kind == TYPE_SECRET_HEX ||
           type->kind == TYPE_HASH;
}

/* The fields that this command sets. */
static uint64_t
fields_of(uint16_t number)
{
    const struct schema_command *command = &schema_commands[number];
    const struct schema_object *object = &schema_objects[command->object];
    uint64_t set = 0;

    for (uint16_t i = object->inherited_count; i < object->field_count; i++) {
        uint16_t setting = object->fields[i].setting;

        if (setting == SCHEMA_NONE
                ? command->kind == COMMAND_OBJECT
                : object->settings[setting].command == number)
            set |= bit(i);
    }
    return set;
}

/* Those among them that have a value. */
static uint64_t
set_fields(const struct value *fields, uint64_t among)
{
    uint64_t set = 0;

    for (uint16_t i = 0; i < 64; i++) {
        if ((among & bit(i)) != 0 && value_is_set(&fields[i]))
            set |= bit(i);
    }
    return set;
}

/* The fields that the first `end` tokens have slots for.  False: a slot would
 * show a secret in the clear. */
static bool
slots_of(const struct schema_pattern *pattern, unsigned end, uint64_t *out_set)
{
    const struct schema_object *object =
        &schema_objects[schema_commands[pattern->command].object];
    uint64_t set = 0;

    for (unsigned i = 0; i < end; i++) {
        const struct schema_token *token =
            &schema_tokens[pattern->first_token + i];

        if (token->kind != TOKEN_SLOT)
            continue;
        if (is_secret(&object->fields[token->field].type) && !token->masked)
            return false;
        set |= bit(token->field);
    }
    *out_set = set;
    return true;
}

static void
write_tokens(const struct schema_pattern *pattern, unsigned end,
    const struct value *fields, struct str *out)
{
    const struct schema_object *object =
        &schema_objects[schema_commands[pattern->command].object];

    for (unsigned i = 0; i < end; i++) {
        const struct schema_token *token =
            &schema_tokens[pattern->first_token + i];

        if (i > 0)
            str_add_char(out, ' ');
        if (token->word != NULL)
            str_add(out, token->word);
        if (token->kind == TOKEN_SLOT) {
            value_write(
                &object->fields[token->field].type, &fields[token->field], out);
        }
    }
}

/* A secret that is not sealed yet must not be printed in any form. */
static bool
has_clear_secret(const struct value *fields, uint64_t among)
{
    for (uint16_t i = 0; i < 64; i++) {
        if ((among & bit(i)) != 0 && fields[i].kind == VALUE_CLEAR)
            return true;
    }
    return false;
}

/* A flag's line has no slot: it is the flag. */
static uint64_t
flag_of(const struct schema_command *command)
{
    const struct schema_object *object = &schema_objects[command->object];
    uint16_t field;

    if (command->kind != COMMAND_SETTING)
        return 0;
    field = object->settings[command->setting].first_field;
    return object->fields[field].type.kind == TYPE_FLAG ? bit(field) : 0;
}

/* A flag that is on by default is printed where it is off. */
static bool
is_turned_off(const struct schema_command *command, const struct value *fields)
{
    const struct schema_object *object = &schema_objects[command->object];
    uint16_t field;

    if (flag_of(command) == 0)
        return false;
    field = object->settings[command->setting].first_field;
    return fields[field].number == 0;
}

/* An object that is one in its parent, or whose own keys need not be typed:
 * its line needs no slots. */
static bool
is_said_by_words(const struct schema_command *command)
{
    const struct schema_object *object = &schema_objects[command->object];

    if (command->kind != COMMAND_OBJECT || object->key_count == 0)
        return false;
    for (uint16_t i = object->inherited_count; i < object->key_count; i++) {
        if (!value_is_set(&object->fields[i].fallback))
            return false;
    }
    return true;
}

bool
schema_render(uint16_t number, const struct value *fields, struct str *out)
{
    const struct schema_command *command = &schema_commands[number];
    uint64_t set;

    if (command->kind == COMMAND_EXEC)
        return false;
    set = set_fields(fields, fields_of(number));
    if ((set == 0 && !is_said_by_words(command)) ||
        has_clear_secret(fields, set))
        return false;
    for (uint16_t i = 0; i < command->pattern_count; i++) {
        const struct schema_pattern *pattern =
            &schema_patterns[command->first_pattern + i];
        uint64_t slots;

        if (!slots_of(pattern, pattern->token_count, &slots))
            continue;
        if ((slots | flag_of(command)) == set) {
            if (is_turned_off(command, fields))
                str_add(out, "no ");
            write_tokens(pattern, pattern->token_count, fields, out);
            return true;
        }
    }
    return false;
}

void
schema_path(uint16_t number, const struct value *keys, struct str *out)
{
    const struct schema_object *object = &schema_objects[number];
    const struct schema_command *command;
    uint64_t own = 0;
    uint64_t set;

    if (object->command == SCHEMA_NONE) {
        str_add(out, object->name);
        return;
    }
    command = &schema_commands[object->command];
    for (uint16_t i = object->inherited_count; i < object->key_count; i++)
        own |= bit(i);
    set = set_fields(keys, own);
    for (uint16_t i = 0; i < command->pattern_count; i++) {
        const struct schema_pattern *pattern =
            &schema_patterns[command->first_pattern + i];
        uint64_t slots;

        if (slots_of(pattern, pattern->negate_from, &slots) && slots == set) {
            write_tokens(pattern, pattern->negate_from, keys, out);
            return;
        }
    }
    str_add(out, object->name); /* keys that no line can type */
}

bool
schema_is_preset(uint16_t number, const struct value *keys)
{
    const struct schema_object *object = &schema_objects[number];
    uint16_t i;

    if (object->preset == NULL)
        return object->key_count == 0;
    for (i = 0; i < object->key_count; i++) {
        if (!value_equal(&object->preset[i], &keys[i]))
            return false;
    }
    return true;
}

size_t
schema_parents(uint16_t object, const struct value *keys,
    uint16_t out_parents[SCHEMA_PARENTS_MAX])
{
    uint16_t inner_first[SCHEMA_PARENTS_MAX];
    size_t count = 0;
    uint16_t at;
    size_t i;

    for (at = schema_objects[object].parent;
         at != SCHEMA_NONE && count < SCHEMA_PARENTS_MAX;
         at = schema_objects[at].parent) {
        if (!schema_is_preset(at, keys))
            inner_first[count++] = at;
    }
    for (i = 0; i < count; i++)
        out_parents[i] = inner_first[count - 1 - i];
    return count;
}
