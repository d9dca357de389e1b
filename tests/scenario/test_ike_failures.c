/*
 * Why a negotiation fails, as each end tells it: each reason once, or more
 * often where it has several faces.
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

static void
begin(int end)
{
    ike_need_sa(net.ends[end].ike, net.now_us, 7);
    net_collect(&net, end);
}

static struct ike_failure *
first(int end)
{
    cr_assert_gt(net.ends[end].failure_count, 0, "end %d tells nothing", end);
    return &net.ends[end].failures[0];
}

static void
expect(
    int end, enum ike_reason reason, enum ike_stage stage, const char *mismatch)
{
    const struct ike_failure *failure = first(end);

    cr_expect_eq(failure->reason, reason, "end %d: %s", end,
        ike_reason_name(failure->reason));
    cr_expect_eq(failure->stage, stage, "end %d: %s", end,
        ike_stage_name(failure->stage));
    cr_expect_not_null(strstr(failure->mismatch, mismatch), "end %d: %s", end,
        failure->mismatch);
    cr_expect_gt(strlen(failure->advice), 10);
    cr_expect_eq(failure->number, 7);
    cr_expect_eq(failure->is_initiator, end == 0);
}

/* One rule at each end; the reason at the responder. */
static const struct {
    struct ike_rule a;
    struct ike_rule b;
    enum ike_reason reason;
    const char *mismatch;
} rules[] = {
    {{.cipher = IKE_3DES, .digest = IKE_SHA1, .group = 2},
     {.cipher = IKE_AES_256, .digest = IKE_SHA1, .group = 2},
     IKE_REASON_PROPOSAL_ENCRYPTION, "Here: aes256 sha pre-share group 2. The peer: 3des."},
    {{.cipher = IKE_AES_128, .digest = IKE_SHA1, .group = 2},
     {.cipher = IKE_AES_256, .digest = IKE_SHA1, .group = 2},
     IKE_REASON_PROPOSAL_ENCRYPTION, "The peer: aes128."                                  },
    {{.cipher = IKE_3DES, .digest = IKE_MD5, .group = 2},
     {.cipher = IKE_3DES, .digest = IKE_SHA256, .group = 2},
     IKE_REASON_PROPOSAL_HASH,       "The peer: md5."                                     },
    {{.cipher = IKE_3DES, .digest = IKE_SHA1, .group = 14},
     {.cipher = IKE_3DES, .digest = IKE_SHA1, .group = 2},
     IKE_REASON_PROPOSAL_GROUP,      "The peer: group 14."                                },
};

Test(ike_failures, name_the_first_attribute_that_differs)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        start(i);
        ike_set_rules(net.ends[0].ike, &rules[i].a, 1);
        ike_set_rules(net.ends[1].ike, &rules[i].b, 1);
        begin(0);
        net_run(&net, 5);
        expect(
            1, rules[i].reason, IKE_STAGE_PHASE1_PROPOSAL, rules[i].mismatch);
        expect(0, IKE_REASON_PROPOSAL_REFUSED, IKE_STAGE_PHASE1_PROPOSAL,
            "accepts none");
        cr_expect_eq(first(0)->notify, 14);
        cr_expect_neq(first(0)->ours[0], '\0');
        net_done(&net);
    }
}

Test(ike_failures, name_the_nearest_of_several_rules)
{
    const struct ike_rule ours[] = {
        {.priority = 2, .cipher = IKE_DES,     .digest = IKE_MD5,  .group = 1},
        {.priority = 1, .cipher = IKE_AES_256, .digest = IKE_SHA1, .group = 2},
    };

    start(10);
    ike_set_rules(net.ends[1].ike, ours, 2);
    begin(0);
    net_run(&net, 5);
    expect(1, IKE_REASON_PROPOSAL_ENCRYPTION, IKE_STAGE_PHASE1_PROPOSAL,
        "Here: aes256 sha pre-share group 2");
    cr_expect_str_eq(first(1)->ours,
        "aes256 sha pre-share group 2; des md5 pre-share group 1");
    net_done(&net);
}

Test(ike_failures, tell_of_rules_that_cannot_be_used)
{
    struct ike_rule rule = ike_rule_default;

    start(11);
    rule.method = IKE_RSA_SIG;
    ike_set_rules(net.ends[0].ike, &rule, 1);
    begin(0);
    expect(0, IKE_REASON_NO_CERTIFICATE, IKE_STAGE_PHASE1_PROPOSAL,
        "no certificate");
    cr_expect_eq(net.sent, 0);
    net_done(&net);
}

