/*
 * prefix.c - lists of routes by prefix in fixed memory.
 *
 * The load of the slots never exceeds one half, so a probe is short and
 * always ends at an empty slot.
 */
#include "route/prefix.h"

#include "base/arena.h"

#include <stddef.h>
#include <stdlib.h>

static uint32_t
hash_of(uint16_t vr, uint8_t length, uint32_t prefix)
{
    uint64_t key;

    key = (uint64_t)prefix << 32 | (uint64_t)vr << 8 | length;
    key ^= key >> 33;
    key *= UINT64_C(0xff51afd7ed558ccd);
    key ^= key >> 29;
    key *= UINT64_C(0xc4ceb9fe1a85ec53);
    return (uint32_t)(key >> 32);
}

void
prefix_store_init(struct prefix_store *store, uint32_t capacity)
{
    uint32_t slots = 16;

    while (slots < capacity * 2)
        slots *= 2;
    *store = (struct prefix_store){
        .routes = mem_alloc(sizeof(*store->routes) * (capacity + 1)),
        .capacity = capacity,
        .slots = mem_alloc(sizeof(*store->slots) * slots),
        .mask = slots - 1,
    };
}

void
prefix_store_done(struct prefix_store *store)
{
    free(store->routes);
    free(store->slots);
    *store = (struct prefix_store){0};
}

/* The slot that has this prefix, or the empty one where it would go. */
static uint32_t
slot_of(const struct prefix_store *store, uint16_t vr, uint8_t length,
    uint32_t prefix)
{
    const struct route *route;
    uint32_t slot;

    slot = hash_of(vr, length, prefix) & store->mask;
    while (store->slots[slot] != 0) {
        route = prefix_route(store, store->slots[slot]);
        if (route->prefix == prefix && route->vr == vr &&
            route->length == length) {
            break;
        }
        slot = (slot + 1) & store->mask;
    }
    return slot;
}

static const uint32_t *
first_slot(const struct prefix_store *store, uint16_t vr, uint8_t length,
    uint32_t prefix)
{
    return &store->slots[hash_of(vr, length, prefix) & store->mask];
}

void
prefix_ahead(const struct prefix_store *store, uint16_t vr, uint8_t length,
    uint32_t prefix)
{
    __builtin_prefetch(first_slot(store, vr, length, prefix));
}

void
prefix_ahead_more(const struct prefix_store *store, uint16_t vr, uint8_t length,
    uint32_t prefix)
{
    const uint32_t number = *first_slot(store, vr, length, prefix);

    if (number != 0)
        __builtin_prefetch(prefix_route(store, number));
}

uint32_t
prefix_find(const struct prefix_store *store, uint16_t vr, uint8_t length,
    uint32_t prefix)
{
    return store->slots[slot_of(store, vr, length, prefix)];
}

/* Is a preferred to b?  Both are of one prefix. */
static bool
is_before(const struct route *a, const struct route *b)
{
    if (a->distance != b->distance)
        return a->distance < b->distance;
    return a->kind < b->kind;
}

static bool
is_same(const struct route *a, const struct route *b)
{
    if (a->distance != b->distance || a->kind != b->kind)
        return false;
    if (a->has_interface != b->has_interface)
        return false;
    if (a->has_interface)
        return a->interface == b->interface;
    return a->next_hop == b->next_hop;
}

/* The link that leads to an equal route, or the end of the list. */
static uint32_t *
link_to(
    const struct prefix_store *store, uint32_t *head, const struct route *route)
{
    uint32_t *link = head;

    while (*link != 0 && !is_same(prefix_route(store, *link), route))
        link = &store->routes[*link - 1].next;
    return link;
}

/* A free place's number, 0 when all are taken. */
static uint32_t
take_place(struct prefix_store *store)
{
    uint32_t number = store->spare;

    if (number != 0) {
        store->spare = store->routes[number - 1].next;
    } else if (store->touched < store->capacity) {
        number = ++store->touched;
    }
    return number;
}

enum err
prefix_insert(
    struct prefix_store *store, const struct route *route, bool *out_first)
{
    uint32_t *head;
    uint32_t *link;
    uint32_t number;

    head =
        &store->slots[slot_of(store, route->vr, route->length, route->prefix)];
    if (*link_to(store, head, route) != 0)
        return ERR_EXISTS;
    number = take_place(store);
    if (number == 0)
        return ERR_EXHAUSTED;

    *out_first = *head == 0;
    link = head;
    while (*link != 0 && !is_before(route, prefix_route(store, *link)))
        link = &store->routes[*link - 1].next;
    store->routes[number - 1] = *route;
    store->routes[number - 1].next = *link;
    *link = number;
    return OK;
}

/* Empty a slot and move those behind it back that could then no longer be
 * found (Knuth, volume 3, 6.4, algorithm R). */
static void
close_hole(struct prefix_store *store, uint32_t hole)
{
    const struct route *route;
    uint32_t home;
    uint32_t slot = hole;

    store->slots[hole] = 0;
    for (;;) {
        slot = (slot + 1) & store->mask;
        if (store->slots[slot] == 0)
            return;
        route = prefix_route(store, store->slots[slot]);
        home = hash_of(route->vr, route->length, route->prefix) & store->mask;
        if (((slot - home) & store->mask) < ((slot - hole) & store->mask))
            continue; /* its home lies behind the hole */
        store->slots[hole] = store->slots[slot];
        store->slots[slot] = 0;
        hole = slot;
    }
}

enum err
prefix_delete(
    struct prefix_store *store, const struct route *route, bool *out_last)
{
    uint32_t slot;
    uint32_t *link;
    uint32_t number;

    slot = slot_of(store, route->vr, route->length, route->prefix);
    link = link_to(store, &store->slots[slot], route);
    number = *link;
    if (number == 0)
        return ERR_NOT_FOUND;
    *link = store->routes[number - 1].next;
    *out_last = store->slots[slot] == 0;
    if (*out_last)
        close_hole(store, slot);
    store->routes[number - 1].next = store->spare;
    store->spare = number;
    return OK;
}
