/*
 * crypto_rows.c - the crypto report's lines about uses and costs.
 */
#include "oper/crypto.h"

#include "base/str.h"
#include "pki/pki.h"

#include <inttypes.h>

enum { PERCENT = 100 };

/* Bits of a packet, in ns for one us: Mbit/s are these by the cost. */
static const uint64_t bits = UINT64_C(8000) * SA_COST_LENGTH;

/* ---- uses ---- */

static enum crypto_strength
name_subject(unsigned subject, struct str *name, struct str *because)
{
    if (subject < SUBJECT_ENCRYPTION) {
        const unsigned transform = subject - SUBJECT_TRANSFORM;

        str_add(name, schema_enums[ENUM_TRANSFORM].values[transform].word);
        return transform_strength((enum transform)transform, because);
    }
    if (subject < SUBJECT_HASH) {
        const unsigned encryption = subject - SUBJECT_ENCRYPTION;

        str_printf(name, "encryption %s",
            schema_enums[ENUM_IKE_ENCRYPTION].values[encryption].word);
        str_add(
            because, schema_enums[ENUM_IKE_ENCRYPTION].values[encryption].help);
        return encryption_strength((enum ike_encryption)encryption);
    }
    if (subject < SUBJECT_GROUP) {
        const unsigned hash = subject - SUBJECT_HASH;

        str_printf(
            name, "hash %s", schema_enums[ENUM_IKE_HASH].values[hash].word);
        str_add(because, schema_enums[ENUM_IKE_HASH].values[hash].help);
        return hash_strength((enum ike_hash)hash);
    }
    if (subject < SUBJECT_SHORT_KEY) {
        const unsigned group = subject - SUBJECT_GROUP;

        str_printf(
            name, "group %s", schema_enums[ENUM_IKE_GROUP].values[group].word);
        str_add(because, schema_enums[ENUM_IKE_GROUP].values[group].help);
        return group_strength((enum ike_group)group);
    }
    if (subject == SUBJECT_SHORT_KEY) {
        str_add(name, "key");
        str_printf(because, "shorter than %d characters", KEY_LENGTH_MIN);
    } else if (subject == SUBJECT_SHORT_RSA) {
        str_add(name, "RSA key");
        str_printf(because, "shorter than %d bits", (int)PKI_BITS_WEAK);
    } else {
        str_add(name, "signature");
        str_printf(because, "by %s",
            subject == SUBJECT_SHA1_SIGNATURE ? "SHA-1" : "MD5");
    }
    return CRYPTO_STRENGTH_WEAK;
}

static void
send_use(const struct crypto_use *use, unsigned subject, unsigned place,
    const struct show *show)
{
    struct str name;
    struct str because;
    struct str names;
    struct row row;

    str_init(&name);
    str_init(&because);
    str_init(&names);
    row_start(&row);
    row_number(
        &row, COLUMN_IPSEC_CRYPTO_REPORT_LINE, (uint64_t)CRYPTO_LINE_USE);
    row_number(&row, COLUMN_IPSEC_CRYPTO_REPORT_STRENGTH,
        (uint64_t)name_subject(subject, &name, &because));
    row_str(&row, COLUMN_IPSEC_CRYPTO_REPORT_SUBJECT, &name);
    row_str(&row, COLUMN_IPSEC_CRYPTO_REPORT_BECAUSE, &because);
    row_number(&row, COLUMN_IPSEC_CRYPTO_REPORT_PLACE, place);
    row_number(&row, COLUMN_IPSEC_CRYPTO_REPORT_USERS, use->count);
    str_add(&names, str_text(&use->names));
    if (use->count > use->named) {
        str_printf(&names, "%s%" PRIu64 " more",
            use->named == 0 ? "" : ", and ", use->count - use->named);
    }
    row_str(&row, COLUMN_IPSEC_CRYPTO_REPORT_NAMES, &names);
    row_send(&row, show);
    str_done(&names);
    str_done(&because);
    str_done(&name);
}

static bool
is_of(unsigned subject, enum crypto_strength strength)
{
    struct str name;
    struct str because;
    bool is;

    str_init(&name);
    str_init(&because);
    is = name_subject(subject, &name, &because) == strength;
    str_done(&because);
    str_done(&name);
    return is;
}

static void
send_uses_of(const struct crypto_report *report, enum crypto_strength strength,
    const struct show *show)
{
    for (unsigned subject = 0; subject < SUBJECT_COUNT; subject++) {
        if (!is_of(subject, strength))
            continue;
        for (unsigned place = 0; place < CRYPTO_PLACE_COUNT; place++) {
            const struct crypto_use *use = &report->uses[place][subject];

            if (use->count > 0)
                send_use(use, subject, place, show);
        }
    }
}

/* The weak before the ageing. */
void
report_uses(const struct crypto_report *report, const struct show *show)
{
    send_uses_of(report, CRYPTO_STRENGTH_WEAK, show);
    send_uses_of(report, CRYPTO_STRENGTH_AGEING, show);
}

/* ---- costs ---- */

static void
send_cost(const struct crypto_report *report, unsigned transform,
    const struct show *show)
{
    const uint64_t ns = report->costs_ns[transform];
    const uint64_t of = report->costs_ns[TRANSFORM_ESP_AES256_HMAC_SHA256];
    const struct crypto_use *tunnels =
        &report->uses[CRYPTO_PLACE_TUNNEL][SUBJECT_TRANSFORM + transform];
    struct str because;
    struct row row;

    str_init(&because);
    row_start(&row);
    row_number(
        &row, COLUMN_IPSEC_CRYPTO_REPORT_LINE, (uint64_t)CRYPTO_LINE_COST);
    row_text(&row, COLUMN_IPSEC_CRYPTO_REPORT_SUBJECT,
        schema_enums[ENUM_TRANSFORM].values[transform].word);
    row_number(&row, COLUMN_IPSEC_CRYPTO_REPORT_STRENGTH,
        (uint64_t)transform_strength((enum transform)transform, &because));
    row_str(&row, COLUMN_IPSEC_CRYPTO_REPORT_BECAUSE, &because);
    row_number(&row, COLUMN_IPSEC_CRYPTO_REPORT_USERS, tunnels->count);
    row_number(&row, COLUMN_IPSEC_CRYPTO_REPORT_COST_NS, ns);
    row_number(&row, COLUMN_IPSEC_CRYPTO_REPORT_MBIT_S, bits / ns);
    if (of > 0)
        row_number(&row, COLUMN_IPSEC_CRYPTO_REPORT_PERCENT, ns * PERCENT / of);
    row_send(&row, show);
    str_done(&because);
}

void
report_costs(const struct crypto_report *report, const struct show *show)
{
    for (unsigned transform = 0; transform < TRANSFORM_COUNT; transform++) {
        if (report->costs_ns[transform] > 0)
            send_cost(report, transform, show);
    }
}
