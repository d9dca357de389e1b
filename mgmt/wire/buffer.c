/*
 * buffer.c - bytes on their way in or out.
 *
 *    bytes [ dropped | of use ......... | room ]
 *                    ^ start            ^ end
 *
 * Frames carry keys as they were typed, so memory that is let go is wiped
 * first; for the same reason the buffer grows by copying, never by realloc.
 */
#include "wire/wire.h"

#include "base/arena.h"
#include "base/secret.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4096 };

void
wire_buffer_init(struct wire_buffer *buffer)
{
    *buffer = (struct wire_buffer){0};
}

void
wire_buffer_done(struct wire_buffer *buffer)
{
    if (buffer->bytes != NULL)
        wipe(buffer->bytes, buffer->room);
    free(buffer->bytes);
    wire_buffer_init(buffer);
}

size_t
wire_buffer_length(const struct wire_buffer *buffer)
{
    return buffer->end - buffer->start;
}

/* Move what is of use to the front of the memory. */
static void
compact(struct wire_buffer *buffer)
{
    size_t length = wire_buffer_length(buffer);
    size_t old_end = buffer->end;

    memmove(buffer->bytes, buffer->bytes + buffer->start, length);
    wipe(buffer->bytes + length, old_end - length);
    buffer->start = 0;
    buffer->end = length;
}

static void
enlarge(struct wire_buffer *buffer, size_t room)
{
    struct wire_buffer larger = {.room = FIRST_ROOM};

    while (larger.room < room)
        larger.room *= 2;
    larger.bytes = mem_alloc(larger.room);
    larger.end = wire_buffer_length(buffer);
    if (buffer->bytes != NULL)
        memcpy(larger.bytes, buffer->bytes + buffer->start, larger.end);
    wire_buffer_done(buffer);
    *buffer = larger;
}

uint8_t *
wire_buffer_reserve(struct wire_buffer *buffer, size_t n)
{
    size_t length = wire_buffer_length(buffer);

    if (buffer->room - buffer->end >= n && buffer->bytes != NULL)
        return buffer->bytes + buffer->end;
    /* Only where it frees half of the memory: a move costs O(length). */
    if (buffer->bytes != NULL && length + n <= buffer->room / 2) {
        compact(buffer);
    } else {
        enlarge(buffer, length + n);
    }
    return buffer->bytes + buffer->end;
}

void
wire_buffer_grow(struct wire_buffer *buffer, size_t n)
{
    assert(n <= buffer->room - buffer->end);
    buffer->end += n;
}

void
wire_buffer_add(struct wire_buffer *buffer, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    memcpy(wire_buffer_reserve(buffer, n), bytes, n);
    wire_buffer_grow(buffer, n);
}

void
wire_buffer_shorten(struct wire_buffer *buffer, size_t length)
{
    size_t more = wire_buffer_length(buffer) - length;

    assert(length <= wire_buffer_length(buffer));
    if (more == 0)
        return;
    buffer->end -= more;
    wipe(buffer->bytes + buffer->end, more);
}

void
wire_buffer_drop(struct wire_buffer *buffer, size_t n)
{
    assert(n <= wire_buffer_length(buffer));
    if (n == 0)
        return;
    wipe(buffer->bytes + buffer->start, n);
    buffer->start += n;
    if (buffer->start == buffer->end) {
        buffer->start = 0;
        buffer->end = 0;
    }
}
