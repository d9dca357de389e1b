/*
 * test_proposal.c - SA payloads of both phases.
 */

#include "ike/numbers.h"
#include "ike/payloads.h"

#include <criterion/criterion.h>
#include <string.h>

static struct payload
phase1(uint8_t *body, size_t room, const struct ike_rule *rules, size_t count)
{
    struct wr w = wr_over(body, room);

    proposal_build_phase1(&w, rules, count);
    cr_assert(wr_ok(&w));
    return (struct payload){PAYLOAD_SA, body, wr_length(&w)};
}

Test(ike_proposal, rules_are_read_as_they_were_offered)
{
    const struct ike_rule rules[] = {
        {.cipher = IKE_AES_256,
         .digest = IKE_SHA256,
         .group = 14,
         .lifetime_s = 86400                                                   },
        {.cipher = IKE_DES,     .digest = IKE_MD5, .group = 1, .lifetime_s = 60},
    };
    uint8_t body[512];
    struct payload payload = phase1(body, sizeof body, rules, 2);
    static struct offers offers;
    enum ike_reason first;

    cr_assert_eq(offers_read(&payload, true, &offers), OK);
    cr_assert_eq(offers.count, 2);
    cr_expect_eq(offers.list[0].key_bits, 256);
    cr_expect_eq(offers.list[0].lifetime_s, 86400, "in the long form");
    cr_expect_eq(offers.list[1].lifetime_s, 60);
    for (size_t i = 0; i < 2; i++) {
        cr_expect_eq(proposal_compare(&rules[i], &offers.list[i], &first), 4);
        cr_expect_lt(
            proposal_compare(&rules[i], &offers.list[1 - i], &first), 4);
        cr_expect_eq(first, IKE_REASON_PROPOSAL_ENCRYPTION);
    }
}

Test(ike_proposal, every_cut_is_malformed)
{
    uint8_t body[512];
    struct payload payload = phase1(body, sizeof body, &ike_rule_default, 1);
    static struct offers offers;
    size_t whole = payload.length;

    for (payload.length = 0; payload.length < whole; payload.length++) {
        bool is_empty =
            offers_read(&payload, true, &offers) != OK || offers.count == 0;

        cr_expect(is_empty, "%zu bytes", payload.length);
    }
}

/* ESP DES with the given attributes, SPI 0x12345678. */
static struct payload
phase2(uint8_t *body, size_t room, const uint8_t *attributes, size_t length)
{
    const struct offer offer = {.proposal = 1,
        .protocol = PROTOCOL_ESP,
        .number = 1,
        .id = 2,
        .attributes = attributes,
        .attributes_length = length};
    const uint8_t spi[] = {0x12, 0x34, 0x56, 0x78};
    struct wr w = wr_over(body, room);

    offer_build(&w, &offer, spi, sizeof spi);
    return (struct payload){PAYLOAD_SA, body, wr_length(&w)};
}

Test(ike_proposal, attributes_have_two_forms)
{
    /* life type seconds, 3600 in four bytes; mode tunnel; HMAC-MD5 long */
    static const uint8_t attributes[] = {0x80, 1, 0, 1, 0, 2, 0, 4, 0, 0, 0x0e,
        0x10, 0x80, 4, 0, 1, 0, 5, 0, 2, 0, 1};
    uint8_t body[256];
    static struct offers offers;
    struct payload payload =
        phase2(body, sizeof body, attributes, sizeof attributes);

    cr_assert_eq(offers_read(&payload, false, &offers), OK);
    cr_assert_eq(offers.count, 1);
    cr_expect_eq(offers.list[0].lifetime_s, 3600);
    cr_expect_eq(offers.list[0].mode, MODE_TUNNEL);
    cr_expect_eq(get_u32(offers.list[0].spi), 0x12345678);
    cr_expect(offer_is_transform(&offers.list[0], TRANSFORM_ESP_DES_HMAC_MD5));
    cr_expect_not(
        offer_is_transform(&offers.list[0], TRANSFORM_ESP_DES_HMAC_SHA));
}

