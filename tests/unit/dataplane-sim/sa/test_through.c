/* Packets through pairs of SAs: both ways, and every reason to drop one. */
#include "base/bytes.h"
#include "crypto/provider.h"
#include "pkt/pkt.h"
#include "sa/sa.h"
#include "sa/state.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct sa_outer outer_fields = {.tos = 0xb8,
    .ttl = 64,
    .id = 0x1234,
    .dont_fragment = true};

static struct crypto *crypto;
static struct pkt_pool *pool;
static struct random_seed seed;

/* One SA from both of its ends. */
struct pair {
    struct sa *out;
    struct sa *in;
};

static void
set_up(void)
{
    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    crypto_set_random(crypto, random_seeded(&seed, 1));
    pool = pkt_pool_new(4);
}

static void
tear_down(void)
{
    cr_expect_eq(pkt_pool_left(pool), 4);
    pkt_pool_free(pool);
    crypto_close(crypto);
}

TestSuite(sa_through, .init = set_up, .fini = tear_down);

static struct sa *
make_sa_in_udp(enum sa_direction direction, enum transform transform,
    uint8_t salt, struct sa_udp udp)
{
    const struct sa_transform *sizes = sa_transform_of(transform);
    struct sa_params params = {
        .direction = direction,
        .transform = transform,
        .spi = 0x12345678,
        .src = 0xc0000201,
        .dst = 0xc6336402,
        .udp = udp,
        .encryption_key = {.length = sizes->encryption_key},
        .authentication_key = {.length = sizes->authentication_key},
    };
    struct sa *sa = NULL;

    for (size_t i = 0; i < SECRET_MAX; i++) {
        params.encryption_key.bytes[i] = (uint8_t)(i * 37 + salt);
        params.authentication_key.bytes[i] = (uint8_t)(i * 11 + salt);
    }
    cr_assert_eq(sa_new(crypto, &params, &sa), OK);
    return sa;
}

static struct sa *
make_sa(enum sa_direction direction, enum transform transform, uint8_t salt)
{
    return make_sa_in_udp(direction, transform, salt, (struct sa_udp){0});
}

static struct pair
make_pair(enum transform transform)
{
    return (struct pair){
        make_sa(SA_OUTBOUND, transform, 0), make_sa(SA_INBOUND, transform, 0)};
}

static void
free_pair(struct pair *pair)
{
    sa_free(pair->out);
    sa_free(pair->in);
}

static bool
authenticates(enum transform transform)
{
    return sa_transform_of(transform)->icv != 0;
}

/* An inner packet of this length, filled with a byte that is no padding. */
static struct pkt *
inner_packet(uint32_t length)
{
    struct ip4 ip = {
        .src = 0x0a010001,
        .dst = 0x0a020001,
        .total_length = (uint16_t)length,
        .ttl = 63,
        .protocol = IP4_PROTO_UDP,
    };
    struct pkt *pkt = pkt_new(pool);

    cr_assert_not_null(pkt);
    memset(pkt_append(pkt, length), 0xab, length);
    ip4_write(pkt->at, &ip);
    return pkt;
}

static void
load(struct pkt *pkt, const uint8_t *bytes, uint32_t length)
{
    pkt->at = pkt->memory + PKT_HEADROOM;
    pkt->length = length;
    memcpy(pkt->at, bytes, length);
}

static void
mend_outer(struct pkt *pkt)
{
    size_t header = (size_t)(pkt->at[0] & 15) * 4;

    put_u16(pkt->at + 2, (uint16_t)pkt->length);
    put_u16(pkt->at + 10, 0);
    put_u16(pkt->at + 10, ip4_checksum(pkt->at, header));
}

/* A protected packet as bytes, its length in out_length. */
static const uint8_t *
protect(struct sa *out, uint32_t inner_length, uint32_t *out_length)
{
    static uint8_t wire[PKT_MTU_MAX + 256];
    struct pkt *pkt = inner_packet(inner_length);

    cr_assert_eq(sa_out(out, pkt, &outer_fields), DROP_NONE);
    memcpy(wire, pkt->at, pkt->length);
    *out_length = pkt->length;
    pkt_free(pkt);
    return wire;
}

