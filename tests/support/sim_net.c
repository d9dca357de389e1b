/*
 * sim_net.c - a network with weather.
 *
 * Packets under way are in one list by their time of arrival, each with the
 * end that it goes to.
 */
#include "tests/support/sim_net.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "crypto/random.h"
#include "pkt/pkt.h"
#include "port/port.h"
#include "tests/support/packet.h"

#include <bsd/sys/queue.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAPPINGS = 2, /* of the NAT: of ports 500 and 4500 */
    FIRST_PORT = 20000,
    AT_SOURCE = 12, /* offsets in headers */
    AT_DESTINATION = 16,
    AT_CHECKSUM = 6,
};

static const uint16_t inner_ports[MAPPINGS] = {500, 4500};

/* A packet under way. */
struct sim_packet {
    TAILQ_ENTRY(sim_packet) link;
    uint64_t arrival_us;
    size_t to;
    size_t length;
    uint8_t bytes[];
};

struct sim_end {
    struct port port; /* first: a struct port * is a struct sim_end * */
    struct sim_net *net;
    size_t index;
    uint32_t address;
    bool is_there;
};

struct nat {
    bool is_there;
    size_t end;
    uint32_t address;
    uint16_t ports[MAPPINGS]; /* 0: not mapped yet */
};

struct sim_net {
    struct sim_end ends[SIM_ENDS];
    TAILQ_HEAD(sim_packets, sim_packet) packets;
    struct sim_weather weather;
    bool is_cut[SIM_ENDS][SIM_ENDS];
    struct nat nat;
    struct sim_look look;
    struct random_seed seed;
    struct random_source random;
};

static uint64_t
draw(struct sim_net *net, uint64_t below)
{
    uint64_t number;

    net->random.fill(net->random.context, (uint8_t *)&number, sizeof number);
    return number % below;
}

/* ---- under way ---- */

static void
launch(struct sim_net *net, size_t to, uint64_t now_us, const uint8_t *bytes,
    size_t length)
{
    const struct sim_weather *weather = &net->weather;
    struct sim_packet *packet;
    struct sim_packet *before;

    if (draw(net, 100) < weather->loss)
        return;
    packet = mem_alloc(sizeof *packet + length);
    packet->to = to;
    packet->length = length;
    packet->arrival_us = now_us + weather->delay_us;
    if (weather->jitter_us > 0)
        packet->arrival_us += draw(net, weather->jitter_us);
    memcpy(packet->bytes, bytes, length);
    TAILQ_FOREACH_REVERSE(before, &net->packets, sim_packets, link)
    {
        if (before->arrival_us <= packet->arrival_us)
            break;
    }
    if (before != NULL) {
        TAILQ_INSERT_AFTER(&net->packets, before, packet, link);
    } else {
        TAILQ_INSERT_HEAD(&net->packets, packet, link);
    }
}

static struct sim_packet *
first_for(const struct sim_net *net, size_t end)
{
    struct sim_packet *packet;

    TAILQ_FOREACH(packet, &net->packets, link) {
        if (packet->to == end)
            return packet;
    }
    return NULL;
}

static void
discard(struct sim_net *net, struct sim_packet *packet)
{
    TAILQ_REMOVE(&net->packets, packet, link);
    free(packet);
}

/* ---- the NAT ---- */

static void
rewrite(uint8_t *packet, size_t address_at, uint32_t address, size_t port_at,
    uint16_t port)
{
    uint8_t *udp = packet + IP4_HEADER;

    put_u32(packet + address_at, address);
    put_u16(udp + port_at, port);
    put_u16(udp + AT_CHECKSUM, 0); /* none (RFC 768) */
    packet_fix_checksum(packet);
}

static bool
is_udp(const uint8_t *packet, size_t length)
{
    return length >= IP4_HEADER + UDP_HEADER && packet[9] == IP4_PROTO_UDP;
}

/* From inside to outside.  False: it does not pass. */
static bool
translate_out(struct sim_net *net, uint8_t *packet, size_t length)
{
    struct nat *nat = &net->nat;
    size_t i = 0;

    if (!is_udp(packet, length))
        return false;
    while (i < MAPPINGS && inner_ports[i] != get_u16(packet + IP4_HEADER))
        i++;
    if (i == MAPPINGS)
        return false;
    if (nat->ports[i] == 0)
        nat->ports[i] =
            (uint16_t)(FIRST_PORT + MAPPINGS * draw(net, 20000) + i);
    rewrite(packet, AT_SOURCE, nat->address, 0, nat->ports[i]);
    return true;
}

static bool
translate_in(const struct sim_net *net, uint8_t *packet, size_t length)
{
    const struct nat *nat = &net->nat;
    uint16_t port;

    if (!is_udp(packet, length))
        return false;
    port = get_u16(packet + IP4_HEADER + 2);
    for (size_t i = 0; i < MAPPINGS; i++) {
        if (port == 0 || nat->ports[i] != port)
            continue;
        rewrite(packet, AT_DESTINATION, net->ends[nat->end].address, 2,
            inner_ports[i]);
        return true;
    }
    return false;
}

