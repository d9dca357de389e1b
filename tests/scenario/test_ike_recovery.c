/*
 * Two routers lose messages, or what they knew, at bad moments: what one end
 * believes and the other does not is found out, and nothing is lost in fair
 * weather.  As test_ike_pair.c, of which these are the rainy days.
 */
#include "tests/support/ike_net.h"

#include "ike/numbers.h"

#include <criterion/criterion.h>
#include <string.h>

static struct net net;

static void
begin(int end)
{
    ike_need_sa(net.ends[end].ike, net.now_us, 7);
    net_collect(&net, end);
}

static void
rekey(int end)
{
    ike_rekey(net.ends[end].ike, net.now_us, 7);
    net_collect(&net, end);
}

static void
use_rule(uint32_t lifetime_s, enum ike_aggressive aggressive)
{
    struct ike_rule rule = ike_rule_default;

    rule.lifetime_s = lifetime_s;
    rule.aggressive = aggressive;
    for (int i = 0; i < 2; i++)
        ike_set_rules(net.ends[i].ike, &rule, 1);
}

static void
set_options(int end)
{
    static const struct ike_options options = {.dpd = true, .nat_t = true};

    ike_set_options(net.ends[end].ike, 0, &options);
}

static void
start(uint64_t seed)
{
    net_init(&net, seed);
    net_configure(&net);
}

static bool
is_whole(void)
{
    return net_passes(&net, 0) && net_passes(&net, 1);
}

/* End 0 sends for some seconds, and hears nothing. */
static void
talk(unsigned seconds)
{
    for (unsigned s = 0; s < seconds; s += 5) {
        ike_traffic(net.ends[0].ike, net.now_us, 7, true, false);
        net_run(&net, 5);
    }
}

/* End 1 forgets all, and is configured again. */
static void
crash(void)
{
    struct ike_tunnel tunnel = net_tunnel(1);

    net_crash(&net, 1);
    net_set_key(&net, 1, "", NET_A, NET_KEY);
    ike_set_tunnel(net.ends[1].ike, net.now_us, &tunnel);
}

Test(ike_recovery, repeated_messages_are_not_answered_for_ever)
{
    start(1);
    begin(0);
    net_run(&net, 5);
    net.sent = 0;
    net.repeats = 100;
    rekey(0);
    net_run(&net, 20);
    cr_expect(is_whole());
    cr_expect_leq(net.sent, 9, "3 would do, it was %u", (unsigned)net.sent);
    net_done(&net);
}

Test(ike_recovery, two_ends_with_a_nat_between_keep_the_same_pair)
{
    for (uint64_t seed = 1; seed < 20; seed++) {
        struct ike_tunnel tunnel = net_tunnel(1);

        start(seed);
        net.has_nat = true;
        tunnel.remote.address = NET_NAT;
        ike_set_tunnel(net.ends[1].ike, net.now_us, &tunnel);
        net_set_key(&net, 1, "", NET_NAT, NET_KEY);
        begin(0);
        net_run(&net, 5);
        rekey(0);
        rekey(1);
        for (unsigned s = 0; s < 120; s++) {
            net_run(&net, 1);
            cr_assert(is_whole(), "seed %u, second %u", (unsigned)seed, s);
        }
        cr_expect_eq(net_inbound_count(&net, 0), 1);
        cr_expect_eq(net_inbound_count(&net, 1), 1);
        net_done(&net);
    }
}

Test(ike_recovery, what_is_under_way_when_a_pair_is_deleted_comes_in)
{
    size_t at_once = 0;

    start(3);
    begin(0);
    net_run(&net, 5);
    rekey(0);
    for (unsigned s = 0; s < 70 && at_once < 2; s++) {
        uint64_t sent = net.sent;

        net_run(&net, 1);
        if (s > 5 && net.sent > sent) /* a DELETE */
            at_once = net_inbound_count(&net, 0) + net_inbound_count(&net, 1);
    }
    cr_expect_geq(at_once, 3, "the deleting end still takes packets");
    net_run(&net, 60);
    cr_expect_eq(net_inbound_count(&net, 0), 1);
    cr_expect_eq(net_inbound_count(&net, 1), 1);
    net_done(&net);
}

