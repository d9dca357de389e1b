/*
 * edit.c - libedit behind edit.h, or the plain editor.
 *
 * libedit is given our own reader of characters, which polls the terminal
 * together with the daemon's socket.  Help, completion and notices happen
 * there, between two characters, so that libedit need not know of them:
 * functions added to it would be leaked by el_end().
 */
#include "edit/edit.h"

#include "base/arena.h"
#include "base/str.h"
#include "edit/terminal.h"

#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum {
    HISTORY_MAX = 1000,
    COLUMNS = 80, /* of a screen that does not say */
    KEY_CTRL_C = 3,
    KEY_CTRL_Z = 26,
};

struct edit {
    const struct edit_hooks *hooks;
    EditLine *libedit; /* NULL: the plain editor */
    History *history;
    char **lines; /* what was typed, for `show history` */
    size_t line_count;
    size_t line_room;
    char *prompt;
    struct str notice;
    struct str typed; /* by us, in the name of a key */
    size_t typed_taken;
    enum edit_result ended; /* by a key that ends the line */
};

/* ---- keys of libedit ---- */

static struct edit *
edit_of(EditLine *libedit)
{
    void *edit = NULL;

    el_get(libedit, EL_CLIENTDATA, &edit);
    return edit;
}

static char *
give_prompt(EditLine *libedit)
{
    return edit_of(libedit)->prompt;
}

/* The line up to the cursor. */
static void
text_before_cursor(const struct edit *edit, struct str *out)
{
    const LineInfo *line = el_line(edit->libedit);

    str_add_n(out, line->buffer, (size_t)(line->cursor - line->buffer));
}

/* To the start of the line below all that is typed. */
static void
go_below(const struct edit *edit)
{
    const LineInfo *line = el_line(edit->libedit);
    size_t start = strlen(edit->prompt);
    size_t end = start + (size_t)(line->lastchar - line->buffer);
    size_t at = start + (size_t)(line->cursor - line->buffer);
    size_t columns = COLUMNS;
    size_t rows = 0;
    size_t down;

    (void)edit_screen(&rows, &columns);
    for (down = end / columns - at / columns; down > 0; down--)
        terminal_write("\n");
    terminal_write("\n");
}

/* Show text on lines of its own; then the prompt and the line again. */
static void
interrupt(struct edit *edit, const struct str *text)
{
    go_below(edit);
    terminal_write(str_text(text));
    el_set(edit->libedit, EL_REFRESH);
}

static void
help(struct edit *edit, const struct str *text)
{
    const LineInfo *line = el_line(edit->libedit);
    struct str out;

    str_init(&out);
    edit->hooks->help(edit->hooks->context, str_text(text), &out);
    if (line->cursor == line->lastchar)
        terminal_write("?");
    interrupt(edit, &out);
    str_done(&out);
}

/* What Tab adds arrives as if it were typed. */
static void
complete(struct edit *edit, const struct str *text)
{
    struct str more;

    str_init(&more);
    edit->hooks->complete(edit->hooks->context, str_text(text), &more);
    if (more.length == 0)
        terminal_write("\a");
    str_add(&edit->typed, str_text(&more));
    str_done(&more);
}

/* Keys with a meaning of our own; false: libedit knows what to do. */
static bool
take_key(struct edit *edit, int key)
{
    struct str text;
    bool taken = true;

    str_init(&text);
    text_before_cursor(edit, &text);
    if (key == KEY_CTRL_C || key == KEY_CTRL_Z) {
        /* the line stays on the screen with the key's name at its end */
        edit->ended = key == KEY_CTRL_Z ? EDIT_LEAVE : EDIT_ABORT;
        str_add(&edit->typed, key == KEY_CTRL_Z ? "\005^Z\n" : "\005^C\n");
    } else if (key == '?' && !terminal_is_quoting(&text)) {
        help(edit, &text);
    } else if (key == '\t') {
        complete(edit, &text);
    } else {
        taken = false;
    }
    str_done(&text);
    return taken;
}

/* The next byte for libedit, or TERMINAL_END. */
static int
next_byte(struct edit *edit)
{
    for (;;) {
        int byte;

        if (edit->typed_taken < edit->typed.length)
            return (unsigned char)edit->typed.text[edit->typed_taken++];
        str_clear(&edit->typed);
        edit->typed_taken = 0;
        byte = terminal_byte(edit->hooks, &edit->notice);
        if (byte == TERMINAL_NOTICE) {
            interrupt(edit, &edit->notice);
            str_clear(&edit->notice);
        } else if (byte == TERMINAL_END || !take_key(edit, byte)) {
            return byte;
        }
    }
}

/* A character for libedit: 1, or 0 when there will be no more. */
static int
read_character(EditLine *libedit, wchar_t *out_character)
{
    struct edit *edit = edit_of(libedit);
    mbstate_t state;
    size_t used = (size_t)-2;

    memset(&state, 0, sizeof state);
    while (used == (size_t)-2) { /* more bytes of this character */
        int byte = next_byte(edit);
        char c = (char)byte;

        if (byte == TERMINAL_END) {
            edit->ended = EDIT_GONE;
            return 0;
        }
        used = mbrtowc(out_character, &c, 1, &state);
    }
    if (used == (size_t)-1)
        *out_character = L'?';
    return 1;
}

/* ---- opening and closing ---- */

