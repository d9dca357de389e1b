/* Hashes of passwords. */
#include "crypto/password.h"

#include "base/str.h"
#include "crypto/provider.h"

#include <criterion/criterion.h>
#include <string.h>

Test(password, matches_its_own_hash_and_no_other)
{
    struct crypto *crypto;
    struct str one;
    struct str two;

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    str_init(&one);
    str_init(&two);
    cr_assert_eq(password_hash(crypto, "alpha", &one), OK);
    cr_assert_eq(password_hash(crypto, "alpha", &two), OK);
    cr_expect_eq(strncmp(str_text(&one), "$y$j9T$", 7), 0);
    cr_expect_str_neq(str_text(&one), str_text(&two), "each has its own salt");
    cr_expect(password_matches("alpha", str_text(&one)));
    cr_expect(password_matches("alpha", str_text(&two)));
    cr_expect_not(password_matches("Alpha", str_text(&one)));
    cr_expect_not(password_matches("", str_text(&one)));
    str_done(&one);
    str_done(&two);
    crypto_close(crypto);
}

Test(password, matches_a_hash_that_the_system_made)
{
    static const char of_hello[] =
        "$y$j9T$k2XAnEHBqQ1Ct2aMXFKNa/HAmA1$"
        "aQh.DBqnEX3ITHL69WSRVmV9cOEJio8dhZcIAgBan.4";

    cr_expect(password_matches("hello", of_hello));
    cr_expect_not(password_matches("hell", of_hello));
}

Test(password, matches_nothing_that_is_no_hash)
{
    static const char *const rows[] = {"", "*", "*0", "alpha", "$y$", "$y$j9T$",
        "$y$j9T$k2XAnEHBqQ1Ct2aMXFKNa/$", "$99$salt$hash"};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_not(password_matches("alpha", rows[i]), "%s", rows[i]);
}
