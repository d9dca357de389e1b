/* audit.c - the audit log: when, who, what, and where from. */
#include "show/rows.h"

#include "base/str.h"

void
layout_audit(const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct table_column columns[] = {
        {.title = "date (UTC)"},
        {.title = "user"      },
        {.title = "session",    .right = true},
        {.title = "event"                    },
        {.title = "outcome"},
        {.title = "what"                    },
    };
    static const unsigned cells[] = {COLUMN_AUDIT_AT, COLUMN_AUDIT_USER,
        COLUMN_AUDIT_SESSION, COLUMN_AUDIT_EVENT, COLUMN_AUDIT_OUTCOME,
        COLUMN_AUDIT_TEXT};
    const size_t count = sizeof columns / sizeof columns[0];
    struct text_table table;

    (void)width;
    text_table_begin(&table, columns, count);
    table.is_open = true;
    for (size_t i = 0; i < rows->count; i++) {
        for (size_t k = 0; k < count; k++)
            text_table_add_cell(&table, rows, rows_at(rows, i), cells[k]);
    }
    text_table_print(&table, out);
}
