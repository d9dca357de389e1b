/*
 * router.c - shows about the router as a whole.
 *
 * Collectors ask for redundancy, boot, environment and files at each run and
 * report what differs from the last one: these answers say what is true and
 * change only when that does; no times are in them but those of files.
 */
#include "oper/show.h"

#include "base/str.h"
#include "chassis/chassis.h"
#include "gen/views.h"

#include <sys/stat.h>

enum { US_PER_S = 1000000 };

const char *
oper_model(const struct chassis *chassis)
{
    return chassis->model[0] != '\0' ? chassis->model : "ermine";
}

const char *
oper_release(const struct chassis *chassis)
{
    return chassis->release[0] != '\0' ? chassis->release : oper_version;
}

void
oper_software(const struct chassis *chassis, struct str *out)
{
    str_printf(out, "%s release-0.0 [BuildId %s]", oper_release(chassis),
        oper_version);
}

enum err
show_version(const struct show *show)
{
    const struct oper_view *view = show->view;
    uint64_t age_us = 0;
    struct row row;
    struct str version;

    if (view->now_us > view->started_us)
        age_us = view->now_us - view->started_us;
    str_init(&version);
    oper_software(view->chassis, &version);
    row_start(&row);
    row_text(&row, COLUMN_VERSION_MODEL, oper_model(view->chassis));
    row_text(&row, COLUMN_VERSION_RELEASE, oper_release(view->chassis));
    row_str(&row, COLUMN_VERSION_VERSION, &version);
    row_text(&row, COLUMN_VERSION_BUILD_DATE, oper_build_date);
    row_number(&row, COLUMN_VERSION_UPTIME_S, age_us / US_PER_S);
    row_number(&row, COLUMN_VERSION_SINCE_S, view->started_us / US_PER_S);
    row_number(&row, COLUMN_VERSION_PORTS, view->chassis->port_count);
    row_send(&row, show);
    str_done(&version);
    return OK;
}

/* Which ports are up: those whose interface is.  A port without an interface
 * is not in use, so it is down. */
static void
find_ports_up(const struct show *show, bool up[CHASSIS_PORTS_MAX])
{
    const struct config *running = show->view->running;
    const struct object *object;
    struct dp_interface_counters counters;
    int port;

    object = config_next(running, OBJECT_INTERFACE, NULL);
    while (object != NULL) {
        port = chassis_find(show->view->chassis,
            value_string(&object->fields[FIELD_INTERFACE_LOCATION]));
        show_counters(show, object, &counters);
        if (port >= 0 && counters.up)
            up[port] = true;
        object = config_next(running, OBJECT_INTERFACE, object->fields);
    }
}

/* Why it is not up; what was the reason before it came back is no news. */
static void
add_reason(
    struct row *row, const struct oper_view *view, size_t number, bool is_up)
{
    const char *reason = "";

    if (view->port_reason != NULL && !is_up)
        reason = view->port_reason(view->ports, number);
    if (reason[0] != '\0')
        row_text(row, COLUMN_HARDWARE_REASON, reason);
}

enum err
show_hardware(const struct show *show)
{
    const struct chassis *chassis = show->view->chassis;
    const struct chassis_port *port;
    bool up[CHASSIS_PORTS_MAX] = {false};
    struct row row;
    size_t i;

    find_ports_up(show, up);
    for (i = 0; i < chassis->port_count; i++) {
        port = &chassis->ports[i];
        row_start(&row);
        row_text(&row, COLUMN_HARDWARE_LOCATION, port->location);
        row_text(&row, COLUMN_HARDWARE_KIND, chassis_kind_name(port->kind));
        row_text(&row, COLUMN_HARDWARE_PARAMETERS, port->parameters);
        row_number(&row, COLUMN_HARDWARE_STATE,
            up[i] ? LINK_STATE_UP : LINK_STATE_DOWN);
        add_reason(&row, show->view, i, up[i]);
        row_send(&row, show);
    }
    return OK;
}

enum err
show_redundancy(const struct show *show)
{
    struct row row;

    row_start(&row);
    row_text(&row, COLUMN_REDUNDANCY_MODE, "none");
    row_text(&row, COLUMN_REDUNDANCY_STATE,
        "This router is one process and has no standby.");
    row_send(&row, show);
    return OK;
}

enum err
show_boot(const struct show *show)
{
    struct row row;

    row_start(&row);
    row_text(&row, COLUMN_BOOT_RELEASE, oper_release(show->view->chassis));
    row_text(&row, COLUMN_BOOT_CONFIGURATION,
        show->view->state_dir != NULL ? "config.db" : "in memory only");
    row_number(&row, COLUMN_BOOT_GENERATION, show->view->boot_generation);
    row_send(&row, show);
    return OK;
}

enum err
show_environment(const struct show *show)
{
    const char *const items[][2] = {
        {"packet engine", "in software, in service"                                             },
        {"configuration", show->view->state_dir != NULL
                              ? "on disk, written at each commit"
                              : "in memory, gone when the router stops"},
        {"temperature",   "not measured"                                                        },
    };
    struct row row;
    size_t i;

    for (i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        row_start(&row);
        row_text(&row, COLUMN_ENVIRONMENT_ITEM, items[i][0]);
        row_text(&row, COLUMN_ENVIRONMENT_STATE, items[i][1]);
        row_send(&row, show);
    }
    return OK;
}

enum err
show_clock(const struct show *show)
{
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_CLOCK_TIME_S, show->view->now_us / US_PER_S);
    row_send(&row, show);
    return OK;
}

enum err
show_dir(const struct show *show)
{
    static const char name[] = "config.db";
    struct stat status;
    struct row row;
    struct str path;

    if (show->view->state_dir == NULL)
        return OK;
    str_init(&path);
    str_printf(&path, "%s/%s", show->view->state_dir, name);
    if (stat(str_text(&path), &status) == 0) {
        row_start(&row);
        row_text(&row, COLUMN_DIR_NAME, name);
        row_number(&row, COLUMN_DIR_SIZE_BYTES, (uint64_t)status.st_size);
        row_number(&row, COLUMN_DIR_MODIFIED_S, (uint64_t)status.st_mtime);
        row_send(&row, show);
    }
    str_done(&path);
    return OK;
}

enum err
show_users(const struct show *show)
{
    const struct oper_user *user;
    struct row row;
    size_t i;

    for (i = 0; i < show->view->user_count; i++) {
        user = &show->view->users[i];
        row_start(&row);
        row_number(&row, COLUMN_USERS_SESSION, user->session);
        row_text(&row, COLUMN_USERS_USER, user->user);
        row_text(&row, COLUMN_USERS_LINE, user->line);
        row_text(&row, COLUMN_USERS_FROM, user->from);
        row_number(&row, COLUMN_USERS_LEVEL, user->level);
        row_number(
            &row, COLUMN_USERS_UNCOMMITTED_CHANGES, user->uncommitted_changes);
        row_number(&row, COLUMN_USERS_SINCE_S, user->since_us / US_PER_S);
        row_flag(&row, COLUMN_USERS_OWN, user->own);
        if (user->exclusive_since_us != 0) {
            row_number(&row, COLUMN_USERS_EXCLUSIVE_SINCE_S,
                user->exclusive_since_us / US_PER_S);
        }
        row_send(&row, show);
    }
    return OK;
}
