/*
 * test_message.c - ISAKMP messages: what is built is read, what is wrong is
 * not.
 */
#include "ike/message.h"

#include "ike/numbers.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ROOM = 4096 };

static size_t
build(uint8_t *out, const uint8_t *types, size_t count)
{
    struct header header = {.exchange = EXCHANGE_QUICK,
        .flags = FLAG_ENCRYPTED,
        .message_id = 0x01020304};
    struct builder b;

    memset(header.cookies, 0x11, sizeof header.cookies);
    build_begin(&b, out, ROOM, &header);
    for (size_t i = 0; i < count; i++)
        build_payload(&b, types[i], "body", i % 5);
    return build_finish(&b);
}

Test(ike_message, what_is_built_is_read)
{
    const uint8_t types[] = {PAYLOAD_HASH, PAYLOAD_SA, PAYLOAD_ID, PAYLOAD_ID};
    uint8_t bytes[ROOM];
    size_t length = build(bytes, types, 4);
    struct header header;
    struct message message;

    cr_assert_eq(header_read(bytes, length, &header), OK);
    cr_expect_eq(header.exchange, EXCHANGE_QUICK);
    cr_expect_eq(header.message_id, 0x01020304);
    cr_assert_eq(payloads_read(bytes + HEADER_SIZE, length - HEADER_SIZE,
                     header.next, false, &message),
        OK);
    cr_assert_eq(message.count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(message.payloads[i].type, types[i]);
        cr_expect_eq(message.payloads[i].length, i);
    }
    cr_expect_eq(message_find(&message, PAYLOAD_ID), &message.payloads[2]);
    cr_expect_null(message_find(&message, PAYLOAD_KE));
    cr_expect_eq(message.end, bytes + length);
}

Test(ike_message, a_header_must_fit_its_datagram)
{
    const uint8_t types[] = {PAYLOAD_SA};
    uint8_t bytes[ROOM];
    size_t length = build(bytes, types, 1);
    struct header header;

    for (size_t cut = 0; cut < length; cut++)
        cr_expect_eq(header_read(bytes, cut, &header), ERR_MALFORMED);
    cr_expect_eq(header_read(bytes, length + 1, &header), ERR_MALFORMED);
    bytes[17] = 0x11; /* a minor version is none of our business */
    cr_expect_eq(header_read(bytes, length, &header), OK);
    bytes[17] = 0x20;
    cr_expect_eq(header_read(bytes, length, &header), ERR_MALFORMED);
}

Test(ike_message, padding_is_for_encrypted_messages)
{
    uint8_t bytes[] = {0, 0, 0, 6, 1, 2, 0, 0};
    struct message message;

    cr_expect_eq(payloads_read(bytes, 8, PAYLOAD_HASH, true, &message), OK);
    cr_expect_eq(message.end, bytes + 6);
    cr_expect_eq(
        payloads_read(bytes, 8, PAYLOAD_HASH, false, &message), ERR_MALFORMED);
    cr_expect_eq(payloads_read(bytes, 0, PAYLOAD_NONE, false, &message), OK);
    cr_expect_eq(message.count, 0);
}

Test(ike_message, chains_are_bounded)
{
    uint8_t bytes[4 * (PAYLOADS_MAX + 1)] = {0};
    struct message message;

    for (size_t i = 0; i <= PAYLOADS_MAX; i++) {
        bytes[4 * i] = PAYLOAD_VENDOR;
        bytes[4 * i + 3] = 4;
    }
    bytes[4 * (PAYLOADS_MAX - 1)] = PAYLOAD_NONE;
    cr_expect_eq(payloads_read(bytes, 4 * (size_t)PAYLOADS_MAX, PAYLOAD_VENDOR,
                     false, &message),
        OK);
    cr_expect_eq(message.count, PAYLOADS_MAX);
    bytes[4 * (PAYLOADS_MAX - 1)] = PAYLOAD_VENDOR;
    bytes[4 * PAYLOADS_MAX] = PAYLOAD_NONE;
    cr_expect_eq(
        payloads_read(bytes, sizeof bytes, PAYLOAD_VENDOR, false, &message),
        ERR_MALFORMED);
}

Test(ike_message, a_builder_without_room_says_so_at_the_end)
{
    struct header header = {0};
    uint8_t bytes[HEADER_SIZE + 6];
    struct builder b;

    build_begin(&b, bytes, sizeof bytes, &header);
    build_payload(&b, PAYLOAD_SA, "12", 2);
    cr_expect_eq(build_finish(&b), sizeof bytes);
    build_begin(&b, bytes, sizeof bytes, &header);
    build_payload(&b, PAYLOAD_SA, "123", 3);
    build_payload(&b, PAYLOAD_SA, "", 0);
    cr_expect_eq(build_finish(&b), 0);
}
