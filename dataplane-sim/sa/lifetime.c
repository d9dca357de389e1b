/*
 * lifetime.c - when SAs are to be replaced, and when they end.
 *
 *    made ------------- soft ------------ hard
 *          in use       in use: M makes   not used any more
 *                       a successor
 *
 * By time, by traffic, and outbound by sequence numbers; what comes first
 * counts.  SAs with a limit in time are in a heap by what is due next, so that
 * a poll looks at those that are due and at no others, idle ones included.
 * SAs that came to a limit are in a list until M was told.
 */
#include "sa/sa.h"

#include "base/arena.h"
#include "sa/state.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { OCTETS_PER_KILOBYTE = 1024, US_PER_S = 1000000 };

struct sa_lives {
    struct sa **heap; /* borrowed; the first is due first */
    uint32_t count;
    uint32_t capacity;
    struct sa *first; /* of those to be told */
    struct sa *last;
};

struct sa_lives *
sa_lives_new(uint32_t capacity)
{
    struct sa_lives *lives = mem_alloc(sizeof *lives);

    lives->heap = mem_alloc(sizeof(struct sa *) * ((size_t)capacity + 1));
    lives->capacity = capacity;
    return lives;
}

void
sa_lives_free(struct sa_lives *lives)
{
    if (lives == NULL)
        return;
    free(lives->heap);
    free(lives);
}

/* ---- the heap ---- */

static void
place(struct sa_lives *lives, uint32_t at, struct sa *sa)
{
    lives->heap[at] = sa;
    sa->life.place = at + 1;
}

static void
move_up(struct sa_lives *lives, uint32_t at)
{
    struct sa *sa = lives->heap[at];

    while (
        at != 0 && lives->heap[(at - 1) / 2]->life.due_us > sa->life.due_us) {
        place(lives, at, lives->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(lives, at, sa);
}

static void
move_down(struct sa_lives *lives, uint32_t at)
{
    struct sa *sa = lives->heap[at];
    uint32_t child;

    for (; (child = 2 * at + 1) < lives->count; at = child) {
        if (child + 1 < lives->count && lives->heap[child + 1]->life.due_us <
                                            lives->heap[child]->life.due_us)
            child++;
        if (lives->heap[child]->life.due_us >= sa->life.due_us)
            break;
        place(lives, at, lives->heap[child]);
    }
    place(lives, at, sa);
}

static void
heap_remove(struct sa_lives *lives, struct sa *sa)
{
    uint32_t at = sa->life.place - 1;
    struct sa *end;

    if (sa->life.place == 0)
        return;
    sa->life.place = 0;
    end = lives->heap[--lives->count];
    if (end == sa)
        return;
    place(lives, at, end);
    move_down(lives, at);
    move_up(lives, end->life.place - 1);
}

/* The next of its limits in time, if one is left. */
static void
heap_add(struct sa_lives *lives, struct sa *sa)
{
    uint32_t seconds = sa_life(sa) == SA_FRESH && sa->limits.soft_s != 0
                           ? sa->limits.soft_s
                           : sa->limits.hard_s;

    if (sa_life(sa) == SA_EXPIRED || seconds == 0)
        return;
    sa->life.due_us = sa_added_us(sa) + (uint64_t)seconds * US_PER_S;
    place(lives, lives->count++, sa);
    move_up(lives, lives->count - 1);
}

/* ---- coming to a limit ---- */

static void
list_add(struct sa_lives *lives, struct sa *sa)
{
    if (sa->life.is_listed)
        return;
    sa->life.is_listed = true;
    sa->life.next = NULL;
    sa->life.previous = lives->last;
    if (lives->last == NULL) {
        lives->first = sa;
    } else {
        lives->last->life.next = sa;
    }
    lives->last = sa;
}

static void
list_remove(struct sa_lives *lives, struct sa *sa)
{
    if (!sa->life.is_listed)
        return;
    sa->life.is_listed = false;
    if (sa->life.previous == NULL) {
        lives->first = sa->life.next;
    } else {
        sa->life.previous->life.next = sa->life.next;
    }
    if (sa->life.next == NULL) {
        lives->last = sa->life.previous;
    } else {
        sa->life.next->life.previous = sa->life.previous;
    }
}

static void
reach(struct sa_lives *lives, struct sa *sa, enum sa_life life)
{
    if (life <= sa_life(sa))
        return;
    atomic_store_explicit(&sa->life.now, life, memory_order_relaxed);
    heap_remove(lives, sa);
    heap_add(lives, sa);
    list_add(lives, sa);
}

static bool
is_over(uint64_t octets, uint32_t kilobytes)
{
    return kilobytes != 0 &&
           octets >= (uint64_t)kilobytes * OCTETS_PER_KILOBYTE;
}

void
sa_lives_look(struct sa_lives *lives, struct sa *sa)
{
    const uint64_t octets = sa_octets(sa);
    const bool sends = sa->direction == SA_OUTBOUND;
    const uint32_t sequence = sends ? sa_sequence(sa) : 0;

    if (is_over(octets, sa->limits.hard_kb) || sequence == UINT32_MAX) {
        reach(lives, sa, SA_EXPIRED);
    } else if (is_over(octets, sa->limits.soft_kb) ||
               sequence >= UINT32_MAX - SA_SEQUENCES_LEFT) {
        reach(lives, sa, SA_AGEING);
    }
}

bool
sa_lives_pass(struct sa_lives *lives, uint64_t now_us, size_t most)
{
    struct sa *sa;

    for (; lives->count != 0 && lives->heap[0]->life.due_us <= now_us; most--) {
        if (most == 0)
            return false;
        sa = lives->heap[0];
        reach(lives, sa,
            sa_life(sa) == SA_FRESH && sa->limits.soft_s != 0 ? SA_AGEING
                                                              : SA_EXPIRED);
    }
    return true;
}

uint64_t
sa_lives_due(const struct sa_lives *lives)
{
    return lives->count == 0 ? UINT64_MAX : lives->heap[0]->life.due_us;
}

/* ---- coming and going ---- */

uint64_t
sa_added_us(const struct sa *sa)
{
    return atomic_load_explicit(&sa->life.added_us, memory_order_relaxed);
}

enum err
sa_lives_add(struct sa_lives *lives, struct sa *sa, uint64_t now_us)
{
    if (lives->count == lives->capacity &&
        (sa->limits.soft_s != 0 || sa->limits.hard_s != 0))
        return ERR_EXHAUSTED;
    atomic_store_explicit(&sa->life.added_us, now_us, memory_order_relaxed);
    heap_add(lives, sa);
    return OK;
}

void
sa_lives_remove(struct sa_lives *lives, struct sa *sa)
{
    heap_remove(lives, sa);
    list_remove(lives, sa);
}

/* ---- telling ---- */

const struct sa *
sa_lives_first(const struct sa_lives *lives, enum sa_life *out_life)
{
    const struct sa *sa = lives->first;

    if (sa != NULL)
        *out_life = sa->life.told == SA_FRESH ? SA_AGEING : SA_EXPIRED;
    return sa;
}

void
sa_lives_told(struct sa_lives *lives)
{
    struct sa *sa = lives->first;

    assert(sa != NULL);
    sa->life.told = sa->life.told == SA_FRESH ? SA_AGEING : SA_EXPIRED;
    if (sa->life.told == sa_life(sa))
        list_remove(lives, sa);
}
