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

#include "base/str.h"
#include "negotiator/negotiator.h"

#include <inttypes.h>
#include <stdarg.h>

enum { LIST_MAX = 6, LINE_LENGTH = 255, USERS_LOOKED_AT = 1000 };
enum { STAGE_OFFER = 1, STAGE_PFS, STAGE_RENEW, STAGE_REMOVE, STAGE_PEOPLE };

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

void
stages_say(struct stages *stages, const char *fmt, ...)
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
    stages_say(stages, "virtual-router %s", vr);
    stages->vr = vr;
}

/* How many more of them there are than get commands. */
static void
say_rest(struct stages *stages, uint64_t count, const char *what)
{
    if (count > STAGE_OBJECTS_MAX) {
        stages_say(stages,
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
    stages_say(stages, "%s", str_text(&text));
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
        stages_say(stages, "ipsec transport profile %s",
            value_string(&profile->fields[FIELD_TRANSPORT_PROFILE_NAME]));
        say_list(stages, "transform", &list);
    }
    say_rest(stages, count, "transport profiles");
}

/* ---- perfect forward secrecy ---- */

static void
say_pfs(struct stages *stages)
{
    const struct crypto_objects *tunnels = &stages->report->pfs;

    for (size_t i = 0; i < tunnels->count && i < STAGE_OBJECTS_MAX; i++) {
        const struct value *fields = tunnels->first[i]->fields;

        go_to(stages, value_string(&fields[FIELD_TUNNEL_VIRTUAL_ROUTER]));
        stages_say(stages, "interface tunnel ipsec:%s",
            value_string(&fields[FIELD_TUNNEL_NAME]));
        stages_say(stages, "tunnel pfs group 14");
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

        stages_say(stages, "ipsec clear sa tunnel %s:%s phase %d",
            tunnel->type == OBJECT_GRE_TUNNEL ? "gre" : "ipsec",
            value_string(&tunnel->fields[FIELD_TUNNEL_NAME]),
            is_phase_1 ? 1 : 2);
    }
    say_rest(stages, tunnels->count, "tunnels with such SAs");
    if (tunnels->count == 0 && is_phase_1)
        stages_say(stages, "ipsec clear sa all phase 1");
    if (stages->is_begun)
        stages_say(stages, "show ipsec crypto-report");
}

/* ---- keys ---- */

static void
say_names(
    struct stages *stages, const struct crypto_use *use, const char *sentence)
{
    if (use->count == 0)
        return;
    stages_say(stages, "! %s", sentence);
    if (use->count > use->named) {
        stages_say(stages, "! These are: %s, and %" PRIu64 " more",
            str_text(&use->names), use->count - use->named);
    } else {
        stages_say(stages, "! These are: %s", str_text(&use->names));
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

    begin(&stages, STAGE_OFFER,
        "! Stage 1, at one end after the other: the strong in front, so that "
        "both kinds are offered and accepted",
        true);
    say_sets(&stages);
    say_profiles(&stages);
    stages_offer_rules(&stages);
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
    stages_remove_rules(&stages);
    end(&stages);
    begin(&stages, STAGE_PEOPLE, "! Stage 5, by people: keys", false);
    say_keys(&stages);
    end(&stages);
}
