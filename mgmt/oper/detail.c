/*
 * detail.c - `show ipsec tunnel detail`: configuration and statistics.
 */
#include "oper/tunnels.h"

#include "base/ip.h"
#include "base/str.h"
#include "ipsec/ipsec.h"

/* An end as configured: its address or its identity. */
static void
fill_end(struct row *row, unsigned column, bool has_address, uint32_t address,
    const char *identity)
{
    char text[IP_TEXT_SIZE];

    if (has_address) {
        row_text(row, column, ip_format(address, text));
    } else {
        row_text(row, column, identity);
    }
}

/* Inner addresses: one of the three forms, or none. */
struct identity {
    bool has_address;
    bool has_mask;
    bool has_range;
    uint32_t address;
    uint32_t mask;
    uint32_t first;
    uint32_t last;
};

static void
fill_identity(struct row *row, unsigned column, const struct identity *identity)
{
    char first[IP_TEXT_SIZE];
    char second[IP_TEXT_SIZE];
    struct str text;

    str_init(&text);
    if (identity->has_range) {
        str_printf(&text, "range: %s %s", ip_format(identity->first, first),
            ip_format(identity->last, second));
    } else if (identity->has_mask) {
        str_printf(&text, "subnet: %s %s", ip_format(identity->address, first),
            ip_format(identity->mask, second));
    } else if (identity->has_address) {
        str_printf(&text, "address: %s", ip_format(identity->address, first));
    } else {
        str_add(&text, "any");
    }
    row_str(row, column, &text);
    str_done(&text);
}

static void
fill_identities(struct row *row, const struct cfg_tunnel *view)
{
    const struct identity local = {
        .has_address = view->has_local_identity_address,
        .has_mask = view->has_local_identity_mask,
        .has_range = view->has_local_identity_first,
        .address = view->local_identity_address,
        .mask = view->local_identity_mask,
        .first = view->local_identity_first,
        .last = view->local_identity_last,
    };
    const struct identity peer = {
        .has_address = view->has_peer_identity_address,
        .has_mask = view->has_peer_identity_mask,
        .has_range = view->has_peer_identity_first,
        .address = view->peer_identity_address,
        .mask = view->peer_identity_mask,
        .first = view->peer_identity_first,
        .last = view->peer_identity_last,
    };

    fill_identity(row, COLUMN_IPSEC_TUNNEL_DETAIL_LOCAL_IDENTITY, &local);
    fill_identity(row, COLUMN_IPSEC_TUNNEL_DETAIL_PEER_IDENTITY, &peer);
}

static void
fill_encapsulation(struct row *row, const struct cfg_tunnel *view)
{
    if (!view->has_encapsulation_kind)
        return;
    row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_ENCAPSULATION,
        (uint64_t)view->encapsulation_kind);
    row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_REMOTE_PORT,
        view->has_encapsulation_remote_port ? view->encapsulation_remote_port
                                            : DP_UDP_NAT);
}

static void
fill_ends(const struct show *show, const struct object *tunnel, struct row *row,
    const struct cfg_tunnel *view)
{
    uint32_t source;

    if (config_tunnel_source(show->view->running, tunnel, &source))
        row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_LOCAL_ENDPOINT, source);
    if (view->has_destination_address) {
        row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_REMOTE_ENDPOINT,
            view->destination_address);
    }
    fill_end(row, COLUMN_IPSEC_TUNNEL_DETAIL_SOURCE, view->has_source_address,
        view->source_address, view->source_identity);
    fill_end(row, COLUMN_IPSEC_TUNNEL_DETAIL_DESTINATION,
        view->has_destination_address, view->destination_address,
        view->destination_identity);
    fill_end(row, COLUMN_IPSEC_TUNNEL_DETAIL_BACKUP_DESTINATION,
        view->has_backup_destination_address, view->backup_destination_address,
        view->backup_destination_identity);
}

/* Those of a manual tunnel are the configured ones. */
static void
fill_manual_sas(struct row *row, const struct cfg_tunnel *view)
{
    if (view->has_session_key_outbound_spi) {
        row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_OUTBOUND_SPI,
            view->session_key_outbound_spi);
        row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_OUTBOUND_TRANSFORM,
            (uint64_t)view->session_key_outbound_transform);
    }
    if (view->has_session_key_inbound_spi) {
        row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_INBOUND_SPI,
            view->session_key_inbound_spi);
        row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_INBOUND_TRANSFORM,
            (uint64_t)view->session_key_inbound_transform);
    }
}

/* Of a signaled one, what was negotiated last, if anything was. */
static void
fill_sas(const struct show *show, const struct object *tunnel, struct row *row,
    const struct cfg_tunnel *view)
{
    const struct sa *sas[IPSEC_SAS_MAX];
    size_t count;
    size_t i;

    if (view->signaling == SIGNALING_MANUAL) {
        fill_manual_sas(row, view);
        return;
    }
    count = ipsec_sas(show->view->ipsec, tunnel, sas);
    for (i = 0; i < count; i++) {
        bool out = sa_direction(sas[i]) == SA_OUTBOUND;

        row_number(row,
            out ? COLUMN_IPSEC_TUNNEL_DETAIL_OUTBOUND_SPI
                : COLUMN_IPSEC_TUNNEL_DETAIL_INBOUND_SPI,
            sa_spi(sas[i]));
        row_number(row,
            out ? COLUMN_IPSEC_TUNNEL_DETAIL_OUTBOUND_TRANSFORM
                : COLUMN_IPSEC_TUNNEL_DETAIL_INBOUND_TRANSFORM,
            (uint64_t)sa_transform(sas[i]));
    }
}

