/*
 * codec.c - frames as bytes, and bytes as frames.
 *
 * The reader believes nothing: a length above WIRE_FRAME_MAX, a verb or tag
 * that is not in the list, more items than the bytes can hold, a text with a
 * zero byte, bytes left over - each ends the connection.  It allocates in
 * proportion to bytes that have arrived, never to a number in them.
 */
#include "wire/wire.h"

#include "base/bytes.h"

#include <string.h>

enum { LENGTH_SIZE = 4, HEAD_SIZE = 1 + 4 + 2 };

enum tag { TAG_NONE, TAG_NUMBER, TAG_TEXT, TAG_CLEAR };

/* ---- writing ---- */

static size_t
item_size(const struct value *value)
{
    switch (value->kind) {
    case VALUE_NUMBER:
        return 1 + 8;
    case VALUE_TEXT:
    case VALUE_CLEAR:
        return 1 + 4 + (size_t)value->text->length;
    case VALUE_NONE:
        break;
    }
    return 1;
}

static void
put_item(struct wr *w, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NONE:
        wr_u8(w, TAG_NONE);
        break;
    case VALUE_NUMBER:
        wr_u8(w, TAG_NUMBER);
        wr_u64(w, value->number);
        break;
    case VALUE_TEXT:
    case VALUE_CLEAR:
        wr_u8(w, value->kind == VALUE_TEXT ? TAG_TEXT : TAG_CLEAR);
        wr_u32(w, value->text->length);
        wr_bytes(w, value->text->bytes, value->text->length);
        break;
    }
}

enum err
wire_encode(const struct wire_frame *frame, struct wire_buffer *buffer)
{
    size_t size = LENGTH_SIZE + HEAD_SIZE;
    struct wr w;
    uint16_t i;

    if (frame->count > WIRE_ITEMS_MAX)
        return ERR_EXHAUSTED;
    for (i = 0; i < frame->count; i++)
        size += item_size(&frame->items[i]);
    if (size > WIRE_FRAME_MAX)
        return ERR_EXHAUSTED;
    w = wr_over(wire_buffer_reserve(buffer, size), size);
    wr_u32(&w, (uint32_t)(size - LENGTH_SIZE));
    wr_u8(&w, (uint8_t)frame->verb);
    wr_u32(&w, frame->id);
    wr_u16(&w, frame->count);
    for (i = 0; i < frame->count; i++)
        put_item(&w, &frame->items[i]);
    wire_buffer_grow(buffer, wr_length(&w));
    return OK;
}

/* ---- reading ---- */

/* Not set where the reader has become bad. */
static struct value
take_text(struct rd *r, enum tag tag)
{
    uint32_t length = rd_u32(r);
    const uint8_t *bytes = rd_bytes(r, length);
    struct value value;

    if (!rd_ok(r))
        return value_none();
    if (length == 0)
        return tag == TAG_TEXT ? value_text("") : value_clear("");
    if (memchr(bytes, '\0', length) != NULL) {
        r->bad = true;
        return value_none();
    }
    value = value_text_n((const char *)bytes, length);
    if (tag == TAG_CLEAR)
        value.kind = VALUE_CLEAR;
    return value;
}

static struct value
take_item(struct rd *r)
{
    uint8_t tag = rd_u8(r);

    switch (tag) {
    case TAG_NONE:
        break;
    case TAG_NUMBER:
        return value_number(rd_u64(r));
    case TAG_TEXT:
        return take_text(r, TAG_TEXT);
    case TAG_CLEAR:
        return take_text(r, TAG_CLEAR);
    default:
        r->bad = true;
        break;
    }
    return value_none();
}

/* The bytes after the length field. */
static enum err
take_frame(struct rd *r, struct wire_frame *out_frame)
{
    struct wire_frame frame;
    uint8_t verb = rd_u8(r);
    uint32_t id = rd_u32(r);
    uint16_t count = rd_u16(r);
    uint16_t i;

    if (!rd_ok(r) || verb < WIRE_HELLO || verb > WIRE_ENROLL)
        return ERR_MALFORMED;
    /* An item takes a byte at least. */
    if (count > WIRE_ITEMS_MAX || count > rd_left(r))
        return ERR_MALFORMED;
    wire_frame_init(&frame, (enum wire_verb)verb, id);
    for (i = 0; i < count && rd_ok(r); i++)
        wire_add(&frame, take_item(r));
    if (!rd_ok(r) || rd_left(r) != 0) {
        wire_frame_done(&frame);
        return ERR_MALFORMED;
    }
    *out_frame = frame;
    return OK;
}

enum err
wire_decode(struct wire_buffer *buffer, struct wire_frame *out_frame,
    bool *out_complete)
{
    const uint8_t *bytes;
    size_t have = wire_buffer_length(buffer);
    size_t length;
    struct rd r;
    enum err error;

    *out_complete = false;
    if (have < LENGTH_SIZE)
        return OK;
    bytes = buffer->bytes + buffer->start;
    length = get_u32(bytes);
    if (length < HEAD_SIZE || length > WIRE_FRAME_MAX - LENGTH_SIZE)
        return ERR_MALFORMED;
    if (have - LENGTH_SIZE < length)
        return OK;
    r = rd_over(bytes + LENGTH_SIZE, length);
    error = take_frame(&r, out_frame);
    if (error != OK)
        return error;
    wire_buffer_drop(buffer, LENGTH_SIZE + length);
    *out_complete = true;
    return OK;
}
