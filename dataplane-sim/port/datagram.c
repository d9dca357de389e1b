/*
 * datagram.c - UDP 500 and 4500 of a host port, many payloads at a time.
 *
 *    receive   UDP_GRO: payloads of one sender in one read, all of one size
 *              but the last; each becomes a packet with headers made here
 *    send      UDP_SEGMENT: packets to one address, all of one size but the
 *              last, without their headers in one write
 *
 * Of a packet's IP header, addresses, TOS, TTL and DF go out as they are; the
 * kernel makes its identification, and the UDP checksum (it cuts no run
 * without one).  Of one that came in, TTL and DF are not known.
 *
 * Where the kernel lacks them each payload is a call of its own.
 */
#include "port/host.h"

#include "base/arena.h"
#include "base/bytes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>

enum {
    BEFORE = IP4_HEADER + UDP_HEADER, /* a payload */
    IKE_PORT = 500,
    NAT_PORT = 4500,
    TTL = 64,
    RUN_BYTES_MAX = 65535 - BEFORE,
    AT_TOS = 1, /* offsets in the IP header */
    AT_FLAGS = 6,
    AT_TTL = 8,
    FLAG_DF = 0x40,
};

/* Whether the socket's packets have DF; they do not depend on what the kernel
 * has heard of the path. */
static bool
set_df(int fd, bool is_df)
{
    int mode = is_df ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT;

    return setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &mode, sizeof mode) == 0;
}

