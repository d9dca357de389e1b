/*
 * mint.h - a CA for tests: issues certificates for requests, revokes them, and
 * packs them as EST does.  All times are the caller's; keys are real.
 */
#ifndef SUPPORT_MINT_H
#define SUPPORT_MINT_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mint;

/* What a certificate says besides its names. */
struct mint_terms {
    uint64_t from_s;
    uint64_t to_s;
    const char *crl_url; /* NULL: no distribution point */
};

/* A CA of this common name, whose certificate it signs itself; above: whose
 * it is signed by, or NULL. */
struct mint *mint_new(
    const char *name, const struct mint_terms *terms, const struct mint *above);
void mint_free(struct mint *mint);
/* DER of the CA's certificate; SHA-256 of it in hexadecimal. */
void mint_certificate(const struct mint *mint, struct str *out);
void mint_fingerprint(const struct mint *mint, struct str *out);
/* DER of a certificate for a request in PEM, with its subject; the number of
 * what was issued, from 1, is its serial.  False: that is no request. */
bool mint_issue(struct mint *mint, const char *request,
    const struct mint_terms *terms, struct str *out);
/* DER of a revocation list with these serials. */
void mint_list(const struct mint *mint, uint64_t from_s, uint64_t to_s,
    const unsigned *serials, size_t count, struct str *out);
/* Base64, in lines, of PKCS #7 with these certificates (DER). */
void mint_pack(const struct str *certificates, size_t count, struct str *out);

#endif
