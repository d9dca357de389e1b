/*
 * trace.c - what the stages did with real packets.
 *
 * While a trace is armed every packet leaves a trail, and the trail is looked
 * at when the packet has come to its end: so the filter finds a packet by
 * what it was at any stage, inside a tunnel or out.  It ends by itself, after
 * so many packets or at a time; then, as without one, packets pay for a look
 * at one pointer.
 */
#include "path/engine.h"

#include "base/arena.h"
#include "watch.h"

#include <stdlib.h>

enum { TRAILS = 64 }; /* that M has not taken */

struct dp_trace *
dp_trace_new(void)
{
    struct dp_trace *trace = mem_alloc(sizeof(*trace));

    trace->filter.interface = DP_NO_INTERFACE;
    trace->ring = ring_new(sizeof(struct dp_trail), TRAILS);
    return trace;
}

void
dp_trace_free(struct dp_trace *trace)
{
    if (trace == NULL)
        return;
    ring_free(trace->ring);
    free(trace);
}

bool
dp_trace_next(struct dp_trace *trace, struct dp_trail *out_trail)
{
    return ring_get(trace->ring, out_trail);
}

void
trace_set(struct dp *dp, struct dp_trace **trace)
{
    struct dp_trace *old = dp->trace;

    dp->trace = *trace;
    *trace = old;
}

static void
end(struct dp_trace *trace)
{
    atomic_store_explicit(&trace->is_over, true, memory_order_release);
}

void
trace_begin(struct dp *dp)
{
    struct dp_trace *trace = dp->trace;

    if (dp->trail != NULL || trace->seen >= trace->wanted)
        return;
    if (dp->now_us >= trace->until_us) {
        end(trace);
        return;
    }
    trace->trail.at_us = dp->now_us;
    trace->trail.count = 0;
    trace->trail.piece = 0;
    trace->trail.is_cut = false;
    dp->trail = &trace->trail;
}

bool
watch_matches(
    const struct dp_watch_filter *filter, const struct ip4 *ip, uint16_t vr)
{
    return (!filter->has_source || filter->source == ip->src) &&
           (!filter->has_destination || filter->destination == ip->dst) &&
           (!filter->has_host || filter->host == ip->src ||
               filter->host == ip->dst) &&
           (!filter->has_protocol || filter->protocol == ip->protocol) &&
           (!filter->has_vr || filter->vr == vr);
}

static bool
matches(const struct dp_watch_filter *filter, const struct dp_trail *trail)
{
    bool header = false;
    bool interface = filter->interface == DP_NO_INTERFACE;
    size_t i;

    for (i = 0; i < trail->count; i++) {
        const struct dp_step *step = &trail->steps[i];
        const struct ip4 ip = {
            .src = step->source,
            .dst = step->destination,
            .protocol = step->protocol,
        };

        header = header || watch_matches(filter, &ip, step->vr);
        interface = interface || step->interface == filter->interface;
    }
    return header && interface;
}

void
trace_end(struct dp *dp)
{
    struct dp_trace *trace = dp->trace;

    if (trace == NULL || dp->trail != &trace->trail)
        return;
    dp->trail = NULL;
    if (!matches(&trace->filter, &trace->trail))
        return;
    if (!ring_put(trace->ring, &trace->trail))
        counter_add(&trace->lost, 1);
    dp->must_signal = true;
    if (++trace->seen == trace->wanted)
        end(trace);
}
