/*
 * put.c - what a file or a command brings, looked at and taken in.
 *
 *    keys          RSA, 1024 to 4096 bits
 *    certificates  of one of our keys, or of a CA; a CA's that it signed
 *                  itself is trusted from then on, another one completes
 *                  paths, and is trusted where the command says so
 *    lists         whole (scope.c), signed by a CA that is here (or comes
 *                  along), and not older than the one that they replace
 *
 * Whatever is refused refuses the whole file.
 */
#include "pki/inside.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "crypto/seal.h"
#include "pki/shelf.h"
#include "store/store.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_ROOM = 320,
    ITEMS_MAX = PKI_KEYS_MAX + PKI_CERTIFICATES_MAX + 2 * PKI_CRLS_MAX
};

/* One parcel on its way; what is NULL in it was taken over, or is known. */
struct putting {
    struct pki *pki;
    struct parcel *parcel;
    const struct pki_file *file;
    struct str *answer;
    struct diag *diag;
    struct store_pki items[ITEMS_MAX];
    char *names[ITEMS_MAX];   /* of the items, heap          */
    uint8_t *ders[ITEMS_MAX]; /* the same, OpenSSL's heap    */
    size_t count;
    size_t new_certificates; /* that replace nothing */
    size_t new_crls;
    uint32_t next_number;
    uint32_t next_key;
};

