/*
 * measure.c - somebody answers through the tunnel: how many requests, and how
 * large ones?
 *
 *    many are lost   --> as many outside the tunnel: where is it?
 *    large ones are  --> the largest that passes, by halves
 *    none            --> in order
 */
#include "diagnosis/path.h"

#include "base/ip.h"

enum {
    MANY = 40,
    MTU_USUAL = 1440,
    MTU_STEP = 8,
    LOSS_PERCENT = 8, /* and more is a fault */
    PERCENT = 100,
};

/* ---- in order ---- */

static void
judge_good(struct tunnel_test *test)
{
    struct tally tally = {test, 0};
    const struct finding_sink sink = {tally_find, &tally};
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
    path_ask(test, &params, asked_size);
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

static struct volley_params
many_to(uint32_t target)
{
    return (struct volley_params){
        .targets = {target},
        .target_count = 1,
        .each = MANY,
        .size = SMALL,
        .spacing_us = 40000,
        .wait_us = 1500000,
    };
}

static void
asked_many(struct tunnel_test *test)
{
    struct volley_params params = many_to(test->subject.remote);

    params.vr = test->subject.transport_vr;
    params.source = test->subject.local;
    path_say_answers(test);
    test->lost = MANY - volley_answers(&test->volley);
    if (test->lost * PERCENT < LOSS_PERCENT * MANY) {
        search_size(test);
        return;
    }
    test_say(test, "Sending as many to the peer itself, outside the tunnel.");
    test_wait_volley(test, &params, judge_loss);
}

void
path_measure(struct tunnel_test *test)
{
    struct volley_params params = many_to(test->answering);

    path_ask(test, &params, asked_many);
}
