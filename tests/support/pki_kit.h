/*
 * pki_kit.h - keys and certificates of a router for tests, without the rest
 * of it.
 */
#ifndef SUPPORT_PKI_KIT_H
#define SUPPORT_PKI_KIT_H

#include "base/diag.h"
#include "base/str.h"
#include "gen/enums.h"
#include "pki/pki.h"
#include "tests/support/ca.h"

struct pki_kit {
    struct crypto *crypto;
    struct sealer *sealer;
    struct store *store;
    struct pki *pki;
    char *folder;      /* NULL: none */
    struct str answer; /* of the last command */
    struct diag diag;
};

/* database, folder: paths, or NULL.  It is CA_NOW_S. */
struct pki_kit *pki_kit_new(const char *database, const char *folder);
void pki_kit_free(struct pki_kit *kit);
/* The process begins anew: what is stored is read. */
void pki_kit_restart(struct pki_kit *kit, const char *database);

/* The bytes are freed.  phrase NULL: none. */
enum err pki_kit_import(struct pki_kit *kit, enum certificate_format format,
    struct ca_bytes bytes, const char *phrase);
/* The same, and it must be done. */
void pki_kit_give(struct pki_kit *kit, struct ca_bytes der);
void pki_kit_trust(struct pki_kit *kit, struct ca_bytes der);
/* Settings of the system. */
void pki_kit_configure(
    struct pki_kit *kit, enum crl_use crl, uint32_t clock_skew);
/* The sentence of the first problem, or "". */
const char *pki_kit_problem(const struct pki_kit *kit);

#endif
