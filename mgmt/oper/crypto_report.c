/*
 * crypto_report.c - what is weak or ageing, and who uses it: a walk over the
 * running configuration and the SAs in force.
 *
 * It goes slice by slice, so that IKE and other sessions have their turn also
 * where there are 100,000 tunnels, and keeps the first names only.
 */
#include "oper/crypto.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/secret.h"
#include "gen/views.h"
#include "ipsec/ipsec.h"
#include "negotiator/negotiator.h"
#include "oper/strength.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NAMED_MAX = 6, NAMES_LENGTH = 200 };

static void
add_name(struct crypto_use *use, const char *name)
{
    use->count++;
    if (use->named == NAMED_MAX ||
        use->names.length + strlen(name) > NAMES_LENGTH)
        return;
    str_printf(&use->names, "%s%s", use->named == 0 ? "" : ", ", name);
    use->named++;
}

void
report_use(struct crypto_report *report, enum crypto_place place,
    unsigned subject, const char *name)
{
    add_name(&report->uses[place][subject], name);
}

static void
add_object(struct crypto_objects *objects, const struct object *object)
{
    if (objects->count < STAGE_OBJECTS_MAX)
        objects->first[objects->count] = object;
    objects->count++;
}

static bool
is_strong_list(uint64_t list)
{
    for (unsigned i = 0; i < value_list_count(list); i++) {
        if (transform_strength((enum transform)value_list_at(list, i), NULL) !=
            CRYPTO_STRENGTH_STRONG)
            return false;
    }
    return true;
}

static void
add_transforms(struct crypto_report *report, enum crypto_place place,
    uint64_t list, const char *name)
{
    for (unsigned i = 0; i < value_list_count(list); i++) {
        report_use(report, place,
            SUBJECT_TRANSFORM + (unsigned)value_list_at(list, i), name);
    }
}

/* ---- what is configured ---- */

static void
take_rule(struct crypto_report *report, const struct object *object)
{
    struct cfg_ike_policy_rule rule;
    struct str name;

    cfg_ike_policy_rule_read(object->fields, &rule);
    str_init(&name);
    str_printf(&name, "%" PRIu64, (uint64_t)rule.number);
    report_use(report, CRYPTO_PLACE_POLICY_RULE,
        SUBJECT_ENCRYPTION + (unsigned)rule.encryption, str_text(&name));
    report_use(report, CRYPTO_PLACE_POLICY_RULE,
        SUBJECT_HASH + (unsigned)rule.hash, str_text(&name));
    report_use(report, CRYPTO_PLACE_POLICY_RULE,
        SUBJECT_GROUP + (unsigned)rule.dh_group, str_text(&name));
    str_done(&name);
}

static void
take_set(struct crypto_report *report, const struct object *object)
{
    add_transforms(report, CRYPTO_PLACE_TRANSFORM_SET,
        object->fields[FIELD_TRANSFORM_SET_TRANSFORMS].number,
        value_string(&object->fields[FIELD_TRANSFORM_SET_NAME]));
}

static void
take_profile(struct crypto_report *report, const char *name,
    const struct value *transforms, const struct value *group)
{
    if (value_is_set(transforms)) {
        add_transforms(report, CRYPTO_PLACE_PROFILE, transforms->number, name);
    }
    if (value_is_set(group)) {
        report_use(report, CRYPTO_PLACE_PROFILE,
            SUBJECT_GROUP + (unsigned)group->number, name);
    }
}

static void
take_tunnel_profile(struct crypto_report *report, const struct object *object)
{
    take_profile(report,
        value_string(&object->fields[FIELD_TUNNEL_PROFILE_NAME]),
        &object->fields[FIELD_TUNNEL_PROFILE_TRANSFORMS],
        &object->fields[FIELD_TUNNEL_PROFILE_PFS_GROUP]);
}

static void
take_transport_profile(
    struct crypto_report *report, const struct object *object)
{
    take_profile(report,
        value_string(&object->fields[FIELD_TRANSPORT_PROFILE_NAME]),
        &object->fields[FIELD_TRANSPORT_PROFILE_TRANSFORMS],
        &object->fields[FIELD_TRANSPORT_PROFILE_PFS_GROUP]);
    if (profile_has_keys(object) &&
        !is_strong_list(
            object->fields[FIELD_TRANSPORT_PROFILE_TRANSFORMS].number)) {
        add_name(&report->manual,
            value_string(&object->fields[FIELD_TRANSPORT_PROFILE_NAME]));
    }
}

