/*
 * verbs.c - who is there, what he may do, and the candidate as a whole.
 */
#include "daemon/session_state.h"

#include "base/log.h"
#include "base/str.h"
#include "commit/commit.h"
#include "daemon/router_state.h"
#include "ipsec/ipsec.h"
#include "oper/oper.h"

enum { LEVEL_MAX = 15 };

/* ---- HELLO, AUTH, SUBSCRIBE ---- */

static void
greet(struct session *session)
{
    struct router *router = session->router;
    struct str version;

    str_init(&version);
    oper_software(&router->chassis, &version);
    session->has_greeted = true;
    reply_text(session, router_hostname(router));
    reply_text(session, session->user);
    reply_number(session, session->ceiling);
    reply_number(session, session->number);
    reply_text(session, str_text(&version));
    str_done(&version);
    log_event(LOG_INFO, "session", "OPENED", "session %u of %s, %s",
        session->number, session->user, session->from);
}

void
verb_hello(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    (void)now;
    if (session->has_greeted) {
        reply_malformed(session);
    } else if (!session->is_allowed) {
        reply_refuse(session, ERR_DENIED,
            "%s may not use this router: ask for the group ermine-readonly, "
            "ermine-operator or ermine-admin.",
            session->user);
        log_event(LOG_WARNING, "session", "REFUSED", "%s, %s", session->user,
            session->from);
        session->is_over = true;
    } else if (wire_number(frame, 0) != WIRE_FORMAT ||
               !str_equal(wire_text(frame, 1), schema_hash)) {
        reply_refuse(session, ERR_CONFLICT,
            "This ermine and the running ermined are of different releases: "
            "install both from the same one and restart ermined.");
        session->is_over = true;
    } else {
        greet(session);
    }
}

void
verb_auth(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    uint64_t level = wire_number(frame, 0);

    (void)now;
    if (wire_at(frame, 0)->kind != VALUE_NUMBER || level > LEVEL_MAX) {
        reply_malformed(session);
        return;
    }
    if (level > session->ceiling) {
        reply_refuse(session, ERR_DENIED,
            "%s may have privilege level %u at most.", session->user,
            session->ceiling);
        log_event(LOG_WARNING, "session", "DENIED",
            "level %u for session %u of %s", (unsigned)level, session->number,
            session->user);
        return;
    }
    session->level = (uint8_t)level;
    reply_number(session, level);
}

void
verb_subscribe(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    (void)now;
    session->classes = wire_number(frame, 0);
}

/* ---- OPEN, CLOSE ---- */

/* A candidate without edits follows what is running. */
static void
follow_running(struct session *session)
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

    (void)frame;
    (void)now;
    if (session->candidate == NULL)
        session->candidate = candidate_open(engine_running(engine));
    if (!session->is_touched)
        follow_running(session);
    reply_number(session, session->base_generation);
}

void
verb_close(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    (void)frame;
    (void)now;
    candidate_free(session->candidate);
    session->candidate = NULL;
    session->is_touched = false;
}

/* ---- COMMIT ---- */

static bool
is_applied(struct session *session, const struct instant *now)
{
    (void)now;
    return ipsec_applied(session->router->ipsec) >= session->job.mark;
}

static void
announce(struct session *session, const struct commit_summary *summary)
{
    struct str sentence;

    str_init(&sentence);
    str_printf(&sentence,
        "Generation %llu of the configuration was committed by %s (session "
        "%u).",
        (unsigned long long)summary->generation, session->user,
        session->number);
    router_announce(session->router, session, str_text(&sentence));
    str_done(&sentence);
}

static void
reply_summary(struct session *session, const struct commit_summary *summary)
{
    reply_number(session, summary->nothing_to_do ? 1 : 0);
    reply_number(session, summary->generation);
    reply_number(session, summary->tunnels_created);
    reply_number(session, summary->tunnels_removed);
    reply_number(session, summary->tunnels_restarted);
    reply_number(session, summary->tunnels_changed_live);
}

/* The answer waits until the dataplane has what was committed. */
static void
commit(struct session *session, const char *comment, const struct instant *now)
{
    struct router *router = session->router;
    struct commit_summary summary = {0};
    struct commit_request request = {
        .user = session->user,
        .origin = session->from,
        .comment = comment,
        .at_us = now->wall_us,
    };

    session->reply.error = engine_commit(router->engine, session->candidate,
        &request, &session->reply.diag, &summary);
    if (session->reply.error != OK) {
        log_event(LOG_NOTICE, "commit", "REFUSED",
            "of session %u of %s: %s, %zu problems", session->number,
            session->user, err_name(session->reply.error),
            session->reply.diag.count);
        return;
    }
    follow_running(session);
    reply_summary(session, &summary);
    if (summary.nothing_to_do)
        return;
    announce(session, &summary);
    session->job.mark = ipsec_sent(router->ipsec);
    session->job.step = is_applied;
}

/* Left out, or as the schema has it: one line of text. */
static bool
is_comment(const struct value *comment)
{
    const struct schema_type *type =
        &schema_execs[EXEC_COMMIT].args[ARG_COMMIT_COMMENT].type;

    return !value_is_set(comment) ||
           (comment->kind == VALUE_TEXT && value_string(comment)[0] == '\0') ||
           value_check(type, comment) == OK;
}

void
verb_commit(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    struct engine *engine = session->router->engine;
    struct commit_summary summary = {
        .nothing_to_do = true,
        .generation = engine_generation(engine),
    };

    if (wire_number(frame, 0) > 1 || !is_comment(wire_at(frame, 1))) {
        reply_malformed(session);
    } else if (session->candidate == NULL) {
        reply_summary(session, &summary);
    } else if (wire_number(frame, 0) == 0) {
        commit(session, wire_text(frame, 1), now);
    } else {
        session->reply.error = engine_check(
            engine, session->candidate, &session->reply.diag, &summary);
        if (session->reply.error == OK)
            reply_summary(session, &summary);
    }
}
