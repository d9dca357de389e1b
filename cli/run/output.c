/*
 * output.c - from an answer's text to the screen: filters and the pager.
 *
 * The pager stops after a screenful with " --More-- " and takes one key:
 * blank a page, Enter a line, `/` begins again at a line that matches, `+`
 * keeps and `-` drops lines that match, anything else ends the output.
 */
#include "run/shell.h"

#include "base/str.h"
#include "parse/parse.h"
#include "show/show.h"

#include <string.h>

enum run_outcome
output_open(struct output *output, const struct run_call *call, bool *out_json)
{
    struct str problem;
    enum run_outcome outcome = RUN_OK;

    *output = (struct output){.shell = call->shell};
    *out_json = false;
    str_init(&problem);
    if (show_filter_new(call->parsed->filter, &output->filter, &problem) !=
        OK) {
        str_add_char(&problem, '\n');
        say_problem(call->shell, call->origin, call->line, str_text(&problem));
        outcome = RUN_FAILED;
    } else {
        *out_json = show_filter_wants_json(output->filter);
    }
    str_done(&problem);
    if (outcome == RUN_OK && call->shell->redirect != NULL)
        outcome = redirect_open(call->shell->redirect, call);
    if (outcome != RUN_OK)
        output_close(output);
    return outcome;
}

/* Put another filter in place of the one that was there. */
static void
refilter(struct output *output, int key)
{
    const struct run_front *front = output->shell->front;
    const char *verb = key == '/'   ? "begin"
                       : key == '+' ? "include"
                                    : "exclude";
    const char question[] = {(char)key, '\0'};
    struct show_filter *filter = NULL;
    struct str answer;
    struct str text;
    struct str problem;

    str_init(&answer);
    str_init(&text);
    str_init(&problem);
    if (front->ask(front->context, question, false, &answer)) {
        str_printf(&text, "%s %s", verb, str_text(&answer));
        if (show_filter_new(str_text(&text), &filter, &problem) == OK) {
            show_filter_free(output->filter);
            output->filter = filter;
            output->on_screen = 0;
        } else {
            say(output->shell, "%s", str_text(&problem));
        }
    }
    str_done(&answer);
    str_done(&text);
    str_done(&problem);
}

static void
page(struct output *output)
{
    struct shell *shell = output->shell;
    const struct run_front *front = shell->front;
    int key;

    key = front->key(front->context, " --More-- ");
    if (key == ' ') {
        output->on_screen = 0;
    } else if (key == '\r' || key == '\n') {
        output->on_screen = shell->length - 2;
    } else if (key == '/' || key == '+' || key == '-') {
        refilter(output, key);
    } else {
        output->quit = true;
    }
}

/* Lines of the screen that the text takes. */
static size_t
screen_lines(const struct shell *shell, const char *line)
{
    size_t length = strlen(line);

    return length <= shell->width ? 1 : (length - 1) / shell->width + 1;
}

static void
write_line(const struct shell *shell, const char *line)
{
    if (shell->redirect != NULL) {
        fprintf(shell->redirect->file, "%s\n", line);
        return;
    }
    shell->front->print(shell->front->context, line);
    shell->front->print(shell->front->context, "\n");
}

static void
output_line(struct output *output, const char *line)
{
    struct shell *shell = output->shell;
    size_t height = screen_lines(shell, line);

    if (output->quit || !show_filter_line(output->filter, line))
        return;
    if (shell->redirect == NULL && shell->interactive && shell->length > 1 &&
        output->on_screen > 0 && output->on_screen + height >= shell->length) {
        page(output);
        /* the key may have brought another filter */
        if (output->quit || !show_filter_line(output->filter, line))
            return;
    }
    write_line(shell, line);
    output->on_screen += height;
}

void
output_text(struct output *output, const char *text)
{
    struct str line;

    output->is_begun = true;
    str_init(&line);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        str_clear(&line);
        str_add_n(&line, text, length);
        output_line(output, str_text(&line));
        text += length;
        if (*text == '\n')
            text++;
    }
    str_done(&line);
}

/* What `count` has met; nothing where the command was refused. */
static void
write_count(const struct output *output)
{
    struct str line;
    size_t lines;

    if (!output->is_begun || !show_filter_count(output->filter, &lines))
        return;
    str_init(&line);
    str_printf(&line, "Count: %zu line%s", lines, lines == 1 ? "" : "s");
    write_line(output->shell, str_text(&line));
    str_done(&line);
}

void
output_close(struct output *output)
{
    write_count(output);
    show_filter_free(output->filter);
    output->filter = NULL;
}
