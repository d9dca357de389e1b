/*
 * test_effort.c - files that say themselves how long it takes to open them.
 */
#include "tests/support/pki_kit.h"

#include "base/arena.h"
#include "base/str.h"

#include <criterion/criterion.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>

#define PHRASE "secret"

/* Three bytes as DER has them: what is made, and what a hostile file says. */
enum { MADE = 0x010001, MOST = 2000000, HOSTILE = 0x7fffff, TIME_S = 60 };
enum { INTEGER_SIZE = 5, USUAL_MOST = 600000, EVER = 0x7fffffff };

/* What is opened at which cost. */
enum part { PART_MAC, PART_SAFE, PART_KEY };

static const struct ca_order gate = {
    .key = CA_KEY_GATE,
    .signer = CA_KEY_GATE,
    .subject = "C=XT,O=Test,CN=gate",
    .serial = 3,
};

static EVP_PKEY *
gate_key(void)
{
    struct ca_bytes der = ca_private_key(CA_KEY_GATE);
    const uint8_t *at = der.bytes;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)der.length);

    cr_assert_not_null(key);
    ca_free(&der);
    return key;
}

static X509 *
gate_certificate(void)
{
    struct ca_bytes der = ca_certificate(&gate);
    const uint8_t *at = der.bytes;
    X509 *x509 = d2i_X509(NULL, &at, (long)der.length);

    cr_assert_not_null(x509);
    ca_free(&der);
    return x509;
}

static struct ca_bytes
written(const PKCS12 *pkcs12)
{
    uint8_t *der = NULL;
    int length = i2d_PKCS12(pkcs12, &der);
    struct ca_bytes out = {mem_alloc((size_t)length), (size_t)length};

    memcpy(out.bytes, der, out.length);
    OPENSSL_free(der);
    return out;
}

static PKCS12 *
parsed(struct ca_bytes *der)
{
    const uint8_t *at = der->bytes;
    PKCS12 *pkcs12 = d2i_PKCS12(NULL, &at, (long)der->length);

    cr_assert_not_null(pkcs12);
    ca_free(der);
    return pkcs12;
}

/* Every count of MADE rounds says this from now on. */
static unsigned
say(struct ca_bytes *der, uint32_t rounds)
{
    static const uint8_t made[INTEGER_SIZE] = {0x02, 3, MADE >> 16, 0, 1};
    uint8_t *at;
    unsigned found = 0;

    while ((at = memmem(der->bytes, der->length, made, sizeof made)) != NULL) {
        at[2] = (uint8_t)(rounds >> 16);
        at[3] = (uint8_t)(rounds >> 8);
        at[4] = (uint8_t)rounds;
        found++;
    }
    return found;
}

/* The MAC is right, if it is not the hostile part. */
static struct ca_bytes
pack(enum part part, uint32_t rounds)
{
    EVP_PKEY *key = part == PART_SAFE ? NULL : gate_key();
    X509 *x509 = part == PART_KEY ? NULL : gate_certificate();
    PKCS12 *pkcs12 = PKCS12_create(PHRASE, "gate", key, x509, NULL, 0, 0,
        part == PART_MAC ? 1 : MADE, 1, 0);
    struct ca_bytes der;

    cr_assert_not_null(pkcs12);
    if (part == PART_MAC) {
        PKCS12_set_mac(pkcs12, PHRASE, -1, NULL, 0, MADE, NULL);
        der = written(pkcs12);
        cr_assert_eq(say(&der, rounds), 1);
    } else {
        der = written(pkcs12);
        /* the exponent of the key is under encryption */
        cr_assert_eq(say(&der, rounds), 1);
        PKCS12_free(pkcs12);
        pkcs12 = parsed(&der);
        PKCS12_set_mac(pkcs12, PHRASE, -1, NULL, 0, 1, NULL);
        der = written(pkcs12);
    }
    PKCS12_free(pkcs12);
    X509_free(x509);
    EVP_PKEY_free(key);
    return der;
}

