/*
 * info.c - the informational exchange: notifications and deletes.
 *
 *    HDR*, HASH(1), N or D        HASH(1) = prf(SKEYID_a, M-ID | N or D)
 *                                 RFC 2409, 5.7; RFC 2408, 3.14 and 3.15
 *
 * Without a right hash nothing is believed once the peer has keys.  Before
 * that a notification in clear can only end the negotiation that it carries
 * the cookies of.
 *
 * Nothing in such a message says that it is new: whoever recorded one could
 * send it again, to refuse for the peer what it did not refuse, or to let one
 * seem alive that is dead.  What carries a sequence number (DPD) is told by
 * that; of the others, which are few, the ids are remembered.
 */
#include "ike/phase1.h"

#include "ike/numbers.h"
#include "ike/quick.h"

#include <string.h>

enum { SPIS_MAX = 256 };

static bool
has_right_hash(struct ike_sa *sa, const struct message *message)
{
    struct exchange view = {.sa = sa, .message_id = message->header.message_id};

    return quick_check_hash(&view, message, NULL) == OK;
}

/* ---- notifications ---- */

/* What an error means at this point of the negotiation counts for more than
 * its name. */
static enum ike_reason
reason_of(const struct exchange *exchange, uint16_t type)
{
    enum ike_stage stage = exchange->steps[exchange->step].stage;

    if (exchange != &exchange->sa->main) {
        return type == NOTIFY_INVALID_ID ? IKE_REASON_SELECTOR
                                         : IKE_REASON_REFUSED;
    }
    if (exchange->step <= 1 &&
        (type == NOTIFY_NO_PROPOSAL || !exchange->sa->is_aggressive))
        return IKE_REASON_PROPOSAL_REFUSED;
    if (stage == IKE_STAGE_PHASE1_IDENTITY)
        return IKE_REASON_AUTHENTICATION;
    if (stage == IKE_STAGE_PHASE1_KEYS) { /* with the key it made its answer */
        return signs(exchange->sa) ? IKE_REASON_AUTHENTICATION
                                   : IKE_REASON_PEER_NO_KEY;
    }
    return IKE_REASON_PROPOSAL_REFUSED;
}

static void
describe_phase1(struct ike *ike, const struct ike_sa *sa)
{
    const struct phase1 *p1 = sa->p1;
    const struct payload id = {PAYLOAD_ID,
        p1 != NULL ? p1->ids[INITIATOR].bytes : NULL,
        p1 != NULL ? p1->ids[INITIATOR].length : 0};
    char name[IKE_NAME_SIZE];

    if (p1 == NULL)
        return;
    if (ike->fault.reason == IKE_REASON_PROPOSAL_REFUSED) {
        rules_text(p1->offered, p1->offered_count, ike->fault.ours,
            sizeof ike->fault.ours);
    } else if (ike->fault.reason == IKE_REASON_PEER_NO_KEY) {
        fault_text(ike->fault.ours, "pre-share");
        fault_text(ike->fault.mismatch,
            "The peer has no preshared key for this router: it took the "
            "proposal, and refuses the key exchange that needs the key.");
    } else if (sa->is_aggressive && id.length > 0) {
        identity_text(&id, name, sizeof name);
        fault_text(ike->fault.ours, "identity %s, in aggressive mode", name);
        fault_text(ike->fault.mismatch,
            "The peer refuses this router as %s: it does not know that "
            "identity, or has no key for it.",
            name);
        fault_text(ike->fault.advice,
            "Here: set `tunnel source identity` to what the peer has. Peer: or "
            "set there %s, and the agreed key.",
            name);
    }
}

static void
describe_phase2(struct ike *ike, const struct exchange *exchange)
{
    const struct tunnel *tunnel = tunnel_find(ike, exchange->quick->number);
    char here[48];
    char there[48];

    if (tunnel == NULL)
        return;
    selector_text(&tunnel->config.local_selector, here, sizeof here);
    selector_text(&tunnel->config.remote_selector, there, sizeof there);
    if (ike->fault.reason == IKE_REASON_SELECTOR) {
        fault_text(ike->fault.ours, "here %s, there %s", here, there);
        fault_text(ike->fault.mismatch,
            "The peer has no tunnel for %s here and %s there.", here, there);
        fault_text(ike->fault.advice,
            "Peer: set its local network to %s and the remote one to %s. "
            "Here: or set `tunnel local-identity` and `tunnel peer-identity` "
            "as the peer has them.",
            there, here);
        return;
    }
    transforms_text(&tunnel->config, ike->fault.ours, sizeof ike->fault.ours);
}

