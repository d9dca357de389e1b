/*
 * ca.h - a CA for tests: certificates, revocation lists and PKCS #12 files of
 * any make, also wrong ones.
 *
 * Keys are those of tests/vectors/rsa_keys.pem, which are no secret, and
 * signatures by PKCS #1 v1.5 have nothing random: what is made is the same in
 * every run.
 */
#ifndef SUPPORT_CA_H
#define SUPPORT_CA_H

#include "ike/ike.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of the file. */
enum ca_key {
    CA_KEY_ROOT, /* 1024 bits, as the next five */
    CA_KEY_SUB,
    CA_KEY_GATE, /* the router's  */
    CA_KEY_PEER,
    CA_KEY_OTHER, /* another CA's  */
    CA_KEY_SPARE,
    CA_KEY_SHORT,  /* 512 bits      */
    CA_KEY_STRONG, /* 2048 bits    */
    CA_KEY_CURVE,  /* P-256, no RSA */
    CA_KEY_LONG,   /* 4096 bits     */
    CA_KEY_COUNT
};

/* The time that certificates are made for, and its years, in seconds. */
enum { CA_NOW_S = 1420452000, CA_YEAR_S = 365 * 86400 };

enum ca_flaw {
    CA_ZERO_IN_NAME = 1,     /* gate.test<0>.evil.test as DNS name */
    CA_UNKNOWN_CRITICAL = 2, /* an extension that nobody knows     */
    CA_SIGNATURE_WRONG = 4,  /* its last byte differs              */
    CA_EXTENSION_BROKEN = 8, /* key usage that is no bit string    */
    CA_HUGE = 16,            /* 20 KiB of an extension             */
    CA_ZERO_IN_SUBJECT = 32, /* in the common name                 */
    CA_EXPONENT_HUGE = 64,   /* of the public key                  */
};

/* What is left out is as it should be; times 0: a year ago, in a year. */
struct ca_order {
    enum ca_key key;
    const char *subject; /* "C=XT,O=Test,CN=gate" */
    enum ca_key signer;
    const char *issuer; /* NULL: the subject */
    uint32_t serial;
    int64_t from_s; /* since 1970 */
    int64_t to_s;
    bool is_ca;
    int path_length;            /* of a CA; 0: none is said, n: n - 1       */
    const char *usage;          /* of the key; NULL: fit; "": not there     */
    const char *extended;       /* NULL: not there                          */
    const char *names;          /* "DNS:gate.test,IP:192.0.2.1"; NULL: none */
    const char *digest;         /* NULL: SHA256                             */
    const char *issuers_issuer; /* in authorityKeyIdentifier; NULL: not */
    unsigned flaws;
};

/* Heap; ca_free. */
struct ca_bytes {
    uint8_t *bytes;
    size_t length;
};

void ca_free(struct ca_bytes *bytes);
struct ike_blob ca_blob(const struct ca_bytes *bytes);

struct ca_bytes ca_certificate(const struct ca_order *order); /* DER */
/* A list of this issuer; to_s 0: does not say when the next one is due. */
struct ca_bytes ca_crl(enum ca_key signer, const char *issuer, int64_t from_s,
    int64_t to_s, const uint32_t *serials, size_t count);
/* An empty one that is not whole: scope is "delta", or what an issuing
 * distribution point says, as openssl.cnf has it: "onlyuser:TRUE". */
struct ca_bytes ca_partial_crl(enum ca_key signer, const char *issuer,
    int64_t from_s, int64_t to_s, const char *scope);
struct ca_bytes ca_private_key(enum ca_key key); /* PKCS #8, DER */
struct ca_bytes ca_public_key(enum ca_key key);  /* SubjectPublicKeyInfo */
/* The key under a pass phrase. */
struct ca_bytes ca_sealed_key(enum ca_key key, const char *phrase);
/* NULL certificates: only the key. */
struct ca_bytes ca_pkcs12(enum ca_key key, const struct ca_bytes *certificate,
    const struct ca_bytes *others, size_t count, const char *phrase);
/* "CERTIFICATE", "X509 CRL", "PRIVATE KEY"; added to what is there. */
void ca_add_pem(
    struct ca_bytes *to, const char *label, const struct ca_bytes *der);
/* DER of a name. */
struct ca_bytes ca_name(const char *text);
/* PKCS #1 v1.5 over the bare hash. */
struct ca_bytes ca_sign(
    enum ca_key key, const uint8_t *hash, size_t hash_length);

#endif