static void
is_too_much(struct pki_kit *kit, enum err error, const char *why)
{
    struct pki_key_row key = {.spki_hex = NULL};
    struct pki_certificate_row row;

    cr_expect_eq(error, ERR_EXHAUSTED, "%s", why);
    cr_expect_str_eq(pki_kit_problem(kit),
        "test: opening it would take more than 2000000 rounds of key "
        "derivation, which would hold the router up: have it written with "
        "fewer (exporters use 2048 to 600000).",
        "%s", why);
    cr_expect_not(pki_key(kit->pki, 0, &key), "%s", why);
    cr_expect_not(pki_certificate(kit->pki, 0, &row), "%s", why);
}

Test(pki_effort, each_part_of_a_pkcs12_file_is_bounded, .timeout = TIME_S)
{
    static const char *const why[] = {"MAC", "certificates", "key"};

    for (int part = PART_MAC; part <= PART_KEY; part++) {
        struct pki_kit *kit = pki_kit_new(NULL, NULL);

        is_too_much(kit,
            pki_kit_import(kit, CERTIFICATE_FORMAT_PKCS12,
                pack((enum part)part, HOSTILE), PHRASE),
            why[part]);
        is_too_much(kit,
            pki_kit_import(kit, CERTIFICATE_FORMAT_PKCS12,
                pack((enum part)part, MOST + 1), PHRASE),
            why[part]);
        pki_kit_free(kit);
    }
}

Test(pki_effort, what_exporters_write_opens, .timeout = TIME_S)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    struct pki_certificate_row row;
    EVP_PKEY *key = gate_key();
    X509 *x509 = gate_certificate();
    PKCS12 *pkcs12 = PKCS12_create(
        PHRASE, "gate", key, x509, NULL, 0, 0, USUAL_MOST, USUAL_MOST, 0);

    cr_assert_not_null(pkcs12);
    cr_expect_eq(
        pki_kit_import(kit, CERTIFICATE_FORMAT_PKCS12, written(pkcs12), PHRASE),
        OK, "%s", pki_kit_problem(kit));
    cr_assert(pki_certificate(kit->pki, 0, &row));
    cr_expect_eq(row.kind, CERTIFICATE_KIND_OWN);
    PKCS12_free(pkcs12);
    X509_free(x509);
    EVP_PKEY_free(key);
    pki_kit_free(kit);
}

/* ---- keys under a pass phrase ---- */

/* PKCS #8, sealed in this way, which becomes the file's. */
static struct ca_bytes
sealed_by(X509_ALGOR *algorithm)
{
    EVP_PKEY *key = gate_key();
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    X509_SIG *sealed =
        PKCS8_set0_pbe(PHRASE, (int)strlen(PHRASE), info, algorithm);
    struct ca_bytes out = {NULL, 0};
    uint8_t *der = NULL;

    cr_assert_not_null(sealed);
    out.length = (size_t)i2d_X509_SIG(sealed, &der);
    out.bytes = mem_alloc(out.length);
    memcpy(out.bytes, der, out.length);
    OPENSSL_free(der);
    X509_SIG_free(sealed);
    PKCS8_PRIV_KEY_INFO_free(info);
    EVP_PKEY_free(key);
    return out;
}

/* The same with nothing in it that could be opened: nobody waits for it. */
static struct ca_bytes
feigned_by(X509_ALGOR *algorithm)
{
    static const uint8_t nothing[16];
    X509_SIG *sealed = X509_SIG_new();
    X509_ALGOR *to = NULL;
    ASN1_OCTET_STRING *inside = NULL;
    struct ca_bytes out = {NULL, 0};
    uint8_t *der = NULL;

    cr_assert_not_null(algorithm);
    X509_SIG_getm(sealed, &to, &inside);
    cr_assert_eq(X509_ALGOR_copy(to, algorithm), 1);
    cr_assert_eq(ASN1_OCTET_STRING_set(inside, nothing, sizeof nothing), 1);
    out.length = (size_t)i2d_X509_SIG(sealed, &der);
    out.bytes = mem_alloc(out.length);
    memcpy(out.bytes, der, out.length);
    OPENSSL_free(der);
    X509_ALGOR_free(algorithm);
    X509_SIG_free(sealed);
    return out;
}

