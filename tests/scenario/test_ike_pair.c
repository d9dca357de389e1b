/*
 * Two routers negotiate, nothing is lost:
 *
 *     192.168.10.0/24 -- 203.0.113.1 ---- 203.0.113.11 -- 192.168.20.0/24
 *                         end 0                end 1
 */
#include "tests/support/ike_net.h"

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
start(uint64_t seed)
{
    net_init(&net, seed);
    net_configure(&net);
}

static void
expect_up(const char *why)
{
    for (int i = 0; i < 2; i++) {
        cr_expect(net_passes(&net, i), "%s: end %d does not pass", why, i);
        cr_expect_eq(
            net.ends[i].ups, 1, "%s: told up %u times", why, net.ends[i].ups);
        cr_expect_eq(net.ends[i].failure_count, 0, "%s: %s", why,
            net.ends[i].failures[0].mismatch);
    }
}

static void
set_rule(int end, const struct ike_rule *rule)
{
    ike_set_rules(net.ends[end].ike, rule, 1);
}

static void
set_tunnel(int end, const struct ike_tunnel *tunnel)
{
    ike_set_tunnel(net.ends[end].ike, net.now_us, tunnel);
}

Test(ike_pair, main_mode_and_quick_mode_bring_a_tunnel_up)
{
    const struct ike_sa_add *out;

    start(1);
    begin(0);
    net_run(&net, 5);
    expect_up("main mode");
    out = net_outbound(&net, 0);
    cr_expect_eq(out->number, 7);
    cr_expect_eq(out->transform, TRANSFORM_ESP_3DES_HMAC_SHA);
    cr_expect_eq(out->encryption_key.length, 24);
    cr_expect_eq(out->authentication_key.length, 20);
    cr_expect_eq(out->lifetime_s, 28800);
    cr_expect_eq(out->lifetime_kb, 102400);
    cr_expect_not(out->is_udp);
    cr_expect_eq(net.sent, 9);
    net_done(&net);
}

Test(ike_pair, every_cipher_hash_and_group_works_in_both_modes)
{
    static const uint16_t groups[] = {1, 2, 5, 14, 15, 16, 19, 20, 21};
    unsigned count = 0;

    for (unsigned cipher = IKE_DES; cipher <= IKE_AES_256; cipher++) {
        for (unsigned digest = IKE_MD5; digest <= IKE_SHA512; digest++) {
            struct ike_rule rule = ike_rule_default;

            rule.cipher = (enum ike_cipher)cipher;
            rule.digest = (enum ike_digest)digest;
            rule.group = groups[count % 9];
            rule.aggressive =
                count % 2 != 0 ? IKE_AGGRESSIVE_REQUESTED : IKE_AGGRESSIVE_NONE;
            start(count++);
            set_rule(0, &rule);
            set_rule(1, &rule);
            begin((int)(count % 2));
            net_run(&net, 5);
            expect_up("an algorithm");
            net_done(&net);
        }
    }
}

Test(ike_pair, every_transform_gets_its_keys)
{
    for (unsigned i = 0; i < TRANSFORM_COUNT; i++) {
        start(i + 100);
        for (int end = 0; end < 2; end++) {
            struct ike_tunnel tunnel = net_tunnel(end);

            tunnel.transforms[0] = (enum transform)i;
            tunnel.is_transport = i % 3 == 0;
            set_tunnel(end, &tunnel);
        }
        begin(0);
        net_run(&net, 5);
        expect_up("a transform");
        cr_expect_eq(net_outbound(&net, 1)->transform, i);
        cr_expect_eq(net_outbound(&net, 1)->is_transport, i % 3 == 0);
        net_done(&net);
    }
}

Test(ike_pair, the_first_transform_that_both_have_is_taken)
{
    struct ike_tunnel a;
    struct ike_tunnel b;

    start(2);
    a = net_tunnel(0);
    b = net_tunnel(1);
    a.transform_count = 3;
    a.transforms[0] = TRANSFORM_AH_HMAC_MD5;
    a.transforms[1] = TRANSFORM_ESP_AES128_HMAC_SHA;
    a.transforms[2] = TRANSFORM_ESP_DES_HMAC_MD5;
    b.transform_count = 2;
    b.transforms[0] = TRANSFORM_ESP_DES_HMAC_MD5;
    b.transforms[1] = TRANSFORM_ESP_AES128_HMAC_SHA;
    set_tunnel(0, &a);
    set_tunnel(1, &b);
    begin(0);
    net_run(&net, 5);
    expect_up("sets");
    cr_expect_eq(
        net_outbound(&net, 0)->transform, TRANSFORM_ESP_AES128_HMAC_SHA);
    net_done(&net);
}

