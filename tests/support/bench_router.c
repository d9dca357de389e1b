/*
 * bench_router.c - a packet engine between two ports in memory.
 */
#include "tests/support/bench_router.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "crypto/provider.h"
#include "dp.h"
#include "pkt/pkt.h"
#include "port/checksum.h"
#include "port/port.h"
#include "tests/support/bench.h"
#include "tests/support/packet.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLEAR = 0, /* indices of ports and of their interfaces */
    WAN = 1,
    FIRST_SPI = 4096,
    HEADERS = 28, /* IP and UDP */
    MTU = 9000,
};

static const uint32_t ours = 0x0a000001;     /* 10.0.0.1  */
static const uint32_t host = 0x0a000002;     /* 10.0.0.2  */
static const uint32_t gateway = 0xc0000201;  /* 192.0.2.1 */
static const uint32_t peer = 0xc0000202;     /* 192.0.2.2 */
static const uint32_t networks = 0xac000000; /* 172.0.0.0 and on, a /24 each */

/* Packets in memory: those that wait, and how many came out. */
struct memory {
    struct port port; /* first */
    struct pkt *waiting[BENCH_BURST];
    size_t count;
    uint64_t sent;
};

struct bench_router {
    struct crypto *crypto;
    struct dp *dp;
    struct pkt_pool *pool;
    struct memory *ports[2];
    struct memory *filled; /* where packets wait */
    uint32_t tunnels;
    struct sa **twins; /* the other end's outbound SA of each tunnel */
    uint64_t now_us;
};

/* ---- ports ---- */

static struct memory *
memory_of(struct port *port)
{
    return (struct memory *)(void *)port;
}

static size_t
memory_receive(struct port *port, struct pkt_pool *pool, uint64_t now_us,
    struct pkt **packets, size_t room)
{
    struct memory *memory = memory_of(port);
    size_t count = memory->count < room ? memory->count : room;

    (void)pool;
    (void)now_us;
    memory->count -= count;
    memcpy(packets, memory->waiting + memory->count, count * sizeof *packets);
    return count;
}

static size_t
memory_transmit(struct port *port, uint64_t now_us, struct pkt *const *packets,
    size_t count)
{
    (void)now_us;
    memory_of(port)->sent += count;
    for (size_t i = 0; i < count; i++)
        pkt_free(packets[i]);
    return count;
}

static uint64_t
memory_next_arrival(const struct port *port)
{
    (void)port;
    return UINT64_MAX;
}

static bool
memory_is_up(const struct port *port)
{
    (void)port;
    return true;
}

static int
memory_wait_fd(const struct port *port)
{
    (void)port;
    return -1;
}

static void
memory_free(struct port *port)
{
    free(port);
}

static const struct port_ops memory_ops = {
    .receive = memory_receive,
    .transmit = memory_transmit,
    .next_arrival = memory_next_arrival,
    .is_up = memory_is_up,
    .wait_fd = memory_wait_fd,
    .free = memory_free,
};

/* ---- configuration ---- */

static struct dp_command *
add_port(struct dp_batch *batch, uint16_t index, uint32_t address)
{
    struct dp_command *command = dp_batch_add(batch, DP_INTERFACE_SET);

    command->interface = (struct dp_interface){.index = index,
        .kind = DP_INTERFACE_PORT,
        .port = index,
        .enabled = true,
        .has_address = true,
        .address = address,
        .mask = 0xffffff00};
    return command;
}

static uint32_t
network_of(uint32_t tunnel)
{
    return networks + (tunnel << 8);
}

static void
add_tunnel(struct dp_batch *batch, uint32_t tunnel)
{
    dp_batch_add(batch, DP_INTERFACE_SET)->interface = (struct dp_interface){
        .index = BENCH_FIRST_TUNNEL + tunnel,
        .kind = DP_INTERFACE_TUNNEL,
        .enabled = true,
        .mtu = MTU - 200,
        .tunnel = {.source = gateway,
                   .destination = peer,
                   .local = {0, UINT32_MAX},
                   .remote = {0, UINT32_MAX}},
    };
    dp_batch_add(batch, DP_ROUTE_ADD)->route = (struct dp_route){
        .prefix = network_of(tunnel),
        .length = 24,
        .distance = 1,
        .has_interface = true,
        .interface = BENCH_FIRST_TUNNEL + tunnel,
    };
}

static struct sa *
make_sa(struct bench_router *router, enum transform transform,
    enum sa_direction direction, uint32_t tunnel, bool is_twin)
{
    const struct sa_transform *sizes = sa_transform_of(transform);
    const bool from_us = (direction == SA_OUTBOUND) != is_twin;
    struct sa_params params = {.direction = direction,
        .transform = transform,
        .spi = FIRST_SPI + tunnel,
        .src = from_us ? gateway : peer,
        .dst = from_us ? peer : gateway,
        .tunnel = BENCH_FIRST_TUNNEL + tunnel,
        .encryption_key = {.length = sizes->encryption_key},
        .authentication_key = {.length = sizes->authentication_key}};
    struct sa *sa = NULL;

    for (uint32_t i = 0; i < SECRET_MAX; i++) {
        params.encryption_key.bytes[i] = (uint8_t)(i * 29 + tunnel + 1);
        params.authentication_key.bytes[i] = (uint8_t)(i * 31 + tunnel + 7);
    }
    bench_require(sa_new(router->crypto, &params, &sa) == OK, "sa_new");
    return sa;
}

