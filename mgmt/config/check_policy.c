/*
 * check_policy.c - policy routing: classifier lists, policy lists and their
 * groups, and where they are attached.
 *
 * A classifier list has no object of its own: it is there while it has an
 * entry.  A policy list is global, and a tunnel that it forwards into must be
 * in the virtual router of each interface that it is attached to, so that no
 * packet changes its virtual router by a policy.
 */
#include "config/checks.h"

#include "base/str.h"
#include "dp.h"
#include "gen/enums.h"

enum { TCP = 6, UDP = 17 };

/* How many children there are; not more than one above the most. */
static size_t
count_children(const struct check *check, enum schema_object_id type,
    const struct value *name, size_t most)
{
    const struct object *child = NULL;
    size_t count = 0;

    while (count <= most &&
           (child = config_next_child(check->to, type, name, 1, child)) != NULL)
        count++;
    return count;
}

/* ---- classifier lists ---- */

static bool
has_port_protocol(const struct object *object)
{
    uint64_t number = field_number(object, FIELD_CLASSIFIER_PROTOCOL_NUMBER);
    uint64_t name = field_number(object, FIELD_CLASSIFIER_PROTOCOL);

    if (field_is_set(object, FIELD_CLASSIFIER_PROTOCOL_NUMBER))
        return number == TCP || number == UDP;
    return name == IP_PROTOCOL_TCP || name == IP_PROTOCOL_UDP;
}

void
check_classifier(const struct check *check, const struct object *object)
{
    const struct value *name = &object->fields[FIELD_CLASSIFIER_NAME];

    if ((field_is_set(object, FIELD_CLASSIFIER_SOURCE_PORT) ||
            field_is_set(object, FIELD_CLASSIFIER_DESTINATION_PORT)) &&
        !has_port_protocol(object)) {
        check_error(check, object, SCHEMA_NONE,
            "Only TCP and UDP have ports: name one of these protocols, or "
            "leave the ports out.");
    }
    if (count_children(check, OBJECT_CLASSIFIER, name, POLICY_ENTRIES) >
        POLICY_ENTRIES) {
        check_error(check, object, SCHEMA_NONE,
            "A classifier list holds at most %d entries: put others into a "
            "list of another name.",
            POLICY_ENTRIES);
    }
    if (check->changed && config_next_group(check->to, name, NULL) == NULL &&
        config_next_child(check->to, OBJECT_CLASSIFIER, name, 1, NULL) ==
            object) {
        check_warning(check, object, SCHEMA_NONE,
            "No policy list uses this classifier list.");
    }
}

/* ---- policy lists ---- */

void
check_policy_list(const struct check *check, const struct object *object)
{
    const struct value *name = &object->fields[FIELD_POLICY_LIST_NAME];

    /* Also where its last group was just removed. */
    if (config_next_child(check->to, OBJECT_CLASSIFIER_GROUP, name, 1, NULL) ==
        NULL) {
        check_warning(check, object, SCHEMA_NONE,
            "The list is empty: all packets are routed. Add a "
            "`classifier-group`.");
    }
    if (check->changed && config_next_attached(check->to, name, NULL) == NULL) {
        check_warning(check, object, SCHEMA_NONE,
            "The list is attached to no interface: type `ip policy input %s` "
            "in one.",
            value_string(name));
    }
}

/* Does the tunnel that the group forwards into stand in the virtual router of
 * this interface? */
static void
check_reach(const struct check *check, const struct object *object,
    uint16_t setting, const struct object *group,
    const struct object *interface)
{
    const struct value *name =
        &group->fields[FIELD_CLASSIFIER_GROUP_FORWARD_TUNNEL];
    const struct object *tunnel;
    struct str path;

    if (!value_is_set(name))
        return;
    tunnel = config_find_tunnel(check->to, name);
    if (tunnel == NULL ||
        value_equal(&tunnel->fields[0], &interface->fields[0]))
        return;
    str_init(&path);
    object_path(interface, &path);
    check_error(check, object, setting,
        "Policy list `%s` forwards into tunnel `%s` of virtual router `%s`, "
        "which `%s` is not in: attach another list, or forward into a tunnel "
        "of that interface's virtual router.",
        value_string(&group->fields[FIELD_CLASSIFIER_GROUP_POLICY_LIST]),
        value_string(name), value_string(&tunnel->fields[0]), str_text(&path));
    str_done(&path);
}

void
check_policy_input(
    const struct check *check, const struct object *object, uint16_t setting)
{
    uint16_t field = schema_objects[object->type].settings[setting].first_field;
    const struct object *group = NULL;

    if (!field_is_set(object, field))
        return;
    while ((group = config_next_child(check->to, OBJECT_CLASSIFIER_GROUP,
                &object->fields[field], 1, group)) != NULL)
        check_reach(check, object, setting, group, object);
}

