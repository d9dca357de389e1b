/*
 * authorities.h - what a router asks of CAs, and tells of certificates.
 */
#ifndef DAEMON_AUTHORITIES_H
#define DAEMON_AUTHORITIES_H

#include "base/err.h"
#include "daemon/router.h"

struct diag;

/* After the keys and certificates are there. */
MUST_CHECK enum err authorities_open(struct router *router, struct diag *diag);
/* To be called once a second. */
void authorities_tick(struct router *router, const struct instant *now);

#endif
