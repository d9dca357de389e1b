/*
 * ca.c - certificates, lists and PKCS #12 files with OpenSSL.
 */
#include "tests/support/ca.h"

#include "base/arena.h"
#include "base/str.h"

#include <assert.h>
#include <openssl/asn1.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HUGE_BYTES = 20 * 1024, PART_ROOM = 128 };

static const char keys_path[] = "tests/vectors/rsa_keys.pem";

void
ca_free(struct ca_bytes *bytes)
{
    free(bytes->bytes);
    *bytes = (struct ca_bytes){NULL, 0};
}

struct ike_blob
ca_blob(const struct ca_bytes *bytes)
{
    return (struct ike_blob){bytes->bytes, bytes->length};
}

/* What an i2d function made. */
static struct ca_bytes
taken(uint8_t *der, int length)
{
    struct ca_bytes out = {NULL, 0};

    assert(length > 0);
    out.bytes = mem_alloc((size_t)length);
    out.length = (size_t)length;
    memcpy(out.bytes, der, out.length);
    OPENSSL_free(der);
    return out;
}

/* The caller's to free. */
static EVP_PKEY *
key_at(enum ca_key wanted)
{
    FILE *file = fopen(keys_path, "re");
    EVP_PKEY *key = NULL;

    assert(file != NULL); /* run from the top of the tree */
    for (unsigned i = 0; i <= (unsigned)wanted; i++) {
        EVP_PKEY_free(key);
        key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
        assert(key != NULL);
    }
    (void)fclose(file);
    return key;
}

/* ---- names ---- */

static X509_NAME *
name_of(const char *text)
{
    X509_NAME *name = X509_NAME_new();
    char part[PART_ROOM];

    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        char *value;

        assert(length < sizeof part);
        memcpy(part, text, length);
        part[length] = '\0';
        value = strchr(part, '=');
        assert(value != NULL);
        *value++ = '\0';
        assert(X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8,
                   (const unsigned char *)value, -1, -1, 0) == 1);
        text += length + (text[length] == ',');
    }
    return name;
}

struct ca_bytes
ca_name(const char *text)
{
    X509_NAME *name = name_of(text);
    uint8_t *der = NULL;
    int length = i2d_X509_NAME(name, &der);

    X509_NAME_free(name);
    return taken(der, length);
}

/* ---- extensions ---- */

