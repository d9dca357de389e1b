/*
 * bars.c - a row of numbers as small bars, in ASCII, for any terminal.
 */
#include "show/show.h"

#include "base/str.h"

static const char bars[] = "_.,-=+*#";

enum { BARS_TOP = sizeof(bars) - 2 };

void
show_bars(const uint64_t *numbers, size_t count, uint64_t top, struct str *out)
{
    size_t i;

    for (i = 0; i < count; i++) {
        double part = top == 0 ? 0 : (double)numbers[i] / (double)top;
        size_t bar = (size_t)(part * BARS_TOP + 0.5);

        /* Something is not nothing. */
        if (bar == 0 && numbers[i] != 0)
            bar = 1;
        str_add_char(out, bars[bar < BARS_TOP ? bar : BARS_TOP]);
    }
}
