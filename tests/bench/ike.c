/*
 * ike.c - tunnels set up, kept, and what they weigh; two IKE engines of ours
 * over UDP sockets.
 *
 * Every tunnel is between its own pair of addresses, so that it needs a phase
 * 1 of its own.  The time is the processor's, of both ends together, with what
 * the kernel does for their sockets, and with the SAs made and keyed as the
 * packet engine gets them.  Beside it, in turns, the bare exponentiations that
 * the same tunnels need: ratio is bare by ours, the share of the time that
 * nobody could save; flat is the ratio by that of 200 tunnels.
 */
#include "ike/ike.h"
#include "base/clock.h"
#include "crypto/dh.h"
#include "tests/support/bench.h"
#include "tests/support/bench_dh.h"
#include "tests/support/ike_wire.h"

#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 64, /* tunnels under way at a time */
    SLICE = 50,  /* tunnels for one turn        */
    BARE = 10,   /* exchanges for the other one */
    ROUNDS = 5,  /* of the fewest, of which one takes the median */
    WAIT_MS = 20,
    S_US = 1000000,
    STEP_US = 100000,
    FEW = 2000,
    MANY = 10000,
    SETTLE_S = 70, /* exchanges are kept for 60 s, to answer repetitions */
    HOUR_S = 3600,
};

/* Two ends under one clock, which can be put forward. */
struct pair {
    struct ike_wire *ends[2];
    uint32_t tunnels;
    uint64_t ahead_us;
};

static uint64_t
now_us(const struct pair *pair)
{
    return clock_monotonic_us() + pair->ahead_us;
}

static void
pair_init(struct pair *pair, uint32_t tunnels, uint16_t group, bool pfs)
{
    struct ike_wire_params params = {
        .tunnels = tunnels, .group = group, .pfs = pfs, .dpd = true};

    pair->tunnels = tunnels;
    pair->ahead_us = 0;
    for (int i = 0; i < 2; i++) {
        params.end = i;
        pair->ends[i] = ike_wire_new(&params);
    }
    for (int i = 0; i < 2; i++) {
        ike_wire_set_peer(pair->ends[i], ike_wire_port(pair->ends[1 - i]));
    }
}

static void
pair_done(struct pair *pair)
{
    ike_wire_free(pair->ends[0]);
    ike_wire_free(pair->ends[1]);
}

static size_t
turn(struct pair *pair)
{
    uint64_t now = now_us(pair);

    return ike_wire_turn(pair->ends[0], now) +
           ike_wire_turn(pair->ends[1], now);
}

static uint32_t
up(const struct pair *pair)
{
    uint32_t one = ike_wire_up(pair->ends[0]);
    uint32_t other = ike_wire_up(pair->ends[1]);

    return one < other ? one : other;
}

/* ---- setting up ---- */

/* Until so many are up; what that took of the processor. */
static uint64_t
advance(struct pair *pair, uint32_t until)
{
    struct pollfd fds[2] = {
        {.fd = ike_wire_fd(pair->ends[0]), .events = POLLIN},
        {.fd = ike_wire_fd(pair->ends[1]), .events = POLLIN},
    };
    uint64_t start = bench_spent_ns();

    while (up(pair) < until) {
        if (turn(pair) == 0)
            (void)poll(fds, 2, WAIT_MS);
    }
    return bench_spent_ns() - start;
}

static uint64_t
bare(struct bench_dh *dh)
{
    uint64_t start = bench_spent_ns();

    for (int i = 0; i < BARE; i++)
        bench_dh_run(dh);
    return bench_spent_ns() - start;
}

/* Of one tunnel, both ends. */
struct figures {
    double ours_ns;
    double bare_ns;
};

/* Sums, not medians of the turns: tunnels come up in troops. */
static struct figures
set_up(struct pair *pair, struct bench_dh *dh, unsigned exchanges)
{
    uint64_t ours = 0;
    uint64_t limit = 0;
    unsigned turns = 0;

    ike_wire_begin(pair->ends[0], WINDOW);
    for (uint32_t at = SLICE; at <= pair->tunnels; at += SLICE) {
        ours += advance(pair, at);
        limit += bare(dh);
        turns++;
    }
    bench_require(ike_wire_failures(pair->ends[0]) == 0 &&
                      ike_wire_failures(pair->ends[1]) == 0,
        "every negotiation");
    return (struct figures){(double)ours / pair->tunnels,
        (double)limit * exchanges / (turns * BARE)};
}

static struct figures
measure(uint16_t group, bool pfs, uint32_t tunnels)
{
    struct bench_dh *dh = bench_dh_new(group, dh_exponent_size(group));
    unsigned rounds = tunnels < 1000 ? ROUNDS : 1;
    double ours[ROUNDS];
    double limit[ROUNDS];

    for (unsigned round = 0; round < rounds; round++) {
        struct figures figures;
        struct pair pair;

        pair_init(&pair, tunnels, group, pfs);
        /* g^x and g^xy at each end, so often */
        figures = set_up(&pair, dh, pfs ? 4 : 2);
        ours[round] = figures.ours_ns;
        limit[round] = figures.bare_ns;
        pair_done(&pair);
    }
    bench_dh_free(dh);
    return (struct figures){
        bench_median(ours, rounds), bench_median(limit, rounds)};
}

