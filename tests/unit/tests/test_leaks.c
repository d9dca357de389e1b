/*
 * test_leaks.c - whose leaks count when the tests run under a sanitizer.
 *
 * Each test is a process of its own, and all that it loses is reported.  The
 * process that starts them is Criterion's: 2.4.1 loses 48 bytes now and then
 * where it notes a test's time-out.  A suppression could name nothing but the
 * library, which is on the stack of every test as well, so that no test's leak
 * would be seen any more.
 */
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"

/* The sanitizer's: what this thread allocates from now on is no leak. */
void __lsan_disable(void) __attribute__((weak));

/* Only the process that starts the tests comes here. */
ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
    (void)tests;
    if (__lsan_disable != NULL)
        __lsan_disable();
}

#ifdef __SANITIZE_ADDRESS__

TestSuite(leaks, .timeout = 60);

int __lsan_do_recoverable_leak_check(void);
void __sanitizer_set_report_fd(void *fd);

enum { LOST = 16 };

/* All bits turned: no pointers that the sanitizer would find. */
static uintptr_t lost[LOST];

static void __attribute__((noinline)) lose(void)
{
    for (size_t i = 0; i < LOST; i++)
        lost[i] = ~(uintptr_t)mem_alloc(48);
}

Test(leaks, of_what_a_test_calls_are_seen)
{
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

    cr_assert_geq(nowhere, 0);
    __sanitizer_set_report_fd((void *)(intptr_t)nowhere);
    cr_expect_eq(__lsan_do_recoverable_leak_check(), 0);
    lose();
    cr_expect_neq(__lsan_do_recoverable_leak_check(), 0);
    for (size_t i = 0; i < LOST; i++)
        free((void *)~lost[i]);
}

#endif
