/*
 * message.h - ISAKMP messages: a bounded reader and a builder; private to
 * this room.  RFC 2408, 3.
 *
 *    | cookie I 8 | cookie R 8 | next | version | exchange | flags |
 *    | message id 4 | length 4 | payload | payload | ... | padding |
 *    payload = | next 1 | reserved 1 | length 2 | body |
 */
#ifndef IKE_MESSAGE_H
#define IKE_MESSAGE_H

#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    COOKIE_SIZE = 8,
    HEADER_SIZE = 28,
    PAYLOAD_HEADER = 4,
    PAYLOADS_MAX = 48,
};

struct header {
    uint8_t cookies[2][COOKIE_SIZE]; /* initiator's, responder's */
    uint8_t next;
    uint8_t exchange;
    uint8_t flags;
    uint32_t message_id;
};

/* body is borrowed from the message's bytes. */
struct payload {
    uint8_t type;
    const uint8_t *body;
    size_t length;
};

struct message {
    struct header header;
    struct payload payloads[PAYLOADS_MAX];
    size_t count;
    const uint8_t *end; /* of the last payload: padding follows */
};

/* ERR_MALFORMED: too short, another major version, or a length that is not
 * that of the datagram. */
MUST_CHECK enum err header_read(
    const uint8_t *bytes, size_t length, struct header *out_header);

/* The chain that begins with a payload of type first.  ERR_MALFORMED: one
 * runs over the end, is shorter than its header, has a reserved bit, there
 * are more than PAYLOADS_MAX, or bytes are left (other than padding where
 * padded is set).  Sets payloads, count and end. */
MUST_CHECK enum err payloads_read(const uint8_t *bytes, size_t length,
    uint8_t first, bool padded, struct message *message);

/* The first payload of that type; NULL: none. */
const struct payload *message_find(const struct message *message, uint8_t type);

/* Writes one message: begin, then payloads, each put at once or between
 * payload_begin and payload_end; finish gives the length, 0: no room. */
struct builder {
    struct wr w;
    uint8_t *next;    /* where the type of the next payload goes */
    uint8_t *payload; /* that is open */
};

void build_begin(struct builder *b, uint8_t *bytes, size_t room,
    const struct header *header);
void build_payload_begin(struct builder *b, uint8_t type);
void build_payload_end(struct builder *b);
void build_payload(
    struct builder *b, uint8_t type, const void *body, size_t length);
size_t build_finish(struct builder *b);

#endif
