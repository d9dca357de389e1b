/*
 * policy.c - building policies, and asking them.
 *
 * The entries of all groups stand in one array; a group has those from its
 * first up to its end.
 */
#include "policy/policy.h"

#include "base/arena.h"
#include "base/bytes.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_ROOM = 8, PORTS_SIZE = 4 };

struct policy {
    struct policy_group groups[POLICY_GROUPS];
    size_t ends[POLICY_GROUPS]; /* of each group's entries */
    size_t group_count;
    struct policy_entry *entries;
    size_t entry_count;
    size_t entry_room;
};

struct policy *
policy_new(void)
{
    return mem_alloc(sizeof(struct policy));
}

void
policy_free(struct policy *policy)
{
    if (policy == NULL)
        return;
    free(policy->entries);
    free(policy);
}

void
policy_add_group(struct policy *policy, const struct policy_group *group)
{
    assert(policy->group_count < POLICY_GROUPS);
    policy->groups[policy->group_count] = *group;
    policy->ends[policy->group_count] = policy->entry_count;
    policy->group_count++;
}

void
policy_add_entry(struct policy *policy, const struct policy_entry *entry)
{
    size_t last = policy->group_count - 1;
    size_t first;

    assert(policy->group_count > 0);
    first = last == 0 ? 0 : policy->ends[last - 1];
    assert(policy->entry_count - first < POLICY_ENTRIES);
    if (policy->entry_count == policy->entry_room) {
        policy->entry_room =
            policy->entry_room == 0 ? FIRST_ROOM : policy->entry_room * 2;
        policy->entries = mem_resize(
            policy->entries, sizeof(*policy->entries) * policy->entry_room);
    }
    policy->entries[policy->entry_count++] = *entry;
    policy->ends[last] = policy->entry_count;
}

size_t
policy_group_count(const struct policy *policy)
{
    return policy->group_count;
}

const struct policy_group *
policy_group_at(const struct policy *policy, size_t index)
{
    assert(index < policy->group_count);
    return &policy->groups[index];
}

/* Only the first fragment has the ports (RFC 791, 3.2), and only if it is
 * long enough for them. */
struct policy_key
policy_key_of(const struct ip4 *ip, const uint8_t *bytes)
{
    struct policy_key key = {
        .source = ip->src,
        .destination = ip->dst,
        .protocol = ip->protocol,
    };

    if ((ip->protocol != IP4_PROTO_TCP && ip->protocol != IP4_PROTO_UDP) ||
        ip->fragment_offset != 0 ||
        ip->total_length < ip->header_length + PORTS_SIZE)
        return key;
    key.has_ports = true;
    key.source_port = get_u16(bytes + ip->header_length);
    key.destination_port = get_u16(bytes + ip->header_length + 2);
    return key;
}

bool
policy_entry_matches(
    const struct policy_entry *entry, const struct policy_key *key)
{
    if (((entry->source ^ key->source) & ~entry->source_wildcard) != 0 ||
        ((entry->destination ^ key->destination) &
            ~entry->destination_wildcard) != 0)
        return false;
    if (!entry->any_protocol && entry->protocol != key->protocol)
        return false;
    if (!entry->has_source_port && !entry->has_destination_port)
        return true;
    return key->has_ports &&
           (!entry->has_source_port ||
               entry->source_port == key->source_port) &&
           (!entry->has_destination_port ||
               entry->destination_port == key->destination_port);
}

const struct policy_group *
policy_find(const struct policy *policy, const struct policy_key *key)
{
    size_t group;
    size_t entry = 0;

    for (group = 0; group < policy->group_count; group++) {
        for (; entry < policy->ends[group]; entry++) {
            if (policy_entry_matches(&policy->entries[entry], key))
                return &policy->groups[group];
        }
    }
    return NULL;
}
