/*
 * papers.h - what struct ike_credentials asks for, in a few lines: real RSA
 * keys, and certificates that are none.
 *
 *    certificate = 'C' | identity type 1 | length 1 | identity | length 1 |
 *                  issuer | length 2 | public key | padding
 *
 * A paper of a CA has the identity type 9 and its name as identity.  A chain
 * is believed where its last issuer is trusted.  Keys are those of
 * tests/vectors/ike_rsa.txt, by name.
 */
#ifndef SUPPORT_PAPERS_H
#define SUPPORT_PAPERS_H

#include "ike/ike.h"

#include <openssl/evp.h>

enum { PAPERS_MAX = 12, PAPER_ROOM = 7000, PAPERS_TRUSTED_MAX = 12 };

struct paper {
    uint8_t bytes[PAPER_ROOM];
    size_t length;
};

/* One end's.  Give it to ike_set_credentials as papers_credentials(). */
struct papers {
    EVP_PKEY *key;
    struct paper chain[PAPERS_MAX]; /* ours, the own one first */
    size_t count;
    const char *trusted[PAPERS_TRUSTED_MAX];
    size_t trusted_count;
    bool has_no_key;
    bool signs_wrongly;
    bool knows_bare_keys; /* whoever sends none is believed, by our key */
    bool keys_are_of_addresses;
    enum ike_reason verdict; /* of whoever would be believed; none: believed */
    bool has_verdict;
    /* counted */
    unsigned judged;
    unsigned signed_count;
    size_t most_certificates; /* that came with one claim */
    size_t asked;             /* CAs that the peer asked for, last */
    uint64_t last_id;
};

/* The key of that name; the certificate is for this identity, by that CA, and
 * so long at least. */
void papers_init(struct papers *papers, const char *key);
void papers_done(struct papers *papers);
void papers_add(struct papers *papers, uint8_t type, const char *identity,
    const char *issuer, size_t length);
/* For an address. */
void papers_add_address(
    struct papers *papers, uint32_t address, const char *issuer);
void papers_trust(struct papers *papers, const char *name);
struct ike_credentials papers_credentials(struct papers *papers);

/* Words of a line of tests/vectors/ike_rsa.txt that begins with these two; a
 * buffer that the caller frees.  Ends the program where there is none. */
char *papers_line(const char *first, const char *second);
EVP_PKEY *papers_key(const char *name);

#endif
