/*
 * progress_line.c - written with carriage returns and blanks, which every
 * terminal knows.
 */
#include "session/progress_line.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

enum { WIDTH_MAX = 160, WIDTH_DEFAULT = 80 };

/* One less than the screen has: a full line would wrap. */
static int
usable_width(int fd)
{
    struct winsize size;

    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
        return WIDTH_DEFAULT - 1;
    return size.ws_col > WIDTH_MAX ? WIDTH_MAX : size.ws_col - 1;
}

void
progress_line_show(struct progress_line *line, const char *text)
{
    int width;

    if (text == NULL && !line->is_shown)
        return;
    width = usable_width(line->fd);
    if (text == NULL) {
        dprintf(line->fd, "\r%*s\r", width, "");
    } else {
        dprintf(line->fd, "\r%-*.*s", width, width, text);
    }
    line->is_shown = text != NULL;
}
