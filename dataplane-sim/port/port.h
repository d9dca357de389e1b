/*
 * port.h - where packets enter and leave a router.
 *
 * A port moves bursts of whole IPv4 packets.  Kinds differ in their ops only:
 *
 *    sim    one end of a wire to another port of the same process, with
 *           latency, loss and MTU, in the time that dp_poll is given
 *    pcap   reads a capture file once, writes another one (classic pcap,
 *           LINKTYPE_RAW)
 *    tun    the clear side: IP packets from and to the Linux host
 *    host   the transport side: ESP, AH, ICMP and UDP 500 and 4500 on
 *           addresses that the Linux host has
 *
 * The last two work on descriptors that somebody with the privilege opened.
 *
 * Thread D only, once attached to a dp.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include "base/err.h"
#include "pkt/pkt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diag;
struct port;

struct port_ops {
    /* Take what has arrived by now_us, at most room packets, into buffers of
     * the pool.  Returns how many.  What finds no buffer is lost and counted
     * in starved. */
    size_t (*receive)(struct port *port, struct pkt_pool *pool, uint64_t now_us,
        struct pkt **packets, size_t room);
    /* Send count packets; each is the port's from now on.  Returns how many
     * were taken; the rest stays the caller's (and is dropped there). */
    size_t (*transmit)(struct port *port, uint64_t now_us,
        struct pkt *const *packets, size_t count);
    /* When the next packet will be there, 0: now; UINT64_MAX: none in
     * sight. */
    uint64_t (*next_arrival)(const struct port *port);
    bool (*is_up)(const struct port *port);
    /* Readable when receive may find something; -1: only time brings it, or
     * the port is down for good. */
    int (*wait_fd)(const struct port *port);
    void (*free)(struct port *port);
};

/* The first member of each kind's own struct. */
struct port {
    const struct port_ops *ops;
    uint32_t mtu;
    uint32_t starved; /* lost for want of a buffer; the dp takes it off */
    uint32_t refused; /* that the host would not take; the same         */
};

static inline void
port_free(struct port *port) /* NULL is allowed */
{
    if (port != NULL)
        port->ops->free(port);
}

enum { PORT_WIRE_QUEUE = 256 }; /* packets on a wire, each way */

/* A wire: two ends, each a port.  Latency, loss and MTU hold for both ways.
 * Loss is drawn from a generator of its own, seeded. */
struct wire_params {
    uint64_t latency_us;
    uint32_t loss_ppm; /* packets lost out of a million */
    uint32_t mtu;
    uint64_t seed;
};

/* Both ends, to be attached each to its dp; the wire goes with its second
 * end.  Both dps are polled by the same thread.  An end that is freed takes
 * the packets on the wire with it. */
void port_wire_new(
    const struct wire_params *params, struct port **out_a, struct port **out_b);
/* Cut the wire or mend it: ports go down and up, packets on it are lost. */
void port_wire_cut(struct port *end, bool cut);

/* in and out are paths of regular files, not the same; NULL: none.  in is of
 * either byte order, with times in micro- or nanoseconds, linktype RAW (101)
 * or IPV4 (228); out is made anew.  A record that no packet can have ends the
 * reading.  Each burst is in the file before transmit returns.  ERR_IO or
 * ERR_MALFORMED with a sentence in diag. */
MUST_CHECK enum err port_pcap_new(
    const char *in, const char *out, struct diag *diag, struct port **out_port);

/* fd: a tun device, opened non-blocking with IFF_NO_PI; the port's from now
 * on.  Long packets of TCP, and of UDP, are used as far as the device was
 * told to (TUNSETOFFLOAD). */
struct tun_params {
    int fd;
    uint32_t mtu;
    bool vnet_header; /* opened with IFF_VNET_HDR             */
    bool udp;         /* the device takes long packets of UDP */
};

struct port *port_tun_new(const struct tun_params *params);

/* The sockets of a host port, all non-blocking, in one network namespace. */
enum host_socket {
    HOST_ESP,  /* raw, protocol 50  */
    HOST_AH,   /* raw, protocol 51  */
    HOST_GRE,  /* raw, protocol 47  */
    HOST_ICMP, /* raw, protocol 1   */
    HOST_IKE,  /* UDP, port 500     */
    HOST_NAT,  /* UDP, port 4500    */
    HOST_SEND, /* raw, IP_HDRINCL   */
    HOST_SOCKETS
};

/* fds: the port's from now on.  UDP comes and goes as whole packets: the port
 * makes and takes off their headers. */
struct host_params {
    int fds[HOST_SOCKETS];
    uint32_t mtu;
};

struct port *port_host_new(const struct host_params *params);

#endif