/* Locally 2: the peer must ask for at least 2.  None: whatever it asks for. */
Test(ike_pair, the_highest_pfs_request_wins)
{
    static const struct {
        uint16_t initiator;
        uint16_t responder;
        bool works;
    } rows[] = {
        {0,  0,  true },
        {2,  2,  true },
        {2,  1,  true },
        {5,  0,  true },
        {1,  2,  false},
        {0,  2,  false},
        {14, 5,  true },
        {19, 19, true },
        {19, 2,  false},
        {2,  19, false},
        {21, 20, true },
        {16, 15, true },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ike_tunnel a;
        struct ike_tunnel b;

        start(i + 200);
        a = net_tunnel(0);
        b = net_tunnel(1);
        a.pfs_group = rows[i].initiator;
        b.pfs_group = rows[i].responder;
        set_tunnel(0, &a);
        set_tunnel(1, &b);
        begin(0);
        net_run(&net, 5);
        cr_expect_eq(net_passes(&net, 0), rows[i].works, "row %zu", i);
        if (!rows[i].works) {
            cr_assert_eq(net.ends[1].failure_count, 1, "row %zu", i);
            cr_expect_eq(net.ends[1].failures[0].reason, IKE_REASON_PFS);
            cr_expect_eq(net.ends[0].failures[0].reason, IKE_REASON_REFUSED);
            cr_expect_eq(net.ends[0].failures[0].notify, 14);
        }
        net_done(&net);
    }
}

Test(ike_pair, the_smaller_lifetimes_hold_at_both_ends)
{
    for (int small = 0; small < 2; small++) {
        struct ike_rule rule = ike_rule_default;
        struct ike_tunnel tunnel;
        struct ike_sa_row row;

        start((uint64_t)small + 300);
        rule.lifetime_s = 600;
        set_rule(small, &rule);
        tunnel = net_tunnel(small);
        tunnel.lifetime_s = 3600;
        tunnel.lifetime_kb = 50000;
        set_tunnel(small, &tunnel);
        begin(0);
        net_run(&net, 5);
        expect_up("lifetimes");
        for (int end = 0; end < 2; end++) {
            uint32_t cursor = 0;

            cr_expect_eq(net_outbound(&net, end)->lifetime_s, 3600);
            cr_expect_eq(net_outbound(&net, end)->lifetime_kb, 50000);
            cr_assert(ike_next_sa(net.ends[end].ike, &cursor, &row));
            /* phase 1 has no way to tell the initiator of a smaller one */
            if (end == 1 || small == 0)
                cr_expect_eq(row.rule.lifetime_s, 600);
        }
        net_done(&net);
    }
}

Test(ike_pair, a_nat_moves_it_to_port_4500_and_into_udp)
{
    struct ike_tunnel tunnel;

    start(3);
    net.has_nat = true;
    tunnel = net_tunnel(1);
    tunnel.remote.address = NET_NAT;
    set_tunnel(1, &tunnel);
    net_set_key(&net, 1, "", NET_NAT, NET_KEY);
    begin(0);
    net_run(&net, 5);
    expect_up("behind a NAT");
    cr_expect(net_outbound(&net, 0)->is_udp);
    cr_expect_eq(net_outbound(&net, 0)->local_port, IKE_PORT_NAT);
    cr_expect_eq(net_outbound(&net, 1)->remote, NET_NAT);
    cr_expect_eq(net_outbound(&net, 1)->remote_port, 14500);
    cr_expect_eq(net_outbound(&net, 1)->local_port, IKE_PORT_NAT);
    net_done(&net);
}

