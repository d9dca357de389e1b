/*
 * A router that has to negotiate with many peers at once.
 */
#include "tests/support/ike_net.h"

#include <criterion/criterion.h>
#include <string.h>

enum { PEERS = 300, AT_A_TIME = 128, S_US = 1000000 };

#define FIRST_PEER 0xc6336400U /* 198.51.100.0 */

static struct net net;

static void
add_peer(uint32_t number)
{
    struct ike_tunnel tunnel = net_tunnel(0);

    tunnel.number = number;
    tunnel.remote.address = FIRST_PEER + number;
    net_set_key(&net, 0, "", tunnel.remote.address, NET_KEY);
    ike_set_tunnel(net.ends[0].ike, net.now_us, &tunnel);
}

/* How many peers, of those that were not written to before, got a message. */
static unsigned
heard(bool seen[PEERS])
{
    struct ike_action action;
    unsigned count = 0;

    while (ike_next(net.ends[0].ike, &action)) {
        uint32_t number = action.send.remote - FIRST_PEER;

        if (action.kind != IKE_ACTION_SEND || seen[number])
            continue;
        seen[number] = true;
        count++;
    }
    return count;
}

static unsigned
pass(bool seen[PEERS], uint64_t seconds)
{
    uint64_t end_us = net.now_us + seconds * S_US;

    while (ike_due(net.ends[0].ike) <= end_us) {
        net.now_us = ike_due(net.ends[0].ike);
        ike_tick(net.ends[0].ike, net.now_us);
    }
    net.now_us = end_us;
    return heard(seen);
}

Test(ike_pace, peers_that_are_not_there_hold_up_the_others_for_three_seconds)
{
    bool seen[PEERS] = {false};

    net_init(&net, 1);
    for (uint32_t i = 0; i < PEERS; i++)
        add_peer(i);
    for (uint32_t i = 0; i < PEERS; i++)
        ike_need_sa(net.ends[0].ike, net.now_us, i);
    cr_expect_eq(heard(seen), AT_A_TIME);
    cr_expect_eq(pass(seen, 2), 0, "they are asked a second time");
    cr_expect_eq(pass(seen, 2), AT_A_TIME, "and a third time");
    cr_expect_eq(pass(seen, 3), PEERS - 2 * AT_A_TIME);
    net_done(&net);
}

/* ---- many tunnels between two ends ---- */

struct letter {
    int to;
    uint64_t length;
    uint8_t bytes[2048];
};

enum { LETTERS = 4096 };

static struct letter letters[LETTERS];
static size_t written;

/* What an end has to say is on its way; how many SAs that made. */
static unsigned
post(int from)
{
    struct ike_action action;
    unsigned added = 0;

    while (ike_next(net.ends[from].ike, &action)) {
        struct letter *letter = &letters[written % LETTERS];

        added += action.kind == IKE_ACTION_SA_ADD;
        if (action.kind != IKE_ACTION_SEND)
            continue;
        letter->to = 1 - from;
        letter->length = action.send.length;
        memcpy(letter->bytes, action.send.bytes, action.send.length);
        written++;
    }
    return added;
}

/* Until nobody has anything to say. */
static unsigned
correspond(void)
{
    static const uint32_t addresses[2] = {NET_A, NET_B};
    unsigned added = post(0) + post(1);

    for (size_t read = 0; read < written; read++) {
        const struct letter *letter = &letters[read % LETTERS];
        const struct ike_datagram datagram = {
            .local = addresses[letter->to],
            .local_port = IKE_PORT,
            .remote = addresses[1 - letter->to],
            .remote_port = IKE_PORT,
            .bytes = letter->bytes,
            .length = letter->length,
        };

        cr_assert_leq(written - read, LETTERS);
        ike_input(net.ends[letter->to].ike, net.now_us, &datagram);
        added += post(0) + post(1);
    }
    return added;
}

Test(ike_pace, a_thousand_tunnels_share_an_ike_sa)
{
    enum { TUNNELS = 1000 };
    struct ike_counters counters;

    net_init(&net, 3);
    net_configure(&net);
    for (int end = 0; end < 2; end++) {
        for (uint32_t i = 0; i < TUNNELS; i++) {
            struct ike_tunnel tunnel = net_tunnel(end);

            tunnel.number = i;
            tunnel.local_selector.first += i << 16;
            tunnel.local_selector.last += i << 16;
            tunnel.remote_selector.first += i << 16;
            tunnel.remote_selector.last += i << 16;
            ike_set_tunnel(net.ends[end].ike, net.now_us, &tunnel);
        }
    }
    for (uint32_t i = 0; i < TUNNELS; i++)
        ike_need_sa(net.ends[0].ike, net.now_us, i);
    cr_expect_eq(correspond(), 4 * TUNNELS, "without waiting for a timer");
    ike_counters(net.ends[0].ike, &counters);
    cr_expect_eq(counters.ike_sas, 1);
    net_done(&net);
}

Test(ike_pace, who_is_removed_leaves_the_line)
{
    bool seen[PEERS] = {false};
    struct ike_counters counters;

    net_init(&net, 2);
    for (uint32_t i = 0; i < PEERS; i++) {
        add_peer(i);
        ike_need_sa(net.ends[0].ike, net.now_us, i);
    }
    (void)heard(seen);
    for (uint32_t i = 1; i < PEERS; i++)
        ike_remove_tunnel(net.ends[0].ike, net.now_us, i);
    (void)heard(seen);
    cr_expect_eq(pass(seen, 10), 0);
    ike_counters(net.ends[0].ike, &counters);
    cr_expect_eq(counters.ike_sas, 1);
    net_done(&net);
}
