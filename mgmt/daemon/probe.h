/*
 * probe.h - is a port of the Linux host still what it was opened as?
 *
 * Packets do not tell: sockets keep a deleted namespace alive, and a device
 * that is down takes what it is sent.  A look costs three system calls.
 */
#ifndef DAEMON_PROBE_H
#define DAEMON_PROBE_H

#include <stdbool.h>
#include <stdint.h>

struct chassis_port;
struct real_port;

enum probe_state {
    PROBE_UP,
    PROBE_DOWN, /* until somebody does something; the port itself is good */
    PROBE_GONE, /* what it was opened on is no more                       */
};

enum { PROBE_SENTENCE = 256 };

/* port: its probe descriptor and numbers.  address: of the interface that
 * uses a host port, 0: none.  The sentence says why it is not up. */
enum probe_state probe_port(const struct chassis_port *place,
    const struct real_port *port, uint32_t address,
    char sentence[static PROBE_SENTENCE]);

enum probe_neighbour {
    PROBE_NEIGHBOUR_UNKNOWN,
    PROBE_NEIGHBOUR_ANSWERS, /* its hardware address is known */
    PROBE_NEIGHBOUR_SILENT,  /* it does not answer ARP        */
};

/* What ARP knows of an address on the link of our own one, local. */
enum probe_neighbour probe_neighbour(
    const struct real_port *port, uint32_t local, uint32_t address);

#endif
