/*
 * shelf.c - keys, certificates and lists in memory, as they are in the store.
 *
 * What comes in is first looked at as a whole, then written in one
 * transaction, then taken over: a refusal leaves everything as it was.
 */
#include "pki/inside.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "crypto/seal.h"
#include "pki/shelf.h"
#include "store/store.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

/* ---- parcels ---- */

void
parcel_add_key(struct parcel *parcel, EVP_PKEY *key)
{
    if (parcel->key_count < PKI_KEYS_MAX) {
        parcel->keys[parcel->key_count++] = key;
    } else {
        parcel->is_full = true;
        EVP_PKEY_free(key);
    }
}

void
parcel_add_certificate(struct parcel *parcel, X509 *x509)
{
    for (size_t i = 0; i < parcel->certificate_count; i++) {
        if (X509_cmp(parcel->certificates[i], x509) == 0) {
            X509_free(x509);
            return;
        }
    }
    if (parcel->certificate_count < PKI_CERTIFICATES_MAX) {
        parcel->certificates[parcel->certificate_count++] = x509;
    } else {
        parcel->is_full = true;
        X509_free(x509);
    }
}

void
parcel_add_crl(struct parcel *parcel, X509_CRL *crl)
{
    if (parcel->crl_count < PKI_CRLS_MAX) {
        parcel->crls[parcel->crl_count++] = crl;
    } else {
        parcel->is_full = true;
        X509_CRL_free(crl);
    }
}

void
parcel_done(struct parcel *parcel)
{
    for (size_t i = 0; i < parcel->key_count; i++)
        EVP_PKEY_free(parcel->keys[i]);
    for (size_t i = 0; i < parcel->certificate_count; i++)
        X509_free(parcel->certificates[i]);
    for (size_t i = 0; i < parcel->crl_count; i++)
        X509_CRL_free(parcel->crls[i]);
    *parcel = (struct parcel){.key_count = 0};
}

/* ---- what is here ---- */

static void
key_done(struct key *key)
{
    EVP_PKEY_free(key->pkey); /* wipes */
    *key = (struct key){.number = 0};
}

static void
certificate_done(struct certificate *at)
{
    X509_free(at->x509);
    free(at->der);
    free(at->source);
    *at = (struct certificate){.number = 0};
}

static void
crl_done(struct crl *at)
{
    X509_CRL_free(at->crl);
    free(at->der);
    free(at->source);
    *at = (struct crl){.number = 0};
}

void
shelf_drop_keys(struct pki *pki)
{
    for (size_t i = 0; i < pki->key_count; i++)
        key_done(&pki->keys[i]);
    pki->key_count = 0;
}

void
shelf_drop_certificate(struct pki *pki, size_t position)
{
    certificate_done(&pki->certificates[position]);
    pki->certificate_count--;
    memmove(&pki->certificates[position], &pki->certificates[position + 1],
        (pki->certificate_count - position) * sizeof pki->certificates[0]);
}

void
shelf_drop_crl(struct pki *pki, size_t position)
{
    crl_done(&pki->crls[position]);
    pki->crl_count--;
    memmove(&pki->crls[position], &pki->crls[position + 1],
        (pki->crl_count - position) * sizeof pki->crls[0]);
}

void
shelf_clear(struct pki *pki)
{
    shelf_drop_keys(pki);
    while (pki->certificate_count > 0)
        shelf_drop_certificate(pki, pki->certificate_count - 1);
    while (pki->crl_count > 0)
        shelf_drop_crl(pki, pki->crl_count - 1);
}

struct key *
key_of(struct pki *pki, const uint8_t spki[DIGEST_SIZE])
{
    for (size_t i = 0; i < pki->key_count; i++) {
        if (memcmp(pki->keys[i].spki, spki, DIGEST_SIZE) == 0)
            return &pki->keys[i];
    }
    return NULL;
}

bool
certificate_is_own(const struct pki *pki, const struct certificate *at)
{
    for (size_t i = 0; i < pki->key_count; i++) {
        if (memcmp(pki->keys[i].spki, at->spki, DIGEST_SIZE) == 0)
            return true;
    }
    return false;
}

/* ---- taking over ---- */

