/*
 * tunnel.h - what is particular to a secure tunnel: which packets it lets
 * through, its outer header, its SAs.
 *
 *    out    local holds the inner source, remote the inner destination
 *    in     remote holds the inner source, local the inner destination
 *
 * RFC 2401, 4.4.2 (selectors), 5.1.2.1 (outer header), 6.1 (MTU and DF).
 * Lengths are in bytes, addresses in host order.
 * Thread D only.
 */
#ifndef TUNNEL_TUNNEL_H
#define TUNNEL_TUNNEL_H

#include "base/err.h"
#include "dp.h"
#include "pkt/pkt.h"
#include "sa/sa.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TUNNEL_TTL = 64, /* of the outer header */
    TUNNEL_SAS = 6,  /* at once: an outbound one and its successor, and four
                        inbound ones                                       */
};

/* May a packet with this header go out by the tunnel, or come in? */
bool tunnel_allows_out(const struct dp_tunnel *tunnel, const struct ip4 *inner);
bool tunnel_allows_in(const struct dp_tunnel *tunnel, const struct ip4 *inner);

/* The outer header's own choices: TOS, with ECN, and DF are the inner
 * packet's. */
struct sa_outer tunnel_outer(const struct ip4 *inner, uint16_t id);

/* What the TOS of an inner packet becomes by what its outer header says of
 * congestion (RFC 6040, 4.2).  False: it was marked, and the inner packet can
 * not take that up: it is to be dropped, as it would have been. */
bool tunnel_ecn(uint8_t outer_tos, uint8_t inner_tos, uint8_t *out_tos);

/* The SAs that a tunnel has, borrowed.  All zero: none. */
struct tunnel_sas {
    struct sa *outbound; /* the current one, or NULL */
    struct sa *all[TUNNEL_SAS];
};

/* An outbound SA becomes the current one.  ERR_EXHAUSTED. */
MUST_CHECK enum err tunnel_sas_add(struct tunnel_sas *sas, struct sa *sa);
/* ERR_NOT_FOUND.  A current SA that goes leaves the tunnel without one. */
MUST_CHECK enum err tunnel_sas_remove(
    struct tunnel_sas *sas, const struct sa *sa);

#endif
