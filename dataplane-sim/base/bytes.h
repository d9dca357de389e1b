/*
 * bytes.h - bounded readers and writers of bytes in network order.
 *
 * Sticky: after the first overrun every read gives zero (or NULL), every
 * write does nothing, and rd_ok()/wr_ok() say so once at the end.  Neither
 * owns the memory it works on.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rd {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

struct wr {
    uint8_t *start;
    uint8_t *at;
    uint8_t *end;
    bool bad;
};

struct rd rd_over(const void *bytes, size_t length);
bool rd_ok(const struct rd *r);
size_t rd_left(const struct rd *r);
uint8_t rd_u8(struct rd *r);
uint16_t rd_u16(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u64(struct rd *r);
/* Borrowed from the reader's memory; NULL after an overrun. */
const uint8_t *rd_bytes(struct rd *r, size_t length);
void rd_skip(struct rd *r, size_t length);

struct wr wr_over(void *bytes, size_t room);
bool wr_ok(const struct wr *w);
size_t wr_length(const struct wr *w); /* bytes written so far */
size_t wr_room(const struct wr *w);   /* bytes that still fit */
void wr_u8(struct wr *w, uint8_t v);
void wr_u16(struct wr *w, uint16_t v);
void wr_u32(struct wr *w, uint32_t v);
void wr_u64(struct wr *w, uint64_t v);
void wr_bytes(struct wr *w, const void *bytes, size_t length);

/* Unaligned access to fields in network order; a compiler makes one load or
 * store of each, and a packet needs some fifty. */
static inline uint16_t
get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t
get_u32(const uint8_t *at)
{
    return (uint32_t)get_u16(at) << 16 | get_u16(at + 2);
}

static inline void
put_u16(uint8_t *at, uint16_t v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

static inline void
put_u32(uint8_t *at, uint32_t v)
{
    put_u16(at, (uint16_t)(v >> 16));
    put_u16(at + 2, (uint16_t)v);
}

#endif
