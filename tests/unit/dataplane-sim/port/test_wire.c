/*
 * test_wire.c - latency, loss, queue, cut.
 */
#include "port/port.h"

#include <criterion/criterion.h>
#include <string.h>

struct bench {
    struct pkt_pool *pool_a;
    struct pkt_pool *pool_b;
    struct port *a;
    struct port *b;
};

static struct bench
bench_new(const struct wire_params *params)
{
    struct bench bench = {pkt_pool_new(400), pkt_pool_new(400), NULL, NULL};

    port_wire_new(params, &bench.a, &bench.b);
    return bench;
}

/* A leak of a packet stops the test in pkt_pool_free. */
static void
bench_free(struct bench *bench)
{
    bench->a->ops->free(bench->a);
    cr_expect_eq(pkt_pool_left(bench->pool_a), 400);
    bench->b->ops->free(bench->b);
    pkt_pool_free(bench->pool_a);
    pkt_pool_free(bench->pool_b);
}

/* Send count packets of one byte, numbered from first.  Returns how many were
 * taken. */
static size_t
send_some(struct bench *bench, uint64_t now_us, uint8_t first, size_t count)
{
    struct pkt *pkt;
    size_t i;

    for (i = 0; i < count; i++) {
        pkt = pkt_new(bench->pool_a);
        cr_assert_not_null(pkt);
        *pkt_append(pkt, 1) = (uint8_t)(first + i);
        if (bench->a->ops->transmit(bench->a, now_us, &pkt, 1) == 0) {
            pkt_free(pkt);
            break;
        }
    }
    return i;
}

static size_t
receive_all(struct bench *bench, uint64_t now_us, uint8_t *out_first)
{
    struct pkt *packets[400];
    size_t count;
    size_t i;

    count =
        bench->b->ops->receive(bench->b, bench->pool_b, now_us, packets, 400);
    for (i = 0; i < count; i++) {
        if (i == 0)
            *out_first = packets[0]->at[0];
        cr_expect_eq(packets[i]->pool, bench->pool_b);
        pkt_free(packets[i]);
    }
    return count;
}

Test(wire, a_packet_arrives_after_the_latency_and_not_before)
{
    struct bench bench = bench_new(&(struct wire_params){.latency_us = 1000});
    uint8_t first = 0;

    cr_expect_eq(bench.b->ops->next_arrival(bench.b), UINT64_MAX);
    cr_expect_eq(send_some(&bench, 500, 42, 1), 1);
    cr_expect_eq(bench.b->ops->next_arrival(bench.b), 1500);
    cr_expect_eq(bench.a->ops->next_arrival(bench.a), UINT64_MAX);
    cr_expect_eq(receive_all(&bench, 1499, &first), 0);
    cr_expect_eq(receive_all(&bench, 1500, &first), 1);
    cr_expect_eq(first, 42);
    bench_free(&bench);
}

Test(wire, keeps_order_and_returns_buffers_to_the_sender)
{
    struct bench bench = bench_new(&(struct wire_params){.latency_us = 10});
    uint8_t first = 0;

    cr_expect_eq(send_some(&bench, 0, 1, 3), 3);
    cr_expect_eq(send_some(&bench, 5, 4, 3), 3);
    cr_expect_eq(pkt_pool_left(bench.pool_a), 394);
    cr_expect_eq(receive_all(&bench, 10, &first), 3);
    cr_expect_eq(first, 1);
    cr_expect_eq(receive_all(&bench, 15, &first), 3);
    cr_expect_eq(first, 4);
    cr_expect_eq(pkt_pool_left(bench.pool_a), 400);
    bench_free(&bench);
}

Test(wire, takes_no_more_than_its_queue_holds)
{
    struct bench bench = bench_new(&(struct wire_params){.latency_us = 10});
    uint8_t first = 0;

    cr_expect_eq(send_some(&bench, 0, 0, 300), PORT_WIRE_QUEUE);
    cr_expect_eq(receive_all(&bench, 10, &first), PORT_WIRE_QUEUE);
    cr_expect_eq(send_some(&bench, 20, 0, 5), 5);
    bench_free(&bench);
}

static size_t
arrivals_of(uint64_t seed, uint32_t loss_ppm)
{
    struct bench bench =
        bench_new(&(struct wire_params){.loss_ppm = loss_ppm, .seed = seed});
    uint8_t first = 0;
    size_t count = 0;
    int i;

    for (i = 0; i < 1000; i++) {
        cr_assert_eq(send_some(&bench, 0, 0, 1), 1);
        count += receive_all(&bench, 0, &first);
    }
    bench_free(&bench);
    return count;
}

Test(wire, loses_the_share_it_was_told_and_the_same_for_a_seed)
{
    size_t count = arrivals_of(1, 250000);

    cr_expect_eq(arrivals_of(1, 0), 1000);
    cr_expect_eq(arrivals_of(1, 1000000), 0);
    cr_expect(count > 690 && count < 810, "%zu of 1000 arrived", count);
    cr_expect_eq(arrivals_of(1, 250000), count);
}

Test(wire, a_cut_loses_what_is_on_it_and_takes_both_ends_down)
{
    struct bench bench = bench_new(&(struct wire_params){.latency_us = 10});
    uint8_t first = 0;

    cr_expect_eq(send_some(&bench, 0, 0, 5), 5);
    port_wire_cut(bench.b, true);
    cr_expect_not(bench.a->ops->is_up(bench.a));
    cr_expect_not(bench.b->ops->is_up(bench.b));
    cr_expect_eq(pkt_pool_left(bench.pool_a), 400);
    port_wire_cut(bench.a, false);
    cr_expect(bench.b->ops->is_up(bench.b));
    cr_expect_eq(receive_all(&bench, 10, &first), 0);
    bench_free(&bench);
}

Test(wire, an_end_that_is_gone_takes_the_other_down)
{
    struct bench bench = bench_new(&(struct wire_params){.latency_us = 10});

    cr_expect_eq(send_some(&bench, 0, 0, 5), 5);
    bench.a->ops->free(bench.a);
    cr_expect_eq(pkt_pool_left(bench.pool_a), 400);
    cr_expect_not(bench.b->ops->is_up(bench.b));
    bench.b->ops->free(bench.b);
    pkt_pool_free(bench.pool_a);
    pkt_pool_free(bench.pool_b);
}

Test(wire, counts_what_finds_no_buffer)
{
    struct bench bench = bench_new(&(struct wire_params){.latency_us = 0});
    struct pkt_pool *small = pkt_pool_new(2);
    struct pkt *packets[8];
    size_t count;

    cr_expect_eq(send_some(&bench, 0, 0, 5), 5);
    count = bench.b->ops->receive(bench.b, small, 0, packets, 8);
    cr_expect_eq(count, 2);
    cr_expect_eq(bench.b->starved, 3);
    pkt_free(packets[0]);
    pkt_free(packets[1]);
    pkt_pool_free(small);
    bench_free(&bench);
}
