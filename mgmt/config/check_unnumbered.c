/*
 * check_unnumbered.c - interfaces with several addresses, and with none.
 *
 * An interface has a first address (`ip address`) and others beside it, or
 * borrows the first address of another interface, or is no IP interface.
 */
#include "config/checks.h"

#include "base/str.h"
#include "gen/enums.h"

/* What an interface and a tunnel call the same things. */
struct face {
    uint16_t ip; /* settings */
    uint16_t unnumbered;
    enum schema_object_id address; /* type of the secondary ones */
};

static struct face
face_of(const struct object *object)
{
    if (object->type == OBJECT_TUNNEL) {
        return (struct face){SETTING_TUNNEL_IP, SETTING_TUNNEL_IP_UNNUMBERED,
            OBJECT_TUNNEL_ADDRESS};
    }
    return (struct face){SETTING_INTERFACE_IP, SETTING_INTERFACE_IP_UNNUMBERED,
        OBJECT_INTERFACE_ADDRESS};
}

static const struct object *
next_secondary(const struct check *check, const struct object *owner,
    const struct object *after)
{
    return config_next_child(check->to, face_of(owner).address, owner->fields,
        schema_objects[owner->type].key_count, after);
}

bool
address_is_of(const struct object *address, const struct object *owner)
{
    const struct schema_object *schema = &schema_objects[address->type];

    if (address->type != owner->type && schema->parent != owner->type)
        return false;
    for (uint16_t i = 0; i < schema_objects[owner->type].key_count; i++) {
        if (!value_equal(&address->fields[i], &owner->fields[i]))
            return false;
    }
    return true;
}

static void
check_lender(const struct check *check, const struct object *object,
    const struct value *keys)
{
    const struct object *lender =
        config_find(check->to, OBJECT_INTERFACE, keys);
    uint16_t setting = face_of(object).unnumbered;
    struct network network;
    struct str path;

    if (lender != NULL && object_network(lender, &network))
        return;
    str_init(&path);
    schema_path(OBJECT_INTERFACE, keys, &path);
    if (lender == NULL) {
        check_error(check, object, setting,
            "There is no `%s` in this virtual router: create it and give it "
            "an address, or borrow that of another interface.",
            str_text(&path));
    } else {
        check_error(check, object, setting,
            "`%s` has no address to lend: set `ip address` there, or borrow "
            "that of another interface.",
            str_text(&path));
    }
    str_done(&path);
}

void
check_unnumbered(const struct check *check, const struct object *object)
{
    struct face face = face_of(object);
    struct network network;
    struct value keys[3];
    bool numbered = object_network(object, &network);
    bool borrows = object_lender(object, keys);

    if (numbered && borrows) {
        check_error(check, object, face.unnumbered,
            "It has an address of its own: type `no ip address` or `no ip "
            "unnumbered`.");
        return;
    }
    if (!numbered && next_secondary(check, object, NULL) != NULL) {
        check_error(check, object, face.ip,
            "Secondary addresses need a first one: set `ip address`, or "
            "remove them with `no ip address A.B.C.D A.B.C.D secondary`.");
    }
    if (borrows)
        check_lender(check, object, keys);
}

void
check_secondary(const struct check *check, const struct object *object)
{
    enum schema_object_id type =
        (enum schema_object_id)schema_objects[object->type].parent;
    const struct object *owner = config_find(check->to, type, object->fields);
    struct network network;

    check_address(check, object, SCHEMA_NONE);
    if (owner == NULL)
        return; /* said for every object without its parent */
    if (!object_network(owner, &network)) {
        check_error(check, object, SCHEMA_NONE,
            "A secondary address needs a first one: set `ip address` too.");
    }
}
