/*
 * names.c - who a certificate is for.
 *
 *    ID_IPV4_ADDR      subjectAltName, IP address
 *    ID_FQDN           subjectAltName, DNS name; without any subjectAltName
 *                      the common name
 *    ID_USER_FQDN      subjectAltName, e-mail; without any subjectAltName the
 *                      subject's e-mail address
 *    ID_DER_ASN1_DN    the subject
 *
 * Names are compared as a whole: no wildcards, `user@` is not taken off, and
 * there is no second search (the router's manual).  Case does not matter in
 * names of hosts (RFC 1035, 2.3.3), nor where mail goes by them.
 */
#include "pki/inside.h"

#include "base/bytes.h"
#include "base/ip.h"
#include "base/str.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ADDRESS_SIZE = 4, NAME_MAX_BYTES = 255, SAID_MAX = 8 };

static GENERAL_NAMES *
alternatives(const X509 *x509)
{
    GENERAL_NAMES *names =
        X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);

    ERR_clear_error();
    return names;
}

static bool
has_alternatives(const X509 *x509)
{
    return X509_get_ext_by_NID(x509, NID_subject_alt_name, -1) >= 0;
}

/* The last value of this kind in the subject; NULL: none. */
static const ASN1_STRING *
subject_value(const X509 *x509, int nid)
{
    const X509_NAME *subject = X509_get_subject_name(x509);
    int at = -1;
    int next;

    while ((next = X509_NAME_get_index_by_NID(subject, nid, at)) >= 0)
        at = next;
    return at < 0 ? NULL
                  : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
}

static struct ike_blob
bytes_of(const ASN1_STRING *string)
{
    return (struct ike_blob){
        ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string)};
}

/* The bytes of a general name of this type; length 0: it is another. */
static struct ike_blob
general(const GENERAL_NAME *name, uint8_t type)
{
    struct ike_blob none = {NULL, 0};
    struct ike_blob bytes;

    if (type == ID_FQDN && name->type == GEN_DNS)
        return bytes_of(name->d.dNSName);
    if (type == ID_USER_FQDN && name->type == GEN_EMAIL)
        return bytes_of(name->d.rfc822Name);
    if (type != ID_ADDRESS || name->type != GEN_IPADD)
        return none;
    bytes = bytes_of(name->d.iPAddress);
    return bytes.length == ADDRESS_SIZE ? bytes : none;
}

/* ---- zero bytes ---- */

static bool
subject_is_whole(const X509_NAME *subject)
{
    for (int i = 0; i < X509_NAME_entry_count(subject); i++) {
        const ASN1_STRING *value =
            X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i));
        int type = ASN1_STRING_type(value);

        if (type != V_ASN1_BMPSTRING && type != V_ASN1_UNIVERSALSTRING &&
            type != V_ASN1_BIT_STRING && !text_is_whole(value))
            return false;
    }
    return true;
}

bool
names_are_whole(const X509 *x509)
{
    GENERAL_NAMES *names;
    bool whole = subject_is_whole(X509_get_subject_name(x509));

    if (!whole || !has_alternatives(x509))
        return whole;
    names = alternatives(x509);
    whole = names != NULL; /* else it cannot be read, or is there twice */
    for (int i = 0; whole && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (name->type == GEN_DNS || name->type == GEN_EMAIL ||
            name->type == GEN_URI)
            whole = text_is_whole(name->d.ia5);
    }
    GENERAL_NAMES_free(names);
    return whole;
}

/* ---- comparing ---- */

static bool
is_same_text(struct ike_blob a, struct ike_blob b)
{
    return a.length == b.length && a.length > 0 &&
           strncasecmp(
               (const char *)a.bytes, (const char *)b.bytes, a.length) == 0;
}

static bool
is_same(uint8_t type, struct ike_blob held, struct ike_blob body)
{
    if (type == ID_ADDRESS) {
        return held.length == body.length && held.length > 0 &&
               memcmp(held.bytes, body.bytes, held.length) == 0;
    }
    return memchr(body.bytes, '\0', body.length) == NULL &&
           is_same_text(held, body);
}

static bool
subject_holds(const X509 *x509, uint8_t type, struct ike_blob body)
{
    const ASN1_STRING *value = NULL;

    if (has_alternatives(x509))
        return false;
    if (type == ID_FQDN)
        value = subject_value(x509, NID_commonName);
    if (type == ID_USER_FQDN)
        value = subject_value(x509, NID_pkcs9_emailAddress);
    return value != NULL && is_same(type, bytes_of(value), body);
}

static bool
subject_is(const X509 *x509, struct ike_blob body)
{
    const uint8_t *at = body.bytes;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)body.length);
    bool same = name != NULL && at == body.bytes + body.length &&
                X509_NAME_entry_count(name) > 0 &&
                X509_NAME_cmp(name, X509_get_subject_name(x509)) == 0;

    X509_NAME_free(name);
    ERR_clear_error();
    return same;
}

