/*
 * replay.c - anti-replay window of one inbound SA.
 *
 *        highest - 63                      highest
 *             |<------- 64 bits ------------->|
 *    too old  |  in the window: ask the bit   |  newer: always fresh
 */
#include "sa/replay.h"

bool
replay_check(const struct replay *window, uint32_t seq)
{
    uint32_t age;

    if (seq == 0)
        return false; /* senders start at 1 (RFC 2406, 3.3.3) */
    if (seq > window->highest)
        return true;
    age = window->highest - seq;
    if (age >= REPLAY_WINDOW_BITS)
        return false;
    return (window->seen & (UINT64_C(1) << age)) == 0;
}

void
replay_accept(struct replay *window, uint32_t seq)
{
    uint32_t step;

    if (seq <= window->highest) {
        window->seen |= UINT64_C(1) << (window->highest - seq);
        return;
    }
    step = seq - window->highest;
    window->seen = step < REPLAY_WINDOW_BITS ? window->seen << step : 0;
    window->seen |= 1;
    window->highest = seq;
}
