/*
 * exchange.c - the driver of an exchange: which step.
 *
 * A message changes nothing before its handler has accepted it.  What cannot
 * be read, or fails its hash, is dropped as if it had not come: whoever can
 * send to us must not be able to end a negotiation.
 */
#include "ike/phase1.h"

#include "base/arena.h"
#include "ike/numbers.h"
#include "ike/quick.h"

#include <stdlib.h>
#include <string.h>

enum { COOKIES = 2 * COOKIE_SIZE, RENEW_S = 30 };

/* What the SA, or its tunnel, is called in notes. */
static uint32_t
number_of(const struct exchange *exchange)
{
    const struct tunnel *tunnel = LIST_FIRST(&exchange->sa->peer->tunnels);

    if (exchange->quick != NULL)
        return exchange->quick->number;
    return tunnel != NULL ? tunnel->config.number : IKE_NO_TUNNEL;
}

static const char *
mode_name(uint8_t type)
{
    if (type == EXCHANGE_MAIN)
        return "main mode";
    return type == EXCHANGE_AGGRESSIVE ? "aggressive mode" : "quick mode";
}

/* ---- exchanges of phase 2 ---- */

void
exchange_remove(struct ike *ike, struct exchange *exchange)
{
    LIST_REMOVE(exchange, link);
    if (exchange->is_done) {
        exchange->sa->exchange_kept--;
    } else {
        exchange->sa->exchange_count--;
    }
    exchange_free(ike, exchange);
    free(exchange);
}

void
exchange_forget_oldest(struct ike *ike, struct ike_sa *sa)
{
    struct exchange *oldest = NULL;
    struct exchange *exchange;

    LIST_FOREACH(exchange, &sa->exchanges, link) {
        if (exchange->is_done)
            oldest = exchange;
    }
    if (oldest != NULL)
        exchange_remove(ike, oldest);
}

struct exchange *
exchange_new(struct ike *ike, struct ike_sa *sa, uint8_t type,
    uint32_t message_id, bool is_initiator)
{
    struct exchange *exchange;

    if (sa->exchange_count >= EXCHANGES_MAX) {
        sa->is_full = true;
        return NULL;
    }
    exchange = mem_alloc(sizeof *exchange);
    exchange->sa = sa;
    exchange->type = type;
    exchange->message_id = message_id;
    exchange->is_initiator = is_initiator;
    exchange->due_us = ike->now_us + SECOND_US;
    exchange->began_us = ike->now_us;
    keymat_iv(sa, message_id, exchange->iv);
    LIST_INSERT_HEAD(&sa->exchanges, exchange, link);
    sa->exchange_count++;
    return exchange;
}

struct exchange *
exchange_find(const struct ike_sa *sa, uint32_t message_id)
{
    struct exchange *exchange;

    LIST_FOREACH(exchange, &sa->exchanges, link) {
        if (exchange->message_id == message_id)
            return exchange;
    }
    return NULL;
}

/* ---- the ends of an exchange ---- */

void
exchange_finish(struct ike *ike, struct exchange *exchange)
{
    struct ike_sa *sa = exchange->sa;

    if (exchange != &sa->main && !exchange->is_done) {
        sa->exchange_count--;
        sa->exchange_kept++;
    }
    sa->has_served = sa->has_served || exchange->quick != NULL;
    exchange->is_done = true;
    exchange->due_us = ike->now_us + 60 * (uint64_t)SECOND_US;
    ike_sa_schedule(ike, sa);
}

/* Tunnels that found no room begin in troops, when half of it is free. */
static void
begin_waiting(struct ike *ike, struct ike_sa *sa)
{
    if (!sa->is_full || sa->exchange_count > EXCHANGES_MAX / 2 || sa->is_dead)
        return;
    sa->is_full = false;
    peer_ready(ike, sa->peer);
}

static void
forget_quick(struct ike *ike, struct exchange *exchange)
{
    struct quick *quick = exchange->quick;
    struct tunnel *tunnel = tunnel_find(ike, quick->number);

    if (tunnel == NULL || tunnel->generation != quick->generation)
        return;
    child_drop_unready(ike, tunnel, quick->in_spi);
    if (exchange->is_initiator)
        tunnel_failed(ike, tunnel);
}

