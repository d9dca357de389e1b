/*
 * reassemble.c - packets that arrive in fragments (RFC 791, 3.2), put together
 * in places made at start.
 *
 *    place   header | bytes 0 ......................... end |
 *    have           | 1111 1111 0000 0000 1111 ...          |  a bit a unit
 *
 * Fragments do not overlap (RFC 5722 asks for it of IPv6; RFC 1858 says what
 * comes of it otherwise): one that does spoils its packet.  The place is kept
 * until its time is over, so that what is still to come is dropped as well.
 * The same fragment twice, as a network may deliver it, is no overlap.
 */
#include "pkt/fragment.h"

#include "base/arena.h"
#include "base/bytes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    UNIT = FRAGMENT_UNIT,
    UNITS = PKT_MTU_MAX / UNIT,
    WORD = 64, /* bits */
    WORDS = UNITS / WORD,
    PAYLOAD_MAX = PKT_MTU_MAX - IP4_HEADER,
    END_MAX = UINT16_MAX - IP4_HEADER, /* of any IPv4 packet's payload */
    ECN_CE = 3,
    AT_TOS = 1,
    ERROR_BYTES = 548, /* of a packet that is given up; RFC 1812, 4.3.2.3 */
};

_Static_assert(PKT_MTU_MAX % (UNIT * WORD) == 0, "the bits fill their words");

/* What is looked at to find a packet; the rest of it is in its place. */
struct entry {
    bool is_used;
    uint8_t protocol;
    uint16_t vr;
    uint16_t id;
    uint32_t src;
    uint32_t dst;
    uint64_t until_us;
};

struct place {
    enum drop spoiled;     /* DROP_NONE: it is not                       */
    uint32_t end;          /* of the payload; 0: not known yet           */
    uint32_t reach;        /* end of the farthest fragment               */
    uint32_t units;        /* that are here                              */
    uint8_t header_length; /* 0: the first fragment is not here          */
    bool is_congested;     /* RFC 3168, 5.3: one fragment was marked     */
    uint8_t header[FRAGMENT_HEADER_MAX];
    uint64_t have[WORDS];
    uint8_t bytes[PKT_MTU_MAX];
};

struct reassembly {
    uint64_t due_us;
    uint32_t displaced;
    struct entry entries[REASSEMBLY_PACKETS];
    struct place places[REASSEMBLY_PACKETS];
};

/* The payload of one fragment, and where it belongs. */
struct piece {
    const uint8_t *bytes;
    uint32_t start;
    uint32_t end;
    bool is_last;
};

struct reassembly *
reassembly_new(void)
{
    struct reassembly *table = mem_alloc(sizeof *table);

    table->due_us = UINT64_MAX;
    return table;
}

void
reassembly_free(struct reassembly *table)
{
    free(table);
}

uint64_t
reassembly_due(const struct reassembly *table)
{
    return table->due_us;
}

uint32_t
reassembly_displaced(struct reassembly *table)
{
    uint32_t displaced = table->displaced;

    table->displaced = 0;
    return displaced;
}

/* ---- places ---- */

static void
release(struct reassembly *table, size_t at)
{
    size_t i;

    table->entries[at].is_used = false;
    table->due_us = UINT64_MAX;
    for (i = 0; i < REASSEMBLY_PACKETS; i++) {
        if (table->entries[i].is_used &&
            table->entries[i].until_us < table->due_us)
            table->due_us = table->entries[i].until_us;
    }
}

/* The one that waits longest, of this source or of all; count: how many of
 * these there are. */
static size_t
oldest(const struct reassembly *table, const uint32_t *src, size_t *out_count)
{
    const struct entry *entries = table->entries;
    size_t found = REASSEMBLY_PACKETS;
    size_t i;

    *out_count = 0;
    for (i = 0; i < REASSEMBLY_PACKETS; i++) {
        if (!entries[i].is_used || (src != NULL && entries[i].src != *src))
            continue;
        ++*out_count;
        if (found == REASSEMBLY_PACKETS ||
            entries[i].until_us < entries[found].until_us)
            found = i;
    }
    return found;
}

