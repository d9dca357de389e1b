/*
 * rsa-sig, under virtual time: the same tunnel in both modes, from both ends,
 * through loss and in fragments, and by every kind of identity.
 *
 *    router.example.test  203.0.113.1 ----- 203.0.113.11  peer1.example.test
 */
#include "tests/support/signed_net.h"

#include "base/bytes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct signed_net net;

static const enum ike_aggressive modes[] = {
    IKE_AGGRESSIVE_NONE, IKE_AGGRESSIVE_REQUIRED};

enum { FRAGMENT = 132, NEXT_AT = 16 };

static void
expect_up(const char *why)
{
    struct ike_sa_row row;

    cr_expect(signed_net_passes(&net), "%s: %s", why,
        net.net.ends[0].failure_count > 0 ? net.net.ends[0].failures[0].mismatch
                                          : "no failure told");
    for (int i = 0; i < 2; i++) {
        cr_assert(signed_net_row(&net, i, &row), "%s", why);
        cr_expect_eq(row.rule.method, IKE_RSA_SIG);
        cr_expect_eq(net.net.ends[i].failure_count, 0, "%s", why);
    }
}

Test(ike_rsa, either_end_begins_in_either_mode)
{
    struct ike_sa_row row;

    for (size_t mode = 0; mode < 2; mode++) {
        for (int from = 0; from < 2; from++) {
            signed_net_init(&net, 1 + mode, modes[mode]);
            signed_net_begin(&net, from, 5);
            expect_up(mode == 0 ? "main" : "aggressive");
            cr_assert(signed_net_row(&net, 0, &row));
            cr_expect_eq(row.is_aggressive, mode == 1);
            cr_expect_str_eq(row.identity.name, "peer1.example.test");
            cr_expect_neq(row.certificate_id, 0);
            cr_expect_eq(net.papers[0].judged, 1);
            cr_expect_eq(net.papers[1].judged, 1);
            cr_expect_eq(net.papers[0].asked, 1, "the peer asks for CA One");
            signed_net_done(&net);
        }
    }
}

Test(ike_rsa, every_hash_and_larger_groups)
{
    static const struct ike_rule rules[] = {
        {.cipher = IKE_3DES,    .digest = IKE_MD5,    .group = 1 },
        {.cipher = IKE_AES_128, .digest = IKE_SHA256, .group = 14},
        {.cipher = IKE_AES_192, .digest = IKE_SHA384, .group = 5 },
        {.cipher = IKE_AES_256, .digest = IKE_SHA512, .group = 19},
        {.cipher = IKE_DES,     .digest = IKE_SHA1,   .group = 2 },
    };

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct ike_rule rule = rules[i];

        rule.method = IKE_RSA_SIG;
        rule.lifetime_s = 3600;
        signed_net_init(&net, i, IKE_AGGRESSIVE_NONE);
        ike_set_rules(net.net.ends[0].ike, &rule, 1);
        ike_set_rules(net.net.ends[1].ike, &rule, 1);
        signed_net_begin(&net, 0, 5);
        expect_up("rule");
        signed_net_done(&net);
    }
}

/* ---- who one is ---- */

struct who {
    const char *why;
    uint8_t type;
    const char *name;
    const char *local;  /* configured at the router */
    const char *remote; /* and at the peer, of it; "": its address */
};