/* What was to be replaced still stands: another try, soon. */
static void
renew_later(struct ike *ike, const struct peer *peer)
{
    struct ike_sa *sa = peer_sa(peer);

    if (sa == NULL || !sa->has_replaced)
        return;
    sa->has_replaced = false;
    sa->rekey_us = ike->now_us + RENEW_S * (uint64_t)SECOND_US;
    ike_sa_schedule(ike, sa);
}

/* The responder's last message was no good; for the responder it ended phase 1,
 * and its IKE SA stands. */
static bool
is_last_refused(const struct exchange *exchange)
{
    const struct ike_sa *sa = exchange->sa;

    return exchange == &sa->main && sa->is_initiator && !sa->is_aggressive &&
           exchange->step + 1 == exchange->step_count && sa->keys.is_set &&
           sa->probe == NULL;
}

void
exchange_fail(struct ike *ike, struct exchange *exchange)
{
    struct ike_sa *sa = exchange->sa;
    uint8_t at = exchange->step < exchange->step_count
                     ? exchange->step
                     : (uint8_t)(exchange->step_count - 1);

    ike->fault.stage = exchange->steps[at].stage;
    ike->fault.is_initiator = exchange->is_initiator;
    if (ike->fault_notify != 0 && !sa->is_dead) {
        send_refusal(ike, exchange, ike->fault_notify);
        if (is_last_refused(exchange))
            send_delete(ike, sa, PROTOCOL_ISAKMP, sa->cookies[0], COOKIES);
    }
    if (sa->probe != NULL) {
        probe_failed(ike, sa);
        return;
    }
    if (exchange == &sa->main) {
        ike->fault.remote_port = sa->remote_port;
        failure_tell_peer(ike, sa->peer);
        ike_sa_end(ike, sa, false);
        if (exchange->is_initiator)
            renew_later(ike, sa->peer);
        return;
    }
    if (exchange->quick->probe != NULL) {
        probe_quick_failed(ike, exchange->quick);
    } else {
        failure_tell(ike, sa, exchange->quick->number);
        forget_quick(ike, exchange);
    }
    blob_done(&exchange->sent);
    exchange_finish(ike, exchange);
    begin_waiting(ike, sa);
}

static void
exchange_complete(struct ike *ike, struct exchange *exchange)
{
    exchange_finish(ike, exchange);
    if (exchange == &exchange->sa->main) {
        phase1_done(ike, exchange->sa);
    } else {
        quick_done(ike, exchange);
        begin_waiting(ike, exchange->sa);
    }
}

/* ---- steps ---- */

/* Who waits for an answer asks again; a responder whose peer has not proved
 * itself never does. */
static uint64_t
patience(const struct ike *ike, const struct exchange *exchange)
{
    const struct ike_sa *sa = exchange->sa;

    if (exchange == &sa->main && !sa->is_initiator)
        return sa->created_us + 45 * (uint64_t)SECOND_US;
    return ike->now_us + SECOND_US;
}

enum err
exchange_advance(struct ike *ike, struct exchange *exchange)
{
    const struct step *step = &exchange->steps[exchange->step];
    struct ike_sa *sa = exchange->sa;
    struct header header = {
        .exchange = exchange->type,
        .flags = step->is_encrypted ? FLAG_ENCRYPTED : 0,
        .message_id = exchange->message_id,
    };
    struct builder b;
    enum err error;

    memcpy(header.cookies, sa->cookies, sizeof header.cookies);
    build_begin(&b, ike->built, sizeof ike->built, &header);
    error = step->build(ike, exchange, &b);
    if (error == OK)
        error = send_message(ike, exchange, &b, step->is_encrypted);
    if (error != OK)
        return error;
    exchange->step++;
    note(ike, number_of(exchange), sa->peer->remote, "%s message %u sent",
        mode_name(exchange->type), exchange->step);
    exchange->tries = 0;
    exchange->answers = 0;
    exchange->due_us = patience(ike, exchange);
    if (exchange->step == exchange->step_count)
        exchange_complete(ike, exchange);
    ike_sa_schedule(ike, sa);
    return OK;
}

