/*
 * rsa-sig that comes to nothing: what each end says is wrong, and on which side
 * to change it.
 */
#include "tests/support/signed_net.h"

#include <criterion/criterion.h>
#include <string.h>

static struct signed_net net;

static const enum ike_aggressive modes[] = {
    IKE_AGGRESSIVE_NONE, IKE_AGGRESSIVE_REQUIRED};

static const struct ike_failure *
first(int end)
{
    cr_assert_gt(
        net.net.ends[end].failure_count, 0, "end %d tells nothing", end);
    return &net.net.ends[end].failures[0];
}

static void
expect(int end, enum ike_reason reason, const char *mismatch)
{
    const struct ike_failure *failure = first(end);

    cr_expect_eq(failure->reason, reason, "end %d: %s: %s", end,
        ike_reason_name(failure->reason), failure->mismatch);
    cr_expect_not_null(strstr(failure->mismatch, mismatch), "end %d: %s", end,
        failure->mismatch);
    cr_expect_gt(strlen(failure->advice), 10);
    cr_expect_eq(failure->number, 7);
    cr_expect_eq(failure->is_initiator, end == 0);
}

static void
expect_nothing_left(void)
{
    struct ike_counters counters;

    for (int i = 0; i < 2; i++) {
        cr_expect_eq(net.net.ends[i].sa_count, 0);
        ike_counters(net.net.ends[i].ike, &counters);
        cr_expect_eq(counters.ike_sas, 0, "end %d", i);
    }
}

/* ---- the verdicts ---- */

struct verdict {
    enum ike_reason reason;
    uint16_t notify; /* that the other end gets */
};

static const struct verdict verdicts[] = {
    {IKE_REASON_CERT_EXPIRED,   20},
    {IKE_REASON_CERT_NOT_YET,   20},
    {IKE_REASON_CERT_REVOKED,   20},
    {IKE_REASON_CERT_USAGE,     20},
    {IKE_REASON_CERT_KEY,       20},
    {IKE_REASON_CERT_CA,        22},
    {IKE_REASON_CERT_CHAIN,     22},
    {IKE_REASON_CERT_MALFORMED, 19},
    {IKE_REASON_CERT_SIGNATURE, 25},
    {IKE_REASON_CERT_CRL,       24},
    {IKE_REASON_CERT_IDENTITY,  24},
    {IKE_REASON_NO_PUBLIC_KEY,  28},
};

Test(ike_rsa_refused, by_the_responder_both_say_why)
{
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        signed_net_init(&net, i, IKE_AGGRESSIVE_NONE);
        net.papers[1].has_verdict = true;
        net.papers[1].verdict = verdicts[i].reason;
        signed_net_begin(&net, 0, 60);
        expect(1, verdicts[i].reason, ike_reason_sentence(verdicts[i].reason));
        expect(0, IKE_REASON_AUTHENTICATION,
            "refuses the certificate of this router, for router.example.test");
        cr_expect_eq(first(0)->notify, verdicts[i].notify);
        cr_expect_not_null(strstr(first(0)->theirs, "certificates of CA One"));
        cr_expect_not_null(strstr(first(0)->advice, "Peer: trust the CA"));
        expect_nothing_left();
        signed_net_done(&net);
    }
}

/* The responder's IKE SA stands when its proof is refused, and goes again. */
Test(ike_rsa_refused, by_the_initiator_both_say_why)
{
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        signed_net_init(&net, i, IKE_AGGRESSIVE_NONE);
        net.papers[0].has_verdict = true;
        net.papers[0].verdict = verdicts[i].reason;
        signed_net_begin(&net, 0, 2);
        expect(0, verdicts[i].reason, ike_reason_sentence(verdicts[i].reason));
        cr_expect_eq(first(0)->stage, IKE_STAGE_PHASE1_IDENTITY);
        expect(1, IKE_REASON_AUTHENTICATION,
            "refuses the certificate of this router");
        cr_expect_eq(first(1)->notify, verdicts[i].notify);
        expect_nothing_left();
        signed_net_done(&net);
    }
}

/* In clear it may be forged: it is ignored, and told of at the end. */
Test(ike_rsa_refused, in_aggressive_mode_the_first_proof_is_only_doubted)
{
    signed_net_init(&net, 30, IKE_AGGRESSIVE_REQUIRED);
    net.papers[0].has_verdict = true;
    net.papers[0].verdict = IKE_REASON_CERT_EXPIRED;
    signed_net_begin(&net, 0, 2);
    cr_expect_eq(net.net.ends[0].failure_count, 0, "not yet");
    net_run(&net.net, 60);
    expect(0, IKE_REASON_CERT_EXPIRED, "expired");
    cr_expect_leq(net.papers[0].judged, 3, "not as often as it comes");
    expect_nothing_left();
    signed_net_done(&net);
    signed_net_init(&net, 31, IKE_AGGRESSIVE_REQUIRED);
    net.papers[1].has_verdict = true;
    net.papers[1].verdict = IKE_REASON_CERT_CA;
    signed_net_begin(&net, 0, 60);
    expect(1, IKE_REASON_CERT_CA, "does not trust");
    signed_net_done(&net);
}

