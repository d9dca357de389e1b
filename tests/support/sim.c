/*
 * sim.c - a day between two routers.
 *
 * Time is in rounds of one ping through each tunnel from either end.  A round
 * is whole if both pings and both answers came.
 */
#include "tests/support/sim.h"

#include "base/arena.h"
#include "daemon/router_state.h"
#include "dp.h"
#include "negotiator/negotiator.h"
#include "tests/support/packet.h"
#include "tests/support/sim_state.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 24 * 3600, HEAP_GROWTH = 64 * 1024 };

uint32_t
sim_draw(struct sim *sim, uint32_t below)
{
    uint32_t number = 0;

    sim->random.fill(sim->random.context, (uint8_t *)&number, sizeof number);
    return number % below;
}

/* ---- telling ---- */

__attribute__((format(printf, 2, 0))) static void
tell_line(struct sim *sim, const char *fmt, va_list args)
{
    uint64_t now_us = sim->kit != NULL ? sim->kit->now.monotonic_us : 0;

    if (sim->log == NULL)
        return;
    (void)fprintf(sim->log, "%9.3f  ", (double)now_us / SIM_S);
    (void)vfprintf(sim->log, fmt, args);
    (void)fputc('\n', sim->log);
}

void
sim_tell(struct sim *sim, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    tell_line(sim, fmt, args);
    va_end(args);
}

void
sim_trouble(struct sim *sim, const char *fmt, ...)
{
    char *trouble = sim->report->trouble;
    uint64_t now_us = sim->kit != NULL ? sim->kit->now.monotonic_us : 0;
    va_list args;
    int length;

    if (!sim_is_well(sim))
        return;
    length = snprintf(trouble, sizeof sim->report->trouble,
        "at %.3f s: ", (double)now_us / SIM_S);
    va_start(args, fmt);
    (void)vsnprintf(trouble + length,
        sizeof sim->report->trouble - (size_t)length, fmt, args);
    va_end(args);
    sim_tell(sim, "TROUBLE %s", trouble);
}

/* ---- traffic ---- */

/* 10.1.N.1 or 10.2.N.1 */
static uint32_t
inner_address(size_t router, unsigned n)
{
    return 0x0a000001U | (uint32_t)(router + 1) << 16 | n << 8;
}

static void
send_pings(struct sim *sim, size_t router, uint16_t payload, unsigned times)
{
    struct dp_batch *batch = dp_batch_new();

    for (unsigned n = 0; n < sim->plan.tunnels; n++) {
        for (unsigned i = 0; i < times; i++) {
            dp_batch_add(batch, DP_PING)->ping = (struct dp_ping){
                .has_source = true,
                .source = inner_address(router, n),
                .destination = inner_address(1 - router, n),
                .id = 1,
                .sequence = sim->sequence++,
                .payload = payload,
            };
        }
    }
    if (dp_submit(router_dp(sim->kit->routers[router]), batch) != OK) {
        sim_trouble(sim, "too many batches are under way");
        dp_batch_free(batch);
    }
}

static uint64_t
received(struct sim *sim, size_t router, unsigned n)
{
    struct dp_interface_counters counters;

    dp_interface_counters(router_dp(sim->kit->routers[router]),
        sim->tunnels[router][n].interface, &counters);
    return counters.in_user_packets;
}

/* The fewest packets that a tunnel received at an end since the last time. */
static uint64_t
fewest(struct sim *sim)
{
    uint64_t least = UINT64_MAX;

    for (size_t i = 0; i < SIM_ROUTERS; i++) {
        for (unsigned n = 0; n < sim->plan.tunnels; n++) {
            uint64_t now = received(sim, i, n);
            uint64_t count = now - sim->tunnels[i][n].received;

            sim->tunnels[i][n].received = now;
            least = count < least ? count : least;
        }
    }
    return least;
}

static void
pass(struct sim *sim, uint64_t time_us)
{
    kit_run(sim->kit, sim->kit->now.monotonic_us + time_us);
}

