/*
 * ike.c - the engine's public calls: time, actions, rows.
 */
#include "ike/quick.h"

#include "base/arena.h"
#include "crypto/provider.h"
#include "ike/numbers.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ike *
ike_new(struct crypto *crypto)
{
    struct ike *ike = mem_alloc(sizeof *ike);

    ike->crypto = crypto;
    ike->limits = (struct ike_limits){512, 16};
    ike->datagram_max = 1280 - 28; /* an IP and a UDP header */
    LIST_INIT(&ike->options);
    LIST_INIT(&ike->nameless);
    TAILQ_INIT(&ike->line);
    TAILQ_INIT(&ike->half_open);
    TAILQ_INIT(&ike->pieces);
    STAILQ_INIT(&ike->actions);
    return ike;
}

static void
queued_free(struct queued *queued)
{
    if (queued == NULL)
        return;
    blob_done(&queued->bytes);
    wipe(queued, sizeof *queued);
    free(queued);
}

void
ike_free(struct ike *ike)
{
    if (ike == NULL)
        return;
    while (!STAILQ_EMPTY(&ike->actions)) {
        struct queued *queued = STAILQ_FIRST(&ike->actions);

        STAILQ_REMOVE_HEAD(&ike->actions, link);
        queued_free(queued);
    }
    queued_free(ike->given);
    table_done(ike);
    config_done(ike);
    spis_done(ike);
    timers_done(&ike->timers);
    free(ike->dead);
    wipe(ike, sizeof *ike);
    free(ike);
}

/* ---- actions ---- */

static struct queued *
queue(struct ike *ike, enum ike_action_kind kind)
{
    struct queued *queued = mem_alloc(sizeof *queued);

    queued->action.kind = kind;
    STAILQ_INSERT_TAIL(&ike->actions, queued, link);
    return queued;
}

struct ike_action *
action_add(struct ike *ike, enum ike_action_kind kind)
{
    return &queue(ike, kind)->action;
}

void
action_send(
    struct ike *ike, const struct ike_sa *sa, const uint8_t *bytes, size_t n)
{
    struct queued *queued = queue(ike, IKE_ACTION_SEND);
    size_t marker = sa->local_port == IKE_PORT_NAT ? 4 : 0;

    queued->bytes.length = n + marker;
    queued->bytes.bytes = mem_alloc(n + marker + 1);
    memcpy(queued->bytes.bytes + marker, bytes, n);
    queued->action.send = (struct ike_datagram){
        .vr = sa->peer->vr,
        .local = sa->peer->local,
        .local_port = sa->local_port,
        .remote = sa->peer->remote,
        .remote_port = sa->remote_port,
        .bytes = queued->bytes.bytes,
        .length = queued->bytes.length,
    };
    ike->counters.sent++;
}

bool
ike_next(struct ike *ike, struct ike_action *out_action)
{
    queued_free(ike->given);
    ike->given = STAILQ_FIRST(&ike->actions);
    if (ike->given == NULL)
        return false;
    STAILQ_REMOVE_HEAD(&ike->actions, link);
    *out_action = ike->given->action;
    return true;
}

void
ike_set_narration(struct ike *ike, bool on)
{
    ike->narrates = on;
}

void
note(struct ike *ike, uint32_t number, uint32_t remote, const char *fmt, ...)
{
    struct ike_action *action;
    va_list args;

    if (!ike->narrates)
        return;
    action = action_add(ike, IKE_ACTION_NOTE);
    action->note.number = number;
    action->note.remote = remote;
    va_start(args, fmt);
    (void)vsnprintf(action->note.text, sizeof action->note.text, fmt, args);
    va_end(args);
}

/* ---- time ---- */

uint32_t
random_u32(struct ike *ike)
{
    uint8_t bytes[4];

    crypto_random(ike->crypto, bytes, sizeof bytes);
    return get_u32(bytes);
}

uint64_t
rekey_time(struct ike *ike, uint64_t span_s)
{
    uint64_t span = span_s * SECOND_US;
    uint64_t latest = span / 10 * 9;
    uint64_t jitter = span / 20;

    return ike->now_us + latest -
           (jitter > 0 ? random_u32(ike) % (jitter + 1) : 0);
}

static uint64_t
sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t
sa_due(const struct ike *ike, const struct ike_sa *sa)
{
    const struct exchange *exchange;
    uint64_t due = sooner(sa->main.due_us, sa->expires_us);

    if (!sa->has_replaced)
        due = sooner(due, sa->rekey_us);
    due = sooner(due, dpd_due(ike, sa));
    LIST_FOREACH(exchange, &sa->exchanges, link)
        due = sooner(due, exchange->due_us);
    return due;
}

