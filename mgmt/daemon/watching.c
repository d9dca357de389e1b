/*
 * watching.c - what thread D puts into the rings of those who watch, and the
 * batches that bring traces, captures and explanations back.
 */
#include "daemon/watching.h"

#include "base/arena.h"
#include "daemon/capture.h"
#include "daemon/router_state.h"
#include "daemon/session_state.h"
#include "dp.h"

#include <stdlib.h>

/* ---- traces ---- */

static void
take_trails(struct trace_state *state)
{
    while (state->count < TRACE_PACKETS &&
           dp_trace_next(state->trace, &state->trails[state->count]))
        state->count++;
}

/* A trace came back: of the one we read from, what is left is taken. */
static void
trace_is_back(struct trace_state *state, struct dp_trace *trace)
{
    if (trace != NULL && trace == state->trace) {
        take_trails(state);
        state->trace = NULL;
    }
    dp_trace_free(trace);
}

static void
capture_is_back(struct capture_state *state, struct dp_capture *capture)
{
    if (capture != NULL && capture == state->capture) {
        capture_take(state);
        capture_end(state);
    }
    dp_capture_free(capture);
}

/* ---- explanations ---- */

/* Who asked may have left. */
static void
explanation_is_back(struct router *router, struct dp_explanation *explanation)
{
    struct session *session;

    LIST_FOREACH(session, &router->sessions, all) {
        if (session->job.explanation == explanation) {
            session->job.explained = explanation;
            return;
        }
    }
    free(explanation);
}

/* ---- all ---- */

void
watch_batch(struct router *router, const struct dp_batch *batch)
{
    const struct dp_command *command;
    size_t i;

    for (i = 0; batch->number == 0 && i < batch->count; i++) {
        command = &batch->commands[i];
        if (command->kind == DP_EXPLAIN)
            explanation_is_back(router, command->explanation);
        if (command->kind == DP_TRACE)
            trace_is_back(&router->watch.trace, command->trace);
        if (command->kind == DP_CAPTURE)
            capture_is_back(&router->watch.capture, command->capture);
    }
}

void
watch_take(struct router *router)
{
    if (router->watch.trace.trace != NULL)
        take_trails(&router->watch.trace);
    if (router->watch.capture.capture != NULL)
        capture_take(&router->watch.capture);
}

static bool
is_over(const _Atomic bool *flag)
{
    return atomic_load_explicit(flag, memory_order_acquire);
}

void
watch_tick(struct router *router, uint64_t now_us)
{
    struct dp_trace *trace = router->watch.trace.trace;
    struct dp_capture *capture = router->watch.capture.capture;

    watch_take(router);
    if (trace != NULL &&
        (is_over(&trace->is_over) || now_us >= trace->until_us))
        (void)watch_swap(router, DP_TRACE, NULL); /* busy: next time */
    if (capture != NULL && is_over(&capture->is_over))
        (void)watch_swap(router, DP_CAPTURE, NULL);
}

bool
watch_swap(struct router *router, enum dp_command_kind kind, void *watch)
{
    struct dp_batch *batch = dp_batch_new();
    struct dp_command *command = dp_batch_add(batch, kind);

    if (kind == DP_TRACE) {
        command->trace = watch;
    } else {
        command->capture = watch;
    }
    if (dp_submit(router->dp, batch) == OK)
        return true;
    dp_batch_free(batch);
    return false;
}

void
watch_done(struct watch *watch)
{
    free(watch->trace.trails);
    capture_end(&watch->capture);
}
