/*
 * test_commands.c - batches, answers to commands, events.
 */
#include "dp.h"

#include "tests/support/packet.h"
#include "tests/support/tap.h"
#include "tests/support/testbed.h"

#include <criterion/criterion.h>
#include <poll.h>

static struct dp_batch *
batch_of(size_t count)
{
    struct dp_batch *batch = dp_batch_new();
    size_t i;

    for (i = 0; i < count; i++)
        dp_batch_add(batch, DP_VR_ADD)->vr = 1;
    return batch;
}

static bool
is_readable(int fd)
{
    struct pollfd waiting = {.fd = fd, .events = POLLIN};

    return poll(&waiting, 1, 0) == 1;
}

static enum err
set(struct testbed *router, struct dp_interface interface)
{
    return testbed_apply(router,
        &(struct dp_command){.kind = DP_INTERFACE_SET, .interface = interface});
}

Test(commands, a_batch_comes_back_when_all_of_it_is_done)
{
    struct testbed *router = testbed_new();
    struct dp_batch *batch = batch_of(5000);
    struct dp_event event;
    unsigned polls = 0;

    batch->number = 7;
    cr_assert_eq(dp_submit(router->dp, batch), OK);
    while (dp_poll(router->dp, 10) == 10) {
        cr_expect_lt(batch->applied, 5000);
        cr_expect_not(dp_next_event(router->dp, &event));
        cr_assert_lt(++polls, 100, "there is always more to do");
    }
    cr_assert(dp_next_event(router->dp, &event));
    cr_expect_gt(polls, 5, "one poll does bounded work");
    cr_expect_eq(event.kind, DP_EVENT_APPLIED);
    cr_expect_eq(event.batch, batch);
    cr_expect_eq(batch->applied, 5000);
    cr_expect_eq(batch->refused, 0);
    cr_expect_eq(dp_poll(router->dp, 11), UINT64_MAX);
    dp_batch_free(batch);
    testbed_free(router);
}

Test(commands, sixty_four_batches_may_be_under_way)
{
    struct testbed *router = testbed_new();
    struct dp_batch *batch = batch_of(1);
    struct dp_event event;
    int i;

    for (i = 0; i < 64; i++)
        cr_assert_eq(dp_submit(router->dp, batch_of(1)), OK);
    cr_expect_eq(dp_submit(router->dp, batch), ERR_EXHAUSTED);
    (void)dp_poll(router->dp, 0);
    cr_expect_eq(dp_submit(router->dp, batch), ERR_EXHAUSTED,
        "they count until they are taken back");
    cr_assert(dp_next_event(router->dp, &event));
    dp_batch_free(event.batch);
    cr_expect_eq(dp_submit(router->dp, batch), OK);
    testbed_free(router); /* has the others and frees them */
}

Test(commands, the_event_descriptor_is_readable_while_events_wait)
{
    struct testbed *router = testbed_new();
    struct dp_event event;

    cr_expect_not(is_readable(dp_event_fd(router->dp)));
    cr_assert_eq(dp_submit(router->dp, batch_of(1)), OK);
    (void)dp_poll(router->dp, 0);
    cr_expect(is_readable(dp_event_fd(router->dp)));
    cr_assert(dp_next_event(router->dp, &event));
    dp_batch_free(event.batch);
    cr_expect_not(dp_next_event(router->dp, &event));
    cr_expect_not(is_readable(dp_event_fd(router->dp)));
    testbed_free(router);
}

Test(commands, handles_beyond_the_limits_are_refused)
{
    struct testbed *router = testbed_new();
    struct dp_interface interface;
    struct dp_command command = {.kind = DP_VR_ADD, .vr = 4};

    cr_expect_eq(testbed_apply(router, &command), ERR_INVALID);
    command.kind = DP_VR_REMOVE;
    cr_expect_eq(testbed_apply(router, &command), ERR_INVALID);
    interface =
        testbed_describe(TESTBED_INTERFACES, 0, DP_INTERFACE_LOOPBACK, NULL);
    cr_expect_eq(set(router, interface), ERR_INVALID, "interface");
    interface = testbed_describe(1, 4, DP_INTERFACE_LOOPBACK, NULL);
    cr_expect_eq(set(router, interface), ERR_INVALID, "virtual router");
    interface = testbed_describe(1, 0, DP_INTERFACE_PORT, NULL);
    interface.port = 4;
    cr_expect_eq(set(router, interface), ERR_INVALID, "port");
    interface = testbed_describe(1, 0, DP_INTERFACE_TUNNEL, NULL);
    interface.tunnel.transport_vr = 4;
    cr_expect_eq(set(router, interface), ERR_INVALID, "transport VR");
    command.kind = DP_INTERFACE_REMOVE;
    command.interface_index = TESTBED_INTERFACES;
    cr_expect_eq(testbed_apply(router, &command), ERR_INVALID);
    command.interface_index = 1;
    cr_expect_eq(testbed_apply(router, &command), ERR_NOT_FOUND);
    command.kind = (enum dp_command_kind)99;
    cr_expect_eq(testbed_apply(router, &command), ERR_INVALID);
    testbed_free(router);
}

