/*
 * crypto_stages.c - the commands that lead away from what is weak or ageing,
 * without a moment in which the two ends have nothing in common.
 *
 *    1  offer the strong in front of what there is    end by end
 *    2  groups of PFS                                 both ends within a
 *                                                     lifetime of the SAs
 *    3  renew, and look whether the strong is used
 *    4  remove the weak                               end by end
 *    5  what only people can do: keys
 *
 * A line is a command as it is typed, or a remark behind `!`, which the shell
 * skips.  Each stage is whole: a report that is asked for later shows those
 * that are left.
 */
#include "oper/crypto.h"

#include "base/ip.h"
#include "base/str.h"
#include "gen/views.h"
#include "negotiator/negotiator.h"

#include <inttypes.h>
#include <stdarg.h>

enum { LIST_MAX = 6, LINE_LENGTH = 255, USERS_LOOKED_AT = 1000 };
enum { STAGE_OFFER = 1, STAGE_PFS, STAGE_RENEW, STAGE_REMOVE, STAGE_PEOPLE };

struct stages {
    const struct crypto_report *report;
    const struct show *show;
    unsigned stage;
    bool is_begun;     /* its remark was said       */
    const char *about; /* that remark               */
    const char *vr;    /* that the commands are in  */
    bool is_edit;      /* the stage ends in a commit */
    bool is_quiet;     /* only planned, not said    */
};

static void
put(struct stages *stages, const char *text)
{
    struct row row;

    row_start(&row);
    row_number(
        &row, COLUMN_IPSEC_CRYPTO_REPORT_LINE, (uint64_t)CRYPTO_LINE_STAGE);
    row_number(&row, COLUMN_IPSEC_CRYPTO_REPORT_STAGE, stages->stage);
    row_text(&row, COLUMN_IPSEC_CRYPTO_REPORT_COMMAND, text);
    row_send(&row, stages->show);
}

static void
begin(struct stages *stages, unsigned stage, const char *about, bool is_edit)
{
    stages->stage = stage;
    stages->is_begun = false;
    stages->about = about;
    stages->is_edit = is_edit;
    stages->vr = "default";
}

