#include "base/ip.h"

#include <criterion/criterion.h>

Test(ip, parses_a_dotted_quad_and_nothing_else)
{
    static const struct {
        const char *text;
        enum err error;
        uint32_t addr;
        const char *why;
    } rows[] = {
        {"10.1.2.3",          OK,         0x0a010203, "plain"                      },
        {"0.0.0.0",           OK,         0,          "lowest"                     },
        {"255.255.255.255",   OK,         0xffffffff, "highest"                    },
        {"",                  ERR_SYNTAX, 7,          "nothing"                    },
        {"10.1.2",            ERR_SYNTAX, 7,          "three parts"                },
        {"10.1.2.",           ERR_SYNTAX, 7,          "the last part is empty"     },
        {".1.2.3",            ERR_SYNTAX, 7,          "the first part is empty"    },
        {"10..2.3",           ERR_SYNTAX, 7,          "an inner part is empty"     },
        {"10.1.2.3.4",        ERR_SYNTAX, 7,          "five parts"                 },
        {"10.1.2.3 ",         ERR_SYNTAX, 7,          "a blank behind"             },
        {" 10.1.2.3",         ERR_SYNTAX, 7,          "a blank before"             },
        {"10.1.2.256",        ERR_SYNTAX, 7,          "a part above 255"           },
        {"10.1.2.4294967297", ERR_SYNTAX, 7,          "a part that would wrap to 1"},
        {"10.1.2.010",        ERR_SYNTAX, 7,          "a leading zero"             },
        {"10.1.2.00",         ERR_SYNTAX, 7,          "two zeros"                  },
        {"10.1.2.-3",         ERR_SYNTAX, 7,          "a sign"                     },
        {"0x0a.1.2.3",        ERR_SYNTAX, 7,          "hexadecimal"                },
        {"10.1.2.a",          ERR_SYNTAX, 7,          "a letter"                   },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t addr = 7;

        cr_expect_eq(
            ip_parse(rows[i].text, &addr), rows[i].error, "%s", rows[i].why);
        cr_expect_eq(addr, rows[i].addr, "%s", rows[i].why);
    }
}

Test(ip, parses_what_it_formats)
{
    uint32_t addr = 0;

    for (unsigned i = 0; i < 5000; i++) {
        char text[IP_TEXT_SIZE];
        uint32_t back = ~addr;

        cr_assert_eq(ip_parse(ip_format(addr, text), &back), OK, "%s", text);
        cr_assert_eq(back, addr, "%s", text);
        addr = addr * 1664525U + 1013904223U;
    }
}

Test(ip, makes_and_measures_every_mask)
{
    for (unsigned length = 0; length <= 32; length++) {
        uint32_t mask = ip_mask_of(length);

        cr_expect(ip_is_mask(mask), "%u", length);
        cr_expect_eq(ip_mask_length(mask), length);
    }
    cr_expect_eq(ip_mask_of(0), 0);
    cr_expect_eq(ip_mask_of(24), 0xffffff00);
    cr_expect_eq(ip_mask_of(32), 0xffffffff);
}

Test(ip, sees_holes_in_a_mask)
{
    static const uint32_t broken[] = {
        0x00ffffff, 0xff00ff00, 0x7fffffff, 0xfffffffd, 1};

    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        cr_expect_not(ip_is_mask(broken[i]), "%08x", broken[i]);
}
