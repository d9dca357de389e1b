/*
 * certificates.h - keys and certificates of a router, for its commands and
 * its clock.
 */
#ifndef DAEMON_CERTIFICATES_H
#define DAEMON_CERTIFICATES_H

#include "daemon/router.h"

/* Before anything may judge. */
void certificates_time(struct router *router, const struct instant *now);
/* To be called once a second: certificates that tunnels rest on are looked at
 * again, and those that are good no longer take their tunnels down. */
void certificates_tick(struct router *router, const struct instant *now);

#endif
