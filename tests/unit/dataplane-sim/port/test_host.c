/* A host port on sockets that need no privilege: UDP on loopback, and socket
 * pairs in place of the raw sockets. */
#include "port/port.h"

#include "base/bytes.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOPBACK = 0x7f000001, PACKETS = 64 };

struct bench {
    struct pkt_pool *pool;
    struct port *port;
    int kernel[HOST_SOCKETS]; /* the other ends of the socket pairs */
    uint16_t ports[HOST_SOCKETS];
    int nat;  /* the port's own */
    int peer; /* a UDP socket of somebody else */
    uint16_t peer_port;
};

static int
udp_socket(uint16_t *out_port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *out_port = ntohs(address.sin_port);
    return fd;
}

static void
bench_init(struct bench *bench)
{
    struct host_params params = {.mtu = 1500};

    for (unsigned i = 0; i < HOST_SOCKETS; i++) {
        int ends[2];

        if (i == HOST_IKE || i == HOST_NAT) {
            params.fds[i] = udp_socket(&bench->ports[i]);
            bench->kernel[i] = -1;
            continue;
        }
        cr_assert_eq(
            socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
        params.fds[i] = ends[0];
        bench->kernel[i] = ends[1];
    }
    bench->nat = params.fds[HOST_NAT];
    bench->peer = udp_socket(&bench->peer_port);
    bench->pool = pkt_pool_new(2 * PACKETS);
    bench->port = port_host_new(&params);
}

static void
bench_done(struct bench *bench)
{
    bench->port->ops->free(bench->port);
    for (unsigned i = 0; i < HOST_SOCKETS; i++) {
        if (bench->kernel[i] >= 0)
            (void)close(bench->kernel[i]);
    }
    (void)close(bench->peer);
    pkt_pool_free(bench->pool);
}

/* All that is there now. */
static size_t
take(struct bench *bench, struct pkt **packets)
{
    size_t count = 0;
    size_t got;

    do {
        got = bench->port->ops->receive(
            bench->port, bench->pool, 0, packets + count, PACKETS - count);
        count += got;
    } while (
        bench->port->ops->next_arrival(bench->port) == 0 && count < PACKETS);
    return count;
}

static void
free_all(struct pkt **packets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pkt_free(packets[i]);
}

static void
send_to_nat(struct bench *bench, size_t count, size_t size)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_addr.s_addr = htonl(LOOPBACK),
        .sin_port = htons(bench->ports[HOST_NAT])};
    uint8_t payload[1500];

    for (size_t i = 0; i < count; i++) {
        memset(payload, (int)i, size);
        cr_assert_eq((size_t)sendto(bench->peer, payload, size, 0,
                         (struct sockaddr *)&to, sizeof to),
            size);
    }
}

Test(host, makes_packets_of_udp_payloads)
{
    struct pkt *packets[PACKETS];
    struct bench bench;
    struct ip4 ip;

    bench_init(&bench);
    send_to_nat(&bench, 5, 700);
    cr_assert_eq(take(&bench, packets), 5);
    for (size_t i = 0; i < 5; i++) {
        cr_assert(ip4_read(packets[i]->at, packets[i]->length, &ip));
        cr_expect_eq(ip.src, LOOPBACK);
        cr_expect_eq(ip.dst, LOOPBACK);
        cr_expect_eq(ip.protocol, IP4_PROTO_UDP);
        cr_expect_eq(ip.total_length, 728);
        cr_expect_eq(get_u16(packets[i]->at + 20), bench.peer_port);
        cr_expect_eq(get_u16(packets[i]->at + 22), 4500);
        cr_expect_eq(get_u16(packets[i]->at + 24), 708);
        cr_expect_eq(packets[i]->at[28], i);
        cr_expect_eq(packets[i]->at[727], i);
    }
    free_all(packets, 5);
    bench_done(&bench);
}

/* What the kernel sends as one run arrives as one, and comes out as many. */
Test(host, takes_a_run_apart)
{
    struct pkt *packets[PACKETS];
    struct bench bench;
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(LOOPBACK)};
    uint8_t payload[10 * 500 + 20];
    int segment = 500;

    bench_init(&bench);
    to.sin_port = htons(bench.ports[HOST_NAT]);
    memset(payload, 7, sizeof payload);
    if (setsockopt(
            bench.peer, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0)
        cr_skip_test("the kernel has no UDP_SEGMENT");
    cr_assert_eq((size_t)sendto(bench.peer, payload, sizeof payload, 0,
                     (struct sockaddr *)&to, sizeof to),
        sizeof payload);
    cr_assert_eq(take(&bench, packets), 11);
    cr_expect_eq(packets[9]->length, 528);
    cr_expect_eq(packets[10]->length, 48);
    free_all(packets, 11);
    bench_done(&bench);
}