/* Not about the offer: the peer has seen a certificate, or an identity. */
static bool
is_about_signature(const struct ike *ike, const struct exchange *exchange)
{
    return exchange == &exchange->sa->main && signs(exchange->sa) &&
           ike->fault.reason == IKE_REASON_AUTHENTICATION;
}

static void
refuse(struct ike *ike, struct exchange *exchange, uint16_t type)
{
    (void)fault(ike, reason_of(exchange, type), 0);
    ike->fault.notify = type;
    fault_text(
        ike->fault.theirs, "notification %u %s", type, ike_notify_name(type));
    if (is_about_signature(ike, exchange)) {
        fault_signature_refused(ike, exchange->sa, type);
        ike->fault.notify = type;
    } else if (exchange == &exchange->sa->main) {
        describe_phase1(ike, exchange->sa);
    } else {
        describe_phase2(ike, exchange);
    }
    exchange_fail(ike, exchange);
}

/* The exchange of phase 2 that an error is about: by our SPI, or the one
 * begun last. */
static struct exchange *
find_refused(struct ike_sa *sa, const uint8_t *spi, size_t size)
{
    struct exchange *exchange;
    struct exchange *last = NULL;

    LIST_FOREACH(exchange, &sa->exchanges, link) {
        if (exchange->is_done || !exchange->is_initiator)
            continue;
        if (size == SPI_SIZE && get_u32(spi) == exchange->quick->in_spi)
            return exchange;
        if (last == NULL)
            last = exchange;
    }
    return last;
}

/* Did our signature just end phase 1?  Then an error is the verdict on it. */
static bool
is_fresh_answer(const struct ike_sa *sa)
{
    return sa->is_established && !sa->is_initiator && !sa->has_served &&
           sa->exchange_count == 0 && signs(sa);
}

static void
take_error(struct ike *ike, struct ike_sa *sa, uint16_t type,
    const uint8_t *spi, size_t size)
{
    struct exchange *exchange = &sa->main;

    if (sa->is_established) {
        exchange = find_refused(sa, spi, size);
    } else if (!sa->is_initiator) {
        exchange = NULL; /* the responder waits for better */
    }
    if (exchange != NULL && !exchange->is_done) {
        refuse(ike, exchange, type);
    } else if (exchange == NULL && is_fresh_answer(sa)) {
        fault_signature_refused(ike, sa, type);
        ike->fault.notify = type;
        ike->fault.stage = IKE_STAGE_PHASE1_IDENTITY;
        ike->fault.remote_port = sa->remote_port;
        failure_tell_peer(ike, sa->peer);
        ike_sa_end(ike, sa, false);
    }
}

/* The peer remembered nothing when it began: what we had with it before that
 * is gone. */
static void
take_initial_contact(struct ike *ike, struct ike_sa *sa)
{
    struct ike_sa *other;
    struct tunnel *tunnel;

    sa->peer->state.greeted_us = ike->now_us;
    LIST_FOREACH(other, &sa->peer->sas, of_peer) {
        if (other != sa && other->is_established &&
            ike_sa_is_with_same(sa, other) &&
            other->established_us < sa->created_us)
            ike_sa_end(ike, other, false);
    }
    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        if (!ike_sa_serves(sa, tunnel))
            continue;
        for (size_t i = tunnel->child_count; i-- > 0;) {
            if (tunnel->children[i].began_us < sa->created_us)
                child_remove(ike, tunnel, i, false, CAUSE_PEER_RESTARTED);
        }
    }
}

void
take_notify(struct ike *ike, struct ike_sa *sa, const struct payload *payload,
    bool is_protected)
{
    struct rd r = rd_over(payload->body, payload->length);
    uint32_t doi = rd_u32(&r);
    uint8_t spi_size;
    uint16_t type;
    const uint8_t *spi;

    rd_skip(&r, 1);
    spi_size = rd_u8(&r);
    type = rd_u16(&r);
    spi = rd_bytes(&r, spi_size);
    if (!rd_ok(&r) || (doi != DOI_IPSEC && doi != 0)) {
        ike->counters.dropped[IKE_DROP_MALFORMED]++;
        return;
    }
    note(ike, IKE_NO_TUNNEL, sa->peer->remote, "notification %u %s received",
        type, ike_notify_name(type));
    if (type > 0 && type <= NOTIFY_ERROR_LAST) {
        take_error(ike, sa, type, spi, spi_size);
    } else if (!is_protected) {
        ike->counters.dropped[IKE_DROP_UNPROTECTED]++;
    } else if (type == NOTIFY_INITIAL_CONTACT) {
        take_initial_contact(ike, sa);
    } else if (type == NOTIFY_R_U_THERE || type == NOTIFY_R_U_THERE_ACK) {
        dpd_take(ike, sa, type, payload);
    }
}

