/*
 * diagnosis.c - life, events, and what is remembered of what was seen.
 */
#include "diagnosis/state.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ROOM = 16,
    SILENT_S = 30, /* that nothing came back, and something went out */
    SILENT_PACKETS = 5,
    SLICE = 16384, /* interfaces whose counters are looked at in a second */
    RULE_ONE = 1,
};

struct carried *
carried_of(struct diagnosis *diagnosis, uint32_t interface)
{
    uint32_t room = diagnosis->room == 0 ? FIRST_ROOM : diagnosis->room;

    while (room <= interface)
        room *= 2;
    if (room != diagnosis->room) {
        diagnosis->carried =
            mem_resize(diagnosis->carried, room * sizeof(struct carried));
        memset(diagnosis->carried + diagnosis->room, 0,
            (room - diagnosis->room) * sizeof(struct carried));
        diagnosis->room = room;
    }
    return &diagnosis->carried[interface];
}

void
age_text(const struct diagnosis *diagnosis, uint64_t when_us, char *text,
    size_t size)
{
    if (when_us == 0) {
        (void)snprintf(text, size, "never");
    } else {
        (void)snprintf(text, size, "%llu s ago",
            (unsigned long long)((diagnosis->now_us - when_us) / S_US));
    }
}

/* ---- what IKE tells ---- */

/* A peer that does not answer inquiries, and yet begins anew when asked to,
 * has lost its SAs; the line is not down. */
static void
take_restart(struct diagnosis *diagnosis, const struct ike_probed *probed)
{
    uint32_t i;

    for (i = 0; i < diagnosis->room; i++) {
        struct carried *carried = &diagnosis->carried[i];

        if (carried->restart_probe != probed->id)
            continue;
        carried->restart_probe = 0;
        if (probed->end != IKE_PROBE_AGREED)
            return;
        carried->restarted_us = diagnosis->now_us;
        log_event(LOG_WARNING, "ike", "RESTARTED", "%s %s",
            cause_texts[CAUSE_PEER_RESTARTED].sentence,
            cause_texts[CAUSE_PEER_RESTARTED].fix);
    }
}

static void
take_failure(struct diagnosis *diagnosis, const struct ike_failure *failure)
{
    if (failure->reason == IKE_REASON_DEAD_PEER &&
        failure->number != IKE_NO_TUNNEL &&
        diagnosis->restarted_count < SEEN_MAX)
        diagnosis->restarted[diagnosis->restarted_count++] = failure->number;
}

static bool
is_about(const struct tunnel_test *test, uint32_t number, uint32_t remote)
{
    return number == test->subject.interface ||
           (number == IKE_NO_TUNNEL && remote == test->subject.remote);
}

static void
take_action(void *context, const struct ike_action *action)
{
    struct diagnosis *diagnosis = context;
    struct tunnel_test *test = diagnosis->test;

    if (action->kind == IKE_ACTION_PROBED)
        take_restart(diagnosis, &action->probed);
    if (action->kind == IKE_ACTION_FAILURE)
        take_failure(diagnosis, &action->failure);
    if (test == NULL)
        return;
    if (action->kind == IKE_ACTION_NOTE &&
        is_about(test, action->note.number, action->note.remote)) {
        test_say(test, "%s", action->note.text);
    } else if (action->kind == IKE_ACTION_PROBED &&
               action->probed.id == test->probe_id &&
               test->waiting == WAIT_PROBE) {
        test->probed = action->probed;
        test->has_come = true;
    } else if (action->kind == IKE_ACTION_FAILURE &&
               action->failure.number == test->subject.interface) {
        test->failure = action->failure;
        test->has_failed = true;
    }
}

/* ---- life ---- */

struct diagnosis *
diagnosis_new(const struct diagnosis_parts *parts)
{
    struct diagnosis *diagnosis = mem_alloc(sizeof *diagnosis);
    const struct negotiator_listener listener = {take_action, diagnosis};

    diagnosis->parts = *parts;
    negotiator_listen(parts->negotiator, &listener);
    return diagnosis;
}

void
diagnosis_free(struct diagnosis *diagnosis)
{
    const struct negotiator_listener nobody = {NULL, NULL};

    if (diagnosis == NULL)
        return;
    negotiator_listen(diagnosis->parts.negotiator, &nobody);
    for (uint32_t i = 0; i < diagnosis->room; i++)
        free(diagnosis->carried[i].tested);
    free(diagnosis->carried);
    free(diagnosis);
}

/* ---- events ---- */

static bool
is_same_spi(const struct seen_spi *seen, const struct dp_event *event)
{
    return seen->when_us != 0 && seen->vr == event->vr &&
           seen->source == event->source && seen->spi == event->spi;
}

