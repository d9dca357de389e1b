/*
 * ip4.c - the IPv4 header (RFC 791, 3.1) and its checksum.
 *
 *     0      1      2             4             6
 *    +------+------+-------------+-------------+-----------------+
 *    | 4|hl | TOS  |total length | identifier  | 0 DF MF offset  |
 *    +------+------+-------------+-------------+-----------------+
 *    | TTL  | prot | checksum    | source (12), destination (16) |
 *    +------+------+-------------+-------------------------------+
 */
#include "base/bytes.h"
#include "pkt/pkt.h"

enum {
    FLAG_DF = 0x4000,
    FLAG_MF = 0x2000,
    OFFSET_MASK = 0x1fff,
};

/* Two words at a time: a 64-bit sum of 16-bit values cannot overflow, and
 * the halves of a word add up to the same ones-complement sum. */
static uint64_t
sum_words(const uint8_t *bytes, size_t length)
{
    uint64_t sum = 0;

    for (; length >= 4; bytes += 4, length -= 4)
        sum += get_u32(bytes);
    if (length >= 2) {
        sum += get_u16(bytes);
        bytes += 2;
        length -= 2;
    }
    if (length == 1)
        sum += (uint64_t)bytes[0] << 8;
    return sum;
}

static uint16_t
fold(uint64_t sum)
{
    sum = (sum & UINT32_MAX) + (sum >> 32);
    sum = (sum & UINT16_MAX) + (sum >> 16 & UINT16_MAX) + (sum >> 32);
    sum = (sum & UINT16_MAX) + (sum >> 16);
    return (uint16_t)(sum + (sum >> 16));
}

uint16_t
ip4_checksum(const uint8_t *bytes, size_t length)
{
    if (length == IP4_HEADER) { /* nearly always */
        return (uint16_t)~fold((uint64_t)get_u32(bytes) + get_u32(bytes + 4) +
                               get_u32(bytes + 8) + get_u32(bytes + 12) +
                               get_u32(bytes + 16));
    }
    return (uint16_t)~fold(sum_words(bytes, length));
}

bool
ip4_read_quoted(const uint8_t *bytes, size_t length, struct ip4 *out_ip)
{
    struct ip4 ip;
    uint16_t flags;

    if (length < IP4_HEADER || bytes[0] >> 4 != 4)
        return false;
    ip.header_length = (uint8_t)((bytes[0] & 0x0f) * 4);
    ip.total_length = get_u16(bytes + 2);
    if (ip.header_length < IP4_HEADER || ip.header_length > length ||
        ip.total_length < ip.header_length)
        return false;
    flags = get_u16(bytes + 6);
    ip.tos = bytes[1];
    ip.id = get_u16(bytes + 4);
    ip.dont_fragment = (flags & FLAG_DF) != 0;
    ip.more_fragments = (flags & FLAG_MF) != 0;
    ip.fragment_offset = flags & OFFSET_MASK;
    ip.ttl = bytes[8];
    ip.protocol = bytes[9];
    ip.src = get_u32(bytes + 12);
    ip.dst = get_u32(bytes + 16);
    *out_ip = ip;
    return true;
}

bool
ip4_read(const uint8_t *bytes, size_t length, struct ip4 *out_ip)
{
    struct ip4 ip;

    if (!ip4_read_quoted(bytes, length, &ip) || ip.total_length > length ||
        ip4_checksum(bytes, ip.header_length) != 0)
        return false;
    *out_ip = ip;
    return true;
}

void
ip4_write(uint8_t *bytes, const struct ip4 *ip)
{
    unsigned flags = ip->fragment_offset & OFFSET_MASK;

    if (ip->dont_fragment)
        flags |= FLAG_DF;
    if (ip->more_fragments)
        flags |= FLAG_MF;
    bytes[0] = 0x45;
    bytes[1] = ip->tos;
    put_u16(bytes + 2, ip->total_length);
    put_u16(bytes + 4, ip->id);
    put_u16(bytes + 6, (uint16_t)flags);
    bytes[8] = ip->ttl;
    bytes[9] = ip->protocol;
    put_u16(bytes + 10, 0);
    put_u32(bytes + 12, ip->src);
    put_u32(bytes + 16, ip->dst);
    put_u16(bytes + 10, ip4_checksum(bytes, IP4_HEADER));
}

/* HC' = ~(~HC + ~m + m'), where m is the word at this place. */
static void
mend_checksum(uint8_t *bytes, size_t at, uint16_t old)
{
    uint16_t check = get_u16(bytes + 10);

    put_u16(bytes + 10, (uint16_t)~fold((uint64_t)(uint16_t)~check +
                                        (uint16_t)~old + get_u16(bytes + at)));
}

void
ip4_decrement_ttl(uint8_t *bytes)
{
    uint16_t old = get_u16(bytes + 8);

    bytes[8]--;
    mend_checksum(bytes, 8, old);
}

void
ip4_set_tos(uint8_t *bytes, uint8_t tos)
{
    uint16_t old = get_u16(bytes);

    bytes[1] = tos;
    mend_checksum(bytes, 0, old);
}
