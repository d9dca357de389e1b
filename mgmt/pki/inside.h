/*
 * inside.h - what the files of this room share.
 *
 * All of OpenSSL's objects are made in a library context of the room's own,
 * so that nothing depends on the host's openssl.cnf.
 */
#ifndef PKI_INSIDE_H
#define PKI_INSIDE_H

#include "pki/pki.h"

#include "config/config.h"

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

enum { DIGEST_SIZE = 32, PROVIDERS = 2, SAID_BODY_MAX = 255 };

/* The router's own. */
struct key {
    uint32_t number;
    EVP_PKEY *pkey;
    uint8_t spki[DIGEST_SIZE]; /* SHA-256 of the public half */
};

struct certificate {
    uint32_t number;
    X509 *x509;
    bool is_trusted;
    uint8_t *der; /* heap */
    size_t length;
    char *source; /* heap */
    uint8_t spki[DIGEST_SIZE];
};

struct crl {
    uint32_t number;
    X509_CRL *crl;
    uint8_t *der; /* heap */
    size_t length;
    char *source; /* heap */
};

/* A peer's certificate that was trusted, and what it rested on. */
struct known {
    uint64_t id;
    uint64_t used_s;
    uint32_t anchor; /* number of the certificate */
    uint8_t *der;    /* heap: all that it needs but what is here, one behind
                        the other, the leaf first */
    size_t length;
};

/* Lifetime: a router's. */
struct pki {
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *providers[PROVIDERS];
    const struct sealer *sealer;
    struct store *store;
    const struct ipsec *ipsec;
    char *folder; /* NULL: none */
    uint64_t now_s;
    uint64_t epoch;
    struct config *running; /* NULL: before the first commit */
    struct config *planned;
    struct key keys[PKI_KEYS_MAX]; /* the newest last */
    size_t key_count;
    struct certificate certificates[PKI_CERTIFICATES_MAX];
    size_t certificate_count;
    struct crl crls[PKI_CRLS_MAX];
    size_t crl_count;
    uint32_t last_number; /* of certificates and lists */
    uint32_t last_key;
    X509_STORE *anchors; /* NULL: to be made anew */
    struct known *known; /* by id */
    size_t known_count;
    size_t known_room;
    uint8_t said[SAID_BODY_MAX]; /* the identity that was told last */
};

/* ---- library.c ---- */

MUST_CHECK enum err library_open(struct pki *pki, struct diag *diag);
void library_close(struct pki *pki);
/* SHA-256. */
void digest(const uint8_t *bytes, size_t length, uint8_t out[DIGEST_SIZE]);
/* Of a certificate, or of a public key; false: there is none to read. */
bool spki_digest(const X509 *x509, uint8_t out[DIGEST_SIZE]);
bool pkey_digest(EVP_PKEY *pkey, uint8_t out[DIGEST_SIZE]);
uint64_t certificate_id(const uint8_t *der, size_t length);
/* NULL: malformed, too long, or with something behind it. */
X509 *read_certificate(
    const struct pki *pki, const uint8_t *bytes, size_t length);
X509_CRL *read_crl(const struct pki *pki, const uint8_t *bytes, size_t length);
/* SubjectPublicKeyInfo, or a bare RSA key; NULL: neither. */
EVP_PKEY *read_public_key(
    const struct pki *pki, const uint8_t *bytes, size_t length);
/* Bits of an RSA key; 0: it is another kind, or none. */
unsigned rsa_bits(const EVP_PKEY *pkey);
/* Is it RSA of a length that can be used, with a small exponent?  False: why,
 * as the end of a sentence "its key ...". */
bool key_is_fit(const EVP_PKEY *pkey, const char **out_why);
/* Seconds since 1970; false: it is not a time. */
bool read_time(const ASN1_TIME *time, uint64_t *out_s);
/* All of the value is text without a zero byte. */
bool text_is_whole(const ASN1_STRING *string);

/* ---- texts.c ---- */

/* Cut where it does not fit. */
void name_write(const X509_NAME *name, char *out, size_t size);
void serial_write(const X509 *x509, char *out, size_t size);
/* 2021-01-01 00:00:00; "an unreadable time". */
void time_write(const ASN1_TIME *time, char *out, size_t size);
/* "C=XT, CN=gate (serial 05, of C=XT, CN=CA)" */
void certificate_write(const X509 *x509, char *out, size_t size);
/* The same name, in this order or from the end? */
bool name_equals_text(const X509_NAME *name, const char *text);
/* The algorithm that signed it. */
const char *signature_name(const X509 *x509);

/* ---- names.c ---- */

enum { ID_ADDRESS = 1, ID_FQDN = 2, ID_USER_FQDN = 3, ID_DN = 9 };

