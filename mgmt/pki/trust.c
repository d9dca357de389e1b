/*
 * trust.c - is a certificate good, by a path to what is trusted here?
 *
 *    leaf <- CA <- CA <- trusted        OpenSSL's verifier: issuers,
 * signatures, |                                 constraints, dates, revocation
 *     |
 *    our policy on top: RSA keys of 1024 to 4096 bits, no MD5, what the leaf
 *    may be used for, clocks that differ a little, `ipsec crl`
 *
 * OpenSSL's security level is 0, because it would refuse without a word what
 * old peers have: 1024 bits and SHA-1.  What is refused instead is written
 * here, each with its cause.
 */
#include "pki/inside.h"

#include "base/str.h"
#include "gen/views.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAME_ROOM = 200, TIME_ROOM = 32, NAMED_MAX = 3 };

/* What the callback of one verification has at hand. */
struct looking {
    struct pki *pki;
    struct ike_verdict *verdict;
};

bool
distrust(
    struct ike_verdict *verdict, enum ike_reason reason, const char *fmt, ...)
{
    va_list args;

    verdict->is_trusted = false;
    verdict->reason = reason;
    va_start(args, fmt);
    (void)vsnprintf(verdict->mismatch, sizeof verdict->mismatch, fmt, args);
    va_end(args);
    return false;
}

/* ---- the configuration ---- */

static void
read_system(const struct pki *pki, struct cfg_system *out_system)
{
    *out_system = (struct cfg_system){.crl = CRL_USE_OPTIONAL};
    if (pki->running != NULL) {
        cfg_system_read(
            config_next(pki->running, OBJECT_SYSTEM, NULL)->fields, out_system);
    }
}

uint64_t
clock_skew(const struct pki *pki)
{
    struct cfg_system system;

    read_system(pki, &system);
    return system.clock_skew;
}

bool
is_named(const X509_NAME *issuer, const char *text)
{
    int at = X509_NAME_get_index_by_NID(issuer, NID_commonName, -1);
    const ASN1_STRING *name;

    if (strchr(text, '=') != NULL)
        return name_equals_text(issuer, text);
    if (at < 0)
        return false;
    name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(issuer, at));
    return (size_t)ASN1_STRING_length(name) == strlen(text) &&
           memcmp(ASN1_STRING_get0_data(name), text, strlen(text)) == 0;
}

enum crl_use
crl_use_of(const struct pki *pki, const X509_NAME *issuer)
{
    const struct object *at = NULL;
    struct cfg_ca_identity ca;
    struct cfg_system system;

    while (pki->running != NULL &&
           (at = config_next(pki->running, OBJECT_CA_IDENTITY,
                at == NULL ? NULL : at->fields)) != NULL) {
        cfg_ca_identity_read(at->fields, &ca);
        if (ca.has_crl &&
            is_named(issuer,
                ca.issuer_identifier != NULL ? ca.issuer_identifier : ca.name))
            return ca.crl;
    }
    read_system(pki, &system);
    return system.crl;
}

/* ---- times, a little late or early ---- */

static bool
is_begun(const struct pki *pki, const ASN1_TIME *time)
{
    uint64_t at = 0;

    return read_time(time, &at) && at <= pki->now_s + clock_skew(pki);
}

static bool
is_over(const struct pki *pki, const ASN1_TIME *time)
{
    uint64_t at = 0;

    return !read_time(time, &at) || at + clock_skew(pki) < pki->now_s;
}

bool
certificate_is_in_time(const struct pki *pki, const X509 *x509)
{
    return is_begun(pki, X509_get0_notBefore(x509)) &&
           !is_over(pki, X509_get0_notAfter(x509));
}

bool
certificate_is_revoked(const struct pki *pki, X509 *x509)
{
    X509_REVOKED *entry = NULL;

    for (size_t i = 0; i < pki->crl_count; i++) {
        X509_CRL *crl = pki->crls[i].crl;

        if (X509_NAME_cmp(
                X509_CRL_get_issuer(crl), X509_get_issuer_name(x509)) == 0 &&
            X509_CRL_get0_by_cert(crl, &entry, x509) == 1)
            return true;
    }
    return false;
}

