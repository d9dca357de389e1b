/*
 * Transport mode: packets that scapy made for GRE (make_esp_ah.py
 * --transport), with and without IP options, are taken or dropped for the
 * reason that stands there; ours come back; what may not go out does not.
 */
#include "base/bytes.h"
#include "crypto/provider.h"
#include "pkt/pkt.h"
#include "sa/sa.h"
#include "sa/state.h"
#include "tests/support/vectors.h"

#include <criterion/criterion.h>
#include <string.h>

enum { LINES = 724, GRE = 47, SPI = 0x1000 };

static const char path[] = "tests/vectors/transport.txt";

static struct sa *
make_sa(struct crypto *crypto, const struct vector *vector,
    enum sa_direction direction)
{
    struct sa_params params = {
        .direction = direction,
        .mode = SA_TRANSPORT,
        .payload = GRE,
        .transform = vector->transform,
        .spi = vector->spi,
        .src = 0xc0000201,
        .dst = 0xc6336402,
        .encryption_key = vector->encryption_key,
        .authentication_key = vector->authentication_key,
    };
    struct sa *sa = NULL;

    cr_assert_eq(sa_new(crypto, &params, &sa), OK);
    return sa;
}

static void
expect_verdict(
    struct crypto *crypto, struct pkt *pkt, const struct vector *vector)
{
    struct sa *sa = make_sa(crypto, vector, SA_INBOUND);

    vectors_load(pkt, vector->outer, vector->outer_length);
    cr_expect_eq(sa_in(sa, pkt), vector->drop, "%s, spi %x, %zu bytes",
        vectors_transform_name(vector->transform), vector->spi,
        vector->outer_length);
    if (vector->drop == DROP_NONE) {
        cr_expect_eq(pkt->length, vector->inner_length);
        cr_expect_arr_eq(pkt->at, vector->inner, vector->inner_length);
        cr_expect_eq(sa_packets(sa), 1);
        cr_expect_eq(sa_octets(sa), vector->inner_length);
    } else {
        cr_expect_eq(sa_packets(sa), 0);
    }
    sa_free(sa);
}

Test(sa_transport, takes_and_drops_what_scapy_made)
{
    vectors_each(path, LINES, expect_verdict);
}

/* A rehearsal says the same and leaves no trace, so that it can be repeated. */
static void
expect_rehearsal(
    struct crypto *crypto, struct pkt *pkt, const struct vector *vector)
{
    struct sa *sa = make_sa(crypto, vector, SA_INBOUND);

    for (int i = 0; i < 2; i++) {
        vectors_load(pkt, vector->outer, vector->outer_length);
        cr_expect_eq(sa_rehearse_in(sa, pkt), vector->drop);
    }
    cr_expect_eq(sa_packets(sa), 0);
    sa_free(sa);
}

Test(sa_transport, rehearses_without_a_trace)
{
    vectors_each(path, LINES, expect_rehearsal);
}

static size_t
header_of(const uint8_t *packet)
{
    return (size_t)(packet[0] & 0x0f) * 4;
}

static void
expect_same(struct crypto *crypto, struct pkt *pkt, const struct vector *vector)
{
    size_t at = header_of(vector->outer) + 4;
    struct sa *sa;

    if (vector->drop != DROP_NONE ||
        sa_transform_of(vector->transform)->iv != 0)
        return;
    if (sa_transform_of(vector->transform)->protocol == IP4_PROTO_AH)
        at += 4;
    sa = make_sa(crypto, vector, SA_OUTBOUND);
    sa_start_above(sa, get_u32(vector->outer + at) - 1U);
    vectors_load(pkt, vector->inner, vector->inner_length);
    cr_expect_eq(sa_out(sa, pkt, NULL), DROP_NONE);
    cr_expect_eq(pkt->length, vector->outer_length);
    cr_expect_arr_eq(pkt->at, vector->outer, vector->outer_length, "%s",
        vectors_transform_name(vector->transform));
    sa_free(sa);
}

Test(sa_transport, sends_what_scapy_sends_where_there_is_no_iv)
{
    vectors_each(path, LINES, expect_same);
}

/* Out by one end and in by the other, whatever the transform. */
static void
expect_there_and_back(
    struct crypto *crypto, struct pkt *pkt, const struct vector *vector)
{
    struct sa *out = make_sa(crypto, vector, SA_OUTBOUND);
    struct sa *in = make_sa(crypto, vector, SA_INBOUND);
    uint32_t rehearsed;

