/* The GRE header, written and read (RFC 2784). */
#include "base/bytes.h"
#include "gre/gre.h"
#include "pkt/pkt.h"

#include <criterion/criterion.h>
#include <string.h>

enum { INNER = 28 };

static struct pkt_pool *pool;

static void
set_up(void)
{
    pool = pkt_pool_new(1);
}

static void
tear_down(void)
{
    cr_expect_eq(pkt_pool_left(pool), 1);
    pkt_pool_free(pool);
}

TestSuite(gre_header, .init = set_up, .fini = tear_down);

static struct pkt *
filled(uint32_t length)
{
    struct pkt *pkt = pkt_new(pool);

    cr_assert_not_null(pkt);
    memset(pkt_append(pkt, length), 0xab, length);
    return pkt;
}

Test(gre_header, goes_before_a_packet_and_off_again)
{
    static const uint8_t gre[] = {0, 0, 8, 0};
    struct ip4 outer = {.src = 0xc0000201,
        .dst = 0xc6336402,
        .tos = 0xb8,
        .ttl = 64,
        .id = 7,
        .dont_fragment = true};
    struct pkt *pkt = filled(INNER);
    const uint8_t *before = pkt->at;
    struct ip4 read;

    cr_assert(gre_push(pkt, &outer));
    cr_expect_eq(pkt->length, INNER + GRE_OVERHEAD);
    cr_assert(ip4_read(pkt->at, pkt->length, &read));
    cr_expect_eq(read.protocol, GRE_PROTOCOL);
    cr_expect_eq(read.total_length, INNER + GRE_OVERHEAD);
    cr_expect_eq(outer.total_length, read.total_length);
    cr_expect_eq(read.src, 0xc0000201);
    cr_expect_eq(read.dst, 0xc6336402);
    cr_expect_eq(read.tos, 0xb8);
    cr_expect_eq(read.id, 7);
    cr_expect(read.dont_fragment);
    cr_expect_arr_eq(pkt->at + IP4_HEADER, gre, sizeof(gre));
    cr_expect_eq(gre_pull(pkt, read.header_length), DROP_NONE);
    cr_expect_eq(pkt->at, before);
    cr_expect_eq(pkt->length, INNER);
    pkt_free(pkt);
}

Test(gre_header, needs_room)
{
    struct ip4 outer = {0};
    struct pkt *pkt = filled(INNER);

    cr_assert_not_null(pkt_push(pkt, PKT_HEADROOM - GRE_OVERHEAD + 1));
    cr_expect_not(gre_push(pkt, &outer));
    pkt_free(pkt);
}

static const struct {
    const char *bytes;
    size_t length;
    enum drop drop;
    uint32_t left;
    const char *why;
} rows[] = {
    {"\x00\x00\x08\x00",                         4,  DROP_NONE,         0, "nothing inside"     },
    {"\x00\x00\x08\x00"
     "abc",                                 7,  DROP_NONE,         3, "the short form"     },
    {"\x03\xf8\x08\x00"
     "abc",                                 7,  DROP_NONE,         3, "bits to be ignored" },
    {"\x80\x00\x08\x00\x77\xff\x00\x00",         8,  DROP_NONE,         0,
     "a checksum of nothing"                                                                    },
    {"\x80\x00\x08\x00\x36\xdd\x00\x00\x41\x22", 10, DROP_NONE,         2,
     "a checksum"                                                                               },
    {"\x80\x00\x08\x00\x36\xdd\x00\x00\x41\x23", 10, DROP_GRE_CHECKSUM, 0,
     "a bit flipped"                                                                            },
    {"\x80\x00\x08\x00\x36\xdd\x00",             7,  DROP_BAD_GRE,      0, "cut in the checksum"},
    {"",                                         0,  DROP_BAD_GRE,      0, "no header"          },
    {"\x00\x00\x08",                             3,  DROP_BAD_GRE,      0, "cut in the header"  },
    {"\x20\x00\x08\x00\x00\x00\x00\x01",         8,  DROP_BAD_GRE,      0, "a key"              },
    {"\x10\x00\x08\x00\x00\x00\x00\x01",         8,  DROP_BAD_GRE,      0,
     "a sequence number"                                                                        },
    {"\x40\x00\x08\x00\x00\x00\x00\x00",         8,  DROP_BAD_GRE,      0, "routing"            },
    {"\x04\x00\x08\x00",                         4,  DROP_BAD_GRE,      0, "recursion control"  },
    {"\x00\x01\x08\x00",                         4,  DROP_BAD_GRE,      0, "version 1, PPTP"    },
    {"\x00\x00\x86\xdd",                         4,  DROP_GRE_PROTOCOL, 0, "IPv6"               },
    {"\x00\x00\x08\x01",                         4,  DROP_GRE_PROTOCOL, 0, "not IPv4"           },
};

Test(gre_header, is_read_or_refused)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pkt *pkt = filled(24);

        memcpy(pkt_append(pkt, rows[i].length), rows[i].bytes, rows[i].length);
        cr_expect_eq(gre_pull(pkt, 24), rows[i].drop, "%s", rows[i].why);
        if (rows[i].drop == DROP_NONE)
            cr_expect_eq(pkt->length, rows[i].left, "%s", rows[i].why);
        pkt_free(pkt);
    }
}
