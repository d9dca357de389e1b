/*
 * crypto_rules.c - IKE policy rules on the way to strong ones.
 *
 * In stage 1 a rule that is not strong gets a strong one for the same peers in
 * front of it; in stage 4 those go that such a rule stands in for.  There are
 * ten rules at the most.
 */
#include "oper/crypto.h"

#include "base/ip.h"
#include "base/str.h"
#include "gen/views.h"
#include "negotiator/negotiator.h"

#include <inttypes.h>

struct rules {
    struct cfg_ike_policy_rule rules[IKE_RULES_MAX];
    size_t count;
};

static bool
is_strong_rule(const struct cfg_ike_policy_rule *rule)
{
    return encryption_strength(rule->encryption) == CRYPTO_STRENGTH_STRONG &&
           hash_strength(rule->hash) == CRYPTO_STRENGTH_STRONG &&
           group_strength(rule->dh_group) == CRYPTO_STRENGTH_STRONG;
}

/* For the same peers in the same way? */
static bool
is_alike(
    const struct cfg_ike_policy_rule *a, const struct cfg_ike_policy_rule *b)
{
    return a->authentication == b->authentication &&
           a->has_aggressive_mode == b->has_aggressive_mode &&
           (!a->has_aggressive_mode ||
               a->aggressive_mode == b->aggressive_mode) &&
           a->has_scope_address == b->has_scope_address &&
           (!a->has_scope_address || (a->scope_address == b->scope_address &&
                                         str_equal(a->scope_virtual_router,
                                             b->scope_virtual_router)));
}

static bool
has_strong(const struct rules *rules, const struct cfg_ike_policy_rule *like)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (is_strong_rule(&rules->rules[i]) &&
            is_alike(&rules->rules[i], like))
            return true;
    }
    return false;
}

static bool
is_taken(const struct rules *rules, uint64_t number)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->rules[i].number == number)
            return true;
    }
    return false;
}

static void
read_rules(const struct stages *stages, struct rules *out)
{
    const struct object *at = NULL;

    out->count = 0;
    while (out->count < IKE_RULES_MAX &&
           (at = config_next(stages->report->config, OBJECT_IKE_POLICY_RULE,
                at == NULL ? NULL : at->fields)) != NULL)
        cfg_ike_policy_rule_read(at->fields, &out->rules[out->count++]);
}

static void
say_rule(struct stages *stages, const struct cfg_ike_policy_rule *rule)
{
    const struct schema_enum *enums = schema_enums;
    char address[IP_TEXT_SIZE];

    stages_say(
        stages, "ipsec ike-policy-rule %" PRIu64, (uint64_t)rule->number);
    stages_say(stages, "authentication %s",
        enums[ENUM_IKE_AUTHENTICATION].values[rule->authentication].word);
    stages_say(stages, "encryption %s",
        enums[ENUM_IKE_ENCRYPTION].values[rule->encryption].word);
    stages_say(stages, "hash %s", enums[ENUM_IKE_HASH].values[rule->hash].word);
    stages_say(
        stages, "group %s", enums[ENUM_IKE_GROUP].values[rule->dh_group].word);
    stages_say(stages, "lifetime %" PRIu64, (uint64_t)rule->lifetime);
    if (rule->has_aggressive_mode) {
        stages_say(stages, "aggressive-mode %s",
            enums[ENUM_IKE_AGGRESSIVE_MODE].values[rule->aggressive_mode].word);
    }
    if (rule->has_scope_address) {
        stages_say(stages, "ip address %s virtual-router %s",
            ip_format(rule->scope_address, address),
            rule->scope_virtual_router);
    }
}

static struct cfg_ike_policy_rule
strengthen(const struct cfg_ike_policy_rule *rule)
{
    struct cfg_ike_policy_rule strong = *rule;

    if (encryption_strength(rule->encryption) != CRYPTO_STRENGTH_STRONG)
        strong.encryption = IKE_ENCRYPTION_AES256;
    if (hash_strength(rule->hash) != CRYPTO_STRENGTH_STRONG)
        strong.hash = IKE_HASH_SHA256;
    if (group_strength(rule->dh_group) != CRYPTO_STRENGTH_STRONG)
        strong.dh_group = IKE_GROUP_14;
    return strong;
}

/* In front of the rule if a number is free there; else it takes the rule's
 * number, and the rule moves behind all others. */
static void
offer_rule(struct stages *stages, struct rules *rules, size_t index)
{
    struct cfg_ike_policy_rule weak = rules->rules[index];
    struct cfg_ike_policy_rule strong = strengthen(&weak);
    uint64_t number = weak.number;

    if (rules->count == IKE_RULES_MAX) {
        stages_say(stages,
            "! Rule %" PRIu64 " needs a strong one in front, and there are "
            "ten rules: remove one that no peer needs",
            (uint64_t)weak.number);
        return;
    }
    if (weak.has_aggressive_mode) {
        stages_say(
            stages, "! Aggressive mode offers one group only: peers first");
    }
    while (number > 1 && is_taken(rules, number))
        number--;
    if (is_taken(rules, number)) {
        number = rules->rules[rules->count - 1].number;
        while (is_taken(rules, number))
            number++;
        rules->rules[index].number = (uint32_t)number;
        say_rule(stages, &rules->rules[index]);
    } else {
        strong.number = (uint32_t)number;
    }
    say_rule(stages, &strong);
    rules->rules[rules->count++] = strong;
}

/* Also where none is configured: the default rule holds until one is.  The
 * rules as they are then. */
static void
offer_rules(struct stages *stages, struct rules *rules)
{
    static const struct cfg_ike_policy_rule defaults = {
        .number = 20,
        .encryption = IKE_ENCRYPTION_3DES,
        .hash = IKE_HASH_SHA,
        .dh_group = IKE_GROUP_2,
        .authentication = IKE_AUTHENTICATION_PRE_SHARE,
        .lifetime = 28800,
    };
    size_t count;

    read_rules(stages, rules);
    if (rules->count == 0 && stages->report->has_signaled) {
        say_rule(stages, &defaults);
        rules->rules[rules->count++] = defaults;
    }
    count = rules->count;
    for (size_t i = 0; i < count; i++) {
        if (!is_strong_rule(&rules->rules[i]) &&
            !has_strong(rules, &rules->rules[i]))
            offer_rule(stages, rules, i);
    }
}

void
stages_offer_rules(struct stages *stages)
{
    struct rules rules;

    offer_rules(stages, &rules);
}

void
stages_remove_rules(struct stages *stages)
{
    struct rules rules;

    stages->is_quiet = true;
    offer_rules(stages, &rules);
    stages->is_quiet = false;
    for (size_t i = 0; i < rules.count; i++) {
        const struct cfg_ike_policy_rule *rule = &rules.rules[i];

        if (!is_strong_rule(rule) && has_strong(&rules, rule)) {
            stages_say(stages, "no ipsec ike-policy-rule %" PRIu64,
                (uint64_t)rule->number);
        }
    }
}