static void say(struct stages *stages, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The first line of a stage brings its head. */
static void
say(struct stages *stages, const char *fmt, ...)
{
    struct str text;
    va_list args;

    if (stages->is_quiet)
        return;
    if (!stages->is_begun) {
        stages->is_begun = true;
        put(stages, stages->about);
        if (stages->is_edit) {
            put(stages, "configure terminal");
            put(stages, "virtual-router default");
        }
    }
    str_init(&text);
    va_start(args, fmt);
    str_vprintf(&text, fmt, args);
    va_end(args);
    put(stages, str_text(&text));
    str_done(&text);
}

static void
end(struct stages *stages)
{
    if (stages->is_begun && stages->is_edit) {
        put(stages, "commit");
        put(stages, "end");
    }
}

static void
go_to(struct stages *stages, const char *vr)
{
    if (str_equal(vr, stages->vr))
        return;
    say(stages, "virtual-router %s", vr);
    stages->vr = vr;
}

/* How many more of them there are than get commands. */
static void
say_rest(struct stages *stages, uint64_t count, const char *what)
{
    if (count > STAGE_OBJECTS_MAX) {
        say(stages,
            "! %" PRIu64 " more %s: ask for the report again after this",
            count - STAGE_OBJECTS_MAX, what);
    }
}

/* ---- lists of transforms ---- */

struct list {
    enum transform transforms[2 * LIST_MAX];
    unsigned count;
};

static void
list_add(struct list *list, enum transform transform)
{
    for (unsigned i = 0; i < list->count; i++) {
        if (list->transforms[i] == transform)
            return;
    }
    list->transforms[list->count++] = transform;
}

static bool
is_strong(enum transform transform)
{
    return transform_strength(transform, NULL) == CRYPTO_STRENGTH_STRONG;
}

/* What the list becomes in the end, and with those that are still needed on
 * the way behind it, as far as there is room. */
static void
plan_list(uint64_t from, bool is_last, struct list *out)
{
    const unsigned count = value_list_count(from);

    *out = (struct list){.count = 0};
    for (unsigned i = 0; i < count; i++) {
        const enum transform at = (enum transform)value_list_at(from, i);

        list_add(out, is_strong(at) ? at : transform_advised(at));
    }
    for (unsigned i = 0; i < count && !is_last; i++)
        list_add(out, (enum transform)value_list_at(from, i));
    if (out->count > LIST_MAX)
        out->count = LIST_MAX;
}

static bool
list_is(const struct list *list, uint64_t other)
{
    if (list->count != value_list_count(other))
        return false;
    for (unsigned i = 0; i < list->count; i++) {
        if ((uint64_t)list->transforms[i] != value_list_at(other, i))
            return false;
    }
    return true;
}

/* "HEAD t1 t2" */
static void
say_list(struct stages *stages, const char *head, const struct list *list)
{
    struct str text;

    str_init(&text);
    str_add(&text, head);
    for (unsigned i = 0; i < list->count; i++) {
        str_printf(&text, " %s",
            schema_enums[ENUM_TRANSFORM].values[list->transforms[i]].word);
    }
    say(stages, "%s", str_text(&text));
    str_done(&text);
}

/* ---- transform sets ---- */

/* A manual tunnel has one transform, so that a set with more has none; of the
 * users of a set with one, the first are looked at: what is overlooked, the
 * commit refuses. */
static bool
has_manual(const struct stages *stages, const struct object *set)
{
    const struct object *user = NULL;
    unsigned left = USERS_LOOKED_AT;

    if (value_list_count(set->fields[FIELD_TRANSFORM_SET_TRANSFORMS].number) >
        1)
        return false;
    while (left-- > 0 &&
           (user = config_next_of_set(stages->report->config,
                &set->fields[FIELD_TRANSFORM_SET_NAME], user)) != NULL) {
        const struct value *signaling = &user->fields[FIELD_TUNNEL_SIGNALING];

        if (value_is_set(signaling) && signaling->number == SIGNALING_MANUAL)
            return true;
    }
    return false;
}

static void
say_sets(struct stages *stages)
{
    const bool is_last = stages->stage == STAGE_REMOVE;
    const struct object *set = NULL;
    uint64_t count = 0;

    while ((set = config_next(stages->report->config, OBJECT_TRANSFORM_SET,
                set == NULL ? NULL : set->fields)) != NULL) {
        const uint64_t from =
            set->fields[FIELD_TRANSFORM_SET_TRANSFORMS].number;
        struct list list;
        struct str head;

        plan_list(from, is_last, &list);
        if (list_is(&list, from) || has_manual(stages, set))
            continue;
        if (++count > STAGE_OBJECTS_MAX)
            continue;
        str_init(&head);
        str_printf(&head, "ipsec transform-set %s",
            value_string(&set->fields[FIELD_TRANSFORM_SET_NAME]));
        say_list(stages, str_text(&head), &list);
        str_done(&head);
    }
    say_rest(stages, count, "transform sets");
}

/* ---- transport profiles ---- */

static void
say_profiles(struct stages *stages)
{
    const bool is_last = stages->stage == STAGE_REMOVE;
    const struct object *profile = NULL;
    uint64_t count = 0;

    while (
        (profile = config_next(stages->report->config, OBJECT_TRANSPORT_PROFILE,
             profile == NULL ? NULL : profile->fields)) != NULL) {
        const uint64_t from =
            profile->fields[FIELD_TRANSPORT_PROFILE_TRANSFORMS].number;
        struct list list;

        plan_list(from, is_last, &list);
        if (list_is(&list, from) || profile_has_keys(profile))
            continue;
        if (++count > STAGE_OBJECTS_MAX)
            continue;
        go_to(stages,
            value_string(
                &profile->fields[FIELD_TRANSPORT_PROFILE_VIRTUAL_ROUTER]));
        say(stages, "ipsec transport profile %s",
            value_string(&profile->fields[FIELD_TRANSPORT_PROFILE_NAME]));
        say_list(stages, "transform", &list);
    }
    say_rest(stages, count, "transport profiles");
}

/* ---- policy rules ---- */

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

    say(stages, "ipsec ike-policy-rule %" PRIu64, (uint64_t)rule->number);
    say(stages, "authentication %s",
        enums[ENUM_IKE_AUTHENTICATION].values[rule->authentication].word);
    say(stages, "encryption %s",
        enums[ENUM_IKE_ENCRYPTION].values[rule->encryption].word);
    say(stages, "hash %s", enums[ENUM_IKE_HASH].values[rule->hash].word);
    say(stages, "group %s", enums[ENUM_IKE_GROUP].values[rule->dh_group].word);
    say(stages, "lifetime %" PRIu64, (uint64_t)rule->lifetime);
    if (rule->has_aggressive_mode) {
        say(stages, "aggressive-mode %s",
            enums[ENUM_IKE_AGGRESSIVE_MODE].values[rule->aggressive_mode].word);
    }
    if (rule->has_scope_address) {
        say(stages, "ip address %s virtual-router %s",
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
        say(stages,
            "! Rule %" PRIu64 " needs a strong one in front, and there are "
            "ten rules: remove one that no peer needs",
            (uint64_t)weak.number);
        return;
    }
    if (weak.has_aggressive_mode)
        say(stages, "! Aggressive mode offers one group only: peers first");
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

/* Those that a strong one stands in for after stage 1. */
static void
remove_rules(struct stages *stages)
{
    struct rules rules;

    stages->is_quiet = true;
    offer_rules(stages, &rules);
    stages->is_quiet = false;
    for (size_t i = 0; i < rules.count; i++) {
        const struct cfg_ike_policy_rule *rule = &rules.rules[i];

        if (!is_strong_rule(rule) && has_strong(&rules, rule)) {
            say(stages, "no ipsec ike-policy-rule %" PRIu64,
                (uint64_t)rule->number);
        }
    }
}

/* ---- perfect forward secrecy ---- */

static void
say_pfs(struct stages *stages)
{
    const struct crypto_objects *tunnels = &stages->report->pfs;

    for (size_t i = 0; i < tunnels->count && i < STAGE_OBJECTS_MAX; i++) {
        const struct value *fields = tunnels->first[i]->fields;

        go_to(stages, value_string(&fields[FIELD_TUNNEL_VIRTUAL_ROUTER]));
        say(stages, "interface tunnel ipsec:%s",
            value_string(&fields[FIELD_TUNNEL_NAME]));
        say(stages, "tunnel pfs group 14");
    }
    say_rest(stages, tunnels->count, "tunnels with such a group");
}

/* ---- renewal ---- */

static bool
has_weak_ike_sa(const struct crypto_report *report)
{
    const struct crypto_use *uses = report->uses[CRYPTO_PLACE_IKE_SA];

    for (unsigned i = 0; i < IKE_ENCRYPTION_COUNT; i++) {
        if (uses[SUBJECT_ENCRYPTION + i].count > 0 &&
            encryption_strength((enum ike_encryption)i) !=
                CRYPTO_STRENGTH_STRONG)
            return true;
    }
    for (unsigned i = 0; i < IKE_HASH_COUNT; i++) {
        if (uses[SUBJECT_HASH + i].count > 0 &&
            hash_strength((enum ike_hash)i) != CRYPTO_STRENGTH_STRONG)
            return true;
    }
    for (unsigned i = 0; i < IKE_GROUP_COUNT; i++) {
        if (uses[SUBJECT_GROUP + i].count > 0 &&
            group_strength((enum ike_group)i) != CRYPTO_STRENGTH_STRONG)
            return true;
    }
    return false;
}

static void
say_renewal(struct stages *stages)
{
    const struct crypto_objects *tunnels = &stages->report->sas;
    const bool is_phase_1 = has_weak_ike_sa(stages->report);

    for (size_t i = 0; i < tunnels->count && i < STAGE_OBJECTS_MAX; i++) {
        const struct object *tunnel = tunnels->first[i];

        say(stages, "ipsec clear sa tunnel %s:%s phase %d",
            tunnel->type == OBJECT_GRE_TUNNEL ? "gre" : "ipsec",
            value_string(&tunnel->fields[FIELD_TUNNEL_NAME]),
            is_phase_1 ? 1 : 2);
    }
    say_rest(stages, tunnels->count, "tunnels with such SAs");
    if (tunnels->count == 0 && is_phase_1)
        say(stages, "ipsec clear sa all phase 1");
    if (stages->is_begun)
        say(stages, "show ipsec crypto-report");
}

/* ---- keys ---- */

static void
say_names(
    struct stages *stages, const struct crypto_use *use, const char *sentence)
{
    if (use->count == 0)
        return;
    say(stages, "! %s", sentence);
    if (use->count > use->named) {
        say(stages, "! These are: %s, and %" PRIu64 " more",
            str_text(&use->names), use->count - use->named);
    } else {
        say(stages, "! These are: %s", str_text(&use->names));
    }
}

static void
say_keys(struct stages *stages)
{
    say_names(stages, &stages->report->manual,
        "Keyed by hand: both ends get a strong transform and new keys in one "
        "go, or `tunnel signaling isakmp`.");
    say_names(stages,
        &stages->report->uses[CRYPTO_PLACE_PRESHARED_KEY][SUBJECT_SHORT_KEY],
        "Short preshared keys can be guessed from what was recorded: enter a "
        "long one at both ends.");
    say_names(stages,
        &stages->report->uses[CRYPTO_PLACE_RSA_KEY][SUBJECT_SHORT_RSA],
        "Short RSA keys: `ipsec key generate rsa 2048`, and a certificate for "
        "the new key; peers' keys are to be entered anew.");
    say_names(stages,
        &stages->report->uses[CRYPTO_PLACE_CERTIFICATE][SUBJECT_SHORT_RSA],
        "Certificates of short keys: have them issued anew, for longer ones.");
    say_names(stages,
        &stages->report->uses[CRYPTO_PLACE_CERTIFICATE][SUBJECT_SHA1_SIGNATURE],
        "Certificates signed by SHA-1: have them issued anew, by SHA-256.");
    say_names(stages,
        &stages->report->uses[CRYPTO_PLACE_CERTIFICATE][SUBJECT_MD5_SIGNATURE],
        "Certificates signed by MD5, which no peer should believe: have them "
        "issued anew, by SHA-256.");
}

/* ---- all ---- */

void
report_stages(const struct crypto_report *report, const struct show *show)
{
    struct stages stages = {.report = report, .show = show};
    struct rules rules;

    begin(&stages, STAGE_OFFER,
        "! Stage 1, at one end after the other: the strong in front, so that "
        "both kinds are offered and accepted",
        true);
    say_sets(&stages);
    say_profiles(&stages);
    offer_rules(&stages, &rules);
    end(&stages);
    begin(&stages, STAGE_PFS,
        "! Stage 2, at both ends within a lifetime of the SAs: the group of "
        "PFS, which holds from the next negotiation on",
        true);
    say_pfs(&stages);
    end(&stages);
    begin(&stages, STAGE_RENEW,
        "! Stage 3, at one end, when both have the stages before: renew, "
        "tunnel by tunnel down for a moment; or wait a lifetime",
        false);
    say_renewal(&stages);
    end(&stages);
    begin(&stages, STAGE_REMOVE,
        "! Stage 4, at one end after the other, when no SA of this report is "
        "weak or ageing any more: remove",
        true);
    say_sets(&stages);
    say_profiles(&stages);
    remove_rules(&stages);
    end(&stages);
    begin(&stages, STAGE_PEOPLE, "! Stage 5, by people: keys", false);
    say_keys(&stages);
    end(&stages);
}
