/*
 * profile.c - `show ipsec profile`: both kinds, as they are configured, and
 * how many tunnels a transport profile protects.
 */
#include "oper/show.h"

#include "gen/views.h"

static void
send_tunnel(const struct show *show, const struct cfg_tunnel_profile *view)
{
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_IPSEC_PROFILE_KIND, PROFILE_KIND_TUNNEL);
    row_text(&row, COLUMN_IPSEC_PROFILE_NAME, view->name);
    if (view->has_max_interfaces) {
        row_number(
            &row, COLUMN_IPSEC_PROFILE_MAX_INTERFACES, view->max_interfaces);
    }
    row_text(&row, COLUMN_IPSEC_PROFILE_LOCAL_IDENTITY,
        view->ike_local_identity_name);
    row_text(
        &row, COLUMN_IPSEC_PROFILE_PEER_IDENTITY, view->ike_peer_identity_name);
    row_number(&row, COLUMN_IPSEC_PROFILE_TRANSFORMS, view->transforms);
    if (view->has_lifetime_seconds) {
        row_number(
            &row, COLUMN_IPSEC_PROFILE_LIFETIME_S, view->lifetime_seconds);
    }
    if (view->has_lifetime_kilobytes) {
        row_number(
            &row, COLUMN_IPSEC_PROFILE_LIFETIME_KB, view->lifetime_kilobytes);
    }
    if (view->has_pfs_group) {
        row_number(
            &row, COLUMN_IPSEC_PROFILE_PFS_GROUP, (uint64_t)view->pfs_group);
    }
    if (view->has_local_ip) {
        row_number(&row, COLUMN_IPSEC_PROFILE_LOCAL_ADDRESS, view->local_ip);
    }
    row_flag(&row, COLUMN_IPSEC_PROFILE_EXTENDED_AUTHENTICATION,
        view->extended_authentication);
    row_send(&row, show);
}

static uint64_t
count_protected(const struct show *show, const struct object *profile)
{
    const struct config *running = show->view->running;
    const struct object *gre = NULL;
    uint64_t count = 0;

    while ((gre = config_next(running, OBJECT_GRE_TUNNEL,
                gre == NULL ? NULL : gre->fields)) != NULL) {
        if (profile_matches(profile, gre) &&
            config_gre_profile(running, gre) == profile)
            count++;
    }
    return count;
}

/* Its ends and SAs. */
static void
fill_ends(const struct cfg_transport_profile *view, struct row *row)
{
    if (view->has_local_ip)
        row_number(row, COLUMN_IPSEC_PROFILE_LOCAL_ADDRESS, view->local_ip);
    if (view->has_remote_ip)
        row_number(row, COLUMN_IPSEC_PROFILE_REMOTE_ADDRESS, view->remote_ip);
    if (view->session_key_inbound_key != NULL) {
        row_number(row, COLUMN_IPSEC_PROFILE_INBOUND_SPI,
            view->session_key_inbound_spi);
    }
    if (view->session_key_outbound_key != NULL) {
        row_number(row, COLUMN_IPSEC_PROFILE_OUTBOUND_SPI,
            view->session_key_outbound_spi);
    }
}

static void
send_transport(const struct show *show, const struct object *profile,
    const struct cfg_transport_profile *view)
{
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_IPSEC_PROFILE_KIND, PROFILE_KIND_TRANSPORT);
    row_text(&row, COLUMN_IPSEC_PROFILE_NAME, view->name);
    row_text(&row, COLUMN_IPSEC_PROFILE_VIRTUAL_ROUTER, view->virtual_router);
    row_number(&row, COLUMN_IPSEC_PROFILE_APPLICATION, view->application);
    row_number(&row, COLUMN_IPSEC_PROFILE_TRANSFORMS, view->transforms);
    if (view->has_lifetime_seconds) {
        row_number(
            &row, COLUMN_IPSEC_PROFILE_LIFETIME_S, view->lifetime_seconds);
    }
    if (view->has_lifetime_kilobytes) {
        row_number(
            &row, COLUMN_IPSEC_PROFILE_LIFETIME_KB, view->lifetime_kilobytes);
    }
    if (view->has_pfs_group) {
        row_number(
            &row, COLUMN_IPSEC_PROFILE_PFS_GROUP, (uint64_t)view->pfs_group);
    }
    fill_ends(view, &row);
    row_number(
        &row, COLUMN_IPSEC_PROFILE_GRE_TUNNELS, count_protected(show, profile));
    row_send(&row, show);
}

/* Is this the one that was asked for? */
static bool
is_asked(const struct value *name, const char *this, bool *any)
{
    struct value own = value_text(this);
    bool asked = !value_is_set(name) || value_equal(name, &own);

    value_done(&own);
    *any = *any || asked;
    return asked;
}

static void
send_transports(const struct show *show, const struct value *name, bool *any)
{
    const struct config *running = show->view->running;
    struct cfg_transport_profile transport;
    const struct object *at = NULL;

    while ((at = config_next(running, OBJECT_TRANSPORT_PROFILE,
                at == NULL ? NULL : at->fields)) != NULL) {
        cfg_transport_profile_read(at->fields, &transport);
        if (is_asked(name, transport.name, any))
            send_transport(show, at, &transport);
    }
}

static enum err
found(const struct show *show, const struct value *name, bool any)
{
    if (value_is_set(name) && !any) {
        return show_not_found(
            show, "There is no profile %s.", value_string(name));
    }
    return OK;
}

enum err
show_ipsec_profile(const struct show *show)
{
    const struct value *name = &show->args[ARG_SHOW_IPSEC_PROFILE_NAME];
    const struct config *running = show->view->running;
    const struct object *at = NULL;
    struct cfg_tunnel_profile tunnel;
    bool any = false;

    while ((at = config_next(running, OBJECT_TUNNEL_PROFILE,
                at == NULL ? NULL : at->fields)) != NULL) {
        cfg_tunnel_profile_read(at->fields, &tunnel);
        if (is_asked(name, tunnel.name, &any))
            send_tunnel(show, &tunnel);
    }
    send_transports(show, name, &any);
    return found(show, name, any);
}

enum err
show_ipsec_transport_profile(const struct show *show)
{
    const struct value *name =
        &show->args[ARG_SHOW_IPSEC_TRANSPORT_PROFILE_NAME];
    bool any = false;

    send_transports(show, name, &any);
    return found(show, name, any);
}
