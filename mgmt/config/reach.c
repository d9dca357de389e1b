/*
 * reach.c - where the static routes and the networks of a configuration lead.
 *
 * Routes are in the order of their prefixes and masks.  The last one at or
 * before an address either holds it, and then is the longest that does; or it
 * does not, and then a shorter one that does holds both, and so lies within
 * the bits that they have in common.  Each step looks for fewer bits.
 */
#include "config/checks.h"

#include "base/ip.h"

enum { HOPS_MAX = 4, EQUAL_MAX = 16 };

static uint32_t
number_of(const struct object *route, size_t field)
{
    return (uint32_t)route->fields[field].number;
}

/* The last route of the VR whose prefix and mask are not above these. */
static const struct object *
route_before(const struct config *config, const struct value *vr,
    uint32_t prefix, uint32_t mask)
{
    const struct value keys[] = {
        *vr, value_number(prefix), value_number((uint64_t)mask + 1)};
    struct tree_place place = place_of_keys(OBJECT_ROUTE, keys, 3);
    const struct object *route =
        tree_before(config_tree(config, ORDER_KEYS), ORDER_KEYS, &place);

    if (route == NULL || route->type != OBJECT_ROUTE ||
        !value_equal(&route->fields[FIELD_ROUTE_VIRTUAL_ROUTER], vr))
        return NULL;
    return route;
}

static unsigned
common_bits(uint32_t a, uint32_t b)
{
    return a == b ? 32 : (unsigned)__builtin_clz(a ^ b);
}

static const struct object *
longest_route(
    const struct config *config, const struct value *vr, uint32_t address)
{
    unsigned bits = 32;

    for (;;) {
        uint32_t mask = ip_mask_of(bits);
        const struct object *route =
            route_before(config, vr, address & mask, mask);
        uint32_t prefix;
        unsigned common;

        if (route == NULL)
            return NULL;
        prefix = number_of(route, FIELD_ROUTE_PREFIX);
        if (((address ^ prefix) & number_of(route, FIELD_ROUTE_MASK)) == 0)
            return route;
        common = common_bits(address, prefix);
        if (common >= bits)
            common = bits - 1; /* its mask was longer than what we look for */
        if (bits == 0)
            return NULL;
        bits = common;
    }
}

/* Of the routes to the same network, the one of the least distance. */
static const struct object *
best_of(const struct config *config, const struct object *route)
{
    const struct object *best = NULL;
    const struct object *at = NULL;

    for (size_t i = 0; i < EQUAL_MAX; i++) {
        at = config_next_child(config, OBJECT_ROUTE, route->fields, 3, at);
        if (at == NULL)
            break;
        if (best == NULL || field_number(at, FIELD_ROUTE_DISTANCE) <
                                field_number(best, FIELD_ROUTE_DISTANCE))
            best = at;
    }
    return best;
}

const struct object *
reach_connected(
    const struct config *config, const struct value *vr, uint32_t address)
{
    struct tree_place place = {
        .parts = {*vr, value_number((uint64_t)address + 1)},
          .part_count = 2
    };
    const struct object *found =
        tree_before(config_tree(config, ORDER_ADDRESS), ORDER_ADDRESS, &place);
    struct network network;

    if (found == NULL || !object_network(found, &network) ||
        !value_equal(network.vr, vr) ||
        ((network.address ^ address) & network.mask) != 0)
        return NULL;
    return found;
}

const struct object *
address_owner(const struct config *config, const struct object *address)
{
    enum schema_object_id owner =
        (enum schema_object_id)schema_objects[address->type].parent;

    if (address->type != OBJECT_INTERFACE_ADDRESS &&
        address->type != OBJECT_TUNNEL_ADDRESS)
        return address;
    return config_find(config, owner, address->fields);
}

