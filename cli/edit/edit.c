/*
 * edit.c - libedit behind edit.h, or the plain editor.
 *
 * libedit is given our own reader of characters, which polls the terminal
 * together with the daemon's socket.  A notice reaches libedit as a private
 * character (NOTICE_KEY) bound to a function that prints it and has the line
 * drawn again.
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
    KEY_CTRL_C = 3,
    KEY_CTRL_Z = 26,
    NOTICE_KEY = 0x1e, /* Ctrl-^, typed by nobody */
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
text_before_cursor(EditLine *libedit, struct str *out)
{
    const LineInfo *line = el_line(libedit);

    str_add_n(out, line->buffer, (size_t)(line->cursor - line->buffer));
}

static bool
is_quoting(const struct str *text)
{
    bool inside = false;
    size_t i;

    for (i = 0; i < text->length; i++)
        inside ^= text->text[i] == '"' && (i == 0 || text->text[i - 1] != '\\');
    return inside;
}

static unsigned char
key_help(EditLine *libedit, int key)
{
    const struct edit_hooks *hooks = edit_of(libedit)->hooks;
    unsigned char result = CC_REDISPLAY;
    struct str text;
    struct str help;

    (void)key;
    str_init(&text);
    str_init(&help);
    text_before_cursor(libedit, &text);
    if (is_quoting(&text)) {
        el_insertstr(libedit, "?");
        result = CC_REFRESH;
    } else {
        hooks->help(hooks->context, str_text(&text), &help);
        terminal_write("?\n");
        terminal_write(str_text(&help));
    }
    str_done(&text);
    str_done(&help);
    return result;
}

static unsigned char
key_complete(EditLine *libedit, int key)
{
    const struct edit_hooks *hooks = edit_of(libedit)->hooks;
    unsigned char result = CC_REFRESH_BEEP;
    struct str text;
    struct str more;

    (void)key;
    str_init(&text);
    str_init(&more);
    text_before_cursor(libedit, &text);
    hooks->complete(hooks->context, str_text(&text), &more);
    if (more.length > 0 && el_insertstr(libedit, str_text(&more)) == 0)
        result = CC_REFRESH;
    str_done(&text);
    str_done(&more);
    return result;
}

/* The line is given up; what was typed stays on the screen with the key's
 * name after it, and the line ends as if by Enter. */
static unsigned char
key_end(EditLine *libedit, int key)
{
    const LineInfo *line = el_line(libedit);

    edit_of(libedit)->ended = key == KEY_CTRL_Z ? EDIT_LEAVE : EDIT_ABORT;
    el_cursor(libedit, (int)(line->lastchar - line->cursor));
    if (el_insertstr(libedit, key == KEY_CTRL_Z ? "^Z" : "^C") != 0)
        return CC_NEWLINE;
    el_push(libedit, "\n");
    return CC_REFRESH;
}

static unsigned char
key_notice(EditLine *libedit, int key)
{
    struct edit *edit = edit_of(libedit);

    (void)key;
    terminal_write("\n");
    terminal_write(str_text(&edit->notice));
    str_clear(&edit->notice);
    return CC_REDISPLAY;
}

/* A character for libedit: 1, or 0 when there will be no more.  A notice goes
 * in as NOTICE_KEY. */
static int
read_character(EditLine *libedit, wchar_t *out_character)
{
    struct edit *edit = edit_of(libedit);
    mbstate_t state;
    size_t used = (size_t)-2;

    memset(&state, 0, sizeof state);
    while (used == (size_t)-2) { /* more bytes of this character */
        int byte = terminal_byte(edit->hooks, &edit->notice);
        char c = (char)byte;

        if (byte == TERMINAL_END) {
            edit->ended = EDIT_GONE;
            return 0;
        }
        if (byte == TERMINAL_NOTICE) {
            *out_character = NOTICE_KEY;
            return 1;
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
    {"?",  "ermine-help"        },
    {"^I", "ermine-complete"    },
    {"^C", "ermine-end"         },
    {"^Z", "ermine-end"         },
    {"^^", "ermine-notice"      },
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
    el_set(edit->libedit, EL_ADDFN, "ermine-help", "Help", key_help);
    el_set(
        edit->libedit, EL_ADDFN, "ermine-complete", "Complete", key_complete);
    el_set(edit->libedit, EL_ADDFN, "ermine-end", "End the line", key_end);
    el_set(edit->libedit, EL_ADDFN, "ermine-notice", "Message", key_notice);
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
        result = plain_read(edit->hooks, prompt, false, out_line);
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
    return plain_read(edit->hooks, question, hidden, out_answer);
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
