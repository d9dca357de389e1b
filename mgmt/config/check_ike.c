/*
 * check_ike.c - IKE policy rules: how many, and what is weak in them.
 */
#include "config/checks.h"

#include "gen/enums.h"

enum { RULES_MAX = 10 }; /* of the router manual */

static void
warn_of_weakness(const struct check *check, const struct object *object)
{
    uint64_t authentication =
        field_number(object, FIELD_IKE_POLICY_RULE_AUTHENTICATION);

    if (field_number(object, FIELD_IKE_POLICY_RULE_ENCRYPTION) ==
        IKE_ENCRYPTION_DES) {
        check_warning(check, object, SETTING_IKE_POLICY_RULE_ENCRYPTION,
            "DES is broken by search of its 56-bit keys: set `encryption "
            "3des`.");
    }
    if (field_number(object, FIELD_IKE_POLICY_RULE_HASH) == IKE_HASH_MD5) {
        check_warning(check, object, SETTING_IKE_POLICY_RULE_HASH,
            "MD5 is weak: set `hash sha`.");
    }
    if (field_number(object, FIELD_IKE_POLICY_RULE_DH_GROUP) == IKE_GROUP_1) {
        check_warning(check, object, SETTING_IKE_POLICY_RULE_DH_GROUP,
            "Group 1 is weak, 768 bits: set `group 5`.");
    }
    if (field_is_set(object, FIELD_IKE_POLICY_RULE_AGGRESSIVE_MODE) &&
        authentication == IKE_AUTHENTICATION_PRE_SHARE) {
        check_warning(check, object, SETTING_IKE_POLICY_RULE_AGGRESSIVE_MODE,
            "Aggressive mode lets anyone who listens guess the preshared key: "
            "set `no aggressive-mode` or `authentication rsa-sig`.");
    }
}

void
check_ike_policy_rule(const struct check *check, const struct object *object)
{
    const struct object *first =
        config_next(check->to, OBJECT_IKE_POLICY_RULE, NULL);
    size_t count = config_count_type(check->to, OBJECT_IKE_POLICY_RULE);

    if (count > RULES_MAX) {
        check_error(check, object, SCHEMA_NONE,
            "There would be %zu IKE policy rules, and %d is the most: remove "
            "one with `no ipsec ike-policy-rule`.",
            count, RULES_MAX);
    }
    if (object == first) { /* once, not for each rule */
        check_warning(check, object, SCHEMA_NONE,
            "IKE policy rules are kept, but this router does not run IKE yet.");
    }
    warn_of_weakness(check, object);
}
