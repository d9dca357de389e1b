/*
 * test_gre.c - GRE tunnels in the path, in clear and under transport-mode SAs,
 * between the two routers of ends.h.
 */
#include "gre/gre.h"

#include "base/bytes.h"
#include "tests/support/ends.h"
#include "tests/support/packet.h"
#include "watch.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* A UDP packet between the LANs into the near one. */
static size_t
send_lan(struct ends *ends, size_t payload, bool dont_fragment)
{
    const struct ip4 ip = {.src = packet_address("10.1.0.2"),
        .dst = packet_address("10.2.0.2"),
        .tos = 0xb8,
        .dont_fragment = dont_fragment};
    uint8_t packet[2000];
    size_t length = packet_udp(packet, &ip, payload);

    tap_put(ends->near.lan, packet, length);
    end_poll(&ends->near);
    return length;
}

/* All that near sent goes to far. */
static void
carry(struct ends *ends)
{
    size_t i;

    for (i = 0; i < ends->near.wan->out_count; i++) {
        tap_put(ends->far.wan, ends->near.wan->out[i].bytes,
            ends->near.wan->out[i].length);
    }
    tap_clear(ends->near.wan);
    end_poll(&ends->far);
}

static void
expect_no_drop(const struct end *end)
{
    uint64_t drops[DROP_COUNT];

    dp_drops(end->router->dp, drops);
    for (size_t i = 0; i < DROP_COUNT; i++)
        cr_expect_eq(drops[i], 0, "%s", drop_reasons[i].name);
}

Test(path_gre, carries_packets_in_clear)
{
    struct ends ends = ends_new(DP_INTERFACE_GRE);
    struct dp_interface_counters counters;
    const uint8_t *wire = ends.near.wan->out[0].bytes;
    size_t length = send_lan(&ends, 50, false);
    struct ip4 ip;

    cr_assert_eq(ends.near.wan->out_count, 1);
    cr_assert(ip4_read(wire, ends.near.wan->out[0].length, &ip));
    cr_expect_eq(ip.protocol, GRE_PROTOCOL);
    cr_expect_eq(ip.src, packet_address("192.0.2.1"));
    cr_expect_eq(ip.dst, packet_address("192.0.2.2"));
    cr_expect_eq(ip.tos, 0xb8);
    cr_expect_eq(ip.total_length, length + GRE_OVERHEAD);
    carry(&ends);
    cr_expect_eq(ends.far.lan->out_count, 1);
    cr_expect_eq(ends.far.lan->out[0].length, length);
    expect_no_drop(&ends.near);
    expect_no_drop(&ends.far);
    counters = testbed_counters(ends.near.router, TUNNEL);
    cr_expect(counters.up);
    cr_expect_eq(counters.out_user_octets, length);
    cr_expect_eq(counters.out_accounted_octets, length + GRE_OVERHEAD);
    counters = testbed_counters(ends.far.router, TUNNEL);
    cr_expect_eq(counters.in_user_octets, length);
    cr_expect_eq(counters.in_accounted_octets, length + GRE_OVERHEAD);
    ends_free(&ends);
}

Test(path_gre, carries_packets_under_every_transform)
{
    for (unsigned t = 0; t < TRANSFORM_COUNT; t++) {
        struct ends ends = ends_new(DP_INTERFACE_GRE);
        struct dp_interface_counters counters;
        size_t length;

        ends_protect(&ends, (enum transform)t);
        length = send_lan(&ends, 50, false);
        cr_assert_eq(ends.near.wan->out_count, 1);
        cr_expect_eq(ends.near.wan->out[0].bytes[9],
            sa_transform_of((enum transform)t)->protocol);
        counters = testbed_counters(ends.near.router, TUNNEL);
        cr_expect_eq(counters.out_user_octets, length);
        cr_expect_eq(
            counters.out_accounted_octets, ends.near.wan->out[0].length);
        carry(&ends);
        cr_expect_eq(ends.far.lan->out_count, 1, "transform %u", t);
        cr_expect_eq(ends.far.lan->out[0].length, length);
        counters = testbed_counters(ends.far.router, TUNNEL);
        cr_expect_eq(counters.in_user_octets, length);
        cr_expect_gt(counters.in_accounted_octets, length + GRE_OVERHEAD);
        expect_no_drop(&ends.far);
        ends_free(&ends);
    }
}

