/*
 * plan.c - prepare: a change set becomes one batch for the dataplane.
 *
 *    1 handles   for what is created
 *      policies  those that change; interfaces and packets find them there
 *    2 leaving   routes, SAs, interfaces, virtual routers that go, and what
 *                is replaced, children first
 *    3 entering  virtual routers, interfaces, SAs, routes, parents first
 *    4 policies that go, once no interface has them
 *
 * What goes leaves first, because a port, an SPI or an address may move from
 * one object to another in the same commit.  The dataplane applies a batch
 * between two bursts, so nothing is missing in between (a batch of more than
 * some hundred commands is spread over several bursts).
 *
 * Everything is made here, keyed SAs included, so that apply cannot fail;
 * what the dataplane would have to refuse is refused here.  Only objects in
 * the change set are looked at, and tunnels that depend on them (affected.c):
 * a handle stays the same while its object lives, so that nothing else does.
 */
#include "ipsec/manager.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16 };

/* A handle given out by this plan. */
struct taken {
    struct handles *from;
    uint32_t index;
};

/* Lifetime: one commit, from prepare to apply or abort. */
struct plan {
    struct dp_batch *batch;
    struct taken *taken;
    size_t taken_count;
    size_t taken_room;
    uint32_t *left; /* handles of groups that go, once it is applied */
    size_t left_count;
    size_t left_room;
    struct policy_plan policies;
    uint32_t port_users[CHASSIS_PORTS_MAX];
    uint64_t route_count; /* once it is applied */
    uint64_t sa_count; /* to see whether they fit; the mirror counts itself */
    uint64_t address_count;
};

/* What all steps of prepare need. */
struct work {
    struct ipsec *ipsec;
    const struct config *from;
    const struct config *to;
    struct plan *plan;
    struct diag *diag;
};

__attribute__((format(printf, 4, 5))) static void
say(const struct work *work, enum diag_severity severity,
    const struct object *object, const char *fmt, ...)
{
    struct str path;
    struct str sentence;
    va_list args;

    str_init(&path);
    str_init(&sentence);
    if (object != NULL)
        object_path(object, &path);
    va_start(args, fmt);
    str_vprintf(&sentence, fmt, args);
    va_end(args);
    diag_add(
        work->diag, severity, str_text(&path), NULL, "%s", str_text(&sentence));
    str_done(&path);
    str_done(&sentence);
}

static struct dp_command *
add(const struct work *work, enum dp_command_kind kind)
{
    return dp_batch_add(work->plan->batch, kind);
}

static bool
is_tunnel(const struct object *object)
{
    return object->type == OBJECT_TUNNEL || object->type == OBJECT_GRE_TUNNEL;
}

/* ---- handles ---- */

/* What the handles of a kind are for. */
static const char *
name_of(const struct ipsec *ipsec, const struct handles *handles)
{
    if (handles == &ipsec->vrs)
        return "virtual routers";
    if (handles == &ipsec->policies)
        return "policy lists";
    return handles == &ipsec->policy_groups ? "classifier groups"
                                            : "interfaces, tunnels included";
}

static enum err
take_handle(
    const struct work *work, struct handles *from, const struct object *object)
{
    struct plan *plan = work->plan;
    uint32_t index;
    enum err error;

    if (handles_find(from, object->type, object->fields, &index) == OK)
        return OK; /* it was there from the start */
    error = handles_take(from, object->type, object->fields, &index);
    if (error != OK) {
        say(work, DIAG_ERROR, object, "This router holds at most %u %s.",
            (unsigned)from->limit, name_of(work->ipsec, from));
        return error;
    }
    if (plan->taken_count == plan->taken_room) {
        plan->taken_room =
            plan->taken_room == 0 ? FIRST_ROOM : plan->taken_room * 2;
        plan->taken =
            mem_resize(plan->taken, sizeof(*plan->taken) * plan->taken_room);
    }
    plan->taken[plan->taken_count++] = (struct taken){from, index};
    return OK;
}

static bool
is_without_port(const struct work *work, const struct object *object)
{
    struct cfg_interface view;

    cfg_interface_read(object->fields, &view);
    return view.type != INTERFACE_TYPE_LOOPBACK &&
           view.type != INTERFACE_TYPE_NULL &&
           wish_port(work->ipsec, object) < 0;
}

