/*
 * crypto.c - `show ipsec crypto-report`: a job that looks at some objects and
 * lets others have their turn.
 */
#include "daemon/session_state.h"

#include "commit/commit.h"
#include "daemon/router_state.h"
#include "oper/oper.h"

enum { OBJECTS_A_TURN = 500, FIRST_ARGUMENT = 2, S_US = 1000000, DAYS = 30 };

static void
take_row(void *context, const struct value *columns)
{
    session_row(
        context, columns, schema_rows[ROWS_IPSEC_CRYPTO_REPORT].column_count);
}

static bool
step_report(struct session *session, const struct instant *now)
{
    const struct row_sink sink = {take_row, session};

    session->job.due_us = now->monotonic_us;
    if (!crypto_report_step(session->job.report, OBJECTS_A_TURN))
        return false;
    crypto_report_rows(session->job.report, &sink);
    return true;
}

void
exec_crypto_report(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    const struct value *days =
        wire_at(frame, FIRST_ARGUMENT + ARG_SHOW_IPSEC_CRYPTO_REPORT_DAYS);
    const struct router *router = session->router;
    const struct crypto_report_parts parts = {
        .running = engine_running(router->engine),
        .ipsec = router->ipsec,
        .negotiator = router->negotiator,
        .unsealer = &router->unsealer,
        .appraiser =
            router->appraiser.cost_ns == NULL ? NULL : &router->appraiser,
        .pki = router->pki,
        .now_s = now->wall_us / S_US,
        .days = value_is_set(days) ? days->number : DAYS,
    };

    session->job.report = crypto_report_new(&parts);
    session->job.due_us = now->monotonic_us;
    session->job.step = step_report;
}
