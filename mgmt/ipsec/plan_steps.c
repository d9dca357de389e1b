/*
 * plan_steps.c - what one change takes out of the dataplane, and what it
 * brings in.
 *
 * What is the same before and after neither leaves nor enters; an SA that is
 * replaced does both.
 */
#include "ipsec/plan.h"

#include "base/str.h"

/* ---- what leaves ---- */

/* Does the dataplane have it, and shall it be replaced or removed? */
static void
leave_route(const struct work *work, const struct change *change)
{
    struct dp_route before;
    struct dp_route after;

    if (wish_route(work->ipsec, change->before, &before) != OK)
        return;
    /* All but the distance is its keys. */
    if (change->after != NULL &&
        wish_route(work->ipsec, change->after, &after) == OK &&
        before.distance == after.distance)
        return;
    plan_add(work, DP_ROUTE_REMOVE)->route = before;
    work->plan->route_count--;
}

static bool
is_secondary(const struct object *object)
{
    return object->type == OBJECT_INTERFACE_ADDRESS ||
           object->type == OBJECT_TUNNEL_ADDRESS;
}

/* All of a secondary address is its keys: it comes and goes, and does not
 * change. */
static void
leave_address(const struct work *work, const struct change *change)
{
    struct dp_address before;

    if (change->after != NULL ||
        wish_address(work->ipsec, change->before, &before) != OK)
        return;
    plan_add(work, DP_ADDRESS_REMOVE)->address = before;
    work->plan->address_count--;
}

static void
leave_sa(const struct work *work, struct sa *sa, bool stays)
{
    if (stays)
        return;
    plan_add(work, DP_SA_REMOVE)->sa = sa;
    work->plan->sa_count--;
}

static void
leave_tunnel(const struct work *work, const struct change *change)
{
    const struct unit *unit;
    struct wish before;
    struct wish after;
    bool stays;
    size_t i;

    if (wish_of(work->ipsec, work->from, change->before, &before) != OK)
        return;
    unit = ipsec_unit(work->ipsec, before.interface.index);
    stays = change->after != NULL &&
            wish_of(work->ipsec, work->to, change->after, &after) == OK;
    for (i = 0; i < IPSEC_SAS_MAX && unit->sas[i] != NULL; i++) {
        leave_sa(work, unit->sas[i],
            stays && wish_same_sa(&before, &after, sa_direction(unit->sas[i])));
    }
    if (change->after == NULL) {
        plan_add(work, DP_INTERFACE_REMOVE)->interface_index =
            before.interface.index;
    }
}

static void
leave_interface(const struct work *work, const struct change *change)
{
    struct wish before;

    if (change->after != NULL ||
        wish_of(work->ipsec, work->from, change->before, &before) != OK)
        return;
    if (before.interface.kind == DP_INTERFACE_PORT)
        work->plan->port_users[before.interface.port] = HANDLE_NONE;
    plan_add(work, DP_INTERFACE_REMOVE)->interface_index =
        before.interface.index;
}

void
plan_leave(const struct work *work, const struct change *change)
{
    const struct object *object = change->before;
    uint32_t index;

    if (object == NULL)
        return;
    if (object->type == OBJECT_ROUTE) {
        leave_route(work, change);
    } else if (is_secondary(object)) {
        leave_address(work, change);
    } else if (plan_is_tunnel(object)) {
        leave_tunnel(work, change);
    } else if (object->type == OBJECT_INTERFACE) {
        leave_interface(work, change);
    } else if (object->type == OBJECT_VIRTUAL_ROUTER && change->after == NULL &&
               handles_find(&work->ipsec->vrs, object->type, object->fields,
                   &index) == OK) {
        plan_add(work, DP_VR_REMOVE)->vr = (uint16_t)index;
    }
}

/* ---- what enters ---- */

static enum err
enter_route(const struct work *work, const struct change *change)
{
    struct dp_route before;
    struct dp_route after;

    if (wish_route(work->ipsec, change->after, &after) != OK)
        return OK; /* out by a port that the chassis lacks: warned there */
    if (change->before != NULL &&
        wish_route(work->ipsec, change->before, &before) == OK &&
        before.distance == after.distance)
        return OK;
    plan_add(work, DP_ROUTE_ADD)->route = after;
    work->plan->route_count++;
    return OK;
}

