/*
 * snmp_notify.c - what the SNMP agent asks for: whom it is to tell of what
 * happens, and the access lists.
 */
#include "oper/show.h"

#include "gen/views.h"

/* The address of the interface that traps come from; 0: none. */
static uint32_t
source_of(const struct show *show, const struct cfg_virtual_router *vr)
{
    struct value keys[] = {value_text(vr->name),
        value_number((uint64_t)vr->snmp_trap_source_type),
        value_text(vr->snmp_trap_source_location)};
    const struct object *object;
    struct cfg_interface view = {0};

    object = config_find(show->view->running, OBJECT_INTERFACE, keys);
    if (object != NULL)
        cfg_interface_read(object->fields, &view);
    value_done(&keys[0]);
    value_done(&keys[2]);
    return view.has_ip_address ? view.ip_address : 0;
}

/* The stricter severity of the two; the host's categories, or else those of
 * the virtual router. */
static void
send_host(const struct show *show, const struct cfg_virtual_router *vr,
    const struct cfg_snmp_traps *traps, const struct object *object)
{
    struct cfg_snmp_host view;
    uint64_t categories;
    uint32_t source = vr->has_snmp_trap_source_type ? source_of(show, vr) : 0;
    struct row row;

    cfg_snmp_host_read(object->fields, &view);
    categories = view.categories != 0 ? view.categories : traps->categories;
    row_start(&row);
    row_text(&row, COLUMN_SNMP_NOTIFY_HOST_VIRTUAL_ROUTER, vr->name);
    row_number(&row, COLUMN_SNMP_NOTIFY_HOST_ADDRESS, view.address);
    row_number(&row, COLUMN_SNMP_NOTIFY_HOST_PORT, view.port);
    row_number(&row, COLUMN_SNMP_NOTIFY_HOST_KIND, (uint64_t)view.kind);
    row_number(&row, COLUMN_SNMP_NOTIFY_HOST_VERSION, (uint64_t)view.version);
    row_text(&row, COLUMN_SNMP_NOTIFY_HOST_COMMUNITY, view.community);
    row_number(&row, COLUMN_SNMP_NOTIFY_HOST_SEVERITY,
        (uint64_t)(view.severity < traps->severity ? view.severity
                                                   : traps->severity));
    if (categories != 0)
        row_number(&row, COLUMN_SNMP_NOTIFY_HOST_CATEGORIES, categories);
    if (source != 0)
        row_number(&row, COLUMN_SNMP_NOTIFY_HOST_SOURCE, source);
    row_send(&row, show);
}

static void
send_hosts(const struct show *show, const struct object *vr)
{
    const struct config *running = show->view->running;
    const struct object *traps =
        config_next_child(running, OBJECT_SNMP_TRAPS, vr->fields, 1, NULL);
    const struct object *host = NULL;
    struct cfg_virtual_router view;
    struct cfg_snmp_traps on;

    cfg_virtual_router_read(vr->fields, &view);
    if (!view.snmp_server || traps == NULL)
        return;
    cfg_snmp_traps_read(traps->fields, &on);
    while ((host = config_next_child(
                running, OBJECT_SNMP_HOST, vr->fields, 1, host)) != NULL)
        send_host(show, &view, &on, host);
}

enum err
show_snmp_hosts(const struct show *show)
{
    const struct object *vr = NULL;

    while ((vr = config_next(show->view->running, OBJECT_VIRTUAL_ROUTER,
                vr == NULL ? NULL : vr->fields)) != NULL)
        send_hosts(show, vr);
    return OK;
}

enum err
show_snmp_access_lists(const struct show *show)
{
    const struct object *entry = NULL;
    struct cfg_access_list view;
    struct row row;

    while ((entry = config_next(show->view->running, OBJECT_ACCESS_LIST,
                entry == NULL ? NULL : entry->fields)) != NULL) {
        cfg_access_list_read(entry->fields, &view);
        row_start(&row);
        row_text(
            &row, COLUMN_SNMP_ACCESS_LIST_VIRTUAL_ROUTER, view.virtual_router);
        row_text(&row, COLUMN_SNMP_ACCESS_LIST_NAME, view.name);
        row_number(&row, COLUMN_SNMP_ACCESS_LIST_ACTION, (uint64_t)view.action);
        if (view.has_source)
            row_number(&row, COLUMN_SNMP_ACCESS_LIST_SOURCE, view.source);
        if (view.has_wildcard)
            row_number(&row, COLUMN_SNMP_ACCESS_LIST_WILDCARD, view.wildcard);
        row_send(&row, show);
    }
    return OK;
}
