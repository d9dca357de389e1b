/*
 * auth.c - who is there, and what he may do.
 *
 * The ceiling of a session follows from the user and his groups (peer.h) and
 * is never exceeded.  Below it a level may have a secret; then it is given
 * to who knows that.  A level without one is guarded by the next lower level
 * that has one and is above the session's, so that a secret of level 10 is
 * not walked around through level 15.
 *
 * Hashing a password stops thread M for about 20 ms.  Attempts of all
 * sessions therefore stand in line, ATTEMPT_US apart; a wrong one is answered
 * late, and a session has few of them.
 */
#include "daemon/session_state.h"

#include "base/log.h"
#include "base/str.h"
#include "commit/commit.h"
#include "crypto/password.h"
#include "daemon/router_state.h"
#include "gen/views.h"
#include "oper/oper.h"

enum {
    LEVEL_MAX = 15,
    ATTEMPTS_MAX = 3,
    ATTEMPT_US = 200000, /* between two passwords that are tried */
    WRONG_US = 2000000,  /* until a wrong one is answered        */
};

/* ---- HELLO, SUBSCRIBE ---- */

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
    } else if (session->is_too_many) {
        reply_refuse(session, ERR_EXHAUSTED,
            "%d sessions are open, which is the most: end one of them.",
            (int)SESSIONS_MAX);
        session->is_over = true;
    } else if (!session->is_allowed) {
        reply_refuse(session, ERR_DENIED,
            "%s may not use this router: ask for the group ermine-readonly, "
            "ermine-operator or ermine-admin.",
            session->user);
        log_event(LOG_WARNING, "session", "REFUSED", "%s, %s", session->user,
            session->from);
        notices_alert(
            session, "Login of %s refused (%s).", session->user, session->from);
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
verb_subscribe(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    uint64_t classes = wire_number(frame, 0);

    (void)now;
    if ((classes & EVENT_LOG) != 0 && !session_may(session, LEVEL_LOG))
        return;
    /* The SNMP agent, which is the owner's, does not ask for a level. */
    if ((classes & EVENT_NOTIFICATION) != 0 && !session->is_owner &&
        !session_may(session, LEVEL_LOG))
        return;
    if ((classes & EVENT_NOTIFICATION) != 0)
        notices_catch_up(session->router);
    session->classes = classes;
}

/* ---- AUTH ---- */

/* The hash that guards this level for a session that is below it, "": none. */
static const char *
guard_of(const struct session *session, uint64_t level)
{
    const struct config *running = engine_running(session->router->engine);
    const struct object *object = NULL;
    const char *hash = "";

    while ((object = config_next(running, OBJECT_ENABLE_SECRET,
                object == NULL ? NULL : object->fields)) != NULL) {
        struct cfg_enable_secret view;

        cfg_enable_secret_read(object->fields, &view);
        if (view.level > session->level && view.level <= level)
            hash = view.secret; /* they come in ascending order */
    }
    return hash;
}

static void
give(struct session *session, uint64_t level)
{
    session->level = (uint8_t)level;
    session->reply.error = OK;
    reply_number(session, level);
}

static void
refuse_password(struct session *session)
{
    session->wrong_passwords++;
    reply_refuse(session, ERR_AUTH, "Bad passwords.");
    log_event(LOG_WARNING, "session", "PASSWORD",
        "a wrong one for level %u by session %u of %s, %s",
        (unsigned)session->job.level, session->number, session->user,
        session->from);
    notices_alert(session, "Wrong password for privilege level %u by %s (%s).",
        (unsigned)session->job.level, session->user, session->from);
}

/* Looks at the guard only now: it may have changed while this stood in line. */
static bool
try_password(struct session *session)
{
    const struct job *job = &session->job;
    const char *hash = guard_of(session, job->level);

    return hash[0] == '\0' ||
           password_matches(value_string(&job->password), hash);
}

static bool
step_password(struct session *session, const struct instant *now)
{
    struct router *router = session->router;
    struct job *job = &session->job;

    if (session->reply.error == ERR_AUTH) { /* it was wrong, and time passed */
        job->due_us = job->mark;
        return now->monotonic_us >= job->mark;
    }
    if (now->monotonic_us < router->next_password_us) {
        job->due_us = router->next_password_us;
        return false;
    }
    router->next_password_us = now->monotonic_us + ATTEMPT_US;
    if (try_password(session)) {
        give(session, job->level);
        return true;
    }
    refuse_password(session);
    job->mark = now->monotonic_us + WRONG_US;
    job->due_us = job->mark;
    return false;
}

/* A script of the router's owner has nobody to ask, and its owner could read
 * and change everything without us. */
static bool
is_guarded(const struct session *session, uint64_t level)
{
    return level > session->level &&
           (session->is_person || !session->is_owner) &&
           guard_of(session, level)[0] != '\0';
}

static void
ask_password(
    struct session *session, uint64_t level, const struct value *password)
{
    if (session->wrong_passwords >= ATTEMPTS_MAX) {
        reply_refuse(session, ERR_DENIED,
            "There were %d bad passwords: log in again for more.",
            ATTEMPTS_MAX);
    } else if (password->kind != VALUE_CLEAR) {
        reply_refuse(session, ERR_AUTH,
            "Privilege level %u has a secret: type `enable %u` at a console, "
            "and answer with it.",
            (unsigned)level, (unsigned)level);
    } else {
        session->job.level = level;
        session->job.password = value_share(password);
        session->job.step = step_password;
        session->job.due_us = 0;
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
    } else if (level > session->ceiling) {
        reply_refuse(session, ERR_DENIED,
            "%s may have privilege level %u at most.", session->user,
            session->ceiling);
        log_event(LOG_WARNING, "session", "DENIED",
            "level %u for session %u of %s", (unsigned)level, session->number,
            session->user);
        notices_alert(session, "Privilege level %u refused to %s (%s).",
            (unsigned)level, session->user, session->from);
    } else if (is_guarded(session, level)) {
        ask_password(session, level, wire_at(frame, 1));
    } else {
        give(session, level);
    }
}
