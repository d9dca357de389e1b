/*
 * real_port.h - opening a port of the Linux host: sockets in a network
 * namespace, or a tun device there.
 *
 * The opener's part, with its privilege.
 */
#ifndef DAEMON_REAL_PORT_H
#define DAEMON_REAL_PORT_H

#include "base/err.h"
#include "port/port.h"

#include <stdbool.h>
#include <stdint.h>

struct chassis_port;

enum {
    REAL_PORT_FDS = HOST_SOCKETS + 1,
    REAL_PORT_SENTENCE = 256,
};

/* An open port: its descriptors and what they are. */
struct real_port {
    uint32_t mtu;
    bool vnet_header; /* of a tun device, see struct tun_params */
    bool udp;
    int device;           /* its index, of a tun device          */
    uint64_t netns_place; /* device and inode of the namespace;  */
    uint64_t netns_inode; /* 0: it has no name                   */
    uint32_t fd_count;
    /* probe, then enum host_socket; or probe, then the device */
    int fds[REAL_PORT_FDS];
};

/* own_netns: to come back to.  The sentence says what is wrong and what to
 * do. */
MUST_CHECK enum err real_port_open(const struct chassis_port *place,
    int own_netns, struct real_port *out_port,
    char sentence[static REAL_PORT_SENTENCE]);
void real_port_close(struct real_port *port);

/* Where a named network namespace is found: "/run/netns/NAME". */
enum { NETNS_PATH_MAX = 64 };
void netns_path(const struct chassis_port *place, char path[NETNS_PATH_MAX]);

#endif