const struct object *
route_target(const struct config *config, const struct object *route)
{
    const struct value *vr = &route->fields[FIELD_ROUTE_VIRTUAL_ROUTER];

    if (field_is_set(route, FIELD_ROUTE_OUT_TUNNEL)) {
        const struct value keys[] = {
            *vr, route->fields[FIELD_ROUTE_OUT_TUNNEL]};

        return config_find(config, OBJECT_TUNNEL, keys);
    }
    if (field_is_set(route, FIELD_ROUTE_OUT_GRE)) {
        const struct value keys[] = {*vr, route->fields[FIELD_ROUTE_OUT_GRE]};

        return config_find(config, OBJECT_GRE_TUNNEL, keys);
    }
    if (field_is_set(route, FIELD_ROUTE_OUT_TYPE)) {
        const struct value keys[] = {*vr, route->fields[FIELD_ROUTE_OUT_TYPE],
            route->fields[FIELD_ROUTE_OUT_LOCATION]};

        return config_find(config, OBJECT_INTERFACE, keys);
    }
    return NULL;
}

/* A connected network goes before a route that is not longer. */
static bool
is_longer(const struct object *route, const struct object *connected)
{
    struct network network;

    return connected == NULL || !object_network(connected, &network) ||
           number_of(route, FIELD_ROUTE_MASK) > network.mask;
}

const struct object *
reach_of(const struct config *config, const struct value *vr, uint32_t address,
    bool *out_covered)
{
    *out_covered = false;
    for (size_t hop = 0; hop < HOPS_MAX; hop++) {
        const struct object *connected = reach_connected(config, vr, address);
        const struct object *route = longest_route(config, vr, address);

        if (connected != NULL || route != NULL)
            *out_covered = true;
        if (route == NULL || !is_longer(route, connected)) {
            return connected == NULL ? NULL : address_owner(config, connected);
        }
        route = best_of(config, route);
        if (!field_is_set(route, FIELD_ROUTE_NEXT_HOP))
            return route_target(config, route);
        address = number_of(route, FIELD_ROUTE_NEXT_HOP);
    }
    return NULL;
}

/* ---- in the order of addresses ---- */

struct network_walk {
    const struct tree_node *tree;
    const struct value *vr;
    uint32_t after;
    bool (*take)(void *context, const struct object *object,
        const struct network *network);
    void *context;
};

/* Those of the network that begins here, or of all from here on.  False: no
 * more are wanted. */
static bool
walk_networks(const struct network_walk *walk, uint32_t start, bool all)
{
    struct tree_place place = {
        .parts = {*walk->vr, value_number(start)},
          .part_count = 2
    };
    const struct object *at = tree_first(walk->tree, ORDER_ADDRESS, &place);

    while (at != NULL) {
        struct tree_place own = order_place(ORDER_ADDRESS, at);
        struct network network;

        if (!object_network(at, &network) ||
            !value_equal(network.vr, walk->vr) ||
            (!all && (network.address & network.mask) != start))
            return true;
        if (network.address > walk->after &&
            !walk->take(walk->context, at, &network))
            return false;
        at = tree_after(walk->tree, ORDER_ADDRESS, &own);
    }
    return true;
}

/* An address is not below its network: those above the one that is given are
 * in networks that begin above it, or in one of those around it. */
void
config_networks_after(const struct config *config, const struct value *vr,
    uint32_t address,
    bool (*take)(void *context, const struct object *object,
        const struct network *network),
    void *context)
{
    const struct network_walk walk = {
        config_tree(config, ORDER_ADDRESS), vr, address, take, context};
    uint64_t last = UINT64_MAX;

    for (unsigned length = 0; length <= 32; length++) {
        uint32_t mask = length == 0 ? 0 : UINT32_MAX << (32 - length);

        if ((address & mask) == last)
            continue; /* it was looked at */
        last = address & mask;
        if (!walk_networks(&walk, address & mask, false))
            return;
    }
    if (address < UINT32_MAX)
        (void)walk_networks(&walk, address + 1, true);
}