Test(ike_rsa, identities_of_every_kind)
{
    static const struct who rows[] = {
        {"an FQDN, chosen by the certificate", SIGNED_FQDN, "a.example.test",
         "",                                                                                                 ""                          },
        {"an FQDN that is configured",         SIGNED_FQDN, "a.example.test",
         "a.example.test",                                                                                   ""                          },
        {"and expected",                       SIGNED_FQDN, "a.example.test",             "a.example.test",
         "a.example.test"                                                                                                                },
        {"user@FQDN",                          SIGNED_USER, "me@example.test",            "me@example.test",
         "me@example.test"                                                                                                               },
        {"a distinguished name",               SIGNED_DN,   "C=XT, O=Peer Fixture, CN=a", "",
         ""                                                                                                                              },
        {"and expected by that",               SIGNED_DN,   "C=XT, O=Peer Fixture, CN=a",
         "C=XT, O=Peer Fixture, CN=a",                                                                       "C=XT, O=Peer Fixture, CN=a"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct who *row = &rows[i];
        struct ike_sa_row sa;

        for (size_t mode = 0; mode < 2; mode++) {
            signed_net_init(&net, 10 * i + mode, modes[mode]);
            signed_net_blank(&net, 0, "a1024");
            papers_add(&net.papers[0], row->type, row->name, "CA One", 0);
            papers_trust(&net.papers[0], "CA One");
            signed_net_tunnel(&net, 0, row->local, "", NET_B);
            signed_net_tunnel(&net, 1, "", row->remote, NET_A);
            signed_net_begin(&net, 0, 5);
            expect_up(row->why);
            cr_assert(signed_net_row(&net, 1, &sa));
            cr_expect_str_eq(sa.identity.name, row->name, "%s", row->why);
            signed_net_done(&net);
        }
    }
}

Test(ike_rsa, an_address_in_the_certificate)
{
    struct ike_sa_row row;

    signed_net_init(&net, 40, IKE_AGGRESSIVE_NONE);
    signed_net_blank(&net, 0, "a1024");
    papers_add_address(&net.papers[0], NET_A, "CA One");
    papers_trust(&net.papers[0], "CA One");
    signed_net_begin(&net, 0, 5);
    expect_up("address");
    cr_assert(signed_net_row(&net, 1, &row));
    cr_expect_eq(row.identity.address, NET_A);
    signed_net_done(&net);
}

Test(ike_rsa, bare_keys_need_no_certificate)
{
    signed_net_init(&net, 41, IKE_AGGRESSIVE_NONE);
    for (int i = 0; i < 2; i++) {
        signed_net_blank(&net, i, "a1024");
        net.papers[i].knows_bare_keys = true;
    }
    signed_net_begin(&net, 0, 5);
    expect_up("bare keys");
    signed_net_done(&net);
}

/* ---- rules of both kinds ---- */

static void
set_both(int end, bool signature_first)
{
    struct ike_rule rules[2] = {
        signed_net_rule(IKE_AGGRESSIVE_NONE), ike_rule_default};

    rules[0].priority = signature_first ? 1 : 3;
    rules[1].priority = 2;
    ike_set_rules(net.net.ends[end].ike, rules, 2);
}

Test(ike_rsa, of_rules_of_both_kinds_the_responders_first_that_can_be_used)
{
    static const struct {
        const char *why;
        bool signature_first; /* at the responder */
        bool has_keys;        /* preshared ones, at both ends */
        bool has_papers;      /* at the responder */
        enum ike_method method;
    } rows[] = {
        {"signatures first",           true,  true,  true,  IKE_RSA_SIG  },
        {"preshared keys first",       false, true,  true,  IKE_PRE_SHARE},
        {"without a key for the peer", false, false, true,  IKE_RSA_SIG  },
        {"without a certificate",      true,  true,  false, IKE_PRE_SHARE},
    };
    struct ike_sa_row row;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        signed_net_init(&net, 50 + i, IKE_AGGRESSIVE_NONE);
        set_both(0, true);
        set_both(1, rows[i].signature_first);
        if (rows[i].has_keys) {
            net_set_key(&net.net, 0, "", NET_B, NET_KEY);
            net_set_key(&net.net, 1, "", NET_A, NET_KEY);
        }
        net.papers[1].has_no_key = !rows[i].has_papers;
        signed_net_begin(&net, 0, 5);
        cr_expect(signed_net_passes(&net), "%s", rows[i].why);
        cr_assert(signed_net_row(&net, 0, &row));
        cr_expect_eq(row.rule.method, rows[i].method, "%s", rows[i].why);
        signed_net_done(&net);
    }
}

Test(ike_rsa, a_name_needs_aggressive_mode_with_keys_but_not_with_signatures)
{
    signed_net_init(&net, 60, IKE_AGGRESSIVE_NONE);
    signed_net_tunnel(&net, 1, "", "router.example.test", 0);
    signed_net_begin(&net, 0, 5);
    expect_up("the responder learns the address of a name in main mode");
    signed_net_done(&net);
}

/* ---- the way between ---- */

