/*
 * fragment.c - messages that are too long for the path, in pieces.
 *
 *    HDR (next: 132) | next 0 | 0 | length 2 | id 2 | number 1 | last 1 | piece
 *
 * The scheme of IKEv1 that Cisco, Microsoft and strongSwan share: a whole
 * message, header included and encrypted or not, is cut in pieces, numbered
 * from 1.  Each travels behind a header of its own, in clear.  It is for peers
 * that announced it by a vendor id; IP fragments are dropped by many a NAT.
 *
 * What comes is not authenticated.  So an IKE SA holds the pieces of one
 * message, at most FRAGMENTS_MAX of them and as much as the longest message;
 * and what is not whole after FRAGMENTS_S is forgotten when the next piece
 * comes.  All IKE SAs together hold HELD_MAX bytes: where that is not enough,
 * the message goes that was begun first, since an honest one is whole in a
 * moment, and one that never gets whole must not take the room for ever.  Some
 * senders use one id for all messages: a piece that contradicts what is there
 * begins anew.
 */
#include "ike/engine.h"

#include "base/arena.h"
#include "ike/numbers.h"

#include <stdlib.h>
#include <string.h>

enum {
    FRAGMENT_HEADER = 8,
    FLAG_LAST = 1,
    FRAGMENTS_MAX = 32,
    FRAGMENTS_S = 15,
    HELD_MAX = 1 << 20,
};

/* Lifetime: until the message is whole, or its IKE SA ends, which owns it. */
struct pieces {
    TAILQ_ENTRY(pieces) link; /* of all, the first begun first */
    struct ike_sa *sa;
    uint16_t id;
    unsigned count;
    unsigned highest; /* number that came */
    unsigned last;    /* the number of the last one; 0: it has not come */
    size_t length;    /* of all that came */
    uint64_t began_us;
    struct blob list[FRAGMENTS_MAX]; /* by number - 1; empty: to come */
};

struct piece {
    uint16_t id;
    uint8_t number;
    bool is_last;
    const uint8_t *bytes;
    size_t length;
};

void
fragments_forget(struct ike *ike, struct ike_sa *sa)
{
    struct pieces *pieces = sa->pieces;

    if (pieces == NULL)
        return;
    TAILQ_REMOVE(&ike->pieces, pieces, link);
    ike->held -= pieces->length;
    for (size_t i = 0; i < FRAGMENTS_MAX; i++)
        blob_done(&pieces->list[i]);
    free(pieces);
    sa->pieces = NULL;
}

/* ---- in ---- */

static enum err
read_piece(const uint8_t *bytes, size_t length, struct piece *out_piece)
{
    struct rd r = rd_over(bytes + HEADER_SIZE, length - HEADER_SIZE);
    uint8_t next = rd_u8(&r);
    uint8_t reserved = rd_u8(&r);
    uint16_t whole = rd_u16(&r);
    struct piece piece;

    piece.id = rd_u16(&r);
    piece.number = rd_u8(&r);
    piece.is_last = (rd_u8(&r) & FLAG_LAST) != 0;
    if (!rd_ok(&r) || next != PAYLOAD_NONE || reserved != 0 ||
        whole != length - HEADER_SIZE || piece.number == 0 ||
        piece.number > FRAGMENTS_MAX || rd_left(&r) == 0)
        return ERR_MALFORMED;
    piece.length = rd_left(&r);
    piece.bytes = rd_bytes(&r, piece.length);
    *out_piece = piece;
    return OK;
}

static bool
is_there(const struct pieces *pieces, const struct piece *piece)
{
    const struct blob *there = &pieces->list[piece->number - 1];

    return there->length == piece->length &&
           memcmp(there->bytes, piece->bytes, piece->length) == 0;
}

/* Can it be of the message that is being put together? */
static bool
belongs(const struct ike *ike, const struct pieces *pieces,
    const struct piece *piece)
{
    if (piece->id != pieces->id ||
        ike->now_us > pieces->began_us + FRAGMENTS_S * (uint64_t)SECOND_US)
        return false;
    if (pieces->list[piece->number - 1].length > 0)
        return is_there(pieces, piece);
    if (piece->is_last)
        return pieces->last == 0 && piece->number > pieces->highest;
    return pieces->last == 0 || piece->number < pieces->last;
}

