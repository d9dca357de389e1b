/*
 * present.c - who we are: the chain that peers are shown, the identity that
 * goes with it, and the signature that proves it.
 */
#include "pki/inside.h"

#include "base/ip.h"
#include "base/str.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

enum { ADDRESS_SIZE = 4 };

/* ---- which certificate ---- */

static bool
is_empty(const struct ike_identity *identity)
{
    return identity == NULL ||
           (identity->name[0] == '\0' && identity->address == 0);
}

static uint8_t
type_of(const struct ike_identity *identity)
{
    if (identity->name[0] == '\0')
        return ID_ADDRESS;
    if (strchr(identity->name, '=') != NULL)
        return ID_DN;
    return strchr(identity->name, '@') != NULL ? ID_USER_FQDN : ID_FQDN;
}

static void
address_bytes(uint32_t address, uint8_t bytes[ADDRESS_SIZE])
{
    for (size_t i = 0; i < ADDRESS_SIZE; i++)
        bytes[i] = (uint8_t)(address >> (8 * (ADDRESS_SIZE - 1 - i)));
}

static bool
proves(const X509 *x509, const struct ike_identity *identity)
{
    uint8_t bytes[ADDRESS_SIZE];
    struct ike_blob body = {bytes, ADDRESS_SIZE};

    if (type_of(identity) == ID_DN)
        return name_equals_text(X509_get_subject_name(x509), identity->name);
    if (type_of(identity) != ID_ADDRESS) {
        body = (struct ike_blob){
            (const uint8_t *)identity->name, strlen(identity->name)};
    } else {
        address_bytes(identity->address, bytes);
    }
    return certificate_holds(x509, type_of(identity), body);
}

static bool
is_asked_for(
    const X509_NAME *name, const struct ike_blob *authorities, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = authorities[i].bytes;
        X509_NAME *asked =
            authorities[i].length > PKI_CERTIFICATE_MAX
                ? NULL
                : d2i_X509_NAME(NULL, &at, (long)authorities[i].length);
        bool same = asked != NULL && X509_NAME_cmp(asked, name) == 0;

        X509_NAME_free(asked);
        ERR_clear_error();
        if (same)
            return true;
    }
    return false;
}

/* Does a CA that the peer asked for stand above it? */
static bool
leads_to(const struct pki *pki, X509 *x509, const struct ike_blob *authorities,
    size_t count)
{
    for (int i = 0; i <= PKI_DEPTH_MAX; i++) {
        const struct certificate *above;

        if (is_asked_for(X509_get_issuer_name(x509), authorities, count))
            return true;
        above = issuer_of(pki, x509);
        if (above == NULL)
            return false;
        x509 = above->x509;
    }
    return false;
}

/* Will peers take it: in time, and neither it nor what is above it revoked? */
static bool
is_good(const struct pki *pki, const struct certificate *at)
{
    if (!certificate_is_in_time(pki, at->x509))
        return false;
    for (int i = 0; at != NULL && i <= PKI_DEPTH_MAX; i++) {
        if (certificate_is_revoked(pki, at->x509))
            return false;
        at = is_self_signed(at->x509) ? NULL : issuer_of(pki, at->x509);
    }
    return true;
}

/* What speaks for a certificate: that it is good before what the peer asked
 * for, that before who we shall be, that before its age. */
static unsigned
rank(const struct pki *pki, const struct certificate *at,
    const struct ike_identity *us, const struct ike_blob *authorities,
    size_t count)
{
    enum { GOOD = 4, ASKED = 2, PROVES = 1 };
    unsigned points = 0;

    if (is_good(pki, at))
        points += GOOD;
    if (is_empty(us) || proves(at->x509, us))
        points += PROVES;
    if (count == 0 || leads_to(pki, at->x509, authorities, count))
        points += ASKED;
    return points;
}

/* Is it newer: made later, or imported later? */
static bool
is_newer(const struct certificate *a, const struct certificate *b)
{
    int order = ASN1_TIME_compare(
        X509_get0_notBefore(a->x509), X509_get0_notBefore(b->x509));

    return order != 0 ? order > 0 : a->number > b->number;
}

static const struct certificate *
choose(const struct pki *pki, const struct ike_identity *us,
    const struct ike_blob *authorities, size_t count)
{
    const struct certificate *best = NULL;
    unsigned most = 0;

    for (size_t i = 0; i < pki->certificate_count; i++) {
        const struct certificate *at = &pki->certificates[i];
        unsigned points;

        if (!certificate_is_own(pki, at))
            continue;
        points = rank(pki, at, us, authorities, count);
        if (best == NULL || points > most ||
            (points == most && is_newer(at, best))) {
            best = at;
            most = points;
        }
    }
    return best;
}

uint32_t
pki_presented(const struct pki *pki)
{
    const struct certificate *own = choose(pki, NULL, NULL, 0);

    return own == NULL ? 0 : own->number;
}

/* ---- the table's functions ---- */

bool
pki_is_usable(const struct pki *pki)
{
    const struct certificate *own = choose(pki, NULL, NULL, 0);

    return pki->key_count > 0 &&
           ((own != NULL && is_good(pki, own)) || has_peer_keys(pki));
}

