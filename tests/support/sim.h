/*
 * sim.h - one seed of the simulation: two whole routers, a day of weather.
 *
 *    10.1.N.1 [ boston ] 192.0.2.1 --- network --- 192.0.2.2 [ ottawa
 * ] 10.2.N.1
 *
 * One to three signaled tunnels between two gateways share an IKE SA; pings
 * go both ways all day.  The seed chooses lifetimes, modes and a NAT, and one
 * fault after the other: loss, reordering, cuts of both directions or one,
 * routers that crash and start from what they have stored, ends that renew
 * at once.  What must hold all along:
 *
 *    - after each fault packets of all tunnels pass again within SIM_BOUND_S,
 *      and from SIM_SETTLED_S later on until the next one none is lost,
 *      whatever is renewed
 *    - a tunnel has one outbound SA at most, and four inbound ones
 *    - nothing but ESP and IKE is on the wire
 *    - nothing goes through an SA past its lifetime
 *    - the heap is at the end of the day what it was at noon
 *    - no queue of the packet engine overflows, no error is logged
 */
#ifndef SUPPORT_SIM_H
#define SUPPORT_SIM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    /* What the bound is made of, in seconds; see also docs/operating.md. */
    SIM_LOOK_S = 5,     /* traffic is looked at so often           */
    SIM_SILENT_S = 60,  /* nothing was received: ask               */
    SIM_ASKED_S = 25,   /* five inquiries that nobody answered     */
    SIM_GIVE_UP_S = 31, /* a negotiation that nobody answers       */
    SIM_PACKET_S = 10,  /* between two tries that packets bring    */
    SIM_PING_S = 20,    /* the longest pause between two packets   */
    SIM_TALK_S = 10,    /* phase 1 and 2 with delays               */
    SIM_BOUND_S = SIM_LOOK_S + SIM_SILENT_S + SIM_ASKED_S + 2 * SIM_GIVE_UP_S +
                  SIM_PACKET_S + SIM_PING_S + SIM_TALK_S,
    SIM_SETTLED_S = 150, /* what two ends saw differently is cleaned up */
};

struct sim_report {
    uint64_t seed;
    unsigned faults;
    unsigned renewals;  /* outbound SAs, of all tunnels             */
    unsigned longest_s; /* from the end of a fault to traffic       */
    uint64_t heap;      /* bytes at the end, and before              */
    uint64_t heap_before;
    char trouble[256]; /* "": none */
};

/* True: all held.  log: what happens, a line each; NULL: none. */
bool sim_run(uint64_t seed, FILE *log, struct sim_report *out_report);

#endif
