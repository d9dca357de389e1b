/*
 * child.c - the pairs of SAs of a tunnel.
 *
 *    message 2   inbound SA to the packet engine
 *    message 3   outbound SA: at once for the responder and where there is
 *                none yet; else the initiator waits a moment, since the peer
 *                has its inbound SA for certain, but may be busy with it
 *    + 30, 60 s  the old pair goes: DELETE, and the SA itself ten seconds
 *                later
 *
 * The current pair stands first in the tunnel's array.
 */
#include "ike/quick.h"

#include "base/arena.h"
#include "ike/numbers.h"

#include <stdlib.h>
#include <string.h>

enum {
    SWAP_US = SECOND_US,
    RETRY_S = 30,
    LINGER_S = 10,
    AGEING_TO_REST = 9, /* of an SA's volume, when it is told to be ageing */
};

void
child_done(struct child *child)
{
    if (child->outbound != NULL)
        wipe(child->outbound, sizeof *child->outbound);
    free(child->outbound);
    child->outbound = NULL;
}

struct child *
tunnel_current(struct tunnel *tunnel)
{
    for (size_t i = 0; i < tunnel->child_count; i++) {
        if (tunnel->children[i].is_outbound_added)
            return &tunnel->children[i];
    }
    return NULL;
}

static void
tell_remove(struct ike *ike, const struct tunnel *tunnel, bool is_outbound,
    uint32_t spi, enum cause why)
{
    action_add(ike, IKE_ACTION_SA_REMOVE)->sa_remove =
        (struct ike_sa_remove){tunnel->config.number, is_outbound, spi, why};
}

/* DELETE, if there is a way to say it. */
static void
tell_peer(
    struct ike *ike, const struct tunnel *tunnel, const struct child *child)
{
    struct ike_sa *sa = tunnel_sa(tunnel);
    uint8_t spi[SPI_SIZE];

    if (sa == NULL)
        return;
    put_u32(spi, child->in_spi);
    send_delete(ike, sa, child->protocol, spi, sizeof spi);
}

void
child_remove(struct ike *ike, struct tunnel *tunnel, size_t at, bool tell,
    enum cause why)
{
    struct child child = tunnel->children[at];

    tunnel->child_count--;
    memmove(&tunnel->children[at], &tunnel->children[at + 1],
        (tunnel->child_count - at) * sizeof tunnel->children[0]);
    if (child.is_outbound_added)
        tell_remove(ike, tunnel, true, child.out_spi, why);
    tell_remove(ike, tunnel, false, child.in_spi, why);
    if (tell && !child.is_told)
        tell_peer(ike, tunnel, &child);
    spi_release(ike, child.in_spi);
    child_done(&child);
}

void
children_remove(
    struct ike *ike, struct tunnel *tunnel, bool tell, enum cause why)
{
    while (tunnel->child_count > 0)
        child_remove(ike, tunnel, tunnel->child_count - 1, tell, why);
}

static size_t
find_child(const struct tunnel *tunnel, uint32_t in_spi)
{
    size_t at = 0;

    while (at < tunnel->child_count && tunnel->children[at].in_spi != in_spi)
        at++;
    return at;
}

/* ---- made ---- */

static void
describe(const struct ike_sa *sa, const struct tunnel *tunnel,
    const struct quick *quick, bool we_began, struct ike_sa_add *out)
{
    out->number = tunnel->config.number;
    out->transform = quick->transform;
    out->local = sa->peer->local;
    out->remote = sa->peer->remote;
    out->is_transport = quick->is_transport;
    out->is_udp = quick->is_udp;
    out->local_port = quick->is_udp ? sa->local_port : 0;
    out->remote_port = quick->is_udp ? sa->remote_port : 0;
    out->lifetime_s = quick->lifetime_s;
    out->lifetime_kb = quick->lifetime_kb;
    out->local_selector = quick->selectors[we_began ? INITIATOR : RESPONDER];
    out->remote_selector = quick->selectors[we_began ? RESPONDER : INITIATOR];
}

