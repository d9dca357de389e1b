/*
 * audit.c - who did, or tried, what changes something.
 *
 * What a session is answered is looked at here, in one place, after its
 * handler; accepted commits are written by the store, in their own
 * transaction.  No text of a frame goes into the log but what the schema or
 * this file spells out, so that no secret can.  That an entry cannot be
 * written is logged and stops nothing.
 */
#include "daemon/session_state.h"

#include "base/log.h"
#include "base/str.h"
#include "daemon/router_state.h"
#include "store/store.h"

#include <stdarg.h>

enum {
    LEVEL_ACTS = 10,
    COMMIT_CHECK = 1,
    REFUSED_PAUSE_US = 10 * 1000 * 1000,
};

void
session_audit(struct session *session, const struct instant *now,
    enum audit_event event, enum err error, const char *fmt, ...)
{
    struct store_audit entry = {
        .at_us = now->wall_us,
        .user = session->user,
        .origin = session->from,
        .session = session->number,
        .event = schema_enums[ENUM_AUDIT_EVENT].values[event].word,
    };
    enum audit_outcome outcome =
        error == OK ? AUDIT_OUTCOME_DONE : AUDIT_OUTCOME_REFUSED;
    struct str text;
    va_list args;

    str_init(&text);
    va_start(args, fmt);
    str_vprintf(&text, fmt, args);
    va_end(args);
    entry.outcome = schema_enums[ENUM_AUDIT_OUTCOME].values[outcome].word;
    entry.text = str_text(&text);
    if (store_audit(session->router->store, &entry) != OK) {
        log_event(LOG_ERROR, "audit", "NOT-WRITTEN", "%s %s of %s: %s",
            entry.event, entry.outcome, session->user, entry.text);
    }
    str_done(&text);
}

/* ---- what was answered ---- */

static const char *
first_sentence(const struct session *session)
{
    const struct diag *diag = &session->reply.diag;

    return diag->count == 0 ? err_name(session->reply.error)
                            : diag->entries[0].sentence;
}

static void
audit_refusal(
    struct session *session, const struct instant *now, enum audit_event event)
{
    session_audit(session, now, event, session->reply.error, "%s",
        first_sentence(session));
}

/* Who may not use the router could fill the log by trying again and again,
 * until what matters is gone from it: one such entry in ten seconds, all of
 * them in the daemon's own log. */
static void
audit_stranger(struct session *session, const struct instant *now)
{
    struct router *router = session->router;

    if (now->monotonic_us < router->next_refused_us)
        return;
    router->next_refused_us = now->monotonic_us + REFUSED_PAUSE_US;
    audit_refusal(session, now, AUDIT_EVENT_SESSION);
}

static void
audit_hello(struct session *session, const struct audit_before *before,
    const struct wire_frame *frame, const struct instant *now)
{
    (void)before;
    (void)frame;
    if (session->reply.error == OK) {
        session_audit(session, now, AUDIT_EVENT_SESSION, OK, "opened");
    } else if (session->reply.error == ERR_DENIED) {
        audit_stranger(session, now);
    }
}

static void
audit_level(struct session *session, const struct audit_before *before,
    const struct wire_frame *frame, const struct instant *now)
{
    if (session->reply.error != OK) {
        session_audit(session, now, AUDIT_EVENT_LEVEL, session->reply.error,
            "level %llu: %s", (unsigned long long)wire_number(frame, 0),
            first_sentence(session));
    } else if (session->level > before->level) {
        session_audit(session, now, AUDIT_EVENT_LEVEL, OK, "level %u",
            (unsigned)session->level);
    }
}

static void
audit_close(struct session *session, const struct audit_before *before,
    const struct wire_frame *frame, const struct instant *now)
{
    (void)frame;
    if (before->changes > 0 && session->candidate == NULL) {
        session_audit(session, now, AUDIT_EVENT_DISCARD, OK, "%zu changed %s",
            before->changes, before->changes == 1 ? "object" : "objects");
    }
}

static void
audit_open(struct session *session, const struct audit_before *before,
    const struct wire_frame *frame, const struct instant *now)
{
    (void)before;
    (void)frame;
    if (session->reply.error != OK)
        audit_refusal(session, now, AUDIT_EVENT_EXCLUSIVE);
}