/* ---- what the papers themselves are ---- */

Test(ike_rsa_refused, what_is_wrong_with_a_certificate)
{
    static const struct {
        const char *why;
        const char *identity; /* in the certificate */
        const char *issuer;
        bool signs_wrongly;
        enum ike_reason reason;
    } rows[] = {
        {"a CA that is not trusted",         "", "Other CA",   false, IKE_REASON_CERT_CA},
        {"a signature by another key",       "", "CA One",     true,
         IKE_REASON_CERT_SIGNATURE                                                      },
        {"a CA in between that is not sent", "", "CA Between", false,
         IKE_REASON_CERT_CHAIN                                                          },
    };

    for (size_t mode = 0; mode < 2; mode++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            signed_net_init(&net, 40 + i, modes[mode]);
            signed_net_blank(&net, 0, "a1024");
            papers_add(&net.papers[0], SIGNED_FQDN, "router.example.test",
                rows[i].issuer, 0);
            if (rows[i].reason == IKE_REASON_CERT_CHAIN) {
                papers_add(
                    &net.papers[0], SIGNED_DN, "CA Between", "CA Above", 0);
            }
            papers_trust(&net.papers[0], "CA One");
            net.papers[0].signs_wrongly = rows[i].signs_wrongly;
            signed_net_begin(&net, 0, 60);
            expect(1, rows[i].reason, ike_reason_sentence(rows[i].reason));
            cr_expect_not(signed_net_passes(&net), "%s", rows[i].why);
            signed_net_done(&net);
        }
    }
}

Test(ike_rsa_refused, no_certificate_from_a_peer_whose_key_nobody_knows)
{
    signed_net_init(&net, 50, IKE_AGGRESSIVE_NONE);
    signed_net_blank(&net, 0, "a1024");
    papers_trust(&net.papers[0], "CA One");
    signed_net_begin(&net, 0, 60);
    expect(1, IKE_REASON_NO_PUBLIC_KEY, "sends no certificate");
    signed_net_done(&net);
}

/* ---- here ---- */

Test(ike_rsa_refused, without_a_certificate_nothing_is_sent)
{
    signed_net_init(&net, 51, IKE_AGGRESSIVE_NONE);
    net.papers[0].has_no_key = true;
    signed_net_begin(&net, 0, 5);
    expect(0, IKE_REASON_NO_CERTIFICATE, "This router has no certificate");
    cr_expect_eq(net.net.sent, 0);
    expect_nothing_left();
    signed_net_done(&net);
}

Test(ike_rsa_refused, nor_by_a_responder_that_has_none)
{
    signed_net_init(&net, 52, IKE_AGGRESSIVE_NONE);
    net.papers[1].has_no_key = true;
    signed_net_begin(&net, 0, 5);
    expect(1, IKE_REASON_NO_CERTIFICATE, "This router has no certificate");
    expect(0, IKE_REASON_PROPOSAL_REFUSED, "accepts none");
    expect_nothing_left();
    signed_net_done(&net);
}

Test(ike_rsa_refused, an_identity_that_is_configured_and_not_certified)
{
    for (size_t mode = 0; mode < 2; mode++) {
        signed_net_init(&net, 53, modes[mode]);
        signed_net_tunnel(&net, 0, "other.example.test", "", NET_B);
        signed_net_begin(&net, 0, 60);
        expect(0, IKE_REASON_NO_CERTIFICATE, "other.example.test");
        cr_expect_not_null(
            strstr(first(0)->advice, "`tunnel source identity`"));
        cr_expect_eq(net.papers[0].signed_count, 0);
        signed_net_done(&net);
    }
    signed_net_init(&net, 54, IKE_AGGRESSIVE_NONE);
    signed_net_tunnel(&net, 1, "other.example.test", "", NET_A);
    signed_net_begin(&net, 0, 60);
    expect(1, IKE_REASON_NO_CERTIFICATE, "other.example.test");
    cr_expect_eq(first(0)->notify, 28, "CERTIFICATE-UNAVAILABLE");
    expect_nothing_left();
    signed_net_done(&net);
}

/* ---- somebody else, with a good certificate ---- */

Test(ike_rsa_refused, an_address_that_is_not_the_peers)
{
    signed_net_init(&net, 60, IKE_AGGRESSIVE_NONE);
    signed_net_blank(&net, 0, "a1024");
    papers_add_address(&net.papers[0], NET_A + 1, "CA One");
    papers_trust(&net.papers[0], "CA One");
    signed_net_begin(&net, 0, 60);
    expect(1, IKE_REASON_IDENTITY, "203.0.113.2");
    expect_nothing_left();
    signed_net_done(&net);
}

