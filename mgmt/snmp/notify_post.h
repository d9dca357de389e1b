/*
 * notify_post.h - the way to the hosts, by the library.
 *
 * A host has a session of its own, so that its port, version and source are
 * its own.  An inform of SNMPv3 needs the engine of the host, which is asked
 * for first, and the user's keys for that engine, which the daemon makes.
 */
#ifndef SNMP_NOTIFY_POST_H
#define SNMP_NOTIFY_POST_H

#include "snmp/notify.h"

struct agent;
struct notify_poster;

/* The agent is borrowed. */
struct notify_poster *notify_poster_new(struct agent *agent);
/* After the notify, before the library stops. */
void notify_poster_free(struct notify_poster *poster); /* NULL is allowed */
struct notify_post notify_poster_post(struct notify_poster *poster);
/* Who is told that informs ended. */
void notify_poster_serve(struct notify_poster *poster, struct notify *notify);

#endif
