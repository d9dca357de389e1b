/*
 * path.c - the tunnel is up: what gets through it?
 *
 *    who answers behind the peer?
 *      the host that was asked for  --> how many, how large?
 *      another one only             --> no way back from that host
 *      an ICMP error                --> who says so, and why
 *      nobody                       --> does the IKE SA still stand?  SAs made
 *                                       anew; then everybody is asked
 *
 * Requests go out under an address of this end's network, and their answers
 * are taken as they come out of the tunnel.
 */
#include "diagnosis/state.h"

#include "base/ip.h"

#include <stdio.h>
#include <string.h>

enum {
    FIRST_EACH = 6,
    MANY = 40,
    SMALL = 56,   /* bytes of payload */
    HEADERS = 28, /* IP and ICMP    */
    MTU_USUAL = 1440,
    MTU_STEP = 8,
    LOSS_PERCENT = 8, /* and more is a fault */
    PERCENT = 100,
    WIDE = 0xffffff, /* a network with more addresses is not searched */
    YOUNG_S = 15,    /* SAs that the peer may not have yet            */
    YOUNG_WAIT_MS = 6000,
    SWAP_MS = 1600, /* until new SAs are in use at both ends         */
};

/* ---- whom to ask, as whom ---- */

static bool
holds(const struct ike_selector *selector, uint32_t address)
{
    return address >= selector->first && address <= selector->last;
}

static void
add_target(struct volley_params *params, const struct ike_selector *network,
    uint32_t address)
{
    if (address == 0 || !holds(network, address) ||
        params->target_count == TARGETS_MAX)
        return;
    for (size_t i = 0; i < params->target_count; i++) {
        if (params->targets[i] == address)
            return;
    }
    params->targets[params->target_count++] = address;
}

/* The first and last host of a network; of few addresses, all. */
static void
add_ends(struct volley_params *params, const struct ike_selector *network)
{
    uint32_t span = network->last - network->first;

    if (span > WIDE)
        return;
    add_target(params, network, network->first + (span > 1 ? 1 : 0));
    add_target(params, network, network->last - (span > 1 ? 1 : 0));
}

static uint32_t
source_of(const struct subject *subject)
{
    uint32_t span = subject->here.last - subject->here.first;

    if (holds(&subject->here, subject->counters.last_source) &&
        subject->counters.last_source != 0)
        return subject->counters.last_source;
    if (span > WIDE) {
        return subject->view.has_ip_address ? subject->view.ip_address
                                            : subject->local;
    }
    return subject->here.last - (span > 1 ? 1 : 0);
}

static void
ask(struct tunnel_test *test, struct volley_params *params, test_step *next)
{
    char from[IP_TEXT_SIZE];

    params->vr = test->subject.vr;
    params->source = source_of(&test->subject);
    params->is_foreign = true;
    test_say(test,
        "Sending %zu echo requests of %u octets through the tunnel, from %s.",
        params->each * params->target_count, params->size + HEADERS,
        ip_format(params->source, from));
    test_wait_volley(test, params, next);
}

static void
say_answers(struct tunnel_test *test)
{
    const struct volley *volley = &test->volley;
    char text[IP_TEXT_SIZE];

    for (size_t i = 0; i < volley->params.target_count && i < 4; i++) {
        test_say(test, "%s: %u of %u answered.",
            ip_format(volley->params.targets[i], text), volley->answers[i],
            volley->params.each);
    }
    if (volley->dropped > 0) {
        test_say(test, "%u were dropped here: %s", volley->dropped,
            drop_reasons[volley->drop].sentence);
    }
}

/* ---- in order ---- */

struct tally {
    struct tunnel_test *test;
    unsigned count;
};

static void
take_finding(void *context, const struct finding *finding)
{
    struct tally *tally = context;

    if (finding->cause == CAUSE_NOTHING_BACK || !finding->is_fault)
        return;
    tally->count++;
    test_find(tally->test, finding);
}

