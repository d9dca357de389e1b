/*
 * reading.h - what the readers of the forms of files share.
 */
#ifndef PKI_READING_H
#define PKI_READING_H

#include "pki/inside.h"

#include "base/secret.h"

enum { PHRASE_ROOM = SECRET_MAX + 1 };

/* One file being read. */
struct reading {
    const struct pki *pki;
    const struct pki_file *file;
    struct parcel *parcel;
    struct diag *diag;
    uint64_t effort; /* rounds of derivation that are left */
};

/* ---- read.c ---- */

/* A sentence about the file; gives the error back. */
MUST_CHECK enum err refuse(
    const struct reading *reading, enum err error, const char *what);
/* Refused for its pass phrase: none is there, or a wrong one. */
MUST_CHECK enum err want_phrase(const struct reading *reading);
/* The pass phrase, terminated, "" without one; to be wiped. */
size_t phrase_of(const struct pki_file *file, char phrase[PHRASE_ROOM]);
/* Read again, so that it is of our own library context; false: malformed. */
bool take_again(const struct reading *reading, const X509 *x509);

/* ---- effort.c ---- */

enum { EFFORT_MAX = 2000000 }; /* rounds, for all of a file */

/* Before a key is derived from the pass phrase in the way that the file says:
 * are there rounds enough left for it?  They are taken off. */
MUST_CHECK enum err effort_for(
    struct reading *reading, const X509_ALGOR *algorithm);
/* The same for so many rounds; NULL: one. */
MUST_CHECK enum err effort_for_rounds(
    struct reading *reading, const ASN1_INTEGER *rounds);

/* ---- pkcs12.c ---- */

MUST_CHECK enum err take_pkcs12(struct reading *reading, BIO *bio);

#endif