/* From port 4500 to the peer. */
static struct pkt *
make_udp(struct bench *bench, size_t payload, uint8_t fill)
{
    struct pkt *pkt = pkt_new(bench->pool);
    uint8_t *at = pkt_append(pkt, 28 + payload);
    struct ip4 ip = {.src = LOOPBACK,
        .dst = LOOPBACK,
        .total_length = (uint16_t)(28 + payload),
        .ttl = 64,
        .protocol = IP4_PROTO_UDP};

    ip4_write(at, &ip);
    put_u16(at + 20, 4500);
    put_u16(at + 22, bench->peer_port);
    put_u16(at + 24, (uint16_t)(8 + payload));
    put_u16(at + 26, 0);
    memset(at + 28, fill, payload);
    return pkt;
}

Test(host, sends_udp_in_runs_that_arrive_one_by_one)
{
    static const size_t sizes[] = {600, 600, 600, 200, 600, 600, 900};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    struct pkt *packets[COUNT];
    struct bench bench;
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    uint8_t back[2000];

    bench_init(&bench);
    for (size_t i = 0; i < COUNT; i++)
        packets[i] = make_udp(&bench, sizes[i], (uint8_t)i);
    cr_expect_eq(
        bench.port->ops->transmit(bench.port, 0, packets, COUNT), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        cr_expect_eq((size_t)recvfrom(bench.peer, back, sizeof back, 0,
                         (struct sockaddr *)&from, &length),
            sizes[i], "payload %zu", i);
        cr_expect_eq(back[0], i);
        cr_expect_eq(ntohs(from.sin_port), bench.ports[HOST_NAT]);
    }
    cr_expect_eq(bench.port->refused, 0);
    bench_done(&bench);
}

/* What the kernel says about the next payload that the peer gets, and of a run
 * how long its parts are. */
struct arrival {
    size_t length;
    int tos;
    int ttl;
    int piece;
};

static struct arrival
receive_at_peer(struct bench *bench)
{
    _Alignas(struct cmsghdr) char control[256];
    static uint8_t bytes[65536];
    struct iovec piece = {.iov_base = bytes, .iov_len = sizeof bytes};
    struct msghdr message = {.msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control};
    struct arrival arrival = {0};
    struct cmsghdr *at;

    arrival.length = (size_t)recvmsg(bench->peer, &message, 0);
    for (at = CMSG_FIRSTHDR(&message); at != NULL;
         at = CMSG_NXTHDR(&message, at)) {
        if (at->cmsg_level == SOL_UDP && at->cmsg_type == UDP_GRO)
            memcpy(&arrival.piece, CMSG_DATA(at), sizeof arrival.piece);
        if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_TTL)
            memcpy(&arrival.ttl, CMSG_DATA(at), sizeof arrival.ttl);
        if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_TOS)
            arrival.tos = *CMSG_DATA(at);
    }
    return arrival;
}

static void
tell_peer_of_headers(struct bench *bench)
{
    int one = 1;

    cr_assert_eq(
        setsockopt(bench->peer, IPPROTO_IP, IP_RECVTOS, &one, sizeof one), 0);
    cr_assert_eq(
        setsockopt(bench->peer, IPPROTO_IP, IP_RECVTTL, &one, sizeof one), 0);
}

Test(host, keeps_the_fields_of_the_ip_header)
{
    static const struct {
        uint8_t tos;
        uint8_t ttl;
    } rows[] = {
        {0,    64 },
        {0,    64 },
        {0xb8, 64 },
        {0xb8, 255},
        {0x02, 1  },
        {0,    64 }
    };
    enum { COUNT = sizeof rows / sizeof rows[0] };
    struct pkt *packets[COUNT];
    struct bench bench;

    bench_init(&bench);
    tell_peer_of_headers(&bench);
    for (size_t i = 0; i < COUNT; i++) {
        packets[i] = make_udp(&bench, 100, (uint8_t)i);
        packets[i]->at[1] = rows[i].tos;
        packets[i]->at[8] = rows[i].ttl;
    }
    cr_expect_eq(
        bench.port->ops->transmit(bench.port, 0, packets, COUNT), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        struct arrival arrival = receive_at_peer(&bench);

        cr_expect_eq(arrival.length, 100);
        cr_expect_eq(arrival.tos, rows[i].tos, "packet %zu", i);
        cr_expect_eq(arrival.ttl, rows[i].ttl, "packet %zu", i);
    }
    bench_done(&bench);
}

