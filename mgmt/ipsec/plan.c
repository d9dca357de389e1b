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
#include "ipsec/plan.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16 };

void
plan_say(const struct work *work, enum diag_severity severity,
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

struct dp_command *
plan_add(const struct work *work, enum dp_command_kind kind)
{
    return dp_batch_add(work->plan->batch, kind);
}

bool
plan_is_tunnel(const struct object *object)
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
    error = handles_take(from, object, &index);
    if (error != OK) {
        plan_say(work, DIAG_ERROR, object, "This router holds at most %u %s.",
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
        policies_fresh(work, index);
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
    if (plan_is_tunnel(object))
        return take_handle(work, &work->ipsec->interfaces, object);
    if (object->type == OBJECT_POLICY_LIST)
        return take_handle(work, &work->ipsec->policies, object);
    if (object->type == OBJECT_CLASSIFIER_GROUP)
        return take_group(work, object);
    if (object->type != OBJECT_INTERFACE)
        return OK;
    if (!is_without_port(work, object))
        return take_handle(work, &work->ipsec->interfaces, object);
    plan_say(work, DIAG_WARNING, object,
        "The chassis has no such port: the interface stays down.");
    return OK;
}

/* ---- the whole ---- */

static enum err
check_limits(const struct work *work)
{
    const struct dp_limits *limits = &work->ipsec->limits;
    enum err error = OK;

    if (work->plan->route_count > limits->routes) {
        plan_say(work, DIAG_ERROR, NULL, "This router holds at most %u routes.",
            (unsigned)limits->routes);
        error = ERR_EXHAUSTED;
    }
    if (work->plan->address_count > limits->addresses) {
        plan_say(work, DIAG_ERROR, NULL,
            "This router holds at most %u secondary addresses.",
            (unsigned)limits->addresses);
        error = ERR_EXHAUSTED;
    }
    if (work->plan->sa_count > limits->sas) {
        plan_say(work, DIAG_ERROR, NULL, "This router holds at most %u SAs.",
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
        error = policies_enter(work, set);
    if (error != OK)
        return error;
    for (i = 0; i < set->count; i++)
        plan_leave(work, &set->changes[i]);
    for (i = 0; i < set->count; i++) {
        here = plan_enter(work, &set->changes[i]);
        if (error == OK)
            error = here;
    }
    policies_leave(work, set);
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
    free(plan->touched);
    free(plan->fresh);
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
