/* checks.c - interfaces, routes, and what all checks share. */
#include "config/checks.h"

#include "base/ip.h"
#include "base/str.h"
#include "gen/enums.h"

#include <stdarg.h>

enum { SLOT_MAX = 255 };

static void
say(const struct check *check, enum diag_severity severity,
    const struct object *object, uint16_t setting, const char *sentence)
{
    const struct schema_object *schema = &schema_objects[object->type];
    struct str path;

    str_init(&path);
    object_path(object, &path);
    diag_add(check->diag, severity, str_text(&path),
        setting == SCHEMA_NONE ? NULL : schema->settings[setting].label, "%s",
        sentence);
    str_done(&path);
}

void
check_error(const struct check *check, const struct object *object,
    uint16_t setting, const char *fmt, ...)
{
    struct str sentence;
    va_list args;

    str_init(&sentence);
    va_start(args, fmt);
    str_vprintf(&sentence, fmt, args);
    va_end(args);
    say(check, DIAG_ERROR, object, setting, str_text(&sentence));
    str_done(&sentence);
}

void
check_warning(const struct check *check, const struct object *object,
    uint16_t setting, const char *fmt, ...)
{
    struct str sentence;
    va_list args;

    str_init(&sentence);
    va_start(args, fmt);
    str_vprintf(&sentence, fmt, args);
    va_end(args);
    say(check, DIAG_WARNING, object, setting, str_text(&sentence));
    str_done(&sentence);
}

/* A number in its one spelling, so that a port has one name only. */
static bool
take_number(const char **at, uint64_t max)
{
    const char *start = *at;
    uint64_t number = 0;

    while (**at >= '0' && **at <= '9' && number <= max) {
        number = number * 10 + (uint64_t)(**at - '0');
        (*at)++;
    }
    return *at > start && number <= max && (*start != '0' || *at == start + 1);
}

static bool
is_location(enum interface_type type, const char *location)
{
    const char *at = location;

    if (type == INTERFACE_TYPE_LOOPBACK)
        return take_number(&at, UINT32_MAX) && *at == '\0';
    if (type == INTERFACE_TYPE_NULL)
        return str_equal(location, "0");
    if (type == INTERFACE_TYPE_TENGIGABITETHERNET &&
        !(take_number(&at, SLOT_MAX) && *at++ == '/'))
        return false;
    return take_number(&at, SLOT_MAX) && *at++ == '/' &&
           take_number(&at, SLOT_MAX) && *at == '\0';
}

static void
check_location(const struct check *check, const struct object *object)
{
    enum interface_type type =
        (enum interface_type)field_number(object, FIELD_INTERFACE_TYPE);
    const char *location = field_text(object, FIELD_INTERFACE_LOCATION);

    if (is_location(type, location))
        return;
    if (type == INTERFACE_TYPE_LOOPBACK) {
        check_error(check, object, SCHEMA_NONE,
            "A loopback has a number, 0 to 4294967295, as in "
            "`interface loopback 0`.");
    } else if (type == INTERFACE_TYPE_NULL) {
        check_error(check, object, SCHEMA_NONE,
            "The only null interface is `interface null 0`.");
    } else if (type == INTERFACE_TYPE_TENGIGABITETHERNET) {
        check_error(check, object, SCHEMA_NONE,
            "A port of this kind is slot/adapter/port, 0 to 255 each, as in "
            "`interface tenGigabitEthernet 4/0/1`.");
    } else {
        check_error(check, object, SCHEMA_NONE,
            "A port is slot/port, 0 to 255 each, as in `interface %s 0/1`.",
            schema_enums[ENUM_INTERFACE_TYPE].values[type].word);
    }
}

/* A port of the chassis has one name and one virtual router. */
static void
check_port(const struct check *check, const struct object *object)
{
    const struct object *other;
    struct str path;

    if (!order_has(ORDER_PORT, object))
        return;
    other = config_other_at(check->to, ORDER_PORT, object);
    if (other == NULL)
        return;
    str_init(&path);
    object_path(other, &path);
    check_error(check, object, SCHEMA_NONE,
        "Port %s is in use already as `%s` of virtual router `%s`: remove one "
        "of the two with `no interface`.",
        field_text(object, FIELD_INTERFACE_LOCATION), str_text(&path),
        field_text(other, FIELD_INTERFACE_VIRTUAL_ROUTER));
    str_done(&path);
}

static void
check_interface(const struct check *check, const struct object *object)
{
    check_location(check, object);
    check_port(check, object);
    check_address(check, object, SETTING_INTERFACE_IP);
    check_policy_input(check, object, SETTING_INTERFACE_IP_POLICY_INPUT);
    check_unnumbered(check, object);
}

