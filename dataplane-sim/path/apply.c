/*
 * apply.c - M's commands, carried out between two bursts.
 *
 * A command that cannot be carried out changes nothing and says why in its
 * error; the batch goes on.
 */
#include "path/engine.h"

#include "gre/gre.h"

#include <assert.h>

static enum err
vr_set(struct dp *dp, uint16_t vr, bool present)
{
    if (vr >= dp->limits.vrs)
        return ERR_INVALID;
    route_vr_set(dp->routes, vr, present);
    return OK;
}

/* Take an interface out of the routes and off its port or its ends. */
static void
unplug(struct dp *dp, const struct interface *interface)
{
    const struct dp_interface *config = &interface->config;

    route_address_remove(dp->routes, config);
    if (config->kind == DP_INTERFACE_PORT)
        dp->plugs[config->port].interface = PATH_NO_INTERFACE;
    if (config->kind == DP_INTERFACE_GRE)
        gre_table_remove(dp->gre, config->index);
}

static void
plug_in(struct dp *dp, const struct dp_interface *config)
{
    const struct gre_ends ends = {
        .vr = config->tunnel.transport_vr,
        .local = config->tunnel.source,
        .remote = config->tunnel.destination,
    };

    if (config->kind == DP_INTERFACE_PORT)
        dp->plugs[config->port].interface = config->index;
    if (config->kind == DP_INTERFACE_GRE)
        gre_table_add(dp->gre, config->index, &ends);
}

static bool
is_valid(const struct dp *dp, const struct dp_interface *config)
{
    const struct plug *plug;

    if (config->index >= dp->limits.interfaces ||
        config->vr >= dp->limits.vrs || config->policy > dp->limits.policies) {
        return false;
    }
    if (config->has_lender && config->lender >= dp->limits.interfaces)
        return false;
    if (config->kind == DP_INTERFACE_TUNNEL || config->kind == DP_INTERFACE_GRE)
        return config->tunnel.transport_vr < dp->limits.vrs;
    if (config->kind != DP_INTERFACE_PORT)
        return true;
    if (config->port >= dp->limits.ports)
        return false;
    plug = &dp->plugs[config->port];
    return plug->interface == PATH_NO_INTERFACE ||
           plug->interface == config->index;
}

static void
clear_counters(struct interface *interface)
{
    size_t i;

    for (i = 0; i < COUNTER_COUNT; i++)
        atomic_store_explicit(&interface->counters[i], 0, memory_order_relaxed);
    for (i = 0; i < STATISTIC_COUNT; i++) {
        atomic_store_explicit(
            &interface->statistics[i], 0, memory_order_relaxed);
    }
}

static enum err
interface_set(struct dp *dp, const struct dp_interface *config)
{
    struct interface *interface;
    enum err error;

    if (!is_valid(dp, config))
        return ERR_INVALID;
    interface = &dp->interfaces[config->index];
    if (interface->is_present)
        unplug(dp, interface);
    path_mtu_forget(dp, config->index); /* it may lead elsewhere now */
    error = route_address_add(dp->routes, config);
    if (error != OK) {
        /* Back to what was: there was room for it a moment ago. */
        config = &interface->config;
        if (!interface->is_present)
            return error;
        if (route_address_add(dp->routes, config) != OK)
            assert(false);
    } else if (!interface->is_present) {
        clear_counters(interface);
    }
    interface->config = *config;
    interface->is_present = true;
    plug_in(dp, config);
    interface_refresh(dp, config->index);
    return error;
}

static enum err
interface_remove(struct dp *dp, uint32_t index)
{
    struct interface *interface;

    if (index >= dp->limits.interfaces)
        return ERR_INVALID;
    interface = &dp->interfaces[index];
    if (!interface->is_present)
        return ERR_NOT_FOUND;
    unplug(dp, interface);
    path_mtu_forget(dp, index);
    interface->is_present = false;
    interface_refresh(dp, index);
    interface_forget(dp, index); /* M knows: it did it */
    return OK;
}

/* An outbound SA is not found where another one has its name: an ICMP error
 * about it is taken to be about that one. */
static enum err
sa_list(struct dp *dp, struct sa *sa)
{
    enum err error;

    if (sa_direction(sa) == SA_INBOUND)
        return sa_table_add(dp->sas, sa);
    error = sa_table_add(dp->outbound, sa);
    return error == ERR_EXISTS ? OK : error;
}

