/*
 * test_drops_tunnel.c - each reason for which the path drops a packet of a
 * tunnel, of IKE or about a tunnel: as test_drops.c, with the tunnel's
 * statistic.
 */
#include "base/bytes.h"
#include "tests/support/ends.h"
#include "tests/support/packet.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* ---- ICMP errors ---- */

/* An ICMP error for near's outer address, about a packet that near's SA sent
 * by this SPI, but that was no larger than it says. */
static void
icmp_error(struct ends *ends, uint32_t spi)
{
    struct ip4 ip = ends_ip("192.0.2.1", "192.0.2.2");
    uint8_t icmp[100] = {3, 4};
    uint8_t packet[200];
    uint8_t esp[8] = {0};
    size_t length;

    ip.protocol = IP4_PROTO_ESP;
    put_u32(esp, spi);
    length = 8 + packet_ip4(icmp + 8, &ip, esp, sizeof(esp));
    put_u16(icmp + 6, 1400);
    put_u16(icmp + 2, ip4_checksum(icmp, length));
    ip = ends_ip("192.0.2.9", "192.0.2.1");
    ip.protocol = IP4_PROTO_ICMP;
    ends_arrive(ends, WAN, packet, packet_ip4(packet, &ip, icmp, length));
}

static void
icmp_unknown(struct ends *ends)
{
    icmp_error(ends, SPI_OUT + 1);
}

static void
icmp_implausible(struct ends *ends)
{
    icmp_error(ends, SPI_OUT);
}

/* ---- under an SA ---- */

static void
no_sa(struct ends *ends)
{
    struct tap_packet *packet;

    packet = ends_by_far(ends);
    packet->bytes[20] ^= 1; /* the SPI's first byte */
    ends_deliver(ends, packet);
}

static void
truncated(struct ends *ends)
{
    struct tap_packet *packet;

    packet = ends_by_far(ends);
    packet->length = 30;
    put_u16(packet->bytes + 2, 30);
    packet_fix_checksum(packet->bytes);
    ends_deliver(ends, packet);
}

static void
replayed(struct ends *ends)
{
    const struct tap_packet *packet;

    packet = ends_by_far(ends);
    ends_deliver(ends, packet);
    cr_expect_eq(ends->near.lan->out_count, 1, "the first one is taken");
    ends_deliver(ends, packet);
    cr_expect_eq(ends->near.lan->out_count, 1, "the second one is not");
}

static void
bad_icv(struct ends *ends)
{
    struct tap_packet *packet;

    packet = ends_by_far(ends);
    packet->bytes[packet->length - 1] ^= 1;
    ends_deliver(ends, packet);
}

/* ---- in UDP ---- */

/* Another tunnel's SA, whose packets are in UDP. */
static struct tap_packet *
protected_in_udp(struct ends *ends)
{
    struct sa_params params = testbed_sa_params(
        &ends->near.tunnel, TRANSFORM_ESP_3DES_HMAC_SHA, SA_INBOUND, 0x3000);

    params.udp = (struct sa_udp){4500, 4500};
    (void)testbed_sa_add(ends->near.router, ends->crypto, &params);
    params = testbed_sa_params(
        &ends->far.tunnel, TRANSFORM_ESP_3DES_HMAC_SHA, SA_OUTBOUND, 0x3000);
    params.udp = (struct sa_udp){4500, 4500};
    (void)testbed_sa_add(ends->far.router, ends->crypto, &params);
    return ends_by_far(ends);
}

static void
in_udp_but_should_not_be(struct ends *ends)
{
    struct tap_packet *packet = protected_in_udp(ends);

    put_u32(packet->bytes + 28, SPI_IN);
    ends_deliver(ends, packet);
}

static void
should_be_in_udp(struct ends *ends)
{
    struct tap_packet *packet = protected_in_udp(ends);

    packet->bytes[9] = IP4_PROTO_ESP;
    memmove(packet->bytes + 20, packet->bytes + 28, packet->length - 28);
    packet->length -= 8;
    put_u16(packet->bytes + 2, (uint16_t)packet->length);
    packet_fix_checksum(packet->bytes);
    ends_deliver(ends, packet);
}