Test(ike_rsa, loss_repetition_and_reordering)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        signed_net_init(&net, seed, modes[seed % 2]);
        net.net.loss = 15;
        net.net.repeats = 20;
        net.net.jitter_us = 200000;
        for (int i = 0; i < 10 && !signed_net_passes(&net); i++)
            signed_net_begin(&net, (int)(seed / 2 % 2), 40);
        cr_expect(signed_net_passes(&net), "seed %lu", (unsigned long)seed);
        signed_net_done(&net);
    }
}

Test(ike_rsa, behind_a_nat)
{
    for (size_t mode = 0; mode < 2; mode++) {
        signed_net_init(&net, 70 + mode, modes[mode]);
        net.net.has_nat = true;
        signed_net_tunnel(&net, 1, "", "router.example.test", 0);
        signed_net_begin(&net, 0, 5);
        expect_up("NAT");
        signed_net_done(&net);
    }
}

/* Eight papers, the message near the longest that there can be. */
static void
make_chain(int end, size_t each)
{
    char name[32];
    char issuer[32];

    signed_net_blank(&net, end, end == 0 ? "a4096" : "b2048");
    papers_add(&net.papers[end], SIGNED_FQDN,
        end == 0 ? "router.example.test" : "peer1.example.test", "CA 1", each);
    for (int i = 1; i < 8; i++) {
        (void)snprintf(name, sizeof name, "CA %d", i);
        (void)snprintf(
            issuer, sizeof issuer, i < 7 ? "CA %d" : "CA Root", i + 1);
        papers_add(&net.papers[end], SIGNED_DN, name, issuer, each);
    }
    papers_trust(&net.papers[end], "CA Root");
    papers_trust(&net.papers[end], "CA One");
}

Test(ike_rsa, a_long_chain_in_fragments_through_loss)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct ike_counters counters;

        signed_net_init(&net, seed, modes[seed % 2]);
        make_chain(0, 1900);
        make_chain(1, 1850);
        net.net.loss = 4;
        net.net.repeats = 10;
        net.net.jitter_us = 100000;
        for (int i = 0; i < 20 && !signed_net_passes(&net); i++)
            signed_net_begin(&net, 0, 40);
        cr_expect(signed_net_passes(&net), "seed %lu", (unsigned long)seed);
        ike_counters(net.net.ends[0].ike, &counters);
        cr_expect_geq(counters.fragments_sent, 13);
        cr_expect_eq(net.papers[0].most_certificates, 8);
        cr_expect_eq(net.papers[1].most_certificates, 8);
        signed_net_done(&net);
    }
}

static bool
strip(void *context, int from, uint8_t *bytes, size_t *length)
{
    static const uint8_t vendor[] = {0x40, 0x48, 0xb7, 0xd5};

    (void)context;
    (void)from;
    for (size_t i = 0; i + sizeof vendor < *length; i++) {
        if (memcmp(bytes + i, vendor, sizeof vendor) == 0)
            bytes[i] = 0;
    }
    return true;
}

Test(ike_rsa, without_fragments_up_to_the_longest_datagram)
{
    signed_net_init(&net, 80, IKE_AGGRESSIVE_NONE);
    make_chain(0, 900);
    make_chain(1, 900);
    net.net.tamper = strip;
    signed_net_begin(&net, 0, 5);
    expect_up("7 kilobytes in one");
    signed_net_done(&net);
    signed_net_init(&net, 81, IKE_AGGRESSIVE_NONE);
    make_chain(0, 1100);
    make_chain(1, 900);
    net.net.tamper = strip;
    signed_net_begin(&net, 0, 60);
    cr_expect_not(signed_net_passes(&net));
    cr_assert_gt(net.net.ends[0].failure_count, 0);
    cr_expect_not_null(strstr(net.net.ends[0].failures[0].mismatch, "too long"),
        "%s", net.net.ends[0].failures[0].mismatch);
    signed_net_done(&net);
}

/* ---- later ---- */

Test(ike_rsa, renewed_ike_sas_are_proved_anew)
{
    struct ike_rule rule = signed_net_rule(IKE_AGGRESSIVE_NONE);

    signed_net_init(&net, 90, IKE_AGGRESSIVE_NONE);
    rule.lifetime_s = 600;
    ike_set_rules(net.net.ends[0].ike, &rule, 1);
    ike_set_rules(net.net.ends[1].ike, &rule, 1);
    signed_net_begin(&net, 0, 1800);
    expect_up("after three lifetimes");
    cr_expect_geq(net.papers[0].judged, 3);
    signed_net_done(&net);
}