static enum err
sa_add(struct dp *dp, struct sa *sa)
{
    struct tunnel_sas *sas;
    enum err error;

    if (sa_tunnel(sa) >= dp->limits.interfaces || sa_vr(sa) >= dp->limits.vrs)
        return ERR_INVALID;
    sas = &dp->interfaces[sa_tunnel(sa)].sas;
    error = tunnel_sas_add(sas, sa);
    if (error != OK)
        return error;
    error = sa_lives_add(dp->lives, sa, dp->now_us);
    if (error == OK)
        error = sa_list(dp, sa);
    if (error != OK)
        sa_lives_remove(dp->lives, sa);
    if (error != OK && tunnel_sas_remove(sas, sa) != OK)
        assert(false);
    interface_refresh(dp, sa_tunnel(sa));
    return error;
}

static enum err
sa_remove(struct dp *dp, struct sa *sa)
{
    enum err error;

    if (sa_tunnel(sa) >= dp->limits.interfaces)
        return ERR_INVALID;
    error = tunnel_sas_remove(&dp->interfaces[sa_tunnel(sa)].sas, sa);
    if (error != OK)
        return error;
    sa_table_remove(
        sa_direction(sa) == SA_INBOUND ? dp->sas : dp->outbound, sa);
    sa_lives_remove(dp->lives, sa);
    interface_refresh(dp, sa_tunnel(sa));
    return OK;
}

static enum err
apply(struct dp *dp, struct dp_command *command)
{
    switch (command->kind) {
    case DP_VR_ADD:
        return vr_set(dp, command->vr, true);
    case DP_VR_REMOVE:
        return vr_set(dp, command->vr, false);
    case DP_INTERFACE_SET:
        return interface_set(dp, &command->interface);
    case DP_INTERFACE_REMOVE:
        return interface_remove(dp, command->interface_index);
    case DP_ADDRESS_ADD:
        return route_secondary_add(dp->routes, &command->address);
    case DP_ADDRESS_REMOVE:
        return route_secondary_remove(dp->routes, &command->address);
    case DP_ROUTE_ADD:
        return route_add(dp->routes, &command->route);
    case DP_ROUTE_REMOVE:
        return route_remove(dp->routes, &command->route);
    case DP_SA_ADD:
        return sa_add(dp, command->sa);
    case DP_SA_REMOVE:
        return sa_remove(dp, command->sa);
    case DP_PING:
        ping_send(dp, &command->ping);
        return OK;
    case DP_POLICY_SET:
        return classify_set(dp, &command->policy);
    case DP_POLICY_REMOVE:
        return classify_remove(dp, &command->policy);
    case DP_PORT_ATTACH:
        return plug_attach(dp, &command->plug);
    case DP_PORT_HOLD:
        return plug_hold(dp, &command->plug);
    case DP_EXPLAIN:
        explain_packet(dp, command->explanation);
        return OK;
    case DP_TRACE:
        trace_set(dp, &command->trace);
        return OK;
    case DP_CAPTURE:
        capture_set(dp, &command->capture);
        return OK;
    case DP_PUNT:
        dp->is_punt = command->is_punt;
        return OK;
    case DP_SEND:
        return udp_send(dp, command->datagram);
    }
    return ERR_INVALID;
}

/* The rest of the batch, at most budget commands.  Returns how many. */
static size_t
apply_some(struct dp *dp, struct dp_batch *batch, size_t budget)
{
    struct dp_command *command;
    size_t done = 0;

    while (done < budget && batch->applied < batch->count) {
        command = &batch->commands[batch->applied++];
        command->error = apply(dp, command);
        if (command->error != OK)
            batch->refused++;
        done++;
    }
    return done;
}

bool
apply_commands(struct dp *dp)
{
    size_t left = PATH_COMMANDS;

    while (left != 0) {
        if (dp->batch == NULL && !ring_get(dp->inbox, &dp->batch))
            return true;
        left -= apply_some(dp, dp->batch, left);
        if (dp->batch->applied < dp->batch->count)
            return false;
        /* There is room for as many batches as can be under way. */
        if (!ring_put(dp->outbox, &dp->batch))
            assert(false);
        dp->batch = NULL;
        dp->must_signal = true;
    }
    return false;
}
