/*
 * reach.c - nothing came back: is the peer there, and what gets through?
 *
 *    echo requests to its address, from the tunnel's source; ARP
 *    a first message from port 4500 to port 4500
 */
#include "diagnosis/state.h"

#include "base/ip.h"

#include <stdio.h>
#include <string.h>

enum {
    REQUESTS = 20,
    LOST_MANY = 2, /* and more of them is a fault by itself */
    SPACING_US = 100000,
    WAIT_US = 1500000,
};

static void
ask_outer(struct tunnel_test *test, test_step *next)
{
    const struct subject *subject = &test->subject;
    const struct volley_params params = {
        .vr = subject->transport_vr,
        .source = subject->local,
        .targets = {subject->remote},
        .target_count = 1,
        .each = REQUESTS,
        .size = 56,
        .spacing_us = SPACING_US,
        .wait_us = WAIT_US,
    };
    char text[IP_TEXT_SIZE];

    test_say(test, "Asking %s for echoes, outside the tunnel.",
        ip_format(subject->remote, text));
    test_wait_volley(test, &params, next);
}

static void
ask_nat_port(struct tunnel_test *test, test_step *next)
{
    struct ike_rule rules[IKE_RULES_MAX];
    struct ike_probe probe = {
        .rules = rules,
        .is_nat_t = true,
        .port = IKE_PORT_NAT,
        .peer_port = IKE_PORT_NAT,
    };

    probe.rule_count =
        ike_rules_of(negotiator_ike(test->diagnosis->parts.negotiator),
            test->subject.interface, rules);
    test_say(test, "Asking from UDP port 4500 to port 4500.");
    test_wait_probe(test, &probe, next);
}

/* Whatever it says, it came from the peer. */
static bool
has_answer(const struct tunnel_test *test)
{
    return test->probed.end == IKE_PROBE_AGREED ||
           test->probed.end == IKE_PROBE_REFUSED;
}

/* ---- the verdict on a first message without answer ---- */

static enum neighbour
neighbour_of(const struct tunnel_test *test)
{
    const struct diagnosis_parts *parts = &test->diagnosis->parts;

    if (parts->neighbour == NULL)
        return NEIGHBOUR_UNKNOWN;
    return parts->neighbour(
        parts->context, test->subject.local, test->subject.remote);
}

/* The host itself says that nobody listens there. */
static bool
is_port_closed(const struct tunnel_test *test)
{
    for (size_t i = 0; i < SEEN_MAX; i++) {
        const struct seen_error *seen = &test->diagnosis->errors[i];

        if (seen->interface == UINT32_MAX &&
            seen->source == test->subject.remote &&
            seen->type == ICMP_UNREACHABLE && seen->code == ICMP_CODE_PORT &&
            seen->when_us + (uint64_t)REMEMBER_S * S_US >
                test->diagnosis->now_us)
            return true;
    }
    return false;
}

static void
judge_filtered(struct tunnel_test *test, const char *remote)
{
    struct finding finding = finding_of(CAUSE_IKE_PORT_FILTERED);
    char local[IP_TEXT_SIZE];

    (void)ip_format(test->subject.local, local);
    finding_text(finding.sentence,
        "UDP port 500 does not pass between %s and %s: a filter between the "
        "ends drops it, there or back. IKE at the peer answers on port 4500%s.",
        local, remote,
        test->outer_answers ? ", and its address answers echo requests" : "");
    finding_text(finding.ours, "first messages from port 500 to port 500");
    finding_text(
        finding.theirs, "no answer from port 500; an answer from 4500");
    finding_text(finding.fix,
        "Network: let UDP port 500 pass in both directions between %s and %s.",
        local, remote);
    test_verdict(test, &finding);
}

static void
judge_absent(struct tunnel_test *test, const char *remote)
{
    struct finding finding = finding_of(CAUSE_IKE_ABSENT);
    bool is_closed = is_port_closed(test);

    finding_text(finding.sentence,
        "%s is reachable, but nothing answers there on UDP port 500 or "
        "4500%s.",
        remote,
        is_closed ? ": it says itself that the port is closed (ICMP port "
                    "unreachable)"
                  : "");
    finding_text(finding.theirs, "%s",
        test->outer_answers ? "echo replies" : "an answer to ARP");
    finding.is_sure = is_closed;
    if (is_closed) {
        finding_text(
            finding.fix, "Peer: start IKE, and let it listen to %s.", remote);
    }
    test_verdict(test, &finding);
}

