/*
 * impact.c - what a change set does to tunnels, and because of what.
 *
 *    a tunnel's own setting      as the schema's `effect` says
 *    an object that it names     the same, found through the indexes
 *    an object that all share    every signaled tunnel that it reaches
 *    the owner of its source     its SAs stay, its state may turn
 *
 * What apply does follows from the same values (mgmt/ipsec), so a change
 * that is none once defaults are filled in disturbs nothing here either.
 * The cost is that of what changed and of what depends on it.
 */
#include "config/checks.h"

#include "base/arena.h"
#include "gen/enums.h"

#include <stdlib.h>

enum { FIRST_ROOM = 8 };

/* One search under way. */
struct search {
    const struct config *to;
    struct impact *found;
};

/* What a tunnel is disturbed by: an object, or one setting of it. */
struct cause {
    enum schema_object_id type;
    const struct value *keys;
    uint16_t setting;
};

static void
add(const struct search *search, const struct object *tunnel,
    enum tunnel_impact impact, const struct cause *cause)
{
    struct impact *found = search->found;

    if (found->count == found->room) {
        found->room = found->room == 0 ? FIRST_ROOM : 2 * found->room;
        found->entries =
            mem_resize(found->entries, found->room * sizeof(*found->entries));
    }
    found->entries[found->count++] = (struct impact_entry){
        .tunnel = tunnel,
        .impact = impact,
        .type = cause->type,
        .keys = cause->keys,
        .setting = cause->setting,
    };
}

static bool
is_manual(const struct object *tunnel)
{
    return field_number(tunnel, FIELD_TUNNEL_SIGNALING) == SIGNALING_MANUAL;
}

/* ---- the same in force? ---- */

/* The value, or what holds without one. */
static const struct value *
in_force(const struct object *object, size_t field)
{
    return field_is_set(object, field)
               ? &object->fields[field]
               : &schema_objects[object->type].fields[field].fallback;
}

static bool
is_same(
    const struct object *before, const struct object *after, uint16_t setting)
{
    const struct schema_setting *schema =
        &schema_objects[after->type].settings[setting];

    for (size_t i = 0; i < schema->field_count; i++) {
        size_t field = (size_t)schema->first_field + i;

        if (!value_equal(in_force(before, field), in_force(after, field)))
            return false;
    }
    return true;
}

/* First and last address of an identity, whose four fields are address, mask,
 * first and last. */
struct range {
    uint64_t first;
    uint64_t last;
};

static struct range
range_of(const struct object *tunnel, size_t address)
{
    size_t mask = address + 1;
    uint32_t host = 0;

    if (field_is_set(tunnel, address + 2)) {
        return (struct range){field_number(tunnel, address + 2),
            field_number(tunnel, address + 3)};
    }
    if (!field_is_set(tunnel, address))
        return (struct range){0, UINT32_MAX};
    if (field_is_set(tunnel, mask))
        host = ~(uint32_t)field_number(tunnel, mask);
    return (struct range){field_number(tunnel, address) & ~(uint64_t)host,
        field_number(tunnel, address) | host};
}

/* Of a manual tunnel: the peer of a signaled one is told the form too. */
static bool
is_same_identity(
    const struct object *before, const struct object *after, size_t address)
{
    struct range a = range_of(before, address);
    struct range b = range_of(after, address);

    return is_manual(before) && is_manual(after) && a.first == b.first &&
           a.last == b.last;
}

/* Does the tunnel run by the same value as before? */
static bool
is_same_in_force(
    const struct object *before, const struct object *after, uint16_t setting)
{
    if (setting == SETTING_TUNNEL_TRANSPORT_VR) {
        return value_equal(
            tunnel_transport_vr(before), tunnel_transport_vr(after));
    }
    if (is_same(before, after, setting))
        return true;
    if (setting == SETTING_TUNNEL_LOCAL_IDENTITY) {
        return is_same_identity(
            before, after, FIELD_TUNNEL_LOCAL_IDENTITY_ADDRESS);
    }
    return setting == SETTING_TUNNEL_PEER_IDENTITY &&
           is_same_identity(before, after, FIELD_TUNNEL_PEER_IDENTITY_ADDRESS);
}

/* ---- a tunnel's own settings ---- */

static enum tunnel_impact
impact_of(const struct change *change, uint16_t setting)
{
    enum schema_effect effect =
        schema_objects[OBJECT_TUNNEL].settings[setting].effect;

    if (effect == EFFECT_LIVE ||
        is_same_in_force(change->before, change->after, setting))
        return TUNNEL_IMPACT_CHANGED_LIVE;
    if (effect == EFFECT_RESTART_TUNNEL)
        return TUNNEL_IMPACT_RESTARTED;
    /* a manual tunnel never negotiates */
    return is_manual(change->after) ? TUNNEL_IMPACT_CHANGED_LIVE
                                    : TUNNEL_IMPACT_RENEGOTIATED;
}

