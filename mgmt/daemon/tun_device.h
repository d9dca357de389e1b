/*
 * tun_device.h - a port being opened, and what is peculiar to a tun device;
 * private to real_port.c and tun_device.c.
 */
#ifndef DAEMON_TUN_DEVICE_H
#define DAEMON_TUN_DEVICE_H

#include "daemon/real_port.h"

/* On real_port_open's stack. */
struct opening {
    const struct chassis_port *place;
    struct real_port port; /* what is open by now */
    char *sentence;        /* REAL_PORT_SENTENCE bytes */
};

void opening_failed(struct opening *opening, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The namespace, for people. */
const char *opening_where(const struct opening *opening);
/* False: it is none. */
bool opening_keep(struct opening *opening, int fd);

/* Make the device or adopt it, up and with its routes.  False: failed. */
bool tun_device_open(struct opening *opening);

#endif
