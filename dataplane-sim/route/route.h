/*
 * route.h - where a packet goes next: virtual routers, the router's own
 * addresses, longest-prefix match.
 *
 * One table for all virtual routers.  A prefix may have several routes; the
 * one with the smallest distance whose interface is up is taken, and where
 * none of a prefix is usable a shorter prefix is asked.  A route that names
 * a next hop is followed by lookup, at most four deep.
 *
 * An interface's address gives two routes: the address itself (local) and
 * its prefix (connected, distance 0).  They stay in the table while the
 * interface is down, unusable, so that a tunnel that comes and goes costs one
 * bit.
 *
 * All memory is made by route_table_new; lookup is bounded.  Addresses are
 * in host order.  A table belongs to one thread.
 */
#ifndef ROUTE_ROUTE_H
#define ROUTE_ROUTE_H

#include "base/err.h"
#include "dp.h"

#include <stdbool.h>
#include <stdint.h>

struct route_table;

enum route_outcome {
    ROUTE_NONE,         /* nothing leads there                      */
    ROUTE_DOWN,         /* only routes whose interfaces are down; the
                           first of these interfaces is given       */
    ROUTE_TO_US,        /* an address of the router itself          */
    ROUTE_TO_INTERFACE, /* out by it                                */
};

struct route_result {
    enum route_outcome outcome;
    uint32_t interface;
};

/* Room for limits.routes static routes, for the addresses of limits.interfaces
 * interfaces, and for limits.addresses secondary ones. */
struct route_table *route_table_new(const struct dp_limits *limits);
void route_table_free(struct route_table *table); /* NULL is allowed */

/* A virtual router that is not there routes nothing.  Its routes are the
 * caller's to remove. */
void route_vr_set(struct route_table *table, uint16_t vr, bool present);
void route_interface_set(
    struct route_table *table, uint32_t interface, bool up);

/* ERR_INVALID: a handle beyond the limits or a length above 32.  ERR_EXISTS,
 * ERR_NOT_FOUND, ERR_EXHAUSTED.  Bits of the prefix beyond its length are
 * ignored. */
MUST_CHECK enum err route_add(
    struct route_table *table, const struct dp_route *route);
MUST_CHECK enum err route_remove(
    struct route_table *table, const struct dp_route *route);

/* The two routes of an interface's address; interface->address counts only
 * with has_address.  Same errors. */
MUST_CHECK enum err route_address_add(
    struct route_table *table, const struct dp_interface *interface);
void route_address_remove(
    struct route_table *table, const struct dp_interface *interface);

/* Those of a secondary address. */
MUST_CHECK enum err route_secondary_add(
    struct route_table *table, const struct dp_address *address);
MUST_CHECK enum err route_secondary_remove(
    struct route_table *table, const struct dp_address *address);

/* Ask memory for what a lookup will read: slots, and some time later what is
 * in them. */
void route_ahead(
    const struct route_table *table, uint16_t vr, uint32_t destination);
void route_ahead_more(
    const struct route_table *table, uint16_t vr, uint32_t destination);
struct route_result route_lookup(
    const struct route_table *table, uint16_t vr, uint32_t destination);

#endif
