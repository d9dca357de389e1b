/*
 * snmp_agent.c - what the SNMP agent asks for: how the router describes
 * itself, and who may ask.
 *
 * The description has the shape that collectors look for, and where the
 * chassis names a model its object identifier with it.
 */
#include "oper/show.h"

#include "base/str.h"
#include "chassis/chassis.h"
#include "gen/views.h"
#include "store/number.h"

/* Models with an object identifier; the others are the product's own. */
static const struct {
    const char *model;
    const char *oid;
} products[] = {
    {"ERX-1400", "1.3.6.1.4.1.4874.1.1.1.1.1"},
    {"ERX-700",  "1.3.6.1.4.1.4874.1.1.1.1.2"},
    {"ERX-1440", "1.3.6.1.4.1.4874.1.1.1.1.3"},
    {"ERX-705",  "1.3.6.1.4.1.4874.1.1.1.1.4"},
    {"ERX-310",  "1.3.6.1.4.1.4874.1.1.1.1.5"},
    {"E320",     "1.3.6.1.4.1.4874.1.1.1.6.1"},
    {"E120",     "1.3.6.1.4.1.4874.1.1.1.6.2"},
};

/* ermineProducts 1 of ERMINE-MIB */
static const char own_product[] = "1.3.6.1.4.1.8072.9999.9999.376463.3.1";

static const char *
product_oid(const char *model)
{
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++) {
        if (str_equal(products[i].model, model))
            return products[i].oid;
    }
    return own_product;
}

static void
describe(const struct show *show, struct row *row)
{
    const struct chassis *chassis = show->view->chassis;
    struct str text;

    str_init(&text);
    str_printf(&text, "%s%s%s SW Version : (",
        chassis->model[0] != '\0' ? "Juniper Networks, Inc. " : "",
        oper_model(chassis),
        chassis->model[0] != '\0' ? " Edge Routing Switch" : " IPsec gateway");
    oper_software(chassis, &text);
    str_printf(&text, ") Build Date : %s  00:00", oper_build_date);
    row_str(row, COLUMN_SNMP_AGENT_DESCRIPTION, &text);
    str_done(&text);
}

/* Does the agent run, in some virtual router? */
static bool
is_enabled(const struct config *running)
{
    const struct object *vr = NULL;
    struct cfg_virtual_router view;

    while ((vr = config_next(running, OBJECT_VIRTUAL_ROUTER,
                vr == NULL ? NULL : vr->fields)) != NULL) {
        cfg_virtual_router_read(vr->fields, &view);
        if (view.snmp_server)
            return true;
    }
    return false;
}

/* What `snmp-server enable traps` says there. */
static void
fill_traps(const struct show *show, const struct object *vr, struct row *row)
{
    const struct object *object = config_next_child(
        show->view->running, OBJECT_SNMP_TRAPS, vr->fields, 1, NULL);
    struct cfg_snmp_traps view;

    if (object == NULL)
        return;
    cfg_snmp_traps_read(object->fields, &view);
    row_flag(row, COLUMN_SNMP_AGENT_TRAPS, true);
    row_number(row, COLUMN_SNMP_AGENT_TRAP_SEVERITY, (uint64_t)view.severity);
    if (view.categories != 0)
        row_number(row, COLUMN_SNMP_AGENT_TRAP_CATEGORIES, view.categories);
}

/* Contact, location, size and traps are those of the default virtual router.
 */
static void
fill_default(const struct show *show, struct row *row)
{
    struct value key = value_text("default");
    const struct object *vr =
        config_find(show->view->running, OBJECT_VIRTUAL_ROUTER, &key);
    struct cfg_virtual_router view;

    value_done(&key);
    if (vr == NULL)
        return;
    cfg_virtual_router_read(vr->fields, &view);
    row_text(row, COLUMN_SNMP_AGENT_CONTACT, view.snmp_contact);
    row_text(row, COLUMN_SNMP_AGENT_LOCATION, view.snmp_location);
    row_number(row, COLUMN_SNMP_AGENT_PACKET_SIZE, view.snmp_packet_size);
    if (view.snmp_server)
        fill_traps(show, vr, row);
}

