/*
 * judge.c - what a peer claims, against what is known and trusted here.
 *
 *    keys are entered for the peer    each of them has to have signed; what
 *                                     certificates it sends does not matter,
 *                                     and a name is proved by a key of that
 *                                     name alone
 *    else, certificates               read them all, find the leaf, follow the
 *                                     path, find the identity in it
 *    last                             the signature over the exchange's hash
 *
 * Nothing that comes from an unproven peer is kept, but revocation lists that
 * a CA of ours has signed.
 */
#include "pki/inside.h"

#include "base/ip.h"
#include "base/log.h"
#include "base/str.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

enum { PEER_CRLS_MAX = 4, PEER_CRL_MAX = 128 * 1024, NAME_ROOM = 200 };

/* ---- signatures ---- */

/* PKCS #1 v1.5 over the bare hash (RFC 2409, 5.1): OpenSSL does so where no
 * digest is named. */
static bool
signature_fits(
    const struct pki *pki, EVP_PKEY *pkey, const struct ike_claim *claim)
{
    EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new_from_pkey(pki->library, pkey, NULL);
    bool fits = context != NULL && claim->signature.length > 0 &&
                EVP_PKEY_verify_init(context) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_verify(context, claim->signature.bytes,
                    claim->signature.length, claim->hash.bytes,
                    claim->hash.length) == 1;

    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return fits;
}

/* ---- what came along ---- */

/* The peer's certificates, read; false: refused. */
static bool
read_all(struct pki *pki, const struct ike_claim *claim, STACK_OF(X509) * out,
    struct ike_verdict *verdict)
{
    const char *why = NULL;
    char name[NAME_ROOM];

    if (claim->certificate_count > PKI_PEER_CERTIFICATES_MAX) {
        return distrust(verdict, IKE_REASON_CERT_CHAIN,
            "the peer sends %zu certificates, and %d is the most",
            claim->certificate_count, (int)PKI_PEER_CERTIFICATES_MAX);
    }
    for (size_t i = 0; i < claim->certificate_count; i++) {
        X509 *x509 = read_certificate(
            pki, claim->certificates[i].bytes, claim->certificates[i].length);

        if (x509 == NULL) {
            return distrust(verdict, IKE_REASON_CERT_MALFORMED,
                "certificate %zu of the peer, %zu bytes, cannot be read", i + 1,
                claim->certificates[i].length);
        }
        (void)sk_X509_push(out, x509);
        name_write(X509_get_subject_name(x509), name, sizeof name);
        if (!names_are_whole(x509) ||
            (X509_get_extension_flags(x509) & EXFLAG_INVALID) != 0) {
            return distrust(verdict, IKE_REASON_CERT_MALFORMED,
                "certificate %s: a name with a zero byte in it, or an "
                "extension that cannot be read",
                name);
        }
        if (!key_is_fit(X509_get0_pubkey(x509), &why)) {
            return distrust(verdict, IKE_REASON_CERT_KEY,
                "certificate %s: its key %s", name, why);
        }
    }
    return true;
}

/* The one that signed; else, for the explanation, the first that is not a
 * CA's. */
static X509 *
find_leaf(const struct pki *pki, const struct ike_claim *claim,
    STACK_OF(X509) * all, bool *out_signed)
{
    X509 *leaf = sk_X509_value(all, 0);

    for (int i = 0; i < sk_X509_num(all); i++) {
        X509 *x509 = sk_X509_value(all, i);

        if (signature_fits(pki, X509_get0_pubkey(x509), claim)) {
            *out_signed = true;
            return x509;
        }
    }
    for (int i = sk_X509_num(all) - 1; i >= 0; i--) {
        if (X509_check_ca(sk_X509_value(all, i)) == 0)
            leaf = sk_X509_value(all, i);
    }
    *out_signed = false;
    return leaf;
}

/* Lists of CAs that are here, newer than what is here: kept, as if imported. */
static void
take_lists(struct pki *pki, const struct ike_claim *claim)
{
    char from[IP_TEXT_SIZE];
    char name[NAME_ROOM];
    struct pki_file file = {.name = name, .is_of_peer = true};
    struct parcel parcel;
    struct str answer;

    (void)snprintf(
        name, sizeof name, "peer %s", ip_format(claim->remote, from));
    for (size_t i = 0; i < claim->crl_count && i < PEER_CRLS_MAX; i++) {
        X509_CRL *crl =
            claim->crls[i].length > PEER_CRL_MAX
                ? NULL
                : read_crl(pki, claim->crls[i].bytes, claim->crls[i].length);

        if (crl == NULL)
            continue;
        parcel = (struct parcel){.crls = {crl}, .crl_count = 1};
        str_init(&answer);
        if (shelf_put(pki, &parcel, &file, &answer, NULL) != OK)
            log_event(LOG_DEBUG, "ikepki", "CRL", "not taken from %s", name);
        str_done(&answer);
        parcel_done(&parcel);
    }
}

