/*
 * notices.c - notifications on their way to the sessions.
 */
#include "daemon/notices.h"

#include "base/arena.h"
#include "base/str.h"
#include "commit/commit.h"
#include "daemon/router_state.h"
#include "daemon/session_state.h"
#include "dp.h"
#include "ipsec/ipsec.h"

#include <stdarg.h>
#include <stdlib.h>

enum {
    SLICE = 4096,         /* tunnels looked at in a second           */
    OUT_MAX = 512 * 1024, /* above it a session misses notifications */
    S_US = 1000000,
};

void
notices_done(struct notices *notices)
{
    free(notices->told);
    *notices = (struct notices){0};
}

/* ---- making one ---- */

bool
notice_is_wanted(const struct router *router)
{
    const struct session *session;

    LIST_FOREACH(session, &router->sessions, all) {
        if ((session->classes & EVENT_NOTIFICATION) != 0)
            return true;
    }
    return false;
}

void
notice_start(
    const struct router *router, enum notification kind, struct notice *notice)
{
    *notice = (struct notice){0};
    notice_number(notice, COLUMN_NOTIFICATION_KIND, (uint64_t)kind);
    notice_number(
        notice, COLUMN_NOTIFICATION_AT_US, router->notices.now.wall_us);
}

void
notice_number(struct notice *notice, unsigned column, uint64_t number)
{
    notice->columns[column] = value_number(number);
}

void
notice_text(struct notice *notice, unsigned column, const char *text)
{
    notice->columns[column] = value_text(text);
}

static void
put(struct session *session, const struct notice *notice, const char *sentence)
{
    struct wire_frame event;
    size_t i;

    wire_frame_init(&event, WIRE_EVENT, 0);
    wire_add_number(&event, EVENT_NOTIFICATION);
    wire_add_text(&event, sentence);
    wire_add_number(&event, session->missed);
    for (i = 0; i < COLUMNS_NOTIFICATION; i++)
        wire_add(&event, value_share(&notice->columns[i]));
    session_put(session, &event);
}

void
notice_send(struct router *router, struct notice *notice, const char *sentence)
{
    struct session *session;
    size_t i;

    LIST_FOREACH(session, &router->sessions, all) {
        if ((session->classes & EVENT_NOTIFICATION) == 0)
            continue;
        if (wire_buffer_length(&session->out) > OUT_MAX) {
            session->missed++;
        } else {
            put(session, notice, sentence);
        }
    }
    for (i = 0; i < COLUMNS_NOTIFICATION; i++)
        value_done(&notice->columns[i]);
}

/* ---- what was missed ---- */

/* When there is room again: nothing else may follow for hours. */
static void
tell_missed(struct router *router, struct session *session)
{
    struct notice notice;
    struct str sentence;
    uint32_t lost = session->missed - session->told_missed;

    if (lost == 0 || (session->classes & EVENT_NOTIFICATION) == 0 ||
        wire_buffer_length(&session->out) > OUT_MAX)
        return;
    session->told_missed = session->missed;
    str_init(&sentence);
    str_printf(&sentence, "%u notifications were left out.", (unsigned)lost);
    notice_start(router, NOTIFICATION_NOTIFICATIONS_LOST, &notice);
    notice_number(&notice, COLUMN_NOTIFICATION_LOST, lost);
    put(session, &notice, str_text(&sentence));
    str_done(&sentence);
}

/* ---- commits ---- */

static enum err
prepare(void *context, const struct config *from, const struct config *to,
    const struct change_set *set, struct diag *diag)
{
    (void)context;
    (void)from;
    (void)to;
    (void)set;
    (void)diag;
    return OK;
}

static void
give_up(void *context)
{
    (void)context;
}

static void
look_at_all(struct notices *notices)
{
    if (notices->is_looking) {
        notices->looks_again = true;
    } else {
        notices->is_looking = true;
        notices->cursor = 0;
    }
}

static void
apply(void *context)
{
    struct router *router = context;

    look_at_all(&router->notices);
}

