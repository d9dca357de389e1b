/*
 * validate.c - is the configuration sound, as far as a change can tell?
 *
 * Looked at: the objects that changed; what uses them (tunnels of a changed
 * transform set, tunnels that start at an address which was taken away; found
 * through indexes); and what still names an object that is gone.  Only the
 * removal of an interface or tunnel costs a scan, of the static routes, once.
 * The matrix and the references come from the schema's tables, the rest is in
 * the checks.
 */
#include "config/checks.h"

#include "base/str.h"

enum { NAMED_MAX = 5 };

/* ---- one object ---- */

static const struct schema_kind_rule *
rule_of(const struct object *object, const struct schema_setting *setting)
{
    uint16_t kind = schema_objects[object->type].kind_field;
    uint64_t column = kind == SCHEMA_NONE ? 0 : field_number(object, kind);

    return &setting->rules[column < SCHEMA_KINDS_MAX ? column : 0];
}

static void
check_rule(
    const struct check *check, const struct object *object, uint16_t setting)
{
    const struct schema_setting *schema =
        &schema_objects[object->type].settings[setting];
    const struct schema_kind_rule *rule = rule_of(object, schema);
    bool set = !object_setting_equal(object, NULL, setting);

    switch (rule->need) {
    case NEED_REQUIRED:
        if (!set)
            check_error(check, object, setting, "%s", rule->sentence);
        break;
    case NEED_NOT_APPLICABLE:
        if (set)
            check_error(check, object, setting, "%s", rule->sentence);
        break;
    case NEED_OPTIONAL:
    default:
        if (set && rule->sentence != NULL && check->changed)
            check_warning(check, object, setting, "%s", rule->sentence);
        break;
    }
}

/* Does what this field names exist? */
static void
check_reference(
    const struct check *check, const struct object *object, uint16_t index)
{
    const struct schema_field *field =
        &schema_objects[object->type].fields[index];
    const struct value *name = &object->fields[index];
    enum schema_object_id wanted;
    struct str path;

    if (field->references == SCHEMA_NONE || !value_is_set(name))
        return;
    wanted = (enum schema_object_id)field->references;
    if (config_find(check->to, wanted, name) != NULL)
        return;
    str_init(&path);
    config_path(wanted, name, &path);
    check_error(check, object, field->setting,
        "There is no `%s`: configure it, or name another one here.",
        str_text(&path));
    str_done(&path);
}

static void
check_parent(const struct check *check, const struct object *object)
{
    uint16_t parent = schema_objects[object->type].parent;
    struct str path;

    if (parent == SCHEMA_NONE ||
        config_find(check->to, (enum schema_object_id)parent, object->fields) !=
            NULL)
        return;
    str_init(&path);
    config_path((enum schema_object_id)parent, object->fields, &path);
    check_error(check, object, SCHEMA_NONE,
        "It belongs to `%s`, which is not there: create that first.",
        str_text(&path));
    str_done(&path);
}

static void
check_one(const struct check *check, const struct object *object)
{
    const struct schema_object *schema = &schema_objects[object->type];

    check_parent(check, object);
    for (uint16_t i = 0; i < schema->setting_count; i++)
        check_rule(check, object, i);
    for (uint16_t i = 0; i < schema->field_count; i++)
        check_reference(check, object, i);
    check_object(check, object);
}

/* ---- what is gone ---- */

/* Who still needs an object that is gone: a few names and how many. */
struct users {
    struct str names;
    size_t count;
};

static void
users_add(struct users *users, const struct object *user)
{
    if (users->count < NAMED_MAX) {
        str_add(&users->names, users->count == 0 ? "`" : ", `");
        object_path(user, &users->names);
        str_add_char(&users->names, '`');
    }
    users->count++;
}

static void
say_users(const struct check *check, const struct object *gone,
    const struct users *users)
{
    if (users->count == 0)
        return;
    if (users->count > NAMED_MAX) {
        check_error(check, gone, SCHEMA_NONE,
            "It cannot be removed: %zu objects still use it, among them %s. "
            "Change these first, or configure it again.",
            users->count, str_text(&users->names));
    } else {
        check_error(check, gone, SCHEMA_NONE,
            "It cannot be removed: %s %s it. Change that first, or configure "
            "it again.",
            str_text(&users->names),
            users->count == 1 ? "still uses" : "still use");
    }
}