Test(ike_failures, a_rule_with_a_scope_holds_there_only)
{
    struct ike_rule rule = ike_rule_default;

    start(12);
    rule.has_scope = true;
    rule.scope_address = NET_A;
    ike_set_rules(net.ends[0].ike, &rule, 1);
    begin(0);
    net_run(&net, 5);
    cr_expect(net_passes(&net, 0));
    net_done(&net);
    start(13);
    rule.scope_vr = 1;
    ike_set_rules(net.ends[0].ike, &rule, 1);
    begin(0);
    expect(0, IKE_REASON_NO_RULE, IKE_STAGE_PHASE1_PROPOSAL, "");
    net_done(&net);
}

Test(ike_failures, tell_of_a_missing_key)
{
    const struct ike_identity peer = {.address = NET_B};
    const struct ike_identity us = {.address = NET_A};

    start(14);
    ike_remove_key(net.ends[0].ike, 0, &peer);
    begin(0);
    expect(0, IKE_REASON_NO_KEY, IKE_STAGE_PHASE1_PROPOSAL, "203.0.113.11");
    net_done(&net);
    start(15);
    ike_remove_key(net.ends[1].ike, 0, &us);
    begin(0);
    net_run(&net, 5);
    expect(1, IKE_REASON_NO_KEY, IKE_STAGE_PHASE1_PROPOSAL, "203.0.113.1 ");
    expect(0, IKE_REASON_PROPOSAL_REFUSED, IKE_STAGE_PHASE1_PROPOSAL, "");
    net_done(&net);
}

Test(ike_failures, tell_of_different_keys_at_both_ends)
{
    start(16);
    net_set_key(&net, 1, "", NET_A, "another key");
    begin(0);
    net_run(&net, 1);
    expect(1, IKE_REASON_WRONG_KEY, IKE_STAGE_PHASE1_IDENTITY, "differ");
    cr_expect_eq(net.ends[0].failure_count, 0, "it still hopes");
    net_run(&net, 60);
    expect(0, IKE_REASON_WRONG_KEY, IKE_STAGE_PHASE1_IDENTITY, "differ");
    cr_expect_eq(net.ends[1].failure_count, 1, "it is told of once");
    net_done(&net);
}

Test(ike_failures, tell_of_different_keys_in_aggressive_mode)
{
    struct ike_rule rule = ike_rule_default;

    start(17);
    rule.aggressive = IKE_AGGRESSIVE_REQUESTED;
    ike_set_rules(net.ends[0].ike, &rule, 1);
    ike_set_rules(net.ends[1].ike, &rule, 1);
    net_set_key(&net, 1, "", NET_A, "another key");
    begin(0);
    net_run(&net, 60);
    expect(0, IKE_REASON_WRONG_KEY, IKE_STAGE_PHASE1_IDENTITY, "differ");
    net_done(&net);
}

Test(ike_failures, tell_of_silence)
{
    start(18);
    net.is_cut = true;
    begin(0);
    net_run(&net, 30);
    cr_expect_eq(net.ends[0].failure_count, 0, "it still asks");
    net_run(&net, 2);
    expect(0, IKE_REASON_NO_ANSWER, IKE_STAGE_PHASE1_PROPOSAL, "not answer");
    cr_expect_eq(net.sent, 5);
    net_done(&net);
}

/* Loses all from end 1 after its first message. */
static bool
after_the_first(void *context, int from, uint8_t *bytes, size_t *length)
{
    unsigned *count = context;

    (void)bytes;
    (void)length;
    return from == 0 || (*count)++ == 0;
}

Test(ike_failures, tell_of_a_peer_that_stops_midway)
{
    unsigned count = 0;

    start(19);
    net.tamper = after_the_first;
    net.context = &count;
    begin(0);
    net_run(&net, 40);
    expect(0, IKE_REASON_SILENCE, IKE_STAGE_PHASE1_KEYS, "stopped");
    net_done(&net);
}

Test(ike_failures, tell_of_an_identity_that_is_not_the_peers)
{
    struct ike_tunnel tunnel;

    start(20);
    tunnel = net_tunnel(0);
    tunnel.local_identity.address = 0x01020304;
    ike_set_tunnel(net.ends[0].ike, net.now_us, &tunnel);
    begin(0);
    net_run(&net, 5);
    expect(1, IKE_REASON_IDENTITY, IKE_STAGE_PHASE1_IDENTITY, "1.2.3.4");
    cr_expect_str_eq(first(1)->ours, "203.0.113.1");
    expect(0, IKE_REASON_AUTHENTICATION, IKE_STAGE_PHASE1_IDENTITY, "");
    cr_expect_eq(first(0)->notify, 24);
    net_done(&net);
}

