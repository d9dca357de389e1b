/*
 * test_drops.c - each reason for which the path drops a packet: a packet
 * that causes it, its counter, its tunnel's statistic.
 *
 *     lan 10.1.0.0/24 --0-- near --1-- 192.0.2.0/24 --1-- far --0-- 10.2.0.0/24
 *                              ====== tunnel 10 ======
 *
 * All four ports are taps: the test carries packets between the routers, and
 * can change them.
 *
 * Each packet is explained before it is delivered: the rehearsal must come to
 * the same end, and leave everything as it was.
 */
#include "dp.h"

#include "base/bytes.h"
#include "tests/support/packet.h"
#include "tests/support/tap.h"
#include "tests/support/testbed.h"
#include "watch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAN = 0, WAN = 1, TUNNEL = 10, NULL0 = 20, LOOPBACK = 21 };
enum { SPI_OUT = 0x2000, SPI_IN = 0x1000 };

struct side {
    struct testbed *router;
    struct tap *lan;
    struct tap *wan;
    struct dp_interface tunnel;
    struct sa *out;
};

struct world {
    struct crypto *crypto;
    struct side near;
    struct side far;
    enum drop foreseen; /* of the last packet to near */
};

static struct side
side_new(struct crypto *crypto, const char *lan, const char *source,
    const char *destination, bool is_near)
{
    struct side side = {testbed_new(), tap_new(), tap_new(), {0}, NULL};
    enum transform transform = TRANSFORM_ESP_3DES_HMAC_SHA;
    char wan[32];

    dp_attach_port(side.router->dp, LAN, &side.lan->port);
    dp_attach_port(side.router->dp, WAN, &side.wan->port);
    testbed_port(side.router, LAN, 0, lan);
    (void)snprintf(wan, sizeof(wan), "%s/24", source);
    testbed_port(side.router, WAN, 0, wan);
    side.tunnel = testbed_tunnel(TUNNEL, 0,
        is_near ? "10.9.0.1/30" : "10.9.0.2/30", source, destination);
    testbed_set(side.router, &side.tunnel);
    (void)testbed_sa(side.router, crypto, &side.tunnel, transform, SA_INBOUND,
        is_near ? SPI_IN : SPI_OUT);
    side.out = testbed_sa(side.router, crypto, &side.tunnel, transform,
        SA_OUTBOUND, is_near ? SPI_OUT : SPI_IN);
    testbed_route(
        side.router, 0, is_near ? "10.2.0.0/16" : "10.1.0.0/16", TUNNEL);
    return side;
}

static struct world
world_new(void)
{
    struct world world;

    world.foreseen = DROP_NONE;
    cr_assert_eq(crypto_open(NULL, &world.crypto), OK);
    world.near =
        side_new(world.crypto, "10.1.0.1/24", "192.0.2.1", "192.0.2.2", true);
    world.far =
        side_new(world.crypto, "10.2.0.1/24", "192.0.2.2", "192.0.2.1", false);
    return world;
}

static void
world_free(struct world *world)
{
    testbed_free(world->near.router);
    testbed_free(world->far.router);
    crypto_close(world->crypto);
}

static struct ip4
from_to(const char *src, const char *dst)
{
    return (struct ip4){.src = packet_address(src), .dst = packet_address(dst)};
}

/* All that can be counted in a router with two SAs. */
struct sums {
    struct dp_traffic traffic;
    uint64_t drops[DROP_COUNT];
    struct dp_interface_counters counters[32];
    struct dp_policy_counters policy;
    uint32_t sequence;
};

static void
take_sums(const struct side *side, struct sums *sums)
{
    uint32_t i;

    memset(sums, 0, sizeof(*sums)); /* padding too: they are compared whole */
    dp_traffic(side->router->dp, &sums->traffic);
    dp_drops(side->router->dp, sums->drops);
    for (i = 0; i < 32; i++)
        sums->counters[i] = testbed_counters(side->router, i);
    dp_policy_counters(side->router->dp, 0, &sums->policy);
    if (side->out != NULL)
        sums->sequence = sa_sequence(side->out);
}

static void
check_unchanged(const struct side *side, const struct sums *before)
{
    struct sums after;

    take_sums(side, &after);
    cr_expect_arr_eq(&after.traffic, &before->traffic, sizeof(after.traffic));
    cr_expect_arr_eq(after.drops, before->drops, sizeof(after.drops));
    cr_expect_arr_eq(after.counters, before->counters, sizeof(after.counters));
    cr_expect_arr_eq(&after.policy, &before->policy, sizeof(after.policy));
    cr_expect_eq(after.sequence, before->sequence);
}

