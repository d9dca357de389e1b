/*
 * host.c - the transport side of a gateway: sockets on the host's own
 * addresses.
 *
 *    raw ESP, AH, GRE, ICMP   whole packets, as the kernel delivers them (it
 *                             has put fragments together by then)
 *    UDP 500, 4500            payloads; see datagram.c
 *    send                     everything but that UDP, with its own IP header
 *
 * The kernel answers for its addresses in everything else: of ICMP only what
 * is about our packets, or answers our echo requests, is taken.
 */
#include "port/host.h"

#include "base/arena.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    ICMP_ECHO_REPLY = 0,
    ICMP_UNREACHABLE = 3,
    ICMP_TIME_EXCEEDED = 11,
    ICMP_PARAMETER = 12,
};

static struct host *
host_of(struct port *port)
{
    return (struct host *)(void *)port;
}

static const struct host *
host_seen(const struct port *port)
{
    return (const struct host *)(const void *)port;
}

/* ---- in ---- */

/* Echo requests are answered by the kernel. */
static bool
is_ours(const struct pkt *pkt)
{
    struct ip4 ip;

    if (!ip4_read(pkt->at, pkt->length, &ip) || ip.protocol != IP4_PROTO_ICMP ||
        pkt->length == ip.header_length)
        return true; /* the path says what is wrong with it */
    switch (pkt->at[ip.header_length]) {
    case ICMP_ECHO_REPLY:
    case ICMP_UNREACHABLE:
    case ICMP_TIME_EXCEEDED:
    case ICMP_PARAMETER:
        return true;
    default:
        return false;
    }
}

/* A burst straight into buffers of the pool. */
static size_t
receive_raw(struct host *host, int fd, struct pkt_pool *pool,
    struct pkt **packets, size_t room)
{
    struct mmsghdr *messages = host->messages;
    struct iovec *pieces = host->pieces;
    struct pkt *taken[PKT_BURST];
    size_t count = 0;
    size_t kept = 0;
    int got;

    while (count < room && count < PKT_BURST &&
           (taken[count] = pkt_new(pool)) != NULL) {
        pieces[count] = (struct iovec){
            .iov_base = taken[count]->at, .iov_len = PKT_MTU_MAX};
        messages[count].msg_hdr =
            (struct msghdr){.msg_iov = &pieces[count], .msg_iovlen = 1};
        count++;
    }
    if (count == 0)
        return 0;
    got = recvmmsg(fd, messages, (unsigned)count, MSG_DONTWAIT, NULL);
    if (got < 0)
        got = 0; /* EAGAIN; an error of the network is told to the sender */
    for (size_t i = 0; i < count; i++) {
        if (i < (size_t)got)
            (void)pkt_append(taken[i], messages[i].msg_len);
        if (i < (size_t)got && is_ours(taken[i])) {
            packets[kept++] = taken[i];
        } else {
            pkt_free(taken[i]);
        }
    }
    if ((size_t)got == count)
        host->is_busy = true;
    return kept;
}

static size_t
receive_from(struct host *host, enum host_socket socket, struct pkt_pool *pool,
    struct pkt **packets, size_t room)
{
    if (socket == HOST_IKE || socket == HOST_NAT)
        return datagram_receive(host, socket, pool, packets, room);
    return receive_raw(host, host->fds[socket], pool, packets, room);
}

static size_t
host_receive(struct port *port, struct pkt_pool *pool, uint64_t now_us,
    struct pkt **packets, size_t room)
{
    struct host *host = host_of(port);
    struct epoll_event events[HOST_SOCKETS];
    size_t count = 0;
    int ready;

    (void)now_us;
    host->is_busy = false;
    for (unsigned i = HOST_IKE; i <= HOST_NAT; i++) {
        count += datagram_rest(
            host, (enum host_socket)i, pool, packets + count, room - count);
    }
    ready = epoll_wait(host->epoll_fd, events, HOST_SOCKETS, 0);
    for (int i = 0; i < ready; i++) {
        if (count == room) {
            host->is_busy = true;
            break;
        }
        count += receive_from(host, (enum host_socket)events[i].data.u32, pool,
            packets + count, room - count);
    }
    return count;
}

