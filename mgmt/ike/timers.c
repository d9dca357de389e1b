/*
 * timers.c - the heap of what is due.
 */
#include "ike/timers.h"

#include "base/arena.h"

#include <stdlib.h>

void
timers_done(struct timers *timers)
{
    free(timers->heap);
    *timers = (struct timers){0};
}

static void
swap(struct timer *a, struct timer *b)
{
    struct timer kept = *a;

    *a = *b;
    *b = kept;
}

void
timers_add(struct timers *timers, struct timer timer)
{
    size_t at = timers->count;

    if (timers->count == timers->room) {
        timers->room = timers->room > 0 ? 2 * timers->room : 16;
        timers->heap =
            mem_resize(timers->heap, timers->room * sizeof timers->heap[0]);
    }
    timers->heap[timers->count++] = timer;
    while (
        at > 0 && timers->heap[at].due_us < timers->heap[(at - 1) / 2].due_us) {
        swap(&timers->heap[at], &timers->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

uint64_t
timers_due(const struct timers *timers)
{
    return timers->count > 0 ? timers->heap[0].due_us : UINT64_MAX;
}

static void
sink(struct timers *timers)
{
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child + 1 < timers->count &&
            timers->heap[child + 1].due_us < timers->heap[child].due_us)
            child++;
        if (child >= timers->count ||
            timers->heap[at].due_us <= timers->heap[child].due_us)
            return;
        swap(&timers->heap[at], &timers->heap[child]);
        at = child;
    }
}

bool
timers_take(struct timers *timers, uint64_t now_us, struct timer *out)
{
    if (timers_due(timers) > now_us)
        return false;
    *out = timers->heap[0];
    timers->heap[0] = timers->heap[--timers->count];
    sink(timers);
    return true;
}
