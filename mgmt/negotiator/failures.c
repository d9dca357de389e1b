/*
 * failures.c - what went wrong, remembered: the newest of all peers in a
 * ring, the same one again counted, not repeated.
 */
#include "negotiator/state.h"

#include "base/ip.h"
#include "base/log.h"

#include <string.h>

static bool
is_same(const struct ike_failure *a, const struct ike_failure *b)
{
    return a->number == b->number && a->remote == b->remote &&
           a->stage == b->stage && a->reason == b->reason &&
           strcmp(a->mismatch, b->mismatch) == 0;
}

/* Only the first of a row: a peer can repeat itself. */
static void
tell(const struct ike_failure *failure)
{
    char remote[IP_TEXT_SIZE];

    log_event(LOG_WARNING, "ike", "FAILED", "%s: %s: %s %s",
        ip_format(failure->remote, remote), ike_stage_name(failure->stage),
        failure->mismatch[0] != '\0' ? failure->mismatch
                                     : ike_reason_sentence(failure->reason),
        failure->advice);
}

void
failures_add(struct negotiator *negotiator, const struct ike_failure *failure)
{
    struct negotiator_failure *to;
    uint64_t i;

    for (i = 0; i < NEGOTIATOR_FAILURES_MAX && i < negotiator->failure_count;
         i++) {
        to = &negotiator->failures[(negotiator->failure_count - 1 - i) %
                                   NEGOTIATOR_FAILURES_MAX];
        if (!is_same(&to->failure, failure))
            continue;
        to->failure = *failure;
        to->times++;
        return;
    }
    to = &negotiator
              ->failures[negotiator->failure_count++ % NEGOTIATOR_FAILURES_MAX];
    *to = (struct negotiator_failure){.failure = *failure, .times = 1};
    tell(failure);
}

const struct negotiator_failure *
negotiator_failure(const struct negotiator *negotiator, size_t index)
{
    if (index >= negotiator->failure_count || index >= NEGOTIATOR_FAILURES_MAX)
        return NULL;
    return &negotiator->failures[(negotiator->failure_count - 1 - index) %
                                 NEGOTIATOR_FAILURES_MAX];
}

const struct negotiator_failure *
negotiator_failure_of(const struct negotiator *negotiator, uint32_t interface)
{
    const struct signaled *tunnel = retry_find(negotiator, interface);
    const struct negotiator_failure *newest = NULL;
    const struct negotiator_failure *each;
    size_t i;

    if (tunnel == NULL || tunnel->is_up)
        return NULL;
    for (i = 0; (each = negotiator_failure(negotiator, i)) != NULL; i++) {
        if (each->failure.number == interface &&
            (newest == NULL || each->failure.when_us > newest->failure.when_us))
            newest = each;
    }
    return newest;
}
