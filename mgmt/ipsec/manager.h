/*
 * manager.h - the inside of the tunnel manager, for the files of this room.
 *
 *    tunnels.c   configured object -> what the dataplane shall have (a wish)
 *    plan.c      prepare: change set -> one batch, with handles and SAs made;
 *                with plan_steps.c and policies.c, by plan.h
 *    apply.c     the batch on its way: mirrored, submitted, taken back
 *    sequence.c  numbers of manual SAs, reserved ahead
 *    state.c     is a tunnel up, and why not
 *
 * The manager keeps a mirror of what it told the dataplane: by handle the
 * interface and its SAs, and a route table of its own, so that questions
 * about routes are answered in thread M.  The mirror is ahead of the
 * dataplane by the batches under way, but for which interfaces are up: that
 * it learns from the dataplane.
 */
#ifndef IPSEC_MANAGER_H
#define IPSEC_MANAGER_H

#include "base/err.h"
#include "chassis/chassis.h"
#include "config/config.h"
#include "dp.h"
#include "gen/views.h"
#include "ipsec/handles.h"
#include "ipsec/ipsec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diag;
struct plan;
struct route_table;

/* What one interface handle stands for.  SAs belong to the dataplane from
 * the submission on: here only their constants and counters are read. */
struct unit {
    bool is_present;
    bool is_up;
    struct dp_interface interface;
    struct sa *sas[IPSEC_SAS_MAX]; /* oldest first, then NULL */
    uint32_t sa_changes;           /* how often one came or went */
    uint64_t sequence_end; /* the outbound SA may send numbers below this;
                              0: it never had one */
    uint64_t changed_us;   /* when is_up changed last; 0: it did not    */
    uint32_t downs;        /* how often it went down                    */
};

/* Lifetime: a router's; thread M. */
struct ipsec {
    struct dp *dp; /* this and the next three: borrowed */
    struct crypto *crypto;
    const struct chassis *chassis;
    const struct unsealer *unsealer;
    struct sequence_keeper keeper; /* reserve is NULL without one */
    enum err keeper_error;         /* of this round of reservations */
    bool keeper_fails;             /* the last round did, as was logged */
    struct dp_limits limits;
    struct ipsec_negotiator negotiator; /* why is NULL without one */
    struct handles vrs;
    struct handles interfaces;
    struct handles policies;
    struct handles policy_groups; /* which have their counters by them */
    struct unit *units;           /* by interface handle */
    uint32_t unit_room;
    uint32_t port_users[CHASSIS_PORTS_MAX]; /* handle, or HANDLE_NONE */
    uint32_t route_count;
    uint32_t sa_count;
    uint32_t address_count;
    struct route_table *routes; /* the mirror */
    struct plan *plan;          /* between prepare and apply or abort */
    struct dp_batch **backlog;  /* applied, but the dataplane was busy */
    size_t backlog_count;
    size_t backlog_room;
    uint64_t sent;
    uint64_t applied;
    uint64_t now_us; /* monotonic, of the last event or tick */
};

/* The unit of a handle that was given out. */
struct unit *ipsec_unit(struct ipsec *ipsec, uint32_t interface);
/* Its newest SA of a direction, which outwards is the current one; NULL:
 * none. */
struct sa *unit_sa(const struct unit *unit, enum sa_direction direction);

/* ---- tunnels.c ---- */

/* One SA that a manual tunnel shall have; borrowed from the object. */
struct sa_wish {
    bool is_wanted;
    uint8_t payload; /* of transport mode; 0: tunnel mode */
    enum transform transform;
    uint32_t spi;
    const char *key; /* sealed */
    struct sa_udp udp;
    const struct object *owner; /* the tunnel or transport profile */
};

/* What the dataplane shall have for an interface or tunnel object. */
struct wish {
    struct dp_interface interface;
    struct sa_wish inbound;
    struct sa_wish outbound;
};

/* In this configuration, which says where a tunnel without a source of its own
 * starts.  Handles must have been given out.  ERR_NOT_FOUND: the dataplane
 * cannot have it, because the chassis has no such port. */
MUST_CHECK enum err wish_of(const struct ipsec *ipsec,
    const struct config *config, const struct object *object,
    struct wish *out_wish);
bool wish_same_interface(const struct wish *a, const struct wish *b);
/* Would these be the same SAs, in this direction?  An SA goes with its keys,
 * its tunnel's endpoints and its tunnel's identities. */
bool wish_same_sa(
    const struct wish *a, const struct wish *b, enum sa_direction direction);

/* ERR_INVALID, ERR_AUTH, ERR_EXHAUSTED with a sentence about its owner. */
MUST_CHECK enum err wish_make_sa(const struct ipsec *ipsec,
    const struct wish *wish, enum sa_direction direction, struct diag *diag,
    struct sa **out_sa);

/* The port of an interface object, -1: it is none or not in the chassis. */
int wish_port(const struct ipsec *ipsec, const struct object *object);

/* The same for a secondary address. */
MUST_CHECK enum err wish_address(const struct ipsec *ipsec,
    const struct object *object, struct dp_address *out_address);

/* The route as the dataplane takes it.  ERR_NOT_FOUND: it leads out by an
 * interface that the dataplane does not have. */
MUST_CHECK enum err wish_route(const struct ipsec *ipsec,
    const struct object *route, struct dp_route *out_route);

/* ---- affected.c ---- */

/* Does the change set concern tunnels that are not in it? */
bool affected_any(const struct change_set *set);
/* The change set with them, into an empty one. */
void affected_with(const struct config *from, const struct config *to,
    const struct change_set *set, struct change_set *out_set);

/* ---- gre.c ---- */

/* What the dataplane shall have for a GRE tunnel, but for its index. */
MUST_CHECK enum err wish_gre(const struct ipsec *ipsec,
    const struct config *config, const struct object *object,
    struct wish *out_wish);
/* A policy list as interfaces have it; NULL: none. */
MUST_CHECK enum err wish_policy(
    const struct ipsec *ipsec, const char *name, uint32_t *out_policy);

/* ---- plan.c ---- */

/* Prepare: ipsec->plan afterwards holds what apply needs. */
MUST_CHECK enum err plan_prepare(struct ipsec *ipsec, const struct config *from,
    const struct config *to, const struct change_set *set, struct diag *diag);
/* Release all that was reserved.  NULL is allowed. */
void plan_free(struct plan *plan);
/* The batch, which is the caller's from now on; the plan is gone. */
struct dp_batch *plan_take_batch(struct ipsec *ipsec, struct plan *plan);

/* ---- apply.c ---- */

/* Carry a batch into the mirror and on to the dataplane; its outbound SAs, if
 * they are of session keys, begin above what was ever reserved. */
void apply_batch(struct ipsec *ipsec, struct dp_batch *batch);
/* Submit what waits, as far as the dataplane takes it. */
void apply_backlog(struct ipsec *ipsec);
/* The dataplane is done with a batch. */
void apply_taken_back(struct ipsec *ipsec, struct dp_batch *batch);
/* Free a batch that the dataplane never saw, and what was made for it. */
void apply_drop_batch(struct dp_batch *batch);
/* Ask the dataplane whether an interface is up. */
void apply_refresh(struct ipsec *ipsec, uint32_t interface);

/* ---- sequence.c ---- */

/* Where the outbound SAs of a batch begin; before it is mirrored. */
void sequence_begin(struct ipsec *ipsec, const struct dp_batch *batch);
/* Reserve more for those that need it. */
void sequence_tick(struct ipsec *ipsec);

#endif
