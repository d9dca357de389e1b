/*
 * stages.c - the driver, and the stages from a port to a port.
 *
 *   INPUT -> ROUTE -+-> LOCAL -+-> DECAP -> ROUTE (in the operational VR)
 *              ^    |     ^    +-> GRE_IN -> ROUTE (the same; gre.c)
 *              ^    |     ^    +-> UDP -> DECAP
 *              |    |     |    '-> ECHO -> ROUTE (our answer)
 *              |    |     '-----> REASSEMBLE
 *              |    '-> POLICY -> FORWARD -+-> OUTPUT
 *              '-------------------------- '-> ENCAP
 *        (in the transport VR)
 *
 * Any of them may end in DROP, and that in an ICMP error about the packet,
 * which is routed as any other packet of ours.
 */
#include "path/engine.h"

#include "gre/gre.h"

#include <assert.h>

enum stage
path_drop(struct flight *flight, enum drop drop)
{
    flight->drop = drop;
    return STAGE_DROP;
}

enum stage
path_too_big(struct dp *dp, struct flight *flight, enum drop drop, uint32_t mtu)
{
    flight->mtu = mtu;
    if (flight->maker != 0 && !flight->is_rehearsal)
        path_mtu_lower(dp, flight->maker - 1, mtu);
    return path_drop(flight, drop);
}

/* Check the IP header; what follows the IP packet in the frame goes. */
static enum stage
stage_input(struct dp *dp, struct flight *flight)
{
    struct pkt *pkt = flight->pkt;

    (void)dp;
    if (!ip4_read(pkt->at, pkt->length, &flight->ip))
        return path_drop(flight, DROP_MALFORMED);
    pkt_trim(pkt, pkt->length - flight->ip.total_length);
    flight->is_foreign = true;
    return STAGE_ROUTE;
}

/* What was seen of it is of the way from its port. */
static struct route_result
find_route(const struct dp *dp, struct flight *flight)
{
    const struct ahead_packet *ahead = flight->ahead;

    flight->ahead = NULL;
    if (ahead != NULL && ahead->is_routed)
        return ahead->route;
    return route_lookup(dp->routes, flight->pkt->vr, flight->ip.dst);
}

enum stage
stage_route(struct dp *dp, struct flight *flight)
{
    flight->route = find_route(dp, flight);
    if (flight->route.outcome == ROUTE_TO_US)
        return STAGE_LOCAL;
    return flight->policy == 0 ? STAGE_FORWARD : STAGE_POLICY;
}

static enum stage
stage_local(struct dp *dp, struct flight *flight)
{
    (void)dp;
    flight->policy = 0; /* it ends here; our answer is our own */
    if (flight->ip.more_fragments || flight->ip.fragment_offset != 0)
        return STAGE_REASSEMBLE;
    switch (flight->ip.protocol) {
    case IP4_PROTO_ESP:
    case IP4_PROTO_AH:
        return STAGE_DECAP;
    case GRE_PROTOCOL:
        return STAGE_GRE_IN;
    case IP4_PROTO_UDP:
        return STAGE_UDP;
    case IP4_PROTO_ICMP:
        return STAGE_ECHO;
    default:
        return path_drop(flight, DROP_NOT_FOR_US);
    }
}

/* No usable route: say what is wrong with the one there is. */
static enum drop
why_down(const struct interface *interface)
{
    if (!interface->is_present || !interface_is_tunnel(interface))
        return DROP_INTERFACE_DOWN;
    return interface->config.enabled ? DROP_NO_OUTBOUND_SA : DROP_TUNNEL_DOWN;
}

static enum stage
no_way(struct dp *dp, struct flight *flight)
{
    enum drop why;

    if (flight->route.outcome == ROUTE_NONE)
        return path_drop(flight, DROP_NO_ROUTE);
    why = why_down(&dp->interfaces[flight->route.interface]);
    if (why != DROP_INTERFACE_DOWN)
        flight->tunnel = flight->route.interface;
    if (why == DROP_NO_OUTBOUND_SA)
        interface_need_sa(dp, flight->route.interface, flight);
    return path_drop(flight, why);
}

static enum stage
stage_forward(struct dp *dp, struct flight *flight)
{
    if (!flight->is_own) {
        if (flight->ip.ttl <= 1)
            return path_drop(flight, DROP_TTL_EXPIRED);
        ip4_decrement_ttl(flight->pkt->at);
        flight->ip.ttl--;
        flight->is_own = true; /* one hop is one hop, however it goes on */
    }
    if (flight->route.outcome != ROUTE_TO_INTERFACE)
        return no_way(dp, flight);
    switch (dp->interfaces[flight->route.interface].config.kind) {
    case DP_INTERFACE_PORT:
        return STAGE_OUTPUT;
    case DP_INTERFACE_TUNNEL:
    case DP_INTERFACE_GRE:
        return STAGE_ENCAP;
    case DP_INTERFACE_NULL:
        return path_drop(flight, DROP_NULL_ROUTE);
    case DP_INTERFACE_LOOPBACK:
        break; /* its prefix, but not its address: nobody is there */
    }
    return path_drop(flight, DROP_NO_ROUTE);
}

