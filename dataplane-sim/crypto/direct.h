/*
 * direct.h - a provider's cipher without EVP around it; private to this room.
 *
 * EVP asks the cipher again for the length of its IV and finds the tag of
 * AES-GCM by comparing names: for a packet of 64 bytes that is more work than
 * the encryption.  The functions below it are public too (provider-cipher(7),
 * OSSL_PROVIDER_query_operation(3)): they are looked up once and called for
 * each packet.
 */
#ifndef CRYPTO_DIRECT_H
#define CRYPTO_DIRECT_H

#include "base/ahead.h"
#include "base/err.h"
#include "crypto/cipher.h"

#include <openssl/core_dispatch.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a provider has for one cipher.  NULL: it lacks that. */
struct direct_functions {
    void *provider; /* its context */
    size_t key_size;
    OSSL_FUNC_cipher_newctx_fn *make;
    OSSL_FUNC_cipher_freectx_fn *free;
    OSSL_FUNC_cipher_encrypt_init_fn *encrypt;
    OSSL_FUNC_cipher_decrypt_init_fn *decrypt;
    OSSL_FUNC_cipher_cipher_fn *run;
    OSSL_FUNC_cipher_final_fn *finish;
    OSSL_FUNC_cipher_get_ctx_params_fn *get;
    OSSL_FUNC_cipher_set_ctx_params_fn *set;
};

/* ERR_NOT_FOUND: the provider lacks a function that packets need. */
MUST_CHECK enum err direct_find(
    const EVP_CIPHER *algorithm, struct direct_functions *out_functions);

/* One key in one direction.  All zero: closed. */
struct direct {
    void *context;                           /* the provider's */
    OSSL_FUNC_cipher_encrypt_init_fn *start; /* or decrypt_init: same type */
    OSSL_FUNC_cipher_cipher_fn *run;
    const struct direct_functions *functions; /* borrowed */
};

/* The key has the algorithm's length; the functions outlive it.
 * ERR_EXHAUSTED: the provider refuses. */
MUST_CHECK enum err direct_open(struct direct *direct,
    const struct direct_functions *functions, enum cipher_direction direction,
    const uint8_t *key);
void direct_close(struct direct *direct); /* wipes the key */

/* As sa_ahead: that much of the context. */
static inline void
direct_ahead(const struct direct *direct, size_t size)
{
    ahead(direct->context, size);
}

/* The key stays, the IV is new. */
static inline bool
direct_start(const struct direct *direct, const uint8_t *iv, size_t size)
{
    return direct->start(direct->context, NULL, 0, iv, size, NULL) == 1;
}

/* In place.  Without out: bytes that are authenticated only. */
static inline bool
direct_run(const struct direct *direct, uint8_t *out, const uint8_t *bytes,
    size_t length)
{
    size_t done = 0;

    return direct->run(direct->context, out, &done, length, bytes, length) ==
               1 &&
           done == length;
}

#endif
