/*
 * bench_router.h - a whole packet engine between two ports in memory.
 *
 *    clear side, port 0   10.0.0.1/8        [dp]     192.0.2.1/24   port 1
 *    10.0.0.2 sends to 172.T.T.2, which is behind tunnel T to 192.0.2.2
 *
 * A packet waits in memory; dp_poll takes it in at one port, through all
 * stages, and out at the other, which frees it.  Every tunnel has keys of its
 * own, and a twin here that plays the other end.
 */
#ifndef SUPPORT_BENCH_ROUTER_H
#define SUPPORT_BENCH_ROUTER_H

#include "pkt/pkt.h"
#include "sa/sa.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BENCH_BURST = 64,
    BENCH_FIRST_TUNNEL = 2, /* its interface; the others follow */
};

struct bench_router;
struct dp;
struct port;

/* A UDP packet of so many bytes, with its checksums. */
void bench_udp(uint8_t *to, const struct ip4 *ip, size_t length);

struct bench_router *bench_router_new(
    enum transform transform, uint32_t tunnels);
/* The same on other ports, the clear one first; the dp's from then on. */
struct bench_router *bench_router_on(
    enum transform transform, uint32_t tunnels, struct port *const ports[2]);
void bench_router_free(struct bench_router *router);
struct dp *bench_router_dp(const struct bench_router *router);
/* Write what the other end of the first tunnel sends for so many bytes in
 * clear; returns its length, at most 128 more. */
size_t bench_router_protect(
    struct bench_router *router, uint32_t inner_length, uint8_t *bytes);

/* ---- with ports in memory ---- */

/* Let packets of so many bytes in clear wait at a port, one for each of the
 * tunnels listed: clear ones, or protected ones that come in. */
void bench_router_fill(struct bench_router *router, bool outbound,
    uint32_t inner_length, const uint32_t tunnels[BENCH_BURST]);
/* The bytes of a packet that waits. */
uint8_t *bench_router_waiting(const struct bench_router *router, size_t index);
/* Forget the packets that wait. */
void bench_router_empty(struct bench_router *router);
/* Carry them all; ends the program if one gets lost. */
void bench_router_run(struct bench_router *router);

#endif
