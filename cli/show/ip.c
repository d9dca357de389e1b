/*
 * ip.c - shows about virtual routers, their routes and interfaces.
 */
#include "show/rows.h"

#include "base/ip.h"
#include "base/str.h"
#include "gen/enums.h"

#include <inttypes.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char tunnel_word[] = "tunnel ";
static const char tunnel_prefix[] = "ipsec:";
static const char gre_prefix[] = "gre:";

void
layout_virtual_router(
    const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct table_column columns[] = {
        {.title = "virtual router"},
        { .title = "interfaces",            .right = true},
        { .title = "routes",            .right = true},
    };
    struct text_table table;
    unsigned column;
    size_t i;

    (void)width;
    text_table_begin(&table, columns, COUNT(columns));
    for (i = 0; i < rows->count; i++) {
        for (column = 0; column < COUNT(columns); column++)
            text_table_add_cell(&table, rows, rows_at(rows, i), column);
    }
    text_table_print(&table, out);
}

/* ---- routes ---- */

static void
add_route(struct text_table *table, const struct show_rows *rows,
    const struct value *row)
{
    uint32_t mask = (uint32_t)cell_number(row, COLUMN_IP_ROUTE_MASK);
    char address[IP_TEXT_SIZE];
    struct str prefix;

    str_init(&prefix);
    ip_format((uint32_t)cell_number(row, COLUMN_IP_ROUTE_PREFIX), address);
    str_printf(&prefix, "%s/%u", address, ip_mask_length(mask));
    text_table_add(table, str_text(&prefix));
    text_table_add(
        table, cell_number(row, COLUMN_IP_ROUTE_KIND) == ROUTE_KIND_STATIC
                   ? "Static"
                   : "Connect");
    text_table_add_cell(table, rows, row, COLUMN_IP_ROUTE_NEXT_HOP);
    text_table_add_cell(table, rows, row, COLUMN_IP_ROUTE_DISTANCE);
    text_table_add(
        table, cell_has(row, COLUMN_IP_ROUTE_ACTIVE) ? "active" : "inactive");
    text_table_add_cell(table, rows, row, COLUMN_IP_ROUTE_INTERFACE);
    str_done(&prefix);
}

void
layout_ip_route(const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct table_column columns[] = {
        {.title = "Prefix/Length"},
        {.title = "Type"         },
        {.title = "Next Hop"     },
        {.title = "Dist",          .right = true},
        {.title = "State"                       },
        {.title = "Interface"},
    };
    struct text_table table;
    size_t i;

    (void)width;
    text_table_begin(&table, columns, COUNT(columns));
    for (i = 0; i < rows->count; i++)
        add_route(&table, rows, rows_at(rows, i));
    text_table_print(&table, out);
}

/* ---- interfaces ---- */

static const char *
up_or_down(const struct value *row, unsigned column)
{
    return cell_number(row, column) == LINK_STATE_UP ? "up" : "down";
}

static void
print_addresses(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    const char *secondary = cell_text(row, COLUMN_IP_INTERFACE_SECONDARY);

    if (cell_has(row, COLUMN_IP_INTERFACE_UNNUMBERED)) {
        str_printf(out, "  Unnumbered Interface on %s\n",
            cell_text(row, COLUMN_IP_INTERFACE_UNNUMBERED));
    }
    if (cell_has(row, COLUMN_IP_INTERFACE_ADDRESS)) {
        str_add(out, "  Internet address is ");
        cell_write(rows, row, COLUMN_IP_INTERFACE_ADDRESS, out);
        str_add_char(out, '/');
        cell_write(rows, row, COLUMN_IP_INTERFACE_MASK, out);
        str_add_char(out, '\n');
    }
    if (cell_has(row, COLUMN_IP_INTERFACE_BROADCAST)) {
        str_add(out, "  Broadcast address is ");
        cell_write(rows, row, COLUMN_IP_INTERFACE_BROADCAST, out);
        str_add_char(out, '\n');
    }
    while (secondary[0] != '\0') {
        int length = (int)strcspn(secondary, " ");

        str_printf(out, "  Secondary address is %.*s\n", length, secondary);
        secondary += length;
        secondary += strspn(secondary, " ");
    }
}

