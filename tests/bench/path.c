/*
 * path.c - what a packet through the whole path costs beside the bare OpenSSL
 * calls.
 *
 * For each transform, direction and length in clear, these work on the same
 * 64 packets, in turns within one process:
 *
 *    limit   the EVP calls alone, on keyed contexts (bench_evp.h)
 *    path    in at a port in memory, through input, route, protection, route
 *            and output, and out at the other one: the real packet engine
 *
 * ratio is limit by path: 1.00 is as fast as OpenSSL alone, less is slower;
 * more where our HMAC, which copies a keyed state, saves what EVP_MAC spends
 * on asking for memory.  Fails if a packet made OpenSSL allocate.
 */
#include "tests/support/bench.h"
#include "tests/support/bench_evp.h"
#include "tests/support/bench_router.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct {
    const char *name;
    enum transform transform;
} transforms[] = {
    {"ah-hmac-md5", TRANSFORM_AH_HMAC_MD5},
    {"ah-hmac-sha", TRANSFORM_AH_HMAC_SHA},
    {"ah-hmac-sha256", TRANSFORM_AH_HMAC_SHA256},
    {"esp-hmac-md5", TRANSFORM_ESP_HMAC_MD5},
    {"esp-hmac-sha", TRANSFORM_ESP_HMAC_SHA},
    {"esp-hmac-sha256", TRANSFORM_ESP_HMAC_SHA256},
    {"esp-des", TRANSFORM_ESP_DES},
    {"esp-des-hmac-md5", TRANSFORM_ESP_DES_HMAC_MD5},
    {"esp-des-hmac-sha", TRANSFORM_ESP_DES_HMAC_SHA},
    {"esp-des-hmac-sha256", TRANSFORM_ESP_DES_HMAC_SHA256},
    {"esp-3des", TRANSFORM_ESP_3DES},
    {"esp-3des-hmac-md5", TRANSFORM_ESP_3DES_HMAC_MD5},
    {"esp-3des-hmac-sha", TRANSFORM_ESP_3DES_HMAC_SHA},
    {"esp-3des-hmac-sha256", TRANSFORM_ESP_3DES_HMAC_SHA256},
    {"esp-aes128", TRANSFORM_ESP_AES128},
    {"esp-aes128-hmac-md5", TRANSFORM_ESP_AES128_HMAC_MD5},
    {"esp-aes128-hmac-sha", TRANSFORM_ESP_AES128_HMAC_SHA},
    {"esp-aes128-hmac-sha256", TRANSFORM_ESP_AES128_HMAC_SHA256},
    {"esp-aes192", TRANSFORM_ESP_AES192},
    {"esp-aes192-hmac-md5", TRANSFORM_ESP_AES192_HMAC_MD5},
    {"esp-aes192-hmac-sha", TRANSFORM_ESP_AES192_HMAC_SHA},
    {"esp-aes192-hmac-sha256", TRANSFORM_ESP_AES192_HMAC_SHA256},
    {"esp-aes256", TRANSFORM_ESP_AES256},
    {"esp-aes256-hmac-md5", TRANSFORM_ESP_AES256_HMAC_MD5},
    {"esp-aes256-hmac-sha", TRANSFORM_ESP_AES256_HMAC_SHA},
    {"esp-aes256-hmac-sha256", TRANSFORM_ESP_AES256_HMAC_SHA256},
    {"esp-aes128-gcm", TRANSFORM_ESP_AES128_GCM},
    {"esp-aes256-gcm", TRANSFORM_ESP_AES256_GCM},
};
/* clang-format on */

static const uint32_t lengths[] = {64, 512, 1400};

/* What the contenders for one figure share. */
struct setting {
    struct bench_router *router;
    struct bench_evp *evp;
    bool outbound;
    uint32_t length;
    unsigned long allocations; /* while the path ran */
};

static void
fill(void *context)
{
    static const uint32_t all_the_same[BENCH_BURST];
    struct setting *s = context;

    bench_router_empty(s->router);
    bench_router_fill(s->router, s->outbound, s->length, all_the_same);
}

static void
run_path(void *context)
{
    struct setting *s = context;
    unsigned long before = bench_evp_allocations();

    bench_router_run(s->router);
    s->allocations += bench_evp_allocations() - before;
}

static void
run_limit(void *context)
{
    struct setting *s = context;

    for (size_t i = 0; i < BENCH_BURST; i++)
        bench_evp_run(s->evp, bench_router_waiting(s->router, i));
}

static unsigned long
measure(struct bench_router *router, size_t row, bool outbound, uint32_t length)
{
    struct setting s = {.router = router,
        .evp = bench_evp_new(transforms[row].transform, outbound, length),
        .outbound = outbound,
        .length = length};
    const struct bench_contender contenders[] = {
        {fill, run_limit, &s},
        {fill, run_path,  &s},
    };
    struct bench_result result;

    bench_compare(contenders, 2, &result);
    (void)printf("{\"transform\": \"%s\", \"direction\": \"%s\", "
                 "\"bytes\": %u, \"limit_ns\": %.1f, \"path_ns\": %.1f, "
                 "\"ratio\": %.3f, \"allocations\": %lu}\n",
        transforms[row].name, outbound ? "out" : "in", length,
        result.ns[0] / BENCH_BURST, result.ns[1] / BENCH_BURST, result.ratio[1],
        s.allocations);
    (void)fflush(stdout);
    bench_router_empty(router);
    bench_evp_free(s.evp);
    return s.allocations;
}

/* An argument names the only transform to measure. */
int
main(int argc, char **argv)
{
    const char *only = argc == 2 && argv[1][0] != '-' ? argv[1] : NULL;
    unsigned long total = bench_evp_allocations();

    total = 0;
    for (size_t row = 0; row < sizeof transforms / sizeof transforms[0];
         row++) {
        struct bench_router *router;

        if (only != NULL && strcmp(only, transforms[row].name) != 0)
            continue;
        router = bench_router_new(transforms[row].transform, 1);
        for (size_t i = 0; i < 6; i++)
            total += measure(router, row, i < 3, lengths[i % 3]);
        bench_router_free(router);
    }
    return total == 0 ? 0 : 1;
}
