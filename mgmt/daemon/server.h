/*
 * server.h - one router's control socket: connections to sessions.
 *
 * Carries bytes between descriptors and sessions, hears the router's
 * dataplane, gives sessions the time.  Here the clocks are read.
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct diag;
struct loop;
struct router;
struct server;

/* What a server tells its owner. */
struct server_owner {
    void (*session_closed)(void *context); /* NULL: no interest */
    void *context;
};

/* path: a Unix socket's file, or "@name" in the abstract namespace.  A file
 * on which nobody answers is replaced; ERR_CONFLICT where somebody does.
 * Router and loop are borrowed for the server's life. */
MUST_CHECK enum err server_new(struct loop *loop, struct router *router,
    const char *path, struct diag *diag, struct server **out_server);
/* Closes all sessions, removes the file; NULL is allowed. */
void server_free(struct server *server);
void server_set_owner(struct server *server, const struct server_owner *owner);

size_t server_sessions(const struct server *server); /* now, of people */

#endif
