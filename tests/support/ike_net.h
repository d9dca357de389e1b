/*
 * ike_net.h - two IKE engines and the network between them, under virtual
 * time.
 *
 * The network loses, repeats, delays and so reorders datagrams as a seed
 * decides, and can put a NAT before the first end.  For each end the SAs are
 * kept that its packet engine would have.
 */
#ifndef SUPPORT_IKE_NET_H
#define SUPPORT_IKE_NET_H

#include "crypto/provider.h"
#include "crypto/random.h"
#include "ike/ike.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NET_SAS_MAX = 64,
    NET_FAILURES_MAX = 16,
    NET_FLIGHT_MAX = 256,
};

#define NET_A   0xcb007101U /* 203.0.113.1  */
#define NET_B   0xcb00710bU /* 203.0.113.11 */
#define NET_NAT 0xcb00714dU /* 203.0.113.77 */
#define NET_KEY "a key that both ends were given"

struct net_end {
    struct crypto *crypto;
    struct random_seed seed;
    struct ike *ike;
    struct ike_sa_add sas[NET_SAS_MAX];
    size_t sa_count;
    size_t adds; /* of outbound SAs */
    struct ike_failure failures[NET_FAILURES_MAX];
    size_t failure_count;
    struct ike_probed probed; /* the last one */
    unsigned probed_count;
    unsigned ups;
    unsigned downs;
    unsigned moves;
};

struct net_flight {
    uint64_t at_us;
    int to;
    struct ike_datagram datagram;
    uint8_t bytes[IKE_DATAGRAM_MAX];
};

struct net {
    struct net_end ends[2];
    uint64_t now_us;
    struct net_flight *flights;
    size_t flight_count;
    struct random_seed seed;
    struct random_source random;
    unsigned loss; /* percent */
    unsigned repeats;
    uint64_t delay_us;
    uint64_t jitter_us;
    bool has_nat; /* before end 0 */
    bool is_cut;
    uint64_t sent;
    /* Sees each datagram before it goes, and may change it; NULL: nobody.
     * False: it is lost. */
    bool (*tamper)(void *context, int from, uint8_t *bytes, size_t *length);
    void *context;
};

void net_init(struct net *net, uint64_t seed);
void net_done(struct net *net);
/* As after net_init, but with the cryptographic libraries that are open. */
void net_restart(struct net *net, uint64_t seed);
/* As psk-main: tunnel 7 at both ends, the key by address, 3des sha group 2,
 * esp-3des-hmac-sha. */
void net_configure(struct net *net);
struct ike_tunnel net_tunnel(int end);
void net_set_key(struct net *net, int end, const char *name, uint32_t address,
    const char *key);
/* A new engine in place of one that crashed. */
void net_crash(struct net *net, int end);
/* Until nothing is due before end, or it has come. */
void net_run(struct net *net, uint64_t seconds);
/* Take what an engine has to say, after a call of one's own. */
void net_collect(struct net *net, int end);

const struct ike_sa_add *net_outbound(const struct net *net, int end);
size_t net_inbound_count(const struct net *net, int end);
/* Would a packet of this end arrive at the other: is its current outbound SA
 * an inbound one there, with the same keys? */
bool net_passes(const struct net *net, int from);

#endif