void
ike_sa_schedule(struct ike *ike, struct ike_sa *sa)
{
    uint64_t due = sa_due(ike, sa);

    if (sa->is_dead || due >= sa->timer_us)
        return;
    sa->timer_us = due;
    timers_add(
        &ike->timers, (struct timer){due, TIMER_SA, sa->slot, sa->generation});
}

void
tunnel_schedule(struct ike *ike, struct tunnel *tunnel)
{
    uint64_t due = tunnel_due(tunnel);

    if (due >= tunnel->timer_us)
        return;
    tunnel->timer_us = due;
    timers_add(&ike->timers, (struct timer){due, TIMER_TUNNEL,
                                 tunnel->config.number, tunnel->generation});
}

/* A new phase 1 with the same peer, before this one's time is over; only
 * where somebody needs it. */
static void
sa_replace(struct ike *ike, struct ike_sa *sa)
{
    sa->has_replaced = true;
    if (LIST_EMPTY(&sa->peer->tunnels) || sa->is_superseded ||
        peer_is_negotiating(sa->peer))
        return;
    note(ike, IKE_NO_TUNNEL, sa->peer->remote, "the IKE SA is renewed");
    (void)phase1_begin(ike, sa->peer);
}

static void
sa_tick(struct ike *ike, struct ike_sa *sa)
{
    struct exchange *exchange = LIST_FIRST(&sa->exchanges);

    if (sa->expires_us <= ike->now_us) {
        ike_sa_end(ike, sa, true);
        return;
    }
    if (sa->main.due_us <= ike->now_us)
        exchange_tick(ike, &sa->main);
    while (exchange != NULL && !sa->is_dead) {
        struct exchange *next = LIST_NEXT(exchange, link);

        if (exchange->due_us <= ike->now_us)
            exchange_tick(ike, exchange);
        exchange = next;
    }
    if (!sa->is_dead && dpd_due(ike, sa) <= ike->now_us && !dpd_tick(ike, sa))
        return;
    if (!sa->is_dead && !sa->has_replaced && sa->rekey_us <= ike->now_us)
        sa_replace(ike, sa);
    if (!sa->is_dead)
        ike_sa_schedule(ike, sa);
}

static void
timer_run(struct ike *ike, const struct timer *timer)
{
    if (timer->kind == TIMER_SA) {
        struct ike_sa *sa =
            timer->index < ike->sa_room ? ike->sas[timer->index] : NULL;

        if (sa == NULL || sa->generation != timer->generation ||
            sa->timer_us != timer->due_us || sa->is_dead)
            return;
        sa->timer_us = UINT64_MAX;
        sa_tick(ike, sa);
    } else {
        struct tunnel *tunnel = tunnel_find(ike, timer->index);

        if (tunnel == NULL || tunnel->generation != timer->generation ||
            tunnel->timer_us != timer->due_us)
            return;
        tunnel->timer_us = UINT64_MAX;
        tunnel_tick(ike, tunnel);
        tunnel_schedule(ike, tunnel);
    }
}

void
ike_tick(struct ike *ike, uint64_t now_us)
{
    struct timer timer;

    ike->now_us = now_us;
    while (timers_take(&ike->timers, now_us, &timer)) {
        timer_run(ike, &timer);
        reap(ike);
    }
}

uint64_t
ike_due(const struct ike *ike)
{
    return timers_due(&ike->timers);
}

/* ---- the end of an IKE SA ---- */

void
ike_sa_end(struct ike *ike, struct ike_sa *sa, bool tell)
{
    if (sa->is_dead)
        return;
    if (tell && sa->is_established) {
        send_delete(
            ike, sa, PROTOCOL_ISAKMP, sa->cookies[0], sizeof sa->cookies);
    }
    sa->is_dead = true;
    if (ike->dead_count == ike->dead_room) {
        ike->dead_room = ike->dead_room > 0 ? 2 * ike->dead_room : 16;
        ike->dead = mem_resize(ike->dead, ike->dead_room * sizeof ike->dead[0]);
    }
    ike->dead[ike->dead_count++] = sa->slot;
}

void
peer_describe(const struct ike_sa *sa, struct ike_peer *out_peer)
{
    *out_peer = (struct ike_peer){
        .vr = sa->peer->vr,
        .number = IKE_NO_TUNNEL,
        .local = sa->peer->local,
        .local_port = sa->local_port,
        .remote = sa->peer->remote,
        .remote_port = sa->remote_port,
        .identity = sa->identity,
        .is_nat = sa->has_nat,
    };
}

/* Exchanges of a dead SA take their tunnels' hopes along.  One that tunnels
 * were negotiated by may just have been ended: a peer that closes a tunnel
 * deletes its SAs and then that, and we had begun again in between.  Then it is
 * tried by a new one, and if that ends the same way, it is a refusal. */
