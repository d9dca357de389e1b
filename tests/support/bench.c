/*
 * bench.c - turns, medians, ratios.
 */
#include "tests/support/bench.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TURN_NS = 4 * 1000 * 1000 /* how long a contender's turn lasts */ };

void
bench_require(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "bench: %s failed\n", what);
    exit(1);
}

uint64_t
bench_spent_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static int
compare_doubles(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;

    return (*x > *y) - (*x < *y);
}

double
bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_doubles);
    return values[count / 2];
}

/* Nanoseconds for one piece. */
static double
take_turn(const struct bench_contender *contender)
{
    uint64_t spent = 0;
    unsigned pieces = 0;

    while (spent < TURN_NS) {
        uint64_t start;

        contender->prepare(contender->context);
        start = bench_spent_ns();
        contender->run(contender->context);
        spent += bench_spent_ns() - start;
        pieces++;
    }
    return (double)spent / pieces;
}

void
bench_compare(const struct bench_contender *contenders, size_t count,
    struct bench_result *out_result)
{
    double ns[BENCH_CONTENDERS][BENCH_ROUNDS];
    double ratios[BENCH_CONTENDERS][BENCH_ROUNDS];

    assert(count <= BENCH_CONTENDERS);
    for (size_t who = 0; who < count; who++)
        (void)take_turn(&contenders[who]); /* caches, branches, clocks */
    for (size_t round = 0; round < BENCH_ROUNDS; round++) {
        for (size_t who = 0; who < count; who++) {
            ns[who][round] = take_turn(&contenders[who]);
            ratios[who][round] = ns[0][round] / ns[who][round];
        }
    }
    for (size_t who = 0; who < count; who++) {
        out_result->ns[who] = bench_median(ns[who], BENCH_ROUNDS);
        out_result->ratio[who] = bench_median(ratios[who], BENCH_ROUNDS);
    }
}
