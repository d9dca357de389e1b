/*
 * test_route.c - longest prefix, distance, next hops, interfaces that flap.
 */
#include "route/route.h"

#include "base/ip.h"
#include "tests/support/packet.h"

#include <criterion/criterion.h>

enum { UP_A = 1, UP_B = 2, DOWN = 3, LOOPBACK = 4 };

static const struct dp_limits limits = {
    .vrs = 2,
    .interfaces = 8,
    .routes = 64,
};

static struct route_table *
table_new(void)
{
    struct route_table *table = route_table_new(&limits);

    route_vr_set(table, 0, true);
    route_interface_set(table, UP_A, true);
    route_interface_set(table, UP_B, true);
    route_interface_set(table, LOOPBACK, true);
    return table;
}

static struct dp_route
route_by(
    const char *prefix, uint8_t length, uint8_t distance, uint32_t interface)
{
    return (struct dp_route){
        .prefix = packet_address(prefix),
        .length = length,
        .distance = distance,
        .has_interface = true,
        .interface = interface,
    };
}

static struct dp_route
route_via(const char *prefix, uint8_t length, const char *next_hop)
{
    return (struct dp_route){
        .prefix = packet_address(prefix),
        .length = length,
        .distance = 1,
        .next_hop = packet_address(next_hop),
    };
}

static void
add(struct route_table *table, struct dp_route route)
{
    cr_assert_eq(route_add(table, &route), OK);
}

static void
expect(const struct route_table *table, const char *to,
    enum route_outcome outcome, uint32_t interface)
{
    struct route_result result;

    result = route_lookup(table, 0, packet_address(to));
    cr_expect_eq(
        result.outcome, outcome, "%s: outcome %d", to, (int)result.outcome);
    cr_expect_eq(
        result.interface, interface, "%s: interface %u", to, result.interface);
}

static struct dp_interface
with_address(uint32_t index, const char *address, unsigned length)
{
    return (struct dp_interface){
        .index = index,
        .has_address = true,
        .address = packet_address(address),
        .mask = ip_mask_of(length),
    };
}

Test(route, takes_the_longest_prefix_that_is_usable)
{
    struct route_table *table = table_new();

    add(table, route_by("0.0.0.0", 0, 1, UP_A));
    add(table, route_by("10.0.0.0", 8, 1, UP_B));
    add(table, route_by("10.1.0.0", 16, 1, DOWN));
    add(table, route_by("10.1.1.1", 32, 1, UP_A));

    expect(table, "10.1.1.1", ROUTE_TO_INTERFACE, UP_A);
    expect(table, "10.1.1.2", ROUTE_TO_INTERFACE, UP_B); /* /16 is down */
    expect(table, "10.2.0.1", ROUTE_TO_INTERFACE, UP_B);
    expect(table, "192.0.2.1", ROUTE_TO_INTERFACE, UP_A);
    expect(table, "255.255.255.255", ROUTE_TO_INTERFACE, UP_A);
    route_table_free(table);
}

Test(route, prefers_the_smaller_distance_while_it_is_up)
{
    struct route_table *table = table_new();

    add(table, route_by("10.0.0.0", 8, 20, UP_B));
    add(table, route_by("10.0.0.0", 8, 10, UP_A));
    add(table, route_by("10.0.0.0", 8, 30, DOWN));

    expect(table, "10.0.0.1", ROUTE_TO_INTERFACE, UP_A);
    route_interface_set(table, UP_A, false);
    expect(table, "10.0.0.1", ROUTE_TO_INTERFACE, UP_B);
    route_interface_set(table, UP_B, false);
    expect(table, "10.0.0.1", ROUTE_DOWN, UP_A);
    route_interface_set(table, DOWN, true);
    expect(table, "10.0.0.1", ROUTE_TO_INTERFACE, DOWN);
    route_table_free(table);
}

