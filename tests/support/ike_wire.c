/*
 * ike_wire.c - one IKE engine on a real socket.
 */
#include "tests/support/ike_wire.h"

#include "base/arena.h"
#include "base/diag.h"
#include "crypto/provider.h"
#include "ike/ike.h"
#include "sa/sa.h"
#include "tests/support/bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BURST = 64,
    ROOM = 1500, /* of a datagram; ours are shorter */
    SOCKET_BUFFER = 4 << 20,
    SAS_OF_TUNNEL = 2 * IKE_PAIRS_MAX,
    FIRST_ADDRESS = 0x7f010000, /* 127.1.0.0, and 127.2.0.0 at the other end */
    ADDRESS_STEP = 0x00100000,
};

/* The local address of a datagram, as the kernel takes and gives it: a struct
 * cmsghdr and what belongs to it. */
struct place {
    size_t length;
    int level;
    int type;
    struct in_pktinfo info;
};

_Static_assert(
    offsetof(struct place, info) == CMSG_LEN(0), "as a struct cmsghdr");

/* A burst of datagrams, of which each has its own buffers. */
struct burst {
    unsigned count;
    struct mmsghdr messages[BURST];
    struct iovec pieces[BURST];
    struct sockaddr_in far[BURST];
    struct place places[BURST];
    uint8_t bytes[BURST][ROOM];
};

struct held {
    struct sa *sas[SAS_OF_TUNNEL];
    bool is_begun;
    bool is_up;
};

struct ike_wire {
    struct ike_wire_params params;
    struct crypto *crypto;
    struct ike *ike;
    int fd;
    struct held *held; /* by number */
    uint32_t begun;
    uint32_t window;
    uint32_t up;
    size_t sa_count;
    uint64_t failures;
    uint64_t rekeyed;
    struct burst in;
    struct burst out;
};

static uint32_t
address(int end, uint32_t number)
{
    return FIRST_ADDRESS + (uint32_t)end * ADDRESS_STEP + number + 1;
}

/* ---- life ---- */

static void
open_socket(struct ike_wire *wire)
{
    struct sockaddr_in here = {.sin_family = AF_INET,
        .sin_port = htons(wire->params.port[wire->params.end])};
    const int yes = 1;
    const int size = SOCKET_BUFFER;

    wire->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bench_require(wire->fd >= 0, "socket");
    bench_require(
        setsockopt(wire->fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes) == 0,
        "IP_PKTINFO");
    (void)setsockopt(wire->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    bench_require(
        bind(wire->fd, (struct sockaddr *)&here, sizeof here) == 0, "bind");
}

static void
burst_init(struct burst *burst)
{
    for (size_t i = 0; i < BURST; i++) {
        burst->pieces[i] = (struct iovec){burst->bytes[i], ROOM};
        burst->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &burst->far[i],
            .msg_namelen = sizeof burst->far[i],
            .msg_iov = &burst->pieces[i],
            .msg_iovlen = 1,
            .msg_control = &burst->places[i],
            .msg_controllen = sizeof burst->places[i],
        };
    }
}

static void
configure(struct ike_wire *wire)
{
    const struct ike_wire_params *params = &wire->params;
    struct ike_rule rule = ike_rule_default;
    struct secret key = {0};

    rule.group = params->group;
    rule.method = params->credentials != NULL ? IKE_RSA_SIG : IKE_PRE_SHARE;
    if (params->credentials != NULL)
        ike_set_credentials(wire->ike, params->credentials);
    ike_set_rules(wire->ike, &rule, 1);
    ike_set_options(
        wire->ike, 0, &(struct ike_options){.dpd = params->dpd, .nat_t = true});
    bench_require(secret_set(&key, "only-for-a-benchmark", 20) == OK, "a key");
    for (uint32_t i = 0; i < params->tunnels; i++) {
        struct ike_tunnel tunnel = {
            .number = i,
            .local = address(params->end, i),
            .remote = {.address = address(1 - params->end, i)},
            .transforms = {TRANSFORM_ESP_AES128_HMAC_SHA},
            .transform_count = 1,
            .pfs_group = params->pfs ? params->group : 0,
            .lifetime_s = 28800,
            .local_selector = {.last = UINT32_MAX},
            .remote_selector = {.last = UINT32_MAX},
        };

        ike_set_key(wire->ike, 0, &tunnel.remote, &key);
        ike_set_tunnel(wire->ike, 1, &tunnel);
    }
}

