/*
 * test_dp_policy.c - policy routing, seen from the cables.
 *
 *                     2 10.3.0.1/24
 *                     |
 *   lan 10.1.0.1/24 -[near]- 192.0.2.1/24 wan
 *                         tunnel 10, 10.9.0.1 =====
 *
 * All ports are taps.  Nothing but the tap that a packet leaves by, and the
 * counters, say what became of it.
 */
#include "dp.h"

#include "base/bytes.h"
#include "tests/support/packet.h"
#include "tests/support/tap.h"
#include "tests/support/testbed.h"

#include <criterion/criterion.h>

enum { LAN = 0, WAN = 1, SPARE = 2, PORTS = 3, TUNNEL = 10 };
enum { POLICY = 0, SPI_OUT = 0x2000, PAYLOAD = 10, PACKET = 38, PORT = 2000 };

static struct testbed *router;
static struct crypto *crypto;
static struct tap *taps[PORTS];
static uint64_t now_us;

static void
set_policy(uint16_t port, uint32_t policy)
{
    static const char *const addresses[PORTS] = {
        "10.1.0.1/24", "192.0.2.1/24", "10.3.0.1/24"};
    struct dp_interface interface =
        testbed_describe(port, 0, DP_INTERFACE_PORT, addresses[port]);

    interface.port = port;
    interface.policy = policy;
    testbed_set(router, &interface);
}

static void
set_up(void)
{
    struct dp_interface tunnel;

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    router = testbed_new();
    now_us = 1;
    for (uint16_t i = 0; i < PORTS; i++) {
        taps[i] = tap_new();
        dp_attach_port(router->dp, i, &taps[i]->port);
        set_policy(i, 0);
    }
    tunnel = testbed_tunnel(TUNNEL, 0, "10.9.0.1/30", "192.0.2.1", "192.0.2.2");
    testbed_set(router, &tunnel);
    (void)testbed_sa(router, crypto, &tunnel, TRANSFORM_ESP_3DES_HMAC_SHA,
        SA_OUTBOUND, SPI_OUT);
    testbed_route(router, 0, "10.2.0.0/16", SPARE);
}

static void
tear_down(void)
{
    testbed_free(router);
    crypto_close(crypto);
}

/* A UDP packet from the LAN; by which port did it leave?  PORTS: by none. */
static uint16_t
send_from(const char *source, const char *destination)
{
    const struct ip4 ip = {
        .src = packet_address(source), .dst = packet_address(destination)};
    uint8_t packet[PACKET + 100];
    uint16_t by = PORTS;

    for (uint16_t i = 0; i < PORTS; i++)
        tap_clear(taps[i]);
    tap_put(taps[LAN], packet, packet_udp(packet, &ip, PAYLOAD));
    (void)testbed_poll(router, ++now_us);
    for (uint16_t i = 0; i < PORTS; i++) {
        if (taps[i]->out_count > 0) {
            cr_expect_eq(by, PORTS, "left by two ports");
            by = i;
        }
    }
    return by;
}

static uint64_t
counted(uint32_t group)
{
    struct dp_policy_counters counters;

    dp_policy_counters(router->dp, group, &counters);
    cr_expect_eq(counters.octets, counters.packets * PACKET);
    return counters.packets;
}

static struct policy_entry
from_host(const char *source)
{
    return (struct policy_entry){.source = packet_address(source),
        .destination_wildcard = UINT32_MAX,
        .any_protocol = true};
}

static void
add(struct policy *policy, const struct policy_group *group, const char *source)
{
    const struct policy_entry entry = from_host(source);

    policy_add_group(policy, group);
    policy_add_entry(policy, &entry);
}

static enum err
submit(struct policy *policy)
{
    struct dp_command command = {.kind = DP_POLICY_SET};

    command.policy.index = POLICY;
    command.policy.policy = policy;
    return testbed_apply(router, &command);
}

/* A list with all that a list can do, by source. */
static struct policy *
make_policy(bool is_new)
{
    struct policy *policy = policy_new();

    add(policy,
        &(struct policy_group){.verdict = POLICY_TUNNEL,
            .tunnel = TUNNEL,
            .counter = 0,
            .is_new = is_new},
        "10.1.0.2");
    add(policy,
        &(struct policy_group){
            .verdict = POLICY_FILTER, .counter = 1, .is_new = is_new},
        "10.1.0.3");
    add(policy,
        &(struct policy_group){.verdict = POLICY_NEXT_HOP,
            .next_hop = packet_address("192.0.2.9"),
            .counter = 2,
            .is_new = is_new},
        "10.1.0.4");
    add(policy,
        &(struct policy_group){
            .verdict = POLICY_PERMIT, .counter = 3, .is_new = is_new},
        "10.1.0.5");
    add(policy,
        &(struct policy_group){
            .verdict = POLICY_FILTER, .counter = 4, .is_new = is_new},
        "10.1.0.5");
    return policy;
}

