/*
 * test_dp_path_mtu.c - a path that takes less than the tunnel believes.
 *
 *   host 10.1.0.2                                              host 10.2.0.2
 *        |                                                           |
 *   tap 0| 10.1.0.1      wire, 1500        wire, 1300       10.2.0.1 |tap 0
 *     [boston] 1 ------------- 0 [middle] 1 -------------- 1 [ottawa]
 *        192.0.2.1     192.0.2.254   198.51.100.254   198.51.100.2
 *            ================= tunnel 10, MTU 1400 ==============
 *
 * All three are routers of ours, in one thread under virtual time.
 */
#include "dp.h"

#include "base/bytes.h"
#include "tests/support/packet.h"
#include "tests/support/tap.h"
#include "tests/support/testbed.h"

#include <criterion/criterion.h>
#include <string.h>

enum { LAN = 0, WAN = 1, TUNNEL = 10, MIDDLE_MTU = 1300 };
enum { TO_OTTAWA = 0x2000, TO_BOSTON = 0x1000 };

#define MINUTES_US(minutes) ((uint64_t)(minutes)*60 * 1000000)

enum { BOSTON, MIDDLE, OTTAWA, ROUTERS };

static struct testbed *routers[ROUTERS];
static struct tap *taps[ROUTERS];
static struct dp_interface tunnels[ROUTERS];
static struct sa *out;
static struct crypto *crypto;
static uint64_t now_us;

static void
next_hop(struct testbed *router, const char *prefix, const char *hop)
{
    struct dp_command command = {.kind = DP_ROUTE_ADD};

    command.route = (struct dp_route){.prefix = packet_address(prefix),
        .length = 24,
        .distance = 1,
        .next_hop = packet_address(hop)};
    cr_assert_eq(testbed_apply(router, &command), OK);
}

static void
site(int which, struct port *wire, const char *const *addresses)
{
    struct testbed *router = routers[which];

    taps[which] = tap_new();
    taps[which]->port.mtu = 9000;
    dp_attach_port(router->dp, LAN, &taps[which]->port);
    dp_attach_port(router->dp, WAN, wire);
    testbed_port(router, LAN, 0, addresses[0]);
    testbed_port(router, WAN, 0, addresses[1]);
    tunnels[which] =
        testbed_tunnel(TUNNEL, 0, addresses[2], addresses[3], addresses[4]);
    testbed_set(router, &tunnels[which]);
    testbed_route(router, 0, addresses[5], TUNNEL);
}

static void
build(enum transform transform)
{
    static const char *const boston[] = {"10.1.0.1/24", "192.0.2.1/24",
        "10.9.0.1/30", "192.0.2.1", "198.51.100.2", "10.2.0.0/24"};
    static const char *const ottawa[] = {"10.2.0.1/24", "198.51.100.2/24",
        "10.9.0.2/30", "198.51.100.2", "192.0.2.1", "10.1.0.0/24"};
    struct wire_params params = {.latency_us = 10, .mtu = 1500};
    struct port *ends[4];
    int i;

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    for (i = 0; i < ROUTERS; i++)
        routers[i] = testbed_new();
    port_wire_new(&params, &ends[0], &ends[1]);
    params.mtu = MIDDLE_MTU;
    port_wire_new(&params, &ends[2], &ends[3]);
    site(BOSTON, ends[0], boston);
    site(OTTAWA, ends[3], ottawa);
    dp_attach_port(routers[MIDDLE]->dp, 0, ends[1]);
    dp_attach_port(routers[MIDDLE]->dp, 1, ends[2]);
    testbed_port(routers[MIDDLE], 0, 0, "192.0.2.254/24");
    testbed_port(routers[MIDDLE], 1, 0, "198.51.100.254/24");
    next_hop(routers[BOSTON], "198.51.100.0", "192.0.2.254");
    next_hop(routers[OTTAWA], "192.0.2.0", "198.51.100.254");
    out = testbed_sa(routers[BOSTON], crypto, &tunnels[BOSTON], transform,
        SA_OUTBOUND, TO_OTTAWA);
    (void)testbed_sa(routers[OTTAWA], crypto, &tunnels[OTTAWA], transform,
        SA_INBOUND, TO_OTTAWA);
    (void)testbed_sa(routers[OTTAWA], crypto, &tunnels[OTTAWA], transform,
        SA_OUTBOUND, TO_BOSTON);
    (void)testbed_sa(routers[BOSTON], crypto, &tunnels[BOSTON], transform,
        SA_INBOUND, TO_BOSTON);
    now_us = 1;
}

