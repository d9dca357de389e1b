/*
 * renew.c - nothing comes back through the tunnel: does the IKE SA still
 * stand?
 *
 *    it does       --> new SAs by it
 *    it does not   --> is there a peer at all?  Then all is negotiated anew
 *
 * If something comes back by the new SAs, the old ones were the fault.
 */
#include "diagnosis/path.h"

#include <stdio.h>

enum { SWAP_MS = 1600 }; /* until new SAs are in use at both ends */

/* ---- what was lost ---- */

static void
judge_lost(struct tunnel_test *test)
{
    struct finding finding = finding_of(CAUSE_PHASE2_LOST);
    char age[32];
    char asked[120] = "";

    finding_text(finding.ours, "SA 0x%x, in use until this test renewed it",
        (unsigned)test->spi_before);
    finding_text(finding.theirs,
        "nothing by the old SAs; an answer at once by the new ones");
    if (!test->is_sas_lost) {
        finding_text(finding.sentence,
            "The peer no longer had the phase 2 SA that this router still "
            "used; the IKE SA is alive at both ends. This test has negotiated "
            "phase 2 anew, and traffic passes again.");
        finding_text(finding.fix,
            "Here: renegotiate phase 2, as this test has done (`ipsec clear sa "
            "tunnel %s phase 2`); nothing to change.",
            test->subject.view.name);
        test_verdict(test, &finding);
        return;
    }
    if (test->has_dpd) {
        finding = finding_of(CAUSE_PEER_RESTARTED);
    } else {
        finding = finding_of(CAUSE_SAS_LOST);
        age_text(test->diagnosis, test->asked_us, age, sizeof age);
        if (test->asked_count > 0) {
            (void)snprintf(asked, sizeof asked,
                " Its own DPD asked this router %u times, the last time %s.",
                test->asked_count, age);
        }
        finding_text(finding.sentence,
            "The peer dropped its SAs, IKE SA and all, in an outage or at a "
            "restart, and this router did not notice, because DPD is off "
            "here.%s",
            asked);
        finding_text(finding.fix,
            "Here: `ipsec option dpd` in the transport virtual router; clear "
            "the SAs now (`ipsec clear sa tunnel %s phase 1`), as this test "
            "has done.",
            test->subject.view.name);
    }
    finding_text(finding.theirs,
        "no answer inside the IKE SA; an answer at once to a new negotiation");
    test_verdict(test, &finding);
}

static void
asked_renewed(struct tunnel_test *test)
{
    path_say_answers(test);
    test->answering = volley_best(&test->volley);
    if (test->answering != 0 && volley_is_lossy(&test->volley)) {
        path_measure(test); /* by chance, nothing may have come before, too */
    } else if (test->answering != 0 || test->is_sas_lost) {
        judge_lost(test);
    } else if (!path_judge_error(test)) {
        path_ask_everybody(test);
    }
}

static void
ask_renewed(struct tunnel_test *test)
{
    test_refresh(test);
    path_ask_known(test, asked_renewed);
}

static void
renewed(struct tunnel_test *test)
{
    const struct negotiator_failure entry = {test->failure, 1};
    struct finding finding;

    if (test->has_failed) {
        finding = finding_from_failure(&entry, &test->subject);
        test_verdict(test, &finding);
        return;
    }
    test_say(test, "New SAs stand.");
    test_wait_time(test, SWAP_MS, ask_renewed);
}

/* ---- does the IKE SA still stand? ---- */

static void
asked_fresh(struct tunnel_test *test)
{
    struct ike_peer_state peer = {0};

    if (test->probed.end != IKE_PROBE_AGREED &&
        test->probed.end != IKE_PROBE_REFUSED) {
        search_reach(test);
        return;
    }
    test_say(test, "The peer answers a new negotiation: its SAs are gone. "
                   "Negotiating anew.");
    (void)ike_peer_state(negotiator_ike(test->diagnosis->parts.negotiator),
        test->subject.interface, &peer);
    test->asked_us = peer.asked_us;
    test->asked_count = peer.asked_count;
    test->is_sas_lost = true;
    test->spi_before = test->subject.state.inbound_spi[0];
    (void)negotiator_clear(
        test->diagnosis->parts.negotiator, test->subject.interface, true);
    test_refresh(test);
    test_negotiate(test, renewed);
}

static void
ask_fresh(struct tunnel_test *test)
{
    struct ike_rule rules[IKE_RULES_MAX];
    struct ike_probe probe = {.rules = rules, .is_nat_t = true};

    probe.rule_count =
        ike_rules_of(negotiator_ike(test->diagnosis->parts.negotiator),
            test->subject.interface, rules);
    test_say(test, "No answer inside the IKE SA: asking from outside.");
    test_wait_probe(test, &probe, asked_fresh);
}

static void
asked_alive(struct tunnel_test *test)
{
    if (test->probed.end == IKE_PROBE_SILENT ||
        test->probed.end == IKE_PROBE_IMPOSSIBLE) {
        ask_fresh(test);
        return;
    }
    test_say(test, "The IKE SA is alive: making new SAs.");
    test_rekey(test, renewed);
}

void
path_renew(struct tunnel_test *test)
{
    struct ike_probe probe = {.is_phase2 = true};

    test_say(test, "Nothing comes back. Is the IKE SA alive?");
    test_refresh(test);
    if (!test->subject.has_ike || !test->subject.state.has_ike_sa) {
        ask_fresh(test);
        return;
    }
    probe.tunnel = test->subject.ike;
    test_wait_probe(test, &probe, asked_alive);
}
