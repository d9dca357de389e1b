/*
 * route.c - longest-prefix match over the prefix store.
 *
 * Each virtual router has a bitmap of the prefix lengths in use; a lookup
 * asks the store for these lengths only, longest first.
 */
#include "route/route.h"

#include "base/arena.h"
#include "base/ip.h"
#include "route/prefix.h"

#include <assert.h>
#include <stdlib.h>

enum {
    AHEAD_LENGTHS = 4, /* looked at ahead of a lookup */
    LENGTHS = 33,      /* 0 to 32                                       */
    DEPTH = 5,         /* the destination and at most four next hops    */
    STEPS_MAX = 1024,  /* routes looked at by one lookup; only a tangle of
                          next hops comes near                          */
};

struct vr {
    bool present;
    uint64_t lengths;         /* bit n: a prefix of length n is there */
    uint32_t counts[LENGTHS]; /* how many                             */
};

/* Heap, owned by a dp. */
struct route_table {
    struct prefix_store store;
    struct vr *vrs;
    uint8_t *up; /* a bit for each interface */
    uint16_t vr_count;
    uint32_t interface_count;
};

struct route_table *
route_table_new(const struct dp_limits *limits)
{
    struct route_table *table;

    table = mem_alloc(sizeof(*table));
    prefix_store_init(&table->store,
        limits->routes + 2 * (limits->interfaces + limits->addresses));
    table->vrs = mem_alloc(sizeof(*table->vrs) * ((size_t)limits->vrs + 1));
    table->up = mem_alloc((size_t)limits->interfaces / 8 + 1);
    table->vr_count = limits->vrs;
    table->interface_count = limits->interfaces;
    return table;
}

void
route_table_free(struct route_table *table)
{
    if (table == NULL)
        return;
    prefix_store_done(&table->store);
    free(table->vrs);
    free(table->up);
    free(table);
}

void
route_vr_set(struct route_table *table, uint16_t vr, bool present)
{
    assert(vr < table->vr_count);
    table->vrs[vr].present = present;
}

void
route_interface_set(struct route_table *table, uint32_t interface, bool up)
{
    uint8_t bit = (uint8_t)(1U << (interface % 8));

    assert(interface < table->interface_count);
    if (up) {
        table->up[interface / 8] |= bit;
    } else {
        table->up[interface / 8] &= (uint8_t)~bit;
    }
}

static bool
is_up(const struct route_table *table, uint32_t interface)
{
    return ((unsigned)table->up[interface / 8] >> (interface % 8) & 1U) != 0;
}

static bool
is_valid(const struct route_table *table, const struct route *route)
{
    if (route->vr >= table->vr_count || route->length > 32)
        return false;
    return !route->has_interface || route->interface < table->interface_count;
}

static enum err
insert(struct route_table *table, const struct route *route)
{
    struct vr *vr;
    bool is_first;
    enum err error;

    if (!is_valid(table, route))
        return ERR_INVALID;
    error = prefix_insert(&table->store, route, &is_first);
    if (error != OK)
        return error;
    vr = &table->vrs[route->vr];
    if (is_first && vr->counts[route->length]++ == 0)
        vr->lengths |= UINT64_C(1) << route->length;
    return OK;
}

static enum err
withdraw(struct route_table *table, const struct route *route)
{
    struct vr *vr;
    bool is_last;
    enum err error;

    if (!is_valid(table, route))
        return ERR_INVALID;
    error = prefix_delete(&table->store, route, &is_last);
    if (error != OK)
        return error;
    vr = &table->vrs[route->vr];
    if (is_last && --vr->counts[route->length] == 0)
        vr->lengths &= ~(UINT64_C(1) << route->length);
    return OK;
}

static struct route
static_route(const struct dp_route *route)
{
    unsigned length = route->length <= 32 ? route->length : 0;

    return (struct route){
        .vr = route->vr,
        .length = route->length, /* refused later if it is too long */
        .prefix = route->prefix & ip_mask_of(length),
        .distance = route->distance,
        .kind = PREFIX_STATIC,
        .has_interface = route->has_interface,
        .interface = route->interface,
        .next_hop = route->next_hop,
    };
}

enum err
route_add(struct route_table *table, const struct dp_route *route)
{
    struct route entry = static_route(route);

    return insert(table, &entry);
}

enum err
route_remove(struct route_table *table, const struct dp_route *route)
{
    struct route entry = static_route(route);

    return withdraw(table, &entry);
}

static struct route
local_route(const struct dp_address *address)
{
    return (struct route){
        .vr = address->vr,
        .length = 32,
        .prefix = address->address,
        .kind = PREFIX_LOCAL,
        .has_interface = true,
        .interface = address->interface,
    };
}

static struct route
connected_route(const struct dp_address *address)
{
    return (struct route){
        .vr = address->vr,
        .length = (uint8_t)ip_mask_length(address->mask),
        .prefix = address->address & address->mask,
        .kind = PREFIX_CONNECTED,
        .has_interface = true,
        .interface = address->interface,
    };
}

