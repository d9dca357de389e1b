/*
 * gre.c - `show gre tunnel`: GRE tunnels, their state, what protects them.
 */
#include "oper/show.h"

#include "base/str.h"
#include "gen/views.h"
#include "ipsec/ipsec.h"

static void
fill_sas(const struct show *show, const struct object *tunnel, struct row *row)
{
    const struct sa *sas[IPSEC_SAS_MAX];
    size_t count = ipsec_sas(show->view->ipsec, tunnel, sas);

    for (size_t i = 0; i < count; i++) {
        row_number(
            row, COLUMN_GRE_TUNNEL_TRANSFORM, (uint64_t)sa_transform(sas[i]));
        row_number(row,
            sa_direction(sas[i]) == SA_INBOUND ? COLUMN_GRE_TUNNEL_INBOUND_SPI
                                               : COLUMN_GRE_TUNNEL_OUTBOUND_SPI,
            sa_spi(sas[i]));
    }
}

static void
fill_counters(
    const struct show *show, const struct object *tunnel, struct row *row)
{
    static const enum statistic in[] = {STATISTIC_IN_AUTH_ERRORS,
        STATISTIC_IN_REPLAY_ERRORS, STATISTIC_IN_OTHER_RX_ERRORS,
        STATISTIC_IN_DECRYPT_ERRORS, STATISTIC_IN_PAD_ERRORS};
    struct dp_interface_counters counters;
    uint64_t errors = 0;

    show_counters(show, tunnel, &counters);
    row_number(row, COLUMN_GRE_TUNNEL_IN_PACKETS, counters.in_packets);
    row_number(row, COLUMN_GRE_TUNNEL_IN_OCTETS, counters.in_octets);
    row_number(row, COLUMN_GRE_TUNNEL_OUT_PACKETS, counters.out_packets);
    row_number(row, COLUMN_GRE_TUNNEL_OUT_OCTETS, counters.out_octets);
    row_number(row, COLUMN_GRE_TUNNEL_IN_POLICY_ERRORS,
        counters.statistics[STATISTIC_IN_POLICY_ERRORS]);
    for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
        errors += counters.statistics[in[i]];
    row_number(row, COLUMN_GRE_TUNNEL_IN_ERRORS, errors);
    row_number(row, COLUMN_GRE_TUNNEL_OUT_ERRORS,
        counters.statistics[STATISTIC_OUT_POLICY_ERRORS] +
            counters.statistics[STATISTIC_OUT_OTHER_TX_ERRORS]);
}

static void
send_tunnel(const struct show *show, const struct object *tunnel)
{
    const struct object *profile =
        config_gre_profile(show->view->running, tunnel);
    struct cfg_gre_tunnel view;
    struct str why;
    struct row row;

    cfg_gre_tunnel_read(tunnel->fields, &view);
    str_init(&why);
    row_start(&row);
    row_text(&row, COLUMN_GRE_TUNNEL_NAME, view.name);
    row_text(&row, COLUMN_GRE_TUNNEL_VIRTUAL_ROUTER, view.virtual_router);
    row_text(&row, COLUMN_GRE_TUNNEL_TRANSPORT_VR,
        value_string(gre_transport_vr(tunnel)));
    row_text(&row, COLUMN_GRE_TUNNEL_DESCRIPTION, view.description);
    row_number(&row, COLUMN_GRE_TUNNEL_STATE,
        (uint64_t)ipsec_tunnel_state(show->view->ipsec, tunnel, &why));
    row_str(&row, COLUMN_GRE_TUNNEL_WHY, &why);
    row_number(&row, COLUMN_GRE_TUNNEL_ADDRESS, view.ip_address);
    row_number(&row, COLUMN_GRE_TUNNEL_MASK, view.ip_mask);
    row_number(&row, COLUMN_GRE_TUNNEL_SOURCE, view.source);
    row_number(&row, COLUMN_GRE_TUNNEL_DESTINATION, view.destination);
    row_number(&row, COLUMN_GRE_TUNNEL_MTU, view.mtu);
    if (profile != NULL) {
        row_text(&row, COLUMN_GRE_TUNNEL_PROFILE,
            value_string(&profile->fields[FIELD_TRANSPORT_PROFILE_NAME]));
    }
    fill_sas(show, tunnel, &row);
    fill_counters(show, tunnel, &row);
    row_send(&row, show);
    str_done(&why);
}

enum err
show_gre_tunnel(const struct show *show)
{
    const struct value *name = &show->args[ARG_SHOW_GRE_TUNNEL_NAME];
    const struct config *running = show->view->running;
    const struct object *at = NULL;
    bool any = !value_is_set(name);

    while ((at = config_next(running, OBJECT_GRE_TUNNEL,
                at == NULL ? NULL : at->fields)) != NULL) {
        if (value_is_set(name) &&
            !value_equal(name, &at->fields[FIELD_GRE_TUNNEL_NAME]))
            continue;
        any = true;
        send_tunnel(show, at);
    }
    return any ? OK
               : show_not_found(
                     show, "There is no GRE tunnel %s.", value_string(name));
}
