/*
 * Ten days of bad weather between two whole routers; `make sim SEEDS=1000` has
 * more of them.
 */
#include "tests/support/rounds.h"
#include "tests/support/sim.h"

#include <criterion/criterion.h>

TestSuite(sim, .timeout = 300);

static void
live_from(uint64_t first)
{
    const uint64_t last = first + rounds(5, 1);
    struct sim_report report;

    for (uint64_t seed = first; seed < last; seed++) {
        cr_expect(sim_run(seed, NULL, &report),
            "%s; for all of it: make sim SEED=%u", report.trouble,
            (unsigned)seed);
        cr_expect_gt(report.faults, 5);
        cr_expect_gt(report.renewals, 40);
    }
}

Test(sim, every_seed_to_5_comes_through_its_day)
{
    live_from(1);
}

Test(sim, every_seed_to_10_comes_through_its_day)
{
    live_from(6);
}

Test(sim, a_seed_repeats_exactly)
{
    struct sim_report reports[2];

    for (int i = 0; i < 2; i++)
        cr_assert(sim_run(3, NULL, &reports[i]), "%s", reports[i].trouble);
    cr_expect_eq(reports[0].faults, reports[1].faults);
    cr_expect_eq(reports[0].renewals, reports[1].renewals);
    cr_expect_eq(reports[0].longest_s, reports[1].longest_s);
}
