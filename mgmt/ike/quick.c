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
#include "ike/engine.h"

#include "base/arena.h"
#include "base/ip.h"
#include "crypto/provider.h"
#include "ike/numbers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
quick_free(struct quick *quick)
{
    if (quick == NULL)
        return;
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

/* ---- the responder: whose traffic is it? ---- */

/* Both ID payloads, or none: then it is the two ends themselves. */
static enum err
read_selectors(const struct ike_sa *sa, const struct message *message,
    bool peer_is_first, struct quick *quick, bool *out_has)
{
    const struct payload *found[2] = {NULL, NULL};
    unsigned count = 0;
    const uint32_t ends[2] = {sa->peer->local, sa->peer->remote};

    for (size_t i = 0; i < message->count; i++) {
        if (message->payloads[i].type != PAYLOAD_ID)
            continue;
        if (count == 2)
            return ERR_MALFORMED;
        found[count++] = &message->payloads[i];
    }
    *out_has = count == 2;
    for (int who = 0; who < 2; who++) {
        struct ike_selector *selector = &quick->selectors[who];

        if (count == 2 && selector_read(found[who], selector) != OK)
            return ERR_MALFORMED;
        if (count == 0) {
            bool is_peer = (who == INITIATOR) == peer_is_first;

            *selector = (struct ike_selector){.first = ends[is_peer],
                .last = ends[is_peer],
                .is_address = true};
        }
    }
    return count == 1 ? ERR_MALFORMED : OK;
}

static void
pair_text(const struct ike_selector *here, const struct ike_selector *there,
    char *text, size_t size)
{
    char one[48];
    char other[48];

    selector_text(here, one, sizeof one);
    selector_text(there, other, sizeof other);
    (void)snprintf(text, size, "here %s, there %s", one, other);
}

/* Which tunnel was meant, most likely. */
static uint32_t
nearest_tunnel(const struct ike_sa *sa, const struct quick *quick)
{
    uint32_t number = IKE_NO_TUNNEL;
    const struct tunnel *tunnel;
    int best = -1;

    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        const struct ike_tunnel *config = &tunnel->config;
        int same = selector_is_same(
                       &config->local_selector, &quick->selectors[RESPONDER]) +
                   selector_is_same(
                       &config->remote_selector, &quick->selectors[INITIATOR]);

        if (same <= best)
            continue;
        best = same;
        number = config->number;
    }
    return number;
}

static enum err
fault_selectors(struct ike *ike, const struct ike_sa *sa, struct quick *quick)
{
    enum err error = fault(ike, IKE_REASON_SELECTOR, NOTIFY_INVALID_ID);
    const struct tunnel *tunnel;
    char *ours = ike->fault.ours;
    size_t at = 0;

    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        char one[120];
        int length;

        pair_text(&tunnel->config.local_selector,
            &tunnel->config.remote_selector, one, sizeof one);
        if (at + 1 >= IKE_TEXT_SIZE)
            break;
        length = snprintf(
            ours + at, IKE_TEXT_SIZE - at, "%s%s", at > 0 ? "; " : "", one);
        at += length > 0 ? (size_t)length : 0;
    }
    quick->number = nearest_tunnel(sa, quick);
    pair_text(&quick->selectors[RESPONDER], &quick->selectors[INITIATOR],
        ike->fault.theirs, sizeof ike->fault.theirs);
    fault_text(ike->fault.mismatch,
        "No tunnel to this peer is for what it asks for: %s.",
        ike->fault.theirs);
    return error;
}

/* A certificate proves one name: tunnels of others behind the same address are
 * none of its peer's business. */
static bool
is_for_peer(const struct ike_sa *sa, const struct ike_tunnel *config)
{
    return sa->suite.method != IKE_RSA_SIG || config->remote.name[0] == '\0' ||
           identity_is_same(&config->remote, &sa->identity);
}

/* The tunnel for exactly these, or else one that holds them. */
static struct tunnel *
find_tunnel(const struct ike_sa *sa, const struct quick *quick)
{
    const struct ike_selector *there = &quick->selectors[INITIATOR];
    const struct ike_selector *here = &quick->selectors[RESPONDER];
    struct tunnel *wider = NULL;
    struct tunnel *tunnel;

    LIST_FOREACH(tunnel, &sa->peer->tunnels, of_peer) {
        const struct ike_tunnel *config = &tunnel->config;

        if (!is_for_peer(sa, config))
            continue;
        if (selector_is_same(&config->local_selector, here) &&
            selector_is_same(&config->remote_selector, there))
            return tunnel;
        if (selector_holds(&config->local_selector, here) &&
            selector_holds(&config->remote_selector, there))
            wider = tunnel;
    }
    return wider;
}

/* ---- the responder: which transform? ---- */