static void
judge_good(struct tunnel_test *test)
{
    struct tally tally = {test, 0};
    const struct finding_sink sink = {take_finding, &tally};
    struct finding finding = finding_of(CAUSE_IN_ORDER);
    char text[IP_TEXT_SIZE];

    diagnosis_look(test->diagnosis, test->running, test->params.tunnel, &sink);
    if (tally.count == 0) {
        finding.is_fault = false;
        finding_text(finding.sentence,
            "The tunnel is in order: %s answers through it, small packets and "
            "large ones (%u octets).",
            ip_format(test->answering, text), test->size_good);
        finding_text(finding.fix,
            "Nothing here; where traffic is missed, the trouble is behind one "
            "of the ends.");
        test_find(test, &finding);
    }
    test_end(test);
}

/* ---- how large? ---- */

static test_step asked_size;

static void
ask_size(struct tunnel_test *test, uint16_t inner)
{
    struct volley_params params = {
        .targets = {test->answering},
        .target_count = 1,
        .each = 3,
        .size = (uint16_t)(inner - HEADERS),
        .spacing_us = 30000,
        .wait_us = 800000,
    };

    test->size_asked = inner;
    ask(test, &params, asked_size);
}

/* The outer packet of an inner one. */
static uint32_t
outer_of(const struct tunnel_test *test, uint32_t inner)
{
    const struct sa *sas[IPSEC_SAS_MAX];
    size_t count =
        ipsec_sas(test->diagnosis->parts.ipsec, test->subject.tunnel, sas);

    while (count-- > 0) {
        if (sa_direction(sas[count]) == SA_OUTBOUND)
            return inner + sa_overhead(sas[count], inner);
    }
    return inner;
}

static void
judge_size(struct tunnel_test *test)
{
    struct finding finding = finding_of(CAUSE_PATH_MTU);
    const struct subject *subject = &test->subject;
    unsigned mtu = subject->view.has_mtu ? subject->view.mtu : MTU_USUAL;

    finding_text(finding.sentence,
        "Path MTU black hole: inner packets up to %u octets pass, larger ones "
        "vanish without an ICMP message; outer packets above about %u octets "
        "do not get through between the ends.",
        test->size_good, outer_of(test, test->size_good));
    finding_text(finding.ours, "tunnel mtu %u, outer packets up to %u", mtu,
        outer_of(test, mtu));
    finding_text(finding.theirs, "answers up to %u octets", test->size_good);
    finding_text(finding.fix,
        "Here: `tunnel mtu %u`. Network: or let ICMP fragmentation-needed "
        "messages pass.",
        test->size_good);
    test_verdict(test, &finding);
}

static void
asked_size(struct tunnel_test *test)
{
    bool is_good = volley_answers(&test->volley) > 0;

    test_say(test, "%u octets %s.", test->size_asked,
        is_good ? "pass" : "do not pass");
    if (is_good) {
        test->size_good = test->size_asked;
    } else {
        test->size_bad = test->size_asked;
    }
    if (test->size_bad == 0) {
        judge_good(test);
    } else if (test->size_bad - test->size_good <= MTU_STEP) {
        judge_size(test);
    } else {
        ask_size(test, (uint16_t)(test->size_good +
                                  (test->size_bad - test->size_good) / 2));
    }
}

/* What the tunnel takes without cutting it. */
static void
search_size(struct tunnel_test *test)
{
    const struct subject *subject = &test->subject;
    uint32_t mtu = subject->view.has_mtu ? subject->view.mtu : MTU_USUAL;
    uint32_t path = subject->counters.path_mtu;

    if (path != 0 && outer_of(test, mtu) > path)
        mtu = path - (outer_of(test, path) - path) - MTU_STEP;
    test->size_good = SMALL + HEADERS;
    ask_size(test, (uint16_t)mtu);
}

/* ---- how many? ---- */