static void
setup(void)
{
    build(TRANSFORM_ESP_3DES_HMAC_SHA);
}

static void
teardown(void)
{
    int i;

    for (i = 0; i < ROUTERS; i++)
        testbed_free(routers[i]);
    crypto_close(crypto);
}

TestSuite(dp_path_mtu, .init = setup, .fini = teardown);

/* A second of virtual time. */
static void
run(void)
{
    const uint64_t end_us = now_us + 1000000;
    int i;

    for (; now_us < end_us; now_us += 5000) {
        for (i = 0; i < ROUTERS; i++)
            (void)testbed_poll(routers[i], now_us);
    }
}

/* Put a packet of this size into Boston's LAN. */
static void
send(size_t length, bool dont_fragment)
{
    uint8_t packet[9300];
    const struct ip4 ip = {.src = packet_address("10.1.0.2"),
        .dst = packet_address("10.2.0.2"),
        .id = 7,
        .dont_fragment = dont_fragment};

    tap_clear(taps[BOSTON]);
    tap_clear(taps[OTTAWA]);
    tap_put(taps[BOSTON], packet, packet_udp(packet, &ip, length - 28));
    run();
}

static uint32_t
path_mtu(void)
{
    return testbed_counters(routers[BOSTON], TUNNEL).path_mtu;
}

/* The MTU that Boston told the host, 0: nothing. */
static uint16_t
told(void)
{
    const uint8_t *error = taps[BOSTON]->out[0].bytes;

    if (taps[BOSTON]->out_count == 0)
        return 0;
    cr_expect_eq(taps[BOSTON]->out_count, 1);
    cr_expect_eq(error[20], 3);
    cr_expect_eq(error[21], 4);
    cr_expect_eq(get_u32(error + 12), packet_address("10.1.0.1"));
    return get_u16(error + 26);
}

Test(dp_path_mtu, the_first_packet_is_lost_the_second_is_told_the_third_fits)
{
    uint16_t mtu;

    send(1400, true);
    cr_expect_eq(taps[OTTAWA]->out_count, 0);
    cr_expect_eq(told(), 0, "it cannot be told: it is encrypted");
    cr_expect_eq(path_mtu(), MIDDLE_MTU);
    send(1400, true);
    mtu = told();
    cr_expect(mtu > 1200 && mtu < MIDDLE_MTU, "%u", mtu);
    send(mtu, true);
    cr_expect_eq(taps[OTTAWA]->out_count, 1);
    cr_expect_eq(taps[OTTAWA]->out[0].length, mtu);
    send((size_t)mtu + 1, true);
    cr_expect_eq(told(), mtu, "it is the largest that fits");
    cr_expect_eq(testbed_drops(routers[MIDDLE], DROP_TOO_BIG), 1);
}

Test(dp_path_mtu, what_may_be_fragmented_is_before_it_is_protected)
{
    struct dp_traffic traffic;

    send(1400, false);
    cr_expect_eq(taps[OTTAWA]->out_count, 1, "put together by Ottawa");
    dp_traffic(routers[MIDDLE]->dp, &traffic);
    cr_expect_eq(traffic.fragments, 1, "the middle fragments what may be");
    send(1400, true);
    send(1400, false);
    cr_expect_eq(taps[OTTAWA]->out_count, 2, "two inner packets");
    dp_traffic(routers[MIDDLE]->dp, &traffic);
    cr_expect_eq(traffic.fragments, 1);
}

