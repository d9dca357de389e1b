/*
 * access.c - the show about access lists.
 */
#include "oper/show.h"

#include "base/str.h"
#include "gen/views.h"

static uint64_t
count_communities(
    const struct show *show, const struct value *vr, const char *list)
{
    const struct object *at = NULL;
    uint64_t count = 0;

    while ((at = config_next_child(show->view->running, OBJECT_SNMP_COMMUNITY,
                vr, 1, at)) != NULL) {
        count += str_equal(
            list, value_string(&at->fields[FIELD_SNMP_COMMUNITY_ACCESS_LIST]));
    }
    return count;
}

static void
send_entry(
    const struct show *show, const struct value *vr, const struct object *entry)
{
    struct cfg_access_list view;
    struct row row;

    cfg_access_list_read(entry->fields, &view);
    row_start(&row);
    row_text(&row, COLUMN_ACCESS_LIST_NAME, view.name);
    row_number(&row, COLUMN_ACCESS_LIST_SEQUENCE, view.sequence);
    row_number(&row, COLUMN_ACCESS_LIST_ACTION, (uint64_t)view.action);
    if (view.has_source)
        row_number(&row, COLUMN_ACCESS_LIST_SOURCE, view.source);
    if (view.has_wildcard)
        row_number(&row, COLUMN_ACCESS_LIST_WILDCARD, view.wildcard);
    row_number(&row, COLUMN_ACCESS_LIST_COMMUNITIES,
        count_communities(show, vr, view.name));
    row_send(&row, show);
}

enum err
show_access_list(const struct show *show)
{
    const char *name = value_string(&show->args[ARG_SHOW_ACCESS_LIST_NAME]);
    struct value vr = value_text(show->view->session_vr);
    const struct object *entry = NULL;
    size_t count = 0;

    while ((entry = config_next_child(show->view->running, OBJECT_ACCESS_LIST,
                &vr, 1, entry)) != NULL) {
        if (name[0] != '\0' &&
            !str_equal(
                name, value_string(&entry->fields[FIELD_ACCESS_LIST_NAME])))
            continue;
        send_entry(show, &vr, entry);
        count++;
    }
    value_done(&vr);
    if (count == 0 && name[0] != '\0') {
        return show_not_found(show,
            "There is no access list %s in virtual "
            "router %s.",
            name, show->view->session_vr);
    }
    return OK;
}
