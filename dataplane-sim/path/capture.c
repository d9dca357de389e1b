/*
 * capture.c - copies of packets, for thread M to write down.
 *
 * A packet is copied where it passes a port or the two sides of a tunnel, as
 * it is there: clear before it is sealed and after it was opened, encrypted
 * after and before.  At a port a packet is encrypted when it is ESP or AH.
 */
#include "path/engine.h"

#include "base/arena.h"
#include "watch.h"

#include <stdlib.h>
#include <string.h>

enum { PACKETS = 512 }; /* that M has not taken */

struct dp_capture *
dp_capture_new(void)
{
    struct dp_capture *capture = mem_alloc(sizeof(*capture));

    capture->filter.interface = DP_NO_INTERFACE;
    capture->ring = ring_new(sizeof(struct dp_captured), PACKETS);
    return capture;
}

void
dp_capture_free(struct dp_capture *capture)
{
    if (capture == NULL)
        return;
    ring_free(capture->ring);
    free(capture);
}

bool
dp_capture_next(struct dp_capture *capture, struct dp_captured *out_packet)
{
    return ring_get(capture->ring, out_packet);
}

void
capture_set(struct dp *dp, struct dp_capture **capture)
{
    struct dp_capture *old = dp->capture;

    dp->capture = *capture;
    *capture = old;
}

/* Filters look at the header that the packet has here. */
static bool
is_wanted(
    const struct dp_capture *capture, const struct pkt *pkt, bool is_encrypted)
{
    struct ip4 ip = {0};

    if (is_encrypted ? !capture->encrypted : !capture->clear)
        return false;
    (void)ip4_read(pkt->at, pkt->length, &ip); /* malformed: no address */
    return watch_matches(&capture->filter, &ip, pkt->vr);
}

static void
copy(struct dp *dp, const struct pkt *pkt, const struct capture_point *point)
{
    struct dp_capture *capture = dp->capture;
    struct dp_captured *packet = &capture->packet;

    packet->at_us = dp->now_us;
    packet->interface = point->interface;
    packet->is_out = point->is_out;
    packet->is_encrypted = point->is_encrypted;
    packet->length = pkt->length;
    packet->kept =
        pkt->length < DP_CAPTURE_BYTES ? pkt->length : DP_CAPTURE_BYTES;
    memcpy(packet->bytes, pkt->at, packet->kept);
    if (!ring_put(capture->ring, packet))
        counter_add(&capture->lost, 1);
    dp->must_signal = true;
    if (++capture->seen == capture->wanted)
        atomic_store_explicit(&capture->is_over, true, memory_order_release);
}

void
capture_packet(
    struct dp *dp, const struct pkt *pkt, const struct capture_point *point)
{
    const struct dp_capture *capture = dp->capture;
    const struct interface *at = &dp->interfaces[point->interface];

    if (capture->seen >= capture->wanted)
        return;
    if (capture->filter.interface == DP_NO_INTERFACE
            ? at->config.kind != DP_INTERFACE_PORT
            : capture->filter.interface != point->interface)
        return;
    if (is_wanted(capture, pkt, point->is_encrypted))
        copy(dp, pkt, point);
}

void
capture_at_port(
    struct dp *dp, const struct pkt *pkt, uint32_t interface, bool is_out)
{
    struct capture_point point = {.interface = interface, .is_out = is_out};
    struct ip4 ip;

    if (ip4_read(pkt->at, pkt->length, &ip)) {
        point.is_encrypted = ip.protocol == IP4_PROTO_ESP ||
                             ip.protocol == IP4_PROTO_AH ||
                             udp_has_esp(pkt, &ip);
    }
    capture_packet(dp, pkt, &point);
}
