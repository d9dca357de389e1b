/*
 * ends.c - two routers and a tunnel between them.
 */
#include "tests/support/ends.h"

#include "tests/support/packet.h"
#include "watch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- life ---- */

static struct end
end_new(enum dp_interface_kind kind, bool is_near)
{
    struct end end = {testbed_new(), tap_new(), tap_new(), {0}, NULL, NULL};
    const char *source = is_near ? "192.0.2.1" : "192.0.2.2";
    const char *destination = is_near ? "192.0.2.2" : "192.0.2.1";
    char wan[32];

    dp_attach_port(end.router->dp, LAN, &end.lan->port);
    dp_attach_port(end.router->dp, WAN, &end.wan->port);
    testbed_port(end.router, LAN, 0, is_near ? "10.1.0.1/24" : "10.2.0.1/24");
    (void)snprintf(wan, sizeof(wan), "%s/24", source);
    testbed_port(end.router, WAN, 0, wan);
    end.tunnel = testbed_tunnel(TUNNEL, 0,
        is_near ? "10.9.0.1/30" : "10.9.0.2/30", source, destination);
    end.tunnel.kind = kind;
    testbed_set(end.router, &end.tunnel);
    testbed_route(
        end.router, 0, is_near ? "10.2.0.0/16" : "10.1.0.0/16", TUNNEL);
    return end;
}

struct ends
ends_new(enum dp_interface_kind kind)
{
    struct ends ends = {.foreseen = DROP_NONE};

    cr_assert_eq(crypto_open(NULL, &ends.crypto), OK);
    ends.near = end_new(kind, true);
    ends.far = end_new(kind, false);
    return ends;
}

void
ends_free(struct ends *ends)
{
    testbed_free(ends->near.router);
    testbed_free(ends->far.router);
    crypto_close(ends->crypto);
}

void
end_protect(struct ends *ends, struct end *end, enum transform transform)
{
    bool is_near = end == &ends->near;

    if (end->tunnel.kind == DP_INTERFACE_GRE) {
        end->tunnel.tunnel.is_protected = true;
        testbed_set(end->router, &end->tunnel);
    }
    end->in = testbed_sa(end->router, ends->crypto, &end->tunnel, transform,
        SA_INBOUND, is_near ? SPI_IN : SPI_OUT);
    end->out = testbed_sa(end->router, ends->crypto, &end->tunnel, transform,
        SA_OUTBOUND, is_near ? SPI_OUT : SPI_IN);
}

void
ends_protect(struct ends *ends, enum transform transform)
{
    end_protect(ends, &ends->near, transform);
    end_protect(ends, &ends->far, transform);
}

struct ends
ends_protected(void)
{
    struct ends ends = ends_new(DP_INTERFACE_TUNNEL);

    ends_protect(&ends, TRANSFORM_ESP_3DES_HMAC_SHA);
    return ends;
}

void
end_poll(struct end *end)
{
    (void)testbed_poll(end->router, end->router->now_us + 1);
}

/* ---- what an explanation leaves ---- */

/* All that can be counted in a router with two SAs. */
struct sums {
    struct dp_traffic traffic;
    uint64_t drops[DROP_COUNT];
    struct dp_interface_counters counters[32];
    struct dp_policy_counters policy;
    uint32_t sequence;
};

static void
take_sums(const struct end *end, struct sums *sums)
{
    uint32_t i;

    memset(sums, 0, sizeof(*sums)); /* padding too: they are compared whole */
    dp_traffic(end->router->dp, &sums->traffic);
    dp_drops(end->router->dp, sums->drops);
    for (i = 0; i < 32; i++)
        sums->counters[i] = testbed_counters(end->router, i);
    dp_policy_counters(end->router->dp, 0, &sums->policy);
    if (end->out != NULL)
        sums->sequence = sa_sequence(end->out);
}

static void
check_unchanged(const struct end *end, const struct sums *before)
{
    struct sums after;

    take_sums(end, &after);
    cr_expect_arr_eq(&after.traffic, &before->traffic, sizeof(after.traffic));
    cr_expect_arr_eq(after.drops, before->drops, sizeof(after.drops));
    cr_expect_arr_eq(after.counters, before->counters, sizeof(after.counters));
    cr_expect_arr_eq(&after.policy, &before->policy, sizeof(after.policy));
    cr_expect_eq(after.sequence, before->sequence);
}

enum drop
ends_explain(
    struct ends *ends, uint32_t interface, const uint8_t *bytes, size_t length)
{
    struct dp_explanation *explanation = calloc(1, sizeof(*explanation));
    struct dp_command command = {
        .kind = DP_EXPLAIN, .explanation = explanation};
    enum drop drop = DROP_NONE;
    struct sums before;
    size_t i;

    take_sums(&ends->near, &before);
    explanation->interface = interface;
    explanation->length = (uint32_t)length;
    memcpy(explanation->bytes, bytes, length);
    cr_assert_eq(testbed_apply(ends->near.router, &command), OK);
    check_unchanged(&ends->near, &before);
    for (i = 0; i < explanation->trail.count; i++) {
        if (explanation->trail.steps[i].outcome == DP_DROPPED)
            drop = explanation->trail.steps[i].drop;
    }
    cr_expect_gt(explanation->trail.count, 0);
    free(explanation);
    return drop;
}

/* ---- packets ---- */

struct ip4
ends_ip(const char *src, const char *dst)
{
    return (struct ip4){.src = packet_address(src), .dst = packet_address(dst)};
}

struct tap_packet *
ends_by_far(struct ends *ends)
{
    struct ip4 ip = ends_ip("10.2.0.2", "10.1.0.2");
    uint8_t packet[200];

    tap_put(ends->far.lan, packet, packet_udp(packet, &ip, 50));
    end_poll(&ends->far);
    cr_assert_eq(ends->far.wan->out_count, 1);
    return &ends->far.wan->out[0];
}

void
ends_arrive(
    struct ends *ends, uint32_t interface, const uint8_t *bytes, size_t length)
{
    struct tap *tap = interface == LAN ? ends->near.lan : ends->near.wan;

    ends->foreseen = ends_explain(ends, interface, bytes, length);
    tap_put(tap, bytes, length);
    end_poll(&ends->near);
}

void
ends_deliver(struct ends *ends, const struct tap_packet *packet)
{
    ends_arrive(ends, WAN, packet->bytes, packet->length);
}

void
ends_send_lan(struct ends *ends, const struct ip4 *ip, size_t payload)
{
    uint8_t packet[9300];

    ends_arrive(ends, LAN, packet, packet_udp(packet, ip, payload));
}

/* ---- drops ---- */

void
ends_expect_drop(
    const struct ends *ends, enum drop drop, bool is_tunnels, const char *why)
{
    const struct testbed *router = ends->near.router;
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

void
drop_rows_try(const struct drop_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ends ends = ends_protected();

        rows[i].provoke(&ends);
        ends_expect_drop(&ends, rows[i].drop, rows[i].is_tunnels, rows[i].why);
        cr_expect_eq(ends.foreseen,
            is_foreseeable(rows[i].drop) ? rows[i].drop : DROP_NONE,
            "%s (%s): the explanation said %s", drop_reasons[rows[i].drop].name,
            rows[i].why, drop_reasons[ends.foreseen].name);
        ends_free(&ends);
    }
}