/* Why near would drop the packet, arriving by this interface or made here. */
static enum drop
explain(struct world *world, uint32_t interface, const uint8_t *bytes,
    size_t length)
{
    struct dp_explanation *explanation = calloc(1, sizeof(*explanation));
    struct dp_command command = {
        .kind = DP_EXPLAIN, .explanation = explanation};
    enum drop drop = DROP_NONE;
    struct sums before;
    size_t i;

    take_sums(&world->near, &before);
    explanation->interface = interface;
    explanation->length = (uint32_t)length;
    memcpy(explanation->bytes, bytes, length);
    cr_assert_eq(testbed_apply(world->near.router, &command), OK);
    check_unchanged(&world->near, &before);
    for (i = 0; i < explanation->trail.count; i++) {
        if (explanation->trail.steps[i].outcome == DP_DROPPED)
            drop = explanation->trail.steps[i].drop;
    }
    cr_expect_gt(explanation->trail.count, 0);
    free(explanation);
    return drop;
}

/* A packet comes in by a port of near; its fate was foreseen. */
static void
arrive(struct world *world, uint32_t interface, const uint8_t *bytes,
    size_t length)
{
    struct tap *tap = interface == LAN ? world->near.lan : world->near.wan;

    world->foreseen = explain(world, interface, bytes, length);
    tap_put(tap, bytes, length);
    (void)testbed_poll(world->near.router, world->near.router->now_us + 1);
}

static void
ping_foreseen(struct world *world, const char *source, const char *destination)
{
    struct ip4 ip = from_to(source, destination);
    uint8_t packet[100];

    world->foreseen = explain(
        world, DP_NO_INTERFACE, packet, packet_echo(packet, &ip, 1, 1, 10));
}

/* A UDP packet into near's LAN, with this header. */
static void
send_lan(struct world *world, const struct ip4 *ip, size_t payload)
{
    uint8_t packet[9300];

    arrive(world, LAN, packet, packet_udp(packet, ip, payload));
}

/* What far sends to near through the tunnel, not yet delivered. */
static struct tap_packet *
protected_by_far(struct world *world, const char *src, const char *dst)
{
    struct ip4 ip = from_to(src, dst);
    uint8_t packet[200];

    tap_put(world->far.lan, packet, packet_udp(packet, &ip, 50));
    (void)testbed_poll(world->far.router, 1);
    cr_assert_eq(world->far.wan->out_count, 1);
    return &world->far.wan->out[0];
}

static void
deliver(struct world *world, const struct tap_packet *packet)
{
    arrive(world, WAN, packet->bytes, packet->length);
}

static void
malformed(struct world *world)
{
    static const uint8_t nonsense[20] = {0x45, 0, 0, 21};

    arrive(world, LAN, nonsense, sizeof(nonsense));
}

static void
ttl_expired(struct world *world)
{
    struct ip4 ip = from_to("10.1.0.2", "192.0.2.9");

    ip.ttl = 1;
    send_lan(world, &ip, 10);
}

static void
no_route(struct world *world)
{
    struct ip4 ip = from_to("10.1.0.2", "203.0.113.1");

    send_lan(world, &ip, 10);
}

static void
null_route(struct world *world)
{
    struct dp_interface null0;
    struct ip4 ip = from_to("10.1.0.2", "10.66.0.1");

    null0 = testbed_describe(NULL0, 0, DP_INTERFACE_NULL, NULL);
    testbed_set(world->near.router, &null0);
    testbed_route(world->near.router, 0, "10.66.0.0/16", NULL0);
    send_lan(world, &ip, 10);
}

static void
interface_down(struct world *world)
{
    struct ip4 ip = from_to("10.1.0.2", "192.0.2.9");

    world->near.wan->is_up = false;
    (void)testbed_poll(world->near.router, 1);
    send_lan(world, &ip, 10);
}

static void
interface_down_inbound(struct world *world)
{
    struct dp_interface lan;
    struct ip4 ip = from_to("10.1.0.2", "10.1.0.1");

    lan = testbed_describe(LAN, 0, DP_INTERFACE_PORT, "10.1.0.1/24");
    lan.enabled = false;
    testbed_set(world->near.router, &lan);
    send_lan(world, &ip, 10);
}

static void
not_for_us(struct world *world)
{
    struct ip4 ip = from_to("10.1.0.2", "192.0.2.1");

    send_lan(world, &ip, 10);
}

static void
echo_reply_nobody_asked_for(struct world *world)
{
    struct ip4 ip = from_to("10.1.0.2", "10.1.0.1");
    uint8_t packet[100];
    size_t length = packet_echo(packet, &ip, 7, 7, 10);

    packet[20] = 0; /* a reply; the checksum is 0x0800 larger then */
    put_u16(packet + 22, 0);
    put_u16(packet + 22, ip4_checksum(packet + 20, length - 20));
    arrive(world, LAN, packet, length);
}

/* An ICMP error for near's outer address, about a packet that near's SA sent
 * by this SPI, but that was no larger than it says. */
