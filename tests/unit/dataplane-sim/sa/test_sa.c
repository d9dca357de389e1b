/* Making SAs: keys, transforms, what can be asked. */
#include "sa/sa.h"

#include "crypto/provider.h"
#include "pkt/pkt.h"

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

TestSuite(sa, .init = set_up, .fini = tear_down);

static struct sa_params
params_of(enum transform transform)
{
    const struct sa_transform *sizes = sa_transform_of(transform);
    struct sa_params params = {
        .direction = SA_OUTBOUND,
        .transform = transform,
        .spi = 0xfffffff0,
        .src = 0x0a000001,
        .dst = 0x0a000002,
        .vr = 3,
        .tunnel = 77,
        .encryption_key = {.length = sizes->encryption_key},
        .authentication_key = {.length = sizes->authentication_key},
    };

    return params;
}

Test(sa, knows_what_each_transform_needs)
{
    static const struct {
        enum transform transform;
        uint8_t protocol;
        uint8_t encryption_key;
        uint8_t authentication_key;
        uint8_t iv;
        uint8_t icv;
    } rows[] = {
        {TRANSFORM_AH_HMAC_MD5,            51, 0,  16, 0,  12},
        {TRANSFORM_AH_HMAC_SHA,            51, 0,  20, 0,  12},
        {TRANSFORM_ESP_HMAC_MD5,           50, 0,  16, 0,  12},
        {TRANSFORM_ESP_HMAC_SHA,           50, 0,  20, 0,  12},
        {TRANSFORM_ESP_DES,                50, 8,  0,  8,  0 },
        {TRANSFORM_ESP_3DES,               50, 24, 0,  8,  0 },
        {TRANSFORM_ESP_DES_HMAC_MD5,       50, 8,  16, 8,  12},
        {TRANSFORM_ESP_DES_HMAC_SHA,       50, 8,  20, 8,  12},
        {TRANSFORM_ESP_3DES_HMAC_MD5,      50, 24, 16, 8,  12},
        {TRANSFORM_ESP_3DES_HMAC_SHA,      50, 24, 20, 8,  12},
        {TRANSFORM_AH_HMAC_SHA256,         51, 0,  32, 0,  16},
        {TRANSFORM_ESP_HMAC_SHA256,        50, 0,  32, 0,  16},
        {TRANSFORM_ESP_DES_HMAC_SHA256,    50, 8,  32, 8,  16},
        {TRANSFORM_ESP_3DES_HMAC_SHA256,   50, 24, 32, 8,  16},
        {TRANSFORM_ESP_AES128,             50, 16, 0,  16, 0 },
        {TRANSFORM_ESP_AES128_HMAC_MD5,    50, 16, 16, 16, 12},
        {TRANSFORM_ESP_AES128_HMAC_SHA,    50, 16, 20, 16, 12},
        {TRANSFORM_ESP_AES128_HMAC_SHA256, 50, 16, 32, 16, 16},
        {TRANSFORM_ESP_AES192,             50, 24, 0,  16, 0 },
        {TRANSFORM_ESP_AES192_HMAC_MD5,    50, 24, 16, 16, 12},
        {TRANSFORM_ESP_AES192_HMAC_SHA,    50, 24, 20, 16, 12},
        {TRANSFORM_ESP_AES192_HMAC_SHA256, 50, 24, 32, 16, 16},
        {TRANSFORM_ESP_AES256,             50, 32, 0,  16, 0 },
        {TRANSFORM_ESP_AES256_HMAC_MD5,    50, 32, 16, 16, 12},
        {TRANSFORM_ESP_AES256_HMAC_SHA,    50, 32, 20, 16, 12},
        {TRANSFORM_ESP_AES256_HMAC_SHA256, 50, 32, 32, 16, 16},
        {TRANSFORM_ESP_AES128_GCM,         50, 20, 0,  8,  16},
        {TRANSFORM_ESP_AES256_GCM,         50, 36, 0,  8,  16},
    };

    cr_assert_eq(sizeof rows / sizeof rows[0], TRANSFORM_COUNT);
    for (size_t i = 0; i < TRANSFORM_COUNT; i++) {
        const struct sa_transform *t = sa_transform_of(rows[i].transform);

        cr_expect_eq(t->protocol, rows[i].protocol, "row %zu", i);
        cr_expect_eq(t->encryption_key, rows[i].encryption_key, "row %zu", i);
        cr_expect_eq(
            t->authentication_key, rows[i].authentication_key, "row %zu", i);
        cr_expect_eq(t->iv, rows[i].iv, "row %zu", i);
        cr_expect_eq(t->icv, rows[i].icv, "row %zu", i);
        /* CBC: the block; else RFC 2406, 2.4 */
        cr_expect_eq(t->block,
            rows[i].iv == 0 || rows[i].transform >= TRANSFORM_ESP_AES128_GCM
                ? 4
                : rows[i].iv,
            "row %zu", i);
    }
}