/* Both ends say what does not pass, and nothing is set up. */
static void
expect_stopped_by_nat(const struct ike_tunnel *tunnel, const char *part)
{
    struct ike_tunnel far = *tunnel;

    start(3);
    net.has_nat = true;
    set_tunnel(0, tunnel);
    far.number = net_tunnel(1).number;
    far.local = net_tunnel(1).local;
    far.remote.address = NET_NAT;
    far.local_selector = net_tunnel(1).local_selector;
    far.remote_selector = net_tunnel(1).remote_selector;
    set_tunnel(1, &far);
    net_set_key(&net, 1, "", NET_NAT, NET_KEY);
    begin(0);
    net_run(&net, 5);
    cr_assert_eq(net.ends[0].failure_count, 1);
    cr_expect_eq(net.ends[0].failures[0].reason, IKE_REASON_ENCAPSULATION);
    cr_expect_neq(strstr(net.ends[0].failures[0].mismatch, part), NULL, "%s",
        net.ends[0].failures[0].mismatch);
    cr_expect_eq(net_outbound(&net, 0), NULL);
    cr_expect_eq(net_outbound(&net, 1), NULL);
    net_done(&net);
}

Test(ike_pair, what_does_not_go_in_udp_is_not_begun_through_a_nat)
{
    struct ike_tunnel tunnel;

    start(3);
    tunnel = net_tunnel(0);
    net_done(&net);
    tunnel.transforms[0] = TRANSFORM_AH_HMAC_SHA;
    tunnel.transform_count = 1;
    expect_stopped_by_nat(&tunnel, "AH does not go in UDP");
    tunnel.transforms[0] = TRANSFORM_ESP_AES128_GCM;
    tunnel.is_transport = true;
    expect_stopped_by_nat(&tunnel, "no transport mode in UDP");
}

Test(ike_pair, without_nat_t_a_nat_goes_unnoticed)
{
    static const struct ike_options off;
    struct ike_tunnel tunnel;

    start(4);
    net.has_nat = true;
    ike_set_options(net.ends[0].ike, 0, &off);
    tunnel = net_tunnel(1);
    tunnel.remote.address = NET_NAT;
    set_tunnel(1, &tunnel);
    net_set_key(&net, 1, "", NET_NAT, NET_KEY);
    begin(0);
    net_run(&net, 5);
    /* the address in the identity is not that of the packets */
    cr_assert_eq(net.ends[1].failure_count, 1);
    cr_expect_eq(net.ends[1].failures[0].reason, IKE_REASON_IDENTITY);
    cr_expect_str_eq(net.ends[1].failures[0].theirs, "203.0.113.1");
    cr_expect_str_eq(net.ends[1].failures[0].ours, "203.0.113.77");
    net_done(&net);
}

Test(ike_pair, a_named_peer_is_learnt_in_aggressive_mode)
{
    struct ike_rule rule = ike_rule_default;
    struct ike_tunnel a;
    struct ike_tunnel b;

    net_init(&net, 5);
    rule.aggressive = IKE_AGGRESSIVE_REQUIRED;
    set_rule(0, &rule);
    rule.aggressive = IKE_AGGRESSIVE_ACCEPTED;
    set_rule(1, &rule);
    a = net_tunnel(0);
    b = net_tunnel(1);
    strcpy(a.local_identity.name, "branch7@example.test");
    memset(&b.remote, 0, sizeof b.remote);
    strcpy(b.remote.name, "branch7@example.test");
    net_set_key(&net, 0, "", NET_B, NET_KEY);
    net_set_key(&net, 1, "Example.test", 0, NET_KEY); /* without user@ */
    set_tunnel(0, &a);
    set_tunnel(1, &b);
    begin(1); /* it cannot begin */
    net_run(&net, 5);
    cr_expect_eq(net.sent, 0);
    begin(0);
    net_run(&net, 5);
    expect_up("a named peer");
    cr_expect_eq(net_outbound(&net, 1)->remote, NET_A);
    net_done(&net);
}