Test(ike_recovery, an_ike_sa_that_gets_no_answer_is_given_up)
{
    start(4);
    begin(0);
    net_run(&net, 5);
    crash();
    rekey(0);
    net_run(&net, 70); /* 31 s until it is given up, 30 s until it tries */
    cr_expect(is_whole());
    net_done(&net);
}

static bool
lose_last_aggressive(void *context, int from, uint8_t *bytes, size_t *length)
{
    unsigned *left = context;

    (void)length;
    if (from == 0 && bytes[18] == EXCHANGE_AGGRESSIVE && *left > 0) {
        (*left)--;
        return *left > 0; /* the first passes, the second is lost */
    }
    return true;
}

Test(ike_recovery, the_last_message_of_aggressive_mode_goes_again)
{
    unsigned left = 2;

    start(5);
    use_rule(28800, IKE_AGGRESSIVE_REQUESTED);
    net.tamper = lose_last_aggressive;
    net.context = &left;
    begin(0);
    net_run(&net, 5);
    cr_expect_eq(left, 0);
    cr_expect(is_whole());
    net_done(&net);
}

/* The IKE SA ended in the dark, the tunnel's SAs did not. */
static void
lose_ike_sa(uint64_t seed)
{
    start(seed);
    set_options(0);
    use_rule(100, IKE_AGGRESSIVE_NONE);
    begin(0);
    net_run(&net, 5);
    net.is_cut = true;
    net_run(&net, 160);
    cr_assert_eq(net.ends[0].downs, 1);
    cr_assert_eq(net.ends[0].sa_count, 2);
}

Test(ike_recovery, a_silent_peer_without_an_ike_sa_is_called)
{
    lose_ike_sa(6);
    crash();
    net.is_cut = false;
    talk(70);
    cr_expect(is_whole());
    net_done(&net);
}

Test(ike_recovery, a_silent_peer_that_does_not_hear_the_call_is_dead)
{
    lose_ike_sa(7);
    net.ends[0].failure_count = 0;
    talk(100);
    cr_expect_eq(net.ends[0].sa_count, 0);
    cr_assert_eq(net.ends[0].failure_count, 1);
    cr_expect_eq(net.ends[0].failures[0].reason, IKE_REASON_DEAD_PEER);
    net_done(&net);
}

Test(ike_recovery, a_silent_tunnel_is_found_beside_one_that_hears)
{
    struct ike_tunnel tunnel;

    start(10);
    set_options(0);
    for (int i = 0; i < 2; i++) {
        tunnel = net_tunnel(i);
        tunnel.number = 8;
        tunnel.local_selector.last--;
        tunnel.remote_selector.last--;
        ike_set_tunnel(net.ends[i].ike, net.now_us, &tunnel);
    }
    begin(0);
    ike_need_sa(net.ends[0].ike, net.now_us, 8);
    net_run(&net, 5);
    net.is_cut = true; /* so that the DELETE is lost */
    ike_clear(net.ends[1].ike, net.now_us, 7);
    net_run(&net, 1);
    net.is_cut = false;
    for (unsigned s = 0; s < 70; s += 5) {
        ike_traffic(net.ends[0].ike, net.now_us, 7, true, false);
        ike_traffic(net.ends[0].ike, net.now_us, 8, true, true);
        net_run(&net, 5);
    }
    cr_expect_eq(net.ends[0].adds, 3);
    cr_expect_eq(net.ends[1].adds, 3);
    net_done(&net);
}

