/*
 * ike.c - tunnels set up, kept, and what they weigh; two IKE engines of ours
 * over UDP sockets.
 *
 * Every tunnel is between its own pair of addresses, so that it needs a phase
 * 1 of its own.  The time is the processor's, of both ends together, with what
 * the kernel does for their sockets, and with the SAs made and keyed as the
 * packet engine gets them.  Beside it, in turns, the bare exponentiations that
 * the same tunnels need: ratio is bare by ours, the share of the time that
 * nobody could save; flat is the ratio by that of 200 tunnels.  With rsa-sig
 * that is also a signature of 2048 bits made and one verified at each end;
 * the certificate, which is looked into and verified every time, is not in it.
 */
#include "ike/ike.h"
#include "base/clock.h"
#include "crypto/dh.h"
#include "tests/support/bench.h"
#include "tests/support/bench_dh.h"
#include "tests/support/bench_rsa.h"
#include "tests/support/ike_wire.h"
#include "tests/support/pki_kit.h"

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

/* credentials NULL: preshared keys. */
static void
pair_init(struct pair *pair, uint32_t tunnels, uint16_t group, bool pfs,
    const struct ike_credentials *credentials)
{
    struct ike_wire_params params = {.tunnels = tunnels,
        .group = group,
        .pfs = pfs,
        .dpd = true,
        .credentials = credentials};

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

/* Signatures as often as exchanges without PFS; NULL: none. */
static uint64_t
bare_signatures(struct bench_rsa *rsa)
{
    uint64_t start = bench_spent_ns();

    for (int i = 0; rsa != NULL && i < BARE; i++)
        bench_rsa_run(rsa);
    return bench_spent_ns() - start;
}

/* Of one tunnel, both ends. */
struct figures {
    double ours_ns;
    double bare_ns;
};

/* What it is compared with. */
struct limit {
    struct bench_dh *dh;
    struct bench_rsa *rsa; /* NULL: preshared keys */
    unsigned exchanges;    /* of both ends */
};

/* Sums, not medians of the turns: tunnels come up in troops. */
static struct figures
set_up(struct pair *pair, const struct limit *limit)
{
    uint64_t ours = 0;
    uint64_t powers = 0;
    uint64_t signatures = 0;
    unsigned turns = 0;

    ike_wire_begin(pair->ends[0], WINDOW);
    for (uint32_t at = SLICE; at <= pair->tunnels; at += SLICE) {
        ours += advance(pair, at);
        powers += bare(limit->dh);
        signatures += bare_signatures(limit->rsa);
        turns++;
    }
    bench_require(ike_wire_failures(pair->ends[0]) == 0 &&
                      ike_wire_failures(pair->ends[1]) == 0,
        "every negotiation");
    return (struct figures){(double)ours / pair->tunnels,
        ((double)powers * limit->exchanges + (double)signatures * 2) /
            (turns * BARE)};
}

static struct figures
measure(uint16_t group, bool pfs, uint32_t tunnels,
    const struct ike_credentials *credentials)
{
    const struct limit least = {
        .dh = bench_dh_new(group, dh_exponent_size(group)),
        .rsa = credentials != NULL ? bench_rsa_new() : NULL,
        .exchanges = pfs ? 4 : 2, /* g^x and g^xy at each end, so often */
    };
    unsigned rounds = tunnels < 1000 ? ROUNDS : 1;
    double ours[ROUNDS];
    double limit[ROUNDS];

    for (unsigned round = 0; round < rounds; round++) {
        struct figures figures;
        struct pair pair;

        pair_init(&pair, tunnels, group, pfs, credentials);
        figures = set_up(&pair, &least);
        ours[round] = figures.ours_ns;
        limit[round] = figures.bare_ns;
        pair_done(&pair);
    }
    bench_dh_free(least.dh);
    if (least.rsa != NULL)
        bench_rsa_free(least.rsa);
    return (struct figures){
        bench_median(ours, rounds), bench_median(limit, rounds)};
}

static void
print_set_up(uint16_t group, bool pfs)
{
    static const uint32_t counts[] = {200, 2000, 10000};
    double first = 0;

    for (size_t i = 0; i < 3; i++) {
        struct figures figures = measure(group, pfs, counts[i], NULL);
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

/* ---- rsa-sig ---- */

/* A CA and a gateway's certificate of it, which both ends show. */
static struct pki_kit *
certificates(void)
{
    static const struct ca_order root = {.key = CA_KEY_STRONG,
        .signer = CA_KEY_STRONG,
        .subject = "C=XT,O=Bench,CN=Root",
        .is_ca = true};
    static const struct ca_order gate = {.key = CA_KEY_STRONG,
        .signer = CA_KEY_STRONG,
        .subject = "C=XT,O=Bench,CN=gate.test",
        .issuer = "C=XT,O=Bench,CN=Root",
        .serial = 2,
        .names = "DNS:gate.test"};
    struct pki_kit *kit = pki_kit_new(NULL, NULL);

    pki_kit_configure(kit, CRL_USE_OPTIONAL, 0);
    pki_kit_give(kit, ca_certificate(&root));
    pki_kit_give(kit, ca_private_key(CA_KEY_STRONG));
    pki_kit_give(kit, ca_certificate(&gate));
    return kit;
}

static void
print_signed(uint16_t group)
{
    struct pki_kit *kit = certificates();
    const struct ike_credentials credentials = pki_credentials(kit->pki);
    struct figures figures = measure(group, false, 200, &credentials);

    (void)printf("{\"what\": \"set up, rsa-sig\", \"group\": %u, "
                 "\"rsa_bits\": 2048, \"tunnels\": 200, "
                 "\"per_core_s\": %.0f, \"us\": %.0f, \"bare_us\": %.0f, "
                 "\"ratio\": %.3f}\n",
        group, 1e9 / figures.ours_ns, figures.ours_ns / 1000,
        figures.bare_ns / 1000, figures.bare_ns / figures.ours_ns);
    (void)fflush(stdout);
    pki_kit_free(kit);
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

    pair_init(&pair, MANY, 2, false, NULL);
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

    pair_init(&pair, FEW, 2, false, NULL);
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
        measure(group, strcmp(words[1], "yes") == 0, tunnels, NULL);

    (void)printf("{\"us\": %.0f, \"bare_us\": %.0f, \"ratio\": %.3f}\n",
        figures.ours_ns / 1000, figures.bare_ns / 1000,
        figures.bare_ns / figures.ours_ns);
}

/* ike [--json], ike rsa-sig, or ike GROUP PFS TUNNELS: ike 14 yes 2000 */
int
main(int argc, char **argv)
{
    static const uint16_t groups[] = {2, 5, 14};

    if (argc == 4) {
        print_one(argv + 1);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "rsa-sig") == 0) {
        print_signed(2);
        print_signed(14);
        return 0;
    }
    for (size_t i = 0; i < 3; i++) {
        print_set_up(groups[i], false);
        print_set_up(groups[i], true);
    }
    print_signed(2);
    print_signed(14);
    print_memory_and_time();
    print_rekeying();
    return 0;
}
