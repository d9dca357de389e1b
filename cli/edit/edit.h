/*
 * edit.h - one line from a person at a terminal.
 *
 * Two editors behind one interface: libedit on a terminal that terminfo
 * knows, and a plain one, without redraw and without any escape sequence,
 * where TERM is unset, "dumb", "network" or unknown, or where the output is
 * not a terminal.  Both poll the terminal together with one more descriptor,
 * so that a message can appear while a line is being typed and the line
 * survives.  The only room with histedit.h.
 *
 *    key          does
 *    ?            help for what may stand here; the line stays
 *    Tab          completes a unique word
 *    Ctrl-A E B F line ends, one character back and on (libedit only)
 *    Ctrl-D H     delete this character, the one before
 *    Ctrl-K U X W cut to the end, to the start, to the start, a word
 *    Ctrl-P N     history, also the arrows (libedit only)
 *    Ctrl-R       draw the line anew
 *    Ctrl-C       give the line up
 *    Ctrl-Z       leave configuration mode
 */
#ifndef EDIT_EDIT_H
#define EDIT_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct edit;
struct str;

enum { EDIT_WATCH_OVER = -2 };

struct edit_hooks {
    /* Text to show for `?` after this much of a line, whole lines. */
    void (*help)(void *context, const char *text, struct str *out);
    /* What Tab adds to it; nothing: the bell. */
    void (*complete)(void *context, const char *text, struct str *out);
    /* A descriptor to watch, or EDIT_WATCH_OVER: nothing that is typed has
     * a meaning any more.  What to say when it is readable, whole lines. */
    int (*watch)(void *context);
    void (*notice)(void *context, struct str *out);
    void *context;
};

enum edit_result {
    EDIT_LINE,  /* a line, without its end  */
    EDIT_ABORT, /* Ctrl-C                   */
    EDIT_LEAVE, /* Ctrl-Z                   */
    EDIT_EOF,   /* Ctrl-D on an empty line  */
    EDIT_GONE,  /* no more will be typed: the terminal is gone, or the hook
                   watch said so */
};

/* On standard input and output.  The hooks are borrowed. */
struct edit *edit_open(const struct edit_hooks *hooks);
void edit_close(struct edit *edit); /* the terminal as it was; NULL allowed */

enum edit_result edit_read(
    struct edit *edit, const char *prompt, struct str *out_line);
/* A line's answer, not kept in the history, in which `?` and Tab are characters
 * like others; hidden: shown as asterisks. */
enum edit_result edit_ask(struct edit *edit, const char *question, bool hidden,
    struct str *out_answer);
/* While something long runs: from watch to unwatch, was Ctrl-C pressed? */
void edit_interrupt_watch(struct edit *edit);
bool edit_was_interrupted(const struct edit *edit);
void edit_interrupt_unwatch(struct edit *edit);
/* One key, as it is pressed; 0 at the end of input.  The question, which
 * stands at the start of a line, is gone afterwards. */
int edit_key(struct edit *edit, const char *question);
/* Wait so long, or for a key: the key, EDIT_PAUSE_END at the end of input, 0:
 * none was pressed. */
enum { EDIT_PAUSE_END = -1 };
int edit_pause(uint64_t us);
/* The lines typed so far, from 0; NULL: no such. */
const char *edit_history(const struct edit *edit, size_t number);
/* Size of the screen; false where it has none. */
bool edit_screen(size_t *out_rows, size_t *out_columns);

#endif
