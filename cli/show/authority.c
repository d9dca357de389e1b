/*
 * authority.c - layouts of the shows about what CAs are asked by the network.
 */
#include "show/rows.h"

#include "base/str.h"

#include <inttypes.h>

static void
print_date(const struct value *row, unsigned column, const char *title,
    const char *instead, struct str *out)
{
    str_printf(out, "  %-11s: ", title);
    if (cell_has(row, column)) {
        write_date(cell_number(row, column), out);
    } else {
        str_add(out, instead);
    }
    str_add_char(out, '\n');
}

static void
print_text(const struct value *row, unsigned column, const char *title,
    struct str *out)
{
    if (cell_has(row, column))
        str_printf(out, "  %-11s: %s\n", title, cell_text(row, column));
}

void
layout_ipsec_crl_sources(
    const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    if (rows->count == 0) {
        str_add(out, "No certificate and no `ipsec ca identity` says where "
                     "revocation lists are.\n");
    }
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);
        uint64_t failures = cell_number(row, COLUMN_IPSEC_CRL_SOURCES_FAILURES);

        str_printf(out, "%s\n", cell_text(row, COLUMN_IPSEC_CRL_SOURCES_URL));
        print_text(row, COLUMN_IPSEC_CRL_SOURCES_ORIGIN, "Named by", out);
        print_date(
            row, COLUMN_IPSEC_CRL_SOURCES_DONE_S, "Last worked", "never", out);
        print_date(
            row, COLUMN_IPSEC_CRL_SOURCES_NEXT_S, "Asked next", "now", out);
        print_text(row, COLUMN_IPSEC_CRL_SOURCES_RESULT, "Result", out);
        if (failures > 0) {
            str_printf(
                out, "  %-11s: %" PRIu64 " in a row\n", "Failures", failures);
        }
    }
}

void
layout_ipsec_ca_enrollment(
    const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    if (rows->count == 0)
        str_add(out, "No CA was asked since the router started.\n");
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out, "CA %s%s%s\n",
            cell_text(row, COLUMN_IPSEC_CA_ENROLLMENT_NAME),
            cell_has(row, COLUMN_IPSEC_CA_ENROLLMENT_RENEWAL) ? ", renewal"
                                                              : "",
            cell_has(row, COLUMN_IPSEC_CA_ENROLLMENT_WAITING) ? ", waiting"
                                                              : "");
        print_date(row, COLUMN_IPSEC_CA_ENROLLMENT_ASKED_S, "Asked last",
            "never", out);
        if (cell_has(row, COLUMN_IPSEC_CA_ENROLLMENT_WAITING)) {
            print_date(row, COLUMN_IPSEC_CA_ENROLLMENT_NEXT_S, "Asked next",
                "now", out);
        }
        str_printf(out, "  %-11s: %" PRIu64 "\n", "Attempts",
            cell_number(row, COLUMN_IPSEC_CA_ENROLLMENT_ATTEMPTS));
        print_text(row, COLUMN_IPSEC_CA_ENROLLMENT_RESULT, "Result", out);
    }
}
