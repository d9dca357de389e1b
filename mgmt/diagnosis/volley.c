/*
 * volley.c - echo requests to several addresses by turns, and who answered.
 *
 * Request number n, from the first on, goes to target n modulo their number.
 */
#include "diagnosis/state.h"

#include <string.h>

enum {
    PERCENT = 100,
    BUSY_US = 10000
}; /* until a busy dataplane is asked again */

void
volley_begin(struct volley *volley, uint32_t first, uint64_t now_us)
{
    volley->first = first;
    volley->sent = 0;
    volley->settled = 0;
    volley->dropped = 0;
    volley->drop = DROP_NONE;
    volley->next_us = now_us;
    volley->round_trip_us = 0;
    memset(volley->answers, 0, sizeof volley->answers);
}

static uint32_t
total(const struct volley *volley)
{
    return volley->params.each * (uint32_t)volley->params.target_count;
}

/* False: the dataplane is busy. */
static bool
send_one(const struct volley *volley)
{
    const struct volley_params *params = &volley->params;
    struct dp_batch *batch = dp_batch_new();

    dp_batch_add(batch, DP_PING)->ping = (struct dp_ping){
        .vr = params->vr,
        .has_source = params->source != 0,
        .source = params->source,
        .is_foreign = params->is_foreign,
        .destination = params->targets[volley->sent % params->target_count],
        .id = volley->id,
        .sequence = (uint16_t)(volley->first + volley->sent),
        .payload = params->size,
    };
    if (dp_submit(volley->dp, batch) == OK)
        return true;
    dp_batch_free(batch);
    return false;
}

bool
volley_tick(struct volley *volley, uint64_t now_us, uint64_t *out_due)
{
    const struct volley_params *params = &volley->params;

    if (volley->sent == total(volley) &&
        (volley->settled >= volley->sent || now_us >= volley->next_us))
        return true;
    if (volley->sent < total(volley) && now_us >= volley->next_us) {
        if (send_one(volley)) {
            volley->sent++;
            volley->next_us =
                now_us + (volley->sent < total(volley) ? params->spacing_us
                                                       : params->wait_us);
        } else {
            volley->next_us = now_us + BUSY_US;
        }
    }
    *out_due = volley->next_us;
    return false;
}

void
volley_event(struct volley *volley, const struct dp_event *event)
{
    uint16_t at = (uint16_t)(event->ping_sequence - (uint16_t)volley->first);

    if (at >= volley->sent)
        return; /* of another volley: too late */
    volley->settled++;
    if (event->kind == DP_EVENT_ECHO_REPLY) {
        volley->answers[at % volley->params.target_count]++;
        volley->round_trip_us = event->round_trip_us;
    } else {
        volley->dropped++;
        volley->drop = event->drop;
    }
}

uint32_t
volley_answers(const struct volley *volley)
{
    uint32_t count = 0;
    size_t i;

    for (i = 0; i < volley->params.target_count; i++)
        count += volley->answers[i];
    return count;
}

static size_t
best_of(const struct volley *volley)
{
    size_t best = 0;

    for (size_t i = 1; i < volley->params.target_count; i++) {
        if (volley->answers[i] > volley->answers[best])
            best = i;
    }
    return best;
}

uint32_t
volley_best(const struct volley *volley)
{
    size_t best = best_of(volley);

    return volley->answers[best] > 0 ? volley->params.targets[best] : 0;
}

bool
volley_is_lossy(const struct volley *volley)
{
    return volley->answers[best_of(volley)] + 1 < volley->params.each;
}

unsigned
loss_each_way(unsigned answered, unsigned of)
{
    unsigned kept = 0;

    while ((kept + 1) * (kept + 1) * of <= answered * PERCENT * PERCENT)
        kept++;
    return PERCENT - kept;
}
