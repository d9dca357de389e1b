/*
 * gateway.h - a dataplane under its tunnel manager, without store, sessions
 * or threads: a test changes objects, commits, and moves the time.
 *
 *    put, take   on the candidate
 *    commit      diff, prepare, apply; then the dataplane is polled
 *    settle      polls all gateways until a point of virtual time
 *
 * Each gateway has port 0/0; two of them can be joined by a wire.  A session
 * key is "sealed" by a dollar sign in front of it.
 */
#ifndef SUPPORT_GATEWAY_H
#define SUPPORT_GATEWAY_H

#include "base/diag.h"
#include "chassis/chassis.h"
#include "commit/commit.h"
#include "config/config.h"
#include "crypto/provider.h"
#include "dp.h"
#include "gen/enums.h"
#include "ipsec/ipsec.h"
#include "oper/oper.h"
#include "port/port.h"

#include <stdbool.h>
#include <stdint.h>

struct gateway {
    struct dp *dp;
    struct crypto *crypto;
    struct chassis chassis;
    struct unsealer unsealer;
    struct ipsec *ipsec;
    struct participant participant;
    struct config *running;
    struct config *candidate;
    struct diag diag;  /* of the last prepare */
    struct ping *ping; /* hears the events; NULL: none */
    uint64_t now_us;
};

extern const struct dp_limits gateway_limits; /* small ones */

/* port: the port in 0/0, which becomes the gateway's; NULL: it is empty. */
struct gateway *gateway_new(struct port *port);
void gateway_free(struct gateway *gateway);
/* Two of them with a wire of 5 ms from 0/0 to 0/0. */
void gateway_pair(struct gateway **out_a, struct gateway **out_b);

/* The object is the gateway's. */
void gateway_put(struct gateway *gateway, struct object *object);
/* Delete what has the keys of this object, and free it. */
void gateway_take(struct gateway *gateway, struct object *object);
/* Prepare alone, without taking it back. */
enum err gateway_prepare(struct gateway *gateway);
/* On refusal the candidate is put back to what is running. */
enum err gateway_commit(struct gateway *gateway);
/* Poll each (NULL at the end) in turn, in steps, until until_us. */
void gateway_settle(
    struct gateway *const *gateways, size_t count, uint64_t until_us);

/* The running object with the keys of this one, which is freed. */
const struct object *gateway_running(
    const struct gateway *gateway, struct object *object);
/* Ping from a to an address, with b and the wire: was it answered? */
bool gateway_ping(struct gateway *a, struct gateway *b, const char *address,
    const char *source);

/* ---- objects ---- */

uint32_t gateway_ip(const char *text);
struct object *gateway_vr(const char *name);
struct object *gateway_policy_list(const char *name);
/* address "10.1.0.1/16" or NULL. */
struct object *gateway_interface(const char *vr, enum interface_type type,
    const char *location, const char *address);
/* out: "192.0.2.2", "loopback 0" and the like, or "ipsec:siteB". */
struct object *gateway_route(
    const char *vr, const char *prefix, const char *out);
/* A manual tunnel in VR default, esp-hmac-sha, address 10.255.0.1/30, any
 * identities; key is one octet that fills all of the key. */
struct object *gateway_tunnel(const char *name, const char *source,
    const char *destination, uint32_t spi_in, uint32_t spi_out);

void gateway_set_number(struct object *object, unsigned field, uint64_t number);
void gateway_set_text(struct object *object, unsigned field, const char *text);

/* boston and ottawa: 192.0.2.1 and .2 on the wire, loopbacks 10.1.0.1/16 and
 * 10.2.0.1/16, a tunnel named after the other end, a route into it. */
void gateway_two_sites(
    struct gateway **out_boston, struct gateway **out_ottawa);

#endif
