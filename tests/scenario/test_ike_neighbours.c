/*
 * Two peers behind one address, as a NAT has it, each with a name of its own
 * and a tunnel of its own at the hub:
 *
 *    x.test  \
 *             >--- 203.0.113.1 ------- 203.0.113.11   hub: 7 to x.test,
 *    y.test  /                                             8 to y.test
 *
 * Both are who they say; neither gets, renews or ends what is the other's.
 */
#include "ike/numbers.h"
#include "tests/support/signed_net.h"

#include <criterion/criterion.h>
#include <string.h>

enum { BRANCH, HUB, X_TUNNEL = 7, Y_TUNNEL = 8 };

static struct signed_net signed_net;
static struct net *const net = &signed_net.net;

static void
name(struct ike_identity *identity, const char *text)
{
    *identity = (struct ike_identity){.address = 0};
    memcpy(identity->name, text, strlen(text) + 1);
}

static void
give_hub(void)
{
    struct ike_tunnel x = net_tunnel(HUB);
    struct ike_tunnel y = net_tunnel(HUB);

    name(&x.remote, "x.test");
    name(&y.remote, "y.test");
    y.number = Y_TUNNEL;
    y.remote_selector.first += 0x100;
    y.remote_selector.last += 0x100;
    ike_set_tunnel(net->ends[HUB].ike, net->now_us, &x);
    ike_set_tunnel(net->ends[HUB].ike, net->now_us, &y);
}

/* The branch is this one from now on, and asks for X's network or its own. */
static void
become(const char *who, bool asks_for_x)
{
    struct ike_tunnel tunnel = net_tunnel(BRANCH);

    name(&tunnel.local_identity, who);
    if (!asks_for_x) {
        tunnel.local_selector.first += 0x100;
        tunnel.local_selector.last += 0x100;
    }
    ike_set_tunnel(net->ends[BRANCH].ike, net->now_us, &tunnel);
}

static void
begin(int end, uint32_t number)
{
    ike_need_sa(net->ends[end].ike, net->now_us, number);
    net_collect(net, end);
    net_run(net, 5);
}

static size_t
count_of(int end, uint32_t number)
{
    size_t count = 0;

    for (size_t i = 0; i < net->ends[end].sa_count; i++)
        count += net->ends[end].sas[i].number == number;
    return count;
}

static void
expect_told(uint32_t number, enum ike_reason reason)
{
    const struct net_end *hub = &net->ends[HUB];

    for (size_t i = 0; i < hub->failure_count; i++) {
        if (hub->failures[i].number == number &&
            hub->failures[i].reason == reason)
            return;
    }
    cr_expect(false, "no failure of tunnel %u told, or for another reason",
        (unsigned)number);
}

/* ---- by preshared keys, each of its own ---- */

static void
configure_keys(int end)
{
    struct ike_rule rule = ike_rule_default;

    rule.aggressive = IKE_AGGRESSIVE_REQUIRED;
    ike_set_rules(net->ends[end].ike, &rule, 1);
    if (end == HUB) {
        net_set_key(net, HUB, "x.test", 0, "the key of x");
        net_set_key(net, HUB, "y.test", 0, "the key of y");
    }
}

static void
branch_by_key(const char *who, bool asks_for_x)
{
    net_crash(net, BRANCH);
    configure_keys(BRANCH);
    net_set_key(net, BRANCH, "", NET_B,
        who[0] == 'x' ? "the key of x" : "the key of y");
    become(who, asks_for_x);
    begin(BRANCH, X_TUNNEL);
}

static void
start_with_keys(uint64_t seed)
{
    net_init(net, seed);
    configure_keys(HUB);
    give_hub();
    branch_by_key("x.test", true);
    cr_assert(net_passes(net, BRANCH));
}

Test(ike_neighbours, another_key_does_not_open_a_tunnel)
{
    start_with_keys(1);
    branch_by_key("y.test", true);
    cr_expect_eq(net->ends[BRANCH].sa_count, 0);
    cr_expect_eq(count_of(HUB, X_TUNNEL), 2, "nor does it end it");
    expect_told(X_TUNNEL, IKE_REASON_IDENTITY);
    net_done(net);
}

Test(ike_neighbours, a_renewal_does_not_go_to_the_neighbour)
{
    start_with_keys(2);
    branch_by_key("y.test", false);
    cr_assert_eq(count_of(HUB, Y_TUNNEL), 2);
    become("y.test", true); /* it would take it */
    ike_rekey(net->ends[HUB].ike, net->now_us, X_TUNNEL);
    net_run(net, 50);
    cr_expect_eq(net->ends[BRANCH].sa_count, 0);
    net_done(net);
}

