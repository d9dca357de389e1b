/*
 * policies.c - policy lists of the configuration as policies of the dataplane.
 *
 * A policy list is sent whole, with the entries of the classifier lists that
 * it names, and only if one of these changed.  Its groups have handles of
 * their own, under which their counters live on when the list changes.
 */
#include "ipsec/plan.h"

#include "base/arena.h"

enum { FIRST_ROOM = 16 };

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

static void
touch(const struct work *work, const struct value *name)
{
    const struct ipsec *ipsec = work->ipsec;
    struct plan *plan = work->plan;
    uint32_t index;

    if (handles_find(&ipsec->policies, OBJECT_POLICY_LIST, name, &index) != OK)
        return;
    if (plan->touched == NULL)
        plan->touched = mem_alloc(sizeof(bool) * ipsec->limits.policies);
    plan->touched[index] = true;
}

void
policies_fresh(const struct work *work, uint32_t group)
{
    struct plan *plan = work->plan;

    if (plan->fresh == NULL) {
        plan->fresh =
            mem_alloc(sizeof(bool) * work->ipsec->limits.policy_groups);
    }
    plan->fresh[group] = true;
}

static void
touch_changed(const struct work *work, const struct change *change)
{
    const struct object *object = change_object(change);
    const struct object *group = NULL;

    if (object->type == OBJECT_POLICY_LIST && change->before == NULL)
        touch(work, &object->fields[FIELD_POLICY_LIST_NAME]);
    if (object->type == OBJECT_CLASSIFIER_GROUP)
        touch(work, &object->fields[FIELD_CLASSIFIER_GROUP_POLICY_LIST]);
    if (object->type != OBJECT_CLASSIFIER)
        return;
    while ((group = config_next_group(work->to,
                &object->fields[FIELD_CLASSIFIER_NAME], group)) != NULL)
        touch(work, &group->fields[FIELD_CLASSIFIER_GROUP_POLICY_LIST]);
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
group_of(const struct work *work, const struct object *object,
    struct policy_group *out_group)
{
    const struct ipsec *ipsec = work->ipsec;
    const bool *fresh = work->plan->fresh;
    const struct object *tunnel;
    struct cfg_classifier_group view;
    struct policy_group group = {.verdict = POLICY_PERMIT};
    enum err error;

    cfg_classifier_group_read(object->fields, &view);
    error = handles_find(&ipsec->policy_groups, OBJECT_CLASSIFIER_GROUP,
        object->fields, &group.counter);
    if (error != OK)
        return error;
    group.is_new = fresh != NULL && fresh[group.counter];
    if (view.forward_tunnel != NULL) {
        tunnel = config_find_tunnel(
            work->to, &object->fields[FIELD_CLASSIFIER_GROUP_FORWARD_TUNNEL]);
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
add_group(
    const struct work *work, const struct object *object, struct policy *policy)
{
    const struct value *list = &object->fields[FIELD_CLASSIFIER_GROUP_LIST];
    const struct object *entry = NULL;
    struct policy_entry made;
    struct policy_group group;
    size_t count = 0;
    enum err error;

    error = group_of(work, object, &group);
    if (error != OK)
        return error;
    policy_add_group(policy, &group);
    while ((entry = config_next_child(
                work->to, OBJECT_CLASSIFIER, list, 1, entry)) != NULL) {
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

static enum err
make_policy(const struct work *work, const struct object *list,
    struct policy **out_policy)
{
    const struct object *groups[POLICY_GROUPS + 1];
    struct policy *policy;
    enum err error = OK;
    size_t count;
    size_t i;

    sorted_groups(work->to, list->fields, groups, &count);
    if (count > POLICY_GROUPS)
        return ERR_EXHAUSTED;
    policy = policy_new();
    for (i = 0; i < count && error == OK; i++)
        error = add_group(work, groups[i], policy);
    if (error != OK) {
        policy_free(policy);
        return error;
    }
    *out_policy = policy;
    return OK;
}

/* ---- enter, leave ---- */

static enum err
enter_policy(const struct work *work, uint32_t index)
{
    const struct object *list = config_find(work->to, OBJECT_POLICY_LIST,
        handles_object(&work->ipsec->policies, index)->fields);
    struct policy *policy;
    struct dp_command *command;
    enum err error;

    if (list == NULL)
        return OK; /* it goes */
    error = make_policy(work, list, &policy);
    if (error != OK) {
        plan_say(work, DIAG_ERROR, list,
            "It names what is not there, or too much: %s.", err_name(error));
        return error;
    }
    command = plan_add(work, DP_POLICY_SET);
    command->policy.index = index;
    command->policy.policy = policy;
    return OK;
}

enum err
policies_enter(const struct work *work, const struct change_set *set)
{
    const struct plan *plan = work->plan;
    enum err error = OK;
    uint32_t index;
    size_t i;

    for (i = 0; i < set->count; i++)
        touch_changed(work, &set->changes[i]);
    if (plan->touched == NULL)
        return OK;
    for (index = 0; index < work->ipsec->limits.policies; index++) {
        if (plan->touched[index] && error == OK)
            error = enter_policy(work, index);
    }
    return error;
}

static void
leave_group(const struct work *work, const struct object *group)
{
    struct plan *plan = work->plan;
    uint32_t index;

    if (handles_find(&work->ipsec->policy_groups, group->type, group->fields,
            &index) != OK)
        return;
    if (plan->left_count == plan->left_room) {
        plan->left_room =
            plan->left_room == 0 ? FIRST_ROOM : plan->left_room * 2;
        plan->left =
            mem_resize(plan->left, sizeof(*plan->left) * plan->left_room);
    }
    plan->left[plan->left_count++] = index;
}

void
policies_leave(const struct work *work, const struct change_set *set)
{
    const struct object *object;
    uint32_t index;
    size_t i;

    for (i = 0; i < set->count; i++) {
        object = set->changes[i].before;
        if (object == NULL || set->changes[i].after != NULL)
            continue;
        if (object->type == OBJECT_CLASSIFIER_GROUP)
            leave_group(work, object);
        if (object->type == OBJECT_POLICY_LIST &&
            handles_find(&work->ipsec->policies, object->type, object->fields,
                &index) == OK)
            plan_add(work, DP_POLICY_REMOVE)->policy.index = index;
    }
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
