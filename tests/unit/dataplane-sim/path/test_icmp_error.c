/*
 * test_icmp_error.c - which senders are told of the end of their packets, by
 * what, from which address, and how many.
 *
 *     10.1.0.0/24 --0-- router --1-- 192.0.2.0/24
 *                          ===== tunnel 10 (10.9.0.1) to 192.0.2.2
 *                                for 10.2.0.0/16, MTU 1400
 */
#include "dp.h"

#include "base/bytes.h"
#include "tests/support/packet.h"
#include "tests/support/tap.h"
#include "tests/support/testbed.h"
#include "watch.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { LAN = 0, WAN = 1, TUNNEL = 10, FAR_TUNNEL = 11, SPI = 0x1000 };
enum { QUOTED = 548, BURST = 50, INTERVAL_US = 10000 };

static struct testbed *bed;
static struct tap *lan;
static struct tap *wan;
static struct crypto *crypto;
static struct dp_interface tunnel;

static void
setup(void)
{
    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    bed = testbed_new();
    lan = tap_new();
    wan = tap_new();
    lan->port.mtu = 9000;
    dp_attach_port(bed->dp, LAN, &lan->port);
    dp_attach_port(bed->dp, WAN, &wan->port);
    testbed_port(bed, LAN, 0, "10.1.0.1/24");
    testbed_port(bed, WAN, 0, "192.0.2.1/24");
    tunnel = testbed_tunnel(TUNNEL, 0, "10.9.0.1/30", "192.0.2.1", "192.0.2.2");
    testbed_set(bed, &tunnel);
    (void)testbed_sa(
        bed, crypto, &tunnel, TRANSFORM_ESP_3DES_HMAC_SHA, SA_OUTBOUND, SPI);
    testbed_route(bed, 0, "10.2.0.0/16", TUNNEL);
    (void)testbed_poll(bed, 1);
}

static void
teardown(void)
{
    testbed_free(bed);
    crypto_close(crypto);
}

TestSuite(icmp_error, .init = setup, .fini = teardown);

/* What is wrong with a packet of UDP from 10.1.0.2. */
struct row {
    const char *dst;
    const char *src; /* NULL: 10.1.0.2 */
    size_t payload;
    uint8_t ttl;
    bool dont_fragment;
    uint8_t protocol;
    uint16_t fragment_offset;
    uint8_t type; /* of the error; 0: there is none */
    uint8_t code;
    uint16_t mtu;
    const char *from;
    const char *why;
};

static const struct row rows[] = {
    {.dst = "203.0.113.1",
     .type = 3,
     .code = 0,
     .from = "10.1.0.1",
     .why = "no route"},
    {.dst = "192.0.2.9",
     .ttl = 1,
     .type = 11,
     .from = "10.1.0.1",
     .why = "one hop too many"},
    {.dst = "10.1.0.1",
     .type = 3,
     .code = 3,
     .from = "10.1.0.1",
     .why = "no such port"},
    {.dst = "10.9.0.1",
     .protocol = 47,
     .type = 3,
     .code = 2,
     .from = "10.9.0.1",
     .why = "no such protocol, at another address"},
    {.dst = "192.0.2.9",
     .payload = 1473,
     .dont_fragment = true,
     .type = 3,
     .code = 4,
     .mtu = 1500,
     .from = "10.1.0.1",
     .why = "larger than the port"},
    {.dst = "10.2.0.9",
     .payload = 1373,
     .dont_fragment = true,
     .type = 3,
     .code = 4,
     .mtu = 1400,
     .from = "10.1.0.1",
     .why = "larger than the tunnel"},
    {.dst = "10.3.0.9",
     .type = 3,
     .code = 1,
     .from = "10.1.0.1",
     .why = "a tunnel that is down"},
    {.dst = "10.9.0.2",
     .src = "10.1.0.200",
     .type = 3,
     .code = 13,
     .from = "10.1.0.1",
     .why = "outside the identities"},
    {.dst = "192.0.2.9",
     .ttl = 1,
     .fragment_offset = 3,
     .why = "not the first fragment"},
    {.dst = "203.0.113.1",           .src = "0.0.0.0",                         .why = "from nowhere"},
    {.dst = "203.0.113.1",                     .src = "224.0.0.5",                .why = "from many"},
    {.dst = "203.0.113.1",                               .src = "255.255.255.255",               .why = "from all"},
    {.dst = "203.0.113.1",           .src = "127.0.0.1",                         .why = "from itself"},
    {.dst = "203.0.113.1",                     .src = "10.1.0.255",                .why = "from a network"},
    {.dst = "203.0.113.1",                               .src = "10.1.0.0",               .why = "the same of old"},
    {.dst = "203.0.113.1",                       .src = "10.1.0.1",                .why = "from our own address"},
    {.dst = "203.0.113.1",                               .src = "198.51.100.1",               .why = "no way back"},
    {.dst = "224.0.0.9",                       .why = "to many"                       },
    {.dst = "192.0.2.255", .ttl = 1, .why = "to all of a network"},
    {.dst = "10.66.0.1",                        .why = "to a null route"             },
};

