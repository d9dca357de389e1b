/*
 * linux.c - what a line says of a port of the Linux host.
 *
 * Names of namespaces become parts of paths and names of devices go to the
 * kernel, to which `%d` in one means something: letters, digits and three
 * signs are enough for both.
 */
#include "chassis/line.h"

#include "base/ip.h"
#include "base/str.h"

#include <string.h>

enum { ROUTE_TEXT_MAX = 19 /* 255.255.255.255/32, and its end */ };

bool
chassis_is_name(const char *text, size_t room)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t length = strlen(text);

    return length > 0 && length < room && text[0] != '.' &&
           strspn(text, letters) == length;
}

bool
chassis_read_netns(
    struct reader *reader, const char *value, struct chassis_port *port)
{
    (void)reader;
    if (!chassis_is_name(value, sizeof port->netns))
        return false;
    chassis_copy_word(port->netns, sizeof port->netns, value);
    return true;
}

bool
chassis_read_device(
    struct reader *reader, const char *value, struct chassis_port *port)
{
    (void)reader;
    if (!chassis_is_name(value, sizeof port->device))
        return false;
    chassis_copy_word(port->device, sizeof port->device, value);
    return true;
}

bool
chassis_read_adopt(
    struct reader *reader, const char *value, struct chassis_port *port)
{
    (void)reader;
    (void)value;
    port->adopt = true;
    return true;
}

/* "10.2.0.0/16", with no bit beyond its length. */
static bool
read_route(const char *text, size_t length, struct chassis_route *out_route)
{
    char copy[ROUTE_TEXT_MAX];
    char *slash;
    uint64_t bits;

    if (length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    slash = strchr(copy, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    if (ip_parse(copy, &out_route->prefix) != OK ||
        str_to_u64(slash + 1, &bits) != OK || bits > 32)
        return false;
    out_route->length = (uint8_t)bits;
    return (out_route->prefix & ~ip_mask_of((unsigned)bits)) == 0;
}

bool
chassis_read_routes(
    struct reader *reader, const char *value, struct chassis_port *port)
{
    size_t length;

    (void)reader;
    for (;;) {
        length = strcspn(value, ",");
        if (port->route_count == CHASSIS_ROUTES_MAX ||
            !read_route(value, length, &port->routes[port->route_count]))
            return false;
        port->route_count++;
        if (value[length] == '\0')
            return true;
        value += length + 1;
    }
}

/* ---- the file as a whole ---- */

static const char *
namespace_text(const struct chassis_port *port)
{
    return port->netns[0] == '\0' ? "of ermined" : port->netns;
}

/* Would the two take each other's packets? */
static void
check_pair(struct reader *reader, const struct chassis_port *a,
    const struct chassis_port *b)
{
    if (a->kind != b->kind || !str_equal(a->netns, b->netns))
        return;
    if (a->kind == CHASSIS_HOST) {
        chassis_problem(reader,
            "The network namespace %s has two host ports: one takes all that "
            "its addresses receive.",
            namespace_text(a));
    } else if (a->kind == CHASSIS_TUN && str_equal(a->device, b->device)) {
        chassis_problem(reader,
            "Two ports have the device %s of the network namespace %s.",
            a->device, namespace_text(a));
    }
}

void
chassis_check_real(
    struct reader *reader, const struct chassis *routers, size_t count)
{
    const size_t ports = count * CHASSIS_PORTS_MAX;
    size_t a;
    size_t b;

    for (a = 0; a < ports; a++) {
        const struct chassis *first = &routers[a / CHASSIS_PORTS_MAX];
        const struct chassis_port *port = &first->ports[a % CHASSIS_PORTS_MAX];

        if (a % CHASSIS_PORTS_MAX >= first->port_count ||
            !chassis_is_real(port))
            continue;
        for (b = a + 1; b < ports; b++) {
            const struct chassis *other = &routers[b / CHASSIS_PORTS_MAX];

            if (b % CHASSIS_PORTS_MAX < other->port_count)
                check_pair(reader, port, &other->ports[b % CHASSIS_PORTS_MAX]);
        }
    }
}