/* The index of what names such an object. */
static enum tree_order
index_of_users(enum schema_object_id type)
{
    static const enum tree_order orders[OBJECT_COUNT] = {
        [OBJECT_TRANSFORM_SET] = ORDER_SET,
        [OBJECT_VIRTUAL_ROUTER] = ORDER_TRANSPORT,
        [OBJECT_POLICY_LIST] = ORDER_POLICY,
        [OBJECT_TUNNEL] = ORDER_INTO,
    };

    return orders[type] == ORDER_KEYS ? ORDER_COUNT : orders[type];
}

static void
check_gone(const struct check *check, const struct object *gone)
{
    enum tree_order order = index_of_users(gone->type);
    size_t key_count = schema_objects[gone->type].key_count;
    struct users users = {.count = 0};
    const struct object *at = NULL;

    if (order != ORDER_COUNT) {
        while ((at = config_next_named(check->to, order,
                    &gone->fields[key_count - 1], at)) != NULL)
            users_add(&users, at);
    }
    for (size_t i = 0; i < OBJECT_COUNT; i++) {
        if (schema_objects[i].parent != gone->type)
            continue;
        at = NULL;
        while ((at = config_next_child(check->to, (enum schema_object_id)i,
                    gone->fields, key_count, at)) != NULL)
            users_add(&users, at);
    }
    say_users(check, gone, &users);
    str_done(&users.names);
}

/* ---- what depends on what changed ---- */

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
    while ((user = config_next_named(
                check->to, ORDER_SOURCE, &address, user)) != NULL)
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

static void
add_dependents(const struct check *check, const struct change_set *set,
    struct tree_node **dependents)
{
    bool route_target_gone = false;

    for (size_t i = 0; i < set->count; i++) {
        const struct change *change = &set->changes[i];
        const struct object *before = change->before;

        if (before == NULL)
            continue; /* nothing can depend on what was not there */
        if (before->type == OBJECT_TRANSFORM_SET && change->after != NULL)
            add_users_of_set(check, change->after, dependents);
        if (before->type == OBJECT_CLASSIFIER_GROUP && change->after == NULL)
            add_list_of_group(check, before, dependents);
        if (before->type == OBJECT_CLASSIFIER && change->after == NULL)
            add_users_of_list(check, before, dependents);
        if (before->type != OBJECT_INTERFACE && before->type != OBJECT_TUNNEL)
            continue;
        add_users_of_address(check, change, dependents);
        if (change->after == NULL)
            route_target_gone = true;
    }
    if (route_target_gone)
        add_lost_routes(check, dependents);
}

/* Dependents that changed themselves were looked at already. */
static void
check_dependents(const struct check *check, const struct change_set *set)
{
    struct tree_node *dependents = NULL;
    struct tree_cursor cursor;
    const struct object *object;

    add_dependents(check, set, &dependents);
    for (size_t i = 0; i < set->count && dependents != NULL; i++) {
        if (set->changes[i].after != NULL) {
            struct tree_place place =
                order_place(ORDER_KEYS, set->changes[i].after);

            (void)tree_remove(&dependents, ORDER_KEYS, &place);
        }
    }
    cursor_init(&cursor, dependents);
    while ((object = cursor_next(&cursor)) != NULL)
        check_one(check, object);
    cursor_done(&cursor);
    tree_unref(dependents);
}

void
config_validate(const struct config *to, const struct change_set *set,
    const struct unsealer *unsealer, struct diag *diag)
{
    struct check check = {
        .to = to, .unsealer = unsealer, .diag = diag, .changed = true};

    for (size_t i = 0; i < set->count; i++) {
        if (set->changes[i].after != NULL) {
            check_one(&check, set->changes[i].after);
        } else {
            check_gone(&check, set->changes[i].before);
        }
    }
    check.changed = false;
    check_dependents(&check, set);
}