struct ike_wire *
ike_wire_new(const struct ike_wire_params *params)
{
    struct ike_wire *wire = mem_alloc(sizeof *wire);
    struct diag diag;

    wire->params = *params;
    diag_init(&diag);
    bench_require(crypto_open(&diag, &wire->crypto) == OK, "crypto_open");
    diag_done(&diag);
    wire->ike = ike_new(wire->crypto);
    wire->held = mem_alloc(sizeof wire->held[0] * params->tunnels);
    burst_init(&wire->in);
    burst_init(&wire->out);
    open_socket(wire);
    configure(wire);
    return wire;
}

void
ike_wire_free(struct ike_wire *wire)
{
    for (uint32_t i = 0; i < wire->params.tunnels; i++) {
        for (size_t s = 0; s < SAS_OF_TUNNEL; s++)
            sa_free(wire->held[i].sas[s]);
    }
    free(wire->held);
    ike_free(wire->ike);
    crypto_close(wire->crypto);
    (void)close(wire->fd);
    free(wire);
}

uint16_t
ike_wire_port(const struct ike_wire *wire)
{
    struct sockaddr_in here;
    socklen_t size = sizeof here;

    bench_require(
        getsockname(wire->fd, (struct sockaddr *)&here, &size) == 0, "a port");
    return ntohs(here.sin_port);
}

void
ike_wire_set_peer(struct ike_wire *wire, uint16_t port)
{
    wire->params.port[1 - wire->params.end] = port;
}

int
ike_wire_fd(const struct ike_wire *wire)
{
    return wire->fd;
}

struct ike *
ike_wire_ike(struct ike_wire *wire)
{
    return wire->ike;
}

/* ---- out ---- */

static void
flush(struct ike_wire *wire)
{
    struct burst *out = &wire->out;

    /* what a full socket does not take is lost, as on any network */
    if (out->count > 0)
        (void)sendmmsg(wire->fd, out->messages, out->count, 0);
    out->count = 0;
}

static void
send_datagram(struct ike_wire *wire, const struct ike_datagram *datagram)
{
    struct burst *out = &wire->out;
    unsigned at = out->count++;

    bench_require(datagram->length <= ROOM, "a message of usual length");
    memcpy(out->bytes[at], datagram->bytes, datagram->length);
    out->pieces[at].iov_len = datagram->length;
    out->far[at] = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(wire->params.port[1 - wire->params.end]),
        .sin_addr = {htonl(datagram->remote)},
    };
    out->places[at] = (struct place){
        .length = CMSG_LEN(sizeof out->places[at].info),
        .level = IPPROTO_IP,
        .type = IP_PKTINFO,
        .info = {.ipi_spec_dst = {htonl(datagram->local)}},
    };
    if (out->count == BURST)
        flush(wire);
}

static void
add_sa(struct ike_wire *wire, struct ike_sa_add *add)
{
    struct held *held = &wire->held[add->number];
    struct sa_params params = {
        .direction = add->is_outbound ? SA_OUTBOUND : SA_INBOUND,
        .transform = add->transform,
        .spi = add->spi,
        .src = add->is_outbound ? add->local : add->remote,
        .dst = add->is_outbound ? add->remote : add->local,
        .tunnel = add->number,
        .encryption_key = add->encryption_key,
        .authentication_key = add->authentication_key,
    };
    size_t at = 0;

    while (held->sas[at] != NULL)
        bench_require(++at < SAS_OF_TUNNEL, "at most four pairs");
    bench_require(sa_new(wire->crypto, &params, &held->sas[at]) == OK, "an SA");
    wire->sa_count++;
    if (add->is_outbound && held->is_up)
        wire->rekeyed++;
    if (add->is_outbound && !held->is_up) {
        held->is_up = true;
        wire->up++;
    }
    secret_done(&params.encryption_key);
    secret_done(&params.authentication_key);
    secret_done(&add->encryption_key);
    secret_done(&add->authentication_key);
}

