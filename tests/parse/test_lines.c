/*
 * test_lines.c - golden lines: where a line is typed, and what becomes of it.
 *
 * Rows of lines.txt: PLACE> LINE -> OUTCOME.  The outcome of a line that is
 * right names the command and the values by field; of one that is wrong, the
 * kind, the column and what was expected.  Together the rows must meet every
 * command of the schema, and the `no` form of every one that has it.
 */
#include "base/str.h"
#include "parse/parse.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { ROW_MAX = 8192 };

static const struct {
    const char *name;
    struct parse_place place;
} places[] = {
    {"user",              {MODE_EXEC, SCHEMA_NONE, 1}                                },
    {"exec",              {MODE_EXEC, SCHEMA_NONE, 15}                               },
    {"config",            {MODE_CONFIG, SCHEMA_NONE, 15}                             },
    {"vr",                {MODE_CONFIG, OBJECT_VIRTUAL_ROUTER, 15}                   },
    {"tunnel",            {MODE_CONFIG_IF, OBJECT_TUNNEL, 15}                        },
    {"gre",               {MODE_CONFIG_IF, OBJECT_GRE_TUNNEL, 15}                    },
    {"ike-rule",          {MODE_CONFIG_IKE_POLICY, OBJECT_IKE_POLICY_RULE, 15}       },
    {"policy",            {MODE_CONFIG_POLICY_LIST, OBJECT_POLICY_LIST, 15}          },
    {"group",             {MODE_CONFIG_CLASSIFIER_GROUP, OBJECT_CLASSIFIER_GROUP, 15}},
    {"key",               {MODE_CONFIG_MANUAL_KEY, OBJECT_PRESHARED_KEY, 15}         },
    {"identity",          {MODE_CONFIG_IPSEC_IDENTITY, OBJECT_IPSEC_IDENTITY, 15}    },
    {"ca",                {MODE_CONFIG_CA_IDENTITY, OBJECT_CA_IDENTITY, 15}          },
    {"peer-key",          {MODE_CONFIG_PEER_PUBLIC_KEY, OBJECT_PEER_PUBLIC_KEY, 15}  },
    {"line",              {MODE_CONFIG_LINE, OBJECT_LINE, 15}                        },
    {"interface",         {MODE_CONFIG_IF, OBJECT_INTERFACE, 15}                     },
    {"tunnel-profile",
     {MODE_CONFIG_IPSEC_TUNNEL_PROFILE, OBJECT_TUNNEL_PROFILE, 15}                   },
    {"transport-profile",
     {MODE_CONFIG_IPSEC_TRANSPORT_PROFILE, OBJECT_TRANSPORT_PROFILE, 15}             },
};

static const struct parse_place *
find_place(const char *name)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (strcmp(places[i].name, name) == 0)
            return &places[i].place;
    }
    return NULL;
}

static void
write_value(
    const struct schema_type *type, const struct value *value, struct str *out)
{
    if (value->kind == VALUE_CLEAR)
        str_printf(out, "clear(%s)", value_string(value));
    else
        value_write(type, value, out);
}

static void
write_values(const struct parse_result *result,
    const struct schema_field *fields, size_t count, struct str *out)
{
    for (size_t i = 0; i < count; i++) {
        if (result->named[i])
            str_printf(out, " named=%s", fields[i].name);
        if (!value_is_set(&result->values[i]))
            continue;
        str_printf(out, " %s=", fields[i].name);
        write_value(&fields[i].type, &result->values[i], out);
    }
}

static void
write_command(const struct parse_result *result, struct str *out)
{
    const struct schema_command *command = &schema_commands[result->command];
    const struct schema_object *object;

    str_add(out, "ok ");
    if (result->negated)
        str_add(out, "no ");
    if (result->defaulted)
        str_add(out, "default ");
    if (command->kind == COMMAND_EXEC) {
        str_add(out, schema_execs[command->exec].name);
        write_values(result, schema_execs[command->exec].args,
            schema_execs[command->exec].arg_count, out);
    } else {
        object = &schema_objects[command->object];
        str_add(out, object->name);
        if (command->kind == COMMAND_SETTING)
            str_printf(out, ".%s", object->settings[command->setting].name);
        write_values(result, object->fields, object->field_count, out);
    }
    if (result->filter != NULL)
        str_printf(out, " | %s", result->filter);
}

static void
write_outcome(const struct parse_result *result, struct str *out)
{
    static const char *const names[] = {
        [PARSE_OK] = "ok",
        [PARSE_NOTHING] = "nothing",
        [PARSE_UNRECOGNIZED] = "unrecognized",
        [PARSE_INVALID] = "invalid",
        [PARSE_AMBIGUOUS] = "ambiguous",
        [PARSE_INCOMPLETE] = "incomplete",
    };

    if (result->outcome == PARSE_OK) {
        write_command(result, out);
        return;
    }
    str_add(out, names[result->outcome]);
    if (result->outcome == PARSE_INVALID || result->outcome == PARSE_AMBIGUOUS)
        str_printf(out, " %zu", result->column);
    if (result->expected[0] != '\0')
        str_printf(out, " %s", result->expected);
}

/* The very text, or, where what is expected ends in "...", one that begins
 * so. */
static bool
is_as_expected(const char *outcome, const char *expected)
{
    size_t length = strlen(expected);

    if (length > 3 && str_equal(expected + length - 3, "..."))
        return strncmp(outcome, expected, length - 3) == 0;
    return str_equal(outcome, expected);
}

/* Which commands were met, plain and negated. */
struct seen {
    bool plain[COMMAND_COUNT];
    bool negated[COMMAND_COUNT];
};

static void
try_row(char *row, unsigned number, struct seen *seen)
{
    char *line = strstr(row, "> ");
    char *expected = strstr(row, " -> ");
    struct parse_result result;
    struct str outcome;

    cr_assert(line != NULL && expected != NULL, "row %u: %s", number, row);
    *line = '\0';
    *expected = '\0';
    cr_assert_not_null(find_place(row), "row %u: %s", number, row);
    str_init(&outcome);
    parse_line(find_place(row), line + 2, &result);
    write_outcome(&result, &outcome);
    cr_expect(is_as_expected(str_text(&outcome), expected + 4),
        "row %u: %s: got: %s", number, line + 2, str_text(&outcome));
    if (result.outcome == PARSE_OK) {
        seen->plain[result.command] |= !result.negated && !result.defaulted;
        seen->negated[result.command] |= result.negated;
    }
    parse_result_done(&result);
    str_done(&outcome);
}

static bool
has_no_form(const struct schema_command *command)
{
    return command->kind != COMMAND_EXEC;
}

Test(lines, become_what_the_golden_file_says)
{
    static char row[ROW_MAX];
    struct seen seen = {0};
    unsigned number = 0;
    FILE *file = fopen("tests/parse/lines.txt", "r");

    cr_assert_not_null(file, "run from the top of the tree");
    while (fgets(row, sizeof row, file) != NULL) {
        number++;
        row[strcspn(row, "\n")] = '\0';
        if (row[0] != '\0' && row[0] != '#')
            try_row(row, number, &seen);
    }
    (void)fclose(file);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        cr_expect(seen.plain[i], "no row for: %s", schema_commands[i].synopsis);
        cr_expect(seen.negated[i] || !has_no_form(&schema_commands[i]),
            "no row for: no %s", schema_commands[i].synopsis);
    }
}
