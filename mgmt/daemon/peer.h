/*
 * peer.h - who is at the other end of a Unix socket.
 *
 * The kernel says (SO_PEERCRED); the highest level follows from the user and
 * his groups:
 *
 *    root, the daemon's own user   15
 *    group ermine-admin            15
 *    group ermine-operator         10
 *    group ermine-readonly          1
 *    others                        refused
 */
#ifndef DAEMON_PEER_H
#define DAEMON_PEER_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { PEER_NAME_SIZE = 64 };

struct peer {
    char name[PEER_NAME_SIZE]; /* "uid 1234" where the host has no name */
    char from[PEER_NAME_SIZE]; /* "process 4321"                        */
    bool is_allowed;
    bool is_owner; /* root, or the daemon's own user */
    uint8_t ceiling;
};

/* ERR_IO: the kernel does not say. */
MUST_CHECK enum err peer_of(int fd, struct peer *out_peer);
/* Does this host have one of the groups that may use the router? */
bool peer_has_groups(void);

#endif