Test(ike_proposal, odd_attributes_make_an_offer_unusable)
{
    static const struct {
        uint8_t bytes[12];
        size_t length;
        const char *why;
    } rows[] = {
        {{0x80, 5, 0, 1, 0x80, 5, 0, 2},       8,  "twice"                  },
        {{0x80, 5, 0, 1, 0x80, 99, 0, 2},      8,  "unknown"                },
        {{0x80, 5, 0, 0},                      4,  "zero"                   },
        {{0x80, 2, 0, 9, 0x80, 5, 0, 1},       8,  "a duration without type"},
        {{0, 5, 0, 8, 1, 0, 0, 0, 0, 0, 0, 1}, 12, "far too large"          },
    };
    uint8_t body[256];
    static struct offers offers;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct payload payload =
            phase2(body, sizeof body, rows[i].bytes, rows[i].length);

        cr_assert_eq(offers_read(&payload, false, &offers), OK);
        cr_expect_not(
            offer_is_transform(&offers.list[0], TRANSFORM_ESP_DES_HMAC_MD5),
            "%s", rows[i].why);
    }
}

Test(ike_proposal, esp_and_ah_together_are_left_out)
{
    /* two proposals of number 1, then one of number 2 */
    static const uint8_t body[] = {0, 0, 0, 1, 0, 0, 0, 1, /* DOI, situation */
        2, 0, 0, 20, 1, 3, 4, 1, 1, 1, 1, 1, 0, 0, 0, 8, 1, 2, 0, 0, /**/
        2, 0, 0, 20, 1, 2, 4, 1, 2, 2, 2, 2, 0, 0, 0, 8, 1, 2, 0, 0, /**/
        0, 0, 0, 20, 2, 3, 4, 1, 3, 3, 3, 3, 0, 0, 0, 8, 1, 3, 0, 0};
    const struct payload payload = {PAYLOAD_SA, body, sizeof body};
    static struct offers offers;

    cr_assert_eq(offers_read(&payload, false, &offers), OK);
    cr_assert_eq(offers.count, 1);
    cr_expect_eq(offers.list[0].proposal, 2);
}

Test(ike_proposal, a_set_makes_a_proposal_for_each_run_of_a_protocol)
{
    const struct ike_tunnel tunnel = {
        .transforms = {TRANSFORM_AH_HMAC_MD5, TRANSFORM_ESP_DES_HMAC_MD5,
                       TRANSFORM_ESP_AES256_GCM, TRANSFORM_AH_HMAC_SHA256},
        .transform_count = 4,
        .lifetime_s = 3600,
    };
    static const uint8_t proposals[] = {1, 2, 2, 3};
    uint8_t body[1024];
    static struct offers offers;

    for (int is_udp = 0; is_udp < 2; is_udp++) {
        struct wr w = wr_over(body, sizeof body);
        struct payload payload = {PAYLOAD_SA, body, 0};

        proposal_build_phase2(&w, &tunnel, 2, is_udp != 0, false, 0x1000);
        payload.length = wr_length(&w);
        cr_assert_eq(offers_read(&payload, false, &offers), OK);
        cr_assert_eq(offers.count, is_udp != 0 ? 2 : 4, "AH not in UDP");
        for (size_t i = 0; i < offers.count; i++) {
            size_t at = is_udp != 0 ? i + 1 : i;

            cr_expect(
                offer_is_transform(&offers.list[i], tunnel.transforms[at]));
            cr_expect_eq(offers.list[i].group, 2);
            if (is_udp == 0)
                cr_expect_eq(offers.list[i].proposal, proposals[i]);
        }
    }
}

Test(ike_proposal, every_transform_is_read_as_itself_only)
{
    for (unsigned i = 0; i < TRANSFORM_COUNT; i++) {
        const struct ike_tunnel tunnel = {.transforms = {(enum transform)i},
            .transform_count = 1,
            .lifetime_s = 3600};
        uint8_t body[256];
        static struct offers offers;
        struct wr w = wr_over(body, sizeof body);
        struct payload payload = {PAYLOAD_SA, body, 0};

        proposal_build_phase2(&w, &tunnel, 0, false, false, 0x1000);
        payload.length = wr_length(&w);
        cr_assert_eq(offers_read(&payload, false, &offers), OK);
        for (unsigned other = 0; other < TRANSFORM_COUNT; other++) {
            cr_expect_eq(
                offer_is_transform(&offers.list[0], (enum transform)other),
                other == i, "%s and %s", phase2_kind((enum transform)i)->name,
                phase2_kind((enum transform)other)->name);
        }
    }
}
