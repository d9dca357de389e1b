/*
 * ping.c - ICMP echo (RFC 792; RFC 1812, 4.3.3.6): answering for our own
 * addresses, asking for the operator, and matching the answers.
 */
#include "path/engine.h"

#include "base/bytes.h"

#include <string.h>

enum {
    ICMP_HEADER = 8,
    ECHO_REPLY = 0,
    ECHO_REQUEST = 8,
    AT_CHECKSUM = 2, /* offsets in the ICMP header */
    AT_ID = 4,
    AT_SEQUENCE = 6,
    TTL = 64,
    TELL_US = 20000, /* between two events about errors */
};

static void
write_checksum(uint8_t *icmp, uint32_t length)
{
    put_u16(icmp + AT_CHECKSUM, 0);
    put_u16(icmp + AT_CHECKSUM, ip4_checksum(icmp, length));
}

/* Turn an echo request into its answer.  Options of the request are left
 * out. */
static enum stage
answer(struct dp *dp, struct flight *flight)
{
    struct pkt *pkt = flight->pkt;
    uint8_t *icmp = pkt->at + flight->ip.header_length;
    uint32_t from = flight->ip.src;

    icmp[0] = ECHO_REPLY;
    write_checksum(icmp, pkt->length - flight->ip.header_length);
    pkt_pull(pkt, (size_t)flight->ip.header_length - IP4_HEADER);
    flight->ip.src = flight->ip.dst;
    flight->ip.dst = from;
    flight->ip.ttl = TTL;
    flight->ip.id = path_next_id(dp, flight);
    if (!flight->is_rehearsal)
        counter_add(&dp->echoes, 1);
    flight->ip.header_length = IP4_HEADER;
    flight->ip.total_length = (uint16_t)pkt->length;
    ip4_write(pkt->at, &flight->ip);
    flight->is_own = true;
    flight->is_foreign = false;
    flight->ping = PATH_NO_PING; /* it arrived */
    return STAGE_ROUTE;
}

static struct ping *
find_ping(struct dp *dp, uint32_t from, uint16_t id, uint16_t sequence)
{
    struct ping *ping;
    size_t i;

    for (i = 0; i < PATH_PINGS; i++) {
        ping = &dp->pings[i];
        if (ping->is_used && ping->id == id && ping->sequence == sequence &&
            ping->destination == from) {
            return ping;
        }
    }
    return NULL;
}

static void
tell_answer(struct dp *dp, struct ping *ping)
{
    const struct dp_event event = {
        .kind = DP_EVENT_ECHO_REPLY,
        .ping_id = ping->id,
        .ping_sequence = ping->sequence,
        .round_trip_us = (uint32_t)(dp->now_us - ping->sent_us),
    };

    ping->is_used = false;
    (void)event_put(dp, &event); /* not heard: M counts it as lost */
}

static enum stage
take_answer(struct dp *dp, struct flight *flight, const uint8_t *icmp)
{
    struct ping *ping;

    ping = find_ping(
        dp, flight->ip.src, get_u16(icmp + AT_ID), get_u16(icmp + AT_SEQUENCE));
    if (ping == NULL)
        return path_drop(flight, DROP_NOT_FOR_US);
    if (flight->is_rehearsal) {
        pkt_free(flight->pkt);
        return STAGE_END;
    }
    tell_answer(dp, ping);
    pkt_free(flight->pkt);
    return STAGE_END;
}

/* ---- what comes out of a tunnel ---- */

/* An error that somebody behind the tunnel sends, for who looks for faults; a
 * flood of them tells no more than the first few. */
static void
tell_error(struct dp *dp, const struct flight *flight, const uint8_t *icmp,
    uint32_t length)
{
    struct dp_event event = {
        .kind = DP_EVENT_ICMP_BEHIND,
        .interface = flight->tunnel,
        .source = flight->ip.src,
        .icmp_type = icmp[0],
        .icmp_code = icmp[1],
    };
    const uint8_t *quoted = icmp + ICMP_HEADER;
    struct ip4 ip;

    if (dp->now_us < dp->told_icmp_us + TELL_US ||
        !ip4_read_quoted(quoted, length - ICMP_HEADER, &ip))
        return;
    event.destination = ip.dst;
    if (ip.protocol == IP4_PROTO_ICMP &&
        length >= ICMP_HEADER + (uint32_t)ip.header_length + ICMP_HEADER &&
        quoted[ip.header_length] == ECHO_REQUEST) {
        event.ping_id = get_u16(quoted + ip.header_length + AT_ID);
        event.ping_sequence = get_u16(quoted + ip.header_length + AT_SEQUENCE);
    }
    if (event_put(dp, &event))
        dp->told_icmp_us = dp->now_us;
}

void
ping_tell_error(struct dp *dp, const struct flight *flight)
{
    tell_error(dp, flight, flight->pkt->at + flight->ip.header_length,
        flight->pkt->length - flight->ip.header_length);
}