/* UDP to a port of near, with this payload. */
static void
send_udp(struct ends *ends, uint16_t port, const void *payload, size_t length)
{
    struct ip4 ip = ends_ip("192.0.2.2", "192.0.2.1");
    uint8_t packet[200];

    ends_arrive(
        ends, WAN, packet, packet_udp_port(packet, &ip, port, payload, length));
}

static void
no_ike(struct ends *ends)
{
    send_udp(ends, 500, "12345678", 8);
}

static void
no_ike_from_a_nat(struct ends *ends)
{
    send_udp(ends, 4500, "\0\0\0\0", 4);
}

static void
want_punt(struct ends *ends)
{
    const struct dp_command command = {.kind = DP_PUNT, .is_punt = true};

    cr_assert_eq(testbed_apply(ends->near.router, &command), OK);
}

/* Nobody fetches what waits. */
static void
punt_full(struct ends *ends)
{
    struct ip4 ip = ends_ip("192.0.2.2", "192.0.2.1");
    uint8_t packet[200];
    size_t length = packet_udp_port(packet, &ip, 500, "12345678", 8);

    want_punt(ends);
    for (size_t i = 0; i < DP_DATAGRAMS + 1; i++) {
        tap_put(ends->near.wan, packet, length);
        (void)dp_poll(ends->near.router->dp, 1);
    }
}

static void
wrong_udp_checksum(struct ends *ends)
{
    struct ip4 ip = ends_ip("192.0.2.2", "192.0.2.1");
    uint8_t packet[200];
    size_t length = packet_udp_port(packet, &ip, 500, "12345678", 8);

    want_punt(ends);
    put_u16(packet + 26, 0x1234);
    ends_arrive(ends, WAN, packet, length);
}

static void
nat_keepalive(struct ends *ends)
{
    send_udp(ends, 4500, "\xff", 1);
}

static void
no_keepalive(struct ends *ends)
{
    send_udp(ends, 4500, "\xfe", 1);
}

static void
no_spi_in_udp(struct ends *ends)
{
    send_udp(ends, 4500, "\xff\xff\xff", 3);
}

static void
no_sa_in_udp(struct ends *ends)
{
    send_udp(ends, 4500, "\0\0\x77\x77", 4);
}

static void
truncated_in_udp(struct ends *ends)
{
    (void)protected_in_udp(ends);
    send_udp(ends, 4500, "\0\0\x30\0\0\0\0\1", 8);
}

static void
udp_longer_than_it_is(struct ends *ends)
{
    struct ip4 ip = ends_ip("192.0.2.2", "192.0.2.1");
    uint8_t packet[200];
    size_t length = packet_udp_port(packet, &ip, 4500, "\xff", 1);

    put_u16(packet + 24, 10);
    ends_arrive(ends, WAN, packet, length);
}

static void
udp_without_a_header(struct ends *ends)
{
    static const uint8_t start[7] = {0x11, 0x94}; /* of a header of 8 */
    struct ip4 ip = ends_ip("192.0.2.2", "192.0.2.1");
    uint8_t packet[200];

    ip.protocol = IP4_PROTO_UDP;
    ends_arrive(
        ends, WAN, packet, packet_ip4(packet, &ip, start, sizeof start));
}

/* ---- what a tunnel takes ---- */

static void
in_selector(struct ends *ends)
{
    struct dp_interface tunnel = ends->near.tunnel;

    tunnel.tunnel.remote.first = packet_address("10.2.0.3");
    testbed_set(ends->near.router, &tunnel);
    ends_deliver(ends, ends_by_far(ends));
}

static void
ecn_congested(struct ends *ends)
{
    struct tap_packet *packet;

    packet = ends_by_far(ends);
    packet->bytes[1] |= 3;
    packet_fix_checksum(packet->bytes);
    ends_deliver(ends, packet);
}

static void
tunnel_shut_inbound(struct ends *ends)
{
    struct dp_interface tunnel = ends->near.tunnel;

    tunnel.enabled = false;
    testbed_set(ends->near.router, &tunnel);
    ends_deliver(ends, ends_by_far(ends));
}

