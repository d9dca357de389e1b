/*
 * read.c - files: PEM, DER and PKCS #12.
 *
 *    PEM   certificates, lists, PKCS #7 with certificates, private keys; as
 *          many as there are, with any text between them
 *    DER   one of these, found out by trying
 *    PKCS #12  a key, its certificate and those of its CAs (pkcs12.c)
 *
 * A pass phrase is for encrypted private keys and for PKCS #12.
 */
#include "pki/reading.h"

#include "base/diag.h"
#include "base/str.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <string.h>

enum err
refuse(const struct reading *reading, enum err error, const char *what)
{
    diag_add(reading->diag, DIAG_ERROR, NULL, NULL, "%s: %s",
        reading->file->name, what);
    ERR_clear_error();
    return error;
}

enum err
want_phrase(const struct reading *reading)
{
    return refuse(reading, ERR_AUTH,
        reading->file->passphrase == NULL
            ? "it is encrypted: give its pass phrase."
            : "the pass phrase is wrong.");
}

size_t
phrase_of(const struct pki_file *file, char phrase[PHRASE_ROOM])
{
    size_t length = 0;

    if (file->passphrase != NULL) {
        length = file->passphrase->length;
        memcpy(phrase, file->passphrase->bytes, length);
    }
    phrase[length] = '\0';
    return length;
}

/* OpenSSL asks for a pass phrase; never at a terminal. */
static int
give_phrase(char *out, int size, int writes, void *context)
{
    const struct pki_file *file = context;

    (void)writes;
    if (file->passphrase == NULL || size < 0 ||
        file->passphrase->length > (size_t)size)
        return -1;
    memcpy(out, file->passphrase->bytes, file->passphrase->length);
    return (int)file->passphrase->length;
}

/* ---- keys ---- */

static bool
take_clear_key(const struct reading *reading, const uint8_t *der, size_t length)
{
    const uint8_t *at = der;
    EVP_PKEY *key = d2i_AutoPrivateKey_ex(
        NULL, &at, (long)length, reading->pki->library, NULL);

    ERR_clear_error();
    if (key == NULL)
        return false;
    parcel_add_key(reading->parcel, key);
    return true;
}

/* What is under this pass phrase; NULL: it is wrong. */
static EVP_PKEY *
open_key(const struct reading *reading, const X509_SIG *sealed)
{
    char phrase[PHRASE_ROOM];
    size_t length = phrase_of(reading->file, phrase);
    PKCS8_PRIV_KEY_INFO *pkcs8 = PKCS8_decrypt_ex(
        sealed, phrase, (int)length, reading->pki->library, NULL);
    EVP_PKEY *key = NULL;

    if (pkcs8 != NULL)
        key = EVP_PKCS82PKEY_ex(pkcs8, reading->pki->library, NULL);
    wipe(phrase, sizeof phrase);
    PKCS8_PRIV_KEY_INFO_free(pkcs8);
    return key;
}

/* PKCS #8 under a pass phrase. */
static enum err
take_sealed_key(struct reading *reading, const uint8_t *der, size_t length)
{
    const uint8_t *at = der;
    X509_SIG *sealed = d2i_X509_SIG(NULL, &at, (long)length);
    const X509_ALGOR *algorithm = NULL;
    EVP_PKEY *key = NULL;
    enum err error = OK;

    if (sealed == NULL)
        return ERR_MALFORMED;
    X509_SIG_get0(sealed, &algorithm, NULL);
    if (reading->file->passphrase != NULL)
        error = effort_for(reading, algorithm);
    if (error == OK && reading->file->passphrase != NULL)
        key = open_key(reading, sealed);
    X509_SIG_free(sealed);
    if (error != OK)
        return error;
    if (key == NULL)
        return want_phrase(reading);
    parcel_add_key(reading->parcel, key);
    return OK;
}

/* ---- what is no key ---- */

static bool
take_certificate(
    const struct reading *reading, const uint8_t *der, size_t length)
{
    X509 *x509 = read_certificate(reading->pki, der, length);

    if (x509 == NULL)
        return false;
    parcel_add_certificate(reading->parcel, x509);
    return true;
}

static bool
take_crl(const struct reading *reading, const uint8_t *der, size_t length)
{
    X509_CRL *crl = read_crl(reading->pki, der, length);

    if (crl == NULL)
        return false;
    parcel_add_crl(reading->parcel, crl);
    return true;
}

bool
take_again(const struct reading *reading, const X509 *x509)
{
    uint8_t *der = NULL;
    int length = i2d_X509(x509, &der);
    bool is_taken =
        length > 0 && take_certificate(reading, der, (size_t)length);

    OPENSSL_free(der);
    return is_taken;
}

