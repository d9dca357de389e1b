/* HMAC of RFC 4231 with the long digests, and what the short ones do with
 * keys of odd lengths; tests/vectors/ike.txt has more. */
#include "crypto/prf.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
    enum prf_kind kind;
    const char *key;
    size_t key_length; /* of the byte 0xaa, where key is NULL */
    const char *text;
    const char *digest;
} cases[] = {
    {PRF_SHA384, "Jefe", 4,   "what do ya want for nothing?",
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
        "8e2240ca5e69e2c78b3239ecfab21649"                                                                                       },
    {PRF_SHA512, "Jefe", 4,   "what do ya want for nothing?",
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"                                                       },
    {PRF_SHA384, NULL,   131,
     "Test Using Larger Than Block-Size Key - Hash Key First", "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
        "0c2ef6ab4030fe8296248df163f44952"                         },
    {PRF_MD5,    "Jefe", 4,   "what do ya want for nothing?",
     "750c783e6ab0b503eaa86e310a5db738"                                                                                          },
    {PRF_SHA1,   "Jefe", 4,   "what do ya want for nothing?",
     "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"                                                                                  },
    {PRF_SHA256, NULL,   131,
     "Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
};

Test(prf, gives_the_answers_of_the_rfcs)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t key[131];
        uint8_t expected[PRF_SIZE_MAX];
        uint8_t digest[PRF_SIZE_MAX];
        size_t size = 0;
        size_t half = strlen(cases[i].text) / 2;
        const struct prf_part parts[] = {
            {cases[i].text,        half                        },
            {NULL,                 0                           },
            {cases[i].text + half, strlen(cases[i].text) - half},
        };

        memset(key, 0xaa, sizeof key);
        if (cases[i].key != NULL)
            memcpy(key, cases[i].key, cases[i].key_length);
        cr_assert_eq(
            hex_decode(cases[i].digest, expected, sizeof expected, &size), OK);
        cr_assert_eq(size, prf_size(cases[i].kind));
        prf_mac(cases[i].kind, (struct prf_part){key, cases[i].key_length},
            parts, 3, digest);
        cr_expect_arr_eq(digest, expected, size, "case %zu", i);
    }
}

Test(prf, hashes_pieces_as_one_text)
{
    const struct prf_part whole = {"abc", 3};
    const struct prf_part pieces[] = {
        {"a",  1},
        {"bc", 2}
    };
    uint8_t one[PRF_SIZE_MAX];
    uint8_t other[PRF_SIZE_MAX];

    for (int kind = PRF_MD5; kind <= PRF_SHA512; kind++) {
        prf_hash((enum prf_kind)kind, &whole, 1, one);
        prf_hash((enum prf_kind)kind, pieces, 2, other);
        cr_expect_arr_eq(one, other, prf_size((enum prf_kind)kind));
    }
}

Test(prf, takes_a_key_without_bytes)
{
    const struct prf_part text = {"text", 4};
    uint8_t zero = 0;
    uint8_t one[PRF_SIZE_MAX];
    uint8_t other[PRF_SIZE_MAX];

    /* RFC 2104 pads with zeros: no key is a key of zeros */
    prf_mac(PRF_SHA1, (struct prf_part){NULL, 0}, &text, 1, one);
    prf_mac(PRF_SHA1, (struct prf_part){&zero, 1}, &text, 1, other);
    cr_expect_arr_eq(one, other, prf_size(PRF_SHA1));
}
