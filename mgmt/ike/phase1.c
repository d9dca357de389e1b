/*
 * phase1.c - what main and aggressive mode share: how it begins, the key
 * exchange, and what follows when it is done.  RFC 2409, 5.
 */
#include "ike/phase1.h"

#include "crypto/provider.h"
#include "ike/numbers.h"
#include "ike/quick.h"

#include <string.h>

enum { HALF_OPEN_TELL_US = 60 * SECOND_US, HALF_OPEN_ANSWER_US = SECOND_US };

/* ---- beginning and answering ---- */

void
phase1_use_mode(struct ike_sa *sa, bool is_aggressive)
{
    sa->is_aggressive = is_aggressive;
    sa->main.type = is_aggressive ? EXCHANGE_AGGRESSIVE : EXCHANGE_MAIN;
    sa->main.steps = is_aggressive ? aggressive_steps : main_steps;
    sa->main.step_count = is_aggressive ? 3 : 6;
}

bool
phase1_begin(struct ike *ike, struct peer *peer)
{
    struct ike_rule offer[IKE_RULES_MAX];
    const struct ike_sa *before = peer_sa(peer);
    const struct secret *key;
    struct ike_sa *sa;
    size_t offered = 0;
    bool is_aggressive = false;
    bool by_name = false;

    if (!choose_offer(ike, peer, offer, &offered, &is_aggressive)) {
        ike->fault.is_initiator = true;
        failure_tell_peer(ike, peer);
        return false;
    }
    key = initiator_key(ike, peer, is_aggressive, &by_name);
    sa = ike_sa_new(ike, peer, true);
    sa->local_port = IKE_PORT;
    sa->remote_port = IKE_PORT;
    if (before != NULL && before->has_nat) {
        sa->local_port = before->local_port;
        sa->remote_port = before->remote_port;
    }
    sa->is_known_by_name = by_name;
    if (key != NULL)
        sa->p1->key = *key;
    phase1_offer(sa, offer, offered);
    phase1_use_mode(sa, is_aggressive);
    pace_take(ike, sa);
    (void)fault(ike, IKE_REASON_KEY_EXCHANGE, 0); /* it could not be made */
    if (exchange_advance(ike, &sa->main) != OK) {
        exchange_fail(ike, &sa->main);
        return false;
    }
    return true;
}

/* Those of one source. */
static bool
is_full_of(const struct ike *ike, const struct peer *peer)
{
    const struct ike_sa *sa;
    uint32_t count = 0;

    if (peer == NULL)
        return false;
    LIST_FOREACH(sa, &peer->sas, of_peer)
        count += !sa->is_initiator && !sa->is_established;
    return count >= ike->limits.half_open_per_source;
}

/* It has cost us nothing yet, and the answer to ours should have come. */
static bool
may_give_way(const struct ike *ike, const struct ike_sa *sa)
{
    return !sa->is_aggressive && sa->main.step <= 2 && !sa->is_dead &&
           ike->now_us >= sa->created_us + HALF_OPEN_ANSWER_US;
}

/* Whoever says another's address never sees our cookie, and gets no further
 * than this.  He must not need more than a few messages a minute to keep
 * everybody out: the one begun first gives way.  False: none does. */
static bool
has_room(struct ike *ike, const struct peer *peer)
{
    bool is_full = is_full_of(ike, peer);
    struct ike_sa *sa;

    if (!is_full && ike->counters.half_open < ike->limits.half_open)
        return true;
    TAILQ_FOREACH(sa, &ike->half_open, of_half_open) {
        if (ike->now_us < sa->created_us + HALF_OPEN_ANSWER_US)
            return false; /* those behind it are younger still */
        if (may_give_way(ike, sa) && (!is_full || sa->peer == peer)) {
            datagram_drop(ike, IKE_DROP_HALF_OPEN);
            ike_sa_end(ike, sa, false);
            return true;
        }
    }
    return false;
}

/* Not for each message of a flood. */
static bool
is_worth_telling(struct ike *ike, struct peer *peer)
{
    bool is_known = peer != NULL && !LIST_EMPTY(&peer->tunnels);
    uint64_t *told_us =
        is_known ? &peer->half_open_told_us : &ike->half_open_told_us;

    if (*told_us != 0 && ike->now_us < *told_us + HALF_OPEN_TELL_US)
        return false;
    *told_us = ike->now_us;
    return true;
}