/* Certificates alone, signed by nobody: what a CA gives as .p7b. */
static bool
take_pkcs7(const struct reading *reading, const uint8_t *der, size_t length)
{
    const uint8_t *at = der;
    PKCS7 *pkcs7 = d2i_PKCS7(NULL, &at, (long)length);
    STACK_OF(X509) *certificates = NULL;
    bool is_taken = false;

    ERR_clear_error();
    if (pkcs7 != NULL && PKCS7_type_is_signed(pkcs7) && pkcs7->d.sign != NULL)
        certificates = pkcs7->d.sign->cert;
    for (int i = 0; i < sk_X509_num(certificates); i++)
        is_taken = take_again(reading, sk_X509_value(certificates, i));
    PKCS7_free(pkcs7);
    return is_taken;
}

/* ---- PEM ---- */

/* One part between BEGIN and END; der may be changed.  is_known: it was a
 * kind that is taken. */
static enum err
take_part(struct reading *reading, const char *name, uint8_t *der,
    size_t length, bool *is_known)
{
    bool is_read = true;

    *is_known = true;
    if (str_equal(name, PEM_STRING_X509) ||
        str_equal(name, PEM_STRING_X509_OLD)) {
        is_read = take_certificate(reading, der, length);
    } else if (str_equal(name, PEM_STRING_X509_CRL)) {
        is_read = take_crl(reading, der, length);
    } else if (str_equal(name, PEM_STRING_PKCS7)) {
        is_read = take_pkcs7(reading, der, length);
    } else if (str_equal(name, PEM_STRING_PKCS8)) {
        enum err error = take_sealed_key(reading, der, length);

        if (error != ERR_MALFORMED)
            return error;
        is_read = false;
    } else if (str_equal(name, PEM_STRING_PKCS8INF) ||
               str_equal(name, PEM_STRING_RSA)) {
        is_read = take_clear_key(reading, der, length);
    } else {
        *is_known = false;
    }
    if (is_read)
        return OK;
    return refuse(reading, ERR_MALFORMED,
        "a part of it cannot be read; it is damaged, or too long.");
}

/* The old way to encrypt a key in PEM: a header says how. */
static enum err
open_part(
    const struct reading *reading, char *header, uint8_t *der, long *length)
{
    struct pki_file file = *reading->file;
    EVP_CIPHER_INFO cipher;

    if (PEM_get_EVP_CIPHER_INFO(header, &cipher) != 1) {
        return refuse(
            reading, ERR_MALFORMED, "a part is encrypted in an unknown way.");
    }
    if (cipher.cipher == NULL)
        return OK;
    if (PEM_do_header(&cipher, der, length, give_phrase, &file) != 1)
        return want_phrase(reading);
    return OK;
}

static enum err
take_pem(struct reading *reading, BIO *bio)
{
    enum err error = OK;
    bool is_known = false;
    bool any = false;

    while (error == OK) {
        char *name = NULL;
        char *header = NULL;
        uint8_t *der = NULL;
        long length = 0;

        if (PEM_read_bio(bio, &name, &header, &der, &length) != 1)
            break;
        error = open_part(reading, header, der, &length);
        if (error == OK) {
            error = take_part(reading, name, der, (size_t)length, &is_known);
        }
        any = any || is_known;
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(der, length < 0 ? 0 : (size_t)length);
    }
    if (error == OK &&
        ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        return refuse(
            reading, ERR_MALFORMED, "a part of it cannot be read as PEM.");
    }
    ERR_clear_error();
    if (error == OK && !any) {
        return refuse(reading, ERR_MALFORMED,
            "it holds no certificate, key or revocation list in PEM.");
    }
    return error;
}

/* ---- DER ---- */

static enum err
take_der(struct reading *reading)
{
    const uint8_t *der = reading->file->bytes;
    size_t length = reading->file->length;
    enum err error;

    if (take_certificate(reading, der, length) ||
        take_crl(reading, der, length) ||
        take_clear_key(reading, der, length) ||
        take_pkcs7(reading, der, length))
        return OK;
    error = take_sealed_key(reading, der, length);
    if (error != ERR_MALFORMED)
        return error;
    return refuse(reading, ERR_MALFORMED,
        "it is no certificate, key or revocation list in DER.");
}

enum err
file_read(const struct pki *pki, const struct pki_file *file,
    struct parcel *parcel, struct diag *diag)
{
    struct reading reading = {pki, file, parcel, diag, EFFORT_MAX};
    enum err error = ERR_INVALID;
    BIO *bio;

    if (file->length == 0 || file->length > PKI_FILE_MAX) {
        return refuse(&reading, ERR_EXHAUSTED,
            file->length == 0 ? "it is empty." : "it is longer than 4 MiB.");
    }
    bio = BIO_new_mem_buf(file->bytes, (int)file->length);
    switch (file->format) {
    case CERTIFICATE_FORMAT_PEM:
        error = take_pem(&reading, bio);
        break;
    case CERTIFICATE_FORMAT_DER:
        error = take_der(&reading);
        break;
    case CERTIFICATE_FORMAT_PKCS12:
        error = take_pkcs12(&reading, bio);
        break;
    case CERTIFICATE_FORMAT_COUNT:
    default:
        break;
    }
    BIO_free(bio);
    ERR_clear_error();
    return error;
}
