/*
 * privilege.h - what this process may do, and giving it up.
 *
 * The router needs no privilege but to open the ports of a real network,
 * which is the opener's work (opener.h).
 */
#ifndef DAEMON_PRIVILEGE_H
#define DAEMON_PRIVILEGE_H

#include "base/err.h"

#include <stddef.h>

struct chassis;
struct diag;

/* Has this process what the chassis' ports need?  ERR_DENIED: with a sentence
 * that names what is missing and how to give it. */
MUST_CHECK enum err privilege_check(
    const struct chassis *routers, size_t count, struct diag *diag);
/* Keep what opening ports needs, for good: the opener's. */
MUST_CHECK enum err privilege_keep_ports(void);
/* Become this user, NULL: stay who we are, and keep no capability. */
MUST_CHECK enum err privilege_drop(const char *user, struct diag *diag);

#endif