static void
judge_loss(struct tunnel_test *test)
{
    struct finding finding = finding_of(CAUSE_PACKET_LOSS);
    unsigned outer = volley_answers(&test->volley);
    unsigned inner = MANY - test->lost;
    char remote[IP_TEXT_SIZE];

    (void)ip_format(test->subject.remote, remote);
    finding_text(finding.theirs,
        "%u of %u echo requests answered through the tunnel, %u of %u outside "
        "of it",
        inner, MANY, outer, MANY);
    if ((MANY - outer) * PERCENT >= LOSS_PERCENT * MANY) {
        finding_text(finding.sentence,
            "Packets are lost between the ends, about %u percent each way: "
            "outside the tunnel as well, on the way to %s.",
            loss_each_way(outer + inner, 2 * MANY), remote);
        finding_text(finding.fix, "Network: repair the line between the ends.");
    } else {
        finding_text(finding.sentence,
            "Packets are lost inside the tunnel, about %u percent each way, "
            "and none outside of it on the way to %s.",
            loss_each_way(inner, MANY), remote);
        finding_text(finding.fix,
            "Peer: look at the line between its gateway and the hosts, and at "
            "the gateway's load. Network: or at what treats ESP differently.");
        finding.is_sure = false;
    }
    test_verdict(test, &finding);
}

static void
asked_many(struct tunnel_test *test)
{
    struct volley_params params = {
        .vr = test->subject.transport_vr,
        .source = test->subject.local,
        .targets = {test->subject.remote},
        .target_count = 1,
        .each = MANY,
        .size = SMALL,
        .spacing_us = 40000,
        .wait_us = 1500000,
    };

    say_answers(test);
    test->lost = MANY - volley_answers(&test->volley);
    if (test->lost * PERCENT < LOSS_PERCENT * MANY) {
        search_size(test);
        return;
    }
    test_say(test, "Sending as many to the peer itself, outside the tunnel.");
    test_wait_volley(test, &params, judge_loss);
}

static void
search_loss(struct tunnel_test *test)
{
    struct volley_params params = {
        .targets = {test->answering},
        .target_count = 1,
        .each = MANY,
        .size = SMALL,
        .spacing_us = 40000,
        .wait_us = 1500000,
    };

    ask(test, &params, asked_many);
}

/* ---- one answers, another does not ---- */

static void
judge_no_way_back(struct tunnel_test *test)
{
    struct finding finding = finding_of(CAUSE_NO_WAY_BACK);
    char wanted[IP_TEXT_SIZE];
    char answering[IP_TEXT_SIZE];
    char here[48];

    (void)ip_format(test->wanted, wanted);
    (void)ip_format(test->answering, answering);
    ike_selector_text(&test->subject.here, here, sizeof here);
    finding_text(
        finding.theirs, "answers from %s, none from %s", answering, wanted);
    finding.is_sure = false; /* a host may also be silent by its own will */
    finding_text(finding.sentence,
        "The traffic reaches the peer's network, for %s there answers through "
        "the tunnel, but nothing comes back from %s, nor does anybody say that "
        "it is unreachable: the route to %s is missing behind the peer, or a "
        "filter there drops the traffic without a word.",
        answering, wanted, here);
    finding_text(finding.fix,
        "Peer: on %s, or on its router, add the route to %s (or the default "
        "route) towards the peer gateway; else allow %s in the filters there. "
        "The tunnel is in order.",
        wanted, here, here);
    test_verdict(test, &finding);
}

/* ---- nobody answers ---- */

