/*
 * packet.c - any bytes as a packet into a router that has tunnels.
 *
 * The first byte chooses: below 20 the transform of a packet for the
 * transport side, either as it is (even) or under an ESP or AH header for
 * the SA, made around the bytes (odd); 253, 254: UDP to port 500 or 4500; 255:
 * a GRE tunnel's outer header before them; otherwise the clear side, which is
 * under a policy list.  Whatever comes, the router must survive and give every
 * buffer back.
 */
#include "tests/support/packet.h"
#include "base/bytes.h"
#include "gre/gre.h"
#include "path/engine.h"
#include "tests/support/tap.h"
#include "tests/support/testbed.h"

#include <stdlib.h>
#include <string.h>

enum { LAN = 0, WAN = 1, TUNNEL = 10, SPI = 0x1000, BYTES_MAX = 2000 };
enum { GRE = TUNNEL + TRANSFORM_COUNT, BY_IKE = 253, BY_NAT, BY_GRE };

struct target {
    struct testbed *router;
    struct tap *lan;
    struct tap *wan;
    struct crypto *crypto;
    struct sa *sas[TRANSFORM_COUNT];
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* UDP to port 2000 goes into the tunnel, TCP to a next hop; the entries look
 * at ports, which a packet may be too short for. */
static void
police(struct testbed *router)
{
    static const struct policy_entry entries[] = {
        {.source_wildcard = UINT32_MAX,
         .destination_wildcard = UINT32_MAX,
         .protocol = IP4_PROTO_UDP,
         .has_destination_port = true,
         .destination_port = 2000},
        {.source_wildcard = UINT32_MAX,
         .destination_wildcard = UINT32_MAX,
         .protocol = IP4_PROTO_TCP,
         .has_source_port = true,
         .source_port = 0        },
    };
    struct policy *policy = policy_new();
    struct dp_command command = {.kind = DP_POLICY_SET};
    struct dp_interface lan =
        testbed_describe(LAN, 0, DP_INTERFACE_PORT, "10.1.0.1/24");

    policy_add_group(policy,
        &(struct policy_group){.verdict = POLICY_TUNNEL, .tunnel = TUNNEL});
    policy_add_entry(policy, &entries[0]);
    policy_add_group(policy, &(struct policy_group){.verdict = POLICY_NEXT_HOP,
                                 .next_hop = packet_address("192.0.2.9"),
                                 .counter = 1});
    policy_add_entry(policy, &entries[1]);
    command.policy.policy = policy;
    if (testbed_apply(router, &command) != OK)
        abort();
    lan.port = LAN;
    lan.policy = 1;
    testbed_set(router, &lan);
}

/* An SA whose packets are in UDP: the next SPI. */
static void
add_in_udp(struct target *target)
{
    struct dp_interface tunnel =
        testbed_tunnel(GRE + 1, 0, NULL, "192.0.2.1", "192.0.2.2");
    struct sa_params params = testbed_sa_params(
        &tunnel, TRANSFORM_ESP_DES, SA_INBOUND, SPI + TRANSFORM_COUNT);

    params.udp = (struct sa_udp){4500, 4500};
    testbed_set(target->router, &tunnel);
    (void)testbed_sa_add(target->router, target->crypto, &params);
}

static void
build(struct target *target)
{
    static struct random_seed seed;
    struct dp_interface tunnel;
    uint32_t i;

    if (crypto_open(NULL, &target->crypto) != OK)
        abort();
    /* The same bytes give the same run. */
    crypto_set_random(target->crypto, random_seeded(&seed, 1));
    target->router = testbed_new();
    target->lan = tap_new();
    target->wan = tap_new();
    dp_attach_port(target->router->dp, LAN, &target->lan->port);
    dp_attach_port(target->router->dp, WAN, &target->wan->port);
    testbed_port(target->router, LAN, 0, "10.1.0.1/24");
    testbed_port(target->router, WAN, 0, "192.0.2.1/24");
    for (i = 0; i < TRANSFORM_COUNT; i++) {
        tunnel = testbed_tunnel(TUNNEL + i, 0, NULL, "192.0.2.1", "192.0.2.2");
        tunnel.mtu = 300;
        testbed_set(target->router, &tunnel);
        target->sas[i] = testbed_sa(target->router, target->crypto, &tunnel,
            (enum transform)i, SA_INBOUND, SPI + i);
        (void)testbed_sa(target->router, target->crypto, &tunnel,
            (enum transform)i, SA_OUTBOUND, 0x2000 + i);
    }
    tunnel = testbed_tunnel(GRE, 0, NULL, "192.0.2.1", "192.0.2.3");
    tunnel.kind = DP_INTERFACE_GRE;
    testbed_set(target->router, &tunnel);
    add_in_udp(target);
    if (testbed_apply(target->router,
            &(struct dp_command){.kind = DP_PUNT, .is_punt = true}) != OK)
        abort();
    testbed_route(target->router, 0, "10.2.0.0/16", TUNNEL);
    testbed_route(target->router, 0, "10.3.0.0/16", GRE);
    police(target->router);
}

/* An outer header and SPI before the bytes, so that they reach the SA. */
static size_t
wrap(uint8_t *to, uint32_t transform, const uint8_t *bytes, size_t size)
{
    struct ip4 ip = {
        .src = packet_address("192.0.2.2"), .dst = packet_address("192.0.2.1")};
    uint8_t payload[BYTES_MAX + 16] = {0};
    size_t at = 0;

    ip.protocol = sa_transform_of((enum transform)transform)->protocol;
    if (ip.protocol == IP4_PROTO_AH) {
        payload[0] = 4;
        payload[1] = 4;
        at = 4;
    }
    put_u32(payload + at, SPI + transform);
    if (size != 0)
        memcpy(payload + at + 4, bytes, size);
    return packet_ip4(to, &ip, payload, at + 4 + size);
}

static size_t
wrap_gre(uint8_t *to, const uint8_t *bytes, size_t size)
{
    const struct ip4 ip = {.src = packet_address("192.0.2.3"),
        .dst = packet_address("192.0.2.1"),
        .protocol = GRE_PROTOCOL};

    return packet_ip4(to, &ip, bytes, size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct target target; /* built once: keying is slow */
    static uint64_t now_us;
    const struct ip4 to_us = {.src = 0xc0000202, .dst = 0xc0000201};
    uint8_t packet[BYTES_MAX + 64];
    struct tap *tap;
    size_t length;

    if (size == 0 || size > BYTES_MAX)
        return 0;
    if (target.router == NULL)
        build(&target);
    tap = bytes[0] < 2 * TRANSFORM_COUNT || bytes[0] >= BY_IKE ? target.wan
                                                               : target.lan;
    if (bytes[0] == BY_GRE) {
        length = wrap_gre(packet, bytes + 1, size - 1);
    } else if (bytes[0] >= BY_IKE) {
        length = packet_udp_port(packet, &to_us,
            bytes[0] == BY_IKE ? DP_UDP_IKE : DP_UDP_NAT, bytes + 1, size - 1);
    } else if (bytes[0] < 2 * TRANSFORM_COUNT && bytes[0] % 2 == 1) {
        length = wrap(packet, bytes[0] / 2U, bytes + 1, size - 1);
    } else {
        length = size - 1;
        if (length != 0)
            memcpy(packet, bytes + 1, length);
        if (length >= 20 && (packet[0] & 15) >= 5 &&
            (packet[0] & 15U) * 4U <= length) {
            packet_fix_checksum(packet);
        }
    }
    tap_put(tap, packet, length);
    (void)testbed_poll(target.router, ++now_us);
    if (pkt_pool_left(target.router->dp->pool) !=
        target.router->dp->limits.packets) {
        abort();
    }
    tap_clear(target.lan);
    tap_clear(target.wan);
    return 0;
}
