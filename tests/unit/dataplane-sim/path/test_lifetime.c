/*
 * test_lifetime.c - SAs come to their limits, under virtual time.  near's
 * have limits, far's have none.
 */
#include "tests/support/ends.h"
#include "tests/support/packet.h"

#include <criterion/criterion.h>

enum { SPI = 0x1000, SECOND = 1000000 };
enum { INNER = 512 }; /* bytes of a packet: two of them are a kilobyte */

static struct ends ends;
static struct end *const near = &ends.near;
static struct end *const far = &ends.far;

static void
set_up(void)
{
    ends = ends_new(DP_INTERFACE_TUNNEL);
}

static void
tear_down(void)
{
    ends_free(&ends);
}

TestSuite(lifetime, .init = set_up, .fini = tear_down);

static struct sa *
add(struct end *end, enum sa_direction direction, uint32_t spi,
    struct sa_limits limits)
{
    struct sa_params params =
        testbed_sa_params(&end->tunnel, TRANSFORM_ESP_HMAC_SHA, direction, spi);

    params.limits = limits;
    return testbed_sa_add(end->router, ends.crypto, &params);
}

/* One packet from lan to lan; did it come? */
static bool
pass(struct end *from, struct end *to)
{
    const bool is_near = from == near;
    const struct ip4 ip = {
        .src = packet_address(is_near ? "10.1.0.2" : "10.2.0.2"),
        .dst = packet_address(is_near ? "10.2.0.2" : "10.1.0.2")};
    uint8_t packet[INNER];

    tap_put(from->lan, packet, packet_udp(packet, &ip, INNER - 28));
    (void)testbed_poll(from->router, from->router->now_us);
    if (from->wan->out_count != 0)
        tap_put(to->wan, from->wan->out[0].bytes, from->wan->out[0].length);
    (void)testbed_poll(to->router, to->router->now_us);
    tap_clear(from->wan);
    tap_clear(from->lan);
    if (to->lan->out_count == 0)
        return false;
    tap_clear(to->lan);
    return true;
}

static void
expect_told(enum dp_event_kind kind, uint32_t spi, bool is_outbound)
{
    struct dp_event event;

    cr_assert(testbed_event(near->router, kind, &event));
    cr_expect_eq(event.interface, TUNNEL);
    cr_expect_eq(event.spi, spi);
    cr_expect_eq(event.is_outbound, is_outbound);
}

static void
expect_told_nothing(void)
{
    for (size_t i = near->router->event_first; i < near->router->event_count;
         i++) {
        cr_expect_neq(near->router->events[i].kind, DP_EVENT_SA_SOFT);
        cr_expect_neq(near->router->events[i].kind, DP_EVENT_SA_HARD);
    }
}

static uint64_t
at_second(uint64_t second)
{
    return testbed_poll(near->router, second * SECOND);
}

Test(lifetime, ends_by_time_also_where_nothing_is_sent)
{
    (void)at_second(5);
    (void)add(near, SA_OUTBOUND, SPI,
        (struct sa_limits){.soft_s = 90, .hard_s = 100});
    cr_expect_eq(at_second(6), (uint64_t)95 * SECOND);
    (void)testbed_poll(near->router, (uint64_t)95 * SECOND - 1);
    expect_told_nothing();
    cr_expect_eq(at_second(95), (uint64_t)105 * SECOND);
    expect_told(DP_EVENT_SA_SOFT, SPI, true);
    cr_expect_eq(at_second(105), UINT64_MAX);
    expect_told(DP_EVENT_SA_HARD, SPI, true);
    (void)at_second(500);
    expect_told_nothing();
    cr_expect_not(pass(near, far));
    cr_expect_eq(testbed_drops(near->router, DROP_OUT_SA_EXPIRED), 1);
}

Test(lifetime, ends_by_kilobytes_of_1024_octets)
{
    struct sa *sa = add(
        near, SA_OUTBOUND, SPI, (struct sa_limits){.soft_kb = 1, .hard_kb = 2});

    (void)add(far, SA_INBOUND, SPI, (struct sa_limits){0});
    cr_assert(pass(near, far));
    expect_told_nothing();
    cr_assert(pass(near, far));
    expect_told(DP_EVENT_SA_SOFT, SPI, true);
    cr_expect_eq(sa_life(sa), SA_AGEING);
    cr_assert(pass(near, far));
    expect_told_nothing();
    cr_assert(pass(near, far));
    expect_told(DP_EVENT_SA_HARD, SPI, true);
    cr_expect_eq(sa_life(sa), SA_EXPIRED);
    cr_expect_not(pass(near, far));
    cr_expect_eq(testbed_drops(near->router, DROP_OUT_SA_EXPIRED), 1);
}