static void
tunnel_down(struct ends *ends)
{
    struct dp_interface tunnel = ends->near.tunnel;
    struct ip4 ip = ends_ip("10.1.0.2", "10.2.0.2");

    tunnel.enabled = false;
    testbed_set(ends->near.router, &tunnel);
    ends_send_lan(ends, &ip, 10);
}

static void
no_outbound_sa(struct ends *ends)
{
    struct ip4 ip = ends_ip("10.1.0.2", "10.2.0.2");

    testbed_sa_remove(ends->near.router, ends->near.out);
    ends->near.out = NULL;
    ends_send_lan(ends, &ip, 10);
}

static void
out_selector(struct ends *ends)
{
    struct dp_interface tunnel = ends->near.tunnel;
    struct ip4 ip = ends_ip("10.1.0.2", "10.2.0.2");

    tunnel.tunnel.local.last = packet_address("10.1.0.1");
    testbed_set(ends->near.router, &tunnel);
    ends_send_lan(ends, &ip, 10);
}

static void
too_big_tunnel(struct ends *ends)
{
    struct ip4 ip = ends_ip("10.1.0.2", "10.2.0.2");

    ip.dont_fragment = true;
    ends_send_lan(ends, &ip, 1373); /* 1401 in all, the tunnel takes 1400 */
}

/* Another tunnel's packets, whose SA only encrypts, so that what is changed
 * on the way is found out after decryption only. */
static struct tap_packet *
encrypted_by_far(struct ends *ends)
{
    (void)testbed_sa(ends->far.router, ends->crypto, &ends->far.tunnel,
        TRANSFORM_ESP_DES, SA_OUTBOUND, 0x3000);
    (void)testbed_sa(ends->near.router, ends->crypto, &ends->near.tunnel,
        TRANSFORM_ESP_DES, SA_INBOUND, 0x3000);
    return ends_by_far(ends);
}

static void
bad_inner(struct ends *ends)
{
    struct tap_packet *packet = encrypted_by_far(ends);

    packet->bytes[28] ^= 0xf0; /* IV's first byte: the inner version */
    ends_deliver(ends, packet);
}

static void
bad_padding(struct ends *ends)
{
    struct tap_packet *packet = encrypted_by_far(ends);

    /* The block before the last: its change shows in the last one's next
     * header. */
    packet->bytes[packet->length - 9] ^= 0xff;
    ends_deliver(ends, packet);
}

/* Tunnel 10 + n leads to an address behind tunnel 11 + n, and so on; the
 * fifth one is one too many. */
static void
loop(struct ends *ends)
{
    struct testbed *router = ends->near.router;
    struct ip4 ip = ends_ip("10.1.0.2", "10.50.0.1");
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
        (void)testbed_sa(router, ends->crypto, &tunnel, TRANSFORM_AH_HMAC_MD5,
            SA_OUTBOUND, 0x4000 + i);
        testbed_route(router, 0, prefix, tunnel.index);
    }
    ends_send_lan(ends, &ip, 10);
}

/* ---- the tests ---- */

