/*
 * What the rest of the program takes for granted about the tables.
 */
#include "schema/schema.h"

#include <criterion/criterion.h>
#include <string.h>

Test(tables, place_parents_before_their_children)
{
    for (uint16_t i = 0; i < OBJECT_COUNT; i++) {
        const struct schema_object *object = &schema_objects[i];

        if (object->parent == SCHEMA_NONE)
            continue;
        cr_expect_lt(object->parent, i, "%s", object->name);
        cr_expect_eq(object->inherited_count,
            schema_objects[object->parent].key_count, "%s", object->name);
    }
}

Test(tables, join_settings_fields_and_commands_both_ways)
{
    for (uint16_t i = 0; i < OBJECT_COUNT; i++) {
        const struct schema_object *object = &schema_objects[i];

        cr_expect_leq(object->field_count, SCHEMA_FIELDS_MAX);
        for (uint16_t s = 0; s < object->setting_count; s++) {
            const struct schema_setting *setting = &object->settings[s];
            const struct schema_command *command =
                &schema_commands[setting->command];

            cr_expect_eq(command->object, i, "%s", setting->name);
            for (uint16_t f = 0; f < setting->field_count; f++) {
                cr_expect_eq(
                    object->fields[setting->first_field + f].setting, s);
            }
        }
    }
}

Test(tables, give_every_token_a_help_and_every_slot_a_field)
{
    for (uint16_t i = 0; i < PATTERN_COUNT; i++) {
        const struct schema_pattern *pattern = &schema_patterns[i];
        const struct schema_command *command =
            &schema_commands[pattern->command];

        cr_expect_leq(pattern->negate_from, pattern->token_count);
        cr_expect_geq(i, command->first_pattern);
        cr_expect_lt(i, command->first_pattern + command->pattern_count);
        for (unsigned t = 0; t < pattern->token_count; t++) {
            const struct schema_token *token =
                &schema_tokens[pattern->first_token + t];
            uint16_t fields = command->kind == COMMAND_EXEC
                                  ? schema_execs[command->exec].arg_count
                                  : schema_objects[command->object].field_count;

            cr_expect_not_null(token->help);
            if (token->kind == TOKEN_SLOT)
                cr_expect_lt(token->field, fields);
            else
                cr_expect_not_null(token->word);
        }
    }
}

static bool
is_same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Would a word fit both or neither?  Fields are told apart by what has them. */
static bool
is_same_token(uint16_t pattern_a, uint16_t pattern_b, unsigned at)
{
    const struct schema_pattern *a = &schema_patterns[pattern_a];
    const struct schema_pattern *b = &schema_patterns[pattern_b];
    const struct schema_command *of_a = &schema_commands[a->command];
    const struct schema_command *of_b = &schema_commands[b->command];
    const struct schema_token *x = &schema_tokens[a->first_token + at];
    const struct schema_token *y = &schema_tokens[b->first_token + at];
    bool is_one_owner = of_a->kind == COMMAND_EXEC || of_b->kind == COMMAND_EXEC
                            ? a->command == b->command
                            : of_a->object == of_b->object;

    if (x->kind != y->kind || !is_same_text(x->word, y->word))
        return false;
    return x->kind == TOKEN_WORD ||
           (is_one_owner && x->field == y->field && x->masked == y->masked &&
               x->prefix_optional == y->prefix_optional);
}

Test(tables, say_how_far_a_pattern_is_the_one_before_it)
{
    size_t shared = 0;

    cr_expect_eq(schema_patterns[0].shared, 0);
    for (uint16_t i = 1; i < PATTERN_COUNT; i++) {
        const struct schema_pattern *pattern = &schema_patterns[i];
        unsigned count = 0;

        while (count < pattern->token_count &&
               count < schema_patterns[i - 1].token_count &&
               is_same_token((uint16_t)(i - 1), i, count))
            count++;
        cr_expect_eq(pattern->shared, count, "pattern %u: %u, not %u", i,
            pattern->shared, count);
        shared += count;
    }
    cr_expect_gt(shared, PATTERN_COUNT, "hardly any is like another");
}

Test(tables, let_no_forms_of_configuration_end_after_what_names_it)
{
    static const struct {
        const char *synopsis;
        unsigned from; /* of the first pattern */
    } rows[] = {
        {"ip address <address> <mask>",           2},
        {"tunnel pfs group <pfs_group>",          3},
        {"shutdown",                              1},
        {"virtual-router <name>",                 2},
        {"interface <type> <location>",           3},
        {"ip address <address> <mask> secondary", 5},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint16_t c = 0;

        while (c < COMMAND_COUNT &&
               (schema_commands[c].kind == COMMAND_EXEC ||
                   strcmp(schema_commands[c].synopsis, rows[i].synopsis) != 0))
            c++;
        cr_assert_lt(c, COMMAND_COUNT, "%s", rows[i].synopsis);
        cr_expect_eq(
            schema_patterns[schema_commands[c].first_pattern].negate_from,
            rows[i].from, "%s", rows[i].synopsis);
    }
    for (uint16_t i = 0; i < EXEC_COUNT; i++) {
        uint16_t command = schema_execs[i].command;

        if (command == SCHEMA_NONE)
            continue; /* nobody can type it */
        cr_expect_eq(schema_commands[command].level, schema_execs[i].level);
        cr_expect_eq(
            schema_patterns[schema_commands[command].first_pattern].negate_from,
            0);
    }
}

Test(tables, know_what_the_manual_calls_table_18)
{
    const struct schema_object *tunnel = &schema_objects[OBJECT_TUNNEL];
    /* clang-format off */
    static const struct {
        uint16_t setting;
        enum schema_need manual;
        enum schema_need isakmp;
    } rows[] = {
        {SETTING_TUNNEL_IP, NEED_REQUIRED, NEED_REQUIRED},
        {SETTING_TUNNEL_TRANSFORM_SET, NEED_REQUIRED, NEED_REQUIRED},
        {SETTING_TUNNEL_SESSION_KEY_INBOUND, NEED_REQUIRED,
         NEED_NOT_APPLICABLE},
        {SETTING_TUNNEL_BACKUP_DESTINATION, NEED_NOT_APPLICABLE, NEED_OPTIONAL},
        {SETTING_TUNNEL_MTU, NEED_OPTIONAL, NEED_OPTIONAL},
    };
    /* clang-format on */

    cr_expect_eq(tunnel->kind_field, FIELD_TUNNEL_SIGNALING);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct schema_setting *setting =
            &tunnel->settings[rows[i].setting];

        cr_expect_eq(
            setting->rules[0].need, rows[i].manual, "%s", setting->name);
        cr_expect_eq(
            setting->rules[1].need, rows[i].isakmp, "%s", setting->name);
    }
}