static bool
is_ours_to_send(const struct exchange *exchange)
{
    return (exchange->step % 2 == 0) == exchange->is_initiator;
}

/* Each payload that the step needs is there once. */
static bool
has_needed(const struct step *step, const struct message *message)
{
    for (uint8_t type = 1; type < 32; type++) {
        unsigned count = 0;

        if ((step->needs & NEEDS(type)) == 0)
            continue;
        for (size_t i = 0; i < message->count; i++)
            count += message->payloads[i].type == type;
        if (count != 1)
            return false;
    }
    return true;
}

/* Into ike->message; on success iv is that of what comes next. */
static enum err
open_message(struct ike *ike, const struct exchange *exchange,
    const uint8_t *bytes, size_t length, uint8_t *iv)
{
    const struct step *step = &exchange->steps[exchange->step];
    struct message *message = &ike->message;
    bool is_encrypted = (message->header.flags & FLAG_ENCRYPTED) != 0;
    size_t body = length - HEADER_SIZE;

    if (is_encrypted != step->is_encrypted &&
        !(step->may_be_clear && !is_encrypted)) {
        datagram_drop(
            ike, is_encrypted ? IKE_DROP_UNEXPECTED : IKE_DROP_UNPROTECTED);
        return ERR_INVALID;
    }
    memcpy(ike->clear, bytes + HEADER_SIZE, body);
    if (is_encrypted && !decrypt(ike, exchange->sa, iv, ike->clear, body)) {
        datagram_drop(ike, IKE_DROP_DECRYPT);
        return ERR_INVALID;
    }
    if (payloads_read(ike->clear, body, message->header.next, is_encrypted,
            message) != OK) {
        datagram_drop(
            ike, is_encrypted ? IKE_DROP_DECRYPT : IKE_DROP_MALFORMED);
        return is_encrypted ? ERR_AUTH : ERR_MALFORMED;
    }
    if (!has_needed(step, message)) {
        datagram_drop(
            ike, is_encrypted ? IKE_DROP_DECRYPT : IKE_DROP_UNEXPECTED);
        return is_encrypted ? ERR_AUTH : ERR_INVALID;
    }
    return OK;
}

/* Remember why a message was ignored: if nothing better comes, that is why
 * the exchange will have failed. */
static void
keep_doubt(struct ike *ike, struct exchange *exchange)
{
    if (ike->fault.reason == IKE_REASON_COUNT || exchange->doubt != NULL)
        return;
    exchange->doubt = mem_alloc(sizeof *exchange->doubt);
    *exchange->doubt = ike->fault;
}

void
exchange_ignore(struct ike *ike, struct exchange *exchange, enum err error)
{
    const struct tunnel *tunnel;

    if (error == ERR_AUTH && exchange == &exchange->sa->main &&
        ike->fault.reason == IKE_REASON_COUNT) {
        bool is_keyed = !signs(exchange->sa);

        (void)fault(
            ike, is_keyed ? IKE_REASON_WRONG_KEY : IKE_REASON_MALFORMED, 0);
        fault_text(ike->fault.theirs, "an encrypted message that %s",
            is_keyed ? "our key does not open" : "makes no sense");
    }
    keep_doubt(ike, exchange);
    if (ike->fault.reason != IKE_REASON_WRONG_KEY || exchange->is_told ||
        exchange->is_initiator)
        return;
    exchange->is_told = true; /* the peer will only see that we are silent */
    ike->fault.stage = IKE_STAGE_PHASE1_IDENTITY;
    tunnel = LIST_FIRST(&exchange->sa->peer->tunnels);
    failure_tell(ike, exchange->sa,
        tunnel != NULL ? tunnel->config.number : IKE_NO_TUNNEL);
}

/* A NAT may give the peer another port at any time; without one nothing does.
 * Who began phase 1 says from where to where. */
static bool
may_change_ports(const struct exchange *exchange)
{
    const struct ike_sa *sa = exchange->sa;

    return exchange == &sa->main ? !sa->is_initiator : sa->has_nat;
}

