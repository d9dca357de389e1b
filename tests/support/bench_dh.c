/*
 * bench_dh.c - bare exponentiations.
 */
#include "tests/support/bench_dh.h"

#include "base/arena.h"
#include "tests/support/bench.h"

#include <openssl/bn.h>
#include <stdlib.h>

struct bench_dh {
    BIGNUM *prime;
    BIGNUM *two;
    BIGNUM *exponent;
    BIGNUM *peer;
    BIGNUM *result;
    BN_CTX *ctx;
    BN_MONT_CTX *mont;
};

static BIGNUM *
prime_of(uint16_t group)
{
    switch (group) {
    case 2:
        return BN_get_rfc2409_prime_1024(NULL);
    case 5:
        return BN_get_rfc3526_prime_1536(NULL);
    default:
        return BN_get_rfc3526_prime_2048(NULL);
    }
}

struct bench_dh *
bench_dh_new(uint16_t group, size_t exponent)
{
    struct bench_dh *dh = mem_alloc(sizeof *dh);

    dh->prime = prime_of(group);
    dh->two = BN_new();
    dh->exponent = BN_new();
    dh->peer = BN_new();
    dh->result = BN_new();
    dh->ctx = BN_CTX_new();
    dh->mont = BN_MONT_CTX_new();
    bench_require(BN_set_word(dh->two, 2) == 1 &&
                      BN_rand(dh->exponent, (int)exponent * 8, BN_RAND_TOP_ONE,
                          BN_RAND_BOTTOM_ODD) == 1 &&
                      BN_rand_range(dh->peer, dh->prime) == 1 &&
                      BN_MONT_CTX_set(dh->mont, dh->prime, dh->ctx) == 1,
        "numbers");
    BN_set_flags(dh->exponent, BN_FLG_CONSTTIME);
    return dh;
}

void
bench_dh_free(struct bench_dh *dh)
{
    BN_free(dh->prime);
    BN_free(dh->two);
    BN_free(dh->exponent);
    BN_free(dh->peer);
    BN_free(dh->result);
    BN_CTX_free(dh->ctx);
    BN_MONT_CTX_free(dh->mont);
    free(dh);
}

void
bench_dh_run(struct bench_dh *dh)
{
    const BIGNUM *const bases[] = {dh->two, dh->peer};

    for (size_t i = 0; i < 2; i++) {
        bench_require(BN_mod_exp_mont_consttime(dh->result, bases[i],
                          dh->exponent, dh->prime, dh->ctx, dh->mont) == 1,
            "an exponentiation");
    }
}