const struct drop_row drops_of_tunnels[] = {
    {DROP_INTERFACE_DOWN,      false, tunnel_shut_inbound,      "tunnel shut, inbound"        },
    {DROP_NOT_FOR_US,          false, no_ike,                   "UDP 500"                     },
    {DROP_NOT_FOR_US,          false, no_ike_from_a_nat,        "UDP 4500"                    },
    {DROP_PUNT_FULL,           false, punt_full,                "M is asleep"                 },
    {DROP_MALFORMED,           false, wrong_udp_checksum,       "UDP's checksum"              },
    {DROP_ICMP_UNKNOWN,        false, icmp_unknown,             "another SPI"                 },
    {DROP_ICMP_IMPLAUSIBLE,    false, icmp_implausible,         "it was small"                },
    {DROP_LOOP,                true,  loop,                     "a fifth encapsulation"       },
    {DROP_NO_SA,               false, no_sa,                    "wrong SPI"                   },
    {DROP_TRUNCATED,           true,  truncated,                "ten bytes of ESP"            },
    {DROP_REPLAYED,            true,  replayed,                 "the same packet twice"       },
    {DROP_BAD_ICV,             true,  bad_icv,                  "the last bit is wrong"       },
    {DROP_BAD_PADDING,         true,  bad_padding,              "not followed by IPv4"        },
    {DROP_BAD_INNER,           true,  bad_inner,                "inner version"               },
    {DROP_IN_SELECTOR,         true,  in_selector,              "inner source not the peer's" },
    {DROP_ECN_CONGESTED,       true,  ecn_congested,            "marked, and not capable"     },
    {DROP_TUNNEL_DOWN,         true,  tunnel_down,              "shut"                        },
    {DROP_NO_OUTBOUND_SA,      true,  no_outbound_sa,           "no SA"                       },
    {DROP_OUT_SELECTOR,        true,  out_selector,             "source not in local identity"},
    {DROP_TOO_BIG_TUNNEL,      true,  too_big_tunnel,           "DF and one byte too long"    },
    {DROP_NO_SA,               false, no_sa_in_udp,             "wrong SPI in UDP"            },
    {DROP_WRONG_ENCAPSULATION, true,  in_udp_but_should_not_be, "in UDP"                      },
    {DROP_WRONG_ENCAPSULATION, true,  should_be_in_udp,         "not in UDP"                  },
    {DROP_NAT_KEEPALIVE,       false, nat_keepalive,            "one byte 0xff"               },
    {DROP_TRUNCATED,           false, no_keepalive,             "one byte 0xfe"               },
    {DROP_TRUNCATED,           false, no_spi_in_udp,            "three bytes"                 },
    {DROP_TRUNCATED,           true,  truncated_in_udp,         "no more than a header"       },
    {DROP_MALFORMED,           false, udp_longer_than_it_is,    "UDP's length"                },
    {DROP_MALFORMED,           false, udp_without_a_header,     "seven bytes of UDP"          },
};

const size_t drops_of_tunnels_count =
    sizeof(drops_of_tunnels) / sizeof(drops_of_tunnels[0]);

Test(drops_tunnel, each_has_a_packet_that_causes_it_and_is_counted_once)
{
    drop_rows_try(drops_of_tunnels, drops_of_tunnels_count);
}

/* Marked on the way, the packet inside says so and is otherwise the same. */
Test(drops_tunnel, a_mark_of_congestion_reaches_the_packet_inside)
{
    struct ends ends = ends_protected();
    struct ip4 ip = ends_ip("10.2.0.2", "10.1.0.2");
    struct tap_packet *outer = &ends.far.wan->out[0];
    uint8_t packet[200];

    ip.tos = 0x4a;
    tap_put(ends.far.lan, packet, packet_udp(packet, &ip, 50));
    (void)testbed_poll(ends.far.router, 1);
    cr_assert_eq(ends.far.wan->out_count, 1);
    cr_expect_eq(outer->bytes[1], 0x4a, "copied out");
    outer->bytes[1] = 0x03;
    packet_fix_checksum(outer->bytes);
    ends_deliver(&ends, outer);
    cr_assert_eq(ends.near.lan->out_count, 1);
    cr_assert(ip4_read(
        ends.near.lan->out[0].bytes, ends.near.lan->out[0].length, &ip));
    cr_expect_eq(ip.tos, 0x4b);
    ends_free(&ends);
}

Test(drops_tunnel, esp_cut_at_every_length_is_dropped)
{
    struct ends ends = ends_protected();
    struct tap_packet *packet;
    struct tap_packet cut;
    size_t length;
    size_t whole;
    uint64_t drops[DROP_COUNT];
    uint64_t sum = 0;
    size_t i;

    packet = ends_by_far(&ends);
    whole = packet->length;
    for (length = 20; length < whole; length++) {
        cut = *packet;
        cut.length = length;
        put_u16(cut.bytes + 2, (uint16_t)length);
        packet_fix_checksum(cut.bytes);
        ends_deliver(&ends, &cut);
    }
    dp_drops(ends.near.router->dp, drops);
    for (i = 0; i < DROP_COUNT; i++)
        sum += drops[i];
    cr_expect_eq(sum, whole - 20);
    cr_expect_eq(drops[DROP_TRUNCATED] + drops[DROP_BAD_ICV], sum);
    ends_deliver(&ends, packet);
    cr_expect_eq(ends.near.lan->out_count, 1, "the whole one still passes");
    ends_free(&ends);
}
