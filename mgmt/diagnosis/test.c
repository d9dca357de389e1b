/*
 * test.c - the course of a test.
 *
 *    negotiate, unless it is up --> up       search_path
 *                               --> failed   by its reason: ask again with
 *                                            something changed
 *
 * A step starts something, says what it waits for and which step comes next,
 * and returns.  Every wait has an end, and so has the whole.
 */
#include "diagnosis/state.h"

#include "base/arena.h"
#include "base/ip.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_AGAIN_US = 100000,
    TEXT_MAX = 512,
    NEGOTIATION_S = 45,
    PROBE_S = 10,
    WHOLE_S = 170,
    SETTLE_MS = 500, /* until the dataplane and the peer have new SAs */
};

/* ---- telling ---- */

/* Messages come between two steps. */
static uint64_t
now_of(const struct tunnel_test *test)
{
    uint64_t now_us = negotiator_now(test->diagnosis->parts.negotiator);

    return now_us > test->now_us ? now_us : test->now_us;
}

void
test_say(struct tunnel_test *test, const char *fmt, ...)
{
    char text[TEXT_MAX];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    test->params.say(test->params.context, now_of(test), text);
}

/* What a test found out of a tunnel that is down says more than the failure
 * that it began from. */
static void
keep_verdict(struct tunnel_test *test, const struct finding *finding)
{
    struct carried *carried;

    if (test->has_verdict || !test->has_failed || !test->subject.is_present)
        return;
    carried = carried_of(test->diagnosis, test->subject.interface);
    if (carried->tested == NULL)
        carried->tested = mem_alloc(sizeof *carried->tested);
    *carried->tested = *finding;
    carried->tested->when_us = test->now_us;
    (void)snprintf(carried->tested->stage, sizeof carried->tested->stage,
        "found by a test");
}

void
test_find(struct tunnel_test *test, const struct finding *finding)
{
    keep_verdict(test, finding);
    test->has_verdict = true;
    test->params.find(test->params.context, now_of(test), finding);
}

void
test_end(struct tunnel_test *test)
{
    test->is_over = true;
    test->waiting = WAIT_NOTHING;
}

void
test_verdict(struct tunnel_test *test, const struct finding *finding)
{
    test_find(test, finding);
    test_end(test);
}

/* ---- waiting ---- */

static void
wait_for(struct tunnel_test *test, enum waiting what, uint64_t span_us,
    test_step *next)
{
    test->waiting = what;
    test->due_us = test->now_us + span_us;
    test->has_come = false;
    test->next = next;
}

void
test_wait_time(struct tunnel_test *test, uint32_t milliseconds, test_step *next)
{
    wait_for(test, WAIT_TIME, milliseconds * (uint64_t)MS_US, next);
}

void
test_wait_probe(
    struct tunnel_test *test, struct ike_probe *probe, test_step *next)
{
    test->probe_id = ++test->diagnosis->last_probe;
    probe->id = test->probe_id;
    probe->number = test->subject.interface;
    test->probed = (struct ike_probed){.end = IKE_PROBE_SILENT};
    wait_for(test, WAIT_PROBE, PROBE_S * (uint64_t)S_US, next);
    negotiator_probe(test->diagnosis->parts.negotiator, test->now_us, probe);
}

void
test_wait_volley(struct tunnel_test *test, const struct volley_params *params,
    test_step *next)
{
    struct volley *volley = &test->volley;

    volley->dp = test->diagnosis->parts.dp;
    volley->id = test->params.ping_id;
    volley->params = *params;
    volley_begin(volley, test->sequence, test->now_us);
    test->sequence += params->each * (uint32_t)params->target_count;
    wait_for(test, WAIT_VOLLEY, WHOLE_S * (uint64_t)S_US, next);
}

void
test_refresh(struct tunnel_test *test)
{
    subject_read(
        test->diagnosis, test->running, test->params.tunnel, &test->subject);
}

void
test_negotiate(struct tunnel_test *test, test_step *next)
{
    test->has_failed = false;
    wait_for(test, WAIT_NEGOTIATION, NEGOTIATION_S * (uint64_t)S_US, next);
    (void)negotiator_try(test->diagnosis->parts.negotiator, test->now_us,
        test->subject.interface);
}

