/*
 * transport.c - the packet's own header in transport mode, kept and put back.
 */
#include "sa/transport.h"

#include "base/bytes.h"
#include "pkt/pkt.h"

#include <string.h>

enum { AT_LENGTH = 2, AT_PROTOCOL = 9, AT_CHECKSUM = 10 };

void
transport_keep(
    const struct pkt *pkt, uint8_t length, struct transport_header *out_header)
{
    out_header->length = length;
    memcpy(out_header->bytes, pkt->at, length);
}

enum drop
transport_lift(
    struct pkt *pkt, uint8_t payload, struct transport_header *out_header)
{
    struct ip4 ip;

    if (!ip4_read(pkt->at, pkt->length, &ip))
        return DROP_MALFORMED;
    if (ip.more_fragments || ip.fragment_offset != 0)
        return DROP_MALFORMED;
    if (ip.protocol != payload)
        return DROP_OTHER_PROTOCOL;
    pkt_trim(pkt, pkt->length - ip.total_length);
    transport_keep(pkt, ip.header_length, out_header);
    pkt_pull(pkt, ip.header_length);
    return DROP_NONE;
}

bool
transport_put(
    struct pkt *pkt, const struct transport_header *header, uint8_t protocol)
{
    uint8_t *at = pkt_push(pkt, header->length);

    if (at == NULL)
        return false;
    memcpy(at, header->bytes, header->length);
    at[AT_PROTOCOL] = protocol;
    put_u16(at + AT_LENGTH, (uint16_t)pkt->length);
    put_u16(at + AT_CHECKSUM, 0);
    put_u16(at + AT_CHECKSUM, ip4_checksum(at, header->length));
    return true;
}