static void
add_own(const struct search *search, const struct change *change)
{
    const struct object *tunnel =
        change->after != NULL ? change->after : change->before;
    struct cause cause = {OBJECT_TUNNEL, tunnel->fields, SCHEMA_NONE};
    uint16_t count = schema_objects[OBJECT_TUNNEL].setting_count;

    if (change->before == NULL) {
        add(search, tunnel, TUNNEL_IMPACT_CREATED, &cause);
        return;
    }
    if (change->after == NULL) {
        /* its virtual router's key is the first of its own */
        if (config_find(search->to, OBJECT_VIRTUAL_ROUTER, tunnel->fields) ==
            NULL)
            cause.type = OBJECT_VIRTUAL_ROUTER;
        add(search, tunnel, TUNNEL_IMPACT_REMOVED, &cause);
        return;
    }
    for (uint16_t i = 0; i < count; i++) {
        cause.setting = i;
        if (change_touches(change, i))
            add(search, tunnel, impact_of(change, i), &cause);
    }
}

/* ---- what it depends on ---- */

static void
add_shared(const struct search *search, const struct object *tunnel,
    enum schema_effect effect, const struct cause *cause)
{
    if (is_manual(tunnel))
        return;
    search->found->is_mixed = true;
    add(search, tunnel,
        effect == EFFECT_RESTART_TUNNEL ? TUNNEL_IMPACT_RESTARTED
                                        : TUNNEL_IMPACT_RENEGOTIATED,
        cause);
}

/* Tunnels that name this transform set. */
static void
add_users_of_set(const struct search *search, const struct change *change,
    enum schema_effect effect, const struct cause *cause)
{
    const struct tree_node *index = config_tree(search->to, ORDER_SET);
    struct tree_place wanted = {
        .parts = {change->after->fields[FIELD_TRANSFORM_SET_NAME]},
        .part_count = 1};
    const struct object *user = tree_first(index, ORDER_SET, &wanted);

    while (user != NULL && place_compare(ORDER_SET, user, &wanted) == 0) {
        struct tree_place here = order_place(ORDER_SET, user);

        add_shared(search, user, effect, cause);
        user = tree_after(index, ORDER_SET, &here);
    }
}

/* Does the router's own lifetime reach a tunnel?  Not for what the tunnel
 * says itself. */
static bool
inherits_lifetime(const struct change *change, const struct object *tunnel)
{
    static const struct {
        size_t system;
        size_t tunnel;
    } pairs[] = {
        {FIELD_SYSTEM_IPSEC_LIFETIME_SECONDS,   FIELD_TUNNEL_LIFETIME_SECONDS},
        {FIELD_SYSTEM_IPSEC_LIFETIME_KILOBYTES,
         FIELD_TUNNEL_LIFETIME_KILOBYTES                                     },
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (!field_is_set(tunnel, pairs[i].tunnel) &&
            !value_equal(in_force(change->before, pairs[i].system),
                in_force(change->after, pairs[i].system)))
            return true;
    }
    return false;
}

static bool
reaches(
    const struct change *change, uint16_t setting, const struct object *tunnel)
{
    if (change->before == NULL || change->after == NULL)
        return true;
    if (change->after->type == OBJECT_SYSTEM &&
        setting == SETTING_SYSTEM_IPSEC_LIFETIME)
        return inherits_lifetime(change, tunnel);
    return !is_same(change->before, change->after, setting);
}

static void
add_all_signaled(const struct search *search, const struct change *change,
    enum schema_effect effect, const struct cause *cause)
{
    const struct object *tunnel;
    struct tree_cursor cursor;

    cursor_init(&cursor, config_tree(search->to, ORDER_NAME));
    while ((tunnel = cursor_next(&cursor)) != NULL) {
        if (reaches(change, cause->setting, tunnel))
            add_shared(search, tunnel, effect, cause);
    }
    cursor_done(&cursor);
}

/* Signaled tunnels at one place of an index of peers. */
static void
add_peers(const struct search *search, enum tree_order order,
    const struct tree_place *wanted, const struct cause *cause)
{
    const struct tree_node *index = config_tree(search->to, order);
    const struct object *user = tree_first(index, order, wanted);

    while (user != NULL && place_compare(order, user, wanted) == 0) {
        struct tree_place here = order_place(order, user);

        add_shared(search, user, EFFECT_NEXT_NEGOTIATION, cause);
        user = tree_after(index, order, &here);
    }
}

