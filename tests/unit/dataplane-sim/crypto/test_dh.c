/* Diffie-Hellman against tests/vectors/ike.txt, and the values that it must
 * refuse. */
#include "crypto/dh.h"

#include "base/diag.h"
#include "base/str.h"
#include "crypto/provider.h"
#include "crypto/random.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 8192, LINES = 9 };

struct bytes {
    size_t length;
    uint8_t bytes[DH_SIZE_MAX];
};

static struct crypto *
opened(void)
{
    struct crypto *crypto = NULL;
    struct diag diag;

    diag_init(&diag);
    cr_assert_eq(crypto_open(&diag, &crypto), OK);
    diag_done(&diag);
    return crypto;
}

static struct bytes
from_hex(const char *hex)
{
    struct bytes out = {0};

    cr_assert_eq(hex_decode(hex, out.bytes, sizeof out.bytes, &out.length), OK);
    return out;
}

/* A generator that gives what it was given. */
static void
fill_fixed(void *context, uint8_t *bytes, size_t length)
{
    const struct bytes *fixed = context;

    cr_assert_eq(length, fixed->length);
    memcpy(bytes, fixed->bytes, length);
}

static void
check_line(struct crypto *crypto, char *line)
{
    char *words[6];
    char *rest = line;
    struct bytes private;
    struct bytes public;
    struct bytes peer;
    struct bytes shared;
    struct dh_value secret;
    struct dh *dh = NULL;
    uint16_t group;

    for (int i = 0; i < 6; i++)
        words[i] = strtok_r(rest, " \n", &rest);
    group = (uint16_t)strtoul(words[1], NULL, 10);
    private = from_hex(words[2]);
    public = from_hex(words[3]);
    peer = from_hex(words[4]);
    shared = from_hex(words[5]);
    crypto_set_random(crypto, (struct random_source){fill_fixed, &private});
    cr_assert_eq(dh_new(crypto, group, &dh), OK);
    cr_assert_eq(dh_public(dh)->length, public.length, "group %u", group);
    cr_expect_arr_eq(
        dh_public(dh)->bytes, public.bytes, public.length, "group %u", group);
    cr_assert_eq(dh_shared(dh, peer.bytes, peer.length, &secret), OK);
    cr_assert_eq(secret.length, shared.length, "group %u", group);
    cr_expect_arr_eq(
        secret.bytes, shared.bytes, shared.length, "group %u", group);
    dh_free(dh);
}

Test(dh, gives_the_answers_of_another_implementation)
{
    struct crypto *crypto = opened();
    FILE *file = fopen("tests/vectors/ike.txt", "r");
    char line[LINE_SIZE];
    unsigned count = 0;

    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (!str_has_prefix(line, "dh "))
            continue;
        check_line(crypto, line);
        count++;
    }
    (void)fclose(file);
    cr_expect_eq(count, LINES);
    crypto_close(crypto);
}

static const uint16_t groups[] = {1, 2, 5, 14, 15, 16, 19, 20, 21};

Test(dh, two_ends_agree_in_every_group)
{
    struct crypto *crypto = opened();

    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        struct dh *a = NULL;
        struct dh *b = NULL;
        struct dh_value one = {0};
        struct dh_value other = {0};

        cr_assert_eq(dh_new(crypto, groups[i], &a), OK);
        cr_assert_eq(dh_new(crypto, groups[i], &b), OK);
        cr_expect_eq(dh_public(a)->length, dh_public_size(groups[i]));
        cr_expect_eq(
            dh_shared(a, dh_public(b)->bytes, dh_public(b)->length, &one), OK);
        cr_expect_eq(
            dh_shared(b, dh_public(a)->bytes, dh_public(a)->length, &other),
            OK);
        cr_expect_eq(one.length, other.length);
        cr_expect_arr_eq(one.bytes, other.bytes, one.length);
        dh_free(a);
        dh_free(b);
    }
    crypto_close(crypto);
}

/* 0, 1, p - 1 and p give a secret that everybody knows. */
static void
expect_refused(
    const struct dh *dh, const uint8_t *value, size_t length, const char *why)
{
    struct dh_value secret = {.length = 99};

    cr_expect_eq(
        dh_shared(dh, value, length, &secret), ERR_MALFORMED, "%s", why);
    cr_expect_eq(secret.length, 99, "%s: the result was touched", why);
}

Test(dh, refuses_values_outside_the_group)
{
    struct crypto *crypto = opened();
    uint8_t value[DH_SIZE_MAX + 1] = {0};

    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        size_t size = dh_public_size(groups[i]);
        struct dh *dh = NULL;

        cr_assert_eq(dh_new(crypto, groups[i], &dh), OK);
        memset(value, 0, sizeof value);
        expect_refused(dh, value, size, "zero");
        value[size - 1] = 1;
        expect_refused(dh, value, size, "one, or a point off the curve");
        memset(value, 0xff, size);
        expect_refused(dh, value, size, "all ones: p is smaller");
        memcpy(value, dh_public(dh)->bytes, size);
        expect_refused(dh, value, size - 1, "too short");
        expect_refused(dh, value, size + 1, "too long");
        expect_refused(dh, value, 0, "nothing");
        if (groups[i] >= 19) {
            value[size - 1] ^= 1;
            expect_refused(dh, value, size, "y is wrong");
        }
        dh_free(dh);
    }
    crypto_close(crypto);
}

Test(dh, refuses_p_minus_one)
{
    /* group 1: the prime less one (RFC 2409, 6.1) */
    static const char text[] =
        "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
        "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
        "4fe1356d6d51c245e485b576625e7ec6f44c42e9a63a3620fffffffffffffffe";
    struct crypto *crypto = opened();
    struct bytes value = from_hex(text);
    struct dh_value secret;
    struct dh *dh = NULL;

    cr_assert_eq(dh_new(crypto, 1, &dh), OK);
    expect_refused(dh, value.bytes, value.length, "p - 1");
    value.bytes[value.length - 1] = 0xff;
    expect_refused(dh, value.bytes, value.length, "p");
    value.bytes[value.length - 1] = 0xfd;
    cr_expect_eq(dh_shared(dh, value.bytes, value.length, &secret), OK);
    dh_free(dh);
    crypto_close(crypto);
}

Test(dh, knows_no_other_group)
{
    struct crypto *crypto = opened();
    struct dh *dh = NULL;

    for (uint16_t group = 0; group < 64; group++) {
        bool known = dh_public_size(group) > 0;

        cr_expect_eq(known, dh_group_is_known(group));
        if (!known)
            cr_expect_eq(dh_new(crypto, group, &dh), ERR_INVALID);
    }
    cr_expect_null(dh);
    dh_free(NULL);
    crypto_close(crypto);
}
