/*
 * dpd.c - is the peer still there?  RFC 3706.
 *
 * We ask where traffic went out within 30 s and none has come for 60 s, or
 * where there was none at all for 150 s; five times, 5 s apart; then the
 * peer is dead.  We answer always.
 */
#include "ike/quick.h"

#include "ike/numbers.h"

#include <string.h>

enum {
    SENT_S = 30,
    SILENT_S = 60,
    IDLE_S = 150,
    AGAIN_S = 5,
    ASKED_MAX = 5,
    COOKIES = 16, /* bytes of the SPI field */
};

#define SECONDS(n) ((n) * (uint64_t)SECOND_US)

static bool
is_asking(const struct ike *ike, const struct ike_sa *sa)
{
    return sa->is_established && sa->peer_has_dpd && !sa->is_superseded &&
           !LIST_EMPTY(&sa->peer->tunnels) &&
           options_of(ike, sa->peer->vr)->dpd;
}

uint64_t
dpd_due(const struct ike *ike, const struct ike_sa *sa)
{
    const struct dpd *dpd = &sa->dpd;
    uint64_t silent = dpd->received_us + SECONDS(SILENT_S);
    uint64_t last =
        dpd->sent_us > dpd->received_us ? dpd->sent_us : dpd->received_us;

    if (!is_asking(ike, sa))
        return UINT64_MAX;
    if (dpd->unanswered > 0)
        return dpd->asked_us + SECONDS(AGAIN_S);
    if (dpd->sent_us > dpd->received_us &&
        dpd->sent_us + SECONDS(SENT_S) >= silent)
        return dpd->sent_us > silent ? dpd->sent_us : silent;
    return last + SECONDS(IDLE_S);
}

static void
tell_dead(struct ike *ike, const struct peer *peer, uint32_t number)
{
    const struct ike_sa *sa = LIST_FIRST(&peer->sas);

    ike->fault.stage = IKE_STAGE_ESTABLISHED;
    ike->fault.is_initiator = true;
    failure_tell(ike, sa, number);
}

static void
peer_died(struct ike *ike, struct ike_sa *sa)
{
    struct peer *peer = sa->peer;
    struct tunnel *tunnel;
    struct ike_sa *other;

    LIST_FOREACH(tunnel, &peer->tunnels, of_peer) {
        bool had = tunnel->child_count > 0 || tunnel->is_negotiating;

        if (!ike_sa_serves(sa, tunnel))
            continue;
        children_remove(ike, tunnel, false, CAUSE_DEAD_PEER);
        tunnel->is_negotiating = false;
        if (!had)
            continue;
        (void)fault(ike, IKE_REASON_DEAD_PEER, 0);
        fault_text(ike->fault.mismatch,
            "The peer did not answer %u inquiries in %u seconds.", ASKED_MAX,
            ASKED_MAX * AGAIN_S);
        tell_dead(ike, peer, tunnel->config.number);
    }
    LIST_FOREACH(other, &peer->sas, of_peer) {
        if (other->is_established && ike_sa_is_with_same(sa, other))
            ike_sa_end(ike, other, false);
    }
}

static void
ask(struct ike *ike, struct ike_sa *sa)
{
    struct dpd *dpd = &sa->dpd;
    uint8_t sequence[4];

    if (dpd->sequence == 0)
        dpd->sequence = random_u32(ike) >> 1;
    dpd->sequence++;
    dpd->is_answered = false;
    put_u32(sequence, dpd->sequence);
    send_notify(ike, sa, NOTIFY_R_U_THERE, sequence, sizeof sequence);
}

bool
dpd_tick(struct ike *ike, struct ike_sa *sa)
{
    struct dpd *dpd = &sa->dpd;

    if (dpd->unanswered >= ASKED_MAX) {
        peer_died(ike, sa);
        return false;
    }
    dpd->unanswered++;
    dpd->asked_us = ike->now_us;
    ask(ike, sa);
    return true;
}

void
dpd_call(struct ike *ike, struct ike_sa *sa)
{
    if (sa->peer_has_dpd)
        ask(ike, sa);
}

static bool
is_silent(const struct ike *ike, struct tunnel *tunnel)
{
    return !tunnel->is_doubted && tunnel_current(tunnel) != NULL &&
           tunnel->sent_us > tunnel->received_us &&
           ike->now_us >= tunnel->received_us + SECONDS(SILENT_S);
}

/* The peer lives, and yet nothing comes by a tunnel that we send into: it may
 * have lost the SA, and its DELETE was lost too.  Once, until something comes:
 * traffic in one direction only is no fault. */
static void
renew_silent(struct ike *ike, struct ike_sa *sa)
{
    struct tunnel *tunnel;

    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        if (!ike_sa_serves(sa, tunnel) || !is_silent(ike, tunnel))
            continue;
        tunnel->is_doubted = true;
        note(ike, tunnel->config.number, sa->peer->remote,
            "the peer lives but sends nothing: the SAs are renewed");
        tunnel_begin(ike, tunnel);
    }
}

