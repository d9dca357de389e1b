/*
 * path_tunnels.c - 10,000 tunnels at random beside one tunnel.
 *
 * The same packets, through the whole packet engine between two ports in
 * memory: all through the only tunnel of a router, whose SA stays in the
 * caches; and each through another of 10,000, whose routes, SAs and contexts do
 * not. ratio is one by random.
 */
#include "tests/support/bench.h"
#include "tests/support/bench_router.h"

#include <stdio.h>

enum { TUNNELS = 10000 };

static const struct {
    const char *name;
    enum transform transform;
} transforms[] = {
    {"esp-aes128-hmac-sha", TRANSFORM_ESP_AES128_HMAC_SHA},
    {"esp-aes128-gcm",      TRANSFORM_ESP_AES128_GCM     },
    {"esp-3des-hmac-sha",   TRANSFORM_ESP_3DES_HMAC_SHA  },
};

static const uint32_t lengths[] = {64, 512, 1400};

struct setting {
    struct bench_router *router;
    bool outbound;
    bool is_random;
    uint32_t length;
    uint32_t state; /* of the generator */
};

/* xorshift: where packets go, the same in each run. */
static uint32_t
next_random(struct setting *s)
{
    s->state ^= s->state << 13;
    s->state ^= s->state >> 17;
    s->state ^= s->state << 5;
    return s->state;
}

static void
fill(void *context)
{
    struct setting *s = context;
    uint32_t tunnels[BENCH_BURST] = {0};

    for (size_t i = 0; s->is_random && i < BENCH_BURST; i++)
        tunnels[i] = next_random(s) % TUNNELS;
    bench_router_fill(s->router, s->outbound, s->length, tunnels);
}

static void
run(void *context)
{
    const struct setting *s = context;

    bench_router_run(s->router);
}

static void
measure(struct bench_router *const routers[2], const char *name, bool outbound,
    uint32_t length)
{
    struct setting one = {.router = routers[0],
        .outbound = outbound,
        .length = length,
        .state = 1};
    struct setting all = one;
    const struct bench_contender contenders[] = {
        {fill, run, &one},
        {fill, run, &all},
    };
    struct bench_result result;

    all.router = routers[1];
    all.is_random = true;
    bench_compare(contenders, 2, &result);
    (void)printf("{\"transform\": \"%s\", \"direction\": \"%s\", "
                 "\"bytes\": %u, \"tunnels\": %d, \"one_ns\": %.1f, "
                 "\"random_ns\": %.1f, \"ratio\": %.3f}\n",
        name, outbound ? "out" : "in", length, TUNNELS,
        result.ns[0] / BENCH_BURST, result.ns[1] / BENCH_BURST,
        result.ratio[1]);
    (void)fflush(stdout);
}

int
main(void)
{
    for (size_t row = 0; row < sizeof transforms / sizeof transforms[0];
         row++) {
        struct bench_router *const routers[] = {
            bench_router_new(transforms[row].transform, 1),
            bench_router_new(transforms[row].transform, TUNNELS),
        };

        for (size_t i = 0; i < 6; i++)
            measure(routers, transforms[row].name, i < 3, lengths[i % 3]);
        bench_router_free(routers[0]);
        bench_router_free(routers[1]);
    }
    return 0;
}
