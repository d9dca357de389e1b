/*
 * check_weak.c - algorithms that today warn, once for each object.
 *
 * Weak: DES, MD5, groups 1 and 2, ESP without authentication.  Ageing: 3DES
 * (blocks of 64 bits), SHA-1, group 5.
 */
#include "config/checks.h"

#include "base/str.h"
#include "gen/enums.h"

/* What was found, as two lists of words, and what to do about the weak. */
struct findings {
    struct str weak;
    struct str ageing;
    struct str fix;
    struct str costs; /* of what is in use and of what is advised */
};

static void
add_word(struct str *list, const char *word)
{
    if (list->length > 0)
        str_add(list, ", ");
    str_add(list, word);
}

static void
findings_init(struct findings *found)
{
    str_init(&found->weak);
    str_init(&found->ageing);
    str_init(&found->fix);
    str_init(&found->costs);
}

/* Say it, and end it. */
static void
say_findings(const struct check *check, const struct object *object,
    uint16_t setting, struct findings *found)
{
    struct str text;

    str_init(&text);
    if (found->weak.length > 0) {
        str_printf(&text, "Weak: %s%s%s.", str_text(&found->weak),
            found->fix.length > 0 ? "; set " : "", str_text(&found->fix));
    }
    if (found->ageing.length > 0) {
        str_printf(&text, "%sAgeing: %s.", text.length > 0 ? " " : "",
            str_text(&found->ageing));
    }
    if (found->weak.length > 0 && found->costs.length > 0) {
        str_printf(&text, " A packet of 1400 bytes costs this machine %s.",
            str_text(&found->costs));
    }
    if (text.length > 0) {
        check_note(check, NOTE_WEAK, object, setting, "%s", str_text(&text));
    }
    str_done(&text);
    str_done(&found->weak);
    str_done(&found->ageing);
    str_done(&found->fix);
    str_done(&found->costs);
}

/* ---- transform sets ---- */

enum trait {
    TRAIT_DES = 1,
    TRAIT_MD5 = 2,
    TRAIT_BARE = 4, /* without authentication */
    TRAIT_3DES = 8,
    TRAIT_SHA = 16,
};

/* None of what is not here. */
static const unsigned traits_of[TRANSFORM_COUNT] = {
    [TRANSFORM_AH_HMAC_MD5] = TRAIT_MD5,
    [TRANSFORM_AH_HMAC_SHA] = TRAIT_SHA,
    [TRANSFORM_ESP_HMAC_MD5] = TRAIT_MD5,
    [TRANSFORM_ESP_HMAC_SHA] = TRAIT_SHA,
    [TRANSFORM_ESP_DES] = TRAIT_DES | TRAIT_BARE,
    [TRANSFORM_ESP_3DES] = TRAIT_3DES | TRAIT_BARE,
    [TRANSFORM_ESP_DES_HMAC_MD5] = TRAIT_DES | TRAIT_MD5,
    [TRANSFORM_ESP_DES_HMAC_SHA] = TRAIT_DES | TRAIT_SHA,
    [TRANSFORM_ESP_3DES_HMAC_MD5] = TRAIT_3DES | TRAIT_MD5,
    [TRANSFORM_ESP_3DES_HMAC_SHA] = TRAIT_3DES | TRAIT_SHA,
    [TRANSFORM_ESP_DES_HMAC_SHA256] = TRAIT_DES,
    [TRANSFORM_ESP_3DES_HMAC_SHA256] = TRAIT_3DES,
    [TRANSFORM_ESP_AES128] = TRAIT_BARE,
    [TRANSFORM_ESP_AES128_HMAC_MD5] = TRAIT_MD5,
    [TRANSFORM_ESP_AES128_HMAC_SHA] = TRAIT_SHA,
    [TRANSFORM_ESP_AES192] = TRAIT_BARE,
    [TRANSFORM_ESP_AES192_HMAC_MD5] = TRAIT_MD5,
    [TRANSFORM_ESP_AES192_HMAC_SHA] = TRAIT_SHA,
    [TRANSFORM_ESP_AES256] = TRAIT_BARE,
    [TRANSFORM_ESP_AES256_HMAC_MD5] = TRAIT_MD5,
    [TRANSFORM_ESP_AES256_HMAC_SHA] = TRAIT_SHA,
};

enum { NS_PER_US = 1000, TENTHS = 10 };

static void
add_cost(const struct check *check, struct str *list, enum transform transform)
{
    const struct appraiser *appraiser = check->appraiser;
    uint32_t tenths;

    if (appraiser == NULL)
        return;
    tenths = appraiser->cost_ns(appraiser->context, transform) /
             (NS_PER_US / TENTHS);
    if (tenths == 0)
        return;
    str_printf(list, "%s%u.%u us under %s", list->length > 0 ? ", " : "",
        tenths / TENTHS, tenths % TENTHS,
        schema_enums[ENUM_TRANSFORM].values[transform].word);
}

/* Of the weak ones, and of the one that is advised. */
static void
add_costs(const struct check *check, struct str *costs, uint64_t list)
{
    for (unsigned i = 0; i < value_list_count(list); i++) {
        const enum transform transform = (enum transform)value_list_at(list, i);

        if (traits_of[transform] & (TRAIT_DES | TRAIT_MD5 | TRAIT_BARE))
            add_cost(check, costs, transform);
    }
    if (costs->length > 0)
        add_cost(check, costs, TRANSFORM_ESP_AES256_HMAC_SHA256);
}

