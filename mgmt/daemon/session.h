/*
 * session.h - one client's conversation with a router.
 *
 * No descriptor and no clock: bytes go into session_in(), session_run() takes
 * frames out of them and appends the answers to session_out().  Requests are
 * answered in order; one that has to wait (a commit for the dataplane, ping
 * for its echoes, a long show for room in the output) holds back those behind
 * it, and they stay in session_in() until then.  So the memory of a session
 * is bounded by what its owner reads ahead.
 *
 * Who is asking was found out by the owner (SO_PEERCRED); what he may do is
 * decided here, command by command.  Thread M only.
 */
#ifndef DAEMON_SESSION_H
#define DAEMON_SESSION_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct instant;
struct router;
struct session;
struct wire_buffer;

/* Who is asking; copied. */
struct session_user {
    const char *name;
    const char *from; /* "process 1234"                      */
    bool is_allowed;  /* else refused at HELLO               */
    bool is_too_many; /* the same                            */
    uint8_t ceiling;  /* the highest level that he may reach */
    bool is_owner;    /* root, or the daemon's own user      */
};

enum {
    SESSIONS_MAX = 256,            /* of one router */
    SESSION_OUT_MAX = 1024 * 1024, /* above it a session takes no request */
    SESSION_IN_MAX = 512 * 1024,   /* above it no more should be read     */
};

struct session *session_new(struct router *router,
    const struct session_user *user, const struct instant *now);
/* The client is gone: what that means for others, and for the audit log.
 * Before session_free. */
void session_close(struct session *session, const struct instant *now);
/* Its candidate is gone with it; NULL is allowed. */
void session_free(struct session *session);

struct wire_buffer *session_in(struct session *session);
struct wire_buffer *session_out(struct session *session);

/* Do what can be done now.  To be called when bytes came, when bytes went,
 * after router_take_events, and at session_due. */
void session_run(struct session *session, const struct instant *now);
/* When to be run again at the latest (monotonic); UINT64_MAX: no need. */
uint64_t session_due(const struct session *session);
/* To be closed once session_out() is empty. */
bool session_is_over(const struct session *session);
/* Is it of a program that serves others, and is there while they are? */
bool session_is_service(const struct session *session);

#endif
