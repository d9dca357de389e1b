/*
 * aead.h - AES-GCM, keyed once, run per packet: encryption and authentication
 * in one pass (RFC 4106 gives its use in ESP).
 *
 * The nonce must never come twice under one key: who calls aead_seal sees to
 * that.  A struct aead works in one direction and belongs to one thread at a
 * time; nothing is allocated per packet.
 */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include "base/err.h"
#include "base/secret.h"
#include "crypto/cipher.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aead;
struct crypto;

enum aead_kind { AEAD_NONE, AEAD_AES_128_GCM, AEAD_AES_256_GCM };

/* Bytes.  The salt is the nonce's first part and comes with the key. */
enum { AEAD_SALT = 4, AEAD_IV = 8, AEAD_TAG = 16 };

/* Bytes of key and salt together (RFC 4106, 8.1).  0 for AEAD_NONE. */
size_t aead_key_size(enum aead_kind kind);

/* ERR_INVALID: the key is not of that size or kind is AEAD_NONE.
 * ERR_EXHAUSTED: OpenSSL refuses. */
MUST_CHECK enum err aead_new(struct crypto *crypto, enum aead_kind kind,
    enum cipher_direction direction, const struct secret *key,
    struct aead **out_aead);
/* As sa_ahead, in steps 0, 1. */
void aead_ahead(const struct aead *aead, unsigned step);
void aead_free(struct aead *aead); /* NULL is allowed; wipes */

/* What is authenticated only, and the bytes that are encrypted too. */
struct aead_text {
    const uint8_t *header;
    size_t header_length;
    uint8_t *bytes; /* in place */
    size_t length;
};

/* iv: AEAD_IV bytes.  tag: AEAD_TAG bytes, written.  False if OpenSSL
 * refuses. */
MUST_CHECK bool aead_seal(struct aead *aead, const uint8_t *iv,
    const struct aead_text *text, uint8_t *tag);
/* False: the tag is wrong; the bytes are of no use then. */
MUST_CHECK bool aead_open(struct aead *aead, const uint8_t *iv,
    const struct aead_text *text, const uint8_t *tag);

#endif
