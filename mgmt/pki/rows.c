/*
 * rows.c - what there is, as values for shows.
 */
#include "pki/inside.h"

#include "base/str.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <string.h>

/* "AB:CD:..." */
static void
print_write(const uint8_t hash[DIGEST_SIZE], char *out, size_t size)
{
    char hex[2 * DIGEST_SIZE + 1];
    size_t used = 0;

    hex_encode(hash, DIGEST_SIZE, hex);
    for (size_t i = 0; i < DIGEST_SIZE && used + 3 < size; i++) {
        used += (size_t)snprintf(
            out + used, size - used, "%s%.2s", i == 0 ? "" : ":", hex + 2 * i);
    }
}

static uint32_t
number_of_key(const struct pki *pki, const struct certificate *at)
{
    for (size_t i = 0; i < pki->key_count; i++) {
        if (memcmp(pki->keys[i].spki, at->spki, DIGEST_SIZE) == 0)
            return pki->keys[i].number;
    }
    return 0;
}

uint32_t
pki_certificate_number(const struct pki *pki, size_t position)
{
    return position < pki->certificate_count
               ? pki->certificates[position].number
               : 0;
}

bool
pki_certificate(
    const struct pki *pki, size_t position, struct pki_certificate_row *out_row)
{
    const struct certificate *at = &pki->certificates[position];
    const struct certificate *issuer;
    struct pki_certificate_row row = {.number = 0};
    uint8_t hash[DIGEST_SIZE];

    if (position >= pki->certificate_count)
        return false;
    issuer = issuer_of(pki, at->x509);
    row.number = at->number;
    row.key_number = number_of_key(pki, at);
    row.kind = row.key_number != 0           ? CERTIFICATE_KIND_OWN
               : X509_check_ca(at->x509) > 0 ? CERTIFICATE_KIND_CA
                                             : CERTIFICATE_KIND_OTHER;
    row.is_trusted = at->is_trusted;
    row.source = at->source;
    name_write(
        X509_get_subject_name(at->x509), row.subject, sizeof row.subject);
    name_write(X509_get_issuer_name(at->x509), row.issuer, sizeof row.issuer);
    names_write(at->x509, row.names, sizeof row.names);
    serial_write(at->x509, row.serial, sizeof row.serial);
    digest(at->der, at->length, hash);
    print_write(hash, row.fingerprint, sizeof row.fingerprint);
    (void)snprintf(
        row.signature, sizeof row.signature, "%s", signature_name(at->x509));
    (void)read_time(X509_get0_notBefore(at->x509), &row.not_before_s);
    (void)read_time(X509_get0_notAfter(at->x509), &row.not_after_s);
    row.bits = rsa_bits(X509_get0_pubkey(at->x509));
    row.issuer_number = issuer == NULL ? 0 : issuer->number;
    row.is_valid = certificate_is_in_time(pki, at->x509);
    row.is_revoked = certificate_is_revoked(pki, at->x509);
    row.id = certificate_id(at->der, at->length);
    *out_row = row;
    return true;
}

bool
pki_crl(const struct pki *pki, size_t position, struct pki_crl_row *out_row)
{
    const struct crl *at = &pki->crls[position];
    const X509_NAME *issuer;
    struct pki_crl_row row = {.number = 0};
    int entries;

    if (position >= pki->crl_count)
        return false;
    issuer = X509_CRL_get_issuer(at->crl);
    entries = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(at->crl));
    row.number = at->number;
    row.source = at->source;
    name_write(issuer, row.issuer, sizeof row.issuer);
    (void)read_time(X509_CRL_get0_lastUpdate(at->crl), &row.this_update_s);
    (void)read_time(X509_CRL_get0_nextUpdate(at->crl), &row.next_update_s);
    row.entries = entries < 0 ? 0 : (uint64_t)entries;
    row.is_current = row.this_update_s <= pki->now_s + clock_skew(pki) &&
                     (row.next_update_s == 0 ||
                         row.next_update_s + clock_skew(pki) >= pki->now_s);
    for (size_t i = 0; i < pki->certificate_count; i++) {
        row.is_known =
            row.is_known ||
            X509_NAME_cmp(
                X509_get_subject_name(pki->certificates[i].x509), issuer) == 0;
    }
    *out_row = row;
    return true;
}

static void
add_public(EVP_PKEY *pkey, struct str *out)
{
    uint8_t *der = NULL;
    int length = i2d_PUBKEY(pkey, &der);
    char hex[3];

    for (int i = 0; i < length; i++) {
        hex_encode(&der[i], 1, hex);
        str_add(out, hex);
    }
    OPENSSL_free(der);
    ERR_clear_error();
}

bool
pki_key(const struct pki *pki, size_t position, struct pki_key_row *row)
{
    const struct key *at = &pki->keys[position];

    if (position >= pki->key_count)
        return false;
    row->number = at->number;
    row->bits = rsa_bits(at->pkey);
    row->is_newest = position + 1 == pki->key_count;
    row->certificate_number = 0;
    print_write(at->spki, row->fingerprint, sizeof row->fingerprint);
    if (row->spki_hex != NULL)
        add_public(at->pkey, row->spki_hex);
    for (size_t i = 0; i < pki->certificate_count; i++) {
        if (memcmp(pki->certificates[i].spki, at->spki, DIGEST_SIZE) == 0)
            row->certificate_number = pki->certificates[i].number;
    }
    return true;
}
