/*
 * keys.c - shows about what IKE is told: preshared keys (never the keys
 * themselves), local endpoints, options, the licence.
 */
#include "oper/show.h"

#include "base/str.h"
#include "gen/views.h"
#include "oper/tunnels.h"

enum err
show_key_manual(const struct show *show)
{
    const struct object *object = NULL;
    struct cfg_preshared_key view;
    struct row row;

    while ((object = config_next(show->view->running, OBJECT_PRESHARED_KEY,
                object != NULL ? object->fields : NULL)) != NULL) {
        cfg_preshared_key_read(object->fields, &view);
        row_start(&row);
        row_text(
            &row, COLUMN_IPSEC_KEY_MANUAL_VIRTUAL_ROUTER, view.virtual_router);
        if (view.has_address)
            row_number(&row, COLUMN_IPSEC_KEY_MANUAL_ADDRESS, view.address);
        row_text(&row, COLUMN_IPSEC_KEY_MANUAL_IDENTITY, view.identity);
        row_flag(&row, COLUMN_IPSEC_KEY_MANUAL_SET, view.key != NULL);
        row_send(&row, show);
    }
    return OK;
}

enum err
show_local_endpoint(const struct show *show)
{
    const struct value *wanted = &show->args[ARG_SHOW_IPSEC_LOCAL_ENDPOINT_VR];
    const struct object *object = NULL;
    struct cfg_virtual_router view;
    struct row row;
    bool any = false;

    while ((object = config_next(show->view->running, OBJECT_VIRTUAL_ROUTER,
                object != NULL ? object->fields : NULL)) != NULL) {
        cfg_virtual_router_read(object->fields, &view);
        if (value_is_set(wanted) && !str_equal(view.name, value_string(wanted)))
            continue;
        any = true;
        if (!view.has_local_endpoint)
            continue;
        row_start(&row);
        row_text(&row, COLUMN_IPSEC_LOCAL_ENDPOINT_VIRTUAL_ROUTER, view.name);
        row_number(
            &row, COLUMN_IPSEC_LOCAL_ENDPOINT_ADDRESS, view.local_endpoint);
        row_send(&row, show);
    }
    if (!any) {
        return show_not_found(
            show, "There is no virtual router %s.", value_string(wanted));
    }
    return OK;
}

enum err
show_option(const struct show *show)
{
    struct value name = value_text(show->view->session_vr);
    const struct object *vr =
        config_find(show->view->running, OBJECT_VIRTUAL_ROUTER, &name);
    struct cfg_virtual_router view;
    struct row row;

    value_done(&name);
    if (vr == NULL) {
        return show_not_found(
            show, "There is no virtual router %s.", show->view->session_vr);
    }
    cfg_virtual_router_read(vr->fields, &view);
    row_start(&row);
    row_text(&row, COLUMN_IPSEC_OPTION_VIRTUAL_ROUTER, view.name);
    row_flag(&row, COLUMN_IPSEC_OPTION_DPD, view.option_dpd);
    row_flag(&row, COLUMN_IPSEC_OPTION_NAT_T, view.option_nat_t);
    row_flag(&row, COLUMN_IPSEC_OPTION_TX_INVALID_COOKIE,
        view.option_tx_invalid_cookie);
    row_send(&row, show);
    return OK;
}

enum err
show_license(const struct show *show)
{
    struct cfg_system view;
    struct row row;

    show_read_system(show, &view);
    row_start(&row);
    row_text(&row, COLUMN_LICENSE_IPSEC_TUNNELS_LICENSE, view.ipsec_license);
    row_send(&row, show);
    return OK;
}
