/*
 * test_fragment.c - cutting packets (RFC 791, 3.2).
 */
#include "pkt/pkt.h"

#include "tests/support/packet.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
    uint16_t total;
    uint16_t offset;
    uint32_t mtu;
    bool dont_fragment;
    enum ip4_fit fit;
    const char *why;
} rows[] = {
    {1400, 0,      1400, true,  IP4_FITS,    "as large as allowed"        },
    {1401, 0,      1400, false, IP4_CARVE,   "one more, may be cut"       },
    {1401, 0,      1400, true,  IP4_TOO_BIG, "one more, may not be cut"   },
    {9000, 0,      0,    true,  IP4_FITS,    "no limit is set"            },
    {100,  0,      27,   false, IP4_TOO_BIG, "no room for eight bytes"    },
    {100,  0,      28,   false, IP4_CARVE,   "room for eight bytes"       },
    {100,  0,      10,   false, IP4_TOO_BIG, "no room for the header"     },
    {1500, 0x1fff, 1400, false, IP4_TOO_BIG, "would end behind any packet"},
};

Test(fragment, decides_by_size_and_df)
{
    struct ip4 ip = {.header_length = 20};
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ip.total_length = rows[i].total;
        ip.dont_fragment = rows[i].dont_fragment;
        ip.fragment_offset = rows[i].offset;
        cr_expect_eq(ip4_fit(&ip, rows[i].mtu), rows[i].fit, "%s", rows[i].why);
    }
}

/* Put bytes into a new packet and read its header. */
static struct pkt *
load(struct pkt_pool *pool, const uint8_t *bytes, size_t length,
    struct ip4 *out_ip)
{
    struct pkt *pkt = pkt_new(pool);
    uint8_t *to;

    cr_assert_not_null(pkt);
    to = pkt_append(pkt, length);
    cr_assert_not_null(to);
    memcpy(to, bytes, length);
    cr_assert(ip4_read(pkt->at, pkt->length, out_ip));
    return pkt;
}

/* Put the payload of a fragment where it belongs; returns its end. */
static size_t
reassemble(const struct pkt *pkt, const struct ip4 *ip, uint8_t *whole)
{
    size_t at = (size_t)ip->fragment_offset * 8;
    size_t length = (size_t)ip->total_length - ip->header_length;

    memcpy(whole + at, pkt->at + ip->header_length, length);
    return at + length;
}

/* Cut until the rest fits and compare what the pieces make together. */
static void
check_size(struct pkt_pool *pool, size_t payload, uint32_t mtu)
{
    static uint8_t packet[9300];
    static uint8_t whole[9300];
    struct ip4 ip = {.src = 1, .dst = 2, .id = 99, .tos = 4};
    size_t end = 0;
    size_t length;
    struct pkt *rest;
    struct pkt *piece;
    struct ip4 part;

    length = packet_udp(packet, &ip, payload);
    rest = load(pool, packet, length, &ip);
    while (ip4_fit(&ip, mtu) == IP4_CARVE) {
        piece = pkt_new(pool);
        cr_assert_not_null(piece);
        ip4_carve(rest, &ip, mtu, piece);
        cr_assert(ip4_read(piece->at, piece->length, &part));
        cr_expect_leq(piece->length, mtu);
        cr_expect(part.more_fragments);
        cr_expect_eq(part.id, 99);
        cr_expect_eq(part.fragment_offset * 8U, end, "no gap");
        end = reassemble(piece, &part, whole);
        pkt_free(piece);
        cr_assert(ip4_read(rest->at, rest->length, &ip));
    }
    cr_expect_eq(ip.fragment_offset * 8U, end);
    cr_expect_not(ip.more_fragments);
    end = reassemble(rest, &ip, whole);
    cr_expect_eq(end, length - 20);
    cr_expect_arr_eq(whole, packet + 20, end);
    pkt_free(rest);
}