Test(ike_failures, show_both_transform_sets)
{
    struct ike_tunnel tunnel;

    start(21);
    tunnel = net_tunnel(1);
    tunnel.transforms[0] = TRANSFORM_ESP_AES256_HMAC_SHA256;
    ike_set_tunnel(net.ends[1].ike, net.now_us, &tunnel);
    begin(0);
    net_run(&net, 5);
    expect(1, IKE_REASON_TRANSFORM, IKE_STAGE_PHASE2, "no IPsec transform");
    cr_expect_str_eq(first(1)->ours, "esp-aes256-hmac-sha256");
    cr_expect_str_eq(first(1)->theirs, "esp-3des-hmac-sha, tunnel");
    expect(0, IKE_REASON_REFUSED, IKE_STAGE_PHASE2, "");
    cr_expect_str_eq(first(0)->ours, "esp-3des-hmac-sha");
    net_done(&net);
}

Test(ike_failures, tell_of_modes_that_differ)
{
    struct ike_tunnel tunnel;

    start(22);
    tunnel = net_tunnel(1);
    tunnel.is_transport = true;
    ike_set_tunnel(net.ends[1].ike, net.now_us, &tunnel);
    begin(0);
    net_run(&net, 5);
    expect(1, IKE_REASON_ENCAPSULATION, IKE_STAGE_PHASE2, "transport mode");
    net_done(&net);
}

Test(ike_failures, name_the_networks_at_both_ends)
{
    struct ike_tunnel tunnel;

    start(23);
    tunnel = net_tunnel(1);
    tunnel.local_selector.first = 0xc0a86300;
    tunnel.local_selector.last = 0xc0a863ff;
    ike_set_tunnel(net.ends[1].ike, net.now_us, &tunnel);
    begin(0);
    net_run(&net, 5);
    expect(1, IKE_REASON_SELECTOR, IKE_STAGE_PHASE2, "192.168.20.0/24");
    cr_expect_str_eq(
        first(1)->ours, "here 192.168.99.0/24, there 192.168.10.0/24");
    expect(0, IKE_REASON_SELECTOR, IKE_STAGE_PHASE2, "192.168.20.0/24");
    cr_expect_not_null(strstr(first(0)->advice, "Peer: set its local network "
                                                "to 192.168.20.0/24"));
    net_done(&net);
}

Test(ike_failures, every_reason_and_stage_has_its_words)
{
    for (int i = 0; i < IKE_REASON_COUNT; i++) {
        const char *name = ike_reason_name((enum ike_reason)i);
        const char *sentence = ike_reason_sentence((enum ike_reason)i);

        cr_assert_not_null(name);
        cr_expect_eq(sentence[strlen(sentence) - 1], '.', "%s", name);
        for (int j = 0; j < i; j++)
            cr_expect_str_neq(name, ike_reason_name((enum ike_reason)j));
    }
    for (int i = 0; i <= IKE_STAGE_ESTABLISHED; i++)
        cr_expect_gt(strlen(ike_stage_name((enum ike_stage)i)), 4);
    cr_expect_str_eq(ike_notify_name(14), "NO-PROPOSAL-CHOSEN");
    cr_expect_str_eq(ike_notify_name(9999), "");
}

/* A group of the wrong size: the KE payload of message 3 gets shorter. */
static bool
shorten_ke(void *context, int from, uint8_t *bytes, size_t *length)
{
    (void)context;
    if (from == 0 && *length > 150 && bytes[16] == 4 && bytes[18] == 2) {
        bytes[30] = 0;
        bytes[31] = 4 + 64; /* what was the rest is no payload chain */
    }
    return true;
}

/* 1 as public value: everybody knows the secret. */
static bool
replace_ke(void *context, int from, uint8_t *bytes, size_t *length)
{
    (void)context;
    if (from == 0 && *length > 150 && bytes[16] == 4 && bytes[18] == 2) {
        memset(bytes + 32, 0, 128);
        bytes[32 + 127] = 1;
    }
    return true;
}

Test(ike_failures, bad_public_values_get_no_answer)
{
    struct ike_counters counters;

    for (int i = 0; i < 2; i++) {
        start(24);
        net.tamper = i == 0 ? shorten_ke : replace_ke;
        begin(0);
        net_run(&net, 60);
        ike_counters(net.ends[1].ike, &counters);
        cr_expect_gt(counters.dropped[IKE_DROP_MALFORMED], 0);
        expect(0, IKE_REASON_SILENCE, IKE_STAGE_PHASE1_KEYS, "");
        if (i == 1)
            expect(1, IKE_REASON_KEY_EXCHANGE, IKE_STAGE_PHASE1_KEYS, "");
        net_done(&net);
    }
}
