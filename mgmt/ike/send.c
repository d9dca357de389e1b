/*
 * send.c - messages on their way out, and again.
 */
#include "ike/phase1.h"

#include "base/arena.h"
#include "ike/numbers.h"
#include "ike/payloads.h"

#include <stdlib.h>
#include <string.h>

enum {
    TRIES = 5,       /* at 0, 1, 3, 7 and 15 s; given up at 31 s */
    TRIES_PROBE = 3, /* given up at 7 s                          */
};

/* ---- ciphers ---- */

static bool
run_cipher(struct ike *ike, const struct ike_sa *sa,
    enum cipher_direction direction, const uint8_t *iv, uint8_t *bytes,
    size_t length)
{
    enum cipher_kind kind = suite_cipher(&sa->suite);
    struct cipher *cipher = NULL;
    struct secret key = {.length = cipher_key_size(kind)};
    bool good;

    memcpy(key.bytes, sa->keys.cipher, key.length);
    good = cipher_new(ike->crypto, kind, direction, &key, &cipher) == OK &&
           cipher_run(cipher, iv, bytes, length);
    cipher_free(cipher);
    wipe(&key, sizeof key);
    return good;
}

/* iv becomes that of the next message: the last block of this one. */
bool
decrypt(struct ike *ike, const struct ike_sa *sa, uint8_t *iv, uint8_t *bytes,
    size_t length)
{
    size_t block = cipher_block(suite_cipher(&sa->suite));
    uint8_t last[CIPHER_BLOCK_MAX];

    if (length == 0 || length % block != 0)
        return false;
    memcpy(last, bytes + length - block, block);
    if (!run_cipher(ike, sa, CIPHER_DECRYPT, iv, bytes, length))
        return false;
    memcpy(iv, last, block);
    return true;
}

/* What was built, padded with zeros and encrypted behind the header; its new
 * length, 0: it does not fit. */
static size_t
seal_message(
    struct ike *ike, const struct ike_sa *sa, struct builder *b, uint8_t *iv)
{
    size_t block = cipher_block(suite_cipher(&sa->suite));
    uint8_t *body = b->w.start + HEADER_SIZE;
    size_t length;

    while ((wr_length(&b->w) - HEADER_SIZE) % block != 0 && wr_ok(&b->w))
        wr_u8(&b->w, 0);
    length = build_finish(b);
    if (length == 0 ||
        !run_cipher(ike, sa, CIPHER_ENCRYPT, iv, body, length - HEADER_SIZE))
        return 0;
    memcpy(iv, b->w.start + length - block, block);
    return length;
}

/* ---- exchanges ---- */

enum err
send_message(struct ike *ike, struct exchange *exchange, struct builder *b,
    bool is_encrypted)
{
    struct ike_sa *sa = exchange->sa;
    size_t length =
        is_encrypted ? seal_message(ike, sa, b, exchange->iv) : build_finish(b);

    if (length == 0)
        return ERR_EXHAUSTED;
    blob_set(&exchange->sent, b->w.start, length);
    send_bytes(ike, sa, exchange->sent.bytes, exchange->sent.length);
    return OK;
}

static void
send_again(struct ike *ike, const struct exchange *exchange)
{
    ike->counters.retransmitted++;
    send_bytes(ike, exchange->sa, exchange->sent.bytes, exchange->sent.length);
}

/* The peer repeated itself: our answer was lost, as it seems. */
void
exchange_resend(struct ike *ike, struct exchange *exchange)
{
    if (exchange->sent.length == 0 || exchange->answers >= ANSWERS_MAX)
        return;
    exchange->answers++;
    send_again(ike, exchange);
}

/* Nobody answers the first message of an exchange of phase 2.  A probe is
 * given up too soon to tell. */
static bool
is_unanswered(const struct exchange *exchange)
{
    return exchange != &exchange->sa->main && exchange->is_initiator &&
           exchange->step == 1 && exchange->quick->probe == NULL;
}

/* We have said who we are, and nobody has answered that. */
static bool
is_unproved(const struct exchange *exchange)
{
    return exchange == &exchange->sa->main && exchange->is_initiator &&
           exchange->steps[exchange->step].stage == IKE_STAGE_PHASE1_IDENTITY;
}

/* Nothing came for too long.  If nothing at all came by this IKE SA, the peer
 * has it no longer, or never had it. */
