/*
 * quick.c - a pair of IPsec SAs in three messages.  RFC 2409, 5.5.
 *
 *    HDR*, HASH(1), SA, Ni, [KE], IDci, IDcr   -->
 *                       <--   HDR*, HASH(2), SA, Nr, [KE], IDci, IDcr
 *    HDR*, HASH(3)                             -->
 *
 *    HASH(1) = prf(SKEYID_a, M-ID | all that follows)
 *    HASH(2) = prf(SKEYID_a, M-ID | Ni | all that follows)
 *    HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni | Nr)
 *
 * The inbound SA stands before the message that lets the peer use it leaves.
 */
#include "ike/quick.h"

#include "base/arena.h"
#include "crypto/provider.h"
#include "ike/numbers.h"

#include <stdlib.h>

void
quick_free(struct ike *ike, struct quick *quick)
{
    if (quick == NULL)
        return;
    if (!quick->has_child)
        spi_release(ike, quick->in_spi);
    for (int who = 0; who < 2; who++) {
        blob_done(&quick->nonces[who]);
        blob_done(&quick->ke[who]);
        blob_done(&quick->ids[who]);
    }
    dh_free(quick->dh);
    free(quick->probe);
    wipe(quick, sizeof *quick);
    free(quick);
}

/* ---- beginning ---- */

static struct tunnel *
tunnel_of(const struct ike *ike, const struct quick *quick)
{
    struct tunnel *tunnel = tunnel_find(ike, quick->number);

    return tunnel != NULL && tunnel->generation == quick->generation ? tunnel
                                                                     : NULL;
}

/* What is asked for; NULL: the tunnel is gone. */
static const struct ike_tunnel *
wanted(const struct ike *ike, const struct quick *quick)
{
    const struct tunnel *tunnel = tunnel_of(ike, quick);

    if (tunnel == NULL)
        return NULL;
    return quick->probe != NULL ? &quick->probe->tunnel : &tunnel->config;
}

static void
tell_offer(struct ike *ike, const struct ike_sa *sa, const struct quick *quick,
    const struct ike_tunnel *config)
{
    char transforms[IKE_TEXT_SIZE / 2];
    char here[48];
    char there[48];

    transforms_text(config, transforms, sizeof transforms);
    selector_text(&quick->selectors[INITIATOR], here, sizeof here);
    selector_text(&quick->selectors[RESPONDER], there, sizeof there);
    note(ike, quick->number, sa->peer->remote,
        "we ask for: %s, here %s, there %s, PFS group %u%s", transforms, here,
        there, quick->group, quick->group == 0 ? " (none)" : "");
}

static enum err
make_nonce(struct ike *ike, struct quick *quick, int who)
{
    uint8_t nonce[NONCE_SIZE];
    const struct dh_value *public;
    enum err error;

    crypto_random(ike->crypto, nonce, sizeof nonce);
    blob_set(&quick->nonces[who], nonce, sizeof nonce);
    if (quick->group == 0)
        return OK;
    error = dh_new(ike->crypto, quick->group, &quick->dh);
    if (error != OK)
        return error;
    public = dh_public(quick->dh);
    blob_set(&quick->ke[who], public->bytes, public->length);
    return OK;
}

static void
build_common(const struct quick *quick, int who, struct builder *b)
{
    build_payload(
        b, PAYLOAD_NONCE, quick->nonces[who].bytes, quick->nonces[who].length);
    if (quick->group != 0) {
        build_payload(
            b, PAYLOAD_KE, quick->ke[who].bytes, quick->ke[who].length);
    }
    for (int id = 0; id < 2 && quick->ids[INITIATOR].length > 0; id++) {
        build_payload(
            b, PAYLOAD_ID, quick->ids[id].bytes, quick->ids[id].length);
    }
}

