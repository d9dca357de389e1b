/*
 * host.h - what the two files of a host port share; private to this room.
 */
#ifndef PORT_HOST_H
#define PORT_HOST_H

#include "port/port.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { DATAGRAM_SIZE = 65536, DATAGRAM_RUN = 64 };

/* Payloads that came together (UDP_GRO), being given out one by one. */
struct datagram {
    uint8_t *bytes; /* heap, DATAGRAM_SIZE */
    size_t length;
    size_t at;    /* what is still to be given out begins here */
    size_t piece; /* bytes of each but the last                */
    uint32_t src; /* host order                                */
    uint32_t dst;
    uint16_t src_port;
    uint8_t tos;
};

struct host {
    struct port port; /* first: a struct port * is a struct host * */
    int fds[HOST_SOCKETS];
    int epoll_fd;
    bool is_busy;  /* there may be more than the last burst took   */
    bool segments; /* the kernel cuts runs of payloads (UDP_SEGMENT) */
    bool is_df[2]; /* HOST_IKE and HOST_NAT send with DF just now   */
    uint16_t id;   /* of the IP headers that are made here          */
    struct datagram datagrams[2]; /* of HOST_IKE and HOST_NAT */
    struct mmsghdr messages[PKT_BURST];
    struct iovec pieces[PKT_BURST];
    struct sockaddr_in addresses[PKT_BURST];
};

/* ---- datagram.c: UDP 500 and 4500 ---- */

void datagram_init(struct host *host);
void datagram_done(struct host *host);
/* Whole packets made of what arrived; sets is_busy where more may wait. */
size_t datagram_receive(struct host *host, enum host_socket socket,
    struct pkt_pool *pool, struct pkt **packets, size_t room);
/* The same of what arrived earlier. */
size_t datagram_rest(struct host *host, enum host_socket socket,
    struct pkt_pool *pool, struct pkt **packets, size_t room);
/* By which socket the packet goes out. */
enum host_socket datagram_socket(const struct pkt *pkt);
/* Packets that all go out by this socket; returns how many were taken. */
size_t datagram_send(struct host *host, enum host_socket socket,
    struct pkt *const *packets, size_t count);

#endif
