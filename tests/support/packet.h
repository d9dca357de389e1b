/*
 * packet.h - IPv4 packets for tests, written into the caller's bytes.
 *
 * Each function returns the packet's length.  Addresses are in host order.
 */
#ifndef SUPPORT_PACKET_H
#define SUPPORT_PACKET_H

#include "pkt/pkt.h"

#include <stddef.h>
#include <stdint.h>

/* Dotted quad; aborts on nonsense. */
uint32_t packet_address(const char *text);

/* A header of 20 bytes with ip's addresses, protocol, TOS, TTL (0: 64), id,
 * DF and fragment fields, and length bytes of payload. */
size_t packet_ip4(
    uint8_t *to, const struct ip4 *ip, const void *payload, size_t length);

/* UDP from port 1000 to port 2000, with length bytes that count up; port:
 * to and from this one, with these bytes. */
size_t packet_udp(uint8_t *to, const struct ip4 *ip, size_t length);
size_t packet_udp_port(uint8_t *to, const struct ip4 *ip, uint16_t port,
    const void *payload, size_t length);

/* An ICMP echo request. */
size_t packet_echo(uint8_t *to, const struct ip4 *ip, uint16_t id,
    uint16_t sequence, size_t length);

/* Mend the header's checksum after a field was changed. */
void packet_fix_checksum(uint8_t *packet);

#endif
