#include "base/str.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

Test(str, grows_and_is_always_terminated)
{
    struct str s;

    str_init(&s);
    cr_expect_str_eq(str_text(&s), "", "never NULL");
    for (size_t i = 0; i < 1000; i++) {
        str_add_char(&s, 'x');
        cr_assert_eq(strlen(str_text(&s)), i + 1);
        cr_assert_eq(s.length, i + 1);
    }
    str_done(&s);
    str_done(NULL);
}

Test(str, joins_all_ways_of_adding)
{
    struct str s;

    str_init(&s);
    str_add(&s, "tunnel ");
    str_add_n(&s, "ipsec:siteB", 5);
    str_add_char(&s, ' ');
    str_printf(&s, "%s %d", "mtu", 1400);
    str_add_n(&s, NULL, 0);
    cr_expect_str_eq(str_text(&s), "tunnel ipsec mtu 1400");
    str_done(&s);
}

Test(str, prints_more_than_its_first_room)
{
    struct str s;

    str_init(&s);
    str_printf(&s, "%0500d", 7);
    str_printf(&s, "%s", "end");
    cr_expect_eq(s.length, 503);
    cr_expect_str_eq(str_text(&s) + 499, "7end");
    str_done(&s);
}

Test(str, is_empty_and_usable_after_clear_and_take)
{
    struct str s;
    char *taken;

    str_init(&s);
    str_clear(&s);
    str_add(&s, "one");
    str_clear(&s);
    cr_expect_str_eq(str_text(&s), "");
    str_add(&s, "two");
    taken = str_take(&s);
    cr_expect_str_eq(taken, "two");
    cr_expect_str_eq(str_text(&s), "");
    free(taken);
    taken = str_take(&s);
    cr_expect_str_eq(taken, "", "the text of nothing can be freed too");
    free(taken);
    str_done(&s);
}

Test(str, writes_json_that_is_always_utf8)
{
    static const struct {
        const char *text;
        const char *json;
        const char *why;
    } rows[] = {
        {"",                 "\"\"",                                     "nothing"                       },
        {"a\"b\\c/",         "\"a\\\"b\\\\c/\"",                         "quote and backslash, not slash"},
        {"\b\f\n\r\t",       "\"\\b\\f\\n\\r\\t\"",                      "short forms"                   },
        {"\x01\x1f\x7f",     "\"\\u0001\\u001f\x7f\"",                   "other controls"                },
        {"\xc2\xa9",         "\"\xc2\xa9\"",                             "two bytes"                     },
        {"\xe2\x82\xac",     "\"\xe2\x82\xac\"",                         "three bytes"                   },
        {"\xf0\x9f\x94\x92", "\"\xf0\x9f\x94\x92\"",                     "four bytes"                    },
        {"\xed\x9f\xbf",     "\"\xed\x9f\xbf\"",                         "last before surrogates"        },
        {"\xee\x80\x80",     "\"\xee\x80\x80\"",                         "first after surrogates"        },
        {"\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\"",                     "U+10FFFF"                      },
        {"\x80",             "\"\xef\xbf\xbd\"",                         "a follower alone"              },
        {"\xff",             "\"\xef\xbf\xbd\"",                         "never a byte of UTF-8"         },
        {"\xc0\x80",         "\"\xef\xbf\xbd\xef\xbf\xbd\"",             "overlong, 2"                   },
        {"\xc2",             "\"\xef\xbf\xbd\"",                         "ends after the lead"           },
        {"\xc2z",            "\"\xef\xbf\xbdz\"",                        "an ASCII letter interrupts"    },
        {"\xe2\x82",         "\"\xef\xbf\xbd\"",                         "ends one early: one mark"      },
        {"\xe2\x82\"",       "\"\xef\xbf\xbd\\\"\"",                     "a quote is not swallowed"      },
        {"\xf0\x9f\x94",     "\"\xef\xbf\xbd\"",                         "ends one early of four"        },
        {"\xe0\x9f\xbf",     "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
         "overlong, 3"                                                                                   },
        {"\xed\xa0\x80",     "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
         "a surrogate"                                                                                   },
        {"\xf5",             "\"\xef\xbf\xbd\"",                         "lead above U+10FFFF"           },
        {"\xf4\x90",         "\"\xef\xbf\xbd\xef\xbf\xbd\"",             "above U+10FFFF"                },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str s;

        str_init(&s);
        str_add_json(&s, rows[i].text);
        cr_expect_str_eq(str_text(&s), rows[i].json, "%s", rows[i].why);
        str_done(&s);
    }
}

