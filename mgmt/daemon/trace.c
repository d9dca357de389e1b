/*
 * trace.c - `trace packet`, and what was traced.
 */
#include "daemon/session_state.h"
#include "daemon/watching.h"

#include "base/arena.h"
#include "base/str.h"
#include "commit/commit.h"
#include "daemon/router_state.h"
#include "dp.h"
#include "ipsec/ipsec.h"
#include "oper/oper.h"

#include <stdlib.h>

enum {
    FIRST_ARGUMENT = 2,
    PACKETS = 10, /* where left out, as the schema's help says */
    LASTS_US = 60 * 1000 * 1000,
};

static void
take_header(const struct value *args, struct dp_watch_filter *filter)
{
    const struct value *source = &args[ARG_TRACE_PACKET_SOURCE];
    const struct value *destination = &args[ARG_TRACE_PACKET_DESTINATION];
    const struct value *protocol = &args[ARG_TRACE_PACKET_PROTOCOL];

    filter->has_source = value_is_set(source);
    filter->source = (uint32_t)source->number;
    filter->has_destination = value_is_set(destination);
    filter->destination = (uint32_t)destination->number;
    filter->has_protocol = value_is_set(protocol);
    if (filter->has_protocol)
        filter->protocol = watch_protocols[protocol->number];
}

bool
watch_take_tunnel(
    struct session *session, const char *name, uint32_t *out_interface)
{
    const struct router *router = session->router;
    const struct config *running = engine_running(router->engine);
    const struct object *tunnel = oper_find_tunnel(running, name);

    if (tunnel != NULL &&
        ipsec_interface(router->ipsec, tunnel, out_interface) == OK)
        return true;
    reply_refuse(session, ERR_NOT_FOUND,
        "There is no tunnel %s; `show ipsec tunnel` lists them.", name);
    return false;
}

static bool
take_filter(struct session *session, const struct value *args,
    struct dp_watch_filter *filter)
{
    const struct value *tunnel = &args[ARG_TRACE_PACKET_TUNNEL];
    const struct value *vr = &args[ARG_TRACE_PACKET_VR];

    take_header(args, filter);
    filter->has_vr = value_is_set(vr);
    if (filter->has_vr &&
        ipsec_vr(session->router->ipsec, value_string(vr), &filter->vr) != OK) {
        reply_refuse(session, ERR_NOT_FOUND,
            "There is no virtual router %s; `show virtual-router` lists them.",
            value_string(vr));
        return false;
    }
    return !value_is_set(tunnel) ||
           watch_take_tunnel(session, value_string(tunnel), &filter->interface);
}

void
exec_trace(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    const struct value *args = frame->items + FIRST_ARGUMENT;
    const struct value *count = &args[ARG_TRACE_PACKET_COUNT];
    struct trace_state *state = &session->router->watch.trace;
    struct dp_trace *trace = dp_trace_new();

    trace->wanted = value_is_set(count) ? (uint32_t)count->number : PACKETS;
    trace->until_us = now->monotonic_us + LASTS_US;
    if (!take_filter(session, args, &trace->filter)) {
        dp_trace_free(trace);
        return;
    }
    if (!watch_swap(session->router, DP_TRACE, trace)) {
        dp_trace_free(trace);
        watch_refuse_busy(session);
        return;
    }
    if (state->trails == NULL)
        state->trails = mem_alloc(sizeof *state->trails * TRACE_PACKETS);
    state->count = 0;
    state->trace = trace;
    reply_text(session, "Tracing; `show packet-trace` says what was seen.");
}

static void
take_row(void *context, const struct value *columns)
{
    session_row(context, columns, schema_rows[ROWS_PACKET_STEP].column_count);
}

void
exec_show_trace(struct session *session)
{
    const struct trace_state *state = &session->router->watch.trace;
    const struct row_sink sink = {take_row, session};
    uint32_t i;

    watch_take(session->router);
    for (i = 0; i < state->count; i++) {
        oper_trail(session->router->ipsec, &state->trails[i], i + 1, &sink);
    }
}

void
exec_clear_trace(struct session *session)
{
    struct trace_state *state = &session->router->watch.trace;

    if (state->trace != NULL && !watch_swap(session->router, DP_TRACE, NULL)) {
        watch_refuse_busy(session);
        return;
    }
    state->trace = NULL; /* freed when it is back */
    state->count = 0;
    reply_text(session, "What was traced is forgotten.");
}
