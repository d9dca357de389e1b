/*
 * classify.c - what a policy list says about a packet that is not for us.
 *
 *    no group, or permit   the routing table decides, as without the list
 *    filter                dropped
 *    tunnel                into it, whatever the routing table says; if it is
 *                          down the packet is dropped, not sent in clear
 *    next hop              where the routes lead for that address
 *
 * A packet is classified once, by the list of the interface that it came in
 * by: what this router made of it (an outer packet, an answer) is its own.
 */
#include "path/engine.h"

#include <assert.h>
#include <stddef.h>

static enum stage
to_tunnel(
    struct dp *dp, struct flight *flight, const struct policy_group *group)
{
    const struct interface *tunnel = &dp->interfaces[group->tunnel];

    if (!tunnel->is_up || !interface_is_tunnel(tunnel)) {
        flight->tunnel = group->tunnel; /* counts there too */
        if (tunnel->is_present && tunnel->config.enabled)
            interface_need_sa(dp, group->tunnel, flight);
        return path_drop(flight, DROP_POLICY_TUNNEL);
    }
    flight->route.outcome = ROUTE_TO_INTERFACE;
    flight->route.interface = group->tunnel;
    return STAGE_FORWARD;
}

static enum stage
to_next_hop(const struct dp *dp, struct flight *flight,
    const struct policy_group *group)
{
    const struct interface *interface;

    flight->route = route_lookup(dp->routes, flight->pkt->vr, group->next_hop);
    if (flight->route.outcome != ROUTE_TO_INTERFACE)
        return path_drop(flight, DROP_POLICY_NEXTHOP);
    interface = &dp->interfaces[flight->route.interface];
    if (interface->config.kind != DP_INTERFACE_PORT &&
        !interface_is_tunnel(interface))
        return path_drop(flight, DROP_POLICY_NEXTHOP); /* nobody is there */
    return STAGE_FORWARD;
}

static void
count(struct dp *dp, const struct policy_group *group, uint32_t octets)
{
    counter_add(&dp->groups[group->counter].packets, 1);
    counter_add(&dp->groups[group->counter].octets, octets);
}

enum stage
stage_policy(struct dp *dp, struct flight *flight)
{
    const struct policy *policy = dp->policies[flight->policy - 1];
    const struct policy_group *group;
    struct policy_key key;

    flight->policy = 0;
    if (policy == NULL) /* closed, where M should have sent one first */
        return path_drop(flight, DROP_POLICY_FILTER);
    key = policy_key_of(&flight->ip, flight->pkt->at);
    group = policy_find(policy, &key);
    if (group == NULL)
        return STAGE_FORWARD;
    if (!flight->is_rehearsal)
        count(dp, group, flight->ip.total_length);
    switch (group->verdict) {
    case POLICY_PERMIT:
        return STAGE_FORWARD;
    case POLICY_FILTER:
        return path_drop(flight, DROP_POLICY_FILTER);
    case POLICY_TUNNEL:
        return to_tunnel(dp, flight, group);
    case POLICY_NEXT_HOP:
        return to_next_hop(dp, flight, group);
    }
    return path_drop(flight, DROP_POLICY_FILTER);
}

/* ---- commands ---- */

static bool
is_valid(const struct dp *dp, const struct policy *policy)
{
    const struct policy_group *group;
    size_t i;

    for (i = 0; i < policy_group_count(policy); i++) {
        group = policy_group_at(policy, i);
        if (group->counter >= dp->limits.policy_groups)
            return false;
        if (group->verdict == POLICY_TUNNEL &&
            group->tunnel >= dp->limits.interfaces)
            return false;
    }
    return true;
}

static void
clear_new(struct dp *dp, const struct policy *policy)
{
    const struct policy_group *group;
    size_t i;

    for (i = 0; i < policy_group_count(policy); i++) {
        group = policy_group_at(policy, i);
        if (!group->is_new)
            continue;
        atomic_store_explicit(
            &dp->groups[group->counter].packets, 0, memory_order_relaxed);
        atomic_store_explicit(
            &dp->groups[group->counter].octets, 0, memory_order_relaxed);
    }
}

enum err
classify_set(struct dp *dp, struct dp_policy *command)
{
    struct policy *old;

    if (command->index >= dp->limits.policies || command->policy == NULL ||
        !is_valid(dp, command->policy))
        return ERR_INVALID;
    clear_new(dp, command->policy);
    old = dp->policies[command->index];
    dp->policies[command->index] = command->policy;
    command->policy = old;
    return OK;
}

enum err
classify_remove(struct dp *dp, struct dp_policy *command)
{
    command->policy = NULL;
    if (command->index >= dp->limits.policies)
        return ERR_INVALID;
    if (dp->policies[command->index] == NULL)
        return ERR_NOT_FOUND;
    command->policy = dp->policies[command->index];
    dp->policies[command->index] = NULL;
    return OK;
}
