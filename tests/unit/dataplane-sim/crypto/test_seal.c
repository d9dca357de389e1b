/* Sealed secrets: the form, the round trip, and what is refused. */
#include "crypto/seal.h"

#include "base/str.h"
#include "crypto/provider.h"

#include <criterion/criterion.h>
#include <string.h>

static struct crypto *crypto;
static struct sealer *sealer;

static struct sealer *
sealer_from(uint8_t first)
{
    struct secret key = {.length = SEAL_KEY_SIZE};
    struct sealer *made = NULL;

    for (size_t i = 0; i < SEAL_KEY_SIZE; i++)
        key.bytes[i] = (uint8_t)(first + i);
    cr_assert_eq(sealer_new(crypto, &key, &made), OK);
    return made;
}

static void
set_up(void)
{
    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    sealer = sealer_from(0);
}

static void
tear_down(void)
{
    sealer_free(sealer);
    crypto_close(crypto);
}

TestSuite(seal, .init = set_up, .fini = tear_down);

static struct secret
secret_of(const char *text)
{
    struct secret secret = {0};

    cr_assert_eq(secret_set(&secret, text, strlen(text)), OK);
    return secret;
}

/* Made by tests/vectors/make_siv.py, RFC 5297 over nothing but AES. */
Test(seal, is_aes_siv_and_base64)
{
    static const struct {
        const char *clear;
        const char *sealed;
    } rows[] = {
        {"k",                "$e1$RpEAzpYfdwYEFbzF8tDuIag="},
        {"preshared secret",
         "$e1$8ZO4WrK/ANZ0dW8vpVaYo4qlpeeufg9CU3hJs+EhKFY="},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct secret clear = secret_of(rows[i].clear);
        struct secret back = {0};
        struct str text;

        str_init(&text);
        cr_assert_eq(seal_text(sealer, &clear, &text), OK);
        cr_expect_str_eq(str_text(&text), rows[i].sealed);
        cr_expect_eq(unseal_text(sealer, rows[i].sealed, &back), OK);
        cr_expect(secret_equal(&clear, &back));
        str_done(&text);
    }
}

Test(seal, round_trips_every_length)
{
    struct secret clear = {0};
    struct secret back;
    struct str text;

    for (size_t length = 1; length <= SECRET_MAX; length++) {
        clear.length = length;
        memset(clear.bytes, (int)(length & 0xff), length);
        str_init(&text);
        cr_assert_eq(seal_text(sealer, &clear, &text), OK);
        back = (struct secret){0};
        cr_assert_eq(unseal_text(sealer, str_text(&text), &back), OK,
            "%zu bytes", length);
        cr_expect(secret_equal(&clear, &back), "%zu bytes", length);
        if (length == 200)
            cr_expect_leq(text.length, 300);
        str_done(&text);
    }
}

Test(seal, appends_and_is_the_same_each_time)
{
    struct secret clear = secret_of("ermine");
    struct str text;

    str_init(&text);
    cr_assert_eq(seal_text(sealer, &clear, &text), OK);
    str_add_char(&text, ' ');
    cr_assert_eq(seal_text(sealer, &clear, &text), OK);
    cr_expect_eq(
        memcmp(text.text, text.text + text.length / 2 + 1, text.length / 2), 0);
    str_done(&text);
}

Test(seal, opens_under_its_own_key_only)
{
    struct sealer *other = sealer_from(1);
    struct secret clear = secret_of("ermine");
    struct secret back = secret_of("untouched");
    struct str text;

    str_init(&text);
    cr_assert_eq(seal_text(sealer, &clear, &text), OK);
    cr_expect_eq(unseal_text(other, str_text(&text), &back), ERR_AUTH);
    cr_expect_eq(back.length, strlen("untouched"));
    str_done(&text);
    sealer_free(other);
}

Test(seal, refuses_text_of_another_form)
{
    static const struct {
        const char *text;
        enum err err;
        const char *why;
    } rows[] = {
        {"",                             ERR_SYNTAX, "nothing"              },
        {"ermine",                       ERR_SYNTAX, "no prefix"            },
        {"$e1$",                         ERR_SYNTAX, "no bytes"             },
        {"$e2$RpEAzpYfdwYEFbzF8tDuIag=", ERR_SYNTAX, "another version"      },
        {"$e1$RpEAzpYfdwYEFbzF8tDuIag",  ERR_SYNTAX, "padding missing"      },
        {"$e1$RpEAzpYfdwYEFbzF8tDuIa==", ERR_SYNTAX, "only the IV, odd bits"},
        {"$e1$RpEAzpYfdwYEFbzF8tDuIQ==", ERR_SYNTAX, "only the IV"          },
        {"$e1$RpEAzpYfdwYEFbzF8tDuIah=", ERR_SYNTAX, "bits after the end"   },
        {"$e1$RpEAzpYf wYEFbzF8tDuIag=", ERR_SYNTAX, "a blank inside"       },
        {"$e1$ RpEAzpYfdwYEFbzF8tDuIg=", ERR_SYNTAX, "a blank before"       },
        {"$e1$RpEAzpYfd*YEFbzF8tDuIag=", ERR_SYNTAX, "not base64"           },
        {"$e1$RpEA=pYfdwYEFbzF8tDuIag=", ERR_SYNTAX, "padding inside"       },
        {"$e1$====",                     ERR_SYNTAX, "only padding"         },
        {"$e1$RpEAzpYfdwYEFbzF8tDuIaw=", ERR_AUTH,   "one bit of the text"  },
        {"$e1$RpEBzpYfdwYEFbzF8tDuIag=", ERR_AUTH,   "one bit of the IV"    },
    };
    struct secret back = {0};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(unseal_text(sealer, rows[i].text, &back), rows[i].err,
            "%s", rows[i].why);
    cr_expect_eq(back.length, 0);
}

Test(seal, refuses_text_longer_than_any_secret)
{
    char text[4 + 372 + 1];
    struct secret back = {0};

    memset(text, 'A', sizeof text);
    memcpy(text, "$e1$", 4);
    for (size_t length = 364; length <= 372; length += 4) {
        text[4 + length] = '\0';
        cr_expect_eq(unseal_text(sealer, text, &back), ERR_SYNTAX,
            "%zu characters", length);
        text[4 + length] = 'A';
    }
}

Test(seal, refuses_an_empty_secret_and_a_short_key)
{
    struct secret none = {0};
    struct secret key = {.length = SEAL_KEY_SIZE - 1};
    struct sealer *made = NULL;
    struct str text;

    str_init(&text);
    cr_expect_eq(seal_text(sealer, &none, &text), ERR_INVALID);
    cr_expect_eq(text.length, 0);
    cr_expect_eq(sealer_new(crypto, &key, &made), ERR_INVALID);
    cr_expect_null(made);
    sealer_free(NULL);
    str_done(&text);
}
