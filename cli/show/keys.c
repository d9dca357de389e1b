/*
 * keys.c - layouts of the shows about preshared keys, local endpoints,
 * options and the licence.
 */
#include "show/rows.h"

#include "base/str.h"

void
layout_ipsec_key_manual(
    const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);
        bool address = cell_has(row, COLUMN_IPSEC_KEY_MANUAL_ADDRESS);

        str_printf(out, "Pre-shared key of virtual router %s for %s",
            cell_text(row, COLUMN_IPSEC_KEY_MANUAL_VIRTUAL_ROUTER),
            address ? "" : "identity ");
        cell_write(rows, row,
            address ? COLUMN_IPSEC_KEY_MANUAL_ADDRESS
                    : COLUMN_IPSEC_KEY_MANUAL_IDENTITY,
            out);
        str_add(out, cell_has(row, COLUMN_IPSEC_KEY_MANUAL_SET)
                         ? " is set\n"
                         : " is not set\n");
    }
}

void
layout_ipsec_local_endpoint(
    const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out, "Local endpoint for transport virtual router %s is ",
            cell_text(row, COLUMN_IPSEC_LOCAL_ENDPOINT_VIRTUAL_ROUTER));
        cell_write(rows, row, COLUMN_IPSEC_LOCAL_ENDPOINT_ADDRESS, out);
        str_add_char(out, '\n');
    }
}

void
layout_ipsec_option(const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct {
        const char *name;
        unsigned column;
    } options[] = {
        {"Dead Peer Detection", COLUMN_IPSEC_OPTION_DPD              },
        {"NAT Traversal",       COLUMN_IPSEC_OPTION_NAT_T            },
        {"TX Invalid Cookie",   COLUMN_IPSEC_OPTION_TX_INVALID_COOKIE},
    };

    (void)width;
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_add(out, "IPsec options:\n");
        for (size_t k = 0; k < sizeof(options) / sizeof(options[0]); k++) {
            str_printf(out, "  %-19s: %s\n", options[k].name,
                cell_has(row, options[k].column) ? "enabled" : "disabled");
        }
    }
}

void
layout_license_ipsec_tunnels(
    const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    for (size_t i = 0; i < rows->count; i++) {
        const char *license =
            cell_text(rows_at(rows, i), COLUMN_LICENSE_IPSEC_TUNNELS_LICENSE);

        if (license[0] == '\0') {
            str_add(out, "IPsec tunnels: no licence is set, and none is "
                         "needed\n");
        } else {
            str_printf(out, "IPsec tunnels: licence is %s (none is needed)\n",
                license);
        }
    }
}
