/*
 * snmp_key.h - keys of SNMPv3 users from their passphrases.
 *
 * A passphrase becomes a key by a digest over a megabyte of its repetitions,
 * and the key of one engine by a digest with the engine's id (RFC 3414, A.2).
 * A cipher that wants more is given digests of what is there
 * (draft-blumenthal-aes-usm-04, 3.1.2.1).  Costs a millisecond or two.
 */
#ifndef CRYPTO_SNMP_KEY_H
#define CRYPTO_SNMP_KEY_H

#include "base/err.h"
#include "base/secret.h"
#include "crypto/prf.h"

/* wanted: bytes; 0: as many as the digest has.  ERR_INVALID: an empty
 * passphrase, or more bytes than a secret holds. */
MUST_CHECK enum err snmp_key(enum prf_kind kind,
    const struct secret *passphrase, struct prf_part engine, size_t wanted,
    struct secret *out_key);

#endif
