/*
 * eventlog.c - the ring, and the settings in force.
 */
#include "eventlog/eventlog.h"

#include "base/arena.h"
#include "base/str.h"
#include "commit/commit.h"
#include "config/config.h"
#include "eventlog/syslog.h"
#include "gen/views.h"

#include <stdio.h>
#include <stdlib.h>

/* Lifetime: a router's. */
struct eventlog {
    struct log_observer observer;
    struct eventlog_entry *events; /* EVENTLOG_EVENTS_MAX */
    uint64_t total;
    struct config *next; /* between prepare and apply or abort */
    enum log_level levels[LOG_CATEGORY_COUNT];
    enum log_level other_level; /* of what is no category */
    bool has_console;
    enum event_severity console;
    bool has_file;
    enum log_level start_level; /* of the file, while it has no setting */
    struct eventlog_server servers[EVENTLOG_SERVERS_MAX];
    size_t server_count;
    struct syslog *syslog;
    void (*tell)(
        void *context, const struct eventlog_entry *entry, bool console);
    void *context;
};

/* ---- severities and categories ---- */

/* The log knows five levels: what is worse than an error is one there. */
static enum log_level
level_of(enum event_severity severity)
{
    if (severity <= EVENT_SEVERITY_ERROR)
        return LOG_ERROR;
    return (enum log_level)(LOG_ERROR + (severity - EVENT_SEVERITY_ERROR));
}

static enum event_severity
severity_of(enum log_level level)
{
    return (enum event_severity)(EVENT_SEVERITY_ERROR + (level - LOG_ERROR));
}

/* Does an event of this level go where that severity is set? */
static bool
is_severe(enum log_level level, enum event_severity least)
{
    return level <= level_of(least);
}

/* The router's word for a room of the code. */
static const char *
category_of(const char *room)
{
    return str_equal(room, "ipsec") ? "stTunnel" : room;
}

static enum log_level
level_in_force(const struct eventlog *log, const char *category)
{
    const struct schema_enum *words = &schema_enums[ENUM_LOG_CATEGORY];
    size_t i;

    for (i = 0; i < words->count; i++) {
        if (str_equal(words->values[i].word, category))
            return log->levels[i];
    }
    return log->other_level;
}

/* ---- events ---- */

static void
send_to_servers(struct eventlog *log, enum log_level level,
    const struct eventlog_entry *entry)
{
    size_t i;

    for (i = 0; i < log->server_count; i++) {
        struct eventlog_server *server = &log->servers[i];

        if (!is_severe(level, server->severity))
            continue;
        if (syslog_send(log->syslog, server, entry) == OK) {
            server->events++;
        } else {
            server->lost++;
        }
    }
}

static void
take(void *context, const struct log_record *record)
{
    struct eventlog *log = context;
    const char *category = category_of(record->room);
    struct eventlog_entry *entry;

    if (record->level > level_in_force(log, category))
        return;
    entry = &log->events[log->total++ % EVENTLOG_EVENTS_MAX];
    entry->wall_us = record->wall_us;
    entry->severity = severity_of(record->level);
    (void)snprintf(entry->category, sizeof entry->category, "%s", category);
    (void)snprintf(entry->event, sizeof entry->event, "%s", record->event);
    (void)snprintf(entry->text, sizeof entry->text, "%s", record->text);
    send_to_servers(log, record->level, entry);
    if (log->tell != NULL) {
        log->tell(log->context, entry,
            log->has_console && is_severe(record->level, log->console));
    }
}

size_t
eventlog_count(const struct eventlog *log)
{
    return log->total < EVENTLOG_EVENTS_MAX ? (size_t)log->total
                                            : EVENTLOG_EVENTS_MAX;
}

const struct eventlog_entry *
eventlog_at(const struct eventlog *log, size_t position)
{
    uint64_t first = log->total - eventlog_count(log);

    return &log->events[(first + position) % EVENTLOG_EVENTS_MAX];
}

uint64_t
eventlog_total(const struct eventlog *log)
{
    return log->total;
}

const struct eventlog_server *
eventlog_server(const struct eventlog *log, uint32_t address)
{
    size_t i;

    for (i = 0; i < log->server_count; i++) {
        if (log->servers[i].address == address)
            return &log->servers[i];
    }
    return NULL;
}

void
eventlog_listen(struct eventlog *log,
    void (*tell)(
        void *context, const struct eventlog_entry *entry, bool console),
    void *context)
{
    log->tell = tell;
    log->context = context;
}

/* ---- settings ---- */

