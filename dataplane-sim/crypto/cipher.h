/*
 * cipher.h - DES-CBC and 3DES-CBC, keyed once, run per packet.
 *
 * RFC 2405 (DES-CBC in ESP) and RFC 2451 (3DES-CBC in ESP).  There is no
 * padding here: ESP brings its own.  A packet costs a new IV and the blocks;
 * nothing is allocated, fetched or keyed again.
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

enum cipher_kind { CIPHER_NONE, CIPHER_DES_CBC, CIPHER_3DES_CBC };
enum cipher_direction { CIPHER_DECRYPT, CIPHER_ENCRYPT };

enum { CIPHER_BLOCK = 8 }; /* bytes, of the IV too */

/* Bytes; parity bits are counted and ignored.  0 for CIPHER_NONE. */
size_t cipher_key_size(enum cipher_kind kind);

/* ERR_INVALID: the key is not of that size or kind is CIPHER_NONE.
 * ERR_EXHAUSTED: OpenSSL refuses. */
MUST_CHECK enum err cipher_new(struct crypto *crypto, enum cipher_kind kind,
    enum cipher_direction direction, const struct secret *key,
    struct cipher **out_cipher);
void cipher_free(struct cipher *cipher); /* NULL is allowed; wipes */

/* In place; length is a multiple of CIPHER_BLOCK, iv has CIPHER_BLOCK bytes
 * and may stand just before bytes.  False if OpenSSL refuses. */
MUST_CHECK bool cipher_run(
    struct cipher *cipher, const uint8_t *iv, uint8_t *bytes, size_t length);

#endif
