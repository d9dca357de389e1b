/*
 * sa.h - security associations of ESP and AH, in tunnel or transport mode.
 *
 * An SA is one direction (RFC 2401, 4.1): SPI, destination, protocol, keyed
 * crypto contexts, the sequence number or the anti-replay window, counters.
 * It is made complete in thread M (keys are scheduled there once), handed to
 * thread D, and given back to M to be freed.  D never allocates for it.
 */
#ifndef SA_SA_H
#define SA_SA_H

#include "base/err.h"
#include "base/secret.h"
#include "gen/drops.h"
#include "gen/enums.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crypto;
struct pkt;

enum sa_direction { SA_INBOUND, SA_OUTBOUND };

/* Tunnel: an IPv4 packet whole, behind a header of the SA's ends.  Transport:
 * the payload of a packet between these ends, which keeps its header and
 * options (RFC 2401, 4.1).  Such an SA is for one protocol. */
enum sa_mode { SA_TUNNEL, SA_TRANSPORT };

/* ESP in UDP (RFC 3948): our port and the peer's, host order.  Both zero: the
 * SA is not in UDP. */
struct sa_udp {
    uint16_t local_port;
    uint16_t remote_port;
};

/* When an SA is to be replaced (soft) and when it is used no more (hard), by
 * seconds since thread D has it and by kilobytes, of 1024 octets of what is
 * protected (RFC 2401, 4.4.3).  0: no such limit. */
struct sa_limits {
    uint32_t soft_s;
    uint32_t hard_s;
    uint32_t soft_kb;
    uint32_t hard_kb;
};

enum sa_life {
    SA_FRESH,
    SA_AGEING,  /* past a soft limit                        */
    SA_EXPIRED, /* past a hard limit: nothing goes through */
};

/* Outbound, with so many sequence numbers left an SA is ageing. */
enum { SA_SEQUENCES_LEFT = 1 << 20 };

/* What an operator or IKE decides about an SA. */
struct sa_params {
    enum sa_direction direction;
    enum sa_mode mode;
    uint8_t payload; /* SA_TRANSPORT: the protocol that it is for  */
    enum transform transform;
    uint32_t spi; /* 256 to 4294967295, host order          */
    uint32_t src; /* outer addresses, host order            */
    uint32_t dst;
    uint16_t vr;       /* transport VR's index in the dataplane  */
    uint32_t tunnel;   /* slot of the tunnel that it belongs to  */
    uint32_t window;   /* anti-replay, inbound: 64 to 4096; 0: 64 */
    struct sa_udp udp; /* ESP only */
    struct sa_limits limits;
    struct secret encryption_key;     /* empty where not needed */
    struct secret authentication_key; /* empty where not needed */
};

struct sa;

/* What a packet of so many bytes costs this machine, out by an SA of its own,
 * in bursts: ns, 0 if nothing can be measured.  Takes a few milliseconds. */
enum { SA_COST_LENGTH = 1400 };
uint32_t sa_cost_ns(struct crypto *crypto, enum transform transform);

/* What a transform needs (RFC 2402, 2403, 2404, 2405, 2406, 2451). */
struct sa_transform {
    uint8_t protocol;           /* 50 ESP or 51 AH     */
    uint8_t encryption_key;     /* bytes, 0: NULL      */
    uint8_t authentication_key; /* bytes, 0: none      */
    uint8_t block;              /* cipher block, bytes */
    uint8_t iv;                 /* bytes               */
    uint8_t icv;                /* bytes               */
};

const struct sa_transform *sa_transform_of(enum transform transform);

/* ERR_INVALID: keys not of the transform's lengths, a reserved SPI, a window
 * that is none, transport mode without a protocol or in UDP, AH in UDP, UDP
 * with one port.
 * ERR_EXHAUSTED: the cryptographic library refuses.  Keys are copied; crypto
 * is used during the call only, but must outlive the SA. */
MUST_CHECK enum err sa_new(
    struct crypto *crypto, const struct sa_params *params, struct sa **out_sa);
