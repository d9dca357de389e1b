/*
 * retry.c - when a signaled tunnel negotiates, and with which of its ends.
 *
 *    committed --> at once (after a start of the router the end with the
 *                  higher address leaves the first word to the other one
 *                  for three minutes)
 *    a packet  --> at once, but not within ten seconds of the last try
 *    peer up   --> in five or ten seconds: another tunnel of the same pair of
 *                  ends reached it
 *    failed    --> the other destination at once, if there is one; when both
 *                  failed, again after 1, 2, 4, ... 60 minutes
 *    dead      --> the same (DPD)
 *    ended     --> by the peer: at once, with the primary; one that merely
 *                  heals pulls nothing back
 */
#include "negotiator/state.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ROOM = 16,
    S_US = 1000000,
    WAIT_FIRST_S = 60,
    WAIT_LAST_S = 3600,
    AFTER_YOU_S = 180, /* the higher address after a start */
    PACKET_S = 10,     /* from a try to the next that a packet brings */
    PEER_S = 5,        /* once the peer is known to be there          */
    START_S = 5,       /* what is committed so soon is the start */
};

struct signaled *
retry_find(const struct negotiator *negotiator, uint32_t handle)
{
    if (handle >= negotiator->room)
        return NULL;
    return negotiator->tunnels[handle];
}

static struct signaled *
place_of(struct negotiator *negotiator, uint32_t handle)
{
    uint32_t room = negotiator->room == 0 ? FIRST_ROOM : negotiator->room;

    while (room <= handle)
        room *= 2;
    if (room != negotiator->room) {
        negotiator->tunnels =
            mem_resize(negotiator->tunnels, sizeof(struct signaled *) * room);
        memset(negotiator->tunnels + negotiator->room, 0,
            sizeof(struct signaled *) * (room - negotiator->room));
        negotiator->room = room;
    }
    if (negotiator->tunnels[handle] == NULL) {
        negotiator->tunnels[handle] = mem_alloc(sizeof(struct signaled));
        negotiator->tunnels[handle]->interface = handle;
        negotiator->tunnels[handle]->ending = CAUSE_COUNT;
    }
    return negotiator->tunnels[handle];
}

/* When to try next; 0: there is no need to. */
static void
plan_try(
    struct negotiator *negotiator, struct signaled *tunnel, uint64_t when_us)
{
    tunnel->retry_us = when_us;
    if (when_us != 0 && when_us < negotiator->retry_due_us)
        negotiator->retry_due_us = when_us;
}

static const struct ike_tunnel *
values_of(const struct signaled *tunnel)
{
    return tunnel->on_backup ? &tunnel->backup : &tunnel->primary;
}

static bool
has_address(const struct ike_tunnel *values)
{
    return values->remote.name[0] == '\0';
}

/* When a tunnel that was just committed begins. */
static uint64_t
first_try(const struct negotiator *negotiator, const struct ike_tunnel *values)
{
    bool starts =
        negotiator->now_us < negotiator->started_us + (uint64_t)START_S * S_US;

    if (starts && values->local > values->remote.address)
        return negotiator->now_us + (uint64_t)AFTER_YOU_S * S_US;
    return negotiator->now_us + 1; /* with the next tick */
}

void
retry_set(struct negotiator *negotiator, const struct ike_tunnel *primary,
    const struct ike_tunnel *backup)
{
    struct signaled *tunnel = place_of(negotiator, primary->number);
    bool is_new = !tunnel->is_known;

    tunnel->is_known = true;
    tunnel->primary = *primary;
    tunnel->has_backup = backup != NULL;
    if (backup != NULL) {
        tunnel->backup = *backup;
    } else {
        tunnel->on_backup = false;
    }
    tunnel->begins = has_address(values_of(tunnel));
    ike_set_tunnel(negotiator->ike, negotiator->now_us, values_of(tunnel));
    if (!tunnel->begins) {
        plan_try(negotiator, tunnel, 0);
    } else if (is_new || !tunnel->is_up) {
        plan_try(negotiator, tunnel, first_try(negotiator, values_of(tunnel)));
        tunnel->wait_us = 0;
    }
}

void
retry_remove(struct negotiator *negotiator, uint32_t handle)
{
    struct signaled *tunnel = retry_find(negotiator, handle);

    if (tunnel == NULL)
        return;
    ike_remove_tunnel(negotiator->ike, negotiator->now_us, handle);
    negotiator->tunnels[handle] = NULL;
    free(tunnel);
}

void
retry_now(struct negotiator *negotiator, struct signaled *tunnel)
{
    if (!tunnel->begins)
        return;
    plan_try(negotiator, tunnel, 0);
    tunnel->last_us = negotiator->now_us;
    ike_need_sa(negotiator->ike, negotiator->now_us, tunnel->interface);
}

void
retry_wanted(struct negotiator *negotiator, uint32_t handle)
{
    struct signaled *tunnel = retry_find(negotiator, handle);

    if (tunnel == NULL || tunnel->is_up ||
        (tunnel->last_us != 0 &&
            negotiator->now_us < tunnel->last_us + (uint64_t)PACKET_S * S_US))
        return;
    retry_now(negotiator, tunnel);
}

/* Its IKE SA stands: the peer is there, and whoever waits for a try need not.
 * The peer may begin first, and of two that would begin the lower one. */
