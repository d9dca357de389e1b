/*
 * protect.c - into and out of secure tunnels (RFC 2401, 5.1 and 5.2).
 */
#include "path/engine.h"

#include "base/bytes.h"

#include <stddef.h>

enum {
    SPI_SIZE = 4,
    TELL_US = 20000, /* between two events about unknown SPIs */
    AH_SPI_AT = 4,   /* after next header, length and a reserved field */
};

/* Who looks for faults wants to know which SPI that was; a flood of them tells
 * no more than the first few. */
static void
tell_unknown(struct dp *dp, const struct flight *flight, uint32_t spi)
{
    const struct dp_event event = {
        .kind = DP_EVENT_UNKNOWN_SPI,
        .vr = flight->pkt->vr,
        .source = flight->ip.src,
        .spi = spi,
    };

    if (flight->is_rehearsal || dp->now_us < dp->told_spi_us + TELL_US)
        return;
    if (event_put(dp, &event))
        dp->told_spi_us = dp->now_us;
}

/* The SA of a packet for us, NULL if there is none; sets the reason.  What is
 * in UDP is ESP. */
static struct sa *
find_sa(struct dp *dp, struct flight *flight)
{
    const struct pkt *pkt = flight->pkt;
    uint8_t protocol = flight->ip.protocol;
    struct sa *sa;
    uint32_t at = flight->ip.header_length;

    if (protocol == IP4_PROTO_AH)
        at += AH_SPI_AT;
    if (protocol == IP4_PROTO_UDP) {
        at += UDP_HEADER;
        protocol = IP4_PROTO_ESP;
    }
    if (pkt->length < at + SPI_SIZE) {
        flight->drop = DROP_TRUNCATED;
        return NULL;
    }
    sa = sa_table_find(
        dp->sas, pkt->vr, flight->ip.dst, protocol, get_u32(pkt->at + at));
    if (sa == NULL) {
        flight->drop = DROP_NO_SA;
        tell_unknown(dp, flight, get_u32(pkt->at + at));
    }
    return sa;
}

void
path_note(
    struct dp *dp, const struct flight *flight, bool is_encrypted, bool is_out)
{
    const struct capture_point point = {
        .interface = flight->tunnel,
        .is_out = is_out,
        .is_encrypted = is_encrypted,
    };

    if (dp->capture != NULL && !flight->is_rehearsal)
        capture_packet(dp, flight->pkt, &point);
}

static void
count_in(struct interface *interface, uint32_t outer, uint32_t inner)
{
    interface_count(interface, COUNTER_IN_ACCOUNTED_PACKETS, outer);
    interface_count(interface, COUNTER_IN_USER_PACKETS, inner);
    interface_count(interface, COUNTER_IN_PACKETS, inner);
}

/* False: a packet that knows nothing of ECN met congestion on the way. */
static bool
take_ecn(struct flight *flight, uint8_t outer_tos)
{
    uint8_t tos;

    if (!tunnel_ecn(outer_tos, flight->ip.tos, &tos))
        return false;
    if (tos != flight->ip.tos) {
        ip4_set_tos(flight->pkt->at, tos);
        flight->ip.tos = tos;
    }
    return true;
}

enum stage
path_leave_tunnel(struct dp *dp, struct flight *flight, uint32_t outer)
{
    struct interface *interface = &dp->interfaces[flight->tunnel];
    struct pkt *pkt = flight->pkt;
    const uint8_t outer_tos = flight->ip.tos;

    if (!ip4_read(pkt->at, pkt->length, &flight->ip))
        return path_drop(flight, DROP_BAD_INNER);
    pkt_trim(pkt, pkt->length - flight->ip.total_length);
    if (!tunnel_allows_in(&interface->config.tunnel, &flight->ip))
        return path_drop(flight, DROP_IN_SELECTOR);
    if (!take_ecn(flight, outer_tos))
        return path_drop(flight, DROP_ECN_CONGESTED);
    if (!flight->is_rehearsal)
        count_in(interface, outer, pkt->length);
    path_note(dp, flight, false, false);
    if (flight->ip.protocol == IP4_PROTO_ICMP && !flight->is_rehearsal &&
        ping_witness(dp, flight)) {
        pkt_free(pkt);
        return STAGE_END;
    }
    pkt->vr = interface->config.vr;
    flight->policy = interface->config.policy;
    flight->tunnel = PATH_NO_INTERFACE;
    flight->maker = 0;
    flight->is_own = false;
    flight->is_foreign = true;
    return STAGE_ROUTE;
}

