/*
 * library.c - OpenSSL's context of this room, and reading what is DER.
 *
 * Everything that a stranger sends comes in through the read_ functions:
 * bounded in length, wholly used up, and of one encoding.
 */
#include "pki/inside.h"

#include "base/diag.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <string.h>
#include <time.h>

enum {
    EXPONENT_BITS_MAX = 64, /* a larger one only costs time */
    PEER_KEY_MAX = 2048,    /* bytes of DER                 */
};

/* The legacy provider opens old PKCS #12 files; without it they are refused. */
static const char *const provider_names[PROVIDERS] = {"default", "legacy"};

enum err
library_open(struct pki *pki, struct diag *diag)
{
    pki->library = OSSL_LIB_CTX_new();
    for (size_t i = 0; i < PROVIDERS && pki->library != NULL; i++) {
        pki->providers[i] = OSSL_PROVIDER_load(pki->library, provider_names[i]);
    }
    ERR_clear_error();
    if (pki->library != NULL && pki->providers[0] != NULL)
        return OK;
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "OpenSSL cannot be opened for certificates.");
    return ERR_NOT_FOUND;
}

void
library_close(struct pki *pki)
{
    for (size_t i = 0; i < PROVIDERS; i++) {
        if (pki->providers[i] != NULL)
            (void)OSSL_PROVIDER_unload(pki->providers[i]);
    }
    OSSL_LIB_CTX_free(pki->library);
}

/* ---- digests ---- */

void
digest(const uint8_t *bytes, size_t length, uint8_t out[DIGEST_SIZE])
{
    (void)SHA256(bytes, length, out);
}

bool
pkey_digest(EVP_PKEY *pkey, uint8_t out[DIGEST_SIZE])
{
    uint8_t *der = NULL;
    int length = pkey == NULL ? -1 : i2d_PUBKEY(pkey, &der);

    ERR_clear_error();
    if (length <= 0)
        return false;
    digest(der, (size_t)length, out);
    OPENSSL_free(der);
    return true;
}

bool
spki_digest(const X509 *x509, uint8_t out[DIGEST_SIZE])
{
    return pkey_digest(X509_get0_pubkey(x509), out);
}

uint64_t
certificate_id(const uint8_t *der, size_t length)
{
    uint8_t hash[DIGEST_SIZE];
    uint64_t id = 0;

    digest(der, length, hash);
    memcpy(&id, hash, sizeof id);
    return id == 0 ? 1 : id; /* 0 is none */
}

/* ---- reading ---- */

X509 *
read_certificate(const struct pki *pki, const uint8_t *bytes, size_t length)
{
    const uint8_t *at = bytes;
    X509 *x509;

    if (length == 0 || length > PKI_CERTIFICATE_MAX)
        return NULL;
    x509 = X509_new_ex(pki->library, NULL);
    if (d2i_X509(&x509, &at, (long)length) == NULL || at != bytes + length) {
        X509_free(x509); /* NULL after a failure of d2i */
        x509 = NULL;
    }
    ERR_clear_error();
    return x509;
}

X509_CRL *
read_crl(const struct pki *pki, const uint8_t *bytes, size_t length)
{
    const uint8_t *at = bytes;
    X509_CRL *crl;

    if (length == 0 || length > PKI_FILE_MAX)
        return NULL;
    crl = X509_CRL_new_ex(pki->library, NULL);
    if (d2i_X509_CRL(&crl, &at, (long)length) == NULL || at != bytes + length) {
        X509_CRL_free(crl);
        crl = NULL;
    }
    ERR_clear_error();
    return crl;
}

EVP_PKEY *
read_public_key(const struct pki *pki, const uint8_t *bytes, size_t length)
{
    const uint8_t *at = bytes;
    EVP_PKEY *key = NULL;

    if (length == 0 || length > PEER_KEY_MAX)
        return NULL;
    key = d2i_PUBKEY_ex(NULL, &at, (long)length, pki->library, NULL);
    if (key == NULL) {
        at = bytes;
        key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)length);
    }
    if (key != NULL && at != bytes + length) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_clear_error();
    return key;
}

unsigned
rsa_bits(const EVP_PKEY *pkey)
{
    if (pkey == NULL || EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA)
        return 0;
    return (unsigned)EVP_PKEY_get_bits(pkey);
}

static bool
exponent_is_fit(const EVP_PKEY *pkey)
{
    BIGNUM *e = NULL;
    bool fits = EVP_PKEY_get_bn_param(pkey, "e", &e) == 1 && BN_is_odd(e) &&
                !BN_is_one(e) && BN_num_bits(e) <= EXPONENT_BITS_MAX;

    BN_free(e);
    ERR_clear_error();
    return fits;
}

bool
key_is_fit(const EVP_PKEY *pkey, const char **out_why)
{
    unsigned bits = rsa_bits(pkey);
    const char *why = NULL;

    if (bits == 0) {
        why = "is not an RSA key";
    } else if (bits < PKI_BITS_MIN) {
        why = "is shorter than 1024 bits";
    } else if (bits > PKI_BITS_MAX) {
        why = "is longer than 4096 bits";
    } else if (!exponent_is_fit(pkey)) {
        why = "has an exponent that nobody uses";
    }
    *out_why = why;
    return why == NULL;
}

bool
read_time(const ASN1_TIME *time, uint64_t *out_s)
{
    struct tm parts = {0};
    time_t seconds;

    if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1) {
        ERR_clear_error();
        return false;
    }
    seconds = timegm(&parts);
    *out_s = seconds < 0 ? 0 : (uint64_t)seconds;
    return true;
}

bool
text_is_whole(const ASN1_STRING *string)
{
    const uint8_t *bytes = ASN1_STRING_get0_data(string);
    int length = ASN1_STRING_length(string);

    return length >= 0 &&
           (length == 0 || memchr(bytes, '\0', (size_t)length) == NULL);
}
