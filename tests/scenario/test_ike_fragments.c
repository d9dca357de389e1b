/*
 * Messages in fragments, between two routers whose path takes little.
 */
#include "tests/support/ike_net.h"

#include "base/bytes.h"

#include <criterion/criterion.h>
#include <string.h>

enum {
    SMALL = 200,
    HEADER = 28,
    NEXT_AT = 16,
    FRAGMENT = 132,
    NUMBER_AT = HEADER + 6,
    ROOM = 9000,
};

static struct net net;

/* What the network does with datagrams. */
static struct {
    size_t longest; /* of those that were not the first of their end */
    unsigned count[2];
    bool strips;   /* nobody's announcement arrives */
    unsigned lost; /* number of a fragment that never arrives; 0: none */
} path;

static bool
look(void *context, int from, uint8_t *bytes, size_t *length)
{
    static const uint8_t vendor[] = {0x40, 0x48, 0xb7, 0xd5};

    (void)context;
    if (path.count[from]++ > 0 && *length > path.longest)
        path.longest = *length;
    for (size_t i = 0; path.strips && i + sizeof vendor < *length; i++) {
        if (memcmp(bytes + i, vendor, sizeof vendor) == 0)
            bytes[i] = 0;
    }
    return path.lost == 0 || bytes[NEXT_AT] != FRAGMENT ||
           bytes[NUMBER_AT] != path.lost;
}

static void
begin(uint64_t seed, uint16_t pfs)
{
    net_init(&net, seed);
    memset(&path, 0, sizeof path);
    net.tamper = look;
    net_configure(&net);
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel tunnel = net_tunnel(i);

        tunnel.pfs_group = pfs;
        ike_set_tunnel(net.ends[i].ike, net.now_us, &tunnel);
        ike_set_datagram_max(net.ends[i].ike, SMALL);
    }
}

static struct ike_counters
counters(int end)
{
    struct ike_counters now;

    ike_counters(net.ends[end].ike, &now);
    return now;
}

static void
negotiate(uint64_t seconds)
{
    ike_need_sa(net.ends[0].ike, net.now_us, 7);
    net_run(&net, seconds);
}

Test(ike_fragments, nothing_longer_goes_out_once_both_have_announced)
{
    begin(1, 14);
    negotiate(3);
    cr_expect(net_passes(&net, 0) && net_passes(&net, 1));
    cr_expect_leq(path.longest, SMALL);
    for (int i = 0; i < 2; i++) {
        cr_expect_gt(counters(i).fragments_sent, 3);
        cr_expect_eq(
            counters(i).fragments_received, counters(1 - i).fragments_sent);
    }
    net_done(&net);
}

Test(ike_fragments, a_peer_that_does_not_announce_gets_whole_messages)
{
    begin(2, 14);
    path.strips = true;
    negotiate(3);
    cr_expect(net_passes(&net, 0) && net_passes(&net, 1));
    cr_expect_gt(path.longest, SMALL);
    cr_expect_eq(counters(0).fragments_sent + counters(1).fragments_sent, 0);
    net_done(&net);
}

Test(ike_fragments, arrive_in_any_order_twice_or_not_at_all)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        begin(seed, 14);
        net.jitter_us = 300000;
        net.repeats = 20;
        net.loss = 5;
        for (int i = 0; i < 10 && !net_passes(&net, 0); i++)
            negotiate(35);
        cr_expect(net_passes(&net, 0) && net_passes(&net, 1), "seed %lu",
            (unsigned long)seed);
        net_done(&net);
    }
}

Test(ike_fragments, a_path_that_drops_them_is_named)
{
    begin(3, 0);
    path.lost = 2;
    negotiate(60);
    cr_expect_not(net_passes(&net, 0));
    cr_assert_gt(net.ends[1].failure_count, 0);
    cr_expect_not_null(strstr(net.ends[1].failures[0].mismatch, "fragments"),
        "%s", net.ends[1].failures[0].mismatch);
    net_done(&net);
}

/* ---- hostile ones ---- */

struct odd {
    const char *why;
    uint8_t number;
    uint8_t flags;
    uint8_t next;
    size_t length; /* of what it carries */
    unsigned dropped;
};

/* One for the IKE SA that end 1 has. */
static void throw(uint16_t id, const struct odd *odd)
{
    uint8_t bytes[ROOM] = {0};
    struct wr w = wr_over(bytes, sizeof bytes);
    struct ike_sa_row row;
    uint32_t cursor = 0;
    const struct ike_datagram datagram = {
        .local = NET_B,
        .local_port = IKE_PORT,
        .remote = NET_A,
        .remote_port = IKE_PORT,
        .bytes = bytes,
        .length = HEADER + 8 + odd->length,
    };

    cr_assert(ike_next_sa(net.ends[1].ike, &cursor, &row));
    wr_u32(&w, (uint32_t)(row.initiator_cookie >> 32));
    wr_u32(&w, (uint32_t)row.initiator_cookie);
    wr_u32(&w, (uint32_t)(row.responder_cookie >> 32));
    wr_u32(&w, (uint32_t)row.responder_cookie);
    wr_u8(&w, FRAGMENT);
    wr_u8(&w, 0x10);
    wr_u16(&w, 2 << 8); /* main mode, in clear */
    wr_u32(&w, 0);
    wr_u32(&w, (uint32_t)datagram.length);
    wr_u8(&w, odd->next);
    wr_u8(&w, 0);
    wr_u16(&w, (uint16_t)(8 + odd->length));
    wr_u16(&w, id);
    wr_u8(&w, odd->number);
    wr_u8(&w, odd->flags);
    memset(w.at, 0x55, odd->length);
    ike_input(net.ends[1].ike, net.now_us, &datagram);
    net_collect(&net, 1);
}

Test(ike_fragments, odd_ones_are_counted_and_change_nothing)
{
    static const struct odd odds[] = {
        {"there is no number 0",            0,  0, 0, 10,   1},
        {"nor 33",                          33, 0, 0, 10,   1},
        {"nothing in it",                   1,  0, 0, 0,    1},
        {"something after it",              1,  0, 4, 10,   1},
        {"one that is all: no message",     1,  1, 0, 100,  1},
        {"a part of the longest message",   1,  0, 0, 8100, 0},
        {"another one, nearly the rest",    2,  0, 0, 8100, 0},
        {"with this it would be too long",  3,  0, 0, 1000, 1},
        {"after the last: it begins anew",  1,  1, 0, 5,    1},
        {"number 9, and no more",           9,  0, 0, 10,   0},
        {"the last before it: begins anew", 3,  1, 0, 10,   0},
    };
    uint64_t before = 0;

    begin(4, 0);
    negotiate(3);
    before = counters(1).dropped[IKE_DROP_FRAGMENT];
    for (size_t i = 0; i < sizeof odds / sizeof odds[0]; i++) {
        throw(77, &odds[i]);
        before += odds[i].dropped;
        cr_expect_eq(
            counters(1).dropped[IKE_DROP_FRAGMENT], before, "%s", odds[i].why);
    }
    ike_rekey(net.ends[0].ike, net.now_us, 7);
    net_run(&net, 40);
    cr_expect(net_passes(&net, 0) && net_passes(&net, 1));
    cr_expect_eq(net.ends[0].adds, 2, "it was rekeyed");
    net_done(&net);
}