/* ---- from end to end ---- */

/* Which end a packet is for; SIM_ENDS: nobody. */
static size_t
whither(const struct sim_net *net, uint8_t *packet, size_t length)
{
    uint32_t address = get_u32(packet + AT_DESTINATION);

    if (net->nat.is_there && address == net->nat.address) {
        return translate_in(net, packet, length) ? net->nat.end
                                                 : (size_t)SIM_ENDS;
    }
    for (size_t i = 0; i < SIM_ENDS; i++) {
        if (net->ends[i].address == address &&
            !(net->nat.is_there && net->nat.end == i))
            return i;
    }
    return SIM_ENDS;
}

static void
carry(struct sim_net *net, size_t from, uint64_t now_us, uint8_t *packet,
    size_t length)
{
    size_t to;

    if (net->nat.is_there && net->nat.end == from &&
        !translate_out(net, packet, length))
        return;
    to = whither(net, packet, length);
    if (to == SIM_ENDS || net->is_cut[from][to])
        return;
    launch(net, to, now_us, packet, length);
    if (draw(net, 100) < net->weather.repeats)
        launch(net, to, now_us, packet, length);
}

/* ---- the ports ---- */

static struct sim_end *
end_of(struct port *port)
{
    return (struct sim_end *)(void *)port;
}

static size_t
sim_receive(struct port *port, struct pkt_pool *pool, uint64_t now_us,
    struct pkt **packets, size_t room)
{
    struct sim_end *end = end_of(port);
    struct sim_packet *from;
    size_t count = 0;

    while (count < room && (from = first_for(end->net, end->index)) != NULL &&
           from->arrival_us <= now_us) {
        struct pkt *to = pkt_new(pool);
        uint8_t *bytes = to != NULL ? pkt_append(to, from->length) : NULL;

        if (bytes != NULL) {
            memcpy(bytes, from->bytes, from->length);
            packets[count++] = to;
        } else {
            pkt_free(to);
            port->starved++;
        }
        discard(end->net, from);
    }
    return count;
}

static size_t
sim_transmit(struct port *port, uint64_t now_us, struct pkt *const *packets,
    size_t count)
{
    struct sim_end *end = end_of(port);
    struct sim_net *net = end->net;

    for (size_t i = 0; i < count; i++) {
        if (net->look.look != NULL) {
            net->look.look(net->look.context, end->index, packets[i]->at,
                packets[i]->length);
        }
        carry(net, end->index, now_us, packets[i]->at, packets[i]->length);
        pkt_free(packets[i]);
    }
    return count;
}

static uint64_t
sim_next_arrival(const struct port *port)
{
    const struct sim_end *end = (const struct sim_end *)(const void *)port;
    const struct sim_packet *packet = first_for(end->net, end->index);

    return packet != NULL ? packet->arrival_us : UINT64_MAX;
}

static bool
sim_is_up(const struct port *port)
{
    (void)port;
    return true;
}

static int
sim_wait_fd(const struct port *port)
{
    (void)port;
    return -1;
}

static void
sim_free(struct port *port)
{
    struct sim_end *end = end_of(port);
    struct sim_packet *packet;

    end->is_there = false;
    while ((packet = first_for(end->net, end->index)) != NULL)
        discard(end->net, packet);
}

static const struct port_ops sim_ops = {
    .receive = sim_receive,
    .transmit = sim_transmit,
    .next_arrival = sim_next_arrival,
    .is_up = sim_is_up,
    .wait_fd = sim_wait_fd,
    .free = sim_free,
};

/* ---- life ---- */

struct sim_net *
sim_net_new(uint64_t seed)
{
    struct sim_net *net = mem_alloc(sizeof *net);

    TAILQ_INIT(&net->packets);
    net->random = random_seeded(&net->seed, seed);
    net->weather.delay_us = 5000;
    return net;
}

void
sim_net_free(struct sim_net *net)
{
    if (net == NULL)
        return;
    while (!TAILQ_EMPTY(&net->packets))
        discard(net, TAILQ_FIRST(&net->packets));
    free(net);
}

struct port *
sim_net_port(struct sim_net *net, size_t index, uint32_t address)
{
    struct sim_end *end = &net->ends[index];

    if (end->is_there)
        abort(); /* the test's mistake */
    *end = (struct sim_end){
        .port = {.ops = &sim_ops, .mtu = PKT_MTU_MAX},
        .net = net,
        .index = index,
        .address = address,
        .is_there = true,
    };
    return &end->port;
}

void
sim_net_look(struct sim_net *net, const struct sim_look *look)
{
    net->look = *look;
}

void
sim_net_weather(struct sim_net *net, const struct sim_weather *weather)
{
    net->weather = *weather;
}

void
sim_net_cut(struct sim_net *net, size_t from, size_t to, bool is_cut)
{
    net->is_cut[from][to] = is_cut;
}

void
sim_net_nat(struct sim_net *net, size_t end, uint32_t address)
{
    net->nat = (struct nat){.is_there = true, .end = end, .address = address};
}
