/*
 * tunnel.c - shows about secure tunnels and what they share.
 */
#include "show/rows.h"

#include "base/str.h"
#include "gen/enums.h"

#include <inttypes.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A line of the detail: words, then a column. */
struct detail {
    unsigned column;
    const char *words;
};

static const struct detail configuration[] = {
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_MTU,                .words = "Tunnel mtu is"   },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_LOCAL_ENDPOINT,
     .words = "Tunnel local endpoint is"                                                 },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_REMOTE_ENDPOINT,
     .words = "Tunnel remote endpoint is"                                                },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_SOURCE,             .words = "Tunnel source is"},
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_DESTINATION,
     .words = "Tunnel destination is"                                                    },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_BACKUP_DESTINATION,
     .words = "Tunnel backup destination is"                                             },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_TRANSPORT_VR,
     .words = "Tunnel transport virtual router is"                                       },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_TRANSFORM_SET,
     .words = "Tunnel transform set is"                                                  },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_LOCAL_IDENTITY,
     .words = "Tunnel local identity is"                                                 },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_PEER_IDENTITY,
     .words = "Tunnel peer identity is"                                                  },
};

static const struct detail limits[] = {
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_LIFETIME_S,
     .words = "Tunnel lifetime seconds is"  },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_LIFETIME_KB,
     .words = "Tunnel lifetime kilobytes is"},
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_PFS_GROUP,
     .words = "Tunnel pfs is group"         },
};

static const struct detail statistics[] = {
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_IN_USER_PACKETS,
     .words = "InUserPackets"   },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_IN_USER_OCTETS,
     .words = "InUserOctets"    },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_IN_ACC_PACKETS,
     .words = "InAccPackets"    },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_IN_ACC_OCTETS,
     .words = "InAccOctets"     },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_IN_AUTH_ERRORS,
     .words = "InAuthErrors"    },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_IN_REPLAY_ERRORS,
     .words = "InReplayErrors"  },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_IN_POLICY_ERRORS,
     .words = "InPolicyErrors"  },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_IN_OTHER_RX_ERRORS,
     .words = "InOtherRxErrors" },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_IN_DECRYPT_ERRORS,
     .words = "InDecryptErrors" },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_IN_PAD_ERRORS,
     .words = "InPadErrors"     },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_OUT_USER_PACKETS,
     .words = "OutUserPackets"  },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_OUT_USER_OCTETS,
     .words = "OutUserOctets"   },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_OUT_ACC_PACKETS,
     .words = "OutAccPackets"   },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_OUT_ACC_OCTETS,
     .words = "OutAccOctets"    },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_OUT_POLICY_ERRORS,
     .words = "OutPolicyErrors" },
    {.column = COLUMN_IPSEC_TUNNEL_DETAIL_OUT_OTHER_TX_ERRORS,
     .words = "OutOtherTxErrors"},
};

/* Those lines whose column is set. */
static void
print_details(const struct show_rows *rows, const struct value *row,
    const struct detail *details, size_t count, struct str *out)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const struct value *value = &row[details[i].column];

        if (!value_is_set(value) ||
            (value->kind == VALUE_TEXT && value_string(value)[0] == '\0'))
            continue;
        str_printf(out, " %s ", details[i].words);
        cell_write(rows, row, details[i].column, out);
        str_add_char(out, '\n');
    }
}

static void
print_state(const char *name, uint64_t state, bool enabled, struct str *out)
{
    const struct schema_enum *states = &schema_enums[ENUM_TUNNEL_STATE];

    str_printf(out, "IPSEC tunnel %s is %s%s\n", name,
        state < states->count ? states->values[state].word : "unknown",
        enabled ? "" : " (disabled)");
}

void
layout_ipsec_tunnel(const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        print_state(cell_text(row, COLUMN_IPSEC_TUNNEL_NAME),
            cell_number(row, COLUMN_IPSEC_TUNNEL_STATE),
            cell_has(row, COLUMN_IPSEC_TUNNEL_ENABLED), out);
    }
}

/* One direction's SA; nothing while there is none. */
static void
print_sa(const struct show_rows *rows, const struct value *row,
    const struct detail *spi, unsigned transform, struct str *out)
{
    if (!cell_has(row, spi->column))
        return;
    str_printf(out, " Tunnel %s spi/SA, transform: ", spi->words);
    cell_write(rows, row, spi->column, out);
    str_add(out, ", ");
    cell_write(rows, row, transform, out);
    str_add_char(out, '\n');
}

