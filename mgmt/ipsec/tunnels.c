/*
 * tunnels.c - what the dataplane shall have for a configured object.
 *
 *    interface  ->  a dp_interface
 *    tunnel     ->  a dp_interface, and of a manual tunnel two SAs
 *    GRE        ->  the same (gre.c)
 *    secondary address  ->  a dp_address
 *    route      ->  a dp_route
 *
 * RFC 2401, 4.4.2 for the selectors: an identity is an address, a subnet or a
 * range, all of which are a first and a last address; none means any.
 */
#include "ipsec/manager.h"

#include "base/ip.h"

#include <string.h>

int
wish_port(const struct ipsec *ipsec, const struct object *object)
{
    struct cfg_interface view;

    if (object->type != OBJECT_INTERFACE)
        return -1;
    cfg_interface_read(object->fields, &view);
    if (view.type == INTERFACE_TYPE_LOOPBACK ||
        view.type == INTERFACE_TYPE_NULL)
        return -1;
    return chassis_find(ipsec->chassis, view.location);
}

static enum dp_interface_kind
kind_of(enum interface_type type)
{
    if (type == INTERFACE_TYPE_LOOPBACK)
        return DP_INTERFACE_LOOPBACK;
    return type == INTERFACE_TYPE_NULL ? DP_INTERFACE_NULL : DP_INTERFACE_PORT;
}

enum err
wish_policy(const struct ipsec *ipsec, const char *name, uint32_t *out_policy)
{
    struct value key;
    uint32_t index;
    enum err error;

    if (name == NULL)
        return OK;
    key = value_text(name);
    error = handles_find(&ipsec->policies, OBJECT_POLICY_LIST, &key, &index);
    if (error == OK)
        *out_policy = index + 1;
    value_done(&key);
    return error;
}

static enum err
interface_wish(const struct ipsec *ipsec, const struct object *object,
    struct dp_interface *out_interface)
{
    struct dp_interface *to = out_interface;
    struct cfg_interface view;
    enum err error;
    int port;

    cfg_interface_read(object->fields, &view);
    to->kind = kind_of(view.type);
    if (to->kind == DP_INTERFACE_PORT) {
        port = wish_port(ipsec, object);
        if (port < 0)
            return ERR_NOT_FOUND;
        to->port = (uint16_t)port;
    }
    to->enabled = !view.shutdown && !view.ip_shutdown;
    to->has_address = view.has_ip_address;
    to->address = view.ip_address;
    to->mask = view.ip_mask;
    to->mtu = view.ip_mtu;
    error = wish_policy(ipsec, view.ip_policy_input, &to->policy);
    if (error != OK)
        return error;
    return ipsec_vr(ipsec, view.virtual_router, &to->vr);
}

static struct dp_selector
any_address(void)
{
    return (struct dp_selector){.first = 0, .last = UINT32_MAX};
}

static struct dp_selector
local_selector(const struct cfg_tunnel *view)
{
    uint32_t mask = UINT32_MAX;

    if (view->has_local_identity_first) {
        return (struct dp_selector){
            view->local_identity_first, view->local_identity_last};
    }
    if (!view->has_local_identity_address)
        return any_address();
    if (view->has_local_identity_mask)
        mask = view->local_identity_mask;
    return (struct dp_selector){view->local_identity_address & mask,
        view->local_identity_address | ~mask};
}

static struct dp_selector
peer_selector(const struct cfg_tunnel *view)
{
    uint32_t mask = UINT32_MAX;

    if (view->has_peer_identity_first) {
        return (struct dp_selector){
            view->peer_identity_first, view->peer_identity_last};
    }
    if (!view->has_peer_identity_address)
        return any_address();
    if (view->has_peer_identity_mask)
        mask = view->peer_identity_mask;
    return (struct dp_selector){view->peer_identity_address & mask,
        view->peer_identity_address | ~mask};
}

