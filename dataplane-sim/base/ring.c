/*
 * ring.c - bounded queue from one thread to one other.
 *
 *        taken           added
 *          |               |
 *     . . [x][x][x][x][x] . . .        added - taken elements wait
 *
 * Both indices only count up and wrap with size_t; the slot is the index
 * modulo the count, which is a power of two.  The consumer alone writes
 * `taken`, the producer alone `added`, each with release order after it is
 * done with the slot; the other side reads it with acquire order before it
 * touches the slot.
 */
#include "base/ring.h"

#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_LINE = 64 };

/* Heap; one owner; the indices on lines of their own. */
struct ring {
    alignas(CACHE_LINE) atomic_size_t added;
    alignas(CACHE_LINE) atomic_size_t taken;
    alignas(CACHE_LINE) size_t element_size;
    size_t count;
    unsigned char *slots;
};

struct ring *
ring_new(size_t element_size, size_t count)
{
    struct ring *ring;
    size_t rounded = 1;

    assert(element_size != 0);
    assert(count <= SIZE_MAX / 4 / element_size);
    while (rounded < count)
        rounded *= 2;
    ring = aligned_alloc(CACHE_LINE, sizeof(*ring));
    if (ring == NULL)
        abort();
    atomic_init(&ring->added, 0);
    atomic_init(&ring->taken, 0);
    ring->element_size = element_size;
    ring->count = rounded;
    ring->slots = mem_alloc(rounded * element_size);
    return ring;
}

void
ring_free(struct ring *ring)
{
    if (ring == NULL)
        return;
    free(ring->slots);
    free(ring);
}

static unsigned char *
slot_of(const struct ring *ring, size_t index)
{
    return ring->slots + (index & (ring->count - 1)) * ring->element_size;
}

size_t
ring_room(const struct ring *ring)
{
    size_t added = atomic_load_explicit(&ring->added, memory_order_relaxed);
    size_t taken = atomic_load_explicit(&ring->taken, memory_order_acquire);

    return ring->count - (added - taken);
}

bool
ring_put(struct ring *ring, const void *element)
{
    size_t added = atomic_load_explicit(&ring->added, memory_order_relaxed);

    if (ring_room(ring) == 0)
        return false;
    memcpy(slot_of(ring, added), element, ring->element_size);
    atomic_store_explicit(&ring->added, added + 1, memory_order_release);
    return true;
}

bool
ring_get(struct ring *ring, void *out_element)
{
    size_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);

    if (taken == atomic_load_explicit(&ring->added, memory_order_acquire))
        return false;
    memcpy(out_element, slot_of(ring, taken), ring->element_size);
    atomic_store_explicit(&ring->taken, taken + 1, memory_order_release);
    return true;
}
