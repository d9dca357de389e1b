/*
 * crypto.c - layout of the crypto report: uses, costs, a migration.
 */
#include "show/rows.h"

#include "base/str.h"
#include "gen/enums.h"

#include <inttypes.h>
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { NS_PER_TENTH = 100, TENTHS = 10, TEXT_SIZE = 24 };

static bool
is_line(const struct value *row, enum crypto_line line)
{
    return cell_number(row, COLUMN_IPSEC_CRYPTO_REPORT_LINE) == (uint64_t)line;
}

static size_t
count_lines(const struct show_rows *rows, enum crypto_line line)
{
    size_t count = 0;

    for (size_t i = 0; i < rows->count; i++)
        count += is_line(rows_at(rows, i), line);
    return count;
}

static void
print_uses(const struct show_rows *rows, struct str *out)
{
    static const struct table_column columns[] = {
        {.title = "Subject" },
        {.title = "Strength"},
        {.title = "Because" },
        {.title = "Place"   },
        {.title = "Users",    .right = true},
        {.title = "Names"                  },
    };
    static const unsigned cells[] = {
        COLUMN_IPSEC_CRYPTO_REPORT_SUBJECT,
        COLUMN_IPSEC_CRYPTO_REPORT_STRENGTH,
        COLUMN_IPSEC_CRYPTO_REPORT_BECAUSE,
        COLUMN_IPSEC_CRYPTO_REPORT_PLACE,
        COLUMN_IPSEC_CRYPTO_REPORT_USERS,
        COLUMN_IPSEC_CRYPTO_REPORT_NAMES,
    };
    struct text_table table;

    if (count_lines(rows, CRYPTO_LINE_USE) == 0) {
        str_add(out, "Nothing weak or ageing is configured or in force.\n");
        return;
    }
    str_add(out, "Weak and ageing, in use:\n");
    text_table_begin(&table, columns, COUNT(columns));
    table.is_open = true;
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        for (size_t c = 0; is_line(row, CRYPTO_LINE_USE) && c < COUNT(cells);
             c++)
            text_table_add_cell(&table, rows, row, cells[c]);
    }
    text_table_print(&table, out);
}

static void
print_certificates(const struct show_rows *rows, struct str *out)
{
    static const struct table_column columns[] = {
        {.title = "Certificate"},
        {.title = "Days left",   .right = true},
        {.title = "Whose"                     },
    };
    static const unsigned cells[] = {
        COLUMN_IPSEC_CRYPTO_REPORT_NAMES,
        COLUMN_IPSEC_CRYPTO_REPORT_DAYS_LEFT,
        COLUMN_IPSEC_CRYPTO_REPORT_SUBJECT,
    };
    struct text_table table;

    if (count_lines(rows, CRYPTO_LINE_CERTIFICATE) == 0)
        return;
    str_add(out, "\nCertificates that expire soon, or have expired:\n");
    text_table_begin(&table, columns, COUNT(columns));
    table.is_open = true;
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        for (size_t c = 0;
             is_line(row, CRYPTO_LINE_CERTIFICATE) && c < COUNT(cells); c++)
            text_table_add_cell(&table, rows, row, cells[c]);
    }
    text_table_print(&table, out);
}

/* "12.3" */
static void
add_us(struct text_table *table, const struct value *row)
{
    uint64_t tenths =
        cell_number(row, COLUMN_IPSEC_CRYPTO_REPORT_COST_NS) / NS_PER_TENTH;
    char text[TEXT_SIZE];

    (void)snprintf(text, sizeof text, "%" PRIu64 ".%" PRIu64, tenths / TENTHS,
        tenths % TENTHS);
    text_table_add(table, text);
}

static void
print_costs(const struct show_rows *rows, struct str *out)
{
    static const struct table_column columns[] = {
        {.title = "Transform"},
        {.title = "us",        .right = true},
        {.title = "Mbit/s",                    .right = true},
        {.title = "Percent",.right = true},
        {.title = "Tunnels",   .right = true},
        {.title = "Strength"                   },
    };
    static const unsigned cells[] = {
        COLUMN_IPSEC_CRYPTO_REPORT_MBIT_S,
        COLUMN_IPSEC_CRYPTO_REPORT_PERCENT,
        COLUMN_IPSEC_CRYPTO_REPORT_USERS,
        COLUMN_IPSEC_CRYPTO_REPORT_STRENGTH,
    };
    struct text_table table;

    if (count_lines(rows, CRYPTO_LINE_COST) == 0)
        return;
    str_add(out, "\nWhat a packet of 1400 bytes costs this machine, one way, "
                 "in percent of esp-aes256-hmac-sha256:\n");
    text_table_begin(&table, columns, COUNT(columns));
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        if (!is_line(row, CRYPTO_LINE_COST))
            continue;
        text_table_add_cell(
            &table, rows, row, COLUMN_IPSEC_CRYPTO_REPORT_SUBJECT);
        add_us(&table, row);
        for (size_t c = 0; c < COUNT(cells); c++)
            text_table_add_cell(&table, rows, row, cells[c]);
    }
    text_table_print(&table, out);
}

/* As a script: an empty line before each stage, what is typed in a mode is
 * not indented, so that it can be pasted. */
static void
print_stages(const struct show_rows *rows, struct str *out)
{
    uint64_t last = 0;

    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);
        uint64_t stage = cell_number(row, COLUMN_IPSEC_CRYPTO_REPORT_STAGE);

        if (!is_line(row, CRYPTO_LINE_STAGE))
            continue;
        if (stage != last)
            str_add_char(out, '\n');
        last = stage;
        str_printf(
            out, "%s\n", cell_text(row, COLUMN_IPSEC_CRYPTO_REPORT_COMMAND));
    }
}

void
layout_ipsec_crypto_report(
    const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    print_uses(rows, out);
    print_certificates(rows, out);
    print_costs(rows, out);
    print_stages(rows, out);
}
