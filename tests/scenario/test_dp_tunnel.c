/*
 * test_dp_tunnel.c - two sites, joined by a secure tunnel.
 *
 * Boston's LAN and Ottawa's LAN reach each other through a wire of 10 ms that
 * carries nothing but ESP or AH.  Everything runs in one thread under virtual
 * time: a poll of both routers, then a jump to the next arrival.
 *
 *   host 10.1.0.2                                            host 10.2.0.2
 *        |                                                        |
 *   tap 0| 10.1.0.1        wire, 10 ms each way          10.2.0.1 |tap 0
 *     [boston] 1 ---------------------------------------- 1 [ottawa]
 *              192.0.2.1                        192.0.2.2
 *              tunnel 10, 10.9.0.1 ======= 10.9.0.2, tunnel 10
 */
#include "dp.h"

#include "tests/support/packet.h"
#include "tests/support/tap.h"
#include "tests/support/testbed.h"

#include <criterion/criterion.h>
#include <malloc.h>
#include <stdio.h>

enum { LAN = 0, WAN = 1, TUNNEL = 10, LATENCY_US = 10000 };
enum { TO_OTTAWA = 0x2000, TO_BOSTON = 0x1000 };

struct site {
    struct testbed *router;
    struct tap *lan;
    struct dp_interface tunnel;
    struct sa *in;
    struct sa *out;
};

struct sites {
    struct crypto *crypto;
    struct port *wire;
    struct site boston;
    struct site ottawa;
    uint64_t now_us;
};

static void
site_init(
    struct site *site, const char *lan, struct port *wire, const char *wan)
{
    site->router = testbed_new();
    site->lan = tap_new();
    dp_attach_port(site->router->dp, LAN, &site->lan->port);
    dp_attach_port(site->router->dp, WAN, wire);
    testbed_port(site->router, LAN, 0, lan);
    testbed_port(site->router, WAN, 0, wan);
}

/* Both SAs of both ends. */
static void
protect(struct sites *sites, enum transform transform)
{
    struct site *b = &sites->boston;
    struct site *o = &sites->ottawa;

    b->in = testbed_sa(
        b->router, sites->crypto, &b->tunnel, transform, SA_INBOUND, TO_BOSTON);
    o->in = testbed_sa(
        o->router, sites->crypto, &o->tunnel, transform, SA_INBOUND, TO_OTTAWA);
    b->out = testbed_sa(b->router, sites->crypto, &b->tunnel, transform,
        SA_OUTBOUND, TO_OTTAWA);
    o->out = testbed_sa(o->router, sites->crypto, &o->tunnel, transform,
        SA_OUTBOUND, TO_BOSTON);
}

static struct sites
sites_new(enum transform transform, uint32_t loss_ppm)
{
    const struct wire_params params = {.latency_us = LATENCY_US,
        .loss_ppm = loss_ppm,
        .mtu = 1500,
        .seed = 11};
    struct sites sites = {0};
    struct port *other;

    cr_assert_eq(crypto_open(NULL, &sites.crypto), OK);
    port_wire_new(&params, &sites.wire, &other);
    site_init(&sites.boston, "10.1.0.1/24", sites.wire, "192.0.2.1/24");
    site_init(&sites.ottawa, "10.2.0.1/24", other, "192.0.2.2/24");
    sites.boston.tunnel =
        testbed_tunnel(TUNNEL, 0, "10.9.0.1/30", "192.0.2.1", "192.0.2.2");
    sites.ottawa.tunnel =
        testbed_tunnel(TUNNEL, 0, "10.9.0.2/30", "192.0.2.2", "192.0.2.1");
    testbed_set(sites.boston.router, &sites.boston.tunnel);
    testbed_set(sites.ottawa.router, &sites.ottawa.tunnel);
    testbed_route(sites.boston.router, 0, "10.2.0.0/24", TUNNEL);
    testbed_route(sites.ottawa.router, 0, "10.1.0.0/24", TUNNEL);
    protect(&sites, transform);
    return sites;
}

static void
sites_free(struct sites *sites)
{
    testbed_free(sites->boston.router);
    testbed_free(sites->ottawa.router);
    crypto_close(sites->crypto);
}

