/*
 * seal.h - secrets as text that only this router can read.
 *
 * A sealed secret is "$e1$" and base64 of AES-256-SIV (RFC 5297) under the
 * router's key: 16 bytes of synthetic IV, then as many bytes as the secret
 * has.  It is deterministic, so the same secret gives the same text and
 * configuration backups do not churn; it also shows that two secrets are
 * equal, which is the price of that.  A secret of 200 bytes gives 292
 * characters.
 *
 * Thread M only.
 */
#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include "base/err.h"
#include "base/secret.h"

#include <stddef.h>
#include <stdint.h>

struct crypto;
struct sealer;
struct str;

enum {
    SEAL_KEY_SIZE = 64,   /* bytes                             */
    SEAL_LONG_MAX = 4096, /* of what is longer than a secret is */
};

/* Copies the key.  ERR_INVALID: not SEAL_KEY_SIZE bytes.  crypto is borrowed
 * for the sealer's life. */
MUST_CHECK enum err sealer_new(struct crypto *crypto, const struct secret *key,
    struct sealer **out_sealer);
void sealer_free(struct sealer *sealer); /* NULL is allowed; wipes */

/* Appends to out.  ERR_INVALID: the secret is empty.  ERR_EXHAUSTED: OpenSSL
 * refuses.  out is untouched on failure. */
MUST_CHECK enum err seal_text(
    const struct sealer *sealer, const struct secret *clear, struct str *out);

/* ERR_SYNTAX: not of the form above.  ERR_AUTH: damaged, or sealed under
 * another key.  ERR_EXHAUSTED: OpenSSL refuses. */
MUST_CHECK enum err unseal_text(
    const struct sealer *sealer, const char *text, struct secret *out_clear);

/* The same for what is too long for a struct secret, as a private key is:
 * at most SEAL_LONG_MAX bytes.  ERR_INVALID: empty, or longer. */
MUST_CHECK enum err seal_long(const struct sealer *sealer, const uint8_t *clear,
    size_t length, struct str *out);
/* Into room of SEAL_LONG_MAX bytes, which the caller wipes. */
MUST_CHECK enum err unseal_long(const struct sealer *sealer, const char *text,
    uint8_t *out_clear, size_t *out_length);

#endif
