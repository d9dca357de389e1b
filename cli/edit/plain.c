/*
 * plain.c - the editor for terminals that know nothing, and for collectors.
 *
 * What is typed is echoed; a character is taken back with backspace, blank,
 * backspace; nothing is ever drawn again but after help or a notice, on a
 * new line.
 */
#include "edit/terminal.h"

#include "base/str.h"

#include <stdio.h>

enum {
    KEY_CTRL_C = 3,
    KEY_CTRL_D = 4,
    KEY_BACKSPACE = 8,
    KEY_CTRL_R = 18,
    KEY_CTRL_U = 21,
    KEY_CTRL_W = 23,
    KEY_CTRL_X = 24,
    KEY_CTRL_Z = 26,
    KEY_ESCAPE = 27,
    KEY_DELETE = 127,
    KEY_LINE_MAX = 4095,
};

/* Arrows and the like send a sequence, which means nothing here. */
enum sequence {
    SEQUENCE_NONE,
    SEQUENCE_BEGUN, /* after the escape byte */
    SEQUENCE_INSIDE /* up to a letter or ~   */
};

struct plain {
    const struct edit_hooks *hooks;
    const char *prompt;
    enum plain_kind kind;
    struct str *line;
    enum sequence sequence;
};

/* Prompt and line again, on a fresh line. */
static void
draw(const struct plain *plain)
{
    terminal_write(plain->prompt);
    if (plain->kind != PLAIN_HIDDEN)
        terminal_write(str_text(plain->line));
}

/* Say something above the line that is being typed. */
static void
show_notice(const struct plain *plain, struct str *notice)
{
    terminal_write("\n");
    terminal_write(str_text(notice));
    str_clear(notice);
    draw(plain);
}

static void
erase(struct plain *plain, size_t count)
{
    for (; count > 0 && plain->line->length > 0; count--) {
        plain->line->text[--plain->line->length] = '\0';
        terminal_write("\b \b");
    }
}

/* The length of the last word with the blanks after it. */
static size_t
last_word(const struct str *line)
{
    size_t at = line->length;

    while (at > 0 && line->text[at - 1] == ' ')
        at--;
    while (at > 0 && line->text[at - 1] != ' ')
        at--;
    return line->length - at;
}

static void
help(const struct plain *plain)
{
    struct str text;

    str_init(&text);
    plain->hooks->help(plain->hooks->context, str_text(plain->line), &text);
    terminal_write("?\n");
    terminal_write(str_text(&text));
    draw(plain);
    str_done(&text);
}

static void
complete(struct plain *plain)
{
    struct str more;

    str_init(&more);
    plain->hooks->complete(plain->hooks->context, str_text(plain->line), &more);
    terminal_write(more.length > 0 ? str_text(&more) : "\a");
    str_add(plain->line, str_text(&more));
    str_done(&more);
}

static void
type(struct plain *plain, char c)
{
    char echo[2] = {c, '\0'};

    if (plain->line->length == KEY_LINE_MAX) {
        terminal_write("\a");
        return;
    }
    str_add_char(plain->line, c);
    if (plain->kind == PLAIN_HIDDEN)
        echo[0] = '*';
    terminal_write(echo);
}

/* The next key; notices are shown while it is waited for. */
static int
next_key(const struct plain *plain)
{
    struct str notice;
    int key;

    str_init(&notice);
    while ((key = terminal_byte(plain->hooks, &notice)) == TERMINAL_NOTICE)
        show_notice(plain, &notice);
    str_done(&notice);
    return key;
}

/* Is the key part of a sequence? */
static bool
in_sequence(struct plain *plain, int key)
{
    bool inside = plain->sequence != SEQUENCE_NONE;

    if (key == KEY_ESCAPE) {
        plain->sequence = SEQUENCE_BEGUN;
        return true;
    }
    if (plain->sequence == SEQUENCE_BEGUN) {
        inside = key == '[' || key == 'O';
        plain->sequence = inside ? SEQUENCE_INSIDE : SEQUENCE_NONE;
    } else if (key >= '@') {
        plain->sequence = SEQUENCE_NONE;
    }
    return inside;
}

/* Keys that change the line. */
static void
edit_key_pressed(struct plain *plain, int key)
{
    switch (key) {
    case KEY_BACKSPACE:
    case KEY_DELETE:
        erase(plain, 1);
        break;
    case KEY_CTRL_U:
    case KEY_CTRL_X:
        erase(plain, plain->line->length);
        break;
    case KEY_CTRL_W:
        erase(plain, last_word(plain->line));
        break;
    case KEY_CTRL_R:
        terminal_write("\n");
        draw(plain);
        break;
    case '?':
        if (plain->kind != PLAIN_COMMAND || terminal_is_quoting(plain->line)) {
            type(plain, '?');
        } else {
            help(plain);
        }
        break;
    case '\t':
        if (plain->kind == PLAIN_ANSWER) {
            type(plain, ' ');
        } else if (plain->kind == PLAIN_COMMAND &&
                   !terminal_is_quoting(plain->line)) {
            complete(plain);
        }
        break;
    default:
        if (key >= ' ')
            type(plain, (char)key);
        break;
    }
}

enum edit_result
plain_read(const struct edit_hooks *hooks, const char *prompt,
    enum plain_kind kind, struct str *out_line)
{
    struct plain plain = {
        .hooks = hooks, .prompt = prompt, .kind = kind, .line = out_line};

    str_clear(out_line);
    draw(&plain);
    for (;;) {
        int key = next_key(&plain);

        if (key == '\r' || key == '\n') {
            terminal_write("\n");
            return EDIT_LINE;
        }
        if (key == TERMINAL_END)
            return EDIT_GONE;
        if (key == KEY_CTRL_D && out_line->length == 0) {
            terminal_write("\n");
            return EDIT_EOF;
        }
        if (key == KEY_CTRL_C || key == KEY_CTRL_Z) {
            terminal_write(key == KEY_CTRL_C ? "^C\n" : "^Z\n");
            return key == KEY_CTRL_C ? EDIT_ABORT : EDIT_LEAVE;
        }
        if (!in_sequence(&plain, key))
            edit_key_pressed(&plain, key);
    }
}
