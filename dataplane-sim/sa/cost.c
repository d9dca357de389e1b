/*
 * cost.c - what a transform costs on this machine, measured.
 */
#include "base/clock.h"
#include "crypto/lanes.h"
#include "pkt/pkt.h"
#include "sa/sa.h"

#include <string.h>

enum { ROUNDS = 4, NS_PER_US = 1000, LENGTH = SA_COST_LENGTH };

static struct pkt *
clear_packet(struct pkt_pool *pool)
{
    const struct ip4 ip = {.total_length = LENGTH, .ttl = 64};
    struct pkt *pkt = pkt_new(pool);

    memset(pkt_append(pkt, LENGTH), 0, LENGTH);
    ip4_write(pkt->at, &ip);
    return pkt;
}

/* A burst of them out, as thread D does it; false: something refuses. */
static bool
send_burst(struct sa *sa, struct lanes *lanes, struct pkt *const *packets)
{
    const struct sa_outer outer = {.ttl = 64};
    struct sa_work works[PKT_BURST];
    size_t i;

    for (i = 0; i < PKT_BURST; i++) {
        if (!sa_can_wait(sa)) {
            if (sa_out(sa, packets[i], &outer) != DROP_NONE)
                return false;
        } else if (sa_out_begin(sa, packets[i], &outer, &works[i]) !=
                   DROP_NONE) {
            return false;
        }
    }
    if (sa_can_wait(sa))
        sa_works(lanes, works, PKT_BURST);
    return true;
}

/* The quickest of some rounds, ns for a burst; 0: something refuses. */
static uint64_t
measure(struct sa *sa, struct lanes *lanes, struct pkt_pool *pool)
{
    struct pkt *packets[PKT_BURST];
    uint64_t best = UINT64_MAX;
    bool is_good = true;

    for (unsigned round = 0; round < ROUNDS && is_good; round++) {
        uint64_t began;
        uint64_t took;

        for (size_t i = 0; i < PKT_BURST; i++)
            packets[i] = clear_packet(pool);
        began = clock_monotonic_us();
        is_good = send_burst(sa, lanes, packets);
        took = clock_monotonic_us() - began;
        if (took < best)
            best = took;
        for (size_t i = 0; i < PKT_BURST; i++)
            pkt_free(packets[i]);
    }
    return is_good ? best * NS_PER_US : 0;
}

uint32_t
sa_cost_ns(struct crypto *crypto, enum transform transform)
{
    const struct sa_transform *sizes = sa_transform_of(transform);
    struct sa_params params = {
        .direction = SA_OUTBOUND,
        .transform = transform,
        .spi = 0x1000,
        .encryption_key = {.length = sizes->encryption_key},
        .authentication_key = {.length = sizes->authentication_key},
    };
    struct pkt_pool *pool;
    struct lanes *lanes;
    struct sa *sa;
    uint64_t ns;

    if (sa_new(crypto, &params, &sa) != OK)
        return 0;
    pool = pkt_pool_new(PKT_BURST);
    lanes = lanes_new();
    ns = measure(sa, lanes, pool);
    lanes_free(lanes);
    sa_free(sa);
    pkt_pool_free(pool);
    return (uint32_t)(ns / PKT_BURST);
}
