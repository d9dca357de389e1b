/*
 * path.c - the tunnel is up: what gets through it?
 *
 *    who answers behind the peer?
 *      the host that was asked for  --> how many, how large?  measure.c
 *      another one only             --> no way back from that host
 *      an ICMP error                --> who says so, and why
 *      nobody                       --> SAs made anew (renew.c); then
 *                                       everybody is asked
 *
 * Requests go out under an address of this end's network, and their answers
 * are taken as they come out of the tunnel.
 */
#include "diagnosis/path.h"

#include "base/ip.h"

enum {
    FIRST_EACH = 6,
    WIDE = 0xffffff, /* a network with more addresses is not searched */
    YOUNG_S = 15,    /* SAs that the peer may not have yet            */
    YOUNG_WAIT_MS = 6000,
    ARP_WAIT_MS = 3000, /* then it gives up, behind the peer */
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

void
path_ask(
    struct tunnel_test *test, struct volley_params *params, test_step *next)
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

void
path_say_answers(struct tunnel_test *test)
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

void
path_ask_known(struct tunnel_test *test, test_step *next)
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
    path_ask(test, &params, next);
}

/* ---- the verdicts ---- */

void
tally_find(void *context, const struct finding *finding)
{
    struct tally *tally = context;

    if (finding->cause == CAUSE_NOTHING_BACK || !finding->is_fault)
        return;
    tally->count++;
    test_find(tally->test, finding);
}

bool
path_judge_error(struct tunnel_test *test)
{
    if (!find_error_behind(test->diagnosis, &test->subject,
            test->carrying_since_us, &test->found))
        return false;
    test_verdict(test, &test->found);
    return true;
}

/* One answers, another does not. */
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

/* Nobody answers, though the IKE SA is alive. */
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
    const struct finding_sink sink = {tally_find, &tally};
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

/* ---- everybody ---- */

static void
asked_everybody(struct tunnel_test *test)
{
    test->answering = volley_best(&test->volley);
    if (path_judge_error(test))
        return;
    if (test->answering != 0) {
        judge_no_way_back(test);
    } else if (!test->subject.is_signaled) {
        judge_manual(test);
    } else {
        search_nat(test, judge_esp);
    }
}

void
path_ask_everybody(struct tunnel_test *test)
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
    path_ask(test, &params, asked_everybody);
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
    if (!path_judge_error(test))
        judge_no_way_back(test);
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
nobody_answered(struct tunnel_test *test)
{
    if (!test->subject.is_signaled) {
        path_ask_everybody(test);
    } else if (is_young(test)) {
        test->has_waited = true;
        test_say(test, "The SAs are new: giving the peer a moment.");
        test_wait_time(test, YOUNG_WAIT_MS, search_path);
    } else {
        path_renew(test);
    }
}

static void
asked_first(struct tunnel_test *test)
{
    bool wanted_answers = test->wanted == 0 || test->volley.answers[0] > 0;

    path_say_answers(test);
    test->answering = volley_best(&test->volley);
    if (test->wanted != 0 && wanted_answers)
        test->answering = test->wanted;
    test_refresh(test);
    if ((!wanted_answers || test->answering == 0) && path_judge_error(test))
        return;
    if (test->answering == 0) {
        nobody_answered(test);
    } else if (!wanted_answers) {
        test_wait_time(test, ARP_WAIT_MS, waited_for_error);
    } else {
        path_measure(test);
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
    path_ask_known(test, asked_first);
}