Test(dp_path_mtu, it_is_forgotten_after_ten_minutes)
{
    struct dp_command set = {.kind = DP_INTERFACE_SET};

    send(1400, true);
    now_us += MINUTES_US(9);
    run();
    cr_expect_eq(path_mtu(), MIDDLE_MTU);
    cr_expect_leq(dp_due(routers[BOSTON]->dp), now_us + MINUTES_US(1));
    now_us += MINUTES_US(1);
    run();
    cr_expect_eq(path_mtu(), 0);
    cr_expect_eq(dp_due(routers[BOSTON]->dp), UINT64_MAX);
    send(1400, true);
    cr_expect_eq(path_mtu(), MIDDLE_MTU, "and learned again");
    set.interface = tunnels[BOSTON];
    cr_assert_eq(testbed_apply(routers[BOSTON], &set), OK);
    cr_expect_eq(path_mtu(), 0, "another configuration may have another path");
}

Test(dp_path_mtu, several_tunnels_are_forgotten_in_their_order)
{
    struct dp_interface more;
    uint32_t i;

    for (i = 1; i < 4; i++) {
        more = tunnels[BOSTON];
        more.index = TUNNEL + i;
        more.has_address = false;
        testbed_set(routers[BOSTON], &more);
        (void)testbed_sa(routers[BOSTON], crypto, &more,
            TRANSFORM_ESP_3DES_HMAC_SHA, SA_OUTBOUND, TO_OTTAWA + i);
    }
    for (i = 0; i < 4; i++) {
        struct dp_route route = {.prefix = packet_address("10.2.0.2"),
            .length = 32,
            .distance = 1,
            .has_interface = true,
            .interface = TUNNEL + i};
        struct dp_command command = {.kind = DP_ROUTE_ADD, .route = route};

        cr_assert_eq(testbed_apply(routers[BOSTON], &command), OK);
        send(1400, true);
        command.kind = DP_ROUTE_REMOVE;
        cr_assert_eq(testbed_apply(routers[BOSTON], &command), OK);
        now_us += MINUTES_US(1);
    }
    testbed_set(routers[BOSTON], &tunnels[BOSTON]); /* the first of them */
    more = tunnels[BOSTON];
    more.index = TUNNEL + 2; /* one in between */
    testbed_set(routers[BOSTON], &more);
    for (i = 0; i < 4; i++) {
        cr_expect_eq(testbed_counters(routers[BOSTON], TUNNEL + i).path_mtu,
            i % 2 == 0 ? 0 : MIDDLE_MTU);
    }
    now_us += MINUTES_US(7) + 500000;
    run();
    cr_expect_eq(testbed_counters(routers[BOSTON], TUNNEL + 1).path_mtu, 0);
    cr_expect_eq(
        testbed_counters(routers[BOSTON], TUNNEL + 3).path_mtu, MIDDLE_MTU);
    now_us += MINUTES_US(2);
    run();
    cr_expect_eq(testbed_counters(routers[BOSTON], TUNNEL + 3).path_mtu, 0);
}

Test(dp_path_mtu, our_own_port_tells_its_tunnel_too)
{
    tunnels[BOSTON].mtu = 1600;
    testbed_set(routers[BOSTON], &tunnels[BOSTON]);
    send(1500, true);
    cr_expect_eq(testbed_drops(routers[BOSTON], DROP_TOO_BIG), 1);
    cr_expect_eq(path_mtu(), 1500);
    send(1500, true);
    cr_expect_gt(told(), 1400);
    cr_expect_eq(testbed_drops(routers[BOSTON], DROP_TOO_BIG_TUNNEL), 1);
}

