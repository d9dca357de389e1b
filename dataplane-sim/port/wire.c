/*
 * wire.c - two ports and what is between them.
 *
 *    end 0  -- lane[0]: packets with their time of arrival -->  end 1
 *           <-- lane[1] --
 *
 * A packet on the wire stays in its sender's buffer; the receiver copies it
 * into one of its own pool, so that each pool gets back what it gave.  Since
 * the latency is constant, a lane is in order of arrival.
 */
#include "port/port.h"

#include "base/arena.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PPM = 1000000 };

struct lane {
    struct {
        struct pkt *pkt;
        uint64_t arrival_us;
    } queue[PORT_WIRE_QUEUE];
    size_t first; /* index of the oldest */
    size_t count;
};

struct wire_end {
    struct port port; /* first: a struct port * is a struct wire_end * */
    struct wire *wire;
    unsigned side; /* sends into lanes[side]                        */
    bool is_gone;
};

/* Heap; freed with its second end. */
struct wire {
    struct wire_end ends[2];
    struct lane lanes[2];
    struct wire_params params;
    uint64_t random;
    bool is_cut;
};

static struct wire_end *
end_of(struct port *port)
{
    return (struct wire_end *)(void *)port;
}

static const struct wire_end *
end_seen(const struct port *port)
{
    return (const struct wire_end *)(const void *)port;
}

/* The next number of a SplitMix64 sequence. */
static uint64_t
draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static struct pkt *
lane_take(struct lane *lane)
{
    struct pkt *pkt = lane->queue[lane->first].pkt;

    assert(lane->count != 0);
    lane->first = (lane->first + 1) % PORT_WIRE_QUEUE;
    lane->count--;
    return pkt;
}

static void
lanes_empty(struct wire *wire)
{
    unsigned side;

    for (side = 0; side < 2; side++) {
        while (wire->lanes[side].count != 0)
            pkt_free(lane_take(&wire->lanes[side]));
    }
}

static size_t
wire_receive(struct port *port, struct pkt_pool *pool, uint64_t now_us,
    struct pkt **packets, size_t room)
{
    const struct wire_end *end = end_of(port);
    struct lane *lane = &end->wire->lanes[1 - end->side];
    struct pkt *from;
    struct pkt *to;
    uint8_t *bytes;
    size_t count = 0;

    while (count < room && lane->count != 0 &&
           lane->queue[lane->first].arrival_us <= now_us) {
        from = lane_take(lane);
        to = pkt_new(pool);
        bytes = to != NULL ? pkt_append(to, from->length) : NULL;
        if (bytes != NULL) {
            memcpy(bytes, from->at, from->length);
            packets[count++] = to;
        } else {
            pkt_free(to);
            port->starved++;
        }
        pkt_free(from);
    }
    return count;
}

static size_t
wire_transmit(struct port *port, uint64_t now_us, struct pkt *const *packets,
    size_t count)
{
    const struct wire_end *end = end_of(port);
    struct wire *wire = end->wire;
    struct lane *lane = &wire->lanes[end->side];
    size_t place;
    size_t i;

    for (i = 0; i < count && lane->count < PORT_WIRE_QUEUE; i++) {
        if (draw(&wire->random) % PPM < wire->params.loss_ppm) {
            pkt_free(packets[i]);
            continue;
        }
        place = (lane->first + lane->count) % PORT_WIRE_QUEUE;
        lane->queue[place].pkt = packets[i];
        lane->queue[place].arrival_us = now_us + wire->params.latency_us;
        lane->count++;
    }
    return i;
}

static uint64_t
wire_next_arrival(const struct port *port)
{
    const struct wire_end *end = end_seen(port);
    const struct lane *lane = &end->wire->lanes[1 - end->side];

    if (lane->count == 0)
        return UINT64_MAX;
    return lane->queue[lane->first].arrival_us;
}

static bool
wire_is_up(const struct port *port)
{
    const struct wire_end *end = end_seen(port);

    return !end->wire->is_cut && !end->wire->ends[1 - end->side].is_gone;
}

static void
wire_free(struct port *port)
{
    struct wire_end *end = end_of(port);

    lanes_empty(end->wire);
    end->is_gone = true;
    if (end->wire->ends[1 - end->side].is_gone)
        free(end->wire);
}

static int
wire_wait_fd(const struct port *port)
{
    (void)port;
    return -1;
}

static const struct port_ops wire_ops = {
    .receive = wire_receive,
    .transmit = wire_transmit,
    .next_arrival = wire_next_arrival,
    .is_up = wire_is_up,
    .wait_fd = wire_wait_fd,
    .free = wire_free,
};

void
port_wire_new(
    const struct wire_params *params, struct port **out_a, struct port **out_b)
{
    struct wire *wire;
    unsigned side;

    wire = mem_alloc(sizeof(*wire));
    wire->params = *params;
    wire->random = params->seed;
    for (side = 0; side < 2; side++) {
        wire->ends[side].port.ops = &wire_ops;
        wire->ends[side].port.mtu = params->mtu;
        wire->ends[side].wire = wire;
        wire->ends[side].side = side;
    }
    *out_a = &wire->ends[0].port;
    *out_b = &wire->ends[1].port;
}

void
port_wire_cut(struct port *end, bool cut)
{
    struct wire *wire = end_of(end)->wire;

    wire->is_cut = cut;
    if (cut)
        lanes_empty(wire);
}