/* ---- what OpenSSL objects to, and we do not ---- */

static bool
is_crl_error(int error)
{
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
    case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
        return true;
    default:
        return false;
    }
}

static bool
crl_is_fit(const struct pki *pki, int error, const X509_CRL *crl)
{
    if (crl == NULL)
        return false;
    if (error == X509_V_ERR_CRL_HAS_EXPIRED)
        return !is_over(pki, X509_CRL_get0_nextUpdate(crl));
    return error == X509_V_ERR_CRL_NOT_YET_VALID &&
           is_begun(pki, X509_CRL_get0_lastUpdate(crl));
}

/* What is trusted by itself is not asked for revocation lists. */
static bool
is_anchor(X509_STORE_CTX *context)
{
    return X509_STORE_CTX_get_error_depth(context) ==
           sk_X509_num(X509_STORE_CTX_get0_chain(context)) - 1;
}

static bool
is_tolerated(const struct looking *looking, X509_STORE_CTX *context, int error)
{
    const X509 *x509 = X509_STORE_CTX_get_current_cert(context);
    enum crl_use use;

    if (x509 == NULL)
        return false;
    if (error == X509_V_ERR_CERT_HAS_EXPIRED)
        return !is_over(looking->pki, X509_get0_notAfter(x509));
    if (error == X509_V_ERR_CERT_NOT_YET_VALID)
        return is_begun(looking->pki, X509_get0_notBefore(x509));
    if (error != X509_V_ERR_CERT_REVOKED && !is_crl_error(error))
        return false;
    use = crl_use_of(looking->pki, X509_get_issuer_name(x509));
    if (use == CRL_USE_IGNORED || is_anchor(context))
        return true;
    if (error == X509_V_ERR_CERT_REVOKED)
        return false;
    return use == CRL_USE_OPTIONAL ||
           crl_is_fit(
               looking->pki, error, X509_STORE_CTX_get0_current_crl(context));
}

/* ---- and what is refused ---- */

static bool
refuse_dates(
    struct looking *looking, const X509 *x509, int error, const char *name)
{
    bool is_late = error == X509_V_ERR_CERT_HAS_EXPIRED;
    ASN1_TIME *now = ASN1_TIME_set(NULL, (time_t)looking->pki->now_s);
    char time[TIME_ROOM];
    char here[TIME_ROOM];

    time_write(is_late ? X509_get0_notAfter(x509) : X509_get0_notBefore(x509),
        time, sizeof time);
    time_write(now, here, sizeof here); /* the day: a refusal is told once */
    ASN1_TIME_free(now);
    return distrust(looking->verdict,
        is_late ? IKE_REASON_CERT_EXPIRED : IKE_REASON_CERT_NOT_YET,
        is_late ? "certificate %s expired, it was valid to %s UTC; the date "
                  "here is %.10s"
                : "certificate %s is not valid before %s UTC; the date here "
                  "is %.10s",
        name, time, here);
}

static bool
refuse_revoked(struct looking *looking, X509_STORE_CTX *context, X509 *x509,
    const char *name)
{
    X509_CRL *crl = X509_STORE_CTX_get0_current_crl(context);
    X509_REVOKED *entry = NULL;
    char time[TIME_ROOM] = "an unknown time";

    if (crl != NULL && X509_CRL_get0_by_cert(crl, &entry, x509) == 1)
        time_write(X509_REVOKED_get0_revocationDate(entry), time, sizeof time);
    return distrust(looking->verdict, IKE_REASON_CERT_REVOKED,
        "certificate %s is on its issuer's revocation list, since %s UTC", name,
        time);
}

