/*
 * path_ports.c - packets per second through a tun device and raw sockets.
 *
 *      source (out)                                    source (in)
 *          | UDP                                           | raw
 *    [ clear, bare: tun devices ]  carrier  [ wan0 ]----[ wan0 ]
 *                our network namespace                   its own
 *
 * The carrier is the real packet engine with a tun and a host port, or a bare
 * loop that copies packets of the same length from a tun device to a raw
 * socket and back: by read, send, recv and write, or 64 at a time by sendmmsg
 * and recvmmsg, as the engine does; ratio is to the first, ratio_64 to the
 * second.  The source fills the device's queue or the socket's buffer, then
 * the carrier empties it: its figure is what it delivered for each second that
 * its thread was running, so neither the source nor the machine's other work
 * counts.  Needs root.
 *
 * `path_ports copy OWN PEER` is the second bare loop as a program of its own,
 * between the device "bare" and another such program, for path_peers.py.
 */
#include "base/arena.h"
#include "chassis/chassis.h"
#include "daemon/real_port.h"
#include "dp.h"
#include "pkt/pkt.h"
#include "tests/support/bench.h"
#include "tests/support/bench_router.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    LENGTH = 1400,             /* of a packet in clear  */
    STRIDE = 1600,             /* of one in an envelope */
    COUNT = 4096,              /* packets of a turn     */
    BUFFER = 64 * 1024 * 1024, /* holds them all */
    ROUNDS = 15,
    EXPERIMENT = 253, /* the bare carrier's protocol (RFC 3692) */
    TEXT = 512,
};

/* ---- the network ---- */

static void
shell(const char *format, int number)
{
    char command[TEXT];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(command, sizeof command, format, number);
#pragma GCC diagnostic pop
    bench_require(system(command) == 0, command); // NOLINT(cert-env33-c)
}

/* Received or sent packets of a device, in this thread's namespace. */
static unsigned long
packets_of(const char *device, bool received)
{
    char line[TEXT];
    unsigned long in = 0;
    unsigned long out = 0;
    FILE *file = fopen("/proc/thread-self/net/dev", "r");

    bench_require(file != NULL, "/proc/thread-self/net/dev");
    while (fgets(line, sizeof line, file) != NULL) {
        char *colon = strchr(line, ':');
        const char *name = line + strspn(line, " ");

        if (colon == NULL)
            continue;
        *colon = '\0';
        if (strcmp(name, device) == 0 &&
            sscanf(colon + 1, "%*u %lu %*u %*u %*u %*u %*u %*u %*u %lu", &in,
                &out) == 2)
            break;
    }
    (void)fclose(file);
    return received ? in : out;
}

static void
enlarge(int fd)
{
    int size = BUFFER;

    bench_require(
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) == 0 &&
            setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) == 0,
        "a larger buffer");
}

static int
raw_socket(int protocol)
{
    int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    int size = 8 * 1024 * 1024;

    bench_require(
        fd >= 0 &&
            setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) ==
                0 &&
            setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) == 0,
        "a raw socket");
    return fd;
}

/* ---- the source ---- */

struct source {
    bool outbound;
    const char *target; /* outbound: where UDP goes                    */
    uint8_t *packets;   /* inbound: COUNT whole packets, STRIDE apart  */
    size_t length;      /* of each */
    int far_fd;         /* inbound: a raw socket of the other namespace */
};

static void
send_all(const struct source *s, int fd, const struct sockaddr_in *to)
{
    static const uint8_t zeros[LENGTH];
    struct mmsghdr messages[BENCH_BURST];
    struct iovec pieces[BENCH_BURST];

    for (size_t i = 0; i < COUNT; i += BENCH_BURST) {
        for (size_t k = 0; k < BENCH_BURST; k++) {
            pieces[k].iov_base = s->outbound ? (void *)(uintptr_t)zeros
                                             : s->packets + (i + k) * STRIDE;
            pieces[k].iov_len = s->outbound ? LENGTH - 28 : s->length;
            messages[k].msg_hdr =
                (struct msghdr){.msg_name = (void *)(uintptr_t)to,
                    .msg_namelen = sizeof *to,
                    .msg_iov = &pieces[k],
                    .msg_iovlen = 1};
        }
        /* what a full queue refuses is lost */
        (void)sendmmsg(fd, messages, BENCH_BURST, 0);
    }
}

