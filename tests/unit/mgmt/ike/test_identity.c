/*
 * test_identity.c - ID payloads of both phases.
 */
#include "ike/engine.h"

#include "ike/numbers.h"
#include "ike/payloads.h"

#include <criterion/criterion.h>
#include <string.h>

static struct payload
over(const struct blob *blob)
{
    return (struct payload){PAYLOAD_ID, blob->bytes, blob->length};
}

Test(ike_identity, names_and_addresses_go_there_and_back)
{
    static const struct {
        struct ike_identity identity;
        uint8_t type;
    } rows[] = {
        {{.address = 0xcb007101},              ID_ADDRESS  },
        {{.name = "branch.example.test"},      ID_FQDN     },
        {{.name = "user@branch.example.test"}, ID_USER_FQDN},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct blob blob = {0};
        struct ike_identity read;
        struct payload payload;

        identity_build(&rows[i].identity, &blob);
        payload = over(&blob);
        cr_expect_eq(payload.body[0], rows[i].type);
        cr_assert(identity_read(&payload, &read));
        cr_expect(identity_is_same(&read, &rows[i].identity));
        blob_done(&blob);
    }
}

Test(ike_identity, what_is_no_identity_of_ours_is_refused)
{
    static const struct {
        uint8_t bytes[12];
        size_t length;
        const char *why;
    } rows[] = {
        {{1, 0, 0, 0, 1, 2, 3},       7, "a short address"         },
        {{1, 0, 0, 0, 1, 2, 3, 4, 5}, 9, "a long address"          },
        {{2, 0, 0, 0},                4, "a name without letters"  },
        {{2, 0, 0, 0, 'a', 0, 'b'},   7, "a zero within a name"    },
        {{2, 0, 0, 0, 'a', ' ', 'b'}, 7, "a blank within a name"   },
        {{2, 0, 0, 0, 'a', 0xff},     6, "a byte that is no letter"},
        {{9, 0, 0, 0, 0x30, 0},       6, "a distinguished name"    },
        {{2, 0},                      2, "less than its header"    },
        {{0},                         0, "nothing"                 },
    };
    uint8_t long_name[4 + IKE_NAME_SIZE] = {ID_FQDN};
    struct payload payload = {PAYLOAD_ID, long_name, sizeof long_name};
    struct ike_identity identity;
    char text[64];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct payload row = {PAYLOAD_ID, rows[i].bytes, rows[i].length};

        cr_expect_not(identity_read(&row, &identity), "%s", rows[i].why);
        identity_text(&row, text, sizeof text);
        cr_expect_gt(strlen(text), 0);
    }
    memset(long_name + 4, 'a', IKE_NAME_SIZE);
    cr_expect_not(identity_read(&payload, &identity), "81 letters");
    payload.length--;
    cr_expect(identity_read(&payload, &identity), "80 letters");
}

Test(ike_identity, selectors_are_written_as_what_they_are)
{
    static const struct {
        struct ike_selector selector;
        uint8_t type;
        const char *text;
    } rows[] = {
        {{.first = 0x0a000001, .last = 0x0a000001, .is_address = true},
         ID_ADDRESS,                                                               "10.0.0.1"        },
        {{.first = 0x0a000000, .last = 0x0a0000ff},                     ID_SUBNET, "10.0.0.0/24"     },
        {{.first = 0, .last = 0xffffffff},                              ID_SUBNET, "0.0.0.0/0"       },
        {{.first = 0x0a000001, .last = 0x0a000001},                     ID_SUBNET, "10.0.0.1/32"     },
        {{.first = 0x0a000001, .last = 0x0a000009},                     ID_RANGE,
         "10.0.0.1-10.0.0.9"                                                                         },
        {{.first = 0x0a000001,
             .last = 0x0a000001,
             .is_address = true,
             .protocol = 17,
             .port = 1701},
         ID_ADDRESS,                                                               "10.0.0.1 17/1701"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct blob blob = {0};
        struct ike_selector read;
        struct payload payload;
        char text[64];

        selector_build(&rows[i].selector, &blob);
        payload = over(&blob);
        cr_expect_eq(payload.body[0], rows[i].type);
        cr_assert_eq(selector_read(&payload, &read), OK);
        cr_expect(selector_is_same(&read, &rows[i].selector));
        selector_text(&read, text, sizeof text);
        cr_expect_str_eq(text, rows[i].text);
        blob_done(&blob);
    }
}

Test(ike_identity, selectors_that_are_none_are_refused)
{
    static const struct {
        uint8_t bytes[13];
        size_t length;
        const char *why;
    } rows[] = {
        {{4, 0, 0, 0, 10, 0, 0, 0, 255, 0, 255, 0},    12, "a mask with a hole"},
        {{7, 0, 0, 0, 10, 0, 0, 9, 10, 0, 0, 1},       12,
         "the last before the first"                                           },
        {{4, 0, 0, 0, 10, 0, 0, 0, 255, 255, 0},       11, "a short mask"      },
        {{4, 0, 0, 0, 10, 0, 0, 0, 255, 255, 0, 0, 0}, 13, "too long"          },
        {{5, 0, 0, 0, 1, 2, 3, 4},                     8,  "an IPv6 address"   },
        {{0},                                          0,  "nothing"           },
    };
    struct ike_selector selector;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct payload row = {PAYLOAD_ID, rows[i].bytes, rows[i].length};

        cr_expect_eq(
            selector_read(&row, &selector), ERR_MALFORMED, "%s", rows[i].why);
    }
}

Test(ike_identity, one_selector_may_hold_another)
{
    const struct ike_selector net = {.first = 100, .last = 200};
    const struct ike_selector part = {.first = 100, .last = 150};
    const struct ike_selector udp = {
        .first = 100, .last = 150, .protocol = 17, .port = 1701};

    cr_expect(selector_holds(&net, &net));
    cr_expect(selector_holds(&net, &part));
    cr_expect(selector_holds(&net, &udp));
    cr_expect_not(selector_holds(&part, &net));
    cr_expect_not(selector_holds(&udp, &part));
}
