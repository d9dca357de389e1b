/*
 * prefix.h - the store below the routing table: lists of routes by
 * (virtual router, length, prefix).
 *
 *    slots   open addressing, linear probing, no tombstones: a hole is
 *            closed by moving later entries back
 *    routes  a fixed array; slots and lists refer to it by number
 *
 * A number is an index plus one, so that memory of zeros is an empty store.
 */
#ifndef ROUTE_PREFIX_H
#define ROUTE_PREFIX_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* In the order in which routes of one distance are preferred. */
enum prefix_kind { PREFIX_LOCAL, PREFIX_CONNECTED, PREFIX_STATIC };

struct route {
    uint32_t next; /* of the same prefix, not preferred to this */
    uint32_t prefix;
    uint32_t interface;
    uint32_t next_hop; /* where has_interface is false */
    uint16_t vr;
    uint8_t length;
    uint8_t distance;
    uint8_t kind; /* enum prefix_kind */
    bool has_interface;
};

struct prefix_store {
    struct route *routes;
    uint32_t capacity;
    uint32_t touched; /* routes[touched..] were never in use */
    uint32_t spare;   /* list of those that are free again   */
    uint32_t *slots;  /* the first route of a prefix, or 0   */
    uint32_t mask;    /* number of slots less one            */
};

void prefix_store_init(struct prefix_store *store, uint32_t capacity);
void prefix_store_done(struct prefix_store *store);

/* Copies the route in at its place in its prefix's list.  ERR_EXISTS,
 * ERR_EXHAUSTED.  out_first: no route of that prefix was there before. */
MUST_CHECK enum err prefix_insert(
    struct prefix_store *store, const struct route *route, bool *out_first);
/* ERR_NOT_FOUND.  out_last: no route of that prefix is left. */
MUST_CHECK enum err prefix_delete(
    struct prefix_store *store, const struct route *route, bool *out_last);

/* The number of the most preferred route of a prefix, 0: none. */
uint32_t prefix_find(const struct prefix_store *store, uint16_t vr,
    uint8_t length, uint32_t prefix);

/* Ask memory for the slot of a prefix, and for the route in it. */
void prefix_ahead(const struct prefix_store *store, uint16_t vr, uint8_t length,
    uint32_t prefix);
void prefix_ahead_more(const struct prefix_store *store, uint16_t vr,
    uint8_t length, uint32_t prefix);

static inline const struct route *
prefix_route(const struct prefix_store *store, uint32_t number)
{
    return &store->routes[number - 1];
}

#endif
