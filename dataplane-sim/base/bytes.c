/*
 * bytes.c - bounded readers and writers of bytes in network order.
 *
 * Everything goes through take() and grow(): they are the only places that
 * compare with the end, and the only ones that move.
 */
#include "base/bytes.h"

#include <string.h>

struct rd
rd_over(const void *bytes, size_t length)
{
    struct rd r = {.at = bytes, .end = bytes};

    if (length != 0) /* NULL and nothing is a legal reader */
        r.end += length;
    return r;
}

bool
rd_ok(const struct rd *r)
{
    return !r->bad;
}

size_t
rd_left(const struct rd *r)
{
    return (size_t)(r->end - r->at);
}

/* The next length bytes, or NULL and a reader that stays bad. */
static const uint8_t *
take(struct rd *r, size_t length)
{
    const uint8_t *taken = r->at;

    if (r->bad || length > rd_left(r)) {
        r->bad = true;
        r->at = r->end; /* a loop over what is left ends here */
        return NULL;
    }
    if (length != 0)
        r->at += length;
    return taken;
}

uint8_t
rd_u8(struct rd *r)
{
    const uint8_t *at = take(r, 1);

    return at == NULL ? 0 : at[0];
}

uint16_t
rd_u16(struct rd *r)
{
    const uint8_t *at = take(r, 2);

    return at == NULL ? 0 : get_u16(at);
}

uint32_t
rd_u32(struct rd *r)
{
    const uint8_t *at = take(r, 4);

    return at == NULL ? 0 : get_u32(at);
}

uint64_t
rd_u64(struct rd *r)
{
    const uint8_t *at = take(r, 8);

    return at == NULL ? 0 : (uint64_t)get_u32(at) << 32 | get_u32(at + 4);
}

const uint8_t *
rd_bytes(struct rd *r, size_t length)
{
    return take(r, length);
}

void
rd_skip(struct rd *r, size_t length)
{
    (void)take(r, length);
}

struct wr
wr_over(void *bytes, size_t room)
{
    struct wr w = {.start = bytes, .at = bytes, .end = bytes};

    if (room != 0)
        w.end += room;
    return w;
}

bool
wr_ok(const struct wr *w)
{
    return !w->bad;
}

size_t
wr_length(const struct wr *w)
{
    return (size_t)(w->at - w->start);
}

size_t
wr_room(const struct wr *w)
{
    return w->bad ? 0 : (size_t)(w->end - w->at);
}

/* Room for length more bytes, or NULL and a writer that stays bad. */
static uint8_t *
grow(struct wr *w, size_t length)
{
    uint8_t *grown = w->at;

    if (w->bad || length > wr_room(w)) {
        w->bad = true;
        return NULL;
    }
    if (length != 0)
        w->at += length;
    return grown;
}

void
wr_u8(struct wr *w, uint8_t v)
{
    uint8_t *at = grow(w, 1);

    if (at != NULL)
        at[0] = v;
}

void
wr_u16(struct wr *w, uint16_t v)
{
    uint8_t *at = grow(w, 2);

    if (at != NULL)
        put_u16(at, v);
}

void
wr_u32(struct wr *w, uint32_t v)
{
    uint8_t *at = grow(w, 4);

    if (at != NULL)
        put_u32(at, v);
}

void
wr_u64(struct wr *w, uint64_t v)
{
    uint8_t *at = grow(w, 8);

    if (at == NULL)
        return;
    put_u32(at, (uint32_t)(v >> 32));
    put_u32(at + 4, (uint32_t)v);
}

void
wr_bytes(struct wr *w, const void *bytes, size_t length)
{
    uint8_t *at = grow(w, length);

    if (at != NULL && length != 0)
        memcpy(at, bytes, length);
}
