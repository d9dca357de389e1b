/*
 * ipsec.c - the manager's life, its part in commits, its ears.
 */
#include "ipsec/ipsec.h"

#include "base/arena.h"
#include "commit/commit.h"
#include "ipsec/manager.h"
#include "route/route.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16 };

/* The virtual router that is always there: no change set creates it. */
static void
add_preset(struct ipsec *ipsec)
{
    struct object *preset = object_new(
        OBJECT_VIRTUAL_ROUTER, schema_objects[OBJECT_VIRTUAL_ROUTER].preset);
    struct dp_batch *batch = dp_batch_new();
    uint32_t index;

    if (handles_take(&ipsec->vrs, preset, &index) != OK)
        abort(); /* a dataplane for no virtual router at all */
    object_unref(preset);
    dp_batch_add(batch, DP_VR_ADD)->vr = (uint16_t)index;
    apply_batch(ipsec, batch);
}

struct ipsec *
ipsec_new(struct dp *dp, struct crypto *crypto, const struct chassis *chassis,
    const struct unsealer *unsealer)
{
    struct ipsec *ipsec = mem_alloc(sizeof(*ipsec));
    size_t i;

    ipsec->dp = dp;
    ipsec->crypto = crypto;
    ipsec->chassis = chassis;
    ipsec->unsealer = unsealer;
    ipsec->limits = dp_limits_default;
    for (i = 0; i < CHASSIS_PORTS_MAX; i++)
        ipsec->port_users[i] = HANDLE_NONE;
    handles_init(&ipsec->vrs, ipsec->limits.vrs);
    handles_init(&ipsec->interfaces, ipsec->limits.interfaces);
    handles_init(&ipsec->policies, ipsec->limits.policies);
    handles_init(&ipsec->policy_groups, ipsec->limits.policy_groups);
    ipsec->routes = route_table_new(&ipsec->limits);
    add_preset(ipsec);
    return ipsec;
}

void
ipsec_free(struct ipsec *ipsec)
{
    size_t i;

    if (ipsec == NULL)
        return;
    plan_free(ipsec->plan);
    for (i = 0; i < ipsec->backlog_count; i++)
        apply_drop_batch(ipsec->backlog[i]);
    route_table_free(ipsec->routes);
    handles_done(&ipsec->vrs);
    handles_done(&ipsec->interfaces);
    handles_done(&ipsec->policies);
    handles_done(&ipsec->policy_groups);
    free(ipsec->backlog);
    free(ipsec->units);
    free(ipsec);
}

void
ipsec_set_limits(struct ipsec *ipsec, const struct dp_limits *limits)
{
    assert(ipsec->interfaces.touched == 0 && ipsec->vrs.touched <= limits->vrs);
    ipsec->limits = *limits;
    ipsec->vrs.limit = limits->vrs;
    ipsec->interfaces.limit = limits->interfaces;
    ipsec->policies.limit = limits->policies;
    ipsec->policy_groups.limit = limits->policy_groups;
}

void
ipsec_set_keeper(struct ipsec *ipsec, const struct sequence_keeper *keeper)
{
    ipsec->keeper = *keeper;
}

struct unit *
ipsec_unit(struct ipsec *ipsec, uint32_t interface)
{
    uint32_t room = ipsec->unit_room == 0 ? FIRST_ROOM : ipsec->unit_room;

    assert(interface < ipsec->limits.interfaces);
    while (room <= interface)
        room *= 2;
    if (room != ipsec->unit_room) {
        ipsec->units = mem_resize(ipsec->units, sizeof(struct unit) * room);
        memset(ipsec->units + ipsec->unit_room, 0,
            sizeof(struct unit) * (room - ipsec->unit_room));
        ipsec->unit_room = room;
    }
    return &ipsec->units[interface];
}

struct sa *
unit_sa(const struct unit *unit, enum sa_direction direction)
{
    struct sa *newest = NULL;
    size_t i;

    for (i = 0; i < IPSEC_SAS_MAX && unit->sas[i] != NULL; i++) {
        if (sa_direction(unit->sas[i]) == direction)
            newest = unit->sas[i];
    }
    return newest;
}