Test(ike_pair, the_aggressive_mode_table_holds)
{
    static const struct {
        enum ike_aggressive initiator;
        enum ike_aggressive responder;
        bool is_aggressive;
        bool works;
    } rows[] = {
        {IKE_AGGRESSIVE_NONE,      IKE_AGGRESSIVE_NONE,      false, true },
        {IKE_AGGRESSIVE_NONE,      IKE_AGGRESSIVE_ACCEPTED,  false, true },
        {IKE_AGGRESSIVE_NONE,      IKE_AGGRESSIVE_REQUESTED, false, true },
        {IKE_AGGRESSIVE_NONE,      IKE_AGGRESSIVE_REQUIRED,  false, false},
        {IKE_AGGRESSIVE_ACCEPTED,  IKE_AGGRESSIVE_NONE,      false, true },
        {IKE_AGGRESSIVE_REQUESTED, IKE_AGGRESSIVE_NONE,      true,  false},
        {IKE_AGGRESSIVE_REQUESTED, IKE_AGGRESSIVE_ACCEPTED,  true,  true },
        {IKE_AGGRESSIVE_REQUIRED,  IKE_AGGRESSIVE_REQUESTED, true,  true },
        {IKE_AGGRESSIVE_REQUIRED,  IKE_AGGRESSIVE_REQUIRED,  true,  true },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ike_rule rule = ike_rule_default;
        struct ike_sa_row row;
        uint32_t cursor = 0;

        start(i + 400);
        rule.aggressive = rows[i].initiator;
        set_rule(0, &rule);
        rule.aggressive = rows[i].responder;
        set_rule(1, &rule);
        begin(0);
        net_run(&net, 5);
        cr_expect_eq(net_passes(&net, 0), rows[i].works, "row %zu", i);
        if (rows[i].works) {
            cr_assert(ike_next_sa(net.ends[1].ike, &cursor, &row));
            cr_expect_eq(row.is_aggressive, rows[i].is_aggressive);
        } else {
            cr_expect_eq(net.ends[1].failures[0].reason, IKE_REASON_MODE,
                "row %zu: %s", i, net.ends[1].failures[0].mismatch);
        }
        net_done(&net);
    }
}

Test(ike_pair, both_begin_at_once_and_one_pair_is_left)
{
    start(6);
    begin(0);
    begin(1);
    net_run(&net, 120);
    for (int i = 0; i < 2; i++) {
        cr_expect(net_passes(&net, i));
        cr_expect_eq(net_inbound_count(&net, i), 1);
    }
    net_done(&net);
}

Test(ike_pair, tunnels_of_one_pair_share_an_ike_sa)
{
    start(7);
    for (int end = 0; end < 2; end++) {
        struct ike_tunnel tunnel = net_tunnel(end);

        tunnel.number = 8;
        tunnel.local_selector.first += 0x10000;
        tunnel.local_selector.last += 0x10000;
        set_tunnel(end, &tunnel);
    }
    begin(0);
    ike_need_sa(net.ends[0].ike, net.now_us, 8);
    net_collect(&net, 0);
    net_run(&net, 5);
    cr_expect_eq(net.ends[0].adds, 1,
        "8 is no mirror image: its other selector is not that of the peer");
    cr_expect_eq(net.ends[0].failures[0].reason, IKE_REASON_SELECTOR);
    cr_expect_eq(net.ends[1].failures[0].reason, IKE_REASON_SELECTOR);
    cr_expect_eq(net.ends[0].ups, 1);
    net_done(&net);
}

Test(ike_pair, a_narrower_request_is_taken_and_told)
{
    struct ike_tunnel tunnel;

    start(8);
    tunnel = net_tunnel(0);
    tunnel.local_selector.last = tunnel.local_selector.first + 127;
    set_tunnel(0, &tunnel);
    begin(0);
    net_run(&net, 5);
    expect_up("narrower");
    cr_expect_eq(net_outbound(&net, 1)->remote_selector.last,
        tunnel.local_selector.last);
    net_done(&net);
    start(9); /* wider is not */
    set_tunnel(1, &(struct ike_tunnel){0});
    tunnel = net_tunnel(0);
    tunnel.local_selector.last = tunnel.local_selector.first + 511;
    set_tunnel(0, &tunnel);
    begin(0);
    net_run(&net, 5);
    cr_expect_not(net_passes(&net, 0));
    cr_expect_eq(net.ends[1].failures[0].reason, IKE_REASON_SELECTOR);
    net_done(&net);
}

Test(ike_pair, what_is_removed_is_deleted_at_the_other_end)
{
    start(10);
    begin(0);
    net_run(&net, 5);
    ike_clear(net.ends[1].ike, net.now_us, 7);
    net_run(&net, 1);
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(net.ends[i].sa_count, 0);
        cr_expect_eq(net.ends[i].downs, 0);
    }
    begin(1);
    net_run(&net, 5);
    expect_up("again");
    ike_remove_tunnel(net.ends[0].ike, net.now_us, 7);
    net_run(&net, 1);
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(net.ends[i].sa_count, 0);
        cr_expect_eq(net.ends[i].downs, 1);
    }
    net_done(&net);
}