/* Tunnels whose peer this preshared key is for; that of an FQDN is for its
 * users too. */
static void
add_users_of_key(const struct search *search, const struct object *key,
    const struct cause *cause)
{
    const struct value *vr = &key->fields[FIELD_PRESHARED_KEY_VIRTUAL_ROUTER];
    const struct value *peer =
        &key->fields[field_is_set(key, FIELD_PRESHARED_KEY_ADDRESS)
                         ? FIELD_PRESHARED_KEY_ADDRESS
                         : FIELD_PRESHARED_KEY_IDENTITY];
    struct tree_place place = {
        .parts = {*vr, *peer},
          .part_count = 2
    };

    add_peers(search, ORDER_PEER, &place, cause);
    add_peers(search, ORDER_BACKUP, &place, cause);
    if (peer->kind == VALUE_TEXT) {
        place.parts[1] = domain_hash(value_string(peer));
        add_peers(search, ORDER_DOMAIN, &place, cause);
    }
}

/* Tunnels that start at the local endpoint, which is another one now. */
static void
add_users_of_endpoint(const struct search *search, const struct object *vr,
    const struct cause *cause)
{
    const struct object *tunnel = NULL;

    while ((tunnel = config_next_without_source(
                search->to, &vr->fields[0], tunnel)) != NULL) {
        search->found->is_mixed = true;
        add(search, tunnel, TUNNEL_IMPACT_RESTARTED, cause);
    }
}

/* Of a virtual router: those whose endpoints are in it.  One that comes or
 * goes does so with its tunnels. */
static void
add_users_of_vr(const struct search *search, const struct change *change,
    enum schema_effect effect, const struct cause *cause)
{
    const struct object *tunnel;
    struct tree_cursor cursor;

    if (change->before == NULL || change->after == NULL)
        return;
    if (cause->setting == SETTING_VIRTUAL_ROUTER_LOCAL_ENDPOINT) {
        add_users_of_endpoint(search, change->after, cause);
        return;
    }
    cursor_init(&cursor, config_tree(search->to, ORDER_NAME));
    while ((tunnel = cursor_next(&cursor)) != NULL) {
        if (value_equal(tunnel_transport_vr(tunnel), &change->after->fields[0]))
            add_shared(search, tunnel, effect, cause);
    }
    cursor_done(&cursor);
}

static void
spread(const struct search *search, const struct change *change,
    enum schema_effect effect, const struct cause *cause)
{
    const struct object *either =
        change->after != NULL ? change->after : change->before;

    if (cause->type == OBJECT_VIRTUAL_ROUTER) {
        add_users_of_vr(search, change, effect, cause);
    } else if (cause->type == OBJECT_PRESHARED_KEY) {
        add_users_of_key(search, either, cause);
    } else if (cause->type != OBJECT_TRANSFORM_SET) {
        add_all_signaled(search, change, effect, cause);
    } else if (change->after != NULL) {
        add_users_of_set(search, change, effect, cause);
    }
}

/* The strongest effect that the object's settings have. */
static enum schema_effect
effect_of(enum schema_object_id type)
{
    const struct schema_object *schema = &schema_objects[type];
    enum schema_effect strongest = EFFECT_LIVE;

    for (size_t i = 0; i < schema->setting_count; i++) {
        if (schema->settings[i].effect > strongest)
            strongest = schema->settings[i].effect;
    }
    return strongest;
}

static void
add_dependents(const struct search *search, const struct change *change)
{
    const struct object *either =
        change->after != NULL ? change->after : change->before;
    const struct schema_object *schema = &schema_objects[either->type];
    struct cause cause = {either->type, either->fields, SCHEMA_NONE};

    if (change->before == NULL || change->after == NULL) {
        if (effect_of(either->type) != EFFECT_LIVE)
            spread(search, change, effect_of(either->type), &cause);
        return;
    }
    for (uint16_t i = 0; i < schema->setting_count; i++) {
        cause.setting = i;
        if (schema->settings[i].effect != EFFECT_LIVE &&
            change_touches(change, i))
            spread(search, change, schema->settings[i].effect, &cause);
    }
}

/* ---- GRE tunnels ---- */

