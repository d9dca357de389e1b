/*
 * fragments.c - packets in pieces: what is for us is put together, what is
 * too large for a tunnel or a port is cut.  Fragments of others pass as they
 * are.
 */
#include "path/engine.h"

#include <assert.h>
#include <stddef.h>

static void
count_displaced(struct dp *dp)
{
    uint32_t count = reassembly_displaced(dp->reassembly);

    for (; count != 0; count--)
        path_count_drop(dp, DROP_FRAGMENT_FULL, PATH_NO_INTERFACE);
}

/* A rehearsal knows nothing of the other fragments, and must not meddle. */
enum stage
stage_reassemble(struct dp *dp, struct flight *flight)
{
    struct pkt *pkt = flight->pkt;
    bool is_whole = false;
    enum drop drop = DROP_NONE;

    if (!flight->is_rehearsal) {
        drop = reassembly_take(
            dp->reassembly, pkt, &flight->ip, dp->now_us, &is_whole);
        count_displaced(dp);
    }
    if (drop != DROP_NONE)
        return path_drop(flight, drop);
    if (!is_whole) {
        pkt_free(pkt);
        return STAGE_END;
    }
    counter_add(&dp->reassembled, 1);
    if (!ip4_read(pkt->at, pkt->length, &flight->ip))
        return path_drop(flight, DROP_MALFORMED);
    return STAGE_LOCAL;
}

/* Its sender is told, if the beginning came (RFC 1122, 3.3.2). */
static void
give_up(struct dp *dp, struct pkt *start)
{
    struct flight flight = {
        .pkt = start,
        .route = {.outcome = ROUTE_TO_US},
        .tunnel = PATH_NO_INTERFACE,
        .ping = PATH_NO_PING,
        .drop = DROP_FRAGMENT_TIMEOUT,
    };

    flight.is_foreign =
        start != NULL && ip4_read(start->at, start->length, &flight.ip);
    path_run(dp, &flight, STAGE_DROP);
}

void
fragments_expire(struct dp *dp)
{
    struct pkt *start;

    while (reassembly_due(dp->reassembly) <= dp->now_us) {
        start = pkt_new(dp->pool); /* none: nobody is told */
        if (reassembly_expire(dp->reassembly, dp->now_us, start)) {
            give_up(dp, start);
        } else {
            pkt_free(start);
        }
    }
}

enum stage
path_carve(struct dp *dp, struct flight *flight, uint32_t mtu, enum stage stage)
{
    struct pkt *piece = pkt_new(dp->pool);
    struct rest *rest;

    if (piece == NULL)
        return path_drop(flight, DROP_POOL_EMPTY);
    ip4_carve(flight->pkt, &flight->ip, mtu, piece);

    /* A piece that is fragmented again is deeper by one. */
    assert(dp->rest_count < PATH_RESTS);
    rest = &dp->rests[dp->rest_count++];
    rest->flight = *flight;
    rest->stage = stage;
    if (!ip4_read(flight->pkt->at, flight->pkt->length, &rest->flight.ip))
        assert(false);
    if (!flight->is_rehearsal)
        counter_add(&dp->fragments, 1);
    flight->pkt = piece;
    if (!ip4_read(piece->at, piece->length, &flight->ip))
        assert(false);
    return stage;
}
