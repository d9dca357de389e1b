/*
 * explain.c - what would happen to a packet: it goes through the very stages
 * that real packets go through, as a rehearsal (engine.h), which nothing
 * remembers and no port sends.
 *
 * What no rehearsal can foresee is what a port says when it is given the
 * packet: a full queue (port-full) or the host's refusal (port-refused).
 */
#include "path/engine.h"

#include "watch.h"

#include <string.h>

static struct pkt *
take_packet(struct dp *dp, const struct dp_explanation *explanation)
{
    struct pkt *pkt = pkt_new(dp->pool);
    uint8_t *bytes;

    if (pkt == NULL)
        return NULL;
    bytes = pkt_append(pkt, explanation->length);
    if (bytes == NULL) {
        pkt_free(pkt);
        return NULL;
    }
    memcpy(bytes, explanation->bytes, explanation->length);
    pkt->vr = explanation->vr;
    return pkt;
}

void
explain_packet(struct dp *dp, struct dp_explanation *explanation)
{
    struct flight flight = {
        .tunnel = PATH_NO_INTERFACE,
        .ping = PATH_NO_PING,
        .is_rehearsal = true,
    };
    enum stage stage = STAGE_INPUT;

    explanation->trail.at_us = dp->now_us;
    explanation->trail.count = 0;
    if (explanation->length > sizeof(explanation->bytes))
        return;
    flight.pkt = take_packet(dp, explanation);
    if (flight.pkt == NULL) {
        stage = path_drop(&flight, DROP_POOL_EMPTY);
    } else if (explanation->interface < dp->limits.interfaces) {
        stage = path_arrive(dp, explanation->interface, &flight);
    }
    dp->trail = &explanation->trail;
    path_run(dp, &flight, stage);
    dp->trail = NULL;
}
