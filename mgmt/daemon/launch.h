/*
 * launch.h - from the foreground to the background, and telling who waits.
 *
 *    ermined ---fork--- the daemon
 *       |    <- ready ---- |        a zero byte, or sentences
 *     exit                serves
 */
#ifndef DAEMON_LAUNCH_H
#define DAEMON_LAUNCH_H

#include "base/err.h"

#include <stdbool.h>

struct diag;

/* Who waits for this process to be ready. */
struct launch {
    int ready_fd;   /* the caller's, -1: none                       */
    int parent_fd;  /* to the process that we forked from, -1: none */
    bool is_parent; /* this process has nothing left to do          */
    int status;     /* its exit status then                         */
};

/* Unless foreground, fork: the child comes back to go on, the parent when the
 * child is ready or has failed. */
MUST_CHECK enum err launch_begin(
    bool foreground, int ready_fd, struct launch *out_launch);
/* Sessions can be opened.  In the background the log goes to this file from
 * now on; NULL: nowhere. */
void launch_ready(struct launch *launch, const char *log_path);
/* They never will: tell the sentences to whoever waits, else to standard
 * error. */
void launch_failed(struct launch *launch, const struct diag *diag);

#endif
