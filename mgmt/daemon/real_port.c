/*
 * real_port.c - opening a port of the Linux host.
 *
 * A step that fails writes the sentence and says so; what was opened by then
 * is closed in one place.  Sockets belong to the namespace that they are made
 * in, and so does a tun device, so there is nothing to do there later.
 */
#include "daemon/real_port.h"

#include "chassis/chassis.h"
#include "daemon/tun_device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/icmp.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUFFER_SIZE = 8 * 1024 * 1024, /* a tenth of a second at full speed */
    IKE_PORT = 500,
    NAT_PORT = 4500,
    ICMP_UNREACHABLE = 3,
    ICMP_PARAMETER = 12,
};

void
opening_failed(struct opening *opening, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(opening->sentence, REAL_PORT_SENTENCE, fmt, args);
    va_end(args);
}

const char *
opening_where(const struct opening *opening)
{
    const char *name = opening->place->netns;

    return name[0] == '\0' ? "of ermined" : name;
}

bool
opening_keep(struct opening *opening, int fd)
{
    if (fd < 0)
        return false;
    opening->port.fds[opening->port.fd_count++] = fd;
    return true;
}

/* ---- the namespace ---- */

void
netns_path(const struct chassis_port *place, char path[NETNS_PATH_MAX])
{
    (void)snprintf(path, NETNS_PATH_MAX, "/run/netns/%s", place->netns);
}

static bool
enter(struct opening *opening)
{
    char path[NETNS_PATH_MAX];
    struct stat status;
    int fd;
    bool ok;

    if (opening->place->netns[0] == '\0')
        return true;
    netns_path(opening->place, path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    ok = fd >= 0 && fstat(fd, &status) == 0 && setns(fd, CLONE_NEWNET) == 0;
    if (ok) {
        opening->port.netns_place = status.st_dev;
        opening->port.netns_inode = status.st_ino;
    } else if (fd < 0 && errno == ENOENT) {
        opening_failed(opening,
            "There is no network namespace %s: `ip netns add %s` makes it.",
            opening->place->netns, opening->place->netns);
    } else {
        opening_failed(opening, "Cannot enter the network namespace %s: %s.",
            opening->place->netns, strerrordesc_np(errno));
    }
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

/* Descriptors for another namespace than we say would be worse than none. */
static void
leave(const struct opening *opening, int own_netns)
{
    if (opening->place->netns[0] != '\0' && setns(own_netns, CLONE_NEWNET) != 0)
        _exit(1);
}

/* ---- host ---- */

static void
enlarge(int fd)
{
    int size = BUFFER_SIZE;

    /* With less than this it is slower, and that is all. */
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
}

static bool
open_raw(struct opening *opening, int protocol, const char *name)
{
    int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

    if (!opening_keep(opening, fd)) {
        opening_failed(opening,
            "Cannot open a raw socket for %s in the network namespace %s: %s.",
            name, opening_where(opening), strerrordesc_np(errno));
        return false;
    }
    enlarge(fd);
    return true;
}

/* What is about our packets or answers our requests; not the requests of
 * others, which the kernel answers. */
static bool
open_icmp(struct opening *opening)
{
    struct icmp_filter filter = {
        .data = ~(1U << ICMP_ECHOREPLY | 1U << ICMP_UNREACHABLE |
                  1U << ICMP_TIME_EXCEEDED | 1U << ICMP_PARAMETER)};
    int fd;

    if (!open_raw(opening, IPPROTO_ICMP, "ICMP"))
        return false;
    fd = opening->port.fds[opening->port.fd_count - 1];
    if (setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof filter) == 0)
        return true;
    opening_failed(opening, "Cannot filter ICMP: %s.", strerrordesc_np(errno));
    return false;
}

/* Without SO_REUSEADDR: of two programs on one port the kernel would hand
 * all to one of them, and nobody would hear of it. */
static bool
open_udp(struct opening *opening, uint16_t number)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(number)};
    int discover = IP_PMTUDISC_DONT; /* what is too long is fragmented */
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (opening_keep(opening, fd) &&
        setsockopt(
            fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof discover) == 0 &&
        bind(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        enlarge(fd);
        return true;
    }
    opening_failed(opening,
        "Cannot take UDP port %u in the network namespace %s: %s%s.",
        (unsigned)number, opening_where(opening), strerrordesc_np(errno),
        errno == EADDRINUSE ? "; `ss -ulnp` there shows by whom" : "");
    return false;
}

static bool
open_host(struct opening *opening)
{
    opening->port.mtu = opening->place->mtu;
    return open_raw(opening, IPPROTO_ESP, "ESP") &&
           open_raw(opening, IPPROTO_AH, "AH") &&
           open_raw(opening, IPPROTO_GRE, "GRE") && open_icmp(opening) &&
           open_udp(opening, IKE_PORT) && open_udp(opening, NAT_PORT) &&
           open_raw(opening, IPPROTO_RAW, "sending");
}

/* ---- both ---- */

/* For questions about devices, which need no privilege then. */
static bool
open_probe(struct opening *opening)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (opening_keep(opening, fd))
        return true;
    opening_failed(
        opening, "Cannot open a socket: %s.", strerrordesc_np(errno));
    return false;
}

enum err
real_port_open(const struct chassis_port *place, int own_netns,
    struct real_port *out_port,
    char sentence[static REAL_PORT_SENTENCE]) // NOLINT(*-non-const-parameter)
{
    struct opening opening = {.place = place, .sentence = sentence};
    bool ok;

    if (!enter(&opening))
        return ERR_CONFLICT;
    ok = open_probe(&opening);
    if (ok) {
        ok = place->kind == CHASSIS_HOST ? open_host(&opening)
                                         : tun_device_open(&opening);
    }
    leave(&opening, own_netns);
    if (!ok) {
        real_port_close(&opening.port);
        return ERR_CONFLICT;
    }
    *out_port = opening.port;
    return OK;
}

void
real_port_close(struct real_port *port)
{
    uint32_t i;

    for (i = 0; i < port->fd_count; i++)
        (void)close(port->fds[i]);
    port->fd_count = 0;
}