static bool
refuse_crl(struct looking *looking, X509_STORE_CTX *context, int error,
    const X509 *x509)
{
    X509_CRL *crl = X509_STORE_CTX_get0_current_crl(context);
    char issuer[NAME_ROOM];

    name_write(X509_get_issuer_name(x509), issuer, sizeof issuer);
    if (error == X509_V_ERR_CRL_HAS_EXPIRED && crl != NULL) {
        char time[TIME_ROOM];

        time_write(X509_CRL_get0_nextUpdate(crl), time, sizeof time);
        return distrust(looking->verdict, IKE_REASON_CERT_CRL,
            "the revocation list of %s is out of date: a new one was due at "
            "%s UTC",
            issuer, time);
    }
    return distrust(looking->verdict, IKE_REASON_CERT_CRL,
        error == X509_V_ERR_UNABLE_TO_GET_CRL
            ? "there is no revocation list of %s here"
            : "the revocation list of %s cannot be used",
        issuer);
}

/* Is the issuer that nobody has below a CA that is trusted?  The certificate
 * may say who issued its issuer's. */
static bool
is_below_trusted(const struct pki *pki, const X509 *x509)
{
    AUTHORITY_KEYID *id =
        X509_get_ext_d2i(x509, NID_authority_key_identifier, NULL, NULL);
    bool below = false;

    for (int i = 0; id != NULL && i < sk_GENERAL_NAME_num(id->issuer); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(id->issuer, i);

        if (name->type != GEN_DIRNAME ||
            X509_NAME_cmp(name->d.dirn, X509_get_issuer_name(x509)) == 0)
            continue;
        for (size_t k = 0; k < pki->certificate_count; k++) {
            const struct certificate *at = &pki->certificates[k];

            below = below || (at->is_trusted &&
                                 X509_NAME_cmp(X509_get_subject_name(at->x509),
                                     name->d.dirn) == 0);
        }
    }
    AUTHORITY_KEYID_free(id);
    ERR_clear_error();
    return below;
}

static bool
refuse_issuer(struct looking *looking, const X509 *x509, const char *name)
{
    char issuer[NAME_ROOM];

    name_write(X509_get_issuer_name(x509), issuer, sizeof issuer);
    if (is_below_trusted(looking->pki, x509)) {
        return distrust(looking->verdict, IKE_REASON_CERT_CHAIN,
            "certificate %s was issued by %s, whose certificate the peer did "
            "not send and is not here",
            name, issuer);
    }
    return distrust(looking->verdict, IKE_REASON_CERT_CA,
        "certificate %s was issued by %s, which this router does not trust",
        name, issuer);
}

static bool
refuse_other(struct looking *looking, int error, const char *name)
{
    enum ike_reason reason = IKE_REASON_CERT_USAGE;

    switch (error) {
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
    case X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM:
        reason = IKE_REASON_CERT_SIGNATURE;
        break;
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
        reason = IKE_REASON_CERT_CHAIN;
        break;
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
    case X509_V_ERR_INVALID_EXTENSION:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
        reason = IKE_REASON_CERT_MALFORMED;
        break;
    default:
        break; /* constraints, usage, critical extensions */
    }
    return distrust(looking->verdict, reason, "certificate %s: %s", name,
        X509_verify_cert_error_string(error));
}

static bool
refuse(struct looking *looking, X509_STORE_CTX *context, int error)
{
    X509 *x509 = X509_STORE_CTX_get_current_cert(context);
    char name[NAME_ROOM];

    if (x509 == NULL)
        return refuse_other(looking, error, "?");
    name_write(X509_get_subject_name(x509), name, sizeof name);
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return refuse_dates(looking, x509, error, name);
    case X509_V_ERR_CERT_REVOKED:
        return refuse_revoked(looking, context, x509, name);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
        return refuse_issuer(looking, x509, name);
    default:
        break;
    }
    if (is_crl_error(error))
        return refuse_crl(looking, context, error, x509);
    return refuse_other(looking, error, name);
}

static int
on_problem(int ok, X509_STORE_CTX *context)
{
    struct looking *looking = X509_STORE_CTX_get_app_data(context);
    int error = X509_STORE_CTX_get_error(context);

    if (ok == 1 || is_tolerated(looking, context, error)) {
        X509_STORE_CTX_set_error(context, X509_V_OK);
        return 1;
    }
    (void)refuse(looking, context, error);
    return 0;
}

/* ---- our policy along the path ---- */

/* What the leaf may be used for (RFC 4945, 5.1.3.2 and 5.1.3.12): signing, and
 * where uses are listed, one of those that certificates of gateways have. */