void sa_free(struct sa *sa); /* NULL is allowed; wipes the keys */

/* Ask memory for what a packet will need of it: step 0, and some time later
 * 1, 2, 3, each for what the one before has brought. */
void sa_ahead(const struct sa *sa, unsigned step);

uint32_t sa_spi(const struct sa *sa);
uint32_t sa_src(const struct sa *sa);
uint32_t sa_dst(const struct sa *sa);
uint16_t sa_vr(const struct sa *sa);
uint32_t sa_tunnel(const struct sa *sa);
uint8_t sa_protocol(const struct sa *sa);
enum sa_direction sa_direction(const struct sa *sa);
enum sa_mode sa_mode(const struct sa *sa);
enum transform sa_transform(const struct sa *sa);
struct sa_udp sa_udp(const struct sa *sa);
/* Is the protected packet in UDP? */
bool sa_is_in_udp(const struct sa *sa);
/* Bytes that encapsulation adds to a packet of this length: in tunnel mode the
 * inner one, and the outer header counts; in transport mode one without IP
 * options. */
uint32_t sa_overhead(const struct sa *sa, uint32_t inner_length);
struct sa_limits sa_limits(const struct sa *sa);
enum sa_life sa_life(const struct sa *sa); /* any thread */
/* When thread D got it; 0: not yet.  Any thread. */
uint64_t sa_added_us(const struct sa *sa);
/* The last sequence number sent, or the highest accepted; 0 inbound without
 * authentication, where it is not looked at (RFC 2406, 3.4.3).  Any thread. */
uint32_t sa_sequence(const struct sa *sa);
/* Of its anti-replay window, in sequence numbers; 0: it has none. */
uint32_t sa_window(const struct sa *sa);
/* Packets that went through, and their octets in clear.  Any thread. */
uint64_t sa_packets(const struct sa *sa);
uint64_t sa_octets(const struct sa *sa);
/* Before thread D has it: send numbers above this one only.  An outbound SA
 * that is made again with an old key goes on where it was, since the other
 * end would take lower numbers for replayed ones.  UINT32_MAX: none is left.
 * RFC 2406, 3.3.3. */
void sa_start_above(struct sa *sa, uint32_t last);

/* SAs of one direction by SPI, destination, protocol and VR: a fixed
 * open-addressing table, so that thread D never allocates.  SAs are borrowed:
 * the holder takes them out before freeing. */
struct sa_table;
struct sa_table *sa_table_new(uint32_t capacity);
void sa_table_free(struct sa_table *table);
/* ERR_EXISTS: one has the same key.  ERR_EXHAUSTED: capacity reached. */
MUST_CHECK enum err sa_table_add(struct sa_table *table, struct sa *sa);
void sa_table_remove(struct sa_table *table, const struct sa *sa);
uint32_t sa_table_count(const struct sa_table *table);
/* Ask memory for what sa_table_find of these will read. */
void sa_table_ahead(const struct sa_table *table, uint16_t vr, uint32_t dst,
    uint8_t protocol, uint32_t spi);
struct sa *sa_table_find(const struct sa_table *table, uint16_t vr,
    uint32_t dst, uint8_t protocol, uint32_t spi);

/* One packet through one SA.  The outer header of tunnel mode is written by the
 * caller's choice of fields; addresses, protocol and length are the SA's. */
struct sa_outer {
    uint8_t tos;
    uint8_t ttl;
    uint16_t id;
    bool dont_fragment;
};

