/*
 * config.c - what is configured: rules, keys, options, tunnels.
 */
#include "ike/phase1.h"

#include "base/arena.h"
#include "ike/quick.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TUNNEL_NUMBER_MAX = 1 << 24, DATAGRAM_LEAST = 128 };

const struct ike_rule ike_rule_default = {
    .priority = 1,
    .cipher = IKE_3DES,
    .digest = IKE_SHA1,
    .method = IKE_PRE_SHARE,
    .group = 2,
    .lifetime_s = 28800,
};

/* ---- rules ---- */

static int
by_priority(const void *a, const void *b)
{
    const struct ike_rule *one = a;
    const struct ike_rule *other = b;

    if (one->has_scope != other->has_scope)
        return one->has_scope ? -1 : 1;
    return (one->priority > other->priority) -
           (one->priority < other->priority);
}

void
ike_set_rules(struct ike *ike, const struct ike_rule *rules, size_t count)
{
    ike->rule_count = count < IKE_RULES_MAX ? count : IKE_RULES_MAX;
    if (count == 0)
        return;
    memcpy(ike->rules, rules, ike->rule_count * sizeof rules[0]);
    qsort(ike->rules, ike->rule_count, sizeof ike->rules[0], by_priority);
}

size_t
rules_for(const struct ike *ike, uint16_t vr, uint32_t local,
    struct ike_rule out_rules[IKE_RULES_MAX])
{
    size_t count = 0;

    if (ike->rule_count == 0) {
        out_rules[0] = ike_rule_default;
        return 1;
    }
    for (size_t i = 0; i < ike->rule_count; i++) {
        const struct ike_rule *rule = &ike->rules[i];

        if (dh_group_is_known(rule->group) &&
            (!rule->has_scope ||
                (rule->scope_vr == vr && rule->scope_address == local)))
            out_rules[count++] = *rule;
    }
    return count;
}

/* ---- identities and keys ---- */

bool
identity_is_same(const struct ike_identity *a, const struct ike_identity *b)
{
    if (a->name[0] != '\0' || b->name[0] != '\0')
        return strcasecmp(a->name, b->name) == 0;
    return a->address == b->address;
}

static uint32_t
identity_hash(uint16_t vr, const struct ike_identity *identity)
{
    uint32_t hash = 2166136261U ^ vr;

    for (const char *c = identity->name; *c != '\0'; c++)
        hash = (hash ^ ((uint8_t)*c | 0x20)) * 16777619U; /* any case */
    if (identity->name[0] == '\0')
        hash = (hash ^ identity->address) * 2654435761U;
    return (hash ^ hash >> 16) % BUCKETS;
}

static struct key_entry *
find_key(
    const struct ike *ike, uint16_t vr, const struct ike_identity *identity)
{
    struct key_entry *entry;

    LIST_FOREACH(entry, &ike->keys[identity_hash(vr, identity)], link) {
        if (entry->vr == vr && identity_is_same(&entry->identity, identity))
            return entry;
    }
    return NULL;
}

static void
free_key(struct key_entry *entry)
{
    LIST_REMOVE(entry, link);
    secret_done(&entry->key);
    free(entry);
}

void
ike_remove_key(
    struct ike *ike, uint16_t vr, const struct ike_identity *identity)
{
    struct key_entry *entry = find_key(ike, vr, identity);

    if (entry != NULL)
        free_key(entry);
}

void
ike_set_key(struct ike *ike, uint16_t vr, const struct ike_identity *identity,
    const struct secret *key)
{
    struct key_entry *entry = find_key(ike, vr, identity);

    if (entry == NULL) {
        entry = mem_alloc(sizeof *entry);
        entry->vr = vr;
        entry->identity = *identity;
        LIST_INSERT_HEAD(&ike->keys[identity_hash(vr, identity)], entry, link);
    }
    secret_done(&entry->key);
    entry->key = *key;
}

