/*
 * ipsec.h - the tunnel manager: joins configuration and packet engine.
 *
 * A participant of commits that turns a change set into one batch of commands
 * for the dataplane: virtual routers, interfaces, routes, tunnels and the SAs
 * of manual tunnels.  It decides every handle (VR index, interface index) and
 * knows, for each object, which one it has; it hears what the dataplane says
 * and can tell for each tunnel its state and why it is not up.  A change to
 * one tunnel sends commands for that tunnel only.  Thread M only.
 */
#ifndef IPSEC_IPSEC_H
#define IPSEC_IPSEC_H

#include "base/err.h"
#include "dp.h"
#include "gen/enums.h"

#include <stdbool.h>
#include <stdint.h>

struct chassis;
struct config;
struct crypto;
struct ipsec;
struct object;
struct participant;
struct str;
struct unsealer;

/* All are borrowed for the life of the manager, which ends before the dp's.
 * The dp has dp_limits_default.  Its virtual router `default` is there from
 * the start. */
struct ipsec *ipsec_new(struct dp *dp, struct crypto *crypto,
    const struct chassis *chassis, const struct unsealer *unsealer);
void ipsec_free(struct ipsec *ipsec); /* NULL is allowed */
/* A dp with other limits; before the first commit. */
void ipsec_set_limits(struct ipsec *ipsec, const struct dp_limits *limits);

/*
 * Sequence numbers of manual SAs outlive the process.  A manual key stays the
 * same over a restart, and the other end drops what it has seen: an SA that
 * began again at 1 would send nothing but replays (RFC 2406, 3.3.3).  So
 * numbers are reserved ahead, a step at a time, in a place that outlives us;
 * an SA that is made begins above all that were ever reserved for it, and
 * when half of its step is used the next one is reserved.
 *
 *    1 ........ sent ..... reserved | never sent before
 *                                   ^ an SA made now begins here
 *
 * With 2^20 numbers a step an SA may be made 4096 times before its 2^32
 * numbers are used up; then it drops what it should send (sequence-end), and
 * its state says that the tunnel needs new keys.
 */
enum { IPSEC_SEQUENCE_STEP = 1 << 20 };

struct sequence_keeper {
    /* Reserve the next IPSEC_SEQUENCE_STEP numbers of this tunnel and SPI:
     * *out_first is the first of them, at least `least` and above all that
     * were reserved before.  ERR_EXHAUSTED: it would not be a 32-bit number;
     * ERR_IO.  Nothing is sent by them before flush. */
    enum err (*reserve)(void *context, const char *tunnel, uint32_t spi,
        uint64_t least, uint64_t *out_first);
    /* Make all that was reserved durable. */
    enum err (*flush)(void *context);
    void *context;
};

/* Copied; its context is borrowed.  Before the first commit.  Without one,
 * numbers begin at 1 in each process. */
void ipsec_set_keeper(
    struct ipsec *ipsec, const struct sequence_keeper *keeper);
/* To be called once a second: reserves ahead of what is being sent, and
 * submits what a busy dataplane did not take. */
void ipsec_tick(struct ipsec *ipsec, uint64_t now_us);

/* The protocol that a transport profile protects: GRE. */
enum { IPSEC_PROFILE_PAYLOAD = 47 };

/* SAs of signaled tunnels are made by another (mgmt/negotiator), which also
 * knows why a tunnel has none. */
enum { IPSEC_SAS_MAX = 6 };

struct ipsec_negotiator {
    /* Why this tunnel, by its handle, has no outbound SA: a sentence. */
    void (*why)(void *context, uint32_t interface, struct str *why);
    /* Does it make this tunnel's SAs? */
    bool (*negotiates)(void *context, uint32_t interface);
    void *context;
};

/* Copied; its context is borrowed. */
void ipsec_set_negotiator(
    struct ipsec *ipsec, const struct ipsec_negotiator *negotiator);
/* Send a batch of SAs and datagrams of signaled tunnels, which is the
 * manager's from now on. */
