/*
 * pool.c - packet buffers: one allocation at start, a free list after that.
 */
#include "base/arena.h"
#include "pkt/pkt.h"

#include <assert.h>
#include <stdlib.h>

struct pkt_pool {
    struct pkt *free; /* chain of those that nobody holds */
    size_t left;
    size_t count;
    struct pkt *packets;
};

struct pkt_pool *
pkt_pool_new(size_t count)
{
    struct pkt_pool *pool = mem_alloc(sizeof *pool);

    assert(count <= SIZE_MAX / sizeof *pool->packets);
    pool->packets = mem_alloc(count * sizeof *pool->packets);
    pool->count = count;
    for (size_t i = count; i > 0; i--) {
        pool->packets[i - 1].pool = pool;
        pkt_free(&pool->packets[i - 1]);
    }
    return pool;
}

void
pkt_pool_free(struct pkt_pool *pool)
{
    if (pool == NULL)
        return;
    assert(pool->left == pool->count);
    free(pool->packets);
    free(pool);
}

size_t
pkt_pool_left(const struct pkt_pool *pool)
{
    return pool->left;
}

struct pkt *
pkt_new(struct pkt_pool *pool)
{
    struct pkt *pkt = pool->free;

    if (pkt == NULL)
        return NULL;
    pool->free = pkt->next;
    pool->left--;
    pkt->next = NULL;
    pkt->at = pkt->memory + PKT_HEADROOM;
    pkt->length = 0;
    pkt->vr = 0;
    pkt->in_port = PKT_NO_PORT;
    pkt->depth = 0;
    return pkt;
}

void
pkt_free(struct pkt *pkt)
{
    struct pkt_pool *pool;

    if (pkt == NULL)
        return;
    pool = pkt->pool;
    assert(pool->left < pool->count);
    pkt->next = pool->free;
    pool->free = pkt;
    pool->left++;
}

uint8_t *
pkt_push(struct pkt *pkt, size_t count)
{
    if (count > (size_t)(pkt->at - pkt->memory))
        return NULL;
    pkt->at -= count;
    pkt->length += (uint32_t)count;
    return pkt->at;
}

uint8_t *
pkt_append(struct pkt *pkt, size_t count)
{
    uint8_t *end = pkt->at + pkt->length;

    if (count > (size_t)(pkt->memory + sizeof pkt->memory - end))
        return NULL;
    pkt->length += (uint32_t)count;
    return end;
}

void
pkt_pull(struct pkt *pkt, size_t count)
{
    assert(count <= pkt->length);
    pkt->at += count;
    pkt->length -= (uint32_t)count;
}

void
pkt_trim(struct pkt *pkt, size_t count)
{
    assert(count <= pkt->length);
    pkt->length -= (uint32_t)count;
}
