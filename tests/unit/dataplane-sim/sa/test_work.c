/*
 * test_work.c - packets that wait for each other: what is done side by side is
 * what would have been done one after the other.
 */
#include "crypto/lanes.h"
#include "crypto/provider.h"
#include "esp/state.h"
#include "pkt/pkt.h"
#include "sa/sa.h"
#include "sa/state.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MANY = 70 /* more than go into lanes at a time */, LONGEST = 1500 };

static const struct sa_outer outer = {.ttl = 64, .id = 7};

static struct crypto *crypto;
static struct lanes *lanes; /* NULL on machines without: all must hold there */
static struct pkt_pool *pool;
static struct random_seed seed;
static struct sa *out;
static struct sa *in;
static struct pkt *packets[MANY];
static struct sa_work works[MANY];

static void
set_up(void)
{
    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    crypto_set_random(crypto, random_seeded(&seed, 1));
    lanes = lanes_new();
    pool = pkt_pool_new(MANY);
}

static void
tear_down(void)
{
    cr_expect_eq(pkt_pool_left(pool), MANY);
    pkt_pool_free(pool);
    lanes_free(lanes);
    crypto_close(crypto);
}

TestSuite(sa_work, .init = set_up, .fini = tear_down);

static struct sa *
make_sa(
    enum sa_direction direction, enum transform transform, enum sa_mode mode)
{
    const struct sa_transform *sizes = sa_transform_of(transform);
    struct sa_params params = {
        .direction = direction,
        .mode = mode,
        .payload = mode == SA_TRANSPORT ? IP4_PROTO_UDP : 0,
        .transform = transform,
        .spi = 0x12345678,
        .src = 0xc0000201,
        .dst = 0xc6336402,
        .window = 128,
        .encryption_key = {.length = sizes->encryption_key},
        .authentication_key = {.length = sizes->authentication_key},
    };
    struct sa *sa = NULL;

    for (size_t i = 0; i < SECRET_MAX; i++) {
        params.encryption_key.bytes[i] = (uint8_t)(i * 37 + 1);
        params.authentication_key.bytes[i] = (uint8_t)(i * 11 + 1);
    }
    cr_assert_eq(sa_new(crypto, &params, &sa), OK);
    return sa;
}

static void
make_pair(enum transform transform, enum sa_mode mode)
{
    out = make_sa(SA_OUTBOUND, transform, mode);
    in = make_sa(SA_INBOUND, transform, mode);
}

static void
free_pair(void)
{
    for (size_t i = 0; i < MANY; i++) {
        pkt_free(packets[i]);
        packets[i] = NULL;
    }
    sa_free(out);
    sa_free(in);
}

/* Of all lengths up to LONGEST. */
static void
write_clear(uint8_t *bytes, size_t number, uint32_t *out_length)
{
    const struct ip4 ip = {
        .src = 0xc0000201,
        .dst = 0xc6336402,
        .id = (uint16_t)number,
        .total_length = (uint16_t)(IP4_HEADER + number * 997 % 1480),
        .ttl = 63,
        .protocol = IP4_PROTO_UDP,
    };

    memset(bytes, (int)(0x30 + number), ip.total_length);
    ip4_write(bytes, &ip);
    *out_length = ip.total_length;
}

static void
make_packets(void)
{
    uint8_t bytes[LONGEST];
    uint32_t length;

    for (size_t i = 0; i < MANY; i++) {
        write_clear(bytes, i, &length);
        packets[i] = pkt_new(pool);
        memcpy(pkt_append(packets[i], length), bytes, length);
    }
}

static void
seal_one_by_one(void)
{
    for (size_t i = 0; i < MANY; i++)
        cr_assert_eq(sa_out(out, packets[i], &outer), DROP_NONE);
}

static void
seal_together(struct lanes *with)
{
    for (size_t i = 0; i < MANY; i++) {
        cr_assert_eq(
            sa_out_begin(out, packets[i], &outer, &works[i]), DROP_NONE);
    }
    sa_works(with, works, MANY);
    for (size_t i = 0; i < MANY; i++)
        cr_assert_eq(sa_out_end(&works[i]), DROP_NONE);
}

static void
open_one_by_one(void)
{
    for (size_t i = 0; i < MANY; i++)
        cr_assert_eq(sa_in(in, packets[i]), DROP_NONE);
}

static void
begin_all(void)
{
    for (size_t i = 0; i < MANY; i++)
        cr_assert_eq(sa_in_begin(in, packets[i], &works[i]), DROP_NONE);
}

static void
open_together(struct lanes *with)
{
    begin_all();
    sa_works(with, works, MANY);
    for (size_t i = 0; i < MANY; i++)
        cr_assert_eq(sa_in_end(&works[i]), DROP_NONE, "packet %zu", i);
}

