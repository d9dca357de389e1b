/*
 * test_wait.c - bursts through tunnels: packets go through their SAs together
 * and come out as if they had gone one by one.
 *
 *    tap 0 [boston] tap 1 ---- the test carries it over ---- tap 1 [ottawa] tap
 * 0
 */
#include "base/bytes.h"
#include "dp.h"
#include "tests/support/packet.h"
#include "tests/support/tap.h"
#include "tests/support/testbed.h"

#include <criterion/criterion.h>
#include <string.h>

enum { LAN = 0, WAN = 1, TUNNEL = 10, BURST = 60 };

struct site {
    struct testbed *bed;
    struct tap *lan;
    struct tap *wan;
};

static struct crypto *crypto;
static struct site boston;
static struct site ottawa;

static void
make_site(struct site *site, const char *lan, const char *wan)
{
    site->bed = testbed_new();
    site->lan = tap_new();
    site->wan = tap_new();
    dp_attach_port(site->bed->dp, LAN, &site->lan->port);
    dp_attach_port(site->bed->dp, WAN, &site->wan->port);
    testbed_port(site->bed, LAN, 0, lan);
    testbed_port(site->bed, WAN, 0, wan);
}

static void
setup(void)
{
    cr_assert_eq(crypto_open(NULL, &crypto), OK);
    make_site(&boston, "10.1.0.1/24", "192.0.2.1/24");
    make_site(&ottawa, "10.2.0.1/24", "192.0.2.2/24");
}

static void
teardown(void)
{
    testbed_free(boston.bed);
    testbed_free(ottawa.bed);
    crypto_close(crypto);
}

TestSuite(wait, .init = setup, .fini = teardown);

/* One end of a tunnel; SPIs are first and first + 1. */
static void
add_tunnel(struct site *site, const struct dp_interface *tunnel,
    enum transform transform, uint32_t spi_out, uint32_t spi_in)
{
    testbed_set(site->bed, tunnel);
    (void)testbed_sa(
        site->bed, crypto, tunnel, transform, SA_OUTBOUND, spi_out);
    (void)testbed_sa(site->bed, crypto, tunnel, transform, SA_INBOUND, spi_in);
}

static void
join(enum transform transform, uint32_t mtu)
{
    struct dp_interface b =
        testbed_tunnel(TUNNEL, 0, NULL, "192.0.2.1", "192.0.2.2");
    struct dp_interface o =
        testbed_tunnel(TUNNEL, 0, NULL, "192.0.2.2", "192.0.2.1");

    b.mtu = mtu;
    add_tunnel(&boston, &b, transform, 0x1000, 0x1001);
    add_tunnel(&ottawa, &o, transform, 0x1001, 0x1000);
    testbed_route(boston.bed, 0, "10.2.0.0/24", TUNNEL);
    testbed_route(ottawa.bed, 0, "10.1.0.0/24", TUNNEL);
}

/* A burst into Boston's LAN, each packet with its number. */
static void
leave(size_t payload)
{
    struct ip4 ip = {
        .src = packet_address("10.1.0.2"), .dst = packet_address("10.2.0.2")};
    uint8_t packet[2000];

    for (uint16_t i = 0; i < BURST; i++) {
        ip.id = i;
        tap_put(boston.lan, packet, packet_udp(packet, &ip, payload));
    }
    (void)testbed_poll(boston.bed, 1);
    cr_assert_leq(boston.wan->out_count, TAP_ROOM);
}

static void
carry_over(size_t number)
{
    const struct tap_packet *packet = &boston.wan->out[number];

    tap_put(ottawa.wan, packet->bytes, packet->length);
}

/* And all of it to Ottawa. */
static void
send_burst(size_t payload)
{
    leave(payload);
    for (size_t i = 0; i < boston.wan->out_count; i++)
        carry_over(i);
    (void)testbed_poll(ottawa.bed, 2);
}