/* MODP groups by modulus, curves by size; between the two none is higher. */
static bool
pfs_accepts(uint16_t ours, uint16_t theirs)
{
    bool our_curve = ours >= 19;
    bool their_curve = theirs >= 19;

    if (theirs != 0 && !dh_group_is_known(theirs))
        return false;
    return ours == 0 || (theirs >= ours && our_curve == their_curve);
}

static bool
mode_fits(const struct ike_sa *sa, const struct ike_tunnel *config,
    const struct offer *offer)
{
    return offer->mode ==
               mode_number(config->is_transport, sa->has_nat, false) ||
           (sa->has_nat &&
               offer->mode == mode_number(config->is_transport, true, true));
}

/* The group of the KE payload must be that of the offer. */
static bool
ke_fits(const struct offer *offer, const struct message *message)
{
    const struct payload *ke = message_find(message, PAYLOAD_KE);

    if (offer->group == 0)
        return ke == NULL;
    return ke != NULL && ke->length == dh_public_size(offer->group);
}

static bool
has_transform(const struct ike_tunnel *config, const struct offer *offer,
    enum transform *out_transform)
{
    for (uint8_t i = 0; i < config->transform_count; i++) {
        if (offer_is_transform(offer, config->transforms[i])) {
            *out_transform = config->transforms[i];
            return true;
        }
    }
    return false;
}

/* How far an offer comes before something does not fit. */
static unsigned
offer_rank(const struct ike_sa *sa, const struct ike_tunnel *config,
    const struct offer *offer, const struct message *message,
    enum transform *out_transform)
{
    if (offer->spi_size != SPI_SIZE || get_u32(offer->spi) < SPI_MIN ||
        offer->attributes_length > 200)
        return 0;
    if (!has_transform(config, offer, out_transform))
        return 0;
    if (!mode_fits(sa, config, offer) ||
        (sa->has_nat && offer->protocol == PROTOCOL_AH))
        return 1;
    if (!pfs_accepts(config->pfs_group, offer->group) ||
        !ke_fits(offer, message))
        return 2;
    return 3;
}

static enum err
fault_offers(struct ike *ike, const struct ike_tunnel *config, unsigned best,
    const struct offers *offers)
{
    static const enum ike_reason reasons[] = {
        IKE_REASON_TRANSFORM, IKE_REASON_ENCAPSULATION, IKE_REASON_PFS};
    enum err error = fault(ike, reasons[best], NOTIFY_NO_PROPOSAL);
    char *theirs = ike->fault.theirs;
    size_t at = 0;

    transforms_text(config, ike->fault.ours, sizeof ike->fault.ours);
    for (size_t i = 0; i < offers->count && at + 1 < IKE_TEXT_SIZE; i++) {
        char one[120];
        int length;

        offer_text_phase2(&offers->list[i], one, sizeof one);
        length = snprintf(
            theirs + at, IKE_TEXT_SIZE - at, "%s%s", i > 0 ? "; " : "", one);
        at += length > 0 ? (size_t)length : 0;
    }
    fault_text(ike->fault.mismatch, "%s Here: %.120s. The peer: %.120s.",
        ike_reason_sentence(reasons[best]), ike->fault.ours, theirs);
    return error;
}

static uint32_t
smaller(uint32_t ours, uint32_t theirs)
{
    if (ours == 0 || theirs == 0)
        return ours != 0 ? ours : theirs;
    return theirs < ours ? theirs : ours;
}

static void
accept_offer(const struct ike_sa *sa, const struct ike_tunnel *config,
    const struct offer *offer, struct quick *quick)
{
    struct wr w = wr_over(quick->choice, sizeof quick->choice);
    uint8_t spi[SPI_SIZE];
    uint32_t offered_s =
        offer->lifetime_s != 0 ? offer->lifetime_s : 28800; /* RFC 2407, 4.5 */

    quick->is_transport = config->is_transport;
    quick->is_udp = sa->has_nat;
    quick->group = offer->group;
    quick->out_spi = get_u32(offer->spi);
    quick->lifetime_s = smaller(config->lifetime_s, offered_s);
    quick->lifetime_kb = smaller(config->lifetime_kb, offer->lifetime_kb);
    quick->tells_lifetime = quick->lifetime_s < offered_s ||
                            quick->lifetime_kb != offer->lifetime_kb;
    put_u32(spi, quick->in_spi);
    offer_build(&w, offer, spi, sizeof spi);
    quick->choice_length = wr_ok(&w) ? wr_length(&w) : 0;
}