static enum err
build_offer(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    struct quick *quick = exchange->quick;
    const struct ike_sa *sa = exchange->sa;
    const struct ike_tunnel *config = wanted(ike, quick);
    uint8_t body[1024];
    struct wr w = wr_over(body, sizeof body);
    uint8_t *hash;
    enum err error = make_nonce(ike, quick, INITIATOR);

    if (error != OK)
        return error;
    tell_offer(ike, sa, quick, config);
    proposal_build_phase2(
        &w, config, quick->group, sa->has_nat, sa->is_draft_nat, quick->in_spi);
    if (!wr_ok(&w))
        return ERR_EXHAUSTED;
    hash = quick_hash_open(exchange, b);
    build_payload(b, PAYLOAD_SA, body, wr_length(&w));
    build_common(quick, INITIATOR, b);
    quick_hash_close(exchange, b, NULL, hash);
    return OK;
}

/* There is address translation, and what the tunnel may use cannot pass. */
static enum err
check_nat(
    struct ike *ike, const struct ike_sa *sa, const struct ike_tunnel *config)
{
    const char *obstacle = obstacle_in_udp(config);
    enum err error;

    if (!sa->has_nat || obstacle == NULL)
        return OK;
    error = fault(ike, IKE_REASON_ENCAPSULATION, NOTIFY_NO_PROPOSAL);
    transforms_text(config, ike->fault.ours, sizeof ike->fault.ours);
    fault_text(ike->fault.mismatch,
        "Address translation was found between the ends, and %s.", obstacle);
    fault_text(ike->fault.advice,
        "Network: let the ends reach each other untranslated. Or use ESP in "
        "tunnel mode.");
    return error;
}

static struct exchange *
quick_new(struct ike *ike, struct ike_sa *sa, uint32_t id, bool is_initiator)
{
    struct exchange *exchange =
        exchange_new(ike, sa, EXCHANGE_QUICK, id, is_initiator);

    if (exchange == NULL)
        return NULL;
    exchange->steps = quick_steps;
    exchange->step_count = 3;
    exchange->quick = mem_alloc(sizeof *exchange->quick);
    exchange->quick->number = IKE_NO_TUNNEL;
    exchange->quick->in_spi = spi_new(ike);
    return exchange;
}

void
quick_begin(struct ike *ike, struct ike_sa *sa, struct tunnel *tunnel)
{
    struct exchange *exchange = quick_new(ike, sa, random_u32(ike) | 1, true);
    struct quick *quick;

    if (exchange == NULL) {
        tunnel->is_waiting = true; /* until one of the others is done */
        return;
    }
    quick = exchange->quick;
    quick->number = tunnel->config.number;
    quick->generation = tunnel->generation;
    quick->group = tunnel->config.pfs_group;
    quick->selectors[INITIATOR] = tunnel->config.local_selector;
    quick->selectors[RESPONDER] = tunnel->config.remote_selector;
    for (int who = 0; who < 2; who++)
        selector_build(&quick->selectors[who], &quick->ids[who]);
    tunnel->is_negotiating = true;
    if (check_nat(ike, sa, &tunnel->config) != OK) {
        ike->fault_notify = 0; /* the peer knows of nothing yet */
        exchange_fail(ike, exchange);
    } else if (exchange_advance(ike, exchange) != OK) {
        (void)fault(ike, IKE_REASON_KEY_EXCHANGE, 0);
        exchange_fail(ike, exchange);
    }
}

void
quick_probe(struct ike *ike, struct ike_sa *sa, const struct tunnel *tunnel,
    const struct ike_probe *probe)
{
    struct exchange *exchange = quick_new(ike, sa, random_u32(ike) | 1, true);
    struct quick *quick;

    if (exchange == NULL) {
        action_add(ike, IKE_ACTION_PROBED)->probed =
            (struct ike_probed){.id = probe->id, .end = IKE_PROBE_IMPOSSIBLE};
        return;
    }
    quick = exchange->quick;
    quick->probe = mem_alloc(sizeof *quick->probe);
    *quick->probe = *probe;
    quick->probe->rules = NULL;
    quick->number = tunnel->config.number;
    quick->generation = tunnel->generation;
    quick->group = probe->tunnel.pfs_group;
    quick->selectors[INITIATOR] = probe->tunnel.local_selector;
    quick->selectors[RESPONDER] = probe->tunnel.remote_selector;
    for (int who = 0; who < 2; who++)
        selector_build(&quick->selectors[who], &quick->ids[who]);
    if (exchange_advance(ike, exchange) != OK) {
        (void)fault(ike, IKE_REASON_KEY_EXCHANGE, 0);
        exchange_fail(ike, exchange);
    }
}

