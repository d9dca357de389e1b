/*
 * pki.c - layouts of the shows about certificates, revocation lists, keys and
 * CAs.
 */
#include "show/rows.h"

#include "base/str.h"
#include "gen/enums.h"

#include <inttypes.h>

enum { KEY_LINE = 64 };

/* A line of the row, if the column is set. */
static void
print_line(const struct show_rows *rows, const struct value *row,
    const char *title, unsigned column, struct str *out)
{
    if (!cell_has(row, column))
        return;
    str_printf(out, "  %-19s: ", title);
    cell_write(rows, row, column, out);
    str_add_char(out, '\n');
}

static void
print_date(const struct value *row, const char *title, unsigned column,
    struct str *out)
{
    if (!cell_has(row, column))
        return;
    str_printf(out, "  %-19s: ", title);
    write_date(cell_number(row, column), out);
    str_add_char(out, '\n');
}

/* ---- certificates ---- */

static void
print_head(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    static const char *const kinds[CERTIFICATE_KIND_COUNT] = {
        [CERTIFICATE_KIND_OWN] = "own",
        [CERTIFICATE_KIND_CA] = "CA",
        [CERTIFICATE_KIND_OTHER] = "of no key here",
    };
    uint64_t kind = cell_number(row, COLUMN_IPSEC_CERTIFICATES_KIND);

    str_printf(out, "Certificate %" PRIu64 ", %s",
        cell_number(row, COLUMN_IPSEC_CERTIFICATES_NUMBER),
        kind < CERTIFICATE_KIND_COUNT ? kinds[kind] : "unknown");
    if (cell_has(row, COLUMN_IPSEC_CERTIFICATES_TRUSTED))
        str_add(out, ", trusted");
    if (cell_has(row, COLUMN_IPSEC_CERTIFICATES_PRESENTED))
        str_add(out, ", shown to peers");
    str_add(out, " (");
    cell_write(rows, row, COLUMN_IPSEC_CERTIFICATES_STATE, out);
    str_add(out, ")\n");
}

/* Of a certificate that peers are shown although they refuse it. */
static void
print_attention(const struct value *row, struct str *out)
{
    static const char *const sentences[CERTIFICATE_STATE_COUNT] = {
        [CERTIFICATE_STATE_NOT_YET] = "peers refuse it until it is valid",
        [CERTIFICATE_STATE_EXPIRED] = "peers refuse it",
        [CERTIFICATE_STATE_REVOKED] =
            "peers that know its CA's revocation list refuse it",
    };
    uint64_t state = cell_number(row, COLUMN_IPSEC_CERTIFICATES_STATE);

    if (!cell_has(row, COLUMN_IPSEC_CERTIFICATES_PRESENTED) ||
        state >= CERTIFICATE_STATE_COUNT || sentences[state] == NULL)
        return;
    str_printf(out,
        "  %-19s: %s; `ipsec certificate-request generate rsa FILE` makes a "
        "request for another one\n",
        "Attention", sentences[state]);
}

static void
print_issuer(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    str_printf(out, "  %-19s: ", "Issuer");
    cell_write(rows, row, COLUMN_IPSEC_CERTIFICATES_ISSUER, out);
    if (cell_has(row, COLUMN_IPSEC_CERTIFICATES_ISSUER_NUMBER)) {
        str_printf(out, " (certificate %" PRIu64 ")",
            cell_number(row, COLUMN_IPSEC_CERTIFICATES_ISSUER_NUMBER));
    }
    str_add_char(out, '\n');
}

static void
print_key(const struct value *row, struct str *out)
{
    str_printf(out, "  %-19s: RSA, %" PRIu64 " bits", "Key",
        cell_number(row, COLUMN_IPSEC_CERTIFICATES_KEY_BITS));
    if (cell_has(row, COLUMN_IPSEC_CERTIFICATES_KEY_NUMBER)) {
        str_printf(out, " (key %" PRIu64 " of this router)",
            cell_number(row, COLUMN_IPSEC_CERTIFICATES_KEY_NUMBER));
    }
    str_add_char(out, '\n');
}