/* What a transport-mode SA laid open must come from the SA's other end (RFC
 * 2401, 5.2.1); that it is for this one, the SA was found by. */
static enum stage
leave_transport(struct flight *flight, const struct sa *sa)
{
    struct pkt *pkt = flight->pkt;

    if (!ip4_read(pkt->at, pkt->length, &flight->ip))
        return path_drop(flight, DROP_BAD_INNER);
    if (flight->ip.src != sa_src(sa))
        return path_drop(flight, DROP_IN_SELECTOR);
    flight->secured = flight->tunnel + 1;
    return STAGE_GRE_IN;
}

/* The interface of the SA is in service, and of the kind for its mode. */
static bool
takes(const struct interface *interface, const struct sa *sa)
{
    const enum dp_interface_kind kind =
        sa_mode(sa) == SA_TRANSPORT ? DP_INTERFACE_GRE : DP_INTERFACE_TUNNEL;

    return interface->is_present && interface->config.enabled &&
           interface->config.kind == kind;
}

/* What in UDP an SA took came from elsewhere than the SA says: a NAT may have
 * changed (RFC 3948).  Only what is authenticated and newer than all before is
 * believed. */
static void
look_at_source(struct dp *dp, const struct flight *flight, const struct sa *sa)
{
    struct interface *interface = &dp->interfaces[flight->tunnel];
    const struct dp_event event = {
        .kind = DP_EVENT_PEER_MOVED,
        .interface = flight->tunnel,
        .spi = sa_spi(sa),
        .source = flight->ip.src,
        .port = flight->port,
    };

    if ((flight->ip.src == sa_src(sa) &&
            flight->port == sa_udp(sa).remote_port) ||
        flight->is_rehearsal || sa_window(sa) == 0 ||
        sa_sequence(sa) != flight->sequence || dp->now_us < interface->told_us)
        return;
    if (event_put(dp, &event))
        interface->told_us = dp->now_us + TELL_US;
}

enum stage
path_opened(struct dp *dp, struct flight *flight, struct sa *sa, enum drop drop)
{
    if (!flight->is_rehearsal)
        sa_lives_look(dp->lives, sa);
    if (drop != DROP_NONE)
        return path_drop(flight, drop);
    if (sa_is_in_udp(sa))
        look_at_source(dp, flight, sa);
    if (sa_mode(sa) == SA_TRANSPORT)
        return leave_transport(flight, sa);
    return path_leave_tunnel(dp, flight, flight->before);
}

/* Of ESP in UDP, before it is opened. */
static void
note_source(struct flight *flight)
{
    const uint8_t *udp = flight->pkt->at + flight->ip.header_length;

    flight->port = get_u16(udp);
    if (flight->pkt->length >= flight->ip.header_length + UDP_HEADER + 8U)
        flight->sequence = get_u32(udp + UDP_HEADER + SPI_SIZE);
}

static enum stage
open_packet(struct dp *dp, struct flight *flight, struct sa *sa)
{
    struct sa_work *work = wait_place(dp, flight, sa);
    enum drop drop;

    flight->before = flight->pkt->length;
    if (flight->is_rehearsal) {
        drop = sa_rehearse_in(sa, flight->pkt);
    } else if (work == NULL) {
        drop = sa_in(sa, flight->pkt);
    } else {
        drop = sa_in_begin(sa, flight->pkt, work);
        if (drop == DROP_NONE)
            return wait_here(dp, flight);
    }
    return path_opened(dp, flight, sa, drop);
}

enum stage
stage_decap(struct dp *dp, struct flight *flight)
{
    struct sa *sa;

    flight->is_foreign = false; /* nobody knows yet who sent it */
    sa = find_sa(dp, flight);
    if (sa == NULL)
        return STAGE_DROP;
    flight->sa = sa;
    flight->tunnel = sa_tunnel(sa);
    if (sa_is_in_udp(sa) != (flight->ip.protocol == IP4_PROTO_UDP))
        return path_drop(flight, DROP_WRONG_ENCAPSULATION);
    if (!takes(&dp->interfaces[flight->tunnel], sa))
        return path_drop(flight, DROP_INTERFACE_DOWN);
    if (sa_is_in_udp(sa))
        note_source(flight);
    path_note(dp, flight, true, false);
    return open_packet(dp, flight, sa);
}