static void
expect_there_and_back(struct pair *pair, uint32_t length)
{
    struct pkt *pkt = inner_packet(length);
    uint8_t *before = pkt->at;
    struct ip4 ip;
    uint8_t clear[2048];

    memcpy(clear, pkt->at, length);
    cr_assert_eq(sa_out(pair->out, pkt, &outer_fields), DROP_NONE);
    cr_expect_eq(pkt->length, length + sa_overhead(pair->out, length));
    cr_assert(ip4_read(pkt->at, pkt->length, &ip));
    cr_expect_eq(ip.total_length, pkt->length);
    cr_expect_eq(ip.src, 0xc0000201);
    cr_expect_eq(ip.dst, 0xc6336402);
    cr_expect_eq(ip.protocol,
        sa_is_in_udp(pair->out) ? IP4_PROTO_UDP : sa_protocol(pair->out));
    cr_expect_eq(ip.tos, 0xb8);
    cr_expect_eq(ip.ttl, 64);
    cr_expect_eq(ip.id, 0x1234);
    cr_expect(ip.dont_fragment);
    cr_expect_eq(sa_in(pair->in, pkt), DROP_NONE, "%u bytes", length);
    cr_expect_eq(pkt->length, length);
    cr_expect_eq(pkt->at, before);
    cr_expect_arr_eq(pkt->at, clear, length);
    pkt_free(pkt);
}

Test(sa_through, carries_packets_there_and_back_by_every_transform)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        struct pair pair = make_pair((enum transform)t);
        uint32_t sent = 0;

        for (uint32_t length = 20; length < 60; length++, sent++)
            expect_there_and_back(&pair, length);
        expect_there_and_back(&pair, 1400);
        cr_expect_eq(sa_sequence(pair.out), sent + 1);
        cr_expect_eq(sa_sequence(pair.in),
            authenticates((enum transform)t) ? sent + 1 : 0);
        free_pair(&pair);
    }
}

/* The peer's own port is 4501: a NAT is between them. */
static struct pair
make_pair_in_udp(enum transform transform)
{
    return (struct pair){
        make_sa_in_udp(SA_OUTBOUND, transform, 0, (struct sa_udp){4500, 4501}),
        make_sa_in_udp(SA_INBOUND, transform, 0, (struct sa_udp){4501, 4500})};
}

Test(sa_through, carries_esp_in_udp_there_and_back)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        struct pair pair;

        if (sa_transform_of((enum transform)t)->protocol != IP4_PROTO_ESP)
            continue;
        pair = make_pair_in_udp((enum transform)t);
        for (uint32_t length = 20; length < 60; length++)
            expect_there_and_back(&pair, length);
        expect_there_and_back(&pair, 1400);
        free_pair(&pair);
    }
}

static void
expect_udp_is_eight_bytes_more(enum transform transform)
{
    struct pair plain = make_pair(transform);
    struct pair in_udp = make_pair_in_udp(transform);

    for (uint32_t length = 20; length < 60; length++) {
        cr_expect_eq(sa_overhead(in_udp.out, length),
            sa_overhead(plain.out, length) + 8);
    }
    free_pair(&plain);
    free_pair(&in_udp);
}

Test(sa_through, writes_a_udp_header_without_a_checksum)
{
    struct pair pair = make_pair_in_udp(TRANSFORM_ESP_AES128_HMAC_SHA);
    uint32_t length = 0;
    const uint8_t *wire = protect(pair.out, 100, &length);

    cr_expect_eq(get_u16(wire + 20), 4500);
    cr_expect_eq(get_u16(wire + 22), 4501);
    cr_expect_eq(get_u16(wire + 24), length - 20);
    cr_expect_eq(get_u16(wire + 26), 0);
    cr_expect_eq(get_u32(wire + 28), 0x12345678);
    free_pair(&pair);
    expect_udp_is_eight_bytes_more(TRANSFORM_ESP_AES128_HMAC_SHA);
}

Test(sa_through, takes_the_datagram_for_the_packet)
{
    static const struct {
        int more; /* bytes behind the datagram; as its length says */
        enum drop drop;
        const char *why;
    } rows[] = {
        {0,    DROP_NONE,      "as it was sent"        },
        {20,   DROP_NONE,      "something behind it"   },
        {-1,   DROP_TRUNCATED, "longer than the packet"},
        {1000, DROP_TRUNCATED, "not even a header"     },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pair pair = make_pair_in_udp(TRANSFORM_ESP_3DES_HMAC_SHA);
        struct pkt *pkt = pkt_new(pool);
        uint32_t length = 0;
        const uint8_t *wire = protect(pair.out, 100, &length);

        load(pkt, wire, length);
        if (rows[i].more > 0 && rows[i].more < 100)
            memset(
                pkt_append(pkt, (size_t)rows[i].more), 7, (size_t)rows[i].more);
        if (rows[i].more < 0)
            put_u16(pkt->at + 24, (uint16_t)(length - 20 + 1));
        if (rows[i].more >= 100)
            put_u16(pkt->at + 24, 7);
        mend_outer(pkt);
        cr_expect_eq(sa_in(pair.in, pkt), rows[i].drop, "%s", rows[i].why);
        pkt_free(pkt);
        free_pair(&pair);
    }
}

static size_t
sequence_at(enum transform transform)
{
    return sa_transform_of(transform)->protocol == IP4_PROTO_AH ? 28 : 24;
}