/* A tunnel without an SA, one for others than .200, and a null route. */
static void
add_ways(void)
{
    struct dp_interface null0 =
        testbed_describe(20, 0, DP_INTERFACE_NULL, NULL);
    struct dp_interface down =
        testbed_tunnel(FAR_TUNNEL, 0, NULL, "192.0.2.1", "192.0.2.3");

    testbed_set(bed, &down);
    testbed_route(bed, 0, "10.3.0.0/16", FAR_TUNNEL);
    testbed_set(bed, &null0);
    testbed_route(bed, 0, "10.66.0.0/16", 20);
    tunnel.tunnel.local.last = packet_address("10.1.0.199");
    testbed_set(bed, &tunnel);
}

static size_t
write_row(const struct row *row, uint8_t *packet)
{
    struct ip4 ip = {
        .src = packet_address(row->src != NULL ? row->src : "10.1.0.2"),
        .dst = packet_address(row->dst),
        .ttl = row->ttl,
        .dont_fragment = row->dont_fragment,
        .fragment_offset = row->fragment_offset,
    };
    size_t length = packet_udp(packet, &ip, row->payload);

    if (row->protocol != 0) {
        packet[9] = row->protocol;
        packet_fix_checksum(packet);
    }
    return length;
}

/* The error in the tap, about the packet. */
static void
check_error(const struct tap_packet *error, const struct row *row,
    const uint8_t *packet, size_t length)
{
    const size_t quoted = length < QUOTED ? length : QUOTED;
    const uint8_t *icmp = error->bytes + 20;
    struct ip4 ip;

    cr_assert(ip4_read(error->bytes, error->length, &ip));
    cr_expect_eq(ip.src, packet_address(row->from), "%s", row->why);
    cr_expect_eq(ip.dst, get_u32(packet + 12));
    cr_expect_eq(ip.protocol, IP4_PROTO_ICMP);
    cr_expect_eq(ip.tos, 0xc0);
    cr_expect_not(ip.dont_fragment);
    cr_expect_eq(icmp[0], row->type, "%s: type %u", row->why, icmp[0]);
    cr_expect_eq(icmp[1], row->code, "%s: code %u", row->why, icmp[1]);
    cr_expect_eq(get_u16(icmp + 6), row->mtu, "%s", row->why);
    cr_expect_eq(ip4_checksum(icmp, error->length - 20), 0);
    cr_assert_eq(error->length, 28 + quoted, "%s", row->why);
    /* But for the hop that was taken off. */
    cr_expect_arr_eq(icmp + 8, packet, 8);
    cr_expect_arr_eq(icmp + 8 + 12, packet + 12, quoted - 12);
}

Test(icmp_error, says_what_became_of_a_packet_or_keeps_still)
{
    uint8_t packet[2000];
    struct dp_traffic traffic;
    size_t length;
    size_t i;

    add_ways();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        length = write_row(&rows[i], packet);
        tap_clear(lan);
        tap_put(lan, packet, length);
        (void)testbed_poll(bed, bed->now_us + 1000000);
        cr_expect_eq(
            lan->out_count, rows[i].type != 0 ? 1 : 0, "%s", rows[i].why);
        if (rows[i].type != 0 && lan->out_count == 1)
            check_error(&lan->out[0], &rows[i], packet, length);
    }
    dp_traffic(bed->dp, &traffic);
    cr_expect_eq(traffic.unreachable, 5);
    cr_expect_eq(traffic.fragmentation_needed, 2);
    cr_expect_eq(traffic.time_exceeded, 1);
    cr_expect_eq(traffic.icmp_withheld, 0);
}

Test(icmp_error, there_is_none_about_an_icmp_error)
{
    static const uint8_t errors[] = {3, 4, 5, 11, 12};
    uint8_t packet[100];
    struct ip4 ip = {.src = packet_address("10.1.0.2"),
        .dst = packet_address("203.0.113.1")};
    size_t length = packet_echo(packet, &ip, 1, 1, 10);
    size_t i;

    tap_put(lan, packet, length);
    (void)testbed_poll(bed, 2);
    cr_expect_eq(lan->out_count, 1, "about an echo request there is");
    for (i = 0; i < sizeof errors; i++) {
        packet[20] = errors[i];
        tap_put(lan, packet, length);
    }
    packet[3] = 20; /* no ICMP header at all */
    packet_fix_checksum(packet);
    tap_put(lan, packet, 20);
    (void)testbed_poll(bed, 3);
    cr_expect_eq(lan->out_count, 1);
}