void
test_rekey(struct tunnel_test *test, test_step *next)
{
    test->has_failed = false;
    test->spi_before = test->subject.state.inbound_spi[0];
    wait_for(test, WAIT_REKEY, NEGOTIATION_S * (uint64_t)S_US, next);
    negotiator_rekey(test->diagnosis->parts.negotiator, test->now_us,
        test->subject.interface);
}

static bool
has_come(struct tunnel_test *test, uint64_t *out_due)
{
    const struct subject *subject = &test->subject;

    *out_due = test->now_us + LOOK_AGAIN_US;
    switch (test->waiting) {
    case WAIT_NEGOTIATION:
        test_refresh(test);
        return subject->state.is_up || test->has_failed;
    case WAIT_REKEY:
        test_refresh(test);
        return test->has_failed ||
               (subject->state.is_up &&
                   subject->state.inbound_spi[0] != test->spi_before);
    case WAIT_PROBE:
        return test->has_come;
    case WAIT_VOLLEY:
        return volley_tick(&test->volley, test->now_us, out_due);
    case WAIT_TIME:
    case WAIT_NOTHING:
        break;
    }
    return test->waiting == WAIT_NOTHING;
}

/* ---- the first steps ---- */

static void
verdict_of_failure(struct tunnel_test *test)
{
    const struct negotiator_failure *kept = negotiator_failure_of(
        test->diagnosis->parts.negotiator, test->subject.interface);
    const struct negotiator_failure entry = {test->failure, 1};
    struct finding finding = finding_from_failure(
        kept != NULL && kept->failure.reason == test->failure.reason ? kept
                                                                     : &entry,
        &test->subject);

    test->has_failed = false; /* it says itself what there is to say */
    test_verdict(test, &finding);
}

/* Where a failure leaves open what it was, or could say more. */
static test_step *
search_for(enum ike_reason reason, const struct ike_failure *failure)
{
    switch ((int)reason) {
    case IKE_REASON_PROPOSAL_REFUSED:
    case IKE_REASON_PROPOSAL_ENCRYPTION:
    case IKE_REASON_PROPOSAL_HASH:
    case IKE_REASON_PROPOSAL_METHOD:
    case IKE_REASON_PROPOSAL_GROUP:
        return search_phase1;
    case IKE_REASON_PEER_NO_KEY:
        return search_method;
    case IKE_REASON_AUTHENTICATION:
        return search_identity;
    case IKE_REASON_NO_ANSWER:
        return search_reach;
    case IKE_REASON_SILENCE:
        return failure->stage == IKE_STAGE_PHASE2 ? search_phase2
                                                  : search_nat_port;
    case IKE_REASON_WRONG_KEY:
        return failure->remote_port == IKE_PORT_NAT &&
                       strstr(failure->theirs, "no answer") != NULL
                   ? search_nat_port
                   : NULL;
    case IKE_REASON_TRANSFORM:
    case IKE_REASON_PFS:
    case IKE_REASON_ENCAPSULATION:
    case IKE_REASON_SELECTOR:
    case IKE_REASON_REFUSED:
        return search_phase2;
    default:
        return NULL;
    }
}

static void
negotiated(struct tunnel_test *test)
{
    struct finding finding = finding_of(CAUSE_UNKNOWN);
    test_step *search;

    if (test->subject.state.is_up) {
        test_say(test, "The tunnel is up.");
        test_wait_time(test, SETTLE_MS, search_path);
    } else if (!test->has_failed) {
        finding.is_sure = false;
        finding_text(finding.sentence,
            "The negotiation came to no end within %d s.", NEGOTIATION_S);
        test_verdict(test, &finding);
    } else {
        test_say(test, "It failed: %s", test->failure.mismatch);
        search = search_for(test->failure.reason, &test->failure);
        if (search != NULL) {
            search(test);
        } else {
            verdict_of_failure(test);
        }
    }
}

static void
take_first(void *context, const struct finding *finding)
{
    struct tunnel_test *test = context;

    if (!test->has_verdict)
        test_find(test, finding);
}

