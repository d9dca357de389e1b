/*
 * verbs.c - who is there, what he may do, and the candidate as a whole.
 */
#include "daemon/session_state.h"

#include "base/log.h"
#include "base/str.h"
#include "commit/commit.h"
#include "daemon/router_state.h"
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
