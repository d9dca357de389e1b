/*
 * phase1.c - what main and aggressive mode share.  RFC 2409, 5.
 *
 * As initiator we take the first rule that asks for aggressive mode and offer
 * it with the others of its group; without one it is main mode, with all
 * rules.  As responder the first rule wins that matches one of the offers and
 * allows the mode.
 */
#include "ike/engine.h"

#include "base/arena.h"
#include "base/ip.h"
#include "crypto/provider.h"
#include "ike/numbers.h"

#include <stdio.h>
#include <string.h>

enum { SOURCE_TEXT = 64, HALF_OPEN_TELL_US = 60 * SECOND_US };

const struct tunnel *
peer_first_tunnel(const struct peer *peer)
{
    return LIST_FIRST(&peer->tunnels);
}

/* ---- beginning and answering ---- */

void
phase1_use_mode(struct ike_sa *sa, bool is_aggressive)
{
    sa->is_aggressive = is_aggressive;
    sa->main.type = is_aggressive ? EXCHANGE_AGGRESSIVE : EXCHANGE_MAIN;
    sa->main.steps = is_aggressive ? aggressive_steps : main_steps;
    sa->main.step_count = is_aggressive ? 3 : 6;
}

void
phase1_offer(struct ike_sa *sa, const struct ike_rule *rules, size_t count)
{
    sa->p1->offered = mem_alloc(count * sizeof *rules);
    memcpy(sa->p1->offered, rules, count * sizeof *rules);
    sa->p1->offered_count = count;
}

/* What this end offers; false: main mode. */
static bool
choose_offer(const struct ike_rule *rules, size_t count,
    struct ike_rule out_offer[IKE_RULES_MAX], size_t *out_count)
{
    const struct ike_rule *wanted = NULL;
    size_t offered = 0;

    for (size_t i = 0; i < count && wanted == NULL; i++) {
        if (rules[i].aggressive == IKE_AGGRESSIVE_REQUESTED ||
            rules[i].aggressive == IKE_AGGRESSIVE_REQUIRED)
            wanted = &rules[i];
    }
    for (size_t i = 0; i < count; i++) {
        bool fits =
            wanted == NULL || (rules[i].group == wanted->group &&
                                  rules[i].aggressive != IKE_AGGRESSIVE_NONE);

        if (fits)
            out_offer[offered++] = rules[i];
    }
    *out_count = offered;
    return wanted != NULL;
}

/* By the address; the key of a name is for aggressive mode only. */
static const struct secret *
initiator_key(const struct ike *ike, const struct peer *peer,
    bool is_aggressive, bool *out_by_name)
{
    struct ike_identity address = {.address = peer->remote};
    const struct secret *key = key_find(ike, peer->vr, &address);
    const struct tunnel *tunnel = peer_first_tunnel(peer);

    *out_by_name = false;
    if (tunnel != NULL && tunnel->config.remote.name[0] != '\0' &&
        is_aggressive) {
        key = key_find(ike, peer->vr, &tunnel->config.remote);
        *out_by_name = key != NULL;
    }
    return key;
}

static void
fault_no_key(struct ike *ike, const struct peer *peer, const char *who)
{
    (void)fault(ike, IKE_REASON_NO_KEY, NOTIFY_NO_PROPOSAL);
    ike->fault.stage = IKE_STAGE_PHASE1_PROPOSAL;
    fault_text(ike->fault.mismatch,
        "There is no preshared key for %s in this virtual router.", who);
    fault_text(ike->fault.advice,
        "Here: enter the key for %s in the tunnel's transport virtual router.",
        who);
    (void)peer;
}

bool
phase1_begin(struct ike *ike, struct peer *peer)
{
    struct ike_rule rules[IKE_RULES_MAX];
    struct ike_rule offer[IKE_RULES_MAX];
    size_t count = rules_for(ike, peer->vr, peer->local, rules);
    size_t offered = 0;
    bool is_aggressive = choose_offer(rules, count, offer, &offered);
    bool by_name = false;
    const struct secret *key =
        initiator_key(ike, peer, is_aggressive, &by_name);
    const struct ike_sa *before = peer_sa(peer);
    char text[IP_TEXT_SIZE];
    struct ike_sa *sa;

    if (count == 0) {
        (void)fault(ike, IKE_REASON_NO_RULE, 0);
        ike->fault.is_initiator = true;
        failure_tell_peer(ike, peer);
        return false;
    }
    if (key == NULL) {
        fault_no_key(ike, peer, ip_format(peer->remote, text));
        ike->fault.is_initiator = true;
        failure_tell_peer(ike, peer);
        return false;
    }
    sa = ike_sa_new(ike, peer, true);
    sa->local_port = IKE_PORT;
    sa->remote_port = IKE_PORT;
    if (before != NULL && before->has_nat) {
        sa->local_port = before->local_port;
        sa->remote_port = before->remote_port;
    }
    sa->is_known_by_name = by_name;
    sa->p1->key = *key;
    phase1_offer(sa, offer, offered);
    phase1_use_mode(sa, is_aggressive);
    pace_take(ike, sa);
    if (exchange_advance(ike, &sa->main) != OK) {
        ike_sa_end(ike, sa, false);
        return false;
    }
    return true;
}

