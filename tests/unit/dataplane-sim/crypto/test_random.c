/* Sources of randomness: the seeded one repeats, the system's does not. */
#include "crypto/random.h"

#include "crypto/provider.h"

#include <criterion/criterion.h>
#include <string.h>

Test(random, a_seed_gives_the_same_bytes_again)
{
    struct random_seed one_seed;
    struct random_seed two_seed;
    struct random_source one = random_seeded(&one_seed, 7);
    struct random_source two = random_seeded(&two_seed, 7);
    uint8_t a[33];
    uint8_t b[33];

    one.fill(one.context, a, sizeof a);
    two.fill(two.context, b, sizeof b);
    cr_expect_arr_eq(a, b, sizeof a);
    one.fill(one.context, a, sizeof a);
    cr_expect_arr_neq(a, b, sizeof a, "the stream must go on");
}

Test(random, another_seed_gives_other_bytes)
{
    struct random_seed seed;
    struct random_source source = random_seeded(&seed, 7);
    uint8_t a[16];
    uint8_t b[16];

    source.fill(source.context, a, sizeof a);
    source = random_seeded(&seed, 8);
    source.fill(source.context, b, sizeof b);
    cr_expect_arr_neq(a, b, sizeof a);
}

Test(random, seed_zero_is_splitmix64)
{
    /* the first number of SplitMix64 from state 0, least byte first */
    static const uint8_t first[8] = {
        0xaf, 0xcd, 0x1d, 0x7b, 0x39, 0xa8, 0x20, 0xe2};
    struct random_seed seed;
    struct random_source source = random_seeded(&seed, 0);
    uint8_t bytes[8];

    source.fill(source.context, bytes, sizeof bytes);
    cr_expect_arr_eq(bytes, first, sizeof bytes);
}

Test(random, the_system_does_not_repeat_itself)
{
    struct crypto *crypto = NULL;
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    crypto_random(crypto, a, sizeof a);
    crypto_random(crypto, b, sizeof b);
    cr_expect_arr_neq(a, b, sizeof a);
    crypto_close(crypto);
}
