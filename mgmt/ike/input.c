/*
 * input.c - a datagram has come: of which IKE SA, of which exchange?
 */
#include "ike/phase1.h"

#include "ike/numbers.h"
#include "ike/quick.h"

#include <string.h>

enum {
    MARKER = 4,
    COOKIE_NOTICE_US = SECOND_US / 10,
};

void
datagram_drop(struct ike *ike, enum ike_drop why)
{
    ike->counters.dropped[why]++;
}

static void
quick_input(struct ike *ike, struct ike_sa *sa,
    const struct ike_datagram *datagram, const uint8_t *bytes, size_t length)
{
    uint32_t id = ike->message.header.message_id;
    struct exchange *exchange;

    if (!sa->is_established || id == 0) {
        datagram_drop(ike, IKE_DROP_UNEXPECTED);
        return;
    }
    exchange = exchange_find(sa, id);
    if (exchange == NULL) {
        exchange = quick_answer(ike, sa, id);
        if (exchange == NULL) {
            datagram_drop(ike, IKE_DROP_UNEXPECTED);
            return;
        }
    }
    exchange_input(ike, exchange, datagram, bytes, length);
    if (!exchange->is_initiator && !exchange->has_taken) {
        exchange_remove(ike, exchange); /* its first message was no good */
    } else if (sa->exchange_kept > EXCHANGES_KEPT) {
        exchange_forget_oldest(ike, sa);
    }
}

static void
info_input(
    struct ike *ike, struct ike_sa *sa, const uint8_t *bytes, size_t length)
{
    struct message *message = &ike->message;
    uint8_t iv[CIPHER_BLOCK_MAX];
    size_t body = length - HEADER_SIZE;
    bool is_encrypted = (message->header.flags & FLAG_ENCRYPTED) != 0;

    if (is_encrypted ? !sa->keys.is_set : sa->is_established) {
        datagram_drop(
            ike, is_encrypted ? IKE_DROP_UNEXPECTED : IKE_DROP_UNPROTECTED);
        return;
    }
    memcpy(ike->clear, bytes + HEADER_SIZE, body);
    if (is_encrypted) {
        if (!sa->is_established)
            memcpy(sa->last_block, sa->main.iv, sizeof sa->last_block);
        keymat_iv(sa, message->header.message_id, iv);
        if (!decrypt(ike, sa, iv, ike->clear, body)) {
            datagram_drop(ike, IKE_DROP_DECRYPT);
            return;
        }
    }
    if (payloads_read(ike->clear, body, message->header.next, is_encrypted,
            message) != OK) {
        datagram_drop(
            ike, is_encrypted ? IKE_DROP_DECRYPT : IKE_DROP_MALFORMED);
        if (is_encrypted && !sa->is_established) {
            ike->fault.reason = IKE_REASON_COUNT;
            exchange_ignore(
                ike, &sa->main, ERR_AUTH); /* it may well be a refusal */
        }
        return;
    }
    if (is_encrypted) {
        info_take(ike, sa, message);
    } else {
        info_take_clear(ike, sa, message);
    }
}

/* An IKE SA that a first message began before. */
static struct ike_sa *
find_half_open(const struct ike *ike, const struct ike_datagram *datagram,
    const struct header *header)
{
    const struct peer *peer =
        peer_find(ike, datagram->vr, datagram->local, datagram->remote);
    struct ike_sa *sa;

    if (peer == NULL)
        return NULL;
    LIST_FOREACH(sa, &peer->sas, of_peer) {
        if (!sa->is_initiator && !sa->is_dead &&
            memcmp(sa->cookies[INITIATOR], header->cookies[INITIATOR],
                COOKIE_SIZE) == 0)
            return sa;
    }
    return NULL;
}

static bool
is_first_message(const struct header *header)
{
    static const uint8_t none[COOKIE_SIZE];

    return (header->exchange == EXCHANGE_MAIN ||
               header->exchange == EXCHANGE_AGGRESSIVE) &&
           header->message_id == 0 &&
           memcmp(header->cookies[RESPONDER], none, COOKIE_SIZE) == 0 &&
           memcmp(header->cookies[INITIATOR], none, COOKIE_SIZE) != 0;
}

static void
tell_unknown_cookie(struct ike *ike, const struct ike_datagram *datagram,
    const struct header *header)
{
    datagram_drop(ike, IKE_DROP_UNKNOWN_COOKIE);
    if (!options_of(ike, datagram->vr)->tx_invalid_cookie ||
        header->exchange == EXCHANGE_INFORMATIONAL ||
        ike->now_us < ike->cookie_notice_us + COOKIE_NOTICE_US)
        return;
    ike->cookie_notice_us = ike->now_us;
    send_invalid_cookie(ike, datagram, header);
}

