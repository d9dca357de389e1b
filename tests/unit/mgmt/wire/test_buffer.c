#include <criterion/criterion.h>

#include "wire/wire.h"

#include <string.h>

TestSuite(wire_buffer, .timeout = 10);

Test(wire_buffer, gives_back_what_was_put_in_while_it_moves)
{
    struct wire_buffer buffer;
    uint32_t in = 0;
    uint32_t out = 0;
    uint32_t number;
    size_t i;

    wire_buffer_init(&buffer);
    for (i = 0; i < 20000; i++) {
        wire_buffer_add(&buffer, &in, sizeof in);
        in++;
        /* three in, two out: it grows and moves */
        if (i % 3 == 0)
            continue;
        memcpy(&number, buffer.bytes + buffer.start, sizeof number);
        cr_assert_eq(number, out);
        wire_buffer_drop(&buffer, sizeof number);
        out++;
    }
    cr_expect_eq(wire_buffer_length(&buffer), (in - out) * sizeof in);
    wire_buffer_done(&buffer);
}

Test(wire_buffer, wipes_what_is_dropped)
{
    struct wire_buffer buffer;

    wire_buffer_init(&buffer);
    wire_buffer_add(&buffer, "secret, rest", 12);
    wire_buffer_drop(&buffer, 6);
    cr_expect_arr_eq(buffer.bytes, "\0\0\0\0\0\0", 6);
    cr_expect_arr_eq(buffer.bytes + buffer.start, ", rest", 6);
    wire_buffer_done(&buffer);
}

Test(wire_buffer, wipes_what_it_moved_away_from)
{
    struct wire_buffer buffer;
    size_t i;

    wire_buffer_init(&buffer);
    wire_buffer_add(&buffer, "x", 1);
    for (i = 1; i < 4096; i++)
        wire_buffer_add(&buffer, "s", 1);
    wire_buffer_drop(&buffer, 4000);
    (void)wire_buffer_reserve(&buffer, 100);
    cr_assert_eq(buffer.start, 0, "moved to the front");
    for (i = 96; i < buffer.room; i++)
        cr_assert_eq(buffer.bytes[i], 0, "byte %zu", i);
    wire_buffer_done(&buffer);
}

Test(wire_buffer, does_not_grow_while_as_much_goes_as_comes)
{
    struct wire_buffer buffer;
    static const char chunk[1000];
    size_t i;

    wire_buffer_init(&buffer);
    for (i = 0; i < 100000; i++) {
        wire_buffer_add(&buffer, chunk, sizeof chunk);
        if (i > 0)
            wire_buffer_drop(&buffer, sizeof chunk);
    }
    cr_expect_leq(buffer.room, 8192);
    wire_buffer_done(&buffer);
}
