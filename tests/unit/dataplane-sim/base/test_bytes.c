#include "base/bytes.h"

#include <criterion/criterion.h>
#include <string.h>

static const uint8_t counted[] = {
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

Test(bytes, reads_every_width_in_network_order)
{
    struct rd r = rd_over(counted, sizeof(counted));

    cr_expect_eq(rd_u8(&r), 0x01);
    cr_expect_eq(rd_u16(&r), 0x0203);
    cr_expect_eq(rd_u32(&r), 0x04050607);
    cr_expect_eq(rd_u64(&r), UINT64_C(0x08090a0b0c0d0e0f));
    cr_expect_eq(rd_left(&r), 1);
    cr_expect(rd_ok(&r));
}

Test(bytes, reads_what_it_wrote)
{
    uint8_t room[32];
    struct wr w = wr_over(room, sizeof(room));
    struct rd r;

    wr_u8(&w, 0xfe);
    wr_u16(&w, 0xfedc);
    wr_u32(&w, 0xfedcba98);
    wr_u64(&w, UINT64_C(0xfedcba9876543210));
    wr_bytes(&w, "abc", 3);
    cr_assert(wr_ok(&w));
    cr_assert_eq(wr_length(&w), 18);
    cr_assert_eq(wr_room(&w), 14);

    r = rd_over(room, wr_length(&w));
    cr_expect_eq(rd_u8(&r), 0xfe);
    cr_expect_eq(rd_u16(&r), 0xfedc);
    cr_expect_eq(rd_u32(&r), 0xfedcba98);
    cr_expect_eq(rd_u64(&r), UINT64_C(0xfedcba9876543210));
    cr_expect_arr_eq(rd_bytes(&r, 3), "abc", 3);
    cr_expect(rd_ok(&r));
    cr_expect_eq(rd_left(&r), 0);
}

Test(bytes, gives_zero_after_the_first_overrun_and_stays_bad)
{
    for (size_t length = 0; length < 8; length++) {
        struct rd r = rd_over(counted, length);

        cr_expect_eq(rd_u64(&r), 0, "length %zu", length);
        cr_expect_not(rd_ok(&r));
        cr_expect_eq(rd_left(&r), 0, "a loop over the rest must end");
        cr_expect_eq(rd_u8(&r), 0);
        cr_expect_null(rd_bytes(&r, 0), "even nothing is refused now");
    }
}

Test(bytes, lends_bytes_from_the_memory_it_reads)
{
    struct rd r = rd_over(counted, sizeof(counted));

    rd_skip(&r, 4);
    cr_expect_eq(rd_bytes(&r, 12), counted + 4);
    cr_expect(rd_ok(&r));
    cr_expect_null(rd_bytes(&r, 1));
    cr_expect_not(rd_ok(&r));
}

Test(bytes, is_not_fooled_by_a_length_that_wraps)
{
    struct rd r = rd_over(counted, sizeof(counted));

    cr_expect_null(rd_bytes(&r, SIZE_MAX));
    cr_expect_not(rd_ok(&r));
    r = rd_over(counted, sizeof(counted));
    rd_skip(&r, SIZE_MAX - 1);
    cr_expect_not(rd_ok(&r));
}

Test(bytes, reads_nothing_from_null)
{
    struct rd r = rd_over(NULL, 0);

    (void)rd_bytes(&r, 0);
    cr_expect(rd_ok(&r));
    cr_expect_eq(rd_u8(&r), 0);
    cr_expect_not(rd_ok(&r));
}

Test(bytes, writes_nothing_after_the_first_overrun)
{
    uint8_t room[4] = {9, 9, 9, 9};
    struct wr w = wr_over(room, 3);

    wr_u16(&w, 0x0102);
    wr_u16(&w, 0x0304);
    wr_u8(&w, 5);
    cr_expect_not(wr_ok(&w));
    cr_expect_eq(wr_length(&w), 2);
    cr_expect_eq(wr_room(&w), 0);
    cr_expect_arr_eq(room, ((const uint8_t[]){1, 2, 9, 9}), 4);
}

Test(bytes, fills_its_room_to_the_last_byte)
{
    uint8_t room[5] = {0, 0, 0, 0, 9};
    struct wr w = wr_over(room, 4);

    wr_u32(&w, 0x01020304);
    wr_bytes(&w, NULL, 0);
    cr_expect(wr_ok(&w));
    cr_expect_eq(wr_room(&w), 0);
    cr_expect_arr_eq(room, ((const uint8_t[]){1, 2, 3, 4, 9}), 5);
}

Test(bytes, gets_and_puts_fields_at_odd_addresses)
{
    uint8_t room[7] = {0};

    put_u16(room + 1, 0x8001);
    put_u32(room + 3, 0x80000001);
    cr_expect_eq(get_u16(room + 1), 0x8001);
    cr_expect_eq(get_u32(room + 3), 0x80000001);
    cr_expect_arr_eq(room, ((const uint8_t[]){0, 0x80, 1, 0x80, 0, 0, 1}), 7);
}