static void
run_source(const struct source *s)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7)};
    int fd = s->far_fd;

    (void)inet_pton(
        AF_INET, s->outbound ? s->target : "192.0.2.1", &to.sin_addr);
    if (s->outbound)
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    send_all(s, fd, &to);
    if (s->outbound)
        (void)close(fd);
}

/* ---- the carriers ---- */

struct carrier {
    struct bench_router *router; /* NULL: a bare one               */
    size_t burst;                /* of a bare one: packets a call  */
    const char *target;
    int tun;
    int in; /* raw sockets of a bare one */
    int out;
    uint32_t own; /* its addresses */
    uint32_t peer;
    uint64_t now_us;
};

static bool
copy_out(const struct carrier *c)
{
    static uint8_t buffers[BENCH_BURST][STRIDE];
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(c->peer)};
    struct mmsghdr messages[BENCH_BURST];
    struct iovec pieces[BENCH_BURST];
    struct ip4 ip = {
        .src = c->own, .dst = c->peer, .ttl = 64, .protocol = EXPERIMENT};
    unsigned count = 0;

    while (count < c->burst) {
        ssize_t length =
            read(c->tun, buffers[count] + IP4_HEADER, STRIDE - IP4_HEADER);

        if (length <= 0)
            break;
        ip.total_length = (uint16_t)(length + IP4_HEADER);
        ip4_write(buffers[count], &ip);
        pieces[count] = (struct iovec){
            .iov_base = buffers[count], .iov_len = (size_t)length + IP4_HEADER};
        messages[count].msg_hdr = (struct msghdr){.msg_name = &to,
            .msg_namelen = sizeof to,
            .msg_iov = &pieces[count],
            .msg_iovlen = 1};
        count++;
    }
    if (count > 0)
        (void)sendmmsg(c->out, messages, count, 0);
    return count > 0;
}

static bool
copy_in(const struct carrier *c)
{
    static uint8_t buffers[BENCH_BURST][STRIDE];
    struct mmsghdr messages[BENCH_BURST];
    struct iovec pieces[BENCH_BURST];
    int count;

    for (size_t i = 0; i < c->burst; i++) {
        pieces[i] = (struct iovec){.iov_base = buffers[i], .iov_len = STRIDE};
        messages[i].msg_hdr =
            (struct msghdr){.msg_iov = &pieces[i], .msg_iovlen = 1};
    }
    count = recvmmsg(c->in, messages, (unsigned)c->burst, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) {
        size_t length = messages[i].msg_len - IP4_HEADER;

        if (write(c->tun, buffers[i] + IP4_HEADER,
                length < LENGTH ? length : LENGTH) < 0)
            continue; /* it counts as not delivered */
    }
    return count > 0;
}

/* Something was done? */
static bool
carry(struct carrier *c, bool outbound)
{
    if (c->router != NULL) {
        return dp_poll(bench_router_dp(c->router), c->now_us++) != UINT64_MAX;
    }
    return outbound ? copy_out(c) : copy_in(c);
}

/* ---- turns ---- */

static void
fill_source(struct source *s, const struct carrier *c)
{
    struct ip4 outer = {.src = 0xc0000202,
        .dst = 0xc0000201,
        .ttl = 64,
        .protocol = EXPERIMENT};
    const struct ip4 inner = {
        .src = 0xad000002, .dst = 0x0a000002, .dont_fragment = true};

    for (size_t i = 0; i < COUNT; i++) {
        uint8_t *at = s->packets + i * STRIDE;

        if (c->router != NULL) {
            s->length = bench_router_protect(c->router, LENGTH, at);
            continue;
        }
        s->length = LENGTH + 60; /* as with AES and HMAC-SHA-1 */
        outer.total_length = (uint16_t)s->length;
        outer.id = (uint16_t)i;
        ip4_write(at, &outer);
        bench_udp(at + IP4_HEADER, &inner, LENGTH);
    }
}

