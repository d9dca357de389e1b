/*
 * uses.c - who names an object, by the indexes of a snapshot.
 */
#include "config/tree.h"

#include "base/str.h"

const struct object *
config_next_at(const struct config *config, enum tree_order order,
    const struct tree_place *place, const struct object *after)
{
    const struct tree_node *index = config_tree(config, order);
    const struct object *next;

    if (after == NULL) {
        next = tree_first(index, order, place);
    } else {
        struct tree_place here = order_place(order, after);

        next = tree_after(index, order, &here);
    }
    if (next == NULL || place_compare(order, next, place) != 0)
        return NULL;
    return next;
}

const struct object *
config_other_at(const struct config *config, enum tree_order order,
    const struct object *object)
{
    struct tree_place own = order_place(order, object);
    struct tree_place shared = own;
    const struct object *other;

    shared.typed = false;
    other = config_next_at(config, order, &shared, NULL);
    if (other != NULL && place_compare(order, other, &own) == 0)
        other = config_next_at(config, order, &shared, other);
    return other;
}

const struct object *
config_next_named(const struct config *config, enum tree_order order,
    const struct value *name, const struct object *after)
{
    struct tree_place place = {.parts = {*name}, .part_count = 1};

    return config_next_at(config, order, &place, after);
}

const struct object *
config_find_port(const struct config *config, const struct value *location)
{
    return config_next_named(config, ORDER_PORT, location, NULL);
}

const struct object *
config_find_tunnel(const struct config *config, const struct value *name)
{
    return config_next_named(config, ORDER_NAME, name, NULL);
}

const struct object *
config_next_gre(const struct config *config, const struct value *vr,
    uint32_t address, const struct object *after)
{
    struct tree_place place = {
        .parts = {*vr, value_number(address)},
          .part_count = 2
    };

    return config_next_at(config, ORDER_GRE, &place, after);
}

const struct object *
config_next_without_source(const struct config *config, const struct value *vr,
    const struct object *after)
{
    return config_next_named(config, ORDER_ENDPOINT, vr, after);
}

const struct object *
config_next_attached(const struct config *config, const struct value *policy,
    const struct object *after)
{
    return config_next_named(config, ORDER_POLICY, policy, after);
}

const struct object *
config_next_of_set(const struct config *config, const struct value *set,
    const struct object *after)
{
    return config_next_named(config, ORDER_SET, set, after);
}

const struct object *
config_next_group(const struct config *config, const struct value *list,
    const struct object *after)
{
    return config_next_named(config, ORDER_CLASSIFIER, list, after);
}

/* ---- users of SNMPv3 ---- */

static bool
has_agent(const struct config *config, const struct object *user)
{
    const struct object *vr =
        config_find(config, OBJECT_VIRTUAL_ROUTER, user->fields);

    return vr != NULL &&
           vr->fields[FIELD_VIRTUAL_ROUTER_SNMP_SERVER].number == 1;
}

const struct object *
config_next_snmp_user(const struct config *config, const struct value *name,
    const struct object *after)
{
    do {
        after = config_next_named(config, ORDER_USER, name, after);
    } while (after != NULL && !has_agent(config, after));
    return after;
}

const struct object *
config_snmp_user(const struct config *config, const struct value *name)
{
    const struct object *first = config_next_snmp_user(config, name, NULL);
    const struct object *at = first;

    while (at != NULL &&
           !str_equal(value_string(&at->fields[FIELD_SNMP_USER_VIRTUAL_ROUTER]),
               "default"))
        at = config_next_snmp_user(config, name, at);
    return at != NULL ? at : first;
}
