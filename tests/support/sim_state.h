/*
 * sim_state.h - the inside of the simulation.
 *
 *    sim.c        the day: faults, pings, bounds
 *    sim_plan.c   what a seed chooses, and its configuration
 *    sim_watch.c  what must hold all along
 */
#ifndef SUPPORT_SIM_STATE_H
#define SUPPORT_SIM_STATE_H

#include "base/log.h"
#include "crypto/random.h"
#include "ipsec/ipsec.h"
#include "tests/support/kit.h"
#include "tests/support/sim.h"
#include "tests/support/sim_net.h"

enum { SIM_ROUTERS = 2, SIM_TUNNELS = 3, SIM_SAS = 16 };
enum { SIM_S = 1000000 }; /* us */

/* What the seed chose. */
struct sim_plan {
    unsigned tunnels;
    bool dh_is_modp;
    bool has_pfs;
    bool is_aggressive;
    bool has_nat; /* boston is behind it */
    bool has_volume;
    bool swaps; /* boston has the higher address */
    unsigned lifetime_s[SIM_ROUTERS];
    unsigned ike_lifetime_s;
    unsigned ping_s;
    uint64_t delay_us;
};

/* An SA that was seen. */
struct sim_sa {
    bool is_there;
    bool is_outbound;
    uint32_t spi;
    uint64_t since_us;
    uint64_t packets; /* when it was within its lifetime */
};

struct sim_tunnel {
    uint32_t interface;
    uint64_t received; /* user packets, when last asked */
    struct sim_sa sas[SIM_SAS];
};

/* What SNMP was told of the SAs last. */
struct sim_page {
    uint64_t stamp;
    uint64_t rows; /* a hash of them */
};

struct sim {
    struct sim_plan plan;
    struct kit *kit;
    struct sim_net *net;
    char *dirs[SIM_ROUTERS];
    struct random_seed seed;
    struct random_source random;
    struct log_observer observer;
    struct sim_tunnel tunnels[SIM_ROUTERS][SIM_TUNNELS];
    struct sim_page pages[SIM_ROUTERS];
    uint64_t paged_s; /* when they were looked at last */
    uint16_t sequence;
    FILE *log;
    struct sim_report *report;
};

uint32_t sim_draw(struct sim *sim, uint32_t below);
void sim_tell(struct sim *sim, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The first trouble counts. */
void sim_trouble(struct sim *sim, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static inline bool
sim_is_well(const struct sim *sim)
{
    return sim->report->trouble[0] == '\0';
}

void sim_plan(struct sim *sim);
/* Two routers that have it all configured and stored. */
void sim_open(struct sim *sim);
void sim_close(struct sim *sim);
/* The router started: its handles. */
void sim_find_tunnels(struct sim *sim, size_t router);

/* Once a turn. */
void sim_watch(void *context, struct kit *kit);
void sim_look(void *context, size_t from, const uint8_t *packet, size_t length);
void sim_hear(void *context, const struct log_record *record);
/* Bytes of the heap in use. */
uint64_t sim_heap(void);

#endif
