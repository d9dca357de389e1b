/*
 * verbs.c - who is there, what he may do, and the candidate as a whole.
 */
#include "daemon/session_state.h"

#include "base/log.h"
#include "base/str.h"
#include "commit/commit.h"
#include "daemon/router_state.h"
#include "oper/oper.h"

/* ---- OPEN, CLOSE ---- */

void
session_follow_running(struct session *session)
{
    struct engine *engine = session->router->engine;

    candidate_reset(session->candidate, engine_running(engine));
    session->base_generation = engine_generation(engine);
    session->is_touched = false;
}

void
verb_open(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    struct engine *engine = session->router->engine;

    if (!may_edit(session))
        return;
    if (session->candidate == NULL)
        session->candidate = candidate_open(engine_running(engine));
    if (!session->is_touched)
        session_follow_running(session);
    if (wire_number(frame, 0) != 0)
        exclusive_take(session, now);
    reply_number(session, session->base_generation);
}

void
verb_close(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    exclusive_end(session, now);
    if (wire_number(frame, 0) != 0)
        return;
    candidate_free(session->candidate);
    session->candidate = NULL;
    session->is_touched = false;
}