Test(sa_through, never_sends_the_same_number_or_iv_twice)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        struct pair pair = make_pair((enum transform)t);
        uint8_t first[200];
        uint32_t length = 0;
        const uint8_t *wire = protect(pair.out, 100, &length);
        size_t iv = sa_transform_of((enum transform)t)->iv;

        memcpy(first, wire, length);
        wire = protect(pair.out, 100, &length);
        cr_expect_eq(get_u32(wire + sequence_at((enum transform)t)), 2);
        if (iv != 0) {
            cr_expect_arr_neq(wire + 28, first + 28, iv);
            cr_expect_arr_neq(wire + 28 + iv, first + 28 + iv, 8);
        }
        free_pair(&pair);
    }
}

Test(sa_through, drops_every_truncation_as_malformed)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        struct pair pair = make_pair((enum transform)t);
        struct pkt *pkt = pkt_new(pool);
        uint32_t whole = 0;
        const uint8_t *wire = protect(pair.out, 100, &whole);

        for (uint32_t length = 0; length < whole; length++) {
            load(pkt, wire, length);
            cr_expect_eq(sa_in(pair.in, pkt), DROP_MALFORMED,
                "transform %u, %u bytes", t, length);
        }
        load(pkt, wire, whole);
        cr_expect_eq(sa_in(pair.in, pkt), DROP_NONE);
        pkt_free(pkt);
        free_pair(&pair);
    }
}

/* The shortest packet that the transform allows, outer header included. */
static uint32_t
shortest(enum transform transform)
{
    const struct sa_transform *t = sa_transform_of(transform);

    if (t->protocol == IP4_PROTO_AH)
        return 20U + 12U + t->icv;
    return 20U + 8U + t->iv + t->block + t->icv;
}

/* Somebody cuts the packet and mends the outer header. */
static void
expect_cut(enum transform transform, struct sa *in, struct pkt *pkt)
{
    const struct sa_transform *t = sa_transform_of(transform);
    const uint32_t length = pkt->length;
    enum drop drop = sa_in(in, pkt);
    bool aligned = t->protocol == IP4_PROTO_AH ||
                   (length - shortest(transform)) % t->block == 0;

    if (length < shortest(transform) || !aligned)
        cr_expect_eq(drop, DROP_TRUNCATED, "transform %d, %u bytes: %d",
            (int)transform, length, (int)drop);
    else
        cr_expect_eq(drop,
            authenticates(transform) ? DROP_BAD_ICV : DROP_BAD_PADDING,
            "transform %d, %u bytes: %d", (int)transform, length, (int)drop);
}

Test(sa_through, drops_every_cut_with_a_mended_header)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        struct pair pair = make_pair((enum transform)t);
        struct pkt *pkt = pkt_new(pool);
        uint32_t whole = 0;
        const uint8_t *wire = protect(pair.out, 100, &whole);

        for (uint32_t length = 20; length < whole; length++) {
            load(pkt, wire, length);
            mend_outer(pkt);
            expect_cut((enum transform)t, pair.in, pkt);
        }
        pkt_free(pkt);
        free_pair(&pair);
    }
}

Test(sa_through, refuses_every_flipped_bit_where_it_authenticates)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        struct pair pair = make_pair((enum transform)t);
        struct pkt *pkt = pkt_new(pool);
        uint32_t whole = 0;
        const uint8_t *wire = protect(pair.out, 60, &whole);

        for (uint32_t bit = 0; bit < whole * 8; bit++) {
            enum drop drop;

            load(pkt, wire, whole);
            pkt->at[bit / 8] ^= (uint8_t)(1U << bit % 8);
            drop = sa_in(pair.in, pkt);
            /* DES alone cannot know; it must only survive */
            if (authenticates((enum transform)t))
                cr_expect_neq(drop, DROP_NONE, "transform %u, bit %u", t, bit);
        }
        /* and none of them moved the window */
        load(pkt, wire, whole);
        cr_expect_eq(sa_in(pair.in, pkt), DROP_NONE, "transform %u", t);
        pkt_free(pkt);
        free_pair(&pair);
    }
}

Test(sa_through, drops_a_replayed_packet_where_it_authenticates)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        struct pair pair = make_pair((enum transform)t);
        struct pkt *pkt = pkt_new(pool);
        uint32_t whole = 0;
        const uint8_t *wire = protect(pair.out, 60, &whole);
        enum drop again =
            authenticates((enum transform)t) ? DROP_REPLAYED : DROP_NONE;

        load(pkt, wire, whole);
        cr_expect_eq(sa_in(pair.in, pkt), DROP_NONE);
        load(pkt, wire, whole);
        cr_expect_eq(sa_in(pair.in, pkt), again, "transform %u", t);
        pkt_free(pkt);
        free_pair(&pair);
    }
}

