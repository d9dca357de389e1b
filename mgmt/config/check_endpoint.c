/*
 * check_endpoint.c - the local endpoint of a virtual router, and the tunnels
 * that start there for want of a source of their own.
 */
#include "config/checks.h"

#include "base/ip.h"
#include "base/str.h"

static const size_t endpoint = FIELD_VIRTUAL_ROUTER_LOCAL_ENDPOINT;

void
check_virtual_router(const struct check *check, const struct object *object)
{
    uint32_t address = (uint32_t)field_number(object, endpoint);
    char text[IP_TEXT_SIZE];

    if (!field_is_set(object, endpoint) ||
        config_find_address(check->to,
            &object->fields[FIELD_VIRTUAL_ROUTER_NAME], address) != NULL)
        return;
    check_error(check, object, SETTING_VIRTUAL_ROUTER_LOCAL_ENDPOINT,
        "%s is not an address of virtual router `%s`: give one of its "
        "interfaces this address, or name an address that it has.",
        ip_format(address, text),
        field_text(object, FIELD_VIRTUAL_ROUTER_NAME));
}

/* One sentence for all of them, instead of one for each. */
void
check_lost_endpoint(const struct check *check, const struct change *change)
{
    const struct object *vr = change->after;
    const struct object *tunnel = NULL;
    struct str names;
    struct users users = {.names = &names};

    if (vr == NULL || change->before == NULL || field_is_set(vr, endpoint) ||
        !field_is_set(change->before, endpoint))
        return;
    str_init(&names);
    while ((tunnel = config_next_without_source(
                check->to, &vr->fields[0], tunnel)) != NULL) {
        if (!field_is_set(tunnel, FIELD_TUNNEL_SOURCE_IDENTITY))
            users_add(&users, tunnel);
    }
    if (users.count > 0) {
        check_error(check, vr, SETTING_VIRTUAL_ROUTER_LOCAL_ENDPOINT,
            "It cannot be removed: %zu tunnel%s without a `tunnel source` "
            "start%s there, %s%s. Set their source first, or configure it "
            "again.",
            users.count, users.count == 1 ? "" : "s",
            users.count == 1 ? "s" : "", users.count > 5 ? "among them " : "",
            str_text(&names));
    }
    str_done(&names);
}