static void
give_up(struct ike *ike, struct exchange *exchange)
{
    const struct ike_sa *sa = exchange->sa;
    uint8_t step = exchange->step;
    bool is_deaf;

    if (exchange->doubt != NULL) {
        ike->fault = *exchange->doubt;
        ike->fault_notify = 0;
    } else if (fragments_held(sa) > 0) {
        (void)fault(ike, IKE_REASON_SILENCE, 0);
        fault_text(ike->fault.mismatch,
            "Of a message that the peer sent in fragments only %u arrived: "
            "something in between drops them.",
            fragments_held(sa));
        fault_text(ike->fault.advice,
            "Network: let all UDP to port %u of the router pass.",
            sa->local_port);
    } else if (exchange == &sa->main && step == 1) {
        (void)fault(ike, IKE_REASON_NO_ANSWER, 0);
    } else if (is_unproved(exchange) && signs(sa)) {
        fault_silent_after_signature(ike, sa, exchange->sent.length);
    } else if (is_unproved(exchange)) {
        (void)fault(ike, IKE_REASON_WRONG_KEY, 0);
        fault_text(ike->fault.theirs, "no answer to our first encrypted "
                                      "message");
        ike->fault.is_guess = true;
        fault_text(ike->fault.mismatch,
            "The peer does not answer the first encrypted message: most "
            "likely the preshared keys differ%s.",
            sa->has_nat ? ", or UDP 4500 does not pass" : "");
        if (sa->has_nat) {
            fault_text(ike->fault.advice,
                "Peer and here: enter the agreed preshared key anew, at the "
                "end that has the wrong one. Network: or let UDP 4500 pass.");
        }
    } else {
        (void)fault(ike, IKE_REASON_SILENCE, 0);
    }
    is_deaf = is_unanswered(exchange) && sa->heard_us < exchange->began_us;
    exchange_fail(ike, exchange);
    if (is_deaf)
        ike_sa_end(ike, exchange->sa, true);
}

/* A stranger who did not go on is nothing to tell of; a peer is. */
static void
half_open_over(struct ike *ike, struct exchange *exchange)
{
    struct ike_sa *sa = exchange->sa;

    if (exchange->is_told ||
        (exchange->doubt == NULL && LIST_EMPTY(&sa->peer->tunnels))) {
        ike_sa_end(ike, sa, false);
        return;
    }
    give_up(ike, exchange);
}

static uint8_t
tries_of(const struct exchange *exchange)
{
    bool is_probe = exchange->sa->probe != NULL ||
                    (exchange->quick != NULL && exchange->quick->probe != NULL);

    return is_probe ? TRIES_PROBE : TRIES;
}

/* Nobody answers the third message of aggressive mode: if it was lost, the
 * peer does not understand what comes after it. */
static bool
is_last_message_lost(const struct exchange *exchange)
{
    const struct ike_sa *sa = exchange->sa;

    return exchange != &sa->main && sa->is_aggressive && sa->is_initiator &&
           sa->is_established && sa->main.sent.length > 0;
}

void
exchange_tick(struct ike *ike, struct exchange *exchange)
{
    bool is_main = exchange == &exchange->sa->main;

    if (exchange->is_done) {
        blob_done(&exchange->sent);
        exchange->due_us = UINT64_MAX;
        if (!is_main)
            exchange_remove(ike, exchange);
        return;
    }
    if (is_main && !exchange->is_initiator) {
        half_open_over(ike, exchange);
        return;
    }
    if (++exchange->tries >= tries_of(exchange)) {
        give_up(ike, exchange);
        return;
    }
    if (is_main && exchange->step == 1 && exchange->tries >= PACED_TRIES)
        pace_give(ike, exchange->sa); /* the peer is not there */
    exchange->due_us = ike->now_us + ((uint64_t)SECOND_US << exchange->tries);
    note(ike, IKE_NO_TUNNEL, exchange->sa->peer->remote,
        "no answer: sent again (%u)", exchange->tries + 1U);
    if (is_last_message_lost(exchange))
        send_again(ike, &exchange->sa->main);
    if (is_unanswered(exchange))
        dpd_call(ike, exchange->sa);
    send_again(ike, exchange);
}

/* ---- the informational exchange ---- */

static void
begin_informational(struct ike *ike, const struct ike_sa *sa, struct builder *b,
    uint32_t message_id, bool is_encrypted)
{
    struct header header = {
        .exchange = EXCHANGE_INFORMATIONAL,
        .flags = is_encrypted ? FLAG_ENCRYPTED : 0,
        .message_id = message_id,
    };

    memcpy(header.cookies, sa->cookies, sizeof header.cookies);
    build_begin(b, ike->told, sizeof ike->told, &header);
}