static void
icmp_error(struct world *world, uint32_t spi)
{
    struct ip4 ip = from_to("192.0.2.1", "192.0.2.2");
    uint8_t icmp[100] = {3, 4};
    uint8_t packet[200];
    uint8_t esp[8] = {0};
    size_t length;

    ip.protocol = IP4_PROTO_ESP;
    put_u32(esp, spi);
    length = 8 + packet_ip4(icmp + 8, &ip, esp, sizeof(esp));
    put_u16(icmp + 6, 1400);
    put_u16(icmp + 2, ip4_checksum(icmp, length));
    ip = from_to("192.0.2.9", "192.0.2.1");
    ip.protocol = IP4_PROTO_ICMP;
    arrive(world, WAN, packet, packet_ip4(packet, &ip, icmp, length));
}

static void
icmp_unknown(struct world *world)
{
    icmp_error(world, SPI_OUT + 1);
}

static void
icmp_implausible(struct world *world)
{
    icmp_error(world, SPI_OUT);
}

static void
loopback_neighbour(struct world *world)
{
    struct ip4 ip = from_to("10.1.0.2", "10.21.0.9");

    testbed_loopback(world->near.router, LOOPBACK, 0, "10.21.0.1/24");
    send_lan(world, &ip, 10);
}

static void
port_refused(struct world *world)
{
    ping_foreseen(world, "192.0.2.1", "192.0.2.9");
    world->near.wan->port.refused = 1; /* as its transmit would say */
    testbed_ping(world->near.router, 0, NULL, "192.0.2.9", 1, 10);
}

static void
port_full(struct world *world)
{
    struct ip4 ip = from_to("10.1.0.2", "192.0.2.9");

    world->near.wan->accept = 0;
    send_lan(world, &ip, 10);
}

static void
too_big(struct world *world)
{
    struct ip4 ip = from_to("10.1.0.2", "192.0.2.9");

    ip.dont_fragment = true;
    send_lan(world, &ip, 1473);
}

static void
too_big_for_the_interface(struct world *world)
{
    struct dp_interface wan;
    struct ip4 ip = from_to("10.1.0.2", "192.0.2.9");

    wan = testbed_describe(WAN, 0, DP_INTERFACE_PORT, "192.0.2.1/24");
    wan.port = WAN;
    wan.mtu = 600;
    testbed_set(world->near.router, &wan);
    ip.dont_fragment = true;
    send_lan(world, &ip, 573);
}

/* A fragment for near's LAN address: units of 8 bytes from offset on. */
static void
send_fragment(
    struct world *world, uint16_t id, uint16_t offset, size_t bytes, bool more)
{
    static const uint8_t payload[8000];
    uint8_t packet[8100];
    struct ip4 ip = from_to("10.1.0.2", "10.1.0.1");

    ip.protocol = IP4_PROTO_ICMP;
    ip.id = id;
    ip.fragment_offset = offset;
    ip.more_fragments = more;
    arrive(world, LAN, packet, packet_ip4(packet, &ip, payload, bytes));
}

static void
fragment_malformed(struct world *world)
{
    send_fragment(world, 1, 0, 31, true);
}

static void
fragment_overlap(struct world *world)
{
    send_fragment(world, 1, 0, 32, true);
    send_fragment(world, 1, 3, 32, true);
}

static void
fragment_twice(struct world *world)
{
    send_fragment(world, 1, 2, 32, true);
    send_fragment(world, 1, 2, 32, true);
}

static void
fragment_too_big(struct world *world)
{
    send_fragment(world, 1, 1000, 1400, true);
}

static void
fragment_timeout(struct world *world)
{
    struct testbed *router = world->near.router;

    send_fragment(world, 1, 0, 32, true);
    (void)testbed_poll(router, router->now_us + REASSEMBLY_TIMEOUT_US - 1);
    cr_expect_eq(testbed_drops(router, DROP_FRAGMENT_TIMEOUT), 0);
    cr_expect_eq(dp_due(router->dp), router->now_us + 1);
    (void)testbed_poll(router, router->now_us + 1);
    cr_expect_eq(dp_due(router->dp), UINT64_MAX);
}

static void
fragment_full(struct world *world)
{
    uint16_t i;

    for (i = 0; i <= REASSEMBLY_SHARE; i++)
        send_fragment(world, i, 0, 32, true);
}

/* Put all of near's buffers on a wire.  Its other end is returned. */
static struct port *
drain_pool(struct world *world)
{
    struct testbed *router = world->near.router;
    const struct wire_params params = {.latency_us = 1000000, .mtu = 1500};
    struct port *end;
    struct port *other;
    uint16_t i;

    port_wire_new(&params, &end, &other);
    dp_attach_port(router->dp, 2, end);
    testbed_port(router, 2, 0, "10.3.0.1/24");
    for (i = 0; i < 128; i++)
        testbed_ping(router, 0, NULL, "10.3.0.2", i, 10);
    cr_expect_eq(testbed_drops(router, DROP_POOL_EMPTY), 0);
    return other;
}