static void
fill_lifetime(
    const struct show *show, struct row *row, const struct cfg_tunnel *view)
{
    struct cfg_system system;

    show_read_system(show, &system);
    row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_LIFETIME_S,
        view->has_lifetime_seconds ? view->lifetime_seconds
                                   : system.ipsec_lifetime_seconds);
    row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_LIFETIME_KB,
        view->has_lifetime_kilobytes ? view->lifetime_kilobytes
                                     : system.ipsec_lifetime_kilobytes);
    if (view->has_pfs_group) {
        row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_PFS_GROUP,
            (uint64_t)view->pfs_group);
    }
}

/* Errors: which column shows which statistic. */
static const struct {
    unsigned column;
    enum statistic statistic;
} errors[] = {
    {COLUMN_IPSEC_TUNNEL_DETAIL_IN_AUTH_ERRORS,      STATISTIC_IN_AUTH_ERRORS   },
    {COLUMN_IPSEC_TUNNEL_DETAIL_IN_REPLAY_ERRORS,    STATISTIC_IN_REPLAY_ERRORS },
    {COLUMN_IPSEC_TUNNEL_DETAIL_IN_POLICY_ERRORS,    STATISTIC_IN_POLICY_ERRORS },
    {COLUMN_IPSEC_TUNNEL_DETAIL_IN_OTHER_RX_ERRORS,
     STATISTIC_IN_OTHER_RX_ERRORS                                               },
    {COLUMN_IPSEC_TUNNEL_DETAIL_IN_DECRYPT_ERRORS,   STATISTIC_IN_DECRYPT_ERRORS},
    {COLUMN_IPSEC_TUNNEL_DETAIL_IN_PAD_ERRORS,       STATISTIC_IN_PAD_ERRORS    },
    {COLUMN_IPSEC_TUNNEL_DETAIL_OUT_POLICY_ERRORS,   STATISTIC_OUT_POLICY_ERRORS},
    {COLUMN_IPSEC_TUNNEL_DETAIL_OUT_OTHER_TX_ERRORS,
     STATISTIC_OUT_OTHER_TX_ERRORS                                              },
};

static void
fill_errors(struct row *row, const struct dp_interface_counters *counters)
{
    size_t i;

    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        row_number(
            row, errors[i].column, counters->statistics[errors[i].statistic]);
    }
}

/* User packets are the clear ones, accounted ones the encapsulated. */
static void
fill_traffic(struct row *row, const struct dp_interface_counters *counters)
{
    row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_IN_USER_PACKETS,
        counters->in_user_packets);
    row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_IN_USER_OCTETS,
        counters->in_user_octets);
    row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_IN_ACC_PACKETS,
        counters->in_accounted_packets);
    row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_IN_ACC_OCTETS,
        counters->in_accounted_octets);
    row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_OUT_USER_PACKETS,
        counters->out_user_packets);
    row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_OUT_USER_OCTETS,
        counters->out_user_octets);
    row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_OUT_ACC_PACKETS,
        counters->out_accounted_packets);
    row_number(row, COLUMN_IPSEC_TUNNEL_DETAIL_OUT_ACC_OCTETS,
        counters->out_accounted_octets);
}

static void
send_detail(const struct show *show, const struct tunnel_status *status)
{
    const struct cfg_tunnel *view = &status->view;
    struct dp_interface_counters counters;
    struct row row;

    show_counters(show, status->object, &counters);
    row_start(&row);
    row_text(&row, COLUMN_IPSEC_TUNNEL_DETAIL_NAME, view->name);
    row_number(&row, COLUMN_IPSEC_TUNNEL_DETAIL_STATE, (uint64_t)status->state);
    row_str(&row, COLUMN_IPSEC_TUNNEL_DETAIL_REASON, &status->why);
    row_flag(&row, COLUMN_IPSEC_TUNNEL_DETAIL_ENABLED, status->is_enabled);
    row_text(
        &row, COLUMN_IPSEC_TUNNEL_DETAIL_VIRTUAL_ROUTER, view->virtual_router);
    row_text(
        &row, COLUMN_IPSEC_TUNNEL_DETAIL_TRANSPORT_VR, status->transport_vr);
    row_number(
        &row, COLUMN_IPSEC_TUNNEL_DETAIL_SIGNALING, (uint64_t)view->signaling);
    row_number(&row, COLUMN_IPSEC_TUNNEL_DETAIL_MTU, view->mtu);
    if (counters.path_mtu != 0) {
        row_number(
            &row, COLUMN_IPSEC_TUNNEL_DETAIL_PATH_MTU, counters.path_mtu);
    }
    fill_ends(show, status->object, &row, view);
    row_text(
        &row, COLUMN_IPSEC_TUNNEL_DETAIL_TRANSFORM_SET, view->transform_set);
    fill_encapsulation(&row, view);
    fill_identities(&row, view);
    fill_sas(show, status->object, &row, view);
    fill_lifetime(show, &row, view);
    fill_traffic(&row, &counters);
    fill_errors(&row, &counters);
    row_send(&row, show);
}

enum err
show_tunnel_detail(const struct show *show)
{
    return show_each_tunnel(show, send_detail);
}
