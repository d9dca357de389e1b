/*
 * snmp.c - shows about SNMP and named hosts, as they are configured in the
 * session's virtual router, with what the agent reported of itself.
 *
 * Passphrases are never in it.
 */
#include "oper/show.h"

#include "base/str.h"
#include "gen/views.h"

/* The next object of a type in the session's virtual router. */
static const struct object *
next_here(const struct show *show, enum schema_object_id type,
    const struct object *after)
{
    struct value vr = value_text(show->view->session_vr);
    const struct object *next =
        config_next_child(show->view->running, type, &vr, 1, after);

    value_done(&vr);
    return next;
}

static uint64_t
count_here(const struct show *show, enum schema_object_id type)
{
    const struct object *at = NULL;
    uint64_t count = 0;

    while ((at = next_here(show, type, at)) != NULL)
        count++;
    return count;
}

static void
fill_traps(const struct show *show, struct row *row)
{
    const struct object *object = next_here(show, OBJECT_SNMP_TRAPS, NULL);
    struct cfg_snmp_traps view;

    row_flag(row, COLUMN_SNMP_SETTINGS_TRAPS, object != NULL);
    if (object == NULL)
        return;
    cfg_snmp_traps_read(object->fields, &view);
    row_number(
        row, COLUMN_SNMP_SETTINGS_TRAP_SEVERITY, (uint64_t)view.severity);
    if (view.categories != 0)
        row_number(row, COLUMN_SNMP_SETTINGS_TRAP_CATEGORIES, view.categories);
}

static void
fill_source(const struct cfg_virtual_router *view, struct row *row)
{
    struct str name;

    if (!view->has_snmp_trap_source_type)
        return;
    str_init(&name);
    str_printf(&name, "%s%s",
        schema_enums[ENUM_INTERFACE_TYPE]
            .values[view->snmp_trap_source_type]
            .word,
        view->snmp_trap_source_location);
    row_str(row, COLUMN_SNMP_SETTINGS_TRAP_SOURCE, &name);
    str_done(&name);
}

static void
fill_hosts(const struct oper_snmp *report, struct row *row)
{
    struct oper_snmp_host sum = {0};
    size_t i;

    for (i = 0; i < report->host_count; i++) {
        sum.sent += report->hosts[i].sent;
        sum.acknowledged += report->hosts[i].acknowledged;
        sum.failed += report->hosts[i].failed;
        sum.dropped += report->hosts[i].dropped;
    }
    row_number(row, COLUMN_SNMP_SETTINGS_NOTIFICATIONS_SENT, sum.sent);
    row_number(
        row, COLUMN_SNMP_SETTINGS_INFORMS_ACKNOWLEDGED, sum.acknowledged);
    row_number(row, COLUMN_SNMP_SETTINGS_NOTIFICATIONS_FAILED, sum.failed);
    row_number(row, COLUMN_SNMP_SETTINGS_NOTIFICATIONS_DROPPED, sum.dropped);
}

/* Of the agent, whatever virtual router the session is in. */
static void
fill_report(const struct oper_snmp *report, struct row *row)
{
    if (report == NULL)
        return;
    row_text(row, COLUMN_SNMP_SETTINGS_LISTENS, report->listens);
    row_number(row, COLUMN_SNMP_SETTINGS_IN_PACKETS, report->in_packets);
    row_number(row, COLUMN_SNMP_SETTINGS_OUT_PACKETS, report->out_packets);
    row_number(row, COLUMN_SNMP_SETTINGS_BAD_VERSIONS, report->bad_versions);
    row_number(
        row, COLUMN_SNMP_SETTINGS_BAD_COMMUNITIES, report->bad_communities);
    row_number(row, COLUMN_SNMP_SETTINGS_BAD_USERS, report->bad_users);
    row_number(row, COLUMN_SNMP_SETTINGS_BAD_PACKETS, report->bad_packets);
    row_number(row, COLUMN_SNMP_SETTINGS_GET_REQUESTS, report->get_requests);
    row_number(row, COLUMN_SNMP_SETTINGS_NEXT_REQUESTS, report->next_requests);
    row_number(row, COLUMN_SNMP_SETTINGS_SET_REQUESTS, report->set_requests);
    row_number(row, COLUMN_SNMP_SETTINGS_RESPONSES, report->responses);
    fill_hosts(report, row);
}

enum err
show_snmp(const struct show *show)
{
    struct value key = value_text(show->view->session_vr);
    const struct object *vr =
        config_find(show->view->running, OBJECT_VIRTUAL_ROUTER, &key);
    struct cfg_virtual_router view;
    struct row row;

    value_done(&key);
    if (vr == NULL) {
        return show_not_found(
            show, "There is no virtual router %s.", show->view->session_vr);
    }
    cfg_virtual_router_read(vr->fields, &view);
    row_start(&row);
    row_text(&row, COLUMN_SNMP_SETTINGS_VIRTUAL_ROUTER, view.name);
    row_flag(&row, COLUMN_SNMP_SETTINGS_ENABLED, view.snmp_server);
    row_flag(&row, COLUMN_SNMP_SETTINGS_RUNNING, show->view->snmp != NULL);
    row_text(&row, COLUMN_SNMP_SETTINGS_CONTACT, view.snmp_contact);
    row_text(&row, COLUMN_SNMP_SETTINGS_LOCATION, view.snmp_location);
    row_number(&row, COLUMN_SNMP_SETTINGS_PACKET_SIZE, view.snmp_packet_size);
    fill_source(&view, &row);
    fill_traps(show, &row);
    row_flag(&row, COLUMN_SNMP_SETTINGS_TRAP_PROXY, view.snmp_trap_proxy);
    row_flag(&row, COLUMN_SNMP_SETTINGS_INTERFACES_COMPRESS,
        view.snmp_interfaces_compress);
    row_number(&row, COLUMN_SNMP_SETTINGS_COMMUNITIES,
        count_here(show, OBJECT_SNMP_COMMUNITY));
    row_number(
        &row, COLUMN_SNMP_SETTINGS_HOSTS, count_here(show, OBJECT_SNMP_HOST));
    row_number(
        &row, COLUMN_SNMP_SETTINGS_USERS, count_here(show, OBJECT_SNMP_USER));
    fill_report(show->view->snmp, &row);
    row_send(&row, show);
    return OK;
}

