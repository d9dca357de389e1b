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

#include "sa/sa.h"

#include <stdbool.h>
#include <stdint.h>

enum { BENCH_BURST = 64 };

struct bench_router;

struct bench_router *bench_router_new(
    enum transform transform, uint32_t tunnels);
void bench_router_free(struct bench_router *router);
uint32_t bench_router_tunnels(const struct bench_router *router);
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
