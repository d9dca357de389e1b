/*
 * The life of a host port: the opener is real and has no namespace to open,
 * answers that bring descriptors are made here, of sockets that need no
 * privilege.
 */
#include <criterion/criterion.h>

#include "base/log.h"
#include "base/str.h"
#include "chassis/chassis.h"
#include "config/config.h"
#include "daemon/opener.h"
#include "daemon/ports.h"
#include "dp.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PATIENCE_MS = 10000, SECOND = 1000000 };

static const char text[] = "0/0 sim wire=w\n"
                           "0/1 sim wire=w\n"
                           "1/0 host netns=ermine-test-no-such\n";

enum { HOST = 2 }; /* its place in the chassis */

static const struct dp_limits limits = {
    .packets = 8,
    .vrs = 1,
    .ports = 4,
    .interfaces = 1,
    .routes = 1,
    .sas = 1,
    .policies = 1,
    .policy_groups = 1,
};

static struct chassis *chassis;
static struct opener *opener;
static struct dp *dp;
static struct ports *ports;
static struct config *running;

static void
setup(void)
{
    size_t count;

    log_set_level(LOG_ERROR);
    cr_assert_eq(
        chassis_parse("c", text, strlen(text), NULL, &chassis, &count), OK);
    cr_assert_eq(opener_new(chassis, count, NULL, &opener), OK);
    running = config_new();
    dp = dp_new(&limits);
    ports = ports_new(&(struct ports_params){opener, 0, chassis, dp});
}

static void
teardown(void)
{
    ports_free(ports);
    config_unref(running);
    dp_free(dp);
    opener_free(opener);
    free(chassis);
}

TestSuite(ports, .init = setup, .fini = teardown, .timeout = 60);

/* Let the opener refuse what was asked. */
static void
refuse(uint64_t now_us)
{
    struct opener_answer answer;

    cr_assert(opener_take(opener, PATIENCE_MS, &answer));
    cr_assert_not(answer.is_open);
    ports_answer(ports, &answer, now_us);
}

static void
answer_open(uint64_t now_us)
{
    struct opener_answer answer = {
        .place = {0, HOST},
          .is_open = true, .port.mtu = 1500
    };

    for (uint32_t i = 0; i < REAL_PORT_FDS; i++) {
        answer.port.fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        cr_assert_geq(answer.port.fds[i], 0);
    }
    answer.port.fd_count = REAL_PORT_FDS;
    ports_answer(ports, &answer, now_us);
}

/* Let D work.  Batches that came back. */
static size_t
let_work(void)
{
    struct dp_event event;
    size_t count = 0;

    (void)dp_poll(dp, 0);
    while (dp_next_event(dp, &event)) {
        cr_assert_eq(event.kind, DP_EVENT_APPLIED);
        cr_expect_eq(event.batch->refused, 0);
        cr_expect(ports_take_back(ports, event.batch));
        count++;
    }
    return count;
}

/* What D waits for: commands, and a port that is read. */
static bool
has_port(void)
{
    struct dp_batch *batch = dp_batch_new();
    struct dp_event event;
    bool has;

    dp_batch_add(batch, DP_PORT_ATTACH)->plug.index = HOST;
    cr_assert_eq(dp_submit(dp, batch), OK);
    (void)dp_poll(dp, 0);
    cr_assert(dp_next_event(dp, &event));
    cr_expect_not(ports_take_back(ports, event.batch), "it is not theirs");
    has = batch->commands[0].plug.port != NULL;
    if (has) { /* put it back */
        struct dp_batch *again = dp_batch_new();

        dp_batch_add(again, DP_PORT_ATTACH)->plug = batch->commands[0].plug;
        cr_assert_eq(dp_submit(dp, again), OK);
        (void)dp_poll(dp, 0);
        cr_assert(dp_next_event(dp, &event));
        dp_batch_free(again);
    }
    dp_batch_free(batch);
    return has;
}

Test(ports, are_asked_for_again_each_time_a_second_later_up_to_five)
{
    uint64_t now = 7 * SECOND;
    static const unsigned waits[] = {1, 2, 3, 4, 5, 5, 5};

    cr_expect_eq(ports_tick(ports, running, now), 1);
    cr_expect_eq(ports_tick(ports, running, now + SECOND), 1,
        "the answer is awaited, however long it takes");
    refuse(now);
    cr_expect_str_eq(ports_why(ports, HOST),
        "There is no network namespace ermine-test-no-such: `ip netns add "
        "ermine-test-no-such` makes it.");
    cr_expect_str_eq(ports_why(ports, 0), "", "a wire");
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        now += (uint64_t)waits[i] * SECOND;
        cr_expect_eq(ports_tick(ports, running, now - 1), 0, "%zu", i);
        cr_expect_eq(ports_tick(ports, running, now), 1, "%zu", i);
        refuse(now);
    }
}

Test(ports, go_to_the_dataplane_when_they_are_open)
{
    cr_expect_eq(ports_tick(ports, running, 0), 1);
    answer_open(0);
    cr_expect_str_eq(ports_why(ports, HOST), "");
    cr_expect_eq(let_work(), 1);
    cr_expect(has_port());
}

Test(ports, that_are_gone_are_taken_out_and_asked_for_again)
{
    cr_expect_eq(ports_tick(ports, running, 0), 1);
    answer_open(0);
    (void)let_work();
    /* the namespace of the chassis file is not there */
    cr_expect_eq(ports_tick(ports, running, SECOND), 0);
    cr_expect_str_eq(ports_why(ports, HOST),
        "The network namespace ermine-test-no-such was deleted.");
    cr_expect_eq(ports_tick(ports, running, SECOND), 0,
        "not before the dataplane has let go of it");
    cr_expect_eq(let_work(), 1);
    cr_expect_not(has_port());
    cr_expect_eq(ports_tick(ports, running, SECOND), 1);
    refuse(SECOND);
}

Test(ports, that_nobody_asked_for_are_closed_again)
{
    answer_open(0); /* ASan's leak checker does not see descriptors */
    cr_expect_eq(let_work(), 0);
    cr_expect_not(has_port());
}

Test(ports, say_that_the_opener_has_ended)
{
    struct opener_answer answer;

    cr_assert_eq(shutdown(opener_fd(opener), SHUT_WR), 0);
    cr_expect_not(opener_take(opener, PATIENCE_MS, &answer));
    cr_expect_eq(ports_tick(ports, running, 0), 0);
    cr_expect_str_eq(ports_why(ports, HOST),
        "The opener of ermined has ended: start ermined again.");
}

Test(ports, whose_batch_is_under_way_are_freed_with_the_dataplane)
{
    cr_expect_eq(ports_tick(ports, running, 0), 1);
    answer_open(0);
    cr_expect_str_eq(ports_why(ports, HOST), "");
}