/* DF is the socket's: it is what the last packet had. */
Test(host, follows_the_packets_in_df)
{
    static const bool rows[] = {false, true, true, false, true};
    struct bench bench;
    socklen_t length = sizeof(int);

    bench_init(&bench);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pkt *pkt = make_udp(&bench, 100, 1);
        int mode = -1;

        if (rows[i])
            pkt->at[6] |= 0x40;
        cr_expect_eq(bench.port->ops->transmit(bench.port, 0, &pkt, 1), 1);
        cr_assert_eq(
            getsockopt(bench.nat, IPPROTO_IP, IP_MTU_DISCOVER, &mode, &length),
            0);
        cr_expect_eq(mode, rows[i] ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT);
        cr_expect_eq(receive_at_peer(&bench).length, 100);
    }
    bench_done(&bench);
}

/* A peer that takes runs gets one, up to where packets differ. */
Test(host, sends_a_burst_of_equal_packets_at_once)
{
    enum { COUNT = 40 };
    struct pkt *packets[COUNT];
    struct bench bench;
    struct arrival arrival;
    int one = 1;

    bench_init(&bench);
    if (setsockopt(bench.peer, SOL_UDP, UDP_GRO, &one, sizeof one) != 0)
        cr_skip_test("the kernel has no UDP_GRO");
    for (size_t i = 0; i < COUNT; i++) {
        packets[i] = make_udp(&bench, i < 30 ? 1000 : 900, 1);
        if (i >= 35)
            packets[i]->at[6] |= 0x40;
    }
    cr_expect_eq(
        bench.port->ops->transmit(bench.port, 0, packets, COUNT), COUNT);
    arrival = receive_at_peer(&bench);
    cr_expect_eq(arrival.length, 30U * 1000 + 900, "with the first short one");
    cr_expect_eq(arrival.piece, 1000);
    arrival = receive_at_peer(&bench);
    cr_expect_eq(arrival.length, 4U * 900, "until DF differs");
    cr_expect_eq(arrival.piece, 900);
    cr_expect_eq(receive_at_peer(&bench).length, 5U * 900);
    bench_done(&bench);
}

/* The raw sockets. */
static void
give_raw(struct bench *bench, enum host_socket socket, uint8_t protocol,
    uint8_t first)
{
    struct ip4 ip = {.src = 1,
        .dst = 2,
        .total_length = 28,
        .ttl = 64,
        .protocol = protocol};
    uint8_t bytes[28] = {0};

    ip4_write(bytes, &ip);
    bytes[20] = first;
    cr_assert_eq(write(bench->kernel[socket], bytes, sizeof bytes), 28);
}

enum { GRE = 47 };

Test(host, takes_esp_ah_gre_and_the_icmp_that_is_about_us)
{
    static const struct {
        uint8_t type;
        size_t taken;
    } rows[] = {
        {0,  1},
        {3,  1},
        {11, 1},
        {12, 1},
        {8,  0},
        {5,  0},
        {13, 0}
    };
    struct pkt *packets[PACKETS];
    struct bench bench;
    size_t count;

    bench_init(&bench);
    for (int i = 0; i < 20; i++)
        give_raw(&bench, HOST_ESP, IP4_PROTO_ESP, 0);
    give_raw(&bench, HOST_AH, IP4_PROTO_AH, 0);
    give_raw(&bench, HOST_GRE, GRE, 0);
    count = take(&bench, packets);
    cr_expect_eq(count, 22);
    free_all(packets, count);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        give_raw(&bench, HOST_ICMP, IP4_PROTO_ICMP, rows[i].type);
        count = take(&bench, packets);
        cr_expect_eq(count, rows[i].taken, "ICMP type %u", rows[i].type);
        free_all(packets, count);
    }
    bench_done(&bench);
}

Test(host, counts_what_the_kernel_refuses)
{
    struct bench bench;
    struct pkt *pkt;

    bench_init(&bench);
    pkt = make_udp(&bench, 100, 1);
    put_u16(pkt->at + 22, 0); /* no such port to send to */
    cr_expect_eq(bench.port->ops->transmit(bench.port, 0, &pkt, 1), 1);
    cr_expect_eq(bench.port->refused, 1);
    bench_done(&bench);
}
