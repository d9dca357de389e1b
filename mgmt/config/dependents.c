/*
 * dependents.c - what has to be looked at because something else changed.
 *
 *    users   their errors: tunnels of a changed transform set, those that
 *            start at an address which was taken away, those that borrow one
 *            which is gone, routes whose target is gone
 *    paths   their way to the peer: tunnels with a destination in a network
 *            that came or went; a limited number, for they are only warned
 *    left    is it used at all: transform sets and keys that tunnels let go
 *
 * All are found through indexes.  Only the removal of an interface or tunnel
 * costs a scan, of the static routes, once.
 */
#include "config/checks.h"

#include "base/str.h"

enum { PATHS_MAX = 1000 };

struct dependents {
    struct tree_node *users;
    struct tree_node *paths;
    struct tree_node *left;
    size_t path_count;
};

static void
depend(struct tree_node **dependents, const struct object *object)
{
    (void)tree_put(dependents, ORDER_KEYS, object_ref(object));
}

static void
add_users_of_set(const struct check *check, const struct object *set,
    struct tree_node **dependents)
{
    const struct object *user = NULL;

    while ((user = config_next_named(check->to, ORDER_SET,
                &set->fields[FIELD_TRANSFORM_SET_NAME], user)) != NULL)
        depend(dependents, user);
}

/* The virtual router whose local endpoint the address was. */
static void
add_endpoint(const struct check *check, const struct network *network,
    struct tree_node **dependents)
{
    const struct object *vr =
        config_find(check->to, OBJECT_VIRTUAL_ROUTER, network->vr);

    if (vr != NULL && field_number(vr, FIELD_VIRTUAL_ROUTER_LOCAL_ENDPOINT) ==
                          network->address)
        depend(dependents, vr);
}

/* Tunnels whose source is the local endpoint, which is another one now. */
static void
add_users_of_endpoint(const struct check *check, const struct change *change,
    struct tree_node **dependents)
{
    const struct object *user = NULL;

    if (change->after == NULL ||
        !change_touches(change, SETTING_VIRTUAL_ROUTER_LOCAL_ENDPOINT) ||
        !field_is_set(change->after, FIELD_VIRTUAL_ROUTER_LOCAL_ENDPOINT))
        return;
    while ((user = config_next_without_source(
                check->to, &change->after->fields[0], user)) != NULL)
        depend(dependents, user);
}

/* Transport profiles with SAs there. */
static void
add_profiles_at(const struct check *check, const struct network *network,
    struct tree_node **dependents)
{
    const struct object *at = NULL;

    while ((at = config_next_child(check->to, OBJECT_TRANSPORT_PROFILE,
                network->vr, 1, at)) != NULL) {
        if (field_number(at, FIELD_TRANSPORT_PROFILE_LOCAL_IP) ==
            network->address)
            depend(dependents, at);
    }
}

/* Tunnels that start at the address which the object had. */
static void
add_users_of_address(const struct check *check, const struct change *change,
    struct tree_node **dependents)
{
    const struct object *user = NULL;
    struct network before;
    struct network after;
    struct value address;

    if (!object_network(change->before, &before))
        return;
    if (change->after != NULL && object_network(change->after, &after) &&
        after.address == before.address)
        return;
    address = value_number(before.address);
    add_endpoint(check, &before, dependents);
    while ((user = config_next_named(
                check->to, ORDER_SOURCE, &address, user)) != NULL)
        depend(dependents, user);
    while ((user = config_next_gre(
                check->to, before.vr, before.address, user)) != NULL)
        depend(dependents, user);
    add_profiles_at(check, &before, dependents);
}

/* GRE tunnels that a transport profile protects, or did. */
static void
add_users_of_profile(const struct check *check, const struct change *change,
    struct tree_node **dependents)
{
    const struct object *gre = NULL;

    while ((gre = config_next(check->to, OBJECT_GRE_TUNNEL,
                gre == NULL ? NULL : gre->fields)) != NULL) {
        if (profile_change_reaches(change, gre))
            depend(dependents, gre);
    }
}

/* Unnumbered interfaces that borrow of one which is gone, or has no address
 * any more. */
static void
add_borrowers(const struct check *check, const struct change *change,
    struct tree_node **dependents)
{
    const struct object *before = change->before;
    const struct object *user = NULL;
    struct tree_place lender = {.part_count = 3};
    struct network network;

    if (before->type != OBJECT_INTERFACE ||
        (change->after != NULL && object_network(change->after, &network)))
        return;
    for (size_t i = 0; i < lender.part_count; i++)
        lender.parts[i] = before->fields[i];
    while (
        (user = config_next_at(check->to, ORDER_LENDER, &lender, user)) != NULL)
        depend(dependents, user);
}

