/*
 * negotiator.c - the life of this room, its part in commits, its ears.
 */
#include "negotiator/negotiator.h"

#include "base/arena.h"
#include "base/str.h"
#include "commit/commit.h"
#include "dp.h"
#include "ipsec/ipsec.h"
#include "negotiator/state.h"

#include <stdlib.h>
#include <string.h>

enum { S_US = 1000000, TRAFFIC_S = 5 };

/* ---- why a tunnel has no SA ---- */

static void
explain_failure(const struct negotiator_failure *last, struct str *why)
{
    const struct ike_failure *failure = &last->failure;
    const char *what = failure->mismatch[0] != '\0'
                           ? failure->mismatch
                           : ike_reason_sentence(failure->reason);

    str_printf(why, "Its negotiation failed (%s): %s",
        ike_stage_name(failure->stage), what);
    if (failure->advice[0] != '\0')
        str_printf(why, "  %s", failure->advice);
}

static void
why(void *context, uint32_t interface, struct str *out)
{
    const struct negotiator *negotiator = context;
    const struct signaled *tunnel = retry_find(negotiator, interface);
    const struct negotiator_failure *last =
        negotiator_failure_of(negotiator, interface);
    struct ike_tunnel_state state = {0};

    if (tunnel == NULL) {
        str_add(out, "IKE has nothing to negotiate: it lacks a source, a "
                     "destination or a transform set.");
    } else if (last != NULL) {
        explain_failure(last, out);
    } else if (ike_tunnel_state(negotiator->ike, interface, &state) &&
               state.is_negotiating) {
        str_add(out, "It negotiates.");
    } else if (!tunnel->begins) {
        str_add(out, "It waits for its peer, whose address is not known.");
    } else {
        str_add(out, "It has not negotiated yet.");
    }
}

static bool
negotiates(void *context, uint32_t interface)
{
    return retry_find(context, interface) != NULL;
}

/* ---- life ---- */

struct negotiator *
negotiator_new(
    struct ipsec *ipsec, struct crypto *crypto, const struct unsealer *unsealer)
{
    struct negotiator *negotiator = mem_alloc(sizeof *negotiator);
    const struct ipsec_negotiator asked = {why, negotiates, negotiator};
    struct dp_batch *batch;

    negotiator->ipsec = ipsec;
    negotiator->crypto = crypto;
    negotiator->unsealer = unsealer;
    negotiator->ike = ike_new(crypto);
    negotiator->retry_due_us = UINT64_MAX;
    change_set_init(&negotiator->changes);
    ipsec_set_negotiator(ipsec, &asked);
    batch = dp_batch_new();
    dp_batch_add(batch, DP_PUNT)->is_punt = true;
    ipsec_submit(ipsec, batch);
    return negotiator;
}

void
negotiator_free(struct negotiator *negotiator)
{
    const struct ipsec_negotiator nobody = {NULL, NULL, NULL};
    uint32_t i;

    if (negotiator == NULL)
        return;
    ipsec_set_negotiator(negotiator->ipsec, &nobody);
    ike_free(negotiator->ike);
    change_set_done(&negotiator->changes);
    config_unref(negotiator->to);
    free(negotiator->removals);
    for (i = 0; i < negotiator->room; i++)
        free(negotiator->tunnels[i]);
    free(negotiator->tunnels);
    free(negotiator);
}

/* ---- commits ---- */

static void
forget_plan(void *context)
{
    struct negotiator *negotiator = context;

    change_set_done(&negotiator->changes);
    change_set_init(&negotiator->changes);
    config_unref(negotiator->to);
    negotiator->to = NULL;
    free(negotiator->removals);
    negotiator->removals = NULL;
    negotiator->removal_count = 0;
}

static enum err
prepare(void *context, const struct config *from, const struct config *to,
    const struct change_set *set, struct diag *diag)
{
    struct negotiator *negotiator = context;
    size_t i;

    (void)from;
    (void)diag;
    negotiator->to = config_ref(to);
    for (i = 0; i < set->count; i++) {
        change_set_add(&negotiator->changes, set->changes[i].before,
            set->changes[i].after);
    }
    configure_plan(negotiator, set);
    return OK;
}