static void
read_severities(struct eventlog *log, const struct config *config)
{
    const struct object *at = NULL;
    struct cfg_log_severity view;
    bool own[LOG_CATEGORY_COUNT] = {false};
    size_t i;

    log->other_level = LOG_NOTICE;
    while ((at = config_next(config, OBJECT_LOG_SEVERITY,
                at == NULL ? NULL : at->fields)) != NULL) {
        cfg_log_severity_read(at->fields, &view);
        if (view.has_category) {
            own[view.category] = true;
            log->levels[view.category] = level_of(view.severity);
        } else {
            log->other_level = level_of(view.severity);
        }
    }
    log->observer.level = log->other_level;
    for (i = 0; i < LOG_CATEGORY_COUNT; i++) {
        if (!own[i])
            log->levels[i] = log->other_level;
        if (log->levels[i] > log->observer.level)
            log->observer.level = log->levels[i];
    }
}

static void
read_keepers(struct eventlog *log, const struct config *config)
{
    const struct object *at = NULL;
    struct cfg_log_destination view;
    bool had_file = log->has_file;

    log->has_console = false;
    log->has_file = false;
    while ((at = config_next(config, OBJECT_LOG_DESTINATION,
                at == NULL ? NULL : at->fields)) != NULL) {
        cfg_log_destination_read(at->fields, &view);
        if (view.keeper == LOG_KEEPER_CONSOLE) {
            log->has_console = true;
            log->console = view.severity;
        } else {
            if (!had_file)
                log->start_level = log_level();
            log->has_file = true;
            log_set_level(level_of(view.severity));
        }
    }
    if (had_file && !log->has_file)
        log_set_level(log->start_level);
}

/* Servers that stay keep their counts. */
static void
read_servers(struct eventlog *log, const struct config *config)
{
    struct eventlog_server servers[EVENTLOG_SERVERS_MAX];
    const struct eventlog_server *old;
    const struct object *at = NULL;
    struct cfg_log_syslog view;
    size_t count = 0;
    size_t i;

    while (count < EVENTLOG_SERVERS_MAX &&
           (at = config_next(config, OBJECT_LOG_SYSLOG,
                at == NULL ? NULL : at->fields)) != NULL) {
        cfg_log_syslog_read(at->fields, &view);
        old = eventlog_server(log, view.address);
        servers[count++] = (struct eventlog_server){
            .address = view.address,
            .port = (uint16_t)view.port,
            .facility = view.facility,
            .severity = view.severity,
            .events = old == NULL ? 0 : old->events,
            .lost = old == NULL ? 0 : old->lost,
        };
    }
    for (i = 0; i < count; i++)
        log->servers[i] = servers[i];
    log->server_count = count;
}

static enum err
prepare(void *context, const struct config *from, const struct config *to,
    const struct change_set *set, struct diag *diag)
{
    struct eventlog *log = context;

    (void)from;
    (void)set;
    (void)diag;
    log->next = config_ref(to);
    return OK;
}

static void
give_up(void *context)
{
    struct eventlog *log = context;

    config_unref(log->next);
    log->next = NULL;
}

static void
apply(void *context)
{
    struct eventlog *log = context;
    const struct object *system = config_next(log->next, OBJECT_SYSTEM, NULL);
    struct cfg_system view;

    cfg_system_read(system->fields, &view);
    syslog_set_hostname(log->syslog, view.hostname);
    read_severities(log, log->next);
    read_keepers(log, log->next);
    read_servers(log, log->next);
    give_up(log);
}

struct participant
eventlog_participant(struct eventlog *log)
{
    return (struct participant){
        .name = "eventlog",
        .context = log,
        .prepare = prepare,
        .abort = give_up,
        .apply = apply,
    };
}

/* ---- life ---- */

struct eventlog *
eventlog_new(void)
{
    struct eventlog *log = mem_alloc(sizeof *log);
    size_t i;

    log->events = mem_alloc(sizeof *log->events * EVENTLOG_EVENTS_MAX);
    log->other_level = LOG_NOTICE;
    for (i = 0; i < LOG_CATEGORY_COUNT; i++)
        log->levels[i] = LOG_NOTICE;
    log->syslog = syslog_new();
    log->observer = (struct log_observer){
        .level = LOG_NOTICE, .take = take, .context = log};
    log_observe(&log->observer);
    return log;
}

void
eventlog_free(struct eventlog *log)
{
    if (log == NULL)
        return;
    log_observe_end(&log->observer);
    if (log->has_file)
        log_set_level(log->start_level);
    config_unref(log->next);
    syslog_free(log->syslog);
    free(log->events);
    free(log);
}
