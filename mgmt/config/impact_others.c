/*
 * impact_others.c - tunnels that a change reaches though none of their own
 * settings is in it.
 *
 *    an object that they name    transform set, preshared key, profile: found
 *                                through the indexes
 *    an object that all share    every signaled tunnel that it reaches
 *    the owner of their source   takes them down, or brings them up; not those
 *                                that are shut down themselves
 */
#include "config/impact.h"

static void
add_other(const struct search *search, const struct object *tunnel,
    enum tunnel_impact impact, const struct cause *cause)
{
    search->found->is_mixed = true;
    impact_add(search, tunnel, impact, cause);
}

/* By what may have their source go out of service, or come back. */
static void
add_turn(const struct search *search, const struct object *tunnel,
    enum tunnel_impact otherwise, const struct cause *cause)
{
    add_other(search, tunnel, impact_turn(search, tunnel, otherwise), cause);
}

/* ---- what they name and share ---- */

static void
add_shared(const struct search *search, const struct object *tunnel,
    enum schema_effect effect, const struct cause *cause)
{
    if (tunnel_is_manual(tunnel) || tunnel_is_without_sas(tunnel))
        return;
    add_other(search, tunnel,
        effect == EFFECT_RESTART_TUNNEL ? TUNNEL_IMPACT_RESTARTED
                                        : TUNNEL_IMPACT_RENEGOTIATED,
        cause);
}

/* Tunnels that name this transform set. */
static void
add_users_of_set(const struct search *search, const struct change *change,
    enum schema_effect effect, const struct cause *cause)
{
    const struct value *name = &change->after->fields[FIELD_TRANSFORM_SET_NAME];
    const struct object *user = NULL;

    while ((user = config_next_of_set(search->to, name, user)) != NULL)
        add_shared(search, user, effect, cause);
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
            !is_field_same(change->before, change->after, pairs[i].system))
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
    return !is_setting_same(change->before, change->after, setting);
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
    const struct object *user = NULL;

    while ((user = config_next_at(search->to, order, wanted, user)) != NULL)
        add_shared(search, user, EFFECT_NEXT_NEGOTIATION, cause);
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
                search->to, &vr->fields[0], tunnel)) != NULL)
        add_turn(search, tunnel, TUNNEL_IMPACT_RESTARTED, cause);
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
    const struct object *either = change_object(change);

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
    const struct object *either = change_object(change);
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
    const struct object *either = change_object(change);
    struct cause cause = {either->type, either->fields, SCHEMA_NONE};
    const struct object *gre = NULL;
    enum tunnel_impact impact;

    if (!profile_impact(change, &impact, &cause.setting))
        return;
    while ((gre = config_next(search->to, OBJECT_GRE_TUNNEL,
                gre == NULL ? NULL : gre->fields)) != NULL) {
        if (profile_change_reaches(change, gre))
            add_other(search, gre, impact, &cause);
    }
}

/* ---- whose address they start at ---- */

static void
add_starting_at(const struct search *search, const struct network *network,
    const struct cause *cause)
{
    const struct value address = value_number(network->address);
    const struct object *user = NULL;

    while ((user = config_next_named(
                search->to, ORDER_SOURCE, &address, user)) != NULL) {
        if (!tunnel_is_shut(user) &&
            value_equal(tunnel_transport_vr(user), network->vr))
            add_turn(search, user, TUNNEL_IMPACT_CHANGED_LIVE, cause);
    }
    while ((user = config_next_gre(
                search->to, network->vr, network->address, user)) != NULL) {
        if (!tunnel_is_shut(user))
            add_turn(search, user, TUNNEL_IMPACT_CHANGED_LIVE, cause);
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
    const struct object *either = change_object(change);
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
    const struct object *address = change_object(change);
    struct cause cause = {address->type, address->fields, SCHEMA_NONE};
    const struct object *tunnel =
        config_find(search->to, OBJECT_TUNNEL, address->fields);

    if (tunnel != NULL) /* else it is gone itself */
        add_other(search, tunnel, TUNNEL_IMPACT_CHANGED_LIVE, &cause);
}

/* Does it have an address that tunnels may start at? */
static bool
has_sources(enum schema_object_id type)
{
    return type == OBJECT_TUNNEL || type == OBJECT_TUNNEL_ADDRESS ||
           type == OBJECT_INTERFACE || type == OBJECT_INTERFACE_ADDRESS;
}

/* ---- all of them ---- */

void
impact_add_others(const struct search *search, const struct change *change)
{
    enum schema_object_id type = change_object(change)->type;

    if (type == OBJECT_TUNNEL_ADDRESS) {
        add_tunnel_of_address(search, change);
    } else if (type == OBJECT_TRANSPORT_PROFILE) {
        add_protected(search, change);
    } else if (type != OBJECT_TUNNEL && type != OBJECT_GRE_TUNNEL) {
        add_dependents(search, change);
    }
    if (has_sources(type))
        add_sources(search, change);
}
