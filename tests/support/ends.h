/*
 * ends.h - two routers and a tunnel between them.
 *
 *     lan 10.1.0.0/24 --0-- near --1-- 192.0.2.0/24 --1-- far --0-- 10.2.0.0/24
 *                              ====== tunnel 10 ======
 *
 * All four ports are taps: the test carries packets between the routers, and
 * can change them.
 */
#ifndef SUPPORT_ENDS_H
#define SUPPORT_ENDS_H

#include "dp.h"
#include "pkt/pkt.h"
#include "tests/support/tap.h"
#include "tests/support/testbed.h"

enum { LAN = 0, WAN = 1, TUNNEL = 10 };
enum { SPI_OUT = 0x2000, SPI_IN = 0x1000 }; /* as near sees them */

struct end {
    struct testbed *router;
    struct tap *lan;
    struct tap *wan;
    struct dp_interface tunnel;
    struct sa *in; /* NULL until it is protected */
    struct sa *out;
};

struct ends {
    struct crypto *crypto;
    struct end near;
    struct end far;
    enum drop foreseen; /* of the last packet to near */
};

/* With a tunnel of this kind, and routes to the other LAN by it. */
struct ends ends_new(enum dp_interface_kind kind);
/* An IPsec tunnel with SAs, of ESP with 3DES and SHA-1. */
struct ends ends_protected(void);
void ends_free(struct ends *ends);

/* Give the tunnel SAs of this transform. */
void end_protect(struct ends *ends, struct end *end, enum transform transform);
void ends_protect(struct ends *ends, enum transform transform);

/* A microsecond passes. */
void end_poll(struct end *end);

/* ---- packets ---- */

struct ip4 ends_ip(const char *src, const char *dst);
/* UDP between the LANs that far sends, not yet delivered. */
struct tap_packet *ends_by_far(struct ends *ends);

/* Why near would drop the packet, arriving by this interface or made here
 * (DP_NO_INTERFACE).  The explanation may leave no trace in near. */
enum drop ends_explain(
    struct ends *ends, uint32_t interface, const uint8_t *bytes, size_t length);
/* It comes in by a port of near; its fate is foreseen first. */
void ends_arrive(
    struct ends *ends, uint32_t interface, const uint8_t *bytes, size_t length);
void ends_deliver(struct ends *ends, const struct tap_packet *packet);
/* UDP into near's LAN, with this header. */
void ends_send_lan(struct ends *ends, const struct ip4 *ip, size_t payload);

/* ---- drops ---- */

/* A packet that near drops. */
struct drop_row {
    enum drop drop;
    bool is_tunnels; /* counts in the tunnel's statistic too */
    void (*provoke)(struct ends *ends);
    const char *why;
};

/* For near's one packet that was dropped: counted once, and nothing else. */
void ends_expect_drop(
    const struct ends *ends, enum drop drop, bool is_tunnels, const char *why);
/* All of them, each between two new routers; were they foreseen? */
void drop_rows_try(const struct drop_row *rows, size_t count);

/* test_drops_tunnel.c's, for the test that each reason has a row. */
extern const struct drop_row drops_of_tunnels[];
extern const size_t drops_of_tunnels_count;

#endif
