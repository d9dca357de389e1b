/*
 * pki.h - the router's keys, certificates and revocation lists, and whom it
 * believes because of them.
 *
 *    files, commands --> keys, certificates, lists <--> store
 *                              |
 *    configuration ----> trust: paths, revocation, use, names
 *                              |
 *                    struct ike_credentials, for the IKE engine
 *
 * The only room with OpenSSL's X.509, PKCS and CRL.  Private keys are sealed
 * in the store like every secret, and leave this room only as signatures.
 * The wall clock is a parameter (pki_set_time); random numbers of keys that
 * are made come from OpenSSL's own generator, which cannot be given another.
 * Thread M only, but for keys that are made (making.c).
 */
#ifndef PKI_PKI_H
#define PKI_PKI_H

#include "base/err.h"
#include "gen/enums.h"
#include "ike/ike.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diag;
struct ipsec;
struct participant;
struct pki;
struct sealer;
struct secret;
struct store;
struct str;

/* What is kept and looked at, at most. */
enum {
    PKI_KEYS_MAX = 4,
    PKI_CERTIFICATES_MAX = 256,
    PKI_CRLS_MAX = 64,
    PKI_PEER_CRLS_MAX = 32, /* up to which those count that peers bring */
    PKI_FILE_MAX = 4 * 1024 * 1024,  /* bytes of a file in the folder       */
    PKI_CERTIFICATE_MAX = 16 * 1024, /* bytes of one certificate            */
    PKI_PEER_CERTIFICATES_MAX = 10,  /* that one peer may send              */
    PKI_DEPTH_MAX = 8, /* CAs between a certificate and what is trusted */
    PKI_BITS_MIN = 1024,
    PKI_BITS_WEAK = 2048, /* shorter keys are used, with a warning */
    PKI_BITS_MAX = 4096,
    PKI_KNOWN_MAX = 16384, /* peers' certificates, to be looked at again */
    PKI_RECHECK_S = 60,
};

struct pki_params {
    const struct sealer *sealer; /* borrowed, as the next three are */
    struct store *store;
    const struct ipsec *ipsec; /* knows the numbers of virtual routers */
    const char *folder;        /* of files; NULL: there is none */
    uint64_t now_s;
};

/* Takes in what is stored.  ERR_IO; ERR_AUTH: a key was sealed under another
 * key file; each with its sentence. */
MUST_CHECK enum err pki_new(
    const struct pki_params *params, struct diag *diag, struct pki **out_pki);
void pki_free(struct pki *pki); /* NULL is allowed; wipes */

/* For store_check: can all that is stored be used?  sealer NULL: there is no
 * key file, so that keys are not opened. */
MUST_CHECK enum err pki_check(
    struct store *store, const struct sealer *sealer, struct diag *diag);

/* Seconds since 1970: what certificates are compared with. */
void pki_set_time(struct pki *pki, uint64_t now_s);

/* To join an engine with: `ipsec crl`, peers' keys, the router's identity. */
struct participant pki_participant(struct pki *pki);
/* For IKE; good for the life of the pki. */
struct ike_credentials pki_credentials(struct pki *pki);
/* Another number after all that can change a verdict, or what we present. */
uint64_t pki_epoch(const struct pki *pki);

/* Look again at a certificate that a peer was trusted by.  False: it is not
 * good any more, and why.  One that was never seen is good. */
bool pki_is_good(
    struct pki *pki, uint64_t certificate_id, struct ike_verdict *out_why);

/* ---- commands: each is done and stored, or refused with its sentence ---- */

/* A new key pair beside the ones that there are; the newest is used for
 * requests.  It takes seconds, in a thread of its own: begin, ask whether it
 * is done, and end, which waits where it is not, and puts it into the store;
 * or abandon it.  Both free.  NULL: no thread can be had.  ERR_EXHAUSTED. */
struct pki_making;

struct pki_making *pki_make_begin(unsigned bits);
bool pki_make_is_done(const struct pki_making *making);
MUST_CHECK enum err pki_make_end(struct pki *pki, struct pki_making *making,
    struct str *answer, struct diag *diag);
void pki_make_abandon(struct pki_making *making); /* NULL is allowed */
/* No private key is left, in memory or in the store. */
MUST_CHECK enum err pki_zeroize(
    struct pki *pki, struct str *answer, struct diag *diag);
/* PKCS #10 in PEM, for the newest key, with the names of `ipsec identity`. */
MUST_CHECK enum err pki_request(
    struct pki *pki, struct str *out_pem, struct diag *diag);

struct pki_file {
    const char *name; /* for people */
    enum certificate_format format;
    bool is_trusted; /* a CA's certificate is believed by itself */
    bool is_of_peer; /* nobody here asked for it                 */
    const uint8_t *bytes;
    size_t length;
    const struct secret *passphrase; /* NULL: none was given */
};

/* Certificates, keys and revocation lists, all that the file holds or none.
 * ERR_AUTH: it needs a pass phrase, or another one. */
MUST_CHECK enum err pki_import(struct pki *pki, const struct pki_file *file,
    struct str *answer, struct diag *diag);
bool pki_has_folder(const struct pki *pki);
/* The files *.cer and *.crl of the folder, again; what is wrong with one of
 * them stops none of the others. */