static void
apply(void *context)
{
    struct negotiator *negotiator = context;

    configure(negotiator, negotiator->to, &negotiator->changes);
    act(negotiator);
    forget_plan(negotiator);
}

struct participant
negotiator_participant(struct negotiator *negotiator)
{
    return (struct participant){
        .name = "negotiator",
        .context = negotiator,
        .prepare = prepare,
        .abort = forget_plan,
        .apply = apply,
    };
}

/* ---- time and events ---- */

/* DPD asks only of silent peers: tell it who was heard of. */
static void
look_at_traffic(struct negotiator *negotiator)
{
    const struct sa *sas[IPSEC_SAS_MAX];
    uint32_t i;

    for (i = 0; i < negotiator->room; i++) {
        struct signaled *tunnel = negotiator->tunnels[i];
        uint64_t in = 0;
        uint64_t out = 0;
        size_t count;

        if (tunnel == NULL || !tunnel->is_up)
            continue;
        count = ipsec_sas(
            negotiator->ipsec, ipsec_interface_of(negotiator->ipsec, i), sas);
        while (count-- > 0) {
            if (sa_direction(sas[count]) == SA_INBOUND) {
                in += sa_packets(sas[count]);
            } else {
                out += sa_packets(sas[count]);
            }
        }
        if (in != tunnel->received || out != tunnel->sent) {
            ike_traffic(negotiator->ike, negotiator->now_us, i,
                out != tunnel->sent, in != tunnel->received);
        }
        tunnel->received = in;
        tunnel->sent = out;
    }
}

void
negotiator_tick(struct negotiator *negotiator, uint64_t now_us)
{
    if (negotiator->started_us == 0)
        negotiator->started_us = now_us;
    negotiator->now_us = now_us;
    if (now_us >= negotiator->traffic_us + (uint64_t)TRAFFIC_S * S_US) {
        negotiator->traffic_us = now_us;
        look_at_traffic(negotiator);
    }
    retry_tick(negotiator);
    ike_tick(negotiator->ike, now_us);
    act(negotiator);
}

/* IKE sees what follows the UDP header: on port 4500 with the marker. */
static void
take_datagram(struct negotiator *negotiator, const struct dp_datagram *datagram)
{
    const struct ike_datagram whole = {
        .vr = datagram->vr,
        .local = datagram->destination,
        .local_port = datagram->destination_port,
        .remote = datagram->source,
        .remote_port = datagram->source_port,
        .bytes = datagram->bytes,
        .length = datagram->length,
    };
    uint8_t bytes[NON_ESP_MARKER + DP_DATAGRAM_MAX] = {0};
    struct ike_datagram marked = whole;

    if (datagram->has_marker) {
        memcpy(bytes + NON_ESP_MARKER, datagram->bytes, datagram->length);
        marked.bytes = bytes;
        marked.length = NON_ESP_MARKER + datagram->length;
    }
    if (datagram->has_marker ||
        datagram->destination_port != IKE_PORT_NAT) /* else a keepalive */
        ike_input(negotiator->ike, negotiator->now_us, &marked);
    act(negotiator);
}

/* An SA came near its limit, or to it. */
static void
take_limit(struct negotiator *negotiator, const struct dp_event *event)
{
    if (retry_find(negotiator, event->interface) == NULL)
        return; /* of a manual tunnel */
    if (event->kind == DP_EVENT_SA_SOFT) {
        ike_sa_ageing(negotiator->ike, negotiator->now_us, event->interface,
            event->is_outbound, event->spi);
    } else {
        ike_sa_ended(negotiator->ike, negotiator->now_us, event->interface,
            event->is_outbound, event->spi);
    }
    act(negotiator);
}

void
negotiator_event(struct negotiator *negotiator, uint64_t now_us,
    const struct dp_event *event)
{
    negotiator->now_us = now_us;
    if (event->kind == DP_EVENT_DATAGRAM)
        take_datagram(negotiator, event->datagram);
    if (event->kind == DP_EVENT_SA_SOFT || event->kind == DP_EVENT_SA_HARD)
        take_limit(negotiator, event);
    if (event->kind == DP_EVENT_PEER_MOVED) {
        ike_peer_moved(negotiator->ike, now_us, event->interface, event->source,
            event->port);
        act(negotiator);
    }
    if (event->kind == DP_EVENT_NEED_SA) {
        retry_wanted(negotiator, event->interface);
        act(negotiator);
    }
}

