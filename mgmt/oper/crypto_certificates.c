/*
 * crypto_certificates.c - the crypto report's lines about certificates and
 * RSA keys.
 */
#include "oper/crypto.h"

#include "base/ip.h"
#include "pki/pki.h"

#include <inttypes.h>
#include <string.h>

enum { DAY_S = 86400 };

static void
write_number(const char *what, uint32_t number, struct str *out)
{
    str_clear(out);
    str_printf(out, "%s %" PRIu32, what, number);
}

/* What a CA that is trusted by itself signed about itself does not count. */
static void
look_at(struct crypto_report *report, const struct pki_certificate_row *row)
{
    const bool counts =
        !row->is_trusted || !str_equal(row->subject, row->issuer);
    struct str name;

    str_init(&name);
    write_number("certificate", row->number, &name);
    if (row->bits != 0 && row->bits < PKI_BITS_WEAK) {
        report_use(report, CRYPTO_PLACE_CERTIFICATE, SUBJECT_SHORT_RSA,
            str_text(&name));
    }
    if (counts && strcasestr(row->signature, "sha1") != NULL) {
        report_use(report, CRYPTO_PLACE_CERTIFICATE, SUBJECT_SHA1_SIGNATURE,
            str_text(&name));
    }
    if (counts && strcasestr(row->signature, "md5") != NULL) {
        report_use(report, CRYPTO_PLACE_CERTIFICATE, SUBJECT_MD5_SIGNATURE,
            str_text(&name));
    }
    str_done(&name);
}

void
report_look_at_certificates(struct crypto_report *report)
{
    struct pki_certificate_row row;
    struct pki_key_row key = {.spki_hex = NULL};
    struct str name;

    for (size_t i = 0; pki_certificate(report->pki, i, &row); i++)
        look_at(report, &row);
    str_init(&name);
    for (size_t i = 0; pki_key(report->pki, i, &key); i++) {
        write_number("key", key.number, &name);
        if (key.bits < PKI_BITS_WEAK) {
            report_use(report, CRYPTO_PLACE_RSA_KEY, SUBJECT_SHORT_RSA,
                str_text(&name));
        }
    }
    str_done(&name);
}

void
report_look_at_peer_key(
    struct crypto_report *report, const struct object *object)
{
    const struct value *fields = object->fields;
    const struct value *address = &fields[FIELD_PEER_PUBLIC_KEY_ADDRESS];
    char text[IP_TEXT_SIZE];
    unsigned bits = 0;

    if (report->pki != NULL) {
        bits = pki_key_string_bits(report->pki,
            value_string(&fields[FIELD_PEER_PUBLIC_KEY_KEY_STRING]));
    }
    if (bits == 0 || bits >= PKI_BITS_WEAK)
        return;
    report_use(report, CRYPTO_PLACE_RSA_KEY, SUBJECT_SHORT_RSA,
        value_is_set(address)
            ? ip_format((uint32_t)address->number, text)
            : value_string(&fields[FIELD_PEER_PUBLIC_KEY_NAME]));
}

/* ---- those that expire ---- */

static void
send_certificate(const struct crypto_report *report,
    const struct pki_certificate_row *from, const struct show *show)
{
    const bool is_over = from->not_after_s <= report->now_s;
    struct str name;
    struct row row;

    str_init(&name);
    write_number("certificate", from->number, &name);
    row_start(&row);
    row_number(&row, COLUMN_IPSEC_CRYPTO_REPORT_LINE,
        (uint64_t)CRYPTO_LINE_CERTIFICATE);
    row_text(&row, COLUMN_IPSEC_CRYPTO_REPORT_SUBJECT, from->subject);
    row_text(&row, COLUMN_IPSEC_CRYPTO_REPORT_BECAUSE,
        is_over ? "has expired" : "expires");
    row_number(&row, COLUMN_IPSEC_CRYPTO_REPORT_PLACE,
        (uint64_t)CRYPTO_PLACE_CERTIFICATE);
    row_str(&row, COLUMN_IPSEC_CRYPTO_REPORT_NAMES, &name);
    row_number(&row, COLUMN_IPSEC_CRYPTO_REPORT_DAYS_LEFT,
        is_over ? 0 : (from->not_after_s - report->now_s) / DAY_S);
    row_send(&row, show);
    str_done(&name);
}

void
report_certificates(const struct crypto_report *report, const struct show *show)
{
    struct pki_certificate_row row;

    for (size_t i = 0; pki_certificate(report->pki, i, &row); i++) {
        if (row.not_after_s <= report->now_s + report->days * DAY_S)
            send_certificate(report, &row, show);
    }
}
