/*
 * state.h - what an open struct crypto holds; private to this room.
 */
#ifndef CRYPTO_STATE_H
#define CRYPTO_STATE_H

#include "base/err.h"
#include "crypto/direct.h"
#include "crypto/random.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

struct lanes;

enum algorithm {
    ALGORITHM_DES_CBC,
    ALGORITHM_3DES_CBC,
    ALGORITHM_AES_128_CBC,
    ALGORITHM_AES_192_CBC,
    ALGORITHM_AES_256_CBC,
    ALGORITHM_AES_128_GCM,
    ALGORITHM_AES_256_GCM,
    ALGORITHM_PACKETS, /* those before it are called without EVP */
    ALGORITHM_AES_256_SIV = ALGORITHM_PACKETS,
    ALGORITHM_COUNT
};

enum { CRYPTO_PROVIDERS = 2 };

/* What is computed once for a Diffie-Hellman group, and only read from then
 * on, by any thread. */
struct dh_field {
    BIGNUM *prime; /* of a MODP group; NULL: a curve */
    BIGNUM *last;  /* prime - 1                      */
    BN_MONT_CTX *montgomery;
    EC_GROUP *curve;
};

enum { DH_GROUPS = 9 };

struct crypto {
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *providers[CRYPTO_PROVIDERS];
    EVP_CIPHER *ciphers[ALGORITHM_COUNT];
    struct direct_functions direct[ALGORITHM_PACKETS];
    struct random_source random;
    struct dh_field fields[DH_GROUPS];
    struct lanes *lanes; /* to make keys with; NULL: there are none */
};

/* dh.c.  ERR_NOT_FOUND: OpenSSL does not make one of the groups. */
MUST_CHECK enum err dh_fields_open(struct crypto *crypto);
void dh_fields_close(struct crypto *crypto); /* half-made is allowed */

#endif
