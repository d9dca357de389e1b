/* AES-GCM: known answers, and what must not be accepted. */
#include "crypto/aead.h"

#include "base/str.h"
#include "crypto/provider.h"

#include <criterion/criterion.h>
#include <string.h>

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

TestSuite(aead, .init = set_up, .fini = tear_down);

/* draft-mcgrew-gcm-test-01, which has the packets of RFC 4106: the key with
 * its salt, IV, what is authenticated, what is encrypted, what comes out. */
static const struct {
    enum aead_kind kind;
    const char *key;
    const char *iv;
    const char *header;
    const char *clear;
    const char *sealed;
    const char *tag;
} answers[] = {
    {AEAD_AES_128_GCM,
     "4c80cdefbb5d10da906ac73c3613a634"
        "2e443b68", "4956ed7e3b244cfe", "000043218765432100000000",
     "45000048699a000080114db7c0a80102c0a801010a9bf15638d3010000010000"
        "00000000045f736970045f756470037369700963796265726369747902646b00"
        "0021000101020201",                         "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34"
        "cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce"
        "61bc17d768fd9732",                                                 "459018148f6cbe722fd04796562dfdb4"},
    {AEAD_AES_256_GCM,
     "abbccddef00112233445566778899aababbccddef00112233445566778899aab"
        "11223344", "0102030405060708", "4a2cbfe300000002",
     "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee000000000"
        "7002400020bf0000020405b40101040201020201", "ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763"
        "748a637985771d347f0545659f14e99def842d8e", "b335f4eecfdbf831824b4c4915956c96"},
};

static size_t
from_hex(const char *hex, uint8_t *bytes, size_t room)
{
    size_t length = 0;

    cr_assert_eq(hex_decode(hex, bytes, room, &length), OK);
    return length;
}

/* One answer, unpacked, and a context for it. */
struct example {
    struct aead *aead;
    uint8_t iv[AEAD_IV];
    uint8_t header[32];
    uint8_t clear[128];
    uint8_t sealed[128];
    uint8_t tag[AEAD_TAG];
    uint8_t bytes[128];
    struct aead_text text;
};

static void
example_init(
    struct example *example, size_t row, enum cipher_direction direction)
{
    struct secret key = {0};

    memset(example, 0, sizeof *example);
    key.length = from_hex(answers[row].key, key.bytes, sizeof key.bytes);
    cr_assert_eq(
        aead_new(crypto, answers[row].kind, direction, &key, &example->aead),
        OK);
    (void)from_hex(answers[row].iv, example->iv, AEAD_IV);
    (void)from_hex(answers[row].tag, example->tag, AEAD_TAG);
    (void)from_hex(answers[row].sealed, example->sealed, 128);
    example->text = (struct aead_text){
        .header = example->header,
        .header_length = from_hex(answers[row].header, example->header, 32),
        .bytes = example->bytes,
        .length = from_hex(answers[row].clear, example->clear, 128),
    };
}

Test(aead, seals_the_known_answers)
{
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct example example;
        uint8_t tag[AEAD_TAG];

        example_init(&example, i, CIPHER_ENCRYPT);
        for (int turn = 0; turn < 2; turn++) {
            memcpy(example.bytes, example.clear, example.text.length);
            cr_assert(aead_seal(example.aead, example.iv, &example.text, tag));
            cr_expect_arr_eq(
                example.bytes, example.sealed, example.text.length);
            cr_expect_arr_eq(tag, example.tag, AEAD_TAG);
        }
        aead_free(example.aead);
    }
}

Test(aead, opens_them_and_nothing_else)
{
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct example example;

        example_init(&example, i, CIPHER_DECRYPT);
        for (size_t bit = 0; bit < 8 * AEAD_TAG; bit++) {
            memcpy(example.bytes, example.sealed, example.text.length);
            example.tag[bit / 8] ^= (uint8_t)(1U << bit % 8);
            cr_expect_not(aead_open(
                example.aead, example.iv, &example.text, example.tag));
            example.tag[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        memcpy(example.bytes, example.sealed, example.text.length);
        example.header[7] ^= 1;
        cr_expect_not(
            aead_open(example.aead, example.iv, &example.text, example.tag));
        example.header[7] ^= 1;
        memcpy(example.bytes, example.sealed, example.text.length);
        cr_expect(
            aead_open(example.aead, example.iv, &example.text, example.tag));
        cr_expect_arr_eq(example.bytes, example.clear, example.text.length);
        aead_free(example.aead);
    }
}

Test(aead, wants_a_key_with_its_salt)
{
    struct secret key = {.length = 16};
    struct aead *aead = NULL;

    cr_expect_eq(
        aead_new(crypto, AEAD_AES_128_GCM, CIPHER_ENCRYPT, &key, &aead),
        ERR_INVALID);
    key.length = aead_key_size(AEAD_AES_256_GCM);
    cr_expect_eq(key.length, 36);
    cr_expect_eq(
        aead_new(crypto, AEAD_NONE, CIPHER_ENCRYPT, &key, &aead), ERR_INVALID);
}
