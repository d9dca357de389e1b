#include "parse/parse.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct parse_place exec = {MODE_EXEC, SCHEMA_NONE, 15};
static const struct parse_place tunnel = {MODE_CONFIG_IF, OBJECT_TUNNEL, 15};

Test(parse, refuses_control_characters_at_their_column)
{
    struct parse_result result;

    parse_line(&exec, "show \033[2Jversion", &result);
    cr_expect_eq(result.outcome, PARSE_INVALID);
    cr_expect_eq(result.column, 5);
    cr_expect_str_eq(result.expected, "no control character");
    parse_result_done(&result);
}

Test(parse, refuses_a_line_that_is_too_long)
{
    static char line[PARSE_LINE_MAX + 2];
    struct parse_result result;

    memset(line, 'x', PARSE_LINE_MAX + 1);
    parse_line(&exec, line, &result);
    cr_expect_eq(result.outcome, PARSE_INVALID);
    cr_expect_eq(result.column, PARSE_LINE_MAX);
    parse_result_done(&result);
    line[PARSE_LINE_MAX] = '\0';
    parse_line(&exec, line, &result);
    cr_expect_eq(result.outcome, PARSE_UNRECOGNIZED, "the longest line is one");
    parse_result_done(&result);
}

Test(parse, refuses_more_words_than_there_is_room_for)
{
    char line[400] = "show version";
    struct parse_result result;

    for (size_t i = 0; i < PARSE_WORDS_MAX; i++)
        strcat(line, " x");
    parse_line(&exec, line, &result);
    cr_expect_eq(result.outcome, PARSE_INVALID);
    cr_expect_eq(result.column, 13);
    parse_result_done(&result);
}

Test(parse, reads_a_text_of_many_words_to_the_end_of_the_line)
{
    char line[400] = "description";
    struct parse_result result;

    for (size_t i = 0; i < 39; i++)
        strcat(line, " x");
    parse_line(&tunnel, line, &result);
    cr_expect_eq(result.outcome, PARSE_OK);
    parse_result_done(&result);
    for (size_t i = 0; i < 40; i++)
        strcat(line, " x");
    parse_line(&tunnel, line, &result);
    cr_expect_eq(result.outcome, PARSE_INVALID, "more than 80 characters");
    cr_expect_eq(result.column, 12);
    parse_result_done(&result);
}

Test(parse, finds_the_filter_in_the_line)
{
    static const char line[] = "show ip interface |  include a b | exclude c";
    struct parse_result result;

    parse_line(&exec, line, &result);
    cr_assert_eq(result.outcome, PARSE_OK);
    cr_expect(result.filter == line + 21, "it points into the line");
    parse_result_done(&result);
    parse_line(&exec, "show version |", &result);
    cr_assert_eq(result.outcome, PARSE_OK);
    cr_expect_str_eq(result.filter, "", "there is one, and it is empty");
    parse_result_done(&result);
}

Test(parse, hides_commands_above_the_level)
{
    struct parse_place user = exec;
    struct parse_result result;

    user.level = 0;
    parse_line(&user, "show version", &result);
    cr_expect_eq(result.outcome, PARSE_INVALID);
    cr_expect(
        strstr(result.expected, "version") == NULL, "%s", result.expected);
    parse_result_done(&result);
    parse_line(&user, "dir", &result);
    cr_expect_eq(result.outcome, PARSE_UNRECOGNIZED);
    parse_result_done(&result);
    parse_line(&user, "exit", &result);
    cr_expect_eq(result.outcome, PARSE_OK);
    parse_result_done(&result);
}

Test(parse, keeps_a_key_out_of_everything_but_a_clear_value)
{
    struct parse_result result;

    parse_line(&tunnel,
        "tunnel session-key-outbound ah-hmac-md5 4096 "
        "00112233445566778899aabbccddeeff",
        &result);
    cr_assert_eq(result.outcome, PARSE_OK);
    cr_expect_eq(
        result.values[FIELD_TUNNEL_SESSION_KEY_OUTBOUND_KEY].kind, VALUE_CLEAR);
    parse_result_done(&result);
    cr_expect_eq(
        result.values[FIELD_TUNNEL_SESSION_KEY_OUTBOUND_KEY].kind, VALUE_NONE);
}

Test(parse, explains_in_the_words_that_collectors_know)
{
    static const struct {
        const char *line;
        const char *text;
    } rows[] = {
        {"show version",        ""                                 },
        {"! comment",           ""                                 },
        {"uname -a",            "% Unrecognized command\n"         },
        {"terminal lungth",
         "              ^\n"
            "% Invalid input detected at '^' marker. Expected one of: "
            "length width.\n"                                      },
        {"terminal length 999",
         "                     ^\n"
            "% Invalid input detected at '^' marker. Expected a number from "
            "0 to 512.\n"                                          },
        {"show ipsec t",
         "% Ambiguous command: it could be one of: transform-set "
            "tunnel transport.\n"                                  },
        {"terminal length",
         "% Incomplete command. Expected a number from 0 to 512.\n"},
        {"",                    ""                                 },
    };
    struct str text;

    str_init(&text);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct parse_result result;

        str_clear(&text);
        parse_line(&exec, rows[i].line, &result);
        parse_explain(&result, 5, &text);
        cr_expect_str_eq(str_text(&text), rows[i].text, "%s", rows[i].line);
        parse_result_done(&result);
    }
    str_done(&text);
}