MUST_CHECK enum err pki_refresh(
    struct pki *pki, struct str *answer, struct diag *diag);
/* ERR_NOT_FOUND. */
MUST_CHECK enum err pki_delete(
    struct pki *pki, uint32_t number, struct str *answer, struct diag *diag);

/* ---- what comes from CAs by the network (mgmt/authority) ---- */

enum { PKI_URL_SIZE = 256 };

/* Where the certificate at this position says that revocation lists of its
 * issuer are: http and https only.  Returns how many. */
size_t pki_crl_urls(const struct pki *pki, size_t position,
    char (*out_urls)[PKI_URL_SIZE], size_t room);
/* Was it issued by the CA that the text names: its whole name, or its common
 * name? */
bool pki_is_issued_by(
    const struct pki *pki, size_t position, const char *authority);
/* Revocation lists, and nothing else that may be there.  ERR_MALFORMED: there
 * is none. */
MUST_CHECK enum err pki_take_lists(struct pki *pki, const struct pki_file *file,
    struct str *answer, struct diag *diag);
/* Certificates of our keys, at least one, and those of CAs that others signed:
 * nobody is trusted because of it. */
MUST_CHECK enum err pki_take_issued(struct pki *pki,
    const struct pki_file *file, struct str *answer, struct diag *diag);

/* A certificate of a file that is not taken in. */
struct pki_glimpse {
    char subject[IKE_TEXT_SIZE];
    char fingerprint[96]; /* SHA-256, AB:CD:... */
    bool is_self_signed;
    bool is_ca;
};

MUST_CHECK enum err pki_look(const struct pki *pki, const struct pki_file *file,
    struct pki_glimpse *out_rows, size_t room, size_t *out_count,
    struct diag *diag);
/* The CA with this fingerprint (SHA-256, with or without colons), which is
 * trusted, and those in the file that others signed.  ERR_AUTH: there is
 * none. */
MUST_CHECK enum err pki_take_authority(struct pki *pki,
    const struct pki_file *file, const char *fingerprint, struct str *answer,
    struct diag *diag);
/* Does anybody look at the lists of its issuer? */
bool pki_uses_lists(const struct pki *pki, size_t position);
/* PEM of all that is trusted by itself. */
void pki_trusted_pem(const struct pki *pki, struct str *out);
/* What we prove by TLS who we are, as PEM: the certificate that peers are shown
 * and those above it, and its key, heap, to be wiped (with its terminating
 * zero) and freed.  False: there is none. */
bool pki_tls_identity(
    const struct pki *pki, struct str *out_certificates, char **out_key);

/* ---- what there is, as values; by position, false: no more ---- */

struct pki_certificate_row {
    uint32_t number;
    enum certificate_kind kind;
    bool is_trusted;    /* a CA's that is believed by itself */
    const char *source; /* borrowed until the next command  */
    char subject[IKE_TEXT_SIZE];
    char issuer[IKE_TEXT_SIZE];
    char names[IKE_TEXT_SIZE]; /* alternative names, with commas */
    char serial[64];
    char fingerprint[96]; /* SHA-256 */
    char signature[64];   /* algorithm */
    uint64_t not_before_s;
    uint64_t not_after_s;
    uint32_t bits;
    uint32_t issuer_number; /* 0: not here, or itself */
    uint32_t key_number;    /* 0: no key of ours       */
    bool is_valid;          /* by its dates            */
    bool is_revoked;
    uint64_t id;
};

/* Its number alone; 0: no more. */
uint32_t pki_certificate_number(const struct pki *pki, size_t position);
bool pki_certificate(const struct pki *pki, size_t position,
    struct pki_certificate_row *out_row);

struct pki_crl_row {
    uint32_t number;
    const char *source;
    char issuer[IKE_TEXT_SIZE];
    uint64_t this_update_s;
    uint64_t next_update_s; /* 0: it does not say */
    uint64_t entries;
    bool is_current;
    bool is_known; /* its issuer's certificate is here */
};

bool pki_crl(
    const struct pki *pki, size_t position, struct pki_crl_row *out_row);

struct pki_key_row {
    uint32_t number;
    uint32_t bits;
    bool is_newest;
    uint32_t certificate_number; /* 0: none */
    struct str *spki_hex;        /* SubjectPublicKeyInfo, added to it; NULL:
                                    not wanted */
    char fingerprint[96];        /* SHA-256 of it */
};

/* out_row->spki_hex is the caller's to set before. */
bool pki_key(const struct pki *pki, size_t position, struct pki_key_row *row);

/* Have peers something to know us by: can rules with rsa-sig be used?  Not by
 * a certificate that is out of date or revoked. */
bool pki_is_usable(const struct pki *pki);
/* The own certificate that peers are shown if they ask for nothing special; 0:
 * none. */
uint32_t pki_presented(const struct pki *pki);
/* Number of the certificate that this peer's path ends in; 0: not known. */
uint32_t pki_anchor_of(const struct pki *pki, uint64_t certificate_id);
/* Is it a public key as `key-string` takes it?  Its bits; 0: no. */
unsigned pki_key_string_bits(const struct pki *pki, const char *hex);

#endif
