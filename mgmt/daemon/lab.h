/*
 * lab.h - several routers in one process, joined by wires.
 *
 * A lab is a folder: `chassis` (all routers and wires), one script a router
 * (loaded by the shell, not here), and state/ROUTER where a router is to
 * outlive the process.  The lab ends when its last session is closed, or
 * after half a minute without any.
 *
 * Also how a single router is run: that is a lab of one that does not end.
 */
#ifndef DAEMON_LAB_H
#define DAEMON_LAB_H

#include "base/err.h"

struct diag;
struct lab;
struct options;

/* Everything up to sockets that listen; no thread was started.  What the
 * options name is not kept. */
MUST_CHECK enum err lab_new(
    const struct options *options, struct diag *diag, struct lab **out_lab);
/* Start thread D and serve until SIGTERM, SIGINT or the end of the lab. */
void lab_run(struct lab *lab);
void lab_free(struct lab *lab); /* NULL is allowed */

#endif
