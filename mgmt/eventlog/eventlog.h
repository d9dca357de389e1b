/*
 * eventlog.h - what a router remembers of its events, and whom it tells.
 *
 *    log_event -> severity of the category -> ring of the last events
 *                                          -> syslog servers (UDP)
 *                                          -> listener: sessions
 *
 * It takes part in commits, for its settings.  A process has one log: the
 * routers of a lab all see all events.  Thread M only.
 */
#ifndef EVENTLOG_EVENTLOG_H
#define EVENTLOG_EVENTLOG_H

#include "base/log.h"
#include "gen/enums.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct eventlog;
struct participant;

enum { EVENTLOG_EVENTS_MAX = 4096, EVENTLOG_SERVERS_MAX = 8 };

struct eventlog_entry {
    uint64_t wall_us;
    enum event_severity severity;
    char category[33];
    char event[33];
    char text[256];
};

/* Where events go besides the ring. */
struct eventlog_server {
    uint32_t address;
    uint16_t port;
    enum log_facility facility;
    enum event_severity severity;
    uint64_t events;
    uint64_t lost; /* could not be sent at once */
};

struct eventlog *eventlog_new(void);
void eventlog_free(struct eventlog *log); /* NULL is allowed */

/* Told of every event that is logged; console: `log destination console`
 * wants it too. */
void eventlog_listen(struct eventlog *log,
    void (*tell)(
        void *context, const struct eventlog_entry *entry, bool console),
    void *context);

/* Its part in commits: the context is the log. */
struct participant eventlog_participant(struct eventlog *log);

/* The events that are remembered, 0 the oldest. */
size_t eventlog_count(const struct eventlog *log);
const struct eventlog_entry *eventlog_at(
    const struct eventlog *log, size_t position);
/* Events that were logged since the start, forgotten ones too. */
uint64_t eventlog_total(const struct eventlog *log);
/* The server of this address, or NULL. */
const struct eventlog_server *eventlog_server(
    const struct eventlog *log, uint32_t address);

#endif
