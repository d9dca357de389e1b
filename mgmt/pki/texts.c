/*
 * texts.c - names, times and serial numbers as people read them.
 *
 * What a stranger wrote into a certificate is shown with everything escaped
 * that is not plain ASCII.
 */
#include "pki/inside.h"

#include "base/str.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { PARTS_MAX = 32 };

/* "C=XT, O=Example, CN=gate" */
static const unsigned long name_form =
    (XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ & ~ASN1_STRFLGS_ESC_QUOTE) |
    ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_ESC_MSB;

static void
cut(const char *text, size_t length, char *out, size_t size)
{
    static const char dots[] = "...";
    size_t room = size - 1;

    if (length <= room) {
        memcpy(out, text, length);
        out[length] = '\0';
        return;
    }
    memcpy(out, text, room - strlen(dots));
    memcpy(out + room - strlen(dots), dots, sizeof dots);
}

/* What was printed, into `out`. */
static void
take_text(BIO *bio, char *out, size_t size)
{
    char *text = NULL;
    long length = bio == NULL ? 0 : BIO_get_mem_data(bio, &text);

    cut(length > 0 ? text : "", length > 0 ? (size_t)length : 0, out, size);
    BIO_free(bio);
    ERR_clear_error();
}

void
name_write(const X509_NAME *name, char *out, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());

    if (bio != NULL)
        (void)X509_NAME_print_ex(bio, name, 0, name_form);
    take_text(bio, out, size);
}

void
serial_write(const X509 *x509, char *out, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());

    if (bio != NULL)
        (void)i2a_ASN1_INTEGER(bio, X509_get0_serialNumber(x509));
    take_text(bio, out, size);
}

void
time_write(const ASN1_TIME *time, char *out, size_t size)
{
    struct tm parts = {0};

    if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1) {
        ERR_clear_error();
        (void)snprintf(out, size, "an unreadable time");
        return;
    }
    (void)snprintf(out, size, "%04d-%02d-%02d %02d:%02d:%02d",
        parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
        parts.tm_min, parts.tm_sec);
}

void
certificate_write(const X509 *x509, char *out, size_t size)
{
    enum { NAME_ROOM = 120, SERIAL_ROOM = 44 };
    char subject[NAME_ROOM];
    char issuer[NAME_ROOM];
    char serial[SERIAL_ROOM];

    name_write(X509_get_subject_name(x509), subject, sizeof subject);
    name_write(X509_get_issuer_name(x509), issuer, sizeof issuer);
    serial_write(x509, serial, sizeof serial);
    (void)snprintf(
        out, size, "%s (serial %s, issued by %s)", subject, serial, issuer);
}

const char *
signature_name(const X509 *x509)
{
    const char *name = OBJ_nid2sn(X509_get_signature_nid(x509));

    return name == NULL ? "an unknown algorithm" : name;
}

/* ---- typed names ---- */

/* Take "O=Example" off the front, up to a comma that is not escaped. */
static bool
take_part(const char **at, char *part, size_t size)
{
    size_t used = 0;

    while (**at == ' ' || **at == ',')
        ++*at;
    while (**at != '\0' && **at != ',') {
        if (**at == '\\' && (*at)[1] != '\0')
            ++*at;
        if (used + 1 == size)
            return false;
        part[used++] = *(*at)++;
    }
    while (used > 0 && part[used - 1] == ' ')
        used--;
    part[used] = '\0';
    return used > 0;
}

static bool
add_part(X509_NAME *name, char *part, bool at_front)
{
    static const char email[] = "emailAddress";
    char *value = strchr(part, '=');
    const char *field = part;
    size_t key;
    bool added;

    if (value == NULL || value == part)
        return false;
    key = (size_t)(value - part);
    *value++ = '\0';
    value += strspn(value, " ");
    while (key > 0 && part[key - 1] == ' ')
        part[--key] = '\0';
    if (strcasecmp(part, "E") == 0 || strcasecmp(part, "Email") == 0)
        field = email;
    added = X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                (const unsigned char *)value, -1, at_front ? 0 : -1, 0) == 1;
    ERR_clear_error();
    return added;
}

static bool
equals_in_order(const X509_NAME *name, const char *text, bool is_reversed)
{
    X509_NAME *typed = X509_NAME_new();
    char part[IKE_NAME_SIZE];
    bool good = typed != NULL;
    bool same;

    for (int i = 0; i < PARTS_MAX && good; i++) {
        if (!take_part(&text, part, sizeof part))
            break;
        good = add_part(typed, part, is_reversed);
    }
    same = good && *text == '\0' && X509_NAME_cmp(name, typed) == 0;
    X509_NAME_free(typed);
    return same;
}

bool
name_equals_text(const X509_NAME *name, const char *text)
{
    return equals_in_order(name, text, false) ||
           equals_in_order(name, text, true);
}
