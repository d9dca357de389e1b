/*
 * tunnel.c - what may be asked of a tunnel: to negotiate, to renew, to clear,
 * and how it is.  Its pairs of SAs are in child.c.
 */
#include "ike/quick.h"

/* ---- negotiating ---- */

void
tunnel_begin(struct ike *ike, struct tunnel *tunnel)
{
    struct ike_sa *sa;

    if (tunnel->peer == NULL || tunnel->is_negotiating || tunnel->is_waiting)
        return;
    sa = tunnel_sa(tunnel);
    if (sa != NULL) {
        quick_begin(ike, sa, tunnel);
        return;
    }
    tunnel->is_waiting = true;
    if (!peer_is_negotiating(tunnel->peer))
        pace_begin(ike, tunnel->peer);
}

/* Somebody is there, and is not who this tunnel is for. */
static void
tell_other_name(struct ike *ike, const struct ike_sa *sa, struct tunnel *tunnel)
{
    (void)fault(ike, IKE_REASON_IDENTITY, 0);
    ike->fault.stage = IKE_STAGE_PHASE1_IDENTITY;
    ike->fault.is_initiator = true; /* it waited to begin */
    fault_names(ike, sa, tunnel);
    tunnel_failed(ike, tunnel);
    failure_tell(ike, sa, tunnel->config.number);
}

void
peer_ready(struct ike *ike, struct peer *peer)
{
    const struct ike_sa *newest = peer_sa(peer);
    struct tunnel *tunnel;

    if (newest == NULL)
        return;
    LIST_FOREACH(tunnel, &peer->tunnels, of_peer) {
        struct ike_sa *sa = tunnel_sa(tunnel);

        if (!tunnel->is_waiting || (sa != NULL && sa->is_full))
            continue; /* a full one takes them in troops */
        if (sa != NULL) {
            tunnel->is_waiting = false;
            quick_begin(ike, sa, tunnel);
        } else if (!peer_is_negotiating(peer)) {
            tell_other_name(ike, newest, tunnel);
        }
    }
}

void
ike_need_sa(struct ike *ike, uint64_t now_us, uint32_t number)
{
    struct tunnel *tunnel = tunnel_find(ike, number);

    ike->now_us = now_us;
    if (tunnel != NULL && tunnel_current(tunnel) == NULL)
        tunnel_begin(ike, tunnel);
    reap(ike);
}

void
ike_rekey(struct ike *ike, uint64_t now_us, uint32_t number)
{
    struct tunnel *tunnel = tunnel_find(ike, number);

    ike->now_us = now_us;
    if (tunnel == NULL)
        return;
    if (tunnel->child_count > 0)
        tunnel->children[0].has_replaced = true;
    tunnel_begin(ike, tunnel);
    reap(ike);
}

void
ike_clear(struct ike *ike, uint64_t now_us, uint32_t number)
{
    struct tunnel *tunnel = tunnel_find(ike, number);

    ike->now_us = now_us;
    if (tunnel != NULL)
        children_remove(ike, tunnel, true, CAUSE_CLEARED);
}

void
ike_clear_peer(struct ike *ike, uint64_t now_us, uint32_t number)
{
    struct tunnel *tunnel = tunnel_find(ike, number);

    ike_clear(ike, now_us, number);
    if (tunnel != NULL && tunnel->peer != NULL)
        peer_clear(ike, tunnel->peer, true);
    reap(ike);
}

/* ---- how it is ---- */

bool
ike_tunnel_state(
    const struct ike *ike, uint32_t number, struct ike_tunnel_state *out_state)
{
    struct tunnel *tunnel = tunnel_find(ike, number);
    const struct child *current;

    if (tunnel == NULL)
        return false;
    current = tunnel_current(tunnel);
    *out_state = (struct ike_tunnel_state){
        .is_up = current != NULL,
        .is_negotiating = tunnel->is_negotiating || tunnel->is_waiting,
        .pairs = (uint8_t)tunnel->child_count,
        .expires_us = current != NULL ? current->expires_us : 0,
        .created_us = current != NULL ? current->created_us : 0,
        .has_ike_sa = tunnel_sa(tunnel) != NULL,
    };
    if (current != NULL) {
        out_state->lifetime_s = current->outbound->lifetime_s;
        out_state->local_selector = current->outbound->local_selector;
        out_state->remote_selector = current->outbound->remote_selector;
    }
    for (size_t i = 0; i < tunnel->child_count; i++) {
        out_state->inbound_spi[i] = tunnel->children[i].in_spi;
        out_state->outbound_spi[i] = tunnel->children[i].out_spi;
    }
    return true;
}
