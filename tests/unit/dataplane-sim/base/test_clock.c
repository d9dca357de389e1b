#include "base/clock.h"

#include <criterion/criterion.h>
#include <string.h>

Test(clock, formats_a_time_in_both_forms)
{
    static const struct {
        uint64_t wall_us;
        const char *iso;
        const char *router;
    } rows[] = {
        {.wall_us = UINT64_C(0),
         .iso = "1970-01-01T00:00:00Z",
         .router = "THU JAN 01 1970 00:00:00 UTC"},
        {.wall_us = UINT64_C(1420452000999999),
         .iso = "2015-01-05T10:00:00Z",
         .router = "MON JAN 05 2015 10:00:00 UTC"},
        {.wall_us = UINT64_C(951827696000000),
         .iso = "2000-02-29T12:34:56Z",
         .router = "TUE FEB 29 2000 12:34:56 UTC"},
        {.wall_us = UINT64_C(4102444799000000),
         .iso = "2099-12-31T23:59:59Z",
         .router = "THU DEC 31 2099 23:59:59 UTC"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[CLOCK_TEXT_SIZE];

        cr_expect_str_eq(clock_format_iso(rows[i].wall_us, text), rows[i].iso);
        cr_expect_str_eq(
            clock_format_router(rows[i].wall_us, text), rows[i].router);
    }
}

Test(clock, has_room_for_the_last_second_of_its_range)
{
    char text[CLOCK_TEXT_SIZE];

    cr_expect_lt(
        strlen(clock_format_iso(UINT64_MAX, text)), (size_t)CLOCK_TEXT_SIZE);
    cr_expect_lt(
        strlen(clock_format_router(UINT64_MAX, text)), (size_t)CLOCK_TEXT_SIZE);
}

Test(clock, monotonic_time_never_goes_back)
{
    uint64_t before = clock_monotonic_us();

    for (int i = 0; i < 1000; i++) {
        uint64_t now = clock_monotonic_us();

        cr_assert_geq(now, before);
        before = now;
    }
}

Test(clock, wall_time_is_in_microseconds_since_1970)
{
    uint64_t year_2020_us = UINT64_C(1577836800000000);
    uint64_t year_2200_us = UINT64_C(7258118400000000);

    cr_expect_gt(clock_wall_us(), year_2020_us);
    cr_expect_lt(clock_wall_us(), year_2200_us);
}