static bool
extended_use_is_fit(const X509 *leaf)
{
    static const char *const fit[] = {
        "2.5.29.37.0",        /* any            */
        "1.3.6.1.5.5.7.3.1",  /* server         */
        "1.3.6.1.5.5.7.3.2",  /* client         */
        "1.3.6.1.5.5.7.3.5",  /* IPsec system   */
        "1.3.6.1.5.5.7.3.6",  /* IPsec tunnel   */
        "1.3.6.1.5.5.7.3.7",  /* IPsec user     */
        "1.3.6.1.5.5.7.3.17", /* IKE            */
        "1.3.6.1.5.5.8.2.2",  /* IKE, elsewhere */
    };
    EXTENDED_KEY_USAGE *uses =
        X509_get_ext_d2i(leaf, NID_ext_key_usage, NULL, NULL);
    bool is_fit =
        uses == NULL && X509_get_ext_by_NID(leaf, NID_ext_key_usage, -1) < 0;
    char text[64];

    for (int i = 0; !is_fit && i < sk_ASN1_OBJECT_num(uses); i++) {
        (void)OBJ_obj2txt(text, sizeof text, sk_ASN1_OBJECT_value(uses, i), 1);
        for (size_t k = 0; k < sizeof fit / sizeof fit[0]; k++)
            is_fit = is_fit || str_equal(text, fit[k]);
    }
    EXTENDED_KEY_USAGE_free(uses);
    ERR_clear_error();
    return is_fit;
}

