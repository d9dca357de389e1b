/*
 * server.h - the daemon's end of the control socket: a socket that listens.
 */
#ifndef WIRE_SERVER_H
#define WIRE_SERVER_H

#include "base/err.h"

#include <stdbool.h>

struct diag;

/* path: of a Unix socket, or "@name" in the abstract namespace.  A file on
 * which nobody answers is replaced; ERR_CONFLICT: somebody does, or it is no
 * socket.  for_all: every user of the host may connect (mode 0666), since who
 * may do what is asked of the kernel at each connection; else the daemon's
 * own only (0600).  The descriptor is the caller's, close-on-exec and never
 * blocks. */
MUST_CHECK enum err wire_listen(
    const char *path, bool for_all, struct diag *diag, int *out_fd);
/* Remove the file, if it is one. */
void wire_listen_done(const char *path);

#endif