/* Its counters begin at zero. */
static enum err
take_group(const struct work *work, const struct object *object)
{
    struct handles *groups = &work->ipsec->policy_groups;
    uint32_t index;
    enum err error;

    error = take_handle(work, groups, object);
    if (error == OK)
        error = handles_find(groups, object->type, object->fields, &index);
    if (error == OK)
        policy_plan_fresh(work->ipsec, &work->plan->policies, index);
    return error;
}

static enum err
reserve(const struct work *work, const struct change *change)
{
    const struct object *object = change->after;

    if (object == NULL || change->before != NULL)
        return OK;
    if (object->type == OBJECT_VIRTUAL_ROUTER)
        return take_handle(work, &work->ipsec->vrs, object);
    if (is_tunnel(object))
        return take_handle(work, &work->ipsec->interfaces, object);
    if (object->type == OBJECT_POLICY_LIST)
        return take_handle(work, &work->ipsec->policies, object);
    if (object->type == OBJECT_CLASSIFIER_GROUP)
        return take_group(work, object);
    if (object->type != OBJECT_INTERFACE)
        return OK;
    if (!is_without_port(work, object))
        return take_handle(work, &work->ipsec->interfaces, object);
    say(work, DIAG_WARNING, object,
        "The chassis has no such port: the interface stays down.");
    return OK;
}

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
    add(work, DP_ROUTE_REMOVE)->route = before;
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
    add(work, DP_ADDRESS_REMOVE)->address = before;
    work->plan->address_count--;
}

static void
leave_sa(const struct work *work, struct sa *sa, bool stays)
{
    if (stays)
        return;
    add(work, DP_SA_REMOVE)->sa = sa;
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
        add(work, DP_INTERFACE_REMOVE)->interface_index =
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
    add(work, DP_INTERFACE_REMOVE)->interface_index = before.interface.index;
}

