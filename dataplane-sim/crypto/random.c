/*
 * random.c - the only reader of randomness.
 */
#include "crypto/random.h"

#include "crypto/state.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

static void
fill_from_system(void *context, uint8_t *bytes, size_t length)
{
    struct crypto *crypto = context;

    if (RAND_bytes_ex(crypto->library, bytes, length, 0) == 1)
        return;
    (void)fputs("fatal: the random generator failed\n", stderr);
    abort();
}

struct random_source
random_system(struct crypto *crypto)
{
    return (struct random_source){fill_from_system, crypto};
}

static uint64_t
splitmix_next(struct random_seed *seed)
{
    uint64_t z;

    seed->state += UINT64_C(0x9e3779b97f4a7c15);
    z = seed->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void
fill_from_seed(void *context, uint8_t *bytes, size_t length)
{
    uint64_t word = 0;

    for (size_t i = 0; i < length; i++) {
        if (i % sizeof word == 0)
            word = splitmix_next(context);
        bytes[i] = (uint8_t)(word >> (8 * (i % sizeof word)));
    }
}

struct random_source
random_seeded(struct random_seed *seed, uint64_t number)
{
    seed->state = number;
    return (struct random_source){fill_from_seed, seed};
}
