/*
 * gone.c - what still needs an object that is gone.
 */
#include "config/checks.h"

#include "base/str.h"

enum { NAMED_MAX = 5 };

void
users_add(struct users *users, const struct object *user)
{
    if (users->count < NAMED_MAX) {
        str_add(users->names, users->count == 0 ? "`" : ", `");
        object_path(user, users->names);
        str_add_char(users->names, '`');
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
            users->count, str_text(users->names));
    } else {
        check_error(check, gone, SCHEMA_NONE,
            "It cannot be removed: %s %s it. Change that first, or configure "
            "it again.",
            str_text(users->names),
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

/* Rules are few: IKE has at most ten. */
static void
add_scoped_rules(
    const struct check *check, const struct object *gone, struct users *users)
{
    const struct object *rule = NULL;

    while ((rule = config_next(check->to, OBJECT_IKE_POLICY_RULE,
                rule == NULL ? NULL : rule->fields)) != NULL) {
        if (value_equal(
                &rule->fields[FIELD_IKE_POLICY_RULE_SCOPE_VIRTUAL_ROUTER],
                &gone->fields[FIELD_VIRTUAL_ROUTER_NAME]))
            users_add(users, rule);
    }
}

void
check_gone(const struct check *check, const struct object *gone)
{
    enum tree_order order = index_of_users(gone->type);
    size_t key_count = schema_objects[gone->type].key_count;
    struct str names;
    struct users users = {.names = &names};
    const struct object *at = NULL;

    str_init(&names);
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
    if (gone->type == OBJECT_VIRTUAL_ROUTER)
        add_scoped_rules(check, gone, &users);
    if (gone->type == OBJECT_PRESHARED_KEY)
        check_lost_key(check, gone);
    say_users(check, gone, &users);
    str_done(&names);
}
