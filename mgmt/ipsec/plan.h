/*
 * plan.h - the inside of a plan, for the files that make it.
 *
 *    plan.c        handles, the order of all, limits
 *    plan_steps.c  what leaves and enters with one change
 *    policies.c    policy lists that are sent anew, or go
 *
 * Private to ipsec.
 */
#ifndef IPSEC_PLAN_H
#define IPSEC_PLAN_H

#include "base/diag.h"
#include "ipsec/manager.h"

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
    bool *touched; /* by handle of the policy: it is sent; NULL: none   */
    bool *fresh;   /* by handle of the group: it begins to count; NULL */
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

/* ---- plan.c ---- */

/* A sentence about the object, or NULL. */
void plan_say(const struct work *work, enum diag_severity severity,
    const struct object *object, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
struct dp_command *plan_add(const struct work *work, enum dp_command_kind kind);
/* Of one kind or the other. */
bool plan_is_tunnel(const struct object *object);

/* ---- plan_steps.c ---- */

void plan_leave(const struct work *work, const struct change *change);
/* Handles must have been given out. */
MUST_CHECK enum err plan_enter(
    const struct work *work, const struct change *change);

/* ---- policies.c ---- */

/* This group's handle was just given out. */
void policies_fresh(const struct work *work, uint32_t group);
/* Those that change; handles must have been given out. */
MUST_CHECK enum err policies_enter(
    const struct work *work, const struct change_set *set);
/* Those that go, and groups. */
void policies_leave(const struct work *work, const struct change_set *set);

#endif