Test(ike_rsa, a_certificate_is_exchanged_while_the_tunnel_is_up)
{
    struct ike_sa_row before;
    struct ike_sa_row after;
    const struct ike_verdict expired = {.reason = IKE_REASON_CERT_EXPIRED};

    signed_net_init(&net, 91, IKE_AGGRESSIVE_NONE);
    signed_net_begin(&net, 0, 5);
    expect_up("the old one");
    cr_assert(signed_net_row(&net, 0, &before));
    signed_net_blank(&net, 1, "b2048");
    papers_add(
        &net.papers[1], SIGNED_FQDN, "peer1.example.test", "CA One", 700);
    papers_trust(&net.papers[1], "CA One");
    net_run(&net.net, 28000); /* the IKE SA is renewed */
    expect_up("the new one");
    cr_assert(signed_net_row(&net, 0, &after));
    cr_expect_neq(before.certificate_id, after.certificate_id);
    cr_expect_eq(ike_drop_certificate(net.net.ends[0].ike, net.net.now_us,
                     before.certificate_id, &expired),
        0);
    net_run(&net.net, 5);
    expect_up("nobody rests on the old one");
    signed_net_done(&net);
}

Test(ike_rsa, what_rests_on_a_revoked_certificate_is_taken_down)
{
    struct ike_verdict revoked = {.reason = IKE_REASON_CERT_REVOKED,
        .mismatch = "peer1 was revoked on 1 April."};
    const struct ike_failure *failure;
    struct ike_sa_row row;

    signed_net_init(&net, 92, IKE_AGGRESSIVE_NONE);
    signed_net_begin(&net, 0, 5);
    cr_assert(signed_net_row(&net, 0, &row));
    cr_expect_eq(ike_drop_certificate(net.net.ends[0].ike, net.net.now_us,
                     row.certificate_id + 1, &revoked),
        0);
    cr_expect_eq(
        ike_drop_certificate(net.net.ends[0].ike, net.net.now_us, 0, &revoked),
        0);
    cr_expect(signed_net_passes(&net));
    cr_expect_eq(ike_drop_certificate(net.net.ends[0].ike, net.net.now_us,
                     row.certificate_id, &revoked),
        1);
    net_run(&net.net, 2);
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(net.net.ends[i].sa_count, 0, "gone at both ends");
        cr_expect_not(signed_net_row(&net, i, &row));
        cr_expect_eq(net.net.ends[i].downs, 1);
    }
    cr_assert_eq(net.net.ends[0].failure_count, 1);
    failure = &net.net.ends[0].failures[0];
    cr_expect_eq(failure->reason, IKE_REASON_CERT_REVOKED);
    cr_expect_eq(failure->stage, IKE_STAGE_ESTABLISHED);
    cr_expect_eq(failure->number, 7);
    cr_expect_not_null(strstr(failure->mismatch, "1 April"));
    signed_net_done(&net);
}

/* ---- a probe ---- */

Test(ike_rsa, a_probe_asks_for_signatures_without_having_a_certificate)
{
    const struct ike_rule rules[] = {signed_net_rule(IKE_AGGRESSIVE_NONE)};
    const struct ike_probe probe = {
        .id = 3, .number = 7, .rules = rules, .rule_count = 1, .is_deep = true};

    signed_net_init(&net, 95, IKE_AGGRESSIVE_NONE);
    ike_set_credentials(net.net.ends[0].ike, NULL);
    ike_probe(net.net.ends[0].ike, net.net.now_us, &probe);
    net_collect(&net.net, 0);
    net_run(&net.net, 60);
    cr_assert_eq(net.net.ends[0].probed_count, 1);
    cr_expect_eq(net.net.ends[0].probed.end, IKE_PROBE_AGREED);
    cr_expect_eq(net.net.ends[0].probed.chosen.method, IKE_RSA_SIG);
    cr_expect(net.net.ends[0].probed.wants_certificate);
    signed_net_done(&net);
}
