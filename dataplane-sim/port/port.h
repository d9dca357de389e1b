/*
 * port.h - where packets enter and leave a router.
 *
 * A port moves bursts of whole IPv4 packets.  Kinds differ in their ops only:
 *
 *    sim    one end of a wire to another port of the same process, with
 *           latency, loss and MTU, in the time that dp_poll is given
 *    pcap   reads a capture file once, writes another one (classic pcap,
 *           LINKTYPE_RAW)
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
    void (*free)(struct port *port);
};

/* The first member of each kind's own struct. */
struct port {
    const struct port_ops *ops;
    uint32_t mtu;
    uint32_t starved; /* lost for want of a buffer; the dp takes it off */
};

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

#endif
