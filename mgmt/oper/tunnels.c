/*
 * tunnels.c - shows about IPsec: transform sets, lifetime, tunnels.
 */
#include "oper/show.h"

#include "base/str.h"
#include "ipsec/ipsec.h"
#include "oper/tunnels.h"

#include <assert.h>

/* Both tunnel shows have the same arguments. */
static_assert(
    (int)ARG_SHOW_IPSEC_TUNNEL_NAME == (int)ARG_SHOW_IPSEC_TUNNEL_DETAIL_NAME &&
        (int)ARG_SHOW_IPSEC_TUNNEL_ADDRESS ==
            (int)ARG_SHOW_IPSEC_TUNNEL_DETAIL_ADDRESS &&
        (int)ARG_SHOW_IPSEC_TUNNEL_STATE ==
            (int)ARG_SHOW_IPSEC_TUNNEL_DETAIL_STATE &&
        (int)ARG_SHOW_IPSEC_TUNNEL_VR == (int)ARG_SHOW_IPSEC_TUNNEL_DETAIL_VR &&
        (int)ARG_SHOW_IPSEC_TUNNEL_TRANSPORT_VR ==
            (int)ARG_SHOW_IPSEC_TUNNEL_DETAIL_TRANSPORT_VR,
    "one filter serves both");

enum err
show_transform_set(const struct show *show)
{
    const struct value *name = &show->args[ARG_SHOW_IPSEC_TRANSFORM_SET_NAME];
    const struct object *set = NULL;
    struct cfg_transform_set view;
    bool any = false;
    struct row row;

    for (;;) {
        set = config_next(show->view->running, OBJECT_TRANSFORM_SET,
            set != NULL ? set->fields : NULL);
        if (set == NULL)
            break;
        cfg_transform_set_read(set->fields, &view);
        if (value_is_set(name) && !str_equal(view.name, value_string(name)))
            continue;
        any = true;
        row_start(&row);
        row_text(&row, COLUMN_IPSEC_TRANSFORM_SET_NAME, view.name);
        row_number(
            &row, COLUMN_IPSEC_TRANSFORM_SET_TRANSFORMS, view.transforms);
        row_send(&row, show);
    }
    if (value_is_set(name) && !any) {
        return show_not_found(
            show, "There is no transform set %s.", value_string(name));
    }
    return OK;
}

void
show_read_system(const struct show *show, struct cfg_system *out_view)
{
    const struct object *system =
        config_next(show->view->running, OBJECT_SYSTEM, NULL);

    assert(system != NULL); /* a preset */
    cfg_system_read(system->fields, out_view);
}

enum err
show_lifetime(const struct show *show)
{
    struct cfg_system view;
    struct row row;

    show_read_system(show, &view);
    row_start(&row);
    row_number(
        &row, COLUMN_IPSEC_LIFETIME_SECONDS, view.ipsec_lifetime_seconds);
    row_number(
        &row, COLUMN_IPSEC_LIFETIME_KILOBYTES, view.ipsec_lifetime_kilobytes);
    row_send(&row, show);
    return OK;
}

/* ---- tunnels ---- */

static void
read_status(const struct show *show, const struct object *tunnel,
    struct tunnel_status *status)
{
    struct cfg_tunnel *view = &status->view;

    status->object = tunnel;
    cfg_tunnel_read(tunnel->fields, view);
    status->transport_vr =
        view->transport_vr != NULL ? view->transport_vr : view->virtual_router;
    status->is_enabled = !view->shutdown;
    str_clear(&status->why);
    status->state = ipsec_tunnel_state(show->view->ipsec, tunnel, &status->why);
}

static bool
is_wanted(const struct show *show, const struct tunnel_status *status)
{
    const struct cfg_tunnel *view = &status->view;
    const struct value *args = show->args;
    const struct value *arg;

    arg = &args[ARG_SHOW_IPSEC_TUNNEL_ADDRESS];
    if (value_is_set(arg) && (!view->has_destination_address ||
                                 view->destination_address != arg->number))
        return false;
    arg = &args[ARG_SHOW_IPSEC_TUNNEL_STATE];
    if (value_is_set(arg) && (uint64_t)status->state != arg->number)
        return false;
    arg = &args[ARG_SHOW_IPSEC_TUNNEL_VR];
    if (value_is_set(arg) &&
        !str_equal(view->virtual_router, value_string(arg)))
        return false;
    arg = &args[ARG_SHOW_IPSEC_TUNNEL_TRANSPORT_VR];
    return !value_is_set(arg) ||
           str_equal(status->transport_vr, value_string(arg));
}

