/*
 * session.c - one client's conversation with a router.
 *
 *    in -> frame -> table of verbs -> handler -> reply -> out
 *                                       |
 *                                      job, stepped until it is done
 */
#include "daemon/session_state.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "daemon/router_state.h"
#include "diagnosis/diagnosis.h"
#include "oper/oper.h"
#include "pki/pki.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROBLEMS_MAX = 200,                     /* told in one REPLY */
    PROBLEMS_BYTES = WIRE_FRAME_MAX - 4096, /* of their texts    */
    PROBLEM_OVERHEAD = 32,
};

/* What a verb needs before its handler is asked. */
static const struct verb {
    verb_handler *handle;
    uint8_t level;
} verbs[] = {
    [WIRE_HELLO] = {verb_hello,     0 },
    [WIRE_AUTH] = {verb_auth,      0 },
    [WIRE_OPEN] = {verb_open,      10},
    [WIRE_CLOSE] = {verb_close,     0 },
    [WIRE_CREATE] = {verb_create,    10},
    [WIRE_DELETE] = {verb_delete,    10},
    [WIRE_SET] = {verb_set,       10},
    [WIRE_UNSET] = {verb_unset,     10},
    [WIRE_COMMIT] = {verb_commit,    10},
    [WIRE_ROLLBACK] = {verb_rollback,  10},
    [WIRE_SHOW] = {verb_show,      0 },
    [WIRE_EXEC] = {verb_exec,      0 },
    [WIRE_SUBSCRIBE] = {verb_subscribe, 0 },
    [WIRE_EVENT] = {NULL,           0 },
    [WIRE_LINE] = {verb_line,      0 },
    [WIRE_IMPORT] = {verb_import,    15},
    [WIRE_ENROLL] = {verb_enroll,    15},
};

/* ---- life ---- */

struct session *
session_new(struct router *router, const struct session_user *user,
    const struct instant *now)
{
    struct session *session = mem_alloc(sizeof *session);

    session->router = router;
    session->number = ++router->last_session;
    session->user = mem_strdup(user->name);
    session->from = mem_strdup(user->from);
    session->is_allowed = user->is_allowed;
    session->is_too_many = user->is_too_many;
    session->ceiling = user->ceiling;
    session->is_owner = user->is_owner;
    session->level = user->ceiling < 1 ? user->ceiling : 1;
    session->since_us = now->wall_us;
    session->asked_us = now->monotonic_us;
    wire_buffer_init(&session->in);
    wire_buffer_init(&session->out);
    diag_init(&session->reply.diag);
    LIST_INSERT_HEAD(&router->sessions, session, all);
    return session;
}

static void
job_done(struct job *job)
{
    config_unref(job->config);
    change_set_done(&job->changes);
    ping_free(job->ping);
    test_free(job->test);
    pki_make_abandon(job->making);
    crypto_report_free(job->report);
    tunnel_summary_free(job->summary);
    value_done(&job->authority);
    free(job->explained);
    value_done(&job->password);
    *job = (struct job){.due_us = UINT64_MAX};
}

static void
reply_done(struct reply *reply)
{
    size_t i;

    for (i = 0; i < reply->count; i++)
        value_done(&reply->values[i]);
    diag_done(&reply->diag);
    *reply = (struct reply){0};
    diag_init(&reply->diag);
}

void
session_free(struct session *session)
{
    if (session == NULL)
        return;
    if (session->has_greeted) {
        log_event(LOG_INFO, "session", "CLOSED", "session %u of %s%s",
            session->number, session->user,
            session->is_touched ? ", its candidate is dropped" : "");
    }
    LIST_REMOVE(session, all);
    if (exclusive_is_held(session))
        session->router->holder = NULL;
    job_done(&session->job);
    reply_done(&session->reply);
    candidate_free(session->candidate);
    mark_done(&session->mark);
    wire_buffer_done(&session->in);
    wire_buffer_done(&session->out);
    free(session->user);
    free(session->from);
    free(session);
}

struct wire_buffer *
session_in(struct session *session)
{
    return &session->in;
}

struct wire_buffer *
session_out(struct session *session)
{
    return &session->out;
}

