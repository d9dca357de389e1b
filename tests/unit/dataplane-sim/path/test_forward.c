/*
 * test_forward.c - what a packet looks like when it leaves.
 *
 *     10.1.0.0/24 --0-- router --1-- 192.0.2.0/24
 *                          ===== tunnel 10 to 192.0.2.2, for 10.2.0.0/16
 */
#include "dp.h"

#include "base/bytes.h"
#include "tests/support/packet.h"
#include "tests/support/tap.h"
#include "tests/support/testbed.h"

#include <criterion/criterion.h>
#include <string.h>

enum { LAN = 0, WAN = 1, TUNNEL = 10 };

static struct testbed *bed;
static struct tap *lan;
static struct tap *wan;
static struct crypto *crypto;

static void
setup(void)
{
    struct dp_interface tunnel;

    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    bed = testbed_new();
    lan = tap_new();
    wan = tap_new();
    dp_attach_port(bed->dp, LAN, &lan->port);
    dp_attach_port(bed->dp, WAN, &wan->port);
    testbed_port(bed, LAN, 0, "10.1.0.1/24");
    testbed_port(bed, WAN, 0, "192.0.2.1/24");
    tunnel = testbed_tunnel(TUNNEL, 0, NULL, "192.0.2.1", "192.0.2.2");
    testbed_set(bed, &tunnel);
    (void)testbed_sa(
        bed, crypto, &tunnel, TRANSFORM_ESP_3DES_HMAC_SHA, SA_OUTBOUND, 0x1000);
    testbed_route(bed, 0, "10.2.0.0/16", TUNNEL);
}

static void
teardown(void)
{
    testbed_free(bed);
    crypto_close(crypto);
}

TestSuite(forward, .init = setup, .fini = teardown);

static struct ip4
from_to(const char *src, const char *dst)
{
    return (struct ip4){.src = packet_address(src), .dst = packet_address(dst)};
}

/* Let a packet arrive at the LAN and read the one that left by tap. */
static struct ip4
pass(const uint8_t *packet, size_t length, const struct tap *tap)
{
    struct ip4 ip;

    tap_put(lan, packet, length);
    (void)testbed_poll(bed, 1);
    cr_assert_eq(tap->out_count, 1);
    cr_assert(ip4_read(tap->out[0].bytes, tap->out[0].length, &ip));
    return ip;
}

Test(forward, takes_one_hop_and_leaves_the_rest_alone)
{
    uint8_t packet[200];
    struct ip4 ip = from_to("10.1.0.2", "192.0.2.9");
    size_t length;

    ip.tos = 0x88;
    ip.id = 99;
    length = packet_udp(packet, &ip, 100);
    ip = pass(packet, length, wan);
    cr_expect_eq(ip.ttl, 63);
    cr_expect_eq(wan->out[0].length, length);
    packet[8] = 63;
    packet_fix_checksum(packet);
    cr_expect_arr_eq(wan->out[0].bytes, packet, length);
}

Test(forward, leaves_out_what_follows_the_ip_packet)
{
    uint8_t packet[200] = {0};
    struct ip4 ip = from_to("10.1.0.2", "192.0.2.9");
    size_t length = packet_udp(packet, &ip, 10);

    (void)pass(packet, length + 8, wan);
    cr_expect_eq(wan->out[0].length, length);
}

Test(forward, the_outer_header_is_the_tunnels_own)
{
    uint8_t packet[200];
    struct ip4 ip = from_to("10.1.0.2", "10.2.0.2");

    ip.tos = 0x88;
    ip.ttl = 5;
    ip.dont_fragment = true;
    ip = pass(packet, packet_udp(packet, &ip, 100), wan);
    cr_expect_eq(ip.src, packet_address("192.0.2.1"));
    cr_expect_eq(ip.dst, packet_address("192.0.2.2"));
    cr_expect_eq(ip.protocol, IP4_PROTO_ESP);
    cr_expect_eq(ip.ttl, 64, "no hop is taken off what we make");
    cr_expect_eq(ip.tos, 0x88);
    cr_expect(ip.dont_fragment);
}

