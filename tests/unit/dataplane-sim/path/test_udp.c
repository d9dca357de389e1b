/*
 * test_udp.c - IKE's datagrams, to and from thread M.
 *
 *     near 192.0.2.1 --1-- 192.0.2.2 far
 *
 * Both ports are taps: the test carries packets between the routers.
 */
#include "dp.h"

#include "base/bytes.h"
#include "tests/support/packet.h"
#include "tests/support/tap.h"
#include "tests/support/testbed.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { WAN = 1, BEFORE = 28 };

struct end {
    struct testbed *router;
    struct tap *wan;
};

static struct end near;
static struct end far;

static struct end
end_new(const char *address)
{
    const struct dp_command punt = {.kind = DP_PUNT, .is_punt = true};
    struct end end = {testbed_new(), tap_new()};

    dp_attach_port(end.router->dp, WAN, &end.wan->port);
    testbed_port(end.router, WAN, 0, address);
    cr_assert_eq(testbed_apply(end.router, &punt), OK);
    return end;
}

static void
set_up(void)
{
    near = end_new("192.0.2.1/24");
    far = end_new("192.0.2.2/24");
}

static void
tear_down(void)
{
    testbed_free(near.router);
    testbed_free(far.router);
}

TestSuite(udp, .init = set_up, .fini = tear_down);

/* From near to far, between these ports. */
static struct dp_datagram
to_far(uint16_t port, const void *bytes, uint32_t length)
{
    struct dp_datagram datagram = {
        .source = packet_address("192.0.2.1"),
        .destination = packet_address("192.0.2.2"),
        .source_port = port,
        .destination_port = port,
        .has_marker = port == DP_UDP_NAT,
        .length = length,
    };

    memcpy(datagram.bytes, bytes, length < DP_DATAGRAM_MAX ? length : 0);
    return datagram;
}

static enum err
send_datagram(const struct dp_datagram *datagram)
{
    struct dp_command command = {.kind = DP_SEND};

    command.datagram = malloc(sizeof(*datagram));
    cr_assert_not_null(command.datagram);
    *command.datagram = *datagram;
    return testbed_apply(near.router, &command);
}

/* What near has sent arrives, and waits for M. */
static void
arrive(void)
{
    for (size_t i = 0; i < near.wan->out_count; i++)
        tap_put(far.wan, near.wan->out[i].bytes, near.wan->out[i].length);
    tap_clear(near.wan);
    (void)dp_poll(far.router->dp, 1);
}

/* How many of them far's M gets. */
static size_t
deliver(void)
{
    struct dp_event event;
    size_t count = 0;

    arrive();
    (void)testbed_poll(far.router, 1);
    while (testbed_event(far.router, DP_EVENT_DATAGRAM, &event))
        count++;
    return count;
}

Test(udp, a_datagram_goes_from_m_to_m)
{
    static const uint16_t ports[] = {DP_UDP_IKE, DP_UDP_NAT};

    for (size_t i = 0; i < 2; i++) {
        struct dp_datagram sent = to_far(ports[i], "hello, ike", 10);
        const struct dp_datagram *got = &far.router->datagram;

        sent.tos = 0xb8;
        sent.ttl = 200;
        cr_assert_eq(send_datagram(&sent), OK);
        cr_assert_eq(deliver(), 1);
        cr_expect_eq(got->vr, 0);
        cr_expect_eq(got->source, sent.source);
        cr_expect_eq(got->destination, sent.destination);
        cr_expect_eq(got->source_port, ports[i]);
        cr_expect_eq(got->destination_port, ports[i]);
        cr_expect_eq(got->has_marker, sent.has_marker);
        cr_expect_eq(got->tos, 0xb8);
        cr_expect_eq(got->ttl, 200);
        cr_expect_eq(got->length, 10);
        cr_expect_arr_eq(got->bytes, "hello, ike", 10);
    }
}

