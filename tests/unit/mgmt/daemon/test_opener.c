/* The opener as somebody without privilege, or gone wrong, would use it. */
#include <criterion/criterion.h>

#include "base/log.h"
#include "chassis/chassis.h"
#include "daemon/opener.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PATIENCE_MS = 10000 };

static const char text[] = "0/0 host netns=ermine-test-no-such\n"
                           "1/0 pcap out=x\n";
static const char no_such_port[] = "The chassis has no such port to be opened.";

static struct chassis *chassis;
static struct opener *opener;

static void
setup(void)
{
    size_t count;

    log_set_level(LOG_ERROR);
    cr_assert_eq(
        chassis_parse("c", text, strlen(text), NULL, &chassis, &count), OK);
    cr_assert_eq(opener_new(chassis, count, NULL, &opener), OK);
}

static void
teardown(void)
{
    opener_free(opener);
    free(chassis);
}

TestSuite(opener, .init = setup, .fini = teardown, .timeout = 30);

Test(opener, opens_nothing_but_real_ports_of_the_chassis)
{
    static const struct opener_place rows[] = {
        {0,     1    }, // a capture file
        {0,     2    }, // beyond the last port
        {0,     65535},
        {1,     0    }, // beyond the last router
        {65535, 65535},
    };
    struct opener_answer answer;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert(opener_ask(opener, rows[i]));
        cr_assert(opener_take(opener, PATIENCE_MS, &answer));
        cr_expect_not(answer.is_open);
        cr_expect_eq(answer.place.port, rows[i].port);
        cr_expect_str_eq(answer.sentence, no_such_port);
        cr_expect_eq(answer.port.fd_count, 0);
    }
}

Test(opener, says_why_a_port_cannot_be_opened)
{
    struct opener_answer answer;

    cr_assert(opener_ask(opener, (struct opener_place){0, 0}));
    cr_assert(opener_take(opener, PATIENCE_MS, &answer));
    cr_expect_not(answer.is_open);
    cr_expect_str_eq(answer.sentence,
        "There is no network namespace ermine-test-no-such: `ip netns add "
        "ermine-test-no-such` makes it.");
}

/* What does not have the form of a request names no port either. */
Test(opener, outlives_what_is_no_request)
{
    uint8_t bytes[600] = {0};
    static const size_t lengths[] = {1, 4, 8, 9, sizeof bytes};
    struct opener_answer answer;

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        cr_assert_eq(
            send(opener_fd(opener), bytes, lengths[i], 0), (ssize_t)lengths[i]);
        cr_assert(opener_take(opener, PATIENCE_MS, &answer), "%zu", lengths[i]);
        cr_expect_not(answer.is_open);
        cr_expect_str_eq(answer.sentence, no_such_port);
    }
}

Test(opener, that_has_ended_is_not_waited_for)
{
    struct opener_answer answer;

    log_set_level(LOG_ERROR);
    cr_assert_eq(shutdown(opener_fd(opener), SHUT_WR), 0);
    cr_expect_not(opener_take(opener, PATIENCE_MS, &answer));
    cr_expect_eq(opener_fd(opener), -1);
    cr_expect_not(opener_ask(opener, (struct opener_place){0, 0}));
    cr_expect_not(opener_take(opener, PATIENCE_MS, &answer));
}
