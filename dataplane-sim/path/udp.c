/*
 * udp.c - UDP for this router: what is in ports 500 and 4500 (RFC 3948).
 *
 *    4500   one byte 0xff              NAT keepalive: nothing to do
 *           first four bytes not zero  ESP, by its SPI
 *           first four bytes zero      IKE, after this marker
 *    500    IKE
 *
 * IKE is thread M's: it gets a copy by a ring of fixed slots, and sends by a
 * command.  ESP proves itself, so the UDP checksum is not looked at there (RFC
 * 3948, 2.1); neither are the source address and port, which a NAT may change.
 */
#include "path/engine.h"

#include "base/bytes.h"

#include <string.h>

enum {
    AT_DESTINATION = 2, /* offsets in the UDP header */
    AT_LENGTH = 4,
    AT_CHECKSUM = 6,
    KEEPALIVE = 0xff,
    MARKER = 4, /* bytes that are not an SPI */
    PSEUDO = 12,
    TTL = 64,
};

/* RFC 768, over the header as it is; 0: a checksum that was in it is right. */
static uint16_t
checksum(uint32_t src, uint32_t dst, const uint8_t *udp, uint32_t length)
{
    uint8_t pseudo[PSEUDO] = {0};
    uint32_t sum;

    put_u32(pseudo, src);
    put_u32(pseudo + 4, dst);
    pseudo[9] = IP4_PROTO_UDP;
    put_u16(pseudo + 10, (uint16_t)length);
    sum = (uint32_t)(uint16_t)~ip4_checksum(pseudo, PSEUDO) +
          (uint16_t)~ip4_checksum(udp, length);
    return (uint16_t) ~((sum & UINT16_MAX) + (sum >> 16));
}

/* A copy for M, of what follows the header and the marker. */
static enum stage
punt(struct dp *dp, struct flight *flight, uint32_t length, uint32_t marker)
{
    const uint8_t *udp = flight->pkt->at + flight->ip.header_length;
    struct dp_datagram *to = &dp->punted;

    if (!dp->is_punt)
        return path_drop(flight, DROP_NOT_FOR_US);
    if (get_u16(udp + AT_CHECKSUM) != 0 &&
        checksum(flight->ip.src, flight->ip.dst, udp, length) != 0)
        return path_drop(flight, DROP_MALFORMED);
    to->length = length - UDP_HEADER - marker;
    if (to->length > DP_DATAGRAM_MAX)
        return path_drop(flight, DROP_TOO_BIG);
    if (ring_room(dp->datagrams) == 0)
        return path_drop(flight, DROP_PUNT_FULL);
    if (!flight->is_rehearsal) {
        to->vr = flight->pkt->vr;
        to->source = flight->ip.src;
        to->destination = flight->ip.dst;
        to->source_port = get_u16(udp);
        to->destination_port = get_u16(udp + AT_DESTINATION);
        to->has_marker = marker != 0;
        to->tos = flight->ip.tos;
        to->ttl = flight->ip.ttl;
        memcpy(to->bytes, udp + UDP_HEADER + marker, to->length);
        (void)ring_put(dp->datagrams, to);
        dp->must_signal = true;
    }
    pkt_free(flight->pkt);
    return STAGE_END;
}

static enum stage
take_nat(struct dp *dp, struct flight *flight, uint32_t length)
{
    const uint8_t *payload =
        flight->pkt->at + flight->ip.header_length + UDP_HEADER;

    if (length == UDP_HEADER + 1 && payload[0] == KEEPALIVE)
        return path_drop(flight, DROP_NAT_KEEPALIVE);
    if (length < UDP_HEADER + MARKER)
        return path_drop(flight, DROP_TRUNCATED);
    if (get_u32(payload) != 0)
        return STAGE_DECAP;
    return punt(dp, flight, length, MARKER);
}

enum stage
stage_udp(struct dp *dp, struct flight *flight)
{
    struct pkt *pkt = flight->pkt;
    const uint8_t *udp = pkt->at + flight->ip.header_length;
    uint32_t whole = pkt->length - flight->ip.header_length;
    uint32_t length;

    if (whole < UDP_HEADER)
        return path_drop(flight, DROP_MALFORMED);
    length = get_u16(udp + AT_LENGTH);
    if (length < UDP_HEADER || length > whole)
        return path_drop(flight, DROP_MALFORMED);
    if (get_u16(udp + AT_DESTINATION) == DP_UDP_NAT)
        return take_nat(dp, flight, length);
    if (get_u16(udp + AT_DESTINATION) == DP_UDP_IKE)
        return punt(dp, flight, length, 0);
    return path_drop(flight, DROP_NOT_FOR_US);
}

static void
write_datagram(
    struct pkt *pkt, const struct dp_datagram *datagram, const struct ip4 *ip)
{
    uint8_t *udp = pkt->at + IP4_HEADER;
    uint32_t marker = datagram->has_marker ? MARKER : 0;
    uint32_t length = pkt->length - IP4_HEADER;
    uint16_t sum;

    ip4_write(pkt->at, ip);
    put_u16(udp, datagram->source_port);
    put_u16(udp + AT_DESTINATION, datagram->destination_port);
    put_u16(udp + AT_LENGTH, (uint16_t)length);
    put_u16(udp + AT_CHECKSUM, 0);
    memset(udp + UDP_HEADER, 0, marker);
    memcpy(udp + UDP_HEADER + marker, datagram->bytes, datagram->length);
    sum = checksum(ip->src, ip->dst, udp, length);
    put_u16(udp + AT_CHECKSUM, sum == 0 ? UINT16_MAX : sum);
}

enum err
udp_send(struct dp *dp, const struct dp_datagram *datagram)
{
    struct flight flight = {
        .tunnel = PATH_NO_INTERFACE,
        .is_own = true,
        .ping = PATH_NO_PING,
    };
    uint32_t length = IP4_HEADER + UDP_HEADER + datagram->length +
                      (datagram->has_marker ? MARKER : 0U);

    if (datagram->length > DP_DATAGRAM_MAX ||
        route_lookup(dp->routes, datagram->vr, datagram->source).outcome !=
            ROUTE_TO_US)
        return ERR_INVALID;
    flight.pkt = pkt_new(dp->pool);
    if (flight.pkt == NULL) {
        flight.drop = DROP_POOL_EMPTY;
        path_run(dp, &flight, STAGE_DROP);
        return OK;
    }
    flight.ip = (struct ip4){
        .src = datagram->source,
        .dst = datagram->destination,
        .id = path_next_id(dp, &flight),
        .total_length = (uint16_t)length,
        .header_length = IP4_HEADER,
        .tos = datagram->tos,
        .ttl = datagram->ttl != 0 ? datagram->ttl : TTL,
        .protocol = IP4_PROTO_UDP,
    };
    flight.pkt->vr = datagram->vr;
    (void)pkt_append(flight.pkt, length); /* fits: length was checked */
    write_datagram(flight.pkt, datagram, &flight.ip);
    path_run(dp, &flight, STAGE_ROUTE);
    return OK;
}

bool
udp_has_esp(const struct pkt *pkt, const struct ip4 *ip)
{
    const uint8_t *udp = pkt->at + ip->header_length;

    if (ip->protocol != IP4_PROTO_UDP || ip->fragment_offset != 0 ||
        pkt->length < ip->header_length + (uint32_t)UDP_HEADER + MARKER)
        return false;
    return (get_u16(udp) == DP_UDP_NAT ||
               get_u16(udp + AT_DESTINATION) == DP_UDP_NAT) &&
           get_u32(udp + UDP_HEADER) != 0;
}