Test(udp, the_marker_is_four_bytes_on_the_wire_that_m_does_not_see)
{
    const struct dp_datagram sent = to_far(DP_UDP_NAT, "ike", 3);
    const struct tap_packet *wire = &near.wan->out[0];
    struct ip4 ip;

    cr_assert_eq(send_datagram(&sent), OK);
    cr_assert_eq(near.wan->out_count, 1);
    cr_assert(ip4_read(wire->bytes, wire->length, &ip));
    cr_expect_eq(ip.ttl, 64);
    cr_expect_eq(wire->length, BEFORE + 4U + 3);
    cr_expect_eq(get_u16(wire->bytes + 24), 8 + 4 + 3);
    cr_expect_eq(get_u32(wire->bytes + BEFORE), 0);
    cr_expect_arr_eq(wire->bytes + BEFORE + 4, "ike", 3);
}

Test(udp, a_keepalive_is_one_byte_that_the_other_end_swallows)
{
    struct dp_datagram sent = to_far(DP_UDP_NAT, "\xff", 1);

    sent.has_marker = false;
    cr_assert_eq(send_datagram(&sent), OK);
    cr_assert_eq(near.wan->out[0].length, BEFORE + 1U);
    cr_expect_eq(deliver(), 0);
    cr_expect_eq(testbed_drops(far.router, DROP_NAT_KEEPALIVE), 1);
}

Test(udp, the_largest_goes_in_fragments_and_comes_whole)
{
    static uint8_t bytes[DP_DATAGRAM_MAX];
    struct dp_datagram sent;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7);
    sent = to_far(DP_UDP_NAT, "", 0);
    sent.length = DP_DATAGRAM_MAX;
    memcpy(sent.bytes, bytes, sizeof(bytes));
    cr_assert_eq(send_datagram(&sent), OK);
    cr_expect_gt(near.wan->out_count, 6);
    cr_assert_eq(deliver(), 1);
    cr_expect_eq(far.router->datagram.length, DP_DATAGRAM_MAX);
    cr_expect_arr_eq(far.router->datagram.bytes, bytes, sizeof(bytes));
}

Test(udp, what_cannot_be_sent_is_refused)
{
    struct dp_datagram datagram = to_far(DP_UDP_IKE, "x", 1);

    datagram.length = DP_DATAGRAM_MAX + 1;
    cr_expect_eq(send_datagram(&datagram), ERR_INVALID, "too long");
    datagram.length = 1;
    datagram.source = packet_address("192.0.2.2");
    cr_expect_eq(send_datagram(&datagram), ERR_INVALID, "not our address");
    datagram.source = packet_address("192.0.2.1");
    datagram.vr = 3;
    cr_expect_eq(send_datagram(&datagram), ERR_INVALID, "no such VR");
    datagram.vr = 0;
    datagram.destination = packet_address("203.0.113.1");
    cr_expect_eq(send_datagram(&datagram), OK);
    cr_expect_eq(testbed_drops(near.router, DROP_NO_ROUTE), 1, "nowhere to");
    cr_expect_eq(near.wan->out_count, 0);
}

Test(udp, a_longer_one_than_m_takes_is_dropped)
{
    static uint8_t packet[9400];
    static uint8_t bytes[DP_DATAGRAM_MAX + 1];
    const struct ip4 ip = {
        .src = packet_address("192.0.2.1"), .dst = packet_address("192.0.2.2")};

    far.wan->port.mtu = 9200;
    tap_put(far.wan, packet,
        packet_udp_port(packet, &ip, DP_UDP_IKE, bytes, DP_DATAGRAM_MAX));
    tap_put(
        far.wan, packet, packet_udp_port(packet, &ip, DP_UDP_IKE, bytes, 0));
    cr_expect_eq(deliver(), 2);
    packet[0] = 0;
    tap_put(far.wan, packet,
        packet_udp_port(packet, &ip, DP_UDP_IKE, bytes, sizeof(bytes)));
    cr_expect_eq(deliver(), 0);
    cr_expect_eq(testbed_drops(far.router, DROP_TOO_BIG), 1);
}

Test(udp, after_a_flood_m_is_heard_again)
{
    const struct dp_datagram sent = to_far(DP_UDP_IKE, "x", 1);

    for (size_t i = 0; i < DP_DATAGRAMS + 20; i++) {
        cr_assert_eq(send_datagram(&sent), OK);
        arrive();
    }
    cr_expect_eq(deliver(), DP_DATAGRAMS);
    cr_expect_eq(testbed_drops(far.router, DROP_PUNT_FULL), 20);
    cr_assert_eq(send_datagram(&sent), OK);
    cr_expect_eq(deliver(), 1);
}
