/*
 * Packets made by scapy (tests/vectors/make_esp_ah.py) are accepted, and
 * where no IV is involved ours are the same to the byte.
 */
#include "pkt/pkt.h"
#include "sa/sa.h"
#include "sa/state.h"
#include "tests/support/vectors.h"

#include <criterion/criterion.h>

enum { LINES = 308 };

static struct sa *
make_sa(struct crypto *crypto, const struct vector *vector,
    enum sa_direction direction)
{
    struct sa_params params = {
        .direction = direction,
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
expect_accepted(
    struct crypto *crypto, struct pkt *pkt, const struct vector *vector)
{
    struct sa *sa = make_sa(crypto, vector, SA_INBOUND);

    vectors_load(pkt, vector->outer, vector->outer_length);
    cr_expect_eq(sa_in(sa, pkt), DROP_NONE, "%s, %zu bytes",
        vectors_transform_name(vector->transform), vector->inner_length);
    cr_expect_eq(pkt->length, vector->inner_length);
    cr_expect_arr_eq(pkt->at, vector->inner, vector->inner_length);
    sa_free(sa);
}

static void
expect_same(struct crypto *crypto, struct pkt *pkt, const struct vector *vector)
{
    static const struct sa_outer outer = {.tos = 0xb8, .ttl = 64, .id = 0x1234};
    size_t sequence_at =
        sa_transform_of(vector->transform)->protocol == IP4_PROTO_AH ? 28 : 24;
    struct sa *sa;

    if (sa_transform_of(vector->transform)->iv != 0)
        return;
    sa = make_sa(crypto, vector, SA_OUTBOUND);
    sa->sequence = vector->outer[sequence_at + 3] - 1U;
    vectors_load(pkt, vector->inner, vector->inner_length);
    cr_expect_eq(sa_out(sa, pkt, &outer), DROP_NONE);
    cr_expect_eq(pkt->length, vector->outer_length);
    cr_expect_arr_eq(pkt->at, vector->outer, vector->outer_length, "%s",
        vectors_transform_name(vector->transform));
    sa_free(sa);
}

Test(sa_vectors, takes_every_packet_that_scapy_made)
{
    vectors_each("tests/vectors/esp_ah.txt", LINES, expect_accepted);
}

Test(sa_vectors, sends_what_scapy_sends_where_there_is_no_iv)
{
    vectors_each("tests/vectors/esp_ah.txt", LINES, expect_same);
}