Test(ike_pair, a_crashed_peer_greets_and_the_old_sas_go)
{
    start(11);
    begin(0);
    net_run(&net, 5);
    net_crash(&net, 0);
    net_configure(&net);
    begin(0);
    net_run(&net, 5);
    cr_expect(net_passes(&net, 0));
    cr_expect(net_passes(&net, 1));
    cr_expect_eq(net_inbound_count(&net, 1), 1, "INITIAL-CONTACT");
    net_done(&net);
}

Test(ike_pair, clearing_a_peer_takes_its_ike_sa_along)
{
    struct ike_counters counters;

    start(12);
    begin(0);
    net_run(&net, 5);
    ike_clear_peer(net.ends[0].ike, net.now_us, 7);
    net_run(&net, 1);
    for (int i = 0; i < 2; i++) {
        ike_counters(net.ends[i].ike, &counters);
        cr_expect_eq(counters.ike_sas, 0);
        cr_expect_eq(net.ends[i].downs, 1);
        cr_expect_eq(net.ends[i].sa_count, 0);
    }
    net_done(&net);
}

/* ---- time ---- */

Test(ike_pair, sas_are_renewed_before_they_end_and_never_missing)
{
    struct ike_tunnel tunnel;

    start(13);
    for (int i = 0; i < 2; i++) {
        tunnel = net_tunnel(i);
        tunnel.lifetime_s = 1800;
        set_tunnel(i, &tunnel);
    }
    begin(0);
    net_run(&net, 5);
    for (unsigned s = 0; s < 24 * 3600; s += 10) {
        net_run(&net, 10);
        cr_assert(net_passes(&net, 0), "after %u s", s);
        cr_assert(net_passes(&net, 1), "after %u s", s);
        cr_assert_leq(net_inbound_count(&net, 0), 4);
    }
    cr_expect_geq(net.ends[0].adds, 48);
    cr_expect_leq(net.ends[0].adds, 60);
    cr_expect_eq(net.ends[0].failure_count + net.ends[1].failure_count, 0);
    net_done(&net);
}

Test(ike_pair, the_ike_sa_is_renewed_without_touching_the_others)
{
    struct ike_rule rule = ike_rule_default;
    struct ike_counters counters;

    start(14);
    rule.lifetime_s = 600;
    set_rule(0, &rule);
    set_rule(1, &rule);
    begin(0);
    net_run(&net, 6 * 3600);
    for (int i = 0; i < 2; i++) {
        cr_expect(net_passes(&net, i));
        cr_expect_eq(net.ends[i].downs, 0);
        cr_expect_eq(net.ends[i].adds, 1);
        ike_counters(net.ends[i].ike, &counters);
        cr_expect_leq(counters.ike_sas, 3);
    }
    net_done(&net);
}

Test(ike_pair, a_limit_by_volume_renews_on_request)
{
    start(15);
    begin(0);
    net_run(&net, 5);
    for (int i = 0; i < 5; i++) {
        ike_rekey(net.ends[i % 2].ike, net.now_us, 7);
        net_run(&net, 3);
        cr_expect(net_passes(&net, 0));
        cr_expect(net_passes(&net, 1));
        cr_expect_leq(net_inbound_count(&net, 0), 4);
    }
    cr_expect_eq(net.ends[0].adds, 6);
    net_run(&net, 75);
    cr_expect_eq(net_inbound_count(&net, 0), 1);
    cr_expect_eq(net_inbound_count(&net, 1), 1);
    net_done(&net);
}

/* Some hundredths of a second. */
static void
run_briefly(unsigned hundredths)
{
    while (hundredths-- > 0) {
        net.now_us += 10000;
        net_run(&net, 0);
    }
}

Test(ike_pair, an_sa_that_both_ends_report_is_renewed_once)
{
    uint32_t spi;

    start(16);
    begin(0);
    net_run(&net, 600);
    spi = net_outbound(&net, 0)->spi;
    ike_sa_ageing(net.ends[0].ike, net.now_us, 7, true, spi);
    net_collect(&net, 0);
    net_run(&net, 3);
    ike_sa_ageing(net.ends[1].ike, net.now_us, 7, false, spi);
    net_collect(&net, 1);
    net_run(&net, 3);
    cr_expect_eq(net.ends[0].adds, 2);
    cr_expect_eq(net.ends[1].adds, 2);
    cr_expect_neq(net_outbound(&net, 0)->spi, spi);
    net_done(&net);
}