/* in:  pkt is at an outer IPv4 header whose addresses, protocol and SPI led to
 *      this SA, in UDP if the SA is, no fragment; afterwards at the inner
 *      IPv4 header, with its length.  In transport mode these two are one,
 *      which afterwards names the protocol that the SA is for.
 *      DROP_MALFORMED, _TRUNCATED, _REPLAYED, _BAD_ICV, _DECRYPT_FAILED,
 *      _BAD_PADDING, _BAD_INNER, _OTHER_PROTOCOL, _IN_SA_EXPIRED.
 * out: pkt is at the inner IPv4 header; afterwards at the outer one, or in
 *      transport mode again at its own.  There outer may be NULL.
 *      DROP_SEQUENCE_END, _OUT_SA_EXPIRED, _ENCRYPT_FAILED, _TOO_BIG_TUNNEL
 *      where the buffer has no room; in transport mode _MALFORMED, for
 *      fragments too (RFC 2406, 3.3), and _OTHER_PROTOCOL.
 * After a drop the packet is in an undefined state but still the caller's.
 * RFC 2406, 3.3 and 3.4; RFC 2402, 3.3 and 3.4. */
enum drop sa_in(struct sa *sa, struct pkt *pkt);
enum drop sa_out(struct sa *sa, struct pkt *pkt, const struct sa_outer *outer);
/* The same drops, without any effect on the SA.  Outwards the packet gets its
 * length and outer header, but is not encrypted. */
enum drop sa_rehearse_in(struct sa *sa, struct pkt *pkt);
enum drop sa_rehearse_out(
    const struct sa *sa, struct pkt *pkt, const struct sa_outer *outer);

/* The same in two halves: what is between them, encryption with the ICV or
 * verification with decryption, takes most of the time and is done for many
 * packets at once.  Only for SAs that can wait; they and the packets stay in
 * place meanwhile.
 *
 *    sa_in_begin  ->  sa_works  ->  sa_in_end        out_begin, out_end
 *
 * begin and end give the drops of sa_in and sa_out between them; after a drop
 * there is nothing more to do. */
struct sa_work {
    struct sa *sa;
    struct pkt *pkt;
    uint8_t *esp;      /* the ESP header                        */
    uint32_t length;   /* from there to the end of the ICV      */
    uint32_t sequence; /* its number                            */
    uint32_t clear;    /* out: bytes of the packet before       */
    uint8_t headers;   /* in: bytes before the ESP header       */
    enum drop drop;    /* what sa_works found                   */
};

struct lanes;

bool sa_can_wait(const struct sa *sa);
enum drop sa_in_begin(struct sa *sa, struct pkt *pkt, struct sa_work *out_work);
enum drop sa_out_begin(struct sa *sa, struct pkt *pkt,
    const struct sa_outer *outer, struct sa_work *out_work);
/* lanes NULL: one after the other, as the last few always are. */
void sa_works(struct lanes *lanes, struct sa_work *works, size_t count);
enum drop sa_in_end(struct sa_work *work);
enum drop sa_out_end(struct sa_work *work);

/* The SAs of one dataplane, and which of them came to a limit.  SAs are
 * borrowed from sa_lives_add to sa_lives_remove.  Thread D only; made and freed
 * by M.  Times are in microseconds of the clock that D is given. */
struct sa_lives;

/* capacity: SAs with a limit in time. */
struct sa_lives *sa_lives_new(uint32_t capacity);
void sa_lives_free(struct sa_lives *lives); /* NULL is allowed */

/* Its time begins.  ERR_EXHAUSTED. */
MUST_CHECK enum err sa_lives_add(
    struct sa_lives *lives, struct sa *sa, uint64_t now_us);
void sa_lives_remove(struct sa_lives *lives, struct sa *sa);

/* A packet went through it: has it come to a limit? */
void sa_lives_look(struct sa_lives *lives, struct sa *sa);
/* Time went by: at most this many limits are looked at.  False: more are
 * due. */
bool sa_lives_pass(struct sa_lives *lives, uint64_t now_us, size_t most);
/* When the next limit in time is due; UINT64_MAX: none. */
uint64_t sa_lives_due(const struct sa_lives *lives);

/* The next to tell M of, and whether it is SA_AGEING or SA_EXPIRED; each once
 * for an SA and in this order, also where both came at once.  NULL: none. */
const struct sa *sa_lives_first(
    const struct sa_lives *lives, enum sa_life *out_life);
/* M was told of the first. */
void sa_lives_told(struct sa_lives *lives);

#endif