/* Let virtual time pass until nothing is under way, at most a minute. */
static void
run(struct sites *sites)
{
    uint64_t end_us = sites->now_us + 60000000;
    uint64_t next;
    uint64_t other;

    while (sites->now_us < end_us) {
        (void)testbed_poll(sites->boston.router, sites->now_us);
        (void)testbed_poll(sites->ottawa.router, sites->now_us);
        next = dp_due(sites->boston.router->dp);
        other = dp_due(sites->ottawa.router->dp);
        if (other < next)
            next = other;
        if (next == UINT64_MAX)
            return;
        sites->now_us = next;
    }
    cr_assert(false, "the routers do not come to rest");
}

/* Boston's router pings; the round trip, or 0 without an answer. */
static uint32_t
ping(struct sites *sites, const char *destination, uint16_t sequence)
{
    struct dp_event event;

    testbed_ping(
        sites->boston.router, 0, "10.1.0.1", destination, sequence, 56);
    run(sites);
    if (!testbed_event(sites->boston.router, DP_EVENT_ECHO_REPLY, &event))
        return 0;
    cr_expect_eq(event.ping_sequence, sequence);
    return event.round_trip_us;
}

/* Put a packet into Boston's LAN, let time pass, and give what came out of
 * Ottawa's, or NULL. */
static const struct tap_packet *
carry(struct sites *sites, const struct ip4 *ip, size_t payload)
{
    uint8_t packet[9300];

    tap_clear(sites->ottawa.lan);
    tap_put(sites->boston.lan, packet, packet_udp(packet, ip, payload));
    run(sites);
    return sites->ottawa.lan->out_count != 0 ? &sites->ottawa.lan->out[0]
                                             : NULL;
}

static struct ip4
host_to_host(void)
{
    return (struct ip4){
        .src = packet_address("10.1.0.2"), .dst = packet_address("10.2.0.2")};
}

Test(dp_tunnel, a_ping_crosses_under_each_of_the_ten_transforms)
{
    struct sites sites;
    struct dp_interface_counters counters;
    int i;

    for (i = 0; i < TRANSFORM_COUNT; i++) {
        sites = sites_new((enum transform)i, 0);
        cr_expect_eq(
            ping(&sites, "10.2.0.1", 1), 2 * LATENCY_US, "transform %d", i);
        counters = testbed_counters(sites.boston.router, TUNNEL);
        cr_expect_eq(counters.out_user_packets, 1);
        cr_expect_eq(counters.out_user_octets, 84);
        cr_expect_eq(counters.out_accounted_packets, 1);
        cr_expect_gt(counters.out_accounted_octets, 84 + 20 + 8);
        cr_expect_eq(counters.in_user_octets, 84);
        cr_expect_eq(
            counters.in_accounted_octets, counters.out_accounted_octets);
        cr_expect_eq(testbed_counters(sites.boston.router, WAN).out_octets,
            counters.out_accounted_octets, "nothing else on the wire");
        cr_expect_eq(sa_sequence(sites.boston.out), 1);
        cr_expect_eq(sa_sequence(sites.ottawa.out), 1);
        sites_free(&sites);
    }
}

Test(dp_tunnel, hosts_see_two_hops_and_their_own_header)
{
    struct sites sites = sites_new(TRANSFORM_ESP_3DES_HMAC_SHA, 0);
    struct ip4 ip = host_to_host();
    const struct tap_packet *packet;

    ip.ttl = 9;
    ip.tos = 0x10;
    ip.id = 4711;
    ip.dont_fragment = true;
    packet = carry(&sites, &ip, 100);
    cr_assert_not_null(packet);
    cr_assert(ip4_read(packet->bytes, packet->length, &ip));
    cr_expect_eq(ip.ttl, 7);
    cr_expect_eq(ip.tos, 0x10);
    cr_expect_eq(ip.id, 4711);
    cr_expect(ip.dont_fragment);
    cr_expect_eq(packet->length, 128);
    cr_expect_eq(packet->bytes[28 + 99], 99, "the payload is as it was");
    sites_free(&sites);
}

Test(dp_tunnel, a_hop_that_expires_at_the_far_end_expires_there)
{
    struct sites sites = sites_new(TRANSFORM_AH_HMAC_SHA, 0);
    struct ip4 ip = host_to_host();

    ip.ttl = 2;
    cr_expect_null(carry(&sites, &ip, 100));
    cr_expect_eq(testbed_drops(sites.boston.router, DROP_TTL_EXPIRED), 0);
    cr_expect_eq(testbed_drops(sites.ottawa.router, DROP_TTL_EXPIRED), 1);
    sites_free(&sites);
}

