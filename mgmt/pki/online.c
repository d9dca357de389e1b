/*
 * online.c - what mgmt/authority needs of certificates: where revocation lists
 * are, what an answer of a CA holds, and of that no more than was asked for.
 */
#include "pki/inside.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/secret.h"
#include "base/str.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

/* ---- where lists are ---- */

static bool
take_url(const ASN1_IA5STRING *url, char out[PKI_URL_SIZE])
{
    const char *text = (const char *)ASN1_STRING_get0_data(url);
    const size_t length = (size_t)ASN1_STRING_length(url);

    if (length == 0 || length >= PKI_URL_SIZE || memchr(text, '\0', length) ||
        (length < 7 || (strncasecmp(text, "http://", 7) != 0 &&
                           strncasecmp(text, "https://", 8) != 0)))
        return false;
    memcpy(out, text, length);
    out[length] = '\0';
    return true;
}

static size_t
take_point(const DIST_POINT *point, char (*out_urls)[PKI_URL_SIZE], size_t room)
{
    const GENERAL_NAMES *names;
    size_t count = 0;

    /* a list of some reasons, or by another CA, is not what we ask for */
    if (point->distpoint == NULL || point->distpoint->type != 0 ||
        point->reasons != NULL || point->CRLissuer != NULL)
        return 0;
    names = point->distpoint->name.fullname;
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && count < room; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (name->type == GEN_URI &&
            take_url(name->d.uniformResourceIdentifier, out_urls[count]))
            count++;
    }
    return count;
}

size_t
pki_crl_urls(const struct pki *pki, size_t position,
    char (*out_urls)[PKI_URL_SIZE], size_t room)
{
    CRL_DIST_POINTS *points;
    size_t count = 0;

    if (position >= pki->certificate_count)
        return 0;
    points = X509_get_ext_d2i(pki->certificates[position].x509,
        NID_crl_distribution_points, NULL, NULL);
    for (int i = 0; i < sk_DIST_POINT_num(points) && count < room; i++) {
        count += take_point(
            sk_DIST_POINT_value(points, i), out_urls + count, room - count);
    }
    CRL_DIST_POINTS_free(points);
    ERR_clear_error();
    return count;
}

bool
pki_is_issued_by(const struct pki *pki, size_t position, const char *authority)
{
    return position < pki->certificate_count &&
           is_named(X509_get_issuer_name(pki->certificates[position].x509),
               authority);
}

bool
pki_uses_lists(const struct pki *pki, size_t position)
{
    return position < pki->certificate_count &&
           crl_use_of(
               pki, X509_get_issuer_name(pki->certificates[position].x509)) !=
               CRL_USE_IGNORED;
}

/* ---- what an answer holds ---- */

static enum err
refuse(const struct pki_file *file, enum err error, const char *what,
    struct diag *diag)
{
    diag_add(diag, DIAG_ERROR, NULL, NULL, "%s: %s", file->name, what);
    return error;
}

static void
drop_keys(struct parcel *parcel)
{
    while (parcel->key_count > 0)
        EVP_PKEY_free(parcel->keys[--parcel->key_count]);
}

static void
drop_lists(struct parcel *parcel)
{
    while (parcel->crl_count > 0)
        X509_CRL_free(parcel->crls[--parcel->crl_count]);
}

enum err
pki_take_lists(struct pki *pki, const struct pki_file *file, struct str *answer,
    struct diag *diag)
{
    struct parcel parcel = {.key_count = 0};
    enum err error = file_read(pki, file, &parcel, diag);

    if (error == OK && parcel.crl_count == 0)
        error = refuse(file, ERR_MALFORMED, "it is no revocation list.", diag);
    if (error == OK) {
        drop_keys(&parcel);
        while (parcel.certificate_count > 0)
            X509_free(parcel.certificates[--parcel.certificate_count]);
        error = shelf_put(pki, &parcel, file, answer, diag);
    }
    parcel_done(&parcel);
    return error;
}