/* The whole string first, then without `user@`. */
const struct secret *
key_find(
    const struct ike *ike, uint16_t vr, const struct ike_identity *identity)
{
    const struct key_entry *entry = find_key(ike, vr, identity);
    const char *at = strchr(identity->name, '@');
    struct ike_identity domain = {0};

    if (entry == NULL && at != NULL && at[1] != '\0') {
        memcpy(domain.name, at + 1, strlen(at + 1));
        entry = find_key(ike, vr, &domain);
    }
    return entry != NULL && entry->key.length > 0 ? &entry->key : NULL;
}

/* The cursor counts entries, over all buckets: for a person, not for speed. */
bool
ike_next_key(const struct ike *ike, uint32_t *cursor, uint16_t *out_vr,
    struct ike_identity *out_identity)
{
    const struct key_entry *entry;
    uint32_t at = 0;

    for (size_t i = 0; i < BUCKETS; i++) {
        LIST_FOREACH(entry, &ike->keys[i], link) {
            if (at++ < *cursor || entry->key.length == 0)
                continue;
            *cursor = at;
            *out_vr = entry->vr;
            *out_identity = entry->identity;
            return true;
        }
    }
    return false;
}

size_t
ike_rules_of(const struct ike *ike, uint32_t number,
    struct ike_rule out_rules[IKE_RULES_MAX])
{
    const struct tunnel *tunnel = tunnel_find(ike, number);
    struct ike_rule rules[IKE_RULES_MAX];
    size_t usable = 0;
    size_t count;

    if (tunnel == NULL)
        return 0;
    count = rules_for(ike, tunnel->config.vr, tunnel->config.local, rules);
    for (size_t i = 0; i < count; i++) {
        if (rules[i].method == IKE_PRE_SHARE || can_sign(ike))
            out_rules[usable++] = rules[i];
    }
    return usable;
}

/* ---- options ---- */

static struct option_entry *
find_options(const struct ike *ike, uint16_t vr)
{
    struct option_entry *entry;

    LIST_FOREACH(entry, &ike->options, link) {
        if (entry->vr == vr)
            return entry;
    }
    return NULL;
}

void
ike_set_options(struct ike *ike, uint16_t vr, const struct ike_options *options)
{
    struct option_entry *entry = find_options(ike, vr);

    if (entry == NULL) {
        entry = mem_alloc(sizeof *entry);
        entry->vr = vr;
        LIST_INSERT_HEAD(&ike->options, entry, link);
    }
    entry->options = *options;
}

const struct ike_options *
options_of(const struct ike *ike, uint16_t vr)
{
    static const struct ike_options usual = {.nat_t = true};
    const struct option_entry *entry = find_options(ike, vr);

    return entry != NULL ? &entry->options : &usual;
}

void
ike_set_limits(struct ike *ike, const struct ike_limits *limits)
{
    ike->limits = *limits;
}

void
ike_set_datagram_max(struct ike *ike, size_t bytes)
{
    ike->datagram_max = bytes > DATAGRAM_LEAST ? bytes : DATAGRAM_LEAST;
    if (ike->datagram_max > IKE_DATAGRAM_MAX)
        ike->datagram_max = IKE_DATAGRAM_MAX;
}

/* ---- tunnels ---- */

struct tunnel *
tunnel_find(const struct ike *ike, uint32_t number)
{
    return number < ike->tunnel_room ? ike->tunnels[number] : NULL;
}

static struct tunnel *
tunnel_new(struct ike *ike, uint32_t number)
{
    struct tunnel *tunnel = mem_alloc(sizeof *tunnel);
    uint32_t room = ike->tunnel_room > 0 ? ike->tunnel_room : 64;

    assert(number < TUNNEL_NUMBER_MAX);
    while (room <= number)
        room *= 2;
    if (room > ike->tunnel_room) {
        ike->tunnels = mem_resize(ike->tunnels, room * sizeof(struct tunnel *));
        memset(ike->tunnels + ike->tunnel_room, 0,
            (room - ike->tunnel_room) * sizeof(struct tunnel *));
        ike->tunnel_room = room;
    }
    tunnel->generation = ++ike->tunnel_generation;
    tunnel->timer_us = UINT64_MAX;
    LIST_INSERT_HEAD(&ike->nameless, tunnel, of_peer);
    ike->tunnels[number] = tunnel;
    return tunnel;
}

