/*
 * tun_device.c - a tun device: made or adopted, told what it may leave to
 * us, brought up.
 *
 * A device that we make goes with its descriptor, and its routes with it; one
 * that is adopted stays, and of it only what the chassis file says is
 * changed.
 */
#include "daemon/tun_device.h"

#include "base/ip.h"
#include "chassis/chassis.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Linux 6.2, beyond what Debian 12's headers have. */
enum { OFFLOAD_USO4 = 0x20, OFFLOAD_USO6 = 0x40 };

enum { PROC_PATH_MAX = 64, QUEUE_LENGTH = 2048 };

static int
probe_of(const struct opening *opening)
{
    return opening->port.fds[0];
}

static struct ifreq
request_for(const struct opening *opening)
{
    struct ifreq request = {0};

    memcpy(request.ifr_name, opening->place->device,
        sizeof opening->place->device);
    return request;
}

static bool
failed(struct opening *opening, const char *what)
{
    opening_failed(opening, "%s the device %s in the network namespace %s: %s.",
        what, opening->place->device, opening_where(opening),
        strerrordesc_np(errno));
    return false;
}

/* ---- making it ours ---- */

/* Is what the chassis file says about the device, that it is there, true? */
static bool
check_adopted(struct opening *opening)
{
    struct ifreq request = request_for(opening);

    if (!opening->place->adopt ||
        ioctl(probe_of(opening), SIOCGIFINDEX, &request) == 0)
        return true;
    opening_failed(opening,
        "There is no device %s to adopt in the network namespace %s: `ip "
        "tuntap add %s mode tun` makes it.",
        opening->place->device, opening_where(opening), opening->place->device);
    return false;
}

static void
tell_refused(struct opening *opening)
{
    const char *device = opening->place->device;
    const char *where = opening_where(opening);

    if (errno == EBUSY && !opening->place->adopt) {
        opening_failed(opening,
            "There is a device %s in the network namespace %s already: choose "
            "another name, or say `adopt` if it is a tun device for us.",
            device, where);
    } else if (errno == EBUSY) {
        opening_failed(opening,
            "Another program has the device %s of the network namespace %s.",
            device, where);
    } else if (errno == EINVAL && opening->place->adopt) {
        opening_failed(opening,
            "The device %s of the network namespace %s is no tun device with "
            "one queue: `ip tuntap add %s mode tun` makes one.",
            device, where, device);
    } else {
        (void)failed(opening, "Cannot open");
    }
}

static bool
attach(struct opening *opening, int fd)
{
    struct ifreq request = request_for(opening);
    int flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;

    if (!opening->place->adopt)
        flags |= IFF_TUN_EXCL;
    request.ifr_flags = (short)flags;
    if (ioctl(fd, TUNSETIFF, &request) != 0) {
        tell_refused(opening);
        return false;
    }
    if (ioctl(probe_of(opening), SIOCGIFINDEX, &request) != 0)
        return failed(opening, "Cannot find");
    opening->port.device = request.ifr_ifindex;
    return true;
}

/* Long packets of TCP and UDP, as far as this kernel has them. */
static bool
set_offloads(struct opening *opening, int fd)
{
    static const struct {
        unsigned long flags;
        bool udp;
    } tries[] = {
        {TUN_F_CSUM | TUN_F_TSO4 | OFFLOAD_USO4 | OFFLOAD_USO6, true },
        {TUN_F_CSUM | TUN_F_TSO4 | OFFLOAD_USO4,                true },
        {TUN_F_CSUM | TUN_F_TSO4,                               false},
        {0,                                                     false},
    };
    int header = sizeof(struct virtio_net_hdr);
    size_t i;

    if (ioctl(fd, TUNSETVNETHDRSZ, &header) != 0)
        return failed(opening, "Cannot set up");
    opening->port.vnet_header = true;
    for (i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        if (ioctl(fd, TUNSETOFFLOAD, tries[i].flags) == 0) {
            opening->port.udp = tries[i].udp;
            return true;
        }
    }
    return failed(opening, "Cannot set up");
}

/* ---- in the host's eyes ---- */

/* IPv6 on a device of IPv4 would only be noise for us to drop. */
static void
silence_ipv6(const struct opening *opening)
{
    char path[PROC_PATH_MAX];
    int fd;

    (void)snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
        opening->place->device);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return; /* a kernel without IPv6 */
    if (write(fd, "1", 1) < 0)
        errno = 0; /* then there is noise */
    (void)close(fd);
}

static bool
set_mtu(struct opening *opening)
{
    struct ifreq request = request_for(opening);
    bool keep = opening->place->adopt && !opening->place->has_mtu;

    request.ifr_mtu = (int)opening->place->mtu;
    if (ioctl(probe_of(opening), keep ? SIOCGIFMTU : SIOCSIFMTU, &request) != 0)
        return failed(opening, "Cannot set the MTU of");
    opening->port.mtu = (uint32_t)request.ifr_mtu;
    return true;
}

/* Packets wait here while thread D waits for a processor: the usual 500 come
 * within 4 ms at full speed.  TCP limits itself. */
static bool
set_queue(struct opening *opening)
{
    struct ifreq request = request_for(opening);

    if (opening->place->adopt)
        return true;
    request.ifr_qlen = QUEUE_LENGTH;
    if (ioctl(probe_of(opening), SIOCSIFTXQLEN, &request) != 0)
        return failed(opening, "Cannot set the queue of");
    return true;
}

static bool
bring_up(struct opening *opening)
{
    struct ifreq request = request_for(opening);

    if (ioctl(probe_of(opening), SIOCGIFFLAGS, &request) != 0)
        return failed(opening, "Cannot bring up");
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
    if (ioctl(probe_of(opening), SIOCSIFFLAGS, &request) != 0)
        return failed(opening, "Cannot bring up");
    return true;
}

static void
put_address(struct sockaddr *place, uint32_t address)
{
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};

    memcpy(place, &in, sizeof in);
}

static bool
add_route(struct opening *opening, const struct chassis_route *route)
{
    char device[CHASSIS_DEVICE_MAX];
    struct rtentry entry = {.rt_flags = RTF_UP, .rt_dev = device};
    char text[IP_TEXT_SIZE];

    memcpy(device, opening->place->device, sizeof device);
    put_address(&entry.rt_dst, route->prefix);
    put_address(&entry.rt_genmask, ip_mask_of(route->length));
    if (route->length == 32)
        entry.rt_flags |= RTF_HOST;
    if (ioctl(probe_of(opening), SIOCADDRT, &entry) == 0 || errno == EEXIST)
        return true;
    opening_failed(opening,
        "Cannot set the route %s/%u to the device %s in the network namespace "
        "%s: %s.",
        ip_format(route->prefix, text), (unsigned)route->length, device,
        opening_where(opening), strerrordesc_np(errno));
    return false;
}

bool
tun_device_open(struct opening *opening)
{
    int fd;
    size_t i;

    if (!check_adopted(opening))
        return false;
    fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (!opening_keep(opening, fd)) {
        opening_failed(
            opening, "Cannot open /dev/net/tun: %s.", strerrordesc_np(errno));
        return false;
    }
    if (!attach(opening, fd) || !set_offloads(opening, fd))
        return false;
    if (!opening->place->adopt)
        silence_ipv6(opening);
    if (!set_mtu(opening) || !set_queue(opening) || !bring_up(opening))
        return false;
    for (i = 0; i < opening->place->route_count; i++) {
        if (!add_route(opening, &opening->place->routes[i]))
            return false;
    }
    return true;
}