Test(fragment, pieces_make_the_whole_again)
{
    struct pkt_pool *pool = pkt_pool_new(2);
    uint32_t mtu;

    for (mtu = 28; mtu < 1500; mtu += 13) {
        check_size(pool, 1473, mtu);
        check_size(pool, mtu, mtu);
    }
    check_size(pool, 9000, 9000);
    cr_expect_eq(pkt_pool_left(pool), 2);
    pkt_pool_free(pool);
}

Test(fragment, a_fragment_can_be_cut_again)
{
    uint8_t packet[600];
    struct pkt_pool *pool = pkt_pool_new(2);
    struct ip4 ip = {
        .src = 1, .dst = 2, .fragment_offset = 100, .more_fragments = true};
    struct pkt *rest;
    struct pkt *piece;

    rest = load(pool, packet, packet_udp(packet, &ip, 500), &ip);
    piece = pkt_new(pool);
    ip4_carve(rest, &ip, 300, piece);
    cr_assert(ip4_read(piece->at, piece->length, &ip));
    cr_expect_eq(ip.fragment_offset, 100);
    cr_assert(ip4_read(rest->at, rest->length, &ip));
    cr_expect_eq(ip.fragment_offset, 100 + 280 / 8);
    cr_expect(ip.more_fragments, "it was not the last one before");
    pkt_free(rest);
    pkt_free(piece);
    pkt_pool_free(pool);
}

/* A header of 36 bytes: NOP, an option of 3 that is not copied (record
 * route), one of 8 that is (stream id made long), end. */
static size_t
packet_with_options(uint8_t *to)
{
    static const uint8_t options[16] = {
        1, 7, 3, 4, 0x88, 8, 1, 2, 3, 4, 5, 6, 0};
    uint8_t plain[200];
    struct ip4 ip = {.src = 1, .dst = 2};
    size_t length = packet_udp(plain, &ip, 100);

    memcpy(to, plain, 20);
    memcpy(to + 20, options, 16);
    memcpy(to + 36, plain + 20, length - 20);
    to[0] = 0x49;
    to[3] = (uint8_t)(length + 16);
    packet_fix_checksum(to);
    return length + 16;
}

Test(fragment, later_fragments_carry_the_copied_options_only)
{
    uint8_t packet[300];
    struct pkt_pool *pool = pkt_pool_new(2);
    struct ip4 ip;
    struct pkt *rest;
    struct pkt *piece;

    rest = load(pool, packet, packet_with_options(packet), &ip);
    cr_assert_eq(ip.header_length, 36);
    piece = pkt_new(pool);
    ip4_carve(rest, &ip, 92, piece);
    cr_assert(ip4_read(piece->at, piece->length, &ip));
    cr_expect_eq(ip.header_length, 36);
    cr_expect_eq(ip.total_length, 92, "36 and 56 of payload");
    cr_expect_arr_eq(piece->at + 20, packet + 20, 16);
    cr_assert(ip4_read(rest->at, rest->length, &ip));
    cr_expect_eq(ip.header_length, 28);
    cr_expect_arr_eq(rest->at + 20, packet + 24, 8);
    cr_expect_arr_eq(rest->at + 28, packet + 36 + 56, 52);
    cr_expect_eq(ip.total_length, 28 + 52);
    pkt_free(rest);
    pkt_free(piece);
    pkt_pool_free(pool);
}

Test(fragment, senseless_options_are_cut_off_not_followed)
{
    uint8_t packet[300];
    struct pkt_pool *pool = pkt_pool_new(2);
    struct ip4 ip;
    struct pkt *rest;
    struct pkt *piece;
    size_t length = packet_with_options(packet);

    packet[24 + 1] = 200; /* longer than the header */
    packet_fix_checksum(packet);
    rest = load(pool, packet, length, &ip);
    piece = pkt_new(pool);
    ip4_carve(rest, &ip, 92, piece);
    cr_assert(ip4_read(rest->at, rest->length, &ip));
    cr_expect_eq(ip.header_length, 20);
    pkt_free(rest);
    pkt_free(piece);
    pkt_pool_free(pool);
}