static void
add_own_gre(const struct search *search, const struct change *change)
{
    const struct object *either =
        change->after != NULL ? change->after : change->before;
    const struct schema_object *schema = &schema_objects[OBJECT_GRE_TUNNEL];
    struct cause cause = {OBJECT_GRE_TUNNEL, either->fields, SCHEMA_NONE};

    if (change->before == NULL || change->after == NULL) {
        add(search, either,
            change->before == NULL ? TUNNEL_IMPACT_CREATED
                                   : TUNNEL_IMPACT_REMOVED,
            &cause);
        return;
    }
    for (uint16_t i = 0; i < schema->setting_count; i++) {
        cause.setting = i;
        if (change_touches(change, i)) {
            add(search, either,
                schema->settings[i].effect == EFFECT_RESTART_TUNNEL
                    ? TUNNEL_IMPACT_RESTARTED
                    : TUNNEL_IMPACT_CHANGED_LIVE,
                &cause);
        }
    }
}

/* The first setting with this effect that changes. */
static bool
finds_effect(const struct change *change, enum schema_effect effect,
    uint16_t *out_setting)
{
    const struct schema_object *schema =
        &schema_objects[OBJECT_TRANSPORT_PROFILE];

    for (uint16_t i = 0; i < schema->setting_count; i++) {
        *out_setting = i;
        if (schema->settings[i].effect == effect && change_touches(change, i))
            return true;
    }
    return false;
}

/* What a profile's change does to the tunnels that it is for, and by which
 * setting; SCHEMA_NONE: as a whole.  False: nothing. */
static bool
profile_impact(const struct change *change, enum tunnel_impact *out_impact,
    uint16_t *out_setting)
{
    *out_impact = TUNNEL_IMPACT_RESTARTED;
    *out_setting = SCHEMA_NONE;
    if (change->before == NULL || change->after == NULL ||
        finds_effect(change, EFFECT_RESTART_TUNNEL, out_setting))
        return true;
    *out_impact = TUNNEL_IMPACT_RENEGOTIATED;
    return !profile_has_keys(change->after) &&
           finds_effect(change, EFFECT_NEXT_NEGOTIATION, out_setting);
}

/* GRE tunnels that a transport profile protects, or did. */
static void
add_protected(const struct search *search, const struct change *change)
{
    const struct object *either =
        change->after != NULL ? change->after : change->before;
    struct cause cause = {either->type, either->fields, SCHEMA_NONE};
    const struct object *gre = NULL;
    enum tunnel_impact impact;

    if (!profile_impact(change, &impact, &cause.setting))
        return;
    while ((gre = config_next(search->to, OBJECT_GRE_TUNNEL,
                gre == NULL ? NULL : gre->fields)) != NULL) {
        if (!profile_change_reaches(change, gre))
            continue;
        search->found->is_mixed = true;
        add(search, gre, impact, &cause);
    }
}

/* ---- whose address they start at ---- */

static void
add_starting_at(const struct search *search, const struct network *network,
    const struct cause *cause)
{
    const struct tree_node *index = config_tree(search->to, ORDER_SOURCE);
    struct tree_place wanted = {
        .parts = {value_number(network->address)}, .part_count = 1};
    const struct object *user = tree_first(index, ORDER_SOURCE, &wanted);

    while (user != NULL && place_compare(ORDER_SOURCE, user, &wanted) == 0) {
        struct tree_place here = order_place(ORDER_SOURCE, user);

        if (value_equal(tunnel_transport_vr(user), network->vr)) {
            search->found->is_mixed = true;
            add(search, user, TUNNEL_IMPACT_CHANGED_LIVE, cause);
        }
        user = tree_after(index, ORDER_SOURCE, &here);
    }
    user = NULL;
    while ((user = config_next_gre(
                search->to, network->vr, network->address, user)) != NULL) {
        search->found->is_mixed = true;
        add(search, user, TUNNEL_IMPACT_CHANGED_LIVE, cause);
    }
}

/* Settings that take all addresses into or out of service. */
static const uint16_t service_settings[OBJECT_COUNT][2] = {
    [OBJECT_INTERFACE] = {SETTING_INTERFACE_SHUTDOWN,
                          SETTING_INTERFACE_IP_SHUTDOWN                         },
    [OBJECT_TUNNEL] = {SETTING_TUNNEL_SHUTDOWN,    SETTING_TUNNEL_IP_SHUTDOWN},
};

/* Tunnels that start at the address before or after. */
static void
add_networks(const struct search *search, const struct change *change,
    const struct cause *cause)
{
    struct network before = {0};
    struct network after = {0};
    bool had =
        change->before != NULL && object_network(change->before, &before);
    bool has = change->after != NULL && object_network(change->after, &after);

    if (had)
        add_starting_at(search, &before, cause);
    if (has && !(had && before.address == after.address))
        add_starting_at(search, &after, cause);
}

