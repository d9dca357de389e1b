/*
 * progress.c - how far a long file is, on one line of the terminal.
 *
 *    site.cfg  41200 of 100000 lines  41%  [########            ]  85000/s
 *
 * It is drawn when there is much to do or it has taken a while, ten times a
 * second at most, and taken off the screen at the end.
 */
#include "run/shell.h"

#include "base/clock.h"
#include "base/str.h"

#include <string.h>

enum {
    LINES_MANY = 5000,
    BAR_CELLS = 20,
    NAME_SHOWN = 24,
    REDRAW_US = 100 * 1000,
    SLOW_US = 1000 * 1000,
    SECOND_US = 1000 * 1000
};

void
progress_begin(struct progress *progress, struct shell *shell, const char *name,
    uint64_t total)
{
    const char *slash = strrchr(name, '/');

    *progress = (struct progress){
        .shell = shell->front->progress == NULL ? NULL : shell,
        .name = slash == NULL ? name : slash + 1,
        .total = total,
        .began_us = clock_monotonic_us(),
    };
}

static void
add_bar(uint64_t lines, uint64_t total, struct str *out)
{
    uint64_t done = lines < total ? lines : total;
    uint64_t i;

    str_printf(out, " of %llu lines  %3u%%  [", (unsigned long long)total,
        (unsigned)(done * 100 / total));
    for (i = 0; i < BAR_CELLS; i++)
        str_add_char(out, i < done * BAR_CELLS / total ? '#' : ' ');
    str_add_char(out, ']');
}

static void
draw(struct progress *progress, uint64_t lines, uint64_t took_us)
{
    const struct run_front *front = progress->shell->front;
    struct str text;

    str_init(&text);
    str_printf(&text, "%.*s  %llu", NAME_SHOWN, progress->name,
        (unsigned long long)lines);
    if (progress->total > 0) {
        add_bar(lines, progress->total, &text);
    } else {
        str_add(&text, " lines");
    }
    str_printf(&text, "  %llu/s",
        (unsigned long long)(lines * SECOND_US / (took_us + 1)));
    front->progress(front->context, str_text(&text));
    str_done(&text);
}

void
progress_step(struct progress *progress, uint64_t lines)
{
    uint64_t now_us;

    if (progress->shell == NULL)
        return;
    now_us = clock_monotonic_us();
    if (now_us - progress->drawn_us < REDRAW_US ||
        (progress->total <= LINES_MANY &&
            now_us - progress->began_us < SLOW_US))
        return;
    draw(progress, lines, now_us - progress->began_us);
    progress->drawn_us = now_us;
}

void
progress_end(struct progress *progress)
{
    const struct run_front *front;

    if (progress->shell == NULL || progress->drawn_us == 0)
        return;
    front = progress->shell->front;
    front->progress(front->context, NULL);
    progress->drawn_us = 0;
}
