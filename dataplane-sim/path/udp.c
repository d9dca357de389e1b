/*
 * udp.c - UDP for this router: what is in ports 500 and 4500 (RFC 3948).
 *
 *    4500   one byte 0xff              NAT keepalive: nothing to do
 *           first four bytes not zero  ESP, by its SPI
 *           first four bytes zero      IKE, after this marker
 *    500    IKE
 *
 * ESP proves itself, so the UDP checksum is not looked at there (RFC 3948,
 * 2.1); neither are the source address and port, which a NAT may change.
 */
#include "path/engine.h"

#include "base/bytes.h"

enum {
    AT_DESTINATION = 2, /* offsets in the UDP header */
    AT_LENGTH = 4,
    KEEPALIVE = 0xff,
    MARKER = 4, /* bytes that are not an SPI */
};

static enum stage
take_nat(struct flight *flight, const uint8_t *payload, uint32_t length)
{
    if (length == 1 && payload[0] == KEEPALIVE)
        return path_drop(flight, DROP_NAT_KEEPALIVE);
    if (length < MARKER)
        return path_drop(flight, DROP_TRUNCATED);
    if (get_u32(payload) != 0)
        return STAGE_DECAP;
    return path_drop(flight, DROP_NOT_FOR_US);
}

enum stage
stage_udp(struct dp *dp, struct flight *flight)
{
    struct pkt *pkt = flight->pkt;
    const uint8_t *udp = pkt->at + flight->ip.header_length;
    uint32_t whole = pkt->length - flight->ip.header_length;
    uint32_t length;

    (void)dp;
    if (whole < UDP_HEADER)
        return path_drop(flight, DROP_MALFORMED);
    length = get_u16(udp + AT_LENGTH);
    if (length < UDP_HEADER || length > whole)
        return path_drop(flight, DROP_MALFORMED);
    if (get_u16(udp + AT_DESTINATION) == DP_UDP_NAT)
        return take_nat(flight, udp + UDP_HEADER, length - UDP_HEADER);
    return path_drop(flight, DROP_NOT_FOR_US);
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
