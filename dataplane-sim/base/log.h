/*
 * log.h - one line per decision of the daemon.
 *
 * Only rooms that decide log; libraries return reasons.  A line is
 *     2015-01-05T10:00:00Z notice commit COMMITTED generation 7 by root
 * and goes to standard error; control characters in it become '?'.  The
 * level is NOTICE until set.  Thread M only.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

#include <stdint.h>

enum log_level {
    LOG_ERROR,
    LOG_WARNING,
    LOG_NOTICE,
    LOG_INFO,
    LOG_DEBUG,
};

void log_set_level(enum log_level level);
enum log_level log_level(void);
MUST_CHECK enum err log_level_parse(
    const char *name, enum log_level *out_level); /* "notice" */

/* One event, as an observer is told of it; borrowed for the call. */
struct log_record {
    uint64_t wall_us;
    enum log_level level;
    const char *room;
    const char *event;
    const char *text; /* without control characters */
};

/* Who is told of events besides standard error, whatever the level there.
 * Its own until it is removed; take must not log. */
struct log_observer {
    enum log_level level; /* events less severe than this are not told */
    void (*take)(void *context, const struct log_record *record);
    void *context;
    struct log_observer *next; /* the log's own */
};

void log_observe(struct log_observer *observer);
void log_observe_end(struct log_observer *observer);

/* room: "commit"; event: a stable word in capitals, "COMMITTED". */
void log_event(enum log_level level, const char *room, const char *event,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
