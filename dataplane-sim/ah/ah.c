/*
 * ah.c - the Authentication Header in both directions.
 *
 * The ICV covers the outer header as it will arrive, so what routers change
 * on the way counts as zero (RFC 2402, 3.3.3.1 and appendix A).  That is
 * done on a copy of the header; the packet itself stays as it is.
 */
#include "ah/ah.h"

#include "ah/mutable.h"
#include "base/ahead.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "pkt/pkt.h"

#include <stdlib.h>
#include <string.h>

enum { AH_FIXED = 12 }; /* bytes before the ICV */

struct ah {
    uint32_t spi;
    uint8_t icv;     /* bytes       */
    uint8_t payload; /* next header */
    struct hmac *hmac;
};

enum err
ah_new(uint32_t spi, enum hmac_kind hmac, const struct secret *key,
    struct ah **out_ah)
{
    struct ah *ah;
    enum err err;

    if (key->length != hmac_size(hmac))
        return ERR_INVALID;
    ah = mem_alloc(sizeof *ah);
    ah->spi = spi;
    ah->payload = IP4_PROTO_IPIP;
    ah->icv = (uint8_t)hmac_icv(hmac);
    err = hmac_new(hmac, key, &ah->hmac);
    if (err != OK) {
        ah_free(ah);
        return err;
    }
    *out_ah = ah;
    return OK;
}

void
ah_ahead(const struct ah *ah, unsigned step)
{
    if (step == 0) {
        ahead(ah, sizeof *ah);
    } else if (step == 1) {
        hmac_ahead(ah->hmac);
    }
}

void
ah_free(struct ah *ah)
{
    if (ah == NULL)
        return;
    hmac_free(ah->hmac);
    free(ah);
}

void
ah_carry(struct ah *ah, uint8_t payload)
{
    ah->payload = payload;
}

uint32_t
ah_overhead(const struct ah *ah)
{
    return (uint32_t)AH_FIXED + ah->icv;
}

/* In words of 32 bits, less two (RFC 2402, 2.2). */
static uint8_t
payload_length(const struct ah *ah)
{
    return (uint8_t)(ah_overhead(ah) / 4 - 2);
}

/* Feeds all that the ICV covers; outer is the header with zeros in it. */
static void
add_covered(struct ah *ah, const struct pkt *pkt, const uint8_t *outer,
    uint8_t header_length)
{
    static const uint8_t no_icv[HMAC_ICV_MAX];
    const uint8_t *header = pkt->at + header_length;

    hmac_start(ah->hmac);
    hmac_add(ah->hmac, outer, header_length);
    hmac_add(ah->hmac, header, AH_FIXED);
    hmac_add(ah->hmac, no_icv, ah->icv);
    hmac_add(ah->hmac, header + ah_overhead(ah),
        pkt->length - header_length - ah_overhead(ah));
}

bool
ah_push(const struct ah *ah, struct pkt *pkt, uint32_t sequence)
{
    uint8_t *header = pkt_push(pkt, ah_overhead(ah));

    if (header == NULL)
        return false;
    header[0] = ah->payload;
    header[1] = payload_length(ah);
    put_u16(header + 2, 0);
    put_u32(header + 4, ah->spi);
    put_u32(header + 8, sequence);
    memset(header + AH_FIXED, 0, ah->icv);
    return true;
}

/* The header as the ICV covers it.  False: options that cannot be walked. */
static bool
copy_immutable(
    const struct pkt *pkt, uint8_t header_length, uint8_t outer[IP4_HEADER_MAX])
{
    memcpy(outer, pkt->at, header_length);
    mutable_clear_fields(outer);
    return mutable_clear_options(
        outer + IP4_HEADER, (size_t)header_length - IP4_HEADER);
}

bool
ah_sign(struct ah *ah, struct pkt *pkt)
{
    const uint8_t header_length = (uint8_t)((pkt->at[0] & 0x0f) * 4);
    uint8_t outer[IP4_HEADER_MAX];

    if (!copy_immutable(pkt, header_length, outer))
        return false;
    add_covered(ah, pkt, outer, header_length);
    hmac_finish(ah->hmac, pkt->at + header_length + AH_FIXED, ah->icv);
    return true;
}

bool
ah_read(const struct ah *ah, const struct pkt *pkt, uint8_t header_length,
    uint32_t *out_sequence)
{
    if (pkt->length < header_length + ah_overhead(ah))
        return false;
    *out_sequence = get_u32(pkt->at + header_length + 8);
    return true;
}

enum drop
ah_verify(struct ah *ah, const struct pkt *pkt, uint8_t header_length)
{
    const uint8_t *header = pkt->at + header_length;
    uint8_t outer[IP4_HEADER_MAX];

    if (header[1] != payload_length(ah))
        return DROP_BAD_ICV;
    if (!copy_immutable(pkt, header_length, outer))
        return DROP_MALFORMED;
    add_covered(ah, pkt, outer, header_length);
    if (!hmac_matches(ah->hmac, header + AH_FIXED, ah->icv))
        return DROP_BAD_ICV;
    return DROP_NONE;
}

enum drop
ah_open(const struct ah *ah, struct pkt *pkt, uint8_t header_length)
{
    if (pkt->at[header_length] != ah->payload) {
        return ah->payload == IP4_PROTO_IPIP ? DROP_BAD_INNER
                                             : DROP_OTHER_PROTOCOL;
    }
    pkt_pull(pkt, (size_t)header_length + ah_overhead(ah));
    return DROP_NONE;
}