/* HASH(1) = prf(SKEYID_a, M-ID | N or D)                 RFC 2409, 5.7 */
void
send_informational(struct ike *ike, struct ike_sa *sa, uint8_t type,
    const uint8_t *body, size_t length)
{
    enum prf_kind prf = suite_prf(&sa->suite);
    uint8_t zero[PRF_SIZE_MAX] = {0};
    uint8_t iv[CIPHER_BLOCK_MAX];
    uint8_t id_bytes[4];
    uint32_t id = random_u32(ike) | 1;
    uint8_t *hash;
    struct builder b;
    size_t total;

    begin_informational(ike, sa, &b, id, true);
    build_payload_begin(&b, PAYLOAD_HASH);
    hash = b.w.at;
    wr_bytes(&b.w, zero, prf_size(prf));
    build_payload_end(&b);
    build_payload(&b, type, body, length);
    if (!wr_ok(&b.w))
        return;
    put_u32(id_bytes, id);
    {
        const uint8_t *rest = hash + prf_size(prf);
        const struct prf_part parts[] = {
            {id_bytes, sizeof id_bytes        },
            {rest,     (size_t)(b.w.at - rest)},
        };

        prf_mac(
            prf, (struct prf_part){sa->keys.a, prf_size(prf)}, parts, 2, hash);
    }
    if (!sa->is_established)
        memcpy(sa->last_block, sa->main.iv, sizeof sa->last_block);
    keymat_iv(sa, id, iv);
    total = seal_message(ike, sa, &b, iv);
    if (total > 0)
        action_send(ike, sa, b.w.start, total);
}

/* Encrypted where keys stand. */
static void
send_notify_body(
    struct ike *ike, struct ike_sa *sa, const uint8_t *body, size_t length)
{
    struct builder b;
    size_t total;

    if (sa->keys.is_set) {
        send_informational(ike, sa, PAYLOAD_NOTIFY, body, length);
        return;
    }
    begin_informational(ike, sa, &b, random_u32(ike) | 1, false);
    build_payload(&b, PAYLOAD_NOTIFY, body, length);
    total = build_finish(&b);
    if (total > 0)
        action_send(ike, sa, b.w.start, total);
}

/* RFC 2408, 3.14. */
void
send_notify(struct ike *ike, struct ike_sa *sa, uint16_t type,
    const uint8_t *data, size_t length)
{
    uint8_t body[64];
    struct wr w = wr_over(body, sizeof body);
    bool is_dpd = type == NOTIFY_R_U_THERE || type == NOTIFY_R_U_THERE_ACK;

    wr_u32(&w, DOI_IPSEC);
    wr_u8(&w, PROTOCOL_ISAKMP);
    wr_u8(&w, is_dpd ? sizeof sa->cookies : 0);
    wr_u16(&w, type);
    if (is_dpd)
        wr_bytes(&w, sa->cookies, sizeof sa->cookies);
    wr_bytes(&w, data, length);
    if (wr_ok(&w))
        send_notify_body(ike, sa, body, wr_length(&w));
}

/* To who began: the SPI says which of its exchanges it was. */
void
send_refusal(struct ike *ike, const struct exchange *exchange, uint16_t type)
{
    const struct quick *quick = exchange->quick;
    uint8_t body[16];
    struct wr w = wr_over(body, sizeof body);

    if (quick == NULL || exchange->is_initiator || quick->out_spi == 0) {
        send_notify(ike, exchange->sa, type, NULL, 0);
        return;
    }
    wr_u32(&w, DOI_IPSEC);
    wr_u8(&w, PROTOCOL_ESP);
    wr_u8(&w, SPI_SIZE);
    wr_u16(&w, type);
    wr_u32(&w, quick->out_spi);
    send_notify_body(ike, exchange->sa, body, wr_length(&w));
}

/* RFC 2408, 3.15. */
void
send_delete(struct ike *ike, struct ike_sa *sa, uint8_t protocol,
    const uint8_t *spi, size_t size)
{
    uint8_t body[32];
    struct wr w = wr_over(body, sizeof body);

    wr_u32(&w, DOI_IPSEC);
    wr_u8(&w, protocol);
    wr_u8(&w, (uint8_t)size);
    wr_u16(&w, 1);
    wr_bytes(&w, spi, size);
    if (wr_ok(&w))
        send_informational(ike, sa, PAYLOAD_DELETE, body, wr_length(&w));
}

/* To whoever used cookies that we do not know; not longer than what came. */
void
send_invalid_cookie(struct ike *ike, const struct ike_datagram *datagram,
    const struct header *header)
{
    struct peer peer = {.vr = datagram->vr,
        .local = datagram->local,
        .remote = datagram->remote};
    struct ike_sa *sa = mem_alloc(sizeof *sa);

    sa->peer = &peer;
    sa->local_port = datagram->local_port;
    sa->remote_port = datagram->remote_port;
    memcpy(sa->cookies, header->cookies, sizeof sa->cookies);
    send_notify(ike, sa, NOTIFY_INVALID_COOKIE, NULL, 0);
    free(sa);
}
