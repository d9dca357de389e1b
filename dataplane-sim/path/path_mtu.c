/*
 * path_mtu.c - the largest outer packet that the path of a tunnel takes
 * (RFC 1191; RFC 2401, 6.1).
 *
 * It is learned from "fragmentation needed" about an outer packet of ours,
 * and from our own ports.  The packet that it was about is lost: what its
 * sender is told, it is told by the next packet, which the tunnel finds too
 * big.  After ten minutes it is forgotten, since paths get better too.
 *
 * Anybody can send an ICMP error.  It counts if what it quotes is a packet
 * that we sent: source, destination, protocol and SPI of an outbound SA, a
 * sequence number of its, not to be fragmented, and larger than it says.
 * Then at most 576 is believed.
 */
#include "path/engine.h"

#include "base/bytes.h"
#include "gre/gre.h"

#include <stddef.h>

enum {
    LOWEST = 576, /* what every host takes; RFC 791, 3.1 */
    FORGET_US = 600000000,
    SLACK = 16, /* padding may add less than the largest packet has */
    ICMP_HEADER = 8,
    AT_MTU = 6, /* offset in it */
    TYPE_UNREACHABLE = 3,
    CODE_TOO_BIG = 4,
    SPI_SIZE = 4,
    AH_SPI_AT = 4,
};

/* ---- what a tunnel takes ---- */

static uint32_t
path_of(const struct interface *tunnel)
{
    return atomic_load_explicit(&tunnel->path_mtu, memory_order_relaxed);
}

/* What the tunnel adds to an inner packet of this length. */
static uint32_t
overhead(const struct interface *tunnel, uint32_t inner)
{
    const struct dp_interface *config = &tunnel->config;
    const struct sa *sa = tunnel->sas.outbound;
    uint32_t added = 0;

    if (config->kind == DP_INTERFACE_GRE)
        added = GRE_OVERHEAD;
    if (sa != NULL && (added == 0 || config->tunnel.is_protected))
        added += sa_overhead(sa, inner + added);
    return added;
}

/* The largest inner packet whose outer one is not larger than this. */
static uint32_t
largest_inner(const struct interface *tunnel, uint32_t outer)
{
    uint32_t inner = outer - overhead(tunnel, outer) + SLACK;

    while (inner + overhead(tunnel, inner) > outer)
        inner--;
    return inner;
}

uint32_t
path_mtu_inner(const struct interface *tunnel)
{
    const uint32_t outer = path_of(tunnel);
    const uint32_t mtu = tunnel->config.mtu;
    uint32_t inner;

    if (outer == 0)
        return mtu;
    inner = largest_inner(tunnel, outer);
    return mtu != 0 && mtu < inner ? mtu : inner;
}

/* ---- the list of those that are lowered, by the time of forgetting ---- */

static void
unlink_path(struct dp *dp, uint32_t index)
{
    const struct interface *tunnel = &dp->interfaces[index];

    if (tunnel->path_previous == PATH_NO_INTERFACE) {
        dp->path_first = tunnel->path_next;
    } else {
        dp->interfaces[tunnel->path_previous].path_next = tunnel->path_next;
    }
    if (tunnel->path_next == PATH_NO_INTERFACE) {
        dp->path_last = tunnel->path_previous;
    } else {
        dp->interfaces[tunnel->path_next].path_previous = tunnel->path_previous;
    }
}

static void
append_path(struct dp *dp, uint32_t index)
{
    struct interface *tunnel = &dp->interfaces[index];

    tunnel->path_next = PATH_NO_INTERFACE;
    tunnel->path_previous = dp->path_last;
    if (dp->path_last == PATH_NO_INTERFACE) {
        dp->path_first = index;
    } else {
        dp->interfaces[dp->path_last].path_next = index;
    }
    dp->path_last = index;
}

void
path_mtu_forget(struct dp *dp, uint32_t index)
{
    if (path_of(&dp->interfaces[index]) == 0)
        return;
    unlink_path(dp, index);
    atomic_store_explicit(
        &dp->interfaces[index].path_mtu, 0, memory_order_relaxed);
}

void
path_mtu_expire(struct dp *dp)
{
    while (path_mtu_due(dp) <= dp->now_us)
        path_mtu_forget(dp, dp->path_first);
}

uint64_t
path_mtu_due(const struct dp *dp)
{
    return dp->path_first == PATH_NO_INTERFACE
               ? UINT64_MAX
               : dp->interfaces[dp->path_first].path_until_us;
}

/* ---- lowering ---- */

/* Would it change what the tunnel takes? */
static bool
is_lower(const struct interface *tunnel, uint32_t mtu)
{
    const uint32_t now = path_of(tunnel);
    const uint32_t configured = tunnel->config.mtu;

    if (!tunnel->is_present || !interface_is_tunnel(tunnel))
        return false;
    if (now != 0)
        return mtu <= now; /* again: it holds for longer */
    return configured == 0 || largest_inner(tunnel, mtu) < configured;
}