/* Each transform of its SAs once. */
static void
take_sas(struct crypto_report *report, const struct object *object,
    const char *name, bool is_manual)
{
    const struct sa *sas[IPSEC_SAS_MAX];
    const size_t count = ipsec_sas(report->ipsec, object, sas);
    uint64_t seen = 0;
    bool is_strong = true;

    for (size_t i = 0; i < count; i++) {
        const unsigned transform = (unsigned)sa_transform(sas[i]);

        if ((seen & UINT64_C(1) << transform) != 0)
            continue;
        seen |= UINT64_C(1) << transform;
        report_use(
            report, CRYPTO_PLACE_SA, SUBJECT_TRANSFORM + transform, name);
        is_strong = is_strong && transform_strength((enum transform)transform,
                                     NULL) == CRYPTO_STRENGTH_STRONG;
    }
    if (!is_strong && !is_manual)
        add_object(&report->sas, object);
}

_Static_assert((int)IKE_GROUP_21 == (int)PFS_GROUP_21 &&
                   (int)IKE_GROUP_COUNT == (int)PFS_GROUP_COUNT,
    "groups of IKE and of PFS are the same");

static void
take_tunnel(struct crypto_report *report, const struct object *object)
{
    const struct value *fields = object->fields;
    const char *name = value_string(&fields[FIELD_TUNNEL_NAME]);
    const struct object *set = config_find(report->config, OBJECT_TRANSFORM_SET,
        &fields[FIELD_TUNNEL_TRANSFORM_SET]);
    const struct value *group = &fields[FIELD_TUNNEL_PFS_GROUP];
    const bool is_manual =
        value_is_set(&fields[FIELD_TUNNEL_SIGNALING]) &&
        fields[FIELD_TUNNEL_SIGNALING].number == SIGNALING_MANUAL;

    if (set != NULL) {
        const uint64_t list =
            set->fields[FIELD_TRANSFORM_SET_TRANSFORMS].number;

        add_transforms(report, CRYPTO_PLACE_TUNNEL, list, name);
        if (is_manual && !is_strong_list(list))
            add_name(&report->manual, name);
    }
    if (value_is_set(group) && !is_manual) {
        report_use(report, CRYPTO_PLACE_TUNNEL,
            SUBJECT_GROUP + (unsigned)group->number, name);
        if (group_strength((enum ike_group)group->number) !=
            CRYPTO_STRENGTH_STRONG)
            add_object(&report->pfs, object);
    }
    report->has_signaled = report->has_signaled || !is_manual;
    take_sas(report, object, name, is_manual);
}

static void
take_gre(struct crypto_report *report, const struct object *object)
{
    const struct object *profile = config_gre_profile(report->config, object);
    struct str name;

    str_init(&name);
    str_printf(
        &name, "gre:%s", value_string(&object->fields[FIELD_GRE_TUNNEL_NAME]));
    take_sas(report, object, str_text(&name),
        profile != NULL && profile_has_keys(profile));
    str_done(&name);
}

/* The length is all that is looked at; a key that cannot be unsealed here is
 * the commit's matter. */
static void
take_key(struct crypto_report *report, const struct object *object)
{
    const struct value *fields = object->fields;
    const struct value *address = &fields[FIELD_PRESHARED_KEY_ADDRESS];
    struct secret clear = {0};
    char text[IP_TEXT_SIZE];
    bool is_short;

    if (report->unsealer == NULL ||
        report->unsealer->unseal(report->unsealer->context,
            value_string(&fields[FIELD_PRESHARED_KEY_KEY]), &clear) != OK)
        return;
    is_short = clear.length < KEY_LENGTH_MIN;
    secret_done(&clear);
    if (is_short) {
        report_use(report, CRYPTO_PLACE_PRESHARED_KEY, SUBJECT_SHORT_KEY,
            value_is_set(address)
                ? ip_format((uint32_t)address->number, text)
                : value_string(&fields[FIELD_PRESHARED_KEY_IDENTITY]));
    }
}

static const struct {
    enum schema_object_id type;
    void (*take)(struct crypto_report *report, const struct object *object);
} walks[] = {
    {OBJECT_IKE_POLICY_RULE,   take_rule              },
    {OBJECT_TRANSFORM_SET,     take_set               },
    {OBJECT_TUNNEL_PROFILE,    take_tunnel_profile    },
    {OBJECT_TRANSPORT_PROFILE, take_transport_profile },
    {OBJECT_TUNNEL,            take_tunnel            },
    {OBJECT_GRE_TUNNEL,        take_gre               },
    {OBJECT_PRESHARED_KEY,     take_key               },
    {OBJECT_PEER_PUBLIC_KEY,   report_look_at_peer_key},
};

/* After the walks come the IKE SAs, then the costs, one a slice. */
enum {
    PHASE_IKE_SAS = sizeof walks / sizeof walks[0],
    PHASE_COSTS,
    PHASE_OVER = PHASE_COSTS + TRANSFORM_COUNT,
};