/* Classifier groups whose list lost its last entry. */
static void
add_users_of_list(const struct check *check, const struct object *entry,
    struct tree_node **dependents)
{
    const struct value *name = &entry->fields[FIELD_CLASSIFIER_NAME];
    const struct object *user = NULL;

    if (config_next_child(check->to, OBJECT_CLASSIFIER, name, 1, NULL) != NULL)
        return;
    while ((user = config_next_group(check->to, name, user)) != NULL)
        depend(dependents, user);
}

/* Communities whose access list lost its last entry. */
static void
add_users_of_access_list(const struct check *check, const struct object *entry,
    struct tree_node **dependents)
{
    const struct value *keys = entry->fields;
    const struct object *user = NULL;

    if (config_next_child(check->to, OBJECT_ACCESS_LIST, keys, 2, NULL) != NULL)
        return;
    while ((user = config_next_child(
                check->to, OBJECT_SNMP_COMMUNITY, keys, 1, user)) != NULL) {
        if (value_equal(&user->fields[FIELD_SNMP_COMMUNITY_ACCESS_LIST],
                &keys[FIELD_ACCESS_LIST_NAME]))
            depend(dependents, user);
    }
}

/* Receivers of traps by a user that is gone. */
static void
add_hosts_of_user(const struct check *check, const struct object *user,
    struct tree_node **dependents)
{
    const struct object *host = NULL;

    while ((host = config_next_child(
                check->to, OBJECT_SNMP_HOST, user->fields, 1, host)) != NULL) {
        if (value_equal(&host->fields[FIELD_SNMP_HOST_COMMUNITY],
                &user->fields[FIELD_SNMP_USER_NAME]))
            depend(dependents, host);
    }
}

/* Users of SNMPv3 where the agent came on: another virtual router may have
 * them too. */
static void
add_snmp_users(const struct check *check, const struct change *change,
    struct tree_node **dependents)
{
    const struct object *user = NULL;

    if (change->after == NULL ||
        !change_touches(change, SETTING_VIRTUAL_ROUTER_SNMP_SERVER))
        return;
    while ((user = config_next_child(check->to, OBJECT_SNMP_USER,
                change->after->fields, 1, user)) != NULL)
        depend(dependents, user);
}

/* The policy list that a group was taken out of. */
static void
add_list_of_group(const struct check *check, const struct object *group,
    struct tree_node **dependents)
{
    const struct object *list =
        config_find(check->to, OBJECT_POLICY_LIST, group->fields);

    if (list != NULL)
        depend(dependents, list);
}

/* Routes whose interface or tunnel is gone. */
static void
add_lost_routes(const struct check *check, struct tree_node **dependents)
{
    const struct object *route = config_next(check->to, OBJECT_ROUTE, NULL);

    while (route != NULL) {
        if (!route_has_target(check->to, route))
            depend(dependents, route);
        route = config_next(check->to, OBJECT_ROUTE, route->fields);
    }
}

/* ---- paths ---- */

/* A network that came or went in a virtual router: tunnels to it. */
static void
add_paths(const struct check *check, const struct network *network,
    struct dependents *dependents)
{
    const struct tree_node *peers = config_tree(check->to, ORDER_PEER);
    struct tree_place place = {
        .parts = {*network->vr, value_number(network->address & network->mask)},
        .part_count = 2
    };
    const struct object *at = tree_first(peers, ORDER_PEER, &place);

    while (at != NULL && dependents->path_count < PATHS_MAX) {
        struct tree_place here = order_place(ORDER_PEER, at);

        if (!value_equal(&here.parts[0], network->vr) ||
            here.parts[1].kind != VALUE_NUMBER ||
            here.parts[1].number > (network->address | ~network->mask))
            return;
        depend(&dependents->paths, at);
        dependents->path_count++;
        at = tree_after(peers, ORDER_PEER, &here);
    }
}

/* A route matters where it goes, and where it comes and leads into a tunnel. */
static void
add_paths_of_route(const struct check *check, const struct change *change,
    struct dependents *dependents)
{
    const struct object *route = change_object(change);
    struct network network = {&route->fields[FIELD_ROUTE_VIRTUAL_ROUTER],
        (uint32_t)field_number(route, FIELD_ROUTE_PREFIX),
        (uint32_t)field_number(route, FIELD_ROUTE_MASK)};

    if (change->after == NULL || field_is_set(route, FIELD_ROUTE_OUT_TUNNEL))
        add_paths(check, &network, dependents);
}

