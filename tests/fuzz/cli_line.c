/*
 * cli_line.c - any bytes as a typed line, in every place.
 *
 * Execution, explanation, `?` and Tab at the line's end, and the filter must
 * survive.  A column never points behind the line; a setting or object that
 * is understood, and can be printed, is the same after it was printed and
 * typed again.
 */
#include "base/str.h"
#include "parse/parse.h"
#include "show/show.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct parse_place places[] = {
    {MODE_EXEC,                           SCHEMA_NONE,              1 },
    {MODE_EXEC,                           SCHEMA_NONE,              15},
    {MODE_CONFIG,                         SCHEMA_NONE,              15},
    {MODE_CONFIG_IF,                      OBJECT_TUNNEL,            15},
    {MODE_CONFIG_IF,                      OBJECT_INTERFACE,         15},
    {MODE_CONFIG_IKE_POLICY,              OBJECT_IKE_POLICY_RULE,   15},
    {MODE_CONFIG_CLASSIFIER_GROUP,        OBJECT_CLASSIFIER_GROUP,  15},
    {MODE_CONFIG_IPSEC_TUNNEL_PROFILE,    OBJECT_TUNNEL_PROFILE,    15},
    {MODE_CONFIG_IPSEC_TRANSPORT_PROFILE, OBJECT_TRANSPORT_PROFILE, 15},
};

static void
must(bool holds)
{
    if (!holds)
        abort();
}

/* The line printed from the values reads as the same values. */
static void
type_again(const struct parse_place *place, const struct parse_result *result)
{
    struct parse_result again;
    struct str line;

    str_init(&line);
    if (schema_render(result->command, result->values, &line)) {
        parse_line(place, str_text(&line), &again);
        must(again.outcome == PARSE_OK && again.command == result->command);
        for (size_t i = 0; i < PARSE_VALUES_MAX; i++)
            must(value_equal(&again.values[i], &result->values[i]));
        parse_result_done(&again);
    }
    str_done(&line);
}

static void
try_filter(const char *text)
{
    struct show_filter *filter = NULL;
    struct str problem;

    str_init(&problem);
    if (show_filter_new(text, &filter, &problem) == OK)
        (void)show_filter_line(filter, "interface loopback 0");
    else
        must(problem.length > 0);
    show_filter_free(filter);
    str_done(&problem);
}

static void
execute(const struct parse_place *place, const char *line)
{
    struct parse_result result;
    struct str text;

    str_init(&text);
    parse_line(place, line, &result);
    must(result.column <= strlen(line));
    parse_explain(&result, 0, &text);
    must((text.length == 0) ==
         (result.outcome == PARSE_OK || result.outcome == PARSE_NOTHING));
    if (result.outcome == PARSE_OK) {
        if (result.filter != NULL)
            try_filter(result.filter);
        if (schema_commands[result.command].kind != COMMAND_EXEC &&
            !result.negated && !result.defaulted)
            type_again(place, &result);
    }
    parse_result_done(&result);
    str_done(&text);
}

static void
complete(const struct parse_place *place, const char *line)
{
    struct parse_choices choices;
    struct str text;

    str_init(&text);
    parse_choices_find(place, line, NULL, &choices);
    must(choices.word_at <= strlen(line));
    parse_completion(&choices, line, &text);
    parse_choices_done(&choices);
    str_done(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *line;

    if (memchr(bytes, 0, size) != NULL)
        return 0;
    line = malloc(size + 1);
    if (line == NULL)
        abort();
    if (size > 0)
        memcpy(line, bytes, size);
    line[size] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        execute(&places[i], line);
        complete(&places[i], line);
    }
    free(line);
    return 0;
}