static void
abandon(struct ike *ike, struct ike_sa *sa)
{
    const struct exchange *exchange;

    LIST_FOREACH(exchange, &sa->exchanges, link) {
        struct tunnel *tunnel = exchange->quick != NULL && !exchange->is_done
                                    ? tunnel_find(ike, exchange->quick->number)
                                    : NULL;

        if (tunnel == NULL || tunnel->generation != exchange->quick->generation)
            continue;
        if (exchange->quick->probe != NULL) {
            (void)fault(ike, IKE_REASON_REFUSED, 0);
            probe_quick_failed(ike, exchange->quick);
            continue;
        }
        child_drop_unready(ike, tunnel, exchange->quick->in_spi);
        if (!exchange->is_initiator || !tunnel->is_negotiating)
            continue;
        if (sa->has_served) {
            tunnel->is_negotiating = false;
            tunnel_begin(ike, tunnel);
            continue;
        }
        (void)fault(ike, IKE_REASON_REFUSED, 0);
        ike->fault.stage = IKE_STAGE_PHASE2;
        ike->fault.is_initiator = true;
        fault_text(ike->fault.mismatch,
            "The IKE SA ended in the middle of the negotiation.");
        tunnel_failed(ike, tunnel);
        failure_tell(ike, sa, tunnel->config.number);
    }
}

void
reap(struct ike *ike)
{
    while (ike->dead_count > 0) {
        struct ike_sa *sa = ike->sas[ike->dead[--ike->dead_count]];
        struct peer *peer = sa->peer;

        if (sa->is_established)
            abandon(ike, sa);
        if (sa->is_full)
            pace_wait(ike, peer);
        if (peer->was_up && peer_sa(peer) == NULL) {
            peer->was_up = false;
            peer_describe(sa, &action_add(ike, IKE_ACTION_PEER_DOWN)->peer);
        }
        ike_sa_free(ike, sa);
    }
    pace_next(ike);
}

/* ---- rows ---- */

static uint64_t
cookie_number(const uint8_t *cookie)
{
    return (uint64_t)get_u32(cookie) << 32 | get_u32(cookie + 4);
}

static struct ike_sa_row
row_of(const struct ike_sa *sa)
{
    return (struct ike_sa_row){
        .vr = sa->peer->vr,
        .local = sa->peer->local,
        .remote = sa->peer->remote,
        .local_port = sa->local_port,
        .remote_port = sa->remote_port,
        .initiator_cookie = cookie_number(sa->cookies[INITIATOR]),
        .responder_cookie = cookie_number(sa->cookies[RESPONDER]),
        .is_initiator = sa->is_initiator,
        .is_established = sa->is_established,
        .is_nat = sa->has_nat,
        .is_aggressive = sa->is_aggressive,
        .messages = sa->main.step,
        .identity = sa->identity,
        .rule = sa->suite,
        .established_us = sa->established_us,
        .expires_us = sa->expires_us,
        .certificate_id = sa->certificate_id,
    };
}

bool
ike_next_sa(const struct ike *ike, uint32_t *cursor, struct ike_sa_row *out_row)
{
    while (*cursor < ike->sa_room) {
        const struct ike_sa *sa = ike->sas[(*cursor)++];

        if (sa == NULL)
            continue;
        *out_row = row_of(sa);
        return true;
    }
    return false;
}

const struct ike_rule *
ike_tunnel_suite(const struct ike *ike, uint32_t number)
{
    const struct tunnel *tunnel = tunnel_find(ike, number);
    const struct ike_sa *sa = tunnel != NULL ? tunnel_sa(tunnel) : NULL;

    return sa == NULL ? NULL : &sa->suite;
}

bool
ike_peer_state(
    const struct ike *ike, uint32_t number, struct ike_peer_state *out_state)
{
    const struct tunnel *tunnel = tunnel_find(ike, number);

    if (tunnel == NULL || tunnel->peer == NULL)
        return false;
    *out_state = tunnel->peer->state;
    return true;
}

uint32_t
ike_next_tunnel(
    const struct ike *ike, const struct ike_peer *peer, uint32_t after)
{
    const struct tunnel *tunnel = tunnel_find(ike, after);
    const struct peer *of;

    if (after == IKE_NO_TUNNEL) {
        of = peer_find(ike, peer->vr, peer->local, peer->remote);
        tunnel = of != NULL ? LIST_FIRST(&of->tunnels) : NULL;
    } else if (tunnel != NULL) {
        tunnel = LIST_NEXT(tunnel, of_peer);
    }
    return tunnel != NULL ? tunnel->config.number : IKE_NO_TUNNEL;
}

void
ike_counters(const struct ike *ike, struct ike_counters *out_counters)
{
    *out_counters = ike->counters;
}