void
tunnel_bind(struct ike *ike, struct tunnel *tunnel, struct peer *peer)
{
    struct peer *before = tunnel->peer;

    if (before == peer)
        return;
    LIST_REMOVE(tunnel, of_peer);
    tunnel->peer = peer;
    if (peer != NULL) {
        LIST_INSERT_HEAD(&peer->tunnels, tunnel, of_peer);
    } else {
        LIST_INSERT_HEAD(&ike->nameless, tunnel, of_peer);
    }
    if (before != NULL)
        peer_release(ike, before);
}

/* Would SAs made by one serve the other? */
static bool
same_ends(const struct ike_tunnel *a, const struct ike_tunnel *b)
{
    return a->vr == b->vr && a->local == b->local &&
           identity_is_same(&a->remote, &b->remote) &&
           identity_is_same(&a->local_identity, &b->local_identity) &&
           a->is_transport == b->is_transport &&
           selector_is_same(&a->local_selector, &b->local_selector) &&
           selector_is_same(&a->remote_selector, &b->remote_selector);
}

void
ike_set_tunnel(
    struct ike *ike, uint64_t now_us, const struct ike_tunnel *config)
{
    struct tunnel *tunnel = tunnel_find(ike, config->number);

    ike->now_us = now_us;
    if (tunnel == NULL) {
        tunnel = tunnel_new(ike, config->number);
    } else if (!same_ends(&tunnel->config, config)) {
        children_remove(ike, tunnel, true, CAUSE_RECONFIGURED);
        tunnel->generation = ++ike->tunnel_generation;
        tunnel->is_waiting = false;
        tunnel->is_negotiating = false;
        tunnel->timer_us = UINT64_MAX;
        tunnel_bind(ike, tunnel, NULL);
    }
    tunnel->config = *config;
    if (tunnel->peer == NULL && config->remote.name[0] == '\0') {
        tunnel_bind(ike, tunnel,
            peer_get(ike, config->vr, config->local, config->remote.address));
    }
}

void
ike_remove_tunnel(struct ike *ike, uint64_t now_us, uint32_t number)
{
    struct tunnel *tunnel = tunnel_find(ike, number);
    struct peer *peer;

    ike->now_us = now_us;
    if (tunnel == NULL)
        return;
    children_remove(ike, tunnel, true, CAUSE_RECONFIGURED);
    peer = tunnel->peer;
    LIST_REMOVE(tunnel, of_peer);
    ike->tunnels[number] = NULL;
    free(tunnel);
    if (peer == NULL)
        return;
    if (LIST_EMPTY(&peer->tunnels))
        peer_clear(ike, peer, true);
    peer_release(ike, peer);
    reap(ike);
}

void
config_done(struct ike *ike)
{
    struct option_entry *entry;

    for (uint32_t i = 0; i < ike->tunnel_room; i++) {
        struct tunnel *tunnel = ike->tunnels[i];

        for (size_t c = 0; tunnel != NULL && c < tunnel->child_count; c++)
            child_done(&tunnel->children[c]);
        free(tunnel);
    }
    free(ike->tunnels);
    for (size_t i = 0; i < BUCKETS; i++) {
        struct key_entry *key = LIST_FIRST(&ike->keys[i]);

        while (key != NULL) {
            struct key_entry *next = LIST_NEXT(key, link);

            secret_done(&key->key);
            free(key);
            key = next;
        }
    }
    entry = LIST_FIRST(&ike->options);
    while (entry != NULL) {
        struct option_entry *next = LIST_NEXT(entry, link);

        free(entry);
        entry = next;
    }
}
