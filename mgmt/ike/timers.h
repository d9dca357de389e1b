/*
 * timers.h - what is due next; private to this room.
 *
 * A binary heap of (time, object).  An object that changes its mind is simply
 * added again: who takes an entry looks whether the object still wants it.
 */
#ifndef IKE_TIMERS_H
#define IKE_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum timer_kind { TIMER_SA, TIMER_TUNNEL };

struct timer {
    uint64_t due_us;
    enum timer_kind kind;
    uint32_t index;      /* slot of the SA, number of the tunnel */
    uint32_t generation; /* of it */
};

struct timers {
    struct timer *heap;
    size_t count;
    size_t room;
};

void timers_done(struct timers *timers);
void timers_add(struct timers *timers, struct timer timer);
/* UINT64_MAX: none. */
uint64_t timers_due(const struct timers *timers);
/* The earliest, if it is due. */
bool timers_take(struct timers *timers, uint64_t now_us, struct timer *out);

#endif