static void
step_walk(struct crypto_report *report, unsigned most)
{
    while (most-- > 0) {
        report->at = config_next(report->config, walks[report->phase].type,
            report->at == NULL ? NULL : report->at->fields);
        if (report->at == NULL) {
            report->phase++;
            return;
        }
        walks[report->phase].take(report, report->at);
    }
}

/* ---- what was agreed in phase 1 ---- */

static void
take_ike_sa(struct crypto_report *report, const struct ike_sa_row *sa)
{
    char address[IP_TEXT_SIZE];
    const char *peer = sa->identity.name[0] != '\0'
                           ? sa->identity.name
                           : ip_format(sa->remote, address);

    if (!sa->is_established)
        return;
    report_use(report, CRYPTO_PLACE_IKE_SA,
        SUBJECT_ENCRYPTION + (unsigned)strength_encryption(sa->rule.cipher),
        peer);
    report_use(report, CRYPTO_PLACE_IKE_SA,
        SUBJECT_HASH + (unsigned)strength_hash(sa->rule.digest), peer);
    report_use(report, CRYPTO_PLACE_IKE_SA,
        SUBJECT_GROUP + (unsigned)strength_group(sa->rule.group), peer);
}

static void
step_ike_sas(struct crypto_report *report, unsigned most)
{
    struct ike_sa_row sa;

    while (report->negotiator != NULL && most-- > 0) {
        if (!ike_next_sa(
                negotiator_ike(report->negotiator), &report->cursor, &sa)) {
            report->phase++;
            return;
        }
        take_ike_sa(report, &sa);
    }
    if (report->negotiator == NULL)
        report->phase++;
}

/* Without any rule the default one holds. */
static void
add_default_rule(struct crypto_report *report)
{
    static const char name[] = "the default rule";

    if (!report->has_signaled ||
        config_count_type(report->config, OBJECT_IKE_POLICY_RULE) > 0)
        return;
    report_use(report, CRYPTO_PLACE_POLICY_RULE,
        SUBJECT_ENCRYPTION + IKE_ENCRYPTION_3DES, name);
    report_use(
        report, CRYPTO_PLACE_POLICY_RULE, SUBJECT_HASH + IKE_HASH_SHA, name);
    report_use(
        report, CRYPTO_PLACE_POLICY_RULE, SUBJECT_GROUP + IKE_GROUP_2, name);
}

/* ---- all ---- */

struct crypto_report *
crypto_report_new(const struct crypto_report_parts *parts)
{
    struct crypto_report *report = mem_alloc(sizeof *report);

    report->config = config_ref(parts->running);
    report->ipsec = parts->ipsec;
    report->negotiator = parts->negotiator;
    report->unsealer = parts->unsealer;
    report->appraiser = parts->appraiser;
    report->pki = parts->pki;
    report->now_s = parts->now_s;
    report->days = parts->days;
    str_init(&report->manual.names);
    for (unsigned place = 0; place < CRYPTO_PLACE_COUNT; place++) {
        for (unsigned subject = 0; subject < SUBJECT_COUNT; subject++)
            str_init(&report->uses[place][subject].names);
    }
    if (report->pki != NULL)
        report_look_at_certificates(report);
    return report;
}

void
crypto_report_free(struct crypto_report *report)
{
    if (report == NULL)
        return;
    for (unsigned place = 0; place < CRYPTO_PLACE_COUNT; place++) {
        for (unsigned subject = 0; subject < SUBJECT_COUNT; subject++)
            str_done(&report->uses[place][subject].names);
    }
    str_done(&report->manual.names);
    config_unref(report->config);
    free(report);
}

bool
crypto_report_step(struct crypto_report *report, unsigned most)
{
    const unsigned transform = report->phase - PHASE_COSTS;

    if (report->phase < PHASE_IKE_SAS) {
        step_walk(report, most);
        if (report->phase == PHASE_IKE_SAS)
            add_default_rule(report);
    } else if (report->phase < PHASE_COSTS) {
        step_ike_sas(report, most);
    } else if (report->phase < PHASE_OVER) {
        if (report->appraiser != NULL) {
            report->costs_ns[transform] = report->appraiser->cost_ns(
                report->appraiser->context, (enum transform)transform);
        }
        report->phase++;
    }
    return report->phase >= PHASE_OVER;
}

void
crypto_report_rows(
    const struct crypto_report *report, const struct row_sink *sink)
{
    const struct show show = {.sink = sink};

    report_uses(report, &show);
    if (report->pki != NULL)
        report_certificates(report, &show);
    report_costs(report, &show);
    report_stages(report, &show);
}
