/*
 * opener.h - the process that opens ports of a real network.
 *
 *    ermined ---fork--- opener      keeps SYS_ADMIN, NET_ADMIN, NET_RAW and
 *       |                 |         NET_BIND_SERVICE, and reads nothing but
 *       | -- which port-> |         two numbers; the chassis that it was
 *       | <- descriptors- |         forked with says what they mean
 *    no capability      waits; ends with ermined
 *
 * So an ermined that went wrong can have the ports of its chassis file opened
 * again, and no more.
 *
 * Thread M only.
 */
#ifndef DAEMON_OPENER_H
#define DAEMON_OPENER_H

#include "base/err.h"
#include "daemon/real_port.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chassis;
struct diag;
struct opener;

/* Fork it, before any thread is started and any file is open.  The chassis is
 * the child's from then on as it is now. */
MUST_CHECK enum err opener_new(const struct chassis *routers, size_t count,
    struct diag *diag, struct opener **out_opener);
/* Let it end; NULL is allowed. */
void opener_free(struct opener *opener);

/* Of the lab's routers, and of its ports. */
struct opener_place {
    uint16_t router;
    uint16_t port;
};

struct opener_answer {
    struct opener_place place;
    bool is_open;
    struct real_port port;             /* open: the caller's */
    char sentence[REAL_PORT_SENTENCE]; /* else: why not      */
};

/* Ask for a port to be opened; it takes some milliseconds.  False: the opener
 * does not listen now. */
bool opener_ask(struct opener *opener, struct opener_place place);
/* An answer that has come, within so many milliseconds.  False: none. */
bool opener_take(
    struct opener *opener, int wait_ms, struct opener_answer *out_answer);
/* Readable when an answer waits; -1: the opener has ended. */
int opener_fd(const struct opener *opener);

#endif