static void
print_certificate(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    uint64_t peers = cell_number(row, COLUMN_IPSEC_CERTIFICATES_PEERS);

    print_head(rows, row, out);
    print_attention(row, out);
    print_line(rows, row, "Subject", COLUMN_IPSEC_CERTIFICATES_SUBJECT, out);
    print_line(
        rows, row, "Alternative names", COLUMN_IPSEC_CERTIFICATES_NAMES, out);
    print_issuer(rows, row, out);
    print_line(rows, row, "Serial", COLUMN_IPSEC_CERTIFICATES_SERIAL, out);
    print_date(row, "Valid from", COLUMN_IPSEC_CERTIFICATES_VALID_FROM_S, out);
    print_date(row, "Valid to", COLUMN_IPSEC_CERTIFICATES_VALID_TO_S, out);
    print_line(
        rows, row, "Days left", COLUMN_IPSEC_CERTIFICATES_DAYS_LEFT, out);
    print_key(row, out);
    print_line(
        rows, row, "Signed with", COLUMN_IPSEC_CERTIFICATES_SIGNATURE, out);
    print_line(rows, row, "SHA-256 fingerprint",
        COLUMN_IPSEC_CERTIFICATES_FINGERPRINT, out);
    str_printf(out, "  %-19s: %" PRIu64 " IKE SA%s%s%s\n", "In use by", peers,
        peers == 1 ? "" : "s", peers > 0 ? ", with " : "",
        cell_text(row, COLUMN_IPSEC_CERTIFICATES_USED_BY));
    print_line(rows, row, "From", COLUMN_IPSEC_CERTIFICATES_SOURCE, out);
}

void
layout_ipsec_certificates(
    const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    if (rows->count == 0)
        str_add(out, "There are no certificates.\n");
    for (size_t i = 0; i < rows->count; i++)
        print_certificate(rows, rows_at(rows, i), out);
}

/* ---- revocation lists ---- */

void
layout_ipsec_crl(const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    if (rows->count == 0)
        str_add(out, "There are no revocation lists.\n");
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out, "Revocation list %" PRIu64 " (",
            cell_number(row, COLUMN_IPSEC_CRL_NUMBER));
        cell_write(rows, row, COLUMN_IPSEC_CRL_STATE, out);
        str_add(out, ")\n");
        print_line(rows, row, "CA", COLUMN_IPSEC_CRL_ISSUER, out);
        print_line(rows, row, "Entries", COLUMN_IPSEC_CRL_ENTRIES, out);
        print_date(row, "Made", COLUMN_IPSEC_CRL_THIS_UPDATE_S, out);
        print_date(row, "Next one due", COLUMN_IPSEC_CRL_NEXT_UPDATE_S, out);
        print_line(rows, row, "From", COLUMN_IPSEC_CRL_SOURCE, out);
    }
}

/* ---- who we are ---- */

static void
print_named(const struct show_rows *rows, const struct value *row,
    const char *title, unsigned column, struct str *out)
{
    str_printf(out, "  %-19s: ", title);
    cell_write(rows, row, column, out);
    str_add_char(out, '\n');
}

void
layout_ipsec_identity(
    const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_add(out, "IPsec identity:\n");
        print_named(
            rows, row, "Domain name", COLUMN_IPSEC_IDENTITY_DOMAIN_NAME, out);
        print_named(
            rows, row, "Common name", COLUMN_IPSEC_IDENTITY_COMMON_NAME, out);
        print_named(
            rows, row, "Organization", COLUMN_IPSEC_IDENTITY_ORGANIZATION, out);
        print_named(rows, row, "Country", COLUMN_IPSEC_IDENTITY_COUNTRY, out);
    }
}

void
layout_ipsec_ike_configuration(
    const struct show_rows *rows, size_t width, struct str *out)
{
    static const struct {
        const char *title;
        unsigned column;
    } lines[] = {
        {"Domain name",         COLUMN_IPSEC_IKE_CONFIGURATION_DOMAIN_NAME },
        {"Common name",         COLUMN_IPSEC_IKE_CONFIGURATION_COMMON_NAME },
        {"Organization",        COLUMN_IPSEC_IKE_CONFIGURATION_ORGANIZATION},
        {"Country",             COLUMN_IPSEC_IKE_CONFIGURATION_COUNTRY     },
        {"CRL check",           COLUMN_IPSEC_IKE_CONFIGURATION_CRL         },
        {"Clock skew, seconds", COLUMN_IPSEC_IKE_CONFIGURATION_CLOCK_SKEW_S},
        {"RSA keys",            COLUMN_IPSEC_IKE_CONFIGURATION_RSA_KEYS    },
        {"Own certificate",     COLUMN_IPSEC_IKE_CONFIGURATION_PRESENTED   },
        {"Trusted CAs",         COLUMN_IPSEC_IKE_CONFIGURATION_TRUSTED_CAS },
        {"Revocation lists",    COLUMN_IPSEC_IKE_CONFIGURATION_CRLS        },
        {"rsa-sig can be used", COLUMN_IPSEC_IKE_CONFIGURATION_RSA_USABLE  },
    };

    (void)width;
    for (size_t i = 0; i < rows->count; i++) {
        str_add(out, "IKE configuration:\n");
        for (size_t k = 0; k < sizeof lines / sizeof lines[0]; k++) {
            print_named(
                rows, rows_at(rows, i), lines[k].title, lines[k].column, out);
        }
    }
}

