/*
 * gre.c - layout of `show gre tunnel`.
 */
#include "show/rows.h"

#include "base/str.h"
#include "gen/enums.h"

/* " Title is value", if there is one. */
static void
line(const struct show_rows *rows, const struct value *row, const char *title,
    unsigned column, struct str *out)
{
    if (!cell_has(row, column))
        return;
    str_printf(out, " %s ", title);
    cell_write(rows, row, column, out);
    str_add_char(out, '\n');
}

static void
print_protection(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    if (!cell_has(row, COLUMN_GRE_TUNNEL_PROFILE)) {
        str_add(out, " Tunnel is in clear\n");
        return;
    }
    str_printf(out, " Protected by ipsec transport profile %s\n",
        cell_text(row, COLUMN_GRE_TUNNEL_PROFILE));
    line(rows, row, "SA transform is", COLUMN_GRE_TUNNEL_TRANSFORM, out);
    line(rows, row, "Inbound SPI is", COLUMN_GRE_TUNNEL_INBOUND_SPI, out);
    line(rows, row, "Outbound SPI is", COLUMN_GRE_TUNNEL_OUTBOUND_SPI, out);
}

static void
print_tunnel(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    static const struct {
        const char *title;
        unsigned column;
    } lines[] = {
        {"Tunnel description is",              COLUMN_GRE_TUNNEL_DESCRIPTION   },
        {"Tunnel virtual router is",           COLUMN_GRE_TUNNEL_VIRTUAL_ROUTER},
        {"Tunnel transport virtual router is", COLUMN_GRE_TUNNEL_TRANSPORT_VR  },
        {"Tunnel source is",                   COLUMN_GRE_TUNNEL_SOURCE        },
        {"Tunnel destination is",              COLUMN_GRE_TUNNEL_DESTINATION   },
        {"Tunnel mtu is",                      COLUMN_GRE_TUNNEL_MTU           },
        {"Internet address is",                COLUMN_GRE_TUNNEL_ADDRESS       },
        {"Internet mask is",                   COLUMN_GRE_TUNNEL_MASK          },
    };
    static const struct {
        const char *title;
        unsigned column;
    } counts[] = {
        {"InPackets      ", COLUMN_GRE_TUNNEL_IN_PACKETS      },
        {"InOctets       ", COLUMN_GRE_TUNNEL_IN_OCTETS       },
        {"InPolicyErrors ", COLUMN_GRE_TUNNEL_IN_POLICY_ERRORS},
        {"InOtherErrors  ", COLUMN_GRE_TUNNEL_IN_ERRORS       },
        {"OutPackets     ", COLUMN_GRE_TUNNEL_OUT_PACKETS     },
        {"OutOctets      ", COLUMN_GRE_TUNNEL_OUT_OCTETS      },
        {"OutErrors      ", COLUMN_GRE_TUNNEL_OUT_ERRORS      },
    };

    str_printf(
        out, "GRE tunnel %s is ", cell_text(row, COLUMN_GRE_TUNNEL_NAME));
    cell_write(rows, row, COLUMN_GRE_TUNNEL_STATE, out);
    str_add_char(out, '\n');
    line(rows, row, "Reason:", COLUMN_GRE_TUNNEL_WHY, out);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        line(rows, row, lines[i].title, lines[i].column, out);
    print_protection(rows, row, out);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        line(rows, row, counts[i].title, counts[i].column, out);
}

void
layout_gre_tunnel(const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    for (size_t i = 0; i < rows->count; i++)
        print_tunnel(rows, rows_at(rows, i), out);
}
