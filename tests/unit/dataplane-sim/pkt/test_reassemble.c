/*
 * test_reassemble.c - packets that arrive in fragments.
 *
 * The packet is always the same: 20 or 36 bytes of header and 100 bytes of
 * payload that count up, so that each fragment's bytes are right wherever it
 * begins.
 */
#include "pkt/pkt.h"

#include "tests/support/packet.h"

#include <criterion/criterion.h>
#include <string.h>

enum { PAYLOAD = 100 };

static struct reassembly *table;
static struct pkt_pool *pool;
static struct pkt *pkt;
static uint8_t payload[UINT16_MAX];

static void
setup(void)
{
    size_t i;

    table = reassembly_new();
    pool = pkt_pool_new(1);
    pkt = pkt_new(pool);
    for (i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)i;
}

static void
teardown(void)
{
    pkt_free(pkt);
    pkt_pool_free(pool);
    reassembly_free(table);
}

TestSuite(reassemble, .init = setup, .fini = teardown);

static const struct ip4 whole = {.src = 1, .dst = 2, .id = 77, .protocol = 50};

/* Give the bytes from start to end of a packet, as this header says. */
static enum drop
give(const struct ip4 *of, unsigned start, unsigned end, bool more,
    bool *out_whole)
{
    uint8_t bytes[PKT_MTU_MAX + 100];
    struct ip4 ip = *of;
    size_t length;

    ip.fragment_offset = (uint16_t)(start / 8);
    ip.more_fragments = more;
    length = packet_ip4(bytes, &ip, payload + start, end - start);
    pkt_trim(pkt, pkt->length);
    memcpy(pkt_append(pkt, length), bytes, length);
    cr_assert(ip4_read(pkt->at, pkt->length, &ip));
    return reassembly_take(table, pkt, &ip, 5, out_whole);
}

static enum drop
offer(unsigned start, unsigned end)
{
    bool is_whole;
    enum drop drop = give(&whole, start, end, end != PAYLOAD, &is_whole);

    cr_expect_not(is_whole);
    return drop;
}

/* The fragment that was missing. */
static void
complete(unsigned start, unsigned end)
{
    struct ip4 ip;
    bool is_whole;

    cr_expect_eq(
        give(&whole, start, end, end != PAYLOAD, &is_whole), DROP_NONE);
    cr_assert(is_whole, "%u to %u", start, end);
    cr_assert(ip4_read(pkt->at, pkt->length, &ip));
    cr_expect_eq(pkt->length, 20 + PAYLOAD);
    cr_expect_eq(ip.total_length, pkt->length);
    cr_expect_eq(ip.id, 77);
    cr_expect_eq(ip.protocol, 50);
    cr_expect_not(ip.more_fragments);
    cr_expect_eq(ip.fragment_offset, 0);
    cr_expect_arr_eq(pkt->at + 20, payload, PAYLOAD);
}

Test(reassemble, takes_fragments_in_any_order)
{
    static const unsigned orders[6][3] = {
        {0, 1, 2},
        {0, 2, 1},
        {1, 0, 2},
        {1, 2, 0},
        {2, 0, 1},
        {2, 1, 0}
    };
    static const unsigned starts[4] = {0, 48, 64, PAYLOAD};
    size_t i;

    for (i = 0; i < 6; i++) {
        const unsigned *at = orders[i];

        cr_expect_eq(offer(starts[at[0]], starts[at[0] + 1]), DROP_NONE);
        cr_expect_eq(offer(starts[at[1]], starts[at[1] + 1]), DROP_NONE);
        complete(starts[at[2]], starts[at[2] + 1]);
        cr_expect_eq(reassembly_due(table), UINT64_MAX);
    }
}