static void
displace(struct reassembly *table, size_t at)
{
    if (table->places[at].spoiled == DROP_NONE)
        table->displaced++;
    release(table, at);
}

/* A source that loses many fragments gives up its own packets first. */
static void
make_room(struct reassembly *table, uint32_t src)
{
    size_t count;
    size_t at = oldest(table, &src, &count);

    if (count >= REASSEMBLY_SHARE)
        displace(table, at);
    at = oldest(table, NULL, &count);
    if (count == REASSEMBLY_PACKETS)
        displace(table, at);
}

static bool
is_of(const struct entry *entry, const struct ip4 *ip, uint16_t vr)
{
    return entry->is_used && entry->id == ip->id && entry->src == ip->src &&
           entry->dst == ip->dst && entry->protocol == ip->protocol &&
           entry->vr == vr;
}

static size_t
take_place(struct reassembly *table, const struct ip4 *ip, uint16_t vr,
    uint64_t now_us)
{
    struct place *place;
    size_t at;

    make_room(table, ip->src);
    for (at = 0; table->entries[at].is_used; at++)
        continue;
    table->entries[at] = (struct entry){
        .is_used = true,
        .protocol = ip->protocol,
        .vr = vr,
        .id = ip->id,
        .src = ip->src,
        .dst = ip->dst,
        .until_us = now_us + REASSEMBLY_TIMEOUT_US,
    };
    if (table->entries[at].until_us < table->due_us)
        table->due_us = table->entries[at].until_us;
    place = &table->places[at];
    place->spoiled = DROP_NONE;
    place->end = 0;
    place->reach = 0;
    place->units = 0;
    place->header_length = 0;
    place->is_congested = false;
    memset(place->have, 0, sizeof place->have);
    return at;
}

/* The place of the packet that this is a fragment of. */
static size_t
find_place(struct reassembly *table, const struct ip4 *ip, uint16_t vr,
    uint64_t now_us)
{
    size_t at;

    for (at = 0; at < REASSEMBLY_PACKETS; at++) {
        if (is_of(&table->entries[at], ip, vr))
            return at;
    }
    return take_place(table, ip, vr, now_us);
}

/* ---- fragments ---- */

static enum drop
read_piece(const struct pkt *pkt, const struct ip4 *ip, struct piece *out_piece)
{
    const uint32_t length = (uint32_t)ip->total_length - ip->header_length;
    const uint32_t start = (uint32_t)ip->fragment_offset * UNIT;

    if (length == 0 || (ip->more_fragments && length % UNIT != 0) ||
        start + length > END_MAX)
        return DROP_FRAGMENT_MALFORMED;
    *out_piece = (struct piece){
        .bytes = pkt->at + ip->header_length,
        .start = start,
        .end = start + length,
        .is_last = !ip->more_fragments,
    };
    return DROP_NONE;
}

/* The units of a piece, and those of them that are here. */
static uint32_t
units_of(const struct piece *piece)
{
    return (piece->end - piece->start + UNIT - 1) / UNIT;
}

static uint32_t
units_here(const struct place *place, const struct piece *piece)
{
    const uint32_t first = piece->start / UNIT;
    uint32_t here = 0;
    uint32_t i;

    for (i = first; i < first + units_of(piece); i++)
        here += (uint32_t)(place->have[i / WORD] >> (i % WORD) & 1);
    return here;
}

/* Does it say something else about the end than the others did? */
static bool
contradicts(const struct place *place, const struct piece *piece)
{
    if (piece->is_last) {
        return (place->end != 0 && place->end != piece->end) ||
               place->reach > piece->end;
    }
    return place->end != 0 && piece->end >= place->end;
}