static struct sa_udp
udp_wish(const struct cfg_tunnel *view)
{
    struct sa_udp udp = {0};

    if (view->has_encapsulation_kind) {
        udp.local_port = DP_UDP_NAT;
        udp.remote_port = view->has_encapsulation_remote_port
                              ? (uint16_t)view->encapsulation_remote_port
                              : DP_UDP_NAT;
    }
    return udp;
}

static void
sa_wishes(const struct object *object, const struct cfg_tunnel *view,
    struct wish *wish)
{
    if (view->signaling != SIGNALING_MANUAL)
        return;
    if (view->session_key_inbound_key != NULL) {
        wish->inbound = (struct sa_wish){
            .is_wanted = true,
            .transform = view->session_key_inbound_transform,
            .spi = view->session_key_inbound_spi,
            .key = view->session_key_inbound_key,
            .udp = udp_wish(view),
            .owner = object,
        };
    }
    if (view->session_key_outbound_key != NULL) {
        wish->outbound = (struct sa_wish){
            .is_wanted = true,
            .transform = view->session_key_outbound_transform,
            .spi = view->session_key_outbound_spi,
            .key = view->session_key_outbound_key,
            .udp = udp_wish(view),
            .owner = object,
        };
    }
}

/* The addresses of ends that are named by identity are not known here: such
 * a tunnel is signaled and has no SA that would need them. */
static enum err
tunnel_wish(const struct ipsec *ipsec, const struct config *config,
    const struct object *object, struct wish *out_wish)
{
    struct dp_interface *to = &out_wish->interface;
    const char *transport_vr;
    struct cfg_tunnel view;
    enum err error;

    cfg_tunnel_read(object->fields, &view);
    transport_vr =
        view.transport_vr != NULL ? view.transport_vr : view.virtual_router;
    to->kind = DP_INTERFACE_TUNNEL;
    to->enabled = !view.shutdown && !view.ip_shutdown;
    to->has_address = view.has_ip_address;
    to->address = view.ip_address;
    to->mask = view.ip_mask;
    to->mtu = view.mtu;
    (void)config_tunnel_source(config, object, &to->tunnel.source);
    to->tunnel.destination = view.destination_address;
    to->tunnel.local = local_selector(&view);
    to->tunnel.remote = peer_selector(&view);
    sa_wishes(object, &view, out_wish);
    error = ipsec_vr(ipsec, transport_vr, &to->tunnel.transport_vr);
    if (error == OK)
        error = wish_policy(ipsec, view.ip_policy_input, &to->policy);
    if (error != OK)
        return error;
    return ipsec_vr(ipsec, view.virtual_router, &to->vr);
}

/* A handle stays with its object, so the borrower is not touched when the
 * lender's address changes.  One that the chassis lacks lends nothing. */
static void
find_lender(const struct ipsec *ipsec, const struct object *object,
    struct dp_interface *to)
{
    struct value keys[3]; /* borrowed */

    to->has_lender = object_lender(object, keys) &&
                     handles_find(&ipsec->interfaces, OBJECT_INTERFACE, keys,
                         &to->lender) == OK;
}

enum err
wish_address(const struct ipsec *ipsec, const struct object *object,
    struct dp_address *out_address)
{
    enum schema_object_id owner =
        (enum schema_object_id)schema_objects[object->type].parent;
    struct network network;
    struct dp_address to = {0};
    enum err error;

    if (!object_network(object, &network))
        return ERR_NOT_FOUND;
    to.address = network.address;
    to.mask = network.mask;
    error = ipsec_vr(ipsec, value_string(network.vr), &to.vr);
    if (error == OK) {
        error = handles_find(
            &ipsec->interfaces, owner, object->fields, &to.interface);
    }
    if (error == OK)
        *out_address = to;
    return error;
}

enum err
wish_of(const struct ipsec *ipsec, const struct config *config,
    const struct object *object, struct wish *out_wish)
{
    struct wish wish = {0};
    enum err error;

    if (object->type == OBJECT_TUNNEL) {
        error = tunnel_wish(ipsec, config, object, &wish);
    } else if (object->type == OBJECT_GRE_TUNNEL) {
        error = wish_gre(ipsec, config, object, &wish);
    } else {
        error = interface_wish(ipsec, object, &wish.interface);
    }
    if (error == OK)
        error = ipsec_interface(ipsec, object, &wish.interface.index);
    if (error == OK) {
        find_lender(ipsec, object, &wish.interface);
        *out_wish = wish;
    }
    return error;
}

