/*
 * look.c - findings from what is known already: configuration, state,
 * failures.
 */
#include "diagnosis/state.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FAILURES_SHOWN = 4 };

void
finding_text(char text[FINDING_TEXT], const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, FINDING_TEXT, fmt, args);
    va_end(args);
}

struct finding
finding_of(enum cause cause)
{
    struct finding finding = {
        .cause = cause, .is_sure = true, .is_fault = true};

    finding_text(finding.sentence, "%s", cause_texts[cause].sentence);
    finding_text(finding.fix, "%s", cause_texts[cause].fix);
    return finding;
}

/* ---- failures ---- */

struct finding
finding_from_failure(
    const struct negotiator_failure *entry, const struct subject *subject)
{
    const struct ike_failure *failure = &entry->failure;
    struct finding finding = finding_of((enum cause)failure->reason);

    (void)subject;
    if (failure->mismatch[0] != '\0')
        finding_text(finding.sentence, "%s", failure->mismatch);
    finding.is_sure = !failure->is_guess;
    finding_text(finding.ours, "%s", failure->ours);
    finding_text(finding.theirs, "%s", failure->theirs);
    if (failure->advice[0] != '\0')
        finding_text(finding.fix, "%s", failure->advice);
    (void)snprintf(finding.stage, sizeof finding.stage, "%s",
        ike_stage_name(failure->stage));
    (void)snprintf(finding.notify, sizeof finding.notify, "%s",
        ike_notify_name(failure->notify));
    finding.times = entry->times;
    finding.when_us = failure->when_us;
    return finding;
}

/* While it is up, only those count that say what strangers or the peer run
 * into all the same. */
static bool
counts(const struct diagnosis *diagnosis, const struct subject *subject,
    const struct ike_failure *failure)
{
    bool is_recent =
        diagnosis->now_us < failure->when_us + (uint64_t)REMEMBER_S * S_US;

    if (failure->number != subject->interface)
        return false;
    if (!subject->state.is_up)
        return true;
    return is_recent && failure->reason == IKE_REASON_HALF_OPEN;
}

static size_t
look_at_failures(struct diagnosis *diagnosis, const struct subject *subject,
    const struct finding_sink *sink)
{
    const struct negotiator *negotiator = diagnosis->parts.negotiator;
    const struct negotiator_failure *shown[FAILURES_SHOWN] = {NULL};
    const struct negotiator_failure *each;
    size_t count = 0;
    size_t i;

    for (i = 0; (each = negotiator_failure(negotiator, i)) != NULL; i++) {
        size_t at = count;

        if (!counts(diagnosis, subject, &each->failure))
            continue;
        while (
            at > 0 && shown[at - 1]->failure.when_us < each->failure.when_us) {
            if (at < FAILURES_SHOWN)
                shown[at] = shown[at - 1];
            at--;
        }
        if (at < FAILURES_SHOWN)
            shown[at] = each;
        if (count < FAILURES_SHOWN)
            count++;
    }
    for (i = 0; i < count; i++) {
        struct finding finding = finding_from_failure(shown[i], subject);

        sink->take(sink->context, &finding);
    }
    return count;
}

/* ---- what was seen of the peer ---- */

static size_t
look_at_restart(struct diagnosis *diagnosis, const struct subject *subject,
    const struct finding_sink *sink)
{
    const struct carried *carried = carried_of(diagnosis, subject->interface);
    struct finding finding = finding_of(CAUSE_PEER_RESTARTED);

    if (carried->restarted_us == 0 ||
        diagnosis->now_us >=
            carried->restarted_us + (uint64_t)REMEMBER_S * S_US)
        return 0;
    finding_text(finding.theirs,
        "no answer to inquiries inside the IKE SA, and an answer at once to a "
        "new negotiation");
    finding.when_us = carried->restarted_us;
    sink->take(sink->context, &finding);
    return 1;
}

/* Of a tunnel that is down since. */
static size_t
look_at_test(struct diagnosis *diagnosis, const struct subject *subject,
    const struct finding_sink *sink)
{
    const struct finding *tested =
        carried_of(diagnosis, subject->interface)->tested;

    if (tested == NULL ||
        diagnosis->now_us >= tested->when_us + (uint64_t)REMEMBER_S * S_US)
        return 0;
    sink->take(sink->context, tested);
    return 1;
}

/* ---- all ---- */

