/*
 * line.c - the lines that sessions come in by, and what is set for them.
 *
 * The shell says whether a person types and whether it was started by ssh.
 * Nobody can check that, and nothing depends on it but the session itself:
 * its number among the lines, its idle timeout, the text in `show users`.
 * What a user may do follows from what the kernel says of him alone.
 */
#include "daemon/session_state.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "commit/commit.h"
#include "daemon/router_state.h"
#include "gen/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FROM_MAX = 64, VTY_MAX = 29, US_PER_S = 1000000, S_PER_MINUTE = 60 };

/* ---- which one ---- */

/* The settings of the session's line; false: nothing is set for it. */
static bool
find_line(const struct session *session, struct cfg_line *out_line)
{
    const struct config *running = engine_running(session->router->engine);
    const struct object *object = NULL;
    enum line_type type = session->is_vty ? LINE_TYPE_VTY : LINE_TYPE_CONSOLE;
    uint32_t number = session->is_vty ? session->vty : 0;

    if (!session->is_vty && !session->is_person)
        return false; /* a script of the router's own */
    while ((object = config_next(running, OBJECT_LINE,
                object == NULL ? NULL : object->fields)) != NULL) {
        cfg_line_read(object->fields, out_line);
        if (out_line->type == type && out_line->first <= number &&
            number <= (out_line->has_last ? out_line->last : out_line->first))
            return true;
    }
    return false;
}

static bool
is_taken(const struct router *router, uint8_t vty)
{
    const struct session *session;

    LIST_FOREACH(session, &router->sessions, all) {
        if (session->is_vty && session->vty == vty)
            return true;
    }
    return false;
}

/* The lowest free one; more sessions than lines share the last. */
static uint8_t
free_vty(const struct router *router)
{
    uint8_t vty = 0;

    while (vty < VTY_MAX && is_taken(router, vty))
        vty++;
    return vty;
}

void
line_name(const struct session *session, char *out, size_t size)
{
    if (session->is_vty) {
        (void)snprintf(out, size, "vty %u", session->vty);
    } else {
        (void)snprintf(out, size, "%s", session->is_person ? "console 0" : "");
    }
}

/* ---- LINE ---- */

/* "ssh" and an address, nothing that could be taken for more. */
static bool
is_origin(const char *from)
{
    static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ.:%-";
    const char *address = from + strlen("ssh ");

    return str_has_prefix(from, "ssh ") && strlen(from) <= FROM_MAX &&
           address[0] != '\0' && address[strspn(address, allowed)] == '\0';
}

static void
take_origin(struct session *session, const char *from)
{
    struct str told;

    str_init(&told);
    str_printf(&told, "%s (told by %s)", from, session->from);
    session->vty = free_vty(session->router);
    session->is_vty = true;
    free(session->from);
    session->from = mem_strdup(str_text(&told));
    log_event(LOG_INFO, "session", "LINE", "session %u of %s: vty %u, %s",
        session->number, session->user, session->vty, session->from);
    str_done(&told);
}

static void
reply_banner(struct session *session, enum banner_type type)
{
    const struct value key = value_number(type);
    const struct object *object = config_find(
        engine_running(session->router->engine), OBJECT_BANNER, &key);
    struct cfg_banner view;

    if (object == NULL) {
        reply_text(session, "");
        return;
    }
    cfg_banner_read(object->fields, &view);
    reply_text(session, view.text);
}

static void
reply_size(struct session *session, bool has, uint32_t size)
{
    if (has) {
        reply_number(session, size);
    } else {
        reply_none(session);
    }
}

void
verb_line(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    const char *from = wire_text(frame, 1);
    struct cfg_line line;
    bool known;

    (void)now;
    if (session->has_line || wire_number(frame, 0) > 1 ||
        (from[0] != '\0' && !is_origin(from))) {
        reply_malformed(session);
        return;
    }
    session->has_line = true;
    session->is_person = wire_number(frame, 0) == 1;
    if (from[0] != '\0')
        take_origin(session, from);
    known = find_line(session, &line);
    reply_size(session, known && line.has_length, known ? line.length : 0);
    reply_size(session, known && line.has_width, known ? line.width : 0);
    reply_banner(session, BANNER_TYPE_MOTD);
    reply_banner(session, BANNER_TYPE_LOGIN);
    reply_banner(session, BANNER_TYPE_EXEC);
}

/* ---- the idle timeout ---- */

/* A request under way is not idle, however long it takes. */
uint64_t
line_idle_due(const struct session *session)
{
    struct cfg_line line;
    uint64_t seconds;

    if (session->job.step != NULL || !find_line(session, &line) ||
        !line.has_exec_timeout_minutes)
        return UINT64_MAX;
    seconds = (uint64_t)line.exec_timeout_minutes * S_PER_MINUTE +
              line.exec_timeout_seconds;
    return seconds == 0 ? UINT64_MAX : session->asked_us + seconds * US_PER_S;
}

void
line_close_idle(struct session *session)
{
    size_t changes = session_changes(session);
    struct str sentence;

    str_init(&sentence);
    str_add(&sentence, "The session was idle for too long and is closed.");
    if (changes > 0) {
        str_printf(&sentence, "  %zu uncommitted changed %s discarded.",
            changes, changes == 1 ? "object is" : "objects are");
    }
    log_event(LOG_INFO, "session", "IDLE", "session %u of %s, %zu changes",
        session->number, session->user, changes);
    session_end(session, str_text(&sentence));
    str_done(&sentence);
}