struct key_binding {
    const char *key;
    const char *function;
};

static const struct key_binding bindings[] = {
    {"^U", "vi-kill-line-prev"  },
    {"^X", "vi-kill-line-prev"  },
    {"^W", "ed-delete-prev-word"},
    {"^R", "ed-redisplay"       },
};

static void
open_libedit(struct edit *edit)
{
    HistEvent event;
    size_t i;

    setlocale(LC_CTYPE, "C.UTF-8");
    edit->libedit = el_init("ermine", stdin, stdout, stderr);
    if (edit->libedit == NULL)
        return;
    edit->history = history_init();
    history(edit->history, &event, H_SETSIZE, HISTORY_MAX);
    history(edit->history, &event, H_SETUNIQUE, 1);
    el_set(edit->libedit, EL_CLIENTDATA, edit);
    el_set(edit->libedit, EL_PROMPT, give_prompt);
    el_set(edit->libedit, EL_EDITOR, "emacs");
    el_set(edit->libedit, EL_HIST, history, edit->history);
    el_set(edit->libedit, EL_SIGNAL, 0);
    el_set(edit->libedit, EL_GETCFN, read_character);
    el_set(edit->libedit, EL_SETTY, "-d", "-isig", NULL);
    el_set(edit->libedit, EL_SETTY, "-x", "-echo", "-icanon", "-isig",
        "-iexten", NULL);
    for (i = 0; i < sizeof bindings / sizeof bindings[0]; i++) {
        el_set(edit->libedit, EL_BIND, bindings[i].key, bindings[i].function,
            NULL);
    }
}

/* The terminal is raw from now on, also while a command runs: what is typed
 * or pasted ahead then waits unchanged, and is neither shown twice nor cut.
 * (libedit has a mode of its own for the time between two lines.) */
struct edit *
edit_open(const struct edit_hooks *hooks)
{
    struct edit *edit = mem_alloc(sizeof *edit);

    edit->hooks = hooks;
    str_init(&edit->notice);
    str_init(&edit->typed);
    terminal_raw();
    if (terminal_is_capable())
        open_libedit(edit);
    return edit;
}

void
edit_close(struct edit *edit)
{
    size_t i;

    if (edit == NULL)
        return;
    if (edit->libedit != NULL) {
        el_end(edit->libedit);
        history_end(edit->history);
    }
    terminal_restore();
    for (i = 0; i < edit->line_count; i++)
        free(edit->lines[i]);
    free(edit->lines);
    free(edit->prompt);
    str_done(&edit->notice);
    str_done(&edit->typed);
    free(edit);
}

/* ---- lines ---- */

static void
remember(struct edit *edit, const char *line)
{
    HistEvent event;

    if (line[strspn(line, " \t")] == '\0')
        return;
    if (edit->line_count == edit->line_room) {
        edit->line_room = edit->line_room == 0 ? 64 : edit->line_room * 2;
        edit->lines =
            mem_resize(edit->lines, edit->line_room * sizeof edit->lines[0]);
    }
    edit->lines[edit->line_count++] = mem_strdup(line);
    if (edit->history != NULL)
        history(edit->history, &event, H_ENTER, line);
}

static enum edit_result
libedit_read(struct edit *edit, const char *prompt, struct str *out_line)
{
    const char *text;
    int length = 0;

    free(edit->prompt);
    edit->prompt = mem_strdup(prompt);
    edit->ended = EDIT_LINE;
    el_resize(edit->libedit); /* the window may have changed meanwhile */
    text = el_gets(edit->libedit, &length);
    if (text == NULL || length <= 0) {
        terminal_write("\n");
        return edit->ended == EDIT_GONE ? EDIT_GONE : EDIT_EOF;
    }
    str_add_n(out_line, text, strcspn(text, "\r\n"));
    return edit->ended;
}

enum edit_result
edit_read(struct edit *edit, const char *prompt, struct str *out_line)
{
    enum edit_result result;

    str_clear(out_line);
    if (edit->libedit != NULL) {
        result = libedit_read(edit, prompt, out_line);
    } else {
        result = plain_read(edit->hooks, prompt, PLAIN_COMMAND, out_line);
    }
    if (result == EDIT_LINE)
        remember(edit, str_text(out_line));
    return result;
}

/* Questions are asked plainly in either case: no history, no completion. */
enum edit_result
edit_ask(struct edit *edit, const char *question, bool hidden,
    struct str *out_answer)
{
    return plain_read(edit->hooks, question,
        hidden ? PLAIN_HIDDEN : PLAIN_ANSWER, out_answer);
}

/* Over the question, from the left. */
static void
wipe(const char *question)
{
    size_t i;

    terminal_write("\r");
    for (i = strlen(question); i > 0; i--)
        terminal_write(" ");
    terminal_write("\r");
}

int
edit_key(struct edit *edit, const char *question)
{
    struct str notice;
    int key;

    str_init(&notice);
    terminal_write(question);
    while ((key = terminal_byte(edit->hooks, &notice)) == TERMINAL_NOTICE) {
        wipe(question);
        terminal_write(str_text(&notice));
        str_clear(&notice);
        terminal_write(question);
    }
    wipe(question);
    str_done(&notice);
    return key < 0 ? 0 : key;
}

const char *
edit_history(const struct edit *edit, size_t number)
{
    return number < edit->line_count ? edit->lines[number] : NULL;
}