static enum err
choose(struct ike *ike, struct exchange *exchange,
    const struct ike_tunnel *config, const struct message *message,
    const struct offers *offers)
{
    const struct ike_sa *sa = exchange->sa;
    unsigned best = 0;

    for (size_t i = 0; i < offers->count; i++) {
        unsigned rank = offer_rank(
            sa, config, &offers->list[i], message, &exchange->quick->transform);

        if (rank == 3) {
            accept_offer(sa, config, &offers->list[i], exchange->quick);
            return OK;
        }
        best = rank > best ? rank : best;
    }
    return fault_offers(ike, config, best, offers);
}

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
    if (error == OK)
        error = read_selectors(exchange->sa, message, true, quick, &has_ids);
    if (error == OK)
        error = offers_read(message_find(message, PAYLOAD_SA), false, &offers);
    if (error != OK || offers.count == 0)
        return error != OK ? error : ERR_MALFORMED;
    if (offers.list[0].spi_size == SPI_SIZE)
        quick->out_spi = get_u32(offers.list[0].spi);
    tunnel = find_tunnel(exchange->sa, quick);
    if (tunnel == NULL)
        return fault_selectors(ike, exchange->sa, quick);
    quick->number = tunnel->config.number;
    quick->generation = tunnel->generation;
    for (int who = 0; who < 2 && has_ids; who++)
        selector_build(&quick->selectors[who], &quick->ids[who]);
    error = check_nat(ike, exchange->sa, &tunnel->config);
    return error != OK
               ? error
               : choose(ike, exchange, &tunnel->config, message, &offers);
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

static enum err
take_choice(struct ike *ike, struct exchange *exchange,
    const struct ike_tunnel *config, const struct message *message)
{
    struct quick *quick = exchange->quick;
    struct offers offers;
    const struct offer *offer = &offers.list[0];
    unsigned rank;

    if (offers_read(message_find(message, PAYLOAD_SA), false, &offers) != OK ||
        offers.count != 1 || offer->spi_size != SPI_SIZE)
        return ERR_MALFORMED;
    rank = offer_rank(exchange->sa, config, offer, message, &quick->transform);
    if (rank == 3 && offer->group != quick->group)
        rank = 2;
    if (rank < 3)
        return fault_offers(ike, config, rank, &offers);
    quick->is_transport = config->is_transport;
    quick->is_udp = exchange->sa->has_nat;
    quick->out_spi = get_u32(offer->spi);
    quick->lifetime_s = smaller(config->lifetime_s, offer->lifetime_s);
    quick->lifetime_kb = smaller(config->lifetime_kb, offer->lifetime_kb);
    return OK;
}

/* The peer may take less than we asked for, and says so only here. */
static enum err
take_selectors(
    struct ike *ike, struct exchange *exchange, const struct message *message)
{
    struct quick *quick = exchange->quick;
    struct ike_selector asked[2];
    bool has_ids = false;
    enum err error;

    memcpy(asked, quick->selectors, sizeof asked);
    error = read_selectors(exchange->sa, message, false, quick, &has_ids);
    if (error != OK || !has_ids) {
        memcpy(quick->selectors, asked, sizeof asked);
        return error;
    }
    if (selector_holds(&asked[INITIATOR], &quick->selectors[INITIATOR]) &&
        selector_holds(&asked[RESPONDER], &quick->selectors[RESPONDER]))
        return OK;
    error = fault(ike, IKE_REASON_SELECTOR, NOTIFY_INVALID_ID);
    pair_text(&asked[INITIATOR], &asked[RESPONDER], ike->fault.ours,
        sizeof ike->fault.ours);
    pair_text(&quick->selectors[INITIATOR], &quick->selectors[RESPONDER],
        ike->fault.theirs, sizeof ike->fault.theirs);
    return error;
}

/* RESPONDER-LIFETIME: the peer's lifetimes are the smaller ones. */
static void
take_lifetime(struct quick *quick, const struct payload *payload)
{
    struct rd r = rd_over(payload->body, payload->length);
    uint8_t spi_size;
    uint16_t life_type = 0;

    rd_skip(&r, 5);
    spi_size = rd_u8(&r);
    if (rd_u16(&r) != NOTIFY_RESPONDER_LIFETIME)
        return;
    rd_skip(&r, spi_size);
    while (rd_ok(&r) && rd_left(&r) > 0) {
        uint16_t type = rd_u16(&r);
        uint32_t value = rd_u16(&r);

        if ((type & ATTRIBUTE_SHORT) == 0) {
            if (value != sizeof value)
                return;
            value = rd_u32(&r);
        }
        type &= (uint16_t)~ATTRIBUTE_SHORT;
        if (!rd_ok(&r))
            return;
        if (type == P2_LIFE_TYPE) {
            life_type = (uint16_t)value;
        } else if (type == P2_LIFE_DURATION && life_type == LIFE_SECONDS) {
            quick->lifetime_s = smaller(quick->lifetime_s, value);
        } else if (type == P2_LIFE_DURATION && life_type == LIFE_KILOBYTES) {
            quick->lifetime_kb = smaller(quick->lifetime_kb, value);
        }
    }
}

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
        error = take_choice(ike, exchange, config, message);
    if (error == OK)
        error = take_selectors(ike, exchange, message);
    if (error != OK)
        return error;
    for (size_t i = 0; i < message->count; i++) {
        if (message->payloads[i].type == PAYLOAD_NOTIFY)
            take_lifetime(quick, &message->payloads[i]);
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
    quick_free(exchange->quick);
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
