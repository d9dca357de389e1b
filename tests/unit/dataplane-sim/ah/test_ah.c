/* AH by itself: its header, what it covers, what may change on the way. */
#include "ah/ah.h"

#include "base/bytes.h"
#include "base/secret.h"
#include "pkt/pkt.h"

#include <criterion/criterion.h>
#include <string.h>

enum { SPI = 0x11223344, INNER = 40, OVERHEAD = 24 };

static struct pkt_pool *pool;
static struct pkt *pkt;
static struct ah *ah;

static void
set_up(void)
{
    struct secret key = {.length = 20};

    memset(key.bytes, 0x77, key.length);
    cr_assert_eq(ah_new(SPI, HMAC_SHA1, &key, &ah), OK);
    pool = pkt_pool_new(1);
    pkt = pkt_new(pool);
}

static void
tear_down(void)
{
    ah_free(ah);
    pkt_free(pkt);
    pkt_pool_free(pool);
}

TestSuite(ah, .init = set_up, .fini = tear_down);

/* A signed packet with an outer header of 20 bytes. */
static void
sign(void)
{
    struct ip4 outer = {
        .src = 1,
        .dst = 2,
        .total_length = 20 + OVERHEAD + INNER,
        .ttl = 64,
        .tos = 0xb8,
        .id = 99,
        .protocol = IP4_PROTO_AH,
        .dont_fragment = true,
    };

    pkt->at = pkt->memory + PKT_HEADROOM;
    pkt->length = INNER;
    memset(pkt->at, 0xab, INNER);
    cr_assert(ah_push(ah, pkt, 5));
    ip4_write(pkt_push(pkt, IP4_HEADER), &outer);
    ah_sign(ah, pkt);
}

Test(ah, writes_its_header)
{
    static const uint8_t expected[12] = {
        4, 4, 0, 0, 0x11, 0x22, 0x33, 0x44, 0, 0, 0, 5};
    uint32_t sequence = 0;

    sign();
    cr_expect_arr_eq(pkt->at + 20, expected, sizeof expected);
    cr_expect(ah_read(ah, pkt, 20, &sequence));
    cr_expect_eq(sequence, 5);
    cr_expect_eq(ah_verify(ah, pkt, 20), DROP_NONE);
    cr_expect_eq(ah_open(ah, pkt, 20), DROP_NONE);
    cr_expect_eq(pkt->length, INNER);
    cr_expect_eq(pkt->at[0], 0xab);
}