/* Into the other port, in all.  A device counts packets that were put
 * together as one. */
static unsigned long
delivered_by(const struct carrier *c, bool outbound)
{
    struct dp_interface_counters counters;

    if (c->router == NULL)
        return outbound ? packets_of("wan0", false) : packets_of("bare", true);
    dp_interface_counters(
        bench_router_dp(c->router), outbound ? 1 : 0, &counters);
    return counters.out_packets;
}

/* Packets delivered for each second of this thread. */
static double
take_turn(struct carrier *c, struct source *s, bool outbound)
{
    unsigned long before = delivered_by(c, outbound);
    unsigned long delivered;
    uint64_t spent;

    s->outbound = outbound;
    s->target = c->target;
    if (!outbound)
        fill_source(s, c);
    run_source(s);
    spent = bench_spent_ns();
    while (carry(c, outbound))
        continue;
    spent = bench_spent_ns() - spent;
    delivered = delivered_by(c, outbound) - before;
    bench_require(delivered >= COUNT, "delivering all packets");
    return (double)delivered * 1e9 / (double)spent;
}

enum { OURS, BARE, BARE_64, CARRIERS };

static void
measure(struct carrier carriers[CARRIERS], struct source *s, bool outbound,
    const char *transform)
{
    double rates[CARRIERS][ROUNDS];
    double ratios[CARRIERS][ROUNDS];
    double rate[CARRIERS];
    double ratio[CARRIERS];

    for (size_t i = 0; i < ROUNDS; i++) {
        for (size_t who = 0; who < CARRIERS; who++) {
            rates[who][i] = take_turn(&carriers[who], s, outbound);
            ratios[who][i] = rates[OURS][i] / rates[who][i];
        }
    }
    for (size_t who = 0; who < CARRIERS; who++) {
        rate[who] = bench_median(rates[who], ROUNDS);
        ratio[who] = bench_median(ratios[who], ROUNDS);
    }
    (void)printf("{\"transform\": \"%s\", \"direction\": \"%s\", "
                 "\"bytes\": %d, \"bare_pps\": %.0f, \"bare_64_pps\": %.0f, "
                 "\"ports_pps\": %.0f, \"ratio\": %.3f, \"ratio_64\": "
                 "%.3f}\n",
        transform, outbound ? "out" : "in", LENGTH, rate[BARE], rate[BARE_64],
        rate[OURS], ratio[BARE], ratio[BARE_64]);
    (void)fflush(stdout);
}

/* ---- setting up ---- */

/* The other namespace: this thread goes there for a moment. */
static int
far_socket(int own)
{
    int fd;

    bench_require(unshare(CLONE_NEWNET) == 0, "a network namespace");
    fd = raw_socket(IPPROTO_RAW);
    shell("ip link set lo up", 0);
    shell("ip link add wan0 address 02:00:00:00:00:02 type veth peer name "
          "wan0 address 02:00:00:00:00:01 netns /proc/self/fd/%d",
        own);
    shell("ip link set wan0 up && ip route add 192.0.2.1 dev wan0 && ip neigh "
          "add 192.0.2.1 lladdr 02:00:00:00:00:01 dev wan0",
        0);
    bench_require(setns(own, CLONE_NEWNET) == 0, "setns");
    shell("ip address add 192.0.2.1/24 dev wan0 && ip link set wan0 up && ip "
          "neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev wan0",
        0);
    return fd;
}