static void
take_spi(struct diagnosis *diagnosis, const struct dp_event *event)
{
    struct seen_spi *seen = &diagnosis->spis[0];
    size_t i;

    /* the place of the same one, or else the oldest */
    for (i = 0; i < SEEN_MAX && !is_same_spi(seen, event); i++) {
        if (is_same_spi(&diagnosis->spis[i], event) ||
            diagnosis->spis[i].when_us < seen->when_us)
            seen = &diagnosis->spis[i];
    }
    if (!is_same_spi(seen, event))
        *seen = (struct seen_spi){event->vr, event->source, event->spi, 0, 0};
    seen->when_us = diagnosis->now_us;
    seen->times++;
}

static bool
is_same_error(const struct seen_error *seen, const struct dp_event *event)
{
    return seen->when_us != 0 && seen->interface == event->interface &&
           seen->source == event->source &&
           seen->destination == event->destination &&
           seen->type == event->icmp_type && seen->code == event->icmp_code;
}

static void
take_error(struct diagnosis *diagnosis, const struct dp_event *event)
{
    struct seen_error *seen = &diagnosis->errors[0];
    size_t i;

    for (i = 0; i < SEEN_MAX && !is_same_error(seen, event); i++) {
        if (is_same_error(&diagnosis->errors[i], event) ||
            diagnosis->errors[i].when_us < seen->when_us)
            seen = &diagnosis->errors[i];
    }
    if (!is_same_error(seen, event)) {
        *seen = (struct seen_error){.interface = event->interface,
            .source = event->source,
            .destination = event->destination,
            .type = event->icmp_type,
            .code = event->icmp_code};
    }
    seen->when_us = diagnosis->now_us;
    seen->times++;
}

/* What the test itself brought about by asking addresses that it guessed: that
 * nobody is there is no news. */
static bool
is_of_guess(const struct diagnosis *diagnosis, const struct dp_event *event)
{
    const struct tunnel_test *test = diagnosis->test;

    return test != NULL && event->ping_id == test->params.ping_id &&
           event->ping_id != 0 && event->destination != test->wanted &&
           event->icmp_type == ICMP_UNREACHABLE &&
           event->icmp_code <= ICMP_CODE_HOST;
}

void
diagnosis_event(
    struct diagnosis *diagnosis, uint64_t now_us, const struct dp_event *event)
{
    struct tunnel_test *test = diagnosis->test;

    diagnosis->now_us = now_us;
    if (event->kind == DP_EVENT_UNKNOWN_SPI)
        take_spi(diagnosis, event);
    if (event->kind == DP_EVENT_ICMP_BEHIND && !is_of_guess(diagnosis, event))
        take_error(diagnosis, event);
    if (test != NULL && test->waiting == WAIT_VOLLEY &&
        (event->kind == DP_EVENT_ECHO_REPLY ||
            event->kind == DP_EVENT_PING_DROP) &&
        event->ping_id == test->params.ping_id)
        volley_event(&test->volley, event);
}

/* ---- what tunnels carry ---- */

static void
ask_for_restart(struct diagnosis *diagnosis, uint32_t interface)
{
    const struct ike_rule wide = ike_rule_default;
    struct ike_rule rules[IKE_RULES_MAX];
    size_t count = ike_rules_of(
        negotiator_ike(diagnosis->parts.negotiator), interface, rules);
    const struct ike_probe probe = {
        .id = ++diagnosis->last_probe,
        .number = interface,
        .rules = count > 0 ? rules : &wide,
        .rule_count = count > 0 ? count : RULE_ONE,
        .is_nat_t = true,
    };

    carried_of(diagnosis, interface)->restart_probe = probe.id;
    negotiator_probe(diagnosis->parts.negotiator, diagnosis->now_us, &probe);
}

static void
tell_silent(struct diagnosis *diagnosis, const struct object *keys,
    struct carried *carried)
{
    const char *name = value_string(&keys->fields[FIELD_TUNNEL_NAME]);
    char age[32];

    carried->is_told = true;
    age_text(diagnosis, carried->in_us, age, sizeof age);
    log_event(LOG_WARNING, "ipsec", "NOTHING-BACK",
        "tunnel %s: %llu packets went out and none came in since; the last "
        "one came %s.  `test ipsec tunnel %s` finds out why.",
        name, (unsigned long long)(carried->out - carried->out_at_last_in), age,
        name);
}

static void
look_at_counters(
    struct diagnosis *diagnosis, const struct object *keys, uint32_t interface)
{
    struct carried *carried = carried_of(diagnosis, interface);
    struct dp_interface_counters counters;