static bool
leaf_is_fit(X509 *leaf, struct ike_verdict *verdict)
{
    uint32_t use = X509_get_key_usage(leaf); /* all, where it is not there */

    if ((use & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0) {
        return distrust(verdict, IKE_REASON_CERT_USAGE,
            "the key usage of the certificate does not have digitalSignature");
    }
    if (!extended_use_is_fit(leaf)) {
        return distrust(verdict, IKE_REASON_CERT_USAGE,
            "the extended key usage of the certificate has no use that an IKE "
            "peer has");
    }
    return true;
}

static bool
is_forgeable(const X509 *x509)
{
    int digest_nid = NID_undef;

    (void)OBJ_find_sigid_algs(X509_get_signature_nid(x509), &digest_nid, NULL);
    return digest_nid == NID_md5 || digest_nid == NID_md4 ||
           digest_nid == NID_md2;
}

static bool
link_is_fit(X509 *x509, bool is_leaf, bool is_last, struct ike_verdict *verdict)
{
    uint32_t flags = X509_get_extension_flags(x509);
    const char *why = NULL;
    char name[NAME_ROOM];

    name_write(X509_get_subject_name(x509), name, sizeof name);
    if (!key_is_fit(X509_get0_pubkey(x509), &why)) {
        return distrust(verdict, IKE_REASON_CERT_KEY,
            "certificate %s: its key %s", name, why);
    }
    if (!is_last && is_forgeable(x509)) {
        return distrust(verdict, IKE_REASON_CERT_SIGNATURE,
            "certificate %s is signed with %s, which can be forged", name,
            signature_name(x509));
    }
    if (!is_leaf && !is_last &&
        (flags & (EXFLAG_BCONS | EXFLAG_CA)) != (EXFLAG_BCONS | EXFLAG_CA)) {
        return distrust(verdict, IKE_REASON_CERT_USAGE,
            "certificate %s is not of a CA (basic constraints)", name);
    }
    return true;
}

static bool
path_is_fit(STACK_OF(X509) * path, struct ike_verdict *verdict)
{
    int count = sk_X509_num(path);

    for (int i = 0; i < count; i++) {
        if (!link_is_fit(
                sk_X509_value(path, i), i == 0, i == count - 1, verdict))
            return false;
    }
    return leaf_is_fit(sk_X509_value(path, 0), verdict);
}

/* ---- the verifier ---- */

/* NULL: no memory. */
static X509_STORE *
anchors_of(struct pki *pki)
{
    if (pki->anchors != NULL)
        return pki->anchors;
    pki->anchors = X509_STORE_new();
    for (size_t i = 0; i < pki->certificate_count && pki->anchors != NULL;
         i++) {
        if (pki->certificates[i].is_trusted) {
            (void)X509_STORE_add_cert(pki->anchors, pki->certificates[i].x509);
        }
    }
    return pki->anchors;
}

/* All that may stand between: what came along, and CAs that are here. */
static STACK_OF(X509) *
    between_of(const struct pki *pki, STACK_OF(X509) * others)
{
    STACK_OF(X509) *between = sk_X509_new_null();

    for (int i = 0; i < sk_X509_num(others); i++)
        (void)sk_X509_push(between, sk_X509_value(others, i));
    for (size_t i = 0; i < pki->certificate_count; i++) {
        if (!pki->certificates[i].is_trusted)
            (void)sk_X509_push(between, pki->certificates[i].x509);
    }
    return between;
}

static STACK_OF(X509_CRL) * lists_of(const struct pki *pki)
{
    STACK_OF(X509_CRL) *lists = sk_X509_CRL_new_null();

    for (size_t i = 0; i < pki->crl_count; i++)
        (void)sk_X509_CRL_push(lists, pki->crls[i].crl);
    return lists;
}

static void
set_parameters(const struct pki *pki, X509_STORE_CTX *context)
{
    X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);

    (void)X509_VERIFY_PARAM_set_flags(
        parameters, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL |
                        X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_time(parameters, (time_t)pki->now_s);
    X509_VERIFY_PARAM_set_depth(parameters, PKI_DEPTH_MAX);
    X509_VERIFY_PARAM_set_auth_level(parameters, 0);
}

/* By name, for people: whom we trust. */
static void
write_anchors(const struct pki *pki, char *out, size_t size)
{
    size_t named = 0;
    struct str text;
    char name[NAME_ROOM];

    str_init(&text);
    for (size_t i = 0; i < pki->certificate_count; i++) {
        if (!pki->certificates[i].is_trusted || named++ >= NAMED_MAX)
            continue;
        name_write(X509_get_subject_name(pki->certificates[i].x509), name,
            sizeof name);
        str_printf(&text, "%s%s", named > 1 ? "; " : "trusted: ", name);
    }
    if (named == 0)
        str_add(&text, "no CA is trusted here");
    if (named > NAMED_MAX)
        str_printf(&text, "; and %zu more", named - NAMED_MAX);
    (void)snprintf(out, size, "%s", str_text(&text));
    str_done(&text);
}

bool
trust_path(struct pki *pki, X509 *leaf, STACK_OF(X509) * others,
    STACK_OF(X509) * *out_path, struct ike_verdict *verdict)
{
    struct looking looking = {pki, verdict};
    X509_STORE_CTX *context = X509_STORE_CTX_new_ex(pki->library, NULL);
    STACK_OF(X509) *between = between_of(pki, others);
    STACK_OF(X509_CRL) *lists = lists_of(pki);
    STACK_OF(X509) *path = NULL;
    bool good = false;

    (void)distrust(
        verdict, IKE_REASON_CERT_MALFORMED, "the certificate cannot be read");
    write_anchors(pki, verdict->ours, sizeof verdict->ours);
    if (context != NULL && anchors_of(pki) != NULL &&
        X509_STORE_CTX_init(context, pki->anchors, leaf, between) == 1) {
        set_parameters(pki, context);
        X509_STORE_CTX_set0_crls(context, lists);
        X509_STORE_CTX_set_verify_cb(context, on_problem);
        (void)X509_STORE_CTX_set_app_data(context, &looking);
        good = X509_verify_cert(context) == 1;
        if (good)
            path = X509_STORE_CTX_get1_chain(context);
    }
    X509_STORE_CTX_free(context);
    sk_X509_free(between);
    sk_X509_CRL_free(lists);
    ERR_clear_error();
    if (!good || path == NULL || !path_is_fit(path, verdict)) {
        sk_X509_pop_free(path, X509_free);
        return false;
    }
    verdict->is_trusted = true;
    verdict->reason = (enum ike_reason)0;
    verdict->mismatch[0] = '\0';
    verdict->ours[0] = '\0';
    *out_path = path;
    return true;
}
