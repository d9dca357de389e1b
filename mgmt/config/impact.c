/*
 * impact.c - what a change set does to tunnels, and because of what.
 *
 *    a tunnel's own setting      as the schema's `effect` says
 *    what others have changed    impact_others.c
 *
 * What apply does follows from the same values (mgmt/ipsec), so a change
 * that is none once defaults are filled in disturbs nothing here either.
 * The cost is that of what changed and of what depends on it.
 */
#include "config/impact.h"

#include "base/arena.h"

#include <stdlib.h>

enum { FIRST_ROOM = 8 };

/* ---- is it in service? ---- */

bool
tunnel_is_shut(const struct object *owner)
{
    static const size_t flags[OBJECT_COUNT][2] = {
        [OBJECT_INTERFACE] = {FIELD_INTERFACE_SHUTDOWN,
                              FIELD_INTERFACE_IP_SHUTDOWN                        },
        [OBJECT_TUNNEL] = {FIELD_TUNNEL_SHUTDOWN,     FIELD_TUNNEL_IP_SHUTDOWN},
        [OBJECT_GRE_TUNNEL] = {FIELD_GRE_TUNNEL_SHUTDOWN,
                              FIELD_GRE_TUNNEL_IP_SHUTDOWN                       },
    };

    return field_number(owner, flags[owner->type][0]) != 0 ||
           field_number(owner, flags[owner->type][1]) != 0;
}

/* Does an interface that is in service have the address it starts at? */
static bool
has_source(const struct config *config, const struct object *tunnel)
{
    bool is_gre = tunnel->type == OBJECT_GRE_TUNNEL;
    uint32_t source =
        is_gre ? (uint32_t)field_number(tunnel, FIELD_GRE_TUNNEL_SOURCE) : 0;
    const struct object *owner;

    if (!is_gre && !config_tunnel_source(config, tunnel, &source))
        return false;
    owner = config_find_address(config,
        is_gre ? gre_transport_vr(tunnel) : tunnel_transport_vr(tunnel),
        source);
    if (owner != NULL)
        owner = address_owner(config, owner);
    return owner != NULL && !tunnel_is_shut(owner);
}

static bool
is_in_service(const struct config *config, const struct object *tunnel)
{
    return !tunnel_is_shut(tunnel) && has_source(config, tunnel);
}

enum tunnel_impact
impact_turn(const struct search *search, const struct object *tunnel,
    enum tunnel_impact otherwise)
{
    const struct object *before =
        config_find(search->from, tunnel->type, tunnel->fields);
    const struct object *after =
        config_find(search->to, tunnel->type, tunnel->fields);
    bool was;
    bool is;

    if (before == NULL || after == NULL)
        return otherwise;
    was = is_in_service(search->from, before);
    is = is_in_service(search->to, after);
    if (was == is)
        return otherwise;
    return was ? TUNNEL_IMPACT_TAKEN_DOWN : TUNNEL_IMPACT_BROUGHT_UP;
}

bool
tunnel_is_without_sas(const struct object *tunnel)
{
    return tunnel->type == OBJECT_TUNNEL && !tunnel_is_manual(tunnel) &&
           tunnel_is_shut(tunnel);
}

/* ---- what was found ---- */

void
impact_add(const struct search *search, const struct object *tunnel,
    enum tunnel_impact impact, const struct cause *cause)
{
    struct impact *found = search->found;

