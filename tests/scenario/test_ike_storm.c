/*
 * Two routers, and a network that loses, repeats and reorders: what was agreed
 * is the same at both ends, the tunnel comes back after every fault, and there
 * is never a second outbound SA (ike_net aborts there).
 */
#include "tests/support/ike_net.h"
#include "tests/support/rounds.h"

#include <criterion/criterion.h>
#include <string.h>

enum { SEEDS = 20, HOURS = 24, RETRY_S = 60 };

static struct net net;

static uint32_t
draw(uint32_t below)
{
    uint32_t number = 0;

    net.random.fill(net.random.context, (uint8_t *)&number, sizeof number);
    return number % below;
}

/* What the tunnel manager does: it asks again where there is no SA. */
static void
manage(void)
{
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel_state state;

        if (ike_tunnel_state(net.ends[i].ike, 7, &state) && !state.is_up &&
            !state.is_negotiating)
            ike_need_sa(net.ends[i].ike, net.now_us, 7);
        ike_traffic(net.ends[i].ike, net.now_us, 7, state.is_up,
            net_passes(&net, 1 - i) && !net.is_cut);
        net_collect(&net, i);
    }
}

static void
configure(uint64_t seed)
{
    const struct ike_options options = {.dpd = true, .nat_t = true};
    struct ike_rule rule = ike_rule_default;

    net_configure(&net);
    rule.lifetime_s = 3600;
    rule.group = 19;
    rule.aggressive =
        seed % 4 == 0 ? IKE_AGGRESSIVE_REQUESTED : IKE_AGGRESSIVE_NONE;
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel tunnel = net_tunnel(i);

        tunnel.lifetime_s = 1800;
        tunnel.pfs_group = seed % 2 == 0 ? 0 : 19;
        ike_set_rules(net.ends[i].ike, &rule, 1);
        ike_set_options(net.ends[i].ike, 0, &options);
        ike_set_tunnel(net.ends[i].ike, net.now_us, &tunnel);
    }
}

static bool
is_whole(void)
{
    return net_passes(&net, 0) && net_passes(&net, 1);
}

/* With a network that works again, how long until traffic flows? */
static void
recover(uint64_t seed)
{
    unsigned s = 0;

    net.is_cut = false;
    net.loss = 0;
    for (; s < 400 && !is_whole(); s += 5) {
        net_run(&net, 5);
        manage();
    }
    cr_assert(
        is_whole(), "seed %lu: not up after %u s", (unsigned long)seed, s);
}

static void
storm(uint64_t seed)
{
    struct ike_counters counters;

    net_init(&net, seed);
    net.repeats = (unsigned)(seed % 20);
    net.jitter_us = seed % 3 * 400000;
    configure(seed);
    for (unsigned s = 0; s < HOURS * 3600; s += RETRY_S) {
        uint32_t fate = draw(200);

        net.loss = draw(30);
        net.is_cut = fate < 3;
        if (fate == 4) {
            net_crash(&net, (int)draw(2));
            configure(seed);
        }
        manage();
        net_run(&net, RETRY_S / 2);
        manage();
        net_run(&net, RETRY_S / 2);
        cr_assert_leq(net_inbound_count(&net, 0), 4);
        if (fate < 6)
            recover(seed);
    }
    recover(seed);
    for (int i = 0; i < 2; i++) {
        ike_counters(net.ends[i].ike, &counters);
        cr_expect_leq(counters.ike_sas, 16, "seed %lu", (unsigned long)seed);
        cr_expect_leq(counters.half_open, 4);
    }
    net_done(&net);
}

Test(ike_storm, every_seed_ends_with_a_tunnel)
{
    for (uint64_t seed = 1; seed <= rounds(SEEDS, 4); seed++)
        storm(seed);
}

Test(ike_storm, a_seed_repeats_exactly)
{
    uint64_t sent[2];

    for (int i = 0; i < 2; i++) {
        net_init(&net, 99);
        net.loss = 20;
        net.repeats = 10;
        net.jitter_us = 500000;
        configure(99);
        manage();
        net_run(&net, 7200);
        sent[i] = net.sent;
        net_done(&net);
    }
    cr_expect_eq(sent[0], sent[1]);
    cr_expect_gt(sent[0], 20);
}