static void
pool_empty(struct world *world)
{
    struct port *other = drain_pool(world);

    ping_foreseen(world, "10.3.0.1", "10.3.0.2");
    testbed_ping(world->near.router, 0, NULL, "10.3.0.2", 128, 10);
    other->ops->free(other);
}

static void
pool_empty_at_arrival(struct world *world)
{
    struct port *other = drain_pool(world);
    struct ip4 ip = from_to("10.1.0.2", "192.0.2.9");

    send_lan(world, &ip, 10);
    other->ops->free(other);
}

static void
no_sa(struct world *world)
{
    struct tap_packet *packet;

    packet = protected_by_far(world, "10.2.0.2", "10.1.0.2");
    packet->bytes[20] ^= 1; /* the SPI's first byte */
    deliver(world, packet);
}

static void
truncated(struct world *world)
{
    struct tap_packet *packet;

    packet = protected_by_far(world, "10.2.0.2", "10.1.0.2");
    packet->length = 30;
    put_u16(packet->bytes + 2, 30);
    packet_fix_checksum(packet->bytes);
    deliver(world, packet);
}

static void
replayed(struct world *world)
{
    const struct tap_packet *packet;

    packet = protected_by_far(world, "10.2.0.2", "10.1.0.2");
    deliver(world, packet);
    cr_expect_eq(world->near.lan->out_count, 1, "the first one is taken");
    deliver(world, packet);
    cr_expect_eq(world->near.lan->out_count, 1, "the second one is not");
}

static void
bad_icv(struct world *world)
{
    struct tap_packet *packet;

    packet = protected_by_far(world, "10.2.0.2", "10.1.0.2");
    packet->bytes[packet->length - 1] ^= 1;
    deliver(world, packet);
}

/* Another tunnel's SA, whose packets are in UDP. */
static struct tap_packet *
protected_in_udp(struct world *world)
{
    struct sa_params params = testbed_sa_params(
        &world->near.tunnel, TRANSFORM_ESP_3DES_HMAC_SHA, SA_INBOUND, 0x3000);

    params.udp = (struct sa_udp){4500, 4500};
    (void)testbed_sa_add(world->near.router, world->crypto, &params);
    params = testbed_sa_params(
        &world->far.tunnel, TRANSFORM_ESP_3DES_HMAC_SHA, SA_OUTBOUND, 0x3000);
    params.udp = (struct sa_udp){4500, 4500};
    (void)testbed_sa_add(world->far.router, world->crypto, &params);
    return protected_by_far(world, "10.2.0.2", "10.1.0.2");
}

static void
in_udp_but_should_not_be(struct world *world)
{
    struct tap_packet *packet = protected_in_udp(world);

    put_u32(packet->bytes + 28, SPI_IN);
    deliver(world, packet);
}

static void
should_be_in_udp(struct world *world)
{
    struct tap_packet *packet = protected_in_udp(world);

    packet->bytes[9] = IP4_PROTO_ESP;
    memmove(packet->bytes + 20, packet->bytes + 28, packet->length - 28);
    packet->length -= 8;
    put_u16(packet->bytes + 2, (uint16_t)packet->length);
    packet_fix_checksum(packet->bytes);
    deliver(world, packet);
}

/* UDP to a port of near, with this payload. */
static void
send_udp(struct world *world, uint16_t port, const void *payload, size_t length)
{
    struct ip4 ip = from_to("192.0.2.2", "192.0.2.1");
    uint8_t packet[200];

    arrive(world, WAN, packet,
        packet_udp_port(packet, &ip, port, payload, length));
}

static void
no_ike(struct world *world)
{
    send_udp(world, 500, "12345678", 8);
}

static void
no_ike_from_a_nat(struct world *world)
{
    send_udp(world, 4500, "\0\0\0\0", 4);
}

static void
want_punt(struct world *world)
{
    const struct dp_command command = {.kind = DP_PUNT, .is_punt = true};

    cr_assert_eq(testbed_apply(world->near.router, &command), OK);
}

/* Nobody fetches what waits. */
static void
punt_full(struct world *world)
{
    struct ip4 ip = from_to("192.0.2.2", "192.0.2.1");
    uint8_t packet[200];
    size_t length = packet_udp_port(packet, &ip, 500, "12345678", 8);

    want_punt(world);
    for (size_t i = 0; i < DP_DATAGRAMS + 1; i++) {
        tap_put(world->near.wan, packet, length);
        (void)dp_poll(world->near.router->dp, 1);
    }
}

static void
wrong_udp_checksum(struct world *world)
{
    struct ip4 ip = from_to("192.0.2.2", "192.0.2.1");
    uint8_t packet[200];
    size_t length = packet_udp_port(packet, &ip, 500, "12345678", 8);

    want_punt(world);
    put_u16(packet + 26, 0x1234);
    arrive(world, WAN, packet, length);
}

static void
nat_keepalive(struct world *world)
{
    send_udp(world, 4500, "\xff", 1);
}