void
datagram_init(struct host *host)
{
    int zero = 0;
    int one = 1;
    int ttl = TTL;

    host->segments = setsockopt(host->fds[HOST_NAT], SOL_UDP, UDP_SEGMENT,
                         &zero, sizeof zero) == 0;
    for (unsigned i = HOST_IKE; i <= HOST_NAT; i++) {
        (void)setsockopt(
            host->fds[i], IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
        (void)setsockopt(
            host->fds[i], IPPROTO_IP, IP_RECVTOS, &one, sizeof one);
        (void)setsockopt(host->fds[i], SOL_UDP, UDP_GRO, &one, sizeof one);
        (void)setsockopt(host->fds[i], IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
        (void)set_df(host->fds[i], false);
        host->datagrams[i - HOST_IKE].bytes = mem_alloc(DATAGRAM_SIZE);
    }
}

void
datagram_done(struct host *host)
{
    free(host->datagrams[0].bytes);
    free(host->datagrams[1].bytes);
}

static uint16_t
port_of(enum host_socket socket)
{
    return socket == HOST_IKE ? IKE_PORT : NAT_PORT;
}

/* ---- in ---- */

static struct datagram *
datagram_of(struct host *host, enum host_socket socket)
{
    return &host->datagrams[socket - HOST_IKE];
}

/* What the kernel says beside the payload. */
static void
read_control(struct msghdr *message, struct datagram *datagram)
{
    struct cmsghdr *control;
    struct in_pktinfo info;
    int size;

    for (control = CMSG_FIRSTHDR(message); control != NULL;
         control = CMSG_NXTHDR(message, control)) {
        if (control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_GRO) {
            memcpy(&size, CMSG_DATA(control), sizeof size);
            if (size > 0)
                datagram->piece = (size_t)size;
        } else if (control->cmsg_level == IPPROTO_IP &&
                   control->cmsg_type == IP_PKTINFO) {
            memcpy(&info, CMSG_DATA(control), sizeof info);
            datagram->dst = ntohl(info.ipi_addr.s_addr);
        } else if (control->cmsg_level == IPPROTO_IP &&
                   control->cmsg_type == IP_TOS) {
            datagram->tos = *CMSG_DATA(control);
        }
    }
}

/* False: nothing has arrived. */
static bool
read_datagram(int fd, struct datagram *datagram)
{
    _Alignas(struct cmsghdr) char control[256];
    struct sockaddr_in from = {0};
    struct iovec piece = {
        .iov_base = datagram->bytes, .iov_len = DATAGRAM_SIZE};
    struct msghdr message = {.msg_name = &from,
        .msg_namelen = sizeof from,
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control};
    ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);

    if (length < 0)
        return false;
    datagram->length = (size_t)length;
    datagram->at = 0;
    datagram->piece = (size_t)length;
    datagram->tos = 0;
    datagram->src = ntohl(from.sin_addr.s_addr);
    datagram->src_port = ntohs(from.sin_port);
    read_control(&message, datagram);
    return true;
}

/* The packet that the payload was in; its UDP checksum was looked at, and is
 * said to be left out (RFC 768). */
static void
write_headers(struct host *host, const struct datagram *datagram,
    enum host_socket socket, struct pkt *pkt)
{
    uint8_t *udp = pkt_push(pkt, UDP_HEADER);
    struct ip4 ip = {.src = datagram->src,
        .dst = datagram->dst,
        .id = host->id++,
        .tos = datagram->tos,
        .ttl = TTL,
        .protocol = IP4_PROTO_UDP};

    put_u16(udp, datagram->src_port);
    put_u16(udp + 2, port_of(socket));
    put_u16(udp + 4, (uint16_t)pkt->length);
    put_u16(udp + 6, 0);
    ip.total_length = (uint16_t)(pkt->length + IP4_HEADER);
    ip4_write(pkt_push(pkt, IP4_HEADER), &ip);
}

/* Payloads longer than any packet of ours are lost. */
static bool
give_out(struct host *host, enum host_socket socket, struct pkt *pkt)
{
    struct datagram *datagram = datagram_of(host, socket);
    size_t left = datagram->length - datagram->at;
    size_t size = left < datagram->piece ? left : datagram->piece;
    uint8_t *payload;

    if (size > PKT_MTU_MAX - BEFORE) {
        datagram->at += size;
        host->port.refused++;
        return false;
    }
    payload = pkt_append(pkt, size);
    memcpy(payload, datagram->bytes + datagram->at, size);
    datagram->at += size;
    write_headers(host, datagram, socket, pkt);
    return true;
}

size_t
datagram_rest(struct host *host, enum host_socket socket, struct pkt_pool *pool,
    struct pkt **packets, size_t room)
{
    const struct datagram *datagram = datagram_of(host, socket);
    size_t count = 0;

    while (count < room && datagram->at < datagram->length) {
        struct pkt *pkt = pkt_new(pool);

        if (pkt == NULL)
            break;
        if (give_out(host, socket, pkt)) {
            packets[count++] = pkt;
        } else {
            pkt_free(pkt);
        }
    }
    if (datagram->at < datagram->length)
        host->is_busy = true;
    return count;
}

size_t
datagram_receive(struct host *host, enum host_socket socket,
    struct pkt_pool *pool, struct pkt **packets, size_t room)
{
    struct datagram *datagram = datagram_of(host, socket);
    size_t count = 0;

    while (count < room && datagram->at >= datagram->length &&
           read_datagram(host->fds[socket], datagram)) {
        count +=
            datagram_rest(host, socket, pool, packets + count, room - count);
    }
    if (count == room)
        host->is_busy = true;
    return count;
}

/* ---- out ---- */

enum host_socket
datagram_socket(const struct pkt *pkt)
{
    const uint8_t *udp = pkt->at + IP4_HEADER;
    uint16_t port;

    if (pkt->length < BEFORE || pkt->at[0] != 0x45 ||
        pkt->at[9] != IP4_PROTO_UDP ||
        (get_u16(pkt->at + 6) & 0x3fff) != 0) /* a fragment */
        return HOST_SEND;
    port = get_u16(udp);
    if (port == NAT_PORT)
        return HOST_NAT;
    return port == IKE_PORT ? HOST_IKE : HOST_SEND;
}

static bool
has_df(const struct pkt *pkt)
{
    return (pkt->at[AT_FLAGS] & FLAG_DF) != 0;
}

/* Do they have the same addresses, ports, TOS, TTL and DF? */
static bool
is_same_flow(const struct pkt *a, const struct pkt *b)
{
    return a->at[AT_TOS] == b->at[AT_TOS] && a->at[AT_TTL] == b->at[AT_TTL] &&
           has_df(a) == has_df(b) && memcmp(a->at + 12, b->at + 12, 12) == 0;
}

/* How many packets from the first on the kernel can cut from one write. */
static size_t
run_length(const struct host *host, struct pkt *const *packets, size_t count)
{
    size_t bytes = packets[0]->length - BEFORE;
    size_t run = 1;

    if (!host->segments)
        return 1;
    while (run < count && run < DATAGRAM_RUN &&
           packets[run]->length <= packets[0]->length &&
           packets[run - 1]->length == packets[0]->length &&
           is_same_flow(packets[0], packets[run]) &&
           bytes + packets[run]->length - BEFORE <= RUN_BYTES_MAX) {
        bytes += packets[run]->length - BEFORE;
        run++;
    }
    return run;
}

/* Room for what goes beside the payloads. */
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(struct in_pktinfo)) +
               2 * CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(uint16_t))];
};