void
retry_peer_up(struct negotiator *negotiator, const struct ike_peer *peer)
{
    unsigned seconds = peer->local < peer->remote ? PEER_S : 2 * PEER_S;
    uint64_t soon_us = negotiator->now_us + (uint64_t)seconds * S_US;
    uint32_t number = IKE_NO_TUNNEL;

    while ((number = ike_next_tunnel(negotiator->ike, peer, number)) !=
           IKE_NO_TUNNEL) {
        struct signaled *tunnel = retry_find(negotiator, number);

        if (tunnel != NULL && !tunnel->is_up && tunnel->retry_us > soon_us)
            plan_try(negotiator, tunnel, soon_us);
    }
}

/* The other destination from now on. */
static void
change_ends(struct negotiator *negotiator, struct signaled *tunnel)
{
    tunnel->on_backup = !tunnel->on_backup;
    tunnel->begins = has_address(values_of(tunnel));
    ike_set_tunnel(negotiator->ike, negotiator->now_us, values_of(tunnel));
}

static void
wait_longer(struct negotiator *negotiator, struct signaled *tunnel)
{
    const uint64_t last = (uint64_t)WAIT_LAST_S * S_US;

    tunnel->wait_us = tunnel->wait_us == 0 ? (uint64_t)WAIT_FIRST_S * S_US
                                           : tunnel->wait_us * 2;
    if (tunnel->wait_us > last)
        tunnel->wait_us = last;
    plan_try(negotiator, tunnel, negotiator->now_us + tunnel->wait_us);
}

/* An end could not be reached: the other one at once, unless that failed as
 * well. */
static void
try_again(struct negotiator *negotiator, struct signaled *tunnel)
{
    bool other_is_left = tunnel->has_backup && !tunnel->one_failed;

    tunnel->one_failed = other_is_left;
    if (tunnel->has_backup)
        change_ends(negotiator, tunnel);
    if (other_is_left && tunnel->begins) {
        plan_try(negotiator, tunnel, negotiator->now_us + 1);
    } else if (tunnel->begins) {
        wait_longer(negotiator, tunnel);
    }
}

/* Ours, or one inside an IKE SA: anybody can send the first message of phase
 * 1 from the peer's address. */
static bool
is_renewal(const struct ike_failure *failure)
{
    return failure->is_initiator || failure->stage >= IKE_STAGE_PHASE2;
}

void
retry_failed(struct negotiator *negotiator, const struct ike_failure *failure)
{
    struct signaled *tunnel = retry_find(negotiator, failure->number);
    bool is_dead = failure->reason == IKE_REASON_DEAD_PEER;

    if (tunnel == NULL)
        return;
    tunnel->dead_peers += is_dead;
    if (is_dead) {
        turned(negotiator, failure->number, NEGOTIATOR_PEER_DEAD);
    } else if (tunnel->is_up && is_renewal(failure)) {
        turned(negotiator, failure->number, NEGOTIATOR_RENEWAL_FAILED);
    }
    /* A backup that is lost was left already when its SAs went. */
    if (is_dead && failure->remote != values_of(tunnel)->remote.address)
        return;
    if (is_dead || (failure->is_initiator && !tunnel->is_up))
        try_again(negotiator, tunnel);
}

void
retry_up(struct negotiator *negotiator, uint32_t handle)
{
    struct signaled *tunnel = retry_find(negotiator, handle);
    bool changed_ends;
    bool was_up;

    if (tunnel == NULL)
        return;
    history_up(negotiator, tunnel);
    was_up = tunnel->is_up;
    changed_ends = tunnel->was_backup != tunnel->on_backup;
    tunnel->failovers += changed_ends;
    tunnel->is_up = true;
    tunnel->was_backup = tunnel->on_backup;
    if (changed_ends) {
        turned(negotiator, handle, NEGOTIATOR_CHANGED_ENDS);
    } else if (was_up) {
        turned(negotiator, handle, NEGOTIATOR_RENEWED);
    }
    tunnel->one_failed = false;
    plan_try(negotiator, tunnel, 0);
    tunnel->wait_us = 0;
}

void
retry_down(struct negotiator *negotiator, uint32_t handle, enum cause why)
{
    struct signaled *tunnel = retry_find(negotiator, handle);

    if (tunnel == NULL || !tunnel->is_up)
        return;
    history_down(negotiator, tunnel);
    tunnel->is_up = false;
    tunnel->ending = why;
    if (tunnel->was_backup && tunnel->on_backup)
        change_ends(negotiator, tunnel);
    if (tunnel->begins && tunnel->retry_us == 0)
        plan_try(negotiator, tunnel, negotiator->now_us + 1);
}

void
retry_tick(struct negotiator *negotiator)
{
    struct signaled *tunnel;
    uint32_t i;

    if (negotiator->now_us < negotiator->retry_due_us)
        return;
    negotiator->retry_due_us = UINT64_MAX;
    for (i = 0; i < negotiator->room; i++) {
        tunnel = negotiator->tunnels[i];
        if (tunnel == NULL || tunnel->retry_us == 0)
            continue;
        if (tunnel->retry_us <= negotiator->now_us) {
            retry_now(negotiator, tunnel);
        } else {
            plan_try(negotiator, tunnel, tunnel->retry_us);
        }
    }
}

uint64_t
retry_due(const struct negotiator *negotiator)
{
    return negotiator->retry_due_us;
}
