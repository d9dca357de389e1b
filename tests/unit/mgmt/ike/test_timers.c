/*
 * test_timers.c - what is due comes in order.
 */
#include "ike/timers.h"

#include <criterion/criterion.h>

Test(ike_timers, come_in_the_order_of_their_times)
{
    struct timers timers = {0};
    struct timer timer;
    uint64_t last = 0;
    uint32_t number = 12345;
    unsigned count = 0;

    cr_expect_eq(timers_due(&timers), UINT64_MAX);
    cr_expect_not(timers_take(&timers, UINT64_MAX - 1, &timer));
    for (uint32_t i = 0; i < 1000; i++) {
        number = number * 1664525U + 1013904223U;
        timers_add(&timers, (struct timer){number % 500, TIMER_SA, i, 1});
    }
    while (timers_take(&timers, 400, &timer)) {
        cr_assert_geq(timer.due_us, last);
        last = timer.due_us;
        count++;
    }
    cr_expect_eq(last, 400);
    cr_expect_gt(timers_due(&timers), 400);
    while (timers_take(&timers, 500, &timer))
        count++;
    cr_expect_eq(count, 1000);
    timers_done(&timers);
}
