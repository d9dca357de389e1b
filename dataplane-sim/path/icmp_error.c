/*
 * icmp_error.c - telling the sender of a packet that it was dropped, and why
 * (RFC 792; RFC 1122, 3.2.2; RFC 1191; RFC 1812, 4.3).
 *
 *    the packet                      | IP | ICMP ... |  what is quoted of it |
 *    its error, in the same buffer,  |<- made here ->|<--- at most 548 ----->|
 *
 * It is routed in the virtual router that the packet was in, so that what is
 * told about an inner packet goes back through its tunnel.  What a filter or
 * a null route drops, nobody is told of.
 */
#include "path/engine.h"

#include "base/bytes.h"

#include <string.h>

enum {
    TYPE_UNREACHABLE = 3,
    TYPE_TIME_EXCEEDED = 11,
    CODE_NETWORK = 0,
    CODE_HOST = 1,
    CODE_PROTOCOL = 2,
    CODE_PORT = 3,
    CODE_TOO_BIG = 4,
    CODE_PROHIBITED = 13,
    CODE_REASSEMBLY = 1,
    ICMP_HEADER = 8,
    AT_CHECKSUM = 2, /* offsets in the ICMP header */
    AT_MTU = 6,
    LARGEST = 576, /* of our errors; RFC 1812, 4.3.2.3 */
    QUOTED = LARGEST - IP4_HEADER - ICMP_HEADER,
    TTL = 64,
    TOS = 0xc0,          /* internetwork control; RFC 1812, 4.3.2.5 */
    INTERVAL_US = 10000, /* between two of a kind, on average   */
    BURST = 50,          /* that may come at once               */
    LOOPBACK_NET = 127,
};

#define MULTICAST_FIRST 0xe0000000U

struct report {
    enum icmp_kind kind;
    uint8_t code;
};

static const struct report reports[DROP_COUNT] = {
    [DROP_TTL_EXPIRED] = {ICMP_TIME_EXCEEDED, 0              },
    [DROP_FRAGMENT_TIMEOUT] = {ICMP_TIME_EXCEEDED, CODE_REASSEMBLY},
    [DROP_NO_ROUTE] = {ICMP_UNREACHABLE,   CODE_NETWORK   },
    [DROP_POLICY_NEXTHOP] = {ICMP_UNREACHABLE,   CODE_NETWORK   },
    [DROP_INTERFACE_DOWN] = {ICMP_UNREACHABLE,   CODE_HOST      },
    [DROP_TUNNEL_DOWN] = {ICMP_UNREACHABLE,   CODE_HOST      },
    [DROP_NO_OUTBOUND_SA] = {ICMP_UNREACHABLE,   CODE_HOST      },
    [DROP_POLICY_TUNNEL] = {ICMP_UNREACHABLE,   CODE_HOST      },
    [DROP_OUT_SELECTOR] = {ICMP_UNREACHABLE,   CODE_PROHIBITED},
    [DROP_NOT_FOR_US] = {ICMP_UNREACHABLE,   CODE_PROTOCOL  },
    [DROP_NO_GRE] = {ICMP_UNREACHABLE,   CODE_PROTOCOL  },
    [DROP_TOO_BIG] = {ICMP_TOO_BIG,       CODE_TOO_BIG   },
    [DROP_TOO_BIG_TUNNEL] = {ICMP_TOO_BIG,       CODE_TOO_BIG   },
};

static struct report
report_of(const struct flight *flight)
{
    struct report report = reports[flight->drop];

    if (report.kind == ICMP_TOO_BIG && !flight->ip.dont_fragment)
        return (struct report){0}; /* an absurd MTU is not its fault */
    if (flight->drop != DROP_NOT_FOR_US)
        return report;
    if (flight->ip.protocol == IP4_PROTO_ICMP)
        return (struct report){0};
    if (flight->ip.protocol == IP4_PROTO_UDP ||
        flight->ip.protocol == IP4_PROTO_TCP)
        report.code = CODE_PORT;
    return report;
}

/* Is it one host's address, as far as the address itself says? */
static bool
is_one_host(uint32_t address)
{
    return address != 0 && address < MULTICAST_FIRST &&
           address >> 24 != LOOPBACK_NET;
}

/* The broadcast addresses of the network at this interface. */
static bool
is_broadcast(
    const struct dp *dp, const struct route_result *route, uint32_t address)
{
    const struct dp_interface *config;
    uint32_t host;

    if (route->outcome != ROUTE_TO_INTERFACE)
        return false;
    config = &dp->interfaces[route->interface].config;
    if (!config->has_address || ~config->mask <= 1 ||
        ((address ^ config->address) & config->mask) != 0)
        return false;
    host = address & ~config->mask;
    return host == 0 || host == ~config->mask;
}

static bool
is_error(const struct flight *flight)
{
    const struct pkt *pkt = flight->pkt;

    if (flight->ip.protocol != IP4_PROTO_ICMP)
        return false;
    return pkt->length <= flight->ip.header_length ||
           icmp_is_error(pkt->at[flight->ip.header_length]);
}