static void
set_ports(struct ike_sa *sa, uint16_t local_port, uint16_t remote_port)
{
    sa->local_port = local_port;
    sa->remote_port = remote_port;
}

/* The first message of quick mode may be one that was sent long ago; what
 * comes after it has to do with our nonce. */
static bool
is_fresh(const struct exchange *exchange)
{
    return exchange == &exchange->sa->main || exchange->is_initiator ||
           exchange->step > 0;
}

static void
take_step(struct ike *ike, struct exchange *exchange,
    const struct ike_datagram *datagram, const uint8_t *iv)
{
    const struct step *step = &exchange->steps[exchange->step];
    struct ike_sa *sa = exchange->sa;
    const uint16_t local_port = sa->local_port;
    const uint16_t remote_port = sa->remote_port;
    const bool is_new = is_fresh(exchange);
    enum err error = step->take(ike, exchange, &ike->message);

    if (error == ERR_MALFORMED || error == ERR_AUTH) {
        datagram_drop(
            ike, error == ERR_AUTH ? IKE_DROP_HASH : IKE_DROP_MALFORMED);
        exchange_ignore(ike, exchange, error);
        return;
    }
    if (sa->is_dead)
        return;
    if (iv != NULL)
        memcpy(exchange->iv, iv, CIPHER_BLOCK_MAX);
    exchange->has_taken = true;
    memcpy(exchange->taken, ike->digest, sizeof exchange->taken);
    if (error != OK) {
        datagram_drop(ike, IKE_DROP_NO_POLICY);
        exchange_fail(ike, exchange);
        return;
    }
    if (may_change_ports(exchange))
        set_ports(sa, datagram->local_port, datagram->remote_port);
    if (is_new) {
        sa->heard_us = ike->now_us;
        sa->dpd.received_us = ike->now_us;
    }
    if (is_new && exchange != &sa->main)
        moved_renew(ike, sa);
    exchange->step++;
    note(ike, number_of(exchange), sa->peer->remote, "%s message %u received",
        mode_name(exchange->type), exchange->step);
    if (exchange->step == exchange->step_count) {
        blob_done(&exchange->sent); /* the peer has it: it sent the last one */
        exchange_complete(ike, exchange);
        return;
    }
    if (exchange_advance(ike, exchange) != OK && !sa->is_dead)
        exchange_fail(ike, exchange);
    if (!is_new) /* the answer goes to where it was asked for, no more */
        set_ports(sa, local_port, remote_port);
}

/* The peer repeated itself; perhaps from where a NAT has moved it to. */
static void
answer_again(struct ike *ike, struct exchange *exchange,
    const struct ike_datagram *datagram)
{
    struct ike_sa *sa = exchange->sa;
    const uint16_t local_port = sa->local_port;
    const uint16_t remote_port = sa->remote_port;

    if (exchange != &sa->main && may_change_ports(exchange))
        set_ports(sa, datagram->local_port, datagram->remote_port);
    exchange_resend(ike, exchange);
    set_ports(sa, local_port, remote_port);
}

void
exchange_input(struct ike *ike, struct exchange *exchange,
    const struct ike_datagram *datagram, const uint8_t *bytes, size_t length)
{
    const struct prf_part whole = {bytes, length};
    uint8_t iv[CIPHER_BLOCK_MAX];
    enum err error;

    prf_hash(PRF_MD5, &whole, 1, ike->digest);
    if (exchange->has_taken &&
        memcmp(ike->digest, exchange->taken, sizeof ike->digest) == 0) {
        datagram_drop(ike, IKE_DROP_DUPLICATE);
        answer_again(ike, exchange, datagram);
        return;
    }
    if (exchange->is_done || is_ours_to_send(exchange)) {
        datagram_drop(ike, IKE_DROP_UNEXPECTED);
        return;
    }
    memcpy(iv, exchange->iv, sizeof iv);
    ike->fault.reason = IKE_REASON_COUNT;
    error = open_message(ike, exchange, bytes, length, iv);
    if (error != OK) {
        exchange_ignore(ike, exchange, error);
        return;
    }
    take_step(ike, exchange, datagram,
        (ike->message.header.flags & FLAG_ENCRYPTED) != 0 ? iv : NULL);
}
