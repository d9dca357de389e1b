/*
 * policies.c - policy lists of the configuration as policies of the dataplane.
 *
 * A policy list is sent whole, with the entries of the classifier lists that
 * it names, and only if one of these changed.  Its groups have handles of
 * their own, under which their counters live on when the list changes.
 */
#include "ipsec/manager.h"

#include "base/arena.h"
#include "base/diag.h"

#include <stdlib.h>

enum {
    PROTOCOL_ICMP = 1,
    PROTOCOL_IGMP = 2,
    PROTOCOL_IPIP = 4,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_GRE = 47,
    PROTOCOL_ESP = 50,
    PROTOCOL_AH = 51,
    PROTOCOL_OSPF = 89,
    PROTOCOL_PIM = 103,
};

/* ---- which of them change ---- */

void
policy_plan_done(struct policy_plan *plan)
{
    free(plan->touched);
    free(plan->fresh);
    *plan = (struct policy_plan){0};
}

static void
touch(const struct ipsec *ipsec, const struct value *name,
    struct policy_plan *plan)
{
    uint32_t index;

    if (handles_find(&ipsec->policies, OBJECT_POLICY_LIST, name, &index) != OK)
        return;
    if (plan->touched == NULL)
        plan->touched = mem_alloc(sizeof(bool) * ipsec->limits.policies);
    plan->touched[index] = true;
}

void
policy_plan_fresh(
    const struct ipsec *ipsec, struct policy_plan *plan, uint32_t group)
{
    if (plan->fresh == NULL)
        plan->fresh = mem_alloc(sizeof(bool) * ipsec->limits.policy_groups);
    plan->fresh[group] = true;
}

void
policy_plan_touch(const struct ipsec *ipsec, const struct config *to,
    const struct change *change, struct policy_plan *plan)
{
    const struct object *object =
        change->after != NULL ? change->after : change->before;
    const struct object *group = NULL;

    if (object->type == OBJECT_POLICY_LIST && change->before == NULL)
        touch(ipsec, &object->fields[FIELD_POLICY_LIST_NAME], plan);
    if (object->type == OBJECT_CLASSIFIER_GROUP)
        touch(ipsec, &object->fields[FIELD_CLASSIFIER_GROUP_POLICY_LIST], plan);
    if (object->type != OBJECT_CLASSIFIER)
        return;
    while ((group = config_next_group(
                to, &object->fields[FIELD_CLASSIFIER_NAME], group)) != NULL)
        touch(ipsec, &group->fields[FIELD_CLASSIFIER_GROUP_POLICY_LIST], plan);
}

/* ---- one policy ---- */

static uint8_t
protocol_of(const struct cfg_classifier *view)
{
    static const uint8_t numbers[] = {
        [IP_PROTOCOL_IP] = 0,
        [IP_PROTOCOL_ICMP] = PROTOCOL_ICMP,
        [IP_PROTOCOL_IGMP] = PROTOCOL_IGMP,
        [IP_PROTOCOL_IPIP] = PROTOCOL_IPIP,
        [IP_PROTOCOL_TCP] = PROTOCOL_TCP,
        [IP_PROTOCOL_UDP] = PROTOCOL_UDP,
        [IP_PROTOCOL_GRE] = PROTOCOL_GRE,
        [IP_PROTOCOL_ESP] = PROTOCOL_ESP,
        [IP_PROTOCOL_AH] = PROTOCOL_AH,
        [IP_PROTOCOL_OSPF] = PROTOCOL_OSPF,
        [IP_PROTOCOL_PIM] = PROTOCOL_PIM,
    };

    if (view->has_protocol_number)
        return (uint8_t)view->protocol_number;
    return numbers[view->protocol];
}

/* An address that is left out is `any`, a wildcard that is left out `host`. */
static uint32_t
wildcard_of(bool has_address, bool has_wildcard, uint32_t wildcard)
{
    if (!has_address)
        return UINT32_MAX;
    return has_wildcard ? wildcard : 0;
}

static struct policy_entry
entry_of(const struct object *object)
{
    struct cfg_classifier view;

    cfg_classifier_read(object->fields, &view);
    return (struct policy_entry){
        .source = view.source,
        .source_wildcard = wildcard_of(
            view.has_source, view.has_source_wildcard, view.source_wildcard),
        .destination = view.destination,
        .destination_wildcard = wildcard_of(view.has_destination,
            view.has_destination_wildcard, view.destination_wildcard),
        .source_port = (uint16_t)view.source_port,
        .destination_port = (uint16_t)view.destination_port,
        .protocol = protocol_of(&view),
        .any_protocol =
            !view.has_protocol_number && view.protocol == IP_PROTOCOL_IP,
        .has_source_port = view.has_source_port,
        .has_destination_port = view.has_destination_port,
    };
}