/* Is the message for this IKE SA from where its peer is? */
static bool
is_of_peer(const struct ike_sa *sa, const struct ike_datagram *datagram)
{
    return sa->peer->vr == datagram->vr && sa->peer->local == datagram->local &&
           sa->peer->remote == datagram->remote && !sa->is_dead;
}

/* Or from where a NAT may have moved it to? */
static bool
may_be_elsewhere(const struct ike_sa *sa, const struct ike_datagram *datagram,
    const struct header *header)
{
    return sa->is_established && !sa->is_dead && sa->has_nat &&
           header->exchange == EXCHANGE_INFORMATIONAL &&
           sa->peer->vr == datagram->vr && sa->peer->local == datagram->local;
}

static void
dispatch(struct ike *ike, struct ike_sa *sa,
    const struct ike_datagram *datagram, const uint8_t *bytes, size_t length)
{
    const struct header *header = &ike->message.header;

    if (!is_of_peer(sa, datagram) && !may_be_elsewhere(sa, datagram, header)) {
        datagram_drop(ike, IKE_DROP_UNKNOWN_COOKIE);
    } else if (header->exchange == EXCHANGE_INFORMATIONAL) {
        info_input(ike, sa, bytes, length);
    } else if (header->exchange == EXCHANGE_QUICK) {
        quick_input(ike, sa, datagram, bytes, length);
    } else if (header->exchange == sa->main.type && header->message_id == 0) {
        bool is_fresh = sa->is_initiator && sa->main.step == 1;

        if (is_fresh) /* the message says which cookie is the responder's */
            ike_sa_set_responder_cookie(sa, header->cookies[RESPONDER]);
        exchange_input(ike, &sa->main, datagram, bytes, length);
        if (is_fresh && sa->main.step == 1 && !sa->is_dead) {
            memset(sa->cookies[RESPONDER], 0, COOKIE_SIZE);
        }
    } else {
        datagram_drop(ike, IKE_DROP_UNEXPECTED);
    }
}

/* A message of fragments is for the IKE SA that its fragments are for, and no
 * fragment itself: then it is like any other. */
static void
fragment_input(struct ike *ike, struct ike_sa *sa,
    const struct ike_datagram *datagram, const uint8_t *bytes, size_t length)
{
    struct header header;

    if (!is_of_peer(sa, datagram)) {
        datagram_drop(ike, IKE_DROP_UNKNOWN_COOKIE);
        return;
    }
    length = fragment_take(ike, sa, bytes, length);
    if (length == 0)
        return;
    if (header_read(ike->whole, length, &header) != OK ||
        header.next == PAYLOAD_FRAGMENT || ike_sa_find(ike, &header) != sa) {
        datagram_drop(ike, IKE_DROP_FRAGMENT);
        return;
    }
    ike->message.header = header;
    dispatch(ike, sa, datagram, ike->whole, length);
}

static void
input(struct ike *ike, const struct ike_datagram *datagram,
    const uint8_t *bytes, size_t length)
{
    struct header header;
    struct ike_sa *sa;

    if (length > IKE_DATAGRAM_MAX ||
        header_read(bytes, length, &header) != OK) {
        datagram_drop(ike, IKE_DROP_MALFORMED);
        return;
    }
    ike->message.header = header;
    sa = ike_sa_find(ike, &header);
    if (sa == NULL && is_first_message(&header)) {
        sa = find_half_open(ike, datagram, &header);
        if (sa == NULL)
            sa = phase1_answer(ike, datagram, &header);
        if (sa == NULL)
            return;
        exchange_input(ike, &sa->main, datagram, bytes, length);
        if (!sa->main.has_taken && !sa->is_dead)
            ike_sa_end(ike, sa, false); /* its first message was no good */
        return;
    }
    if (sa == NULL) {
        tell_unknown_cookie(ike, datagram, &header);
        return;
    }
    if (header.next == PAYLOAD_FRAGMENT) {
        fragment_input(ike, sa, datagram, bytes, length);
        return;
    }
    dispatch(ike, sa, datagram, bytes, length);
}

void
ike_input(struct ike *ike, uint64_t now_us, const struct ike_datagram *datagram)
{
    static const uint8_t marker[MARKER];
    const uint8_t *bytes = datagram->bytes;
    size_t length = datagram->length;

    ike->now_us = now_us;
    ike->local_port = datagram->local_port;
    ike->remote = datagram->remote;
    ike->remote_port = datagram->remote_port;
    ike->counters.received++;
    if (datagram->local_port == IKE_PORT_NAT) {
        if (length < MARKER || memcmp(bytes, marker, MARKER) != 0) {
            datagram_drop(ike, IKE_DROP_MALFORMED); /* keepalives, too */
            return;
        }
        bytes += MARKER;
        length -= MARKER;
    }
    input(ike, datagram, bytes, length);
    reap(ike);
}