static void
add_paths_of_network(const struct check *check, const struct change *change,
    struct dependents *dependents)
{
    struct network before;
    struct network after;

    if (change->before == NULL || !object_network(change->before, &before))
        return;
    if (change->after != NULL && object_network(change->after, &after) &&
        before.address == after.address && before.mask == after.mask)
        return;
    add_paths(check, &before, dependents);
}

/* ---- what tunnels let go ---- */

static void
add_left(const struct check *check, const struct object *before,
    struct dependents *dependents)
{
    const struct value *peer =
        &before->fields[field_is_set(before, FIELD_TUNNEL_DESTINATION_ADDRESS)
                            ? FIELD_TUNNEL_DESTINATION_ADDRESS
                            : FIELD_TUNNEL_DESTINATION_IDENTITY];
    const struct value *set = &before->fields[FIELD_TUNNEL_TRANSFORM_SET];
    const struct object *found;

    if (value_is_set(peer)) {
        found = config_find_key(check->to, tunnel_transport_vr(before), peer);
        if (found != NULL)
            depend(&dependents->left, found);
    }
    if (value_is_set(set)) {
        found = config_find(check->to, OBJECT_TRANSFORM_SET, set);
        if (found != NULL)
            depend(&dependents->left, found);
    }
}

/* ---- the change set ---- */

static void
add_dependents(const struct check *check, const struct change *change,
    struct dependents *dependents)
{
    const struct object *object = change_object(change);

    if (object->type == OBJECT_ROUTE)
        add_paths_of_route(check, change, dependents);
    if (object->type == OBJECT_TRANSPORT_PROFILE)
        add_users_of_profile(check, change, &dependents->users);
    if (object->type == OBJECT_VIRTUAL_ROUTER) {
        add_users_of_endpoint(check, change, &dependents->users);
        add_snmp_users(check, change, &dependents->users);
    }
    if (change->before == NULL)
        return; /* no more can depend on what was not there */
    if (object->type == OBJECT_TRANSFORM_SET && change->after != NULL)
        add_users_of_set(check, change->after, &dependents->users);
    if (object->type == OBJECT_CLASSIFIER_GROUP && change->after == NULL)
        add_list_of_group(check, object, &dependents->users);
    if (object->type == OBJECT_CLASSIFIER && change->after == NULL)
        add_users_of_list(check, object, &dependents->users);
    if (object->type == OBJECT_ACCESS_LIST && change->after == NULL)
        add_users_of_access_list(check, object, &dependents->users);
    if (object->type == OBJECT_SNMP_USER && change->after == NULL)
        add_hosts_of_user(check, object, &dependents->users);
    if (object->type == OBJECT_TUNNEL)
        add_left(check, change->before, dependents);
    add_users_of_address(check, change, &dependents->users);
    add_paths_of_network(check, change, dependents);
    add_borrowers(check, change, &dependents->users);
}

static bool
removes_route_target(const struct change *change)
{
    return change->after == NULL &&
           (change->before->type == OBJECT_INTERFACE ||
               change->before->type == OBJECT_TUNNEL ||
               change->before->type == OBJECT_GRE_TUNNEL);
}

static void
gather(const struct check *check, const struct change_set *set,
    struct dependents *dependents)
{
    bool lost = false;

    for (size_t i = 0; i < set->count; i++) {
        add_dependents(check, &set->changes[i], dependents);
        lost = lost || removes_route_target(&set->changes[i]);
    }
    if (lost)
        add_lost_routes(check, &dependents->users);
}

/* Objects that changed themselves were looked at already. */
static void
leave_out_changed(const struct change_set *set, struct tree_node **dependents)
{
    for (size_t i = 0; i < set->count && *dependents != NULL; i++) {
        if (set->changes[i].after != NULL) {
            struct tree_place place =
                order_place(ORDER_KEYS, set->changes[i].after);

            (void)tree_remove(dependents, ORDER_KEYS, &place);
        }
    }
}

static void
check_all(const struct check *check, const struct change_set *set,
    struct tree_node *dependents,
    void (*look)(const struct check *check, const struct object *object))
{
    struct tree_cursor cursor;
    const struct object *object;

    leave_out_changed(set, &dependents);
    cursor_init(&cursor, dependents);
    while ((object = cursor_next(&cursor)) != NULL)
        look(check, object);
    cursor_done(&cursor);
    tree_unref(dependents);
}

void
check_dependents(const struct check *check, const struct change_set *set)
{
    struct dependents dependents = {0};

    gather(check, set, &dependents);
    check_all(check, set, dependents.users, check_one);
    check_all(check, set, dependents.paths, check_path);
    check_all(check, set, dependents.left, check_unused);
}