void ipsec_submit(struct ipsec *ipsec, struct dp_batch *batch);
/* An SA of the tunnel with this handle, to be removed; NULL: it has none. */
struct sa *ipsec_find_sa(const struct ipsec *ipsec, uint32_t interface,
    bool is_outbound, uint32_t spi);

/* To join an engine with; it borrows the manager. */
struct participant ipsec_participant(struct ipsec *ipsec);

/* Take one event of the dataplane, the batch in it included: those that
 * others submit have the number 0 and are freed without more.  Echo replies
 * and ping drops are not the manager's: it ignores them. */
void ipsec_event(
    struct ipsec *ipsec, uint64_t now_us, const struct dp_event *event);

/* Batches sent, and those that the dataplane has applied: a commit is in
 * force once applied has reached the sent of right after it. */
uint64_t ipsec_sent(const struct ipsec *ipsec);
uint64_t ipsec_applied(const struct ipsec *ipsec);

/* The dataplane's handle of an interface or tunnel object, or of a VR by its
 * name.  ERR_NOT_FOUND: it has none (no such port in the chassis, ...). */
MUST_CHECK enum err ipsec_interface(const struct ipsec *ipsec,
    const struct object *object, uint32_t *out_interface);
MUST_CHECK enum err ipsec_vr(
    const struct ipsec *ipsec, const char *name, uint16_t *out_vr);

/* Keys of the interface or tunnel that has this handle; NULL: none. */
const struct object *ipsec_interface_of(
    const struct ipsec *ipsec, uint32_t interface);
/* All handles of interfaces and tunnels are below this one. */
uint32_t ipsec_interfaces_end(const struct ipsec *ipsec);
/* While this is the same, each interface and tunnel has the handle that it
 * had. */
uint64_t ipsec_interfaces_changes(const struct ipsec *ipsec);
/* Names of the virtual router and the policy list that have these handles;
 * NULL: none. */
const char *ipsec_vr_of(const struct ipsec *ipsec, uint16_t vr);
const char *ipsec_policy_of(const struct ipsec *ipsec, uint32_t policy);
/* By which interface packets to an address leave a virtual router.
 * ERR_CONFLICT: by one that is down; ERR_EXISTS: the address is the router's
 * own; ERR_NOT_FOUND: no route, or no such virtual router. */
MUST_CHECK enum err ipsec_resolve(const struct ipsec *ipsec, const char *vr,
    uint32_t address, uint32_t *out_interface);

/* When the packet engine last took an interface up or down, by its handle
 * (monotonic; 0: never since it is there), and how often down. */
uint64_t ipsec_changed(
    const struct ipsec *ipsec, uint32_t interface, uint32_t *out_downs);

/* State of a tunnel, IPsec or GRE, of the running configuration; why: a
 * sentence where it is not up (untouched otherwise); NULL: nobody asks, which
 * is a good deal cheaper. */
enum tunnel_state ipsec_tunnel_state(
    const struct ipsec *ipsec, const struct object *tunnel, struct str *why);
/* The same by its handle too, without a reason. */
enum tunnel_state ipsec_interface_state(
    const struct ipsec *ipsec, uint32_t interface, const struct object *tunnel);

/* The SAs of a tunnel of the running configuration, oldest first; borrowed
 * until the next commit or ipsec_submit.  Returns how many. */
size_t ipsec_sas(const struct ipsec *ipsec, const struct object *tunnel,
    const struct sa *out_sas[IPSEC_SAS_MAX]);
/* The same by the handle. */
size_t ipsec_interface_sas(const struct ipsec *ipsec, uint32_t interface,
    const struct sa *out_sas[IPSEC_SAS_MAX]);
/* While this is the same, a tunnel that has kept its handle has the SAs that it
 * had. */
uint32_t ipsec_interface_sa_changes(
    const struct ipsec *ipsec, uint32_t interface);

/* What matched a classifier group of the running configuration. */
void ipsec_policy_counters(const struct ipsec *ipsec,
    const struct object *group, struct dp_policy_counters *out_counters);

#endif
