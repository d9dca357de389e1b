/*
 * policy.h - policy lists as the packet path asks them: which classifier
 * group does a packet belong to?
 *
 *    policy   groups in their order
 *    group    what is done, and entries of which any must match
 *    entry    protocol, addresses under wildcards, ports
 *
 * A policy is made by thread M, entry by entry, and never changes once it was
 * given to thread D: a change is another policy in its place.  So there is no
 * moment without one.  Asking costs at most POLICY_GROUPS * POLICY_ENTRIES
 * comparisons and allocates nothing.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "pkt/pkt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    POLICY_GROUPS = 32,   /* of a policy list              */
    POLICY_ENTRIES = 256, /* of a group's classifier list  */
};

/* A packet in the terms of entries. */
struct policy_key {
    uint32_t source;
    uint32_t destination;
    uint16_t source_port;
    uint16_t destination_port;
    uint8_t protocol;
    bool has_ports; /* TCP or UDP, and the first fragment or whole */
};

/* Bits of an address that are set in its wildcard may differ. */
struct policy_entry {
    uint32_t source;
    uint32_t source_wildcard;
    uint32_t destination;
    uint32_t destination_wildcard;
    uint16_t source_port; /* if has_source_port */
    uint16_t destination_port;
    uint8_t protocol; /* unless any_protocol */
    bool any_protocol;
    bool has_source_port;
    bool has_destination_port;
};

enum policy_verdict {
    POLICY_PERMIT,
    POLICY_FILTER,
    POLICY_TUNNEL,   /* into the interface `tunnel`                */
    POLICY_NEXT_HOP, /* where the routes lead for this other address */
};

struct policy_group {
    enum policy_verdict verdict;
    uint32_t tunnel;
    uint32_t next_hop;
    uint32_t counter; /* handle of its counters           */
    bool is_new;      /* the counters were another's: zero */
};

/* Heap; of M until it is submitted, and again once it was replaced. */
struct policy;

struct policy *policy_new(void);
void policy_free(struct policy *policy); /* NULL is allowed */
/* Behind the groups so far; at most POLICY_GROUPS. */
void policy_add_group(struct policy *policy, const struct policy_group *group);
/* To the last group; at most POLICY_ENTRIES of each. */
void policy_add_entry(struct policy *policy, const struct policy_entry *entry);

size_t policy_group_count(const struct policy *policy);
const struct policy_group *policy_group_at(
    const struct policy *policy, size_t index);

/* What entries look at.  bytes: the packet that ip is the header of. */
struct policy_key policy_key_of(const struct ip4 *ip, const uint8_t *bytes);
bool policy_entry_matches(
    const struct policy_entry *entry, const struct policy_key *key);
/* The first group with an entry that matches; NULL: none. */
const struct policy_group *policy_find(
    const struct policy *policy, const struct policy_key *key);

#endif
