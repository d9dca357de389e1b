/*
 * profile.c - layout of `show ipsec profile`.
 */
#include "show/rows.h"

#include "base/str.h"

static void
line(const struct show_rows *rows, const struct value *row, const char *title,
    unsigned column, struct str *out)
{
    if (!cell_has(row, column))
        return;
    str_printf(out, " %s is ", title);
    cell_write(rows, row, column, out);
    str_add_char(out, '\n');
}

void
layout_ipsec_profile(
    const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct {
        const char *title;
        unsigned column;
    } lines[] = {
        {"Virtual router",          COLUMN_IPSEC_PROFILE_VIRTUAL_ROUTER},
        {"Application",             COLUMN_IPSEC_PROFILE_APPLICATION   },
        {"Maximum of interfaces",   COLUMN_IPSEC_PROFILE_MAX_INTERFACES},
        {"IKE local identity",      COLUMN_IPSEC_PROFILE_LOCAL_IDENTITY},
        {"IKE peer identity",       COLUMN_IPSEC_PROFILE_PEER_IDENTITY },
        {"Transform list",          COLUMN_IPSEC_PROFILE_TRANSFORMS    },
        {"Lifetime seconds",        COLUMN_IPSEC_PROFILE_LIFETIME_S    },
        {"Lifetime kilobytes",      COLUMN_IPSEC_PROFILE_LIFETIME_KB   },
        {"Pfs group",               COLUMN_IPSEC_PROFILE_PFS_GROUP     },
        {"Local ip address",        COLUMN_IPSEC_PROFILE_LOCAL_ADDRESS },
        {"Remote ip address",       COLUMN_IPSEC_PROFILE_REMOTE_ADDRESS},
        {"Inbound SPI",             COLUMN_IPSEC_PROFILE_INBOUND_SPI   },
        {"Outbound SPI",            COLUMN_IPSEC_PROFILE_OUTBOUND_SPI  },
        {"Number of GRE tunnels",   COLUMN_IPSEC_PROFILE_GRE_TUNNELS   },
        {"Extended authentication",
         COLUMN_IPSEC_PROFILE_EXTENDED_AUTHENTICATION                  },
    };
    size_t i;
    size_t k;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_add(out, "IPSEC ");
        cell_write(rows, row, COLUMN_IPSEC_PROFILE_KIND, out);
        str_printf(
            out, " profile %s\n", cell_text(row, COLUMN_IPSEC_PROFILE_NAME));
        for (k = 0; k < sizeof lines / sizeof lines[0]; k++)
            line(rows, row, lines[k].title, lines[k].column, out);
    }
}
