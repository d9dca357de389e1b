/*
 * vectors.c - the packets of tests/vectors that scapy made, read line by line.
 */
#include "tests/support/vectors.h"

#include "base/str.h"
#include "crypto/provider.h"
#include "pkt/pkt.h"
#include "schema/schema.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_SIZE = 8192 };

const char *
vectors_transform_name(enum transform transform)
{
    return schema_enums[ENUM_TRANSFORM].values[transform].word;
}

static enum transform
transform_named(const char *name)
{
    for (unsigned i = 0; i < TRANSFORM_COUNT; i++) {
        if (str_equal(vectors_transform_name((enum transform)i), name))
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

static enum drop
drop_named(const char *name)
{
    for (unsigned i = 1; i < DROP_COUNT; i++) {
        if (str_equal(drop_reasons[i].name, name))
            return (enum drop)i;
    }
    cr_assert_fail("no drop is called %s", name);
    return DROP_NONE;
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
        from_hex(words[4], out_vector->outer, VECTOR_PACKET_MAX);
    if (words[5][0] == ':') {
        out_vector->drop = drop_named(words[5] + 1);
        return;
    }
    out_vector->inner_length =
        from_hex(words[5], out_vector->inner, VECTOR_PACKET_MAX);
}

void
vectors_each(const char *path, unsigned lines,
    void (*call)(struct crypto *, struct pkt *, const struct vector *))
{
    static char line[LINE_MAX_SIZE];
    FILE *file = fopen(path, "r");
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
    cr_expect_eq(count, lines);
    (void)fclose(file);
    pkt_free(pkt);
    pkt_pool_free(pool);
    crypto_close(crypto);
}

void
vectors_load(struct pkt *pkt, const uint8_t *bytes, size_t length)
{
    pkt->at = pkt->memory + PKT_HEADROOM;
    pkt->length = (uint32_t)length;
    memcpy(pkt->at, bytes, length);
}