/* One that is not good is tried all the same: the peer's clock may be right,
 * and its refusal says more than that nothing was proposed. */
bool
is_usable(void *context)
{
    const struct pki *pki = context;

    return pki->key_count > 0 &&
           (choose(pki, NULL, NULL, 0) != NULL || has_peer_keys(pki));
}

size_t
own_chain(void *context, const struct ike_identity *us,
    const struct ike_blob *authorities, size_t count, struct ike_blob *out,
    size_t room)
{
    const struct pki *pki = context;
    const struct certificate *at = choose(pki, us, authorities, count);
    size_t written = 0;

    /* what signed itself the peer has, or does not trust */
    while (at != NULL && written < room && written <= PKI_DEPTH_MAX &&
           (written == 0 || !is_self_signed(at->x509))) {
        out[written++] = (struct ike_blob){at->der, at->length};
        at = issuer_of(pki, at->x509);
    }
    return written;
}

static const struct certificate *
find_der(const struct pki *pki, struct ike_blob der)
{
    for (size_t i = 0; i < pki->certificate_count; i++) {
        const struct certificate *at = &pki->certificates[i];

        if (at->length == der.length &&
            memcmp(at->der, der.bytes, der.length) == 0)
            return at;
    }
    return NULL;
}

/* By the bare key we are what is configured, or our address. */
static bool
identify_bare(struct pki *pki, const struct ike_identity *wanted,
    uint32_t local, uint8_t *out_type, struct ike_blob *out_body)
{
    struct ike_identity us = {.address = local};

    if (!is_empty(wanted))
        us = *wanted;
    if (type_of(&us) == ID_DN)
        return false; /* only a certificate has a subject */
    *out_type = type_of(&us);
    if (*out_type == ID_ADDRESS) {
        address_bytes(us.address, pki->said);
        *out_body = (struct ike_blob){pki->said, ADDRESS_SIZE};
    } else {
        memcpy(pki->said, us.name, strlen(us.name));
        *out_body = (struct ike_blob){pki->said, strlen(us.name)};
    }
    return true;
}

static bool
identify_wanted(struct pki *pki, const X509 *x509,
    const struct ike_identity *wanted, uint8_t *out_type,
    struct ike_blob *out_body)
{
    if (!proves(x509, wanted))
        return false;
    if (type_of(wanted) == ID_DN) {
        *out_type = ID_DN;
        return certificate_identity(x509, ID_DN, pki->said, out_body);
    }
    return identify_bare(pki, wanted, 0, out_type, out_body);
}

bool
identify(void *context, struct ike_blob certificate,
    const struct ike_identity *wanted, uint32_t local, uint8_t *out_type,
    struct ike_blob *out_body)
{
    static const uint8_t order[] = {ID_FQDN, ID_USER_FQDN, ID_DN};
    const struct ike_identity here = {.address = local};
    struct pki *pki = context;
    const struct certificate *own;

    if (certificate.length == 0)
        return identify_bare(pki, wanted, local, out_type, out_body);
    own = find_der(pki, certificate);
    if (own == NULL)
        return false;
    if (!is_empty(wanted))
        return identify_wanted(pki, own->x509, wanted, out_type, out_body);
    if (local != 0 && proves(own->x509, &here))
        return identify_bare(pki, &here, local, out_type, out_body);
    for (size_t i = 0; i < sizeof order; i++) {
        if (certificate_identity(own->x509, order[i], pki->said, out_body)) {
            *out_type = order[i];
            return true;
        }
    }
    return false;
}

size_t
trusted_names(void *context, struct ike_blob *out, size_t room)
{
    const struct pki *pki = context;
    size_t written = 0;

    for (size_t i = 0; i < pki->certificate_count && written < room; i++) {
        const struct certificate *at = &pki->certificates[i];

        if (at->is_trusted &&
            X509_NAME_get0_der(X509_get_subject_name(at->x509),
                &out[written].bytes, &out[written].length) == 1)
            written++;
    }
    return written;
}

static EVP_PKEY *
key_for(struct pki *pki, struct ike_blob certificate)
{
    const struct certificate *own;
    const struct key *key;

    if (certificate.length == 0)
        return pki->key_count == 0 ? NULL : pki->keys[pki->key_count - 1].pkey;
    own = find_der(pki, certificate);
    key = own == NULL ? NULL : key_of(pki, own->spki);
    return key == NULL ? NULL : key->pkey;
}

size_t
sign(void *context, struct ike_blob certificate, struct ike_blob hash,
    uint8_t *out, size_t room)
{
    struct pki *pki = context;
    EVP_PKEY *pkey = key_for(pki, certificate);
    EVP_PKEY_CTX *signing;
    size_t length = room;

    if (pkey == NULL || (size_t)EVP_PKEY_get_size(pkey) > room)
        return 0;
    signing = EVP_PKEY_CTX_new_from_pkey(pki->library, pkey, NULL);
    if (signing == NULL || EVP_PKEY_sign_init(signing) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(signing, RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_sign(signing, out, &length, hash.bytes, hash.length) != 1)
        length = 0;
    EVP_PKEY_CTX_free(signing);
    ERR_clear_error();
    return length;
}
