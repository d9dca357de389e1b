/*
 * test_drops.c - each reason for which the path drops a packet: a packet
 * that causes it, its counter.  Those of tunnels are in test_drops_tunnel.c.
 *
 * Each packet is explained before it is delivered: the rehearsal must come to
 * the same end, and leave everything as it was.
 */
#include "base/bytes.h"
#include "tests/support/ends.h"
#include "tests/support/packet.h"
#include "watch.h"

#include <criterion/criterion.h>

enum { NULL0 = 20, LOOPBACK = 21 };

static void
ping_foreseen(struct ends *ends, const char *source, const char *destination)
{
    struct ip4 ip = ends_ip(source, destination);
    uint8_t packet[100];

    ends->foreseen = ends_explain(
        ends, DP_NO_INTERFACE, packet, packet_echo(packet, &ip, 1, 1, 10));
}

static void
malformed(struct ends *ends)
{
    static const uint8_t nonsense[20] = {0x45, 0, 0, 21};

    ends_arrive(ends, LAN, nonsense, sizeof(nonsense));
}

static void
ttl_expired(struct ends *ends)
{
    struct ip4 ip = ends_ip("10.1.0.2", "192.0.2.9");

    ip.ttl = 1;
    ends_send_lan(ends, &ip, 10);
}

static void
no_route(struct ends *ends)
{
    struct ip4 ip = ends_ip("10.1.0.2", "203.0.113.1");

    ends_send_lan(ends, &ip, 10);
}

static void
null_route(struct ends *ends)
{
    struct dp_interface null0;
    struct ip4 ip = ends_ip("10.1.0.2", "10.66.0.1");

    null0 = testbed_describe(NULL0, 0, DP_INTERFACE_NULL, NULL);
    testbed_set(ends->near.router, &null0);
    testbed_route(ends->near.router, 0, "10.66.0.0/16", NULL0);
    ends_send_lan(ends, &ip, 10);
}

static void
interface_down(struct ends *ends)
{
    struct ip4 ip = ends_ip("10.1.0.2", "192.0.2.9");

    ends->near.wan->is_up = false;
    (void)testbed_poll(ends->near.router, 1);
    ends_send_lan(ends, &ip, 10);
}

static void
interface_down_inbound(struct ends *ends)
{
    struct dp_interface lan;
    struct ip4 ip = ends_ip("10.1.0.2", "10.1.0.1");

    lan = testbed_describe(LAN, 0, DP_INTERFACE_PORT, "10.1.0.1/24");
    lan.enabled = false;
    testbed_set(ends->near.router, &lan);
    ends_send_lan(ends, &ip, 10);
}

static void
not_for_us(struct ends *ends)
{
    struct ip4 ip = ends_ip("10.1.0.2", "192.0.2.1");

    ends_send_lan(ends, &ip, 10);
}

static void
echo_reply_nobody_asked_for(struct ends *ends)
{
    struct ip4 ip = ends_ip("10.1.0.2", "10.1.0.1");
    uint8_t packet[100];
    size_t length = packet_echo(packet, &ip, 7, 7, 10);

    packet[20] = 0; /* a reply; the checksum is 0x0800 larger then */
    put_u16(packet + 22, 0);
    put_u16(packet + 22, ip4_checksum(packet + 20, length - 20));
    ends_arrive(ends, LAN, packet, length);
}

static void
loopback_neighbour(struct ends *ends)
{
    struct ip4 ip = ends_ip("10.1.0.2", "10.21.0.9");

    testbed_loopback(ends->near.router, LOOPBACK, 0, "10.21.0.1/24");
    ends_send_lan(ends, &ip, 10);
}

static void
port_refused(struct ends *ends)
{
    ping_foreseen(ends, "192.0.2.1", "192.0.2.9");
    ends->near.wan->port.refused = 1; /* as its transmit would say */
    testbed_ping(ends->near.router, 0, NULL, "192.0.2.9", 1, 10);
}

static void
port_full(struct ends *ends)
{
    struct ip4 ip = ends_ip("10.1.0.2", "192.0.2.9");

    ends->near.wan->accept = 0;
    ends_send_lan(ends, &ip, 10);
}

static void
too_big(struct ends *ends)
{
    struct ip4 ip = ends_ip("10.1.0.2", "192.0.2.9");

    ip.dont_fragment = true;
    ends_send_lan(ends, &ip, 1473);
}

static void
too_big_for_the_interface(struct ends *ends)
{
    struct dp_interface wan;
    struct ip4 ip = ends_ip("10.1.0.2", "192.0.2.9");

    wan = testbed_describe(WAN, 0, DP_INTERFACE_PORT, "192.0.2.1/24");
    wan.port = WAN;
    wan.mtu = 600;
    testbed_set(ends->near.router, &wan);
    ip.dont_fragment = true;
    ends_send_lan(ends, &ip, 573);
}

