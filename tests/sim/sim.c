/*
 * sim.c - seeds of the simulation (tests/support/sim.h).
 *
 *    sim FIRST LAST   these seeds, a line for each that fails, then a summary
 *    sim SEED         one of them, with all that happens on standard output
 */
#include "tests/support/sim.h"

#include <stdlib.h>

static unsigned long
number(const char *text)
{
    return strtoul(text, NULL, 10);
}

static int
show(unsigned long seed)
{
    struct sim_report report;
    bool is_well = sim_run(seed, stdout, &report);

    printf("SEED=%lu: %s; %u faults, %u renewals, at most %u s without "
           "traffic after one\n",
        seed, is_well ? "all well" : report.trouble, report.faults,
        report.renewals, report.longest_s);
    return is_well ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
    struct sim_report report;
    unsigned long failed = 0;
    unsigned long faults = 0;
    unsigned long renewals = 0;
    unsigned longest_s = 0;

    if (argc == 2)
        return show(number(argv[1]));
    if (argc != 3) {
        fputs("usage: sim SEED | sim FIRST LAST\n", stderr);
        return EXIT_FAILURE;
    }
    for (unsigned long seed = number(argv[1]); seed <= number(argv[2]);
         seed++) {
        if (!sim_run(seed, NULL, &report)) {
            printf("FAIL SEED=%lu %s\n", seed, report.trouble);
            fflush(stdout);
            failed++;
        }
        faults += report.faults;
        renewals += report.renewals;
        if (report.longest_s > longest_s)
            longest_s = report.longest_s;
    }
    printf("seeds %s to %s: %lu failed; %lu faults, %lu renewals, at most %u "
           "s without traffic after a fault (bound: %u)\n",
        argv[1], argv[2], failed, faults, renewals, longest_s, SIM_BOUND_S);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
