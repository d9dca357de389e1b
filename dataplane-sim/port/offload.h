/*
 * offload.h - what a kernel leaves to its devices: cutting a long run of TCP
 * or UDP payload into packets, filling in checksums, and the way back, from
 * packets that follow each other to one long one.
 *
 *    tun read    [virtio header][IP][TCP][ payload of up to 64 KB ]
 *                      '--- split ---> packets of the flow's own size
 *    tun write   [virtio header][IP][TCP][ payloads of many packets ]
 *                      '--- merge ---- packets that follow each other
 *
 * One read or write of 64 KB costs little more than one of 1400 bytes, and
 * that is nearly all a tun device costs.  The header is that of virtio 1.x,
 * 5.1.6, in the host's byte order.  Pure functions over bytes; private to
 * this room.
 */
#ifndef PORT_OFFLOAD_H
#define PORT_OFFLOAD_H

#include "base/err.h"
#include "pkt/pkt.h"

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum {
    OFFLOAD_MAX = 65535,    /* bytes of an IPv4 packet                */
    OFFLOAD_HEAD = 60 + 60, /* IP and TCP, both with options          */
    OFFLOAD_GSO_UDP_L4 = 5, /* VIRTIO_NET_HDR_GSO_UDP_L4, Linux 6.2   */
};

/* ---- reading ---- */

/* A long packet being cut.  Borrows its bytes.  All zero: nothing is. */
struct offload_split {
    const uint8_t *bytes; /* its IP header */
    size_t length;
    size_t header; /* bytes of IP and TCP or UDP header */
    size_t ip_header;
    size_t at; /* payload that is still to come begins here */
    size_t piece;
    bool is_tcp;
    uint16_t id;
    uint32_t sequence;
};

/* ERR_MALFORMED: what the header says does not fit the bytes. */
MUST_CHECK enum err offload_split_begin(struct offload_split *split,
    const struct virtio_net_hdr *header, const uint8_t *bytes, size_t length);
bool offload_split_is_over(const struct offload_split *split);
/* The next packet, with its checksums, into an empty buffer. */
void offload_split_next(struct offload_split *split, struct pkt *pkt);

/* Fill in the checksum that the kernel left to the device.  ERR_MALFORMED:
 * it would lie outside of the packet. */
MUST_CHECK enum err offload_checksum(
    const struct virtio_net_hdr *header, uint8_t *bytes, size_t length);

/* ---- writing ---- */

/* Packets to be written as one.  The pieces point into those packets and into
 * this struct, which must not move. */
struct offload_merge {
    struct virtio_net_hdr header;
    uint8_t head[OFFLOAD_HEAD];
    struct iovec pieces[2 + PKT_BURST];
    int piece_count;
    size_t length; /* of the IP packet */
};

/* As many of the packets, from the first on, as can be written as one; at
 * least one.  udp: the kernel takes UDP in that way too. */
size_t offload_merge(struct pkt *const *packets, size_t count, bool udp,
    struct offload_merge *out_merge);

#endif