static void
audit_commit(struct session *session, const struct audit_before *before,
    const struct wire_frame *frame, const struct instant *now)
{
    (void)before;
    if (session->reply.error != OK && wire_number(frame, 0) != COMMIT_CHECK)
        audit_refusal(session, now, AUDIT_EVENT_COMMIT);
}

static void
audit_rollback(struct session *session, const struct audit_before *before,
    const struct wire_frame *frame, const struct instant *now)
{
    (void)before;
    (void)frame;
    if (session->reply.error != OK) {
        audit_refusal(session, now, AUDIT_EVENT_ROLLBACK);
    } else if (session->reply.count > 0) {
        session_audit(session, now, AUDIT_EVENT_ROLLBACK, OK,
            "generation %llu into the candidate",
            (unsigned long long)session->reply.values[0].number);
    }
}

/* Does the command do more than show? */
static bool
acts(const struct schema_exec *exec)
{
    return exec->command != SCHEMA_NONE && exec->level >= LEVEL_ACTS &&
           !str_has_prefix(schema_commands[exec->command].synopsis, "show ");
}

/* `clear exclusive` has a better entry of its own. */
static void
audit_exec(struct session *session, const struct audit_before *before,
    const struct wire_frame *frame, const struct instant *now)
{
    uint64_t number = wire_number(frame, 0);

    (void)before;
    if (number >= EXEC_COUNT || !acts(&schema_execs[number]))
        return;
    if (session->reply.error != OK || number != EXEC_CLEAR_EXCLUSIVE) {
        session_audit(session, now, AUDIT_EVENT_COMMAND, session->reply.error,
            "%s", schema_commands[schema_execs[number].command].synopsis);
    }
}

/* The file's name is the user's; what is in it is not said. */
static void
audit_import(struct session *session, const struct audit_before *before,
    const struct wire_frame *frame, const struct instant *now)
{
    (void)before;
    session_audit(session, now, AUDIT_EVENT_COMMAND, session->reply.error,
        "ipsec certificate import %s", wire_text(frame, 1));
}

/* Without the password. */
static void
audit_enroll(struct session *session, const struct audit_before *before,
    const struct wire_frame *frame, const struct instant *now)
{
    (void)before;
    session_audit(session, now, AUDIT_EVENT_COMMAND, session->reply.error,
        "ipsec ca enroll %s", wire_text(frame, 0));
}

typedef void audit_function(struct session *session,
    const struct audit_before *before, const struct wire_frame *frame,
    const struct instant *now);

static audit_function *const audits[] = {
    [WIRE_HELLO] = audit_hello,
    [WIRE_AUTH] = audit_level,
    [WIRE_OPEN] = audit_open,
    [WIRE_CLOSE] = audit_close,
    [WIRE_COMMIT] = audit_commit,
    [WIRE_ROLLBACK] = audit_rollback,
    [WIRE_EXEC] = audit_exec,
    [WIRE_IMPORT] = audit_import,
    [WIRE_ENROLL] = audit_enroll,
};

struct audit_before
audit_look(const struct session *session, const struct wire_frame *frame)
{
    return (struct audit_before){
        .level = session->level,
        .changes = frame->verb == WIRE_CLOSE ? session_changes(session) : 0,
    };
}

void
audit_answer(struct session *session, const struct audit_before *before,
    const struct wire_frame *frame, const struct instant *now)
{
    const size_t count = sizeof audits / sizeof audits[0];
    bool is_greeted = session->has_greeted || frame->verb == WIRE_HELLO;

    if (is_greeted && frame->verb < count && audits[frame->verb] != NULL)
        audits[frame->verb](session, before, frame, now);
}

void
session_close(struct session *session, const struct instant *now)
{
    size_t changes = session_changes(session);

    exclusive_end(session, now);
    if (!session->has_greeted)
        return;
    if (changes > 0) {
        session_audit(session, now, AUDIT_EVENT_DISCARD, OK,
            "%zu changed %s, with the session", changes,
            changes == 1 ? "object" : "objects");
    }
    session_audit(session, now, AUDIT_EVENT_SESSION, OK, "closed");
}