Test(path_gre, cuts_what_is_larger_than_its_mtu)
{
    struct ends ends = ends_new(DP_INTERFACE_GRE);

    ends_protect(&ends, TRANSFORM_ESP_AES128_HMAC_SHA);
    (void)send_lan(&ends, 1400, false);
    cr_expect_eq(ends.near.wan->out_count, 2);
    carry(&ends);
    cr_expect_eq(ends.far.lan->out_count, 2);
    expect_no_drop(&ends.near);
    (void)send_lan(&ends, 1400, true);
    cr_expect_eq(testbed_drops(ends.near.router, DROP_TOO_BIG_TUNNEL), 1);
    ends_free(&ends);
}

Test(path_gre, is_up_while_it_can_send)
{
    struct ends ends = ends_new(DP_INTERFACE_GRE);
    struct dp_event event;

    cr_expect(testbed_counters(ends.near.router, TUNNEL).up);
    ends.near.tunnel.tunnel.is_protected = true;
    testbed_set(ends.near.router, &ends.near.tunnel);
    cr_expect_not(testbed_counters(ends.near.router, TUNNEL).up);
    (void)send_lan(&ends, 50, false);
    cr_expect_eq(ends.near.wan->out_count, 0, "never in clear");
    cr_expect_eq(testbed_drops(ends.near.router, DROP_NO_OUTBOUND_SA), 1);
    end_protect(&ends, &ends.near, TRANSFORM_ESP_AES128_HMAC_SHA);
    cr_expect(testbed_counters(ends.near.router, TUNNEL).up);
    while (testbed_event(ends.near.router, DP_EVENT_INTERFACE, &event))
        continue;
    testbed_sa_remove(ends.near.router, ends.near.out);
    cr_assert(testbed_event(ends.near.router, DP_EVENT_INTERFACE, &event));
    cr_expect_eq(event.interface, TUNNEL);
    cr_expect_not(event.up);
    ends.near.tunnel.enabled = false;
    testbed_set(ends.near.router, &ends.near.tunnel);
    (void)send_lan(&ends, 50, false);
    cr_expect_eq(testbed_drops(ends.near.router, DROP_TUNNEL_DOWN), 1);
    ends_free(&ends);
}

Test(path_gre, may_be_where_a_policy_list_forwards_to)
{
    struct ends ends = ends_new(DP_INTERFACE_GRE);
    struct dp_interface lan;

    testbed_policy(ends.near.router, 0, POLICY_TUNNEL, TUNNEL);
    lan = testbed_describe(LAN, 0, DP_INTERFACE_PORT, "10.1.0.1/24");
    lan.policy = 1;
    testbed_set(ends.near.router, &lan);
    (void)send_lan(&ends, 50, false);
    cr_expect_eq(ends.near.wan->out_count, 1);
    testbed_policy(
        ends.near.router, 0, POLICY_NEXT_HOP, packet_address("10.9.0.2"));
    (void)send_lan(&ends, 50, false);
    cr_expect_eq(ends.near.wan->out_count, 2);
    ends_free(&ends);
}

Test(path_gre, swaps_its_ends_with_another_in_one_go)
{
    struct ends ends = ends_new(DP_INTERFACE_GRE);
    struct dp_interface other =
        testbed_tunnel(TUNNEL + 1, 0, "10.9.1.1/30", "192.0.2.1", "192.0.2.3");
    const uint32_t end = ends.near.tunnel.tunnel.destination;

    other.kind = DP_INTERFACE_GRE;
    testbed_set(ends.near.router, &other);
    ends.near.tunnel.tunnel.destination = other.tunnel.destination;
    other.tunnel.destination = end;
    testbed_set(ends.near.router, &ends.near.tunnel);
    testbed_set(ends.near.router, &other);
    (void)send_lan(&ends, 50, false);
    cr_expect_eq(
        get_u32(ends.near.wan->out[0].bytes + 16), packet_address("192.0.2.3"));
    ends_free(&ends);
}

/* ---- what is dropped ---- */

static void
mend(struct tap_packet *packet)
{
    put_u16(packet->bytes + 2, (uint16_t)packet->length);
    packet_fix_checksum(packet->bytes);
}

static void
no_gre(struct ends *ends, struct tap_packet *packet)
{
    (void)ends;
    put_u32(packet->bytes + 12, packet_address("192.0.2.9"));
}

static void
bad_gre(struct ends *ends, struct tap_packet *packet)
{
    (void)ends;
    packet->bytes[20] = 0x20; /* a key */
}