struct exchange *
quick_answer(struct ike *ike, struct ike_sa *sa, uint32_t message_id)
{
    return quick_new(ike, sa, message_id, false);
}

/* ---- the responder ---- */

static enum err
take_nonce(struct quick *quick, int who, const struct message *message)
{
    const struct payload *nonce = message_find(message, PAYLOAD_NONCE);
    const struct payload *ke = message_find(message, PAYLOAD_KE);

    if (nonce->length < NONCE_MIN || nonce->length > NONCE_MAX)
        return ERR_MALFORMED;
    blob_set(&quick->nonces[who], nonce->body, nonce->length);
    if (ke != NULL)
        blob_set(&quick->ke[who], ke->body, ke->length);
    return OK;
}

static enum err
take_offer(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct quick *quick = exchange->quick;
    struct offers offers;
    struct tunnel *tunnel;
    bool has_ids = false;
    enum err error = quick_check_hash(exchange, message, NULL);

    offers.count = 0;
    if (error == OK)
        error = take_nonce(quick, INITIATOR, message);
    if (error == OK) {
        error =
            quick_read_selectors(exchange->sa, message, true, quick, &has_ids);
    }
    if (error == OK)
        error = offers_read(message_find(message, PAYLOAD_SA), false, &offers);
    if (error != OK || offers.count == 0)
        return error != OK ? error : ERR_MALFORMED;
    if (offers.list[0].spi_size == SPI_SIZE)
        quick->out_spi = get_u32(offers.list[0].spi);
    tunnel = quick_find_tunnel(exchange->sa, quick);
    if (tunnel == NULL)
        return quick_fault_selectors(ike, exchange->sa, quick);
    quick->number = tunnel->config.number;
    quick->generation = tunnel->generation;
    for (int who = 0; who < 2 && has_ids; who++)
        selector_build(&quick->selectors[who], &quick->ids[who]);
    error = check_nat(ike, exchange->sa, &tunnel->config);
    return error != OK
               ? error
               : quick_choose(ike, exchange, &tunnel->config, message, &offers);
}

static void
build_lifetime(
    const struct ike_sa *sa, const struct quick *quick, struct builder *b)
{
    if (!quick->tells_lifetime)
        return;
    build_payload_begin(b, PAYLOAD_NOTIFY);
    wr_u32(&b->w, DOI_IPSEC);
    wr_u8(&b->w, phase2_kind(quick->transform)->protocol);
    wr_u8(&b->w, SPI_SIZE);
    wr_u16(&b->w, NOTIFY_RESPONDER_LIFETIME);
    wr_u32(&b->w, quick->in_spi);
    attribute_build(&b->w, P2_LIFE_TYPE, LIFE_SECONDS);
    attribute_build(&b->w, P2_LIFE_DURATION, quick->lifetime_s);
    if (quick->lifetime_kb != 0) {
        attribute_build(&b->w, P2_LIFE_TYPE, LIFE_KILOBYTES);
        attribute_build(&b->w, P2_LIFE_DURATION, quick->lifetime_kb);
    }
    build_payload_end(b);
    (void)sa;
}

