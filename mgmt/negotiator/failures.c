/*
 * failures.c - what went wrong, remembered: the newest of all peers, the same
 * one again counted, not repeated.
 */
#include "negotiator/state.h"

#include "base/ip.h"
#include "base/log.h"
#include "gen/ids.h"
#include "ipsec/ipsec.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE_US = 60000000, STRANGERS_MAX = 5 };

static bool
is_same(const struct ike_failure *a, const struct ike_failure *b)
{
    return a->number == b->number && a->remote == b->remote &&
           a->stage == b->stage && a->reason == b->reason &&
           strcmp(a->mismatch, b->mismatch) == 0;
}

/* Strangers can be many: of them a few a minute. */
static bool
may_tell(struct negotiator *negotiator, const struct ike_failure *failure)
{
    uint64_t minute = negotiator->now_us / MINUTE_US;

    if (failure->number != IKE_NO_TUNNEL)
        return true;
    if (negotiator->told_minute != minute) {
        negotiator->told_minute = minute;
        negotiator->told_strangers = 0;
    }
    if (negotiator->told_strangers > STRANGERS_MAX)
        return false;
    if (negotiator->told_strangers++ < STRANGERS_MAX)
        return true;
    log_event(LOG_WARNING, "ike", "FAILED",
        "more strangers are refused: `show ipsec ike-failures` lists them");
    return false;
}

/* Only the first of a row: a peer can repeat itself.  Cause and cure are a
 * line each: an event's text has a bound. */
static void
tell(const struct negotiator *negotiator, const struct ike_failure *failure)
{
    const struct object *tunnel =
        failure->number == IKE_NO_TUNNEL
            ? NULL
            : ipsec_interface_of(negotiator->ipsec, failure->number);
    const char *name = tunnel != NULL && tunnel->type == OBJECT_TUNNEL
                           ? value_string(&tunnel->fields[FIELD_TUNNEL_NAME])
                           : "";
    char remote[IP_TEXT_SIZE];

    (void)ip_format(failure->remote, remote);
    log_event(LOG_WARNING, "ike", "FAILED", "%s%s%s: %s: %s", remote,
        name[0] != '\0' ? ", tunnel " : "", name,
        ike_stage_name(failure->stage),
        failure->mismatch[0] != '\0' ? failure->mismatch
                                     : ike_reason_sentence(failure->reason));
    log_event(LOG_WARNING, "ike", "FIX", "%s%s%s: %s", remote,
        name[0] != '\0' ? ", tunnel " : "", name, failure->advice);
}

/* ---- a key that is there, but not for this peer, or not in this VR ---- */

static void
add_key(const struct negotiator *negotiator, uint16_t vr,
    const struct ike_identity *identity, struct ike_failure *failure)
{
    size_t length = strlen(failure->ours);
    const char *router = ipsec_vr_of(negotiator->ipsec, vr);
    char text[IP_TEXT_SIZE];

    (void)snprintf(failure->ours + length, sizeof failure->ours - length,
        "%s%s (virtual router %s)", length == 0 ? "keys for " : ", ",
        identity->name[0] != '\0' ? identity->name
                                  : ip_format(identity->address, text),
        router != NULL ? router : "?");
}

static void
describe_keys(const struct negotiator *negotiator, struct ike_failure *failure)
{
    const char *router = ipsec_vr_of(negotiator->ipsec, failure->vr);
    struct ike_identity identity;
    char text[IP_TEXT_SIZE];
    uint32_t cursor = 0;
    uint16_t vr;

    failure->ours[0] = '\0';
    while (ike_next_key(negotiator->ike, &cursor, &vr, &identity))
        add_key(negotiator, vr, &identity, failure);
    (void)snprintf(failure->mismatch, sizeof failure->mismatch,
        "There is no preshared key for %s in virtual router %s.",
        ip_format(failure->remote, text), router != NULL ? router : "?");
    (void)snprintf(failure->advice, sizeof failure->advice,
        "Here: enter the key for %s in the transport virtual router, %s.", text,
        router != NULL ? router : "?");
}

static bool
is_strangers(const struct negotiator *negotiator, size_t position)
{
    return negotiator->failures[negotiator->failure_order[position]]
               .failure.number == IKE_NO_TUNNEL;
}

/* A place for the newest one.  Strangers may have a quarter of all: beyond
 * that the oldest of them goes, so that they cannot make the failures of
 * tunnels be forgotten. */
static uint16_t
take_place(struct negotiator *negotiator)
{
    uint16_t *order = negotiator->failure_order;
    size_t strangers = 0;
    size_t oldest = 0;
    size_t i;
    uint16_t place;

    if (negotiator->failure_count < NEGOTIATOR_FAILURES_MAX) {
        place = (uint16_t)negotiator->failure_count;
        order[negotiator->failure_count++] = place;
        return place;
    }
    for (i = NEGOTIATOR_FAILURES_MAX; i-- > 0;) {
        if (!is_strangers(negotiator, i))
            continue;
        strangers++;
        oldest = i;
    }
    if (strangers < NEGOTIATOR_FAILURES_MAX / 4)
        oldest = 0;
    place = order[oldest];
    memmove(order + oldest, order + oldest + 1,
        (NEGOTIATOR_FAILURES_MAX - 1 - oldest) * sizeof order[0]);
    order[NEGOTIATOR_FAILURES_MAX - 1] = place;
    return place;
}

void
failures_add(struct negotiator *negotiator, const struct ike_failure *failure)
{
    struct ike_failure described = *failure;
    struct negotiator_failure *to;
    size_t i;

    if (failure->reason == IKE_REASON_NO_KEY && failure->is_initiator)
        describe_keys(negotiator, &described);
    failure = &described;
    for (i = 0; i < negotiator->failure_count; i++) {
        to = &negotiator->failures[i];
        if (!is_same(&to->failure, failure))
            continue;
        to->failure = *failure;
        to->times++;
        return;
    }
    to = &negotiator->failures[take_place(negotiator)];
    *to = (struct negotiator_failure){.failure = *failure, .times = 1};
    if (may_tell(negotiator, failure))
        tell(negotiator, failure);
}

const struct negotiator_failure *
negotiator_failure(const struct negotiator *negotiator, size_t index)
{
    if (index >= negotiator->failure_count)
        return NULL;
    return &negotiator
                ->failures[negotiator->failure_order[negotiator->failure_count -
                                                     1 - index]];
}

const struct negotiator_failure *
negotiator_last_failure(const struct negotiator *negotiator, uint32_t interface)
{
    const struct negotiator_failure *newest = NULL;
    const struct negotiator_failure *each;
    size_t i;

    for (i = 0; (each = negotiator_failure(negotiator, i)) != NULL; i++) {
        if (each->failure.number == interface &&
            (newest == NULL || each->failure.when_us > newest->failure.when_us))
            newest = each;
    }
    return newest;
}

const struct negotiator_failure *
negotiator_failure_of(const struct negotiator *negotiator, uint32_t interface)
{
    const struct signaled *tunnel = retry_find(negotiator, interface);

    if (tunnel == NULL || tunnel->is_up)
        return NULL;
    return negotiator_last_failure(negotiator, interface);
}