static void
no_keepalive(struct world *world)
{
    send_udp(world, 4500, "\xfe", 1);
}

static void
no_spi_in_udp(struct world *world)
{
    send_udp(world, 4500, "\xff\xff\xff", 3);
}

static void
no_sa_in_udp(struct world *world)
{
    send_udp(world, 4500, "\0\0\x77\x77", 4);
}

static void
truncated_in_udp(struct world *world)
{
    (void)protected_in_udp(world);
    send_udp(world, 4500, "\0\0\x30\0\0\0\0\1", 8);
}

static void
udp_longer_than_it_is(struct world *world)
{
    struct ip4 ip = from_to("192.0.2.2", "192.0.2.1");
    uint8_t packet[200];
    size_t length = packet_udp_port(packet, &ip, 4500, "\xff", 1);

    put_u16(packet + 24, 10);
    arrive(world, WAN, packet, length);
}

static void
udp_without_a_header(struct world *world)
{
    static const uint8_t start[7] = {0x11, 0x94}; /* of a header of 8 */
    struct ip4 ip = from_to("192.0.2.2", "192.0.2.1");
    uint8_t packet[200];

    ip.protocol = IP4_PROTO_UDP;
    arrive(world, WAN, packet, packet_ip4(packet, &ip, start, sizeof start));
}

static void
in_selector(struct world *world)
{
    struct dp_interface tunnel = world->near.tunnel;

    tunnel.tunnel.remote.first = packet_address("10.2.0.3");
    testbed_set(world->near.router, &tunnel);
    deliver(world, protected_by_far(world, "10.2.0.2", "10.1.0.2"));
}

static void
ecn_congested(struct world *world)
{
    struct tap_packet *packet;

    packet = protected_by_far(world, "10.2.0.2", "10.1.0.2");
    packet->bytes[1] |= 3;
    packet_fix_checksum(packet->bytes);
    deliver(world, packet);
}

static void
tunnel_shut_inbound(struct world *world)
{
    struct dp_interface tunnel = world->near.tunnel;

    tunnel.enabled = false;
    testbed_set(world->near.router, &tunnel);
    deliver(world, protected_by_far(world, "10.2.0.2", "10.1.0.2"));
}

static void
tunnel_down(struct world *world)
{
    struct dp_interface tunnel = world->near.tunnel;
    struct ip4 ip = from_to("10.1.0.2", "10.2.0.2");

    tunnel.enabled = false;
    testbed_set(world->near.router, &tunnel);
    send_lan(world, &ip, 10);
}

static void
no_outbound_sa(struct world *world)
{
    struct ip4 ip = from_to("10.1.0.2", "10.2.0.2");

    testbed_sa_remove(world->near.router, world->near.out);
    world->near.out = NULL;
    send_lan(world, &ip, 10);
}

static void
out_selector(struct world *world)
{
    struct dp_interface tunnel = world->near.tunnel;
    struct ip4 ip = from_to("10.1.0.2", "10.2.0.2");

    tunnel.tunnel.local.last = packet_address("10.1.0.1");
    testbed_set(world->near.router, &tunnel);
    send_lan(world, &ip, 10);
}

static void
too_big_tunnel(struct world *world)
{
    struct ip4 ip = from_to("10.1.0.2", "10.2.0.2");

    ip.dont_fragment = true;
    send_lan(world, &ip, 1373); /* 1401 in all, the tunnel takes 1400 */
}

/* Another tunnel's packets, whose SA only encrypts, so that what is changed
 * on the way is found out after decryption only. */
static struct tap_packet *
encrypted_by_far(struct world *world)
{
    (void)testbed_sa(world->far.router, world->crypto, &world->far.tunnel,
        TRANSFORM_ESP_DES, SA_OUTBOUND, 0x3000);
    (void)testbed_sa(world->near.router, world->crypto, &world->near.tunnel,
        TRANSFORM_ESP_DES, SA_INBOUND, 0x3000);
    return protected_by_far(world, "10.2.0.2", "10.1.0.2");
}

static void
bad_inner(struct world *world)
{
    struct tap_packet *packet = encrypted_by_far(world);

    packet->bytes[28] ^= 0xf0; /* IV's first byte: the inner version */
    deliver(world, packet);
}

static void
bad_padding(struct world *world)
{
    struct tap_packet *packet = encrypted_by_far(world);

    /* The block before the last: its change shows in the last one's next
     * header. */
    packet->bytes[packet->length - 9] ^= 0xff;
    deliver(world, packet);
}

/* Tunnel 10 + n leads to an address behind tunnel 11 + n, and so on; the
 * fifth one is one too many. */