Test(route, knows_nothing_outside_its_prefixes_and_virtual_routers)
{
    struct route_table *table = table_new();
    struct dp_route other = route_by("0.0.0.0", 0, 1, UP_A);

    add(table, route_by("10.0.0.0", 8, 1, UP_A));
    other.vr = 1;
    add(table, other);

    expect(table, "11.0.0.0", ROUTE_NONE, 0);
    expect(table, "9.255.255.255", ROUTE_NONE, 0);
    cr_expect_eq(route_lookup(table, 1, 1).outcome, ROUTE_NONE,
        "the virtual router is not there");
    route_vr_set(table, 1, true);
    cr_expect_eq(route_lookup(table, 1, 1).outcome, ROUTE_TO_INTERFACE);
    cr_expect_eq(route_lookup(table, 2, 1).outcome, ROUTE_NONE,
        "there is no such handle");
    route_table_free(table);
}

Test(route, an_address_is_local_and_its_prefix_connected)
{
    struct route_table *table = table_new();
    struct dp_interface lan = with_address(UP_A, "10.1.0.1", 24);
    struct dp_interface loopback = with_address(LOOPBACK, "192.0.2.1", 32);

    cr_assert_eq(route_address_add(table, &lan), OK);
    cr_assert_eq(route_address_add(table, &loopback), OK);
    add(table, route_by("10.1.0.0", 24, 1, UP_B));

    expect(table, "10.1.0.1", ROUTE_TO_US, UP_A);
    expect(table, "10.1.0.2", ROUTE_TO_INTERFACE, UP_A);
    expect(table, "192.0.2.1", ROUTE_TO_US, LOOPBACK);
    route_interface_set(table, UP_A, false);
    expect(table, "10.1.0.2", ROUTE_TO_INTERFACE, UP_B);
    route_interface_set(table, UP_A, true);
    route_address_remove(table, &lan);
    expect(table, "10.1.0.1", ROUTE_TO_INTERFACE, UP_B);
    route_table_free(table);
}

Test(route, follows_four_next_hops_and_no_fifth)
{
    struct route_table *table = table_new();

    add(table, route_by("10.0.0.0", 24, 1, UP_A));
    add(table, route_via("10.1.0.0", 24, "10.0.0.1"));
    add(table, route_via("10.2.0.0", 24, "10.1.0.1"));
    add(table, route_via("10.3.0.0", 24, "10.2.0.1"));
    add(table, route_via("10.4.0.0", 24, "10.3.0.1"));
    add(table, route_via("10.5.0.0", 24, "10.4.0.1"));

    expect(table, "10.4.0.9", ROUTE_TO_INTERFACE, UP_A);
    expect(table, "10.5.0.9", ROUTE_NONE, 0);
    route_interface_set(table, UP_A, false);
    expect(table, "10.4.0.9", ROUTE_DOWN, UP_A);
    route_table_free(table);
}

Test(route, a_next_hop_that_leads_to_itself_or_to_us_leads_nowhere)
{
    struct route_table *table = table_new();
    struct dp_interface lan = with_address(UP_A, "10.1.0.1", 24);

    cr_assert_eq(route_address_add(table, &lan), OK);
    add(table, route_via("0.0.0.0", 0, "192.0.2.1"));
    add(table, route_via("172.16.0.0", 16, "172.16.0.1"));

    expect(table, "203.0.113.1", ROUTE_NONE, 0);
    expect(table, "172.16.3.3", ROUTE_NONE, 0);
    add(table, route_via("198.51.100.0", 24, "10.1.0.1"));
    expect(table, "198.51.100.7", ROUTE_TO_INTERFACE, UP_A);
    route_table_free(table);
}

Test(route, a_tangle_of_next_hops_ends)
{
    struct route_table *table = table_new();
    struct dp_route route = route_via("0.0.0.0", 0, "192.0.2.1");
    uint8_t length;

    for (length = 0; length <= 32; length++) {
        route.prefix = packet_address("192.0.2.1");
        route.length = length;
        add(table, route);
    }
    expect(table, "192.0.2.1", ROUTE_NONE, 0);
    route_table_free(table);
}