void
path_mtu_lower(struct dp *dp, uint32_t index, uint32_t mtu)
{
    struct interface *tunnel = &dp->interfaces[index];

    if (mtu < LOWEST)
        mtu = LOWEST;
    if (!is_lower(tunnel, mtu))
        return;
    path_mtu_forget(dp, index);
    tunnel->path_until_us = dp->now_us + FORGET_US;
    atomic_store_explicit(&tunnel->path_mtu, mtu, memory_order_relaxed);
    append_path(dp, index);
    counter_add(&dp->path_mtus, 1);
}

/* ---- ICMP errors ---- */

/* A packet of ours, as an ICMP error quotes it. */
struct quote {
    struct ip4 ip;
    const struct sa *sa;
    bool
        has_sequence; /* RFC 792: only eight bytes behind the header are sure */
    uint32_t sequence;
};

/* What an ESP or AH header says, in UDP or not; false: it is cut off, or it
 * is something else. */
static bool
read_spi(const uint8_t *at, size_t left, struct quote *quote, uint32_t *out_spi)
{
    size_t spi_at = 0;

    if (quote->ip.protocol == IP4_PROTO_UDP) {
        if (left < UDP_HEADER || get_u16(at) != DP_UDP_NAT)
            return false;
        quote->ip.protocol = IP4_PROTO_ESP;
        spi_at = UDP_HEADER;
    } else if (quote->ip.protocol == IP4_PROTO_AH) {
        spi_at = AH_SPI_AT;
    } else if (quote->ip.protocol != IP4_PROTO_ESP) {
        return false;
    }
    if (left < spi_at + SPI_SIZE)
        return false;
    *out_spi = get_u32(at + spi_at);
    quote->has_sequence = left >= spi_at + 2 * (size_t)SPI_SIZE;
    if (quote->has_sequence)
        quote->sequence = get_u32(at + spi_at + SPI_SIZE);
    return true;
}

/* False: the quoted packet is not one of our SAs'. */
static bool
read_quote(
    const struct dp *dp, const struct flight *flight, struct quote *out_quote)
{
    const uint32_t at = (uint32_t)flight->ip.header_length + ICMP_HEADER;
    const uint8_t *bytes = flight->pkt->at + at;
    const size_t length = flight->pkt->length - at;
    uint32_t spi = 0;

    *out_quote = (struct quote){.has_sequence = false};
    if (!ip4_read_quoted(bytes, length, &out_quote->ip) ||
        out_quote->ip.fragment_offset != 0 ||
        !read_spi(bytes + out_quote->ip.header_length,
            length - out_quote->ip.header_length, out_quote, &spi))
        return false;
    out_quote->sa = sa_table_find(dp->outbound, flight->pkt->vr,
        out_quote->ip.dst, out_quote->ip.protocol, spi);
    return out_quote->sa != NULL && sa_src(out_quote->sa) == out_quote->ip.src;
}

/* Steps of the Internet's MTUs: who does not say what fits means the next
 * smaller one (RFC 1191, 7.1). */
static uint32_t
next_plateau(uint32_t length)
{
    static const uint16_t plateaus[] = {
        32000, 17914, 8166, 4352, 2002, 1492, 1006, 508};
    size_t i = 0;

    while (
        i + 1 < sizeof plateaus / sizeof plateaus[0] && plateaus[i] >= length)
        i++;
    return plateaus[i];
}

static bool
is_plausible(const struct quote *quote, uint32_t mtu)
{
    return quote->ip.dont_fragment && mtu < quote->ip.total_length &&
           (!quote->has_sequence ||
               (quote->sequence != 0 &&
                   quote->sequence <= sa_sequence(quote->sa)));
}

enum stage
path_mtu_hear(struct dp *dp, struct flight *flight)
{
    const uint8_t *icmp = flight->pkt->at + flight->ip.header_length;
    struct quote quote;
    uint32_t mtu;

    if (!flight->is_rehearsal)
        ping_tell_error(dp, flight);
    if (!read_quote(dp, flight, &quote))
        return path_drop(flight, DROP_ICMP_UNKNOWN);
    flight->sa = quote.sa;
    if (icmp[0] == TYPE_UNREACHABLE && icmp[1] == CODE_TOO_BIG) {
        mtu = get_u16(icmp + AT_MTU);
        if (mtu == 0)
            mtu = next_plateau(quote.ip.total_length);
        if (!is_plausible(&quote, mtu))
            return path_drop(flight, DROP_ICMP_IMPLAUSIBLE);
        if (!flight->is_rehearsal)
            path_mtu_lower(dp, sa_tunnel(quote.sa), mtu);
    }
    if (!flight->is_rehearsal)
        counter_add(&dp->icmp_heard, 1);
    pkt_free(flight->pkt);
    return STAGE_END;
}