/* The payload of all fragments, if they are in order and without a gap. */
static size_t
payload_of(const struct tap *tap)
{
    struct ip4 ip;
    size_t end = 0;
    size_t i;

    for (i = 0; i < tap->out_count; i++) {
        cr_assert(ip4_read(tap->out[i].bytes, tap->out[i].length, &ip));
        cr_expect_eq(ip.fragment_offset * 8U, end);
        cr_expect_eq(ip.more_fragments, i + 1 < tap->out_count);
        end += tap->out[i].length - 20;
    }
    return end;
}

Test(dp_tunnel, large_packets_are_fragmented_before_they_are_protected)
{
    struct sites sites = sites_new(TRANSFORM_ESP_DES_HMAC_MD5, 0);
    struct ip4 ip = host_to_host();

    sites.boston.lan->port.mtu = 9000;
    cr_expect_not_null(carry(&sites, &ip, 3000));
    cr_expect_eq(sites.ottawa.lan->out_count, 3);
    cr_expect_eq(payload_of(sites.ottawa.lan), 3008);
    ip.dont_fragment = true;
    cr_expect_null(carry(&sites, &ip, 3000));
    cr_expect_eq(testbed_drops(sites.boston.router, DROP_TOO_BIG_TUNNEL), 1);
    sites_free(&sites);
}

/* A tunnel whose MTU is larger than the path's: the outer packets are cut at
 * the port, and put together at the other end. */
Test(dp_tunnel, outer_packets_are_fragmented_under_each_transform)
{
    struct sites sites;
    struct ip4 ip = host_to_host();
    struct dp_traffic traffic;
    int i;

    for (i = 0; i < TRANSFORM_COUNT; i++) {
        sites = sites_new((enum transform)i, 0);
        sites.boston.tunnel.mtu = 9000;
        testbed_set(sites.boston.router, &sites.boston.tunnel);
        sites.boston.lan->port.mtu = 9000;
        sites.ottawa.lan->port.mtu = 9000;
        cr_expect_not_null(carry(&sites, &ip, 8000), "transform %d", i);
        cr_expect_eq(sites.ottawa.lan->out_count, 1, "in one piece");
        cr_expect_eq(sites.ottawa.lan->out[0].length, 8028);
        cr_expect_eq(sites.ottawa.lan->out[0].bytes[28 + 99], 99);
        dp_traffic(sites.ottawa.router->dp, &traffic);
        cr_expect_eq(traffic.fragments_in, 6);
        cr_expect_eq(traffic.reassembled, 1);
        cr_expect_eq(
            testbed_counters(sites.ottawa.router, TUNNEL).in_user_packets, 1);
        sites_free(&sites);
    }
}

/* Fragments that are not for a router are its packets like all others. */
Test(dp_tunnel, fragments_of_others_pass_as_they_are)
{
    struct sites sites = sites_new(TRANSFORM_ESP_3DES_HMAC_SHA, 0);
    struct ip4 ip = host_to_host();
    struct dp_traffic traffic;

    ip.id = 12;
    ip.fragment_offset = 100;
    cr_assert_not_null(carry(&sites, &ip, 100));
    cr_assert(ip4_read(sites.ottawa.lan->out[0].bytes, 128, &ip));
    cr_expect_eq(ip.id, 12);
    cr_expect_eq(ip.fragment_offset, 100);
    dp_traffic(sites.ottawa.router->dp, &traffic);
    cr_expect_eq(traffic.fragments_in, 0);
    sites_free(&sites);
}

Test(dp_tunnel, a_large_ping_is_cut_and_put_together_both_ways)
{
    struct sites sites = sites_new(TRANSFORM_ESP_3DES_HMAC_SHA, 0);
    struct dp_event event;
    struct dp_traffic traffic;

    testbed_ping(sites.boston.router, 0, NULL, "192.0.2.2", 1, 4000);
    run(&sites);
    cr_expect(testbed_event(sites.boston.router, DP_EVENT_ECHO_REPLY, &event));
    dp_traffic(sites.boston.router->dp, &traffic);
    cr_expect_eq(traffic.fragments, 2, "split off the last one");
    cr_expect_eq(traffic.fragments_in, 3);
    cr_expect_eq(traffic.reassembled, 1);
    sites_free(&sites);
}

Test(dp_tunnel, the_wire_loses_some_and_the_rest_is_answered)
{
    struct sites sites = sites_new(TRANSFORM_ESP_3DES_HMAC_SHA, 200000);
    unsigned answers = 0;
    uint16_t i;

    for (i = 0; i < 200; i++)
        answers += ping(&sites, "10.2.0.1", i) == 2 * LATENCY_US ? 1U : 0U;
    /* 0.8 squared of 200 is 128 */
    cr_expect(answers > 100 && answers < 156, "%u answers", answers);
    sites_free(&sites);
}

