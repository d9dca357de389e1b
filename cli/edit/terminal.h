/*
 * terminal.h - what both editors need of the terminal; private to the room.
 */
#ifndef EDIT_TERMINAL_H
#define EDIT_TERMINAL_H

#include "edit/edit.h"

#include <stdbool.h>

/* Does this terminal take the control sequences that libedit sends? */
bool terminal_is_capable(void);

/* No echo, no line editing, no signals by keys; newline translation stays.
 * Nothing where standard input is not a terminal. */
void terminal_raw(void);
void terminal_restore(void);

enum { TERMINAL_END = -1, TERMINAL_NOTICE = -2 };

/* Wait for a byte of standard input.  TERMINAL_END: there will be no more (why
 * was said, if the hooks know it); TERMINAL_NOTICE: there is something to say
 * first, in out_notice. */
int terminal_byte(const struct edit_hooks *hooks, struct str *out_notice);

/* Is the end of the line inside a quoted word, where `?` is text? */
bool terminal_is_quoting(const struct str *line);

/* Write all of the text to standard output. */
void terminal_write(const char *text);

/* ---- the plain editor ---- */

/* What is read: a command, with help and completion; an answer, in which
 * they mean nothing; the same, shown as asterisks. */
enum plain_kind { PLAIN_COMMAND, PLAIN_ANSWER, PLAIN_HIDDEN };

enum edit_result plain_read(const struct edit_hooks *hooks, const char *prompt,
    enum plain_kind kind, struct str *out_line);

#endif