static void
cut(struct ends *ends, struct tap_packet *packet)
{
    (void)ends;
    packet->length = 22;
}

static void
checksum(struct ends *ends, struct tap_packet *packet)
{
    (void)ends;
    packet->bytes[20] = 0x80; /* and no right one follows */
}

static void
ipv6(struct ends *ends, struct tap_packet *packet)
{
    (void)ends;
    put_u16(packet->bytes + 22, 0x86dd);
}

static void
not_ipv4_inside(struct ends *ends, struct tap_packet *packet)
{
    (void)ends;
    packet->bytes[24] = 0x65;
}

static void
in_clear(struct ends *ends, struct tap_packet *packet)
{
    (void)packet;
    end_protect(ends, &ends->near, TRANSFORM_ESP_AES128_HMAC_SHA);
}

static void
shut(struct ends *ends, struct tap_packet *packet)
{
    (void)packet;
    ends->near.tunnel.enabled = false;
    testbed_set(ends->near.router, &ends->near.tunnel);
}

/* Far sends it by a transport-mode SA that near has for GRE. */
static void
protect_by_far(struct ends *ends, struct tap_packet *packet, uint8_t payload)
{
    struct sa_params params = {
        .direction = SA_OUTBOUND,
        .mode = SA_TRANSPORT,
        .payload = payload,
        .transform = TRANSFORM_ESP_HMAC_SHA,
        .spi = SPI_IN,
        .authentication_key = {.length = 20},
    };
    struct pkt_pool *pool = pkt_pool_new(1);
    struct pkt *pkt = pkt_new(pool);
    struct sa *sa = NULL;

    end_protect(ends, &ends->near, TRANSFORM_ESP_HMAC_SHA);
    for (size_t i = 0; i < 20; i++) /* as the testbed's keys */
        params.authentication_key.bytes[i] =
            (uint8_t)((SPI_IN + 1) * 7 + i * 5 + 1);
    cr_assert_eq(sa_new(ends->crypto, &params, &sa), OK);
    mend(packet);
    memcpy(pkt_append(pkt, packet->length), packet->bytes, packet->length);
    cr_assert_eq(sa_out(sa, pkt, NULL), DROP_NONE);
    packet->length = pkt->length;
    memcpy(packet->bytes, pkt->at, pkt->length);
    sa_free(sa);
    pkt_free(pkt);
    pkt_pool_free(pool);
}

static void
other_protocol(struct ends *ends, struct tap_packet *packet)
{
    packet->bytes[9] = IP4_PROTO_UDP;
    protect_by_far(ends, packet, IP4_PROTO_UDP);
}

static void
secured_by_a_stranger(struct ends *ends, struct tap_packet *packet)
{
    protect_by_far(ends, packet, GRE_PROTOCOL);
    put_u32(packet->bytes + 12, packet_address("192.0.2.9"));
}

static void
secured_but_spoilt(struct ends *ends, struct tap_packet *packet)
{
    packet->bytes[20] = 0x20;
    protect_by_far(ends, packet, GRE_PROTOCOL);
}

static const struct {
    enum drop drop;
    bool is_tunnels; /* counts in the tunnel's statistic too */
    void (*spoil)(struct ends *ends, struct tap_packet *packet);
    const char *why;
} rows[] = {
    {DROP_NO_GRE,         false, no_gre,                "another source"         },
    {DROP_BAD_GRE,        true,  bad_gre,               "a key"                  },
    {DROP_BAD_GRE,        true,  cut,                   "two bytes of GRE"       },
    {DROP_GRE_CHECKSUM,   true,  checksum,              "a wrong checksum"       },
    {DROP_GRE_PROTOCOL,   true,  ipv6,                  "IPv6"                   },
    {DROP_BAD_INNER,      true,  not_ipv4_inside,       "version 6 inside"       },
    {DROP_GRE_CLEAR,      true,  in_clear,              "the tunnel is protected"},
    {DROP_INTERFACE_DOWN, false, shut,                  "the tunnel is shut"     },
    {DROP_OTHER_PROTOCOL, true,  other_protocol,        "UDP under the SA"       },
    {DROP_IN_SELECTOR,    true,  secured_by_a_stranger, "not the SA's other end" },
    {DROP_BAD_GRE,        true,  secured_but_spoilt,    "a key, under the SA"    },
};

