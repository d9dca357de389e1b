/*
 * text.c - answers made to fit the screen.
 */
#include "run/shell.h"

#include "base/str.h"

#include <string.h>

/* How much of the line fits: up to a blank if there is one. */
static size_t
fitting(const char *line, size_t length, size_t width)
{
    size_t at = width;

    if (length <= width || width == 0)
        return length;
    while (at > 0 && line[at] != ' ')
        at--;
    /* a caret line is blanks, and a word may be longer than the screen */
    return strspn(line, " ") >= at ? length : at;
}

void
wrap_text(const char *text, size_t width, struct str *out)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        size_t take = fitting(text, length, width);

        str_add_n(out, text, take);
        str_add_char(out, '\n');
        text += take;
        text += take < length ? strspn(text, " ") : *text == '\n';
    }
}