/* Do the names in the filter exist? */
static enum err
check_filter(const struct show *show)
{
    const struct value *name = &show->args[ARG_SHOW_IPSEC_TUNNEL_NAME];
    static const unsigned vrs[] = {
        ARG_SHOW_IPSEC_TUNNEL_VR, ARG_SHOW_IPSEC_TUNNEL_TRANSPORT_VR};
    const char *vr;
    enum err error = OK;
    size_t i;

    if (value_is_set(name) &&
        show_find_tunnel(show->view->running, value_string(name)) == NULL) {
        return show_not_found(
            show, "There is no tunnel %s.", value_string(name));
    }
    for (i = 0; i < 2 && error == OK; i++) {
        if (value_is_set(&show->args[vrs[i]]))
            error = show_vr(show, vrs[i], &vr);
    }
    return error;
}

enum err
show_each_tunnel(const struct show *show,
    void (*send)(const struct show *, const struct tunnel_status *))
{
    const struct value *name = &show->args[ARG_SHOW_IPSEC_TUNNEL_NAME];
    const struct object *tunnel;
    struct tunnel_status status = {0};
    enum err error;

    error = check_filter(show);
    if (error != OK)
        return error;
    str_init(&status.why);
    if (value_is_set(name)) {
        tunnel = show_find_tunnel(show->view->running, value_string(name));
    } else {
        tunnel = config_next(show->view->running, OBJECT_TUNNEL, NULL);
    }
    while (tunnel != NULL) {
        read_status(show, tunnel, &status);
        if (is_wanted(show, &status))
            send(show, &status);
        if (value_is_set(name))
            break;
        tunnel =
            config_next(show->view->running, OBJECT_TUNNEL, tunnel->fields);
    }
    str_done(&status.why);
    return OK;
}

static void
send_line(const struct show *show, const struct tunnel_status *status)
{
    struct row row;

    row_start(&row);
    row_text(&row, COLUMN_IPSEC_TUNNEL_NAME, status->view.name);
    row_number(&row, COLUMN_IPSEC_TUNNEL_STATE, (uint64_t)status->state);
    row_flag(&row, COLUMN_IPSEC_TUNNEL_ENABLED, status->is_enabled);
    row_text(
        &row, COLUMN_IPSEC_TUNNEL_VIRTUAL_ROUTER, status->view.virtual_router);
    row_str(&row, COLUMN_IPSEC_TUNNEL_REASON, &status->why);
    row_send(&row, show);
}

enum err
show_tunnel(const struct show *show)
{
    return show_each_tunnel(show, send_line);
}

enum err
show_tunnel_summary(const struct show *show)
{
    uint64_t states[TUNNEL_STATE_COUNT] = {0};
    const struct object *tunnel;
    struct tunnel_status status = {0};
    uint64_t enabled = 0;
    uint64_t total = 0;
    struct row row;

    str_init(&status.why);
    tunnel = config_next(show->view->running, OBJECT_TUNNEL, NULL);
    while (tunnel != NULL) {
        read_status(show, tunnel, &status);
        total++;
        enabled += status.is_enabled;
        states[status.state]++;
        tunnel =
            config_next(show->view->running, OBJECT_TUNNEL, tunnel->fields);
    }
    str_done(&status.why);
    row_start(&row);
    row_number(&row, COLUMN_IPSEC_TUNNEL_SUMMARY_TOTAL, total);
    row_number(&row, COLUMN_IPSEC_TUNNEL_SUMMARY_ENABLED, enabled);
    row_number(&row, COLUMN_IPSEC_TUNNEL_SUMMARY_DISABLED, total - enabled);
    row_number(&row, COLUMN_IPSEC_TUNNEL_SUMMARY_UP, states[TUNNEL_STATE_UP]);
    row_number(
        &row, COLUMN_IPSEC_TUNNEL_SUMMARY_DOWN, states[TUNNEL_STATE_DOWN]);
    row_number(&row, COLUMN_IPSEC_TUNNEL_SUMMARY_NOT_PRESENT,
        states[TUNNEL_STATE_NOT_PRESENT]);
    row_send(&row, show);
    return OK;
}