static void
begin(struct tunnel_test *test)
{
    const struct subject *subject = &test->subject;
    const struct finding_sink sink = {take_first, test};
    char local[IP_TEXT_SIZE];
    char remote[IP_TEXT_SIZE];

    test_say(test, "Tunnel %s, from %s to %s.", subject->view.name,
        ip_format(subject->local, local), ip_format(subject->remote, remote));
    if (subject->view.shutdown || subject->view.ip_shutdown ||
        !subject->is_present || (subject->is_signaled && !subject->has_ike)) {
        diagnosis_look(
            test->diagnosis, test->running, test->params.tunnel, &sink);
        test_end(test);
        return;
    }
    if (!subject->is_signaled || subject->state.is_up) {
        test_say(test, "It is up: looking at what it carries.");
        search_path(test);
        return;
    }
    test_say(test, "It is down: negotiating.");
    test_negotiate(test, negotiated);
}

/* ---- life ---- */

struct tunnel_test *
test_new(struct diagnosis *diagnosis, uint64_t now_us,
    const struct test_params *params)
{
    struct tunnel_test *test;

    if (diagnosis->test != NULL)
        return NULL;
    test = mem_alloc(sizeof *test);
    test->diagnosis = diagnosis;
    test->params = *params;
    test->running = config_ref(params->running);
    test->kept = object_ref(params->tunnel);
    test->params.tunnel = test->kept;
    test->now_us = now_us;
    test->began_us = now_us;
    test->sequence = 1;
    diagnosis->test = test;
    diagnosis->now_us = now_us;
    test_refresh(test);
    negotiator_narrate(diagnosis->parts.negotiator, true);
    wait_for(test, WAIT_TIME, 0, begin);
    return test;
}

void
test_free(struct tunnel_test *test)
{
    if (test == NULL)
        return;
    negotiator_narrate(test->diagnosis->parts.negotiator, false);
    test->diagnosis->test = NULL;
    config_unref(test->running);
    object_unref(test->kept);
    free(test->rules);
    free(test);
}

static void
run_out(struct tunnel_test *test)
{
    struct finding finding = finding_of(CAUSE_UNKNOWN);

    finding.is_sure = false;
    finding_text(finding.sentence,
        "The test took longer than %d s and was ended.", WHOLE_S);
    if (!test->has_verdict)
        test_find(test, &finding);
    test_end(test);
}

/* A commit took the tunnel away: its handle may be another one's by now. */
static bool
is_gone(struct tunnel_test *test)
{
    struct finding finding = finding_of(CAUSE_NOT_CONFIGURED);
    uint32_t interface = 0;

    if (!test->subject.is_present ||
        (ipsec_interface(
             test->diagnosis->parts.ipsec, test->kept, &interface) == OK &&
            interface == test->subject.interface))
        return false;
    finding_text(finding.sentence, "The tunnel was removed meanwhile.");
    finding_text(finding.fix, "Nothing.");
    test->subject.is_present = false;
    test_verdict(test, &finding);
    return true;
}

uint64_t
test_tick(struct tunnel_test *test, uint64_t now_us)
{
    uint64_t due = now_us;

    test->now_us = now_us;
    test->diagnosis->now_us = now_us;
    while (!test->is_over) {
        if (now_us >= test->began_us + (uint64_t)WHOLE_S * S_US) {
            run_out(test);
            break;
        }
        if (is_gone(test))
            break;
        if (!has_come(test, &due) && now_us < test->due_us)
            return due < test->due_us ? due : test->due_us;
        test->waiting = WAIT_NOTHING;
        test->next(test);
        if (test->waiting == WAIT_NOTHING)
            test->is_over = true;
    }
    return 0;
}

bool
test_transport_vr(
    const struct tunnel_test *test, struct cfg_virtual_router *out_view)
{
    struct value name = value_text(test->subject.view.transport_vr != NULL
                                       ? test->subject.view.transport_vr
                                       : test->subject.view.virtual_router);
    const struct object *vr =
        config_find(test->running, OBJECT_VIRTUAL_ROUTER, &name);

    value_done(&name);
    if (vr != NULL)
        cfg_virtual_router_read(vr->fields, out_view);
    return vr != NULL;
}
