/*
 * moved.c - a peer behind a NAT that was given another port or address there.
 *
 *    a step of an exchange       ports; the address is part of who it is (but
 *                                the first of quick mode, which may be old)
 *    R-U-THERE, newer than any   ports and address
 *    ESP in UDP, newer than any  the same (the packet engine tells)
 *
 * The SAs that lead to the old place are renewed at once.  Who is behind a NAT
 * itself does not follow (RFC 3947, 7): for whoever sits in between, a packet
 * of the peer's sent on from elsewhere would be a way to draw traffic away.
 * The address may change only where the configuration names the peer by an
 * identity and not by its address.
 */
#include "ike/quick.h"

#include <string.h>

static void
tell_moved(struct ike *ike, const struct ike_sa *sa, uint32_t number)
{
    action_add(ike, IKE_ACTION_PEER_MOVED)->peer = (struct ike_peer){
        .vr = sa->peer->vr,
        .number = number,
        .local = sa->peer->local,
        .local_port = sa->local_port,
        .remote = sa->peer->remote,
        .remote_port = sa->remote_port,
        .identity = sa->identity,
        .is_nat = true,
    };
}

void
moved_renew(struct ike *ike, const struct ike_sa *sa)
{
    struct tunnel *tunnel;

    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        const struct child *child = tunnel_current(tunnel);

        if (!ike_sa_serves(sa, tunnel) || child == NULL ||
            !child->outbound->is_udp || tunnel->is_negotiating ||
            (child->outbound->remote == sa->peer->remote &&
                child->outbound->remote_port == sa->remote_port))
            continue;
        tell_moved(ike, sa, tunnel->config.number);
        tunnel->children[0].has_replaced = true;
        tunnel_begin(ike, tunnel);
    }
}

/* The peer of this name has this address now. */
static void
move_peer(struct ike *ike, const struct ike_sa *sa, uint32_t remote)
{
    struct peer *from = sa->peer;
    struct peer *to = peer_get(ike, from->vr, from->local, remote);
    struct ike_sa *other = LIST_FIRST(&from->sas);
    struct tunnel *tunnel = LIST_FIRST(&from->tunnels);

    to->was_up = to->was_up || from->was_up;
    to->has_greeted = true;
    while (other != NULL) {
        struct ike_sa *next = LIST_NEXT(other, of_peer);

        if (other->is_established && ike_sa_is_with_same(sa, other)) {
            LIST_REMOVE(other, of_peer);
            LIST_INSERT_HEAD(&to->sas, other, of_peer);
            other->peer = to;
        }
        other = next;
    }
    from->was_up = from->was_up && !LIST_EMPTY(&from->sas);
    while (tunnel != NULL) {
        struct tunnel *next = LIST_NEXT(tunnel, of_peer);

        if (identity_is_same(&tunnel->config.remote, &sa->identity))
            tunnel_bind(ike, tunnel, to); /* the last one releases from */
        tunnel = next;
    }
}

static bool
may_move(const struct ike_sa *sa)
{
    const struct tunnel *tunnel;

    if (!sa->is_known_by_name)
        return false;
    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        if (identity_is_same(&tunnel->config.remote, &sa->identity))
            return true;
    }
    return false;
}

void
moved_to(
    struct ike *ike, struct ike_sa *sa, uint32_t remote, uint16_t remote_port)
{
    if (!sa->is_established || !sa->has_nat || sa->is_behind_nat ||
        (sa->peer->remote == remote && sa->remote_port == remote_port))
        return;
    if (sa->peer->remote != remote) {
        if (!may_move(sa))
            return;
        move_peer(ike, sa, remote);
    }
    sa->remote_port = remote_port;
    moved_renew(ike, sa);
}

void
ike_peer_moved(struct ike *ike, uint64_t now_us, uint32_t number,
    uint32_t remote, uint16_t remote_port)
{
    const struct tunnel *tunnel = tunnel_find(ike, number);
    struct ike_sa *sa = tunnel != NULL ? tunnel_sa(tunnel) : NULL;

    ike->now_us = now_us;
    if (sa == NULL)
        return;
    moved_to(ike, sa, remote, remote_port);
    if (sa->peer->remote == remote && sa->remote_port == remote_port)
        moved_renew(ike, sa); /* what was renewed when it moved again */
    reap(ike);
}