Test(reassemble, the_first_fragments_header_is_the_packets)
{
    struct ip4 ip = whole;
    bool is_whole;

    ip.tos = 0x20;
    ip.ttl = 3;
    (void)give(&ip, 48, PAYLOAD, false, &is_whole);
    ip.tos = 0x48;
    ip.ttl = 9;
    cr_expect_eq(give(&ip, 0, 48, true, &is_whole), DROP_NONE);
    cr_assert(is_whole);
    cr_assert(ip4_read(pkt->at, pkt->length, &ip));
    cr_expect_eq(ip.tos, 0x48);
    cr_expect_eq(ip.ttl, 9);
}

Test(reassemble, one_marked_fragment_marks_the_packet)
{
    struct ip4 ip = whole;
    bool is_whole;

    ip.tos = 0x4a;
    (void)give(&ip, 0, 48, true, &is_whole);
    ip.tos = 0x4b; /* congestion experienced */
    cr_expect_eq(give(&ip, 48, PAYLOAD, false, &is_whole), DROP_NONE);
    cr_assert(is_whole);
    cr_assert(ip4_read(pkt->at, pkt->length, &ip));
    cr_expect_eq(ip.tos, 0x4b);
}

/* After 0 to 48 and 64 to 100 are here: */
static const struct {
    unsigned start;
    unsigned end;
    bool more;
    enum drop drop;
    const char *why;
} rows[] = {
    {0,     48,      true,  DROP_FRAGMENT_TWICE,     "the same again"               },
    {64,    PAYLOAD, false, DROP_FRAGMENT_TWICE,     "the last one again"           },
    {8,     40,      true,  DROP_FRAGMENT_TWICE,     "a part of one, the same bytes"},
    {40,    64,      true,  DROP_FRAGMENT_OVERLAP,   "begins in another"            },
    {48,    72,      true,  DROP_FRAGMENT_OVERLAP,   "ends in another"              },
    {0,     64,      true,  DROP_FRAGMENT_OVERLAP,   "covers another"               },
    {48,    64,      false, DROP_FRAGMENT_OVERLAP,   "a last one before the end"    },
    {96,    104,     true,  DROP_FRAGMENT_OVERLAP,   "goes on behind the end"       },
    {104,   112,     false, DROP_FRAGMENT_OVERLAP,   "another end"                  },
    {48,    60,      true,  DROP_FRAGMENT_MALFORMED, "12 bytes, and more follow"    },
    {48,    48,      true,  DROP_FRAGMENT_MALFORMED, "nothing"                      },
    {65528, 65534,   false, DROP_FRAGMENT_MALFORMED, "behind any packet"            },
    {9184,  9192,    true,  DROP_FRAGMENT_OVERLAP,   "far behind the end"           },
};

Test(reassemble, names_what_is_wrong_with_a_fragment)
{
    bool is_spoiled;
    bool is_whole;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(offer(0, 48), DROP_NONE);
        cr_assert_eq(offer(64, PAYLOAD), DROP_NONE);
        cr_expect_eq(
            give(&whole, rows[i].start, rows[i].end, rows[i].more, &is_whole),
            rows[i].drop, "%s", rows[i].why);
        cr_expect_not(is_whole);
        is_spoiled = rows[i].drop == DROP_FRAGMENT_OVERLAP;
        if (is_spoiled) {
            cr_expect_eq(offer(48, 64), DROP_FRAGMENT_OVERLAP,
                "%s: nothing more is taken", rows[i].why);
            cr_expect_not(
                reassembly_expire(table, 5 + REASSEMBLY_TIMEOUT_US, NULL),
                "it was counted already");
        } else {
            complete(48, 64);
        }
    }
}

Test(reassemble, other_bytes_are_an_overlap_not_a_repetition)
{
    cr_expect_eq(offer(0, 48), DROP_NONE);
    payload[40] ^= 1;
    cr_expect_eq(offer(0, 48), DROP_FRAGMENT_OVERLAP);
}

