/*
 * bench.h - what the programs of tests/bench share: turns that contenders
 * take, and medians of them.
 *
 * Contenders work in turns within one process, so that what disturbs the
 * machine disturbs all of them; a ratio is the median of those of the rounds.
 * Each figure is printed as a JSON object on a line of its own.
 */
#ifndef SUPPORT_BENCH_H
#define SUPPORT_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_ROUNDS = 15, BENCH_CONTENDERS = 4 };

/* Where good is false: say what failed, and end. */
void bench_require(bool good, const char *what);
/* What this thread has used of its processor: others do not count. */
uint64_t bench_spent_ns(void);
/* Sorts them. */
double bench_median(double *values, size_t count);

/* One piece of work: prepares it, which is not timed, and does it. */
struct bench_contender {
    void (*prepare)(void *context);
    void (*run)(void *context);
    void *context;
};

struct bench_result {
    double ns[BENCH_CONTENDERS];    /* of one piece, median          */
    double ratio[BENCH_CONTENDERS]; /* the first one's time by this one's */
};

void bench_compare(const struct bench_contender *contenders, size_t count,
    struct bench_result *out_result);

#endif
