/*
 * console.c - a person at a terminal.
 */
#include "session/session.h"

#include "base/str.h"
#include "edit/edit.h"
#include "parse/parse.h"
#include "run/run.h"
#include "session/greeting.h"
#include "session/progress_line.h"
#include "wire/client.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct console {
    struct shell shell;
    struct edit *edit;
    bool lost; /* the daemon went away while a line was typed */
    bool gone; /* no more will be typed                       */
    struct progress_line bar;
};

/* ---- what the editor asks ---- */

static void
give_help(void *context, const char *text, struct str *out)
{
    struct console *console = context;
    struct parse_choices choices;
    struct parse_names names;
    struct parse_place place;
    size_t width = 0;
    size_t i;

    shell_place(&console->shell, &place);
    shell_names(&console->shell, &names);
    parse_choices_find(&place, text, &names, &choices);
    for (i = 0; i < choices.count; i++) {
        size_t length = strlen(choices.choices[i].word);

        width = length > width && length <= 28 ? length : width;
    }
    for (i = 0; i < choices.count; i++) {
        const struct parse_choice *choice = &choices.choices[i];
        bool has_help = choice->help[0] != '\0';

        str_printf(out, "  %-*s%s%s\n", has_help ? (int)width : 0, choice->word,
            has_help ? "  " : "", choice->help);
    }
    if (choices.count == 0)
        str_add(out, "% Nothing can stand here.\n");
    parse_choices_done(&choices);
}

static void
give_completion(void *context, const char *text, struct str *out)
{
    struct console *console = context;
    struct parse_choices choices;
    struct parse_names names;
    struct parse_place place;

    shell_place(&console->shell, &place);
    shell_names(&console->shell, &names);
    parse_choices_find(&place, text, &names, &choices);
    parse_completion(&choices, text, out);
    parse_choices_done(&choices);
}

static int
give_socket(void *context)
{
    struct console *console = context;

    return console->lost || console->gone ? EDIT_WATCH_OVER
                                          : client_fd(console->shell.client);
}

/* Events that came while nothing was asked. */
static void
give_notice(void *context, struct str *out)
{
    struct console *console = context;
    struct wire_frame frame;
    bool taken = true;

    while (!console->lost && !console->gone && taken) {
        if (client_take(console->shell.client, &frame, &taken) != OK) {
            console->lost = true;
            str_add(out, run_lost_text);
        } else if (taken) {
            if (frame.verb == WIRE_EVENT) {
                str_printf(out, "%s\n", wire_text(&frame, 1));
                console->gone = wire_number(&frame, 0) == WIRE_OVER;
            }
            wire_frame_done(&frame);
        }
    }
}

/* ---- what the shell asks ---- */

static void
print(void *context, const char *text)
{
    struct console *console = context;

    progress_line_show(&console->bar, NULL);
    fputs(text, stdout);
    fflush(stdout);
}

static int
key(void *context, const char *question)
{
    struct console *console = context;

    return edit_key(console->edit, question);
}

static int
pause_for(void *context, uint64_t us)
{
    (void)context;
    return edit_pause(us);
}

static bool
ask(void *context, const char *question, bool hidden, struct str *out_answer)
{
    struct console *console = context;

    switch (edit_ask(console->edit, question, hidden, out_answer)) {
    case EDIT_LINE:
        return true;
    case EDIT_GONE:
        console->gone = true;
        return false;
    case EDIT_ABORT:
    case EDIT_LEAVE:
    case EDIT_EOF:
    default:
        return false;
    }
}

static const char *
history(void *context, size_t number)
{
    struct console *console = context;

    return edit_history(console->edit, number);
}

/* One line of a text that is typed or pasted. */
static enum run_input
input(void *context, const char *prompt, struct str *out_line)
{
    struct console *console = context;

    (void)prompt;
    switch (edit_ask(console->edit, "", false, out_line)) {
    case EDIT_LINE:
        return INPUT_LINE;
    case EDIT_EOF:
    case EDIT_LEAVE:
        return INPUT_END;
    case EDIT_GONE:
        console->gone = true;
        return INPUT_GIVEN_UP;
    case EDIT_ABORT:
    default:
        return INPUT_GIVEN_UP;
    }
}