/* No `user@` is stripped, and the kind has to be the same. */
Test(ike_rsa_refused, names_are_compared_whole)
{
    static const struct {
        const char *why;
        uint8_t type;
        const char *name;
        const char *expected;
    } rows[] = {
        {"user@ is not stripped",             SIGNED_USER, "me@a.example.test",
         "a.example.test"                                                                          },
        {"nor thought of",                    SIGNED_FQDN, "a.example.test",    "me@a.example.test"},
        {"an FQDN that looks like a subject", SIGNED_FQDN, "CN=a",              "CN=a"             },
        {"another name",                      SIGNED_DN,   "CN=b",              "CN=a"             },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        signed_net_init(&net, 61 + i, IKE_AGGRESSIVE_NONE);
        signed_net_blank(&net, 0, "a1024");
        papers_add(&net.papers[0], rows[i].type, rows[i].name, "CA One", 0);
        papers_trust(&net.papers[0], "CA One");
        signed_net_tunnel(&net, 1, "", rows[i].expected, 0);
        signed_net_begin(&net, 0, 60);
        cr_expect_not(signed_net_passes(&net), "%s", rows[i].why);
        cr_expect_eq(net.net.ends[1].sa_count, 0, "%s", rows[i].why);
        signed_net_done(&net);
    }
}

/* `tunnel peer-certificate`: with an address as destination, whom the
 * certificate is of. */
Test(ike_rsa_refused, who_is_pinned_to_an_address)
{
    static const struct {
        const char *why;
        uint8_t type;
        const char *name;
        const char *certified;
        bool passes;
    } rows[] = {
        {"the FQDN",              SIGNED_FQDN, "a.example.test", "a.example.test", true },
        {"another FQDN",          SIGNED_FQDN, "b.example.test", "a.example.test",
         false                                                                          },
        {"the user@FQDN",         SIGNED_USER, "me@a.test",      "me@a.test",      true },
        {"without user@",         SIGNED_USER, "me@a.test",      "a.test",         false},
        {"the subject",           SIGNED_DN,   "C=XT, CN=a",     "C=XT, CN=a",     true },
        {"another subject",       SIGNED_DN,   "C=XT, CN=b",     "C=XT, CN=a",     false},
        {"a name for an address", SIGNED_FQDN, "a.test",         "203.0.113.1",    false},
    };

    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        int judge = 1 - (int)(i % 2); /* as responder, as initiator */
        size_t row = i / 2;

        signed_net_init(&net, 80 + i, IKE_AGGRESSIVE_NONE);
        signed_net_blank(&net, 1 - judge, "a1024");
        papers_add(&net.papers[1 - judge], rows[row].type, rows[row].name,
            "CA One", 0);
        papers_trust(&net.papers[1 - judge], "CA One");
        signed_net_pin(&net, judge, rows[row].certified);
        signed_net_begin(&net, 0, 40);
        cr_expect_eq(
            signed_net_passes(&net), rows[row].passes, "%s", rows[row].why);
        if (!rows[row].passes) {
            cr_expect_eq(net.net.ends[judge].sa_count, 0);
            cr_expect_eq(first(judge)->reason, IKE_REASON_IDENTITY);
            cr_expect_str_eq(first(judge)->ours, rows[row].certified);
        }
        signed_net_done(&net);
    }
}

/* Two peers with one CA behind one address: each has its own tunnel only. */
Test(ike_rsa_refused, a_tunnel_of_another_name_behind_the_same_address)
{
    signed_net_init(&net, 70, IKE_AGGRESSIVE_NONE);
    signed_net_tunnel(&net, 1, "", "router.example.test", 0);
    signed_net_begin(&net, 0, 5);
    cr_assert(signed_net_passes(&net));
    ike_clear_peer(net.net.ends[0].ike, net.net.now_us, 7);
    net_run(&net.net, 5);
    signed_net_blank(&net, 0, "a1024");
    papers_add(&net.papers[0], SIGNED_FQDN, "thief.example.test", "CA One", 0);
    papers_trust(&net.papers[0], "CA One");
    signed_net_begin(&net, 0, 40);
    cr_expect_not(signed_net_passes(&net));
    cr_expect_eq(net.net.ends[1].sa_count, 0);
    signed_net_done(&net);
}

/* ---- silence ---- */

static bool
swallow(void *context, int from, uint8_t *bytes, size_t *length)
{
    (void)context;
    (void)from;
    (void)bytes;
    return *length < 600; /* the path drops what is longer */
}

Test(ike_rsa_refused, a_path_that_drops_the_long_message)
{
    signed_net_init(&net, 80, IKE_AGGRESSIVE_NONE);
    signed_net_blank(&net, 0, "a1024");
    papers_add(
        &net.papers[0], SIGNED_FQDN, "router.example.test", "CA One", 1800);
    papers_trust(&net.papers[0], "CA One");
    net.net.tamper = swallow;
    signed_net_begin(&net, 0, 60);
    expect(0, IKE_REASON_AUTHENTICATION, "does not arrive");
    cr_expect(first(0)->is_guess);
    signed_net_done(&net);
}