static void
check_prefix(const struct check *check, const struct object *object)
{
    uint64_t prefix = field_number(object, FIELD_ROUTE_PREFIX);
    uint64_t mask = field_number(object, FIELD_ROUTE_MASK);
    char right[IP_TEXT_SIZE];
    char mask_text[IP_TEXT_SIZE];

    if ((prefix & ~mask) == 0)
        return;
    check_error(check, object, SCHEMA_NONE,
        "The prefix has bits outside its mask: the network is %s %s.",
        ip_format((uint32_t)(prefix & mask), right),
        ip_format((uint32_t)mask, mask_text));
}

bool
route_has_target(const struct config *config, const struct object *route)
{
    return field_is_set(route, FIELD_ROUTE_NEXT_HOP) ||
           route_target(config, route) != NULL;
}

static void
check_target(const struct check *check, const struct object *object)
{
    bool tunnel = field_is_set(object, FIELD_ROUTE_OUT_TUNNEL);
    bool gre = field_is_set(object, FIELD_ROUTE_OUT_GRE);
    bool type = field_is_set(object, FIELD_ROUTE_OUT_TYPE);
    bool hop = field_is_set(object, FIELD_ROUTE_NEXT_HOP);
    uint64_t word = field_number(object, FIELD_ROUTE_OUT_TYPE);

    if (tunnel + gre + type + hop != 1 ||
        type != field_is_set(object, FIELD_ROUTE_OUT_LOCATION)) {
        check_error(check, object, SCHEMA_NONE,
            "A route leads to one of: an address, an interface, a tunnel.");
    } else if (hop && !address_is_unicast(
                          field_number(object, FIELD_ROUTE_NEXT_HOP))) {
        check_error(check, object, SCHEMA_NONE,
            "The next hop is not an address that a router can have.");
    } else if (route_has_target(check->to, object)) {
        return;
    } else if (tunnel || gre) {
        const char *name = field_text(
            object, tunnel ? FIELD_ROUTE_OUT_TUNNEL : FIELD_ROUTE_OUT_GRE);

        check_error(check, object, SCHEMA_NONE,
            "There is no tunnel `%s` in this virtual router: create it with "
            "`interface tunnel %s:%s`, or remove the route.",
            name, tunnel ? "ipsec" : "gre", name);
    } else {
        const char *name = schema_enums[ENUM_INTERFACE_TYPE].values[word].word;

        check_error(check, object, SCHEMA_NONE,
            "There is no interface `%s %s` in this virtual router: create it "
            "with `interface %s %s`, or remove the route.",
            name, field_text(object, FIELD_ROUTE_OUT_LOCATION), name,
            field_text(object, FIELD_ROUTE_OUT_LOCATION));
    }
}

static void
check_route(const struct check *check, const struct object *object)
{
    check_prefix(check, object);
    check_target(check, object);
    if (check->changed)
        check_route_swallow(check, object);
}

static void
check_transform_set(const struct check *check, const struct object *object)
{
    if (!check->changed)
        return;
    check_weak_set(check, object);
    check_unused(check, object);
}

void
check_object(const struct check *check, const struct object *object)
{
    static void (*const checks[CHECK_COUNT])(
        const struct check *, const struct object *) = {
        [CHECK_ACCESS_LIST] = check_access_list,
        [CHECK_BANNER] = check_banner,
        [CHECK_CLASSIFIER] = check_classifier,
        [CHECK_CLASSIFIER_GROUP] = check_classifier_group,
        [CHECK_GRE_TUNNEL] = check_gre_tunnel,
        [CHECK_HOST] = check_host,
        [CHECK_IKE_POLICY_RULE] = check_ike_policy_rule,
        [CHECK_INTERFACE] = check_interface,
        [CHECK_INTERFACE_ADDRESS] = check_secondary,
        [CHECK_LINE] = check_line,
        [CHECK_LOG_SYSLOG] = check_log_syslog,
        [CHECK_PEER_PUBLIC_KEY] = check_peer_public_key,
        [CHECK_POLICY_LIST] = check_policy_list,
        [CHECK_PRESHARED_KEY] = check_preshared_key,
        [CHECK_ROUTE] = check_route,
        [CHECK_SNMP_COMMUNITY] = check_snmp_community,
        [CHECK_SNMP_HOST] = check_snmp_host,
        [CHECK_SNMP_USER] = check_snmp_user,
        [CHECK_TRANSFORM_SET] = check_transform_set,
        [CHECK_TRANSPORT_PROFILE] = check_transport_profile,
        [CHECK_TUNNEL] = check_tunnel,
        [CHECK_TUNNEL_ADDRESS] = check_secondary,
        [CHECK_VIRTUAL_ROUTER] = check_virtual_router,
    };
    uint16_t named = schema_objects[object->type].check;

    if (named != SCHEMA_NONE)
        checks[named](check, object);
}