/* A zero byte in a name that counts: made to be taken for another one. */
bool names_are_whole(const X509 *x509);
/* Does the certificate hold this identity (RFC 2407, 4.6.2)? */
bool certificate_holds(const X509 *x509, uint8_t type, struct ike_blob body);
/* What it holds, in words. */
void names_write(const X509 *x509, char *out, size_t size);
/* The first identity of this type, in said or, a subject, borrowed from the
 * certificate. */
bool certificate_identity(const X509 *x509, uint8_t type,
    uint8_t said[SAID_BODY_MAX], struct ike_blob *out_body);
/* The identity of a claim in words. */
void identity_write(const struct ike_claim *claim, char *out, size_t size);

/* ---- scope.c ---- */

/* Does the list speak for all certificates that it is for?  False: why not, as
 * the end of a sentence "the list ...". */
bool crl_is_whole(const X509_CRL *crl, const char **out_why);
bool crl_is_for_the_same(const X509_CRL *a, const X509_CRL *b);

/* ---- shelf.c ---- */

/* What is to be added or removed in one go. */
struct parcel {
    EVP_PKEY *keys[PKI_KEYS_MAX];
    size_t key_count;
    X509 *certificates[PKI_CERTIFICATES_MAX];
    size_t certificate_count;
    X509_CRL *crls[PKI_CRLS_MAX];
    size_t crl_count;
    bool is_full; /* there was more */
};

void parcel_done(struct parcel *parcel);
/* Each takes over what it is given; it goes where there is no room. */
void parcel_add_key(struct parcel *parcel, EVP_PKEY *key);
void parcel_add_certificate(struct parcel *parcel, X509 *x509);
void parcel_add_crl(struct parcel *parcel, X509_CRL *crl);

MUST_CHECK enum err shelf_load(struct pki *pki, struct diag *diag);
void shelf_clear(struct pki *pki);
/* Look at what is new, store it, and take it over. */
MUST_CHECK enum err shelf_put(struct pki *pki, struct parcel *parcel,
    const struct pki_file *file, struct str *answer, struct diag *diag);
struct key *key_of(struct pki *pki, const uint8_t spki[DIGEST_SIZE]);
bool certificate_is_own(const struct pki *pki, const struct certificate *at);
/* The certificate here that signed this one, by its name and signature; NULL:
 * none, or itself. */
const struct certificate *issuer_of(const struct pki *pki, X509 *x509);
bool is_self_signed(X509 *x509);
/* Something changed: verdicts and chains are made anew. */
void pki_changed(struct pki *pki);

/* ---- trust.c ---- */

/* The mode in force for what this CA issued. */
enum crl_use crl_use_of(const struct pki *pki, const X509_NAME *issuer);
uint64_t clock_skew(const struct pki *pki);
/* Is it the CA that the text names: its whole name, or its common name? */
bool is_named(const X509_NAME *issuer, const char *text);
/* Is `leaf` good by a path to what we trust?  others: what came along (NULL:
 * nothing).  Where it is, the path, which the caller frees. */
bool trust_path(struct pki *pki, X509 *leaf, STACK_OF(X509) * others,
    STACK_OF(X509) * *out_path, struct ike_verdict *verdict);
/* false, and the reason. */
bool distrust(struct ike_verdict *verdict, enum ike_reason reason,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool certificate_is_in_time(const struct pki *pki, const X509 *x509);
/* Is it on a list that is here, whatever mode its CA's lists are used in? */
bool certificate_is_revoked(const struct pki *pki, X509 *x509);

/* ---- known.c ---- */

/* True: it was not known yet. */
bool known_put(struct pki *pki, uint64_t id, STACK_OF(X509) * path);
void known_free(struct pki *pki);

/* ---- judge.c ---- */

void judge(void *context, const struct ike_claim *claim,
    struct ike_verdict *out_verdict);
/* ---- present.c ---- */

bool is_usable(void *context);
size_t own_chain(void *context, const struct ike_identity *us,
    const struct ike_blob *authorities, size_t count, struct ike_blob *out,
    size_t room);
bool identify(void *context, struct ike_blob certificate,
    const struct ike_identity *wanted, uint32_t local, uint8_t *out_type,
    struct ike_blob *out_body);
size_t trusted_names(void *context, struct ike_blob *out, size_t room);
size_t sign(void *context, struct ike_blob certificate, struct ike_blob hash,
    uint8_t *out, size_t room);

/* ---- peer_keys.c ---- */

/* One of the keys that are entered for this peer: for where it is, or for who
 * it says that it is. */
struct entered_key {
    const struct object *at; /* NULL: before the first */
    EVP_PKEY *key;           /* the caller's to free; NULL: it cannot be read */
    bool is_of_name;
};

bool next_peer_key(const struct pki *pki, const struct ike_claim *claim,
    struct entered_key *entered);
bool has_peer_keys(const struct pki *pki);

/* ---- read.c ---- */

/* What a file holds. ERR_AUTH: a pass phrase is missing or wrong. */
MUST_CHECK enum err file_read(const struct pki *pki,
    const struct pki_file *file, struct parcel *parcel, struct diag *diag);

#endif
