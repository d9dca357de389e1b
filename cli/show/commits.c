/*
 * commits.c - what waits to be confirmed.
 */
#include "show/rows.h"

#include "base/str.h"

#include <inttypes.h>

static void
print_guard(const struct value *row, struct str *out)
{
    if (!cell_has(row, COLUMN_COMMIT_CONFIRMED_GUARD_S))
        return;
    str_printf(out, "Guard: %" PRIu64 " s, ",
        cell_number(row, COLUMN_COMMIT_CONFIRMED_GUARD_S));
    if (cell_has(row, COLUMN_COMMIT_CONFIRMED_WATCHED)) {
        str_printf(out, "tunnels watched: %" PRIu64 ", down: %" PRIu64 ".\n",
            cell_number(row, COLUMN_COMMIT_CONFIRMED_WATCHED),
            cell_number(row, COLUMN_COMMIT_CONFIRMED_DOWN));
    } else {
        str_add(out, "ended by a restart; the time goes on.\n");
    }
}

void
layout_commit_confirmed(
    const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    if (rows->count == 0)
        str_add(out, "No commit waits to be confirmed.\n");
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out,
            "Generation %" PRIu64 " of %s (%s) waits to be confirmed: `commit` "
            "keeps it.\nGeneration %" PRIu64 " comes back in %" PRIu64
            " s, at %s.\n",
            cell_number(row, COLUMN_COMMIT_CONFIRMED_GENERATION),
            cell_text(row, COLUMN_COMMIT_CONFIRMED_USER),
            cell_text(row, COLUMN_COMMIT_CONFIRMED_FROM),
            cell_number(row, COLUMN_COMMIT_CONFIRMED_BACK_TO),
            cell_number(row, COLUMN_COMMIT_CONFIRMED_LEFT_S),
            cell_text(row, COLUMN_COMMIT_CONFIRMED_AT));
        print_guard(row, out);
    }
}