static void
judge_esp(struct tunnel_test *test)
{
    struct finding finding = finding_of(CAUSE_ESP_FILTERED);
    struct finding other = finding_of(CAUSE_NO_WAY_BACK);
    char here[48];
    char there[48];

    ike_selector_text(&test->subject.here, here, sizeof here);
    ike_selector_text(&test->subject.there, there, sizeof there);
    finding.is_sure = false;
    finding_text(finding.sentence,
        "ESP is lost between the ends while IKE passes: the peer has just "
        "made new SAs by IKE, and not one ESP packet came in, whatever address "
        "of %s was asked, the peer's own among them.",
        there);
    finding_text(finding.theirs, "IKE answers; no ESP at all");
    finding_text(finding.fix,
        "Network: let ESP pass in both directions: IP protocol 50, and UDP "
        "port 4500 with all that it carries.");
    test_find(test, &finding);
    other.is_sure = false;
    finding_text(other.sentence,
        "Nobody in %s answers, and the peer's filter drops what comes out of "
        "the tunnel without a word.",
        there);
    finding_text(other.fix,
        "Peer: see by its counters whether ESP comes in; then its filter, and "
        "the routes to %s.",
        here);
    test_verdict(test, &other);
}

static void
judge_manual(struct tunnel_test *test)
{
    struct tally tally = {test, 0};
    const struct finding_sink sink = {take_finding, &tally};
    struct finding finding = finding_of(CAUSE_UNKNOWN);

    test_refresh(test);
    (void)look_at_carrying(test->diagnosis, &test->subject, &sink);
    if (tally.count == 0) {
        finding.is_sure = false;
        finding_text(finding.sentence,
            "Packets go out and nothing at all comes in: the peer drops them "
            "(its inbound SPI or keys are not our outbound ones), or ESP does "
            "not pass between the ends.");
        finding_text(finding.fix,
            "Peer: compare its inbound SPI, transform and keys with our "
            "outbound ones; its counters tell which. Network: let ESP pass.");
        test_find(test, &finding);
    }
    test_end(test);
}

static uint32_t
best_answer(const struct volley *volley)
{
    size_t best = 0;

    for (size_t i = 1; i < volley->params.target_count; i++) {
        if (volley->answers[i] > volley->answers[best])
            best = i;
    }
    return volley->answers[best] > 0 ? volley->params.targets[best] : 0;
}

static void
asked_everybody(struct tunnel_test *test)
{
    test->answering = best_answer(&test->volley);
    if (find_error_behind(test->diagnosis, &test->subject,
            test->carrying_since_us, &test->found)) {
        test_verdict(test, &test->found);
    } else if (test->answering != 0) {
        judge_no_way_back(test);
    } else if (!test->subject.is_signaled) {
        judge_manual(test);
    } else {
        search_nat(test, judge_esp);
    }
}

static void
ask_everybody(struct tunnel_test *test)
{
    const struct ike_selector *there = &test->subject.there;
    struct volley_params params = {
        .each = 1,
        .size = SMALL,
        .spacing_us = 8000,
        .wait_us = 3500000, /* ARP gives up after three seconds */
    };
    uint32_t address = there->first;

    add_target(&params, there, test->wanted);
    add_ends(&params, there);
    while (there->last - there->first <= WIDE && address < there->last &&
           params.target_count < TARGETS_MAX)
        add_target(&params, there, ++address);
    test_say(test, "Nobody answered: asking everybody there.");
    ask(test, &params, asked_everybody);
}

/* ---- does the IKE SA still stand? ---- */