static bool
has_room(const struct ike *ike, const struct peer *peer)
{
    const struct ike_sa *sa;
    uint32_t count = 0;

    if (ike->counters.half_open >= ike->limits.half_open)
        return false;
    if (peer == NULL)
        return true;
    LIST_FOREACH(sa, &peer->sas, of_peer)
        count += !sa->is_initiator && !sa->is_established;
    return count < ike->limits.half_open_per_source;
}

struct ike_sa *
phase1_answer(struct ike *ike, const struct ike_datagram *datagram,
    const struct header *header)
{
    struct peer *peer =
        peer_find(ike, datagram->vr, datagram->local, datagram->remote);
    struct ike_sa *sa;

    if (!has_room(ike, peer)) {
        ike->counters.dropped[IKE_DROP_HALF_OPEN]++;
        if ((peer == NULL || LIST_EMPTY(&peer->tunnels)) &&
            ike->now_us < ike->half_open_told_us + HALF_OPEN_TELL_US)
            return NULL;
        ike->half_open_told_us = ike->now_us;
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

/* ---- proposals ---- */

enum err
p1_build_offer(struct ike *ike, struct ike_sa *sa, struct builder *b)
{
    struct phase1 *p1 = sa->p1;
    uint8_t body[2560];
    struct wr w = wr_over(body, sizeof body);
    char text[IKE_TEXT_SIZE];

    rules_text(p1->offered, p1->offered_count, text, sizeof text);
    note(ike, IKE_NO_TUNNEL, sa->peer->remote, "we offer: %s", text);
    proposal_build_phase1(&w, p1->offered, p1->offered_count);
    if (!wr_ok(&w))
        return ERR_EXHAUSTED;
    blob_set(&p1->sa_body, body, wr_length(&w));
    build_payload(b, PAYLOAD_SA, body, wr_length(&w));
    return OK;
}

static bool
mode_is_allowed(const struct ike_rule *rule, bool is_aggressive)
{
    return is_aggressive ? rule->aggressive != IKE_AGGRESSIVE_NONE
                         : rule->aggressive != IKE_AGGRESSIVE_REQUIRED;
}

static uint32_t
smaller(uint32_t ours, uint32_t theirs)
{
    return theirs != 0 && theirs < ours ? theirs : ours;
}

static void
offers_text(const struct offers *offers, char text[IKE_TEXT_SIZE])
{
    size_t at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < offers->count && at + 1 < IKE_TEXT_SIZE; i++) {
        char one[80];
        int length;

        offer_text_phase1(&offers->list[i], one, sizeof one);
        length = snprintf(
            text + at, IKE_TEXT_SIZE - at, "%s%s", i > 0 ? "; " : "", one);
        at += length > 0 ? (size_t)length : 0;
    }
}

/* The pair that comes nearest names what does not match. */
static enum err
fault_proposal(struct ike *ike, const struct ike_rule *rules, size_t count,
    const struct offers *offers)
{
    const struct ike_rule *near_rule = NULL;
    const struct offer *near_offer = NULL;
    enum ike_reason reason = IKE_REASON_PROPOSAL_ENCRYPTION;
    unsigned best = 0;
    enum err error;
    char ours[SOURCE_TEXT];
    char theirs[SOURCE_TEXT];

    for (size_t r = 0; r < count; r++) {
        for (size_t o = 0; o < offers->count; o++) {
            enum ike_reason first = IKE_REASON_MODE;
            unsigned same =
                proposal_compare(&rules[r], &offers->list[o], &first);

            if (near_rule != NULL && same <= best)
                continue;
            best = same;
            reason = first;
            near_rule = &rules[r];
            near_offer = &offers->list[o];
        }
    }
    error =
        fault(ike, count > 0 ? reason : IKE_REASON_NO_RULE, NOTIFY_NO_PROPOSAL);
    rules_text(rules, count, ike->fault.ours, sizeof ike->fault.ours);
    offers_text(offers, ike->fault.theirs);
    if (near_rule == NULL || reason == IKE_REASON_MODE)
        return error;
    rule_text(near_rule, ours, sizeof ours);
    attribute_text(reason, near_offer, theirs, sizeof theirs);
    fault_text(ike->fault.mismatch, "%s Here: %s. The peer: %s.",
        ike_reason_sentence(reason), ours, theirs);
    return error;
}

static bool
choose(struct ike_sa *sa, const struct ike_rule *rules, size_t count,
    const struct offers *offers)
{
    struct wr w = wr_over(sa->p1->choice, sizeof sa->p1->choice);

    for (size_t r = 0; r < count; r++) {
        if (!mode_is_allowed(&rules[r], sa->is_aggressive))
            continue;
        for (size_t o = 0; o < offers->count; o++) {
            const struct offer *offer = &offers->list[o];
            enum ike_reason first;

            if (proposal_compare(&rules[r], offer, &first) < 4 ||
                offer->protocol != PROTOCOL_ISAKMP ||
                offer->id != TRANSFORM_KEY_IKE ||
                offer->attributes_length > 256)
                continue;
            sa->suite = rules[r];
            sa->offered_lifetime_s = offer->lifetime_s;
            sa->suite.lifetime_s =
                smaller(rules[r].lifetime_s, offer->lifetime_s);
            offer_build(&w, offer, NULL, 0);
            sa->p1->choice_length = wr_length(&w);
            return wr_ok(&w);
        }
    }
    return false;
}

enum err
p1_take_offer(struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    const struct payload *payload = message_find(message, PAYLOAD_SA);
    const struct peer *peer = sa->peer;
    struct ike_rule rules[IKE_RULES_MAX];
    size_t count = rules_for(ike, peer->vr, peer->local, rules);
    struct offers offers;

    if (offers_read(payload, true, &offers) != OK || offers.count == 0)
        return ERR_MALFORMED;
    if (!choose(sa, rules, count, &offers))
        return fault_proposal(ike, rules, count, &offers);
    blob_set(&sa->p1->sa_body, payload->body, payload->length);
    natt_take_vendors(ike, sa, message);
    return OK;
}

static void
tell_choice(struct ike *ike, const struct ike_sa *sa)
{
    char text[SOURCE_TEXT];

    rule_text(&sa->suite, text, sizeof text);
    note(ike, IKE_NO_TUNNEL, sa->peer->remote, "the peer chose: %s, %u s", text,
        sa->suite.lifetime_s);
}

enum err
p1_take_choice(
    struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    const struct phase1 *p1 = sa->p1;
    struct offers offers;
    enum ike_reason first;

    if (offers_read(message_find(message, PAYLOAD_SA), true, &offers) != OK ||
        offers.count != 1)
        return ERR_MALFORMED;
    for (size_t i = 0; i < p1->offered_count; i++) {
        if (proposal_compare(&p1->offered[i], &offers.list[0], &first) < 4)
            continue;
        sa->suite = p1->offered[i];
        sa->suite.lifetime_s =
            smaller(p1->offered[i].lifetime_s, offers.list[0].lifetime_s);
        tell_choice(ike, sa);
        natt_take_vendors(ike, sa, message);
        return OK;
    }
    return fault_proposal(ike, p1->offered, p1->offered_count, &offers);
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
    keymat_skeyid(sa, p1->skeyid);
    keymat_phase1(sa, &secret);
    wipe(&secret, sizeof secret);
    return OK;
}

/* ---- who is who ---- */

enum err
p1_find_key(struct ike *ike, struct ike_sa *sa, bool by_name)
{
    struct ike_identity address = {.address = sa->peer->remote};
    const struct secret *key = NULL;
    char text[IP_TEXT_SIZE];

    if (by_name && sa->identity.name[0] != '\0')
        key = key_find(ike, sa->peer->vr, &sa->identity);
    sa->is_known_by_name = key != NULL;
    if (key == NULL)
        key = key_find(ike, sa->peer->vr, &address);
    if (key == NULL) {
        fault_no_key(ike, sa->peer,
            by_name && sa->identity.name[0] != '\0'
                ? sa->identity.name
                : ip_format(address.address, text));
        return ERR_NOT_FOUND;
    }
    sa->p1->key = *key;
    return OK;
}

void
p1_build_id(struct ike *ike, struct ike_sa *sa, struct builder *b)
{
    int us = sa->is_initiator ? INITIATOR : RESPONDER;
    const struct tunnel *tunnel = peer_first_tunnel(sa->peer);
    struct ike_identity identity = {0};
    struct tunnel *other;
    char text[IP_TEXT_SIZE];

    if (tunnel == NULL) { /* a peer whose address is still to be learnt */
        LIST_FOREACH(other, &ike->nameless, of_peer) {
            if (other->config.vr == sa->peer->vr &&
                other->config.local == sa->peer->local &&
                identity_is_same(&other->config.remote, &sa->identity)) {
                tunnel = other;
            }
        }
    }
    if (tunnel != NULL)
        identity = tunnel->config.local_identity;
    if (sa->probe != NULL && sa->probe->has_identity)
        identity = sa->probe->identity;
    if (identity.name[0] == '\0' && identity.address == 0)
        identity.address = sa->peer->local;
    note(ike, IKE_NO_TUNNEL, sa->peer->remote, "we say that we are %s",
        identity.name[0] != '\0' ? identity.name
                                 : ip_format(identity.address, text));
    identity_build(&identity, &sa->p1->ids[us]);
    build_payload(b, PAYLOAD_ID, sa->p1->ids[us].bytes, sa->p1->ids[us].length);
}

enum err
p1_take_id(struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    const struct payload *id = message_find(message, PAYLOAD_ID);
    int them = sa->is_initiator ? RESPONDER : INITIATOR;
    char text[IKE_NAME_SIZE];

    if (!identity_read(id, &sa->identity)) {
        (void)fault(ike, IKE_REASON_IDENTITY, 0);
        identity_text(id, ike->fault.theirs, sizeof ike->fault.theirs);
        return ERR_MALFORMED;
    }
    identity_text(id, text, sizeof text);
    note(ike, IKE_NO_TUNNEL, sa->peer->remote, "the peer says that it is %s",
        text);
    blob_set(&sa->p1->ids[them], id->body, id->length);
    return OK;
}

void
p1_build_hash(struct ike_sa *sa, struct builder *b)
{
    uint8_t hash[PRF_SIZE_MAX];

    keymat_hash(sa, sa->is_initiator ? INITIATOR : RESPONDER, hash);
    build_payload(b, PAYLOAD_HASH, hash, prf_size(suite_prf(&sa->suite)));
}

/* Whoever has the key is who the key is for: an address as identity must be
 * the peer's, unless a NAT changed it; and a name must be the configured one
 * where the key was found by that. */
static enum err
judge_identity(struct ike *ike, const struct ike_sa *sa)
{
    const struct tunnel *tunnel = peer_first_tunnel(sa->peer);
    const struct ike_identity *wanted =
        tunnel != NULL ? &tunnel->config.remote : NULL;
    struct ike_identity address = {.address = sa->peer->remote};
    enum err error;
    char text[IP_TEXT_SIZE];

    if (wanted == NULL || wanted->name[0] == '\0')
        wanted = &address;
    if (sa->identity.name[0] != '\0' &&
        (!sa->is_initiator || !sa->is_known_by_name ||
            identity_is_same(wanted, &sa->identity)))
        return OK;
    if (sa->identity.name[0] == '\0' &&
        (sa->has_nat || (!sa->is_known_by_name &&
                            sa->identity.address == sa->peer->remote)))
        return OK;
    error = fault(ike, IKE_REASON_IDENTITY, NOTIFY_AUTHENTICATION_FAILED);
    fault_text(ike->fault.ours, "%s",
        wanted->name[0] != '\0' ? wanted->name
                                : ip_format(wanted->address, text));
    fault_text(ike->fault.theirs, "%s",
        sa->identity.name[0] != '\0' ? sa->identity.name
                                     : ip_format(sa->identity.address, text));
    fault_text(ike->fault.mismatch, "The peer identifies itself as %s.",
        ike->fault.theirs);
    return error;
}

enum err
p1_check_hash(struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    const struct payload *hash = message_find(message, PAYLOAD_HASH);
    size_t size = prf_size(suite_prf(&sa->suite));
    struct secret wanted = {.length = size};
    struct secret got = {0};
    bool same;

    keymat_hash(sa, sa->is_initiator ? RESPONDER : INITIATOR, wanted.bytes);
    same = secret_set(&got, hash->body, hash->length) == OK &&
           secret_equal(&wanted, &got);
    secret_done(&wanted);
    if (!same) {
        (void)fault(ike, IKE_REASON_WRONG_KEY, 0);
        fault_text(ike->fault.theirs, "a hash that our key does not give");
        return ERR_AUTH;
    }
    return judge_identity(ike, sa);
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
    children_remove(ike, tunnel, false); /* the peer was elsewhere */
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
            other->is_dead)
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
        ike->counters.half_open--;
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
