/*
 * bench_evp.h - the bare OpenSSL calls that one packet of a transform needs:
 * the limit that the packet path is measured against.
 *
 * On keyed contexts: a fresh IV and the cipher, EVP_MAC with the key that it
 * has (which allocates, in OpenSSL 3.0), or AES-GCM with its tag.  No header
 * is written, nothing is copied, no random byte is drawn.
 */
#ifndef SUPPORT_BENCH_EVP_H
#define SUPPORT_BENCH_EVP_H

#include "sa/sa.h"

#include <stdbool.h>
#include <stdint.h>

struct bench_evp;

struct bench_evp *bench_evp_new(
    enum transform transform, bool outbound, uint32_t inner_length);
void bench_evp_free(struct bench_evp *evp);
/* Works in place on the bytes of an inner packet, and up to 64 after them. */
void bench_evp_run(struct bench_evp *evp, uint8_t *bytes);

/* Calls of malloc and realloc by OpenSSL so far; counted from the first call
 * on, which is to come before any other use of OpenSSL. */
unsigned long bench_evp_allocations(void);

#endif