bool
session_is_over(const struct session *session)
{
    return session->is_over;
}

bool
session_is_service(const struct session *session)
{
    return session->is_service;
}

uint64_t
session_due(const struct session *session)
{
    return session->job.step == NULL ? line_idle_due(session)
                                     : session->job.due_us;
}

size_t
session_changes(const struct session *session)
{
    struct change_set set;
    size_t count;

    if (session->candidate == NULL || !session->is_touched)
        return 0;
    config_diff(candidate_base(session->candidate),
        candidate_work(session->candidate), &set);
    count = set.count;
    change_set_done(&set);
    return count;
}

/* ---- answering ---- */

void
reply_refuse(struct session *session, enum err error, const char *fmt, ...)
{
    struct str sentence;
    va_list args;

    str_init(&sentence);
    va_start(args, fmt);
    str_vprintf(&sentence, fmt, args);
    va_end(args);
    diag_add(&session->reply.diag, DIAG_ERROR, NULL, NULL, "%s",
        str_text(&sentence));
    session->reply.error = error;
    str_done(&sentence);
}

void
reply_malformed(struct session *session)
{
    reply_refuse(session, ERR_MALFORMED,
        "The request is not of the form that this ermined knows: use the "
        "ermine of the same release.");
}

static void
reply_value(struct session *session, struct value value)
{
    struct reply *reply = &session->reply;

    if (reply->count < REPLY_VALUES_MAX) {
        reply->values[reply->count++] = value;
    } else {
        value_done(&value);
    }
}

void
reply_number(struct session *session, uint64_t number)
{
    reply_value(session, value_number(number));
}

void
reply_none(struct session *session)
{
    reply_value(session, value_none());
}

void
reply_text(struct session *session, const char *text)
{
    reply_value(session, value_text(text));
}

bool
session_may(struct session *session, uint8_t level)
{
    if (session->level >= level)
        return true;
    reply_refuse(session, ERR_DENIED,
        "This needs privilege level %u; the session is at level %u.", level,
        session->level);
    notices_alert(session,
        "A command of privilege level %u refused to %s at level %u (%s).",
        level, session->user, session->level, session->from);
    return false;
}

void
session_put(struct session *session, struct wire_frame *frame)
{
    if (wire_encode(frame, &session->out) != OK) {
        /* No answer of ours is that long: rows are bounded by the schema. */
        log_event(LOG_ERROR, "session", "TOO-LONG", "an answer to session %u",
            session->number);
        session->is_over = true;
    }
    wire_frame_done(frame);
}

void
session_row(struct session *session, const struct value *columns, size_t count)
{
    struct wire_frame row;
    size_t i;

    wire_frame_init(&row, WIRE_ROW, session->reply.id);
    for (i = 0; i < count; i++)
        wire_add(&row, value_share(&columns[i]));
    session_put(session, &row);
}

void
session_tell(
    struct session *session, enum event_class class, const char *sentence)
{
    struct wire_frame event;

    if ((session->classes & (uint64_t) class) == 0)
        return;
    /* Who does not read his events misses some. */
    if (wire_buffer_length(&session->out) > SESSION_OUT_MAX)
        return;
    wire_frame_init(&event, WIRE_EVENT, 0);
    wire_add_number(&event, (uint64_t) class);
    wire_add_text(&event, sentence);
    session_put(session, &event);
}

void
session_end(struct session *session, const char *sentence)
{
    struct wire_frame event;

    wire_frame_init(&event, WIRE_EVENT, 0);
    wire_add_number(&event, EVENT_OVER);
    wire_add_text(&event, sentence);
    session_put(session, &event);
    session->is_over = true;
}

static void
put_problem(struct wire_frame *frame, const struct diag_entry *entry)
{
    wire_add_number(frame, (uint64_t)entry->severity);
    wire_add_text(frame, entry->path);
    wire_add_text(frame, entry->setting);
    wire_add_text(frame, entry->sentence);
}

static size_t
problem_size(const struct diag_entry *entry)
{
    return PROBLEM_OVERHEAD + strlen(entry->path) + strlen(entry->setting) +
           strlen(entry->sentence);
}