/* Those of its secondary addresses, which the change itself leaves alone. */
static void
add_secondary(const struct search *search, const struct object *owner,
    const struct cause *cause)
{
    enum schema_object_id type = owner->type == OBJECT_TUNNEL
                                     ? OBJECT_TUNNEL_ADDRESS
                                     : OBJECT_INTERFACE_ADDRESS;
    const struct object *at = NULL;
    struct network network;

    while ((at = config_next_child(search->to, type, owner->fields,
                schema_objects[owner->type].key_count, at)) != NULL) {
        if (object_network(at, &network))
            add_starting_at(search, &network, cause);
    }
}

static void
add_sources(const struct search *search, const struct change *change)
{
    const struct object *either =
        change->after != NULL ? change->after : change->before;
    struct cause cause = {either->type, either->fields, SCHEMA_NONE};

    if (change->before == NULL || change->after == NULL) {
        add_networks(search, change, &cause);
        return;
    }
    cause.setting = either->type == OBJECT_TUNNEL ? SETTING_TUNNEL_IP
                                                  : SETTING_INTERFACE_IP;
    if (change_touches(change, cause.setting))
        add_networks(search, change, &cause);
    for (size_t i = 0; i < 2; i++) {
        cause.setting = service_settings[either->type][i];
        if (!change_touches(change, cause.setting))
            continue;
        add_networks(search, change, &cause);
        add_secondary(search, either, &cause);
    }
}

/* A secondary address is an object, and one more address of its tunnel. */
static void
add_tunnel_of_address(const struct search *search, const struct change *change)
{
    const struct object *address =
        change->after != NULL ? change->after : change->before;
    struct cause cause = {address->type, address->fields, SCHEMA_NONE};
    const struct object *tunnel =
        config_find(search->to, OBJECT_TUNNEL, address->fields);

    if (tunnel == NULL)
        return; /* it is gone itself */
    search->found->is_mixed = true;
    add(search, tunnel, TUNNEL_IMPACT_CHANGED_LIVE, &cause);
}

/* Does it have an address that tunnels may start at? */
static bool
has_sources(enum schema_object_id type)
{
    return type == OBJECT_TUNNEL || type == OBJECT_TUNNEL_ADDRESS ||
           type == OBJECT_INTERFACE || type == OBJECT_INTERFACE_ADDRESS;
}

/* ---- the whole ---- */

/* By tunnel; the worst that happens to it first. */
static int
compare(const void *a, const void *b)
{
    const struct impact_entry *x = a;
    const struct impact_entry *y = b;
    struct tree_place place = order_place(ORDER_KEYS, y->tunnel);
    int order = place_compare(ORDER_KEYS, x->tunnel, &place);

    return order != 0 ? order : (int)x->impact - (int)y->impact;
}

void
config_impact(const struct config *to, const struct change_set *set,
    struct impact *out_impact)
{
    struct search search = {.to = to};

    *out_impact = (struct impact){0};
    search.found = out_impact;
    for (size_t i = 0; i < set->count; i++) {
        const struct change *change = &set->changes[i];
        enum schema_object_id type =
            (change->after != NULL ? change->after : change->before)->type;

        if (type == OBJECT_TUNNEL) {
            add_own(&search, change);
        } else if (type == OBJECT_TUNNEL_ADDRESS) {
            add_tunnel_of_address(&search, change);
        } else if (type == OBJECT_GRE_TUNNEL) {
            add_own_gre(&search, change);
        } else if (type == OBJECT_TRANSPORT_PROFILE) {
            add_protected(&search, change);
        } else {
            add_dependents(&search, change);
        }
        if (has_sources(type))
            add_sources(&search, change);
    }
    if (out_impact->is_mixed) {
        qsort(out_impact->entries, out_impact->count,
            sizeof(*out_impact->entries), compare);
    }
}

void
impact_done(struct impact *impact)
{
    free(impact->entries);
    *impact = (struct impact){0};
}

bool
impact_next(const struct impact *impact, size_t *position,
    struct impact_group *out_group)
{
    const struct impact_entry *first;
    size_t count = 0;

    if (*position == impact->count)
        return false;
    first = &impact->entries[*position];
    *out_group = (struct impact_group){
        .tunnel = first->tunnel, .impact = first->impact, .first = first};
    while (*position + count < impact->count &&
           first[count].tunnel == first->tunnel) {
        if (first[count].impact < out_group->impact)
            out_group->impact = first[count].impact;
        count++;
    }
    out_group->count = count;
    *position += count;
    return true;
}