struct ike_sa *
phase1_answer(struct ike *ike, const struct ike_datagram *datagram,
    const struct header *header)
{
    struct peer *peer =
        peer_find(ike, datagram->vr, datagram->local, datagram->remote);
    struct ike_sa *sa;

    if (!has_room(ike, peer)) {
        datagram_drop(ike, IKE_DROP_HALF_OPEN);
        if (!is_worth_telling(ike, peer))
            return NULL;
        peer = peer_get(ike, datagram->vr, datagram->local, datagram->remote);
        (void)fault(ike, IKE_REASON_HALF_OPEN, 0);
        fault_text(ike->fault.mismatch,
            "%u negotiations that others began are not finished, of at most "
            "%u, and %u of one source: first messages of this peer, too, are "
            "not answered.",
            ike->counters.half_open, ike->limits.half_open,
            ike->limits.half_open_per_source);
        ike->fault.remote_port = datagram->remote_port;
        failure_tell_peer(ike, peer);
        peer_release(ike, peer);
        return NULL;
    }
    peer = peer_get(ike, datagram->vr, datagram->local, datagram->remote);
    sa = ike_sa_new(ike, peer, false);
    memcpy(sa->cookies[INITIATOR], header->cookies[INITIATOR], COOKIE_SIZE);
    sa->local_port = datagram->local_port;
    sa->remote_port = datagram->remote_port;
    phase1_use_mode(sa, header->exchange == EXCHANGE_AGGRESSIVE);
    sa->main.due_us = ike->now_us + 45 * (uint64_t)SECOND_US;
    ike_sa_schedule(ike, sa);
    return sa;
}

/* ---- key exchange ---- */

enum err
p1_make_dh(struct ike *ike, struct ike_sa *sa)
{
    int us = sa->is_initiator ? INITIATOR : RESPONDER;
    struct phase1 *p1 = sa->p1;
    uint8_t nonce[NONCE_SIZE];
    const struct dh_value *public;
    enum err error;

    dh_free(p1->dh);
    p1->dh = NULL;
    error = dh_new(ike->crypto, sa->suite.group, &p1->dh);
    if (error != OK)
        return error;
    public = dh_public(p1->dh);
    blob_set(&p1->ke[us], public->bytes, public->length);
    crypto_random(ike->crypto, nonce, sizeof nonce);
    blob_set(&p1->nonces[us], nonce, sizeof nonce);
    return OK;
}

void
p1_build_ke(struct ike *ike, struct ike_sa *sa, struct builder *b)
{
    int us = sa->is_initiator ? INITIATOR : RESPONDER;
    const struct phase1 *p1 = sa->p1;

    (void)ike;
    build_payload(b, PAYLOAD_KE, p1->ke[us].bytes, p1->ke[us].length);
    build_payload(
        b, PAYLOAD_NONCE, p1->nonces[us].bytes, p1->nonces[us].length);
}

enum err
p1_take_ke(struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    const struct payload *ke = message_find(message, PAYLOAD_KE);
    const struct payload *nonce = message_find(message, PAYLOAD_NONCE);
    int them = sa->is_initiator ? RESPONDER : INITIATOR;

    if (nonce->length < NONCE_MIN || nonce->length > NONCE_MAX)
        return ERR_MALFORMED;
    if (ke->length != dh_public_size(sa->suite.group)) {
        (void)fault(ike, IKE_REASON_KEY_EXCHANGE, 0);
        fault_text(ike->fault.mismatch,
            "The peer's Diffie-Hellman value has %zu bytes; group %u has %zu.",
            ke->length, sa->suite.group, dh_public_size(sa->suite.group));
        return ERR_MALFORMED;
    }
    blob_set(&sa->p1->ke[them], ke->body, ke->length);
    blob_set(&sa->p1->nonces[them], nonce->body, nonce->length);
    return OK;
}

enum err
p1_derive(struct ike *ike, struct ike_sa *sa)
{
    int them = sa->is_initiator ? RESPONDER : INITIATOR;
    struct phase1 *p1 = sa->p1;
    struct dh_value secret;
    enum err error =
        dh_shared(p1->dh, p1->ke[them].bytes, p1->ke[them].length, &secret);

    if (error == ERR_MALFORMED)
        (void)fault(ike, IKE_REASON_KEY_EXCHANGE, 0);
    if (error != OK)
        return error;
    keymat_skeyid(sa, &secret, p1->skeyid);
    keymat_phase1(sa, &secret);
    wipe(&secret, sizeof secret);
    return OK;
}

/* ---- first contact ---- */

static bool
is_first_contact(const struct peer *peer)
{
    const struct tunnel *tunnel;

    if (peer->has_greeted || peer_sa(peer) != NULL)
        return false;
    LIST_FOREACH(tunnel, &peer->tunnels, of_peer) {
        if (tunnel->child_count > 0)
            return false;
    }
    return true;
}

void
p1_build_greeting(struct ike *ike, struct ike_sa *sa, struct builder *b)
{
    (void)ike;
    if (!is_first_contact(sa->peer))
        return;
    build_payload_begin(b, PAYLOAD_NOTIFY);
    wr_u32(&b->w, DOI_IPSEC);
    wr_u8(&b->w, PROTOCOL_ISAKMP);
    wr_u8(&b->w, sizeof sa->cookies);
    wr_u16(&b->w, NOTIFY_INITIAL_CONTACT);
    wr_bytes(&b->w, sa->cookies, sizeof sa->cookies);
    build_payload_end(b);
}

