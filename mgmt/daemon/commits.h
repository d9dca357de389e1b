/*
 * commits.h - what a router does about commits by itself.
 *
 * Private to daemon.
 */
#ifndef DAEMON_COMMITS_H
#define DAEMON_COMMITS_H

#include "base/err.h"

struct diag;
struct instant;
struct router;

/* After the engine's boot: what waits to be confirmed waits on, or goes back
 * at once if it is overdue. */
MUST_CHECK enum err commits_boot(
    struct router *router, const struct instant *now, struct diag *diag);
/* Once a second: warnings, the end of the time, the guard. */
void commits_tick(struct router *router, const struct instant *now);
void commits_done(struct router *router);

#endif
