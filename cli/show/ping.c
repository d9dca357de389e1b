/*
 * ping.c - the answers to echo requests: a mark for each, then the summary.
 */
#include "show/rows.h"

#include "base/str.h"

#include <inttypes.h>

enum { ONE_MS = 1000 /* microseconds */, PERCENT = 100 };

struct summary {
    uint64_t answered;
    uint64_t min_us;
    uint64_t max_us;
    uint64_t sum_us;
};

static void
count_answer(struct summary *summary, uint64_t us)
{
    if (summary->answered == 0 || us < summary->min_us)
        summary->min_us = us;
    if (us > summary->max_us)
        summary->max_us = us;
    summary->sum_us += us;
    summary->answered++;
}

static void
print_marks(const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    for (i = 0; i < rows->count; i++) {
        str_add_char(
            out, cell_has(rows_at(rows, i), COLUMN_PING_ANSWERED) ? '!' : '.');
        if (width > 0 && (i + 1) % width == 0 && i + 1 < rows->count)
            str_add_char(out, '\n');
    }
    str_add_char(out, '\n');
}

/* Each reason once, with how many requests met it. */
static void
print_reasons(const struct show_rows *rows, struct str *out)
{
    size_t i;
    size_t k;

    for (i = 0; i < rows->count; i++) {
        const char *reason = cell_text(rows_at(rows, i), COLUMN_PING_DROPPED);
        size_t alike = 0;
        bool told = false;

        if (reason[0] == '\0')
            continue;
        for (k = 0; k < rows->count && !told; k++) {
            if (!str_equal(
                    cell_text(rows_at(rows, k), COLUMN_PING_DROPPED), reason))
                continue;
            told = k < i;
            alike++;
        }
        if (!told) {
            str_printf(out, "%% %zu of %zu requests dropped here: %s\n", alike,
                rows->count, reason);
        }
    }
}

static uint64_t
to_ms(uint64_t us)
{
    return (us + ONE_MS / 2) / ONE_MS;
}

void
layout_ping(const struct show_rows *rows, size_t width, struct str *out)
{
    struct summary summary = {.answered = 0};
    size_t i;

    if (rows->count == 0)
        return;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        if (cell_has(row, COLUMN_PING_ANSWERED))
            count_answer(&summary, cell_number(row, COLUMN_PING_ROUND_TRIP_US));
    }
    print_marks(rows, width, out);
    print_reasons(rows, out);
    str_printf(out, "Success rate = %" PRIu64 "%% (%" PRIu64 "/%zu)",
        summary.answered * PERCENT / rows->count, summary.answered,
        rows->count);
    if (summary.answered > 0) {
        str_printf(out,
            ", round-trip min/avg/max = %" PRIu64 "/%" PRIu64 "/%" PRIu64 " ms",
            to_ms(summary.min_us), to_ms(summary.sum_us / summary.answered),
            to_ms(summary.max_us));
    }
    str_add_char(out, '\n');
}