static void
expect_clear(enum transform transform)
{
    uint8_t bytes[LONGEST];
    uint32_t length;

    for (size_t i = 0; i < MANY; i++) {
        write_clear(bytes, i, &length);
        cr_assert_eq(packets[i]->length, length);
        cr_assert_arr_eq(
            packets[i]->at, bytes, length, "transform %u", transform);
    }
    cr_expect_eq(sa_packets(out), MANY);
    cr_expect_eq(sa_packets(in), MANY);
    cr_expect_eq(sa_octets(out), sa_octets(in));
}

/* Each end for itself, so that no mistake of one hides in the other. */
Test(sa_work, is_the_same_together_as_one_by_one)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        for (unsigned mode = SA_TUNNEL; mode <= SA_TRANSPORT; mode++) {
            make_pair(t, mode);
            if (!sa_can_wait(out)) {
                cr_expect(lanes == NULL || out->ah != NULL);
                free_pair();
                continue;
            }
            make_packets();
            seal_together(lanes);
            open_one_by_one();
            expect_clear(t);
            free_pair();
            make_pair(t, mode);
            make_packets();
            seal_one_by_one();
            if (sa_can_wait(in)) {
                open_together(lanes);
            } else {
                open_one_by_one();
            }
            expect_clear(t);
            free_pair();
        }
    }
}

Test(sa_work, needs_no_lanes)
{
    make_pair(TRANSFORM_ESP_AES128_GCM, SA_TUNNEL);
    make_packets();
    seal_together(NULL);
    open_together(NULL);
    expect_clear(TRANSFORM_ESP_AES128_GCM);
    free_pair();
}

/* What sa_works leaves of each packet, in order. */
static void
expect_drops(const enum drop expected[MANY])
{
    sa_works(lanes, works, MANY);
    for (size_t i = 0; i < MANY; i++)
        cr_expect_eq(sa_in_end(&works[i]), expected[i], "packet %zu", i);
}

Test(sa_work, drops_what_is_wrong_and_nothing_else)
{
    enum drop expected[MANY] = {DROP_NONE};

    make_pair(TRANSFORM_ESP_AES256_HMAC_SHA256, SA_TUNNEL);
    make_packets();
    seal_one_by_one();
    packets[3]->at[packets[3]->length - 1] ^= 1;
    packets[60]->at[packets[60]->length - 20] ^= 0x80;
    expected[3] = expected[60] = DROP_BAD_ICV;
    begin_all();
    expect_drops(expected);
    cr_expect_eq(sa_packets(in), MANY - 2);
    free_pair();
}

/* When they began, none of them had been accepted. */
Test(sa_work, takes_one_of_two_that_came_in_the_same_burst)
{
    enum drop expected[MANY] = {DROP_NONE};

    make_pair(TRANSFORM_ESP_3DES_HMAC_MD5, SA_TUNNEL);
    make_packets();
    seal_one_by_one();
    for (size_t i = 1; i < MANY; i += 2) {
        memcpy(packets[i]->at, packets[i - 1]->at, packets[i - 1]->length);
        packets[i]->length = packets[i - 1]->length;
        expected[i] = DROP_REPLAYED;
    }
    begin_all();
    expect_drops(expected);
    free_pair();
}

/* A block that is not the cipher's: nothing from outside does that. */
Test(sa_work, says_what_no_cipher_takes_and_goes_on)
{
    make_pair(TRANSFORM_ESP_AES128, SA_TUNNEL);
    make_packets();
    for (size_t i = 0; i < MANY; i++) {
        cr_assert_eq(
            sa_out_begin(out, packets[i], &outer, &works[i]), DROP_NONE);
    }
    works[33].length--;
    sa_works(lanes, works, MANY);
    for (size_t i = 0; i < MANY; i++) {
        cr_expect_eq(sa_out_end(&works[i]),
            i == 33 ? DROP_ENCRYPT_FAILED : DROP_NONE, "packet %zu", i);
    }
    cr_expect_eq(sa_packets(out), MANY - 1);
    free_pair();
}

Test(sa_work, begins_with_the_drops_of_the_whole_way)
{
    make_pair(TRANSFORM_ESP_AES128_HMAC_SHA, SA_TUNNEL);
    make_packets();
    packets[0]->at[0] = 0;
    cr_expect_eq(sa_in_begin(in, packets[0], &works[0]), DROP_MALFORMED);
    cr_expect_eq(sa_in_begin(in, packets[1], &works[1]), DROP_TRUNCATED);
    sa_start_above(out, UINT32_MAX);
    cr_expect_eq(
        sa_out_begin(out, packets[2], &outer, &works[2]), DROP_SEQUENCE_END);
    free_pair();
}

Test(sa_work, has_a_cost_under_every_transform)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++)
        cr_expect_gt(sa_cost_ns(crypto, t), 0, "transform %u", t);
}