/* Is it of a key of ours?  Or of a CA that another one signed? */
static bool
is_wanted(struct pki *pki, X509 *x509, bool *out_own)
{
    uint8_t spki[DIGEST_SIZE];

    *out_own = spki_digest(x509, spki) && key_of(pki, spki) != NULL;
    return *out_own || (X509_check_ca(x509) > 0 && !is_self_signed(x509));
}

enum err
pki_take_issued(struct pki *pki, const struct pki_file *file,
    struct str *answer, struct diag *diag)
{
    struct parcel parcel = {.key_count = 0};
    enum err error = file_read(pki, file, &parcel, diag);
    size_t kept = 0;
    bool has_own = false;

    drop_keys(&parcel);
    drop_lists(&parcel);
    for (size_t i = 0; i < parcel.certificate_count; i++) {
        X509 *x509 = parcel.certificates[i];
        bool is_own = false;

        if (is_wanted(pki, x509, &is_own)) {
            parcel.certificates[kept++] = x509;
        } else {
            X509_free(x509);
        }
        has_own = has_own || is_own;
    }
    parcel.certificate_count = kept;
    if (error == OK && !has_own) {
        error = refuse(file, ERR_MALFORMED,
            "there is no certificate of a key of this router in it.", diag);
    }
    if (error == OK)
        error = shelf_put(pki, &parcel, file, answer, diag);
    parcel_done(&parcel);
    return error;
}

static void
fingerprint(const X509 *x509, char *out, size_t size)
{
    uint8_t hash[DIGEST_SIZE];
    uint8_t *der = NULL;
    int length = i2d_X509(x509, &der);
    char hex[2 * DIGEST_SIZE + 1] = "";
    size_t used = 0;

    if (length > 0) {
        digest(der, (size_t)length, hash);
        hex_encode(hash, DIGEST_SIZE, hex);
    }
    OPENSSL_free(der);
    for (size_t i = 0; hex[i] != '\0' && used + 4 <= size; i += 2) {
        if (i > 0)
            out[used++] = ':';
        for (size_t digit = i; digit < i + 2; digit++) {
            out[used++] =
                (char)(hex[digit] >= 'a' ? hex[digit] - 'a' + 'A' : hex[digit]);
        }
    }
    out[used] = '\0';
}

enum err
pki_look(const struct pki *pki, const struct pki_file *file,
    struct pki_glimpse *out_rows, size_t room, size_t *out_count,
    struct diag *diag)
{
    struct parcel parcel = {.key_count = 0};
    enum err error = file_read(pki, file, &parcel, diag);

    if (error == OK && parcel.certificate_count == 0)
        error = refuse(file, ERR_MALFORMED, "it holds no certificate.", diag);
    *out_count = 0;
    for (size_t i = 0; error == OK && i < parcel.certificate_count && i < room;
         i++) {
        X509 *x509 = parcel.certificates[i];
        struct pki_glimpse *row = &out_rows[i];

        name_write(
            X509_get_subject_name(x509), row->subject, sizeof row->subject);
        fingerprint(x509, row->fingerprint, sizeof row->fingerprint);
        row->is_self_signed = is_self_signed(x509);
        row->is_ca = X509_check_ca(x509) > 0;
        (*out_count)++;
    }
    parcel_done(&parcel);
    return error;
}

/* ---- a CA that a person vouches for ---- */

/* The same digits, whatever their case and the colons between. */
static bool
is_fingerprint(const char *hex, const char *typed)
{
    for (;;) {
        while (*hex == ':')
            hex++;
        while (*typed == ':')
            typed++;
        if (*hex == '\0' || *typed == '\0')
            return *hex == *typed;
        if ((*hex | 0x20) != (*typed | 0x20))
            return false;
        hex++;
        typed++;
    }
}

/* The CA itself goes to out, others that are of use stay. */
static void
pick_authority(struct parcel *parcel, const char *typed, struct parcel *out)
{
    char text[3 * DIGEST_SIZE + 1];
    size_t kept = 0;

    for (size_t i = 0; i < parcel->certificate_count; i++) {
        X509 *x509 = parcel->certificates[i];
        const bool is_ca = X509_check_ca(x509) > 0;

        fingerprint(x509, text, sizeof text);
        if (is_ca && out->certificate_count == 0 &&
            is_fingerprint(text, typed)) {
            parcel_add_certificate(out, x509);
        } else if (is_ca && !is_self_signed(x509)) {
            parcel->certificates[kept++] = x509;
        } else {
            X509_free(x509);
        }
    }
    parcel->certificate_count = kept;
}

