/*
 * fragment.c - cut a packet that is larger than the MTU of where it goes, a
 * tunnel or a port (RFC 791, 3.2).
 *
 *    before   rest    | header |  first part  |  second part  |
 *    after    piece   | header |  first part  |
 *             rest                    | header |  second part |
 *
 * What remains is again a packet, so cutting once, sending the piece and
 * coming back for the rest needs one buffer at a time.
 */
#include "pkt/fragment.h"

#include "base/bytes.h"

#include <assert.h>
#include <string.h>

enum {
    UNIT = FRAGMENT_UNIT,
    HEADER_MAX = FRAGMENT_HEADER_MAX,
    AT_LENGTH = 2, /* offsets in the header                    */
    AT_FRAGMENT = 6,
    AT_CHECKSUM = 10,
    MORE = 0x2000, /* the bit that says that fragments follow  */
    OFFSET_MAX = 0x1fff,
    OPTION_END = 0,
    OPTION_NOP = 1,
    OPTION_COPIED = 0x80 /* goes into every fragment                 */
};

/* The bytes of payload that a first fragment of mtu bytes has room for. */
static uint32_t
part_of(const struct ip4 *ip, uint32_t mtu)
{
    if (mtu > PKT_MTU_MAX)
        mtu = PKT_MTU_MAX; /* what a buffer surely holds */
    if (mtu < ip->header_length)
        return 0;
    return (mtu - ip->header_length) / UNIT * UNIT;
}

enum ip4_fit
ip4_fit(const struct ip4 *ip, uint32_t mtu)
{
    if (mtu == 0 || ip->total_length <= mtu)
        return IP4_FITS;
    if (ip->dont_fragment || part_of(ip, mtu) == 0)
        return IP4_TOO_BIG;
    if (ip->fragment_offset + ip->total_length / UNIT > OFFSET_MAX)
        return IP4_TOO_BIG; /* a fragment beyond the end of any packet */
    return IP4_CARVE;
}

void
fragment_finish_header(uint8_t *header, uint32_t header_length, uint32_t length,
    uint32_t offset, bool more)
{
    header[0] = (uint8_t)(0x40U | header_length / 4);
    put_u16(header + AT_LENGTH, (uint16_t)length);
    put_u16(header + AT_FRAGMENT,
        (uint16_t)(offset | (more ? (uint32_t)MORE : 0U)));
    put_u16(header + AT_CHECKSUM, 0);
    put_u16(header + AT_CHECKSUM, ip4_checksum(header, header_length));
}

/* Write a later fragment's header: only the options that are copied.
 * Returns its length. */
static uint32_t
copy_header(const uint8_t *header, uint32_t header_length, uint8_t *to)
{
    uint32_t at = IP4_HEADER;
    uint32_t length = IP4_HEADER;
    uint32_t option;

    memset(to, 0, HEADER_MAX);
    memcpy(to, header, IP4_HEADER);
    while (at < header_length && header[at] != OPTION_END) {
        option = 1;
        if (header[at] != OPTION_NOP)
            option = at + 1 < header_length ? header[at + 1] : 0;
        if (option == 0 || option > header_length - at)
            break; /* options that make no sense end here */
        if ((header[at] & OPTION_COPIED) != 0) {
            memcpy(to + length, header + at, option);
            length += option;
        }
        at += option;
    }
    return (length + 3) / 4 * 4; /* the filling is OPTION_END */
}

void
ip4_carve(
    struct pkt *rest, const struct ip4 *ip, uint32_t mtu, struct pkt *piece)
{
    uint8_t header[HEADER_MAX];
    uint32_t part = part_of(ip, mtu);
    uint32_t header_length;
    uint8_t *to;

    to = pkt_append(piece, ip->header_length + part);
    assert(to != NULL && ip->header_length + part < ip->total_length);
    memcpy(to, rest->at, ip->header_length + part);
    fragment_finish_header(
        to, ip->header_length, piece->length, ip->fragment_offset, true);
    piece->vr = rest->vr;
    piece->in_port = rest->in_port;
    piece->depth = rest->depth;

    header_length = copy_header(rest->at, ip->header_length, header);
    pkt_pull(rest, ip->header_length + part - header_length);
    memcpy(rest->at, header, header_length);
    fragment_finish_header(rest->at, header_length, rest->length,
        ip->fragment_offset + part / UNIT, ip->more_fragments);
}
