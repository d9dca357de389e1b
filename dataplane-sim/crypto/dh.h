/*
 * dh.h - Diffie-Hellman key exchange for IKE.
 *
 *    1 2 5         RFC 2409, 6.1 and 6.2; RFC 3526, 2   768 1024 1536 bits
 *    14 15 16      RFC 3526, 3 to 5                    2048 3072 4096 bits
 *    19 20 21      RFC 5903                             P-256 P-384 P-521
 *
 * A public value of a MODP group is sent as long as the modulus; that of an
 * elliptic curve as x and y.  The peer's is refused unless it has that
 * length and is an element that gives a secret: 1 < y < p - 1, or a point on
 * the curve.
 *
 * Private exponents are drawn from crypto_random, so that a seeded router
 * repeats its exchanges.
 */
#ifndef CRYPTO_DH_H
#define CRYPTO_DH_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crypto;
struct dh;

enum { DH_SIZE_MAX = 512 }; /* bytes of a public value or a secret */

struct dh_value {
    size_t length;
    uint8_t bytes[DH_SIZE_MAX];
};

bool dh_group_is_known(uint16_t group);
/* Bytes of a public value; 0: the group is not known. */
size_t dh_public_size(uint16_t group);
/* Bytes of a private exponent: twice the bits of the strength that RFC 3526, 8
 * gives the group, at least; 0: the group is not known. */
size_t dh_exponent_size(uint16_t group);

/* Draws a key pair.  ERR_INVALID: no such group.  ERR_EXHAUSTED: OpenSSL
 * refuses.  crypto is borrowed for the pair's life. */
MUST_CHECK enum err dh_new(
    struct crypto *crypto, uint16_t group, struct dh **out_dh);
void dh_free(struct dh *dh); /* NULL is allowed; wipes */

const struct dh_value *dh_public(const struct dh *dh);

/* ERR_MALFORMED: the peer's value has the wrong length or is not in the
 * group.  ERR_EXHAUSTED: OpenSSL refuses.  To be wiped by the caller. */
MUST_CHECK enum err dh_shared(const struct dh *dh, const uint8_t *peer,
    size_t length, struct dh_value *out_secret);

#endif