Test(path_gre, drops_for_a_reason_that_is_counted_once)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ends ends = ends_new(DP_INTERFACE_GRE);
        struct tap_packet *packet = ends_by_far(&ends);

        rows[i].spoil(&ends, packet);
        mend(packet);
        ends_deliver(&ends, packet);
        cr_expect_eq(ends.foreseen, rows[i].drop, "explained: %s", rows[i].why);
        ends_expect_drop(&ends, rows[i].drop, rows[i].is_tunnels, rows[i].why);
        cr_expect_eq(ends.near.lan->out_count, 0, "%s", rows[i].why);
        ends_free(&ends);
    }
}

/* ---- what those who watch see ---- */

static void
expect_stages(
    const struct dp_trail *trail, const enum dp_stage *stages, size_t count)
{
    cr_assert_eq(trail->count, count);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(trail->steps[i].stage, stages[i], "step %zu", i);
}

Test(path_gre, is_explained_step_by_step)
{
    static const enum dp_stage stages[] = {DP_STAGE_INPUT, DP_STAGE_ROUTE,
        DP_STAGE_FORWARD, DP_STAGE_ENCAP, DP_STAGE_GRE_OUT, DP_STAGE_PROTECT,
        DP_STAGE_ROUTE, DP_STAGE_FORWARD, DP_STAGE_OUTPUT};
    struct ends ends = ends_new(DP_INTERFACE_GRE);
    struct dp_explanation *explanation = calloc(1, sizeof(*explanation));
    struct dp_command command = {
        .kind = DP_EXPLAIN, .explanation = explanation};
    const struct ip4 ip = ends_ip("10.1.0.2", "10.2.0.2");
    const struct dp_step *protect = &explanation->trail.steps[5];

    ends_protect(&ends, TRANSFORM_ESP_AES128_GCM);
    explanation->interface = DP_NO_INTERFACE;
    explanation->length = (uint32_t)packet_udp(explanation->bytes, &ip, 50);
    cr_assert_eq(testbed_apply(ends.near.router, &command), OK);
    expect_stages(&explanation->trail, stages, 9);
    cr_expect_eq(protect->interface, TUNNEL);
    cr_expect_eq(protect->spi, SPI_OUT);
    cr_expect_eq(protect->transform, TRANSFORM_ESP_AES128_GCM);
    cr_expect_eq(protect->length, 78 + GRE_OVERHEAD);
    cr_expect_eq(sa_sequence(ends.near.out), 0, "no number was used");
    free(explanation);
    ends_free(&ends);
}

Test(path_gre, is_traced_and_captured_on_both_sides)
{
    static const enum dp_stage stages[] = {DP_STAGE_INPUT, DP_STAGE_ROUTE,
        DP_STAGE_LOCAL, DP_STAGE_DECAP, DP_STAGE_GRE_IN, DP_STAGE_ROUTE,
        DP_STAGE_FORWARD, DP_STAGE_OUTPUT};
    struct ends ends = ends_new(DP_INTERFACE_GRE);
    struct dp_trace *trace = dp_trace_new();
    struct dp_capture *capture = dp_capture_new();
    struct dp_trail trail;
    struct dp_captured packet;

    ends_protect(&ends, TRANSFORM_AH_HMAC_SHA);
    trace->wanted = 10;
    trace->until_us = UINT64_MAX;
    capture->filter.interface = TUNNEL;
    capture->clear = true;
    capture->encrypted = true;
    capture->wanted = 10;
    cr_assert_eq(testbed_apply(ends.far.router,
                     &(struct dp_command){.kind = DP_TRACE, .trace = trace}),
        OK);
    cr_assert_eq(
        testbed_apply(ends.far.router,
            &(struct dp_command){.kind = DP_CAPTURE, .capture = capture}),
        OK);
    (void)send_lan(&ends, 50, false);
    carry(&ends);
    cr_assert(dp_trace_next(trace, &trail));
    expect_stages(&trail, stages, 8);
    cr_expect_eq(trail.steps[3].spi, SPI_OUT);
    cr_expect_eq(trail.steps[4].interface, TUNNEL);
    cr_expect_eq(trail.steps[4].protocol, GRE_PROTOCOL);
    cr_assert(dp_capture_next(capture, &packet));
    cr_expect(packet.is_encrypted && packet.bytes[9] == IP4_PROTO_AH);
    cr_assert(dp_capture_next(capture, &packet));
    cr_expect(!packet.is_encrypted && packet.bytes[9] == IP4_PROTO_UDP);
    cr_expect_not(dp_capture_next(capture, &packet));
    ends_free(&ends);
}
