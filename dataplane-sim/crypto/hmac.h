/*
 * hmac.h - HMAC-MD5, HMAC-SHA-1 and HMAC-SHA-256 (RFC 2104), keyed once, run
 * per packet.
 *
 * ESP and AH send the first 96 bits of the first two (RFC 2403, RFC 2404) and
 * the first 128 of the third (RFC 4868).  The digests after
 * the inner and the outer padded key are kept, so a message costs only its
 * own blocks and one more; nothing is allocated.
 *
 * A struct hmac belongs to one thread at a time: start, add..., then finish
 * or matches.
 */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include "base/err.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hmac;

enum hmac_kind { HMAC_NONE, HMAC_MD5, HMAC_SHA1, HMAC_SHA256 };

enum {
    HMAC_SIZE_MAX = 32, /* bytes */
    HMAC_ICV_MAX = 16,
};

/* Bytes of the whole digest, which is also the key size that RFC 2403, 2404
 * and 4868 ask for.  0 for HMAC_NONE. */
size_t hmac_size(enum hmac_kind kind);
/* Bytes of it that ESP and AH send. */
size_t hmac_icv(enum hmac_kind kind);

/* A key may have any length here but zero.  ERR_INVALID: no key, or kind is
 * HMAC_NONE.  ERR_EXHAUSTED: OpenSSL refuses. */
MUST_CHECK enum err hmac_new(
    enum hmac_kind kind, const struct secret *key, struct hmac **out_hmac);
/* As sa_ahead. */
void hmac_ahead(const struct hmac *hmac);
void hmac_free(struct hmac *hmac); /* NULL is allowed; wipes */

void hmac_start(struct hmac *hmac);
void hmac_add(struct hmac *hmac, const void *bytes, size_t length);
/* The first size bytes of the digest, at most hmac_size. */
void hmac_finish(struct hmac *hmac, uint8_t *digest, size_t size);
/* The same, compared in constant time. */
MUST_CHECK bool hmac_matches(
    struct hmac *hmac, const uint8_t *digest, size_t size);
/* Two digests, or their first bytes, in constant time. */
MUST_CHECK bool hmac_equal(const uint8_t *a, const uint8_t *b, size_t size);

#endif
