/*
 * quick_choice.c - which of the transforms that are offered for a pair of SAs,
 * and for how long.  RFC 2407, 4.4 and 4.5; RFC 2409, 5.5.
 */
#include "ike/quick.h"

#include "base/bytes.h"
#include "ike/numbers.h"

#include <stdio.h>

static uint32_t
smaller(uint32_t ours, uint32_t theirs)
{
    if (ours == 0 || theirs == 0)
        return ours != 0 ? ours : theirs;
    return theirs < ours ? theirs : ours;
}

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

enum err
quick_choose(struct ike *ike, struct exchange *exchange,
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

enum err
quick_take_choice(struct ike *ike, struct exchange *exchange,
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

/* RESPONDER-LIFETIME: the peer's lifetimes are the smaller ones. */
void
quick_take_lifetime(struct quick *quick, const struct payload *payload)
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
