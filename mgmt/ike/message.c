/*
 * message.c - ISAKMP messages, read and built.
 *
 * The reader's loop takes at least PAYLOAD_HEADER bytes in each round and at
 * most PAYLOADS_MAX rounds, so a chain that points at itself cannot exist.
 */
#include "ike/message.h"

#include "ike/numbers.h"

#include <string.h>

enum { VERSION_1_0 = 0x10, VERSION_MAJOR = 0xf0, LENGTH_AT = 24, NEXT_AT = 16 };

enum err
header_read(const uint8_t *bytes, size_t length, struct header *out_header)
{
    struct rd r = rd_over(bytes, length);
    struct header header;
    const uint8_t *cookies = rd_bytes(&r, sizeof header.cookies);
    uint8_t version;
    uint32_t whole;

    header.next = rd_u8(&r);
    version = rd_u8(&r);
    header.exchange = rd_u8(&r);
    header.flags = rd_u8(&r);
    header.message_id = rd_u32(&r);
    whole = rd_u32(&r);
    if (!rd_ok(&r) || cookies == NULL ||
        (version & VERSION_MAJOR) != VERSION_1_0 || whole != length)
        return ERR_MALFORMED;
    memcpy(header.cookies, cookies, sizeof header.cookies);
    *out_header = header;
    return OK;
}

enum err
payloads_read(const uint8_t *bytes, size_t length, uint8_t first, bool padded,
    struct message *message)
{
    struct rd r = rd_over(bytes, length);
    uint8_t type = first;

    message->count = 0;
    while (type != PAYLOAD_NONE) {
        struct payload *payload = &message->payloads[message->count];
        uint8_t next = rd_u8(&r);
        uint8_t reserved = rd_u8(&r);
        uint16_t whole = rd_u16(&r);

        if (!rd_ok(&r) || reserved != 0 || whole < PAYLOAD_HEADER ||
            message->count == PAYLOADS_MAX)
            return ERR_MALFORMED;
        payload->type = type;
        payload->length = (size_t)whole - PAYLOAD_HEADER;
        payload->body = rd_bytes(&r, payload->length);
        if (!rd_ok(&r))
            return ERR_MALFORMED;
        message->count++;
        type = next;
    }
    if (!padded && rd_left(&r) > 0)
        return ERR_MALFORMED;
    message->end = r.at;
    return OK;
}

const struct payload *
message_find(const struct message *message, uint8_t type)
{
    for (size_t i = 0; i < message->count; i++) {
        if (message->payloads[i].type == type)
            return &message->payloads[i];
    }
    return NULL;
}

void
build_begin(
    struct builder *b, uint8_t *bytes, size_t room, const struct header *header)
{
    b->w = wr_over(bytes, room);
    b->payload = NULL;
    wr_bytes(&b->w, header->cookies, sizeof header->cookies);
    b->next = bytes + NEXT_AT;
    wr_u8(&b->w, PAYLOAD_NONE);
    wr_u8(&b->w, VERSION_1_0);
    wr_u8(&b->w, header->exchange);
    wr_u8(&b->w, header->flags);
    wr_u32(&b->w, header->message_id);
    wr_u32(&b->w, 0);
}

void
build_payload_begin(struct builder *b, uint8_t type)
{
    if (wr_room(&b->w) < PAYLOAD_HEADER)
        b->w.bad = true;
    if (!wr_ok(&b->w))
        return;
    *b->next = type;
    b->next = b->w.at;
    b->payload = b->w.at;
    wr_u32(&b->w, 0);
}

void
build_payload_end(struct builder *b)
{
    if (!wr_ok(&b->w))
        return;
    put_u16(b->payload + 2, (uint16_t)(b->w.at - b->payload));
}

void
build_payload(struct builder *b, uint8_t type, const void *body, size_t length)
{
    build_payload_begin(b, type);
    wr_bytes(&b->w, body, length);
    build_payload_end(b);
}

size_t
build_finish(struct builder *b)
{
    if (!wr_ok(&b->w))
        return 0;
    put_u32(b->w.start + LENGTH_AT, (uint32_t)wr_length(&b->w));
    return wr_length(&b->w);
}