static bool
same_selector(const struct dp_selector *a, const struct dp_selector *b)
{
    return a->first == b->first && a->last == b->last;
}

static bool
same_tunnel(const struct dp_tunnel *a, const struct dp_tunnel *b)
{
    return a->transport_vr == b->transport_vr && a->source == b->source &&
           a->destination == b->destination &&
           a->is_protected == b->is_protected &&
           same_selector(&a->local, &b->local) &&
           same_selector(&a->remote, &b->remote);
}

static bool
same_address(const struct dp_interface *a, const struct dp_interface *b)
{
    return a->has_address == b->has_address && a->address == b->address &&
           a->mask == b->mask && a->has_lender == b->has_lender &&
           a->lender == b->lender;
}

bool
wish_same_interface(const struct wish *a, const struct wish *b)
{
    const struct dp_interface *x = &a->interface;
    const struct dp_interface *y = &b->interface;

    return x->index == y->index && x->kind == y->kind && x->vr == y->vr &&
           x->port == y->port && x->enabled == y->enabled && x->mtu == y->mtu &&
           x->policy == y->policy && same_address(x, y) &&
           same_tunnel(&x->tunnel, &y->tunnel);
}

bool
wish_same_sa(
    const struct wish *a, const struct wish *b, enum sa_direction direction)
{
    const struct sa_wish *x;
    const struct sa_wish *y;

    x = direction == SA_INBOUND ? &a->inbound : &a->outbound;
    y = direction == SA_INBOUND ? &b->inbound : &b->outbound;
    if (x->is_wanted != y->is_wanted)
        return false;
    if (!x->is_wanted)
        return true;
    /* The sealed form is deterministic: the same text is the same key. */
    return x->transform == y->transform && x->spi == y->spi &&
           strcmp(x->key, y->key) == 0 &&
           x->udp.local_port == y->udp.local_port &&
           x->udp.remote_port == y->udp.remote_port &&
           same_tunnel(&a->interface.tunnel, &b->interface.tunnel);
}

/* The interface of a route: another object of the same virtual router. */
static enum err
route_interface(const struct ipsec *ipsec, const struct cfg_route *view,
    uint32_t *out_interface)
{
    struct value keys[SCHEMA_KEYS_MAX] = {0};
    enum schema_object_id type = OBJECT_INTERFACE;
    enum err error;
    size_t i;

    keys[0] = value_text(view->virtual_router);
    if (view->out_tunnel != NULL) {
        type = OBJECT_TUNNEL;
        keys[1] = value_text(view->out_tunnel);
    } else if (view->out_gre != NULL) {
        type = OBJECT_GRE_TUNNEL;
        keys[1] = value_text(view->out_gre);
    } else {
        keys[1] = value_number((uint64_t)view->out_type);
        keys[2] = value_text(view->out_location);
    }
    error = handles_find(&ipsec->interfaces, type, keys, out_interface);
    for (i = 0; i < SCHEMA_KEYS_MAX; i++)
        value_done(&keys[i]);
    return error;
}

enum err
wish_route(const struct ipsec *ipsec, const struct object *route,
    struct dp_route *out_route)
{
    struct dp_route to = {0};
    struct cfg_route view;
    enum err error;

    cfg_route_read(route->fields, &view);
    to.prefix = view.prefix;
    to.length = (uint8_t)ip_mask_length(view.mask);
    to.distance = (uint8_t)view.distance;
    to.has_interface = !view.has_next_hop;
    to.next_hop = view.next_hop;
    error = ipsec_vr(ipsec, view.virtual_router, &to.vr);
    if (error == OK && to.has_interface)
        error = route_interface(ipsec, &view, &to.interface);
    if (error == OK)
        *out_route = to;
    return error;
}
