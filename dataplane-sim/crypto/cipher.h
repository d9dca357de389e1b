/*
 * cipher.h - DES, 3DES and AES in CBC mode, keyed once, run per packet.
 *
 * RFC 2405 (DES-CBC in ESP), RFC 2451 (3DES-CBC) and RFC 3602 (AES-CBC).
 * There is no padding here: ESP brings its own.  A packet costs a new IV and
 * the blocks; nothing is allocated, fetched or keyed again.
 *
 * A struct cipher works in one direction and belongs to one thread at a time.
 */
#ifndef CRYPTO_CIPHER_H
#define CRYPTO_CIPHER_H

#include "base/err.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crypto;
struct cipher;

enum cipher_kind {
    CIPHER_NONE,
    CIPHER_DES_CBC,
    CIPHER_3DES_CBC,
    CIPHER_AES_128_CBC,
    CIPHER_AES_192_CBC,
    CIPHER_AES_256_CBC,
};
enum cipher_direction { CIPHER_DECRYPT, CIPHER_ENCRYPT };

enum { CIPHER_BLOCK_MAX = 16 }; /* bytes */

/* Bytes; parity bits are counted and ignored.  0 for CIPHER_NONE. */
size_t cipher_key_size(enum cipher_kind kind);
/* Bytes of a block, which is also the size of the IV; 0 for CIPHER_NONE. */
size_t cipher_block(enum cipher_kind kind);

/* ERR_INVALID: the key is not of that size or kind is CIPHER_NONE.
 * ERR_EXHAUSTED: OpenSSL refuses. */
MUST_CHECK enum err cipher_new(struct crypto *crypto, enum cipher_kind kind,
    enum cipher_direction direction, const struct secret *key,
    struct cipher **out_cipher);
/* As sa_ahead, in steps 0, 1. */
void cipher_ahead(const struct cipher *cipher, unsigned step);
void cipher_free(struct cipher *cipher); /* NULL is allowed; wipes */

/* A block of zeros, for who wants one as IV. */
extern const uint8_t cipher_zero_block[CIPHER_BLOCK_MAX];

/* In place; length is a multiple of the block, iv has a block's bytes and may
 * stand just before bytes.  False if OpenSSL refuses. */
MUST_CHECK bool cipher_run(
    struct cipher *cipher, const uint8_t *iv, uint8_t *bytes, size_t length);

#endif
