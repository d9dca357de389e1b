/*
 * ahead.c - what the next packets of a burst will need, asked of memory in
 * time.
 *
 * With thousands of tunnels each packet meets routes, an interface, an SA and
 * keyed contexts that no cache has, some thirty lines that lead to each other:
 * waiting for them takes longer than the encryption.  So the packets that
 * follow are looked at while one is carried, each a step further:
 *
 *    packet     i + 7      i + 6    i + 5      i + 4       i + 3  i + 2 ...
 *    asked for  slots of   routes   interface  SA, outer   ESP    contexts
 *               tables     or SA               route
 *
 * Nothing is decided here, and a wrong guess costs a little time; but the route
 * that was found on the way need not be looked up again, since routes change
 * between bursts only.
 */
#include "path/engine.h"

#include "base/ahead.h"
#include "base/bytes.h"

#include <stddef.h>

enum {
    FEW_SAS = 128, /* they stay in the caches by themselves */
    SPI_AT = IP4_HEADER,
    PORT_AT = IP4_HEADER + 2, /* of UDP, the destination's */
    SPI_AT_UDP = IP4_HEADER + 8,
    NAT_PORT = 4500,
    HEADERS = SPI_AT_UDP + 4, /* bytes that are looked at */
};

/* A packet of the same flow finds all there. */
static bool
is_same_way(const struct ahead_packet *a, const struct ahead_packet *b)
{
    return a->destination == b->destination && a->spi == b->spi;
}

static void
ask_for_slots(const struct dp *dp, const struct ahead_burst *burst, size_t at,
    struct ahead_packet *packet)
{
    const struct pkt *pkt = burst->packets[at];
    const uint8_t *bytes = pkt->at;

    *packet = (struct ahead_packet){.interface = PATH_NO_INTERFACE};
    if (pkt->length < HEADERS)
        return;
    packet->protocol = bytes[9];
    packet->destination = get_u32(bytes + 16);
    if (packet->protocol == IP4_PROTO_ESP) {
        packet->spi = get_u32(bytes + SPI_AT);
    } else if (packet->protocol == IP4_PROTO_AH) {
        packet->spi = get_u32(bytes + SPI_AT + 4);
    } else if (packet->protocol == IP4_PROTO_UDP &&
               get_u16(bytes + PORT_AT) == NAT_PORT) {
        packet->protocol = IP4_PROTO_ESP;
        packet->spi = get_u32(bytes + SPI_AT_UDP); /* 0: it is IKE */
    }
    packet->is_there = at == 0 || !is_same_way(packet, packet - 1);
    if (!packet->is_there)
        return;
    if (packet->spi != 0) {
        sa_table_ahead(dp->sas, burst->vr, packet->destination,
            packet->protocol, packet->spi);
    } else {
        route_ahead(dp->routes, burst->vr, packet->destination);
    }
}

static void
ask_for_routes(const struct dp *dp, const struct ahead_burst *burst,
    struct ahead_packet *packet)
{
    if (packet->spi == 0) {
        route_ahead_more(dp->routes, burst->vr, packet->destination);
        return;
    }
    packet->sa = sa_table_find(
        dp->sas, burst->vr, packet->destination, packet->protocol, packet->spi);
}

static void
ask_for_interface(const struct dp *dp, const struct ahead_burst *burst,
    struct ahead_packet *packet)
{
    if (packet->sa != NULL) {
        packet->interface = sa_tunnel(packet->sa);
    } else if (packet->spi == 0) {
        packet->route =
            route_lookup(dp->routes, burst->vr, packet->destination);
        packet->is_routed = true;
        if (packet->route.outcome == ROUTE_TO_INTERFACE)
            packet->interface = packet->route.interface;
    }
    if (packet->interface != PATH_NO_INTERFACE) {
        ahead(&dp->interfaces[packet->interface],
            offsetof(struct interface, sas.all));
    }
}

static void
ask_for_sa(const struct dp *dp, struct ahead_packet *packet)
{
    const struct interface *interface;

    if (packet->interface == PATH_NO_INTERFACE)
        return;
    interface = &dp->interfaces[packet->interface];
    if (packet->sa == NULL)
        packet->sa = interface->sas.outbound;
    if (packet->sa == NULL)
        return;
    sa_ahead(packet->sa, 0);
    if (packet->spi == 0) {
        route_ahead(dp->routes, interface->config.tunnel.transport_vr,
            interface->config.tunnel.destination);
    }
}

/* Packet number at, so many steps before it is carried. */
static void
look(const struct dp *dp, struct ahead_burst *burst, size_t at, unsigned before)
{
    struct ahead_packet *packet = &burst->looked_at[at];

    if (before == AHEAD_STEPS) {
        ask_for_slots(dp, burst, at, packet);
    } else if (!packet->is_there) {
        return;
    } else if (before == AHEAD_STEPS - 1) {
        ask_for_routes(dp, burst, packet);
    } else if (before == AHEAD_STEPS - 2) {
        ask_for_interface(dp, burst, packet);
    } else if (before == AHEAD_STEPS - 3) {
        ask_for_sa(dp, packet);
    } else if (packet->sa != NULL) {
        sa_ahead(packet->sa, AHEAD_STEPS - 3 - before);
    }
}

/* While packet number `now` is carried, which may be one before the first. */
static void
look_from(const struct dp *dp, struct ahead_burst *burst, int now)
{
    int before;
    int at;

    for (before = 1; before <= AHEAD_STEPS; before++) {
        at = now + before;
        if (at >= 0 && at < (int)burst->count)
            look(dp, burst, (size_t)at, (unsigned)before);
    }
}

void
ahead_begin(const struct dp *dp, struct ahead_burst *burst)
{
    int now;

    if (sa_table_count(dp->sas) < FEW_SAS)
        burst->count = 0;
    for (now = -AHEAD_STEPS; now < 0 && burst->count != 0; now++)
        look_from(dp, burst, now);
}

const struct ahead_packet *
ahead_step(const struct dp *dp, struct ahead_burst *burst, size_t now)
{
    if (burst->count == 0)
        return NULL;
    look_from(dp, burst, (int)now);
    return &burst->looked_at[now];
}