    if (impact > TUNNEL_IMPACT_BROUGHT_UP && tunnel_is_without_sas(tunnel))
        impact = TUNNEL_IMPACT_CHANGED_LIVE;
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

bool
tunnel_is_manual(const struct object *tunnel)
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

bool
is_field_same(
    const struct object *before, const struct object *after, size_t field)
{
    return value_equal(in_force(before, field), in_force(after, field));
}

bool
is_setting_same(
    const struct object *before, const struct object *after, uint16_t setting)
{
    const struct schema_setting *schema =
        &schema_objects[after->type].settings[setting];

    for (size_t i = 0; i < schema->field_count; i++) {
        if (!is_field_same(before, after, (size_t)schema->first_field + i))
            return false;
    }
    return true;
}

/* Of a manual tunnel: the peer of a signaled one is told the form too. */
static bool
is_same_cover(
    const struct object *before, const struct object *after, bool is_local)
{
    struct cover a = config_tunnel_cover(before, is_local);
    struct cover b = config_tunnel_cover(after, is_local);

    return tunnel_is_manual(before) && tunnel_is_manual(after) &&
           a.first == b.first && a.last == b.last;
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
    if (is_setting_same(before, after, setting))
        return true;
    if (setting != SETTING_TUNNEL_LOCAL_IDENTITY &&
        setting != SETTING_TUNNEL_PEER_IDENTITY)
        return false;
    return is_same_cover(
        before, after, setting == SETTING_TUNNEL_LOCAL_IDENTITY);
}

/* ---- a tunnel's own settings ---- */

static enum tunnel_impact
impact_of(const struct change *change, uint16_t setting)
{
    const struct object *tunnel = change->after;
    enum schema_effect effect =
        schema_objects[tunnel->type].settings[setting].effect;
    bool is_ipsec = tunnel->type == OBJECT_TUNNEL;

    if (effect == EFFECT_LIVE ||
        (is_ipsec && is_same_in_force(change->before, tunnel, setting)))
        return TUNNEL_IMPACT_CHANGED_LIVE;
    if (effect == EFFECT_RESTART_TUNNEL)
        return TUNNEL_IMPACT_RESTARTED;
    /* a manual tunnel never negotiates; one for GRE does by its profile */
    return is_ipsec && !tunnel_is_manual(tunnel) ? TUNNEL_IMPACT_RENEGOTIATED
                                                 : TUNNEL_IMPACT_CHANGED_LIVE;
}

/* Settings by which a tunnel is in service or not. */
static bool
decides_service(enum schema_object_id type, uint16_t setting)
{
    if (type == OBJECT_GRE_TUNNEL) {
        return setting == SETTING_GRE_TUNNEL_SHUTDOWN ||
               setting == SETTING_GRE_TUNNEL_IP_SHUTDOWN ||
               setting == SETTING_GRE_TUNNEL_SOURCE;
    }
    return setting == SETTING_TUNNEL_SHUTDOWN ||
           setting == SETTING_TUNNEL_IP_SHUTDOWN ||
           setting == SETTING_TUNNEL_SOURCE ||
           setting == SETTING_TUNNEL_TRANSPORT_VR;
}

static void
add_own(const struct search *search, const struct change *change)
{
    const struct object *tunnel = change_object(change);
    struct cause cause = {tunnel->type, tunnel->fields, SCHEMA_NONE};
    uint16_t count = schema_objects[tunnel->type].setting_count;

    if (change->before == NULL) {
        impact_add(search, tunnel, TUNNEL_IMPACT_CREATED, &cause);
        return;
    }
    if (change->after == NULL) {
        /* its virtual router's key is the first of its own */
        if (tunnel->type == OBJECT_TUNNEL &&
            config_find(search->to, OBJECT_VIRTUAL_ROUTER, tunnel->fields) ==
                NULL)
            cause.type = OBJECT_VIRTUAL_ROUTER;
        impact_add(search, tunnel, TUNNEL_IMPACT_REMOVED, &cause);
        return;
    }
    for (uint16_t i = 0; i < count; i++) {
        enum tunnel_impact impact;

        if (!change_touches(change, i))
            continue;
        cause.setting = i;
        impact = impact_of(change, i);
        if (decides_service(tunnel->type, i))
            impact = impact_turn(search, tunnel, impact);
        impact_add(search, tunnel, impact, &cause);
    }
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
config_impact(const struct config *from, const struct config *to,
    const struct change_set *set, struct impact *out_impact)
{
    struct search search = {.from = from, .to = to};

    *out_impact = (struct impact){0};
    search.found = out_impact;
    for (size_t i = 0; i < set->count; i++) {
        const struct change *change = &set->changes[i];
        enum schema_object_id type = change_object(change)->type;

        if (type == OBJECT_TUNNEL || type == OBJECT_GRE_TUNNEL)
            add_own(&search, change);
        impact_add_others(&search, change);
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