uint32_t
path_output_mtu(const struct dp *dp, const struct interface *interface)
{
    const struct port *port = dp->plugs[interface->config.port].port;
    uint32_t mtu = interface->config.mtu;

    return mtu != 0 && mtu < port->mtu ? mtu : port->mtu;
}

static enum stage
too_long(struct dp *dp, struct flight *flight, uint32_t mtu)
{
    if (ip4_fit(&flight->ip, mtu) == IP4_CARVE)
        return path_carve(dp, flight, mtu, STAGE_OUTPUT);
    return path_too_big(dp, flight, DROP_TOO_BIG, mtu);
}

static enum stage
stage_output(struct dp *dp, struct flight *flight)
{
    const struct interface *interface;
    struct plug *plug;
    uint32_t mtu;

    interface = &dp->interfaces[flight->route.interface];
    plug = &dp->plugs[interface->config.port];
    mtu = path_output_mtu(dp, interface);
    if (flight->pkt->length > mtu)
        return too_long(dp, flight, mtu);
    if (flight->is_rehearsal) {
        pkt_free(flight->pkt);
        return STAGE_END;
    }
    if (dp->capture != NULL)
        capture_at_port(dp, flight->pkt, flight->route.interface, true);
    plug->burst[plug->count] = flight->pkt;
    plug->pings[plug->count] = flight->ping;
    plug->count++;
    if (plug->count == PKT_BURST)
        plug_flush(dp, plug);
    return STAGE_END;
}

void
path_count_drop(struct dp *dp, enum drop drop, uint32_t tunnel)
{
    enum statistic statistic = drop_reasons[drop].statistic;

    counter_add(&dp->drops[drop], 1);
    if (tunnel != PATH_NO_INTERFACE && statistic != STATISTIC_NONE)
        counter_add(&dp->interfaces[tunnel].statistics[statistic], 1);
}

static enum stage
stage_drop(struct dp *dp, struct flight *flight)
{
    if (!flight->is_rehearsal)
        path_count_drop(dp, flight->drop, flight->tunnel);
    ping_dropped(dp, flight->ping, flight->drop);
    if (icmp_error_is_due(dp, flight))
        return STAGE_ICMP_ERROR;
    pkt_free(flight->pkt);
    return STAGE_END;
}

enum stage
path_arrive(struct dp *dp, uint32_t index, struct flight *flight)
{
    struct interface *interface = &dp->interfaces[index];
    struct pkt *pkt = flight->pkt;

    pkt->vr = interface->config.vr;
    flight->policy = interface->config.policy;
    if (!interface->is_up)
        return path_drop(flight, DROP_INTERFACE_DOWN);
    if (flight->is_rehearsal)
        return STAGE_INPUT;
    interface_count(interface, COUNTER_IN_PACKETS, pkt->length);
    if (dp->capture != NULL)
        capture_at_port(dp, pkt, index, false);
    return STAGE_INPUT;
}

/* One stage; a rehearsed packet is not counted. */
static enum stage
run_stage(struct dp *dp, struct flight *flight, enum stage stage)
{
    static stage_function *const stages[STAGE_END] = {
        [STAGE_INPUT] = stage_input,
        [STAGE_ROUTE] = stage_route,
        [STAGE_LOCAL] = stage_local,
        [STAGE_REASSEMBLE] = stage_reassemble,
        [STAGE_UDP] = stage_udp,
        [STAGE_DECAP] = stage_decap,
        [STAGE_GRE_IN] = stage_gre_in,
        [STAGE_ECHO] = stage_echo,
        [STAGE_POLICY] = stage_policy,
        [STAGE_FORWARD] = stage_forward,
        [STAGE_ENCAP] = stage_encap,
        [STAGE_GRE_OUT] = stage_gre_out,
        [STAGE_PROTECT] = stage_protect,
        [STAGE_OUTPUT] = stage_output,
        [STAGE_DROP] = stage_drop,
        [STAGE_ICMP_ERROR] = stage_icmp_error,
    };

    if (!flight->is_rehearsal)
        counter_add(&dp->stages[stage], 1);
    if (dp->trail != NULL)
        return trail_run(dp, flight, stage, stages[stage]);
    return stages[stage](dp, flight);
}

void
path_carry(struct dp *dp, const struct flight *start, enum stage stage)
{
    struct flight flight = *start;

    for (;;) {
        while (stage != STAGE_END)
            stage = run_stage(dp, &flight, stage);
        if (dp->rest_count == 0)
            return;
        dp->rest_count--;
        flight = dp->rests[dp->rest_count].flight;
        stage = dp->rests[dp->rest_count].stage;
        trail_next_piece(dp);
    }
}

void
path_run(struct dp *dp, const struct flight *start, enum stage stage)
{
    assert(dp->rest_count == 0);
    if (dp->trace != NULL)
        trace_begin(dp);
    path_carry(dp, start, stage);
    trace_end(dp);
}
