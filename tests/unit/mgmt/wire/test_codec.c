#include <criterion/criterion.h>

#include "base/str.h"
#include "wire/wire.h"

#include <string.h>

TestSuite(codec, .timeout = 20);

static void
fill(struct wire_frame *frame)
{
    wire_frame_init(frame, WIRE_SET, 0x01020304);
    wire_add_number(frame, UINT64_C(0x1122334455667788));
    wire_add_text(frame, "ipsec:siteB");
    wire_add(frame, value_none());
    wire_add(frame, value_clear("00112233"));
    wire_add_text(frame, "");
}

Test(codec, decodes_what_it_encoded)
{
    struct wire_buffer buffer;
    struct wire_frame frame;
    struct wire_frame again;
    bool complete;

    wire_buffer_init(&buffer);
    fill(&frame);
    cr_assert_eq(wire_encode(&frame, &buffer), OK);
    cr_assert_eq(wire_decode(&buffer, &again, &complete), OK);
    cr_assert(complete);
    cr_expect_eq(again.verb, WIRE_SET);
    cr_expect_eq(again.id, 0x01020304);
    cr_assert_eq(again.count, 5);
    cr_expect_eq(wire_number(&again, 0), UINT64_C(0x1122334455667788));
    cr_expect_str_eq(wire_text(&again, 1), "ipsec:siteB");
    cr_expect_eq(wire_at(&again, 2)->kind, VALUE_NONE);
    cr_expect_eq(wire_at(&again, 3)->kind, VALUE_CLEAR);
    cr_expect_str_eq(wire_at(&again, 3)->text->bytes, "00112233");
    cr_expect_eq(wire_at(&again, 4)->kind, VALUE_TEXT);
    cr_expect_eq(wire_buffer_length(&buffer), 0);
    wire_frame_done(&frame);
    wire_frame_done(&again);
    wire_buffer_done(&buffer);
}

Test(codec, waits_for_every_byte_of_a_frame)
{
    struct wire_buffer whole;
    struct wire_buffer part;
    struct wire_frame frame;
    size_t length;
    bool complete;

    wire_buffer_init(&whole);
    fill(&frame);
    cr_assert_eq(wire_encode(&frame, &whole), OK);
    wire_frame_done(&frame);
    for (length = 0; length < wire_buffer_length(&whole); length++) {
        wire_buffer_init(&part);
        wire_buffer_add(&part, whole.bytes, length);
        cr_expect_eq(wire_decode(&part, &frame, &complete), OK);
        cr_expect_not(complete, "%zu bytes", length);
        wire_buffer_done(&part);
    }
    wire_buffer_done(&whole);
}

Test(codec, reads_what_is_not_there_as_nothing)
{
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_SHOW, 1);
    wire_add_text(&frame, "x");
    cr_expect_eq(wire_number(&frame, 0), 0, "a text is no number");
    cr_expect_eq(wire_number(&frame, 9), 0);
    cr_expect_str_eq(wire_text(&frame, 9), "");
    cr_expect_eq(wire_at(&frame, 9)->kind, VALUE_NONE);
    wire_frame_done(&frame);
}

Test(codec, refuses_hostile_bytes)
{
    static const struct {
        const char *hex;
        const char *why;
    } rows[] = {
        {"00000000",                           "no room for a head"               },
        {"00000006010000000100",               "no room for a count"              },
        {"ffffffff",                           "four gigabytes"                   },
        {"00040000",                           "one byte beyond the largest frame"},
        {"0000000700000000010000",             "verb 0"                           },
        {"00000007ff000000010000",             "verb 255"                         },
        {"0000000703000000010001",             "an item that is missing"          },
        {"000000070300000001ffff",             "65535 items"                      },
        {"000000080300000001000000",           "a byte left over"                 },
        {"000000080300000001000104",           "tag 4"                            },
        {"00000009030000000100010100",         "a short number"                   },
        {"0000000c030000000100010200000001",   "a text longer than the frame"     },
        {"0000000c0300000001000102ffffffff",   "a text of four gigabytes"         },
        {"0000000d03000000010001020000000100", "a zero byte in a text"            },
    };
    struct wire_buffer buffer;
    struct wire_frame frame;
    uint8_t bytes[32];
    size_t length;
    bool complete;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wire_buffer_init(&buffer);
        cr_assert_eq(hex_decode(rows[i].hex, bytes, sizeof bytes, &length), OK);
        wire_buffer_add(&buffer, bytes, length);
        cr_expect_eq(wire_decode(&buffer, &frame, &complete), ERR_MALFORMED,
            "%s", rows[i].why);
        wire_buffer_done(&buffer);
    }
}

Test(codec, refuses_more_items_than_a_frame_may_have)
{
    struct wire_buffer buffer;
    struct wire_frame frame;
    size_t i;

    wire_buffer_init(&buffer);
    wire_frame_init(&frame, WIRE_ROW, 1);
    for (i = 0; i <= WIRE_ITEMS_MAX; i++)
        wire_add(&frame, value_none());
    cr_expect_eq(wire_encode(&frame, &buffer), ERR_EXHAUSTED);
    cr_expect_eq(wire_buffer_length(&buffer), 0);
    wire_frame_done(&frame);
    wire_buffer_done(&buffer);
}

Test(codec, refuses_a_frame_that_is_too_long)
{
    static char text[WIRE_FRAME_MAX];
    struct wire_buffer buffer;
    struct wire_frame frame;

    memset(text, 'x', sizeof text - 1);
    wire_buffer_init(&buffer);
    wire_frame_init(&frame, WIRE_ROW, 1);
    wire_add_text(&frame, text);
    cr_expect_eq(wire_encode(&frame, &buffer), ERR_EXHAUSTED);
    text[WIRE_FRAME_MAX - 4 - 7 - 5] = '\0';
    wire_frame_done(&frame);
    wire_frame_init(&frame, WIRE_ROW, 1);
    wire_add_text(&frame, text);
    cr_expect_eq(wire_encode(&frame, &buffer), OK, "the longest");
    cr_expect_eq(wire_buffer_length(&buffer), WIRE_FRAME_MAX);
    wire_frame_done(&frame);
    wire_buffer_done(&buffer);
}

Test(codec, takes_many_frames_off_one_buffer)
{
    struct wire_buffer buffer;
    struct wire_frame frame;
    uint32_t id;
    bool complete;

    wire_buffer_init(&buffer);
    for (id = 0; id < 5000; id++) {
        wire_frame_init(&frame, WIRE_REPLY, id);
        wire_add_number(&frame, 0);
        wire_add_number(&frame, 0);
        cr_assert_eq(wire_encode(&frame, &buffer), OK);
        wire_frame_done(&frame);
    }
    for (id = 0; id < 5000; id++) {
        cr_assert_eq(wire_decode(&buffer, &frame, &complete), OK);
        cr_assert(complete);
        cr_assert_eq(frame.id, id);
        wire_frame_done(&frame);
    }
    cr_expect_eq(wire_buffer_length(&buffer), 0);
    wire_buffer_done(&buffer);
}
