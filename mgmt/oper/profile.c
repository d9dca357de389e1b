/*
 * profile.c - `show ipsec profile`: both kinds, as they are configured.
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

static void
send_transport(
    const struct show *show, const struct cfg_transport_profile *view)
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
    if (view->has_local_ip) {
        row_number(&row, COLUMN_IPSEC_PROFILE_LOCAL_ADDRESS, view->local_ip);
    }
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

enum err
show_ipsec_profile(const struct show *show)
{
    const struct value *name = &show->args[ARG_SHOW_IPSEC_PROFILE_NAME];
    const struct config *running = show->view->running;
    const struct object *at = NULL;
    struct cfg_tunnel_profile tunnel;
    struct cfg_transport_profile transport;
    bool any = false;

    while ((at = config_next(running, OBJECT_TUNNEL_PROFILE,
                at == NULL ? NULL : at->fields)) != NULL) {
        cfg_tunnel_profile_read(at->fields, &tunnel);
        if (is_asked(name, tunnel.name, &any))
            send_tunnel(show, &tunnel);
    }
    while ((at = config_next(running, OBJECT_TRANSPORT_PROFILE,
                at == NULL ? NULL : at->fields)) != NULL) {
        cfg_transport_profile_read(at->fields, &transport);
        if (is_asked(name, transport.name, &any))
            send_transport(show, &transport);
    }
    if (value_is_set(name) && !any) {
        return show_not_found(
            show, "There is no profile %s.", value_string(name));
    }
    return OK;
}
