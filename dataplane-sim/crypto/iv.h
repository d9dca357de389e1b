/*
 * iv.h - a stream of unpredictable initialisation vectors for one SA.
 *
 * RFC 2405, 3 wants an IV that nobody can predict; a counter, or the last
 * ciphertext block, would not do.  Asking the random generator per packet
 * costs half a microsecond, locks, and sometimes a system call.  So each
 * outbound SA has its own AES-256-CTR key stream, keyed from the random
 * source when the SA is made, and takes its IVs from that: no system call
 * and no allocation after that, and more IVs than an SA has packets.
 */
#ifndef CRYPTO_IV_H
#define CRYPTO_IV_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crypto;
struct iv_stream;

/* ERR_EXHAUSTED: OpenSSL refuses. */
MUST_CHECK enum err iv_stream_new(
    struct crypto *crypto, struct iv_stream **out_stream);
/* As sa_ahead, in steps 0, 1. */
void iv_stream_ahead(const struct iv_stream *stream, unsigned step);
void iv_stream_free(struct iv_stream *stream); /* NULL is allowed; wipes */

/* The next size bytes, a cipher's block.  False if OpenSSL refuses. */
MUST_CHECK bool iv_stream_take(
    struct iv_stream *stream, uint8_t *iv, size_t size);

#endif
