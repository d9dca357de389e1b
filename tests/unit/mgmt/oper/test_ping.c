/*
 * test_ping.c - echo requests one at a time, to their end.
 */
#include "oper/oper.h"

#include "base/str.h"
#include "tests/support/gateway.h"

#include <criterion/criterion.h>
#include <string.h>

struct heard {
    size_t rows;
    size_t answered;
    uint64_t round_trip_us; /* of the last one */
    char dropped[128];
    uint64_t last_sequence;
};

static void
hear(void *context, const struct value *columns)
{
    struct heard *heard = context;

    heard->rows++;
    heard->last_sequence = columns[COLUMN_PING_SEQUENCE].number;
    if (value_is_set(&columns[COLUMN_PING_ANSWERED])) {
        heard->answered++;
        heard->round_trip_us = columns[COLUMN_PING_ROUND_TRIP_US].number;
    }
    strncpy(heard->dropped, value_string(&columns[COLUMN_PING_DROPPED]),
        sizeof(heard->dropped) - 1);
}

/* Ping from boston until it is over; returns the time it took. */
static uint64_t
run(const char *address, uint16_t count, struct heard *out_heard)
{
    const struct ping_params params = {
        .id = 9, .address = gateway_ip(address), .count = count, .size = 56};
    const struct row_sink sink = {hear, out_heard};
    struct gateway *gateways[2];
    uint64_t began_us;
    uint64_t took_us;

    gateway_two_sites(&gateways[0], &gateways[1]);
    began_us = gateways[0]->now_us;
    gateways[0]->ping = ping_new(gateways[0]->dp, &params);
    while (ping_tick(gateways[0]->ping, gateways[0]->now_us, &sink) != 0)
        gateway_settle(gateways, 2, gateways[0]->now_us + 1000);
    took_us = gateways[0]->now_us - began_us;
    gateway_free(gateways[0]);
    gateway_free(gateways[1]);
    return took_us;
}

Test(ping, is_answered_five_times_each_after_a_round_trip)
{
    struct heard heard = {0};

    (void)run("192.0.2.2", 5, &heard);
    cr_assert_eq(heard.rows, 5);
    cr_assert_eq(heard.answered, 5);
    cr_assert_eq(heard.last_sequence, 5);
    cr_assert_geq(heard.round_trip_us, 10000); /* the wire, both ways */
    cr_assert_leq(heard.round_trip_us, 12000);
    cr_assert_str_eq(heard.dropped, "");
}

Test(ping, says_why_this_router_dropped_it_at_once)
{
    struct heard heard = {0};
    uint64_t took_us = run("198.51.100.7", 3, &heard);

    cr_assert_eq(heard.rows, 3);
    cr_assert_eq(heard.answered, 0);
    cr_assert_str_eq(heard.dropped, "No route leads to the destination.");
    cr_assert_leq(took_us, 10000);
}

Test(ping, gives_up_a_request_after_two_seconds)
{
    struct heard heard = {0};
    uint64_t took_us = run("192.0.2.99", 2, &heard);

    cr_assert_eq(heard.rows, 2);
    cr_assert_eq(heard.answered, 0);
    cr_assert_str_eq(heard.dropped, "");
    cr_assert_geq(took_us, 4000000);
    cr_assert_leq(took_us, 4010000);
}

Test(ping, does_not_take_an_answer_that_comes_too_late)
{
    const struct ping_params params = {.id = 9, .address = 1, .count = 2};
    struct dp_event late = {
        .kind = DP_EVENT_ECHO_REPLY, .ping_id = 9, .ping_sequence = 1};
    struct heard heard = {0};
    const struct row_sink sink = {hear, &heard};
    struct gateway *gateway = gateway_new(NULL);
    struct ping *ping = ping_new(gateway->dp, &params);

    cr_assert_eq(ping_tick(ping, 0, &sink), 2000000);
    cr_assert_eq(ping_tick(ping, 1999999, &sink), 2000000);
    cr_assert_eq(ping_tick(ping, 2000000, &sink), 4000000);
    ping_event(ping, &late);
    cr_assert_eq(ping_tick(ping, 2000001, &sink), 4000000);
    cr_assert_eq(heard.rows, 1);
    late.ping_sequence = 2;
    ping_event(ping, &late);
    cr_assert_eq(ping_tick(ping, 2000002, &sink), 0);
    cr_assert_eq(heard.answered, 1);
    ping_free(ping);
    gateway_free(gateway);
}

Test(ping, asks_a_busy_dataplane_again)
{
    const struct ping_params params = {.id = 9, .address = 1, .count = 1};
    struct heard heard = {0};
    const struct row_sink sink = {hear, &heard};
    struct gateway *gateway = gateway_new(NULL);
    struct ping *ping = ping_new(gateway->dp, &params);
    struct dp_batch *batch = dp_batch_new();

    while (dp_submit(gateway->dp, batch) == OK)
        batch = dp_batch_new();
    dp_batch_free(batch);
    cr_assert_eq(ping_tick(ping, 0, &sink), 10000);
    gateway_settle(&gateway, 1, 1000);
    cr_assert_eq(ping_tick(ping, 10000, &sink), 2010000);
    ping_free(ping);
    gateway_free(gateway);
}
