/*
 * pkt.h - packet buffers, the IPv4 header and its checksum, fragments.
 *
 * A packet lives in a fixed buffer of a pool; nothing is allocated after the
 * pool was made.  The bytes in use are [at, at + length); there is headroom
 * before them for the headers of encapsulation and tailroom after them for
 * padding and ICV.
 *
 *    memory        at            at + length        end of memory
 *      | headroom  |  the packet  |  tailroom         |
 *
 * Owner: whoever holds the pointer; freed back to its pool by pkt_free.
 * Thread D only.
 */
#ifndef PKT_PKT_H
#define PKT_PKT_H

#include "gen/drops.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PKT_HEADROOM = 256,
    PKT_MTU_MAX = 9216, /* largest IP packet of any port */
    PKT_TAILROOM = 64,
    PKT_BURST = 64, /* packets that move together    */
};

struct pkt_pool;

struct pkt {
    struct pkt *next; /* the pool's or a queue's chain */
    struct pkt_pool *pool;
    uint8_t *at;
    uint32_t length;
    uint16_t vr;      /* index of the virtual router it is in         */
    uint16_t in_port; /* where it came from; PKT_NO_PORT if made here */
    uint8_t depth;    /* encapsulations so far, at most 4             */
    uint8_t memory[PKT_HEADROOM + PKT_MTU_MAX + PKT_TAILROOM];
};

enum { PKT_NO_PORT = UINT16_MAX };

struct pkt_pool *pkt_pool_new(size_t count);
void pkt_pool_free(struct pkt_pool *pool); /* all packets must be back */
size_t pkt_pool_left(const struct pkt_pool *pool);

/* An empty packet at the end of its headroom; NULL when none is free. */
struct pkt *pkt_new(struct pkt_pool *pool);
void pkt_free(struct pkt *pkt); /* NULL is allowed */

/* Move an end by count bytes; NULL when the buffer ends there.  The pointer
 * is to the bytes that came in. */
uint8_t *pkt_push(struct pkt *pkt, size_t count);   /* at front, headers */
uint8_t *pkt_append(struct pkt *pkt, size_t count); /* at the back       */
void pkt_pull(struct pkt *pkt, size_t count);       /* off the front     */
void pkt_trim(struct pkt *pkt, size_t count);       /* off the back      */

/* RFC 791, 3.1: the fields of a header that was checked. */
struct ip4 {
    uint32_t src; /* host order */
    uint32_t dst;
    uint16_t total_length;
    uint16_t id;
    uint16_t fragment_offset; /* in units of 8 bytes */
    uint8_t header_length;    /* bytes: 20 to 60     */
    uint8_t tos;
    uint8_t ttl;
    uint8_t protocol;
    bool dont_fragment;
    bool more_fragments;
};

enum {
    IP4_HEADER = 20,
    IP4_PROTO_ICMP = 1,
    IP4_PROTO_TCP = 6,
    IP4_PROTO_UDP = 17,
    IP4_PROTO_IPIP = 4,
    IP4_PROTO_ESP = 50,
    IP4_PROTO_AH = 51,
};

/* RFC 768: source port, destination port, length, checksum. */
enum { UDP_HEADER = 8 };

/* Check version, lengths and checksum and read the fields.  False: malformed;
 * out_ip is untouched then.  total_length is at most length. */
bool ip4_read(const uint8_t *bytes, size_t length, struct ip4 *out_ip);

/* The same of a packet that may be cut off behind its header, without a look
 * at the checksum: as ICMP errors quote packets. */
bool ip4_read_quoted(const uint8_t *bytes, size_t length, struct ip4 *out_ip);

/* Write a header of 20 bytes (no options) with its checksum; header_length
 * is ignored. */
void ip4_write(uint8_t *bytes, const struct ip4 *ip);

/* Take one hop off the time to live, mending the checksum (RFC 1624, 3); the
 * time to live is not zero. */
void ip4_decrement_ttl(uint8_t *bytes);

/* The same for the TOS. */
void ip4_set_tos(uint8_t *bytes, uint8_t tos);

/* RFC 1071: ones-complement sum of 16-bit words, complemented; the value is
 * in host order (put_u16 stores it). */
uint16_t ip4_checksum(const uint8_t *bytes, size_t length);

/* ---- fragments (RFC 791, 3.2) ---- */

enum ip4_fit {
    IP4_FITS,
    IP4_CARVE,   /* too large, but may be fragmented     */
    IP4_TOO_BIG, /* and may not be, or the MTU is absurd */
};

/* mtu 0: no limit. */
enum ip4_fit ip4_fit(const struct ip4 *ip, uint32_t mtu);

/* Put the largest first fragment that mtu allows into piece, which is empty;
 * rest keeps what remains, as a packet of its own.  ip is rest's header and
 * ip4_fit said IP4_CARVE.  Both packets stay the caller's. */
void ip4_carve(
    struct pkt *rest, const struct ip4 *ip, uint32_t mtu, struct pkt *piece);

/* Packets that arrive in fragments.  All memory is made at start: a packet
 * that waits costs one place however many its fragments are, and a fragment
 * gives its buffer back at once. */
enum {
    REASSEMBLY_PACKETS = 128, /* that wait for fragments at a time */
    REASSEMBLY_SHARE = 32,    /* of these from one source          */
    REASSEMBLY_TIMEOUT_US = 30000000,
};

struct reassembly;
struct reassembly *reassembly_new(void);
void reassembly_free(struct reassembly *table); /* NULL is allowed */

/* Take a fragment, which stays the caller's; ip is its header.  It becomes
 * the whole packet if it was the last one missing (*out_whole), and is of no
 * more use otherwise.  DROP_FRAGMENT_MALFORMED, _OVERLAP, _TWICE, _TOO_BIG:
 * it was not taken; of a packet that had an overlap, or would be too large,
 * nothing is taken any more. */
enum drop reassembly_take(struct reassembly *table, struct pkt *pkt,
    const struct ip4 *ip, uint64_t now_us, bool *out_whole);
/* How many packets had to make room for others since it was asked last. */
uint32_t reassembly_displaced(struct reassembly *table);

/* When the next one is to be given up, UINT64_MAX: none waits. */
uint64_t reassembly_due(const struct reassembly *table);
/* Give up one packet whose time is over.  False: there is none.  If its
 * beginning had come, that is put into pkt, which is empty, as a packet; NULL
 * is allowed. */
bool reassembly_expire(
    struct reassembly *table, uint64_t now_us, struct pkt *pkt);

#endif
