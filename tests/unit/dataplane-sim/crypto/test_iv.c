/* The stream of IVs: determined by the random source, never repeating. */
#include "crypto/iv.h"

#include "crypto/cipher.h"
#include "crypto/provider.h"

#include <criterion/criterion.h>
#include <string.h>

enum { TAKEN = 1000, BLOCK = 8 };

static void
take_many(
    struct crypto *crypto, uint64_t seed_number, uint8_t ivs[TAKEN][BLOCK])
{
    struct iv_stream *stream = NULL;
    struct random_seed seed;

    crypto_set_random(crypto, random_seeded(&seed, seed_number));
    cr_assert_eq(iv_stream_new(crypto, &stream), OK);
    for (size_t i = 0; i < TAKEN; i++)
        cr_assert(iv_stream_take(stream, ivs[i], BLOCK));
    iv_stream_free(stream);
}

Test(iv, follows_the_random_source)
{
    static uint8_t a[TAKEN][BLOCK];
    static uint8_t b[TAKEN][BLOCK];
    struct crypto *crypto = NULL;

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    take_many(crypto, 1, a);
    take_many(crypto, 1, b);
    cr_expect_arr_eq(a, b, sizeof a);
    take_many(crypto, 2, b);
    cr_expect_arr_neq(a[0], b[0], BLOCK);
    crypto_close(crypto);
}

static int
compare_ivs(const void *a, const void *b)
{
    return memcmp(a, b, BLOCK);
}

Test(iv, does_not_repeat_across_refills)
{
    static uint8_t ivs[TAKEN][BLOCK];
    struct crypto *crypto = NULL;

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    take_many(crypto, 3, ivs);
    qsort(ivs, TAKEN, BLOCK, compare_ivs);
    for (size_t i = 1; i < TAKEN; i++)
        cr_expect_neq(compare_ivs(ivs[i - 1], ivs[i]), 0);
    crypto_close(crypto);
}

Test(iv, gives_blocks_of_any_cipher)
{
    struct iv_stream *stream = NULL;
    struct crypto *crypto = NULL;
    uint8_t previous[CIPHER_BLOCK_MAX] = {0};
    uint8_t iv[CIPHER_BLOCK_MAX];

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    cr_assert_eq(iv_stream_new(crypto, &stream), OK);
    for (size_t i = 0; i < TAKEN; i++) {
        cr_assert(iv_stream_take(stream, iv, i % 2 == 0 ? 16 : 8));
        cr_expect_neq(memcmp(iv, previous, BLOCK), 0);
        memcpy(previous, iv, sizeof iv);
    }
    iv_stream_free(stream);
    crypto_close(crypto);
}
