/*
 * router.h - one whole router: configuration, store, tunnel manager, packet
 * engine.
 *
 * Everything that makes a router, put together, without a thread, a loop or a
 * clock: its only input and output are its ports and its sessions.  Several
 * may live in one process (a lab, a test).
 *
 *    session -> candidate -> engine -> store
 *                              |
 *                            ipsec --batches--> dp (thread D, or dp_poll)
 *                              ^----events------ '
 *
 * Thread M only, but for what is behind router_dp().
 */
#ifndef DAEMON_ROUTER_H
#define DAEMON_ROUTER_H

#include "base/err.h"
#include "chassis/chassis.h"

#include <stddef.h>
#include <stdint.h>

struct diag;
struct dp;
struct fetcher;
struct opener;
struct opener_answer;
struct random_source;
struct router;

/* Both clocks at one time, in microseconds. */
struct instant {
    uint64_t monotonic_us;
    uint64_t wall_us; /* since 1970 */
};

struct router_params {
    const char *name;              /* in a lab; NULL: outside                */
    const char *state_dir;         /* NULL: in memory, gone with the process */
    const struct chassis *chassis; /* copied; NULL: loopbacks only           */
    struct instant now;
    /* NULL: the system's.  For the router's life. */
    const struct random_source *random;
    bool tells_costs; /* warnings about weak transforms say what they cost this
                         machine, which is measured when it is first said   */
};

/* Opens the state folder (made if it is not there), brings the stored
 * configuration into force.  Capture files are opened; the ends of wires are
 * the caller's to join.  Every refusal has its sentence in diag. */
MUST_CHECK enum err router_new(const struct router_params *params,
    struct diag *diag, struct router **out_router);
/* After its sessions and after thread D; NULL is allowed. */
void router_free(struct router *router);

const char *router_name(const struct router *router); /* "" outside a lab */
struct dp *router_dp(struct router *router);
const struct chassis *router_chassis(const struct router *router);
uint64_t router_generation(const struct router *router);

/* Join the sim ports of these routers by the names of their wires.  Before
 * the first dp_poll; all are polled by one thread. */
void router_join_wires(struct router *const *routers, size_t count);

/* Have this router's host and tun ports opened, it being so much in the
 * opener's count.  Returns how many answers will come. */
size_t router_open_ports(struct router *router, struct opener *opener,
    uint16_t number, const struct instant *now);
void router_take_port(struct router *router, const struct opener_answer *answer,
    const struct instant *now);

/* Have CAs asked by this, which outlives the router. */
void router_fetch_by(struct router *router, struct fetcher *fetcher);

/* Take what the dataplane has told, or much of it, and let IKE do what is due;
 * its sessions are to run after that. */
void router_take_events(struct router *router, const struct instant *now);
/* When that is to be called at the latest (monotonic); 0: again at once;
 * UINT64_MAX: when the dataplane tells something. */
uint64_t router_due(const struct router *router);
/* To be called once a second. */
void router_tick(struct router *router, const struct instant *now);
/* The same: a small slice of what can wait. */
void router_tidy(struct router *router, const struct instant *now);

#endif