static enum drop
check_piece(const struct place *place, const struct piece *piece)
{
    uint32_t here;

    if (place->spoiled != DROP_NONE)
        return place->spoiled;
    if (piece->end > PAYLOAD_MAX)
        return DROP_FRAGMENT_TOO_BIG;
    if (contradicts(place, piece))
        return DROP_FRAGMENT_OVERLAP;
    here = units_here(place, piece);
    if (here == 0)
        return DROP_NONE;
    if (here == units_of(piece) &&
        memcmp(place->bytes + piece->start, piece->bytes,
            piece->end - piece->start) == 0)
        return DROP_FRAGMENT_TWICE;
    return DROP_FRAGMENT_OVERLAP;
}

static void
keep(struct place *place, const struct pkt *pkt, const struct ip4 *ip,
    const struct piece *piece)
{
    const uint32_t first = piece->start / UNIT;
    uint32_t i;

    for (i = first; i < first + units_of(piece); i++)
        place->have[i / WORD] |= UINT64_C(1) << (i % WORD);
    place->units += units_of(piece);
    memcpy(
        place->bytes + piece->start, piece->bytes, piece->end - piece->start);
    if (piece->end > place->reach)
        place->reach = piece->end;
    if (piece->is_last)
        place->end = piece->end;
    if (piece->start == 0) {
        memcpy(place->header, pkt->at, ip->header_length);
        place->header_length = ip->header_length;
    }
    if ((ip->tos & ECN_CE) == ECN_CE)
        place->is_congested = true;
}

static bool
is_whole(const struct place *place)
{
    return place->end != 0 && place->units == (place->end + UNIT - 1) / UNIT;
}

/* The packet, or its first bytes of payload, into an empty buffer. */
static void
write_packet(
    const struct place *place, uint32_t payload, bool more, struct pkt *pkt)
{
    uint8_t *to = pkt_append(pkt, place->header_length + payload);

    assert(to != NULL);
    memcpy(to, place->header, place->header_length);
    if (place->is_congested)
        to[AT_TOS] |= ECN_CE;
    memcpy(to + place->header_length, place->bytes, payload);
    fragment_finish_header(to, place->header_length, pkt->length, 0, more);
}

enum drop
reassembly_take(struct reassembly *table, struct pkt *pkt, const struct ip4 *ip,
    uint64_t now_us, bool *out_whole)
{
    struct piece piece = {0};
    struct place *place;
    enum drop drop = read_piece(pkt, ip, &piece);
    size_t at;

    *out_whole = false;
    if (drop != DROP_NONE)
        return drop;
    at = find_place(table, ip, pkt->vr, now_us);
    place = &table->places[at];
    drop = check_piece(place, &piece);
    if (drop == DROP_NONE) {
        keep(place, pkt, ip, &piece);
        if (place->header_length + place->reach > PKT_MTU_MAX)
            drop = DROP_FRAGMENT_TOO_BIG;
    }
    if (drop != DROP_NONE) {
        if (drop != DROP_FRAGMENT_TWICE)
            place->spoiled = drop;
        return drop;
    }
    if (is_whole(place)) {
        *out_whole = true;
        pkt->at = pkt->memory + PKT_HEADROOM;
        pkt->length = 0;
        write_packet(place, place->end, false, pkt);
        release(table, at);
    }
    return DROP_NONE;
}

/* The bytes from the start on that have no gap. */
static uint32_t
beginning(const struct place *place)
{
    uint32_t units = 0;

    while (units < ERROR_BYTES / UNIT &&
           (place->have[units / WORD] >> (units % WORD) & 1) != 0)
        units++;
    return units * UNIT;
}

bool
reassembly_expire(struct reassembly *table, uint64_t now_us, struct pkt *pkt)
{
    const struct place *place;
    bool is_spoiled;
    size_t count;
    size_t at;

    do {
        if (now_us < table->due_us)
            return false;
        at = oldest(table, NULL, &count);
        assert(at != REASSEMBLY_PACKETS);
        place = &table->places[at];
        is_spoiled = place->spoiled != DROP_NONE;
        if (!is_spoiled && place->header_length != 0 && pkt != NULL) {
            pkt->vr = table->entries[at].vr;
            write_packet(place, beginning(place), true, pkt);
        }
        release(table, at);
    } while (is_spoiled);
    return true;
}