static void
loop(struct world *world)
{
    struct testbed *router = world->near.router;
    struct ip4 ip = from_to("10.1.0.2", "10.50.0.1");
    struct dp_interface tunnel;
    char destination[32];
    char prefix[32];
    uint32_t i;

    for (i = 0; i < 5; i++) {
        (void)snprintf(destination, sizeof(destination), "10.%u.0.1", 51 + i);
        (void)snprintf(prefix, sizeof(prefix), "10.%u.0.0/16", 50 + i);
        tunnel = testbed_tunnel(
            TUNNEL + 5 - 1 - i, 0, NULL, "192.0.2.1", destination);
        testbed_set(router, &tunnel);
        (void)testbed_sa(router, world->crypto, &tunnel, TRANSFORM_AH_HMAC_MD5,
            SA_OUTBOUND, 0x4000 + i);
        testbed_route(router, 0, prefix, tunnel.index);
    }
    send_lan(world, &ip, 10);
}

/* What comes in by the LAN is under policy 1; it goes to a host on the LAN of
 * far, where the routes lead into the tunnel. */
static void
send_under_policy(struct world *world)
{
    struct ip4 ip = from_to("10.1.0.2", "10.2.0.2");
    struct dp_interface lan;

    lan = testbed_describe(LAN, 0, DP_INTERFACE_PORT, "10.1.0.1/24");
    lan.policy = 1;
    testbed_set(world->near.router, &lan);
    send_lan(world, &ip, 10);
    cr_expect_eq(world->near.wan->out_count, 0);
}

static void
policy_filter(struct world *world)
{
    testbed_policy(world->near.router, 0, POLICY_FILTER, 0);
    send_under_policy(world);
}

static void
policy_missing(struct world *world)
{
    send_under_policy(world);
}

static void
policy_tunnel(struct world *world)
{
    testbed_policy(world->near.router, 0, POLICY_TUNNEL, TUNNEL);
    testbed_sa_remove(world->near.router, world->near.out);
    world->near.out = NULL;
    send_under_policy(world);
}

static void
policy_no_tunnel(struct world *world)
{
    testbed_policy(world->near.router, 0, POLICY_TUNNEL, WAN);
    send_under_policy(world);
}

static void
policy_next_hop(struct world *world)
{
    testbed_policy(
        world->near.router, 0, POLICY_NEXT_HOP, packet_address("203.0.113.1"));
    send_under_policy(world);
}

static void
policy_next_hop_is_us(struct world *world)
{
    testbed_policy(
        world->near.router, 0, POLICY_NEXT_HOP, packet_address("192.0.2.1"));
    send_under_policy(world);
}

static void
policy_next_hop_nowhere(struct world *world)
{
    testbed_loopback(world->near.router, LOOPBACK, 0, "10.21.0.1/24");
    testbed_policy(
        world->near.router, 0, POLICY_NEXT_HOP, packet_address("10.21.0.9"));
    send_under_policy(world);
}