static void
leave(const struct work *work, const struct change *change)
{
    const struct object *object = change->before;
    uint32_t index;

    if (object == NULL)
        return;
    if (object->type == OBJECT_ROUTE) {
        leave_route(work, change);
    } else if (is_secondary(object)) {
        leave_address(work, change);
    } else if (is_tunnel(object)) {
        leave_tunnel(work, change);
    } else if (object->type == OBJECT_INTERFACE) {
        leave_interface(work, change);
    } else if (object->type == OBJECT_VIRTUAL_ROUTER && change->after == NULL &&
               handles_find(&work->ipsec->vrs, object->type, object->fields,
                   &index) == OK) {
        add(work, DP_VR_REMOVE)->vr = (uint16_t)index;
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
    add(work, DP_ROUTE_ADD)->route = after;
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
    add(work, DP_ADDRESS_ADD)->address = after;
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
    say(work, DIAG_ERROR, object, "The port is in use: remove `%s` first.",
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
    add(work, DP_INTERFACE_SET)->interface = after->interface;
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
    add(work, DP_SA_ADD)->sa = sa;
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
        say(work, DIAG_ERROR, change->after,
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

static enum err
enter(const struct work *work, const struct change *change)
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
    if (is_tunnel(object))
        return enter_tunnel(work, change);
    if (object->type == OBJECT_INTERFACE) {
        return wish_of(work->ipsec, work->to, object, &after) == OK
                   ? enter_interface(work, change, &after)
                   : OK; /* no such port: warned */
    }
    if (object->type == OBJECT_VIRTUAL_ROUTER && change->before == NULL &&
        handles_find(&work->ipsec->vrs, object->type, object->fields, &index) ==
            OK)
        add(work, DP_VR_ADD)->vr = (uint16_t)index;
    return OK;
}

/* ---- policies ---- */

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
    error = policy_make(
        work->ipsec, work->to, &work->plan->policies, list, &policy);
    if (error != OK) {
        say(work, DIAG_ERROR, list,
            "It names what is not there, or too much: %s.", err_name(error));
        return error;
    }
    command = add(work, DP_POLICY_SET);
    command->policy.index = index;
    command->policy.policy = policy;
    return OK;
}

static enum err
enter_policies(const struct work *work, const struct change_set *set)
{
    const struct policy_plan *plan = &work->plan->policies;
    enum err error = OK;
    uint32_t index;
    size_t i;

    for (i = 0; i < set->count; i++) {
        policy_plan_touch(
            work->ipsec, work->to, &set->changes[i], &work->plan->policies);
    }
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

static void
leave_policies(const struct work *work, const struct change_set *set)
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
            add(work, DP_POLICY_REMOVE)->policy.index = index;
    }
}

/* ---- the whole ---- */

static enum err
check_limits(const struct work *work)
{
    const struct dp_limits *limits = &work->ipsec->limits;
    enum err error = OK;

    if (work->plan->route_count > limits->routes) {
        say(work, DIAG_ERROR, NULL, "This router holds at most %u routes.",
            (unsigned)limits->routes);
        error = ERR_EXHAUSTED;
    }
    if (work->plan->address_count > limits->addresses) {
        say(work, DIAG_ERROR, NULL,
            "This router holds at most %u secondary addresses.",
            (unsigned)limits->addresses);
        error = ERR_EXHAUSTED;
    }
    if (work->plan->sa_count > limits->sas) {
        say(work, DIAG_ERROR, NULL, "This router holds at most %u SAs.",
            (unsigned)limits->sas);
        error = ERR_EXHAUSTED;
    }
    return error;
}

/* All problems are reported, not the first. */
static enum err
fill(const struct work *work, const struct change_set *set)
{
    enum err error = OK;
    enum err here;
    size_t i;

    for (i = 0; i < set->count && error == OK; i++)
        error = reserve(work, &set->changes[i]);
    if (error == OK)
        error = enter_policies(work, set);
    if (error != OK)
        return error;
    for (i = 0; i < set->count; i++)
        leave(work, &set->changes[i]);
    for (i = 0; i < set->count; i++) {
        here = enter(work, &set->changes[i]);
        if (error == OK)
            error = here;
    }
    leave_policies(work, set);
    here = check_limits(work);
    return error != OK ? error : here;
}

/* With those that did not change themselves. */
static enum err
fill_affected(const struct work *work, const struct change_set *set)
{
    struct change_set affected;
    enum err error;

    if (!affected_any(set))
        return fill(work, set);
    change_set_init(&affected);
    affected_with(work->from, work->to, set, &affected);
    error = fill(work, &affected);
    change_set_done(&affected);
    return error;
}

enum err
plan_prepare(struct ipsec *ipsec, const struct config *from,
    const struct config *to, const struct change_set *set, struct diag *diag)
{
    struct plan *plan = mem_alloc(sizeof(*plan));
    const struct work work = {
        .ipsec = ipsec, .from = from, .to = to, .plan = plan, .diag = diag};
    enum err error;

    assert(ipsec->plan == NULL); /* one commit at a time */
    plan->batch = dp_batch_new();
    plan->route_count = ipsec->route_count;
    plan->sa_count = ipsec->sa_count;
    plan->address_count = ipsec->address_count;
    memcpy(plan->port_users, ipsec->port_users, sizeof(plan->port_users));
    error = fill_affected(&work, set);
    if (error != OK) {
        plan_free(plan);
        return error;
    }
    ipsec->plan = plan;
    return OK;
}

static void
free_shell(struct plan *plan)
{
    policy_plan_done(&plan->policies);
    free(plan->left);
    free(plan->taken);
    free(plan);
}

void
plan_free(struct plan *plan)
{
    size_t i;

    if (plan == NULL)
        return;
    apply_drop_batch(plan->batch);
    /* Last taken first, so that the free lists are as they were. */
    for (i = plan->taken_count; i-- > 0;)
        handles_give_back(plan->taken[i].from, plan->taken[i].index);
    free_shell(plan);
}

struct dp_batch *
plan_take_batch(struct ipsec *ipsec, struct plan *plan)
{
    struct dp_batch *batch = plan->batch;
    size_t i;

    for (i = 0; i < plan->left_count; i++)
        handles_give_back(&ipsec->policy_groups, plan->left[i]);
    ipsec->route_count = (uint32_t)plan->route_count;
    ipsec->address_count = (uint32_t)plan->address_count;
    memcpy(ipsec->port_users, plan->port_users, sizeof(plan->port_users));
    free_shell(plan);
    return batch;
}
