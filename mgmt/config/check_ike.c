/*
 * check_ike.c - IKE policy rules: how many, where they hold, and keys that
 * can be guessed.
 */
#include "config/checks.h"

#include "base/ip.h"
#include "gen/enums.h"

enum { RULES_MAX = 10 }; /* of the router manual */

static void
check_scope(const struct check *check, const struct object *object)
{
    uint32_t address =
        (uint32_t)field_number(object, FIELD_IKE_POLICY_RULE_SCOPE_ADDRESS);
    const struct value *vr =
        &object->fields[FIELD_IKE_POLICY_RULE_SCOPE_VIRTUAL_ROUTER];
    char text[IP_TEXT_SIZE];

    if (!value_is_set(vr))
        return;
    if (config_find(check->to, OBJECT_VIRTUAL_ROUTER, vr) == NULL) {
        check_error(check, object, SETTING_IKE_POLICY_RULE_SCOPE,
            "There is no `virtual-router %s`: configure it, or name another "
            "one here.",
            value_string(vr));
    } else if (check->changed &&
               config_find_address(check->to, vr, address) == NULL) {
        check_warning(check, object, SETTING_IKE_POLICY_RULE_SCOPE,
            "%s is not an address of virtual router `%s`: the rule is never "
            "used until it is.",
            ip_format(address, text), value_string(vr));
    }
}

static void
check_aggressive(const struct check *check, const struct object *object)
{
    uint64_t authentication =
        field_number(object, FIELD_IKE_POLICY_RULE_AUTHENTICATION);

    if (!field_is_set(object, FIELD_IKE_POLICY_RULE_AGGRESSIVE_MODE) ||
        authentication != IKE_AUTHENTICATION_PRE_SHARE)
        return;
    check_warning(check, object, SETTING_IKE_POLICY_RULE_AGGRESSIVE_MODE,
        "Aggressive mode lets anyone who listens guess the preshared key: "
        "set `no aggressive-mode` or `authentication rsa-sig`.");
}

void
check_ike_policy_rule(const struct check *check, const struct object *object)
{
    size_t count = config_count_type(check->to, OBJECT_IKE_POLICY_RULE);

    if (count > RULES_MAX) {
        check_error(check, object, SCHEMA_NONE,
            "There would be %zu IKE policy rules, and %d is the most: remove "
            "one with `no ipsec ike-policy-rule`.",
            count, RULES_MAX);
    }
    check_scope(check, object);
    if (!check->changed)
        return;
    check_aggressive(check, object);
    check_weak_rule(check, object);
}