/* Whoever is there now is told apart from who is waited for. */
Test(ike_neighbours, an_answer_of_the_neighbour_is_no_answer)
{
    start_with_keys(3);
    branch_by_key("y.test", false);
    ike_clear_peer(net->ends[HUB].ike, net->now_us, X_TUNNEL);
    net_run(net, 5);
    become("y.test", true);
    begin(HUB, X_TUNNEL);
    net_run(net, 50);
    cr_expect_eq(net->ends[BRANCH].sa_count, 0);
    expect_told(X_TUNNEL, IKE_REASON_IDENTITY);
    branch_by_key("x.test", true);
    cr_expect_eq(count_of(HUB, X_TUNNEL), 2, "it is not waited for ever");
    net_done(net);
}

Test(ike_neighbours, one_that_dies_leaves_the_other)
{
    static const struct ike_options dpd = {.dpd = true, .nat_t = true};

    start_with_keys(4);
    branch_by_key("y.test", false);
    ike_set_options(net->ends[HUB].ike, 0, &dpd);
    cr_assert_eq(count_of(HUB, X_TUNNEL), 2);
    cr_assert_eq(count_of(HUB, Y_TUNNEL), 2);
    net_run(net, 300); /* x is not there any more, y answers */
    cr_expect_eq(count_of(HUB, X_TUNNEL), 0);
    cr_expect_eq(count_of(HUB, Y_TUNNEL), 2);
    net_done(net);
}

/* ---- by certificates ---- */

static void
branch_by_certificate(const char *who)
{
    struct net_end *branch = &net->ends[BRANCH];
    const struct ike_rule rule = signed_net_rule(IKE_AGGRESSIVE_NONE);
    struct ike_credentials credentials;

    net_crash(net, BRANCH);
    signed_net_blank(&signed_net, BRANCH, "a1024");
    papers_add(&signed_net.papers[BRANCH], SIGNED_FQDN, who, "CA One", 0);
    papers_trust(&signed_net.papers[BRANCH], "CA One");
    credentials = papers_credentials(&signed_net.papers[BRANCH]);
    ike_set_credentials(branch->ike, &credentials);
    ike_set_rules(branch->ike, &rule, 1);
    become(who, who[0] == 'x');
    begin(BRANCH, X_TUNNEL);
}

Test(ike_neighbours, a_revoked_one_is_not_kept_by_its_neighbour)
{
    struct ike_verdict why = {.reason = IKE_REASON_CERT_REVOKED};

    signed_net_init(&signed_net, 5, IKE_AGGRESSIVE_NONE);
    give_hub();
    branch_by_certificate("x.test");
    cr_assert(net_passes(net, BRANCH));
    why.certificate_id = signed_net.papers[HUB].last_id;
    branch_by_certificate("y.test");
    cr_assert_eq(count_of(HUB, X_TUNNEL), 2);
    cr_assert_eq(count_of(HUB, Y_TUNNEL), 2);
    cr_expect_eq(ike_drop_certificate(
                     net->ends[HUB].ike, net->now_us, why.certificate_id, &why),
        1);
    net_collect(net, HUB);
    cr_expect_eq(count_of(HUB, X_TUNNEL), 0);
    cr_expect_eq(count_of(HUB, Y_TUNNEL), 2);
    signed_net_done(&signed_net);
}

/* The key that is entered for the address proves nothing about names. */
Test(ike_neighbours, a_key_of_an_address_proves_no_name)
{
    signed_net_init(&signed_net, 6, IKE_AGGRESSIVE_NONE);
    for (int i = 0; i < 2; i++) {
        signed_net_blank(&signed_net, i, "a1024");
        signed_net.papers[i].knows_bare_keys = true;
    }
    signed_net.papers[HUB].keys_are_of_addresses = true;
    signed_net_tunnel(&signed_net, HUB, "", "x.test", 0);
    become("x.test", true);
    begin(BRANCH, X_TUNNEL);
    cr_expect_eq(net->ends[BRANCH].sa_count, 0);
    cr_expect_eq(net->ends[HUB].sa_count, 0);
    /* an address it proves */
    signed_net_tunnel(&signed_net, HUB, "", "", NET_A);
    begin(BRANCH, X_TUNNEL);
    cr_expect(signed_net_passes(&signed_net));
    signed_net_done(&signed_net);
}
