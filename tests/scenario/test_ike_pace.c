/*
 * A router that has to negotiate with many peers at once.
 */
#include "tests/support/ike_net.h"

#include <criterion/criterion.h>

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
