/*
 * pace.c - so many phase 1 exchanges at a time, the others wait in line.
 *
 * Ten thousand first messages at once would fill the queues of our own packet
 * engine and of the peers, and what is lost there is asked for again when the
 * answers to the others come.  A place in the line is free again when the
 * exchange has ended, well or not, or when its first message went out for the
 * third time: a peer that is not there holds up nobody for long.
 */
#include "ike/quick.h"

static bool
is_wanted(const struct peer *peer)
{
    const struct tunnel *tunnel;

    LIST_FOREACH(tunnel, &peer->tunnels, of_peer) {
        if (tunnel->is_waiting)
            return true;
    }
    return false;
}

void
pace_wait(struct ike *ike, struct peer *peer)
{
    if (peer->is_in_line)
        return;
    peer->is_in_line = true;
    TAILQ_INSERT_TAIL(&ike->line, peer, in_line);
}

void
pace_begin(struct ike *ike, struct peer *peer)
{
    if (!peer->is_in_line && ike->paced < PACED_MAX) {
        (void)phase1_begin(ike, peer);
    } else {
        pace_wait(ike, peer);
    }
}

void
pace_take(struct ike *ike, struct ike_sa *sa)
{
    sa->is_paced = true;
    ike->paced++;
}

void
pace_give(struct ike *ike, struct ike_sa *sa)
{
    ike->paced -= sa->is_paced;
    sa->is_paced = false;
}

void
pace_forget(struct ike *ike, struct peer *peer)
{
    if (peer->is_in_line)
        TAILQ_REMOVE(&ike->line, peer, in_line);
    peer->is_in_line = false;
}

/* Whoever was in line may have got an IKE SA meanwhile, from its peer. */
void
pace_next(struct ike *ike)
{
    while (ike->paced < PACED_MAX && !TAILQ_EMPTY(&ike->line)) {
        struct peer *peer = TAILQ_FIRST(&ike->line);

        pace_forget(ike, peer);
        if (peer_sa(peer) != NULL) {
            peer_ready(ike, peer);
        } else if (is_wanted(peer) && !peer_is_negotiating(peer)) {
            (void)phase1_begin(ike, peer);
        }
    }
}
