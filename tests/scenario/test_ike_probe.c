/*
 * Asking a peer again with something changed: what it says, and that nothing
 * of it is left at either end.
 */
#include "tests/support/ike_net.h"

#include <criterion/criterion.h>
#include <string.h>

static struct net net;

static void
start(uint64_t seed)
{
    net_init(&net, seed);
    net_configure(&net);
}

static const struct ike_probed *
ask(const struct ike_probe *probe)
{
    unsigned before = net.ends[0].probed_count;

    ike_probe(net.ends[0].ike, net.now_us, probe);
    net_collect(&net, 0);
    net_run(&net, 20);
    cr_assert_eq(net.ends[0].probed_count, before + 1, "one end each");
    cr_assert_eq(net.ends[0].probed.id, probe->id);
    return &net.ends[0].probed;
}

static void
come_up(void)
{
    ike_need_sa(net.ends[0].ike, net.now_us, 7);
    net_collect(&net, 0);
    net_run(&net, 5);
    cr_assert(net_passes(&net, 0));
}

static size_t
sas(int end)
{
    struct ike_counters counters;

    ike_counters(net.ends[end].ike, &counters);
    return counters.ike_sas;
}

Test(ike_probe, a_peer_chooses_from_rules_that_are_not_ours)
{
    const struct ike_rule theirs = {
        .cipher = IKE_AES_256, .digest = IKE_SHA256, .group = 14};
    const struct ike_rule rules[] = {
        {.cipher = IKE_DES,     .digest = IKE_SHA1,   .group = 2 },
        {.cipher = IKE_AES_256, .digest = IKE_SHA256, .group = 14},
    };
    const struct ike_probe probe = {
        .id = 1, .number = 7, .rules = rules, .rule_count = 2};
    const struct ike_probed *probed;

    start(1);
    ike_set_rules(net.ends[1].ike, &theirs, 1);
    probed = ask(&probe);
    cr_expect_eq(probed->end, IKE_PROBE_AGREED);
    cr_expect_eq(probed->chosen.cipher, IKE_AES_256);
    cr_expect_eq(probed->chosen.group, 14);
    cr_expect_eq(sas(0), 0);
    net_run(&net, 60);
    cr_expect_eq(sas(1), 0, "the peer forgets it");
    cr_expect_eq(net.ends[0].failure_count, 0, "it is no failure");
    net_done(&net);
}

Test(ike_probe, a_refusal_comes_with_its_notification)
{
    const struct ike_rule rule = {
        .cipher = IKE_DES, .digest = IKE_MD5, .group = 1};
    const struct ike_probe probe = {
        .id = 2, .number = 7, .rules = &rule, .rule_count = 1};

    start(2);
    cr_expect_eq(ask(&probe)->end, IKE_PROBE_REFUSED);
    cr_expect_eq(net.ends[0].probed.notify, 14);
    cr_expect_eq(net.ends[0].failure_count, 0);
    net_done(&net);
}

Test(ike_probe, silence_ends_after_seconds)
{
    const struct ike_probe probe = {
        .id = 3, .number = 7, .rules = &ike_rule_default, .rule_count = 1};

    start(3);
    net.is_cut = true;
    cr_expect_eq(ask(&probe)->end, IKE_PROBE_SILENT);
    cr_expect_eq(sas(0), 0);
    net_done(&net);
}

Test(ike_probe, goes_by_the_ports_that_were_asked_for)
{
    const struct ike_probe probe = {.id = 4,
        .number = 7,
        .rules = &ike_rule_default,
        .rule_count = 1,
        .port = IKE_PORT_NAT,
        .peer_port = IKE_PORT_NAT};

    start(4);
    cr_expect_eq(ask(&probe)->end, IKE_PROBE_AGREED);
    net_done(&net);
}

