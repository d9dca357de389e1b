/*
 * progress_line.h - one line of a terminal that is written over and over.
 */
#ifndef SESSION_PROGRESS_LINE_H
#define SESSION_PROGRESS_LINE_H

#include <stdbool.h>

struct progress_line {
    int fd;
    bool is_shown;
};

/* NULL: take it off the screen, if it is there. */
void progress_line_show(struct progress_line *line, const char *text);

#endif