static void
make_sas(struct ike *ike, const struct ike_sa *sa, const struct quick *quick,
    const struct dh_value *secret, struct child *child)
{
    const struct tunnel *tunnel = tunnel_find(ike, quick->number);
    struct ike_sa_add *inbound = &action_add(ike, IKE_ACTION_SA_ADD)->sa_add;

    describe(sa, tunnel, quick, child->we_began, inbound);
    inbound->spi = quick->in_spi;
    inbound->peer_spi = quick->out_spi;
    keymat_phase2(sa, quick, secret, quick->in_spi, inbound);
    child->outbound = mem_alloc(sizeof *child->outbound);
    describe(sa, tunnel, quick, child->we_began, child->outbound);
    child->outbound->is_outbound = true;
    child->outbound->spi = quick->out_spi;
    child->outbound->peer_spi = quick->in_spi;
    keymat_phase2(sa, quick, secret, quick->out_spi, child->outbound);
}

/* Is a missed less than b?  One that is sent by most of all, then one that has
 * not been replaced, then the newer one. */
static bool
is_missed_less(const struct child *a, const struct child *b)
{
    bool retires = a->retire_us != 0;

    if (a->is_outbound_added != b->is_outbound_added)
        return b->is_outbound_added;
    if (retires != (b->retire_us != 0))
        return retires;
    return a->created_us < b->created_us;
}

/* Where there are as many pairs as there may be: which one makes room. */
static size_t
find_spare(const struct tunnel *tunnel)
{
    size_t spare = 0;

    for (size_t i = 1; i < tunnel->child_count; i++) {
        if (is_missed_less(&tunnel->children[i], &tunnel->children[spare]))
            spare = i;
    }
    return spare;
}

enum err
child_add(struct ike *ike, const struct exchange *exchange)
{
    const struct quick *quick = exchange->quick;
    struct tunnel *tunnel = tunnel_find(ike, quick->number);
    bool we_began = exchange->is_initiator;
    const struct blob *ke = &quick->ke[we_began ? RESPONDER : INITIATOR];
    struct dh_value secret;
    struct child *child;
    enum err error;

    if (quick->group != 0) {
        error = dh_shared(quick->dh, ke->bytes, ke->length, &secret);
        if (error != OK)
            return error;
    }
    if (tunnel->child_count == CHILDREN_MAX)
        child_remove(ike, tunnel, find_spare(tunnel), true, CAUSE_RENEWED);
    child = &tunnel->children[tunnel->child_count++];
    *child = (struct child){
        .we_began = we_began,
        .in_spi = quick->in_spi,
        .out_spi = quick->out_spi,
        .protocol = phase2_kind(quick->transform)->protocol,
        .created_us = ike->now_us,
        .began_us = exchange->began_us,
        .rekey_us = rekey_time(ike, quick->lifetime_s),
        .expires_us = ike->now_us + quick->lifetime_s * (uint64_t)SECOND_US,
    };
    exchange->quick->has_child = true;
    make_sas(
        ike, exchange->sa, quick, quick->group != 0 ? &secret : NULL, child);
    wipe(&secret, sizeof secret);
    tunnel_schedule(ike, tunnel);
    return OK;
}

/* ---- in use ---- */

/* The first child's outbound SA becomes the tunnel's. */
static void
make_current(struct ike *ike, struct tunnel *tunnel)
{
    struct child *child = &tunnel->children[0];

    child->swap_us = 0;
    child->retire_us = 0;
    child->current_us = ike->now_us;
    child->is_outbound_added = true;
    action_add(ike, IKE_ACTION_SA_ADD)->sa_add = *child->outbound;
    for (size_t i = 1; i < tunnel->child_count; i++) {
        struct child *old = &tunnel->children[i];

        if (!old->is_outbound_added)
            continue;
        old->is_outbound_added = false;
        tell_remove(ike, tunnel, true, old->out_spi, CAUSE_RENEWED);
    }
}

/* An order of pairs that both ends see alike, behind a NAT too: by the lower
 * of their two SPIs. */
static bool
is_before(const struct child *a, const struct child *b)
{
    uint32_t of_a = a->in_spi < a->out_spi ? a->in_spi : a->out_spi;
    uint32_t of_b = b->in_spi < b->out_spi ? b->in_spi : b->out_spi;

    return of_a < of_b;
}

/* When both ends renew at once there are two new pairs: both ends keep the
 * first of them in that order.  Otherwise the newer one. */
static bool
is_preferred(const struct child *child, const struct child *current)
{
    return child->we_began == current->we_began ||
           child->began_us > current->ready_us || is_before(child, current);
}