void
p1_take_notifies(
    struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    for (size_t i = 0; i < message->count; i++) {
        if (message->payloads[i].type == PAYLOAD_NOTIFY)
            take_notify(ike, sa, &message->payloads[i], true);
    }
}

/* ---- done ---- */

static void
learn_tunnel(struct ike *ike, struct ike_sa *sa, struct tunnel *tunnel)
{
    const struct ike_tunnel *config = &tunnel->config;

    if (tunnel->peer == sa->peer || config->remote.name[0] == '\0' ||
        config->vr != sa->peer->vr || config->local != sa->peer->local ||
        !identity_is_same(&config->remote, &sa->identity))
        return;
    /* the peer was elsewhere */
    children_remove(ike, tunnel, false, CAUSE_PEER_MOVED);
    tunnel_bind(ike, tunnel, sa->peer);
}

/* A peer that proved a name: its tunnels are those of that name. */
static void
learn_address(struct ike *ike, struct ike_sa *sa)
{
    if (!sa->is_known_by_name)
        return;
    for (uint32_t i = 0; i < ike->tunnel_room; i++) {
        if (ike->tunnels[i] != NULL)
            learn_tunnel(ike, sa, ike->tunnels[i]);
    }
}

/* An order that both ends see alike. */
static bool
is_before(const struct ike_sa *a, const struct ike_sa *b)
{
    return memcmp(a->cookies, b->cookies, sizeof a->cookies) < 0;
}

/* Two that both ends began at once: both ends keep the first in that order.
 * Otherwise the newer one. */
static bool
is_preferred(const struct ike_sa *sa, const struct ike_sa *other)
{
    return sa->is_initiator == other->is_initiator ||
           sa->created_us > other->established_us || is_before(sa, other);
}

static void
supersede(struct ike *ike, struct ike_sa *sa, const struct ike_sa *by)
{
    uint64_t end = clean_up_time(ike, is_before(by, sa));

    sa->is_superseded = true;
    if (sa->expires_us > end)
        sa->expires_us = end;
    ike_sa_schedule(ike, sa);
}

static void
supersede_others(struct ike *ike, struct ike_sa *sa)
{
    struct ike_sa *other;

    LIST_FOREACH(other, &sa->peer->sas, of_peer) {
        if (other == sa || !other->is_established || other->is_superseded ||
            other->is_dead || !ike_sa_is_with_same(sa, other))
            continue;
        if (is_preferred(sa, other)) {
            supersede(ike, other, sa);
        } else {
            supersede(ike, sa, other);
        }
    }
}

static void
tell_up(struct ike *ike, struct ike_sa *sa)
{
    struct ike_peer *peer;

    if (sa->peer->was_up)
        return;
    sa->peer->was_up = true;
    peer = &action_add(ike, IKE_ACTION_PEER_UP)->peer;
    peer->vr = sa->peer->vr;
    peer->number = IKE_NO_TUNNEL;
    peer->local = sa->peer->local;
    peer->local_port = sa->local_port;
    peer->remote = sa->peer->remote;
    peer->remote_port = sa->remote_port;
    peer->identity = sa->identity;
    peer->is_nat = sa->has_nat;
}

static void
remember_peer(const struct ike *ike, struct ike_sa *sa)
{
    struct ike_peer_state *state = &sa->peer->state;

    if (state->phase1_count++ == 0)
        state->first_phase1_us = ike->now_us;
    if (!sa->is_initiator)
        state->offered_lifetime_s = sa->offered_lifetime_s;
    state->heard_us = ike->now_us;
}

void
phase1_done(struct ike *ike, struct ike_sa *sa)
{
    sa->is_established = true;
    pace_give(ike, sa);
    if (!sa->is_initiator)
        half_open_end(ike, sa);
    sa->established_us = ike->now_us;
    sa->expires_us = ike->now_us + sa->suite.lifetime_s * (uint64_t)SECOND_US;
    sa->rekey_us = rekey_time(ike, sa->suite.lifetime_s);
    memcpy(sa->last_block, sa->main.iv, sizeof sa->last_block);
    sa->dpd.received_us = ike->now_us;
    sa->dpd.sent_us = ike->now_us;
    sa->peer->has_greeted = true;
    remember_peer(ike, sa);
    phase1_free(sa);
    learn_address(ike, sa);
    supersede_others(ike, sa);
    tell_up(ike, sa);
    peer_ready(ike, sa->peer);
    if (!sa->is_superseded)
        moved_renew(ike, sa);
    ike_sa_schedule(ike, sa);
}