uint64_t
negotiator_due(const struct negotiator *negotiator)
{
    uint64_t ike = ike_due(negotiator->ike);
    uint64_t retry = retry_due(negotiator);

    return ike < retry ? ike : retry;
}

/* ---- requests and questions ---- */

bool
negotiator_clear(
    struct negotiator *negotiator, uint32_t interface, bool phase_1)
{
    struct signaled *tunnel = retry_find(negotiator, interface);

    if (tunnel == NULL)
        return false;
    if (phase_1) {
        ike_clear_peer(negotiator->ike, negotiator->now_us, interface);
    } else {
        ike_clear(negotiator->ike, negotiator->now_us, interface);
    }
    act(negotiator);
    retry_now(negotiator, tunnel);
    act(negotiator);
    return true;
}

uint64_t
negotiator_now(const struct negotiator *negotiator)
{
    return negotiator->now_us;
}

const struct ike *
negotiator_ike(const struct negotiator *negotiator)
{
    return negotiator->ike;
}

/* ---- for who looks for faults ---- */

bool
negotiator_try(
    struct negotiator *negotiator, uint64_t now_us, uint32_t interface)
{
    struct signaled *tunnel = retry_find(negotiator, interface);

    negotiator->now_us = now_us;
    if (tunnel == NULL || !tunnel->begins)
        return false;
    retry_now(negotiator, tunnel);
    act(negotiator);
    return true;
}

void
negotiator_rekey(
    struct negotiator *negotiator, uint64_t now_us, uint32_t interface)
{
    negotiator->now_us = now_us;
    ike_rekey(negotiator->ike, now_us, interface);
    act(negotiator);
}

void
negotiator_set_credentials(
    struct negotiator *negotiator, const struct ike_credentials *credentials)
{
    ike_set_credentials(negotiator->ike, credentials);
}

size_t
negotiator_drop_certificate(struct negotiator *negotiator, uint64_t now_us,
    uint64_t certificate_id, const struct ike_verdict *why)
{
    size_t count;

    negotiator->now_us = now_us;
    count = ike_drop_certificate(negotiator->ike, now_us, certificate_id, why);
    act(negotiator);
    return count;
}

void
negotiator_probe(struct negotiator *negotiator, uint64_t now_us,
    const struct ike_probe *probe)
{
    negotiator->now_us = now_us;
    ike_probe(negotiator->ike, now_us, probe);
    act(negotiator);
}

void
negotiator_listen(
    struct negotiator *negotiator, const struct negotiator_listener *listener)
{
    negotiator->listener = *listener;
}

void
negotiator_watch(
    struct negotiator *negotiator, const struct negotiator_watcher *watcher)
{
    negotiator->watcher = *watcher;
}

void
turned(const struct negotiator *negotiator, uint32_t handle,
    enum negotiator_turn turn)
{
    const struct negotiator_watcher *watcher = &negotiator->watcher;

    if (watcher->turned != NULL)
        watcher->turned(watcher->context, handle, turn);
}

enum cause
negotiator_ending(const struct negotiator *negotiator, uint32_t interface)
{
    const struct signaled *tunnel = retry_find(negotiator, interface);

    return tunnel == NULL || tunnel->is_up ? CAUSE_COUNT : tunnel->ending;
}

bool
negotiator_is_on_backup(const struct negotiator *negotiator, uint32_t interface)
{
    const struct signaled *tunnel = retry_find(negotiator, interface);

    return tunnel != NULL && tunnel->was_backup;
}

void
negotiator_narrate(struct negotiator *negotiator, bool on)
{
    ike_set_narration(negotiator->ike, on);
}

const struct ike_tunnel *
negotiator_tunnel(const struct negotiator *negotiator, uint32_t interface)
{
    const struct signaled *tunnel = retry_find(negotiator, interface);

    if (tunnel == NULL || !tunnel->is_known)
        return NULL;
    return tunnel->on_backup ? &tunnel->backup : &tunnel->primary;
}
