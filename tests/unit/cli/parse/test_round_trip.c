#include "parse/parse.h"

#include "base/ip.h"
#include "base/str.h"
#include "tests/support/rounds.h"

#include <criterion/criterion.h>

enum { ROUNDS = 200 };

/* splitmix64, so that a failure can be met again */
static uint64_t
roll(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static struct value
random_text(uint64_t *state, const struct schema_type *type)
{
    /* all that needs quotes, and some that looks like something else */
    static const char letters[] = "ab \"\\!|?':.$1-\xc3\xa9";
    uint64_t most = type->max < 20 ? type->max : 20;
    size_t length = type->min + roll(state) % (most - type->min + 1);
    char text[24];

    for (size_t i = 0; i < length; i++)
        text[i] = letters[roll(state) % (sizeof letters - 1)];
    if (type->kind == TYPE_LINE && length > 0) {
        text[0] = 'x'; /* a line has no outer blanks */
        text[length - 1] = '|';
    }
    return value_text_n(text, length);
}

static struct value
random_value(uint64_t *state, const struct schema_type *type)
{
    uint64_t list = 0;

    switch (type->kind) {
    case TYPE_UINT:
    case TYPE_HEX32:
        return value_number(
            type->min + roll(state) % (type->max - type->min + 1));
    case TYPE_FLAG:
        return value_number(1);
    case TYPE_ENUM:
        return value_number(
            roll(state) % schema_enums[type->enumeration].count);
    case TYPE_ENUM_LIST:
        do
            list = value_list_add(
                list, (unsigned)(roll(state) %
                                 schema_enums[type->enumeration].count));
        while (value_list_count(list) < type->max && roll(state) % 3 != 0);
        return value_number(list);
    case TYPE_IPV4:
        return value_number(roll(state) & UINT32_MAX);
    case TYPE_MASK:
        return value_number(ip_mask_of((unsigned)(roll(state) % 33)));
    case TYPE_SECRET_TEXT:
    case TYPE_SECRET_HEX:
        return value_text("$e1$Ab+/=");
    case TYPE_HASH:
        return value_text("$y$j9T$Ab./$xyz");
    case TYPE_TEXT:
    case TYPE_LINE:
        break;
    }
    return random_text(state, type);
}

/* Values for the slots of the pattern; false: it shows a secret. */
static bool
fill(uint64_t *state, uint16_t index, struct value *fields)
{
    const struct schema_pattern *pattern = &schema_patterns[index];
    const struct schema_command *command = &schema_commands[pattern->command];
    const struct schema_object *object = &schema_objects[command->object];

    for (uint8_t i = 0; i < pattern->token_count; i++) {
        const struct schema_token *token =
            &schema_tokens[pattern->first_token + i];
        const struct schema_type *type;

        if (token->kind != TOKEN_SLOT)
            continue;
        type = &object->fields[token->field].type;
        if (!token->masked &&
            (type->kind == TYPE_SECRET_TEXT || type->kind == TYPE_SECRET_HEX ||
                type->kind == TYPE_HASH))
            return false;
        fields[token->field] = random_value(state, type);
    }
    if (command->kind == COMMAND_SETTING) {
        const struct schema_setting *setting =
            &object->settings[command->setting];

        if (object->fields[setting->first_field].type.kind == TYPE_FLAG)
            fields[setting->first_field] = value_number(
                !type_is_on(&object->fields[setting->first_field].type));
    }
    return true;
}

static void
expect_same(const char *line, uint16_t pattern, const struct value *fields)
{
    uint16_t number = schema_patterns[pattern].command;
    const struct schema_command *command = &schema_commands[number];
    const struct schema_object *object = &schema_objects[command->object];
    struct parse_place place = {command->mode, SCHEMA_NONE, 15};
    struct parse_result result;

    if (object->mode != SCHEMA_NONE && command->kind == COMMAND_SETTING)
        place.object = command->object;
    if (command->kind == COMMAND_OBJECT && object_is_nested(object))
        place.object = object->parent;
    parse_line(&place, line, &result);
    cr_assert_eq(result.outcome, PARSE_OK, "%s", line);
    cr_expect_eq(result.command, number, "%s", line);
    /* A setting is printed without the object that it is for. */
    for (size_t i = command->kind == COMMAND_SETTING ? object->key_count : 0;
         i < object->field_count; i++) {
        bool flag = object->fields[i].type.kind == TYPE_FLAG;

        cr_expect(flag || value_equal(&result.values[i], &fields[i]), "%s: %s",
            line, object->fields[i].name);
    }
    parse_result_done(&result);
}

static void
try_pattern(uint64_t *state, uint16_t pattern)
{
    struct value fields[SCHEMA_FIELDS_MAX];
    struct str line;

    for (size_t i = 0; i < SCHEMA_FIELDS_MAX; i++)
        fields[i] = value_none();
    str_init(&line);
    if (fill(state, pattern, fields)) {
        cr_expect(
            schema_render(schema_patterns[pattern].command, fields, &line),
            "pattern %u", pattern);
        expect_same(str_text(&line), pattern, fields);
    }
    for (size_t i = 0; i < SCHEMA_FIELDS_MAX; i++)
        value_done(&fields[i]);
    str_done(&line);
}

Test(round_trip, every_line_that_is_printed_reads_as_the_same_values)
{
    uint64_t state = 1;

    for (uint16_t i = 0; i < PATTERN_COUNT; i++) {
        if (schema_commands[schema_patterns[i].command].kind == COMMAND_EXEC)
            continue;
        for (size_t round = 0; round < rounds(ROUNDS, 20); round++)
            try_pattern(&state, i);
    }
}