/* True: it was whole. */
static bool
play_round(struct sim *sim)
{
    (void)fewest(sim);
    for (size_t i = 0; i < SIM_ROUTERS; i++)
        send_pings(sim, i, 56, 1);
    pass(sim, (uint64_t)sim->plan.ping_s * SIM_S);
    return fewest(sim) >= 2;
}

/* ---- faults ---- */

static void
calm(struct sim *sim)
{
    const struct sim_weather fair = {
        .repeats = sim_draw(sim, 2) * 5,
        .delay_us = sim->plan.delay_us,
        .jitter_us = sim->plan.delay_us / 2,
    };

    sim_net_weather(sim->net, &fair);
    sim_net_cut(sim->net, BOSTON, OTTAWA, false);
    sim_net_cut(sim->net, OTTAWA, BOSTON, false);
}

static void
rounds(struct sim *sim, unsigned seconds)
{
    for (unsigned s = 0; s < seconds && sim_is_well(sim); s += sim->plan.ping_s)
        (void)play_round(sim);
}

static void
storm(struct sim *sim)
{
    const struct sim_weather foul = {
        .loss = 1 + sim_draw(sim, 30),
        .repeats = sim_draw(sim, 20),
        .delay_us = sim->plan.delay_us + sim_draw(sim, 300000),
        .jitter_us = sim_draw(sim, 1500000),
    };

    sim_tell(sim, "storm: loss %u%%, repeats %u%%", foul.loss, foul.repeats);
    sim_net_weather(sim->net, &foul);
    rounds(sim, 60 + sim_draw(sim, 3600));
}

static void
cut_both(struct sim *sim)
{
    sim_tell(sim, "cut");
    sim_net_cut(sim->net, BOSTON, OTTAWA, true);
    sim_net_cut(sim->net, OTTAWA, BOSTON, true);
    rounds(sim, 1 + sim_draw(sim, 1200));
}

static void
cut_one(struct sim *sim)
{
    size_t from = sim_draw(sim, 2);

    sim_tell(sim, "cut from router %zu", from);
    sim_net_cut(sim->net, from, 1 - from, true);
    rounds(sim, 1 + sim_draw(sim, 1200));
}

static void
crash_one(struct sim *sim, size_t router)
{
    sim_tell(sim, "router %zu crashes", router);
    kit_crash(sim->kit, router);
    sim_find_tunnels(sim, router);
}

static void
crash(struct sim *sim)
{
    crash_one(sim, sim_draw(sim, 2));
}

static void
crash_both(struct sim *sim)
{
    crash_one(sim, BOSTON);
    rounds(sim, sim_draw(sim, 2) * sim_draw(sim, 60));
    crash_one(sim, OTTAWA);
}

/* A crash nobody notices before the network is back. */
static void
crash_in_the_dark(struct sim *sim)
{
    cut_both(sim);
    crash(sim);
}

static void
silence(struct sim *sim)
{
    sim_tell(sim, "silence");
    pass(sim, (uint64_t)(60 + sim_draw(sim, 3000)) * SIM_S);
}

static void
silence_and_cut(struct sim *sim)
{
    sim_net_cut(sim->net, BOSTON, OTTAWA, true);
    sim_net_cut(sim->net, OTTAWA, BOSTON, sim_draw(sim, 2) == 0);
    silence(sim);
}

/* Both ends want new SAs at once, or nearly. */
static void
renew_at_once(struct sim *sim)
{
    unsigned n = sim_draw(sim, sim->plan.tunnels);

    sim_tell(sim, "tunnel %u is renewed by both", n);
    for (size_t i = 0; i < SIM_ROUTERS; i++) {
        const struct dp_event event = {.kind = DP_EVENT_SA_SOFT,
            .interface = sim->tunnels[i][n].interface};

        negotiator_event(sim->kit->routers[i]->negotiator,
            sim->kit->now.monotonic_us, &event);
        pass(sim, sim_draw(sim, 2) * sim_draw(sim, 1000000));
    }
}

static void
new_ports(struct sim *sim)
{
    if (!sim->plan.has_nat)
        return;
    sim_tell(sim, "the NAT has new ports");
    sim_net_nat(sim->net, BOSTON, packet_address("198.51.100.7"));
}