enum err
route_secondary_add(struct route_table *table, const struct dp_address *address)
{
    struct route local;
    struct route connected;
    enum err error;

    if (!ip_is_mask(address->mask))
        return ERR_INVALID;
    local = local_route(address);
    connected = connected_route(address);
    error = insert(table, &local);
    if (error != OK)
        return error;
    error = insert(table, &connected);
    if (error != OK && withdraw(table, &local) != OK)
        assert(false);
    return error;
}

enum err
route_secondary_remove(
    struct route_table *table, const struct dp_address *address)
{
    struct route local;
    struct route connected;
    enum err error;

    if (!ip_is_mask(address->mask))
        return ERR_INVALID;
    local = local_route(address);
    connected = connected_route(address);
    /* Both are there or, where adding was refused, neither. */
    error = withdraw(table, &local);
    if (error == OK && withdraw(table, &connected) != OK)
        assert(false);
    return error;
}

static struct dp_address
first_address(const struct dp_interface *interface)
{
    return (struct dp_address){
        .vr = interface->vr,
        .interface = interface->index,
        .address = interface->address,
        .mask = interface->mask,
    };
}

enum err
route_address_add(
    struct route_table *table, const struct dp_interface *interface)
{
    struct dp_address address = first_address(interface);

    return interface->has_address ? route_secondary_add(table, &address) : OK;
}

void
route_address_remove(
    struct route_table *table, const struct dp_interface *interface)
{
    struct dp_address address = first_address(interface);

    /* Not there: adding was refused. */
    if (interface->has_address && route_secondary_remove(table, &address) != OK)
        return;
}

/* One address on its way through the lengths, longest first, and through the
 * routes of the prefix it is at. */
struct cursor {
    uint32_t address;
    uint32_t number;  /* next route to look at, 0: next length */
    uint64_t lengths; /* still to be asked                     */
};

static const struct route *
next_route(const struct route_table *table, uint16_t vr, struct cursor *at)
{
    const struct route *route;
    unsigned length;
    uint32_t mask;

    while (at->number == 0 && at->lengths != 0) {
        length = 63U - (unsigned)__builtin_clzll(at->lengths);
        at->lengths &= ~(UINT64_C(1) << length);
        mask = length == 0 ? 0 : UINT32_MAX << (32 - length);
        at->number =
            prefix_find(&table->store, vr, (uint8_t)length, at->address & mask);
    }
    if (at->number == 0)
        return NULL;
    route = prefix_route(&table->store, at->number);
    at->number = route->next;
    return route;
}

/* For the longest prefixes, which a lookup asks for first. */
static void
each_prefix(const struct route_table *table, uint16_t vr, uint32_t destination,
    void (*ask)(const struct prefix_store *store, uint16_t vr, uint8_t length,
        uint32_t prefix))
{
    uint64_t lengths = vr < table->vr_count ? table->vrs[vr].lengths : 0;
    unsigned left;

    for (left = AHEAD_LENGTHS; left > 0 && lengths != 0; left--) {
        unsigned length = 63U - (unsigned)__builtin_clzll(lengths);

        lengths &= ~(UINT64_C(1) << length);
        ask(&table->store, vr, (uint8_t)length,
            destination & ip_mask_of(length));
    }
}

void
route_ahead(const struct route_table *table, uint16_t vr, uint32_t destination)
{
    each_prefix(table, vr, destination, prefix_ahead);
}

void
route_ahead_more(
    const struct route_table *table, uint16_t vr, uint32_t destination)
{
    each_prefix(table, vr, destination, prefix_ahead_more);
}

struct route_result
route_lookup(const struct route_table *table, uint16_t vr, uint32_t destination)
{
    struct route_result result = {.outcome = ROUTE_NONE};
    struct cursor stack[DEPTH];
    const struct route *route;
    unsigned level = 0;
    unsigned step;

    if (vr >= table->vr_count || !table->vrs[vr].present)
        return result;
    stack[0] = (struct cursor){destination, 0, table->vrs[vr].lengths};
    for (step = 0; step < STEPS_MAX; step++) {
        route = next_route(table, vr, &stack[level]);
        if (route == NULL && level == 0)
            break;
        if (route == NULL) {
            level--;
        } else if (!route->has_interface) {
            if (level + 1 < DEPTH) {
                stack[++level] =
                    (struct cursor){route->next_hop, 0, table->vrs[vr].lengths};
            }
        } else if (!is_up(table, route->interface)) {
            if (result.outcome == ROUTE_NONE)
                result = (struct route_result){ROUTE_DOWN, route->interface};
        } else if (route->kind != PREFIX_LOCAL) {
            return (struct route_result){ROUTE_TO_INTERFACE, route->interface};
        } else if (level == 0) {
            return (struct route_result){ROUTE_TO_US, route->interface};
        }
        /* else: a next hop that is ourselves leads nowhere */
    }
    return result;
}
