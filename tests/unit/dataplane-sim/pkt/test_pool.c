/* The pool of packet buffers and the moving ends of a packet. */
#include "pkt/pkt.h"

#include <criterion/criterion.h>
#include <string.h>

Test(pool, gives_what_it_has_and_then_nothing)
{
    struct pkt_pool *pool = pkt_pool_new(3);
    struct pkt *held[3];

    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(pkt_pool_left(pool), 3 - i);
        held[i] = pkt_new(pool);
        cr_assert_not_null(held[i]);
        memset(held[i]->memory, 0xee, sizeof held[i]->memory);
    }
    cr_expect_null(pkt_new(pool));
    cr_expect_eq(pkt_pool_left(pool), 0);
    pkt_free(held[1]);
    cr_expect_eq(pkt_new(pool), held[1]);
    for (size_t i = 0; i < 3; i++)
        pkt_free(held[i]);
    cr_expect_eq(pkt_pool_left(pool), 3);
    pkt_free(NULL);
    pkt_pool_free(pool);
    pkt_pool_free(NULL);
}

Test(pool, hands_out_a_used_buffer_as_new)
{
    struct pkt_pool *pool = pkt_pool_new(1);
    struct pkt *pkt = pkt_new(pool);

    pkt->vr = 9;
    pkt->in_port = 8;
    pkt->depth = 4;
    cr_assert_not_null(pkt_append(pkt, 100));
    pkt_pull(pkt, 30);
    pkt_free(pkt);
    pkt = pkt_new(pool);
    cr_expect_eq(pkt->vr, 0);
    cr_expect_eq(pkt->in_port, PKT_NO_PORT);
    cr_expect_eq(pkt->depth, 0);
    cr_expect_eq(pkt->length, 0);
    cr_expect_eq(pkt->at, pkt->memory + PKT_HEADROOM);
    pkt_free(pkt);
    pkt_pool_free(pool);
}

Test(pool, moves_the_ends_of_a_packet)
{
    struct pkt_pool *pool = pkt_pool_new(1);
    struct pkt *pkt = pkt_new(pool);
    uint8_t *start = pkt->at;

    cr_expect_eq(pkt_append(pkt, 100), start);
    cr_expect_eq(pkt_append(pkt, 10), start + 100);
    cr_expect_eq(pkt_push(pkt, 20), start - 20);
    cr_expect_eq(pkt->length, 130);
    pkt_pull(pkt, 28);
    pkt_trim(pkt, 2);
    cr_expect_eq(pkt->at, start + 8);
    cr_expect_eq(pkt->length, 100);
    pkt_free(pkt);
    pkt_pool_free(pool);
}

Test(pool, refuses_to_move_an_end_out_of_the_buffer)
{
    struct pkt_pool *pool = pkt_pool_new(1);
    struct pkt *pkt = pkt_new(pool);
    const size_t room = PKT_MTU_MAX + PKT_TAILROOM;

    cr_expect_null(pkt_push(pkt, PKT_HEADROOM + 1));
    cr_expect_null(pkt_append(pkt, room + 1));
    cr_expect_null(pkt_append(pkt, SIZE_MAX));
    cr_expect_eq(pkt->length, 0);
    cr_expect_eq(pkt_push(pkt, PKT_HEADROOM), pkt->memory);
    cr_expect_not_null(pkt_append(pkt, room));
    cr_expect_eq(pkt->length, sizeof pkt->memory);
    cr_expect_null(pkt_push(pkt, 1));
    cr_expect_null(pkt_append(pkt, 1));
    pkt_free(pkt);
    pkt_pool_free(pool);
}
