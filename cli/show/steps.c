/*
 * steps.c - packets stage by stage: explained or traced.
 */
#include "show/rows.h"

#include "base/str.h"
#include "gen/enums.h"

#include <inttypes.h>

static uint64_t
packet_of(const struct show_rows *rows, size_t index)
{
    return cell_number(rows_at(rows, index), COLUMN_PACKET_STEP_PACKET);
}

static void
print_title(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    str_printf(
        out, "Packet %" PRIu64, cell_number(row, COLUMN_PACKET_STEP_PACKET));
    if (cell_has(row, COLUMN_PACKET_STEP_SOURCE)) {
        str_add(out, ": ");
        cell_write(rows, row, COLUMN_PACKET_STEP_SOURCE, out);
        str_add(out, " to ");
        cell_write(rows, row, COLUMN_PACKET_STEP_DESTINATION, out);
        str_printf(out, ", protocol %" PRIu64,
            cell_number(row, COLUMN_PACKET_STEP_PROTOCOL));
    }
    str_printf(out, ", %" PRIu64 " bytes\n",
        cell_number(row, COLUMN_PACKET_STEP_LENGTH));
}

/* What the stage decided; of a drop also the reason's name, as `show ip
 * drops` counts it. */
static void
add_decision(struct text_table *table, const struct value *row)
{
    const char *reason = cell_text(row, COLUMN_PACKET_STEP_DROPPED);
    struct str text;

    str_init(&text);
    if (reason[0] != '\0')
        str_printf(&text, "Dropped, %s: ", reason);
    str_add(&text, cell_text(row, COLUMN_PACKET_STEP_DECISION));
    text_table_add(table, str_text(&text));
    str_done(&text);
}

/* The stages of one packet; returns the row behind them. */
static size_t
print_packet(const struct show_rows *rows, size_t first, struct str *out)
{
    static const struct table_column columns[] = {
        {.title = "piece",          .right = true },
        {.title = "stage",          .right = false},
        {.title = "virtual router", .right = false},
        {.title = "bytes",          .right = true },
        {.title = "decision",       .right = false},
    };
    struct text_table table;
    size_t i;

    print_title(rows, rows_at(rows, first), out);
    text_table_begin(&table, columns, sizeof(columns) / sizeof(columns[0]));
    for (i = first;
         i < rows->count && packet_of(rows, i) == packet_of(rows, first); i++) {
        const struct value *row = rows_at(rows, i);

        text_table_add_cell(&table, rows, row, COLUMN_PACKET_STEP_PIECE);
        text_table_add_cell(&table, rows, row, COLUMN_PACKET_STEP_STAGE);
        text_table_add_cell(
            &table, rows, row, COLUMN_PACKET_STEP_VIRTUAL_ROUTER);
        text_table_add_cell(&table, rows, row, COLUMN_PACKET_STEP_LENGTH);
        add_decision(&table, row);
    }
    text_table_print(&table, out);
    return i;
}

void
layout_packet_step(const struct show_rows *rows, size_t width, struct str *out)
{
    size_t at = 0;

    (void)width;
    while (at < rows->count) {
        if (at > 0)
            str_add_char(out, '\n');
        at = print_packet(rows, at, out);
    }
}
