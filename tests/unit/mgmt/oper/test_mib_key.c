/* test_mib_key.c - indexes of several parts, in SNMP's order. */
#include "oper/mib.h"

#include <criterion/criterion.h>
#include <string.h>

static struct mib_key
read_key(const char *dotted, const char *parts)
{
    struct mib_key key;

    mib_key_read(dotted, parts, &key);
    return key;
}

Test(mib_key, sorts_as_snmp_does)
{
    static const struct {
        const char *parts;
        const char *less;
        const char *more;
        const char *why;
    } rows[] = {
        {"n",  "9",               "10",         "numbers, not digits"     },
        {"nn", "1",               "1.0",        "what is longer is behind"},
        {"t",  "1.98",            "2.97.97",    "a longer text"           },
        {"t",  "2.97.97",         "2.97.98",    "by its characters"       },
        {"an", "10.0.0.1.2",      "10.0.0.2.1", "the address first"       },
        {"a",  "9.255.255.255",   "10.0.0.0",   "an address"              },
        {"a",  "10.0.0.255",      "10.0.0.256", "what is no byte"         },
        {"a",  "10.0.0.256",      "10.0.1.0",   "is still within its part"},
        {"tn", "1.97.4294967295", "1.98.0",     "the text first"          },
        {"n",  "4294967295",      "",           NULL                      },
    };

    for (size_t i = 0; rows[i].why != NULL; i++) {
        struct mib_key less = read_key(rows[i].less, rows[i].parts);
        struct mib_key more = read_key(rows[i].more, rows[i].parts);

        cr_expect_lt(mib_key_compare(&less, &more), 0, "%s", rows[i].why);
        cr_expect_gt(mib_key_compare(&more, &less), 0, "%s", rows[i].why);
        cr_expect_eq(mib_key_compare(&more, &more), 0, "%s", rows[i].why);
    }
}

Test(mib_key, reads_what_it_writes)
{
    struct mib_key read = read_key("192.0.2.1.3.97.98.99.7", "atn");
    struct mib_key key = {0};

    mib_key_number(&key, 0xc0000201);
    mib_key_text(&key, "abc");
    mib_key_number(&key, 7);
    cr_expect_eq(mib_key_compare(&read, &key), 0);
}

Test(mib_key, reads_anything_without_harm)
{
    static const char *const texts[] = {"", ".", "..1", "x", "1.x",
        "99999999999999999999", "200.1", "4294967295.1.2.3", "1.999.1", "0",
        "-1", "1.2.3.4.5.6.7.8.9"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct mib_key key = read_key(texts[i], "atn");
        struct mib_key text = read_key(texts[i], "ttt");

        cr_expect_leq(key.length, MIB_KEY_MAX);
        cr_expect_leq(text.length, MIB_KEY_MAX);
    }
}

Test(mib_key, holds_the_longest_names)
{
    char name[300];
    struct mib_key key = {0};

    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    mib_key_text(&key, name);
    mib_key_number(&key, 1);
    cr_expect_eq(key.length, MIB_KEY_MAX);
}

/* ---- the first of many ---- */

enum { MANY = 1000, FEW = 10 };

/* A page of so many rows after a place. */
static struct mib_page
page_of(size_t most, struct value *args, struct show *show)
{
    *show = (struct show){.args = args};
    return (struct mib_page){.show = show, .most = most};
}

Test(mib_sort, keeps_the_first_after_the_place_whatever_the_order)
{
    struct value args[] = {value_text("99"), value_none(), value_none()};
    struct show show;
    struct mib_page page = page_of(FEW, args, &show);
    struct mib_sort *sort = mib_sort_new(&page, "n", sizeof(uint32_t));
    const uint32_t *found;
    uint32_t wanted = 100;

    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t number = (i * 7919) % MANY; /* each once, in no order */
        struct mib_key key = {0};

        mib_key_number(&key, number);
        mib_sort_add(sort, &key, &number);
    }
    while ((found = mib_sort_next(sort)) != NULL)
        cr_expect_eq(*found, wanted++);
    cr_expect_eq(wanted, 100 + FEW);
    mib_sort_free(sort);
    value_done(&args[0]);
}

Test(mib_sort, takes_one_of_those_with_the_same_index)
{
    /* index, rank */
    static const uint32_t rows[][2] = {
        {5, 2},
        {5, 1},
        {4, 9},
        {5, 3},
        {4, 8},
        {6, 1}
    };
    struct value args[] = {value_text("4"), value_none(), value_none()};
    struct show show;
    struct mib_page page = page_of(2, args, &show);
    struct mib_sort *sort = mib_sort_new(&page, "n", sizeof rows[0]);
    const uint32_t *found;

    mib_sort_set_rank(sort, 4);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mib_key key = {0};

        mib_key_number(&key, rows[i][0]);
        mib_key_number(&key, rows[i][1]);
        mib_sort_add(sort, &key, rows[i]);
    }
    found = mib_sort_next(sort);
    cr_assert_not_null(found);
    cr_expect_eq(found[0], 5);
    cr_expect_eq(found[1], 1);
    found = mib_sort_next(sort);
    cr_assert_not_null(found);
    cr_expect_eq(found[0], 6);
    cr_expect_null(mib_sort_next(sort));
    mib_sort_free(sort);
    value_done(&args[0]);
}