static void
add_control(
    struct msghdr *message, int level, int type, const void *data, size_t size)
{
    struct cmsghdr *control =
        (struct cmsghdr *)(void *)((char *)message->msg_control +
                                   message->msg_controllen);

    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(control), data, size);
    message->msg_controllen += CMSG_SPACE(size);
}

/* Source address, TOS, TTL and, for a run, the size of its parts. */
static void
fill_control(struct msghdr *message, union control *control,
    const struct pkt *first, bool is_run)
{
    uint16_t size = (uint16_t)(first->length - BEFORE);
    struct in_pktinfo info = {0};
    int tos = first->at[AT_TOS];
    int ttl = first->at[AT_TTL];

    memset(control, 0, sizeof *control);
    message->msg_control = control->bytes;
    message->msg_controllen = 0;
    memcpy(&info.ipi_spec_dst, first->at + 12, sizeof info.ipi_spec_dst);
    add_control(message, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    if (tos != 0)
        add_control(message, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    if (ttl != TTL)
        add_control(message, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
    if (is_run)
        add_control(message, SOL_UDP, UDP_SEGMENT, &size, sizeof size);
}

/* DF is the socket's, not the packet's: most packets are as the one before. */
static void
follow_df(struct host *host, enum host_socket socket, const struct pkt *pkt)
{
    bool *is_df = &host->is_df[socket - HOST_IKE];

    if (*is_df != has_df(pkt) && set_df(host->fds[socket], has_df(pkt)))
        *is_df = has_df(pkt);
}

/* The reason as errno; 0: sent. */
static int
send_run(struct host *host, enum host_socket socket, struct pkt *const *packets,
    size_t run)
{
    int fd = host->fds[socket];
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct msghdr message = {.msg_name = &to,
        .msg_namelen = sizeof to,
        .msg_iov = host->pieces,
        .msg_iovlen = run};
    union control control;

    memcpy(&to.sin_addr, packets[0]->at + 16, sizeof to.sin_addr);
    memcpy(&to.sin_port, packets[0]->at + IP4_HEADER + 2, sizeof to.sin_port);
    for (size_t i = 0; i < run; i++) {
        host->pieces[i] = (struct iovec){.iov_base = packets[i]->at + BEFORE,
            .iov_len = packets[i]->length - BEFORE};
    }
    follow_df(host, socket, packets[0]);
    fill_control(&message, &control, packets[0], run > 1);
    while (sendmsg(fd, &message, MSG_DONTWAIT) < 0) {
        if (errno != EINTR)
            return errno;
    }
    return 0;
}

size_t
datagram_send(struct host *host, enum host_socket socket,
    struct pkt *const *packets, size_t count)
{
    size_t sent = 0;

    while (sent < count) {
        size_t run = run_length(host, packets + sent, count - sent);
        int error = send_run(host, socket, packets + sent, run);

        if (error != 0 && run > 1) { /* its parts are too long for a run */
            run = 1;
            error = send_run(host, socket, packets + sent, run);
        }
        if (error == EAGAIN || error == ENOBUFS)
            break;
        if (error != 0)
            host->port.refused++;
        sent += run;
    }
    return sent;
}