/* Why a packet may not enter the tunnel, before its size is looked at. */
static enum drop
refusal(const struct interface *interface, const struct flight *flight)
{
    if (flight->pkt->depth >= PATH_DEPTH)
        return DROP_LOOP;
    if (!tunnel_allows_out(&interface->config.tunnel, &flight->ip))
        return DROP_OUT_SELECTOR;
    return DROP_NONE;
}

void
path_count_out(
    struct interface *interface, const struct flight *flight, uint32_t inner)
{
    if (flight->is_rehearsal)
        return;
    if (flight->ping == PATH_NO_PING) {
        atomic_store_explicit(
            &interface->last_source, flight->ip.src, memory_order_relaxed);
        atomic_store_explicit(
            &interface->last_destination, flight->ip.dst, memory_order_relaxed);
    }
    interface_count(interface, COUNTER_OUT_PACKETS, inner);
    interface_count(interface, COUNTER_OUT_USER_PACKETS, inner);
    interface_count(
        interface, COUNTER_OUT_ACCOUNTED_PACKETS, flight->pkt->length);
}

enum stage
path_sealed(struct dp *dp, struct flight *flight, struct sa *sa, enum drop drop)
{
    struct interface *interface = &dp->interfaces[flight->route.interface];
    struct pkt *pkt = flight->pkt;

    if (!flight->is_rehearsal)
        sa_lives_look(dp->lives, sa);
    if (drop != DROP_NONE)
        return path_drop(flight, drop);
    path_note(dp, flight, true, true);
    path_count_out(interface, flight, flight->before);
    if (!ip4_read(pkt->at, pkt->length, &flight->ip))
        return path_drop(flight, DROP_ENCRYPT_FAILED);
    pkt->vr = interface->config.tunnel.transport_vr;
    flight->tunnel = PATH_NO_INTERFACE;
    return STAGE_ROUTE;
}

enum stage
path_seal(struct dp *dp, struct flight *flight, const struct sa_outer *outer)
{
    struct sa *sa = dp->interfaces[flight->route.interface].sas.outbound;
    struct sa_work *work = wait_place(dp, flight, sa);
    enum drop drop;

    flight->sa = sa;
    if (flight->is_rehearsal) {
        drop = sa_rehearse_out(sa, flight->pkt, outer);
    } else if (work == NULL) {
        drop = sa_out(sa, flight->pkt, outer);
    } else {
        drop = sa_out_begin(sa, flight->pkt, outer, work);
        if (drop == DROP_NONE)
            return wait_here(dp, flight);
    }
    return path_sealed(dp, flight, sa, drop);
}

enum stage
stage_encap(struct dp *dp, struct flight *flight)
{
    struct pkt *pkt = flight->pkt;
    struct interface *interface = &dp->interfaces[flight->route.interface];
    const uint32_t mtu = path_mtu_inner(interface);
    enum ip4_fit fit = ip4_fit(&flight->ip, mtu);
    struct sa_outer outer;
    enum drop drop;

    flight->tunnel = flight->route.interface;
    drop = refusal(interface, flight);
    if (drop != DROP_NONE)
        return path_drop(flight, drop);
    if (fit == IP4_TOO_BIG)
        return path_too_big(dp, flight, DROP_TOO_BIG_TUNNEL, mtu);
    if (fit == IP4_CARVE)
        return path_carve(dp, flight, mtu, STAGE_ENCAP);
    flight->is_foreign = false; /* it is ours from here on */
    flight->maker = flight->tunnel + 1;
    if (interface->config.kind == DP_INTERFACE_GRE)
        return STAGE_GRE_OUT;
    outer = tunnel_outer(&flight->ip, path_next_id(dp, flight));
    path_note(dp, flight, false, true);
    flight->before = flight->ip.total_length;
    pkt->depth++;
    return path_seal(dp, flight, &outer);
}
