/*
 * log.c - shows about the event log.
 */
#include "oper/show.h"

#include "base/clock.h"
#include "eventlog/eventlog.h"
#include "gen/views.h"

enum err
show_log_data(const struct show *show)
{
    const struct value *least = &show->args[ARG_SHOW_LOG_DATA_SEVERITY];
    size_t count = eventlog_count(show->view->eventlog);
    char when[CLOCK_TEXT_SIZE];
    struct row row;
    size_t i;

    for (i = 0; i < count; i++) {
        const struct eventlog_entry *entry =
            eventlog_at(show->view->eventlog, i);

        if (value_is_set(least) && (uint64_t)entry->severity > least->number)
            continue;
        row_start(&row);
        row_text(
            &row, COLUMN_LOG_DATA_AT, clock_format_iso(entry->wall_us, when));
        row_number(&row, COLUMN_LOG_DATA_SEVERITY, (uint64_t)entry->severity);
        row_text(&row, COLUMN_LOG_DATA_CATEGORY, entry->category);
        row_text(&row, COLUMN_LOG_DATA_EVENT, entry->event);
        row_text(&row, COLUMN_LOG_DATA_TEXT, entry->text);
        row_send(&row, show);
    }
    return OK;
}

static void
send_line(
    const struct show *show, const char *what, enum event_severity severity)
{
    struct row row;

    row_start(&row);
    row_text(&row, COLUMN_LOG_CONFIGURATION_WHAT, what);
    row_number(&row, COLUMN_LOG_CONFIGURATION_SEVERITY, (uint64_t)severity);
    row_send(&row, show);
}

static void
send_severities(const struct show *show)
{
    const struct object *at = NULL;
    struct cfg_log_severity view;
    bool is_said = false;

    while ((at = config_next(show->view->running, OBJECT_LOG_SEVERITY,
                at == NULL ? NULL : at->fields)) != NULL) {
        cfg_log_severity_read(at->fields, &view);
        is_said = is_said || !view.has_category;
        send_line(show,
            view.has_category
                ? schema_enums[ENUM_LOG_CATEGORY].values[view.category].word
                : "all other categories",
            view.severity);
    }
    if (!is_said)
        send_line(show, "all other categories", EVENT_SEVERITY_NOTICE);
}

static void
send_server(const struct show *show, const struct object *object)
{
    const struct eventlog_server *server;
    struct cfg_log_syslog view;
    struct row row;

    cfg_log_syslog_read(object->fields, &view);
    server = eventlog_server(show->view->eventlog, view.address);
    row_start(&row);
    row_text(&row, COLUMN_LOG_CONFIGURATION_WHAT, "to syslog");
    row_number(
        &row, COLUMN_LOG_CONFIGURATION_SEVERITY, (uint64_t)view.severity);
    row_number(&row, COLUMN_LOG_CONFIGURATION_ADDRESS, view.address);
    row_number(&row, COLUMN_LOG_CONFIGURATION_PORT, view.port);
    row_number(
        &row, COLUMN_LOG_CONFIGURATION_FACILITY, (uint64_t)view.facility);
    if (server != NULL) {
        row_number(&row, COLUMN_LOG_CONFIGURATION_EVENTS, server->events);
        row_number(&row, COLUMN_LOG_CONFIGURATION_LOST, server->lost);
    }
    row_send(&row, show);
}

enum err
show_log_configuration(const struct show *show)
{
    const struct config *running = show->view->running;
    const struct object *at = NULL;
    struct cfg_log_destination view;

    send_severities(show);
    while ((at = config_next(running, OBJECT_LOG_DESTINATION,
                at == NULL ? NULL : at->fields)) != NULL) {
        cfg_log_destination_read(at->fields, &view);
        send_line(show,
            view.keeper == LOG_KEEPER_CONSOLE ? "to consoles" : "to the file",
            view.severity);
    }
    while ((at = config_next(running, OBJECT_LOG_SYSLOG,
                at == NULL ? NULL : at->fields)) != NULL)
        send_server(show, at);
    return OK;
}
