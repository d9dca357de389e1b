/*
 * Packets made by scapy (tests/vectors/make_esp_ah.py) are accepted, and
 * where no IV is involved ours are the same to the byte.
 */
#include "base/str.h"
#include "crypto/provider.h"
#include "pkt/pkt.h"
#include "sa/sa.h"
#include "sa/state.h"
#include "schema/schema.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_SIZE = 8192, PACKET_MAX_SIZE = 2048, LINES = 308 };

struct vector {
    enum transform transform;
    uint32_t spi;
    struct secret encryption_key;
    struct secret authentication_key;
    uint8_t outer[PACKET_MAX_SIZE];
    size_t outer_length;
    uint8_t inner[PACKET_MAX_SIZE];
    size_t inner_length;
};

static const char *
name_of(enum transform transform)
{
    return schema_enums[ENUM_TRANSFORM].values[transform].word;
}

static enum transform
transform_named(const char *name)
{
    for (unsigned i = 0; i < TRANSFORM_COUNT; i++) {
        if (str_equal(name_of((enum transform)i), name))
            return (enum transform)i;
    }
    return TRANSFORM_COUNT;
}

static size_t
from_hex(const char *hex, uint8_t *bytes, size_t room)
{
    size_t length = 0;

    if (!str_equal(hex, "-"))
        cr_assert_eq(hex_decode(hex, bytes, room, &length), OK);
    return length;
}

static void
parse(char *line, struct vector *out_vector)
{
    char *words[6];
    char *rest = line;
    uint8_t spi[4];

    for (size_t i = 0; i < 6; i++) {
        words[i] = strtok_r(rest, " \n", &rest);
        cr_assert_not_null(words[i]);
    }
    out_vector->transform = transform_named(words[0]);
    cr_assert_neq(out_vector->transform, TRANSFORM_COUNT, "%s", words[0]);
    cr_assert_eq(from_hex(words[1], spi, sizeof spi), 4);
    out_vector->spi = (uint32_t)spi[0] << 24 | (uint32_t)spi[1] << 16 |
                      (uint32_t)spi[2] << 8 | spi[3];
    out_vector->encryption_key.length =
        from_hex(words[2], out_vector->encryption_key.bytes, SECRET_MAX);
    out_vector->authentication_key.length =
        from_hex(words[3], out_vector->authentication_key.bytes, SECRET_MAX);
    out_vector->outer_length =
        from_hex(words[4], out_vector->outer, PACKET_MAX_SIZE);
    out_vector->inner_length =
        from_hex(words[5], out_vector->inner, PACKET_MAX_SIZE);
}

/* All lines of the file, one call for each. */
static void
for_each_vector(
    void (*call)(struct crypto *, struct pkt *, const struct vector *))
{
    static char line[LINE_MAX_SIZE];
    FILE *file = fopen("tests/vectors/esp_ah.txt", "r");
    struct pkt_pool *pool = pkt_pool_new(1);
    struct pkt *pkt = pkt_new(pool);
    struct crypto *crypto = NULL;
    struct vector vector;
    unsigned count = 0;

    cr_assert_not_null(file, "run from the top of the tree");
    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    while (fgets(line, sizeof line, file) != NULL) {
        memset(&vector, 0, sizeof vector);
        parse(line, &vector);
        call(crypto, pkt, &vector);
        count++;
    }
    cr_expect_eq(count, LINES);
    (void)fclose(file);
    pkt_free(pkt);
    pkt_pool_free(pool);
    crypto_close(crypto);
}

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
load(struct pkt *pkt, const uint8_t *bytes, size_t length)
{
    pkt->at = pkt->memory + PKT_HEADROOM;
    pkt->length = (uint32_t)length;
    memcpy(pkt->at, bytes, length);
}

static void
expect_accepted(
    struct crypto *crypto, struct pkt *pkt, const struct vector *vector)
{
    struct sa *sa = make_sa(crypto, vector, SA_INBOUND);

    load(pkt, vector->outer, vector->outer_length);
    cr_expect_eq(sa_in(sa, pkt), DROP_NONE, "%s, %zu bytes",
        name_of(vector->transform), vector->inner_length);
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
    load(pkt, vector->inner, vector->inner_length);
    cr_expect_eq(sa_out(sa, pkt, &outer), DROP_NONE);
    cr_expect_eq(pkt->length, vector->outer_length);
    cr_expect_arr_eq(pkt->at, vector->outer, vector->outer_length, "%s",
        name_of(vector->transform));
    sa_free(sa);
}

Test(sa_vectors, takes_every_packet_that_scapy_made)
{
    for_each_vector(expect_accepted);
}

Test(sa_vectors, sends_what_scapy_sends_where_there_is_no_iv)
{
    for_each_vector(expect_same);
}
