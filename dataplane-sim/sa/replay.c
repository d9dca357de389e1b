/*
 * replay.c - anti-replay window of one inbound SA.
 *
 *        highest - bits + 1                highest
 *             |<------- the window ---------->|
 *    too old  |  seen before?  ask its bit    |  newer: always fresh
 *
 * The bit of a number is in word (number / 64) of a ring that is at least one
 * word larger than the window.  When the window moves on, only the words that
 * it newly reaches are cleared: nothing is shifted.
 */
#include "sa/replay.h"

#include "base/arena.h"

#include <assert.h>
#include <stdlib.h>

enum { WORD_BITS = 64 };

void
replay_init(struct replay *window, uint32_t bits)
{
    uint32_t words = 2;

    assert(bits >= REPLAY_BITS_MIN && bits <= REPLAY_BITS_MAX);
    while (words * WORD_BITS < bits + WORD_BITS)
        words *= 2;
    window->highest = 0;
    window->bits = bits;
    window->mask = words - 1;
    window->words = mem_alloc(words * sizeof *window->words);
}

void
replay_done(struct replay *window)
{
    free(window->words);
    window->words = NULL;
}

static uint64_t *
word_of(const struct replay *window, uint32_t seq)
{
    return &window->words[seq / WORD_BITS & window->mask];
}

static uint64_t
bit_of(uint32_t seq)
{
    return UINT64_C(1) << seq % WORD_BITS;
}

bool
replay_check(const struct replay *window, uint32_t seq)
{
    if (seq == 0)
        return false; /* senders start at 1 (RFC 2406, 3.3.3) */
    if (seq > window->highest)
        return true;
    if (window->highest - seq >= window->bits)
        return false;
    return (*word_of(window, seq) & bit_of(seq)) == 0;
}

/* The words after that of the highest, up to that of seq, hold numbers of a
 * turn of the ring ago. */
static void
clear_ahead(struct replay *window, uint32_t seq)
{
    uint32_t at = window->highest / WORD_BITS;
    uint32_t count = seq / WORD_BITS - at;

    if (count > window->mask + 1)
        count = window->mask + 1;
    for (uint32_t i = 1; i <= count; i++)
        window->words[(at + i) & window->mask] = 0;
}

void
replay_accept(struct replay *window, uint32_t seq)
{
    if (seq > window->highest) {
        clear_ahead(window, seq);
        window->highest = seq;
    }
    *word_of(window, seq) |= bit_of(seq);
}
