/* The IPv4 header: reading, writing, checksum, time to live. */
#include "base/bytes.h"
#include "base/str.h"
#include "pkt/pkt.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct ip4 sample = {
    .src = 0xc0a80001,
    .dst = 0xc0a800c7,
    .total_length = 115,
    .id = 0,
    .tos = 0,
    .ttl = 64,
    .protocol = IP4_PROTO_UDP,
    .dont_fragment = true,
};

Test(ip4, writes_a_header_that_others_would_write)
{
    /* the worked example of many textbooks; its checksum is b861 */
    static const uint8_t expected[IP4_HEADER] = {0x45, 0x00, 0x00, 0x73, 0x00,
        0x00, 0x40, 0x00, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0,
        0xa8, 0x00, 0xc7};
    uint8_t bytes[IP4_HEADER];

    ip4_write(bytes, &sample);
    cr_expect_arr_eq(bytes, expected, sizeof expected);
}

Test(ip4, reads_back_what_it_wrote)
{
    struct ip4 ip = sample;
    struct ip4 back;
    uint8_t bytes[200] = {0};

    ip.tos = 0xb8;
    ip.id = 0xbeef;
    ip.fragment_offset = 0x1abc;
    ip.more_fragments = true;
    ip.dont_fragment = false;
    ip4_write(bytes, &ip);
    cr_assert(ip4_read(bytes, sizeof bytes, &back));
    cr_expect_eq(back.src, ip.src);
    cr_expect_eq(back.dst, ip.dst);
    cr_expect_eq(back.total_length, ip.total_length);
    cr_expect_eq(back.id, ip.id);
    cr_expect_eq(back.fragment_offset, ip.fragment_offset);
    cr_expect_eq(back.header_length, IP4_HEADER);
    cr_expect_eq(back.tos, ip.tos);
    cr_expect_eq(back.ttl, ip.ttl);
    cr_expect_eq(back.protocol, ip.protocol);
    cr_expect_eq(back.dont_fragment, false);
    cr_expect_eq(back.more_fragments, true);
}

static void
set_byte(uint8_t *bytes, size_t at, uint8_t value)
{
    bytes[at] = value;
    put_u16(bytes + 10, 0);
    put_u16(bytes + 10, ip4_checksum(bytes, IP4_HEADER));
}

Test(ip4, refuses_headers_that_break_a_rule)
{
    static const struct {
        size_t at;
        uint8_t value;
        const char *why;
    } rows[] = {
        {0, 0x65, "version 6"                       },
        {0, 0x44, "header shorter than 20 bytes"    },
        {0, 0x4f, "checksum covers no such header"  },
        {3, 19,   "total length below the header"   },
        {3, 201,  "total length over the packet"    },
        {2, 0x80, "total length far over the packet"},
    };
    struct ip4 ip = {.ttl = 99};
    uint8_t bytes[200];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(bytes, 0xa5, sizeof bytes);
        ip4_write(bytes, &sample);
        set_byte(bytes, rows[i].at, rows[i].value);
        cr_expect_not(ip4_read(bytes, sizeof bytes, &ip), "%s", rows[i].why);
    }
    cr_expect_eq(ip.ttl, 99, "touched on failure");
}

Test(ip4, refuses_every_truncation)
{
    struct ip4 ip;
    uint8_t bytes[115] = {0};

    ip4_write(bytes, &sample);
    for (size_t length = 0; length < sizeof bytes; length++)
        cr_expect_not(ip4_read(bytes, length, &ip), "%zu bytes", length);
    cr_expect(ip4_read(bytes, sizeof bytes, &ip));
}

Test(ip4, refuses_every_flipped_bit)
{
    struct ip4 ip;
    uint8_t bytes[115] = {0};

    ip4_write(bytes, &sample);
    for (size_t bit = 0; bit < IP4_HEADER * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_expect_not(ip4_read(bytes, sizeof bytes, &ip), "bit %zu", bit);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

Test(ip4, sums_as_rfc_1071_does)
{
    static const struct {
        const char *hex;
        uint16_t sum;
        const char *why;
    } rows[] = {
        {"",                 0xffff, "nothing"                        },
        {"0001f203f4f5f6f7", 0x220d, "the example of RFC 1071, 3"     },
        {"0001f203f4f5f6",   0x2304, "an odd byte counts as the upper"},
        {"ff",               0x00ff, "one byte"                       },
        {"ffff",             0x0000, "ones"                           },
        {"ffffffff0001",     0xfffe, "carries go round"               },
        {"000100020003",     0xfff9, "six bytes"                      },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[16];
        size_t length = 0;

        cr_assert_eq(hex_decode(rows[i].hex, bytes, sizeof bytes, &length), OK);
        cr_expect_eq(
            ip4_checksum(bytes, length), rows[i].sum, "%s", rows[i].why);
    }
}

Test(ip4, mends_the_checksum_when_a_hop_is_taken)
{
    struct ip4 ip = sample;
    uint8_t mended[IP4_HEADER];
    uint8_t written[IP4_HEADER];

    /* every checksum there is, through the identifier */
    for (uint32_t id = 0; id <= UINT16_MAX; id++) {
        ip.id = (uint16_t)id;
        ip.ttl = (uint8_t)(1 + id % 255);
        ip4_write(mended, &ip);
        ip4_decrement_ttl(mended);
        ip.ttl--;
        ip4_write(written, &ip);
        cr_assert_eq(memcmp(mended, written, IP4_HEADER), 0, "id %u", id);
    }
}