/* Behind a loopback interface nobody is. */
static bool
leads_back(const struct dp *dp, const struct route_result *back)
{
    const struct interface *by;

    if (back->outcome != ROUTE_TO_INTERFACE)
        return false;
    by = &dp->interfaces[back->interface];
    return by->config.kind == DP_INTERFACE_PORT || interface_is_tunnel(by);
}

/* RFC 1812, 4.3.2.7. */
static bool
may_be_told(const struct dp *dp, const struct flight *flight,
    const struct route_result *back)
{
    return is_one_host(flight->ip.src) && is_one_host(flight->ip.dst) &&
           flight->ip.fragment_offset == 0 && !is_error(flight) &&
           leads_back(dp, back) && !is_broadcast(dp, back, flight->ip.src) &&
           !is_broadcast(dp, &flight->route, flight->ip.dst);
}

/* May an error with this source go back by that interface? */
static bool
fits(const struct dp *dp, const struct route_result *back, uint32_t source,
    uint32_t destination)
{
    const struct interface *by = &dp->interfaces[back->interface];
    const struct ip4 ip = {.src = source, .dst = destination};

    return source != 0 && (!interface_is_tunnel(by) ||
                              tunnel_allows_out(&by->config.tunnel, &ip));
}

/* The address asked for; else that of the way back; else, where a tunnel's
 * identities leave that out, that of the way on.  0: none. */
static uint32_t
source_of(const struct dp *dp, const struct flight *flight,
    const struct route_result *back)
{
    const struct dp_interface *on;
    uint32_t source;

    if (flight->route.outcome == ROUTE_TO_US)
        return flight->ip.dst;
    source = path_source_towards(dp, flight->pkt->vr, flight->ip.src);
    if (fits(dp, back, source, flight->ip.src))
        return source;
    if (flight->route.outcome != ROUTE_TO_INTERFACE)
        return 0;
    on = &dp->interfaces[flight->route.interface].config;
    return on->has_address && fits(dp, back, on->address, flight->ip.src)
               ? on->address
               : 0;
}

/* A bucket of BURST, filled by one each INTERVAL_US. */
static bool
take_token(struct dp *dp, enum icmp_kind kind)
{
    uint64_t next_us = dp->icmp_next_us[kind];

    if (next_us > dp->now_us + (uint64_t)(BURST - 1) * INTERVAL_US)
        return false;
    dp->icmp_next_us[kind] =
        (next_us > dp->now_us ? next_us : dp->now_us) + INTERVAL_US;
    return true;
}

bool
icmp_error_is_due(struct dp *dp, const struct flight *flight)
{
    struct report report;
    struct route_result back;

    if (!flight->is_foreign)
        return false;
    report = report_of(flight);
    if (report.kind == ICMP_NONE)
        return false;
    back = route_lookup(dp->routes, flight->pkt->vr, flight->ip.src);
    if (!may_be_told(dp, flight, &back))
        return false;
    dp->icmp = (struct icmp_error){
        .type = report.kind == ICMP_TIME_EXCEEDED ? TYPE_TIME_EXCEEDED
                                                  : TYPE_UNREACHABLE,
        .code = report.code,
        .source = source_of(dp, flight, &back),
    };
    if (flight->is_rehearsal)
        return dp->icmp.source != 0;
    if (dp->icmp.source == 0 || !take_token(dp, report.kind)) {
        counter_add(&dp->icmp_withheld, 1);
        return false;
    }
    counter_add(&dp->icmp_sent[report.kind], 1);
    return true;
}

static void
write_icmp(uint8_t *icmp, const struct icmp_error *error, uint32_t mtu,
    uint32_t length)
{
    memset(icmp, 0, ICMP_HEADER);
    icmp[0] = error->type;
    icmp[1] = error->code;
    if (error->type == TYPE_UNREACHABLE && error->code == CODE_TOO_BIG)
        put_u16(icmp + AT_MTU, (uint16_t)mtu);
    put_u16(icmp + AT_CHECKSUM, ip4_checksum(icmp, length));
}

enum stage
stage_icmp_error(struct dp *dp, struct flight *flight)
{
    struct pkt *pkt = flight->pkt;
    uint8_t *icmp;

    if (pkt->length > QUOTED)
        pkt_trim(pkt, pkt->length - QUOTED);
    flight->is_foreign = false;
    flight->tunnel = PATH_NO_INTERFACE;
    icmp = pkt_push(pkt, ICMP_HEADER);
    if (icmp == NULL || pkt_push(pkt, IP4_HEADER) == NULL)
        return path_drop(flight, DROP_POOL_EMPTY);
    write_icmp(icmp, &dp->icmp, flight->mtu, pkt->length - IP4_HEADER);
    flight->ip = (struct ip4){
        .src = dp->icmp.source,
        .dst = flight->ip.src,
        .total_length = (uint16_t)pkt->length,
        .id = path_next_id(dp, flight),
        .header_length = IP4_HEADER,
        .tos = TOS,
        .ttl = TTL,
        .protocol = IP4_PROTO_ICMP,
    };
    ip4_write(pkt->at, &flight->ip);
    flight->ping = PATH_NO_PING;
    flight->policy = 0;
    flight->maker = 0;
    flight->is_own = true;
    return STAGE_ROUTE;
}