/* The numbers of those that left by Ottawa's LAN count up. */
static void
expect_in_order(size_t count)
{
    struct ip4 ip;

    cr_assert_eq(ottawa.lan->out_count, count);
    for (size_t i = 0; i < count; i++) {
        const struct tap_packet *out = &ottawa.lan->out[i];

        cr_assert(ip4_read(out->bytes, out->length, &ip));
        cr_expect_eq(ip.id, i * BURST / count, "packet %zu", i);
        cr_expect_eq(ip.ttl, 62);
    }
}

/* The sequence numbers on the wire. */
static void
expect_sequences(void)
{
    for (uint32_t i = 0; i < boston.wan->out_count; i++)
        cr_expect_eq(get_u32(boston.wan->out[i].bytes + 24), i + 1);
}

Test(wait, a_burst_keeps_its_order)
{
    static const enum transform transforms[] = {TRANSFORM_ESP_AES128_HMAC_SHA,
        TRANSFORM_ESP_3DES_HMAC_MD5, TRANSFORM_ESP_AES128_GCM};
    struct dp_traffic traffic;

    for (size_t i = 0; i < 3; i++) {
        if (i != 0) {
            teardown();
            setup();
        }
        join(transforms[i], 1400);
        send_burst(100);
        expect_sequences();
        expect_in_order(BURST);
        cr_expect_eq(
            testbed_counters(boston.bed, TUNNEL).out_user_packets, BURST);
        cr_expect_eq(
            testbed_counters(ottawa.bed, TUNNEL).in_user_packets, BURST);
        dp_traffic(ottawa.bed->dp, &traffic);
        cr_expect_eq(traffic.decapsulated, BURST);
    }
}

/* Two pieces each, more than wait at a time. */
Test(wait, pieces_keep_their_order)
{
    join(TRANSFORM_ESP_AES256_HMAC_SHA256, 700);
    send_burst(900);
    expect_sequences();
    expect_in_order((size_t)2 * BURST);
}

/* What comes out of one tunnel goes into the next: out by Boston's inner one
 * and its outer one, in by Ottawa's outer one and its inner one. */
Test(wait, tunnels_in_tunnels_wait_again)
{
    struct dp_interface b =
        testbed_tunnel(TUNNEL + 1, 0, NULL, "10.50.0.1", "10.50.0.2");
    struct dp_interface o =
        testbed_tunnel(TUNNEL + 1, 0, NULL, "10.50.0.2", "10.50.0.1");

    join(TRANSFORM_ESP_AES128_HMAC_SHA, 1400);
    testbed_loopback(boston.bed, 20, 0, "10.50.0.1/32");
    testbed_loopback(ottawa.bed, 20, 0, "10.50.0.2/32");
    testbed_route(boston.bed, 0, "10.50.0.2/32", TUNNEL);
    testbed_route(ottawa.bed, 0, "10.50.0.1/32", TUNNEL);
    add_tunnel(&boston, &b, TRANSFORM_ESP_3DES_HMAC_SHA, 0x2000, 0x2001);
    add_tunnel(&ottawa, &o, TRANSFORM_ESP_3DES_HMAC_SHA, 0x2001, 0x2000);
    testbed_route(boston.bed, 0, "10.2.0.0/25", TUNNEL + 1);
    send_burst(100);
    expect_sequences();
    expect_in_order(BURST);
    cr_expect_eq(
        testbed_counters(ottawa.bed, TUNNEL + 1).in_user_packets, BURST);
}

Test(wait, what_is_wrong_is_dropped_and_nothing_else)
{
    join(TRANSFORM_ESP_AES128_HMAC_SHA, 1400);
    leave(100);
    boston.wan->out[7].bytes[60] ^= 1;
    tap_put(ottawa.wan, (const uint8_t *)"?", 1);
    for (size_t i = 0; i < BURST; i++)
        carry_over(i);
    carry_over(9);
    (void)testbed_poll(ottawa.bed, 2);
    cr_expect_eq(testbed_drops(ottawa.bed, DROP_MALFORMED), 1);
    cr_expect_eq(testbed_drops(ottawa.bed, DROP_BAD_ICV), 1);
    cr_expect_eq(testbed_drops(ottawa.bed, DROP_REPLAYED), 1);
    cr_expect_eq(ottawa.lan->out_count, BURST - 1);
}