static enum err refuse(const struct putting *put, enum err error,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static enum err
refuse(const struct putting *put, enum err error, const char *fmt, ...)
{
    struct str sentence;
    va_list args;

    str_init(&sentence);
    str_printf(&sentence, "%s: ", put->file->name);
    va_start(args, fmt);
    str_vprintf(&sentence, fmt, args);
    va_end(args);
    diag_add(put->diag, DIAG_ERROR, NULL, NULL, "%s", str_text(&sentence));
    str_done(&sentence);
    return error;
}

/* The name and the DER, which may be NULL, are taken over. */
static struct store_pki *
add_item(struct putting *put, enum store_pki_kind kind, uint32_t number,
    char *name, struct ike_blob der)
{
    struct store_pki *item = &put->items[put->count];

    put->names[put->count] = name;
    put->count++;
    *item = (struct store_pki){
        .kind = kind,
        .number = number,
        .name = name,
        .source = put->file->name,
        .der = der.bytes,
        .length = der.length,
    };
    return item;
}

/* ---- keys ---- */

/* Sealed text on the heap; NULL: it cannot be. */
static char *
seal_key(const struct pki *pki, EVP_PKEY *pkey)
{
    PKCS8_PRIV_KEY_INFO *pkcs8 = EVP_PKEY2PKCS8(pkey);
    uint8_t *der = NULL;
    int length = pkcs8 == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(pkcs8, &der);
    struct str sealed;
    enum err error = ERR_INVALID;

    str_init(&sealed);
    if (length > 0) {
        error = seal_long(pki->sealer, der, (size_t)length, &sealed);
        OPENSSL_clear_free(der, (size_t)length);
    }
    PKCS8_PRIV_KEY_INFO_free(pkcs8); /* wipes */
    ERR_clear_error();
    if (error == OK)
        return str_take(&sealed);
    str_done(&sealed);
    return NULL;
}

/* The key of the parcel is known already: forget it. */
static bool
drop_known_key(struct putting *put, size_t position)
{
    EVP_PKEY **pkey = &put->parcel->keys[position];
    uint8_t spki[DIGEST_SIZE];

    if (!pkey_digest(*pkey, spki) || key_of(put->pki, spki) == NULL)
        return false;
    EVP_PKEY_free(*pkey);
    *pkey = NULL;
    str_add(put->answer, "The key is here already.\n");
    return true;
}

static enum err
look_at_key(struct putting *put, size_t position)
{
    EVP_PKEY *pkey = put->parcel->keys[position];
    const struct ike_blob none = {NULL, 0};
    const char *why = NULL;
    char *sealed;

    if (!key_is_fit(pkey, &why))
        return refuse(put, ERR_INVALID, "the private key %s.", why);
    if (drop_known_key(put, position))
        return OK;
    if (put->pki->key_count + put->parcel->key_count > PKI_KEYS_MAX) {
        return refuse(put, ERR_EXHAUSTED,
            "there would be more than %d keys; `ipsec key zeroize rsa` "
            "removes them all.",
            (int)PKI_KEYS_MAX);
    }
    sealed = seal_key(put->pki, pkey);
    if (sealed == NULL)
        return refuse(put, ERR_IO, "the key cannot be sealed.");
    (void)add_item(put, STORE_PKI_KEY, ++put->next_key, sealed, none);
    str_printf(put->answer, "RSA key %u, %u bits, is here.\n", put->next_key,
        rsa_bits(pkey));
    if (rsa_bits(pkey) < PKI_BITS_WEAK) {
        str_add(
            put->answer, "Warning: a key of less than 2048 bits is weak.\n");
    }
    return OK;
}

/* ---- certificates ---- */

static bool
is_same_certificate(const struct certificate *here, X509 *x509)
{
    return X509_cmp(here->x509, x509) == 0;
}

static const struct certificate *
find_same(const struct pki *pki, X509 *x509)
{
    for (size_t i = 0; i < pki->certificate_count; i++) {
        if (is_same_certificate(&pki->certificates[i], x509))
            return &pki->certificates[i];
    }
    return NULL;
}

/* Of a key that is here or comes along? */
static bool
has_key(const struct putting *put, const X509 *x509)
{
    uint8_t spki[DIGEST_SIZE];
    uint8_t other[DIGEST_SIZE];

    if (!spki_digest(x509, spki))
        return false;
    if (key_of(put->pki, spki) != NULL)
        return true;
    for (size_t i = 0; i < put->parcel->key_count; i++) {
        if (put->parcel->keys[i] != NULL &&
            pkey_digest(put->parcel->keys[i], other) &&
            memcmp(spki, other, DIGEST_SIZE) == 0)
            return true;
    }
    return false;
}

static void
warn_of(const struct putting *put, X509 *x509)
{
    int nid = X509_get_signature_nid(x509);
    struct str *answer = put->answer;
    uint64_t until = 0;

    if (rsa_bits(X509_get0_pubkey(x509)) < PKI_BITS_WEAK) {
        str_add(answer,
            "Warning: its key has less than 2048 bits, which is weak.\n");
    }
    if (nid == NID_sha1WithRSAEncryption && !is_self_signed(x509)) {
        str_add(answer, "Warning: it is signed with SHA-1, which is weak.\n");
    }
    if (read_time(X509_get0_notAfter(x509), &until) && until < put->pki->now_s)
        str_add(answer, "Warning: it has expired.\n");
}

static void
tell_certificate(
    const struct putting *put, const struct store_pki *item, X509 *x509)
{
    char until[TEXT_ROOM];

    time_write(X509_get0_notAfter(x509), until, sizeof until);
    str_printf(put->answer, "Certificate %u: %s, valid to %s; %s.\n",
        item->number, item->name, until,
        has_key(put, x509) ? "it is this router's own"
        : item->is_trusted ? "its CA is trusted now"
                           : "its CA completes paths, and is not trusted by "
                             "itself");
    warn_of(put, x509);
}

static enum err
check_use(const struct putting *put, X509 *x509, const char *name)
{
    const char *why = NULL;

    if (!key_is_fit(X509_get0_pubkey(x509), &why)) {
        return refuse(
            put, ERR_INVALID, "certificate %s: its key %s.", name, why);
    }
    if (!names_are_whole(x509)) {
        return refuse(put, ERR_MALFORMED,
            "certificate %s: one of its names holds a zero byte, or cannot be "
            "read.",
            name);
    }
    if (has_key(put, x509) || X509_check_ca(x509) > 0)
        return OK;
    return refuse(put, ERR_CONFLICT,
        "certificate %s is not of a CA, and no key here belongs to it: import "
        "the key with it, or have the request of this router signed.",
        name);
}

static enum err
look_at_certificate(struct putting *put, size_t position)
{
    X509 **x509 = &put->parcel->certificates[position];
    const struct certificate *same = find_same(put->pki, *x509);
    bool trusts = is_self_signed(*x509) || put->file->is_trusted;
    struct store_pki *item;
    char name[TEXT_ROOM];
    uint8_t *der = NULL;
    enum err error;
    int length;

    name_write(X509_get_subject_name(*x509), name, sizeof name);
    error = check_use(put, *x509, name);
    if (error != OK)
        return error;
    if (same != NULL && (same->is_trusted || !trusts)) {
        str_printf(put->answer, "Certificate %u is here already: %s.\n",
            same->number, name);
        X509_free(*x509);
        *x509 = NULL;
        return OK;
    }
    length = i2d_X509(*x509, &der);
    if (length <= 0 || length > PKI_CERTIFICATE_MAX) {
        OPENSSL_free(der);
        return refuse(put, ERR_EXHAUSTED,
            "certificate %s is longer than %d bytes.", name,
            (int)PKI_CERTIFICATE_MAX);
    }
    put->ders[put->count] = der;
    put->new_certificates += same == NULL;
    item = add_item(put, STORE_PKI_CERTIFICATE,
        same != NULL ? same->number : ++put->next_number, mem_strdup(name),
        (struct ike_blob){der, (size_t)length});
    item->is_trusted = trusts && !has_key(put, *x509);
    tell_certificate(put, item, *x509);
    return OK;
}

/* ---- lists ---- */

static EVP_PKEY *
signer_in(const struct putting *put, X509_CRL *crl)
{
    const X509_NAME *issuer = X509_CRL_get_issuer(crl);

    for (size_t i = 0; i < put->parcel->certificate_count; i++) {
        X509 *ca = put->parcel->certificates[i];

        if (ca != NULL &&
            X509_NAME_cmp(X509_get_subject_name(ca), issuer) == 0 &&
            X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1)
            return X509_get0_pubkey(ca);
    }
    return NULL;
}

static EVP_PKEY *
signer_of(const struct putting *put, X509_CRL *crl, bool *out_named)
{
    const X509_NAME *issuer = X509_CRL_get_issuer(crl);
    EVP_PKEY *found = signer_in(put, crl);

    for (size_t i = 0; found == NULL && i < put->pki->certificate_count; i++) {
        X509 *ca = put->pki->certificates[i].x509;

        if (X509_NAME_cmp(X509_get_subject_name(ca), issuer) != 0)
            continue;
        *out_named = true;
        if (X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1)
            found = X509_get0_pubkey(ca);
    }
    ERR_clear_error();
    return found;
}

/* The list here that this key signed, for the same certificates; NULL: none. */
static const struct crl *
find_older(const struct pki *pki, const X509_CRL *crl, EVP_PKEY *signer)
{
    for (size_t i = 0; i < pki->crl_count; i++) {
        X509_CRL *at = pki->crls[i].crl;

        if (X509_NAME_cmp(X509_CRL_get_issuer(at), X509_CRL_get_issuer(crl)) ==
                0 &&
            crl_is_for_the_same(at, crl) && X509_CRL_verify(at, signer) == 1)
            return &pki->crls[i];
    }
    ERR_clear_error();
    return NULL;
}

/* Made before that one, or in the same second with a smaller number? */
static bool
is_older(const X509_CRL *crl, const X509_CRL *than)
{
    ASN1_INTEGER *number =
        X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
    ASN1_INTEGER *other =
        X509_CRL_get_ext_d2i(than, NID_crl_number, NULL, NULL);
    uint64_t made = 0;
    uint64_t before = 0;
    bool is_dated = read_time(X509_CRL_get0_lastUpdate(crl), &made) &&
                    read_time(X509_CRL_get0_lastUpdate(than), &before);
    bool is_numbered = number != NULL && other != NULL;
    bool older =
        is_dated && (made < before || (made == before && is_numbered &&
                                          ASN1_INTEGER_cmp(number, other) < 0));

    ASN1_INTEGER_free(number);
    ASN1_INTEGER_free(other);
    ERR_clear_error();
    return older;
}

static enum err
check_crl(const struct putting *put, X509_CRL *crl, const char *name,
    const struct crl **out_older)
{
    bool has_name = false;
    EVP_PKEY *signer = signer_of(put, crl, &has_name);
    const struct crl *older;
    const char *why = NULL;
    uint64_t made = 0;

    if (signer == NULL && has_name) {
        return refuse(put, ERR_AUTH,
            "the revocation list is not signed by %s, as it says.", name);
    }
    if (signer == NULL) {
        return refuse(put, ERR_NOT_FOUND,
            "the revocation list is of %s, whose certificate is not here: "
            "import that first.",
            name);
    }
    if (!crl_is_whole(crl, &why)) {
        return refuse(put, ERR_INVALID,
            "the revocation list of %s %s: import the whole one.", name, why);
    }
    older = find_older(put->pki, crl, signer);
    if (!read_time(X509_CRL_get0_lastUpdate(crl), &made))
        return refuse(put, ERR_MALFORMED, "the revocation list has no date.");
    if (older != NULL && is_older(crl, older->crl)) {
        return refuse(put, ERR_CONFLICT,
            "the revocation list of %s is older than the one that is here.",
            name);
    }
    *out_older = older;
    return OK;
}

/* Those of ours that the list revokes: peers refuse us from now on. */
static void
say_ours(struct putting *put, X509_CRL *crl)
{
    const struct pki *pki = put->pki;
    X509_REVOKED *entry = NULL;
    char name[TEXT_ROOM];

    for (size_t i = 0; i < pki->certificate_count; i++) {
        const struct certificate *at = &pki->certificates[i];

        if (!certificate_is_own(pki, at) ||
            X509_NAME_cmp(X509_CRL_get_issuer(crl),
                X509_get_issuer_name(at->x509)) != 0 ||
            X509_CRL_get0_by_cert(crl, &entry, at->x509) != 1)
            continue;
        name_write(X509_get_subject_name(at->x509), name, sizeof name);
        str_printf(put->answer,
            "Warning: it revokes certificate %u, %s, which is this router's: "
            "peers that have the list refuse it.\n",
            at->number, name);
    }
}

static enum err
look_at_crl(struct putting *put, size_t position)
{
    X509_CRL **crl = &put->parcel->crls[position];
    const struct crl *older = NULL;
    struct store_pki *item;
    char name[TEXT_ROOM];
    uint8_t *der = NULL;
    enum err error;
    int length;
    int count;

    name_write(X509_CRL_get_issuer(*crl), name, sizeof name);
    error = check_crl(put, *crl, name, &older);
    if (error != OK)
        return error;
    if (older != NULL && X509_CRL_match(older->crl, *crl) == 0) {
        str_printf(put->answer, "The list of %s is here already.\n", name);
        X509_CRL_free(*crl);
        *crl = NULL;
        return OK;
    }
    length = i2d_X509_CRL(*crl, &der);
    if (length <= 0)
        return refuse(put, ERR_MALFORMED, "the list cannot be written.");
    put->ders[put->count] = der;
    put->new_crls += older == NULL;
    item = add_item(put, STORE_PKI_CRL,
        older != NULL ? older->number : ++put->next_number, mem_strdup(name),
        (struct ike_blob){der, (size_t)length});
    count = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(*crl)); /* -1: none */
    str_printf(put->answer, "Revocation list %u of %s: %d %s.\n", item->number,
        name, count < 0 ? 0 : count, count == 1 ? "entry" : "entries");
    say_ours(put, *crl);
    return OK;
}

