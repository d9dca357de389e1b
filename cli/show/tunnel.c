/*
 * tunnel.c - shows about secure tunnels and what they share.
 */
#include "show/rows.h"

#include "base/str.h"
#include "gen/enums.h"

#include <inttypes.h>

/* Words of the detail, by column.  Columns that are neighbours in the rows
 * are printed as a range. */
static const char *const words[] = {
    [COLUMN_IPSEC_TUNNEL_DETAIL_MTU] = "Tunnel mtu is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_PATH_MTU] = "Tunnel path mtu is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_LOCAL_ENDPOINT] = "Tunnel local endpoint is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_REMOTE_ENDPOINT] = "Tunnel remote endpoint is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_SOURCE] = "Tunnel source is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_DESTINATION] = "Tunnel destination is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_BACKUP_DESTINATION] =
        "Tunnel backup destination is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_TRANSPORT_VR] =
        "Tunnel transport virtual router is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_TRANSFORM_SET] = "Tunnel transform set is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_ENCAPSULATION] = "Tunnel encapsulation is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_REMOTE_PORT] = "Tunnel remote UDP port is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_LOCAL_IDENTITY] = "Tunnel local identity is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_PEER_IDENTITY] = "Tunnel peer identity is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_OUTBOUND_SPI] =
        "Tunnel outbound spi/SA, transform:",
    [COLUMN_IPSEC_TUNNEL_DETAIL_INBOUND_SPI] =
        "Tunnel inbound spi/SA, transform:",
    [COLUMN_IPSEC_TUNNEL_DETAIL_LIFETIME_S] = "Tunnel lifetime seconds is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_LIFETIME_KB] = "Tunnel lifetime kilobytes is",
    [COLUMN_IPSEC_TUNNEL_DETAIL_PFS_GROUP] = "Tunnel pfs is group",
    [COLUMN_IPSEC_TUNNEL_DETAIL_IN_USER_PACKETS] = "InUserPackets",
    [COLUMN_IPSEC_TUNNEL_DETAIL_IN_USER_OCTETS] = "InUserOctets",
    [COLUMN_IPSEC_TUNNEL_DETAIL_IN_ACC_PACKETS] = "InAccPackets",
    [COLUMN_IPSEC_TUNNEL_DETAIL_IN_ACC_OCTETS] = "InAccOctets",
    [COLUMN_IPSEC_TUNNEL_DETAIL_IN_AUTH_ERRORS] = "InAuthErrors",
    [COLUMN_IPSEC_TUNNEL_DETAIL_IN_REPLAY_ERRORS] = "InReplayErrors",
    [COLUMN_IPSEC_TUNNEL_DETAIL_IN_POLICY_ERRORS] = "InPolicyErrors",
    [COLUMN_IPSEC_TUNNEL_DETAIL_IN_OTHER_RX_ERRORS] = "InOtherRxErrors",
    [COLUMN_IPSEC_TUNNEL_DETAIL_IN_DECRYPT_ERRORS] = "InDecryptErrors",
    [COLUMN_IPSEC_TUNNEL_DETAIL_IN_PAD_ERRORS] = "InPadErrors",
    [COLUMN_IPSEC_TUNNEL_DETAIL_OUT_USER_PACKETS] = "OutUserPackets",
    [COLUMN_IPSEC_TUNNEL_DETAIL_OUT_USER_OCTETS] = "OutUserOctets",
    [COLUMN_IPSEC_TUNNEL_DETAIL_OUT_ACC_PACKETS] = "OutAccPackets",
    [COLUMN_IPSEC_TUNNEL_DETAIL_OUT_ACC_OCTETS] = "OutAccOctets",
    [COLUMN_IPSEC_TUNNEL_DETAIL_OUT_POLICY_ERRORS] = "OutPolicyErrors",
    [COLUMN_IPSEC_TUNNEL_DETAIL_OUT_OTHER_TX_ERRORS] = "OutOtherTxErrors",
};

/* The lines of these columns, where they are set. */
static void
print_range(const struct show_rows *rows, const struct value *row,
    unsigned from, unsigned to, struct str *out)
{
    unsigned column;

    for (column = from; column <= to; column++) {
        const struct value *value = &row[column];

        if (!value_is_set(value) ||
            (value->kind == VALUE_TEXT && value_string(value)[0] == '\0'))
            continue;
        str_printf(out, " %s ", words[column]);
        cell_write(rows, row, column, out);
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
print_sa(const struct show_rows *rows, const struct value *row, unsigned spi,
    unsigned transform, struct str *out)
{
    if (!cell_has(row, spi))
        return;
    str_printf(out, " %s ", words[spi]);
    cell_write(rows, row, spi, out);
    str_add(out, ", ");
    cell_write(rows, row, transform, out);
    str_add_char(out, '\n');
}

static void
print_configuration(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    uint64_t signaling = cell_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_SIGNALING);
    bool enabled = cell_has(row, COLUMN_IPSEC_TUNNEL_DETAIL_ENABLED);

    str_printf(out, "Tunnel configuration:\n Tunnel type is %s\n",
        signaling == SIGNALING_MANUAL ? "manual" : "signaled");
    print_range(rows, row, COLUMN_IPSEC_TUNNEL_DETAIL_MTU,
        COLUMN_IPSEC_TUNNEL_DETAIL_BACKUP_DESTINATION, out);
    print_range(rows, row, COLUMN_IPSEC_TUNNEL_DETAIL_TRANSPORT_VR,
        COLUMN_IPSEC_TUNNEL_DETAIL_TRANSPORT_VR, out);
    print_range(rows, row, COLUMN_IPSEC_TUNNEL_DETAIL_TRANSFORM_SET,
        COLUMN_IPSEC_TUNNEL_DETAIL_PEER_IDENTITY, out);
    print_sa(rows, row, COLUMN_IPSEC_TUNNEL_DETAIL_OUTBOUND_SPI,
        COLUMN_IPSEC_TUNNEL_DETAIL_OUTBOUND_TRANSFORM, out);
    print_sa(rows, row, COLUMN_IPSEC_TUNNEL_DETAIL_INBOUND_SPI,
        COLUMN_IPSEC_TUNNEL_DETAIL_INBOUND_TRANSFORM, out);
    print_range(rows, row, COLUMN_IPSEC_TUNNEL_DETAIL_LIFETIME_S,
        COLUMN_IPSEC_TUNNEL_DETAIL_PFS_GROUP, out);
    str_printf(
        out, " Tunnel administrative state is %s\n", enabled ? "Up" : "Down");
}

static void
print_detail(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    const char *reason = cell_text(row, COLUMN_IPSEC_TUNNEL_DETAIL_REASON);
    unsigned column;

    print_state(cell_text(row, COLUMN_IPSEC_TUNNEL_DETAIL_NAME),
        cell_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_STATE), true, out);
    if (reason[0] != '\0')
        str_printf(out, "Tunnel is not up because: %s\n", reason);
    print_configuration(rows, row, out);
    str_add(out, "Tunnel statistics:\n");
    for (column = COLUMN_IPSEC_TUNNEL_DETAIL_IN_USER_PACKETS;
         column <= COLUMN_IPSEC_TUNNEL_DETAIL_OUT_OTHER_TX_ERRORS; column++) {
        str_printf(out, " %-20s %" PRIu64 "\n", words[column],
            cell_number(row, column));
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