static X509_ALGOR *
pbkdf2(int rounds)
{
    return PKCS5_pbe2_set_iv(
        EVP_aes_128_cbc(), rounds, NULL, 0, NULL, NID_hmacWithSHA256);
}

static X509_ALGOR *
old_way(int nid, int rounds)
{
    return PKCS5_pbe_set(nid, rounds, NULL, 0);
}

static X509_ALGOR *
scrypt(uint64_t cost, uint64_t block, uint64_t lanes)
{
    return PKCS5_pbe2_set_scrypt(
        EVP_aes_128_cbc(), NULL, 0, NULL, cost, block, lanes);
}

Test(pki_effort, an_encrypted_key_is_bounded_by_any_function, .timeout = TIME_S)
{
    X509_ALGOR *ways[] = {
        pbkdf2(EVER),
        old_way(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, EVER),
        old_way(NID_pbeWithMD5AndDES_CBC, EVER),
        scrypt(1 << 11, 1, 1 << 11),
        scrypt(1 << 7, 1 << 7, 1 << 8),
    };
    static const char *const why[] = {"PBKDF2", "PKCS #12's own",
        "PKCS #5, 1.5", "scrypt, cost and lanes", "scrypt, all of it"};

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct pki_kit *kit = pki_kit_new(NULL, NULL);

        is_too_much(kit,
            pki_kit_import(
                kit, CERTIFICATE_FORMAT_DER, feigned_by(ways[i]), PHRASE),
            why[i]);
        pki_kit_free(kit);
    }
}

Test(pki_effort, an_encrypted_key_of_the_usual_effort_opens, .timeout = TIME_S)
{
    X509_ALGOR *ways[] = {
        pbkdf2(USUAL_MOST),
        old_way(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 2048),
        scrypt(16384, 8, 1),
    };

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct pki_kit *kit = pki_kit_new(NULL, NULL);
        struct pki_key_row row = {.spki_hex = NULL};

        cr_expect_eq(pki_kit_import(kit, CERTIFICATE_FORMAT_DER,
                         sealed_by(ways[i]), PHRASE),
            OK, "%zu: %s", i, pki_kit_problem(kit));
        cr_expect(pki_key(kit->pki, 0, &row), "%zu", i);
        pki_kit_free(kit);
    }
}

Test(pki_effort, what_is_in_a_file_is_added_up, .timeout = TIME_S)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    struct ca_bytes key = sealed_by(pbkdf2(MOST / 2));
    struct ca_bytes pem = {NULL, 0};

    for (int i = 0; i < 2; i++)
        ca_add_pem(&pem, "ENCRYPTED PRIVATE KEY", &key);
    cr_expect_eq(pki_kit_import(kit, CERTIFICATE_FORMAT_PEM, pem, PHRASE), OK);
    pki_kit_free(kit);
    kit = pki_kit_new(NULL, NULL);
    pem = (struct ca_bytes){NULL, 0};
    for (int i = 0; i < 3; i++)
        ca_add_pem(&pem, "ENCRYPTED PRIVATE KEY", &key);
    is_too_much(kit, pki_kit_import(kit, CERTIFICATE_FORMAT_PEM, pem, PHRASE),
        "the third of three");
    ca_free(&key);
    pki_kit_free(kit);
}

Test(pki_effort, an_unknown_way_to_encrypt_is_refused)
{
    struct pki_kit *kit = pki_kit_new(NULL, NULL);
    X509_ALGOR *unknown = X509_ALGOR_new();

    cr_assert_eq(
        X509_ALGOR_set0(unknown, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL),
        1);
    cr_expect_eq(pki_kit_import(
                     kit, CERTIFICATE_FORMAT_DER, feigned_by(unknown), PHRASE),
        ERR_MALFORMED);
    cr_expect_str_eq(
        pki_kit_problem(kit), "test: a part is encrypted in an unknown way.");
    pki_kit_free(kit);
}