struct participant
notices_participant(struct router *router)
{
    return (struct participant){
        .name = "notices",
        .context = router,
        .prepare = prepare,
        .abort = give_up,
        .apply = apply,
    };
}

void
notices_commit(struct router *router, const struct commit_note *note)
{
    static const struct {
        enum notification kind;
        const char *what;
    } kinds[] = {
        [COMMIT_NOTE_DONE] = {NOTIFICATION_COMMIT,             "was committed"},
        [COMMIT_NOTE_WAITS] = {NOTIFICATION_COMMIT_PENDING,
                              "waits to be confirmed"                         },
        [COMMIT_NOTE_BACK] = {NOTIFICATION_COMMIT_ROLLED_BACK,
                              "is what was running before"                    },
    };
    struct notice notice;
    struct str sentence;

    router->notices.now.wall_us = note->wall_us;
    if (!notice_is_wanted(router))
        return;
    notice_start(router, kinds[note->kind].kind, &notice);
    notice_number(&notice, COLUMN_NOTIFICATION_GENERATION, note->generation);
    notice_text(&notice, COLUMN_NOTIFICATION_WHO, note->user);
    notice_text(&notice, COLUMN_NOTIFICATION_REMARK,
        note->comment == NULL ? "" : note->comment);
    if (note->kind == COMMIT_NOTE_WAITS) {
        notice_number(&notice, COLUMN_NOTIFICATION_SECONDS_LEFT,
            (note->left_us + S_US - 1) / S_US);
    } else {
        notice_number(&notice, COLUMN_NOTIFICATION_CHANGES, note->changes);
    }
    str_init(&sentence);
    str_printf(&sentence, "Generation %llu of %s %s.",
        (unsigned long long)note->generation, note->user,
        kinds[note->kind].what);
    notice_send(router, &notice, str_text(&sentence));
    str_done(&sentence);
}

/* ---- refusals ---- */

void
notices_alert(struct session *session, const char *fmt, ...)
{
    struct router *router = session->router;
    struct notice notice;
    struct str message;
    va_list args;

    if (!notice_is_wanted(router))
        return;
    str_init(&message);
    va_start(args, fmt);
    str_vprintf(&message, fmt, args);
    va_end(args);
    notice_start(router, NOTIFICATION_CLI_SECURITY_ALERT, &notice);
    notice_number(&notice, COLUMN_NOTIFICATION_SEVERITY,
        (uint64_t)notification_texts[NOTIFICATION_CLI_SECURITY_ALERT].severity);
    notice_text(&notice, COLUMN_NOTIFICATION_MESSAGE, str_text(&message));
    notice_send(router, &notice, str_text(&message));
    str_done(&message);
}

/* ---- interfaces ---- */

static void
look_at_slice(struct router *router)
{
    struct notices *notices = &router->notices;
    const uint32_t end = ipsec_interfaces_end(router->ipsec);
    unsigned left = SLICE;

    while (notices->is_looking && left-- > 0) {
        if (notices->cursor < end) {
            notices_look(router, notices->cursor++);
            continue;
        }
        notices->is_looking = notices->looks_again;
        notices->looks_again = false;
        notices->cursor = 0;
    }
}

void
notices_catch_up(struct router *router)
{
    if (!notice_is_wanted(router))
        look_at_slice(router);
}

/* What an interface that turned means for the tunnels over it is looked for
 * by and by. */
void
notices_event(struct router *router, const struct dp_event *event,
    const struct instant *now)
{
    router->notices.now = *now;
    if (event->kind != DP_EVENT_INTERFACE)
        return;
    if (notice_is_wanted(router))
        notices_look(router, event->interface);
    look_at_all(&router->notices);
}

void
notices_tick(struct router *router, const struct instant *now)
{
    struct session *session;

    router->notices.now = *now;
    look_at_slice(router);
    LIST_FOREACH(session, &router->sessions, all)
        tell_missed(router, session);
}
