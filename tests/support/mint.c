/*
 * mint.c - see mint.h.
 */
#include "tests/support/mint.h"

#include "base/arena.h"

#include <assert.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

enum { BITS = 2048 };

/* Heap; its maker's. */
struct mint {
    EVP_PKEY *key;
    X509 *certificate;
    unsigned issued;
};

static void
add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert(extension != NULL);
    assert(X509_add_ext(x509, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static void
set_terms(X509 *x509, X509 *issuer, const struct mint_terms *terms)
{
    struct str point;

    assert(ASN1_TIME_set(X509_getm_notBefore(x509), (time_t)terms->from_s));
    assert(ASN1_TIME_set(X509_getm_notAfter(x509), (time_t)terms->to_s));
    if (terms->crl_url == NULL)
        return;
    str_init(&point);
    str_printf(&point, "URI:%s", terms->crl_url);
    add_extension(x509, issuer, NID_crl_distribution_points, str_text(&point));
    str_done(&point);
}

static void
add_name(X509_NAME *name, const char *field, const char *value)
{
    assert(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
               (const unsigned char *)value, -1, -1, 0) == 1);
}

struct mint *
mint_new(
    const char *name, const struct mint_terms *terms, const struct mint *above)
{
    struct mint *mint = mem_alloc(sizeof *mint);
    X509 *x509 = X509_new();
    X509 *issuer = above == NULL ? x509 : above->certificate;

    mint->key = EVP_RSA_gen(BITS);
    mint->certificate = x509;
    assert(mint->key != NULL && x509 != NULL);
    assert(X509_set_version(x509, X509_VERSION_3) == 1);
    assert(ASN1_INTEGER_set(X509_get_serialNumber(x509), 1000) == 1);
    add_name(X509_get_subject_name(x509), "O", "Mint");
    add_name(X509_get_subject_name(x509), "CN", name);
    assert(X509_set_issuer_name(x509, X509_get_subject_name(issuer)) == 1);
    assert(X509_set_pubkey(x509, mint->key) == 1);
    set_terms(x509, issuer, terms);
    add_extension(x509, issuer, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(x509, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    assert(X509_sign(
               x509, above == NULL ? mint->key : above->key, EVP_sha256()) > 0);
    return mint;
}

void
mint_free(struct mint *mint)
{
    if (mint == NULL)
        return;
    EVP_PKEY_free(mint->key);
    X509_free(mint->certificate);
    free(mint);
}

static void
add_der(X509 *x509, struct str *out)
{
    uint8_t *der = NULL;
    int length = i2d_X509(x509, &der);

    assert(length > 0);
    str_add_n(out, (const char *)der, (size_t)length);
    OPENSSL_free(der);
}

void
mint_certificate(const struct mint *mint, struct str *out)
{
    add_der(mint->certificate, out);
}

void
mint_fingerprint(const struct mint *mint, struct str *out)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    assert(X509_digest(mint->certificate, EVP_sha256(), hash, &length) == 1);
    for (unsigned i = 0; i < length; i++)
        str_printf(out, "%02x", hash[i]);
}

bool
mint_issue(struct mint *mint, const char *request,
    const struct mint_terms *terms, struct str *out)
{
    BIO *bio = BIO_new_mem_buf(request, -1);
    X509_REQ *asked = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
    X509 *x509;

    BIO_free(bio);
    if (asked == NULL ||
        X509_REQ_verify(asked, X509_REQ_get0_pubkey(asked)) != 1) {
        X509_REQ_free(asked);
        return false;
    }
    x509 = X509_new();
    assert(X509_set_version(x509, X509_VERSION_3) == 1);
    assert(ASN1_INTEGER_set(X509_get_serialNumber(x509), ++mint->issued) == 1);
    assert(X509_set_subject_name(x509, X509_REQ_get_subject_name(asked)) == 1);
    assert(X509_set_issuer_name(
               x509, X509_get_subject_name(mint->certificate)) == 1);
    assert(X509_set_pubkey(x509, X509_REQ_get0_pubkey(asked)) == 1);
    set_terms(x509, mint->certificate, terms);
    add_extension(x509, mint->certificate, NID_key_usage, "digitalSignature");
    assert(X509_sign(x509, mint->key, EVP_sha256()) > 0);
    add_der(x509, out);
    X509_free(x509);
    X509_REQ_free(asked);
    return true;
}

static void
revoke(X509_CRL *crl, unsigned serial, uint64_t at_s)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_TIME *at = ASN1_TIME_set(NULL, (time_t)at_s);

    assert(ASN1_INTEGER_set(number, serial) == 1);
    assert(X509_REVOKED_set_serialNumber(entry, number) == 1);
    assert(X509_REVOKED_set_revocationDate(entry, at) == 1);
    assert(X509_CRL_add0_revoked(crl, entry) == 1);
    ASN1_INTEGER_free(number);
    ASN1_TIME_free(at);
}

void
mint_list(const struct mint *mint, uint64_t from_s, uint64_t to_s,
    const unsigned *serials, size_t count, struct str *out)
{
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)from_s);
    ASN1_TIME *to = ASN1_TIME_set(NULL, (time_t)to_s);
    X509_CRL *crl = X509_CRL_new();
    uint8_t *der = NULL;
    int length;

    assert(X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1);
    assert(X509_CRL_set_issuer_name(
               crl, X509_get_subject_name(mint->certificate)) == 1);
    assert(X509_CRL_set1_lastUpdate(crl, from) == 1);
    assert(X509_CRL_set1_nextUpdate(crl, to) == 1);
    for (size_t i = 0; i < count; i++)
        revoke(crl, serials[i], from_s);
    assert(X509_CRL_sort(crl) == 1);
    assert(X509_CRL_sign(crl, mint->key, EVP_sha256()) > 0);
    length = i2d_X509_CRL(crl, &der);
    assert(length > 0);
    str_add_n(out, (const char *)der, (size_t)length);
    OPENSSL_free(der);
    X509_CRL_free(crl);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
}

void
mint_pack(const struct str *certificates, size_t count, struct str *out)
{
    PKCS7 *pack = PKCS7_new();
    uint8_t *der = NULL;
    uint8_t *text;
    int length;

    assert(PKCS7_set_type(pack, NID_pkcs7_signed) == 1);
    assert(PKCS7_content_new(pack, NID_pkcs7_data) == 1);
    assert(PKCS7_set_detached(pack, 1) == 1);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = (const uint8_t *)certificates[i].text;
        X509 *x509 = d2i_X509(NULL, &at, (long)certificates[i].length);

        assert(x509 != NULL);
        assert(PKCS7_add_certificate(pack, x509) == 1);
        X509_free(x509);
    }
    length = i2d_PKCS7(pack, &der);
    assert(length > 0);
    text = mem_alloc((size_t)length * 2 + 4);
    (void)EVP_EncodeBlock(text, der, length);
    for (size_t i = 0; text[i] != '\0'; i++) {
        str_add_char(out, (char)text[i]);
        if (i % 64 == 63)
            str_add_char(out, '\n');
    }
    free(text);
    OPENSSL_free(der);
    PKCS7_free(pack);
}