Test(dp_policy, sends_each_group_its_way, .init = set_up, .fini = tear_down)
{
    cr_assert_eq(submit(make_policy(true)), OK);
    set_policy(LAN, POLICY + 1);

    cr_expect_eq(send_from("10.1.0.2", "10.2.0.2"), WAN);
    cr_expect_eq(taps[WAN]->out[0].bytes[9], IP4_PROTO_ESP,
        "into the tunnel, whatever the routes say");
    cr_expect_eq(get_u32(taps[WAN]->out[0].bytes + 20), SPI_OUT);

    cr_expect_eq(send_from("10.1.0.3", "10.2.0.2"), PORTS, "filtered");
    cr_expect_eq(testbed_drops(router, DROP_POLICY_FILTER), 1);

    cr_expect_eq(send_from("10.1.0.4", "10.2.0.2"), WAN, "to the next hop");
    cr_expect_eq(taps[WAN]->out[0].bytes[9], IP4_PROTO_UDP);
    cr_expect_eq(taps[WAN]->out[0].bytes[8], 63, "one hop is taken off");

    cr_expect_eq(send_from("10.1.0.5", "10.2.0.2"), SPARE, "permitted");
    cr_expect_eq(send_from("10.1.0.6", "10.2.0.2"), SPARE, "in no group");
    for (uint32_t i = 0; i < 4; i++)
        cr_expect_eq(counted(i), 1, "group %u", i);
    cr_expect_eq(counted(4), 0, "permit is the last word");
}

Test(dp_policy, is_asked_only_about_what_comes_in_and_goes_on, .init = set_up,
    .fini = tear_down)
{
    testbed_policy(router, POLICY, POLICY_FILTER, 0);
    set_policy(WAN, POLICY + 1);
    cr_expect_eq(send_from("10.1.0.2", "10.2.0.2"), SPARE, "another port");
    cr_expect_eq(send_from("10.1.0.2", "192.0.2.9"), WAN, "on its way out");
    testbed_ping(router, 0, "192.0.2.1", "10.2.0.2", 1, PAYLOAD);
    cr_expect_eq(taps[SPARE]->out_count, 1, "our own");
    set_policy(LAN, POLICY + 1);
    (void)send_from("10.1.0.2", "10.1.0.1");
    cr_expect_eq(testbed_drops(router, DROP_NOT_FOR_US), 1, "for us");
    cr_expect_eq(counted(POLICY), 0);
    cr_expect_eq(send_from("10.1.0.2", "10.2.0.2"), PORTS);
    cr_expect_eq(counted(POLICY), 1);
}

Test(dp_policy, answers_of_the_router_are_its_own, .init = set_up,
    .fini = tear_down)
{
    const struct ip4 ip = {
        .src = packet_address("10.1.0.2"), .dst = packet_address("10.1.0.1")};
    uint8_t packet[100];

    testbed_policy(router, POLICY, POLICY_FILTER, 0);
    set_policy(LAN, POLICY + 1);
    tap_put(taps[LAN], packet, packet_echo(packet, &ip, 7, 1, PAYLOAD));
    (void)testbed_poll(router, ++now_us);
    cr_expect_eq(taps[LAN]->out_count, 1);
    cr_expect_eq(counted(POLICY), 0);
}

Test(dp_policy, counters_outlive_a_change_of_the_list, .init = set_up,
    .fini = tear_down)
{
    cr_assert_eq(submit(make_policy(true)), OK);
    set_policy(LAN, POLICY + 1);
    cr_expect_eq(send_from("10.1.0.2", "10.2.0.2"), WAN);
    cr_assert_eq(submit(make_policy(false)), OK);
    cr_expect_eq(send_from("10.1.0.2", "10.2.0.2"), WAN);
    cr_expect_eq(counted(0), 2, "the same group goes on");
    cr_assert_eq(submit(make_policy(true)), OK);
    cr_expect_eq(counted(0), 0, "another group begins anew");
}

Test(dp_policy, a_policy_that_cannot_be_is_refused, .init = set_up,
    .fini = tear_down)
{
    struct policy *policy = policy_new();
    struct dp_command command = {.kind = DP_POLICY_REMOVE};
    struct dp_interface lan =
        testbed_describe(LAN, 0, DP_INTERFACE_PORT, "10.1.0.1/24");

    policy_add_group(policy, &(struct policy_group){.counter = 8});
    cr_expect_eq(submit(policy), ERR_INVALID, "no such counter");
    policy = policy_new();
    policy_add_group(policy, &(struct policy_group){.verdict = POLICY_TUNNEL,
                                 .tunnel = TESTBED_INTERFACES});
    cr_expect_eq(submit(policy), ERR_INVALID, "no such interface");
    cr_expect_eq(submit(NULL), ERR_INVALID);
    cr_expect_eq(testbed_apply(router, &command), ERR_NOT_FOUND);
    command.policy.index = 4;
    cr_expect_eq(testbed_apply(router, &command), ERR_INVALID);
    command.kind = DP_INTERFACE_SET;
    command.interface = lan;
    command.interface.policy = 5;
    cr_expect_eq(testbed_apply(router, &command), ERR_INVALID);
    testbed_policy(router, POLICY, POLICY_PERMIT, 0);
    command = (struct dp_command){.kind = DP_POLICY_REMOVE};
    cr_expect_eq(testbed_apply(router, &command), OK);
    cr_expect_eq(testbed_apply(router, &command), ERR_NOT_FOUND);
}