Test(icmp_error, they_are_limited_in_virtual_time)
{
    uint8_t packet[100];
    struct dp_traffic traffic;
    size_t length = write_row(&rows[0], packet);
    int i;

    for (i = 0; i < BURST + 10; i++)
        tap_put(lan, packet, length);
    (void)testbed_poll(bed, 1);
    cr_expect_eq(lan->out_count, BURST);
    dp_traffic(bed->dp, &traffic);
    cr_expect_eq(traffic.unreachable, BURST);
    cr_expect_eq(traffic.icmp_withheld, 10);
    tap_put(lan, packet, length);
    (void)testbed_poll(bed, INTERVAL_US);
    cr_expect_eq(lan->out_count, BURST);
    tap_put(lan, packet, length);
    tap_put(lan, packet, length);
    (void)testbed_poll(bed, INTERVAL_US + 1);
    cr_expect_eq(lan->out_count, BURST + 1, "one more each interval");
    length = write_row(&rows[1], packet);
    tap_put(lan, packet, length);
    (void)testbed_poll(bed, INTERVAL_US + 1);
    cr_expect_eq(lan->out_count, BURST + 2, "each kind has its own");
}

Test(icmp_error, a_packet_that_stays_in_pieces_is_told_of)
{
    uint8_t packet[100];
    uint8_t payload[64] = {8, 0, 1, 2};
    struct ip4 ip = {.src = packet_address("10.1.0.2"),
        .dst = packet_address("10.1.0.1"),
        .id = 5,
        .protocol = IP4_PROTO_ICMP,
        .more_fragments = true};
    size_t length = packet_ip4(packet, &ip, payload, sizeof payload);

    tap_put(lan, packet, length);
    ip.id = 6;
    ip.fragment_offset = 8; /* of this one the beginning never comes */
    length = packet_ip4(packet, &ip, payload, sizeof payload);
    tap_put(lan, packet, length);
    (void)testbed_poll(bed, 10);
    (void)testbed_poll(bed, 10 + REASSEMBLY_TIMEOUT_US);
    cr_expect_eq(testbed_drops(bed, DROP_FRAGMENT_TIMEOUT), 2);
    cr_assert_eq(lan->out_count, 1);
    cr_expect_eq(lan->out[0].bytes[20], 11);
    cr_expect_eq(lan->out[0].bytes[21], 1);
    cr_expect_eq(get_u16(lan->out[0].bytes + 28 + 4), 5, "the quoted ID");
    cr_expect_eq(lan->out[0].length, 28 + 20 + 64);
}

/* What arrives for an SA that does not exist, or for a tunnel that is shut,
 * is not answered: who sent it is not known. */
Test(icmp_error, protected_packets_are_not_told_of)
{
    uint8_t packet[100];
    uint8_t payload[64] = {0, 0, 9, 9};
    struct ip4 ip = {.src = packet_address("192.0.2.2"),
        .dst = packet_address("192.0.2.1"),
        .protocol = IP4_PROTO_ESP};

    tap_put(wan, packet, packet_ip4(packet, &ip, payload, sizeof payload));
    (void)testbed_poll(bed, 2);
    cr_expect_eq(testbed_drops(bed, DROP_NO_SA), 1);
    cr_expect_eq(wan->out_count, 0);
}

Test(icmp_error, an_explanation_tells_of_it_and_takes_no_token)
{
    struct dp_explanation *explanation = calloc(1, sizeof *explanation);
    struct dp_command command = {
        .kind = DP_EXPLAIN, .explanation = explanation};
    const struct dp_step *step;
    struct dp_traffic traffic;

    explanation->interface = LAN;
    explanation->length = (uint32_t)write_row(&rows[5], explanation->bytes);
    cr_assert_eq(testbed_apply(bed, &command), OK);
    step = &explanation->trail.steps[3];
    cr_expect_eq(step->stage, DP_STAGE_ENCAP);
    cr_expect_eq(step->drop, DROP_TOO_BIG_TUNNEL);
    step++;
    cr_expect_eq(step->stage, DP_STAGE_ICMP_ERROR);
    cr_expect_eq(step->icmp_type, 3);
    cr_expect_eq(step->icmp_code, 4);
    cr_expect_eq(step->mtu, 1400);
    step = &explanation->trail.steps[explanation->trail.count - 1];
    cr_expect_eq(step->stage, DP_STAGE_OUTPUT);
    cr_expect_eq(step->interface, LAN);
    dp_traffic(bed->dp, &traffic);
    cr_expect_eq(traffic.fragmentation_needed, 0);
    free(explanation);
}