static uint64_t
host_next_arrival(const struct port *port)
{
    return host_seen(port)->is_busy ? 0 : UINT64_MAX;
}

/* ---- out ---- */

/* A run of packets that go out by the raw socket, from the first on. */
static size_t
send_raw(struct host *host, struct pkt *const *packets, size_t count)
{
    struct mmsghdr *messages = host->messages;
    size_t sent = 0;

    for (size_t i = 0; i < count; i++) {
        struct sockaddr_in *to = &host->addresses[i];

        *to = (struct sockaddr_in){.sin_family = AF_INET};
        memcpy(&to->sin_addr, packets[i]->at + 16, sizeof to->sin_addr);
        host->pieces[i] = (struct iovec){
            .iov_base = packets[i]->at, .iov_len = packets[i]->length};
        messages[i].msg_hdr = (struct msghdr){.msg_name = to,
            .msg_namelen = sizeof *to,
            .msg_iov = &host->pieces[i],
            .msg_iovlen = 1};
    }
    while (sent < count) {
        int done = sendmmsg(host->fds[HOST_SEND], messages + sent,
            (unsigned)(count - sent), MSG_DONTWAIT);

        if (done > 0) {
            sent += (size_t)done;
        } else if (errno == EAGAIN || errno == ENOBUFS) {
            break;
        } else if (errno != EINTR) {
            host->port.refused++; /* this one: too long, no route, ... */
            sent++;
        }
    }
    return sent;
}

static size_t
host_transmit(struct port *port, uint64_t now_us, struct pkt *const *packets,
    size_t count)
{
    struct host *host = host_of(port);
    size_t sent = 0;
    size_t run;
    size_t done;

    (void)now_us;
    while (sent < count) {
        enum host_socket socket = datagram_socket(packets[sent]);

        for (run = 1; sent + run < count &&
                      datagram_socket(packets[sent + run]) == socket;
             run++)
            continue;
        done = socket == HOST_SEND
                   ? send_raw(host, packets + sent, run)
                   : datagram_send(host, socket, packets + sent, run);
        for (size_t i = 0; i < done; i++)
            pkt_free(packets[sent + i]);
        sent += done;
        if (done < run)
            break;
    }
    return sent;
}

/* ---- life ---- */

static bool
host_is_up(const struct port *port)
{
    (void)port;
    return true;
}

static int
host_wait_fd(const struct port *port)
{
    return host_seen(port)->epoll_fd;
}

static void
host_free(struct port *port)
{
    struct host *host = host_of(port);

    for (size_t i = 0; i < HOST_SOCKETS; i++)
        (void)close(host->fds[i]);
    (void)close(host->epoll_fd);
    datagram_done(host);
    free(host);
}

static const struct port_ops host_ops = {
    .receive = host_receive,
    .transmit = host_transmit,
    .next_arrival = host_next_arrival,
    .is_up = host_is_up,
    .wait_fd = host_wait_fd,
    .free = host_free,
};

struct port *
port_host_new(const struct host_params *params)
{
    struct host *host = mem_alloc(sizeof *host);

    host->port.ops = &host_ops;
    host->port.mtu = params->mtu < PKT_MTU_MAX ? params->mtu : PKT_MTU_MAX;
    host->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (host->epoll_fd < 0)
        abort(); /* like memory: without it there is no port */
    for (uint32_t i = 0; i < HOST_SOCKETS; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

        host->fds[i] = params->fds[i];
        if (i != HOST_SEND &&
            epoll_ctl(host->epoll_fd, EPOLL_CTL_ADD, host->fds[i], &event) != 0)
            abort();
    }
    datagram_init(host);
    return &host->port;
}
