/*
 * link.h - the agent's connection to the router's daemon.
 *
 * A question is an EXEC; its rows come back one by one.  Nothing here waits
 * longer than LINK_WAIT_MS: a daemon that is gone or does not answer is an
 * answer, ERR_IO.  Then the link rests before it tries again, longer each
 * time, and all questions until then fail at once.
 *
 * Who has something to do without asks briefly.  While the answer to such a
 * question is late no other brief one is asked, and the link is as it was until
 * LINK_WAIT_MS are over.  After an answer that came late one is waited for:
 * who is always slow is not always done without.
 */
#ifndef SNMP_LINK_H
#define SNMP_LINK_H

#include "wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINK_WAIT_MS = 2000, LINK_BRIEF_MS = 250 };

struct link;

/* Who is told what comes without being asked for; from link_ask too, so it
 * must not ask itself. */
struct link_observer {
    /* A new connection: what is known may be of another time. */
    void (*connected)(void *context);
    void (*event)(void *context, const struct wire_frame *event);
    void *context;
};

/* path: as of client_open.  classes: of events that are wanted. */
struct link *link_new(
    const char *path, uint64_t classes, const struct link_observer *observer);
void link_free(struct link *link); /* NULL is allowed */

struct link_question {
    enum schema_exec_id exec;
    const char *vr; /* of the session                              */
    const struct value *args;
    size_t arg_count;
    bool is_brief;
    /* Each row, borrowed for the call. */
    void (*row)(void *context, const struct wire_frame *row);
    /* The first number of the reply, if it has one; NULL: not wanted. */
    uint64_t *stamp;
    bool *lasts; /* true: until the configuration changes; NULL as above */
    void *context;
};

/* ERR_IO: no answer.  Others: as the daemon refused. */
MUST_CHECK enum err link_ask(
    struct link *link, const struct link_question *question);
/* Connect if it is time to; take events that have come. */
void link_poll(struct link *link, uint64_t now_us);
/* To poll for events; -1: not connected.  When link_poll is due at the
 * latest. */
int link_fd(const struct link *link);
uint64_t link_due(const struct link *link);
bool link_is_up(const struct link *link);
/* Monotonic: the last time that the daemon answered; 0: never. */
uint64_t link_answered_us(const struct link *link);

#endif
