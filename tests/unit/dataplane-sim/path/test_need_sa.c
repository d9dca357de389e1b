/*
 * M is told of packets for a tunnel that has no SA, once a second.
 */
#include <criterion/criterion.h>

#include "tests/support/testbed.h"

enum { LOOPBACK, WAN, TUNNEL, SECOND = 1000000 };

static struct testbed *router;
static struct dp_interface tunnel;

static void
set_up(void)
{
    router = testbed_new();
    testbed_loopback(router, LOOPBACK, 0, "10.1.0.1/16");
    testbed_loopback(router, WAN, 0, "192.0.2.1/24");
    tunnel =
        testbed_tunnel(TUNNEL, 0, "10.255.0.1/30", "192.0.2.1", "192.0.2.2");
    testbed_set(router, &tunnel);
    testbed_route(router, 0, "10.2.0.0/16", TUNNEL);
}

static void
tear_down(void)
{
    testbed_free(router);
}

/* How many events does a ping cause, at this time? */
static unsigned
events_at(uint64_t now_us, const char *source)
{
    struct dp_event event;
    unsigned count = 0;

    (void)testbed_poll(router, now_us);
    testbed_ping(router, 0, source, "10.2.0.1", 1, 10);
    while (testbed_event(router, DP_EVENT_NEED_SA, &event)) {
        cr_expect_eq(event.interface, TUNNEL);
        count++;
    }
    return count;
}

Test(need_sa, is_told_once_a_second, .init = set_up, .fini = tear_down)
{
    cr_expect_eq(events_at(5 * SECOND, NULL), 1);
    cr_expect_eq(events_at(5 * SECOND + SECOND / 2, NULL), 0);
    cr_expect_eq(events_at(6 * SECOND, NULL), 1);
}

Test(need_sa, is_not_told_of_a_packet_that_the_tunnel_would_not_take,
    .init = set_up, .fini = tear_down)
{
    tunnel.tunnel.local = (struct dp_selector){0x0a010100, 0x0a0101ff};
    testbed_set(router, &tunnel);
    cr_expect_eq(events_at(5 * SECOND, "10.1.0.1"), 0);
    tunnel.tunnel.local = (struct dp_selector){0x0a010000, 0x0a01ffff};
    testbed_set(router, &tunnel);
    cr_expect_eq(events_at(6 * SECOND, "10.1.0.1"), 1);
}

Test(need_sa, is_not_told_of_a_tunnel_that_is_shut_down, .init = set_up,
    .fini = tear_down)
{
    tunnel.enabled = false;
    testbed_set(router, &tunnel);
    cr_expect_eq(events_at(5 * SECOND, NULL), 0);
}

Test(need_sa, is_told_of_a_gre_tunnel_that_is_protected, .init = set_up,
    .fini = tear_down)
{
    tunnel.kind = DP_INTERFACE_GRE;
    tunnel.tunnel.is_protected = true;
    testbed_set(router, &tunnel);
    cr_expect_eq(events_at(5 * SECOND, NULL), 1);
    tunnel.tunnel.is_protected = false;
    testbed_set(router, &tunnel);
    cr_expect_eq(events_at(7 * SECOND, NULL), 0);
}
