/* ESP by itself: sizes, padding, trailers that are wrong, OpenSSL refusing. */
#include "esp/esp.h"

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/provider.h"
#include "esp/state.h"
#include "pkt/pkt.h"

#include <criterion/criterion.h>
#include <string.h>

static struct crypto *crypto;
static struct pkt_pool *pool;
static struct pkt *pkt;

static void
set_up(void)
{
    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    pool = pkt_pool_new(1);
    pkt = pkt_new(pool);
}

static void
tear_down(void)
{
    pkt_free(pkt);
    pkt_pool_free(pool);
    crypto_close(crypto);
}

TestSuite(esp, .init = set_up, .fini = tear_down);

static struct esp *
make_esp(enum cipher_direction direction, enum cipher_kind cipher,
    enum hmac_kind hmac)
{
    struct secret encryption_key = {.length = cipher_key_size(cipher)};
    struct secret authentication_key = {.length = hmac_size(hmac)};
    struct esp_params params = {
        .spi = 0x01020304,
        .direction = direction,
        .cipher = cipher,
        .hmac = hmac,
        .encryption_key = &encryption_key,
        .authentication_key = &authentication_key,
    };
    struct esp *esp = NULL;

    memset(encryption_key.bytes, 0x55, SECRET_MAX);
    memset(authentication_key.bytes, 0x66, SECRET_MAX);
    cr_assert_eq(esp_new(crypto, &params, &esp), OK);
    return esp;
}

static void
load(const uint8_t *bytes, size_t length)
{
    pkt->at = pkt->memory + PKT_HEADROOM;
    pkt->length = (uint32_t)length;
    memcpy(pkt->at, bytes, length);
}

Test(esp, writes_the_header_and_counts_its_padding)
{
    static const struct {
        uint32_t inner;
        const char *trailer; /* padding, its length, next header */
        uint32_t size;
    } rows[] = {
        {20, "\x01\x02\x02\x04",     4},
        {21, "\x01\x01\x04",         3},
        {22, "\x00\x04",             2},
        {23, "\x01\x02\x03\x03\x04", 5},
        {24, "\x01\x02\x02\x04",     4},
    };
    struct esp *esp = make_esp(CIPHER_ENCRYPT, CIPHER_NONE, HMAC_MD5);
    uint8_t inner[32];

    memset(inner, 0xab, sizeof inner);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        load(inner, rows[i].inner);
        cr_assert_eq(esp_lay_out(esp, pkt, 0x0a0b0c0d), DROP_NONE);
        cr_expect_eq(get_u32(pkt->at), 0x01020304);
        cr_expect_eq(get_u32(pkt->at + 4), 0x0a0b0c0d);
        cr_expect_arr_eq(pkt->at + 8, inner, rows[i].inner);
        cr_expect_arr_eq(pkt->at + 8 + rows[i].inner, rows[i].trailer,
            rows[i].size, "%u bytes", rows[i].inner);
        cr_expect_eq(pkt->length, 8 + rows[i].inner + rows[i].size + 12);
        cr_expect_eq(
            esp_overhead(esp, rows[i].inner), pkt->length - rows[i].inner);
    }
    esp_free(esp);
}

Test(esp, pads_to_the_block_of_its_cipher)
{
    struct esp *esp = make_esp(CIPHER_ENCRYPT, CIPHER_3DES_CBC, HMAC_SHA1);

    cr_expect_eq(esp_overhead(esp, 22), 8 + 8 + 0 + 2 + 12);
    cr_expect_eq(esp_overhead(esp, 23), 8 + 8 + 7 + 2 + 12);
    cr_expect_eq(esp_overhead(esp, 29), 8 + 8 + 1 + 2 + 12);
    cr_expect_eq(esp_overhead(esp, 30), 8 + 8 + 0 + 2 + 12);
    esp_free(esp);
}

Test(esp, needs_room_for_each_of_its_parts)
{
    static const struct {
        enum cipher_kind cipher;
        enum hmac_kind hmac;
        uint32_t shortest;
        uint32_t step;
    } rows[] = {
        {CIPHER_NONE,     HMAC_MD5,  24, 4},
        {CIPHER_NONE,     HMAC_SHA1, 24, 4},
        {CIPHER_DES_CBC,  HMAC_NONE, 24, 8},
        {CIPHER_3DES_CBC, HMAC_NONE, 24, 8},
        {CIPHER_DES_CBC,  HMAC_MD5,  36, 8},
        {CIPHER_3DES_CBC, HMAC_SHA1, 36, 8},
    };
    uint8_t zeros[100] = {0};
    uint32_t sequence;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct esp *esp =
            make_esp(CIPHER_DECRYPT, rows[i].cipher, rows[i].hmac);

        for (uint32_t length = 0; length <= sizeof zeros; length++) {
            bool good = length >= rows[i].shortest &&
                        (length - rows[i].shortest) % rows[i].step == 0;

            load(zeros, length);
            sequence = 7;
            cr_expect_eq(esp_read(esp, pkt, &sequence), good,
                "row %zu, %u bytes", i, length);
            cr_expect_eq(sequence, good ? 0 : 7);
        }
        esp_free(esp);
    }
}

/* Bodies behind an ESP header without encryption or authentication, which
 * no transform has: what esp_strip sees after decrypting. */