Test(ike_probe, sees_a_nat_that_the_option_does_not_look_for)
{
    const struct ike_options off = {.nat_t = false};
    const struct ike_probe probe = {.id = 5,
        .number = 7,
        .rules = &ike_rule_default,
        .rule_count = 1,
        .is_deep = true,
        .is_nat_t = true};
    const struct ike_probed *probed;

    start(5);
    net_set_key(&net, 1, "", NET_NAT, NET_KEY);
    net.has_nat = true;
    ike_set_options(net.ends[0].ike, 0, &off);
    probed = ask(&probe);
    cr_expect_eq(probed->end, IKE_PROBE_AGREED);
    cr_expect(probed->knows_nat_t);
    cr_expect(probed->is_here_changed);
    cr_expect_not(probed->is_there_changed);
    net_done(&net);
}

/* Of phase 2: asked with what the peer has not, and has. */
static const struct {
    enum transform transform;
    uint16_t group;
    enum ike_probe_end end;
} variants[] = {
    {TRANSFORM_ESP_AES256_HMAC_SHA, 0, IKE_PROBE_REFUSED},
    {TRANSFORM_ESP_3DES_HMAC_SHA,   0, IKE_PROBE_AGREED },
    {TRANSFORM_ESP_3DES_HMAC_SHA,   5, IKE_PROBE_AGREED },
};

Test(ike_probe, phase_2_leaves_the_tunnel_as_it_was)
{
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        struct ike_probe probe = {.id = 6, .number = 7, .is_phase2 = true};
        uint32_t spi;

        start(6 + i);
        come_up();
        spi = net_outbound(&net, 0)->spi;
        probe.tunnel = net_tunnel(0);
        probe.tunnel.transforms[0] = variants[i].transform;
        probe.tunnel.pfs_group = variants[i].group;
        cr_expect_eq(ask(&probe)->end, variants[i].end, "variant %zu", i);
        net_run(&net, 120);
        cr_expect(net_passes(&net, 0));
        cr_expect(net_passes(&net, 1));
        cr_expect_eq(net_outbound(&net, 0)->spi, spi, "never in use here");
        cr_expect_eq(net_inbound_count(&net, 1), 1, "and gone there");
        cr_expect_eq(net.ends[0].failure_count, 0);
        net_done(&net);
    }
}

Test(ike_probe, phase_2_needs_an_ike_sa)
{
    struct ike_probe probe = {.id = 9, .number = 7, .is_phase2 = true};

    start(20);
    probe.tunnel = net_tunnel(0);
    cr_expect_eq(ask(&probe)->end, IKE_PROBE_IMPOSSIBLE);
    cr_expect_eq(net.sent, 0);
    probe.number = 8;
    cr_expect_eq(ask(&probe)->end, IKE_PROBE_IMPOSSIBLE);
    net_done(&net);
}

Test(ike_probe, as_another_identity_in_aggressive_mode)
{
    struct ike_rule rule = ike_rule_default;
    struct ike_tunnel tunnel = net_tunnel(1);
    struct ike_probe probe = {.id = 10,
        .number = 7,
        .rules = &rule,
        .rule_count = 1,
        .is_aggressive = true,
        .has_identity = true};

    start(21);
    rule.aggressive = IKE_AGGRESSIVE_REQUIRED;
    ike_set_rules(net.ends[1].ike, &rule, 1);
    strcpy(tunnel.remote.name, "router.example.test");
    ike_remove_key(
        net.ends[1].ike, 0, &(struct ike_identity){.address = NET_A});
    ike_set_tunnel(net.ends[1].ike, net.now_us, &tunnel);
    net_set_key(&net, 1, "router.example.test", 0, NET_KEY);
    strcpy(probe.identity.name, "nobody.example.test");
    cr_expect_eq(ask(&probe)->end, IKE_PROBE_REFUSED);
    strcpy(probe.identity.name, "router.example.test");
    cr_expect_eq(ask(&probe)->end, IKE_PROBE_AGREED);
    cr_expect(net.ends[0].probed.is_key_right);
    net_set_key(&net, 0, "", NET_B, "another key");
    cr_expect_eq(ask(&probe)->end, IKE_PROBE_AGREED);
    cr_expect_not(net.ends[0].probed.is_key_right);
    net_done(&net);
}
