/*
 * syslog.h - messages to syslog servers, RFC 5424 over UDP (RFC 5426); private
 * to this room.
 *
 * They go out by the host's own network, not by the packet engine: what must
 * be told is often that the engine's network is broken.  Nothing waits: what
 * cannot be sent at once is lost, and counted.
 */
#ifndef EVENTLOG_SYSLOG_H
#define EVENTLOG_SYSLOG_H

#include "base/err.h"
#include "eventlog/eventlog.h"

struct str;
struct syslog;

struct syslog *syslog_new(void);
void syslog_free(struct syslog *syslog); /* NULL is allowed */
void syslog_set_hostname(struct syslog *syslog, const char *hostname);
/* ERR_IO: it was lost. */
MUST_CHECK enum err syslog_send(struct syslog *syslog,
    const struct eventlog_server *server, const struct eventlog_entry *entry);
/* The message of an event. */
void syslog_write(const struct eventlog_server *server,
    const struct eventlog_entry *entry, const char *hostname, struct str *out);

#endif
