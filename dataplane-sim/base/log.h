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

enum log_level {
    LOG_ERROR,
    LOG_WARNING,
    LOG_NOTICE,
    LOG_INFO,
    LOG_DEBUG,
};

void log_set_level(enum log_level level);
MUST_CHECK enum err log_level_parse(
    const char *name, enum log_level *out_level); /* "notice" */

/* room: "commit"; event: a stable word in capitals, "COMMITTED". */
void log_event(enum log_level level, const char *room, const char *event,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
