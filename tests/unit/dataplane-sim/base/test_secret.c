#include "base/secret.h"

#include <criterion/criterion.h>
#include <string.h>

static struct secret
secret_of(const char *text)
{
    struct secret secret;

    cr_assert_eq(secret_set(&secret, text, strlen(text)), OK);
    return secret;
}

Test(secret, is_equal_only_to_the_same_bytes_of_the_same_length)
{
    static const struct {
        const char *a;
        const char *b;
        bool equal;
        const char *why;
    } rows[] = {
        {"key", "key",  true,  "the same"          },
        {"",    "",     true,  "both empty"        },
        {"key", "kez",  false, "last byte differs" },
        {"key", "Key",  false, "first byte differs"},
        {"key", "keys", false, "a prefix"          },
        {"",    "k",    false, "empty and not"     },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct secret a = secret_of(rows[i].a);
        struct secret b = secret_of(rows[i].b);

        cr_expect_eq(secret_equal(&a, &b), rows[i].equal, "%s", rows[i].why);
    }
}

Test(secret, refuses_what_is_too_long_and_keeps_what_it_had)
{
    static const uint8_t long_key[SECRET_MAX + 1] = {1};
    struct secret secret = secret_of("key");

    cr_expect_eq(
        secret_set(&secret, long_key, sizeof(long_key)), ERR_EXHAUSTED);
    cr_expect_eq(secret.length, 3);
    cr_expect_arr_eq(secret.bytes, "key", 3);
    cr_expect_eq(secret_set(&secret, long_key, SECRET_MAX), OK);
    cr_expect_eq(secret.length, (size_t)SECRET_MAX);
}

Test(secret, leaves_no_byte_of_a_longer_key_behind)
{
    static const uint8_t zero[SECRET_MAX] = {0};
    struct secret secret = secret_of("a long key of old");

    cr_assert_eq(secret_set(&secret, "new", 3), OK);
    cr_expect_arr_eq(secret.bytes + 3, zero, SECRET_MAX - 3);
}

Test(secret, may_be_set_from_a_part_of_itself)
{
    struct secret secret = secret_of("0123456789");

    cr_assert_eq(secret_set(&secret, secret.bytes + 2, 6), OK);
    cr_expect_eq(secret.length, 6);
    cr_expect_arr_eq(secret.bytes, "234567", 6);
}

Test(secret, is_wiped_when_done)
{
    static const struct secret nothing;
    struct secret secret = secret_of("key");

    secret_done(&secret);
    cr_expect_arr_eq(&secret, &nothing, sizeof(secret));
    secret_done(NULL);
}

Test(secret, wipes_exactly_the_bytes_named)
{
    uint8_t bytes[] = {1, 2, 3, 4};

    wipe(bytes + 1, 2);
    cr_expect_arr_eq(bytes, ((const uint8_t[]){1, 0, 0, 4}), 4);
    wipe(NULL, 0);
}
