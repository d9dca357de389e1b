/*
 * exclusive.c - the one session that may hold the configuration for itself.
 *
 * While it does, nobody else opens a candidate, edits one or commits; looking,
 * checking and discarding stay free.  It ends with configuration mode, with
 * `discard`, with the session, or by `clear exclusive`.
 */
#include "daemon/session_state.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "daemon/router_state.h"

bool
exclusive_is_held(const struct session *session)
{
    return session->router->holder == session;
}

bool
may_edit(struct session *session)
{
    const struct router *router = session->router;
    char since[CLOCK_TEXT_SIZE];

    if (router->holder == NULL || router->holder == session)
        return true;
    reply_refuse(session, ERR_CONFLICT,
        "%s (session %u, %s) holds the configuration exclusively since %s: "
        "try again later, or break that with `clear exclusive`, which needs "
        "level 15.",
        router->holder->user, router->holder->number, router->holder->from,
        clock_format_iso(router->held_since_us, since));
    return false;
}

/* To everybody else. */
static void
announce(const struct session *session, const char *what)
{
    struct str sentence;

    str_init(&sentence);
    str_printf(
        &sentence, "%s (session %u) %s.", session->user, session->number, what);
    router_announce(session->router, session, str_text(&sentence));
    log_event(LOG_NOTICE, "session", "EXCLUSIVE", "%s", str_text(&sentence));
    str_done(&sentence);
}

/* Others may have work that they cannot commit for a while. */
static void
warn_of_others(struct session *session)
{
    struct session *other;

    LIST_FOREACH(other, &session->router->sessions, all) {
        size_t changes = other == session ? 0 : session_changes(other);

        if (changes == 0)
            continue;
        diag_add(&session->reply.diag, DIAG_WARNING, NULL, NULL,
            "%s (session %u) has %zu changed %s not committed, and cannot "
            "commit until this ends.",
            other->user, other->number, changes,
            changes == 1 ? "object" : "objects");
    }
}

void
exclusive_take(struct session *session, const struct instant *now)
{
    struct router *router = session->router;

    if (router->holder == session)
        return;
    router->holder = session;
    router->held_since_us = now->wall_us;
    warn_of_others(session);
    session_audit(session, now, AUDIT_EVENT_EXCLUSIVE, OK, "taken");
    announce(session, "holds the configuration exclusively from now on");
}

void
exclusive_end(struct session *session, const struct instant *now)
{
    if (!exclusive_is_held(session))
        return;
    session->router->holder = NULL;
    session_audit(session, now, AUDIT_EVENT_EXCLUSIVE, OK, "ended");
    announce(session, "does not hold the configuration any more");
}

void
exec_clear_exclusive(struct session *session, const struct instant *now)
{
    struct session *holder = session->router->holder;
    struct str sentence;

    if (holder == NULL) {
        reply_text(session, "No session holds the configuration exclusively.");
        return;
    }
    session->router->holder = NULL;
    str_init(&sentence);
    str_printf(&sentence,
        "%s (session %u) has ended your holding the configuration "
        "exclusively; your candidate is kept.",
        session->user, session->number);
    session_tell(holder, EVENT_CONFIGURATION, str_text(&sentence));
    str_clear(&sentence);
    str_printf(&sentence, "%s (session %u) no longer holds the configuration.",
        holder->user, holder->number);
    reply_text(session, str_text(&sentence));
    session_audit(session, now, AUDIT_EVENT_EXCLUSIVE, OK,
        "broken, of %s (session %u)", holder->user, holder->number);
    log_event(LOG_WARNING, "session", "EXCLUSIVE", "session %u of %s breaks %s",
        session->number, session->user, str_text(&sentence));
    str_done(&sentence);
}