void
check_weak_transforms(
    const struct check *check, const struct object *object, uint64_t list)
{
    struct findings found;
    unsigned traits = 0;

    findings_init(&found);
    for (unsigned i = 0; i < value_list_count(list); i++)
        traits |= traits_of[value_list_at(list, i)];
    if (traits & TRAIT_DES)
        add_word(&found.weak, "DES");
    if (traits & TRAIT_MD5)
        add_word(&found.weak, "MD5");
    if (traits & TRAIT_BARE)
        add_word(&found.weak, "ESP without authentication");
    if (traits & TRAIT_3DES)
        add_word(&found.ageing, "3DES");
    if (traits & TRAIT_SHA)
        add_word(&found.ageing, "SHA-1");
    str_add(&found.fix, "`esp-aes256-hmac-sha256`");
    add_costs(check, &found.costs, list);
    say_findings(check, object, SCHEMA_NONE, &found);
}

void
check_weak_set(const struct check *check, const struct object *object)
{
    check_weak_transforms(
        check, object, field_number(object, FIELD_TRANSFORM_SET_TRANSFORMS));
}

/* ---- groups and IKE rules ---- */

/* What is said of one value of a setting; without a name, nothing. */
struct verdict {
    const char *name;
    const char *fix; /* NULL: it is only ageing */
};

static void
find(const struct verdict *verdicts, uint64_t value, struct findings *found)
{
    const struct verdict *verdict = &verdicts[value];

    if (verdict->name == NULL)
        return;
    add_word(
        verdict->fix != NULL ? &found->weak : &found->ageing, verdict->name);
    if (verdict->fix != NULL)
        add_word(&found->fix, verdict->fix);
}

static const struct verdict ciphers[IKE_ENCRYPTION_COUNT] = {
    [IKE_ENCRYPTION_DES] = {"DES",  "`encryption aes128`"},
    [IKE_ENCRYPTION_3DES] = {"3DES", NULL                 },
};

static const struct verdict hashes[IKE_HASH_COUNT] = {
    [IKE_HASH_MD5] = {"MD5",   "`hash sha256`"},
    [IKE_HASH_SHA] = {"SHA-1", NULL           },
};

static const struct verdict groups[IKE_GROUP_COUNT] = {
    [IKE_GROUP_1] = {"group 1", "`group 14`"},
    [IKE_GROUP_2] = {"group 2", "`group 14`"},
    [IKE_GROUP_5] = {"group 5", NULL        },
};

void
check_weak_rule(const struct check *check, const struct object *object)
{
    struct findings found;

    findings_init(&found);
    find(ciphers, field_number(object, FIELD_IKE_POLICY_RULE_ENCRYPTION),
        &found);
    find(hashes, field_number(object, FIELD_IKE_POLICY_RULE_HASH), &found);
    find(groups, field_number(object, FIELD_IKE_POLICY_RULE_DH_GROUP), &found);
    say_findings(check, object, SCHEMA_NONE, &found);
}

void
check_weak_pfs(const struct check *check, const struct object *object)
{
    static const struct verdict of_pfs[PFS_GROUP_COUNT] = {
        [PFS_GROUP_1] = {"group 1", "`tunnel pfs group 14`"},
        [PFS_GROUP_2] = {"group 2", "`tunnel pfs group 14`"},
        [PFS_GROUP_5] = {"group 5", NULL                   },
    };
    struct findings found;

    if (!field_is_set(object, FIELD_TUNNEL_PFS_GROUP))
        return;
    findings_init(&found);
    find(of_pfs, field_number(object, FIELD_TUNNEL_PFS_GROUP), &found);
    say_findings(check, object, SETTING_TUNNEL_PFS_GROUP, &found);
}

/* ---- for those who report ---- */

enum { TRAITS_WEAK = TRAIT_DES | TRAIT_MD5 | TRAIT_BARE };

enum crypto_strength
transform_strength(enum transform transform, struct str *because)
{
    static const struct {
        unsigned trait;
        const char *name;
    } names[] = {
        {TRAIT_DES,  "DES"              },
        {TRAIT_MD5,  "MD5"              },
        {TRAIT_BARE, "no authentication"},
        {TRAIT_3DES, "3DES"             },
        {TRAIT_SHA,  "SHA-1"            },
    };
    const unsigned traits = traits_of[transform];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (because != NULL && (traits & names[i].trait) != 0)
            add_word(because, names[i].name);
    }
    if ((traits & TRAITS_WEAK) != 0)
        return CRYPTO_STRENGTH_WEAK;
    return traits != 0 ? CRYPTO_STRENGTH_AGEING : CRYPTO_STRENGTH_STRONG;
}

static enum crypto_strength
strength_of(const struct verdict *verdict)
{
    if (verdict->name == NULL)
        return CRYPTO_STRENGTH_STRONG;
    return verdict->fix != NULL ? CRYPTO_STRENGTH_WEAK : CRYPTO_STRENGTH_AGEING;
}

enum crypto_strength
encryption_strength(enum ike_encryption encryption)
{
    return strength_of(&ciphers[encryption]);
}

enum crypto_strength
hash_strength(enum ike_hash hash)
{
    return strength_of(&hashes[hash]);
}

enum crypto_strength
group_strength(enum ike_group group)
{
    return strength_of(&groups[group]);
}

enum transform
transform_advised(enum transform transform)
{
    if (transform == TRANSFORM_AH_HMAC_MD5 ||
        transform == TRANSFORM_AH_HMAC_SHA ||
        transform == TRANSFORM_AH_HMAC_SHA256)
        return TRANSFORM_AH_HMAC_SHA256;
    if (transform == TRANSFORM_ESP_HMAC_MD5 ||
        transform == TRANSFORM_ESP_HMAC_SHA ||
        transform == TRANSFORM_ESP_HMAC_SHA256)
        return TRANSFORM_ESP_HMAC_SHA256;
    return TRANSFORM_ESP_AES256_HMAC_SHA256;
}