static void
remove_sa(struct ike_wire *wire, const struct ike_sa_remove *remove)
{
    struct held *held = &wire->held[remove->number];

    for (size_t i = 0; i < SAS_OF_TUNNEL; i++) {
        if (held->sas[i] == NULL || sa_spi(held->sas[i]) != remove->spi ||
            (sa_direction(held->sas[i]) == SA_OUTBOUND) != remove->is_outbound)
            continue;
        sa_free(held->sas[i]);
        held->sas[i] = NULL;
        wire->sa_count--;
        return;
    }
}

static void
carry_out(struct ike_wire *wire)
{
    struct ike_action action;

    while (ike_next(wire->ike, &action)) {
        if (action.kind == IKE_ACTION_SEND) {
            send_datagram(wire, &action.send);
        } else if (action.kind == IKE_ACTION_SA_ADD) {
            add_sa(wire, &action.sa_add);
        } else if (action.kind == IKE_ACTION_SA_REMOVE) {
            remove_sa(wire, &action.sa_remove);
        } else if (action.kind == IKE_ACTION_FAILURE) {
            wire->failures++;
        }
    }
}

/* ---- in ---- */

static void
take(struct ike_wire *wire, uint64_t now_us, unsigned at)
{
    const struct burst *in = &wire->in;
    struct ike_datagram datagram = {
        .local = ntohl(in->places[at].info.ipi_addr.s_addr),
        .local_port = IKE_PORT,
        .remote = ntohl(in->far[at].sin_addr.s_addr),
        .remote_port = IKE_PORT,
        .bytes = in->bytes[at],
        .length = in->messages[at].msg_len,
    };

    ike_input(wire->ike, now_us, &datagram);
    carry_out(wire);
}

static size_t
receive(struct ike_wire *wire, uint64_t now_us)
{
    struct burst *in = &wire->in;
    int count;

    for (size_t i = 0; i < BURST; i++)
        in->messages[i].msg_hdr.msg_controllen = sizeof in->places[i];
    count = recvmmsg(wire->fd, in->messages, BURST, 0, NULL);
    for (int i = 0; i < count; i++)
        take(wire, now_us, (unsigned)i);
    return count > 0 ? (size_t)count : 0;
}

void
ike_wire_begin(struct ike_wire *wire, uint32_t window)
{
    wire->window = window;
}

static void
begin_some(struct ike_wire *wire, uint64_t now_us)
{
    while (wire->begun < wire->params.tunnels &&
           wire->begun < wire->up + wire->window) {
        ike_need_sa(wire->ike, now_us, wire->begun++);
        carry_out(wire);
    }
}

size_t
ike_wire_turn(struct ike_wire *wire, uint64_t now_us)
{
    size_t count = receive(wire, now_us);

    if (wire->window > 0)
        begin_some(wire, now_us);
    if (ike_due(wire->ike) <= now_us) {
        ike_tick(wire->ike, now_us);
        carry_out(wire);
    }
    flush(wire);
    return count;
}

/* ---- figures ---- */

uint32_t
ike_wire_up(const struct ike_wire *wire)
{
    return wire->up;
}

size_t
ike_wire_sas(const struct ike_wire *wire)
{
    return wire->sa_count;
}

uint64_t
ike_wire_failures(const struct ike_wire *wire)
{
    return wire->failures;
}

uint64_t
ike_wire_rekeyed(const struct ike_wire *wire)
{
    return wire->rekeyed;
}
