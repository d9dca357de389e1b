/*
 * commits.c - COMMIT, and what waits to be confirmed.
 */
#include "daemon/commits.h"

#include "base/log.h"
#include "base/str.h"
#include "commit/commit.h"
#include "daemon/guard.h"
#include "daemon/router_state.h"
#include "daemon/session_state.h"
#include "ipsec/ipsec.h"
#include "oper/oper.h"

enum { LEVEL_CONFIRM = 15 };

static const uint64_t minute_us = 60 * UINT64_C(1000000);

/* Positions in COMMIT, see wire.h. */
enum {
    AT_MODE,
    AT_COMMENT,
    AT_LABEL,
    AT_ID,
    AT_MINUTES,
    AT_GUARD,
};

static struct commit_time
time_of(const struct instant *now)
{
    return (struct commit_time){now->monotonic_us, now->wall_us};
}

/* ---- what waits ---- */

static void
tell(void *context, const char *sentence)
{
    struct router *router = context;

    router_announce(router, router->committing, sentence);
}

static void
note(void *context, const struct commit_note *what)
{
    struct router *router = context;

    oper_pages_forget(router->pages); /* it holds what was running before */
    notices_commit(router, what);
}

enum err
commits_boot(
    struct router *router, const struct instant *now, struct diag *diag)
{
    const struct commit_teller teller = {tell, note, router};
    const struct commit_time time = time_of(now);

    engine_set_teller(router->engine, &teller);
    return engine_resume(router->engine, &time, diag);
}

static void
drop_guard(struct router *router)
{
    guard_free(router->guard);
    router->guard = NULL;
}

void
commits_tick(struct router *router, const struct instant *now)
{
    const struct commit_time time = time_of(now);
    const struct commit_pending *pending;
    struct str why;

    engine_tick(router->engine, &time);
    pending = engine_pending(router->engine);
    if (pending == NULL) {
        drop_guard(router);
        return;
    }
    if (router->guard == NULL)
        return;
    str_init(&why);
    if (guard_tick(router->guard, engine_running(router->engine), router->ipsec,
            now->monotonic_us, pending->guard_s, &why))
        engine_go_back(router->engine, &time, str_text(&why));
    str_done(&why);
}

void
commits_done(struct router *router)
{
    drop_guard(router);
}

/* ---- COMMIT ---- */

static bool
is_applied(struct session *session, const struct instant *now)
{
    (void)now;
    return ipsec_applied(session->router->ipsec) >= session->job.mark;
}

static bool
is_open(const struct router *router, uint32_t number)
{
    const struct session *session;

    LIST_FOREACH(session, &router->sessions, all) {
        if (session->number == number)
            return true;
    }
    return false;
}

/* What waits is its session's; after the end of that, its user's. */
static enum commit_right
right_of(const struct session *session)
{
    const struct router *router = session->router;
    const struct commit_pending *pending = engine_pending(router->engine);
    bool same_user;

    if (pending == NULL || pending->session == session->number)
        return COMMIT_HOLDER;
    same_user = str_equal(pending->user, session->user);
    if (same_user && !is_open(router, pending->session))
        return COMMIT_HOLDER;
    return same_user || session->level >= LEVEL_CONFIRM ? COMMIT_MAY_CONFIRM
                                                        : COMMIT_OTHERS;
}

static void
announce(struct session *session, const struct commit_summary *summary)
{
    const struct commit_pending *pending =
        engine_pending(session->router->engine);
    struct str sentence;

    str_init(&sentence);
    str_printf(&sentence,
        "Generation %llu of the configuration was committed by %s (session "
        "%u).",
        (unsigned long long)summary->generation, session->user,
        session->number);
    if (pending != NULL) {
        unsigned long long minutes = pending->period_us / minute_us;

        str_printf(&sentence,
            "  It will be rolled back in %llu %s unless it is confirmed.",
            minutes, minutes == 1 ? "minute" : "minutes");
    }
    router_announce(session->router, session, str_text(&sentence));
    str_done(&sentence);
}

static void
reply_summary(struct session *session, const struct commit_summary *summary)
{
    reply_number(session, (uint64_t)summary->outcome);
    reply_number(session, summary->generation);
    reply_number(session, summary->tunnels_created);
    reply_number(session, summary->tunnels_removed);
    reply_number(session, summary->tunnels_restarted);
    reply_number(session, summary->tunnels_changed_live);
    reply_number(session, summary->tunnels_renegotiated);
    reply_number(session, summary->tunnels_untouched);
    reply_number(session, summary->tunnels_taken_down);
    reply_number(session, summary->tunnels_brought_up);
}

/* Through the engine; the guard's tunnels are those that were up before the
 * first of the commits that wait. */