/* Without a soft limit it is told to be replaced when it ends. */
Test(lifetime, of_what_comes_in_ends_the_same_way)
{
    (void)add(near, SA_INBOUND, SPI, (struct sa_limits){.hard_kb = 1});
    (void)add(far, SA_OUTBOUND, SPI, (struct sa_limits){0});
    cr_assert(pass(far, near));
    cr_assert(pass(far, near));
    expect_told(DP_EVENT_SA_SOFT, SPI, false);
    expect_told(DP_EVENT_SA_HARD, SPI, false);
    cr_expect_not(pass(far, near));
    cr_expect_eq(testbed_drops(near->router, DROP_IN_SA_EXPIRED), 1);
}

Test(lifetime, sequence_numbers_are_said_to_end_before_they_do)
{
    struct sa *sa = add(near, SA_OUTBOUND, SPI, (struct sa_limits){0});

    sa_start_above(sa, UINT32_MAX - SA_SEQUENCES_LEFT - 2);
    (void)pass(near, far);
    expect_told_nothing();
    (void)pass(near, far);
    expect_told(DP_EVENT_SA_SOFT, SPI, true);
    sa_start_above(sa, UINT32_MAX - 1);
    (void)pass(near, far);
    expect_told(DP_EVENT_SA_HARD, SPI, true);
    (void)pass(near, far);
    cr_expect_eq(testbed_drops(near->router, DROP_SEQUENCE_END), 1);
}

/* The inbound ones first, then the outbound one, then the old ones go. */
Test(lifetime, a_successor_loses_no_packet)
{
    const struct sa_limits none = {0};
    struct sa *out = add(near, SA_OUTBOUND, SPI,
        (struct sa_limits){.soft_kb = 1, .hard_kb = 100});
    struct sa *in = add(far, SA_INBOUND, SPI, none);
    const uint32_t next = SPI + 1;

    for (int i = 0; i < 10; i++)
        cr_assert(pass(near, far));
    expect_told(DP_EVENT_SA_SOFT, SPI, true);
    for (uint32_t i = 0; i < 3; i++) { /* up to four inbound ones at once */
        (void)add(far, SA_INBOUND, next + i, none);
        cr_assert(pass(near, far));
    }
    (void)add(near, SA_OUTBOUND, next, none);
    cr_assert(pass(near, far));
    testbed_sa_remove(near->router, out);
    cr_assert(pass(near, far));
    testbed_sa_remove(far->router, in);
    for (int i = 0; i < 10; i++)
        cr_assert(pass(near, far));
    expect_told_nothing();
}

Test(lifetime, sas_are_due_in_the_order_of_their_time)
{
    static const uint32_t seconds[] = {40, 10, 20, 30};
    struct sa *sas[4];
    struct dp_event event;
    uint32_t order = 0;

    for (uint32_t i = 0; i < 4; i++) {
        sas[i] = add(near, SA_INBOUND, SPI + i,
            (struct sa_limits){.hard_s = seconds[i]});
    }
    testbed_sa_remove(near->router, sas[2]);
    for (uint64_t now = 1; now < 50; now++) {
        (void)at_second(now);
        while (testbed_event(near->router, DP_EVENT_SA_HARD, &event))
            order = order * 10 + event.spi - SPI;
    }
    cr_expect_eq(order, 130, "1, 3, 0, and not 2: %u", order);
}

/* M is busy: 1,024 pings that failed wait for it already. */
Test(lifetime, is_told_as_soon_as_there_is_room)
{
    struct dp_batch *batch = dp_batch_new();
    struct dp_event event;

    (void)add(
        near, SA_OUTBOUND, SPI, (struct sa_limits){.soft_s = 1, .hard_s = 2});
    for (int i = 0; i < 1100; i++) {
        dp_batch_add(batch, DP_PING)->ping =
            (struct dp_ping){.destination = packet_address("203.0.113.1")};
    }
    cr_assert_eq(dp_submit(near->router->dp, batch), OK);
    for (int i = 0; i < 4; i++)
        (void)dp_poll(near->router->dp, 0);
    cr_expect_eq(
        at_second(10), (uint64_t)10 * SECOND + 10000, "it tries again");
    cr_expect_not(testbed_event(near->router, DP_EVENT_SA_SOFT, &event));
    (void)at_second(11);
    expect_told(DP_EVENT_SA_SOFT, SPI, true);
    expect_told(DP_EVENT_SA_HARD, SPI, true);
    (void)at_second(12);
    expect_told_nothing();
}