/* Hand the batch in and wait until it is back. */
static void
apply(struct bench_router *router, struct dp_batch *batch)
{
    struct dp_event event;

    bench_require(dp_submit(router->dp, batch) == OK, "dp_submit");
    do {
        (void)dp_poll(router->dp, router->now_us++);
        while (dp_next_event(router->dp, &event)) {
            if (event.kind == DP_EVENT_APPLIED)
                batch = NULL;
            if (batch == NULL && event.kind == DP_EVENT_APPLIED) {
                bench_require(event.batch->refused == 0, "a command");
                dp_batch_free(event.batch);
            }
        }
    } while (batch != NULL);
}

static void
configure(struct bench_router *router, enum transform transform)
{
    struct dp_batch *batch = dp_batch_new();

    dp_batch_add(batch, DP_VR_ADD)->vr = 0;
    (void)add_port(batch, CLEAR, ours);
    (void)add_port(batch, WAN, gateway);
    for (uint32_t i = 0; i < router->tunnels; i++) {
        add_tunnel(batch, i);
        dp_batch_add(batch, DP_SA_ADD)->sa =
            make_sa(router, transform, SA_OUTBOUND, i, false);
        dp_batch_add(batch, DP_SA_ADD)->sa =
            make_sa(router, transform, SA_INBOUND, i, false);
        router->twins[i] = make_sa(router, transform, SA_OUTBOUND, i, true);
    }
    apply(router, batch);
}

struct bench_router *
bench_router_on(
    enum transform transform, uint32_t tunnels, struct port *const ports[2])
{
    struct bench_router *router = mem_alloc(sizeof *router);

    bench_require(crypto_open(NULL, &router->crypto) == OK, "crypto_open");
    router->dp = dp_new(&dp_limits_default);
    router->pool = pkt_pool_new(BENCH_BURST);
    router->tunnels = tunnels;
    router->twins = mem_alloc(tunnels * sizeof(struct sa *));
    for (uint16_t i = CLEAR; i <= WAN; i++)
        dp_attach_port(router->dp, i, ports[i]);
    configure(router, transform);
    return router;
}

struct bench_router *
bench_router_new(enum transform transform, uint32_t tunnels)
{
    struct memory *memories[2];
    struct bench_router *router;

    for (size_t i = CLEAR; i <= WAN; i++) {
        memories[i] = mem_alloc(sizeof *memories[i]);
        memories[i]->port.ops = &memory_ops;
        memories[i]->port.mtu = MTU;
    }
    router = bench_router_on(transform, tunnels,
        (struct port *const[2]){&memories[CLEAR]->port, &memories[WAN]->port});
    router->ports[CLEAR] = memories[CLEAR];
    router->ports[WAN] = memories[WAN];
    return router;
}

void
bench_router_free(struct bench_router *router)
{
    for (uint32_t i = 0; i < router->tunnels; i++)
        sa_free(router->twins[i]);
    free(router->twins);
    dp_free(router->dp);
    pkt_pool_free(router->pool);
    crypto_close(router->crypto);
    free(router);
}

struct dp *
bench_router_dp(const struct bench_router *router)
{
    return router->dp;
}

/* ---- packets ---- */

void
bench_udp(uint8_t *to, const struct ip4 *ip, size_t length)
{
    uint8_t *udp = to + IP4_HEADER;
    uint16_t sum;

    (void)packet_udp(to, ip, length - HEADERS);
    sum = checksum_pseudo(to + 12, IP4_PROTO_UDP, length - IP4_HEADER);
    put_u16(udp + 6, (uint16_t)~checksum_add(sum, udp, length - IP4_HEADER));
}

/* A packet of a tunnel that is to come in at a port. */
static struct pkt *
make_packet(struct bench_router *router, bool outbound, uint32_t inner_length,
    uint32_t tunnel)
{
    const struct sa_outer outer = {.ttl = 64};
    const uint32_t far = network_of(tunnel) + 2;
    const struct ip4 ip = {.src = outbound ? host : far,
        .dst = outbound ? far : host,
        .dont_fragment = true};
    struct pkt *pkt = pkt_new(router->pool);

    bench_udp(pkt_append(pkt, inner_length), &ip, inner_length);
    if (!outbound) {
        bench_require(sa_out(router->twins[tunnel], pkt, &outer) == DROP_NONE,
            "protecting a packet");
    }
    return pkt;
}

void
bench_router_fill(struct bench_router *router, bool outbound,
    uint32_t inner_length, const uint32_t tunnels[BENCH_BURST])
{
    struct memory *memory = router->ports[outbound ? CLEAR : WAN];

    for (size_t i = 0; i < BENCH_BURST; i++) {
        memory->waiting[i] =
            make_packet(router, outbound, inner_length, tunnels[i]);
    }
    memory->count = BENCH_BURST;
    router->filled = memory;
}

size_t
bench_router_protect(
    struct bench_router *router, uint32_t inner_length, uint8_t *bytes)
{
    struct pkt *pkt = make_packet(router, false, inner_length, 0);
    size_t length = pkt->length;

    memcpy(bytes, pkt->at, length);
    pkt_free(pkt);
    return length;
}

uint8_t *
bench_router_waiting(const struct bench_router *router, size_t index)
{
    return router->filled->waiting[index]->at;
}

void
bench_router_empty(struct bench_router *router)
{
    while (router->filled != NULL && router->filled->count > 0)
        pkt_free(router->filled->waiting[--router->filled->count]);
}

void
bench_router_run(struct bench_router *router)
{
    struct memory *other =
        router->ports[router->filled == router->ports[CLEAR] ? WAN : CLEAR];
    const uint64_t before = other->sent;

    (void)dp_poll(router->dp, router->now_us++);
    bench_require(other->sent - before == BENCH_BURST, "carrying all packets");
}