static enum err
commit_guarded(struct session *session, struct candidate *candidate,
    const struct commit_request *request, struct commit_summary *out_summary)
{
    struct router *router = session->router;
    const struct commit_pending *pending;
    struct guard *guard = NULL;
    enum err error;

    if (request->guard_s > 0 && router->guard == NULL)
        guard = guard_new(engine_running(router->engine), router->ipsec);
    router->committing = session;
    error = engine_commit(
        router->engine, candidate, request, &session->reply.diag, out_summary);
    router->committing = NULL;
    pending = engine_pending(router->engine);
    if (pending == NULL || pending->guard_s == 0) {
        drop_guard(router);
        guard_free(guard);
    } else if (guard != NULL && error == OK &&
               out_summary->outcome != COMMIT_KNOWN) {
        router->guard = guard;
    } else {
        guard_free(guard);
    }
    return error;
}

/* The answer waits until the dataplane has what was committed. */
static void
commit(struct session *session, const struct commit_request *request)
{
    struct router *router = session->router;
    struct candidate *candidate =
        session->candidate != NULL
            ? session->candidate
            : candidate_open(engine_running(router->engine));
    struct commit_summary summary = {0};

    session->reply.error =
        commit_guarded(session, candidate, request, &summary);
    if (session->candidate == NULL)
        candidate_free(candidate);
    if (session->reply.error != OK) {
        log_event(LOG_NOTICE, "commit", "REFUSED",
            "of session %u of %s: %s, %zu problems", session->number,
            session->user, err_name(session->reply.error),
            session->reply.diag.count);
        return;
    }
    if (session->candidate != NULL && summary.outcome != COMMIT_KNOWN) {
        session_follow_running(session);
        mark_renew(session);
    }
    reply_summary(session, &summary);
    if (summary.nothing_to_do)
        return;
    announce(session, &summary);
    session->job.mark = ipsec_sent(router->ipsec);
    session->job.step = is_applied;
}

static void
check(struct session *session)
{
    struct engine *engine = session->router->engine;
    struct commit_summary summary = {
        .nothing_to_do = true,
        .outcome = COMMIT_NOTHING,
        .generation = engine_generation(engine),
    };

    if (session->candidate != NULL) {
        session->reply.error = engine_check(
            engine, session->candidate, &session->reply.diag, &summary);
    }
    if (session->reply.error == OK)
        reply_summary(session, &summary);
}

/* Left out, or as the schema has it. */
static bool
is_argument(const struct value *value, size_t argument)
{
    const struct schema_type *type =
        &schema_execs[EXEC_COMMIT_GUARDED].args[argument].type;

    if (!value_is_set(value))
        return true;
    if (value->kind == VALUE_TEXT && value_string(value)[0] == '\0')
        return true;
    if (value->kind == VALUE_NUMBER && value->number == 0)
        return true;
    return value_check(type, value) == OK;
}

static bool
is_commit(const struct wire_frame *frame)
{
    static const size_t arguments[] = {
        [AT_COMMENT] = ARG_COMMIT_GUARDED_COMMENT,
        [AT_LABEL] = ARG_COMMIT_GUARDED_LABEL,
        [AT_ID] = ARG_COMMIT_GUARDED_ID,
        [AT_MINUTES] = ARG_COMMIT_GUARDED_MINUTES,
        [AT_GUARD] = ARG_COMMIT_GUARDED_GUARD,
    };
    size_t i;

    for (i = AT_COMMENT; i <= AT_GUARD; i++) {
        if (!is_argument(wire_at(frame, i), arguments[i]))
            return false;
    }
    return wire_number(frame, AT_MODE) <= 1 &&
           (wire_number(frame, AT_GUARD) == 0 ||
               wire_number(frame, AT_MINUTES) != 0);
}

void
verb_commit(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    const struct commit_request request = {
        .user = session->user,
        .origin = session->from,
        .comment = wire_text(frame, AT_COMMENT),
        .at_us = now->wall_us,
        .monotonic_us = now->monotonic_us,
        .label = wire_text(frame, AT_LABEL),
        .id = wire_text(frame, AT_ID),
        .confirm_us = wire_number(frame, AT_MINUTES) * minute_us,
        .guard_s = (uint32_t)wire_number(frame, AT_GUARD),
        .session = session->number,
        .right = right_of(session),
    };

    if (!is_commit(frame)) {
        reply_malformed(session);
    } else if (wire_number(frame, AT_MODE) != 0) {
        check(session);
    } else if (session_changes(session) == 0 || may_edit(session)) {
        /* who has nothing to change may still confirm what waits */
        commit(session, &request);
    }
}
