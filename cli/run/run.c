/*
 * run.c - one line: understand it, then hand it to its kind of command.
 */
#include "run/run.h"

#include "base/str.h"
#include "parse/parse.h"
#include "run/shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FILE_DEPTH_MAX = 8 };

/* Show where the line is wrong: under what was typed, or as text. */
static void
explain(struct shell *shell, const char *line, const struct run_origin *origin,
    const struct parse_result *parsed)
{
    struct str prompt;
    struct str text;
    size_t indent = 0;

    str_init(&prompt);
    str_init(&text);
    if (origin->file == NULL) {
        shell_prompt(shell, &prompt);
        indent = prompt.length;
    }
    parse_explain(parsed, indent, &text);
    say_problem(shell, origin, line, str_text(&text));
    str_done(&prompt);
    str_done(&text);
}

/* "run COMMAND" and "do COMMAND": as if typed in exec. */
static const char *
skip_run(const struct shell *shell, const char *line, bool *out_exec)
{
    size_t word;

    line += strspn(line, " \t");
    word = strcspn(line, " \t");
    *out_exec = shell->mode != MODE_EXEC && line[word] != '\0' &&
                ((word == 3 && strncasecmp(line, "run", word) == 0) ||
                    (word == 2 && strncasecmp(line, "do", word) == 0));
    return *out_exec ? line + word : line;
}

enum run_outcome
run_line(struct shell *shell, const char *line, const struct run_origin *origin)
{
    struct parse_result parsed;
    struct parse_place place;
    enum run_outcome outcome = RUN_FAILED;
    bool as_exec;
    const char *command = skip_run(shell, line, &as_exec);
    struct run_call call = {shell, line, origin, &parsed};

    shell_place(shell, &place);
    if (as_exec) {
        place.mode = MODE_EXEC;
        place.object = SCHEMA_NONE;
    } else {
        command = line;
    }
    parse_line(&place, command, &parsed);
    parsed.column += (size_t)(command - line);
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
        outcome = run_exec(&call);
    } else {
        outcome = run_config(&call);
    }
    parse_result_done(&parsed);
    if (outcome == RUN_OK && shell->interactive && origin->file == NULL)
        outcome = run_drain(shell);
    return outcome;
}

/* ---- files ---- */

static bool
is_script(const char *first_line)
{
    return str_has_prefix(first_line, "! Configuration script");
}

/* Enter global configuration for a script; remembers where we were. */
static enum run_outcome
enter_config(struct shell *shell)
{
    enum run_outcome outcome = run_open(shell);

    if (outcome != RUN_OK)
        return outcome;
    shell_leave_object(shell);
    shell->mode = MODE_CONFIG;
    snprintf(shell->vr, sizeof shell->vr, "default");
    return RUN_OK;
}

static enum run_outcome
run_stream(struct shell *shell, FILE *file, const char *path)
{
    struct run_origin origin = {path, 0};
    enum run_outcome outcome = RUN_OK;
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    while (outcome == RUN_OK && (length = getline(&line, &room, file)) >= 0) {
        origin.line++;
        while (length > 0 &&
               (line[length - 1] == '\n' || line[length - 1] == '\r'))
            line[--length] = '\0';
        if (origin.line == 1 && is_script(line))
            outcome = enter_config(shell);
        if (outcome == RUN_OK && strlen(line) != (size_t)length) {
            say_problem(shell, &origin, NULL,
                "% The line holds a zero byte; this is not a text file.\n");
            outcome = RUN_FAILED;
        }
        if (outcome == RUN_OK)
            outcome = run_line(shell, line, &origin);
    }
    free(line);
    if (outcome == RUN_OK)
        outcome = run_drain(shell);
    return outcome;
}

enum run_outcome
run_file(struct shell *shell, const char *path)
{
    enum run_outcome outcome;
    struct run_origin origin = {path, 0};
    struct str text;
    FILE *file;

    if (shell->file_depth == FILE_DEPTH_MAX) {
        say_problem(shell, &origin, NULL,
            "% Files call each other more than eight deep.\n");
        return RUN_FAILED;
    }
    file = str_equal(path, "-") ? stdin : fopen(path, "re");
    if (file == NULL) {
        char reason[128];

        str_init(&text);
        str_printf(&text, "%% Cannot read %s: %s.\n", path,
            strerror_r(errno, reason, sizeof reason));
        shell->front->complain(shell->front->context, str_text(&text));
        str_done(&text);
        return RUN_FAILED;
    }
    shell->file_depth++;
    outcome = run_stream(shell, file, str_equal(path, "-") ? "stdin" : path);
    shell->file_depth--;
    if (file != stdin)
        fclose(file);
    return outcome;
}
