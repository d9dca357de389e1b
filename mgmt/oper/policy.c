/*
 * policy.c - shows about policy routing.
 */
#include "oper/show.h"

#include "gen/views.h"
#include "ipsec/ipsec.h"

/* The group that is asked after this one; NULL: the first, or no more.  A
 * list has few groups, so that looking at all of them for each is cheap. */
static const struct object *
next_in_order(const struct show *show, const struct object *list,
    const struct object *before)
{
    const struct object *group = NULL;
    const struct object *best = NULL;

    while ((group = config_next_child(show->view->running,
                OBJECT_CLASSIFIER_GROUP, list->fields, 1, group)) != NULL) {
        if (before != NULL && policy_group_compare(group, before) <= 0)
            continue;
        if (best == NULL || policy_group_compare(group, best) < 0)
            best = group;
    }
    return best;
}

static uint64_t
count_attached(const struct show *show, const struct value *name)
{
    const struct object *at = NULL;
    uint64_t count = 0;

    while ((at = config_next_attached(show->view->running, name, at)) != NULL)
        count++;
    return count;
}

static void
fill_action(struct row *row, const struct cfg_classifier_group *view)
{
    enum policy_action action = POLICY_ACTION_PERMIT;

    if (view->forward_tunnel != NULL) {
        action = POLICY_ACTION_FORWARD_TUNNEL;
        row_text(row, COLUMN_IP_POLICY_LIST_TUNNEL, view->forward_tunnel);
    } else if (view->has_forward_next_hop) {
        action = POLICY_ACTION_FORWARD_NEXT_HOP;
        row_number(row, COLUMN_IP_POLICY_LIST_NEXT_HOP, view->forward_next_hop);
    } else if (view->filter) {
        action = POLICY_ACTION_FILTER;
    }
    row_number(row, COLUMN_IP_POLICY_LIST_ACTION, (uint64_t)action);
}

static void
fill_group(const struct show *show, struct row *row, const struct object *group)
{
    struct dp_policy_counters counters;
    struct cfg_classifier_group view;

    cfg_classifier_group_read(group->fields, &view);
    ipsec_policy_counters(show->view->ipsec, group, &counters);
    row_number(row, COLUMN_IP_POLICY_LIST_PRECEDENCE, view.precedence);
    row_text(row, COLUMN_IP_POLICY_LIST_CLASSIFIER_LIST, view.list);
    fill_action(row, &view);
    row_number(row, COLUMN_IP_POLICY_LIST_PACKETS, counters.packets);
    row_number(row, COLUMN_IP_POLICY_LIST_OCTETS, counters.octets);
}

/* A row for each group; one for a list without any. */
static void
show_list(const struct show *show, const struct object *list)
{
    const struct value *name = &list->fields[FIELD_POLICY_LIST_NAME];
    uint64_t attached = count_attached(show, name);
    const struct object *group = NULL;
    struct row row;

    do {
        group = next_in_order(show, list, group);
        row_start(&row);
        row_text(&row, COLUMN_IP_POLICY_LIST_POLICY_LIST, value_string(name));
        row_number(&row, COLUMN_IP_POLICY_LIST_INTERFACES, attached);
        if (group != NULL)
            fill_group(show, &row, group);
        row_send(&row, show);
    } while (group != NULL && next_in_order(show, list, group) != NULL);
}

enum err
show_policy_list(const struct show *show)
{
    const struct value *name = &show->args[ARG_SHOW_IP_POLICY_LIST_NAME];
    const struct config *running = show->view->running;
    const struct object *list = NULL;

    if (value_is_set(name)) {
        list = config_find(running, OBJECT_POLICY_LIST, name);
        if (list == NULL) {
            return show_not_found(
                show, "There is no policy list %s.", value_string(name));
        }
        show_list(show, list);
        return OK;
    }
    while ((list = config_next(running, OBJECT_POLICY_LIST,
                list != NULL ? list->fields : NULL)) != NULL)
        show_list(show, list);
    return OK;
}
