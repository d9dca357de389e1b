/*
 * interface.c - which interfaces are up.
 *
 *    loopback, null   enabled
 *    port             enabled, and its port is up
 *    tunnel           enabled, and it has a current outbound SA
 *    GRE              enabled, and the same if it is protected
 *
 * A change reaches the routes at once.  M is told through a list of
 * interfaces, so that however many flap and however slowly M listens, M
 * learns the last state of each.
 */
#include "path/engine.h"

enum { AGAIN_US = 1000000 }; /* M is told no more often of one tunnel */

static bool
should_be_up(const struct dp *dp, const struct interface *interface)
{
    if (!interface->is_present || !interface->config.enabled)
        return false;
    switch (interface->config.kind) {
    case DP_INTERFACE_LOOPBACK:
    case DP_INTERFACE_NULL:
        return true;
    case DP_INTERFACE_PORT:
        return dp->plugs[interface->config.port].is_up;
    case DP_INTERFACE_TUNNEL:
        return interface->sas.outbound != NULL;
    case DP_INTERFACE_GRE:
        return !interface->config.tunnel.is_protected ||
               interface->sas.outbound != NULL;
    }
    return false;
}

static void
wait_to_be_told(struct dp *dp, uint32_t index)
{
    struct interface *interface = &dp->interfaces[index];

    if (interface->is_waiting)
        return;
    interface->is_waiting = true;
    interface->waiting_next = PATH_NO_INTERFACE;
    if (dp->waiting_first == PATH_NO_INTERFACE) {
        dp->waiting_first = index;
    } else {
        dp->interfaces[dp->waiting_last].waiting_next = index;
    }
    dp->waiting_last = index;
}

void
interface_refresh(struct dp *dp, uint32_t index)
{
    struct interface *interface = &dp->interfaces[index];
    bool up = should_be_up(dp, interface);

    if (up == interface->is_up)
        return;
    interface->is_up = up;
    atomic_store_explicit(&interface->up, up, memory_order_relaxed);
    route_interface_set(dp->routes, index, up);
    wait_to_be_told(dp, index);
}

void
interface_forget(struct dp *dp, uint32_t index)
{
    /* It may stay in the list: as told, it is passed over. */
    dp->interfaces[index].told_up = dp->interfaces[index].is_up;
}

/* By itself a GRE tunnel has no selector, and needs no SA. */
static bool
would_take(const struct dp_interface *config, const struct ip4 *ip)
{
    if (config->kind == DP_INTERFACE_GRE)
        return config->tunnel.is_protected;
    return config->kind == DP_INTERFACE_TUNNEL &&
           tunnel_allows_out(&config->tunnel, ip);
}

void
interface_need_sa(struct dp *dp, uint32_t index, const struct flight *flight)
{
    struct interface *interface = &dp->interfaces[index];
    const struct dp_event event = {
        .kind = DP_EVENT_NEED_SA, .interface = index};

    if (flight->is_rehearsal || dp->now_us < interface->told_us ||
        !would_take(&interface->config, &flight->ip) ||
        ring_room(dp->events) < PATH_EVENTS / 2) /* the rest is for others */
        return;
    if (event_put(dp, &event))
        interface->told_us = dp->now_us + AGAIN_US;
}

bool
interface_tell(struct dp *dp)
{
    struct interface *interface;
    struct dp_event event = {.kind = DP_EVENT_INTERFACE};

    while (dp->waiting_first != PATH_NO_INTERFACE) {
        interface = &dp->interfaces[dp->waiting_first];
        event.interface = dp->waiting_first;
        event.up = interface->is_up;
        if (interface->told_up != interface->is_up && !event_put(dp, &event))
            return false;
        interface->told_up = interface->is_up;
        interface->is_waiting = false;
        dp->waiting_first = interface->waiting_next;
    }
    return true;
}