bool
ping_witness(struct dp *dp, const struct flight *flight)
{
    const uint8_t *icmp = flight->pkt->at + flight->ip.header_length;
    uint32_t length = flight->pkt->length - flight->ip.header_length;
    struct ping *ping;

    if (length < ICMP_HEADER || flight->ip.fragment_offset != 0)
        return false;
    if (icmp_is_error(icmp[0])) {
        tell_error(dp, flight, icmp, length);
        return false;
    }
    if (icmp[0] != ECHO_REPLY)
        return false;
    ping = find_ping(
        dp, flight->ip.src, get_u16(icmp + AT_ID), get_u16(icmp + AT_SEQUENCE));
    if (ping == NULL || ping->foreign != flight->ip.dst)
        return false;
    tell_answer(dp, ping);
    return true;
}

enum stage
stage_echo(struct dp *dp, struct flight *flight)
{
    const uint8_t *icmp = flight->pkt->at + flight->ip.header_length;
    uint32_t length = flight->pkt->length - flight->ip.header_length;

    if (length < ICMP_HEADER || ip4_checksum(icmp, length) != 0)
        return path_drop(flight, DROP_MALFORMED);
    if (icmp_is_error(icmp[0]))
        return path_mtu_hear(dp, flight);
    if (icmp[0] == ECHO_REQUEST && icmp[1] == 0)
        return answer(dp, flight);
    if (icmp[0] == ECHO_REPLY && icmp[1] == 0)
        return take_answer(dp, flight, icmp);
    return path_drop(flight, DROP_NOT_FOR_US);
}

void
ping_dropped(struct dp *dp, uint16_t ping, enum drop drop)
{
    struct dp_event event = {.kind = DP_EVENT_PING_DROP, .drop = drop};

    /* Of a request that was fragmented, the first loss counts. */
    if (ping == PATH_NO_PING || !dp->pings[ping].is_used)
        return;
    event.ping_id = dp->pings[ping].id;
    event.ping_sequence = dp->pings[ping].sequence;
    dp->pings[ping].is_used = false;
    (void)event_put(dp, &event);
}

uint32_t
path_source_towards(const struct dp *dp, uint16_t vr, uint32_t destination)
{
    const struct dp_interface *config;
    struct route_result route;

    route = route_lookup(dp->routes, vr, destination);
    if (route.outcome == ROUTE_TO_US)
        return destination;
    if (route.outcome == ROUTE_NONE)
        return 0;
    config = &dp->interfaces[route.interface].config;
    if (config->has_lender)
        config = &dp->interfaces[config->lender].config;
    return config->has_address ? config->address : 0;
}

static void
write_request(struct pkt *pkt, const struct dp_ping *ping, const struct ip4 *ip)
{
    uint8_t *icmp = pkt->at + IP4_HEADER;
    size_t i;

    ip4_write(pkt->at, ip);
    memset(icmp, 0, ICMP_HEADER);
    icmp[0] = ECHO_REQUEST;
    put_u16(icmp + AT_ID, ping->id);
    put_u16(icmp + AT_SEQUENCE, ping->sequence);
    for (i = 0; i < ping->payload; i++)
        icmp[ICMP_HEADER + i] = (uint8_t)i;
    write_checksum(icmp, ICMP_HEADER + (uint32_t)ping->payload);
}

/* Remember the request, in place of the oldest if need be. */
static uint16_t
remember(struct dp *dp, const struct dp_ping *ping)
{
    uint16_t place = dp->ping_next;

    dp->ping_next = (uint16_t)((place + 1) % PATH_PINGS);
    dp->pings[place] = (struct ping){
        .is_used = true,
        .id = ping->id,
        .sequence = ping->sequence,
        .destination = ping->destination,
        .foreign = ping->is_foreign ? ping->source : 0,
        .sent_us = dp->now_us,
    };
    return place;
}

void
ping_send(struct dp *dp, const struct dp_ping *ping)
{
    struct flight flight = {
        .tunnel = PATH_NO_INTERFACE,
        .is_own = true,
        .ping = remember(dp, ping),
    };
    uint32_t length = IP4_HEADER + ICMP_HEADER + (uint32_t)ping->payload;

    flight.ip = (struct ip4){
        .src = ping->source,
        .dst = ping->destination,
        .id = path_next_id(dp, &flight),
        .header_length = IP4_HEADER,
        .ttl = TTL,
        .protocol = IP4_PROTO_ICMP,
    };
    if (!ping->has_source)
        flight.ip.src = path_source_towards(dp, ping->vr, ping->destination);
    if (length > PKT_MTU_MAX) {
        flight.drop = DROP_TOO_BIG;
    } else if (flight.ip.src == 0) {
        flight.drop = DROP_NO_ROUTE;
    } else if ((flight.pkt = pkt_new(dp->pool)) == NULL) {
        flight.drop = DROP_POOL_EMPTY;
    }
    if (flight.drop != DROP_NONE) {
        path_run(dp, &flight, STAGE_DROP);
        return;
    }
    flight.ip.total_length = (uint16_t)length;
    flight.pkt->vr = ping->vr;
    (void)pkt_append(flight.pkt, length); /* fits: length was checked */
    write_request(flight.pkt, ping, &flight.ip);
    path_run(dp, &flight, STAGE_ROUTE);
}
