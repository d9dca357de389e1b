/*
 * header.c - the GRE header, written and read (RFC 2784, 2).
 */
#include "base/bytes.h"
#include "gre/gre.h"
#include "pkt/pkt.h"

enum {
    HEADER = 4,
    CHECKSUM = 4, /* and what is reserved beside it */
    FLAG_CHECKSUM = 0x8000,
    /* Key, sequence number, routing and their kin: to be dropped by who does
     * not know them (2.3).  The bits below are ignored. */
    FLAGS_UNKNOWN = 0x7c00,
    VERSION = 0x0007,
    PROTOCOL_IPV4 = 0x0800,
};

bool
gre_push(struct pkt *pkt, struct ip4 *outer)
{
    uint8_t *at = pkt_push(pkt, GRE_OVERHEAD);

    if (at == NULL)
        return false;
    outer->protocol = GRE_PROTOCOL;
    outer->header_length = IP4_HEADER;
    outer->total_length = (uint16_t)pkt->length;
    ip4_write(at, outer);
    put_u16(at + IP4_HEADER, 0);
    put_u16(at + IP4_HEADER + 2, PROTOCOL_IPV4);
    return true;
}

enum drop
gre_pull(struct pkt *pkt, uint32_t header_length)
{
    const uint8_t *gre = pkt->at + header_length;
    uint32_t length = pkt->length - header_length;
    uint32_t size = HEADER;
    uint16_t flags;

    if (length < HEADER)
        return DROP_BAD_GRE;
    flags = get_u16(gre);
    if ((flags & (FLAGS_UNKNOWN | VERSION)) != 0)
        return DROP_BAD_GRE;
    if ((flags & FLAG_CHECKSUM) != 0) {
        size += CHECKSUM;
        if (length < size)
            return DROP_BAD_GRE;
        if (ip4_checksum(gre, length) != 0)
            return DROP_GRE_CHECKSUM;
    }
    if (get_u16(gre + 2) != PROTOCOL_IPV4)
        return DROP_GRE_PROTOCOL;
    pkt_pull(pkt, header_length + size);
    return DROP_NONE;
}
