/*
 * check.c - can what is stored be used?  For a database that is looked at
 * while no router runs on it.
 *
 * A router starts all the same where a row cannot be used, and only logs it;
 * here each such row is told, with its way out.
 */
#include "pki/shelf.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/secret.h"
#include "crypto/seal.h"
#include "store/store.h"

#include <openssl/err.h>
#include <stdlib.h>

enum { KINDS = STORE_PKI_CRL + 1 };

/* One look at all rows. */
struct look {
    struct pki *pki; /* for its library alone */
    const struct sealer *sealer;
    struct diag *diag;
    size_t counts[KINDS];
    unsigned problems;
};

static const struct {
    const char *table;
    size_t most;
} kinds[KINDS] = {
    [STORE_PKI_KEY] = {"pki_key",         PKI_KEYS_MAX        },
    [STORE_PKI_CERTIFICATE] = {"pki_certificate", PKI_CERTIFICATES_MAX},
    [STORE_PKI_CRL] = {"pki_crl",         PKI_CRLS_MAX        },
};

/* Of a row: "row 3 of pki_key", then this. */
static void
tell(struct look *look, const struct store_pki *item, const char *what)
{
    const bool is_key = item->kind == STORE_PKI_KEY;

    diag_add(look->diag, DIAG_ERROR, NULL, NULL, "Row %u of %s%s%.200s%s %s",
        item->number, kinds[item->kind].table, is_key ? "" : " (",
        is_key ? "" : item->name, is_key ? "" : ")", what);
    look->problems++;
}

/* ---- rows ---- */

static void
check_opened(struct look *look, const struct store_pki *item,
    const uint8_t *der, size_t length)
{
    EVP_PKEY *key = read_private_key(look->pki, der, length);
    const char *why = NULL;

    if (key == NULL) {
        tell(look, item,
            "opens, but holds no private key: delete it with sqlite3, and "
            "make or import a key.");
    } else if (!key_is_fit(key, &why)) {
        tell(look, item,
            "holds a key that cannot be used: delete it with sqlite3, and "
            "make or import a key.");
    }
    EVP_PKEY_free(key);
}

static void
check_key(struct look *look, const struct store_pki *item)
{
    uint8_t der[SEAL_LONG_MAX];
    size_t length = 0;
    enum err error;

    if (look->sealer == NULL)
        return; /* its form was looked at by the store */
    error = unseal_long(look->sealer, item->name, der, &length);
    if (error == OK) {
        check_opened(look, item, der, length);
    } else if (error == ERR_AUTH) {
        tell(look, item,
            "was sealed under another secret.key, or is damaged: put that "
            "file back with `ermined --import-key`, or delete the row with "
            "sqlite3 and make a key anew.");
    } else {
        tell(look, item,
            "holds no sealed key: delete it with sqlite3, and make or import "
            "a key.");
    }
    wipe(der, sizeof der);
}

static void
check_paper(struct look *look, const struct store_pki *item)
{
    bool is_read;

    if (item->kind == STORE_PKI_CERTIFICATE) {
        X509 *x509 = read_certificate(look->pki, item->der, item->length);

        is_read = x509 != NULL;
        X509_free(x509);
    } else {
        X509_CRL *crl = read_crl(look->pki, item->der, item->length);

        is_read = crl != NULL;
        X509_CRL_free(crl);
    }
    ERR_clear_error();
    if (!is_read) {
        tell(look, item,
            "cannot be read: delete it with sqlite3, and import the file "
            "again.");
    }
}

static void
check_item(void *context, const struct store_pki *item)
{
    struct look *look = context;

    look->counts[item->kind]++;
    if (item->kind == STORE_PKI_KEY) {
        check_key(look, item);
    } else {
        check_paper(look, item);
    }
}

/* ---- all of them ---- */

static void
check_counts(struct look *look)
{
    for (size_t kind = 0; kind < KINDS; kind++) {
        if (look->counts[kind] <= kinds[kind].most)
            continue;
        diag_add(look->diag, DIAG_ERROR, NULL, NULL,
            "%s has %zu rows, and the router uses %zu: delete what is not "
            "needed with sqlite3.",
            kinds[kind].table, look->counts[kind], kinds[kind].most);
        look->problems++;
    }
}

enum err
pki_check(struct store *store, const struct sealer *sealer, struct diag *diag)
{
    struct pki *pki = mem_alloc(sizeof *pki);
    struct look look = {.pki = pki, .sealer = sealer, .diag = diag};
    enum err error = library_open(pki, diag);

    if (error == OK)
        error = store_pki_load(store, check_item, &look, diag);
    if (error == OK)
        check_counts(&look);
    library_close(pki);
    free(pki);
    return error == OK && look.problems > 0 ? ERR_MALFORMED : error;
}