/* ---- keys ---- */

/* Digits in lines that a screen has. */
static void
print_digits(const char *digits, struct str *out)
{
    while (*digits != '\0') {
        size_t n = 0;

        while (n < KEY_LINE && digits[n] != '\0')
            n++;
        str_add(out, "    ");
        str_add_n(out, digits, n);
        str_add_char(out, '\n');
        digits += n;
    }
}

void
layout_ipsec_key_mypubkey_rsa(
    const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    if (rows->count == 0) {
        str_add(out, "There is no RSA key; `ipsec key generate rsa 2048` makes "
                     "one.\n");
    }
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out, "RSA key %" PRIu64 ", %" PRIu64 " bits%s\n",
            cell_number(row, COLUMN_IPSEC_KEY_MYPUBKEY_RSA_NUMBER),
            cell_number(row, COLUMN_IPSEC_KEY_MYPUBKEY_RSA_BITS),
            cell_has(row, COLUMN_IPSEC_KEY_MYPUBKEY_RSA_NEWEST)
                ? ", the one for requests"
                : "");
        print_named(rows, row, "Certificate",
            COLUMN_IPSEC_KEY_MYPUBKEY_RSA_CERTIFICATE, out);
        print_line(rows, row, "SHA-256 fingerprint",
            COLUMN_IPSEC_KEY_MYPUBKEY_RSA_FINGERPRINT, out);
        str_add(out, "  Public key, as `key-string` takes it:\n");
        print_digits(cell_text(row, COLUMN_IPSEC_KEY_MYPUBKEY_RSA_KEY), out);
    }
}

void
layout_ipsec_key_pubkey_chain_rsa(
    const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    if (rows->count == 0)
        str_add(out, "No public key of a peer is entered.\n");
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_add(out, "Public key of ");
        cell_write(rows, row,
            cell_has(row, COLUMN_IPSEC_KEY_PUBKEY_CHAIN_RSA_ADDRESS)
                ? COLUMN_IPSEC_KEY_PUBKEY_CHAIN_RSA_ADDRESS
                : COLUMN_IPSEC_KEY_PUBKEY_CHAIN_RSA_NAME,
            out);
        str_printf(out, " in virtual router %s: RSA, %" PRIu64 " bits\n",
            cell_text(row, COLUMN_IPSEC_KEY_PUBKEY_CHAIN_RSA_VIRTUAL_ROUTER),
            cell_number(row, COLUMN_IPSEC_KEY_PUBKEY_CHAIN_RSA_BITS));
        print_digits(
            cell_text(row, COLUMN_IPSEC_KEY_PUBKEY_CHAIN_RSA_KEY), out);
    }
}

/* ---- CAs ---- */

void
layout_ipsec_ca_identity(
    const struct show_rows *rows, size_t width, struct str *out)
{
    (void)width;
    if (rows->count == 0)
        str_add(out, "No CA has settings of its own.\n");
    for (size_t i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out, "CA identity %s\n",
            cell_text(row, COLUMN_IPSEC_CA_IDENTITY_NAME));
        print_line(rows, row, "Issuer identifier",
            COLUMN_IPSEC_CA_IDENTITY_ISSUER_IDENTIFIER, out);
        print_line(rows, row, "CRL check", COLUMN_IPSEC_CA_IDENTITY_CRL, out);
        print_line(rows, row, "CRL URL", COLUMN_IPSEC_CA_IDENTITY_CRL_URL, out);
        print_line(rows, row, "Enrollment URL",
            COLUMN_IPSEC_CA_IDENTITY_ENROLLMENT_URL, out);
        print_line(rows, row, "Retry limit",
            COLUMN_IPSEC_CA_IDENTITY_ENROLLMENT_RETRY_LIMIT, out);
        print_line(rows, row, "Retry period",
            COLUMN_IPSEC_CA_IDENTITY_ENROLLMENT_RETRY_PERIOD, out);
        print_line(rows, row, "Root proxy URL",
            COLUMN_IPSEC_CA_IDENTITY_ROOT_PROXY_URL, out);
    }
}
