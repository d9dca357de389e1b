/*
 * act.c - what IKE wants done, as batches for the packet engine.
 *
 * All that waits goes into one batch, in IKE's order: an inbound SA is there
 * before the message leaves that lets the peer use it.
 */
#include "negotiator/state.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/log.h"
#include "base/secret.h"
#include "dp.h"
#include "ipsec/ipsec.h"

#include <string.h>

/* By volume an SA is ageing at 85 to 90 percent, but where the other end sends
 * only at 95: that end shall have renewed it by then. */
static struct sa_limits
limits_of(const struct ike_sa_add *add)
{
    uint32_t kb = add->lifetime_kb;
    uint32_t jitter = (uint32_t)((uint64_t)kb / 20 * (add->spi & 0xff) / 0xff);

    return (struct sa_limits){
        .soft_kb = add->is_outbound ? kb - kb / 10 - jitter : kb - kb / 20,
        .hard_kb = kb,
    };
}

static void
add_sa(struct negotiator *negotiator, struct dp_batch *batch,
    const struct ike_sa_add *add)
{
    struct sa_params params = {
        .direction = add->is_outbound ? SA_OUTBOUND : SA_INBOUND,
        .transform = add->transform,
        .spi = add->spi,
        .src = add->is_outbound ? add->local : add->remote,
        .dst = add->is_outbound ? add->remote : add->local,
        .mode = add->is_transport ? SA_TRANSPORT : SA_TUNNEL,
        .payload = add->is_transport ? IPSEC_PROFILE_PAYLOAD : 0,
        .vr = retry_find(negotiator, add->number)->primary.vr,
        .tunnel = add->number,
        .encryption_key = add->encryption_key,
        .authentication_key = add->authentication_key,
    };
    struct sa *sa;

    /* Seconds are IKE's to watch. */
    params.limits = limits_of(add);
    if (add->is_udp)
        params.udp = (struct sa_udp){add->local_port, add->remote_port};
    if (sa_new(negotiator->crypto, &params, &sa) == OK) {
        dp_batch_add(batch, DP_SA_ADD)->sa = sa;
        if (add->is_outbound)
            retry_up(negotiator, add->number);
    } else {
        log_event(LOG_ERROR, "ike", "SA",
            "the cryptographic library refuses the keys of SA 0x%x",
            (unsigned)add->spi);
    }
    secret_done(&params.encryption_key);
    secret_done(&params.authentication_key);
}

static bool
has_outbound(const struct negotiator *negotiator, uint32_t number)
{
    struct ike_tunnel_state state;

    return ike_tunnel_state(negotiator->ike, number, &state) && state.is_up;
}

/* Of a tunnel that went with a commit, the SAs went with it. */
static void
remove_sa(struct negotiator *negotiator, struct dp_batch *batch,
    const struct ike_sa_remove *remove)
{
    struct sa *sa = ipsec_find_sa(
        negotiator->ipsec, remove->number, remove->is_outbound, remove->spi);

    if (sa != NULL)
        dp_batch_add(batch, DP_SA_REMOVE)->sa = sa;
    if (remove->is_outbound && !has_outbound(negotiator, remove->number))
        retry_down(negotiator, remove->number, remove->why);
}

static void
tell_peer(const struct ike_peer *peer, bool is_up)
{
    char remote[IP_TEXT_SIZE];

    log_event(LOG_INFO, "ike", is_up ? "PEER-UP" : "PEER-DOWN", "%s%s%s%s",
        ip_format(peer->remote, remote),
        peer->identity.name[0] != '\0' ? ", " : "", peer->identity.name,
        peer->is_nat ? ", behind address translation" : "");
}

static void
tell_moved(const struct ike_peer *peer)
{
    char remote[IP_TEXT_SIZE];

    log_event(LOG_INFO, "ike", "PEER-MOVED",
        "%s%s%s is now seen at port %u: its SAs are renewed",
        ip_format(peer->remote, remote),
        peer->identity.name[0] != '\0' ? ", " : "", peer->identity.name,
        peer->remote_port);
}

/* On port 4500 the marker before the bytes is the packet engine's to add. */
static void
send_datagram(struct dp_batch *batch, const struct ike_datagram *from)
{
    size_t marker = from->local_port == IKE_PORT_NAT ? NON_ESP_MARKER : 0;
    struct dp_datagram *to;

    if (from->length < marker || from->length - marker > DP_DATAGRAM_MAX)
        return;
    to = mem_alloc(sizeof *to);
    to->vr = from->vr;
    to->source = from->local;
    to->destination = from->remote;
    to->source_port = from->local_port;
    to->destination_port = from->remote_port;
    to->has_marker = marker != 0;
    to->length = (uint32_t)(from->length - marker);
    memcpy(to->bytes, from->bytes + marker, to->length);
    dp_batch_add(batch, DP_SEND)->datagram = to;
}

static void
carry_out(struct negotiator *negotiator, struct dp_batch *batch,
    struct ike_action *action)
{
    switch (action->kind) {
    case IKE_ACTION_SEND:
        send_datagram(batch, &action->send);
        return;
    case IKE_ACTION_SA_ADD:
        if (retry_find(negotiator, action->sa_add.number) != NULL)
            add_sa(negotiator, batch, &action->sa_add);
        secret_done(&action->sa_add.encryption_key);
        secret_done(&action->sa_add.authentication_key);
        return;
    case IKE_ACTION_SA_REMOVE:
        remove_sa(negotiator, batch, &action->sa_remove);
        return;
    case IKE_ACTION_PEER_UP:
        tell_peer(&action->peer, true);
        retry_peer_up(negotiator, &action->peer);
        return;
    case IKE_ACTION_PEER_DOWN:
        tell_peer(&action->peer, false);
        return;
    case IKE_ACTION_ANSWERED:
        history_answer(negotiator, &action->answer);
        return;
    case IKE_ACTION_PEER_MOVED:
        tell_moved(&action->peer);
        return;
    case IKE_ACTION_FAILURE:
        failures_add(negotiator, &action->failure);
        retry_failed(negotiator, &action->failure);
        return;
    case IKE_ACTION_NOTE:
    case IKE_ACTION_PROBED:
        return;
    }
}

void
act(struct negotiator *negotiator)
{
    struct dp_batch *batch = dp_batch_new();
    struct ike_action action;

    while (ike_next(negotiator->ike, &action)) {
        carry_out(negotiator, batch, &action);
        if (negotiator->listener.take != NULL &&
            (action.kind == IKE_ACTION_NOTE ||
                action.kind == IKE_ACTION_PROBED ||
                action.kind == IKE_ACTION_FAILURE))
            negotiator->listener.take(negotiator->listener.context, &action);
    }
    ipsec_submit(negotiator->ipsec, batch);
}
