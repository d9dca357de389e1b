/*
 * notices.h - notifications: what the router tells programs by itself.
 *
 *    dataplane: interface up, down --+
 *    negotiator: what became of it --+--> notices --> sessions that want them
 *    commit engine: notes -----------+               (EVENTs of class 8)
 *    sessions: what was refused -----+
 *
 * A tunnel is told of when its state, as `show ipsec tunnel` has it, is
 * another one than was told last; so that a storm of the same is one notice.
 * What follows from routes and commits is looked for in slices, a few
 * thousand tunnels a second; and so is all else while nobody wants to know, so
 * that a hundred thousand that come up keep nobody waiting.  A session that
 * does not read its notices misses some, and is told how many.
 *
 *    notices.c         to the sessions
 *    notices_tunnel.c  what to tell of tunnels and interfaces
 */
#ifndef DAEMON_NOTICES_H
#define DAEMON_NOTICES_H

#include "daemon/router.h"
#include "gen/ids.h"
#include "gen/notifications.h"
#include "schema/schema.h"

#include <stdbool.h>

struct commit_note;
struct dp_event;
struct participant;
struct session;

/* What was told of an interface or a tunnel last; by its handle. */
struct notice_told {
    uint32_t owner; /* hash of its keys: handles have other owners later */
    uint32_t peer;  /* that it is, or was last, up with */
    uint8_t state;  /* enum notice_state */
    bool has_changed_ends; /* since it was told to be up */
};

enum notice_state { NOTICE_UNKNOWN, NOTICE_UP, NOTICE_DOWN };

/* Lifetime: a router's. */
struct notices {
    struct notice_told *told;
    uint32_t room;
    bool is_looking;    /* at all of them, in slices     */
    bool looks_again;   /* when this round is over       */
    uint32_t cursor;    /* the handle that comes next    */
    struct instant now; /* of the last event or tick     */
};

/* ---- notices.c ---- */

void notices_done(struct notices *notices);
/* A commit may have changed the state of tunnels, and notices it to be so
 * after its apply. */
struct participant notices_participant(struct router *router);
/* One of the dataplane's, when all others have taken it. */
void notices_event(struct router *router, const struct dp_event *event,
    const struct instant *now);
/* Somebody is about to want to know: what happened before is not told him, of
 * the first few thousand at least. */
void notices_catch_up(struct router *router);
/* Once a second. */
void notices_tick(struct router *router, const struct instant *now);
void notices_commit(struct router *router, const struct commit_note *note);
/* Of a login or a command that was refused: what was. */
void notices_alert(struct session *session, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- between the two ---- */

/* A row of the rows `notification`. */
struct notice {
    struct value columns[COLUMNS_NOTIFICATION];
};

/* False: nobody wants to know; nothing needs to be made. */
bool notice_is_wanted(const struct router *router);
void notice_start(
    const struct router *router, enum notification kind, struct notice *notice);
void notice_number(struct notice *notice, unsigned column, uint64_t number);
void notice_text(struct notice *notice, unsigned column, const char *text);
/* To all sessions that want it; the notice is empty afterwards. */
void notice_send(
    struct router *router, struct notice *notice, const char *sentence);

/* ---- notices_tunnel.c ---- */

/* Tell if it is not as it was told. */
void notices_look(struct router *router, uint32_t interface);
/* The negotiator's watcher. */
void notices_watch(struct router *router);

#endif