/* ---- all of it ---- */

/* What replaces another one takes no room. */
static enum err
check_room(const struct putting *put)
{
    const struct pki *pki = put->pki;
    size_t crls_max = put->file->is_of_peer ? PKI_PEER_CRLS_MAX : PKI_CRLS_MAX;

    if (pki->certificate_count + put->new_certificates > PKI_CERTIFICATES_MAX) {
        return refuse(put, ERR_EXHAUSTED,
            "there would be more than %d "
            "certificates.",
            (int)PKI_CERTIFICATES_MAX);
    }
    if (put->new_crls > 0 && pki->crl_count + put->new_crls > crls_max) {
        return refuse(put, ERR_EXHAUSTED,
            "there would be more than %zu revocation lists.", crls_max);
    }
    return OK;
}

static enum err
look(struct putting *put)
{
    struct parcel *parcel = put->parcel;
    enum err error = OK;
    size_t i;

    if (parcel->is_full)
        return refuse(put, ERR_EXHAUSTED, "it holds more than is kept here.");
    for (i = 0; i < parcel->key_count && error == OK; i++)
        error = look_at_key(put, i);
    for (i = 0; i < parcel->certificate_count && error == OK; i++)
        error = look_at_certificate(put, i);
    for (i = 0; i < parcel->crl_count && error == OK; i++)
        error = look_at_crl(put, i);
    return error != OK ? error : check_room(put);
}

