/*
 * checksum.h - the Internet checksum of payloads (RFC 1071), fast; private to
 * this room.
 */
#ifndef PORT_CHECKSUM_H
#define PORT_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* The ones-complement sum of 16-bit words in network order, so far not
 * complemented, added to an earlier one.  Bytes of an odd end count as the
 * upper half of a word, so only the last part may have an odd length. */
uint16_t checksum_add(uint16_t sum, const void *bytes, size_t length);
/* That of the pseudo header of TCP and UDP (RFC 793, 3.1): addresses are the
 * 8 bytes of an IP header. */
uint16_t checksum_pseudo(
    const uint8_t *addresses, uint8_t protocol, size_t length);

#endif
