/*
 * packet.c - IPv4 packets for tests.
 */
#include "tests/support/packet.h"

#include "base/bytes.h"
#include "base/ip.h"

#include <stdlib.h>
#include <string.h>

enum { TRANSPORT_HEADER = 8, PAYLOAD_MAX = 9200 };

uint32_t
packet_address(const char *text)
{
    uint32_t address;

    if (ip_parse(text, &address) != OK)
        abort();
    return address;
}

size_t
packet_ip4(
    uint8_t *to, const struct ip4 *ip, const void *payload, size_t length)
{
    struct ip4 header = *ip;

    header.header_length = IP4_HEADER;
    header.total_length = (uint16_t)(IP4_HEADER + length);
    if (header.ttl == 0)
        header.ttl = 64;
    ip4_write(to, &header);
    if (length != 0)
        memcpy(to + IP4_HEADER, payload, length);
    return IP4_HEADER + length;
}

static void
fill(uint8_t *to, size_t length)
{
    size_t i;

    if (length > PAYLOAD_MAX)
        abort();
    for (i = 0; i < length; i++)
        to[i] = (uint8_t)i;
}

size_t
packet_udp(uint8_t *to, const struct ip4 *ip, size_t length)
{
    uint8_t bytes[TRANSPORT_HEADER + PAYLOAD_MAX];
    struct ip4 header = *ip;

    fill(bytes + TRANSPORT_HEADER, length);
    put_u16(bytes, 1000);
    put_u16(bytes + 2, 2000);
    put_u16(bytes + 4, (uint16_t)(TRANSPORT_HEADER + length));
    put_u16(bytes + 6, 0); /* no checksum (RFC 768) */
    header.protocol = IP4_PROTO_UDP;
    return packet_ip4(to, &header, bytes, TRANSPORT_HEADER + length);
}

size_t
packet_udp_port(uint8_t *to, const struct ip4 *ip, uint16_t port,
    const void *payload, size_t length)
{
    uint8_t bytes[TRANSPORT_HEADER + PAYLOAD_MAX];
    struct ip4 header = *ip;

    if (length > PAYLOAD_MAX)
        abort();
    put_u16(bytes, port);
    put_u16(bytes + 2, port);
    put_u16(bytes + 4, (uint16_t)(TRANSPORT_HEADER + length));
    put_u16(bytes + 6, 0);
    if (length != 0)
        memcpy(bytes + TRANSPORT_HEADER, payload, length);
    header.protocol = IP4_PROTO_UDP;
    return packet_ip4(to, &header, bytes, TRANSPORT_HEADER + length);
}

size_t
packet_echo(uint8_t *to, const struct ip4 *ip, uint16_t id, uint16_t sequence,
    size_t length)
{
    uint8_t bytes[TRANSPORT_HEADER + PAYLOAD_MAX] = {8};
    struct ip4 header = *ip;

    fill(bytes + TRANSPORT_HEADER, length);
    put_u16(bytes + 4, id);
    put_u16(bytes + 6, sequence);
    put_u16(bytes + 2, ip4_checksum(bytes, TRANSPORT_HEADER + length));
    header.protocol = IP4_PROTO_ICMP;
    return packet_ip4(to, &header, bytes, TRANSPORT_HEADER + length);
}

void
packet_fix_checksum(uint8_t *packet)
{
    size_t length = (packet[0] & 15U) * 4U;

    put_u16(packet + 10, 0);
    put_u16(packet + 10, ip4_checksum(packet, length));
}
