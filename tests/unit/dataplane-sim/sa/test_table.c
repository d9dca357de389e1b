/* The table of inbound SAs. */
#include "crypto/provider.h"
#include "pkt/pkt.h"
#include "sa/sa.h"

#include <criterion/criterion.h>

static struct crypto *crypto;

static void
set_up(void)
{
    cr_assert_eq(crypto_open(NULL, &crypto), OK);
}

static void
tear_down(void)
{
    crypto_close(crypto);
}

TestSuite(sa_table, .init = set_up, .fini = tear_down);

static struct sa *
make(enum sa_direction direction, enum transform transform, uint32_t spi)
{
    struct sa_params params = {
        .direction = direction,
        .transform = transform,
        .spi = spi,
        .src = 0x0a000001,
        .dst = 0x0a000002,
        .vr = 3,
        .authentication_key = {.length = 16},
    };
    struct sa *sa = NULL;

    cr_assert_eq(sa_new(crypto, &params, &sa), OK);
    return sa;
}

Test(sa_table, finds_by_all_four_of_its_key)
{
    struct sa_table *table = sa_table_new(4);
    struct sa *esp = make(SA_INBOUND, TRANSFORM_ESP_HMAC_MD5, 1000);
    struct sa *ah = make(SA_INBOUND, TRANSFORM_AH_HMAC_MD5, 1000);
    const uint32_t dst = 0x0a000002;

    cr_expect_eq(sa_table_add(table, esp), OK);
    cr_expect_eq(sa_table_add(table, ah), OK);
    cr_expect_eq(sa_table_find(table, 3, dst, IP4_PROTO_ESP, 1000), esp);
    cr_expect_eq(sa_table_find(table, 3, dst, IP4_PROTO_AH, 1000), ah);
    cr_expect_null(sa_table_find(table, 2, dst, IP4_PROTO_ESP, 1000));
    cr_expect_null(sa_table_find(table, 3, dst + 1, IP4_PROTO_ESP, 1000));
    cr_expect_null(sa_table_find(table, 3, dst, IP4_PROTO_ESP, 1001));
    sa_table_remove(table, esp);
    cr_expect_null(sa_table_find(table, 3, dst, IP4_PROTO_ESP, 1000));
    cr_expect_eq(sa_table_find(table, 3, dst, IP4_PROTO_AH, 1000), ah);
    sa_free(esp);
    sa_free(ah);
    sa_table_free(table);
    sa_table_free(NULL);
}

Test(sa_table, refuses_twins_outbound_ones_and_too_many)
{
    struct sa_table *table = sa_table_new(2);
    struct sa *one = make(SA_INBOUND, TRANSFORM_ESP_HMAC_MD5, 1000);
    struct sa *twin = make(SA_INBOUND, TRANSFORM_ESP_HMAC_MD5, 1000);
    struct sa *out = make(SA_OUTBOUND, TRANSFORM_ESP_HMAC_MD5, 1001);
    struct sa *two = make(SA_INBOUND, TRANSFORM_ESP_HMAC_MD5, 1002);
    struct sa *three = make(SA_INBOUND, TRANSFORM_ESP_HMAC_MD5, 1003);

    cr_expect_eq(sa_table_add(table, one), OK);
    cr_expect_eq(sa_table_add(table, twin), ERR_EXISTS);
    cr_expect_eq(sa_table_add(table, two), OK);
    cr_expect_eq(sa_table_add(table, three), ERR_EXHAUSTED);
    sa_table_remove(table, twin); /* is not in it: nothing happens */
    cr_expect_eq(sa_table_find(table, 3, 0x0a000002, IP4_PROTO_ESP, 1000), one);
    sa_table_remove(table, one);
    cr_expect_eq(sa_table_add(table, three), OK);
    sa_free(one);
    sa_free(twin);
    sa_free(out);
    sa_free(two);
    sa_free(three);
    sa_table_free(table);
}

Test(sa_table, holds_none_when_made_for_none)
{
    struct sa_table *table = sa_table_new(0);
    struct sa *sa = make(SA_INBOUND, TRANSFORM_ESP_HMAC_MD5, 1000);

    cr_expect_eq(sa_table_add(table, sa), ERR_EXHAUSTED);
    cr_expect_null(sa_table_find(table, 3, 0x0a000002, IP4_PROTO_ESP, 1000));
    sa_free(sa);
    sa_table_free(table);
}

enum { MANY = 500 };

static void
expect_present(
    const struct sa_table *table, struct sa *const *sas, size_t removed)
{
    for (size_t i = 0; i < MANY; i++) {
        struct sa *found = sa_table_find(
            table, 3, 0x0a000002, IP4_PROTO_ESP, (uint32_t)(1000 + i));

        cr_assert_eq(found, i < removed ? NULL : sas[i], "spi %zu", 1000 + i);
    }
}

Test(sa_table, keeps_the_others_when_one_leaves)
{
    struct sa_table *table = sa_table_new(MANY);
    static struct sa *sas[MANY];

    for (size_t i = 0; i < MANY; i++) {
        sas[i] = make(SA_INBOUND, TRANSFORM_ESP_HMAC_MD5, (uint32_t)(1000 + i));
        cr_assert_eq(sa_table_add(table, sas[i]), OK);
    }
    expect_present(table, sas, 0);
    for (size_t i = 0; i < MANY; i++) {
        sa_table_remove(table, sas[i]);
        expect_present(table, sas, i + 1);
        sa_free(sas[i]);
    }
    sa_table_free(table);
}
