/*
 * gre.h - Generic Routing Encapsulation (RFC 2784) of IPv4 in IPv4: the
 * header, and which tunnel a packet belongs to.
 *
 *    | IPv4, protocol 47 | C 0 version 0 | 0x0800 | IPv4 packet           |
 *     20 and options      2               2
 *    | IPv4, protocol 47 | C 1 version 0 | 0x0800 | checksum | 0 | packet |
 *
 * We send the short form.  The checksum is verified where it is there; key,
 * sequence number and source routes (RFC 1701, 2890) are not known here.
 * Addresses are in host order.  Thread D, but for making and freeing.
 */
#ifndef GRE_GRE_H
#define GRE_GRE_H

#include "gen/drops.h"

#include <stdbool.h>
#include <stdint.h>

struct ip4;
struct pkt;

enum {
    GRE_PROTOCOL = 47,
    GRE_OVERHEAD = 24, /* both headers, as we send them */
};

/* Both headers in front of the packet.  Of outer, protocol and lengths are
 * set here.  False: the buffer has no room. */
bool gre_push(struct pkt *pkt, struct ip4 *outer);

/* pkt is at an IPv4 header of this length, checked and no fragment, with
 * protocol 47; afterwards at what GRE carries.  DROP_BAD_GRE,
 * DROP_GRE_CHECKSUM, DROP_GRE_PROTOCOL. */
enum drop gre_pull(struct pkt *pkt, uint32_t header_length);

/* ---- tunnels by their ends ---- */

/* Where a tunnel's packets arrive, and where they come from. */
struct gre_ends {
    uint16_t vr;
    uint32_t local;
    uint32_t remote;
};

#define GRE_NONE UINT32_MAX

/* Interfaces below the capacity, each at most once.  While thread M moves ends
 * from one tunnel to another, two may have the same: either is found. */
struct gre_table;
struct gre_table *gre_table_new(uint32_t capacity);
void gre_table_free(struct gre_table *table); /* NULL is allowed */
void gre_table_add(
    struct gre_table *table, uint32_t interface, const struct gre_ends *ends);
void gre_table_remove(struct gre_table *table, uint32_t interface);
/* GRE_NONE: no tunnel. */
uint32_t gre_table_find(
    const struct gre_table *table, const struct gre_ends *ends);

#endif
