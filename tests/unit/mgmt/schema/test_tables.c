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
               strcmp(schema_commands[c].synopsis, rows[i].synopsis) != 0)
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
