/*
 * listen.h - a Unix socket that listens.
 *
 * Private to daemon.
 */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include "base/err.h"

struct diag;

/* ERR_CONFLICT: somebody answers on it already.  The descriptor is the
 * caller's, close-on-exec and never blocks. */
MUST_CHECK enum err listen_on(const char *path, struct diag *diag, int *out_fd);
/* Remove the file, if it is one. */
void listen_done(const char *path);

#endif
