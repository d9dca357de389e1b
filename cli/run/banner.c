/*
 * banner.c - a banner's text, which may go over several lines.
 *
 * What is typed is a character, the text, and the same character, on one
 * line or on many; "^C", as other routers print it, is taken for one
 * character.  A command is one line, so what was typed over many becomes one
 * with `\n` between them, and is then carried out as if it had been typed so.
 */
#include "run/shell.h"

#include "base/str.h"
#include "parse/parse.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 2000 };

static const char caret_c[] = "^C";

/* The character that begins and ends the text. */
static void
take_end(struct shell *shell, const char *text)
{
    snprintf(shell->banner_end, sizeof shell->banner_end, "%.*s",
        str_has_prefix(text, caret_c) ? 2 : 1, text);
}

/* Text as it is typed, in the spelling of one line. */
static void
add_text(struct shell *shell, const char *text, size_t length)
{
    size_t i;

    for (i = 0; i < length; i++) {
        if (text[i] == '\\')
            str_add_char(&shell->banner, '\\');
        if (text[i] == '\t') {
            str_add_char(&shell->banner, ' ');
        } else {
            str_add_char(&shell->banner, text[i]);
        }
    }
}

/* One that does not occur in the text, for "^C". */
static char
free_mark(const char *text)
{
    static const char marks[] = "%@~^+=/:;,";
    const char *mark = marks;

    while (mark[1] != '\0' && strchr(text, *mark) != NULL)
        mark++;
    return *mark;
}

/* The whole banner as one line, carried out. */
static enum run_outcome
finish(struct shell *shell, const struct run_origin *origin)
{
    const char *text = str_text(&shell->banner);
    char mark = shell->banner_end[0];
    enum run_outcome outcome;
    struct str line;

    if (shell->banner_end[1] != '\0')
        mark = free_mark(text);
    shell->banner_end[0] = '\0';
    str_init(&line);
    str_printf(&line, "banner %s %c%s%c",
        schema_enums[ENUM_BANNER_TYPE].values[shell->banner_type].word, mark,
        text, mark);
    outcome = run_line(shell, str_text(&line), origin);
    str_done(&line);
    shell_drop_banner(shell);
    return outcome;
}

bool
banner_begins(const struct run_call *call, enum run_outcome *out_outcome)
{
    struct shell *shell = call->shell;
    const struct parse_result *parsed = call->parsed;
    const char *text = value_string(&parsed->values[FIELD_BANNER_TEXT]);
    const char *end;

    if (parsed->command != schema_objects[OBJECT_BANNER].command ||
        parsed->negated || parsed->defaulted)
        return false;
    take_end(shell, text);
    text += strlen(shell->banner_end);
    end = strstr(text, shell->banner_end);
    if (end != NULL && shell->banner_end[1] == '\0') {
        shell->banner_end[0] = '\0'; /* one line, as it is */
        return false;
    }
    shell->banner_type = (uint16_t)parsed->values[FIELD_BANNER_TYPE].number;
    shell->banner_line = call->origin->line;
    str_init(&shell->banner);
    add_text(shell, text, end == NULL ? strlen(text) : (size_t)(end - text));
    *out_outcome = RUN_OK;
    if (end != NULL) {
        *out_outcome = finish(shell, call->origin);
    } else if (shell->interactive && call->origin->file == NULL) {
        say(shell, "Enter the text.  End with the character '%s'.",
            shell->banner_end);
    }
    return true;
}

bool
shell_in_banner(const struct shell *shell)
{
    return shell->banner_end[0] != '\0';
}

enum run_outcome
banner_goes_on(
    struct shell *shell, const char *line, const struct run_origin *origin)
{
    const char *end = strstr(line, shell->banner_end);

    if (shell->banner.length + strlen(line) > TEXT_MAX) {
        shell_drop_banner(shell);
        say_problem(shell, origin, NULL,
            "% A banner has 2000 characters at most; this one is dropped.\n");
        return RUN_FAILED;
    }
    str_add(&shell->banner, "\\n");
    add_text(shell, line, end == NULL ? strlen(line) : (size_t)(end - line));
    return end == NULL ? RUN_OK : finish(shell, origin);
}

void
shell_drop_banner(struct shell *shell)
{
    shell->banner_end[0] = '\0';
    str_done(&shell->banner);
}

enum run_outcome
banner_check_end(struct shell *shell, const struct run_origin *origin)
{
    struct run_origin begin = {origin->file, shell->banner_line};
    struct str text;

    if (!shell_in_banner(shell))
        return RUN_OK;
    str_init(&text);
    str_printf(&text,
        "%% The banner that begins here does not end: its last "
        "character is '%s'.\n",
        shell->banner_end);
    shell_drop_banner(shell);
    say_problem(shell, &begin, NULL, str_text(&text));
    str_done(&text);
    return RUN_FAILED;
}
