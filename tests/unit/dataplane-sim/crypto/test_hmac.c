/* The test cases of RFC 2202 and RFC 4231, and the use of one key for many
 * messages. */
#include "crypto/hmac.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <string.h>

/* The key is key_byte repeated, or the text when there is one. */
struct rfc2202 {
    int number;
    enum hmac_kind kind;
    const char *key;
    size_t key_length;
    uint8_t key_byte;
    const char *text;
    size_t text_length; /* of text_byte, where text is NULL */
    uint8_t text_byte;
    const char *digest;
};

static const char case4_key[] = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a"
                                "\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14"
                                "\x15\x16\x17\x18\x19";
static const char case6_text[] =
    "Test Using Larger Than Block-Size Key - Hash Key First";
static const char case7_text[] =
    "Test Using Larger Than Block-Size Key and Larger "
    "Than One Block-Size Data";

/* clang-format off */
static const struct rfc2202 cases[] = {
    {1, HMAC_MD5, NULL, 16, 0x0b, "Hi There", 0, 0,
        "9294727a3638bb1c13f48ef8158bfc9d"},
    {2, HMAC_MD5, "Jefe", 4, 0, "what do ya want for nothing?", 0, 0,
        "750c783e6ab0b503eaa86e310a5db738"},
    {3, HMAC_MD5, NULL, 16, 0xaa, NULL, 50, 0xdd,
        "56be34521d144c88dbb8c733f0e8b3f6"},
    {4, HMAC_MD5, case4_key, 25, 0, NULL, 50, 0xcd,
        "697eaf0aca3a3aea3a75164746ffaa79"},
    {5, HMAC_MD5, NULL, 16, 0x0c, "Test With Truncation", 0, 0,
        "56461ef2342edc00f9bab995690efd4c"},
    {6, HMAC_MD5, NULL, 80, 0xaa, case6_text, 0, 0,
        "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"},
    {7, HMAC_MD5, NULL, 80, 0xaa, case7_text, 0, 0,
        "6f630fad67cda0ee1fb1f562db3aa53e"},
    {1, HMAC_SHA1, NULL, 20, 0x0b, "Hi There", 0, 0,
        "b617318655057264e28bc0b6fb378c8ef146be00"},
    {2, HMAC_SHA1, "Jefe", 4, 0, "what do ya want for nothing?", 0, 0,
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
    {3, HMAC_SHA1, NULL, 20, 0xaa, NULL, 50, 0xdd,
        "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
    {4, HMAC_SHA1, case4_key, 25, 0, NULL, 50, 0xcd,
        "4c9007f4026250c6bc8414f9bf50c86c2d7235da"},
    {5, HMAC_SHA1, NULL, 20, 0x0c, "Test With Truncation", 0, 0,
        "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"},
    {6, HMAC_SHA1, NULL, 80, 0xaa, case6_text, 0, 0,
        "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
    {7, HMAC_SHA1, NULL, 80, 0xaa, case7_text, 0, 0,
        "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"},
    {1, HMAC_SHA256, NULL, 20, 0x0b, "Hi There", 0, 0,
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {2, HMAC_SHA256, "Jefe", 4, 0, "what do ya want for nothing?", 0, 0,
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {3, HMAC_SHA256, NULL, 20, 0xaa, NULL, 50, 0xdd,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {4, HMAC_SHA256, case4_key, 25, 0, NULL, 50, 0xcd,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {6, HMAC_SHA256, NULL, 131, 0xaa, case6_text, 0, 0,
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
};
/* clang-format on */

static struct hmac *
keyed(const struct rfc2202 *row)
{
    struct secret key = {.length = row->key_length};
    struct hmac *hmac = NULL;

    if (row->key != NULL)
        memcpy(key.bytes, row->key, key.length);
    else
        memset(key.bytes, row->key_byte, key.length);
    cr_assert_eq(hmac_new(row->kind, &key, &hmac), OK);
    return hmac;
}

static size_t
fill_text(const struct rfc2202 *row, uint8_t *text, size_t room)
{
    size_t length = row->text != NULL ? strlen(row->text) : row->text_length;

    cr_assert_leq(length, room);
    if (row->text != NULL)
        memcpy(text, row->text, length);
    else
        memset(text, row->text_byte, length);
    return length;
}

Test(hmac, gives_the_answers_of_the_rfcs)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rfc2202 *row = &cases[i];
        struct hmac *hmac = keyed(row);
        uint8_t expected[HMAC_SIZE_MAX];
        uint8_t digest[HMAC_SIZE_MAX];
        uint8_t text[128];
        size_t length = fill_text(row, text, sizeof text);
        size_t size = 0;

        cr_assert_eq(
            hex_decode(row->digest, expected, sizeof expected, &size), OK);
        cr_assert_eq(size, hmac_size(row->kind));
        /* whole, then in two pieces with the same context */
        for (size_t cut = 0; cut < 2; cut++) {
            hmac_start(hmac);
            hmac_add(hmac, text, cut * 7);
            hmac_add(hmac, text + cut * 7, length - cut * 7);
            hmac_finish(hmac, digest, size);
            cr_expect_arr_eq(digest, expected, size, "case %d", row->number);
        }
        hmac_free(hmac);
    }
}

enum { ICV = 12 };

Test(hmac, truncates_to_the_first_96_bits)
{
    struct hmac *hmac = keyed(&cases[4]); /* MD5, case 5 */
    uint8_t digest[ICV + 1] = {[ICV] = 0x5a};
    uint8_t expected[ICV];
    size_t size = 0;

    cr_assert_eq(hex_decode("56461ef2342edc00f9bab995", expected,
                     sizeof expected, &size),
        OK);
    hmac_start(hmac);
    hmac_add(hmac, cases[4].text, strlen(cases[4].text));
    hmac_finish(hmac, digest, ICV);
    cr_expect_arr_eq(digest, expected, ICV);
    cr_expect_eq(digest[ICV], 0x5a, "one byte too many was written");
    hmac_free(hmac);
}

static bool
text_matches(struct hmac *hmac, const uint8_t *digest)
{
    hmac_start(hmac);
    hmac_add(hmac, "Hi There", 8);
    return hmac_matches(hmac, digest, ICV);
}

Test(hmac, matches_only_without_any_flipped_bit)
{
    struct hmac *hmac = keyed(&cases[0]);
    uint8_t digest[HMAC_SIZE_MAX];
    size_t size = 0;

    cr_assert_eq(hex_decode(cases[0].digest, digest, sizeof digest, &size), OK);
    cr_expect(text_matches(hmac, digest));
    for (size_t bit = 0; bit < ICV * 8; bit++) {
        digest[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_expect_not(text_matches(hmac, digest), "bit %zu", bit);
        digest[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    cr_expect(text_matches(hmac, digest));
    hmac_free(hmac);
}

Test(hmac, refuses_to_work_without_a_key)
{
    struct secret none = {0};
    struct secret some = {.length = 16};
    struct hmac *hmac = NULL;

    cr_expect_eq(hmac_new(HMAC_MD5, &none, &hmac), ERR_INVALID);
    cr_expect_eq(hmac_new(HMAC_NONE, &some, &hmac), ERR_INVALID);
    cr_expect_null(hmac);
    hmac_free(NULL);
}