    dp_interface_counters(diagnosis->parts.dp, interface, &counters);
    if (!counters.up) {
        carried->is_known = false;
        return;
    }
    if (!carried->is_known || counters.in_accounted_packets != carried->in) {
        if (carried->is_known)
            carried->in_us = diagnosis->now_us;
        if (!carried->is_known)
            carried->since_us = diagnosis->now_us;
        carried->out_at_last_in = counters.out_accounted_packets;
        carried->is_told = false;
    }
    free(carried->tested); /* it is up: that was then */
    carried->tested = NULL;
    carried->is_known = true;
    carried->in = counters.in_accounted_packets;
    carried->out = counters.out_accounted_packets;
    if (!carried->is_told &&
        carried->out >= carried->out_at_last_in + SILENT_PACKETS &&
        diagnosis->now_us >= (carried->in_us > carried->since_us
                                     ? carried->in_us
                                     : carried->since_us) +
                                 (uint64_t)SILENT_S * S_US)
        tell_silent(diagnosis, keys, carried);
}

/* Handles, not names: with 100,000 tunnels a look at all of them is a good
 * part of a second. */
static void
look_at_slice(struct diagnosis *diagnosis)
{
    const uint32_t end = ipsec_interfaces_end(diagnosis->parts.ipsec);
    unsigned left = SLICE;

    if (diagnosis->cursor >= end)
        diagnosis->cursor = 0;
    for (; left > 0 && diagnosis->cursor < end; left--, diagnosis->cursor++) {
        const struct object *keys =
            ipsec_interface_of(diagnosis->parts.ipsec, diagnosis->cursor);

        if (keys != NULL && keys->type == OBJECT_TUNNEL)
            look_at_counters(diagnosis, keys, diagnosis->cursor);
    }
}

void
diagnosis_tick(struct diagnosis *diagnosis, uint64_t now_us)
{
    diagnosis->now_us = now_us;
    while (diagnosis->restarted_count > 0) {
        ask_for_restart(
            diagnosis, diagnosis->restarted[--diagnosis->restarted_count]);
    }
    if (now_us < diagnosis->looked_us + S_US)
        return;
    diagnosis->looked_us = now_us;
    look_at_slice(diagnosis);
}

/* ---- a tunnel ---- */

static struct ike_selector
cover_of(struct cover cover)
{
    return (struct ike_selector){.first = cover.first,
        .last = cover.last,
        .is_address = cover.first == cover.last};
}

void
subject_read(struct diagnosis *diagnosis, const struct config *running,
    const struct object *tunnel, struct subject *out)
{
    struct ipsec *ipsec = diagnosis->parts.ipsec;
    const struct sa *sas[IPSEC_SAS_MAX];
    const struct ike_tunnel *ike;
    size_t count;

    *out = (struct subject){.running = running, .tunnel = tunnel};
    cfg_tunnel_read(tunnel->fields, &out->view);
    out->is_signaled = out->view.signaling == SIGNALING_ISAKMP;
    out->is_present = ipsec_interface(ipsec, tunnel, &out->interface) == OK;
    (void)config_tunnel_source(running, tunnel, &out->local);
    out->remote = out->view.destination_address;
    (void)!ipsec_vr(ipsec, out->view.virtual_router, &out->vr);
    (void)!ipsec_vr(ipsec,
        out->view.transport_vr != NULL ? out->view.transport_vr
                                       : out->view.virtual_router,
        &out->transport_vr);
    out->here = cover_of(config_tunnel_cover(tunnel, true));
    out->there = cover_of(config_tunnel_cover(tunnel, false));
    if (!out->is_present)
        return;
    dp_interface_counters(diagnosis->parts.dp, out->interface, &out->counters);
    ike = negotiator_tunnel(diagnosis->parts.negotiator, out->interface);
    if (ike != NULL) {
        out->has_ike = true;
        out->ike = *ike;
        out->remote = ike->remote.address;
        out->here = ike->local_selector;
        out->there = ike->remote_selector;
    }
    (void)ike_tunnel_state(negotiator_ike(diagnosis->parts.negotiator),
        out->interface, &out->state);
    if (out->state.is_up) {
        out->here = out->state.local_selector;
        out->there = out->state.remote_selector;
    }
    count = ipsec_sas(ipsec, tunnel, sas);
    while (count-- > 0) {
        if (sa_direction(sas[count]) == SA_OUTBOUND)
            out->remote = sa_dst(sas[count]);
    }
}

const char *
diagnosis_tested(const struct diagnosis *diagnosis)
{
    return diagnosis->test != NULL ? diagnosis->test->subject.view.name : NULL;
}