Test(sa_through, drops_what_another_key_made)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        struct sa *out = make_sa(SA_OUTBOUND, (enum transform)t, 1);
        struct sa *in = make_sa(SA_INBOUND, (enum transform)t, 100);
        struct pkt *pkt = pkt_new(pool);
        uint32_t whole = 0;
        const uint8_t *wire = protect(out, 60, &whole);

        load(pkt, wire, whole);
        cr_expect_eq(sa_in(in, pkt),
            authenticates((enum transform)t) ? DROP_BAD_ICV : DROP_BAD_PADDING,
            "transform %u", t);
        cr_expect_eq(sa_sequence(in), 0);
        pkt_free(pkt);
        sa_free(out);
        sa_free(in);
    }
}

Test(sa_through, drops_fragments)
{
    static const uint16_t flags[] = {0x2000, 0x0001, 0x3fff};
    struct pair pair = make_pair(TRANSFORM_AH_HMAC_SHA);
    struct pkt *pkt = pkt_new(pool);
    uint32_t whole = 0;
    const uint8_t *wire = protect(pair.out, 60, &whole);

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        load(pkt, wire, whole);
        put_u16(pkt->at + 6, flags[i]);
        mend_outer(pkt);
        cr_expect_eq(sa_in(pair.in, pkt), DROP_MALFORMED);
    }
    pkt_free(pkt);
    free_pair(&pair);
}

Test(sa_through, ignores_what_a_link_added_behind_the_packet)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        struct pair pair = make_pair((enum transform)t);
        struct pkt *pkt = inner_packet(41);

        cr_assert_eq(sa_out(pair.out, pkt, &outer_fields), DROP_NONE);
        memset(pkt_append(pkt, 17), 0, 17);
        cr_expect_eq(sa_in(pair.in, pkt), DROP_NONE, "transform %u", t);
        cr_expect_eq(pkt->length, 41);
        pkt_free(pkt);
        free_pair(&pair);
    }
}

Test(sa_through, stops_at_the_last_sequence_number)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        struct pair pair = make_pair((enum transform)t);
        struct pkt *pkt;

        pair.out->sequence = UINT32_MAX - 1;
        expect_there_and_back(&pair, 40);
        cr_expect_eq(sa_sequence(pair.out), UINT32_MAX);
        for (int i = 0; i < 2; i++) {
            pkt = inner_packet(40);
            cr_expect_eq(
                sa_out(pair.out, pkt, &outer_fields), DROP_SEQUENCE_END);
            pkt_free(pkt);
        }
        cr_expect_eq(sa_sequence(pair.out), UINT32_MAX);
        free_pair(&pair);
    }
}

Test(sa_through, goes_on_above_a_number_it_is_given)
{
    struct pair pair = make_pair(TRANSFORM_ESP_HMAC_SHA);
    struct pkt *pkt = inner_packet(40);
    uint32_t length = 0;

    sa_start_above(pair.out, 41);
    cr_expect_eq(get_u32(protect(pair.out, 40, &length) + 24), 42);
    sa_start_above(pair.out, UINT32_MAX);
    cr_expect_eq(sa_out(pair.out, pkt, &outer_fields), DROP_SEQUENCE_END);
    pkt_free(pkt);
    free_pair(&pair);
}

/* What goes before an inner packet. */
static size_t
front_of(enum transform transform)
{
    const struct sa_transform *t = sa_transform_of(transform);

    return t->protocol == IP4_PROTO_AH ? 20U + 12U + t->icv : 20U + 8U + t->iv;
}

Test(sa_through, drops_what_has_no_headroom)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        struct pair pair = make_pair((enum transform)t);

        for (size_t room = 0; room <= 48; room++) {
            struct pkt *pkt = inner_packet(40);

            cr_assert_not_null(pkt_push(pkt, PKT_HEADROOM - room));
            cr_expect_eq(sa_out(pair.out, pkt, &outer_fields),
                room >= front_of((enum transform)t) ? DROP_NONE
                                                    : DROP_TOO_BIG_TUNNEL,
                "transform %u, room for %zu", t, room);
            pkt_free(pkt);
        }
        free_pair(&pair);
    }
}

Test(sa_through, drops_what_has_no_tailroom)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        struct pair pair = make_pair((enum transform)t);
        struct pkt *pkt = inner_packet(40);

        cr_assert_not_null(pkt_append(pkt, PKT_MTU_MAX + PKT_TAILROOM - 40));
        cr_expect_eq(sa_out(pair.out, pkt, &outer_fields),
            sa_protocol(pair.out) == IP4_PROTO_AH ? DROP_NONE
                                                  : DROP_TOO_BIG_TUNNEL,
            "transform %u", t);
        pkt_free(pkt);
        free_pair(&pair);
    }
}
