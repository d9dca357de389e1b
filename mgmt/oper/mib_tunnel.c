/*
 * mib_tunnel.c - IPsec tunnels as they are configured.
 */
#include "oper/mib.h"

#include "gen/views.h"
#include "oper/tunnels.h"

#include <string.h>

/* An end: its kind, address and name stand in three columns. */
enum end_column { END_KIND, END_ADDRESS, END_NAME };

_Static_assert((int)COLUMN_MIB_TUNNEL_SOURCE_NAME ==
                       (int)COLUMN_MIB_TUNNEL_SOURCE_KIND + END_NAME &&
                   (int)COLUMN_MIB_TUNNEL_DESTINATION_NAME ==
                       (int)COLUMN_MIB_TUNNEL_DESTINATION_KIND + END_NAME &&
                   (int)COLUMN_MIB_TUNNEL_BACKUP_NAME ==
                       (int)COLUMN_MIB_TUNNEL_BACKUP_KIND + END_NAME &&
                   (int)COLUMN_MIB_TUNNEL_LOCAL_IDENTITY_SECOND ==
                       (int)COLUMN_MIB_TUNNEL_LOCAL_IDENTITY_KIND + 2 &&
                   (int)COLUMN_MIB_TUNNEL_PEER_IDENTITY_SECOND ==
                       (int)COLUMN_MIB_TUNNEL_PEER_IDENTITY_KIND + 2,
    "kind, address, name; kind, first, second");

static void
fill_end(struct row *row, unsigned column, const struct value *address,
    const struct value *name)
{
    enum mib_identity kind = MIB_IDENTITY_ADDRESS;

    if (value_is_set(name)) {
        kind = strchr(value_string(name), '@') != NULL ? MIB_IDENTITY_USER_FQDN
                                                       : MIB_IDENTITY_FQDN;
    }
    row_number(row, column + END_KIND, (uint64_t)kind);
    row_value(row, column + END_ADDRESS, address);
    row_value(row, column + END_NAME, name);
}

static void
fill_identity(struct row *row, unsigned column, enum mib_identity kind,
    uint32_t first, uint32_t second)
{
    row_number(row, column, (uint64_t)kind);
    row_number(row, column + 1, first);
    row_number(row, column + 2, second);
}

/* Without one it is the subnet of all addresses. */
static void
fill_local(struct row *row, const struct cfg_tunnel *view)
{
    const unsigned column = COLUMN_MIB_TUNNEL_LOCAL_IDENTITY_KIND;

    if (view->has_local_identity_first) {
        fill_identity(row, column, MIB_IDENTITY_RANGE,
            view->local_identity_first, view->local_identity_last);
    } else if (view->has_local_identity_address &&
               !view->has_local_identity_mask) {
        fill_identity(
            row, column, MIB_IDENTITY_ADDRESS, view->local_identity_address, 0);
    } else {
        fill_identity(row, column, MIB_IDENTITY_SUBNET,
            view->local_identity_address, view->local_identity_mask);
    }
}

static void
fill_peer(struct row *row, const struct cfg_tunnel *view)
{
    const unsigned column = COLUMN_MIB_TUNNEL_PEER_IDENTITY_KIND;

    if (view->has_peer_identity_first) {
        fill_identity(row, column, MIB_IDENTITY_RANGE,
            view->peer_identity_first, view->peer_identity_last);
    } else if (view->has_peer_identity_address &&
               !view->has_peer_identity_mask) {
        fill_identity(
            row, column, MIB_IDENTITY_ADDRESS, view->peer_identity_address, 0);
    } else {
        fill_identity(row, column, MIB_IDENTITY_SUBNET,
            view->peer_identity_address, view->peer_identity_mask);
    }
}

static void
fill_lifetime(
    struct mib_page *page, struct row *row, const struct object *object)
{
    const struct value *seconds =
        &object->fields[FIELD_TUNNEL_LIFETIME_SECONDS];
    const struct value *kilobytes =
        &object->fields[FIELD_TUNNEL_LIFETIME_KILOBYTES];
    struct cfg_system system;

    if (!value_is_set(seconds) || !value_is_set(kilobytes)) {
        show_read_system(page->show, &system);
        row_number(
            row, COLUMN_MIB_TUNNEL_LIFETIME_S, system.ipsec_lifetime_seconds);
        row_number(row, COLUMN_MIB_TUNNEL_LIFETIME_KB,
            system.ipsec_lifetime_kilobytes);
    }
    if (value_is_set(seconds))
        row_value(row, COLUMN_MIB_TUNNEL_LIFETIME_S, seconds);
    if (value_is_set(kilobytes))
        row_value(row, COLUMN_MIB_TUNNEL_LIFETIME_KB, kilobytes);
}

static void
send_tunnel(struct mib_page *page, const struct mib_place *place)
{
    const struct value *fields = place->object->fields;
    struct cfg_tunnel view;
    struct row row;

    cfg_tunnel_read(fields, &view);
    mib_start_row(page, place, &row);
    row_value(&row, COLUMN_MIB_TUNNEL_NAME, &fields[FIELD_TUNNEL_NAME]);
    row_value(&row, COLUMN_MIB_TUNNEL_VIRTUAL_ROUTER,
        &fields[FIELD_TUNNEL_VIRTUAL_ROUTER]);
    row_number(&row, COLUMN_MIB_TUNNEL_SIGNALING, (uint64_t)view.signaling);
    row_value(&row, COLUMN_MIB_TUNNEL_TRANSPORT_VR,
        &fields[view.transport_vr != NULL ? FIELD_TUNNEL_TRANSPORT_VR
                                          : FIELD_TUNNEL_VIRTUAL_ROUTER]);
    row_value(&row, COLUMN_MIB_TUNNEL_TRANSFORM_SET,
        &fields[FIELD_TUNNEL_TRANSFORM_SET]);
    fill_end(&row, COLUMN_MIB_TUNNEL_SOURCE_KIND,
        &fields[FIELD_TUNNEL_SOURCE_ADDRESS],
        &fields[FIELD_TUNNEL_SOURCE_IDENTITY]);
    fill_end(&row, COLUMN_MIB_TUNNEL_DESTINATION_KIND,
        &fields[FIELD_TUNNEL_DESTINATION_ADDRESS],
        &fields[FIELD_TUNNEL_DESTINATION_IDENTITY]);
    fill_end(&row, COLUMN_MIB_TUNNEL_BACKUP_KIND,
        &fields[FIELD_TUNNEL_BACKUP_DESTINATION_ADDRESS],
        &fields[FIELD_TUNNEL_BACKUP_DESTINATION_IDENTITY]);
    fill_local(&row, &view);
    fill_peer(&row, &view);
    fill_lifetime(page, &row, place->object);
    row_value(
        &row, COLUMN_MIB_TUNNEL_PFS_GROUP, &fields[FIELD_TUNNEL_PFS_GROUP]);
    row_number(&row, COLUMN_MIB_TUNNEL_MTU, view.mtu);
    row_flag(&row, COLUMN_MIB_TUNNEL_ENABLED, !view.shutdown);
    mib_send(page, &row);
}

enum err
mib_tunnels(const struct show *show)
{
    struct mib_page page;

    mib_begin(show, &page);
    mib_walk(&page, page.after, MIB_TUNNELS, send_tunnel);
    return mib_end(&page);
}
