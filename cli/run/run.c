/*
 * run.c - one line: understand it, then hand it to its kind of command.
 */
#include "run/run.h"

#include "base/str.h"
#include "parse/parse.h"
#include "run/shell.h"
#include "wire/client.h"

#include <string.h>

enum { LONG_SHOWN = 60 };

/* A line that nobody typed: say so without repeating all of it. */
static enum run_outcome
refuse_long(
    struct shell *shell, const char *line, const struct run_origin *origin)
{
    enum run_outcome outcome = run_drain(shell);
    struct str start;
    struct str text;

    if (outcome != RUN_OK)
        return outcome;
    str_init(&start);
    str_init(&text);
    str_add_n(&start, line, LONG_SHOWN);
    str_add(&start, "...");
    str_printf(&text, "%% The line has %zu bytes; %d are the most.\n",
        strlen(line), PARSE_LINE_MAX);
    say_problem(shell, origin, str_text(&start), str_text(&text));
    str_done(&start);
    str_done(&text);
    return RUN_FAILED;
}

/* Bytes before the column that make no column of their own: of a character in
 * UTF-8, all but the first. */
static size_t
count_continued(const char *line, size_t column)
{
    const unsigned char lead_mask = 0xc0;
    const unsigned char continued = 0x80;
    size_t count = 0;

    for (size_t i = 0; i < column && line[i] != '\0'; i++)
        count += ((unsigned char)line[i] & lead_mask) == continued;
    return count;
}

/* Show where the line is wrong: under what was typed, or with FILE:LINE:COLUMN
 * before it, as editors and build servers read it. */
static void
explain(struct shell *shell, const char *line, const struct run_origin *origin,
    const struct parse_result *parsed)
{
    struct run_origin at = {NULL, 0};
    struct parse_result shown = *parsed; /* borrows its values */
    struct str prompt;
    struct str text;
    size_t indent = 0;

    str_init(&prompt);
    str_init(&text);
    if (origin->file == NULL) {
        shell_prompt(shell, &prompt);
        indent = prompt.length;
    } else {
        str_printf(&prompt, "%s:%u", origin->file, origin->line);
        at.file = str_text(&prompt);
        at.line = (unsigned)parsed->column + 1;
    }
    shown.column -= count_continued(line, parsed->column);
    parse_explain(&shown, indent, &text);
    hint_add(shell, line, parsed, &text);
    say_problem(shell, &at, line, str_text(&text));
    str_done(&prompt);
    str_done(&text);
}

enum run_outcome
run_line(struct shell *shell, const char *line, const struct run_origin *origin)
{
    struct parse_result parsed;
    struct parse_place place;
    enum run_outcome outcome = RUN_FAILED;
    struct run_call call = {shell, line, origin, &parsed};

    if (strlen(line) > PARSE_LINE_MAX)
        return refuse_long(shell, line, origin);
    if (shell_in_banner(shell))
        return banner_goes_on(shell, line, origin);
    shell_place(shell, &place);
    parse_line(&place, line, &parsed);
    if (parsed.outcome != PARSE_OK && shell->loading != LOADING_NOTHING)
        load_reparse(shell, line, &parsed);
    if (parsed.outcome == PARSE_NOTHING) {
        outcome = RUN_OK;
    } else if (parsed.outcome != PARSE_OK) {
        /* earlier lines first: theirs may be the true mistake */
        outcome = run_drain(shell);
        if (outcome == RUN_OK) {
            explain(shell, line, origin, &parsed);
            outcome = RUN_FAILED;
        }
    } else if (schema_commands[parsed.command].kind == COMMAND_EXEC) {
        outcome = shell->loading == LOADING_NOTHING ? run_exec(&call)
                                                    : load_exec(&call);
    } else if (!banner_begins(&call, &outcome)) {
        outcome = run_config(&call);
    }
    parse_result_done(&parsed);
    if (outcome == RUN_OK && shell->interactive && origin->file == NULL)
        outcome = run_drain(shell);
    return outcome;
}