/* ---- verdicts ---- */

static void
warn_of_weak(const X509 *leaf, const char *name)
{
    int nid = X509_get_signature_nid(leaf);
    unsigned bits = rsa_bits(X509_get0_pubkey(leaf));

    if (bits < PKI_BITS_WEAK) {
        log_event(LOG_WARNING, "ikepki", "WEAK",
            "the key of certificate %s has %u bits, 2048 are the least today",
            name, bits);
    }
    if (nid == NID_sha1WithRSAEncryption || nid == NID_sha1WithRSA) {
        log_event(LOG_WARNING, "ikepki", "WEAK",
            "certificate %s is signed with SHA-1, which is weak", name);
    }
}

static bool
holds_identity(const struct ike_claim *claim, const X509 *leaf,
    struct ike_verdict *verdict)
{
    char identity[NAME_ROOM];
    char names[NAME_ROOM];

    if (certificate_holds(leaf, claim->identity_type, claim->identity))
        return true;
    identity_write(claim, identity, sizeof identity);
    names_write(leaf, names, sizeof names);
    return distrust(verdict, IKE_REASON_CERT_IDENTITY,
        "the peer says that it is %s, and its certificate holds %s", identity,
        names[0] != '\0' ? names : "its subject alone");
}

static void
judge_chain(struct pki *pki, const struct ike_claim *claim,
    STACK_OF(X509) * all, struct ike_verdict *verdict)
{
    STACK_OF(X509) *path = NULL;
    bool is_signed = false;
    uint8_t *der = NULL;
    X509 *leaf;
    int length;

    if (!read_all(pki, claim, all, verdict))
        return;
    leaf = find_leaf(pki, claim, all, &is_signed);
    certificate_write(leaf, verdict->theirs, sizeof verdict->theirs);
    if (!trust_path(pki, leaf, all, &path, verdict))
        return;
    if (!holds_identity(claim, leaf, verdict) ||
        (!is_signed && !distrust(verdict, IKE_REASON_CERT_SIGNATURE,
                           "the peer's signature was not made by the key of "
                           "its certificate"))) {
        sk_X509_pop_free(path, X509_free);
        return;
    }
    length = i2d_X509(leaf, &der);
    if (length > 0)
        verdict->certificate_id = certificate_id(der, (size_t)length);
    OPENSSL_free(der);
    if (known_put(pki, verdict->certificate_id, path))
        warn_of_weak(leaf, verdict->theirs);
    sk_X509_pop_free(path, X509_free);
}

static void
judge_key(const struct pki *pki, EVP_PKEY *pkey, const struct ike_claim *claim,
    struct ike_verdict *verdict)
{
    const char *why = NULL;

    if (!key_is_fit(pkey, &why)) {
        (void)distrust(verdict, IKE_REASON_CERT_KEY,
            "the key that is entered for the peer %s", why);
    } else if (!signature_fits(pki, pkey, claim)) {
        (void)distrust(verdict, IKE_REASON_CERT_SIGNATURE,
            "the peer's signature was not made by the key that is entered for "
            "it (`ipsec key pubkey-chain rsa`)");
    } else {
        verdict->is_trusted = true;
    }
}

/* False: no key is entered for this peer. */
static bool
judge_entered(const struct pki *pki, const struct ike_claim *claim,
    struct ike_verdict *verdict)
{
    struct entered_key entered = {.at = NULL};
    bool has_name = false;

    while (next_peer_key(pki, claim, &entered)) {
        has_name = has_name || entered.is_of_name;
        verdict->is_trusted = false;
        judge_key(pki, entered.key, claim, verdict);
        EVP_PKEY_free(entered.key);
        if (!verdict->is_trusted)
            return true;
        verdict->is_of_address = !has_name;
    }
    return verdict->is_trusted;
}

static void
refuse_bare(const struct ike_claim *claim, struct ike_verdict *verdict)
{
    char identity[NAME_ROOM];

    identity_write(claim, identity, sizeof identity);
    (void)distrust(verdict, (enum ike_reason)CAUSE_NO_PUBLIC_KEY,
        "%s sends no certificate, and its public key is not entered here",
        identity);
}

void
judge(void *context, const struct ike_claim *claim,
    struct ike_verdict *out_verdict)
{
    struct pki *pki = context;
    STACK_OF(X509) * all;

    *out_verdict = (struct ike_verdict){.is_trusted = false};
    if (judge_entered(pki, claim, out_verdict))
        return;
    if (claim->certificate_count == 0) {
        refuse_bare(claim, out_verdict);
        return;
    }
    take_lists(pki, claim);
    all = sk_X509_new_null();
    judge_chain(pki, claim, all, out_verdict);
    sk_X509_pop_free(all, X509_free);
}