/* ---- fragments ---- */

/* A fragment for near's LAN address: units of 8 bytes from offset on. */
static void
send_fragment(
    struct ends *ends, uint16_t id, uint16_t offset, size_t bytes, bool more)
{
    static const uint8_t payload[8000];
    uint8_t packet[8100];
    struct ip4 ip = ends_ip("10.1.0.2", "10.1.0.1");

    ip.protocol = IP4_PROTO_ICMP;
    ip.id = id;
    ip.fragment_offset = offset;
    ip.more_fragments = more;
    ends_arrive(ends, LAN, packet, packet_ip4(packet, &ip, payload, bytes));
}

static void
fragment_malformed(struct ends *ends)
{
    send_fragment(ends, 1, 0, 31, true);
}

static void
fragment_overlap(struct ends *ends)
{
    send_fragment(ends, 1, 0, 32, true);
    send_fragment(ends, 1, 3, 32, true);
}

static void
fragment_twice(struct ends *ends)
{
    send_fragment(ends, 1, 2, 32, true);
    send_fragment(ends, 1, 2, 32, true);
}

static void
fragment_too_big(struct ends *ends)
{
    send_fragment(ends, 1, 1000, 1400, true);
}

static void
fragment_timeout(struct ends *ends)
{
    struct testbed *router = ends->near.router;

    send_fragment(ends, 1, 0, 32, true);
    (void)testbed_poll(router, router->now_us + REASSEMBLY_TIMEOUT_US - 1);
    cr_expect_eq(testbed_drops(router, DROP_FRAGMENT_TIMEOUT), 0);
    cr_expect_eq(dp_due(router->dp), router->now_us + 1);
    (void)testbed_poll(router, router->now_us + 1);
    cr_expect_eq(dp_due(router->dp), UINT64_MAX);
}

static void
fragment_full(struct ends *ends)
{
    uint16_t i;

    for (i = 0; i <= REASSEMBLY_SHARE; i++)
        send_fragment(ends, i, 0, 32, true);
}

/* ---- buffers ---- */