/* What keeps it from being up before anybody is asked. */
static bool
look_at_state(struct diagnosis *diagnosis, const struct subject *subject,
    const struct finding_sink *sink)
{
    struct finding finding = finding_of(CAUSE_NOT_CONFIGURED);
    enum tunnel_state state;
    struct str why;

    str_init(&why);
    state = ipsec_tunnel_state(diagnosis->parts.ipsec, subject->tunnel, &why);
    if (subject->view.shutdown || subject->view.ip_shutdown) {
        finding = finding_of(CAUSE_SHUT_DOWN);
        finding_text(finding.ours, "%s",
            subject->view.shutdown ? "shutdown" : "ip shutdown");
        finding_text(finding.fix,
            "Here: `no %sshutdown` on interface tunnel "
            "ipsec:%s.",
            subject->view.shutdown ? "" : "ip ", subject->view.name);
    } else if (state == TUNNEL_STATE_UP) {
        str_done(&why);
        return false;
    } else {
        if (subject->has_ike || !subject->is_signaled)
            finding = finding_of(CAUSE_NO_ROUTE_HERE);
        finding_text(finding.sentence, "%s", str_text(&why));
    }
    str_done(&why);
    sink->take(sink->context, &finding);
    return true;
}

/* Nothing was negotiated with the peer, and nothing came from it: nothing is
 * known of it. */
static bool
is_unused(const struct subject *subject)
{
    return !subject->is_signaled &&
           subject->counters.in_accounted_packets == 0 &&
           subject->counters.out_accounted_packets == 0;
}

static void
say_unused(const struct subject *subject, const struct finding_sink *sink)
{
    struct finding finding = finding_of(CAUSE_UNUSED);

    finding.is_fault = false;
    finding_text(finding.fix,
        "Here: `test ipsec tunnel %s` sends something through it.",
        subject->view.name);
    sink->take(sink->context, &finding);
}

static void
say_in_order(struct diagnosis *diagnosis, const struct subject *subject,
    const struct finding_sink *sink)
{
    const struct carried *carried = carried_of(diagnosis, subject->interface);
    const struct dp_interface_counters *counters = &subject->counters;
    struct finding finding = finding_of(CAUSE_IN_ORDER);
    char last[48] = "";
    char age[32];

    /* counters are looked at now and then: the newest may have no time yet */
    if (carried->in_us != 0) {
        age_text(diagnosis, carried->in_us, age, sizeof age);
        (void)snprintf(last, sizeof last, ", the last one %s", age);
    }
    finding.is_fault = false;
    finding_text(finding.sentence, "%s %llu packets came in%s; %llu went out.",
        cause_texts[CAUSE_IN_ORDER].sentence,
        (unsigned long long)counters->in_accounted_packets, last,
        (unsigned long long)counters->out_accounted_packets);
    finding_text(finding.fix,
        "Nothing here; where traffic is missed, the trouble is behind one of "
        "the ends: `test ipsec tunnel %s` looks there.",
        subject->view.name);
    sink->take(sink->context, &finding);
}

static void
say_waiting(const struct subject *subject, const struct str *why,
    const struct finding_sink *sink)
{
    struct finding finding =
        finding_of(!subject->has_ike ? CAUSE_NOT_CONFIGURED : CAUSE_WAITING);

    finding.is_fault = !subject->has_ike;
    finding.is_sure = finding.is_fault;
    finding_text(finding.sentence, "%s", str_text(why));
    if (subject->has_ike) {
        finding_text(finding.fix, "`test ipsec tunnel %s` tries now.",
            subject->view.name);
    }
    sink->take(sink->context, &finding);
}

void
diagnosis_look(struct diagnosis *diagnosis, const struct config *running,
    const struct object *tunnel, const struct finding_sink *sink)
{
    struct subject subject;
    struct str why;
    size_t found;

    subject_read(diagnosis, running, tunnel, &subject);
    if (subject.view.shutdown || subject.view.ip_shutdown ||
        !subject.is_present || !subject.is_signaled || subject.state.is_up) {
        if (look_at_state(diagnosis, &subject, sink))
            return;
        found = look_at_restart(diagnosis, &subject, sink);
        found += look_at_carrying(diagnosis, &subject, sink);
        found += look_at_failures(diagnosis, &subject, sink);
        if (found == 0 && is_unused(&subject)) {
            say_unused(&subject, sink);
        } else if (found == 0) {
            say_in_order(diagnosis, &subject, sink);
        }
        return;
    }
    found = look_at_test(diagnosis, &subject, sink);
    found += look_at_restart(diagnosis, &subject, sink);
    found += look_at_failures(diagnosis, &subject, sink);
    if (found > 0)
        return;
    str_init(&why);
    (void)ipsec_tunnel_state(diagnosis->parts.ipsec, tunnel, &why);
    say_waiting(&subject, &why, sink);
    str_done(&why);
}