Test(ike_pair, a_successor_waits_the_less_the_faster_a_volume_goes)
{
    /* 90 percent in so many seconds; how long the rest lasts, hundredths */
    static const struct {
        unsigned used_s;
        unsigned rest;
    } rows[] = {
        {3, 33 },
        {9, 100}
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t spi;

        start(17 + i);
        begin(0);
        net_run(&net, rows[i].used_s);
        spi = net_outbound(&net, 0)->spi;
        ike_sa_ageing(net.ends[0].ike, net.now_us, 7, true, spi);
        net_collect(&net, 0);
        run_briefly(rows[i].rest / 4);
        cr_expect_eq(net_outbound(&net, 0)->spi, spi, "row %zu: early", i);
        run_briefly(rows[i].rest / 2);
        cr_expect_neq(net_outbound(&net, 0)->spi, spi, "row %zu: late", i);
        cr_expect(net_passes(&net, 0) && net_passes(&net, 1));
        net_done(&net);
    }
}

Test(ike_pair, a_successor_does_not_wait_for_an_sa_that_is_used_up)
{
    uint32_t spi;

    start(19);
    begin(0);
    net_run(&net, 600);
    spi = net_outbound(&net, 0)->spi;
    ike_rekey(net.ends[0].ike, net.now_us, 7);
    net_collect(&net, 0);
    run_briefly(20);
    cr_expect_eq(net_outbound(&net, 0)->spi, spi);
    ike_sa_ended(net.ends[0].ike, net.now_us, 7, true, spi);
    net_collect(&net, 0);
    cr_expect_neq(net_outbound(&net, 0)->spi, spi);
    cr_expect(net_passes(&net, 0) && net_passes(&net, 1));
    net_done(&net);
}

/* ---- dead peers ---- */

static void
ask(int end)
{
    static const struct ike_options options = {.dpd = true, .nat_t = true};

    ike_set_options(net.ends[end].ike, 0, &options);
}

/* Sends for some seconds, without an answer. */
static void
talk(int end, unsigned seconds, bool is_answered)
{
    for (unsigned s = 0; s < seconds; s += 5) {
        ike_traffic(net.ends[end].ike, net.now_us, 7, true, is_answered);
        net_run(&net, 5);
    }
}

Test(ike_pair, a_peer_that_answers_inquiries_is_alive)
{
    start(16);
    ask(0);
    begin(0);
    net_run(&net, 5);
    net.sent = 0;
    talk(0, 3600, true);
    cr_expect_eq(net.sent, 0, "nobody asks where traffic flows");
    talk(0, 600, false);
    cr_expect_gt(net.sent, 10);
    cr_expect(net_passes(&net, 0));
    net.sent = 0;
    net_run(&net, 1500); /* idle: once in 150 s, and its answer */
    cr_expect_geq(net.sent, 18);
    cr_expect_leq(net.sent, 20);
    cr_expect(net_passes(&net, 0));
    net_done(&net);
}

Test(ike_pair, a_dead_peer_is_found_and_everything_with_it_goes)
{
    start(17);
    ask(0);
    begin(0);
    net_run(&net, 5);
    net.is_cut = true;
    talk(0, 80, false);
    cr_expect_eq(net.ends[0].sa_count, 2, "not yet");
    talk(0, 15, false);
    cr_expect_eq(net.ends[0].sa_count, 0);
    cr_expect_eq(net.ends[0].downs, 1);
    cr_assert_eq(net.ends[0].failure_count, 1);
    cr_expect_eq(net.ends[0].failures[0].reason, IKE_REASON_DEAD_PEER);
    cr_expect_eq(net.ends[0].failures[0].number, 7);
    cr_expect_eq(net.ends[0].failures[0].stage, IKE_STAGE_ESTABLISHED);
    cr_expect_eq(net.ends[1].sa_count, 2, "it does not ask");
    net_done(&net);
}

Test(ike_pair, an_idle_dead_peer_is_found_too)
{
    start(18);
    ask(0);
    begin(0);
    net_run(&net, 5);
    net.is_cut = true;
    net_run(&net, 170);
    cr_expect_eq(net.ends[0].sa_count, 2);
    net_run(&net, 10);
    cr_expect_eq(net.ends[0].sa_count, 0);
    net_done(&net);
}

Test(ike_pair, without_dpd_the_sas_of_a_dead_peer_stay)
{
    start(19);
    begin(0);
    net_run(&net, 5);
    net.is_cut = true;
    talk(0, 3600, false);
    cr_expect_eq(net.ends[0].sa_count, 2);
    net_done(&net);
}