/* RFC 2402, 3.3.3.1.1: by byte of the outer header. */
Test(ah, lets_routers_change_only_what_is_mutable)
{
    static const bool may_change[IP4_HEADER] = {
        [1] = true,  /* TOS                       */
        [6] = true,  /* flags and fragment offset */
        [7] = true,  /*                           */
        [8] = true,  /* time to live              */
        [10] = true, /* checksum                  */
        [11] = true,
    };

    for (size_t bit = 0; bit < 8 * (20 + OVERHEAD + INNER); bit++) {
        bool allowed = bit / 8 < IP4_HEADER && may_change[bit / 8];

        sign();
        pkt->at[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_expect_eq(ah_verify(ah, pkt, 20), allowed ? DROP_NONE : DROP_BAD_ICV,
            "bit %zu", bit);
    }
}

Test(ah, needs_its_whole_header)
{
    uint32_t sequence = 0;

    sign();
    for (uint32_t length = 0; length < 60; length++) {
        pkt->length = length;
        cr_expect_eq(ah_read(ah, pkt, 20, &sequence), length >= 44);
        cr_expect_eq(ah_read(ah, pkt, 24, &sequence), length >= 48);
    }
}

Test(ah, carries_ipv4_only)
{
    sign();
    pkt->at[20] = 6;
    cr_expect_eq(ah_open(ah, pkt, 20), DROP_BAD_INNER);
}

/* Puts options between the signed outer header and AH, as a peer that
 * sends options would: the ICV covers them with zeros as given. */
static void
sign_with_options(const uint8_t *options, const uint8_t *as_covered)
{
    struct secret key = {.length = 20};
    struct hmac *hmac = NULL;
    uint8_t covered[28];

    sign();
    memmove(pkt_push(pkt, 8), pkt->at + 8, 20);
    pkt->at[0] = 0x47;
    put_u16(pkt->at + 2, (uint16_t)pkt->length);
    memcpy(pkt->at + 20, options, 8);
    memcpy(covered, pkt->at, 20);
    covered[1] = 0;
    covered[6] = 0;
    covered[7] = 0;
    covered[8] = 0;
    covered[10] = 0;
    covered[11] = 0;
    memcpy(covered + 20, as_covered, 8);
    memset(key.bytes, 0x77, key.length);
    cr_assert_eq(hmac_new(HMAC_SHA1, &key, &hmac), OK);
    memset(pkt->at + 28 + 12, 0, 12);
    hmac_start(hmac);
    hmac_add(hmac, covered, 28);
    hmac_add(hmac, pkt->at + 28, pkt->length - 28);
    hmac_finish(hmac, pkt->at + 28 + 12, 12);
    hmac_free(hmac);
}

Test(ah, covers_immutable_options_and_not_the_others)
{
    static const uint8_t record_route[8] = {7, 7, 4, 1, 2, 3, 4, 0};
    static const uint8_t router_alert[8] = {148, 4, 0, 0, 1, 1, 1, 0};
    static const uint8_t nothing[8] = {0};

    sign_with_options(record_route, nothing);
    cr_expect_eq(ah_verify(ah, pkt, 28), DROP_NONE);
    pkt->at[23] ^= 1; /* a router records itself */
    cr_expect_eq(ah_verify(ah, pkt, 28), DROP_NONE);
    sign_with_options(router_alert, router_alert);
    cr_expect_eq(ah_verify(ah, pkt, 28), DROP_NONE);
    pkt->at[23] ^= 1;
    cr_expect_eq(ah_verify(ah, pkt, 28), DROP_BAD_ICV);
    pkt->at[21] = 9; /* runs over the end */
    cr_expect_eq(ah_verify(ah, pkt, 28), DROP_MALFORMED);
}

Test(ah, refuses_an_icv_of_another_length_even_if_it_is_right)
{
    uint8_t icv_length;

    for (icv_length = 0; icv_length < 8; icv_length++) {
        sign();
        memset(pkt->at + 32, 0, 12);
        pkt->at[21] = icv_length;
        ah_sign(ah, pkt);
        cr_expect_eq(ah_verify(ah, pkt, 20),
            icv_length == 4 ? DROP_NONE : DROP_BAD_ICV, "%u", icv_length);
    }
}

Test(ah, has_no_room_without_headroom)
{
    cr_assert_not_null(pkt_push(pkt, PKT_HEADROOM - OVERHEAD + 1));
    cr_expect_not(ah_push(ah, pkt, 1));
    pkt_pull(pkt, 1);
    cr_expect(ah_push(ah, pkt, 1));
}

Test(ah, refuses_keys_of_another_length)
{
    struct secret key = {.length = 19};
    struct ah *made = NULL;

    cr_expect_eq(ah_new(SPI, HMAC_SHA1, &key, &made), ERR_INVALID);
    key.length = 16;
    cr_expect_eq(ah_new(SPI, HMAC_SHA1, &key, &made), ERR_INVALID);
    key.length = 0;
    cr_expect_eq(ah_new(SPI, HMAC_NONE, &key, &made), ERR_INVALID);
    cr_expect_null(made);
    ah_free(NULL);
}

/* RFC 4868, 2.2 and RFC 2402, 2.2: an ICV of 16 bytes, five words after the
 * first two. */
Test(ah, has_room_for_a_longer_icv)
{
    struct secret key = {.length = 32};
    struct ah *longer = NULL;

    memset(key.bytes, 7, key.length);
    cr_assert_eq(ah_new(SPI, HMAC_SHA256, &key, &longer), OK);
    cr_expect_eq(ah_overhead(ah), 24);
    cr_expect_eq(ah_overhead(longer), 28);
    pkt->at = pkt->memory + PKT_HEADROOM;
    pkt->length = INNER;
    cr_assert(ah_push(longer, pkt, 1));
    cr_expect_eq(pkt->at[1], 5);
    ah_free(longer);
}