/* Nobody asks: there is no IKE SA to ask by, and a new one will tell; or the
 * peer lives, as its other tunnels tell, and this one is renewed. */
static void
doubt(struct ike *ike, struct tunnel *tunnel)
{
    if (!options_of(ike, tunnel->peer->vr)->dpd || !is_silent(ike, tunnel))
        return;
    tunnel->is_doubted = true;
    note(ike, tunnel->config.number, tunnel->peer->remote,
        "the peer sends nothing here, and is not asked: the SAs are renewed");
    tunnel_begin(ike, tunnel);
}

bool
dpd_is_dead(struct ike *ike, struct tunnel *tunnel)
{
    const struct ike_failure kept = ike->fault;

    if (!tunnel->is_doubted || tunnel->child_count == 0 ||
        (kept.reason != IKE_REASON_NO_ANSWER &&
            kept.reason != IKE_REASON_SILENCE))
        return false;
    children_remove(ike, tunnel, false, CAUSE_DEAD_PEER);
    (void)fault(ike, IKE_REASON_DEAD_PEER, 0);
    fault_text(ike->fault.mismatch,
        "The peer sent nothing for %u seconds and does not answer IKE.",
        SILENT_S);
    tell_dead(ike, tunnel->peer, tunnel->config.number);
    ike->fault = kept;
    return true;
}

/* Not asked by the timer, it says nothing about the path. */
static void
tell_answered(struct ike *ike, const struct ike_sa *sa)
{
    struct ike_answer *answer;

    if (sa->dpd.unanswered == 0)
        return;
    answer = &action_add(ike, IKE_ACTION_ANSWERED)->answer;
    peer_describe(sa, &answer->peer);
    answer->round_trip_us = (uint32_t)(ike->now_us - sa->dpd.asked_us);
}

void
ike_sa_heard(struct ike *ike, struct ike_sa *sa)
{
    sa->heard_us = ike->now_us;
    sa->dpd.received_us = ike->now_us;
    sa->peer->state.heard_us = ike->now_us;
}

/* One that was asked before is answered again, and proves nothing. */
static bool
take_question(struct ike *ike, struct ike_sa *sa, uint32_t sequence)
{
    bool is_new =
        !sa->dpd.has_asked || (int32_t)(sequence - sa->dpd.peer_sequence) > 0;
    uint8_t bytes[4];

    if (is_new) {
        sa->dpd.has_asked = true;
        sa->dpd.peer_sequence = sequence;
        moved_to(ike, sa, ike->remote, ike->remote_port);
        sa->peer->state.asked_us = ike->now_us;
        sa->peer->state.asked_count++;
    }
    put_u32(bytes, sequence);
    send_notify(ike, sa, NOTIFY_R_U_THERE_ACK, bytes, sizeof bytes);
    return is_new;
}

void
dpd_take(struct ike *ike, struct ike_sa *sa, uint16_t type,
    const struct payload *payload)
{
    struct rd r = rd_over(payload->body, payload->length);
    const uint8_t *cookies;
    uint8_t spi_size;
    uint32_t sequence;

    rd_skip(&r, 5);
    spi_size = rd_u8(&r);
    rd_skip(&r, 2);
    cookies = rd_bytes(&r, spi_size);
    sequence = rd_u32(&r);
    if (!rd_ok(&r) || rd_left(&r) > 0 || spi_size != COOKIES ||
        memcmp(cookies, sa->cookies, sizeof sa->cookies) != 0) {
        ike->counters.dropped[IKE_DROP_MALFORMED]++;
        return;
    }
    if (type == NOTIFY_R_U_THERE) {
        if (!take_question(ike, sa, sequence))
            return;
    } else if (sequence != sa->dpd.sequence || sa->dpd.is_answered) {
        return; /* of an older question, or again: it proves nothing */
    } else {
        sa->dpd.is_answered = true;
        tell_answered(ike, sa);
    }
    ike_sa_heard(ike, sa);
    sa->dpd.unanswered = 0;
    if (type == NOTIFY_R_U_THERE_ACK)
        renew_silent(ike, sa);
    ike_sa_schedule(ike, sa);
}

void
ike_traffic(
    struct ike *ike, uint64_t now_us, uint32_t number, bool sent, bool received)
{
    struct tunnel *tunnel = tunnel_find(ike, number);
    struct ike_sa *sa;

    ike->now_us = now_us;
    if (tunnel == NULL || tunnel->peer == NULL)
        return;
    if (sent)
        tunnel->sent_us = now_us;
    if (received) {
        tunnel->received_us = now_us;
        tunnel->is_doubted = false;
    }
    sa = tunnel_sa(tunnel);
    if (sa == NULL || now_us < sa->dpd.received_us + SECONDS(SILENT_S))
        doubt(ike, tunnel);
    if (sa == NULL)
        return;
    if (sent)
        sa->dpd.sent_us = now_us;
    if (received) {
        sa->dpd.received_us = now_us;
        sa->dpd.unanswered = 0;
    }
    ike_sa_schedule(ike, sa);
}
