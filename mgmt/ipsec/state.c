/*
 * state.c - is a tunnel up, and if not, why not and what to do about it.
 *
 * Up means that packets can pass as far as this router knows: the dataplane
 * has the tunnel up (in service, with an outbound SA), its source is an
 * address that answers, and a route leads to its destination.  The first
 * obstacle is named, from the configuration outwards.
 */
#include "ipsec/manager.h"

#include "base/ip.h"
#include "base/str.h"
#include "route/route.h"

#include <stdarg.h>

/* What is being asked about. */
struct question {
    const struct ipsec *ipsec;
    const struct unit *unit;
    bool is_shut;
    bool is_ip_shut;
    bool needs_sa;   /* not a GRE tunnel in clear              */
    bool is_by_hand; /* its SAs are, if it has any             */
    const char *transport_vr;
    struct str *why; /* NULL: nobody asks */
};

/* Why, where somebody wants to know. */
static void __attribute__((format(printf, 2, 3)))
tell(const struct question *q, const char *fmt, ...)
{
    va_list args;

    if (q->why == NULL)
        return;
    va_start(args, fmt);
    str_vprintf(q->why, fmt, args);
    va_end(args);
}

static void
name_interface(const struct question *q, uint32_t interface)
{
    const struct object *object = ipsec_interface_of(q->ipsec, interface);

    if (object != NULL && q->why != NULL)
        object_path(object, q->why);
}

/* Each of these: true, and the reason written, where it stands in the way. */

static bool
is_out_of_service(const struct question *q)
{
    if (q->is_shut) {
        tell(q, "It is shut down: `no shutdown` brings it back.");
    } else if (q->is_ip_shut) {
        tell(q,
            "Its IP interface is shut down: `no ip shutdown` brings it back.");
    }
    return q->is_shut || q->is_ip_shut;
}

static void
explain_signaled(const struct question *q)
{
    const struct ipsec_negotiator *negotiator = &q->ipsec->negotiator;

    if (q->why == NULL)
        return;
    if (negotiator->why != NULL) {
        negotiator->why(negotiator->context, q->unit->interface.index, q->why);
    } else {
        tell(q, "It has no SAs.");
    }
}

/* Where its packets go: the end that was negotiated with, or the configured
 * one. */
static uint32_t
destination_of(const struct question *q)
{
    const struct sa *outbound = unit_sa(q->unit, SA_OUTBOUND);

    return outbound != NULL ? sa_dst(outbound)
                            : q->unit->interface.tunnel.destination;
}

static bool
is_without_sa(const struct question *q)
{
    const struct sa *outbound = unit_sa(q->unit, SA_OUTBOUND);

    if (!q->needs_sa)
        return false;
    if (!q->is_by_hand) {
        if (outbound == NULL)
            explain_signaled(q);
        return outbound == NULL;
    }
    if (outbound == NULL || unit_sa(q->unit, SA_INBOUND) == NULL) {
        tell(q, "The dataplane refused its SAs.");
        return true;
    }
    if (sa_sequence(outbound) == UINT32_MAX) {
        tell(q,
            "The sequence numbers of its outbound SA 0x%x are used up: "
            "configure new keys and a new SPI on both gateways.",
            (unsigned)sa_spi(outbound));
        return true;
    }
    return false;
}

static bool
is_source_missing(const struct question *q)
{
    const struct dp_tunnel *tunnel = &q->unit->interface.tunnel;
    struct route_result route;
    char address[IP_TEXT_SIZE];

    route =
        route_lookup(q->ipsec->routes, tunnel->transport_vr, tunnel->source);
    if (route.outcome == ROUTE_TO_US)
        return false;
    tell(q, "Its source %s ", ip_format(tunnel->source, address));
    if (route.outcome == ROUTE_DOWN) {
        tell(q, "is not in service: `");
        name_interface(q, route.interface);
        tell(q, "` is down.");
    } else {
        tell(q, "is no address of virtual router %s.", q->transport_vr);
    }
    return true;
}

static bool
is_null(const struct question *q, uint32_t interface)
{
    return q->ipsec->units[interface].interface.kind == DP_INTERFACE_NULL;
}

static bool
is_destination_out_of_reach(const struct question *q)
{
    const uint16_t vr = q->unit->interface.tunnel.transport_vr;
    struct route_result route;
    char address[IP_TEXT_SIZE];

    route = route_lookup(q->ipsec->routes, vr, destination_of(q));
    (void)ip_format(destination_of(q), address);
    if (route.outcome == ROUTE_NONE) {
        tell(q,
            "No route of virtual router %s leads to its destination %s: add "
            "an `ip route` there.",
            q->transport_vr, address);
        return true;
    }
    if (route.outcome == ROUTE_TO_US) {
        tell(q, "Its destination %s is an address of this router itself.",
            address);
        return true;
    }
    if (route.outcome == ROUTE_TO_INTERFACE &&
        route.interface != q->unit->interface.index &&
        !is_null(q, route.interface))
        return false;
    tell(q, "The route to its destination %s leads out by `", address);
    name_interface(q, route.interface);
    if (route.outcome == ROUTE_DOWN) {
        tell(q, "`, which is down.");
    } else if (is_null(q, route.interface)) {
        tell(q, "`, which discards it.");
    } else {
        tell(q, "`, which is the tunnel itself.");
    }
    return true;
}

static bool
is_not_up_yet(const struct question *q)
{
    struct dp_interface_counters counters;

    dp_interface_counters(q->ipsec->dp, q->unit->interface.index, &counters);
    if (!counters.up)
        tell(q, "The dataplane has not brought it up yet.");
    return !counters.up;
}