static void
judge_lost(struct tunnel_test *test)
{
    struct finding finding = finding_of(CAUSE_PHASE2_LOST);
    struct ike_peer_state peer = {0};
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
    (void)ike_peer_state(negotiator_ike(test->diagnosis->parts.negotiator),
        test->subject.interface, &peer);
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

/* Does the one that answers best miss more than one request? */
static bool
is_lossy(const struct volley *volley)
{
    uint32_t most = 0;

    for (size_t i = 0; i < volley->params.target_count; i++) {
        if (volley->answers[i] > most)
            most = volley->answers[i];
    }
    return most + 1 < volley->params.each;
}

static void
asked_renewed(struct tunnel_test *test)
{
    say_answers(test);
    test->answering = best_answer(&test->volley);
    if (test->answering != 0 && is_lossy(&test->volley)) {
        search_loss(test); /* by chance, nothing may have come before, too */
    } else if (test->answering != 0 || test->is_sas_lost) {
        judge_lost(test);
    } else if (find_error_behind(test->diagnosis, &test->subject,
                   test->carrying_since_us, &test->found)) {
        test_verdict(test, &test->found);
    } else {
        ask_everybody(test);
    }
}

static void
ask_first(struct tunnel_test *test, test_step *next)
{
    struct volley_params params = {
        .each = FIRST_EACH,
        .size = SMALL,
        .spacing_us = 30000,
        .wait_us = 1500000,
    };

    add_target(&params, &test->subject.there, test->wanted);
    add_ends(&params, &test->subject.there);
    if (params.target_count == 0) {
        struct finding finding = finding_of(CAUSE_UNKNOWN);

        finding.is_sure = false;
        finding_text(finding.sentence,
            "The tunnel is up, but this router knows no host behind the peer "
            "that it could ask.");
        finding_text(finding.fix,
            "Here: `test ipsec tunnel %s destination` with the address of one.",
            test->subject.view.name);
        test_verdict(test, &finding);
        return;
    }
    ask(test, &params, next);
}

static void
ask_renewed(struct tunnel_test *test)
{
    test_refresh(test);
    ask_first(test, asked_renewed);
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

static void
search_alive(struct tunnel_test *test)
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

/* ---- the first look ---- */

static bool
speaks_dpd(const struct tunnel_test *test)
{
    struct cfg_virtual_router view;

    return test_transport_vr(test, &view) && view.option_dpd;
}

/* ARP behind the peer gives up after three seconds, and only then says so. */
static void
waited_for_error(struct tunnel_test *test)
{
    if (find_error_behind(test->diagnosis, &test->subject,
            test->carrying_since_us, &test->found)) {
        test_verdict(test, &test->found);
    } else {
        judge_no_way_back(test);
    }
}

static void
judge_wanted(struct tunnel_test *test)
{
    test_wait_time(test, 3000, waited_for_error);
}

/* Our last message may have been lost: then the peer has the SAs only after it
 * was sent again. */
static bool
is_young(const struct tunnel_test *test)
{
    return !test->has_waited && test->subject.state.is_up &&
           test->now_us <
               test->subject.state.created_us + (uint64_t)YOUNG_S * S_US;
}

static void
asked_first(struct tunnel_test *test)
{
    bool wanted_answers = test->wanted == 0 || test->volley.answers[0] > 0;

    say_answers(test);
    test->answering = best_answer(&test->volley);
    if (test->wanted != 0 && wanted_answers)
        test->answering = test->wanted;
    test_refresh(test);
    if (!wanted_answers || test->answering == 0) {
        if (find_error_behind(test->diagnosis, &test->subject,
                test->carrying_since_us, &test->found)) {
            test_verdict(test, &test->found);
            return;
        }
    }
    if (test->answering == 0) {
        if (test->subject.is_signaled && is_young(test)) {
            test->has_waited = true;
            test_say(test, "The SAs are new: giving the peer a moment.");
            test_wait_time(test, YOUNG_WAIT_MS, search_path);
        } else if (test->subject.is_signaled) {
            search_alive(test);
        } else {
            ask_everybody(test);
        }
    } else if (!wanted_answers) {
        judge_wanted(test);
    } else {
        search_loss(test);
    }
}

void
search_path(struct tunnel_test *test)
{
    const struct subject *subject = &test->subject;

    test_refresh(test);
    test->carrying_since_us = test->now_us;
    test->has_dpd = speaks_dpd(test);
    if (find_overlap(test->diagnosis, subject, &test->found)) {
        test_verdict(test, &test->found);
        return;
    }
    test->wanted = test->params.has_target ? test->params.target
                                           : subject->counters.last_destination;
    if (!holds(&subject->there, test->wanted))
        test->wanted = 0;
    ask_first(test, asked_first);
}
