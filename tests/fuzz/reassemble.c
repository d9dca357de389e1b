/*
 * reassemble.c - any fragments in any order.
 *
 * Four bytes are one fragment: which of four packets, where it begins, how
 * long it is, whether more follow, and how much time passes.  All bytes of a
 * packet follow from their place in it, so that what becomes whole can be
 * looked at: nothing may be missing, doubled or misplaced.
 */
#include "tests/support/packet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { STEP = 4, UNIT = 8, LENGTH_MAX = 2048 };

static void
check(const struct pkt *pkt, uint16_t id)
{
    struct ip4 ip;
    size_t i;

    if (!ip4_read(pkt->at, pkt->length, &ip) ||
        ip.total_length != pkt->length || ip.id != id || ip.more_fragments ||
        ip.fragment_offset != 0)
        abort();
    for (i = 0; i + ip.header_length < pkt->length; i++) {
        if (pkt->at[ip.header_length + i] != (uint8_t)(i * 7 + i / 256))
            abort();
    }
}

static void
load(struct pkt *pkt, const struct ip4 *ip, size_t length)
{
    uint8_t packet[LENGTH_MAX + 100];
    uint8_t payload[LENGTH_MAX];
    size_t start = (size_t)ip->fragment_offset * UNIT;
    size_t i;

    for (i = 0; i < length; i++)
        payload[i] = (uint8_t)((start + i) * 7 + (start + i) / 256);
    length = packet_ip4(packet, ip, payload, length);
    for (i = 0; i < length; i++)
        *pkt_append(pkt, 1) = packet[i];
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct reassembly *table = reassembly_new();
    struct pkt_pool *pool = pkt_pool_new(1);
    struct pkt *pkt = pkt_new(pool);
    uint64_t now_us = 0;
    bool is_whole;
    struct ip4 ip;

    for (; size >= STEP; size -= STEP, bytes += STEP) {
        ip = (struct ip4){.src = bytes[0] & 3U,
            .dst = 9,
            .id = 5,
            .fragment_offset = (uint16_t)(bytes[1] * (bytes[0] & 8 ? 32 : 1)),
            .more_fragments = (bytes[0] & 4) != 0};
        load(pkt, &ip, bytes[2] * (bytes[0] & 16 ? 1U : 8U));
        now_us += (uint64_t)bytes[3] << (bytes[3] / 16);
        if (!ip4_read(pkt->at, pkt->length, &ip))
            abort();
        if (reassembly_take(table, pkt, &ip, now_us, &is_whole) != DROP_NONE &&
            is_whole)
            abort();
        if (is_whole)
            check(pkt, 5);
        pkt_trim(pkt, pkt->length);
        while (reassembly_expire(table, now_us, pkt))
            pkt_trim(pkt, pkt->length);
        pkt->at = pkt->memory + PKT_HEADROOM;
    }
    pkt_free(pkt);
    pkt_pool_free(pool);
    reassembly_free(table);
    return 0;
}