static void
print_description(const struct value *row, struct str *out)
{
    const char *text = cell_text(row, COLUMN_IP_INTERFACE_DESCRIPTION);

    if (text[0] != '\0')
        str_printf(out, "  Description: %s\n", text);
}

static void
print_ip_interface(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    const char *name = cell_text(row, COLUMN_IP_INTERFACE_NAME);
    uint64_t mtu = cell_number(row, COLUMN_IP_INTERFACE_MTU);

    if (str_has_prefix(name, tunnel_word))
        name += sizeof tunnel_word - 1;
    str_printf(out, "%s%s line protocol %s is %s, ip is %s\n",
        str_has_prefix(name, tunnel_prefix) || str_has_prefix(name, gre_prefix)
            ? "TUNNEL "
            : "",
        name, cell_text(row, COLUMN_IP_INTERFACE_PROTOCOL),
        up_or_down(row, COLUMN_IP_INTERFACE_LINE_STATE),
        up_or_down(row, COLUMN_IP_INTERFACE_IP_STATE));
    print_description(row, out);
    str_add(out, "  Network Protocols: IP\n");
    print_addresses(rows, row, out);
    if (cell_has(row, COLUMN_IP_INTERFACE_MTU)) {
        str_printf(out,
            "  Operational MTU = %" PRIu64 "  Administrative MTU = %" PRIu64
            "\n",
            mtu, mtu);
    }
    str_printf(out,
        "  In Received Packets %" PRIu64 ", Bytes %" PRIu64
        "\n  Out Forwarded Packets %" PRIu64 ", Bytes %" PRIu64 "\n",
        cell_number(row, COLUMN_IP_INTERFACE_IN_PACKETS),
        cell_number(row, COLUMN_IP_INTERFACE_IN_OCTETS),
        cell_number(row, COLUMN_IP_INTERFACE_OUT_PACKETS),
        cell_number(row, COLUMN_IP_INTERFACE_OUT_OCTETS));
}

void
layout_ip_interface(const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        if (i > 0)
            str_add_char(out, '\n');
        print_ip_interface(rows, rows_at(rows, i), out);
    }
}

static const char *
capital_up_or_down(const struct value *row, unsigned column)
{
    return cell_number(row, column) == LINK_STATE_UP ? "Up" : "Down";
}

void
layout_interface(const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out, "%s%s is %s, Administrative status is %s\n",
            i == 0 ? "" : "\n", cell_text(row, COLUMN_IP_INTERFACE_NAME),
            capital_up_or_down(row, COLUMN_IP_INTERFACE_LINE_STATE),
            capital_up_or_down(row, COLUMN_IP_INTERFACE_ADMINISTRATIVE));
        print_description(row, out);
        str_printf(out, "  Virtual router: %s\n",
            cell_text(row, COLUMN_IP_INTERFACE_VIRTUAL_ROUTER));
        if (cell_has(row, COLUMN_IP_INTERFACE_MTU)) {
            str_printf(out, "  MTU: Operational %" PRIu64 "\n",
                cell_number(row, COLUMN_IP_INTERFACE_MTU));
        }
        str_printf(out,
            "  In:  Packets %" PRIu64 ", Bytes %" PRIu64
            "\n  Out: Packets %" PRIu64 ", Bytes %" PRIu64 "\n",
            cell_number(row, COLUMN_IP_INTERFACE_IN_PACKETS),
            cell_number(row, COLUMN_IP_INTERFACE_IN_OCTETS),
            cell_number(row, COLUMN_IP_INTERFACE_OUT_PACKETS),
            cell_number(row, COLUMN_IP_INTERFACE_OUT_OCTETS));
    }
}

void
layout_ip_drops(const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct table_column columns[] = {
        [COLUMN_IP_DROPS_REASON] = {.title = "reason" },
        [COLUMN_IP_DROPS_PACKETS] = {.title = "packets", .right = true},
        [COLUMN_IP_DROPS_SENTENCE] = {.title = "meaning"                 },
    };
    struct text_table table;
    unsigned column;
    size_t i;

    (void)width;
    text_table_begin(&table, columns, COUNT(columns));
    for (i = 0; i < rows->count; i++) {
        for (column = 0; column < COUNT(columns); column++)
            text_table_add_cell(&table, rows, rows_at(rows, i), column);
    }
    text_table_print(&table, out);
}