void
ipsec_set_negotiator(
    struct ipsec *ipsec, const struct ipsec_negotiator *negotiator)
{
    ipsec->negotiator = *negotiator;
}

/* ---- commits ---- */

static enum err
prepare(void *context, const struct config *from, const struct config *to,
    const struct change_set *set, struct diag *diag)
{
    return plan_prepare(context, from, to, set, diag);
}

static void
give_up(void *context)
{
    struct ipsec *ipsec = context;

    plan_free(ipsec->plan);
    ipsec->plan = NULL;
}

static void
apply(void *context)
{
    struct ipsec *ipsec = context;
    struct plan *plan = ipsec->plan;

    assert(plan != NULL);
    ipsec->plan = NULL;
    apply_batch(ipsec, plan_take_batch(ipsec, plan));
}

struct participant
ipsec_participant(struct ipsec *ipsec)
{
    return (struct participant){
        .name = "ipsec",
        .context = ipsec,
        .prepare = prepare,
        .abort = give_up,
        .apply = apply,
    };
}

/* ---- the dataplane's voice ---- */

void
ipsec_event(struct ipsec *ipsec, uint64_t now_us, const struct dp_event *event)
{
    ipsec->now_us = now_us;
    switch (event->kind) {
    case DP_EVENT_APPLIED:
        apply_taken_back(ipsec, event->batch);
        return;
    case DP_EVENT_INTERFACE:
        apply_refresh(ipsec, event->interface);
        return;
    case DP_EVENT_ECHO_REPLY:
    case DP_EVENT_PING_DROP:
    case DP_EVENT_DATAGRAM:
    case DP_EVENT_NEED_SA:
    case DP_EVENT_PEER_MOVED:
    case DP_EVENT_SA_SOFT:
    case DP_EVENT_SA_HARD:
    case DP_EVENT_UNKNOWN_SPI:
    case DP_EVENT_ICMP_BEHIND:
        return;
    }
}

void
ipsec_tick(struct ipsec *ipsec, uint64_t now_us)
{
    ipsec->now_us = now_us;
    sequence_tick(ipsec);
    apply_backlog(ipsec);
}

/* ---- questions ---- */

uint64_t
ipsec_changed(
    const struct ipsec *ipsec, uint32_t interface, uint32_t *out_downs)
{
    const struct unit *unit;

    *out_downs = 0;
    if (interface >= ipsec->unit_room)
        return 0;
    unit = &ipsec->units[interface];
    *out_downs = unit->downs;
    return unit->changed_us;
}

uint64_t
ipsec_sent(const struct ipsec *ipsec)
{
    return ipsec->sent;
}

uint64_t
ipsec_applied(const struct ipsec *ipsec)
{
    return ipsec->applied;
}

enum err
ipsec_interface(const struct ipsec *ipsec, const struct object *object,
    uint32_t *out_interface)
{
    return handles_find(
        &ipsec->interfaces, object->type, object->fields, out_interface);
}

enum err
ipsec_vr(const struct ipsec *ipsec, const char *name, uint16_t *out_vr)
{
    struct value key = value_text(name);
    uint32_t index;
    enum err error;

    error = handles_find(&ipsec->vrs, OBJECT_VIRTUAL_ROUTER, &key, &index);
    if (error == OK)
        *out_vr = (uint16_t)index;
    value_done(&key);
    return error;
}

/* The only key of the object, NULL without one. */
static const char *
name_of(const struct object *object)
{
    return object != NULL ? value_string(&object->fields[0]) : NULL;
}

const char *
ipsec_vr_of(const struct ipsec *ipsec, uint16_t vr)
{
    return name_of(handles_object(&ipsec->vrs, vr));
}

const char *
ipsec_policy_of(const struct ipsec *ipsec, uint32_t policy)
{
    return name_of(handles_object(&ipsec->policies, policy));
}

const struct object *
ipsec_interface_of(const struct ipsec *ipsec, uint32_t interface)
{
    return handles_object(&ipsec->interfaces, interface);
}

uint32_t
ipsec_interfaces_end(const struct ipsec *ipsec)
{
    return ipsec->interfaces.touched;
}

uint64_t
ipsec_interfaces_changes(const struct ipsec *ipsec)
{
    return ipsec->interfaces.changes;
}
