/*
 * ah.h - the Authentication Header of one SA (RFC 2402), in tunnel mode or,
 * after ah_carry, in transport mode, where the outer header is the packet's
 * own and what it carries stands for the inner packet; without the sequence
 * number and the anti-replay window: those are the SA's, which calls the steps
 * below in the order of RFC 2402, 3.4.
 *
 *    +-----------------+----+---+---+-----+----------+-----+-------------+
 *    | outer IPv4 (20+)|next|len| 0 | SPI | sequence | ICV | inner IPv4  |
 *    +-----------------+----+---+---+-----+----------+-----+-------------+
 *                       1    1   2   4     4         12,16
 *    |<- authenticated, mutable fields and the ICV taken as zero ------->|
 *
 * RFC 2403, 2404 and 4868 give the ICV.  Made in thread M, then thread D's.
 */
#ifndef AH_AH_H
#define AH_AH_H

#include "base/err.h"
#include "crypto/hmac.h"
#include "gen/drops.h"

#include <stdbool.h>
#include <stdint.h>

struct ah;
struct pkt;
struct secret;

/* The key is borrowed for the call.  ERR_INVALID: a key of the wrong length.
 * ERR_EXHAUSTED: OpenSSL refuses. */
MUST_CHECK enum err ah_new(uint32_t spi, enum hmac_kind hmac,
    const struct secret *key, struct ah **out_ah);
/* As sa_ahead, in steps 0, 1. */
void ah_ahead(const struct ah *ah, unsigned step);
void ah_free(struct ah *ah); /* NULL is allowed; wipes */
/* The next header; IPv4 if not told otherwise. */
void ah_carry(struct ah *ah, uint8_t payload);
/* Bytes that it adds, without the outer header. */
uint32_t ah_overhead(const struct ah *ah);

/* Outbound, in two steps: the AH header goes before the inner packet with
 * its ICV zero; when the outer header stands before that, the ICV is set.
 * False: the buffer has no room; options that cannot be walked. */
bool ah_push(const struct ah *ah, struct pkt *pkt, uint32_t sequence);
bool ah_sign(struct ah *ah, struct pkt *pkt);

/* Inbound, pkt being at the outer header, which was checked and has
 * header_length bytes, in this order.  Only ah_open changes the packet. */

/* Length; false: DROP_TRUNCATED. */
bool ah_read(const struct ah *ah, const struct pkt *pkt, uint8_t header_length,
    uint32_t *out_sequence);
/* DROP_MALFORMED: options of the outer header that cannot be walked.
 * DROP_BAD_ICV: the ICV is wrong or of another length. */
enum drop ah_verify(
    struct ah *ah, const struct pkt *pkt, uint8_t header_length);
/* Takes both headers off; DROP_BAD_INNER where no IPv4 packet follows, in
 * transport mode DROP_OTHER_PROTOCOL. */
enum drop ah_open(const struct ah *ah, struct pkt *pkt, uint8_t header_length);

#endif