enum err
show_snmp_community(const struct show *show)
{
    const struct object *at = NULL;
    struct cfg_snmp_community view;
    struct row row;

    while ((at = next_here(show, OBJECT_SNMP_COMMUNITY, at)) != NULL) {
        cfg_snmp_community_read(at->fields, &view);
        row_start(&row);
        row_text(&row, COLUMN_SNMP_COMMUNITY_NAME, view.name);
        row_number(&row, COLUMN_SNMP_COMMUNITY_VIEW, (uint64_t)view.view);
        row_number(
            &row, COLUMN_SNMP_COMMUNITY_PRIVILEGE, (uint64_t)view.privilege);
        row_text(&row, COLUMN_SNMP_COMMUNITY_ACCESS_LIST, view.access_list);
        row_send(&row, show);
    }
    return OK;
}

/* What was reported of a host; NULL: nothing. */
static const struct oper_snmp_host *
find_host(const struct oper_snmp *report, const char *vr, uint32_t address)
{
    size_t i;

    for (i = 0; report != NULL && i < report->host_count; i++) {
        if (report->hosts[i].address == address &&
            str_equal(report->hosts[i].vr, vr))
            return &report->hosts[i];
    }
    return NULL;
}

static void
fill_host(const struct oper_snmp_host *host, struct row *row)
{
    if (host == NULL)
        return;
    row_number(row, COLUMN_SNMP_RECEIVER_SENT, host->sent);
    row_number(row, COLUMN_SNMP_RECEIVER_ACKNOWLEDGED, host->acknowledged);
    row_number(row, COLUMN_SNMP_RECEIVER_FAILED, host->failed);
    row_number(row, COLUMN_SNMP_RECEIVER_DROPPED, host->dropped);
    row_number(row, COLUMN_SNMP_RECEIVER_WAITING, host->waiting);
}

enum err
show_snmp_trap(const struct show *show)
{
    const struct object *at = NULL;
    struct cfg_snmp_host view;
    struct row row;

    while ((at = next_here(show, OBJECT_SNMP_HOST, at)) != NULL) {
        cfg_snmp_host_read(at->fields, &view);
        row_start(&row);
        row_number(&row, COLUMN_SNMP_RECEIVER_ADDRESS, view.address);
        row_number(&row, COLUMN_SNMP_RECEIVER_KIND, (uint64_t)view.kind);
        row_number(&row, COLUMN_SNMP_RECEIVER_VERSION, (uint64_t)view.version);
        row_text(&row, COLUMN_SNMP_RECEIVER_COMMUNITY, view.community);
        row_number(&row, COLUMN_SNMP_RECEIVER_PORT, view.port);
        row_number(
            &row, COLUMN_SNMP_RECEIVER_SEVERITY, (uint64_t)view.severity);
        if (view.categories != 0)
            row_number(&row, COLUMN_SNMP_RECEIVER_CATEGORIES, view.categories);
        fill_host(
            find_host(show->view->snmp, show->view->session_vr, view.address),
            &row);
        row_send(&row, show);
    }
    return OK;
}

enum err
show_snmp_user(const struct show *show)
{
    const struct object *at = NULL;
    struct cfg_snmp_user view;
    struct row row;

    while ((at = next_here(show, OBJECT_SNMP_USER, at)) != NULL) {
        cfg_snmp_user_read(at->fields, &view);
        row_start(&row);
        row_text(&row, COLUMN_SNMP_USER_NAME, view.name);
        row_number(
            &row, COLUMN_SNMP_USER_ACCESS_GROUP, (uint64_t)view.access_group);
        if (view.has_authentication_algorithm) {
            row_number(&row, COLUMN_SNMP_USER_AUTHENTICATION,
                (uint64_t)view.authentication_algorithm);
        }
        if (view.has_privacy_algorithm) {
            row_number(&row, COLUMN_SNMP_USER_PRIVACY,
                (uint64_t)view.privacy_algorithm);
        }
        row_send(&row, show);
    }
    return OK;
}

enum err
show_hosts(const struct show *show)
{
    const struct object *at = NULL;
    struct cfg_host view;
    struct row row;

    while ((at = config_next(show->view->running, OBJECT_HOST,
                at == NULL ? NULL : at->fields)) != NULL) {
        cfg_host_read(at->fields, &view);
        row_start(&row);
        row_text(&row, COLUMN_HOSTS_NAME, view.name);
        row_number(&row, COLUMN_HOSTS_ADDRESS, view.address);
        row_number(&row, COLUMN_HOSTS_PROTOCOL, (uint64_t)view.protocol);
        if (view.has_port)
            row_number(&row, COLUMN_HOSTS_PORT, view.port);
        row_text(&row, COLUMN_HOSTS_USER, view.login_user);
        row_send(&row, show);
    }
    return OK;
}