/* The same of a GRE tunnel, which adds 24 bytes when it is in clear. */
Test(dp_path_mtu, a_gre_tunnel_learns_it_from_our_own_port)
{
    struct dp_interface gre = tunnels[BOSTON];

    gre.index = TUNNEL + 1;
    gre.kind = DP_INTERFACE_GRE;
    gre.has_address = false;
    gre.mtu = 1600;
    testbed_set(routers[BOSTON], &gre);
    testbed_route(routers[BOSTON], 0, "10.2.0.2/32", TUNNEL + 1);
    send(1500, true);
    cr_expect_eq(testbed_drops(routers[BOSTON], DROP_TOO_BIG), 1);
    cr_expect_eq(testbed_counters(routers[BOSTON], TUNNEL + 1).path_mtu, 1500);
    send(1500, true);
    cr_expect_eq(told(), 1476);
    cr_expect_eq(testbed_drops(routers[BOSTON], DROP_TOO_BIG_TUNNEL), 1);
}

/* ---- who may say so ---- */

/* "Fragmentation needed" about a packet that Boston did send, changed. */
struct forgery {
    unsigned at; /* in the quoted packet; 0: nothing is changed */
    uint8_t byte;
    uint16_t mtu;
    size_t quoted; /* bytes of it */
    uint8_t type;
    uint8_t code;
    uint32_t path_mtu; /* that comes of it */
    enum drop drop;
    const char *why;
};

static const struct forgery forgeries[] = {
    {.mtu = 1000,                       .path_mtu = 1000, .why = "it is true"},
    {.mtu = 1000,                       .quoted = 28,     .path_mtu = 1000,    .why = "no sequence number"},
    {.mtu = 0,                                 .path_mtu = 1006,                                          .why = "an old router says no MTU"            },
    {.mtu = 68,                                 .path_mtu = 576,                                         .why = "no lower than that"},
    {.mtu = 1399,                                 .path_mtu = 1399,                                       .why = "still below the tunnel's"         },
    {.mtu = 1000,                                 .type = 3,                                       .code = 1,        .why = "host unreachable"},
    {.mtu = 1000,        .type = 11,                        .why = "time exceeded"                         },
    {.mtu = 1000,           .quoted = 23,    .drop = DROP_ICMP_UNKNOWN,.why = "no SPI"},
    {.mtu = 1000,        .quoted = 19,      .drop = DROP_ICMP_UNKNOWN,                                      .why = "no header"},
    {.at = 23,
     .byte = 9,
     .mtu = 1000,
     .drop = DROP_ICMP_UNKNOWN,
     .why = "another SPI"},
    {.at = 15,
     .byte = 9,
     .mtu = 1000,
     .drop = DROP_ICMP_UNKNOWN,
     .why = "another source"},
    {.at = 19,
     .byte = 9,
     .mtu = 1000,
     .drop = DROP_ICMP_UNKNOWN,
     .why = "another destination"},
    {.at = 9,
     .byte = 51,
     .mtu = 1000,
     .drop = DROP_ICMP_UNKNOWN,
     .why = "another protocol"},
    {.at = 9,
     .byte = 6,
     .mtu = 1000,
     .drop = DROP_ICMP_UNKNOWN,
     .why = "TCP, which we never send"},
    {.at = 0,
     .byte = 0x65,
     .mtu = 1000,
     .drop = DROP_ICMP_UNKNOWN,
     .why = "not IPv4"},
    {.at = 7,
     .byte = 4,
     .mtu = 1000,
     .drop = DROP_ICMP_UNKNOWN,
     .why = "a later fragment"},
    {.at = 6,
     .byte = 0x01,
     .mtu = 1000,
     .drop = DROP_ICMP_UNKNOWN,
     .why = "the same, far"},
    {.at = 27,
     .byte = 9,
     .mtu = 1000,
     .drop = DROP_ICMP_IMPLAUSIBLE,
     .why = "a number that was not sent yet"},
    {.at = 27,
     .byte = 0,
     .mtu = 1000,
     .drop = DROP_ICMP_IMPLAUSIBLE,
     .why = "a number that is never sent"},
    {.mtu = 1452,                           .drop = DROP_ICMP_IMPLAUSIBLE,                                           .why = "it was smaller"                                                             },
};