Test(dp_tunnel, a_route_of_greater_distance_serves_while_the_tunnel_is_down)
{
    struct sites sites = sites_new(TRANSFORM_ESP_3DES_HMAC_SHA, 0);
    struct dp_command backup = {.kind = DP_ROUTE_ADD};
    struct dp_event event;

    backup.route = (struct dp_route){
        .prefix = packet_address("10.2.0.0"),
        .length = 24,
        .distance = 200,
        .next_hop = packet_address("192.0.2.2"),
    };
    cr_assert_eq(testbed_apply(sites.boston.router, &backup), OK);
    cr_expect_neq(ping(&sites, "10.2.0.1", 1), 0);
    cr_expect_eq(
        testbed_counters(sites.boston.router, TUNNEL).out_user_packets, 1);
    while (testbed_event(sites.boston.router, DP_EVENT_INTERFACE, &event))
        continue;

    testbed_sa_remove(sites.boston.router, sites.boston.out);
    cr_assert(testbed_event(sites.boston.router, DP_EVENT_INTERFACE, &event));
    cr_expect_eq(event.interface, TUNNEL);
    cr_expect_not(event.up);
    cr_expect_neq(ping(&sites, "10.2.0.1", 2), 0, "in clear by the backup");
    cr_expect_eq(
        testbed_counters(sites.boston.router, TUNNEL).out_user_packets, 1);
    cr_expect_eq(testbed_counters(sites.boston.router, TUNNEL).in_user_packets,
        2, "the answer still comes by the tunnel");

    sites.boston.out =
        testbed_sa(sites.boston.router, sites.crypto, &sites.boston.tunnel,
            TRANSFORM_ESP_3DES_HMAC_SHA, SA_OUTBOUND, TO_OTTAWA + 1);
    cr_assert(testbed_event(sites.boston.router, DP_EVENT_INTERFACE, &event));
    cr_expect(event.up);
    cr_expect_eq(ping(&sites, "10.2.0.1", 3), 0, "Ottawa lacks that SA");
    cr_expect_eq(testbed_drops(sites.ottawa.router, DROP_NO_SA), 1);
    sites_free(&sites);
}

Test(dp_tunnel, changing_keys_loses_no_packet)
{
    const enum transform transform = TRANSFORM_ESP_3DES_HMAC_SHA;
    struct sites sites = sites_new(transform, 0);
    struct site *boston = &sites.boston;
    struct site *ottawa = &sites.ottawa;
    struct dp_event event;
    struct sa *new_in;
    struct sa *new_out;

    cr_expect_neq(ping(&sites, "10.2.0.1", 1), 0);
    while (testbed_event(boston->router, DP_EVENT_INTERFACE, &event))
        continue;
    new_in = testbed_sa(ottawa->router, sites.crypto, &ottawa->tunnel,
        transform, SA_INBOUND, TO_OTTAWA + 1);
    cr_expect_neq(ping(&sites, "10.2.0.1", 2), 0);
    new_out = testbed_sa(boston->router, sites.crypto, &boston->tunnel,
        transform, SA_OUTBOUND, TO_OTTAWA + 1);
    cr_expect_neq(ping(&sites, "10.2.0.1", 3), 0);
    testbed_sa_remove(boston->router, boston->out);
    testbed_sa_remove(ottawa->router, ottawa->in);
    cr_expect_neq(ping(&sites, "10.2.0.1", 4), 0);
    cr_expect_eq(sa_sequence(new_out), 2);
    cr_expect_eq(sa_sequence(new_in), 2);
    cr_expect_not(testbed_event(boston->router, DP_EVENT_INTERFACE, &event),
        "the tunnel never went down");
    sites_free(&sites);
}

Test(dp_tunnel, a_cut_wire_takes_the_port_down_and_mending_brings_it_back)
{
    struct sites sites = sites_new(TRANSFORM_AH_HMAC_MD5, 0);
    struct dp_event event;

    run(&sites);
    while (testbed_event(sites.ottawa.router, DP_EVENT_INTERFACE, &event))
        continue;
    port_wire_cut(sites.wire, true);
    cr_expect_eq(ping(&sites, "10.2.0.1", 1), 0);
    cr_expect_eq(testbed_drops(sites.boston.router, DROP_INTERFACE_DOWN), 1);
    cr_assert(testbed_event(sites.ottawa.router, DP_EVENT_INTERFACE, &event));
    cr_expect_eq(event.interface, WAN);
    cr_expect_not(event.up);
    port_wire_cut(sites.wire, false);
    run(&sites);
    cr_expect_neq(ping(&sites, "10.2.0.1", 2), 0);
    sites_free(&sites);
}