/* Does the peer get what goes out by this one?  Not if it has moved. */
static bool
leads_there(const struct child *old, const struct child *child)
{
    return old->outbound->remote == child->outbound->remote &&
           old->outbound->remote_port == child->outbound->remote_port;
}

/* The child at this place becomes the first. */
static void
move_first(struct tunnel *tunnel, size_t at)
{
    struct child child = tunnel->children[at];

    memmove(&tunnel->children[1], &tunnel->children[0],
        at * sizeof tunnel->children[0]);
    tunnel->children[0] = child;
}

/* Until the peer has its inbound SA for certain; but no longer than half of
 * the time that the old outbound SA will last at its pace. */
static uint64_t
swap_time(const struct ike *ike, struct tunnel *tunnel)
{
    const struct child *used = tunnel_current(tunnel);
    uint64_t wait_us = SWAP_US;

    if (used != NULL && used->full_us != 0) {
        uint64_t rest_us =
            used->full_us > ike->now_us ? used->full_us - ike->now_us : 0;

        wait_us = rest_us / 2 < SWAP_US ? rest_us / 2 : SWAP_US;
    }
    return ike->now_us + wait_us;
}

void
child_ready(struct ike *ike, struct tunnel *tunnel, uint32_t in_spi)
{
    size_t at = find_child(tunnel, in_spi);
    const struct child *current =
        tunnel->child_count > 0 && tunnel->children[0].is_ready
            ? &tunnel->children[0]
            : NULL;
    uint64_t swap_us;
    struct child *child;
    bool waits;

    if (at == tunnel->child_count)
        return;
    child = &tunnel->children[at];
    child->is_ready = true;
    child->ready_us = ike->now_us;
    if (current != NULL && !is_preferred(child, current)) {
        child->retire_us = clean_up_time(ike, is_before(current, child));
        tunnel_schedule(ike, tunnel);
        return;
    }
    for (size_t i = 0; i < tunnel->child_count; i++) {
        struct child *old = &tunnel->children[i];

        if (i == at)
            continue;
        old->swap_us = 0; /* it was overtaken */
        if (old->is_ready && old->retire_us == 0)
            old->retire_us = clean_up_time(ike, is_before(child, old));
    }
    swap_us = swap_time(ike, tunnel);
    waits = current != NULL && child->we_began && leads_there(current, child);
    move_first(tunnel, at);
    if (current == NULL) {
        tunnel->received_us = ike->now_us;
        tunnel->is_doubted = false;
    }
    if (waits) {
        tunnel->children[0].swap_us = swap_us;
    } else {
        make_current(ike, tunnel);
    }
    tunnel_schedule(ike, tunnel);
}

/* The current pair is gone, another one still stands: use that. */
static void
fall_back(struct ike *ike, struct tunnel *tunnel)
{
    for (size_t i = 0; i < tunnel->child_count; i++) {
        if (tunnel->children[i].is_outbound_added)
            return;
    }
    for (size_t i = 0; i < tunnel->child_count; i++) {
        if (!tunnel->children[i].is_ready || tunnel->children[i].is_told)
            continue;
        move_first(tunnel, i);
        make_current(ike, tunnel);
        tunnel_schedule(ike, tunnel);
        return;
    }
}

void
child_drop_unready(struct ike *ike, struct tunnel *tunnel, uint32_t in_spi)
{
    size_t at = find_child(tunnel, in_spi);

    if (at < tunnel->child_count && !tunnel->children[at].is_ready)
        child_remove(ike, tunnel, at, false, CAUSE_SILENCE);
}

void
child_deleted(struct ike *ike, const struct ike_sa *sa, uint8_t protocol,
    uint32_t out_spi)
{
    struct tunnel *tunnel;

    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        if (!ike_sa_serves(sa, tunnel))
            continue;
        for (size_t i = 0; i < tunnel->child_count; i++) {
            struct child *child = &tunnel->children[i];

            if (child->out_spi != out_spi || child->protocol != protocol)
                continue;
            child_remove(ike, tunnel, i, false, CAUSE_PEER_DELETED);
            fall_back(ike, tunnel);
            return;
        }
    }
}

/* ---- time ---- */