bool
certificate_holds(const X509 *x509, uint8_t type, struct ike_blob body)
{
    GENERAL_NAMES *names;
    bool found = false;

    if (body.length == 0 || body.length > PKI_CERTIFICATE_MAX)
        return false;
    if (type == ID_DN)
        return subject_is(x509, body);
    names = alternatives(x509);
    for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); i++) {
        found =
            is_same(type, general(sk_GENERAL_NAME_value(names, i), type), body);
    }
    GENERAL_NAMES_free(names);
    return found || subject_holds(x509, type, body);
}

/* ---- our own ---- */

static bool
keep(struct ike_blob bytes, uint8_t said[SAID_BODY_MAX],
    struct ike_blob *out_body)
{
    if (bytes.length == 0 || bytes.length > SAID_BODY_MAX)
        return false;
    memcpy(said, bytes.bytes, bytes.length);
    *out_body = (struct ike_blob){said, bytes.length};
    return true;
}

static bool
subject_identity(const X509 *x509, uint8_t type, uint8_t said[SAID_BODY_MAX],
    struct ike_blob *out_body)
{
    const ASN1_STRING *value = NULL;

    if (has_alternatives(x509))
        return false;
    if (type == ID_FQDN)
        value = subject_value(x509, NID_commonName);
    if (type == ID_USER_FQDN)
        value = subject_value(x509, NID_pkcs9_emailAddress);
    /* a common name with blanks is a person's or a company's */
    return value != NULL &&
           memchr(ASN1_STRING_get0_data(value), ' ',
               (size_t)ASN1_STRING_length(value)) == NULL &&
           keep(bytes_of(value), said, out_body);
}

bool
certificate_identity(const X509 *x509, uint8_t type,
    uint8_t said[SAID_BODY_MAX], struct ike_blob *out_body)
{
    GENERAL_NAMES *names;
    const uint8_t *der = NULL;
    size_t length = 0;
    bool found = false;

    if (type == ID_DN) {
        if (X509_NAME_get0_der(X509_get_subject_name(x509), &der, &length) != 1)
            return false;
        *out_body = (struct ike_blob){der, length};
        return true;
    }
    names = alternatives(x509);
    for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); i++) {
        found = keep(
            general(sk_GENERAL_NAME_value(names, i), type), said, out_body);
    }
    GENERAL_NAMES_free(names);
    return found || subject_identity(x509, type, said, out_body);
}

/* ---- in words ---- */

/* What a terminal takes for a character and nothing else. */
static void
plain_write(struct ike_blob bytes, char *out, size_t size)
{
    size_t length = bytes.length < size - 1 ? bytes.length : size - 1;

    memcpy(out, bytes.bytes, length);
    out[length] = '\0';
    for (size_t i = 0; i < length; i++) {
        if (out[i] <= ' ' || out[i] > '~')
            out[i] = '?';
    }
}

static void
add_general(const GENERAL_NAME *name, struct str *out)
{
    static const uint8_t types[] = {ID_FQDN, ID_USER_FQDN, ID_ADDRESS};
    char name_text[NAME_MAX_BYTES + 1];
    char text[IP_TEXT_SIZE];

    for (size_t i = 0; i < sizeof types; i++) {
        struct ike_blob bytes = general(name, types[i]);

        if (bytes.length == 0)
            continue;
        if (out->length > 0)
            str_add(out, ", ");
        if (types[i] == ID_ADDRESS) {
            str_add(out, ip_format(get_u32(bytes.bytes), text));
            continue;
        }
        plain_write(bytes, name_text, sizeof name_text);
        str_add(out, name_text);
    }
}

void
names_write(const X509 *x509, char *out, size_t size)
{
    GENERAL_NAMES *names = alternatives(x509);
    struct str text;

    str_init(&text);
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < SAID_MAX; i++)
        add_general(sk_GENERAL_NAME_value(names, i), &text);
    (void)snprintf(out, size, "%s", str_text(&text));
    str_done(&text);
    GENERAL_NAMES_free(names);
}

static void
dn_write(struct ike_blob body, char *out, size_t size)
{
    const uint8_t *at = body.bytes;
    X509_NAME *name = body.length > PKI_CERTIFICATE_MAX
                          ? NULL
                          : d2i_X509_NAME(NULL, &at, (long)body.length);

    ERR_clear_error();
    if (name == NULL) {
        (void)snprintf(out, size, "a name that cannot be read");
    } else {
        name_write(name, out, size);
    }
    X509_NAME_free(name);
}

void
identity_write(const struct ike_claim *claim, char *out, size_t size)
{
    const struct ike_blob *body = &claim->identity;

    if (claim->identity_type == ID_DN) {
        dn_write(*body, out, size);
        return;
    }
    if (claim->identity_type == ID_ADDRESS && body->length == ADDRESS_SIZE) {
        char text[IP_TEXT_SIZE];

        (void)snprintf(out, size, "%s", ip_format(get_u32(body->bytes), text));
        return;
    }
    if (claim->identity_type != ID_FQDN &&
        claim->identity_type != ID_USER_FQDN) {
        (void)snprintf(out, size, "an identity of type %u",
            (unsigned)claim->identity_type);
        return;
    }
    plain_write(*body, out, size);
}
