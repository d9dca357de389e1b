/*
 * shelf.h - how what is stored is taken over, and how it goes.
 */
#ifndef PKI_SHELF_H
#define PKI_SHELF_H

#include "pki/inside.h"

struct store_pki;

/* Each takes over what OpenSSL made, and copies the rest; there is room. */
void shelf_take_key(struct pki *pki, uint32_t number, EVP_PKEY *pkey);
void shelf_take_certificate(
    struct pki *pki, X509 *x509, const struct store_pki *item);
void shelf_take_crl(
    struct pki *pki, X509_CRL *crl, const struct store_pki *item);

/* From the DER of PKCS #8; NULL: it is not. */
EVP_PKEY *read_private_key(
    const struct pki *pki, const uint8_t *der, size_t length);

/* From memory alone. */
void shelf_drop_keys(struct pki *pki);
void shelf_drop_certificate(struct pki *pki, size_t position);
void shelf_drop_crl(struct pki *pki, size_t position);

#endif