Test(reassemble, a_packet_larger_than_a_buffer_is_not_taken)
{
    const unsigned room = PKT_MTU_MAX - 20; /* 9196: no multiple of 8 */
    struct ip4 ip = whole;
    bool is_whole;

    cr_expect_eq(give(&ip, 8000, room, false, &is_whole), DROP_NONE);
    cr_expect_eq(give(&ip, 0, 8000, true, &is_whole), DROP_NONE);
    cr_assert(is_whole, "as large as allowed");
    cr_expect_eq(pkt->length, PKT_MTU_MAX);
    cr_expect_arr_eq(pkt->at + 20, payload, room);
    ip.id++;
    cr_expect_eq(
        give(&ip, 8000, room + 1, false, &is_whole), DROP_FRAGMENT_TOO_BIG);
    cr_expect_eq(give(&ip, 0, 8000, true, &is_whole), DROP_FRAGMENT_TOO_BIG);
}

Test(reassemble, packets_are_told_apart)
{
    struct ip4 others[5];
    bool is_whole;
    size_t i;

    for (i = 0; i < 5; i++)
        others[i] = whole;
    others[0].src++;
    others[1].dst++;
    others[2].id++;
    others[3].protocol++;
    cr_expect_eq(offer(0, 48), DROP_NONE);
    for (i = 0; i < 5; i++) {
        pkt->vr = i == 4 ? 1 : 0;
        cr_expect_eq(
            give(&others[i], 48, PAYLOAD, false, &is_whole), DROP_NONE);
        cr_expect_not(is_whole);
    }
    pkt->vr = 0;
    complete(48, PAYLOAD);
}

Test(reassemble, a_source_has_its_share_and_gives_up_its_oldest)
{
    struct ip4 ip = whole;
    bool is_whole;
    uint16_t i;

    cr_expect_eq(offer(0, 48), DROP_NONE, "of source 1");
    ip.src = 9;
    for (i = 0; i < REASSEMBLY_SHARE; i++) {
        ip.id = i;
        (void)give(&ip, 0, 48, true, &is_whole);
    }
    cr_expect_eq(reassembly_displaced(table), 0);
    ip.id = 1000;
    (void)give(&ip, 0, 48, true, &is_whole);
    cr_expect_eq(reassembly_displaced(table), 1);
    cr_expect_eq(reassembly_displaced(table), 0, "told once");
    complete(48, PAYLOAD);
}

Test(reassemble, when_all_places_are_taken_the_oldest_goes)
{
    struct ip4 ip = whole;
    bool is_whole;
    uint32_t i;

    for (i = 0; i < 2 * REASSEMBLY_PACKETS; i++) {
        ip.src = 100 + i;
        cr_expect_eq(give(&ip, 0, 48, true, &is_whole), DROP_NONE);
    }
    cr_expect_eq(reassembly_displaced(table), REASSEMBLY_PACKETS);
    (void)give(&ip, 48, PAYLOAD, false, &is_whole);
    cr_expect(is_whole, "the newest is there");
}

Test(reassemble, what_does_not_come_in_time_is_given_up)
{
    struct pkt_pool *spare = pkt_pool_new(1);
    struct pkt *start = pkt_new(spare);
    struct ip4 ip;

    cr_expect_eq(offer(0, 48), DROP_NONE);
    cr_expect_eq(reassembly_due(table), 5 + REASSEMBLY_TIMEOUT_US);
    cr_expect_not(reassembly_expire(table, 4 + REASSEMBLY_TIMEOUT_US, start));
    cr_assert(reassembly_expire(table, 5 + REASSEMBLY_TIMEOUT_US, start));
    cr_assert(ip4_read(start->at, start->length, &ip));
    cr_expect_eq(start->length, 20 + 48, "what came of its beginning");
    cr_expect_arr_eq(start->at + 20, payload, 48);
    cr_expect_eq(reassembly_due(table), UINT64_MAX);
    pkt_trim(start, start->length);
    cr_expect_eq(offer(48, PAYLOAD), DROP_NONE);
    cr_assert(reassembly_expire(table, 5 + REASSEMBLY_TIMEOUT_US, start));
    cr_expect_eq(start->length, 0, "its beginning had not come");
    pkt_free(start);
    pkt_pool_free(spare);
}
