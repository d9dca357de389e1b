/*
 * provider.h - the cryptographic library, opened once for one router.
 *
 * A struct crypto is a library context of our own, so that nothing depends
 * on the host's openssl.cnf: the default and the legacy provider are loaded
 * explicitly (single DES lives in the latter) and every cipher is fetched
 * here, once.  Keyed contexts are made from it in thread M; thread D uses
 * those, never this.
 *
 * Owner: whoever opened it; it must outlive all that was made from it.
 */
#ifndef CRYPTO_PROVIDER_H
#define CRYPTO_PROVIDER_H

#include "base/err.h"
#include "crypto/random.h"

#include <stddef.h>
#include <stdint.h>

struct crypto;
struct diag;
struct lanes;

/* ERR_NOT_FOUND with one sentence in diag for each provider or algorithm
 * that this host lacks. */
MUST_CHECK enum err crypto_open(struct diag *diag, struct crypto **out_crypto);
void crypto_close(struct crypto *crypto); /* NULL is allowed */

/* What lane_keys_new wants; NULL: this machine has no lanes. */
const struct lanes *crypto_lanes(const struct crypto *crypto);

/* Unpredictable bytes: from the system, or from the source set here.  The
 * source's context is borrowed until another is set. */
void crypto_random(struct crypto *crypto, uint8_t *bytes, size_t length);
void crypto_set_random(struct crypto *crypto, struct random_source source);

#endif
