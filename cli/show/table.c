/*
 * table.c - plain tables: as wide as their widest cell, one blank between
 * columns, nothing trailing.
 */
#include "show/rows.h"

#include "base/str.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS_ROOM = 64 };

void
text_table_begin(
    struct text_table *table, const struct table_column *columns, size_t count)
{
    size_t i;

    assert(count > 0 && count <= TABLE_COLUMNS_MAX);
    *table = (struct text_table){.columns = columns, .column_count = count};
    arena_init(&table->arena);
    for (i = 0; i < count; i++)
        table->widths[i] = strlen(columns[i].title);
}

void
text_table_add(struct text_table *table, const char *text)
{
    size_t column = table->cell_count % table->column_count;
    size_t length = strlen(text);

    if (table->cell_count == table->room) {
        table->room = table->room == 0 ? CELLS_ROOM : table->room * 2;
        table->cells =
            mem_resize(table->cells, table->room * sizeof *table->cells);
    }
    table->cells[table->cell_count++] = arena_strdup(&table->arena, text);
    if (length > table->widths[column])
        table->widths[column] = length;
}

void
text_table_add_cell(struct text_table *table, const struct show_rows *rows,
    const struct value *row, unsigned column)
{
    struct str text;

    str_init(&text);
    cell_write(rows, row, column, &text);
    text_table_add(table, str_text(&text));
    str_done(&text);
}

static void
print_cell(const struct text_table *table, size_t column, const char *text,
    struct str *out)
{
    int width = (int)table->widths[column];

    if (column > 0)
        str_add_char(out, ' ');
    if (table->columns[column].right) {
        str_printf(out, "%*s", width, text);
    } else if (column + 1 < table->column_count) {
        str_printf(out, "%-*s", width, text);
    } else {
        str_add(out, text);
    }
    if (column + 1 == table->column_count)
        str_add_char(out, '\n');
}

static void
print_dashes(const struct text_table *table, struct str *out)
{
    size_t column;
    size_t width;
    size_t i;

    for (column = 0; column < table->column_count; column++) {
        if (column > 0)
            str_add_char(out, ' ');
        width = table->is_open && column + 1 == table->column_count
                    ? strlen(table->columns[column].title)
                    : table->widths[column];
        for (i = 0; i < width; i++)
            str_add_char(out, '-');
    }
    str_add_char(out, '\n');
}

void
text_table_print(struct text_table *table, struct str *out)
{
    size_t i;

    assert(table->column_count > 0);
    for (i = 0; i < table->column_count; i++)
        print_cell(table, i, table->columns[i].title, out);
    print_dashes(table, out);
    for (i = 0; i < table->cell_count; i++)
        print_cell(table, i % table->column_count, table->cells[i], out);
    free(table->cells);
    arena_done(&table->arena);
}
