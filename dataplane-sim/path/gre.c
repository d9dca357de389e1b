/*
 * gre.c - out by a GRE tunnel and in by one.
 *
 *    out   ENCAP -> GRE_OUT -+-> ROUTE (in the transport VR)
 *                            '-> PROTECT -> ROUTE        a protected tunnel
 *    in    LOCAL -+-> GRE_IN -> ROUTE (in the operational VR)
 *                 '-> DECAP -> GRE_IN                    out of its SA
 *
 * A protected tunnel sends by its outbound transport-mode SA and takes what
 * comes out of its inbound one, and nothing else.
 */
#include "gre/gre.h"

#include "path/engine.h"

#include <stddef.h>

enum stage
stage_gre_out(struct dp *dp, struct flight *flight)
{
    struct pkt *pkt = flight->pkt;
    struct interface *interface = &dp->interfaces[flight->route.interface];
    const struct dp_tunnel *tunnel = &interface->config.tunnel;
    const struct sa_outer fields =
        tunnel_outer(&flight->ip, path_next_id(dp, flight));
    struct ip4 outer = {
        .src = tunnel->source,
        .dst = tunnel->destination,
        .tos = fields.tos,
        .ttl = fields.ttl,
        .id = fields.id,
        .dont_fragment = fields.dont_fragment,
    };

    path_note(dp, flight, false, true);
    if (!gre_push(pkt, &outer))
        return path_drop(flight, DROP_TOO_BIG_TUNNEL);
    flight->ip = outer;
    pkt->depth++;
    pkt->vr = tunnel->transport_vr;
    if (tunnel->is_protected)
        return STAGE_PROTECT;
    path_count_out(interface, flight, pkt->length - GRE_OVERHEAD);
    flight->tunnel = PATH_NO_INTERFACE;
    return STAGE_ROUTE;
}

enum stage
stage_protect(struct dp *dp, struct flight *flight)
{
    const struct sa *sa = dp->interfaces[flight->route.interface].sas.outbound;

    if (sa == NULL || sa_mode(sa) != SA_TRANSPORT)
        return path_drop(flight, DROP_NO_OUTBOUND_SA);
    flight->before = flight->pkt->length - GRE_OVERHEAD;
    return path_seal(dp, flight, NULL);
}

/* Whose packet it is: the SA's that it came out of, or by its ends. */
static uint32_t
find_tunnel(const struct dp *dp, const struct flight *flight)
{
    const struct gre_ends ends = {
        .vr = flight->pkt->vr,
        .local = flight->ip.dst,
        .remote = flight->ip.src,
    };

    if (flight->secured != 0)
        return flight->secured - 1;
    return gre_table_find(dp->gre, &ends);
}

enum stage
stage_gre_in(struct dp *dp, struct flight *flight)
{
    struct pkt *pkt = flight->pkt;
    const bool is_secured = flight->secured != 0;
    const uint32_t outer = is_secured ? flight->before : pkt->length;
    const struct interface *interface;
    uint32_t index;
    enum drop drop;

    index = find_tunnel(dp, flight);
    flight->met = index;
    if (index == GRE_NONE)
        return path_drop(flight, DROP_NO_GRE);
    flight->tunnel = index;
    flight->secured = 0;
    interface = &dp->interfaces[index];
    if (!interface->config.enabled)
        return path_drop(flight, DROP_INTERFACE_DOWN);
    if (interface->config.tunnel.is_protected && !is_secured)
        return path_drop(flight, DROP_GRE_CLEAR);
    drop = gre_pull(pkt, flight->ip.header_length);
    if (drop != DROP_NONE)
        return path_drop(flight, drop);
    return path_leave_tunnel(dp, flight, outer);
}
