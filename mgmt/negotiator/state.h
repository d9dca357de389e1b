/*
 * state.h - the inside of this room.
 *
 *    negotiator.c  life, part in commits, ticks, questions
 *    configure.c  configured objects -> what IKE shall know
 *    gre.c         the same for GRE tunnels
 *    act.c        actions of IKE -> batches for the packet engine
 *    retry.c      when a tunnel tries again, and with which end
 *    failures.c   what went wrong, remembered
 *    history.c    the last 24 hours of each tunnel
 */
#ifndef NEGOTIATOR_STATE_H
#define NEGOTIATOR_STATE_H

#include "config/config.h"
#include "negotiator/negotiator.h"

struct dp_batch;

enum { NON_ESP_MARKER = 4 }; /* bytes on port 4500; RFC 3948, 2.2 */

/* Hours are numbered from the router's start; each has its place in turn. */
struct history {
    uint64_t hour;        /* under way when something was last noted */
    uint64_t up_since_us; /* within it; 0: it is down                */
    struct negotiator_hour hours[NEGOTIATOR_HOURS];
};

/* A signaled tunnel that IKE knows; at its handle's place. */
struct signaled {
    bool is_known;
    bool has_backup;
    bool on_backup;  /* it negotiates with the backup destination      */
    bool was_backup; /* and so did what it has, or had last           */
    bool one_failed; /* of two ends; the other one is being tried      */
    bool begins;     /* its peer has an address: it may be spoken to   */
    bool is_up;
    enum cause ending; /* why it lost its last SAs; CAUSE_COUNT: never */
    uint32_t interface;
    uint32_t renewals;
    uint32_t failovers;
    uint32_t dead_peers;
    uint64_t retry_us; /* when to try again; 0: no need               */
    uint64_t wait_us;  /* how long the last wait was                   */
    uint64_t last_us;  /* when it tried last                           */
    uint64_t received; /* packets through its SAs, when last looked at */
    uint64_t sent;
    struct ike_tunnel primary;
    struct ike_tunnel backup; /* where has_backup */
    struct history history;
};

/* A tunnel or a key that goes with a commit. */
struct removal {
    bool is_key;
    uint32_t handle; /* of a tunnel */
    uint16_t vr;     /* of a key    */
    struct ike_identity identity;
};

/* Lifetime: a router's; thread M. */
struct negotiator {
    struct ipsec *ipsec; /* this and the next two: borrowed */
    struct crypto *crypto;
    const struct unsealer *unsealer;
    struct ike *ike;
    uint64_t now_us;
    uint64_t traffic_us;       /* when traffic was last looked at */
    uint64_t started_us;       /* 0: no tick yet                  */
    uint64_t retry_due_us;     /* the first of all tunnels'; never too late */
    struct signaled **tunnels; /* by handle; NULL: not signaled */
    uint32_t room;
    struct negotiator_failure failures[NEGOTIATOR_FAILURES_MAX];
    uint16_t failure_order[NEGOTIATOR_FAILURES_MAX]; /* the newest last */
    size_t failure_count;
    uint64_t told_minute; /* in which strangers were told of */
    uint32_t told_strangers;
    /* between prepare and apply or abort */
    struct config *to;
    struct change_set changes;
    struct removal *removals;
    size_t removal_count;
    struct negotiator_listener listener;
    struct negotiator_watcher watcher;
};

/* ---- configure.c ---- */

/* Note what goes. */
void configure_plan(
    struct negotiator *negotiator, const struct change_set *changes);
/* Tell IKE what changed. */
void configure(struct negotiator *negotiator, const struct config *to,
    const struct change_set *changes);

/* A group's word is its number. */
uint16_t group_number(enum schema_enum_id enumeration, unsigned index);

/* ---- gre.c ---- */

/* False: IKE has nothing to do with this GRE tunnel. */
bool read_gre(const struct negotiator *negotiator, const struct config *to,
    const struct object *object, struct ike_tunnel *out_tunnel);

/* ---- act.c ---- */

/* Do what IKE wants. */
void act(struct negotiator *negotiator);

/* ---- retry.c ---- */

struct signaled *retry_find(
    const struct negotiator *negotiator, uint32_t handle);
/* The tunnel is new, or its values are. */
void retry_set(struct negotiator *negotiator, const struct ike_tunnel *primary,
    const struct ike_tunnel *backup);
void retry_remove(struct negotiator *negotiator, uint32_t handle);
/* Negotiate now. */
void retry_now(struct negotiator *negotiator, struct signaled *tunnel);
/* A packet wants the tunnel. */
void retry_wanted(struct negotiator *negotiator, uint32_t handle);
void retry_peer_up(struct negotiator *negotiator, const struct ike_peer *peer);
void retry_failed(
    struct negotiator *negotiator, const struct ike_failure *failure);
void retry_up(struct negotiator *negotiator, uint32_t handle);
void retry_down(struct negotiator *negotiator, uint32_t handle, enum cause why);
void retry_tick(struct negotiator *negotiator);
uint64_t retry_due(const struct negotiator *negotiator);

/* Tell who watches. */
void turned(const struct negotiator *negotiator, uint32_t handle,
    enum negotiator_turn turn);

/* ---- failures.c ---- */

void failures_add(
    struct negotiator *negotiator, const struct ike_failure *failure);

/* ---- history.c ---- */

/* Before the tunnel's is_up changes. */
void history_up(struct negotiator *negotiator, struct signaled *tunnel);
void history_down(struct negotiator *negotiator, struct signaled *tunnel);
void history_answer(
    struct negotiator *negotiator, const struct ike_answer *answer);

#endif