/* How much a frame still takes, and what did not go in. */
struct problem_room {
    size_t entries;
    size_t bytes;
    size_t left_out[DIAG_WARNING + 1];
};

static void
put_severity(struct wire_frame *frame, const struct diag *diag,
    enum diag_severity severity, struct problem_room *room)
{
    size_t i;

    for (i = 0; i < diag->count; i++) {
        const struct diag_entry *entry = &diag->entries[i];
        size_t size = problem_size(entry);

        if (entry->severity != severity)
            continue;
        if (room->entries == 0 || size > room->bytes) {
            room->left_out[severity]++;
            continue;
        }
        room->entries--;
        room->bytes -= size;
        put_problem(frame, entry);
    }
}

/* All problems, errors first, or as many as a frame holds and how many more
 * there are. */
static void
put_problems(struct wire_frame *frame, const struct diag *diag)
{
    struct problem_room room = {PROBLEMS_MAX, PROBLEMS_BYTES, {0}};
    struct diag more;
    size_t i;

    put_severity(frame, diag, DIAG_ERROR, &room);
    put_severity(frame, diag, DIAG_WARNING, &room);
    diag_init(&more);
    if (room.left_out[DIAG_ERROR] > 0) {
        diag_add(&more, DIAG_ERROR, NULL, NULL,
            "There are %zu more problems: correct these first.",
            room.left_out[DIAG_ERROR]);
    }
    if (room.left_out[DIAG_WARNING] > 0) {
        diag_add(&more, DIAG_WARNING, NULL, NULL,
            "There are %zu more warnings.", room.left_out[DIAG_WARNING]);
    }
    for (i = 0; i < more.count; i++)
        put_problem(frame, &more.entries[i]);
    diag_done(&more);
}

static void
send_reply(struct session *session)
{
    struct reply *reply = &session->reply;
    struct wire_frame frame;
    size_t i;

    wire_frame_init(&frame, WIRE_REPLY, reply->id);
    wire_add_number(&frame, (uint64_t)reply->error);
    wire_add_number(&frame, reply->count);
    for (i = 0; i < reply->count; i++)
        wire_add(&frame, value_share(&reply->values[i]));
    put_problems(&frame, &reply->diag);
    session_put(session, &frame);
    reply_done(reply);
}

/* ---- taking requests ---- */

static void
answer(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    const struct verb *verb = &verbs[frame->verb];
    struct audit_before before = audit_look(session, frame);

    session->reply.id = frame->id;
    session->asked_us = now->monotonic_us;
    session->job.due_us = UINT64_MAX;
    if (!session->has_greeted && frame->verb != WIRE_HELLO) {
        reply_refuse(session, ERR_DENIED, "The first request is HELLO.");
        session->is_over = true;
    } else if (verb->handle == NULL) {
        reply_malformed(session);
        session->is_over = true;
    } else if (session_may(session, verb->level)) {
        verb->handle(session, frame, now);
    }
    audit_answer(session, &before, frame, now);
    if (session->job.step == NULL)
        send_reply(session);
}

/* Go on with the job; true: there is none any more. */
static bool
step_job(struct session *session, const struct instant *now)
{
    if (session->job.step == NULL)
        return true;
    if (!session->job.step(session, now))
        return false;
    job_done(&session->job);
    session->asked_us = now->monotonic_us;
    send_reply(session);
    return true;
}

void
session_run(struct session *session, const struct instant *now)
{
    struct wire_frame frame;
    bool complete;

    while (!session->is_over) {
        if (!step_job(session, now))
            return;
        if (session->is_over ||
            wire_buffer_length(&session->out) > SESSION_OUT_MAX)
            return;
        if (wire_decode(&session->in, &frame, &complete) != OK) {
            log_event(LOG_WARNING, "session", "MALFORMED",
                "session %u of %s sent what is no frame", session->number,
                session->user);
            session->is_over = true;
            return;
        }
        if (!complete && now->monotonic_us >= line_idle_due(session))
            line_close_idle(session);
        if (!complete)
            return;
        answer(session, &frame, now);
        wire_frame_done(&frame);
    }
}