/* Field by field: states are asked for by the hundred thousand. */
static void
ask_of_tunnel(const struct object *tunnel, struct question *q)
{
    q->is_shut = field_number(tunnel, FIELD_TUNNEL_SHUTDOWN) != 0;
    q->is_ip_shut = field_number(tunnel, FIELD_TUNNEL_IP_SHUTDOWN) != 0;
    q->needs_sa = true;
    q->is_by_hand =
        field_number(tunnel, FIELD_TUNNEL_SIGNALING) == SIGNALING_MANUAL;
    q->transport_vr =
        field_text(tunnel, field_is_set(tunnel, FIELD_TUNNEL_TRANSPORT_VR)
                               ? FIELD_TUNNEL_TRANSPORT_VR
                               : FIELD_TUNNEL_VIRTUAL_ROUTER);
}

static bool
is_negotiated(const struct question *q)
{
    const struct ipsec_negotiator *negotiator = &q->ipsec->negotiator;

    return negotiator->negotiates != NULL &&
           negotiator->negotiates(
               negotiator->context, q->unit->interface.index);
}

static void
ask_of_gre(const struct object *tunnel, struct question *q)
{
    struct cfg_gre_tunnel view;

    cfg_gre_tunnel_read(tunnel->fields, &view);
    q->is_shut = view.shutdown;
    q->is_ip_shut = view.ip_shutdown;
    q->needs_sa = q->unit->interface.tunnel.is_protected;
    q->is_by_hand = !is_negotiated(q);
    q->transport_vr = value_string(gre_transport_vr(tunnel));
}

static enum tunnel_state
state_of(const struct ipsec *ipsec, uint32_t interface,
    const struct object *tunnel, struct str *why)
{
    static bool (*const obstacles[])(const struct question *) = {
        is_out_of_service,
        is_without_sa,
        is_source_missing,
        is_destination_out_of_reach,
        is_not_up_yet,
    };
    struct question q = {.ipsec = ipsec, .why = why};
    size_t i;

    if (interface >= ipsec->unit_room || !ipsec->units[interface].is_present) {
        tell(&q, "The dataplane does not have it.");
        return TUNNEL_STATE_NOT_PRESENT;
    }
    q.unit = &ipsec->units[interface];
    if (tunnel->type == OBJECT_GRE_TUNNEL) {
        ask_of_gre(tunnel, &q);
    } else {
        ask_of_tunnel(tunnel, &q);
    }
    for (i = 0; i < sizeof(obstacles) / sizeof(obstacles[0]); i++) {
        if (obstacles[i](&q))
            return TUNNEL_STATE_DOWN;
    }
    return TUNNEL_STATE_UP;
}

enum tunnel_state
ipsec_tunnel_state(
    const struct ipsec *ipsec, const struct object *tunnel, struct str *why)
{
    uint32_t interface = HANDLE_NONE;

    (void)!ipsec_interface(ipsec, tunnel, &interface);
    return state_of(ipsec, interface, tunnel, why);
}

enum tunnel_state
ipsec_interface_state(
    const struct ipsec *ipsec, uint32_t interface, const struct object *tunnel)
{
    return state_of(ipsec, interface, tunnel, NULL);
}

size_t
ipsec_sas(const struct ipsec *ipsec, const struct object *tunnel,
    const struct sa *out_sas[IPSEC_SAS_MAX])
{
    uint32_t interface;

    if (ipsec_interface(ipsec, tunnel, &interface) != OK)
        return 0;
    return ipsec_interface_sas(ipsec, interface, out_sas);
}

size_t
ipsec_interface_sas(const struct ipsec *ipsec, uint32_t interface,
    const struct sa *out_sas[IPSEC_SAS_MAX])
{
    const struct unit *unit;
    size_t count = 0;

    if (interface >= ipsec->unit_room || !ipsec->units[interface].is_present)
        return 0;
    unit = &ipsec->units[interface];
    for (; count < IPSEC_SAS_MAX && unit->sas[count] != NULL; count++)
        out_sas[count] = unit->sas[count];
    return count;
}

uint32_t
ipsec_interface_sa_changes(const struct ipsec *ipsec, uint32_t interface)
{
    return interface < ipsec->unit_room ? ipsec->units[interface].sa_changes
                                        : 0;
}

struct sa *
ipsec_find_sa(const struct ipsec *ipsec, uint32_t interface, bool is_outbound,
    uint32_t spi)
{
    const struct unit *unit;
    size_t i;

    if (interface >= ipsec->unit_room)
        return NULL;
    unit = &ipsec->units[interface];
    for (i = 0; i < IPSEC_SAS_MAX && unit->sas[i] != NULL; i++) {
        if ((sa_direction(unit->sas[i]) == SA_OUTBOUND) == is_outbound &&
            sa_spi(unit->sas[i]) == spi)
            return unit->sas[i];
    }
    return NULL;
}

enum err
ipsec_resolve(const struct ipsec *ipsec, const char *vr, uint32_t address,
    uint32_t *out_interface)
{
    struct route_result route;
    uint16_t index;

    if (ipsec_vr(ipsec, vr, &index) != OK)
        return ERR_NOT_FOUND;
    route = route_lookup(ipsec->routes, index, address);
    if (route.outcome == ROUTE_NONE)
        return ERR_NOT_FOUND;
    if (route.outcome == ROUTE_DOWN)
        return ERR_CONFLICT;
    if (route.outcome == ROUTE_TO_US)
        return ERR_EXISTS;
    *out_interface = route.interface;
    return OK;
}
