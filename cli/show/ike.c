/*
 * ike.c - layouts of the shows about IKE.
 */
#include "show/rows.h"

#include "base/str.h"
#include "gen/enums.h"

#include <inttypes.h>

static const char *
encryption_name(uint64_t encryption)
{
    static const char *const names[IKE_ENCRYPTION_COUNT] = {
        [IKE_ENCRYPTION_3DES] =
            "3DES Triple Data Encryption Standard(168 bit keys)",
        [IKE_ENCRYPTION_DES] = "DES Data Encryption Standard(56 bit keys)",
        [IKE_ENCRYPTION_AES128] =
            "AES Advanced Encryption Standard(128 bit keys)",
        [IKE_ENCRYPTION_AES192] =
            "AES Advanced Encryption Standard(192 bit keys)",
        [IKE_ENCRYPTION_AES256] =
            "AES Advanced Encryption Standard(256 bit keys)",
    };

    return encryption < IKE_ENCRYPTION_COUNT ? names[encryption] : "unknown";
}

static const char *
hash_name(uint64_t hash)
{
    static const char *const names[IKE_HASH_COUNT] = {
        [IKE_HASH_MD5] = "MD5 Message Digest 5",
        [IKE_HASH_SHA] = "SHA Secure Hash Standard",
        [IKE_HASH_SHA256] = "SHA-256 Secure Hash Standard",
        [IKE_HASH_SHA384] = "SHA-384 Secure Hash Standard",
        [IKE_HASH_SHA512] = "SHA-512 Secure Hash Standard",
    };

    return hash < IKE_HASH_COUNT ? names[hash] : "unknown";
}

static const char *
authentication_name(uint64_t authentication)
{
    return authentication == IKE_AUTHENTICATION_RSA_SIG ? "RSA Signatures"
                                                        : "Pre Shared Keys";
}

static const char *
aggressive_name(const struct value *row)
{
    static const char *const names[] = {
        [IKE_AGGRESSIVE_MODE_ACCEPTED] = "Accepted",
        [IKE_AGGRESSIVE_MODE_REQUESTED] = "Requested",
        [IKE_AGGRESSIVE_MODE_REQUIRED] = "Required",
    };
    uint64_t mode;

    if (!cell_has(row, COLUMN_IPSEC_IKE_POLICY_RULE_AGGRESSIVE_MODE))
        return "Not Allowed";
    mode = cell_number(row, COLUMN_IPSEC_IKE_POLICY_RULE_AGGRESSIVE_MODE);
    return mode < sizeof(names) / sizeof(names[0]) ? names[mode] : "unknown";
}

/* Only of a rule that does not hold everywhere. */
static void
add_scope(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    if (!cell_has(row, COLUMN_IPSEC_IKE_POLICY_RULE_ADDRESS))
        return;
    str_add(out, "    local address        :");
    cell_write(rows, row, COLUMN_IPSEC_IKE_POLICY_RULE_ADDRESS, out);
    str_printf(out, " of virtual router %s\n",
        cell_text(row, COLUMN_IPSEC_IKE_POLICY_RULE_VIRTUAL_ROUTER));
}

static void
print_rule(
    const struct show_rows *rows, const struct value *row, struct str *out)
{
    str_printf(out, "    encryption algorithm :%s\n",
        encryption_name(
            cell_number(row, COLUMN_IPSEC_IKE_POLICY_RULE_ENCRYPTION)));
    str_printf(out, "    hash algorithm       :%s\n",
        hash_name(cell_number(row, COLUMN_IPSEC_IKE_POLICY_RULE_HASH)));
    str_printf(out, "    authentication method:%s\n",
        authentication_name(
            cell_number(row, COLUMN_IPSEC_IKE_POLICY_RULE_AUTHENTICATION)));
    str_add(out, "    Diffie-Hellman group :");
    cell_write(rows, row, COLUMN_IPSEC_IKE_POLICY_RULE_DH_GROUP, out);
    str_printf(out,
        "\n    lifetime             :%" PRIu64
        " seconds\n    aggressive mode      :%s\n",
        cell_number(row, COLUMN_IPSEC_IKE_POLICY_RULE_LIFETIME_S),
        aggressive_name(row));
    add_scope(rows, row, out);
}

/* What IKE goes by where no rule is configured. */
static void
print_default(const struct show_rows *rows, struct str *out)
{
    const struct schema_field *fields =
        schema_objects[OBJECT_IKE_POLICY_RULE].fields;
    const struct value row[SCHEMA_COLUMNS_MAX] = {
        [COLUMN_IPSEC_IKE_POLICY_RULE_ENCRYPTION] =
            fields[FIELD_IKE_POLICY_RULE_ENCRYPTION].fallback,
        [COLUMN_IPSEC_IKE_POLICY_RULE_HASH] =
            fields[FIELD_IKE_POLICY_RULE_HASH].fallback,
        [COLUMN_IPSEC_IKE_POLICY_RULE_AUTHENTICATION] =
            fields[FIELD_IKE_POLICY_RULE_AUTHENTICATION].fallback,
        [COLUMN_IPSEC_IKE_POLICY_RULE_DH_GROUP] =
            fields[FIELD_IKE_POLICY_RULE_DH_GROUP].fallback,
        [COLUMN_IPSEC_IKE_POLICY_RULE_LIFETIME_S] =
            fields[FIELD_IKE_POLICY_RULE_LIFETIME].fallback,
    };

    str_add(out, "  Default protection suite, as no rule is configured:\n");
    print_rule(rows, row, out);
}

void
layout_ipsec_ike_policy_rule(
    const struct show_rows *rows, size_t width, struct str *out)
{
    size_t i;

    (void)width;
    str_add(out, "IKE Policy Rules:\n");
    if (rows->count == 0)
        print_default(rows, out);
    for (i = 0; i < rows->count; i++) {
        const struct value *row = rows_at(rows, i);

        str_printf(out, "  Protection suite priority: %" PRIu64 "\n",
            cell_number(row, COLUMN_IPSEC_IKE_POLICY_RULE_NUMBER));
        print_rule(rows, row, out);
    }
}