static const struct {
    enum drop drop;
    bool is_tunnels; /* counts in the tunnel's statistic too */
    void (*provoke)(struct world *world);
    const char *why;
} rows[] = {
    {DROP_MALFORMED,           false, malformed,                   "longer than it is"           },
    {DROP_TTL_EXPIRED,         false, ttl_expired,                 "its last hop was here"       },
    {DROP_NO_ROUTE,            false, no_route,                    "nothing leads there"         },
    {DROP_NO_ROUTE,            false, loopback_neighbour,          "nobody else on a loopback"   },
    {DROP_NULL_ROUTE,          false, null_route,                  "null 0"                      },
    {DROP_INTERFACE_DOWN,      false, interface_down,              "the cable is out"            },
    {DROP_INTERFACE_DOWN,      false, interface_down_inbound,      "shut, and arrives"           },
    {DROP_INTERFACE_DOWN,      false, tunnel_shut_inbound,         "tunnel shut, inbound"        },
    {DROP_NOT_FOR_US,          false, not_for_us,                  "UDP to a router"             },
    {DROP_NOT_FOR_US,          false, echo_reply_nobody_asked_for, "no such ping"                },
    {DROP_NOT_FOR_US,          false, no_ike,                      "UDP 500"                     },
    {DROP_NOT_FOR_US,          false, no_ike_from_a_nat,           "UDP 4500"                    },
    {DROP_PUNT_FULL,           false, punt_full,                   "M is asleep"                 },
    {DROP_MALFORMED,           false, wrong_udp_checksum,          "UDP's checksum"              },
    {DROP_PORT_REFUSED,        false, port_refused,                "the host does not take it"   },
    {DROP_PORT_FULL,           false, port_full,                   "the port takes none"         },
    {DROP_TOO_BIG,             false, too_big,                     "1501 bytes"                  },
    {DROP_TOO_BIG,             false, too_big_for_the_interface,   "601 with an MTU of 600"      },
    {DROP_FRAGMENT_MALFORMED,  false, fragment_malformed,          "31 bytes"                    },
    {DROP_FRAGMENT_OVERLAP,    false, fragment_overlap,            "a unit is in both"           },
    {DROP_FRAGMENT_TWICE,      false, fragment_twice,              "the same bytes"              },
    {DROP_FRAGMENT_TOO_BIG,    false, fragment_too_big,            "9,400 bytes"                 },
    {DROP_FRAGMENT_TIMEOUT,    false, fragment_timeout,            "the rest never comes"        },
    {DROP_FRAGMENT_FULL,       false, fragment_full,               "one more than its share"     },
    {DROP_ICMP_UNKNOWN,        false, icmp_unknown,                "another SPI"                 },
    {DROP_ICMP_IMPLAUSIBLE,    false, icmp_implausible,            "it was small"                },
    {DROP_POOL_EMPTY,          false, pool_empty,                  "all buffers are on a wire"   },
    {DROP_POOL_EMPTY,          false, pool_empty_at_arrival,       "none for an arrival"         },
    {DROP_LOOP,                true,  loop,                        "a fifth encapsulation"       },
    {DROP_POLICY_FILTER,       false, policy_filter,               "filter"                      },
    {DROP_POLICY_FILTER,       false, policy_missing,              "a policy that is not there"  },
    {DROP_POLICY_TUNNEL,       true,  policy_tunnel,               "the tunnel has no SA"        },
    {DROP_POLICY_TUNNEL,       false, policy_no_tunnel,            "a port is no tunnel"         },
    {DROP_POLICY_NEXTHOP,      false, policy_next_hop,             "no route to it"              },
    {DROP_POLICY_NEXTHOP,      false, policy_next_hop_is_us,       "it is our own"               },
    {DROP_POLICY_NEXTHOP,      false, policy_next_hop_nowhere,     "on a loopback"               },
    {DROP_NO_SA,               false, no_sa,                       "wrong SPI"                   },
    {DROP_TRUNCATED,           true,  truncated,                   "ten bytes of ESP"            },
    {DROP_REPLAYED,            true,  replayed,                    "the same packet twice"       },
    {DROP_BAD_ICV,             true,  bad_icv,                     "the last bit is wrong"       },
    {DROP_BAD_PADDING,         true,  bad_padding,                 "not followed by IPv4"        },
    {DROP_BAD_INNER,           true,  bad_inner,                   "inner version"               },
    {DROP_IN_SELECTOR,         true,  in_selector,                 "inner source not the peer's" },
    {DROP_ECN_CONGESTED,       true,  ecn_congested,               "marked, and not capable"     },
    {DROP_TUNNEL_DOWN,         true,  tunnel_down,                 "shut"                        },
    {DROP_NO_OUTBOUND_SA,      true,  no_outbound_sa,              "no SA"                       },
    {DROP_OUT_SELECTOR,        true,  out_selector,                "source not in local identity"},
    {DROP_TOO_BIG_TUNNEL,      true,  too_big_tunnel,              "DF and one byte too long"    },
    {DROP_NO_SA,               false, no_sa_in_udp,                "wrong SPI in UDP"            },
    {DROP_WRONG_ENCAPSULATION, true,  in_udp_but_should_not_be,    "in UDP"                      },
    {DROP_WRONG_ENCAPSULATION, true,  should_be_in_udp,            "not in UDP"                  },
    {DROP_NAT_KEEPALIVE,       false, nat_keepalive,               "one byte 0xff"               },
    {DROP_TRUNCATED,           false, no_keepalive,                "one byte 0xfe"               },
    {DROP_TRUNCATED,           false, no_spi_in_udp,               "three bytes"                 },
    {DROP_TRUNCATED,           true,  truncated_in_udp,            "no more than a header"       },
    {DROP_MALFORMED,           false, udp_longer_than_it_is,       "UDP's length"                },
    {DROP_MALFORMED,           false, udp_without_a_header,        "seven bytes of UDP"          },
};

static void
check_counters(const struct testbed *router, enum drop drop, bool is_tunnels,
    const char *why)
{
    struct dp_interface_counters counters = testbed_counters(router, TUNNEL);
    uint64_t drops[DROP_COUNT];
    uint64_t want;
    size_t i;

    dp_drops(router->dp, drops);
    for (i = 0; i < DROP_COUNT; i++) {
        cr_expect_eq(drops[i], i == drop ? 1U : 0U, "%s (%s): %s counted %u",
            drop_reasons[drop].name, why, drop_reasons[i].name,
            (unsigned)drops[i]);
    }
    for (i = 1; i < STATISTIC_COUNT; i++) {
        want = is_tunnels && i == drop_reasons[drop].statistic ? 1 : 0;
        cr_expect_eq(counters.statistics[i], want, "%s (%s): statistic %zu",
            drop_reasons[drop].name, why, i);
    }
}

/* What a port says when it is given the packet, nobody can know before; and
 * a rehearsal does not look at the fragments that are there. */
static bool
is_foreseeable(enum drop drop)
{
    return drop != DROP_PUNT_FULL && drop != DROP_PORT_FULL &&
           drop != DROP_PORT_REFUSED &&
           (drop < DROP_FRAGMENT_MALFORMED || drop > DROP_FRAGMENT_FULL);
}