Test(esp, refuses_a_trailer_that_is_wrong)
{
    /* clang-format off */
    static const struct {
        const char *body;
        size_t size;
        enum drop drop;
        uint32_t left;
        const char *why;
    } rows[] = {
        {"xxxx\x01\x02\x02\x04",   8, DROP_NONE, 4,
            "right"},
        {"xxxxxx\x00\x04",         8, DROP_NONE, 6,
            "right, no padding"},
        {"\x01\x02\x02\x04",       4, DROP_NONE, 0,
            "right, and nothing else"},
        {"xxxx\x01\x02\x02\x06",   8, DROP_BAD_PADDING, 0,
            "TCP follows"},
        {"xxxx\x01\x02\x02\x3b",   8, DROP_BAD_PADDING, 0,
            "nothing follows"},
        {"xxxx\x01\x03\x02\x04",   8, DROP_BAD_PADDING, 0,
            "1, 3"},
        {"xxxx\x00\x01\x02\x04",   8, DROP_BAD_PADDING, 0,
            "0, 1"},
        {"xxxx\x00\x00\x02\x04",   8, DROP_BAD_PADDING, 0,
            "zeros"},
        {"\x01\x02\x03\x04",       4, DROP_BAD_PADDING, 0,
            "longer than all"},
        {"xxxx\x01\x02\xff\x04",   8, DROP_BAD_PADDING, 0,
            "255 of 6"},
    };
    /* clang-format on */
    struct esp *esp = make_esp(CIPHER_DECRYPT, CIPHER_NONE, HMAC_NONE);
    uint8_t bytes[32] = {0};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(bytes + 8, rows[i].body, rows[i].size);
        load(bytes, 8 + rows[i].size);
        cr_expect_eq(esp_strip(esp, pkt), rows[i].drop, "%s", rows[i].why);
        if (rows[i].drop == DROP_NONE)
            cr_expect_eq(pkt->length, rows[i].left, "%s", rows[i].why);
    }
    esp_free(esp);
}

Test(esp, does_not_look_for_padding_before_the_payload)
{
    /* the sequence number ends as padding of three bytes would begin */
    static const uint8_t bytes[12] = {[7] = 1, 2, 3, 3, 4};
    struct esp *esp = make_esp(CIPHER_DECRYPT, CIPHER_NONE, HMAC_NONE);

    load(bytes, sizeof bytes);
    cr_expect_eq(esp_strip(esp, pkt), DROP_BAD_PADDING);
    esp_free(esp);
}

Test(esp, takes_the_longest_padding)
{
    struct esp *esp = make_esp(CIPHER_DECRYPT, CIPHER_NONE, HMAC_NONE);
    uint8_t bytes[8 + 3 + 255 + 2] = {0};

    for (size_t i = 0; i < 255; i++)
        bytes[8 + 3 + i] = (uint8_t)(i + 1);
    bytes[sizeof bytes - 2] = 255;
    bytes[sizeof bytes - 1] = 4;
    load(bytes, sizeof bytes);
    cr_expect_eq(esp_strip(esp, pkt), DROP_NONE);
    cr_expect_eq(pkt->length, 3);
    esp_free(esp);
}

/* The IV of one sealed packet of zeros. */
static void
take_iv(struct esp *esp, uint32_t sequence, uint8_t *iv, size_t size)
{
    static const uint8_t zeros[40];

    load(zeros, sizeof zeros);
    cr_assert_eq(esp_lay_out(esp, pkt, sequence), DROP_NONE);
    cr_assert(esp_encrypt(esp, pkt->at, pkt->length));
    memcpy(iv, pkt->at + 8, size);
}

/* Unpredictable, and fresh even where key and number are the same: a manual
 * tunnel begins again at 1 when its router does. */
Test(esp, takes_another_iv_for_every_packet)
{
    static const enum cipher_kind kinds[] = {
        CIPHER_DES_CBC, CIPHER_AES_128_CBC};
    uint8_t ivs[2][20][CIPHER_BLOCK_MAX] = {0};

    for (size_t k = 0; k < 2; k++) {
        const size_t size = cipher_block(kinds[k]);

        for (size_t i = 0; i < 20; i++) {
            struct esp *esp = make_esp(CIPHER_ENCRYPT, kinds[k], HMAC_SHA1);

            take_iv(esp, 1 + (uint32_t)i / 2, ivs[k][i], size);
            esp_free(esp);
            cr_expect_neq(get_u32(ivs[k][i] + size - 4), 1 + i / 2,
                "the number is not to be read");
            for (size_t j = 0; j < i; j++)
                cr_expect_arr_neq(ivs[k][i], ivs[k][j], size);
        }
    }
}

/* A block that is not the cipher's makes OpenSSL's part fail, as nothing
 * from outside can. */
Test(esp, says_when_the_cipher_fails)
{
    struct esp *out = make_esp(CIPHER_ENCRYPT, CIPHER_DES_CBC, HMAC_NONE);
    struct esp *in = make_esp(CIPHER_DECRYPT, CIPHER_DES_CBC, HMAC_NONE);
    uint8_t bytes[28] = {0};

    out->block = 4;
    load(bytes, 26);
    cr_expect_eq(esp_lay_out(out, pkt, 1), DROP_NONE);
    cr_expect_not(esp_encrypt(out, pkt->at, pkt->length));
    load(bytes, 28);
    cr_expect_not(esp_decrypt(in, pkt));
    esp_free(out);
    esp_free(in);
}

Test(esp, refuses_keys_of_another_length)
{
    struct secret right = {.length = 8};
    struct secret wrong = {.length = 15};
    struct esp_params params = {
        .direction = CIPHER_ENCRYPT,
        .cipher = CIPHER_DES_CBC,
        .hmac = HMAC_MD5,
        .encryption_key = &right,
        .authentication_key = &wrong,
    };
    struct esp *esp = NULL;

    cr_expect_eq(esp_new(crypto, &params, &esp), ERR_INVALID);
    params.encryption_key = &wrong;
    cr_expect_eq(esp_new(crypto, &params, &esp), ERR_INVALID);
    cr_expect_null(esp);
    esp_free(NULL);
}
