/*
 * probe.c - what the Linux host says about a port's namespace and device.
 */
#include "daemon/probe.h"

#include "base/ip.h"
#include "chassis/chassis.h"
#include "daemon/real_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

enum { ADDRESSES_MAX = 256 };

static int
probe_of(const struct real_port *port)
{
    return port->fds[0];
}

static const char *
where(const struct chassis_port *place)
{
    return place->netns[0] == '\0' ? "of ermined" : place->netns;
}

/* Is the namespace of that name still the one that the port is in? */
static bool
has_namespace(const struct chassis_port *place, const struct real_port *port)
{
    char path[NETNS_PATH_MAX];
    struct stat status;

    if (place->netns[0] == '\0')
        return true;
    netns_path(place, path);
    return stat(path, &status) == 0 && status.st_dev == port->netns_place &&
           status.st_ino == port->netns_inode;
}

/* PROBE_DOWN: administratively, or for want of a carrier. */
static enum probe_state
probe_link(const struct chassis_port *place, const struct real_port *port,
    const char *device, char sentence[static PROBE_SENTENCE])
{
    struct ifreq request = {0};

    memcpy(request.ifr_name, device, strnlen(device, IFNAMSIZ - 1));
    if (ioctl(probe_of(port), SIOCGIFFLAGS, &request) != 0) {
        (void)snprintf(sentence, PROBE_SENTENCE,
            "The device %s of the network namespace %s is gone.", device,
            where(place));
        return PROBE_GONE;
    }
    if ((request.ifr_flags & IFF_UP) == 0) {
        (void)snprintf(sentence, PROBE_SENTENCE,
            "The device %s of the network namespace %s is down: `ip link set "
            "%s up` there brings it back.",
            device, where(place), device);
        return PROBE_DOWN;
    }
    if ((request.ifr_flags & IFF_RUNNING) == 0) {
        (void)snprintf(sentence, PROBE_SENTENCE,
            "The device %s of the network namespace %s has no carrier.", device,
            where(place));
        return PROBE_DOWN;
    }
    return PROBE_UP;
}

/* ---- tun ---- */

/* A device of the same name may be another one by now. */
static enum probe_state
probe_tun(const struct chassis_port *place, const struct real_port *port,
    char sentence[static PROBE_SENTENCE])
{
    struct ifreq request = {0};

    memcpy(request.ifr_name, place->device, sizeof place->device);
    if (ioctl(probe_of(port), SIOCGIFINDEX, &request) != 0 ||
        request.ifr_ifindex != port->device) {
        (void)snprintf(sentence, PROBE_SENTENCE,
            "The device %s of the network namespace %s was deleted.",
            place->device, where(place));
        return PROBE_GONE;
    }
    return probe_link(place, port, place->device, sentence);
}

/* ---- host ---- */

/* The device that has the address, without what makes it an alias.  False:
 * none of the first ADDRESSES_MAX has. */
static bool
find_device(const struct ifconf *list, uint32_t address, char device[IFNAMSIZ])
{
    const size_t count = (size_t)list->ifc_len / sizeof *list->ifc_req;
    struct sockaddr_in in;
    size_t i;

    for (i = 0; i < count; i++) {
        memcpy(&in, &list->ifc_req[i].ifr_addr, sizeof in);
        if (in.sin_family != AF_INET || ntohl(in.sin_addr.s_addr) != address)
            continue;
        memcpy(device, list->ifc_req[i].ifr_name, IFNAMSIZ);
        device[strcspn(device, ":")] = '\0';
        return true;
    }
    return false;
}

static enum probe_state
probe_host(const struct chassis_port *place, const struct real_port *port,
    uint32_t address, char sentence[static PROBE_SENTENCE])
{
    struct ifreq entries[ADDRESSES_MAX];
    struct ifconf list = {.ifc_len = sizeof entries, .ifc_req = entries};
    char device[IFNAMSIZ];
    char text[IP_TEXT_SIZE];
    enum probe_state state;

    if (address == 0 || ioctl(probe_of(port), SIOCGIFCONF, &list) != 0 ||
        (size_t)list.ifc_len == sizeof entries)
        return PROBE_UP; /* nothing that speaks against it */
    if (!find_device(&list, address, device)) {
        (void)snprintf(sentence, PROBE_SENTENCE,
            "No device of the network namespace %s has the address %s: `ip "
            "address add` there gives it to one.",
            where(place), ip_format(address, text));
        return PROBE_DOWN;
    }
    state = probe_link(place, port, device, sentence);
    return state == PROBE_GONE ? PROBE_DOWN : state; /* gone this instant */
}

enum probe_state
probe_port(const struct chassis_port *place, const struct real_port *port,
    uint32_t address, char sentence[static PROBE_SENTENCE])
{
    sentence[0] = '\0';
    if (!has_namespace(place, port)) {
        (void)snprintf(sentence, PROBE_SENTENCE,
            "The network namespace %s was deleted.", place->netns);
        return PROBE_GONE;
    }
    if (place->kind == CHASSIS_TUN)
        return probe_tun(place, port, sentence);
    return probe_host(place, port, address, sentence);
}

enum probe_neighbour
probe_neighbour(const struct real_port *port, uint32_t local, uint32_t address)
{
    struct ifreq entries[ADDRESSES_MAX];
    struct ifconf list = {.ifc_len = sizeof entries, .ifc_req = entries};
    const struct sockaddr_in wanted = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    struct arpreq request = {0};
    char device[IFNAMSIZ];

    if (ioctl(probe_of(port), SIOCGIFCONF, &list) != 0 ||
        !find_device(&list, local, device))
        return PROBE_NEIGHBOUR_UNKNOWN;
    memcpy(&request.arp_pa, &wanted, sizeof wanted);
    memcpy(request.arp_dev, device, strnlen(device, IFNAMSIZ - 1));
    if (ioctl(probe_of(port), SIOCGARP, &request) != 0)
        return PROBE_NEIGHBOUR_UNKNOWN; /* not on this link, or never asked */
    return (request.arp_flags & ATF_COM) != 0 ? PROBE_NEIGHBOUR_ANSWERS
                                              : PROBE_NEIGHBOUR_SILENT;
}