Test(commands, a_refused_command_is_marked_and_the_others_hold)
{
    struct testbed *router = testbed_new();
    struct dp_batch *batch = dp_batch_new();
    struct dp_event event;

    dp_batch_add(batch, DP_VR_ADD)->vr = 9;
    dp_batch_add(batch, DP_INTERFACE_SET)->interface =
        testbed_describe(3, 0, DP_INTERFACE_LOOPBACK, "192.0.2.1/32");
    cr_assert_eq(dp_submit(router->dp, batch), OK);
    (void)dp_poll(router->dp, 0);
    cr_assert(dp_next_event(router->dp, &event));
    cr_expect_eq(batch->refused, 1);
    cr_expect_eq(batch->commands[0].error, ERR_INVALID);
    cr_expect_eq(batch->commands[1].error, OK);
    cr_expect(testbed_counters(router, 3).up);
    dp_batch_free(batch);
    testbed_free(router);
}

Test(commands, one_port_serves_one_interface)
{
    struct testbed *router = testbed_new();
    struct dp_interface second;

    dp_attach_port(router->dp, 1, &tap_new()->port);
    testbed_port(router, 1, 0, "10.1.0.1/24");
    second = testbed_describe(2, 0, DP_INTERFACE_PORT, "10.2.0.1/24");
    second.port = 1;
    cr_expect_eq(set(router, second), ERR_INVALID);
    cr_assert_eq(
        testbed_apply(router, &(struct dp_command){.kind = DP_INTERFACE_REMOVE,
                                  .interface_index = 1}),
        OK);
    cr_expect_eq(set(router, second), OK);
    cr_expect(testbed_counters(router, 2).up);
    cr_expect_not(testbed_counters(router, 1).up);
    testbed_free(router);
}

Test(commands, a_bad_change_of_an_interface_leaves_it_as_it_was)
{
    struct testbed *router = testbed_new();
    struct dp_interface interface;
    struct dp_event event;

    testbed_loopback(router, 3, 0, "192.0.2.1/32");
    interface = testbed_describe(3, 0, DP_INTERFACE_LOOPBACK, "192.0.2.9/32");
    interface.mask = 0xff00ff00;
    cr_expect_eq(set(router, interface), ERR_INVALID);
    testbed_ping(router, 0, NULL, "192.0.2.1", 1, 8);
    cr_expect(testbed_event(router, DP_EVENT_ECHO_REPLY, &event));
    testbed_free(router);
}

Test(commands, replacing_an_interface_keeps_its_counters_removing_does_not)
{
    struct testbed *router = testbed_new();
    struct tap *tap = tap_new();
    uint8_t packet[100];
    struct ip4 ip = {
        .src = packet_address("10.1.0.2"), .dst = packet_address("10.1.0.1")};

    dp_attach_port(router->dp, 1, &tap->port);
    testbed_port(router, 1, 0, "10.1.0.1/24");
    tap_put(tap, packet, packet_udp(packet, &ip, 10));
    (void)testbed_poll(router, 1);
    cr_expect_eq(testbed_counters(router, 1).in_packets, 1);
    cr_expect_eq(testbed_counters(router, 1).in_octets, 38);
    testbed_port(router, 1, 0, "10.1.0.3/24");
    cr_expect_eq(testbed_counters(router, 1).in_packets, 1);
    cr_assert_eq(
        testbed_apply(router, &(struct dp_command){.kind = DP_INTERFACE_REMOVE,
                                  .interface_index = 1}),
        OK);
    testbed_port(router, 1, 0, "10.1.0.3/24");
    cr_expect_eq(testbed_counters(router, 1).in_packets, 0);
    testbed_free(router);
}

Test(commands, says_when_an_interface_goes_up_or_down)
{
    struct testbed *router = testbed_new();
    struct tap *tap = tap_new();
    struct dp_interface interface;
    struct dp_event event;

    dp_attach_port(router->dp, 1, &tap->port);
    testbed_port(router, 1, 0, "10.1.0.1/24");
    cr_assert(testbed_event(router, DP_EVENT_INTERFACE, &event));
    cr_expect_eq(event.interface, 1);
    cr_expect(event.up);
    tap->is_up = false; /* somebody pulls the cable */
    (void)testbed_poll(router, 1);
    cr_assert(testbed_event(router, DP_EVENT_INTERFACE, &event));
    cr_expect_not(event.up);
    tap->is_up = true;
    (void)testbed_poll(router, 2);
    cr_assert(testbed_event(router, DP_EVENT_INTERFACE, &event));
    cr_expect(event.up);

    interface = testbed_describe(1, 0, DP_INTERFACE_PORT, "10.1.0.1/24");
    interface.port = 1;
    interface.enabled = false;
    testbed_set(router, &interface);
    cr_assert(testbed_event(router, DP_EVENT_INTERFACE, &event));
    cr_expect_not(event.up);
    cr_expect_not(testbed_event(router, DP_EVENT_INTERFACE, &event));
    testbed_free(router);
}

