/*
 * signed_net.h - the network of ike_net.h, whose ends prove themselves by
 * certificates: router.example.test and peer1.example.test, of CA One.
 */
#ifndef SUPPORT_SIGNED_NET_H
#define SUPPORT_SIGNED_NET_H

#include "tests/support/ike_net.h"
#include "tests/support/papers.h"

enum { SIGNED_FQDN = 2, SIGNED_USER = 3, SIGNED_DN = 9 };

struct signed_net {
    struct net net;
    struct papers papers[2];
};

/* Without preshared keys: 3des sha rsa-sig group 2, and that mode. */
void signed_net_init(
    struct signed_net *net, uint64_t seed, enum ike_aggressive mode);
void signed_net_done(struct signed_net *net);
/* The end's papers again, without certificates and trust. */
void signed_net_blank(struct signed_net *net, int end, const char *key);
/* The tunnels again, with who each end says, or is expected, to be. */
void signed_net_tunnel(struct signed_net *net, int end, const char *local,
    const char *remote, uint32_t address);
/* That end's tunnel to the other's address, and whom it has to be. */
void signed_net_pin(struct signed_net *net, int end, const char *certified);
struct ike_rule signed_net_rule(enum ike_aggressive mode);
/* End 0, or 1, begins. */
void signed_net_begin(struct signed_net *net, int end, uint64_t seconds);
bool signed_net_passes(const struct signed_net *net);
/* The IKE SA of that end that stands; false: none. */
bool signed_net_row(
    const struct signed_net *net, int end, struct ike_sa_row *out_row);

#endif