/* Put all of near's buffers on a wire.  Its other end is returned. */
static struct port *
drain_pool(struct ends *ends)
{
    struct testbed *router = ends->near.router;
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
pool_empty(struct ends *ends)
{
    struct port *other = drain_pool(ends);

    ping_foreseen(ends, "10.3.0.1", "10.3.0.2");
    testbed_ping(ends->near.router, 0, NULL, "10.3.0.2", 128, 10);
    other->ops->free(other);
}

static void
pool_empty_at_arrival(struct ends *ends)
{
    struct port *other = drain_pool(ends);
    struct ip4 ip = ends_ip("10.1.0.2", "192.0.2.9");

    ends_send_lan(ends, &ip, 10);
    other->ops->free(other);
}

/* ---- policies ---- */

/* What comes in by the LAN is under policy 1; it goes to a host on the LAN of
 * far, where the routes lead into the tunnel. */
static void
send_under_policy(struct ends *ends)
{
    struct ip4 ip = ends_ip("10.1.0.2", "10.2.0.2");
    struct dp_interface lan;

    lan = testbed_describe(LAN, 0, DP_INTERFACE_PORT, "10.1.0.1/24");
    lan.policy = 1;
    testbed_set(ends->near.router, &lan);
    ends_send_lan(ends, &ip, 10);
    cr_expect_eq(ends->near.wan->out_count, 0);
}

static void
policy_filter(struct ends *ends)
{
    testbed_policy(ends->near.router, 0, POLICY_FILTER, 0);
    send_under_policy(ends);
}

static void
policy_missing(struct ends *ends)
{
    send_under_policy(ends);
}

static void
policy_tunnel(struct ends *ends)
{
    testbed_policy(ends->near.router, 0, POLICY_TUNNEL, TUNNEL);
    testbed_sa_remove(ends->near.router, ends->near.out);
    ends->near.out = NULL;
    send_under_policy(ends);
}

static void
policy_no_tunnel(struct ends *ends)
{
    testbed_policy(ends->near.router, 0, POLICY_TUNNEL, WAN);
    send_under_policy(ends);
}

static void
policy_next_hop(struct ends *ends)
{
    testbed_policy(
        ends->near.router, 0, POLICY_NEXT_HOP, packet_address("203.0.113.1"));
    send_under_policy(ends);
}

static void
policy_next_hop_is_us(struct ends *ends)
{
    testbed_policy(
        ends->near.router, 0, POLICY_NEXT_HOP, packet_address("192.0.2.1"));
    send_under_policy(ends);
}

static void
policy_next_hop_nowhere(struct ends *ends)
{
    testbed_loopback(ends->near.router, LOOPBACK, 0, "10.21.0.1/24");
    testbed_policy(
        ends->near.router, 0, POLICY_NEXT_HOP, packet_address("10.21.0.9"));
    send_under_policy(ends);
}

/* ---- the tests ---- */

static const struct drop_row rows[] = {
    {DROP_MALFORMED,          false, malformed,                   "longer than it is"         },
    {DROP_TTL_EXPIRED,        false, ttl_expired,                 "its last hop was here"     },
    {DROP_NO_ROUTE,           false, no_route,                    "nothing leads there"       },
    {DROP_NO_ROUTE,           false, loopback_neighbour,          "nobody else on a loopback" },
    {DROP_NULL_ROUTE,         false, null_route,                  "null 0"                    },
    {DROP_INTERFACE_DOWN,     false, interface_down,              "the cable is out"          },
    {DROP_INTERFACE_DOWN,     false, interface_down_inbound,      "shut, and arrives"         },
    {DROP_NOT_FOR_US,         false, not_for_us,                  "UDP to a router"           },
    {DROP_NOT_FOR_US,         false, echo_reply_nobody_asked_for, "no such ping"              },
    {DROP_PORT_REFUSED,       false, port_refused,                "the host does not take it" },
    {DROP_PORT_FULL,          false, port_full,                   "the port takes none"       },
    {DROP_TOO_BIG,            false, too_big,                     "1501 bytes"                },
    {DROP_TOO_BIG,            false, too_big_for_the_interface,   "601 with an MTU of 600"    },
    {DROP_FRAGMENT_MALFORMED, false, fragment_malformed,          "31 bytes"                  },
    {DROP_FRAGMENT_OVERLAP,   false, fragment_overlap,            "a unit is in both"         },
    {DROP_FRAGMENT_TWICE,     false, fragment_twice,              "the same bytes"            },
    {DROP_FRAGMENT_TOO_BIG,   false, fragment_too_big,            "9,400 bytes"               },
    {DROP_FRAGMENT_TIMEOUT,   false, fragment_timeout,            "the rest never comes"      },
    {DROP_FRAGMENT_FULL,      false, fragment_full,               "one more than its share"   },
    {DROP_POOL_EMPTY,         false, pool_empty,                  "all buffers are on a wire" },
    {DROP_POOL_EMPTY,         false, pool_empty_at_arrival,       "none for an arrival"       },
    {DROP_POLICY_FILTER,      false, policy_filter,               "filter"                    },
    {DROP_POLICY_FILTER,      false, policy_missing,              "a policy that is not there"},
    {DROP_POLICY_TUNNEL,      true,  policy_tunnel,               "the tunnel has no SA"      },
    {DROP_POLICY_TUNNEL,      false, policy_no_tunnel,            "a port is no tunnel"       },
    {DROP_POLICY_NEXTHOP,     false, policy_next_hop,             "no route to it"            },
    {DROP_POLICY_NEXTHOP,     false, policy_next_hop_is_us,       "it is our own"             },
    {DROP_POLICY_NEXTHOP,     false, policy_next_hop_nowhere,     "on a loopback"             },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

Test(drops, each_has_a_packet_that_causes_it_and_is_counted_once)
{
    drop_rows_try(rows, ROWS);
}

Test(drops, a_dropped_ping_says_why)
{
    struct ends ends = ends_protected();
    struct dp_event event;

    ends.near.wan->accept = 0;
    testbed_ping(ends.near.router, 0, NULL, "192.0.2.9", 5, 10);
    cr_assert(testbed_event(ends.near.router, DP_EVENT_PING_DROP, &event));
    cr_expect_eq(event.drop, DROP_PORT_FULL);
    testbed_ping(ends.near.router, 0, NULL, "192.0.2.9", 6, 9300);
    cr_assert(testbed_event(ends.near.router, DP_EVENT_PING_DROP, &event));
    cr_expect_eq(event.drop, DROP_TOO_BIG);
    testbed_ping(ends.near.router, 0, "10.1.0.1", "10.2.0.1", 7, 2000);
    cr_assert(testbed_event(ends.near.router, DP_EVENT_PING_DROP, &event));
    cr_expect_eq(event.drop, DROP_PORT_FULL);
    cr_expect_not(testbed_event(ends.near.router, DP_EVENT_PING_DROP, &event),
        "two fragments, one event");
    ends_free(&ends);
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

    for (i = 0; i < ROWS; i++)
        is_seen[rows[i].drop] = true;
    for (i = 0; i < drops_of_tunnels_count; i++)
        is_seen[drops_of_tunnels[i].drop] = true;
    for (i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
        is_seen[elsewhere[i]] = true;
    for (i = 0; i < DROP_COUNT; i++)
        cr_expect(is_seen[i], "%s has no test", drop_reasons[i].name);
}