static void
flood(struct sim *sim)
{
    if (!sim->plan.has_volume)
        return;
    sim_tell(sim, "flood");
    for (unsigned i = 0; i < 300 && sim_is_well(sim); i++) {
        send_pings(sim, BOSTON, 8000, 40 / sim->plan.tunnels);
        pass(sim, 500000);
    }
}

typedef void fault(struct sim *sim);

static fault *const faults[] = {
    storm,
    storm,
    storm,
    cut_both,
    cut_one,
    cut_one,
    crash,
    crash_both,
    crash_in_the_dark,
    silence,
    silence_and_cut,
    renew_at_once,
    renew_at_once,
    new_ports,
    flood,
};

/* ---- the day ---- */

/* How long until packets pass again? */
static void
recover(struct sim *sim)
{
    uint64_t from_us = sim->kit->now.monotonic_us;
    unsigned waited_s = 0;

    while (sim_is_well(sim) && !play_round(sim)) {
        waited_s = (unsigned)((sim->kit->now.monotonic_us - from_us) / SIM_S);
        if (waited_s > SIM_BOUND_S)
            sim_trouble(sim, "no traffic %u s after a fault", waited_s);
    }
    if (waited_s > sim->report->longest_s)
        sim->report->longest_s = waited_s;
    sim_tell(sim, "traffic again after %u s", waited_s);
}

static void
enjoy(struct sim *sim)
{
    unsigned seconds = 300 + sim_draw(sim, 3600);

    for (unsigned s = 0; s < seconds && sim_is_well(sim);
         s += sim->plan.ping_s) {
        if (!play_round(sim))
            sim_trouble(sim, "a packet was lost in fair weather");
    }
}

static void
check_queues(struct sim *sim)
{
    uint64_t drops[DROP_COUNT];

    for (size_t i = 0; i < SIM_ROUTERS; i++) {
        dp_drops(router_dp(sim->kit->routers[i]), drops);
        if (drops[DROP_PUNT_FULL] + drops[DROP_POOL_EMPTY] +
                drops[DROP_PORT_FULL] >
            0)
            sim_trouble(sim, "a queue of router %zu overflowed", i);
    }
}

static void
check_heap(struct sim *sim, uint64_t begin_us)
{
    uint64_t s = (sim->kit->now.monotonic_us - begin_us) / SIM_S;
    struct sim_report *report = sim->report;

    report->heap = sim_heap();
    if (s < DAY_S / 2) {
        report->heap_before = report->heap;
    } else if (s >= DAY_S && report->heap > report->heap_before + HEAP_GROWTH) {
        sim_trouble(sim, "the heap grew from %llu to %llu bytes",
            (unsigned long long)report->heap_before,
            (unsigned long long)report->heap);
    }
}

static void
live(struct sim *sim)
{
    uint64_t begin_us = sim->kit->now.monotonic_us;
    uint64_t end_us = begin_us + (uint64_t)DAY_S * SIM_S;

    while (sim_is_well(sim)) {
        calm(sim);
        recover(sim);
        rounds(sim, SIM_SETTLED_S);
        check_heap(sim, begin_us);
        check_queues(sim);
        if (sim->kit->now.monotonic_us >= end_us)
            return;
        enjoy(sim);
        sim->report->faults++;
        faults[sim_draw(sim, sizeof faults / sizeof faults[0])](sim);
    }
}

bool
sim_run(uint64_t seed, FILE *log, struct sim_report *out_report)
{
    struct sim *sim = mem_alloc(sizeof *sim);
    bool is_well;

    *out_report = (struct sim_report){.seed = seed};
    sim->report = out_report;
    sim->log = log;
    sim->random = random_seeded(&sim->seed, seed);
    sim->observer = (struct log_observer){LOG_INFO, sim_hear, sim, NULL};
    log_observe(&sim->observer);
    sim_plan(sim);
    sim_open(sim);
    live(sim);
    sim_close(sim);
    log_observe_end(&sim->observer);
    is_well = sim_is_well(sim);
    free(sim);
    return is_well;
}
