/*
 * transport.h - the header of a packet in transport mode, while its payload is
 * protected or laid open; private to this room.
 *
 *    clear       | IPv4, options | payload                     |
 *    protected   | IPv4, options | AH or ESP | payload ...     |
 *
 * Only protocol, length and checksum of the header change (RFC 2406, 3.1.1;
 * RFC 2402, 3.1.1).  A copy is kept because what is put before the payload is
 * written over the place where the header was.
 */
#ifndef SA_TRANSPORT_H
#define SA_TRANSPORT_H

#include "gen/drops.h"

#include <stdbool.h>
#include <stdint.h>

struct pkt;

enum { TRANSPORT_HEADER_MAX = 60 };

struct transport_header {
    uint8_t length;
    uint8_t bytes[TRANSPORT_HEADER_MAX];
};

/* The first bytes of the packet, a header that was checked. */
void transport_keep(
    const struct pkt *pkt, uint8_t length, struct transport_header *out_header);
/* Outbound: check the header, keep it and take it off.  DROP_MALFORMED,
 * for a fragment too, DROP_OTHER_PROTOCOL. */
enum drop transport_lift(
    struct pkt *pkt, uint8_t payload, struct transport_header *out_header);
/* Put it back, before what now follows.  False: the buffer has no room. */
bool transport_put(
    struct pkt *pkt, const struct transport_header *header, uint8_t protocol);

#endif
