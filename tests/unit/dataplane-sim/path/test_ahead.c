/*
 * test_ahead.c - many tunnels at once: looking ahead changes nothing.
 */
#include "tests/support/bench_router.h"

#include "dp.h"

#include <criterion/criterion.h>

enum { MANY = 200 /* more than stay in the caches by themselves */ };

/* Each packet of a burst through another tunnel, some through one twice. */
static void
carry(enum transform transform)
{
    struct bench_router *router = bench_router_new(transform, MANY);
    uint32_t tunnels[BENCH_BURST];
    struct dp_interface_counters counters;

    for (uint32_t i = 0; i < BENCH_BURST; i++)
        tunnels[i] = i / 2 * 7 % MANY;
    for (unsigned outbound = 0; outbound < 2; outbound++) {
        bench_router_fill(router, outbound == 1, 200, tunnels);
        bench_router_run(router); /* ends the test if a packet is lost */
        dp_interface_counters(bench_router_dp(router),
            BENCH_FIRST_TUNNEL + tunnels[3], &counters);
        cr_expect_eq(outbound == 1 ? counters.out_user_packets
                                   : counters.in_user_packets,
            2, "direction %u", outbound);
    }
    bench_router_free(router);
}

Test(ahead, packets_of_many_tunnels_go_through_their_own)
{
    carry(TRANSFORM_ESP_AES128_HMAC_SHA);
    carry(TRANSFORM_ESP_AES128_GCM);
    carry(TRANSFORM_AH_HMAC_SHA);
}
