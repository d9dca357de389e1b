/*
 * testbed.h - configure a dp from a test, one call for one object.
 *
 * Each call submits a batch, polls the dp at the time it was polled last and
 * waits for the batch to come back; a refused command aborts.  Events other
 * than "applied" are kept for testbed_event.  Addresses are text, interfaces
 * and virtual routers are handles.
 */
#ifndef SUPPORT_TESTBED_H
#define SUPPORT_TESTBED_H

#include "crypto/provider.h"
#include "dp.h"

#include <stdbool.h>
#include <stdint.h>

enum { TESTBED_EVENTS = 1024, TESTBED_INTERFACES = 64 };

struct testbed {
    struct dp *dp;
    uint64_t now_us;
    size_t event_first;
    size_t event_count;
    struct dp_event events[TESTBED_EVENTS];
    struct dp_datagram datagram; /* of the last DP_EVENT_DATAGRAM */
};

/* Small limits: 128 packets, 4 VRs, 4 ports, 64 interfaces,
 * 4 policies.  VR 0 is there. */
struct testbed *testbed_new(void);
void testbed_free(struct testbed *router);

/* Poll at now_us and collect events.  Returns dp_poll's answer. */
uint64_t testbed_poll(struct testbed *router, uint64_t now_us);
/* The oldest event of this kind, which is taken out with all before it. */
bool testbed_event(struct testbed *router, enum dp_event_kind kind,
    struct dp_event *out_event);

/* Apply one command and return D's answer.  A policy is the dp's from then
 * on, or freed. */
enum err testbed_apply(
    struct testbed *router, const struct dp_command *command);

void testbed_vr(struct testbed *router, uint16_t vr);
/* An interface of any kind, enabled, with "10.0.0.1/24" or NULL. */
struct dp_interface testbed_describe(uint32_t index, uint16_t vr,
    enum dp_interface_kind kind, const char *address);
void testbed_set(struct testbed *router, const struct dp_interface *interface);
void testbed_loopback(
    struct testbed *router, uint32_t index, uint16_t vr, const char *address);
/* Interface and port have the same index. */
void testbed_port(
    struct testbed *router, uint16_t index, uint16_t vr, const char *address);
/* Both VRs are vr; MTU 1400; all inner addresses. */
struct dp_interface testbed_tunnel(uint32_t index, uint16_t vr,
    const char *address, const char *source, const char *destination);
void testbed_route(struct testbed *router, uint16_t vr, const char *prefix,
    uint32_t interface);

/* One SA of a tunnel, in transport mode for GRE if it is a GRE one; its keys
 * follow from the SPI.  Returned for removal. */
struct sa *testbed_sa(struct testbed *router, struct crypto *crypto,
    const struct dp_interface *tunnel, enum transform transform,
    enum sa_direction direction, uint32_t spi);
/* What testbed_sa makes it of, for tests that want more of it. */
struct sa_params testbed_sa_params(const struct dp_interface *tunnel,
    enum transform transform, enum sa_direction direction, uint32_t spi);
struct sa *testbed_sa_add(struct testbed *router, struct crypto *crypto,
    const struct sa_params *params);
/* Take it out of the dp and free it. */
void testbed_sa_remove(struct testbed *router, struct sa *sa);

/* A policy with one group, numbered as its policy, that all packets match;
 * target: its tunnel or next hop. */
void testbed_policy(struct testbed *router, uint32_t index,
    enum policy_verdict verdict, uint32_t target);

void testbed_ping(struct testbed *router, uint16_t vr, const char *source,
    const char *destination, uint16_t sequence, uint16_t payload);

uint64_t testbed_drops(const struct testbed *router, enum drop drop);
struct dp_interface_counters testbed_counters(
    const struct testbed *router, uint32_t interface);

#endif