static void
print_set_up(uint16_t group, bool pfs)
{
    static const uint32_t counts[] = {200, 2000, 10000};
    double first = 0;

    for (size_t i = 0; i < 3; i++) {
        struct figures figures = measure(group, pfs, counts[i]);
        double ratio = figures.bare_ns / figures.ours_ns;

        if (i == 0)
            first = ratio;
        (void)printf("{\"what\": \"set up\", \"group\": %u, \"pfs\": \"%s\", "
                     "\"exponent_bits\": %zu, \"tunnels\": %u, "
                     "\"per_core_s\": %.0f, \"us\": %.0f, \"bare_us\": %.0f, "
                     "\"ratio\": %.3f, \"flat\": %.3f}\n",
            group, pfs ? "yes" : "no", 8 * dh_exponent_size(group), counts[i],
            1e9 / figures.ours_ns, figures.ours_ns / 1000,
            figures.bare_ns / 1000, ratio, first / ratio);
        (void)fflush(stdout);
    }
}

/* ---- keeping ---- */

/* Let so many seconds pass; what they took of the processor. */
static uint64_t
pass(struct pair *pair, uint64_t seconds)
{
    uint64_t end_us = now_us(pair) + seconds * S_US;
    uint64_t start = bench_spent_ns();

    while (now_us(pair) < end_us) {
        pair->ahead_us += STEP_US;
        while (turn(pair) > 0)
            continue;
    }
    return bench_spent_ns() - start;
}

static double
heap(void)
{
    struct mallinfo2 info = mallinfo2();

    return (double)info.uordblks + (double)info.hblkhd;
}

static void
print_memory(const char *when, double bytes, const struct pair *pair)
{
    (void)printf("{\"what\": \"memory %s\", \"tunnels\": %u, "
                 "\"bytes_tunnel\": %.0f, \"sas_tunnel\": %.1f}\n",
        when, pair->tunnels, bytes / 2 / pair->tunnels,
        (double)ike_wire_sas(pair->ends[0]) / pair->tunnels);
    (void)fflush(stdout);
}

static void
print_hours(const char *what, uint64_t hours, struct pair *pair)
{
    uint64_t before = ike_wire_rekeyed(pair->ends[0]);
    struct ike_counters counters[2];
    uint64_t spent;

    ike_counters(ike_wire_ike(pair->ends[0]), &counters[0]);
    spent = pass(pair, hours * HOUR_S);
    ike_counters(ike_wire_ike(pair->ends[0]), &counters[1]);
    (void)printf("{\"what\": \"%s\", \"tunnels\": %u, "
                 "\"us_tunnel_hour\": %.0f, \"sent_tunnel_hour\": %.1f, "
                 "\"rekeyed\": %.2f}\n",
        what, pair->tunnels,
        (double)spent / 2000 / pair->tunnels / (double)hours,
        (double)(counters[1].sent - counters[0].sent) / pair->tunnels /
            (double)hours,
        (double)(ike_wire_rekeyed(pair->ends[0]) - before) / pair->tunnels);
    (void)fflush(stdout);
}

static void
print_memory_and_time(void)
{
    double empty = heap();
    double configured;
    struct pair pair;
    uint64_t start;

    pair_init(&pair, MANY, 2, false);
    configured = heap();
    print_memory("configured", configured - empty, &pair);
    start = clock_monotonic_us();
    ike_wire_begin(pair.ends[0], WINDOW);
    (void)advance(&pair, MANY);
    (void)printf("{\"what\": \"all up\", \"tunnels\": %d, \"s\": %.2f}\n", MANY,
        (double)(clock_monotonic_us() - start) / S_US);
    print_memory("just negotiated", heap() - configured, &pair);
    (void)pass(&pair, SETTLE_S);
    print_memory("established", heap() - configured, &pair);
    print_hours("an hour idle: DPD", 1, &pair);
    pair_done(&pair);
}

/* Both phases have their default lifetimes, of 8 hours. */
static void
print_rekeying(void)
{
    struct pair pair;

    pair_init(&pair, FEW, 2, false);
    ike_wire_begin(pair.ends[0], WINDOW);
    (void)advance(&pair, FEW);
    print_hours("8 hours: DPD, all rekeyed", 8, &pair);
    bench_require(up(&pair) == FEW && ike_wire_failures(pair.ends[0]) == 0,
        "every tunnel stays up");
    pair_done(&pair);
}

/* One of them alone, for a profiler. */
static void
print_one(char **words)
{
    uint16_t group = (uint16_t)strtoul(words[0], NULL, 10);
    uint32_t tunnels = (uint32_t)strtoul(words[2], NULL, 10);
    struct figures figures =
        measure(group, strcmp(words[1], "yes") == 0, tunnels);

    (void)printf("{\"us\": %.0f, \"bare_us\": %.0f, \"ratio\": %.3f}\n",
        figures.ours_ns / 1000, figures.bare_ns / 1000,
        figures.bare_ns / figures.ours_ns);
}

/* ike [--json], or ike GROUP PFS TUNNELS: ike 14 yes 2000 */
int
main(int argc, char **argv)
{
    static const uint16_t groups[] = {2, 5, 14};

    if (argc == 4) {
        print_one(argv + 1);
        return 0;
    }
    for (size_t i = 0; i < 3; i++) {
        print_set_up(groups[i], false);
        print_set_up(groups[i], true);
    }
    print_memory_and_time();
    print_rekeying();
    return 0;
}