Test(dp_tunnel, the_operational_virtual_router_is_apart_from_the_transport_one)
{
    struct sites sites = sites_new(TRANSFORM_ESP_3DES_HMAC_SHA, 0);
    struct site *sides[2] = {&sites.boston, &sites.ottawa};
    struct dp_command leave = {.kind = DP_ROUTE_REMOVE};
    uint16_t i;

    for (i = 0; i < 2; i++) {
        testbed_vr(sides[i]->router, 1);
        testbed_port(
            sides[i]->router, LAN, 1, i == 0 ? "10.1.0.1/24" : "10.2.0.1/24");
        sides[i]->tunnel.vr = 1;
        testbed_set(sides[i]->router, &sides[i]->tunnel);
        leave.route = (struct dp_route){
            .prefix = packet_address(i == 0 ? "10.2.0.0" : "10.1.0.0"),
            .length = 24,
            .distance = 1,
            .has_interface = true,
            .interface = TUNNEL,
        };
        cr_assert_eq(testbed_apply(sides[i]->router, &leave), OK);
        testbed_route(sides[i]->router, 1,
            i == 0 ? "10.2.0.0/24" : "10.1.0.0/24", TUNNEL);
    }
    cr_expect_eq(ping(&sites, "10.2.0.1", 1), 0, "not from the transport VR");
    testbed_ping(sites.boston.router, 1, NULL, "10.2.0.1", 2, 56);
    run(&sites);
    cr_expect_eq(
        testbed_counters(sites.boston.router, TUNNEL).in_user_packets, 1);
    cr_expect_eq(testbed_counters(sites.boston.router, WAN).out_packets, 1);
    sites_free(&sites);
}

/* Tunnel 10 + n runs inside tunnel 11 + n; the outermost is on the wire. */
static void
nest(struct sites *sites, struct site *site, unsigned levels, bool is_boston)
{
    struct dp_interface tunnel;
    char ours[16];
    char theirs[16];
    char prefix[32];
    unsigned i;

    for (i = 0; i + 1 < levels; i++) {
        (void)snprintf(
            ours, sizeof(ours), "10.%u.0.%d", 50 + i, is_boston ? 1 : 2);
        (void)snprintf(
            theirs, sizeof(theirs), "10.%u.0.%d", 50 + i, is_boston ? 2 : 1);
        (void)snprintf(prefix, sizeof(prefix), "%s/32", ours);
        testbed_loopback(site->router, 20 + i, 0, prefix);
        tunnel = testbed_tunnel(TUNNEL + i, 0, NULL, ours, theirs);
        testbed_set(site->router, &tunnel);
        (void)testbed_sa(site->router, sites->crypto, &tunnel,
            TRANSFORM_AH_HMAC_MD5, SA_OUTBOUND,
            (is_boston ? 0x5000U : 0x6000U) + i);
        (void)testbed_sa(site->router, sites->crypto, &tunnel,
            TRANSFORM_AH_HMAC_MD5, SA_INBOUND,
            (is_boston ? 0x6000U : 0x5000U) + i);
        (void)snprintf(prefix, sizeof(prefix), "%s/32", theirs);
        testbed_route(site->router, 0, prefix, TUNNEL + i + 1);
    }
    tunnel = site->tunnel;
    tunnel.index = TUNNEL + i;
    tunnel.has_address = false;
    testbed_set(site->router, &tunnel);
    (void)testbed_sa(site->router, sites->crypto, &tunnel,
        TRANSFORM_ESP_DES_HMAC_MD5, SA_OUTBOUND, is_boston ? 0x7000U : 0x7001U);
    (void)testbed_sa(site->router, sites->crypto, &tunnel,
        TRANSFORM_ESP_DES_HMAC_MD5, SA_INBOUND, is_boston ? 0x7001U : 0x7000U);
}