static void
print_detail(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    static const struct detail outbound = {
        COLUMN_IPSEC_TUNNEL_DETAIL_OUTBOUND_SPI, "outbound"};
    static const struct detail inbound = {
        COLUMN_IPSEC_TUNNEL_DETAIL_INBOUND_SPI, "inbound"};
    bool enabled = cell_has(row, COLUMN_IPSEC_TUNNEL_DETAIL_ENABLED);
    uint64_t signaling = cell_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_SIGNALING);
    const char *reason = cell_text(row, COLUMN_IPSEC_TUNNEL_DETAIL_REASON);
    size_t i;

    print_state(cell_text(row, COLUMN_IPSEC_TUNNEL_DETAIL_NAME),
        cell_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_STATE), true, out);
    if (reason[0] != '\0')
        str_printf(out, "Tunnel is not up because: %s\n", reason);
    str_printf(out, "Tunnel configuration:\n Tunnel type is %s\n",
        signaling == SIGNALING_MANUAL ? "manual" : "signaled");
    print_details(rows, row, configuration, COUNT(configuration), out);
    print_sa(rows, row, &outbound,
        COLUMN_IPSEC_TUNNEL_DETAIL_OUTBOUND_TRANSFORM, out);
    print_sa(
        rows, row, &inbound, COLUMN_IPSEC_TUNNEL_DETAIL_INBOUND_TRANSFORM, out);
    print_details(rows, row, limits, COUNT(limits), out);
    str_printf(
        out, " Tunnel administrative state is %s\n", enabled ? "Up" : "Down");
    str_add(out, "Tunnel statistics:\n");
    for (i = 0; i < COUNT(statistics); i++) {
        str_printf(out, " %-20s %" PRIu64 "\n", statistics[i].words,
            cell_number(row, statistics[i].column));
    }
}

void
layout_ipsec_tunnel_detail(
    const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++)
        print_detail(rows, rows_at(rows, i), out);
}

void
layout_ipsec_tunnel_summary(
    const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out, "Total number of ipsec interface is %" PRIu64 "\n",
            cell_number(row, COLUMN_IPSEC_TUNNEL_SUMMARY_TOTAL));
        str_printf(out,
            "Administrative status     enabled  disabled\n%33" PRIu64
            "%10" PRIu64 "\n",
            cell_number(row, COLUMN_IPSEC_TUNNEL_SUMMARY_ENABLED),
            cell_number(row, COLUMN_IPSEC_TUNNEL_SUMMARY_DISABLED));
        str_printf(out,
            "Operational status             up      down  not-present\n"
            "%33" PRIu64 "%10" PRIu64 "%13" PRIu64 "\n",
            cell_number(row, COLUMN_IPSEC_TUNNEL_SUMMARY_UP),
            cell_number(row, COLUMN_IPSEC_TUNNEL_SUMMARY_DOWN),
            cell_number(row, COLUMN_IPSEC_TUNNEL_SUMMARY_NOT_PRESENT));
    }
}

void
layout_ipsec_transform_set(
    const struct show_rows *rows, size_t width, struct str *out)
{
    const struct schema_enum *names = &schema_enums[ENUM_TRANSFORM];
    size_t i;
    unsigned k;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);
        uint64_t list = cell_number(row, COLUMN_IPSEC_TRANSFORM_SET_TRANSFORMS);

        str_printf(out, "Transform-set: %s = {",
            cell_text(row, COLUMN_IPSEC_TRANSFORM_SET_NAME));
        for (k = 0; k < value_list_count(list); k++) {
            unsigned index = value_list_at(list, k);

            str_printf(out, "%s%s", k == 0 ? "" : ", ",
                index < names->count ? names->values[index].word : "unknown");
        }
        str_add(out, "}.\n");
    }
}

void
layout_ipsec_lifetime(
    const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out,
            "Default lifetime in seconds is %" PRIu64
            "\nDefault lifetime in kilobytes is %" PRIu64 "\n",
            cell_number(row, COLUMN_IPSEC_LIFETIME_SECONDS),
            cell_number(row, COLUMN_IPSEC_LIFETIME_KILOBYTES));
    }
}
