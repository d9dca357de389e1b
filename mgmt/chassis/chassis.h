/*
 * chassis.h - which slot/port of a router is which: its hardware.
 *
 * A text file, one port a line; a lab's file has a `router NAME` line before
 * each router's ports and joins sim ports by the name of their wire.
 *
 *    # slot/port  kind   parameters
 *    router boston
 *    0/0          sim    wire=backbone latency=10ms loss=0.1% mtu=1500
 *    3/0          pcap   in=FILE out=FILE
 *    4/0          host   netns=wan mtu=1500
 *    5/0          tun    device=lan0 netns=lan host-routes=10.2.0.0/16
 *    identity     model=ERX-310 release=15.1.0
 *
 * A wire has exactly two ends; the parameters of its first end hold for both
 * ways.  host and tun are real networks of the Linux host: without netns= in
 * the network namespace that ermined was started in.
 */
#ifndef CHASSIS_CHASSIS_H
#define CHASSIS_CHASSIS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diag;

enum chassis_kind { CHASSIS_SIM, CHASSIS_PCAP, CHASSIS_HOST, CHASSIS_TUN };

enum {
    CHASSIS_PORTS_MAX = 64, /* of one router */
    CHASSIS_ROUTERS_MAX = 16,
    CHASSIS_NAME_MAX = 32,
    CHASSIS_PATH_MAX = 256,
    CHASSIS_DEVICE_MAX = 16, /* as Linux has it */
    CHASSIS_ROUTES_MAX = 16, /* of one port     */
};

/* Of the Linux host, into the router. */
struct chassis_route {
    uint32_t prefix;
    uint8_t length;
};

struct chassis_port {
    char location[12]; /* "0/0", "4/0/1" */
    enum chassis_kind kind;
    char parameters[CHASSIS_PATH_MAX * 2]; /* as written */
    char wire[CHASSIS_NAME_MAX];
    uint64_t latency_us;
    uint32_t loss_ppm;
    uint32_t mtu;
    bool has_mtu;              /* as written; else it is the usual one */
    char in[CHASSIS_PATH_MAX]; /* "" none; relative to the file's folder */
    char out[CHASSIS_PATH_MAX];
    char netns[CHASSIS_NAME_MAX]; /* "" that of ermined */
    char device[CHASSIS_DEVICE_MAX];
    bool adopt; /* the device is there already, and stays */
    struct chassis_route routes[CHASSIS_ROUTES_MAX];
    size_t route_count;
};

struct chassis {
    char router[CHASSIS_NAME_MAX]; /* "" outside a lab */
    char model[CHASSIS_NAME_MAX];  /* "" without an identity line */
    char release[CHASSIS_NAME_MAX];
    struct chassis_port ports[CHASSIS_PORTS_MAX];
    size_t port_count;
};

/* Read the file: one chassis a router (without `router` lines: one).  All
 * problems go to diag as "FILE:LINE: ..." sentences.  *out_chassis is heap,
 * the caller's. */
MUST_CHECK enum err chassis_read(const char *path, struct diag *diag,
    struct chassis **out_chassis, size_t *out_count);
/* The same from memory; name stands for the path in sentences. */
MUST_CHECK enum err chassis_parse(const char *name, const char *text,
    size_t length, struct diag *diag, struct chassis **out_chassis,
    size_t *out_count);

/* Index into ports, which is also the dataplane's port index; -1: none. */
int chassis_find(const struct chassis *chassis, const char *location);
const char *chassis_kind_name(enum chassis_kind kind); /* "host" */
/* Is it a port of the Linux host, which needs privilege to be opened? */
bool chassis_is_real(const struct chassis_port *port);

#endif
