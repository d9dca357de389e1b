/*
 * prf.h - hashes and HMACs of whole messages, for IKE.
 *
 * RFC 2409 calls HMAC over the negotiated hash `prf`.  These are for control
 * messages: a key is used once or twice, so nothing is kept between calls;
 * packets have hmac.h.
 */
#ifndef CRYPTO_PRF_H
#define CRYPTO_PRF_H

#include <stddef.h>
#include <stdint.h>

enum prf_kind { PRF_MD5, PRF_SHA1, PRF_SHA256, PRF_SHA384, PRF_SHA512 };

enum { PRF_SIZE_MAX = 64 }; /* bytes */

/* Of what goes in, one piece after the other. */
struct prf_part {
    const void *bytes;
    size_t length;
};

size_t prf_size(enum prf_kind kind); /* bytes of the digest */

/* digest has room for prf_size(kind). */
void prf_hash(enum prf_kind kind, const struct prf_part *parts, size_t count,
    uint8_t *digest);
/* HMAC (RFC 2104); a key may have any length, none included.  key may be
 * where the digest goes. */
void prf_mac(enum prf_kind kind, struct prf_part key,
    const struct prf_part *parts, size_t count, uint8_t *digest);

#endif