static enum err
build_answer(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    struct quick *quick = exchange->quick;
    uint8_t *hash;
    enum err error = make_nonce(ike, quick, RESPONDER);

    if (error == OK)
        error = child_add(ike, exchange);
    if (error != OK) {
        (void)fault(ike, IKE_REASON_KEY_EXCHANGE, NOTIFY_INVALID_KEY);
        return error;
    }
    hash = quick_hash_open(exchange, b);
    build_payload(b, PAYLOAD_SA, quick->choice, quick->choice_length);
    build_common(quick, RESPONDER, b);
    build_lifetime(exchange->sa, quick, b);
    quick_hash_close(exchange, b, &quick->nonces[INITIATOR], hash);
    return OK;
}

/* ---- the initiator ---- */

static void
tell_answer(struct ike *ike, const struct exchange *exchange)
{
    const struct quick *quick = exchange->quick;
    char here[48];
    char there[48];

    selector_text(&quick->selectors[INITIATOR], here, sizeof here);
    selector_text(&quick->selectors[RESPONDER], there, sizeof there);
    note(ike, quick->number, exchange->sa->peer->remote,
        "the peer agrees: %s, here %s, there %s, %u s",
        phase2_kind(quick->transform)->name, here, there, quick->lifetime_s);
}

static enum err
take_answer(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct quick *quick = exchange->quick;
    const struct ike_tunnel *config = wanted(ike, quick);
    enum err error =
        quick_check_hash(exchange, message, &quick->nonces[INITIATOR]);

    if (error == OK && config == NULL)
        return ERR_MALFORMED; /* it was removed meanwhile: nobody wants it */
    if (error == OK)
        error = take_nonce(quick, RESPONDER, message);
    if (error == OK)
        error = quick_take_choice(ike, exchange, config, message);
    if (error == OK)
        error = quick_take_selectors(ike, exchange, message);
    if (error != OK)
        return error;
    for (size_t i = 0; i < message->count; i++) {
        if (message->payloads[i].type == PAYLOAD_NOTIFY)
            quick_take_lifetime(quick, &message->payloads[i]);
    }
    tell_answer(ike, exchange);
    if (quick->probe != NULL)
        return OK;
    error = child_add(ike, exchange);
    if (error != OK)
        (void)fault(ike, IKE_REASON_KEY_EXCHANGE, NOTIFY_INVALID_KEY);
    return error == ERR_MALFORMED ? ERR_CONFLICT : error;
}

static enum err
build_last(struct ike *ike, struct exchange *exchange, struct builder *b)
{
    uint8_t hash[PRF_SIZE_MAX];

    (void)ike;
    quick_last_hash(exchange, hash);
    build_payload(
        b, PAYLOAD_HASH, hash, prf_size(suite_prf(&exchange->sa->suite)));
    return OK;
}

static enum err
take_last(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    uint8_t hash[PRF_SIZE_MAX];

    (void)ike;
    quick_last_hash(exchange, hash);
    return quick_hash_is(exchange, message, hash) ? OK : ERR_AUTH;
}

void
quick_done(struct ike *ike, struct exchange *exchange)
{
    struct tunnel *tunnel = tunnel_of(ike, exchange->quick);

    if (exchange->quick->probe != NULL) {
        probe_quick_agreed(ike, exchange);
    } else if (tunnel != NULL) {
        if (exchange->is_initiator)
            tunnel->is_negotiating = false;
        child_ready(ike, tunnel, exchange->quick->in_spi);
    }
    quick_free(ike, exchange->quick);
    exchange->quick = mem_alloc(sizeof *exchange->quick);
    exchange->quick->number = IKE_NO_TUNNEL;
}

/* clang-format off */
const struct step quick_steps[3] = {
    {NEEDS(PAYLOAD_HASH) | NEEDS(PAYLOAD_SA) | NEEDS(PAYLOAD_NONCE), true,
        false, IKE_STAGE_PHASE2, build_offer, take_offer},
    {NEEDS(PAYLOAD_HASH) | NEEDS(PAYLOAD_SA) | NEEDS(PAYLOAD_NONCE), true,
        false, IKE_STAGE_PHASE2, build_answer, take_answer},
    {NEEDS(PAYLOAD_HASH), true, false, IKE_STAGE_PHASE2, build_last,
        take_last},
};
/* clang-format on */