/* In place of one of the same number. */
static void
make_room(struct pki *pki, const struct store_pki *item)
{
    for (size_t i = 0; i < pki->certificate_count; i++) {
        if (pki->certificates[i].number == item->number)
            shelf_drop_certificate(pki, i);
    }
    for (size_t i = 0; i < pki->crl_count; i++) {
        if (pki->crls[i].number == item->number)
            shelf_drop_crl(pki, i);
    }
}

/* The items stand in the order of the parcel, without what is NULL in it. */
static void
take_over(struct putting *put)
{
    struct parcel *parcel = put->parcel;
    const struct store_pki *item = put->items;
    size_t i;

    for (i = 0; i < parcel->key_count; i++) {
        if (parcel->keys[i] != NULL)
            shelf_take_key(put->pki, item++->number, parcel->keys[i]);
        parcel->keys[i] = NULL;
    }
    for (i = 0; i < parcel->certificate_count; i++) {
        if (parcel->certificates[i] == NULL)
            continue;
        make_room(put->pki, item);
        shelf_take_certificate(put->pki, parcel->certificates[i], item++);
        parcel->certificates[i] = NULL;
    }
    for (i = 0; i < parcel->crl_count; i++) {
        if (parcel->crls[i] == NULL)
            continue;
        make_room(put->pki, item);
        shelf_take_crl(put->pki, parcel->crls[i], item++);
        parcel->crls[i] = NULL;
    }
}

static void
putting_done(struct putting *put)
{
    for (size_t i = 0; i < put->count; i++) {
        free(put->names[i]);
        OPENSSL_free(put->ders[i]);
    }
    free(put);
}

enum err
shelf_put(struct pki *pki, struct parcel *parcel, const struct pki_file *file,
    struct str *answer, struct diag *diag)
{
    struct putting *put = mem_alloc(sizeof *put);
    enum err error;

    *put = (struct putting){
        .pki = pki,
        .parcel = parcel,
        .file = file,
        .answer = answer,
        .diag = diag,
        .next_number = pki->last_number,
        .next_key = pki->last_key,
    };
    error = look(put);
    if (error == OK && put->count > 0)
        error = store_pki_write(pki->store, put->items, put->count, diag);
    if (error == OK && put->count > 0) {
        take_over(put);
        pki_changed(pki);
        log_event(LOG_NOTICE, "ikepki", "IMPORTED", "%zu %s of %s", put->count,
            put->count == 1 ? "part" : "parts", file->name);
    }
    putting_done(put);
    return error;
}