static void
add_piece(struct ike *ike, struct pieces *pieces, const struct piece *piece)
{
    blob_set(&pieces->list[piece->number - 1], piece->bytes, piece->length);
    pieces->count++;
    pieces->length += piece->length;
    ike->held += piece->length;
    if (piece->number > pieces->highest)
        pieces->highest = piece->number;
    if (piece->is_last)
        pieces->last = piece->number;
}

static void
make_room(struct ike *ike, size_t length)
{
    while (ike->held + length > HELD_MAX && !TAILQ_EMPTY(&ike->pieces)) {
        struct pieces *oldest = TAILQ_FIRST(&ike->pieces);

        ike->counters.dropped[IKE_DROP_FRAGMENT] += oldest->count;
        fragments_forget(ike, oldest->sa);
    }
}

/* False: the message would be too long. */
static bool
keep(struct ike *ike, struct ike_sa *sa, const struct piece *piece)
{
    if (sa->pieces != NULL && !belongs(ike, sa->pieces, piece))
        fragments_forget(ike, sa);
    if (sa->pieces != NULL && is_there(sa->pieces, piece))
        return true; /* it came twice */
    if (sa->pieces != NULL &&
        sa->pieces->length + piece->length > IKE_MESSAGE_MAX)
        return false;
    make_room(ike, piece->length);
    if (sa->pieces == NULL) {
        sa->pieces = mem_alloc(sizeof *sa->pieces);
        TAILQ_INSERT_TAIL(&ike->pieces, sa->pieces, link);
        sa->pieces->sa = sa;
        sa->pieces->id = piece->id;
        sa->pieces->began_us = ike->now_us;
    }
    add_piece(ike, sa->pieces, piece);
    return true;
}

size_t
fragment_take(
    struct ike *ike, struct ike_sa *sa, const uint8_t *bytes, size_t length)
{
    struct piece piece;
    size_t at = 0;

    if (read_piece(bytes, length, &piece) != OK || !keep(ike, sa, &piece)) {
        ike->counters.dropped[IKE_DROP_FRAGMENT]++;
        return 0;
    }
    ike->counters.fragments_received++;
    if (sa->pieces->last == 0 || sa->pieces->count < sa->pieces->last)
        return 0;
    for (unsigned i = 0; i < sa->pieces->last; i++) {
        const struct blob *part = &sa->pieces->list[i];

        memcpy(ike->whole + at, part->bytes, part->length);
        at += part->length;
    }
    fragments_forget(ike, sa);
    return at;
}

unsigned
fragments_held(const struct ike_sa *sa)
{
    return sa->pieces != NULL ? sa->pieces->count : 0;
}

/* ---- out ---- */

void
send_bytes(
    struct ike *ike, const struct ike_sa *sa, const uint8_t *bytes, size_t n)
{
    size_t room = ike->datagram_max - HEADER_SIZE - FRAGMENT_HEADER;
    uint8_t out[HEADER_SIZE + IKE_DATAGRAM_MAX];
    struct header header;
    uint8_t number = 0;

    if (!sa->peer_has_fragments || n <= ike->datagram_max ||
        n > room * FRAGMENTS_MAX || header_read(bytes, n, &header) != OK) {
        action_send(ike, sa, bytes, n);
        return;
    }
    header.flags = 0; /* the piece itself is in clear */
    ike->fragment_id++;
    for (size_t at = 0; at < n; at += room) {
        size_t part = n - at < room ? n - at : room;
        struct builder b;

        build_begin(&b, out, sizeof out, &header);
        build_payload_begin(&b, PAYLOAD_FRAGMENT);
        wr_u16(&b.w, ike->fragment_id);
        wr_u8(&b.w, ++number);
        wr_u8(&b.w, at + part == n ? FLAG_LAST : 0);
        wr_bytes(&b.w, bytes + at, part);
        build_payload_end(&b);
        action_send(ike, sa, out, build_finish(&b));
        ike->counters.fragments_sent++;
    }
}
