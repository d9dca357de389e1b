/*
 * sim_net.h - a network between whole routers, for tests: it has weather.
 *
 *    end 0 --+
 *    end 1 --+-- by destination address --> delay, loss, repeats, cuts
 *    end 2 --+
 *
 * Each end is a port of one router and has one address.  What happens to a
 * packet is drawn from a seed.  One end may be behind a NAT.  A port belongs
 * to its dataplane; when that goes, the end is empty until a new port is
 * made for it.  Times are the dataplanes'.
 */
#ifndef SUPPORT_SIM_NET_H
#define SUPPORT_SIM_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct port;
struct sim_net;

enum { SIM_ENDS = 3 };

struct sim_weather {
    unsigned loss;    /* percent */
    unsigned repeats; /* percent: comes twice */
    uint64_t delay_us;
    uint64_t jitter_us; /* up to so much more, which reorders */
};

/* Sees each packet that an end sends, before anything happens to it. */
struct sim_look {
    void (*look)(
        void *context, size_t from, const uint8_t *packet, size_t length);
    void *context;
};

struct sim_net *sim_net_new(uint64_t seed);
void sim_net_free(struct sim_net *net); /* after its ports */

/* Addresses are in host order. */
struct port *sim_net_port(struct sim_net *net, size_t end, uint32_t address);
void sim_net_look(struct sim_net *net, const struct sim_look *look);
void sim_net_weather(struct sim_net *net, const struct sim_weather *weather);
/* Nothing goes from one end to the other, or it does again; packets on the
 * way arrive. */
void sim_net_cut(struct sim_net *net, size_t from, size_t to, bool is_cut);
/* From now on this end is behind a NAT with this address, and with new ports:
 * what comes to old ones is lost.  ESP itself does not pass. */
void sim_net_nat(struct sim_net *net, size_t end, uint32_t address);

#endif