Test(str, compares_whole_texts_and_prefixes)
{
    cr_expect(str_equal("mtu", "mtu"));
    cr_expect_not(str_equal("mtu", "mt"));
    cr_expect_not(str_equal("mtu", "MTU"));
    cr_expect(str_has_prefix("ipsec:a", "ipsec:"));
    cr_expect(str_has_prefix("ipsec:a", ""));
    cr_expect_not(str_has_prefix("ip", "ipsec:"));
}

Test(str, reads_numbers_of_64_bits_and_nothing_else)
{
    static const struct {
        const char *text;
        enum err error;
        uint64_t number;
    } rows[] = {
        {"0",                        OK,          0                   },
        {"010",                      OK,          10                  },
        {"4294967296",               OK,          UINT64_C(4294967296)},
        {"18446744073709551615",     OK,          UINT64_MAX          },
        {"0x0",                      OK,          0                   },
        {"0xFfffFFFFffffffff",       OK,          UINT64_MAX          },
        {"0X1a",                     OK,          26                  },
        {"18446744073709551616",     ERR_INVALID, 7                   },
        {"99999999999999999999999",  ERR_INVALID, 7                   },
        {"0x10000000000000000",      ERR_INVALID, 7                   },
        {"99999999999999999999999x", ERR_SYNTAX,  7                   },
        {"",                         ERR_SYNTAX,  7                   },
        {"0x",                       ERR_SYNTAX,  7                   },
        {"-1",                       ERR_SYNTAX,  7                   },
        {"+1",                       ERR_SYNTAX,  7                   },
        {" 1",                       ERR_SYNTAX,  7                   },
        {"1 ",                       ERR_SYNTAX,  7                   },
        {"1a",                       ERR_SYNTAX,  7                   },
        {"0x1g",                     ERR_SYNTAX,  7                   },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t number = 7;

        cr_expect_eq(str_to_u64(rows[i].text, &number), rows[i].error, "'%s'",
            rows[i].text);
        cr_expect_eq(number, rows[i].number, "'%s'", rows[i].text);
    }
}

Test(str, decodes_hex_or_says_why_not)
{
    static const struct {
        const char *text;
        enum err error;
        size_t length;
    } rows[] = {
        {"",           OK,            0},
        {"00fF",       OK,            2},
        {"deadBEEF",   OK,            4},
        {"deadbeef00", ERR_EXHAUSTED, 9},
        {"abc",        ERR_INVALID,   9},
        {"0x12",       ERR_SYNTAX,    9},
        {"ag",         ERR_SYNTAX,    9},
        {"a g",        ERR_SYNTAX,    9},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[5] = {1, 1, 1, 1, 1};
        size_t length = 9;

        cr_expect_eq(hex_decode(rows[i].text, bytes, 4, &length), rows[i].error,
            "'%s'", rows[i].text);
        cr_expect_eq(length, rows[i].length, "'%s'", rows[i].text);
        cr_expect_eq(bytes[4], 1, "'%s'", rows[i].text);
        cr_expect(rows[i].error == OK || bytes[0] == 1, "untouched");
    }
}

Test(str, encodes_hex_that_decodes_to_the_same)
{
    uint8_t bytes[256];
    uint8_t back[256];
    char text[2 * sizeof(bytes) + 1];
    size_t length = 0;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    hex_encode(bytes, sizeof(bytes), text);
    cr_expect_eq(strlen(text), 512);
    cr_expect_eq(strncmp(text, "000102", 6), 0);
    cr_expect_str_eq(text + 506, "fdfeff");
    cr_assert_eq(hex_decode(text, back, sizeof(back), &length), OK);
    cr_expect_arr_eq(back, bytes, sizeof(bytes));
}

Test(str, writes_numbers_like_printf)
{
    static const uint64_t numbers[] = {
        0, 9, 10, 4294967295, UINT64_MAX, UINT64_MAX / 10};
    struct str ours;
    struct str theirs;

    str_init(&ours);
    str_init(&theirs);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        str_clear(&ours);
        str_clear(&theirs);
        str_add_u64(&ours, numbers[i]);
        str_printf(&theirs, "%" PRIu64, numbers[i]);
        cr_expect_str_eq(str_text(&ours), str_text(&theirs));
    }
    str_done(&ours);
    str_done(&theirs);
}
