/*
 * log.c - one line per decision of the daemon.
 *
 * The threshold and the list of observers are the one state in base without an
 * owner: a log that had to be passed along would not be used.  Thread M only.
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

static enum log_level threshold = LOG_NOTICE;
static struct log_observer *observers;

static const char *const level_names[] = {
    [LOG_ERROR] = "error",
    [LOG_WARNING] = "warning",
    [LOG_NOTICE] = "notice",
    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug",
};

enum { LEVEL_COUNT = sizeof(level_names) / sizeof(level_names[0]) };

void
log_set_level(enum log_level level)
{
    threshold = level;
}

enum log_level
log_level(void)
{
    return threshold;
}

void
log_observe(struct log_observer *observer)
{
    observer->next = observers;
    observers = observer;
}

void
log_observe_end(struct log_observer *observer)
{
    struct log_observer **at = &observers;

    while (*at != NULL && *at != observer)
        at = &(*at)->next;
    if (*at != NULL)
        *at = observer->next;
}

enum err
log_level_parse(const char *name, enum log_level *out_level)
{
    for (size_t i = 0; i < LEVEL_COUNT; i++) {
        if (!str_equal(name, level_names[i]))
            continue;
        *out_level = (enum log_level)i;
        return OK;
    }
    return ERR_SYNTAX;
}

/* What a peer sent must not look like a second line, or move a terminal. */
static void
replace_controls(struct str *line)
{
    for (size_t i = 0; i < line->length; i++) {
        unsigned char c = (unsigned char)line->text[i];

        if (c < ' ' || c == 0x7f)
            line->text[i] = '?';
    }
}

/* Does anybody want an event of this level? */
static bool
is_wanted(enum log_level level)
{
    const struct log_observer *at = observers;

    while (at != NULL && level > at->level)
        at = at->next;
    return level <= threshold || at != NULL;
}

static void
write_line(const struct log_record *record)
{
    char when[CLOCK_TEXT_SIZE];
    struct str line;

    str_init(&line);
    str_printf(&line, "%s %s %s %s %s\n",
        clock_format_iso(record->wall_us, when), level_names[record->level],
        record->room, record->event, record->text);
    (void)fputs(str_text(&line), stderr); /* nowhere to report to */
    str_done(&line);
}

void
log_event(enum log_level level, const char *room, const char *event,
    const char *fmt, ...)
{
    struct log_record record = {clock_wall_us(), level, room, event, NULL};
    const struct log_observer *at;
    struct str text;
    va_list args;

    if (!is_wanted(level))
        return;
    str_init(&text);
    va_start(args, fmt);
    str_vprintf(&text, fmt, args);
    va_end(args);
    replace_controls(&text);
    record.text = str_text(&text);
    if (level <= threshold)
        write_line(&record);
    for (at = observers; at != NULL; at = at->next) {
        if (level <= at->level)
            at->take(at->context, &record);
    }
    str_done(&text);
}