enum err
pki_take_authority(struct pki *pki, const struct pki_file *file,
    const char *fingerprint, struct str *answer, struct diag *diag)
{
    struct parcel parcel = {.key_count = 0};
    struct parcel trusted = {.key_count = 0};
    struct pki_file believed = *file;
    enum err error = file_read(pki, file, &parcel, diag);

    drop_keys(&parcel);
    drop_lists(&parcel);
    pick_authority(&parcel, fingerprint, &trusted);
    if (error == OK && trusted.certificate_count == 0) {
        error = refuse(file, ERR_AUTH,
            "no CA in it has this fingerprint: nobody is trusted.", diag);
    }
    believed.is_trusted = true;
    if (error == OK)
        error = shelf_put(pki, &trusted, &believed, answer, diag);
    if (error == OK && parcel.certificate_count > 0)
        error = shelf_put(pki, &parcel, file, answer, diag);
    parcel_done(&trusted);
    parcel_done(&parcel);
    return error;
}

/* ---- for TLS ---- */

static void
add_pem(BIO *bio, X509 *x509, struct str *out)
{
    char *text = NULL;
    long length;

    if (PEM_write_bio_X509(bio, x509) == 1) {
        length = BIO_get_mem_data(bio, &text);
        if (length > 0)
            str_add_n(out, text, (size_t)length);
    }
    (void)BIO_reset(bio);
}

void
pki_trusted_pem(const struct pki *pki, struct str *out)
{
    BIO *bio = BIO_new(BIO_s_mem());

    for (size_t i = 0; bio != NULL && i < pki->certificate_count; i++) {
        if (pki->certificates[i].is_trusted)
            add_pem(bio, pki->certificates[i].x509, out);
    }
    BIO_free(bio);
    ERR_clear_error();
}

static EVP_PKEY *
find_key(const struct pki *pki, const struct certificate *at)
{
    for (size_t i = 0; i < pki->key_count; i++) {
        if (memcmp(pki->keys[i].spki, at->spki, DIGEST_SIZE) == 0)
            return pki->keys[i].pkey;
    }
    return NULL;
}

/* OpenSSL wipes what its memory leaves behind as it grows; the end is ours. */
static char *
write_key(EVP_PKEY *pkey)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    char *copy = NULL;
    long length = 0;

    if (bio != NULL && PEM_write_bio_PKCS8PrivateKey(
                           bio, pkey, NULL, NULL, 0, NULL, NULL) == 1)
        length = BIO_get_mem_data(bio, &text);
    if (length > 0) {
        copy = mem_alloc((size_t)length + 1);
        memcpy(copy, text, (size_t)length);
        copy[length] = '\0';
        wipe(text, (size_t)length);
    }
    BIO_free(bio);
    ERR_clear_error();
    return copy;
}

bool
pki_tls_identity(
    const struct pki *pki, struct str *out_certificates, char **out_key)
{
    const uint32_t number = pki_presented(pki);
    const struct certificate *at = NULL;
    EVP_PKEY *pkey = NULL;
    BIO *bio;

    for (size_t i = 0; number != 0 && i < pki->certificate_count; i++) {
        if (pki->certificates[i].number == number)
            at = &pki->certificates[i];
    }
    if (at != NULL)
        pkey = find_key(pki, at);
    bio = pkey == NULL ? NULL : BIO_new(BIO_s_mem());
    if (bio == NULL)
        return false;
    for (int i = 0; at != NULL && i <= PKI_DEPTH_MAX; i++) {
        add_pem(bio, at->x509, out_certificates);
        at = issuer_of(pki, at->x509);
        if (at != NULL && at->is_trusted)
            break;
    }
    BIO_free(bio);
    *out_key = write_key(pkey);
    return *out_key != NULL;
}
