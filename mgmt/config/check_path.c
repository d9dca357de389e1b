/*
 * check_path.c - where the packets of a tunnel go, and what a route into a
 * tunnel takes away from others.  Warnings, all of them: routes may come
 * later, and a tunnel in a tunnel is legal as long as it ends somewhere.
 *
 * A tunnel swallows the path to the router itself in two ways: a default
 * route into it while its endpoints are in the same virtual router and its
 * peer identity admits everything; and a route into it that is longer than
 * the network of an interface, and so takes hosts out of that.
 */
#include "config/checks.h"

#include "base/ip.h"
#include "base/str.h"

enum { NESTED_MAX = 4 }; /* encapsulations of a packet */

static bool
is_same_tunnel(const struct object *a, const struct object *b)
{
    return a->type == b->type &&
           value_equal(&a->fields[FIELD_TUNNEL_VIRTUAL_ROUTER],
               &b->fields[FIELD_TUNNEL_VIRTUAL_ROUTER]) &&
           value_equal(
               &a->fields[FIELD_TUNNEL_NAME], &b->fields[FIELD_TUNNEL_NAME]);
}

/* Follow the packets of the tunnel through the tunnels that carry them. */
static bool
comes_back(const struct check *check, const struct object *tunnel)
{
    const struct object *at = tunnel;

    for (size_t depth = 0; depth < NESTED_MAX; depth++) {
        bool covered;

        if (!field_is_set(at, FIELD_TUNNEL_DESTINATION_ADDRESS))
            return false;
        at = reach_of(check->to, tunnel_transport_vr(at),
            (uint32_t)field_number(at, FIELD_TUNNEL_DESTINATION_ADDRESS),
            &covered);
        if (at == NULL || at->type != OBJECT_TUNNEL)
            return false;
        if (is_same_tunnel(at, tunnel))
            return true;
    }
    return false;
}

static void
check_destination(const struct check *check, const struct object *tunnel,
    uint16_t setting, size_t field)
{
    uint32_t address = (uint32_t)field_number(tunnel, field);
    const struct value *vr = tunnel_transport_vr(tunnel);
    char text[IP_TEXT_SIZE];
    bool covered;

    if (!field_is_set(tunnel, field))
        return;
    (void)reach_of(check->to, vr, address, &covered);
    if (covered)
        return;
    check_note(check, NOTE_NO_ROUTE, tunnel, setting,
        "No route of virtual router `%s` leads to %s: add an `ip route` "
        "there.",
        value_string(vr), ip_format(address, text));
}

/* Is there a default route of its virtual router into the tunnel? */
static bool
has_default_route(const struct check *check, const struct object *tunnel)
{
    const struct value keys[] = {tunnel->fields[FIELD_TUNNEL_VIRTUAL_ROUTER],
        value_number(0), value_number(0)};
    const struct object *route = NULL;

    while ((route = config_next_child(
                check->to, OBJECT_ROUTE, keys, 3, route)) != NULL) {
        if (value_equal(&route->fields[FIELD_ROUTE_OUT_TUNNEL],
                &tunnel->fields[FIELD_TUNNEL_NAME]))
            return true;
    }
    return false;
}

static void
check_default_route(const struct check *check, const struct object *tunnel)
{
    struct cover peer = tunnel_peer_cover(tunnel);

    if (peer.first != 0 || peer.last != UINT32_MAX ||
        !value_equal(tunnel_transport_vr(tunnel),
            &tunnel->fields[FIELD_TUNNEL_VIRTUAL_ROUTER]) ||
        !has_default_route(check, tunnel))
        return;
    check_note(check, NOTE_SWALLOW, tunnel, SETTING_TUNNEL_PEER_IDENTITY,
        "The default route leads into it and it takes every address, so "
        "answers to whoever manages this router from afar go into it too: "
        "give their network an `ip route` of its own, or narrow `tunnel "
        "peer-identity`.");
}

void
check_path(const struct check *check, const struct object *tunnel)
{
    check_destination(check, tunnel, SETTING_TUNNEL_DESTINATION,
        FIELD_TUNNEL_DESTINATION_ADDRESS);
    check_destination(check, tunnel, SETTING_TUNNEL_BACKUP_DESTINATION,
        FIELD_TUNNEL_BACKUP_DESTINATION_ADDRESS);
    if (comes_back(check, tunnel)) {
        check_note(check, NOTE_LOOP, tunnel, SETTING_TUNNEL_DESTINATION,
            "The route to the destination leads into the tunnel itself: add "
            "an `ip route` to it by another way.");
    }
    check_default_route(check, tunnel);
}

static bool
is_port(const struct object *object)
{
    return object->type == OBJECT_INTERFACE && order_has(ORDER_PORT, object);
}

void
check_route_swallow(const struct check *check, const struct object *route)
{
    const struct value *vr = &route->fields[FIELD_ROUTE_VIRTUAL_ROUTER];
    uint32_t prefix = (uint32_t)field_number(route, FIELD_ROUTE_PREFIX);
    uint32_t mask = (uint32_t)field_number(route, FIELD_ROUTE_MASK);
    const struct object *connected = reach_connected(check->to, vr, prefix);
    const struct object *tunnel = route_target(check->to, route);
    const struct object *port;
    struct network network;
    struct cover peer;
    struct str path;

    if (tunnel == NULL || tunnel->type != OBJECT_TUNNEL || connected == NULL ||
        !object_network(connected, &network) || network.mask >= mask)
        return;
    port = address_owner(check->to, connected);
    if (port == NULL || !is_port(port))
        return;
    peer = tunnel_peer_cover(tunnel);
    if (peer.last < prefix || peer.first > (prefix | ~mask))
        return;
    str_init(&path);
    object_path(port, &path);
    check_note(check, NOTE_SWALLOW, route, SCHEMA_NONE,
        "It takes hosts out of the network of `%s` into the tunnel, a gateway "
        "or a manager among them perhaps: remove it, or keep `tunnel "
        "peer-identity` off that network.",
        str_text(&path));
    str_done(&path);
}