Test(ike_recovery, a_negotiation_of_the_peer_that_fails_does_not_stop_ours)
{
    start(8);
    begin(1);
    net_run(&net, 0);
    net.now_us += net.delay_us;
    net_run(&net, 0); /* its first message came; then it is cut off */
    net.is_cut = true;
    net_run(&net, 31);
    net_run(&net, 1);
    begin(0); /* goes again at 1, 3, 7 and 15 s */
    net_run(&net, 14);
    net.is_cut = false; /* what the peer began is over by now */
    net_run(&net, 5);
    cr_expect(is_whole());
    net_done(&net);
}

Test(ike_recovery, the_renewal_of_an_ike_sa_is_tried_again)
{
    start(9);
    use_rule(600, IKE_AGGRESSIVE_NONE);
    begin(0);
    net_run(&net, 500);
    net.is_cut = true;
    net_run(&net, 75);
    net.is_cut = false;
    net_run(&net, 120);
    cr_expect_eq(net.ends[0].downs, 0);
    cr_expect_eq(net.ends[1].downs, 0);
    cr_expect(is_whole());
    net_done(&net);
}

/* A peer that closes a tunnel deletes its SAs and then its IKE SA; in between
 * we have begun again.  That is no refusal. */
Test(ike_recovery, an_ike_sa_that_goes_while_it_is_used_is_made_anew)
{
    start(1);
    begin(0);
    net_run(&net, 5);
    cr_assert(is_whole());
    rekey(0); /* on its way when the peer ends the IKE SA */
    ike_clear(net.ends[1].ike, net.now_us, 7);
    ike_clear_peer(net.ends[1].ike, net.now_us, 7);
    net_collect(&net, 1);
    net_run(&net, 20);
    cr_expect(is_whole());
    cr_expect_eq(net.ends[0].failure_count, 0);
    net_done(&net);
}

/* ---- chance ---- */

/* Numbers of four bytes come again as they came before. */
struct echo {
    struct random_source inner;
    struct random_seed seed;
    uint32_t numbers[64];
    size_t count;
    size_t at;
    bool repeats;
};

static void
echo_fill(void *context, uint8_t *bytes, size_t length)
{
    struct echo *echo = context;

    if (length == sizeof echo->numbers[0] && echo->repeats &&
        echo->at < echo->count) {
        memcpy(bytes, &echo->numbers[echo->at++], length);
        return;
    }
    echo->inner.fill(echo->inner.context, bytes, length);
    if (length == sizeof echo->numbers[0] && !echo->repeats && echo->count < 64)
        memcpy(&echo->numbers[echo->count++], bytes, length);
}

static uint32_t
inbound_spi(uint32_t number)
{
    const struct net_end *end = &net.ends[0];

    for (size_t i = 0; i < end->sa_count; i++) {
        if (end->sas[i].number == number && !end->sas[i].is_outbound)
            return end->sas[i].spi;
    }
    return 0;
}

/* The message id of long ago may come again, an SPI that is in use may not. */
Test(ike_recovery, no_two_tunnels_get_one_spi)
{
    struct echo echo = {.count = 0};

    start(90);
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel other = net_tunnel(i);

        other.number = 8;
        other.local_selector.first += 0x100;
        other.local_selector.last += 0x100;
        other.remote_selector.first += 0x100;
        other.remote_selector.last += 0x100;
        ike_set_tunnel(net.ends[i].ike, net.now_us, &other);
    }
    begin(0);
    net_run(&net, 5);
    echo.inner = random_seeded(&echo.seed, 777);
    crypto_set_random(
        net.ends[0].crypto, (struct random_source){echo_fill, &echo});
    rekey(0);
    net_run(&net, 200);
    cr_assert_gt(echo.count, 1);
    echo.repeats = true;
    ike_need_sa(net.ends[0].ike, net.now_us, 8);
    net_run(&net, 5);
    cr_assert_gt(echo.at, 1);
    cr_assert_neq(inbound_spi(7), 0);
    cr_assert_neq(inbound_spi(8), 0);
    cr_expect_neq(inbound_spi(7), inbound_spi(8));
    net_done(&net);
}