static void
judge_unreachable(
    struct tunnel_test *test, const char *remote, enum neighbour neighbour)
{
    struct finding finding = finding_of(CAUSE_UNREACHABLE);
    bool is_here = test->volley.dropped > 0;

    finding_text(finding.sentence,
        "%s is not reachable at all, not only by IKE: no answer to echo "
        "requests, nor on UDP ports 500 and 4500%s.",
        remote,
        neighbour == NEIGHBOUR_SILENT ? ", and no answer to ARP on the link"
                                      : "");
    finding_text(finding.theirs, "nothing%s%s",
        is_here ? "; the host's own network says: " : "",
        is_here ? drop_reasons[test->volley.drop].sentence : "");
    finding_text(finding.fix,
        "Network: repair the line or the route to %s. Peer: see that it is "
        "switched on.",
        remote);
    test_verdict(test, &finding);
}

static void
judge_reach(struct tunnel_test *test)
{
    enum neighbour neighbour = neighbour_of(test);
    char remote[IP_TEXT_SIZE];

    (void)ip_format(test->subject.remote, remote);
    if (has_answer(test)) {
        judge_filtered(test, remote);
    } else if (test->outer_answers || neighbour == NEIGHBOUR_ANSWERS) {
        judge_absent(test, remote);
    } else {
        judge_unreachable(test, remote, neighbour);
    }
}

/* Where packets are lost by chance, silence proves nothing. */
static void
judge_lossy(struct tunnel_test *test, unsigned answers)
{
    struct finding finding = finding_of(CAUSE_PACKET_LOSS);
    char remote[IP_TEXT_SIZE];

    (void)ip_format(test->subject.remote, remote);
    finding_text(finding.sentence,
        "Packets are lost between the ends, about %u percent each way, on the "
        "way to %s; messages of IKE are lost as well.",
        loss_each_way(answers, REQUESTS), remote);
    finding_text(
        finding.theirs, "%u of %d echo requests answered", answers, REQUESTS);
    test_verdict(test, &finding);
}

/* True: it is over. */
static bool
take_outer(struct tunnel_test *test)
{
    unsigned answers = volley_answers(&test->volley);

    test->outer_answers = answers > 0;
    test_say(test, "%u of %d echo requests were answered.", answers, REQUESTS);
    if (answers == 0 || answers + LOST_MANY > REQUESTS)
        return false;
    judge_lossy(test, answers);
    return true;
}

static void
asked_outer(struct tunnel_test *test)
{
    if (!take_outer(test))
        ask_nat_port(test, judge_reach);
}

void
search_reach(struct tunnel_test *test)
{
    ask_outer(test, asked_outer);
}

/* ---- it stopped midway ---- */

static void
judge_nat_port(struct tunnel_test *test)
{
    const struct negotiator_failure entry = {test->failure, 1};
    struct finding finding = finding_from_failure(&entry, &test->subject);
    char local[IP_TEXT_SIZE];
    char remote[IP_TEXT_SIZE];

    (void)ip_format(test->subject.local, local);
    (void)ip_format(test->subject.remote, remote);
    if (!has_answer(test)) {
        finding = finding_of(CAUSE_IKE_PORT_FILTERED);
        finding_text(finding.sentence,
            "UDP port 4500 does not pass between %s and %s: the peer answers "
            "on port 500, and no more after both went to port 4500.",
            local, remote);
        finding_text(finding.theirs, "answers from port 500 only");
        finding_text(finding.fix,
            "Network: let UDP port 4500 pass in both directions between %s and "
            "%s.",
            local, remote);
    } else if (finding.cause == CAUSE_WRONG_KEY) {
        finding.is_sure = true;
        finding_text(finding.fix, "%s", cause_texts[CAUSE_WRONG_KEY].fix);
        finding_text(finding.sentence,
            "The preshared keys of the two ends differ: the peer does not "
            "answer our first encrypted message, though port 4500, by which it "
            "went, passes.");
    }
    test_verdict(test, &finding);
}

static void
asked_outer_midway(struct tunnel_test *test)
{
    if (!take_outer(test))
        ask_nat_port(test, judge_nat_port);
}

void
search_nat_port(struct tunnel_test *test)
{
    ask_outer(test, asked_outer_midway);
}