    if (vector->drop == DROP_NONE) {
        vectors_load(pkt, vector->inner, vector->inner_length);
        cr_expect_eq(sa_rehearse_out(out, pkt, NULL), DROP_NONE);
        rehearsed = pkt->length;
        vectors_load(pkt, vector->inner, vector->inner_length);
        cr_expect_eq(sa_out(out, pkt, NULL), DROP_NONE);
        cr_expect_eq(pkt->length, rehearsed);
        cr_expect_eq(pkt->at[9], sa_protocol(out));
        if (header_of(vector->inner) == IP4_HEADER) {
            cr_expect_eq(pkt->length,
                vector->inner_length +
                    sa_overhead(out, (uint32_t)vector->inner_length));
        }
        cr_expect_arr_eq(pkt->at + 12, vector->inner + 12,
            header_of(vector->inner) - 12, "addresses and options stay");
        cr_expect_eq(sa_in(in, pkt), DROP_NONE);
        cr_expect_eq(pkt->length, vector->inner_length);
        cr_expect_arr_eq(pkt->at, vector->inner, vector->inner_length);
    }
    sa_free(out);
    sa_free(in);
}

Test(sa_transport, brings_back_what_it_sent)
{
    vectors_each(path, LINES, expect_there_and_back);
}

/* ---- what may not go out ---- */

enum { CLEAR = 44, OPTIONS = 4 };

static const struct {
    size_t at; /* byte of the clear packet to change */
    uint8_t value;
    enum drop drop;
    const char *why;
} refused[] = {
    {9,  17,   DROP_OTHER_PROTOCOL, "UDP, and the SA is for GRE"     },
    {9,  4,    DROP_OTHER_PROTOCOL, "what tunnel mode carries"       },
    {6,  0x20, DROP_MALFORMED,      "a first fragment"               },
    {7,  1,    DROP_MALFORMED,      "a later fragment"               },
    {3,  200,  DROP_MALFORMED,      "longer than the bytes there are"},
    {21, 9,    DROP_MALFORMED,      "an option over the end"         },
};

/* A packet with a router alert, one byte changed, its checksum right. */
static void
load_spoilt(struct pkt *pkt, size_t row)
{
    struct ip4 ip = {.src = 0xc0000201, .dst = 0xc6336402, .ttl = 64};
    uint8_t bytes[CLEAR] = {0};

    ip.total_length = CLEAR;
    ip.protocol = GRE;
    ip4_write(bytes, &ip);
    bytes[0] = 0x46;
    memcpy(bytes + IP4_HEADER, "\x94\x04", 2);
    if (row < sizeof refused / sizeof refused[0])
        bytes[refused[row].at] = refused[row].value;
    put_u16(bytes + 10, 0);
    put_u16(bytes + 10, ip4_checksum(bytes, IP4_HEADER + OPTIONS));
    vectors_load(pkt, bytes, CLEAR);
}

Test(sa_transport, refuses_to_send_what_is_not_a_whole_packet_of_its_protocol)
{
    const struct vector vector = {
        .transform = TRANSFORM_AH_HMAC_MD5,
        .spi = SPI,
        .authentication_key = {.length = 16},
    };
    struct pkt_pool *pool = pkt_pool_new(1);
    struct pkt *pkt = pkt_new(pool);
    struct crypto *crypto = NULL;
    struct sa *sa;

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    sa = make_sa(crypto, &vector, SA_OUTBOUND);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        load_spoilt(pkt, i);
        cr_expect_eq(
            sa_out(sa, pkt, NULL), refused[i].drop, "%s", refused[i].why);
    }
    load_spoilt(pkt, SIZE_MAX);
    cr_expect_eq(sa_out(sa, pkt, NULL), DROP_NONE);
    cr_expect_eq(sa_packets(sa), 1);
    sa_free(sa);
    crypto_close(crypto);
    pkt_free(pkt);
    pkt_pool_free(pool);
}

Test(sa_transport, is_for_one_protocol)
{
    struct sa_params params = {
        .mode = SA_TRANSPORT,
        .transform = TRANSFORM_AH_HMAC_MD5,
        .spi = SPI,
        .authentication_key = {.length = 16},
    };
    struct crypto *crypto = NULL;
    struct sa *sa = NULL;

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    cr_expect_eq(sa_new(crypto, &params, &sa), ERR_INVALID);
    params.payload = GRE;
    cr_assert_eq(sa_new(crypto, &params, &sa), OK);
    cr_expect_eq(sa_mode(sa), SA_TRANSPORT);
    sa_free(sa);
    crypto_close(crypto);
}