Test(drops, each_has_a_packet_that_causes_it_and_is_counted_once)
{
    struct world world;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world = world_new();
        rows[i].provoke(&world);
        check_counters(
            world.near.router, rows[i].drop, rows[i].is_tunnels, rows[i].why);
        cr_expect_eq(world.foreseen,
            is_foreseeable(rows[i].drop) ? rows[i].drop : DROP_NONE,
            "%s (%s): the explanation said %s", drop_reasons[rows[i].drop].name,
            rows[i].why, drop_reasons[world.foreseen].name);
        world_free(&world);
    }
}

/* Marked on the way, the packet inside says so and is otherwise the same. */
Test(drops, a_mark_of_congestion_reaches_the_packet_inside)
{
    struct world world = world_new();
    struct ip4 ip = from_to("10.2.0.2", "10.1.0.2");
    struct tap_packet *outer = &world.far.wan->out[0];
    uint8_t packet[200];

    ip.tos = 0x4a;
    tap_put(world.far.lan, packet, packet_udp(packet, &ip, 50));
    (void)testbed_poll(world.far.router, 1);
    cr_assert_eq(world.far.wan->out_count, 1);
    cr_expect_eq(outer->bytes[1], 0x4a, "copied out");
    outer->bytes[1] = 0x03;
    packet_fix_checksum(outer->bytes);
    deliver(&world, outer);
    cr_assert_eq(world.near.lan->out_count, 1);
    cr_assert(ip4_read(
        world.near.lan->out[0].bytes, world.near.lan->out[0].length, &ip));
    cr_expect_eq(ip.tos, 0x4b);
    world_free(&world);
}

Test(drops, esp_cut_at_every_length_is_dropped)
{
    struct world world = world_new();
    struct tap_packet *packet;
    struct tap_packet cut;
    size_t length;
    size_t whole;
    uint64_t drops[DROP_COUNT];
    uint64_t sum = 0;
    size_t i;

    packet = protected_by_far(&world, "10.2.0.2", "10.1.0.2");
    whole = packet->length;
    for (length = 20; length < whole; length++) {
        cut = *packet;
        cut.length = length;
        put_u16(cut.bytes + 2, (uint16_t)length);
        packet_fix_checksum(cut.bytes);
        deliver(&world, &cut);
    }
    dp_drops(world.near.router->dp, drops);
    for (i = 0; i < DROP_COUNT; i++)
        sum += drops[i];
    cr_expect_eq(sum, whole - 20);
    cr_expect_eq(drops[DROP_TRUNCATED] + drops[DROP_BAD_ICV], sum);
    deliver(&world, packet);
    cr_expect_eq(world.near.lan->out_count, 1, "the whole one still passes");
    world_free(&world);
}

Test(drops, a_dropped_ping_says_why)
{
    struct world world = world_new();
    struct dp_event event;

    world.near.wan->accept = 0;
    testbed_ping(world.near.router, 0, NULL, "192.0.2.9", 5, 10);
    cr_assert(testbed_event(world.near.router, DP_EVENT_PING_DROP, &event));
    cr_expect_eq(event.drop, DROP_PORT_FULL);
    testbed_ping(world.near.router, 0, NULL, "192.0.2.9", 6, 9300);
    cr_assert(testbed_event(world.near.router, DP_EVENT_PING_DROP, &event));
    cr_expect_eq(event.drop, DROP_TOO_BIG);
    testbed_ping(world.near.router, 0, "10.1.0.1", "10.2.0.1", 7, 2000);
    cr_assert(testbed_event(world.near.router, DP_EVENT_PING_DROP, &event));
    cr_expect_eq(event.drop, DROP_PORT_FULL);
    cr_expect_not(testbed_event(world.near.router, DP_EVENT_PING_DROP, &event),
        "two fragments, one event");
    world_free(&world);
}

Test(drops, every_reason_of_path_and_tunnel_is_in_the_table)
{
    /* Tested in the rooms of the SA, and in test_gre.c. */
    static const enum drop elsewhere[] = {DROP_SEQUENCE_END,
        DROP_ENCRYPT_FAILED, DROP_DECRYPT_FAILED, DROP_OTHER_PROTOCOL,
        DROP_NO_GRE, DROP_BAD_GRE, DROP_GRE_CHECKSUM, DROP_GRE_PROTOCOL,
        DROP_GRE_CLEAR, DROP_IN_SA_EXPIRED, DROP_OUT_SA_EXPIRED};
    bool is_seen[DROP_COUNT] = {[DROP_NONE] = true};
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        is_seen[rows[i].drop] = true;
    for (i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
        is_seen[elsewhere[i]] = true;
    for (i = 0; i < DROP_COUNT; i++)
        cr_expect(is_seen[i], "%s has no test", drop_reasons[i].name);
}