/* ---- deletes ---- */

static void
delete_ike_sa(struct ike *ike, struct ike_sa *sa, const uint8_t *cookies)
{
    struct ike_sa *other;

    LIST_FOREACH(other, &sa->peer->sas, of_peer) {
        if (ike_sa_is_with_same(sa, other) &&
            memcmp(other->cookies, cookies, sizeof other->cookies) == 0) {
            ike_sa_end(ike, other, false);
            return;
        }
    }
}

static void
take_delete(struct ike *ike, struct ike_sa *sa, const struct payload *payload)
{
    struct rd r = rd_over(payload->body, payload->length);
    uint32_t doi = rd_u32(&r);
    uint8_t protocol = rd_u8(&r);
    uint8_t size = rd_u8(&r);
    uint16_t count = rd_u16(&r);
    size_t wanted = protocol == PROTOCOL_ISAKMP ? sizeof sa->cookies : SPI_SIZE;

    if (!rd_ok(&r) || (doi != DOI_IPSEC && doi != 0) || size != wanted ||
        count > SPIS_MAX || rd_left(&r) != (size_t)size * count) {
        ike->counters.dropped[IKE_DROP_MALFORMED]++;
        return;
    }
    note(ike, IKE_NO_TUNNEL, sa->peer->remote,
        "DELETE of %u SAs of protocol %u received", count, protocol);
    for (uint16_t i = 0; i < count; i++) {
        const uint8_t *spi = rd_bytes(&r, size);

        if (protocol == PROTOCOL_ISAKMP) {
            delete_ike_sa(ike, sa, spi);
        } else {
            child_deleted(ike, sa, protocol, get_u32(spi));
        }
    }
}

/* ---- messages ---- */

static bool
is_dpd(const struct payload *payload)
{
    struct rd r = rd_over(payload->body, payload->length);
    uint16_t type;

    rd_skip(&r, 6);
    type = rd_u16(&r);
    return payload->type == PAYLOAD_NOTIFY && rd_ok(&r) &&
           (type == NOTIFY_R_U_THERE || type == NOTIFY_R_U_THERE_ACK);
}

static bool
is_all_dpd(const struct message *message)
{
    for (size_t i = 1; i < message->count; i++) {
        if (!is_dpd(&message->payloads[i]))
            return false;
    }
    return true;
}

/* False: it was taken before. */
static bool
take_once(struct ike_sa *sa, uint32_t id)
{
    for (uint32_t i = 0; i < sa->notice_count && i < NOTICES_KEPT; i++) {
        if (sa->notices[i] == id)
            return false;
    }
    sa->notices[sa->notice_count++ % NOTICES_KEPT] = id;
    return true;
}

void
info_take(struct ike *ike, struct ike_sa *sa, struct message *message)
{
    bool has_numbers;

    if (!has_right_hash(sa, message)) {
        ike->counters.dropped[IKE_DROP_HASH]++;
        return;
    }
    has_numbers = is_all_dpd(message);
    if (!has_numbers && !take_once(sa, message->header.message_id)) {
        ike->counters.dropped[IKE_DROP_DUPLICATE]++;
        return;
    }
    if (!has_numbers)
        ike_sa_heard(ike, sa);
    for (size_t i = 1; i < message->count && !sa->is_dead; i++) {
        const struct payload *payload = &message->payloads[i];

        if (payload->type == PAYLOAD_NOTIFY)
            take_notify(ike, sa, payload, true);
        if (payload->type == PAYLOAD_DELETE && sa->is_established)
            take_delete(ike, sa, payload);
    }
}

void
info_take_clear(
    struct ike *ike, struct ike_sa *sa, const struct message *message)
{
    const struct payload *payload = message_find(message, PAYLOAD_NOTIFY);

    if (payload != NULL) {
        take_notify(ike, sa, payload, false);
    } else {
        ike->counters.dropped[IKE_DROP_UNPROTECTED]++;
    }
}
