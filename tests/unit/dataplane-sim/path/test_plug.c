/* Ports that are put in, taken out and held down while the dp runs. */
#include "dp.h"

#include "tests/support/packet.h"
#include "tests/support/tap.h"
#include "tests/support/testbed.h"

#include <criterion/criterion.h>

enum { LAN = 0, WAN = 1 };

static struct testbed *bed;
static struct tap *lan;

static void
setup(void)
{
    bed = testbed_new();
    lan = tap_new();
    dp_attach_port(bed->dp, LAN, &lan->port);
    testbed_port(bed, LAN, 0, "10.1.0.1/24");
    testbed_port(bed, WAN, 0, "192.0.2.1/24");
    (void)testbed_poll(bed, 0);
}

static void
teardown(void)
{
    testbed_free(bed);
}

TestSuite(plug, .init = setup, .fini = teardown);

/* Carry out one command; what it has afterwards. */
static struct port *
attach(uint16_t index, struct port *port, enum err expected)
{
    struct dp_batch *batch = dp_batch_new();
    struct port *old;
    struct dp_event event;

    dp_batch_add(batch, DP_PORT_ATTACH)->plug =
        (struct dp_plug){.index = index, .port = port};
    cr_assert_eq(dp_submit(bed->dp, batch), OK);
    (void)dp_poll(bed->dp, 0);
    do
        cr_assert(dp_next_event(bed->dp, &event));
    while (event.kind != DP_EVENT_APPLIED);
    cr_assert_eq(event.batch, batch);
    cr_expect_eq(batch->commands[0].error, expected);
    old = batch->commands[0].plug.port;
    dp_batch_free(batch);
    return old;
}

static enum err
hold(uint16_t index, bool is_held)
{
    return testbed_apply(
        bed, &(struct dp_command){
                 .kind = DP_PORT_HOLD,
                 .plug = {.index = index, .is_held = is_held}
    });
}

static bool
is_up(uint32_t interface)
{
    return testbed_counters(bed, interface).up;
}

/* What a packet from the LAN to the WAN's network comes to. */
static void
send_across(void)
{
    struct ip4 ip = {
        .src = packet_address("10.1.0.9"), .dst = packet_address("192.0.2.9")};
    uint8_t bytes[TAP_PACKET];

    tap_put(lan, bytes, packet_udp(bytes, &ip, 100));
    (void)testbed_poll(bed, bed->now_us + 1);
}

Test(plug, a_port_is_put_in_and_carries_packets)
{
    struct tap *wan = tap_new();

    cr_expect_not(is_up(WAN));
    send_across();
    cr_expect_eq(testbed_drops(bed, DROP_INTERFACE_DOWN), 1);
    cr_expect_null(attach(WAN, &wan->port, OK));
    cr_expect(is_up(WAN));
    send_across();
    cr_expect_eq(wan->out_count, 1);
}

Test(plug, a_port_is_taken_out_and_is_its_makers_again)
{
    struct tap *wan = tap_new();
    struct tap *other = tap_new();

    (void)attach(WAN, &wan->port, OK);
    cr_expect_eq(attach(WAN, &other->port, OK), &wan->port);
    send_across();
    cr_expect_eq(wan->out_count, 0);
    cr_expect_eq(other->out_count, 1);
    cr_expect_eq(attach(WAN, NULL, OK), &other->port);
    cr_expect_not(is_up(WAN));
    send_across();
    cr_expect_eq(other->out_count, 1);
    port_free(&wan->port);
    port_free(&other->port);
}

Test(plug, a_port_that_is_held_is_down_until_it_is_let_go_or_replaced)
{
    struct tap *wan = tap_new();
    struct tap *other = tap_new();

    (void)attach(WAN, &wan->port, OK);
    cr_expect_eq(hold(WAN, true), OK);
    cr_expect_not(is_up(WAN));
    cr_expect_eq(hold(WAN, false), OK);
    cr_expect(is_up(WAN));
    cr_expect_eq(hold(WAN, true), OK);
    port_free(attach(WAN, &other->port, OK));
    cr_expect(is_up(WAN));
}

Test(plug, there_is_no_port_beyond_the_limit)
{
    struct tap *tap = tap_new();

    cr_expect_eq(attach(4, &tap->port, ERR_INVALID), &tap->port);
    cr_expect_eq(hold(4, true), ERR_INVALID);
    port_free(&tap->port);
}

Test(plug, a_port_whose_batch_was_not_taken_back_is_freed_with_the_dp)
{
    struct dp_batch *batch = dp_batch_new();

    dp_batch_add(batch, DP_PORT_ATTACH)->plug =
        (struct dp_plug){.index = LAN, .port = &tap_new()->port};
    cr_expect_eq(dp_submit(bed->dp, batch), OK);
    /* the dp is freed after this; ASan sees what it forgets */
}