static void
enter_address(const struct work *work, const struct change *change)
{
    struct dp_address after;

    if (change->before != NULL ||
        wish_address(work->ipsec, change->after, &after) != OK)
        return; /* of a port that the chassis lacks: warned there */
    plan_add(work, DP_ADDRESS_ADD)->address = after;
    work->plan->address_count++;
}

/* One interface a port. */
static enum err
claim_port(const struct work *work, const struct object *object,
    const struct dp_interface *interface)
{
    uint32_t *user;
    struct str path;

    if (interface->kind != DP_INTERFACE_PORT)
        return OK;
    user = &work->plan->port_users[interface->port];
    if (*user == HANDLE_NONE || *user == interface->index) {
        *user = interface->index;
        return OK;
    }
    str_init(&path);
    object_path(handles_object(&work->ipsec->interfaces, *user), &path);
    plan_say(work, DIAG_ERROR, object, "The port is in use: remove `%s` first.",
        str_text(&path));
    str_done(&path);
    return ERR_CONFLICT;
}

static enum err
enter_interface(const struct work *work, const struct change *change,
    const struct wish *after)
{
    struct wish before;

    if (change->before != NULL &&
        wish_of(work->ipsec, work->from, change->before, &before) == OK &&
        wish_same_interface(&before, after))
        return OK;
    plan_add(work, DP_INTERFACE_SET)->interface = after->interface;
    return claim_port(work, change->after, &after->interface);
}

static enum err
enter_sa(const struct work *work, const struct change *change,
    const struct wish *after, enum sa_direction direction)
{
    const struct unit *unit;
    const struct sa *old;
    struct wish before;
    struct sa *sa;
    enum err error;

    unit = ipsec_unit(work->ipsec, after->interface.index);
    old = unit_sa(unit, direction);
    if (direction == SA_INBOUND ? !after->inbound.is_wanted
                                : !after->outbound.is_wanted)
        return OK;
    if (old != NULL && change->before != NULL &&
        wish_of(work->ipsec, work->from, change->before, &before) == OK &&
        wish_same_sa(&before, after, direction))
        return OK;
    error = wish_make_sa(work->ipsec, after, direction, work->diag, &sa);
    if (error != OK)
        return error;
    plan_add(work, DP_SA_ADD)->sa = sa;
    work->plan->sa_count++;
    return OK;
}

static enum err
enter_tunnel(const struct work *work, const struct change *change)
{
    struct wish after;
    enum err inbound;
    enum err error;

    error = wish_of(work->ipsec, work->to, change->after, &after);
    if (error != OK) {
        plan_say(work, DIAG_ERROR, change->after,
            "Its transport virtual router does not exist.");
        return error;
    }
    error = enter_interface(work, change, &after);
    if (error != OK)
        return error;
    inbound = enter_sa(work, change, &after, SA_INBOUND);
    error = enter_sa(work, change, &after, SA_OUTBOUND);
    return inbound != OK ? inbound : error;
}

enum err
plan_enter(const struct work *work, const struct change *change)
{
    const struct object *object = change->after;
    struct wish after;
    uint32_t index;

    if (object == NULL)
        return OK;
    if (object->type == OBJECT_ROUTE)
        return enter_route(work, change);
    if (is_secondary(object)) {
        enter_address(work, change);
        return OK;
    }
    if (plan_is_tunnel(object))
        return enter_tunnel(work, change);
    if (object->type == OBJECT_INTERFACE) {
        return wish_of(work->ipsec, work->to, object, &after) == OK
                   ? enter_interface(work, change, &after)
                   : OK; /* no such port: warned */
    }
    if (object->type == OBJECT_VIRTUAL_ROUTER && change->before == NULL &&
        handles_find(&work->ipsec->vrs, object->type, object->fields, &index) ==
            OK)
        plan_add(work, DP_VR_ADD)->vr = (uint16_t)index;
    return OK;
}