enum err
show_snmp_agent(const struct show *show)
{
    const struct oper_view *view = show->view;
    struct row row;

    row_start(&row);
    row_flag(&row, COLUMN_SNMP_AGENT_ENABLED, is_enabled(view->running));
    row_text(&row, COLUMN_SNMP_AGENT_NAME, show->view->hostname);
    fill_default(show, &row);
    describe(show, &row);
    row_text(&row, COLUMN_SNMP_AGENT_OBJECT_ID,
        product_oid(oper_model(view->chassis)));
    row_number(&row, COLUMN_SNMP_AGENT_UPTIME_US,
        view->now_us > view->started_us ? view->now_us - view->started_us : 0);
    row_send(&row, show);
    return OK;
}

/* Is the agent on in the virtual router that this object belongs to?  Its
 * name is the first key. */
static bool
is_served(const struct show *show, const struct object *object)
{
    const struct object *vr = config_find(
        show->view->running, OBJECT_VIRTUAL_ROUTER, &object->fields[0]);
    struct cfg_virtual_router view;

    if (vr == NULL)
        return false;
    cfg_virtual_router_read(vr->fields, &view);
    return view.snmp_server;
}

enum err
show_snmp_access_communities(const struct show *show)
{
    const struct object *at = NULL;
    struct cfg_snmp_community view;
    struct row row;

    while ((at = config_next(show->view->running, OBJECT_SNMP_COMMUNITY,
                at == NULL ? NULL : at->fields)) != NULL) {
        if (!is_served(show, at))
            continue;
        cfg_snmp_community_read(at->fields, &view);
        row_start(&row);
        row_text(&row, COLUMN_SNMP_ACCESS_COMMUNITY_NAME, view.name);
        row_text(&row, COLUMN_SNMP_ACCESS_COMMUNITY_VIRTUAL_ROUTER,
            view.virtual_router);
        row_number(
            &row, COLUMN_SNMP_ACCESS_COMMUNITY_VIEW, (uint64_t)view.view);
        row_number(&row, COLUMN_SNMP_ACCESS_COMMUNITY_PRIVILEGE,
            (uint64_t)view.privilege);
        row_text(
            &row, COLUMN_SNMP_ACCESS_COMMUNITY_ACCESS_LIST, view.access_list);
        row_send(&row, show);
    }
    return OK;
}

enum err
show_snmp_access_users(const struct show *show)
{
    const struct object *at = NULL;
    struct cfg_snmp_user view;
    struct row row;

    while ((at = config_next(show->view->running, OBJECT_SNMP_USER,
                at == NULL ? NULL : at->fields)) != NULL) {
        /* one of a name, for the agent knows no more */
        if (config_snmp_user(
                show->view->running, &at->fields[FIELD_SNMP_USER_NAME]) != at)
            continue;
        cfg_snmp_user_read(at->fields, &view);
        row_start(&row);
        row_text(&row, COLUMN_SNMP_ACCESS_USER_NAME, view.name);
        row_text(
            &row, COLUMN_SNMP_ACCESS_USER_VIRTUAL_ROUTER, view.virtual_router);
        row_number(&row, COLUMN_SNMP_ACCESS_USER_ACCESS_GROUP,
            (uint64_t)view.access_group);
        if (view.has_authentication_algorithm) {
            row_number(&row, COLUMN_SNMP_ACCESS_USER_AUTHENTICATION,
                (uint64_t)view.authentication_algorithm);
            row_text(&row, COLUMN_SNMP_ACCESS_USER_AUTHENTICATION_KEY,
                view.authentication_key);
        }
        if (view.has_privacy_algorithm) {
            row_number(&row, COLUMN_SNMP_ACCESS_USER_PRIVACY,
                (uint64_t)view.privacy_algorithm);
            row_text(
                &row, COLUMN_SNMP_ACCESS_USER_PRIVACY_KEY, view.privacy_key);
        }
        row_send(&row, show);
    }
    return OK;
}

enum err
show_snmp_contexts(const struct show *show)
{
    const struct object *at = NULL;
    struct row row;

    while ((at = config_next(show->view->running, OBJECT_VIRTUAL_ROUTER,
                at == NULL ? NULL : at->fields)) != NULL) {
        uint32_t number;

        if (number_of_object(show->view->store, at, &number) != OK)
            continue;
        row_start(&row);
        row_text(&row, COLUMN_SNMP_CONTEXT_VIRTUAL_ROUTER,
            value_string(&at->fields[FIELD_VIRTUAL_ROUTER_NAME]));
        row_number(&row, COLUMN_SNMP_CONTEXT_ROUTER_INDEX, number);
        row_send(&row, show);
    }
    return OK;
}