static bool
interrupt(void *context, enum run_interrupt what)
{
    struct console *console = context;

    switch (what) {
    case INTERRUPT_BEGIN:
        edit_interrupt_watch(console->edit);
        return false;
    case INTERRUPT_ASK:
        return edit_was_interrupted(console->edit);
    case INTERRUPT_END:
    default:
        edit_interrupt_unwatch(console->edit);
        return false;
    }
}

static void
progress(void *context, const char *text)
{
    struct console *console = context;

    progress_line_show(&console->bar, text);
}

/* ---- the loop ---- */

static void
subscribe(struct shell *shell)
{
    struct wire_frame frame;
    struct wire_frame reply;

    wire_frame_init(&frame, WIRE_SUBSCRIBE, 0);
    wire_add_number(&frame, 1);
    client_send(shell->client, &frame);
    if (client_next(shell->client, &reply) == OK)
        wire_frame_done(&reply);
}

/* The size of the screen, unless the operator has said another. */
static void
fit_screen(struct shell *shell)
{
    size_t rows;
    size_t columns;

    if (!edit_screen(&rows, &columns))
        return;
    if (!shell->length_is_set)
        shell->length = rows;
    if (!shell->width_is_set)
        shell->width = columns;
}

static enum run_outcome
carry_out(struct console *console, enum edit_result result, const char *line)
{
    static const struct run_origin typed = {NULL, 0};
    struct shell *shell = &console->shell;

    switch (result) {
    case EDIT_LINE:
        return run_line(shell, line, &typed);
    case EDIT_ABORT:
        shell_drop_banner(shell);
        return RUN_OK;
    case EDIT_LEAVE:
        shell_drop_banner(shell);
        return shell->mode == MODE_EXEC ? RUN_OK
                                        : run_line(shell, "end", &typed);
    case EDIT_EOF:
        return run_line(shell, "logout", &typed);
    case EDIT_GONE:
        console->gone = true;
        return RUN_OVER;
    default:
        return RUN_OK;
    }
}

/* One turn: false when the session is over. */
static bool
one_line(struct console *console, enum session_exit *out_exit)
{
    enum run_outcome outcome;
    enum edit_result result;
    struct str prompt;
    struct str line;

    str_init(&prompt);
    str_init(&line);
    fit_screen(&console->shell);
    if (shell_in_banner(&console->shell)) {
        result = edit_ask(console->edit, "", false, &line);
    } else {
        shell_prompt(&console->shell, &prompt);
        result = edit_read(console->edit, str_text(&prompt), &line);
    }
    outcome = carry_out(console, result, str_text(&line));
    str_done(&prompt);
    str_done(&line);
    if (outcome == RUN_LOST || console->lost)
        *out_exit = EXIT_NO_CONNECTION;
    return outcome != RUN_OVER && outcome != RUN_LOST && !console->lost &&
           !console->gone;
}

enum session_exit
session_console(struct client *client)
{
    struct console console = {.edit = NULL, .bar = {.fd = STDOUT_FILENO}};
    size_t rows;
    size_t columns;
    const struct run_front front = {.print = print,
        .complain = print,
        .key = key,
        .pause = pause_for,
        .ask = ask,
        .history = history,
        .input = input,
        .progress = edit_screen(&rows, &columns) ? progress : NULL,
        .interrupt = interrupt,
        .context = &console};
    const struct edit_hooks hooks = {.help = give_help,
        .complete = give_completion,
        .watch = give_socket,
        .notice = give_notice,
        .context = &console};
    enum session_exit result = EXIT_DONE;
    struct str banners;

    signal(SIGINT, SIG_IGN); /* Ctrl-C gives up a line, not the session */
    shell_init(&console.shell, client, &front, true);
    str_init(&banners);
    console.lost = !greeting_tell(client, true, &console.shell, &banners);
    subscribe(&console.shell);
    console.edit = edit_open(&hooks);
    print(&console, str_text(&banners));
    str_done(&banners);
    while (one_line(&console, &result))
        continue;
    edit_close(console.edit);
    shell_done(&console.shell);
    return result;
}
