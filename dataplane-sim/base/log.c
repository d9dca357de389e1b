/*
 * log.c - one line per decision of the daemon.
 *
 * The threshold is the one piece of state in base without an owner: a log
 * that had to be passed along would not be used.  Thread M only.
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/str.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static enum log_level threshold = LOG_NOTICE;

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

void
log_event(enum log_level level, const char *room, const char *event,
    const char *fmt, ...)
{
    char when[CLOCK_TEXT_SIZE];
    struct str line;
    va_list args;

    if (level > threshold)
        return;
    str_init(&line);
    str_printf(&line, "%s %s %s %s ", clock_format_iso(clock_wall_us(), when),
        level_names[level], room, event);
    va_start(args, fmt);
    str_vprintf(&line, fmt, args);
    va_end(args);
    replace_controls(&line);
    str_add_char(&line, '\n');
    (void)fputs(str_text(&line), stderr); /* nowhere to report to */
    str_done(&line);
}