Test(sa, tells_what_it_was_made_of)
{
    struct sa_params params = params_of(TRANSFORM_ESP_3DES_HMAC_SHA);
    struct sa *sa = NULL;

    cr_assert_eq(sa_new(crypto, &params, &sa), OK);
    cr_expect_eq(sa_spi(sa), 0xfffffff0);
    cr_expect_eq(sa_src(sa), 0x0a000001);
    cr_expect_eq(sa_dst(sa), 0x0a000002);
    cr_expect_eq(sa_vr(sa), 3);
    cr_expect_eq(sa_tunnel(sa), 77);
    cr_expect_eq(sa_direction(sa), SA_OUTBOUND);
    cr_expect_eq(sa_protocol(sa), IP4_PROTO_ESP);
    cr_expect_eq(sa_transform(sa), TRANSFORM_ESP_3DES_HMAC_SHA);
    cr_expect_eq(sa_sequence(sa), 0);
    sa_free(sa);
    sa_free(NULL);
}

static void
expect_key_lengths(enum transform transform, bool encryption)
{
    struct sa_params params = params_of(transform);
    struct secret *key =
        encryption ? &params.encryption_key : &params.authentication_key;
    const size_t right = key->length;

    for (size_t length = 0; length <= 32; length++) {
        struct sa *sa = NULL;

        key->length = length;
        cr_expect_eq(sa_new(crypto, &params, &sa),
            length == right ? OK : ERR_INVALID,
            "transform %d, %s key of %zu bytes", (int)transform,
            encryption ? "encryption" : "authentication", length);
        sa_free(sa);
    }
}

Test(sa, takes_keys_of_the_right_length_only)
{
    for (unsigned i = 0; i < TRANSFORM_COUNT; i++) {
        expect_key_lengths((enum transform)i, true);
        expect_key_lengths((enum transform)i, false);
    }
}

Test(sa, refuses_reserved_spis)
{
    struct sa_params params = params_of(TRANSFORM_AH_HMAC_MD5);
    struct sa *sa = NULL;

    params.spi = 0;
    cr_expect_eq(sa_new(crypto, &params, &sa), ERR_INVALID);
    params.spi = 255;
    cr_expect_eq(sa_new(crypto, &params, &sa), ERR_INVALID);
    cr_expect_null(sa);
    params.spi = 256;
    cr_expect_eq(sa_new(crypto, &params, &sa), OK);
    sa_free(sa);
}

Test(sa, in_udp_is_esp_between_two_ports)
{
    static const struct {
        enum transform transform;
        struct sa_udp udp;
        enum err error;
        const char *why;
    } rows[] = {
        {TRANSFORM_ESP_DES,     {4500, 4500}, OK,          "both ends at 4500"  },
        {TRANSFORM_ESP_DES,     {4500, 1},    OK,          "a NAT's port"       },
        {TRANSFORM_ESP_DES,     {4500, 0},    ERR_INVALID, "no port of the peer"},
        {TRANSFORM_ESP_DES,     {0, 4500},    ERR_INVALID, "no port of ours"    },
        {TRANSFORM_AH_HMAC_MD5, {4500, 4500}, ERR_INVALID, "AH"                 },
        {TRANSFORM_AH_HMAC_MD5, {0, 0},       OK,          "AH, not in UDP"     },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sa_params params = params_of(rows[i].transform);
        struct sa *sa = NULL;

        params.udp = rows[i].udp;
        cr_expect_eq(
            sa_new(crypto, &params, &sa), rows[i].error, "%s", rows[i].why);
        if (sa == NULL)
            continue;
        cr_expect_eq(sa_is_in_udp(sa), rows[i].udp.local_port != 0);
        cr_expect_eq(sa_udp(sa).remote_port, rows[i].udp.remote_port);
        sa_free(sa);
    }
}
