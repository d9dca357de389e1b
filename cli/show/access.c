/*
 * access.c - layout of `show access-list`.
 *
 *    Access list managers, used by 1 community
 *      10 permit host 192.0.2.9
 *      20 deny any
 */
#include "show/rows.h"

#include "base/str.h"

#include <inttypes.h>

static void
print_list(const struct value *row, struct str *out)
{
    uint64_t count = cell_number(row, COLUMN_ACCESS_LIST_COMMUNITIES);

    str_printf(out, "Access list %s, used by %" PRIu64 " communit%s\n",
        cell_text(row, COLUMN_ACCESS_LIST_NAME), count,
        count == 1 ? "y" : "ies");
}

static void
print_entry(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    str_printf(
        out, "  %" PRIu64 " ", cell_number(row, COLUMN_ACCESS_LIST_SEQUENCE));
    cell_write(rows, row, COLUMN_ACCESS_LIST_ACTION, out);
    if (!cell_has(row, COLUMN_ACCESS_LIST_SOURCE)) {
        str_add(out, " any\n");
        return;
    }
    str_add(out, cell_has(row, COLUMN_ACCESS_LIST_WILDCARD) ? " " : " host ");
    cell_write(rows, row, COLUMN_ACCESS_LIST_SOURCE, out);
    if (cell_has(row, COLUMN_ACCESS_LIST_WILDCARD)) {
        str_add_char(out, ' ');
        cell_write(rows, row, COLUMN_ACCESS_LIST_WILDCARD, out);
    }
    str_add_char(out, '\n');
}

void
layout_access_list(const struct show_rows *rows, size_t width, struct str *out)
{
    const char *last = "";
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);
        const char *name = cell_text(row, COLUMN_ACCESS_LIST_NAME);

        if (i == 0 || !str_equal(name, last))
            print_list(row, out);
        last = name;
        print_entry(rows, row, out);
    }
}
