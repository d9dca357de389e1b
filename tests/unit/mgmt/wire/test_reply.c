#include <criterion/criterion.h>

#include "base/diag.h"
#include "wire/client.h"

TestSuite(reply, .timeout = 10);

Test(reply, has_values_and_then_problems)
{
    struct wire_frame reply;
    struct diag diag;

    diag_init(&diag);
    wire_frame_init(&reply, WIRE_REPLY, 1);
    wire_add_number(&reply, ERR_INVALID);
    wire_add_number(&reply, 1);
    wire_add_number(&reply, 7);
    wire_add_number(&reply, DIAG_WARNING);
    wire_add_text(&reply, "tunnel t");
    wire_add_text(&reply, "tunnel mtu");
    wire_add_text(&reply, "100% too large.");
    cr_expect_eq(wire_reply_err(&reply), ERR_INVALID);
    cr_expect_eq(wire_reply_values(&reply), 1);
    cr_expect_eq(wire_reply_value(&reply, 0)->number, 7);
    cr_expect_eq(wire_reply_value(&reply, 1)->kind, VALUE_NONE);
    wire_reply_diag(&reply, &diag);
    cr_assert_eq(diag.count, 1);
    cr_expect_eq(diag.entries[0].severity, DIAG_WARNING);
    cr_expect_str_eq(diag.entries[0].path, "tunnel t");
    cr_expect_str_eq(diag.entries[0].setting, "tunnel mtu");
    cr_expect_str_eq(diag.entries[0].sentence, "100% too large.");
    diag_done(&diag);
    wire_frame_done(&reply);
}

Test(reply, reads_lies_as_nothing)
{
    static const struct {
        uint64_t error;
        uint64_t count;
        size_t items;
        enum err expected;
        size_t values;
        const char *why;
    } rows[] = {
        {0,  0,          2, OK,            0, "an empty success"            },
        {99, 0,          2, ERR_MALFORMED, 0, "an error that we do not know"},
        {0,  5,          2, OK,            0, "values that are not there"   },
        {0,  5,          4, OK,            2, "some of them"                },
        {0,  UINT64_MAX, 3, OK,            1, "a count that would overflow" },
        {0,  0,          5, OK,            0, "a problem cut short"         },
    };
    struct wire_frame reply;
    struct diag diag;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        diag_init(&diag);
        wire_frame_init(&reply, WIRE_REPLY, 1);
        wire_add_number(&reply, rows[i].error);
        wire_add_number(&reply, rows[i].count);
        while (reply.count < rows[i].items)
            wire_add_number(&reply, 1);
        cr_expect_eq(
            wire_reply_err(&reply), rows[i].expected, "%s", rows[i].why);
        cr_expect_eq(
            wire_reply_values(&reply), rows[i].values, "%s", rows[i].why);
        wire_reply_diag(&reply, &diag);
        cr_expect_eq(diag.count, 0, "%s", rows[i].why);
        diag_done(&diag);
        wire_frame_done(&reply);
    }
}