/* An outer packet of Boston as its wire carries it: 1,448 bytes. */
static size_t
sent_by_boston(uint8_t *packet)
{
    struct ip4 ip = {.src = packet_address("192.0.2.1"),
        .dst = packet_address("198.51.100.2"),
        .protocol = IP4_PROTO_ESP,
        .dont_fragment = true};
    uint8_t payload[1428] = {0};

    put_u32(payload, TO_OTTAWA);
    put_u32(payload + 4, sa_sequence(out));
    return packet_ip4(packet, &ip, payload, sizeof payload);
}

/* From the middle to Boston's outer address. */
static size_t
write_error(const struct forgery *forgery, uint8_t *to)
{
    const struct ip4 ip = {.src = packet_address("192.0.2.254"),
        .dst = packet_address("192.0.2.1"),
        .protocol = IP4_PROTO_ICMP};
    uint8_t icmp[1500] = {3, 4};
    size_t length = sent_by_boston(icmp + 8);

    if (forgery->type != 0) {
        icmp[0] = forgery->type;
        icmp[1] = forgery->code;
    }
    put_u16(icmp + 6, forgery->mtu);
    if (forgery->at != 0 || forgery->byte != 0)
        icmp[8 + forgery->at] = forgery->byte;
    if (forgery->quoted != 0)
        length = forgery->quoted;
    put_u16(icmp + 2, ip4_checksum(icmp, 8 + length));
    return packet_ip4(to, &ip, icmp, 8 + length);
}

Test(dp_path_mtu, only_what_is_about_our_packets_counts)
{
    uint8_t packet[1600];
    uint64_t drops;
    size_t i;

    send(100, true); /* number 1 */
    for (i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        testbed_set(routers[BOSTON], &tunnels[BOSTON]); /* forgets */
        drops = testbed_drops(routers[BOSTON], forgeries[i].drop);
        tap_put(taps[BOSTON], packet, write_error(&forgeries[i], packet));
        run();
        cr_expect_eq(path_mtu(), forgeries[i].path_mtu, "%s: %u",
            forgeries[i].why, path_mtu());
        if (forgeries[i].drop != DROP_NONE) {
            cr_expect_eq(testbed_drops(routers[BOSTON], forgeries[i].drop),
                drops + 1, "%s", forgeries[i].why);
        }
    }
}

Test(dp_path_mtu, a_lower_one_counts_and_a_higher_one_does_not)
{
    const struct forgery low = {.mtu = 900};
    const struct forgery high = {.mtu = 1200};
    uint8_t packet[1600];

    send(100, true);
    tap_put(taps[BOSTON], packet, write_error(&low, packet));
    run();
    tap_put(taps[BOSTON], packet, write_error(&high, packet));
    run();
    cr_expect_eq(path_mtu(), 900);
}

Test(dp_path_mtu_of, each_transform_fits_exactly)
{
    uint16_t mtu;
    int i;

    for (i = 0; i < TRANSFORM_COUNT; i++) {
        build((enum transform)i);
        send(1400, true);
        if (path_mtu() != 0) {
            send(1400, true);
            mtu = told();
            send(mtu, true);
            cr_expect_eq(taps[OTTAWA]->out_count, 1, "transform %d", i);
            cr_expect_leq(mtu + sa_overhead(out, mtu), MIDDLE_MTU);
            cr_expect_gt(mtu + 1U + sa_overhead(out, mtu + 1U), MIDDLE_MTU);
        }
        cr_expect_eq(path_mtu(), MIDDLE_MTU, "transform %d", i);
        teardown();
    }
}
