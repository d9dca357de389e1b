/* check_snmp.c - communities, users, receivers of traps, access lists. */
#include "config/checks.h"

#include "base/str.h"
#include "gen/enums.h"

/* Keys of an entry up to its number. */
enum { ENTRY_KEYS = FIELD_ACCESS_LIST_SEQUENCE + 1, LOOPBACK_NET = 127 };

static bool
has_list(const struct check *check, const struct value *vr, const char *name)
{
    struct value keys[] = {*vr, value_text(name)};
    const struct object *entry =
        config_next_child(check->to, OBJECT_ACCESS_LIST, keys, 2, NULL);

    value_done(&keys[1]);
    return entry != NULL;
}

/* Only a warning, as the router has it; and nobody may use the community, so
 * that a list which is forgotten opens nothing. */
void
check_snmp_community(const struct check *check, const struct object *object)
{
    const char *name = field_text(object, FIELD_SNMP_COMMUNITY_ACCESS_LIST);

    if (name[0] == '\0' || has_list(check, &object->fields[0], name))
        return;
    check_warning(check, object, SETTING_SNMP_COMMUNITY_ACCESS_LIST,
        "There is no `access-list %s` in this virtual router: nobody may use "
        "the community until there is.",
        name);
}

static void
check_informs(const struct check *check, const struct object *object)
{
    if (field_number(object, FIELD_SNMP_HOST_KIND) == SNMP_KIND_INFORMS &&
        field_number(object, FIELD_SNMP_HOST_VERSION) == SNMP_PROTOCOL_1) {
        check_error(check, object, SETTING_SNMP_HOST_KIND,
            "SNMPv1 knows no informs: say `version 2c` or `version 3`.");
    }
}

/* The community of version 3 is a user. */
static void
check_user(const struct check *check, const struct object *object)
{
    const struct value keys[] = {object->fields[FIELD_SNMP_HOST_VIRTUAL_ROUTER],
        object->fields[FIELD_SNMP_HOST_COMMUNITY]};

    if (field_number(object, FIELD_SNMP_HOST_VERSION) != SNMP_PROTOCOL_3 ||
        config_find(check->to, OBJECT_SNMP_USER, keys) != NULL)
        return;
    check_warning(check, object, SETTING_SNMP_HOST_COMMUNITY,
        "There is no `snmp-server user %s` in this virtual router: the host "
        "is told nothing until there is.",
        value_string(&keys[1]));
}

/* The agent speaks by the network of the Linux host, so that it may be on this
 * one. */
static bool
is_host(uint64_t address)
{
    return address_is_unicast(address) || address >> 24 == LOOPBACK_NET;
}

void
check_snmp_host(const struct check *check, const struct object *object)
{
    if (!is_host(field_number(object, FIELD_SNMP_HOST_ADDRESS))) {
        check_error(check, object, SCHEMA_NONE,
            "This is not an address that a host can have.");
    }
    check_informs(check, object);
    check_user(check, object);
}

/* Names of users are of a virtual router, and the agent is one for all.  Only
 * a warning: routers with an agent in each virtual router have such
 * configurations. */
void
check_snmp_user(const struct check *check, const struct object *object)
{
    const struct value *name = &object->fields[FIELD_SNMP_USER_NAME];
    const struct object *served = config_snmp_user(check->to, name);
    const struct object *other = config_next_snmp_user(check->to, name, NULL);
    bool is_here = false;

    for (const struct object *at = other; at != NULL;
         at = config_next_snmp_user(check->to, name, at)) {
        is_here = is_here || at == object;
        if (other == object)
            other = at;
    }
    if (!is_here || other == object)
        return;
    check_warning(check, object, SCHEMA_NONE,
        "Virtual router `%s` has a user of this name too, and the agent, which "
        "is one for all, knows a name once: that of `%s` alone is served. "
        "Give one of them another name.",
        field_text(
            object == served ? other : served, FIELD_SNMP_USER_VIRTUAL_ROUTER),
        field_text(served, FIELD_SNMP_USER_VIRTUAL_ROUTER));
}

void
check_access_list(const struct check *check, const struct object *object)
{
    const struct object *first = config_next_child(
        check->to, OBJECT_ACCESS_LIST, object->fields, ENTRY_KEYS, NULL);
    const struct object *second = config_next_child(
        check->to, OBJECT_ACCESS_LIST, object->fields, ENTRY_KEYS, first);

    if (second != NULL) {
        check_error(check, object, SCHEMA_NONE,
            "Two entries of the list have this number: remove one of them.");
    }
}
