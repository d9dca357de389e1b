/*
 * random.h - where unpredictable bytes come from.
 *
 * A source is a value: a function and its context.  The system's is for
 * running, the seeded one gives the same bytes in every run and is for tests
 * and simulations only.
 */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct crypto;

struct random_source {
    void (*fill)(void *context, uint8_t *bytes, size_t length);
    void *context;
};

/* OpenSSL's generator, seeded by the kernel.  Aborts if that fails: there is
 * no safe way to go on.  crypto is borrowed for the source's life. */
struct random_source random_system(struct crypto *crypto);

struct random_seed {
    uint64_t state;
};

/* SplitMix64: not secret at all.  seed is borrowed for the source's life. */
struct random_source random_seeded(struct random_seed *seed, uint64_t number);

#endif