Test(route, refuses_what_cannot_be)
{
    struct route_table *table = table_new();
    struct dp_route good = route_by("10.0.0.0", 8, 1, UP_A);
    struct dp_route bad;
    struct dp_interface holes = with_address(UP_A, "10.0.0.1", 24);

    cr_expect_eq(route_add(table, &good), OK);
    cr_expect_eq(route_add(table, &good), ERR_EXISTS);
    bad = good;
    bad.length = 33;
    cr_expect_eq(route_add(table, &bad), ERR_INVALID);
    bad = good;
    bad.interface = limits.interfaces;
    cr_expect_eq(route_add(table, &bad), ERR_INVALID);
    bad = good;
    bad.vr = limits.vrs;
    cr_expect_eq(route_add(table, &bad), ERR_INVALID);
    bad = good;
    bad.distance = 2;
    cr_expect_eq(route_remove(table, &bad), ERR_NOT_FOUND);
    holes.mask = 0xff00ff00;
    cr_expect_eq(route_address_add(table, &holes), ERR_INVALID);
    cr_expect_eq(route_remove(table, &good), OK);
    cr_expect_eq(route_remove(table, &good), ERR_NOT_FOUND);
    expect(table, "10.0.0.1", ROUTE_NONE, 0);
    route_table_free(table);
}

/* The reference: the same routes in a list, searched from end to end. */
static uint32_t
slow_lookup(const struct dp_route *routes, const bool *present, size_t count,
    uint32_t destination)
{
    uint32_t best = UINT32_MAX;
    int longest = -1;
    size_t i;

    for (i = 0; i < count; i++) {
        if (!present[i] || routes[i].length <= longest)
            continue;
        if ((destination & ip_mask_of(routes[i].length)) != routes[i].prefix)
            continue;
        longest = routes[i].length;
        best = routes[i].interface;
    }
    return best;
}

static uint32_t
draw(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

enum { MANY = 40 };

/* Distinct prefixes below 10.0.0.0/8, close to each other. */
static void
make_routes(struct dp_route *routes)
{
    uint32_t i;

    for (i = 0; i < MANY; i++) {
        routes[i] = route_by("10.0.0.0", (uint8_t)(8 + i % 20), 1, 1 + i % 2);
        routes[i].prefix |= (i / 20) << (32 - routes[i].length);
    }
}

Test(route, agrees_with_a_list_through_ten_thousand_changes)
{
    struct route_table *table = table_new();
    struct dp_route routes[MANY];
    bool present[MANY] = {false};
    struct route_result result;
    uint32_t seed = 1;
    uint32_t to;
    uint32_t want;
    size_t which;
    int step;

    make_routes(routes);
    for (step = 0; step < 10000; step++) {
        which = draw(&seed) % MANY;
        if (present[which])
            cr_assert_eq(route_remove(table, &routes[which]), OK);
        else
            cr_assert_eq(route_add(table, &routes[which]), OK);
        present[which] = !present[which];
        to = packet_address("10.0.0.0") + (draw(&seed) & 0x3fffff);
        want = slow_lookup(routes, present, MANY, to);
        result = route_lookup(table, 0, to);
        if (want == UINT32_MAX)
            cr_assert_eq(result.outcome, ROUTE_NONE);
        else
            cr_assert_eq(result.interface, want, "step %d", step);
    }
    route_table_free(table);
}

Test(route, is_full_at_its_limit_and_not_before)
{
    struct route_table *table = table_new();
    struct dp_route route = route_by("10.0.0.0", 32, 1, UP_A);
    uint32_t room = limits.routes + 2 * limits.interfaces;
    uint32_t i;

    for (i = 0; i < room; i++) {
        route.prefix++;
        cr_assert_eq(route_add(table, &route), OK);
    }
    route.prefix++;
    cr_expect_eq(route_add(table, &route), ERR_EXHAUSTED);
    route.prefix--;
    cr_expect_eq(route_remove(table, &route), OK);
    cr_expect_eq(route_add(table, &route), OK);
    route_table_free(table);
}