Test(commands, does_not_say_that_a_removed_interface_went_down)
{
    struct testbed *router = testbed_new();
    struct dp_event event;

    testbed_loopback(router, 3, 0, "192.0.2.1/32");
    cr_assert(testbed_event(router, DP_EVENT_INTERFACE, &event));
    cr_assert_eq(
        testbed_apply(router, &(struct dp_command){.kind = DP_INTERFACE_REMOVE,
                                  .interface_index = 3}),
        OK);
    cr_expect_not(testbed_event(router, DP_EVENT_INTERFACE, &event));
    testbed_free(router);
}

/* Pings to ourselves fill the event ring; M does not listen. */
static void
deafen(struct testbed *router)
{
    struct dp_batch *batch = dp_batch_new();
    int i;

    for (i = 0; i < 1500; i++) {
        dp_batch_add(batch, DP_PING)->ping = (struct dp_ping){
            .destination = packet_address("192.0.2.1"),
            .sequence = (uint16_t)i,
        };
    }
    cr_assert_eq(dp_submit(router->dp, batch), OK);
    for (i = 0; i < 5; i++)
        (void)dp_poll(router->dp, 5);
}

Test(commands, an_interface_is_told_of_even_if_the_events_were_full)
{
    struct testbed *router = testbed_new();
    struct tap *tap = tap_new();
    struct dp_event event;

    dp_attach_port(router->dp, 1, &tap->port);
    testbed_port(router, 1, 0, "10.1.0.1/24");
    testbed_loopback(router, 3, 0, "192.0.2.1/32");
    cr_assert(testbed_event(router, DP_EVENT_INTERFACE, &event));
    deafen(router);
    tap->is_up = false;
    cr_expect_eq(dp_poll(router->dp, 6), 10006, "it tries again later");
    while (dp_next_event(router->dp, &event)) {
        if (event.kind == DP_EVENT_APPLIED)
            dp_batch_free(event.batch);
        else
            cr_expect_neq(event.kind, DP_EVENT_INTERFACE);
    }
    (void)dp_poll(router->dp, 7);
    cr_assert(dp_next_event(router->dp, &event));
    cr_expect_eq(event.kind, DP_EVENT_INTERFACE);
    cr_expect_eq(event.interface, 1);
    cr_expect_not(event.up);
    testbed_free(router);
}

Test(commands, sas_go_into_tunnels_and_come_back)
{
    struct testbed *router = testbed_new();
    struct dp_interface tunnel;
    struct crypto *crypto;
    struct dp_command command = {.kind = DP_SA_ADD};
    struct sa *in;
    struct sa *out;

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    tunnel = testbed_tunnel(5, 0, "10.9.0.1/30", "192.0.2.1", "192.0.2.2");
    testbed_set(router, &tunnel);
    cr_expect_not(testbed_counters(router, 5).up, "no SA yet");
    in = testbed_sa(
        router, crypto, &tunnel, TRANSFORM_ESP_3DES, SA_INBOUND, 0x1000);
    cr_expect_not(testbed_counters(router, 5).up, "no outbound SA yet");
    out = testbed_sa(
        router, crypto, &tunnel, TRANSFORM_ESP_3DES, SA_OUTBOUND, 0x2000);
    cr_expect(testbed_counters(router, 5).up);

    command.sa = in;
    cr_expect_eq(testbed_apply(router, &command), ERR_EXISTS);
    testbed_sa_remove(router, out);
    cr_expect_not(testbed_counters(router, 5).up);
    command.kind = DP_SA_REMOVE;
    cr_expect_eq(testbed_apply(router, &command), OK);
    cr_expect_eq(testbed_apply(router, &command), ERR_NOT_FOUND);
    sa_free(in);
    testbed_free(router);
    crypto_close(crypto);
}

Test(commands, an_sa_of_no_tunnel_is_refused)
{
    struct testbed *router = testbed_new();
    struct crypto *crypto;
    struct sa_params params = {
        .transform = TRANSFORM_AH_HMAC_MD5,
        .spi = 1000,
        .tunnel = TESTBED_INTERFACES,
        .authentication_key = {.length = 16},
    };
    struct dp_command command = {.kind = DP_SA_ADD};

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    cr_assert_eq(sa_new(crypto, &params, &command.sa), OK);
    cr_expect_eq(testbed_apply(router, &command), ERR_INVALID);
    command.kind = DP_SA_REMOVE;
    cr_expect_eq(testbed_apply(router, &command), ERR_INVALID);
    sa_free(command.sa);
    testbed_free(router);
    crypto_close(crypto);
}

Test(commands, a_ping_without_a_way_is_reported_at_once)
{
    struct testbed *router = testbed_new();
    struct dp_event event;

    testbed_ping(router, 0, NULL, "203.0.113.1", 3, 56);
    cr_assert(testbed_event(router, DP_EVENT_PING_DROP, &event));
    cr_expect_eq(event.drop, DROP_NO_ROUTE);
    cr_expect_eq(event.ping_id, 7);
    cr_expect_eq(event.ping_sequence, 3);
    testbed_free(router);
}
