/*
 * traffic.c - security associations, and packets by what was done with them.
 */
#include "show/rows.h"

#include "base/str.h"
#include "gen/enums.h"

#include <inttypes.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void
layout_ipsec_sa(const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct table_column columns[] = {
        {.title = "tunnel",    .right = false},
        {.title = "direction", .right = false},
        {.title = "spi",       .right = false},
        {.title = "transform", .right = false},
        {.title = "mode",      .right = false},
        {.title = "sequence",  .right = true },
        {.title = "packets",   .right = true },
    };
    static const unsigned shown[] = {
        COLUMN_IPSEC_SA_TUNNEL,
        COLUMN_IPSEC_SA_DIRECTION,
        COLUMN_IPSEC_SA_SPI,
        COLUMN_IPSEC_SA_TRANSFORM,
        COLUMN_IPSEC_SA_MODE,
        COLUMN_IPSEC_SA_SEQUENCE,
        COLUMN_IPSEC_SA_PACKETS,
    };
    struct text_table table;
    size_t i;
    size_t k;

    (void)width;
    text_table_begin(&table, columns, COUNT(columns));
    for (i = 0; i < rows->count; i++) {
        for (k = 0; k < COUNT(shown); k++)
            text_table_add_cell(&table, rows, rows_at(rows, i), shown[k]);
    }
    text_table_print(&table, out);
}

static void
print_cell(const struct show_rows *rows, const struct value *row,
    const char *before, unsigned column, struct str *out)
{
    str_add(out, before);
    cell_write(rows, row, column, out);
}

static void
print_numbers(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    bool is_in =
        cell_number(row, COLUMN_IPSEC_SA_DIRECTION) == TRAFFIC_DIRECTION_IN;

    if (!cell_has(row, COLUMN_IPSEC_SA_SEQUENCE)) {
        str_add(out, "  Sequence numbers are not looked at: the transform "
                     "has no authentication\n");
        return;
    }
    print_cell(rows, row,
        is_in ? "  Highest sequence number " : "  Last sequence number ",
        COLUMN_IPSEC_SA_SEQUENCE, out);
    if (is_in) {
        print_cell(
            rows, row, ", anti-replay window ", COLUMN_IPSEC_SA_WINDOW, out);
    }
    str_add_char(out, '\n');
}

/* Until it is used no more. */
static void
print_limits(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    bool has_seconds = cell_has(row, COLUMN_IPSEC_SA_SECONDS_LEFT);
    bool has_kilobytes = cell_has(row, COLUMN_IPSEC_SA_KILOBYTES_LEFT);

    if (!has_seconds && !has_kilobytes) {
        str_add(out, "  No limit of lifetime\n");
        return;
    }
    str_add(out, "  Left of its lifetime:");
    if (has_seconds) {
        print_cell(rows, row, " ", COLUMN_IPSEC_SA_SECONDS_LEFT, out);
        str_add(out, " seconds");
    }
    if (has_kilobytes) {
        print_cell(rows, row, has_seconds ? ", " : " ",
            COLUMN_IPSEC_SA_KILOBYTES_LEFT, out);
        str_add(out, " kilobytes");
    }
    str_add_char(out, '\n');
}

static void
print_sa(const struct show_rows *rows, const struct value *row, struct str *out)
{
    bool is_in =
        cell_number(row, COLUMN_IPSEC_SA_DIRECTION) == TRAFFIC_DIRECTION_IN;

    print_cell(rows, row,
        str_has_prefix(cell_text(row, COLUMN_IPSEC_SA_TUNNEL), "gre:")
            ? "TUNNEL "
            : "TUNNEL ipsec:",
        COLUMN_IPSEC_SA_TUNNEL, out);
    str_add(out, is_in ? " inbound" : " outbound");
    print_cell(rows, row, " SPI ", COLUMN_IPSEC_SA_SPI, out);
    print_cell(rows, row, "\n  Transform ", COLUMN_IPSEC_SA_TRANSFORM, out);
    print_cell(rows, row, ", mode ", COLUMN_IPSEC_SA_MODE, out);
    print_cell(rows, row, "\n  From ", COLUMN_IPSEC_SA_SOURCE, out);
    print_cell(rows, row, " to ", COLUMN_IPSEC_SA_DESTINATION, out);
    print_cell(
        rows, row, " in virtual router ", COLUMN_IPSEC_SA_TRANSPORT_VR, out);
    str_add_char(out, '\n');
    if (cell_has(row, COLUMN_IPSEC_SA_LOCAL_PORT)) {
        print_cell(rows, row, "  In UDP from port ",
            is_in ? COLUMN_IPSEC_SA_REMOTE_PORT : COLUMN_IPSEC_SA_LOCAL_PORT,
            out);
        print_cell(rows, row, " to port ",
            is_in ? COLUMN_IPSEC_SA_LOCAL_PORT : COLUMN_IPSEC_SA_REMOTE_PORT,
            out);
        str_add_char(out, '\n');
    }
    print_numbers(rows, row, out);
    print_limits(rows, row, out);
    print_cell(rows, row, "  Packets ", COLUMN_IPSEC_SA_PACKETS, out);
    print_cell(rows, row, ", clear octets ", COLUMN_IPSEC_SA_OCTETS, out);
    str_add_char(out, '\n');
}

void
layout_ipsec_sa_detail(
    const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        if (i > 0)
            str_add_char(out, '\n');
        print_sa(rows, rows_at(rows, i), out);
    }
}

/* Reasons for which nothing was dropped are left out; JSON has them. */
void
layout_ip_traffic(const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct table_column columns[] = {
        [COLUMN_IP_TRAFFIC_KIND] = {.title = "kind",    .right = false},
        [COLUMN_IP_TRAFFIC_ITEM] = {.title = "item",    .right = false},
        [COLUMN_IP_TRAFFIC_PACKETS] = {.title = "packets", .right = true },
        [COLUMN_IP_TRAFFIC_MEANING] = {.title = "meaning", .right = false},
    };
    struct text_table table;
    unsigned column;
    size_t i;

    (void)width;
    text_table_begin(&table, columns, COUNT(columns));
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        if (cell_number(row, COLUMN_IP_TRAFFIC_KIND) == TRAFFIC_KIND_DROP &&
            cell_number(row, COLUMN_IP_TRAFFIC_PACKETS) == 0)
            continue;
        for (column = 0; column < COUNT(columns); column++)
            text_table_add_cell(&table, rows, row, column);
    }
    text_table_print(&table, out);
}
