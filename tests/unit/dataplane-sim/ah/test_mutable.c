/* IPv4 options as AH sees them (RFC 2402, appendix A1). */
#include "ah/mutable.h"

#include <criterion/criterion.h>
#include <string.h>

enum { SIZE = 12 };

/* clang-format off */
static const struct {
    bool good;
    uint8_t given[SIZE];
    uint8_t cleared[SIZE];
    const char *why;
} rows[] = {
    {true, {0},
        {0}, "end of options"},
    {true, {1, 1, 1, 0},
        {1, 1, 1, 0}, "no-operation stays"},
    {true, {7, 4, 9, 9, 1},
        {0, 0, 0, 0, 1}, "record route goes"},
    {true, {68, 4, 9, 9, 1},
        {0, 0, 0, 0, 1}, "timestamp goes"},
    {true, {131, 3, 9, 1},
        {0, 0, 0, 1}, "loose source route goes"},
    {true, {137, 3, 9, 1},
        {0, 0, 0, 1}, "strict source route goes"},
    {true, {130, 3, 9, 1},
        {130, 3, 9, 1}, "security stays"},
    {true, {133, 3, 9, 1},
        {133, 3, 9, 1}, "extended security stays"},
    {true, {134, 3, 9, 1},
        {134, 3, 9, 1}, "commercial security stays"},
    {true, {148, 4, 9, 9},
        {148, 4, 9, 9}, "router alert stays"},
    {true, {149, 3, 9, 1},
        {149, 3, 9, 1}, "sender directed stays"},
    {true, {200, 2, 1},
        {0, 0, 1}, "an unknown one goes"},
    {true, {1, 200, 3, 9, 148, 2, 7, 2},
        {1, 0, 0, 0, 148, 2, 0, 0}, "each by itself"},
    {true, {0, 7, 4, 9, 9},
        {0, 7, 4, 9, 9}, "after the end all stays"},
    {true, {7, 12, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9},
        {0}, "up to the end"},
    {false, {7, 13},
        {0}, "over the end"},
    {false, {7, 0},
        {0}, "length 0 would never end"},
    {false, {7, 1},
        {0}, "length 1 is shorter than itself"},
    {false, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 7},
        {0}, "no length"},
};
/* clang-format on */

Test(mutable, options_are_kept_or_zeroed_whole)
{
    uint8_t options[SIZE];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(options, rows[i].given, SIZE);
        cr_expect_eq(mutable_clear_options(options, SIZE), rows[i].good, "%s",
            rows[i].why);
        if (rows[i].good)
            cr_expect_arr_eq(options, rows[i].cleared, SIZE, "%s", rows[i].why);
    }
    cr_expect(mutable_clear_options(options, 0));
}