uint64_t
tunnel_due(const struct tunnel *tunnel)
{
    uint64_t due = UINT64_MAX;

    for (size_t i = 0; i < tunnel->child_count; i++) {
        const struct child *child = &tunnel->children[i];
        const uint64_t times[] = {
            i == 0 && child->swap_us != 0 ? child->swap_us : UINT64_MAX,
            child->retire_us != 0 ? child->retire_us : UINT64_MAX,
            i == 0 && child->is_ready && !child->has_replaced ? child->rekey_us
                                                              : UINT64_MAX,
            child->expires_us,
        };

        for (size_t t = 0; t < sizeof times / sizeof times[0]; t++)
            due = times[t] < due ? times[t] : due;
    }
    return due;
}

/* The peer may still send by the pair, if it sees things differently: it is
 * told to stop, and what is under way may come in. */
static void
retire(struct ike *ike, const struct tunnel *tunnel, struct child *child)
{
    tell_peer(ike, tunnel, child);
    child->is_told = true;
    child->retire_us = ike->now_us + LINGER_S * (uint64_t)SECOND_US;
}

static void
clean_up(struct ike *ike, struct tunnel *tunnel)
{
    for (size_t i = tunnel->child_count; i-- > 0;) {
        struct child *child = &tunnel->children[i];
        bool is_retired =
            child->retire_us != 0 && child->retire_us <= ike->now_us;

        if (child->expires_us <= ike->now_us ||
            (is_retired && child->is_told)) {
            child_remove(ike, tunnel, i, true, CAUSE_EXPIRED);
        } else if (is_retired) {
            retire(ike, tunnel, child);
        }
    }
}

void
tunnel_tick(struct ike *ike, struct tunnel *tunnel)
{
    struct child *first;

    if (tunnel->child_count > 0 && tunnel->children[0].swap_us != 0 &&
        tunnel->children[0].swap_us <= ike->now_us)
        make_current(ike, tunnel);
    clean_up(ike, tunnel);
    fall_back(ike, tunnel);
    if (tunnel->child_count == 0)
        return;
    first = &tunnel->children[0];
    if (first->is_ready && !first->has_replaced &&
        first->rekey_us <= ike->now_us) {
        first->has_replaced = true;
        note(ike, tunnel->config.number, tunnel->config.remote.address,
            "the SAs are renewed");
        tunnel_begin(ike, tunnel);
    }
}

void
tunnel_failed(struct ike *ike, struct tunnel *tunnel)
{
    tunnel->is_negotiating = false;
    tunnel->is_waiting = false;
    if (tunnel->child_count == 0)
        return;
    tunnel->children[0].has_replaced = false;
    tunnel->children[0].rekey_us = ike->now_us + RETRY_S * (uint64_t)SECOND_US;
    tunnel_schedule(ike, tunnel);
}

/* ---- volume ---- */

static struct child *
find_sa(struct tunnel *tunnel, bool is_outbound, uint32_t spi)
{
    for (size_t i = 0; tunnel != NULL && i < tunnel->child_count; i++) {
        struct child *child = &tunnel->children[i];

        if ((is_outbound ? child->out_spi : child->in_spi) == spi)
            return child;
    }
    return NULL;
}

/* Both ends count the same packets: the one that sends is to be the first to
 * renew, and what is renewed already is not renewed for the old pair again. */
void
ike_sa_ageing(struct ike *ike, uint64_t now_us, uint32_t number,
    bool is_outbound, uint32_t spi)
{
    struct tunnel *tunnel = tunnel_find(ike, number);
    struct child *child = find_sa(tunnel, is_outbound, spi);

    ike->now_us = now_us;
    if (child == NULL)
        return;
    if (is_outbound && child->current_us != 0) {
        child->full_us = now_us + (now_us - child->current_us) / AGEING_TO_REST;
    }
    if (child == &tunnel->children[0] && !child->has_replaced)
        ike_rekey(ike, now_us, number);
}

void
ike_sa_ended(struct ike *ike, uint64_t now_us, uint32_t number,
    bool is_outbound, uint32_t spi)
{
    struct tunnel *tunnel = tunnel_find(ike, number);
    const struct child *child = find_sa(tunnel, is_outbound, spi);

    ike->now_us = now_us;
    if (child == NULL)
        return;
    if (!is_outbound) {
        child_remove(ike, tunnel, (size_t)(child - tunnel->children), true,
            CAUSE_EXPIRED);
        fall_back(ike, tunnel);
    } else if (tunnel->children[0].swap_us != 0) {
        make_current(ike, tunnel); /* its successor need not wait */
    }
}