Test(dp_tunnel, tunnels_may_be_nested_four_deep_and_not_five)
{
    struct sites sites;
    struct ip4 ip = host_to_host();
    unsigned levels;

    for (levels = 1; levels <= 5; levels++) {
        sites = sites_new(TRANSFORM_ESP_3DES, 0);
        nest(&sites, &sites.boston, levels, true);
        nest(&sites, &sites.ottawa, levels, false);
        if (levels <= 4)
            cr_expect_not_null(carry(&sites, &ip, 100), "%u levels", levels);
        else
            cr_expect_null(carry(&sites, &ip, 100));
        cr_expect_eq(
            testbed_drops(sites.boston.router, DROP_LOOP), levels == 5 ? 1 : 0);
        sites_free(&sites);
    }
}

Test(dp_tunnel, nested_fragments_arrive_in_order)
{
    struct sites sites = sites_new(TRANSFORM_ESP_3DES, 0);
    struct ip4 ip = host_to_host();
    struct dp_interface inner;
    struct dp_traffic traffic;

    nest(&sites, &sites.boston, 2, true);
    nest(&sites, &sites.ottawa, 2, false);
    /* The inner tunnel makes pieces of 1400, which the outer one, of 700,
     * cuts again: what leaves it are fragments of AH, and Ottawa puts them
     * together. */
    inner = testbed_tunnel(TUNNEL + 1, 0, NULL, "192.0.2.1", "192.0.2.2");
    inner.mtu = 700;
    testbed_set(sites.boston.router, &inner);
    cr_expect_not_null(carry(&sites, &ip, 1200));
    cr_expect_eq(payload_of(sites.ottawa.lan), 1208);
    dp_traffic(sites.ottawa.router->dp, &traffic);
    cr_expect_eq(traffic.fragments_in, 2);
    cr_expect_eq(traffic.reassembled, 1);
    inner.mtu = 1460;
    testbed_set(sites.boston.router, &inner);
    cr_expect_not_null(carry(&sites, &ip, 1400));
    cr_expect_eq(payload_of(sites.ottawa.lan), 1408);
    sites_free(&sites);
}

/* A tunnel of a router to itself: the packet comes out where it went in and
 * is routed into the tunnel again. */
Test(dp_tunnel, a_tunnel_to_ourselves_ends)
{
    struct sites sites = sites_new(TRANSFORM_ESP_3DES, 0);
    struct ip4 ip = host_to_host();
    struct dp_interface tunnel;

    tunnel = testbed_tunnel(TUNNEL, 0, NULL, "192.0.2.1", "192.0.2.1");
    testbed_set(sites.boston.router, &tunnel);
    (void)testbed_sa(sites.boston.router, sites.crypto, &tunnel,
        TRANSFORM_AH_HMAC_MD5, SA_INBOUND, 0x5000);
    (void)testbed_sa(sites.boston.router, sites.crypto, &tunnel,
        TRANSFORM_AH_HMAC_MD5, SA_OUTBOUND, 0x5000);
    cr_expect_null(carry(&sites, &ip, 100));
    cr_expect_eq(testbed_drops(sites.boston.router, DROP_LOOP), 1);
    cr_expect_eq(
        testbed_counters(sites.boston.router, TUNNEL).in_user_packets, 4);
    ip.ttl = 3; /* each round is a hop */
    cr_expect_null(carry(&sites, &ip, 100));
    cr_expect_eq(testbed_drops(sites.boston.router, DROP_LOOP), 1);
    cr_expect_eq(testbed_drops(sites.boston.router, DROP_TTL_EXPIRED), 1);
    sites_free(&sites);
}

/* A hundred packets each way, of all sizes, and nothing but dp_poll. */
static void
exercise(struct sites *sites, const uint8_t *packet)
{
    int i;

    for (i = 0; i < 100; i++) {
        tap_put(sites->boston.lan, packet, 1500);
        (void)dp_poll(sites->boston.router->dp, sites->now_us);
        sites->now_us += LATENCY_US;
        (void)dp_poll(sites->ottawa.router->dp, sites->now_us);
    }
}

Test(dp_tunnel, polling_allocates_nothing)
{
    struct sites sites = sites_new(TRANSFORM_ESP_3DES_HMAC_SHA, 0);
    struct ip4 ip = host_to_host();
    struct mallinfo2 before;
    struct mallinfo2 after;
    uint8_t packet[1600];

    (void)packet_udp(packet, &ip, 1472); /* two fragments each */
    exercise(&sites, packet);
    before = mallinfo2();
    exercise(&sites, packet);
    after = mallinfo2();
    cr_expect_eq(sites.ottawa.lan->out_count, 400);
    cr_expect_eq(before.uordblks, after.uordblks);
    cr_expect_eq(before.hblkhd, after.hblkhd);
    sites_free(&sites);
}
