/* impact.c - what a commit would do to tunnels. */
#include "show/rows.h"

#include "base/str.h"

void
layout_candidate_impact(
    const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct table_column columns[] = {
        [COLUMN_CANDIDATE_IMPACT_NAME] = {.title = "tunnel"},
        [COLUMN_CANDIDATE_IMPACT_VIRTUAL_ROUTER] = {.title = "virtual router"},
        [COLUMN_CANDIDATE_IMPACT_IMPACT] = {.title = "impact"},
        [COLUMN_CANDIDATE_IMPACT_BECAUSE] = {.title = "because"},
    };
    const size_t count = sizeof columns / sizeof columns[0];
    struct text_table table;

    (void)width;
    if (rows->count == 0) {
        str_add(out, "A commit would disturb no tunnel.\n");
        return;
    }
    text_table_begin(&table, columns, count);
    table.is_open = true;
    for (size_t i = 0; i < rows->count; i++) {
        for (unsigned column = 0; column < count; column++)
            text_table_add_cell(&table, rows, rows_at(rows, i), column);
    }
    text_table_print(&table, out);
}