static enum err
group_of(const struct ipsec *ipsec, const struct config *to,
    const struct policy_plan *plan, const struct object *object,
    struct policy_group *out_group)
{
    const struct object *tunnel;
    struct cfg_classifier_group view;
    struct policy_group group = {.verdict = POLICY_PERMIT};
    enum err error;

    cfg_classifier_group_read(object->fields, &view);
    error = handles_find(&ipsec->policy_groups, OBJECT_CLASSIFIER_GROUP,
        object->fields, &group.counter);
    if (error != OK)
        return error;
    group.is_new = plan->fresh != NULL && plan->fresh[group.counter];
    if (view.forward_tunnel != NULL) {
        tunnel = config_find_tunnel(
            to, &object->fields[FIELD_CLASSIFIER_GROUP_FORWARD_TUNNEL]);
        if (tunnel == NULL)
            return ERR_NOT_FOUND;
        group.verdict = POLICY_TUNNEL;
        error = ipsec_interface(ipsec, tunnel, &group.tunnel);
    } else if (view.has_forward_next_hop) {
        group.verdict = POLICY_NEXT_HOP;
        group.next_hop = view.forward_next_hop;
    } else if (view.filter) {
        group.verdict = POLICY_FILTER;
    }
    if (error == OK)
        *out_group = group;
    return error;
}

static enum err
add_group(const struct ipsec *ipsec, const struct config *to,
    const struct policy_plan *plan, const struct object *object,
    struct policy *policy)
{
    const struct value *list = &object->fields[FIELD_CLASSIFIER_GROUP_LIST];
    const struct object *entry = NULL;
    struct policy_entry made;
    struct policy_group group;
    size_t count = 0;
    enum err error;

    error = group_of(ipsec, to, plan, object, &group);
    if (error != OK)
        return error;
    policy_add_group(policy, &group);
    while ((entry = config_next_child(to, OBJECT_CLASSIFIER, list, 1, entry)) !=
           NULL) {
        if (count++ == POLICY_ENTRIES)
            return ERR_EXHAUSTED;
        made = entry_of(entry);
        policy_add_entry(policy, &made);
    }
    return OK;
}

/* The groups in the order in which they are asked; out_count is one too many
 * where there are more than a policy can have. */
static void
sorted_groups(const struct config *to, const struct value *name,
    const struct object *groups[POLICY_GROUPS + 1], size_t *out_count)
{
    const struct object *group = NULL;
    size_t count = 0;
    size_t at;

    while (count <= POLICY_GROUPS &&
           (group = config_next_child(
                to, OBJECT_CLASSIFIER_GROUP, name, 1, group)) != NULL) {
        for (at = count; at > 0; at--) {
            if (policy_group_compare(groups[at - 1], group) <= 0)
                break;
            groups[at] = groups[at - 1];
        }
        groups[at] = group;
        count++;
    }
    *out_count = count;
}

enum err
policy_make(const struct ipsec *ipsec, const struct config *to,
    const struct policy_plan *plan, const struct object *list,
    struct policy **out_policy)
{
    const struct object *groups[POLICY_GROUPS + 1];
    struct policy *policy;
    enum err error = OK;
    size_t count;
    size_t i;

    sorted_groups(to, list->fields, groups, &count);
    if (count > POLICY_GROUPS)
        return ERR_EXHAUSTED;
    policy = policy_new();
    for (i = 0; i < count && error == OK; i++)
        error = add_group(ipsec, to, plan, groups[i], policy);
    if (error != OK) {
        policy_free(policy);
        return error;
    }
    *out_policy = policy;
    return OK;
}

/* ---- questions ---- */

void
ipsec_policy_counters(const struct ipsec *ipsec, const struct object *group,
    struct dp_policy_counters *out_counters)
{
    uint32_t index;

    *out_counters = (struct dp_policy_counters){0};
    if (handles_find(&ipsec->policy_groups, OBJECT_CLASSIFIER_GROUP,
            group->fields, &index) == OK)
        dp_policy_counters(ipsec->dp, index, out_counters);
}
