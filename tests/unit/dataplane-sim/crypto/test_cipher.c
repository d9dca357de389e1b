/* Known answers of DES-CBC and 3DES-CBC, and what the contexts refuse. */
#include "crypto/cipher.h"

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

TestSuite(cipher, .init = set_up, .fini = tear_down);

struct known_answer {
    const char *why;
    enum cipher_kind kind;
    const char *key;
    const char *iv;
    const char *clear;
    const char *sealed;
};

/* clang-format off */
static const struct known_answer answers[] = {
    {
        .why = "FIPS 81, table C1: DES-CBC of 'Now is the time for all '",
        .kind = CIPHER_DES_CBC,
        .key = "0123456789abcdef",
        .iv = "1234567890abcdef",
        .clear = "4e6f77206973207468652074696d6520666f7220616c6c20",
        .sealed = "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6",
    },
    {
        .why = "3DES-CBC with three keys, from the first libdes",
        .kind = CIPHER_3DES_CBC,
        .key = "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210",
        .iv = "fedcba9876543210",
        .clear = "37363534333231204e6f77206973207468652074696d6520"
                 "666f722000000000",
        .sealed = "3fe301c962ac01d02213763c1cbd4cdc799657c064ecf5d4"
                  "1c673812cfde9675",
    },
    {
        .why = "RFC 2451, 2.1: 3DES with equal keys is DES",
        .kind = CIPHER_3DES_CBC,
        .key = "0123456789abcdef0123456789abcdef0123456789abcdef",
        .iv = "1234567890abcdef",
        .clear = "4e6f77206973207468652074696d6520666f7220616c6c20",
        .sealed = "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6",
    },
    {
        .why = "parity bits of a key are ignored",
        .kind = CIPHER_DES_CBC,
        .key = "0022446688aaccee",
        .iv = "1234567890abcdef",
        .clear = "4e6f77206973207468652074696d6520666f7220616c6c20",
        .sealed = "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6",
    },
    {
        .why = "RFC 3602, 4, case 1",
        .kind = CIPHER_AES_128_CBC,
        .key = "06a9214036b8a15b512e03d534120006",
        .iv = "3dafba429d9eb430b422da802c9fac41",
        .clear = "53696e676c6520626c6f636b206d7367",
        .sealed = "e353779c1079aeb82708942dbe77181a",
    },
    {
        .why = "RFC 3602, 4, case 2",
        .kind = CIPHER_AES_128_CBC,
        .key = "c286696d887c9aa0611bbb3e2025a45a",
        .iv = "562e17996d093d28ddb3ba695a2e6f58",
        .clear = "000102030405060708090a0b0c0d0e0f"
                 "101112131415161718191a1b1c1d1e1f",
        .sealed = "d296cd94c2cccf8a3a863028b5e1dc0a"
                  "7586602d253cfff91b8266bea6d61ab1",
    },
    {
        .why = "NIST SP 800-38A, F.2.3, the first block",
        .kind = CIPHER_AES_192_CBC,
        .key = "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
        .iv = "000102030405060708090a0b0c0d0e0f",
        .clear = "6bc1bee22e409f96e93d7e117393172a",
        .sealed = "4f021db243bc633d7178183a9fa071e8",
    },
    {
        .why = "NIST SP 800-38A, F.2.5, the first block",
        .kind = CIPHER_AES_256_CBC,
        .key = "603deb1015ca71be2b73aef0857d7781"
               "1f352c073b6108d72d9810a30914dff4",
        .iv = "000102030405060708090a0b0c0d0e0f",
        .clear = "6bc1bee22e409f96e93d7e117393172a",
        .sealed = "f58c4c04d6e5f1ba779eabfb5f7bfbd6",
    },
};
/* clang-format on */

enum { ANSWERS = sizeof answers / sizeof answers[0] };

static size_t
from_hex(const char *hex, uint8_t *bytes, size_t room)
{
    size_t length = 0;

    cr_assert_eq(hex_decode(hex, bytes, room, &length), OK);
    return length;
}

static struct cipher *
keyed(enum cipher_kind kind, enum cipher_direction direction, const char *hex)
{
    struct cipher *cipher = NULL;
    struct secret key = {0};

    key.length = from_hex(hex, key.bytes, sizeof key.bytes);
    cr_assert_eq(cipher_new(crypto, kind, direction, &key, &cipher), OK);
    return cipher;
}

static void
expect_run(const struct known_answer *row, enum cipher_direction direction,
    const char *from, const char *to)
{
    struct cipher *cipher = keyed(row->kind, direction, row->key);
    uint8_t expected[64];
    uint8_t bytes[64];
    uint8_t iv[CIPHER_BLOCK_MAX];
    size_t length;

    (void)from_hex(row->iv, iv, sizeof iv);
    (void)from_hex(to, expected, sizeof expected);
    /* twice: the first packet must leave nothing behind for the second */
    for (int i = 0; i < 2; i++) {
        length = from_hex(from, bytes, sizeof bytes);
        cr_expect(cipher_run(cipher, iv, bytes, length), "%s", row->why);
        cr_expect_arr_eq(bytes, expected, length, "%s", row->why);
    }
    cipher_free(cipher);
}

Test(cipher, encrypts_the_known_answers)
{
    for (size_t i = 0; i < ANSWERS; i++)
        expect_run(
            &answers[i], CIPHER_ENCRYPT, answers[i].clear, answers[i].sealed);
}

Test(cipher, decrypts_the_known_answers)
{
    for (size_t i = 0; i < ANSWERS; i++)
        expect_run(
            &answers[i], CIPHER_DECRYPT, answers[i].sealed, answers[i].clear);
}

Test(cipher, refuses_a_key_of_another_length)
{
    static const struct {
        enum cipher_kind kind;
        size_t length;
    } rows[] = {
        {CIPHER_DES_CBC,  0 },
        {CIPHER_DES_CBC,  7 },
        {CIPHER_DES_CBC,  9 },
        {CIPHER_DES_CBC,  24},
        {CIPHER_3DES_CBC, 8 },
        {CIPHER_3DES_CBC, 16},
        {CIPHER_3DES_CBC, 25},
        {CIPHER_NONE,     0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct secret key = {.length = rows[i].length};
        struct cipher *cipher = NULL;

        cr_expect_eq(
            cipher_new(crypto, rows[i].kind, CIPHER_ENCRYPT, &key, &cipher),
            ERR_INVALID, "key of %zu bytes", rows[i].length);
        cr_expect_null(cipher);
    }
}

Test(cipher, refuses_what_is_not_whole_blocks)
{
    struct cipher *cipher =
        keyed(CIPHER_DES_CBC, CIPHER_ENCRYPT, "0123456789abcdef");
    uint8_t bytes[16] = {0};

    cr_expect_not(cipher_run(cipher, bytes, bytes, 9));
    cr_expect(cipher_run(cipher, bytes, bytes, 8));
    cipher_free(cipher);
}

Test(cipher, frees_nothing_when_there_is_nothing)
{
    cipher_free(NULL);
}