static uint8_t *
copy_of(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = mem_alloc(length);

    memcpy(copy, bytes, length);
    return copy;
}

/* The key is taken over. */
void
shelf_take_key(struct pki *pki, uint32_t number, EVP_PKEY *pkey)
{
    struct key *key = &pki->keys[pki->key_count++];

    key->number = number;
    key->pkey = pkey;
    (void)pkey_digest(pkey, key->spki);
    if (number > pki->last_key)
        pki->last_key = number;
}

/* The certificate is taken over; what item points to is copied. */
void
shelf_take_certificate(
    struct pki *pki, X509 *x509, const struct store_pki *item)
{
    struct certificate *at = &pki->certificates[pki->certificate_count++];

    *at = (struct certificate){
        .number = item->number,
        .x509 = x509,
        .is_trusted = item->is_trusted,
        .der = copy_of(item->der, item->length),
        .length = item->length,
        .source = mem_strdup(item->source),
    };
    (void)spki_digest(x509, at->spki);
    if (item->number > pki->last_number)
        pki->last_number = item->number;
}

void
shelf_take_crl(struct pki *pki, X509_CRL *crl, const struct store_pki *item)
{
    struct crl *at = &pki->crls[pki->crl_count++];

    *at = (struct crl){
        .number = item->number,
        .crl = crl,
        .der = copy_of(item->der, item->length),
        .length = item->length,
        .source = mem_strdup(item->source),
    };
    if (item->number > pki->last_number)
        pki->last_number = item->number;
}

/* ---- from the store ---- */

/* What cannot be read stays there, is told, and stops nothing: a router that
 * does not start for it would help nobody. */

EVP_PKEY *
read_private_key(const struct pki *pki, const uint8_t *der, size_t length)
{
    const uint8_t *at = der;
    EVP_PKEY *key =
        d2i_AutoPrivateKey_ex(NULL, &at, (long)length, pki->library, NULL);

    ERR_clear_error();
    return key;
}

static void
load_key(struct pki *pki, const struct store_pki *item)
{
    uint8_t der[SEAL_LONG_MAX];
    size_t length = 0;
    EVP_PKEY *pkey = NULL;

    if (unseal_long(pki->sealer, item->name, der, &length) == OK)
        pkey = read_private_key(pki, der, length);
    wipe(der, sizeof der);
    if (item->number > pki->last_key)
        pki->last_key = item->number;
    if (pkey != NULL && pki->key_count < PKI_KEYS_MAX) {
        shelf_take_key(pki, item->number, pkey);
        return;
    }
    EVP_PKEY_free(pkey);
    log_event(LOG_ERROR, "ikepki", "KEY",
        "RSA key %u cannot be used: it was sealed under another key file; put "
        "that one back with `ermined --import-key`, or make a key anew",
        item->number);
}

static bool
load_certificate(struct pki *pki, const struct store_pki *item)
{
    X509 *x509 = read_certificate(pki, item->der, item->length);

    if (x509 == NULL || pki->certificate_count == PKI_CERTIFICATES_MAX) {
        X509_free(x509);
        return false;
    }
    shelf_take_certificate(pki, x509, item);
    return true;
}

static bool
load_crl(struct pki *pki, const struct store_pki *item)
{
    X509_CRL *crl = read_crl(pki, item->der, item->length);

    if (crl == NULL || pki->crl_count == PKI_CRLS_MAX) {
        X509_CRL_free(crl);
        return false;
    }
    shelf_take_crl(pki, crl, item);
    return true;
}

static void
load_item(void *context, const struct store_pki *item)
{
    bool is_read = true;

    if (item->kind == STORE_PKI_KEY) {
        load_key(context, item);
    } else if (item->kind == STORE_PKI_CERTIFICATE) {
        is_read = load_certificate(context, item);
    } else {
        is_read = load_crl(context, item);
    }
    if (!is_read) {
        log_event(LOG_ERROR, "ikepki", "CERTIFICATE",
            "certificate or list %u of the database cannot be read: delete its "
            "row with sqlite3 and import the file again",
            item->number);
    }
}

enum err
shelf_load(struct pki *pki, struct diag *diag)
{
    return store_pki_load(pki->store, load_item, pki, diag);
}