static int
bare_tun(void)
{
    struct ifreq request = {
        .ifr_name = "bare", .ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

    bench_require(
        fd >= 0 && ioctl(fd, TUNSETIFF, &request) == 0, "a tun device");
    shell("ip link set bare mtu %d txqueuelen 5000 up", LENGTH);
    shell("ip route add 173.0.0.0/24 dev bare", 0);
    return fd;
}

static struct bench_router *
router_between(enum transform transform, int own)
{
    struct chassis_port clear = {
        .kind = CHASSIS_TUN, .device = "clear", .mtu = LENGTH};
    struct chassis_port wan = {.kind = CHASSIS_HOST, .mtu = 1500};
    struct host_params host = {0};
    struct tun_params tun;
    struct real_port open;
    char sentence[REAL_PORT_SENTENCE];

    bench_require(
        real_port_open(&clear, own, &open, sentence) == OK, "a tun port");
    tun = (struct tun_params){.fd = open.fds[1],
        .mtu = open.mtu,
        .vnet_header = open.vnet_header,
        .udp = open.udp};
    (void)close(open.fds[0]);
    shell("ip link set clear txqueuelen 5000 && ip route add 172.0.0.0/24 dev "
          "clear",
        0);
    bench_require(
        real_port_open(&wan, own, &open, sentence) == OK, "a host port");
    (void)close(open.fds[0]);
    enlarge(open.fds[1 + HOST_ESP]);
    host.mtu = open.mtu;
    memcpy(host.fds, open.fds + 1, sizeof host.fds);
    return bench_router_on(transform, 1,
        (struct port *const[2]){port_tun_new(&tun), port_host_new(&host)});
}

/* Copy both ways, for ever. */
static void
copy(uint32_t own, uint32_t peer)
{
    struct carrier c = {.burst = BENCH_BURST,
        .tun = bare_tun(),
        .in = raw_socket(EXPERIMENT),
        .out = raw_socket(IPPROTO_RAW),
        .own = own,
        .peer = peer};
    struct pollfd fds[] = {
        {.fd = c.tun, .events = POLLIN},
        {.fd = c.in,  .events = POLLIN},
    };

    for (;;) {
        bool is_busy = copy_out(&c);

        if (!copy_in(&c) && !is_busy)
            (void)poll(fds, 2, -1);
    }
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        enum transform transform;
    } transforms[] = {
        {"esp-aes128-hmac-sha", TRANSFORM_ESP_AES128_HMAC_SHA},
        {"esp-aes128-gcm",      TRANSFORM_ESP_AES128_GCM     },
    };
    struct carrier carriers[CARRIERS] = {{.target = "172.0.0.2"}};
    struct source source = {.packets = mem_alloc((size_t)COUNT * STRIDE)};
    int own;

    if (argc == 4 && strcmp(argv[1], "copy") == 0)
        copy(ntohl(inet_addr(argv[2])), ntohl(inet_addr(argv[3])));
    if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0) {
        (void)puts("{\"skipped\": \"needs root and network namespaces\"}");
        return 0;
    }
    own = open("/proc/thread-self/ns/net", O_RDONLY);
    shell("ip link set lo up && ip address add 10.0.0.2/32 dev lo", 0);
    source.far_fd = far_socket(own);
    carriers[BARE] = (struct carrier){.target = "173.0.0.2",
        .burst = 1,
        .tun = bare_tun(),
        .in = raw_socket(EXPERIMENT),
        .out = raw_socket(IPPROTO_RAW),
        .own = 0xc0000201,
        .peer = 0xc0000202};
    carriers[BARE_64] = carriers[BARE];
    carriers[BARE_64].burst = BENCH_BURST;
    for (size_t i = 0; i < sizeof transforms / sizeof transforms[0]; i++) {
        carriers[OURS].router = router_between(transforms[i].transform, own);
        measure(carriers, &source, true, transforms[i].name);
        measure(carriers, &source, false, transforms[i].name);
        bench_router_free(carriers[OURS].router);
    }
    free(source.packets);
    return 0;
}
