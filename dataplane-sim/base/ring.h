/*
 * ring.h - bounded queue from one thread to one other.
 *
 * Single producer, single consumer, no lock: two indices with acquire and
 * release order.  Elements have a fixed size and are copied in and out.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring;

/* count is rounded up to a power of two. */
struct ring *ring_new(size_t element_size, size_t count);
void ring_free(struct ring *ring); /* NULL is allowed */

bool ring_put(struct ring *ring, const void *element); /* false: full  */
bool ring_get(struct ring *ring, void *out_element);   /* false: empty */
/* How many puts cannot fail now.  Producer's side only. */
size_t ring_room(const struct ring *ring);

#endif