/* ---- classifier groups ---- */

static void
check_action(const struct check *check, const struct object *object)
{
    int count =
        !object_setting_equal(object, NULL, SETTING_CLASSIFIER_GROUP_FORWARD);

    count += field_is_set(object, FIELD_CLASSIFIER_GROUP_FILTER);
    count += field_is_set(object, FIELD_CLASSIFIER_GROUP_PERMIT);
    if (count == 0) {
        check_error(check, object, SCHEMA_NONE,
            "The group does nothing: type one of `forward`, `filter` and "
            "`permit` in it.");
    } else if (count > 1) {
        check_error(check, object, SCHEMA_NONE,
            "The group has more than one of `forward`, `filter` and `permit`: "
            "take the others back with `no`.");
    }
}

static void
check_forward(const struct check *check, const struct object *object)
{
    const struct value *tunnel =
        &object->fields[FIELD_CLASSIFIER_GROUP_FORWARD_TUNNEL];
    const struct object *user = NULL;

    if (field_is_set(object, FIELD_CLASSIFIER_GROUP_FORWARD_NEXT_HOP) &&
        !address_is_unicast(
            field_number(object, FIELD_CLASSIFIER_GROUP_FORWARD_NEXT_HOP))) {
        check_error(check, object, SETTING_CLASSIFIER_GROUP_FORWARD,
            "The next hop is not an address that a router can have.");
    }
    if (!value_is_set(tunnel))
        return;
    if (config_find_tunnel(check->to, tunnel) == NULL) {
        check_error(check, object, SETTING_CLASSIFIER_GROUP_FORWARD,
            "There is no tunnel `%s`: create it with `interface tunnel "
            "ipsec:%s`, or name another one here.",
            value_string(tunnel), value_string(tunnel));
        return;
    }
    while ((user = config_next_attached(check->to,
                &object->fields[FIELD_CLASSIFIER_GROUP_POLICY_LIST], user)) !=
           NULL) {
        check_reach(
            check, object, SETTING_CLASSIFIER_GROUP_FORWARD, object, user);
    }
}

/* Is there an entry that all packets match? */
static bool
takes_all(const struct check *check, const struct value *list)
{
    struct value keys[SCHEMA_KEYS_MAX] = {{.kind = VALUE_NONE}};

    keys[FIELD_CLASSIFIER_NAME] = *list; /* borrowed */
    keys[FIELD_CLASSIFIER_PROTOCOL] = value_number(IP_PROTOCOL_IP);
    return config_find(check->to, OBJECT_CLASSIFIER, keys) != NULL;
}

/* Says that packets never get as far as this group. */
static void
warn_of_shadow(const struct check *check, const struct object *object)
{
    const struct object *other = NULL;

    while ((other = config_next_child(check->to, OBJECT_CLASSIFIER_GROUP,
                object->fields, 1, other)) != NULL) {
        if (policy_group_compare(other, object) >= 0 ||
            !takes_all(check, &other->fields[FIELD_CLASSIFIER_GROUP_LIST]))
            continue;
        check_warning(check, object, SCHEMA_NONE,
            "No packet gets here: classifier list `%s` is asked before and "
            "takes all. Give this group a lower precedence.",
            field_text(other, FIELD_CLASSIFIER_GROUP_LIST));
        return;
    }
}

int
policy_group_compare(const struct object *a, const struct object *b)
{
    uint64_t first = field_number(a, FIELD_CLASSIFIER_GROUP_PRECEDENCE);
    uint64_t second = field_number(b, FIELD_CLASSIFIER_GROUP_PRECEDENCE);

    if (first != second)
        return first < second ? -1 : 1;
    return value_compare(&a->fields[FIELD_CLASSIFIER_GROUP_LIST],
        &b->fields[FIELD_CLASSIFIER_GROUP_LIST]);
}

void
check_classifier_group(const struct check *check, const struct object *object)
{
    const struct value *list = &object->fields[FIELD_CLASSIFIER_GROUP_LIST];

    if (config_next_child(check->to, OBJECT_CLASSIFIER, list, 1, NULL) ==
        NULL) {
        check_error(check, object, SCHEMA_NONE,
            "There is no classifier list `%s`: add an entry with `ip "
            "classifier-list %s`, or remove the group.",
            value_string(list), value_string(list));
    }
    if (count_children(check, OBJECT_CLASSIFIER_GROUP, object->fields,
            POLICY_GROUPS) > POLICY_GROUPS) {
        check_error(check, object, SCHEMA_NONE,
            "A policy list holds at most %d classifier groups: remove one "
            "with `no classifier-group`.",
            POLICY_GROUPS);
    }
    check_action(check, object);
    check_forward(check, object);
    if (check->changed)
        warn_of_shadow(check, object);
}
