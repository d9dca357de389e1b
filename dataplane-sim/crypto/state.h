/*
 * state.h - what an open struct crypto holds; private to this room.
 */
#ifndef CRYPTO_STATE_H
#define CRYPTO_STATE_H

#include "crypto/direct.h"
#include "crypto/random.h"

#include <openssl/evp.h>
#include <openssl/provider.h>

enum algorithm {
    ALGORITHM_DES_CBC,
    ALGORITHM_3DES_CBC,
    ALGORITHM_AES_128_CBC,
    ALGORITHM_AES_192_CBC,
    ALGORITHM_AES_256_CBC,
    ALGORITHM_AES_128_GCM,
    ALGORITHM_AES_256_GCM,
    ALGORITHM_PACKETS, /* those before it are called without EVP */
    ALGORITHM_AES_256_CTR = ALGORITHM_PACKETS,
    ALGORITHM_AES_256_SIV,
    ALGORITHM_COUNT
};

enum { CRYPTO_PROVIDERS = 2 };

struct crypto {
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *providers[CRYPTO_PROVIDERS];
    EVP_CIPHER *ciphers[ALGORITHM_COUNT];
    struct direct_functions direct[ALGORITHM_PACKETS];
    struct random_source random;
};

#endif