Test(forward, our_own_packets_enter_the_tunnel_with_all_their_hops)
{
    struct ip4 ip;

    testbed_ping(bed, 0, "10.1.0.1", "192.0.2.9", 1, 10);
    cr_assert_eq(wan->out_count, 1);
    cr_assert(ip4_read(wan->out[0].bytes, wan->out[0].length, &ip));
    cr_expect_eq(ip.ttl, 64);
    cr_expect_eq(ip.src, packet_address("10.1.0.1"));
    cr_expect_eq(ip.total_length, 38);
}

Test(forward, a_ping_without_a_source_takes_that_of_its_way_out)
{
    struct ip4 ip;

    testbed_ping(bed, 0, NULL, "192.0.2.9", 1, 10);
    cr_assert_eq(wan->out_count, 1);
    cr_assert(ip4_read(wan->out[0].bytes, wan->out[0].length, &ip));
    cr_expect_eq(ip.src, packet_address("192.0.2.1"));
}

Test(forward, answers_echo_with_the_same_bytes)
{
    uint8_t packet[200];
    struct ip4 ip = from_to("10.1.0.2", "192.0.2.1");
    size_t length;

    ip.ttl = 1; /* it has arrived: no hop is missing */
    ip.tos = 0x10;
    length = packet_echo(packet, &ip, 7, 8, 100);
    ip = pass(packet, length, lan);
    cr_expect_eq(ip.src, packet_address("192.0.2.1"));
    cr_expect_eq(ip.dst, packet_address("10.1.0.2"));
    cr_expect_eq(ip.ttl, 64);
    cr_expect_eq(ip.tos, 0x10);
    cr_expect_eq(lan->out[0].length, length);
    cr_expect_eq(lan->out[0].bytes[20], 0, "echo reply");
    cr_expect_eq(ip4_checksum(lan->out[0].bytes + 20, length - 20), 0);
    cr_expect_arr_eq(lan->out[0].bytes + 24, packet + 24, length - 24);
}

Test(forward, answers_echo_without_its_options)
{
    uint8_t plain[200];
    uint8_t packet[200];
    struct ip4 ip = from_to("10.1.0.2", "10.1.0.1");
    size_t length = packet_echo(plain, &ip, 7, 8, 20);

    memcpy(packet, plain, 20);
    memset(packet + 20, 1, 4); /* NOP, four times */
    memcpy(packet + 24, plain + 20, length - 20);
    packet[0] = 0x46;
    put_u16(packet + 2, (uint16_t)(length + 4));
    packet_fix_checksum(packet);
    ip = pass(packet, length + 4, lan);
    cr_expect_eq(ip.header_length, 20);
    cr_expect_eq(lan->out[0].length, length);
    cr_expect_arr_eq(lan->out[0].bytes + 28, plain + 28, length - 28);
}

Test(forward, does_not_answer_a_damaged_echo)
{
    uint8_t packet[200];
    struct ip4 ip = from_to("10.1.0.2", "10.1.0.1");
    size_t length = packet_echo(packet, &ip, 7, 8, 20);

    packet[length - 1] ^= 1;
    tap_put(lan, packet, length);
    (void)testbed_poll(bed, 1);
    cr_expect_eq(lan->out_count, 0);
    cr_expect_eq(testbed_drops(bed, DROP_MALFORMED), 1);
}

/* A Linux host fills in an ID of 0, after which AH does not verify. */
Test(forward, no_header_that_is_made_here_has_the_id_0)
{
    const struct ip4 inside = from_to("10.1.0.2", "10.2.0.2");
    uint8_t packet[200];
    size_t length = packet_udp(packet, &inside, 1);
    uint16_t last = 0;

    for (uint32_t i = 0; i < 65540; i++) {
        struct ip4 outer = pass(packet, length, wan);

        cr_assert_neq(outer.id, 0);
        cr_assert_neq(outer.id, last);
        last = outer.id;
        tap_clear(wan);
    }
}
