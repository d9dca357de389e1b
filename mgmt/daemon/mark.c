/*
 * mark.c - a load is all or nothing: the candidate as it was before it.
 *
 * A mark is a copy of the candidate, which costs two references.  It survives
 * whatever the lines of a file do to the candidate, throwing it away included;
 * only a commit moves it, because what is committed is not undone by a wrong
 * line further down.
 */
#include "daemon/session_state.h"

#include "commit/commit.h"
#include "daemon/router_state.h"

void
mark_done(struct mark *mark)
{
    candidate_free(mark->candidate);
    *mark = (struct mark){.candidate = NULL};
}

static void
mark_set(struct session *session)
{
    mark_done(&session->mark);
    session->mark = (struct mark){
        .candidate = candidate_copy(session->candidate),
        .is_touched = session->is_touched,
        .base_generation = session->base_generation,
    };
}

void
mark_renew(struct session *session)
{
    if (session->mark.candidate != NULL)
        mark_set(session);
}

static void
go_back(struct session *session)
{
    struct mark *mark = &session->mark;

    if (mark->candidate == NULL) {
        reply_refuse(session, ERR_NOT_FOUND,
            "There is no mark to go back to: the candidate is as it is.");
        return;
    }
    candidate_free(session->candidate);
    session->candidate = mark->candidate;
    session->is_touched = mark->is_touched;
    session->base_generation = mark->base_generation;
    *mark = (struct mark){.candidate = NULL};
}

/* What remains is always there; the difference to what is running is all that
 * a commit acts on, so an object that is typed again as it was is untouched. */
static void
empty(struct session *session)
{
    struct engine *engine = session->router->engine;
    struct config *presets = config_new();

    candidate_replace(session->candidate, engine_running(engine), presets);
    config_unref(presets);
    session->base_generation = engine_generation(engine);
    session->is_touched = true;
}

void
mark_verb(struct session *session, enum wire_rollback mode)
{
    if (mode == ROLLBACK_TO_MARK) {
        go_back(session);
    } else if (mode == ROLLBACK_FORGET) {
        mark_done(&session->mark);
    } else if (!has_candidate(session)) {
        return;
    } else if (mode == ROLLBACK_MARK) {
        mark_set(session);
    } else if (may_edit(session)) {
        empty(session);
    }
}