static void
add(X509 *x509, int nid, const char *value)
{
    X509_EXTENSION *extension;

    if (value == NULL || value[0] == '\0')
        return;
    extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert(extension != NULL && X509_add_ext(x509, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static void
add_raw(X509 *x509, const char *oid, bool is_critical, const uint8_t *bytes,
    size_t length)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension;

    assert(ASN1_OCTET_STRING_set(value, bytes, (int)length) == 1);
    extension = X509_EXTENSION_create_by_OBJ(NULL, object, is_critical, value);
    assert(extension != NULL && X509_add_ext(x509, extension, -1) == 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
}

static void
add_zero_name(X509 *x509)
{
    static const uint8_t names[] = {0x30, 21, 0x82, 19, 'g', 'a', 't', 'e', '.',
        't', 'e', 's', 't', '\0', 'e', 'v', 'i', 'l', '.', 't', 'e', 's', 't'};

    add_raw(x509, "2.5.29.17", false, names, sizeof names);
}

static void
add_huge(X509 *x509)
{
    uint8_t *bytes = mem_alloc(HUGE_BYTES);

    memset(bytes, 'x', HUGE_BYTES);
    add_raw(x509, "1.2.3.4.5.6.7", false, bytes, HUGE_BYTES);
    free(bytes);
}

/* keyid is not needed: the issuer of the issuer, and a serial number. */
static void
add_above(X509 *x509, const char *above)
{
    AUTHORITY_KEYID *id = AUTHORITY_KEYID_new();
    GENERAL_NAME *name = GENERAL_NAME_new();

    id->issuer = sk_GENERAL_NAME_new_null();
    id->serial = ASN1_INTEGER_new();
    assert(ASN1_INTEGER_set(id->serial, 2) == 1);
    GENERAL_NAME_set0_value(name, GEN_DIRNAME, name_of(above));
    assert(sk_GENERAL_NAME_push(id->issuer, name) > 0);
    assert(
        X509_add1_ext_i2d(x509, NID_authority_key_identifier, id, 0, 0) == 1);
    AUTHORITY_KEYID_free(id);
}

static void
add_flaws(X509 *x509, unsigned flaws)
{
    static const uint8_t broken[] = {0x04, 0x01, 0x80};

    if ((flaws & CA_ZERO_IN_NAME) != 0)
        add_zero_name(x509);
    if ((flaws & CA_UNKNOWN_CRITICAL) != 0)
        add_raw(x509, "1.2.3.4.5", true, broken, sizeof broken);
    if ((flaws & CA_EXTENSION_BROKEN) != 0)
        add_raw(x509, "2.5.29.15", true, broken, sizeof broken);
    if ((flaws & CA_HUGE) != 0)
        add_huge(x509);
    if ((flaws & CA_ZERO_IN_SUBJECT) != 0) {
        assert(X509_NAME_add_entry_by_NID(X509_get_subject_name(x509),
                   NID_commonName, MBSTRING_ASC,
                   (const unsigned char *)"gate\0evil", 9, -1, 0) == 1);
    }
}

static void
add_extensions(X509 *x509, const struct ca_order *order)
{
    const char *fit = order->is_ca ? "critical,keyCertSign,cRLSign"
                                   : "critical,digitalSignature";
    char basic[64] = "critical,CA:TRUE";

    if (order->is_ca && order->path_length > 0) {
        (void)snprintf(basic, sizeof basic, "critical,CA:TRUE,pathlen:%d",
            order->path_length - 1);
    }
    if (order->is_ca)
        add(x509, NID_basic_constraints, basic);
    if ((order->flaws & CA_EXTENSION_BROKEN) == 0)
        add(x509, NID_key_usage, order->usage == NULL ? fit : order->usage);
    add(x509, NID_ext_key_usage, order->extended);
    add(x509, NID_subject_alt_name, order->names);
    if (order->issuers_issuer != NULL)
        add_above(x509, order->issuers_issuer);
    add_flaws(x509, order->flaws);
}

/* ---- certificates ---- */

static void
set_times(X509 *x509, const struct ca_order *order)
{
    int64_t from = order->from_s != 0 ? order->from_s : CA_NOW_S - CA_YEAR_S;
    int64_t to = order->to_s != 0 ? order->to_s : CA_NOW_S + CA_YEAR_S;

    assert(ASN1_TIME_set(X509_getm_notBefore(x509), from) != NULL);
    assert(ASN1_TIME_set(X509_getm_notAfter(x509), to) != NULL);
}

/* A key with an exponent as long as its modulus. */
static EVP_PKEY *
with_huge_exponent(EVP_PKEY *key)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *made = NULL;
    OSSL_PARAM *params;
    BIGNUM *n = NULL;

    assert(EVP_PKEY_get_bn_param(key, "n", &n) == 1);
    assert(OSSL_PARAM_BLD_push_BN(builder, "n", n) == 1);
    assert(OSSL_PARAM_BLD_push_BN(builder, "e", n) == 1);
    params = OSSL_PARAM_BLD_to_param(builder);
    assert(EVP_PKEY_fromdata_init(context) == 1);
    assert(EVP_PKEY_fromdata(context, &made, EVP_PKEY_PUBLIC_KEY, params) == 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    BN_free(n);
    EVP_PKEY_free(key);
    return made;
}

struct ca_bytes
ca_certificate(const struct ca_order *order)
{
    X509 *x509 = X509_new();
    EVP_PKEY *key = key_at(order->key);
    EVP_PKEY *signer = key_at(order->signer);
    X509_NAME *subject = name_of(order->subject);
    X509_NAME *issuer =
        name_of(order->issuer != NULL ? order->issuer : order->subject);
    struct ca_bytes out;
    int length;
    uint8_t *der = NULL;

    if ((order->flaws & CA_EXPONENT_HUGE) != 0)
        key = with_huge_exponent(key);
    assert(X509_set_version(x509, 2) == 1);
    assert(ASN1_INTEGER_set(X509_get_serialNumber(x509),
               order->serial == 0 ? 1 : order->serial) == 1);
    assert(X509_set_subject_name(x509, subject) == 1);
    assert(X509_set_issuer_name(x509, issuer) == 1);
    assert(X509_set_pubkey(x509, key) == 1);
    set_times(x509, order);
    add_extensions(x509, order);
    assert(X509_sign(x509, signer,
               EVP_get_digestbyname(
                   order->digest != NULL ? order->digest : "SHA256")) > 0);
    length = i2d_X509(x509, &der);
    out = taken(der, length);
    out.bytes[out.length - 1] ^= (order->flaws & CA_SIGNATURE_WRONG) != 0;
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    EVP_PKEY_free(key);
    EVP_PKEY_free(signer);
    X509_free(x509);
    return out;
}

/* ---- lists ---- */

static void
revoke(X509_CRL *crl, uint32_t serial, const ASN1_TIME *when)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();

    assert(ASN1_INTEGER_set(number, serial) == 1);
    assert(X509_REVOKED_set_serialNumber(entry, number) == 1);
    assert(X509_REVOKED_set_revocationDate(
               entry, (ASN1_TIME *)(uintptr_t)when) == 1);
    assert(X509_CRL_add0_revoked(crl, entry) == 1);
    ASN1_INTEGER_free(number);
}

static void
limit(X509_CRL *crl, const char *scope)
{
    X509_EXTENSION *extension;
    ASN1_INTEGER *base;

    if (strcmp(scope, "delta") == 0) {
        base = ASN1_INTEGER_new();
        assert(ASN1_INTEGER_set(base, 1) == 1);
        assert(X509_CRL_add1_ext_i2d(crl, NID_delta_crl, base, 1, 0) == 1);
        ASN1_INTEGER_free(base);
        return;
    }
    extension =
        X509V3_EXT_conf_nid(NULL, NULL, NID_issuing_distribution_point, scope);
    assert(extension != NULL);
    assert(X509_EXTENSION_set_critical(extension, 1) == 1);
    assert(X509_CRL_add_ext(crl, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static X509_CRL *
begin_crl(const char *issuer, int64_t from_s, int64_t to_s)
{
    X509_CRL *crl = X509_CRL_new();
    X509_NAME *name = name_of(issuer);
    ASN1_TIME *from = ASN1_TIME_set(NULL, from_s);
    ASN1_TIME *to = ASN1_TIME_set(NULL, to_s);

    assert(X509_CRL_set_version(crl, 1) == 1);
    assert(X509_CRL_set_issuer_name(crl, name) == 1);
    assert(X509_CRL_set1_lastUpdate(crl, from) == 1);
    if (to_s != 0)
        assert(X509_CRL_set1_nextUpdate(crl, to) == 1);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    X509_NAME_free(name);
    return crl;
}

static struct ca_bytes
end_crl(X509_CRL *crl, enum ca_key signer)
{
    EVP_PKEY *key = key_at(signer);
    struct ca_bytes out;
    uint8_t *der = NULL;
    int length;

    assert(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
    length = i2d_X509_CRL(crl, &der);
    out = taken(der, length);
    EVP_PKEY_free(key);
    X509_CRL_free(crl);
    return out;
}

struct ca_bytes
ca_crl(enum ca_key signer, const char *issuer, int64_t from_s, int64_t to_s,
    const uint32_t *serials, size_t count)
{
    X509_CRL *crl = begin_crl(issuer, from_s, to_s);

    for (size_t i = 0; i < count; i++)
        revoke(crl, serials[i], X509_CRL_get0_lastUpdate(crl));
    return end_crl(crl, signer);
}

struct ca_bytes
ca_partial_crl(enum ca_key signer, const char *issuer, int64_t from_s,
    int64_t to_s, const char *scope)
{
    X509_CRL *crl = begin_crl(issuer, from_s, to_s);

    limit(crl, scope);
    return end_crl(crl, signer);
}

/* ---- keys ---- */

struct ca_bytes
ca_private_key(enum ca_key key)
{
    EVP_PKEY *pkey = key_at(key);
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    uint8_t *der = NULL;
    int length = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    struct ca_bytes out = taken(der, length);

    PKCS8_PRIV_KEY_INFO_free(info);
    EVP_PKEY_free(pkey);
    return out;
}

struct ca_bytes
ca_public_key(enum ca_key key)
{
    EVP_PKEY *pkey = key_at(key);
    uint8_t *der = NULL;
    int length = i2d_PUBKEY(pkey, &der);
    struct ca_bytes out = taken(der, length);

    EVP_PKEY_free(pkey);
    return out;
}

struct ca_bytes
ca_sealed_key(enum ca_key key, const char *phrase)
{
    EVP_PKEY *pkey = key_at(key);
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    X509_SIG *sealed = PKCS8_encrypt(-1, EVP_aes_128_cbc(), phrase,
        (int)strlen(phrase), NULL, 0, PKCS12_DEFAULT_ITER, info);
    uint8_t *der = NULL;
    int length = i2d_X509_SIG(sealed, &der);
    struct ca_bytes out = taken(der, length);

    X509_SIG_free(sealed);
    PKCS8_PRIV_KEY_INFO_free(info);
    EVP_PKEY_free(pkey);
    return out;
}

struct ca_bytes
ca_sign(enum ca_key key, const uint8_t *hash, size_t hash_length)
{
    EVP_PKEY *pkey = key_at(key);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
    size_t length = (size_t)EVP_PKEY_get_size(pkey);
    struct ca_bytes out = {mem_alloc(length), length};

    assert(EVP_PKEY_sign_init(context) == 1);
    assert(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1);
    assert(
        EVP_PKEY_sign(context, out.bytes, &out.length, hash, hash_length) == 1);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(pkey);
    return out;
}

/* ---- files ---- */

static X509 *
parsed(const struct ca_bytes *der)
{
    const uint8_t *at = der->bytes;
    X509 *x509 = d2i_X509(NULL, &at, (long)der->length);

    assert(x509 != NULL);
    return x509;
}

struct ca_bytes
ca_pkcs12(enum ca_key key, const struct ca_bytes *certificate,
    const struct ca_bytes *others, size_t count, const char *phrase)
{
    EVP_PKEY *pkey = key_at(key);
    X509 *own = certificate == NULL ? NULL : parsed(certificate);
    STACK_OF(X509) *above = sk_X509_new_null();
    struct ca_bytes out;
    int length;
    uint8_t *der = NULL;
    PKCS12 *pkcs12;

    for (size_t i = 0; i < count; i++)
        assert(sk_X509_push(above, parsed(&others[i])) > 0);
    pkcs12 = PKCS12_create(phrase, "gate", pkey, own, above, 0, 0, 100, 100, 0);
    assert(pkcs12 != NULL);
    length = i2d_PKCS12(pkcs12, &der);
    out = taken(der, length);
    PKCS12_free(pkcs12);
    sk_X509_pop_free(above, X509_free);
    X509_free(own);
    EVP_PKEY_free(pkey);
    return out;
}

void
ca_add_pem(struct ca_bytes *to, const char *label, const struct ca_bytes *der)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long length;

    assert(PEM_write_bio(bio, label, "", der->bytes, (long)der->length) > 0);
    length = BIO_get_mem_data(bio, &text);
    to->bytes = mem_resize(to->bytes, to->length + (size_t)length);
    memcpy(to->bytes + to->length, text, (size_t)length);
    to->length += (size_t)length;
    BIO_free(bio);
}
