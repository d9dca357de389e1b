/*
 * scope.c - for which certificates of its CA a revocation list speaks.
 *
 *    whole     all of them, or all that its issuing distribution point names
 *    delta     only what changed since another one        (RFC 5280, 5.2.4)
 *    indirect  for other CAs, or only for some reasons    (RFC 5280, 5.2.5)
 *
 * The last two are signed by the CA as well, are newer than the whole list, and
 * anyone may have them: in its place they would make revoked certificates good
 * again.  So only whole ones are kept, and one replaces another only where both
 * speak for the same certificates.
 */
#include "pki/inside.h"

#include <openssl/err.h>

/* Extensions that may be critical, for they are looked at. */
static bool
is_understood(int nid)
{
    return nid == NID_issuing_distribution_point || nid == NID_crl_number ||
           nid == NID_authority_key_identifier;
}

static bool
has_strange_critical(const X509_CRL *crl)
{
    for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
        X509_EXTENSION *extension = X509_CRL_get_ext(crl, i);

        if (X509_EXTENSION_get_critical(extension) == 1 &&
            !is_understood(OBJ_obj2nid(X509_EXTENSION_get_object(extension))))
            return true;
    }
    return false;
}

/* NULL: nothing against it. */
static const char *
point_problem(const X509_CRL *crl)
{
    int at = X509_CRL_get_ext_by_NID(crl, NID_issuing_distribution_point, -1);
    ISSUING_DIST_POINT *point;
    const char *why = NULL;

    if (at < 0)
        return NULL;
    point =
        X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, NULL, NULL);
    if (point == NULL) { /* or it is there twice */
        why = "says in a way that cannot be read what it is for";
    } else if (point->indirectCRL > 0) {
        why = "is for certificates of other CAs too (indirect)";
    } else if (point->onlysomereasons != NULL) {
        why = "is for some reasons of revocation only";
    } else if (point->onlyattr > 0) {
        why = "is for attribute certificates only";
    }
    ISSUING_DIST_POINT_free(point);
    ERR_clear_error();
    return why;
}

bool
crl_is_whole(const X509_CRL *crl, const char **out_why)
{
    const char *why = point_problem(crl);

    if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0) {
        why = "only says what changed since another one (delta)";
    } else if (why == NULL && has_strange_critical(crl)) {
        why = "has a critical extension that is unknown here";
    }
    *out_why = why;
    return why == NULL;
}

/* The only value of that kind; NULL: none. */
static const ASN1_OCTET_STRING *
point_of(const X509_CRL *crl)
{
    int at = X509_CRL_get_ext_by_NID(crl, NID_issuing_distribution_point, -1);

    return at < 0 ? NULL : X509_EXTENSION_get_data(X509_CRL_get_ext(crl, at));
}

bool
crl_is_for_the_same(const X509_CRL *a, const X509_CRL *b)
{
    const ASN1_OCTET_STRING *one = point_of(a);
    const ASN1_OCTET_STRING *other = point_of(b);

    if (one == NULL || other == NULL)
        return one == other;
    return ASN1_OCTET_STRING_cmp(one, other) == 0;
}
