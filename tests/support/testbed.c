/*
 * testbed.c - configure a dp from a test.
 */
#include "tests/support/testbed.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/secret.h"
#include "tests/support/packet.h"

#include <stdlib.h>
#include <string.h>

static const struct dp_limits limits = {
    .packets = 128,
    .vrs = 4,
    .ports = 4,
    .interfaces = TESTBED_INTERFACES,
    .routes = 64,
    .sas = 64,
    .policies = 4,
    .policy_groups = 8,
};

struct testbed *
testbed_new(void)
{
    struct testbed *router = mem_alloc(sizeof(*router));

    router->dp = dp_new(&limits);
    testbed_vr(router, 0);
    return router;
}

void
testbed_free(struct testbed *router)
{
    if (router == NULL)
        return;
    dp_free(router->dp);
    free(router);
}

/* Keep all events; returns the batch that came back, if one did. */
static struct dp_batch *
collect(struct testbed *router)
{
    struct dp_batch *batch = NULL;
    struct dp_event event;

    while (dp_next_event(router->dp, &event)) {
        if (event.kind == DP_EVENT_APPLIED)
            batch = event.batch;
        else if (event.kind == DP_EVENT_DATAGRAM)
            router->datagram = *event.datagram;
        if (event.kind != DP_EVENT_APPLIED &&
            router->event_count < TESTBED_EVENTS)
            router->events[router->event_count++] = event;
    }
    return batch;
}

uint64_t
testbed_poll(struct testbed *router, uint64_t now_us)
{
    uint64_t next;

    router->now_us = now_us;
    next = dp_poll(router->dp, now_us);
    dp_batch_free(collect(router));
    return next;
}

bool
testbed_event(
    struct testbed *router, enum dp_event_kind kind, struct dp_event *out_event)
{
    const struct dp_event *event;

    while (router->event_first < router->event_count) {
        event = &router->events[router->event_first++];
        if (event->kind == kind) {
            *out_event = *event;
            return true;
        }
    }
    router->event_first = 0;
    router->event_count = 0;
    return false;
}

enum err
testbed_apply(struct testbed *router, const struct dp_command *command)
{
    struct dp_batch *batch = dp_batch_new();
    enum err error;

    *dp_batch_add(batch, command->kind) = *command;
    if (dp_submit(router->dp, batch) != OK)
        abort();
    (void)dp_poll(router->dp, router->now_us);
    if (collect(router) != batch)
        abort();
    error = batch->commands[0].error;
    if (command->kind == DP_POLICY_SET || command->kind == DP_POLICY_REMOVE)
        policy_free(batch->commands[0].policy.policy);
    dp_batch_free(batch);
    return error;
}

static void
must(struct testbed *router, const struct dp_command *command)
{
    if (testbed_apply(router, command) != OK)
        abort();
}

void
testbed_vr(struct testbed *router, uint16_t vr)
{
    must(router, &(struct dp_command){.kind = DP_VR_ADD, .vr = vr});
}

/* "10.0.0.0/8" into its two parts. */
static uint32_t
split(const char *text, uint8_t *out_length)
{
    char address[IP_TEXT_SIZE] = "";
    const char *slash = strchr(text, '/');
    size_t length;

    if (slash == NULL || slash - text >= IP_TEXT_SIZE)
        abort();
    length = (size_t)(slash - text);
    memcpy(address, text, length);
    *out_length = (uint8_t)strtoul(slash + 1, NULL, 10);
    return packet_address(address);
}

struct dp_interface
testbed_describe(uint32_t index, uint16_t vr, enum dp_interface_kind kind,
    const char *address)
{
    struct dp_interface interface = {
        .index = index,
        .kind = kind,
        .vr = vr,
        .enabled = true,
    };
    uint8_t length;

    if (address != NULL) {
        interface.has_address = true;
        interface.address = split(address, &length);
        interface.mask = ip_mask_of(length);
    }
    return interface;
}

void
testbed_set(struct testbed *router, const struct dp_interface *interface)
{
    must(router, &(struct dp_command){
                     .kind = DP_INTERFACE_SET, .interface = *interface});
}

void
testbed_loopback(
    struct testbed *router, uint32_t index, uint16_t vr, const char *address)
{
    struct dp_interface interface;

    interface = testbed_describe(index, vr, DP_INTERFACE_LOOPBACK, address);
    testbed_set(router, &interface);
}

void
testbed_port(
    struct testbed *router, uint16_t index, uint16_t vr, const char *address)
{
    struct dp_interface interface;

    interface = testbed_describe(index, vr, DP_INTERFACE_PORT, address);
    interface.port = index;
    testbed_set(router, &interface);
}

struct dp_interface
testbed_tunnel(uint32_t index, uint16_t vr, const char *address,
    const char *source, const char *destination)
{
    struct dp_interface interface;

    interface = testbed_describe(index, vr, DP_INTERFACE_TUNNEL, address);
    interface.mtu = 1400;
    interface.tunnel = (struct dp_tunnel){
        .transport_vr = vr,
        .source = packet_address(source),
        .destination = packet_address(destination),
        .local = {0, UINT32_MAX},
        .remote = {0, UINT32_MAX},
    };
    return interface;
}

void
testbed_route(
    struct testbed *router, uint16_t vr, const char *prefix, uint32_t interface)
{
    struct dp_command command = {.kind = DP_ROUTE_ADD};

    command.route = (struct dp_route){
        .vr = vr,
        .distance = 1,
        .has_interface = true,
        .interface = interface,
    };
    command.route.prefix = split(prefix, &command.route.length);
    must(router, &command);
}

enum { GRE = 47 };

static void
set_key(struct secret *key, uint8_t length, uint32_t seed)
{
    uint8_t bytes[SECRET_MAX];
    uint8_t i;

    for (i = 0; i < length; i++)
        bytes[i] = (uint8_t)(seed * 7 + i * 5U + 1);
    if (secret_set(key, bytes, length) != OK)
        abort();
}

struct sa_params
testbed_sa_params(const struct dp_interface *tunnel, enum transform transform,
    enum sa_direction direction, uint32_t spi)
{
    const struct sa_transform *needs = sa_transform_of(transform);
    const struct dp_tunnel *ends = &tunnel->tunnel;
    bool is_out = direction == SA_OUTBOUND;
    bool is_gre = tunnel->kind == DP_INTERFACE_GRE;
    struct sa_params params = {
        .direction = direction,
        .mode = is_gre ? SA_TRANSPORT : SA_TUNNEL,
        .payload = is_gre ? GRE : 0,
        .transform = transform,
        .spi = spi,
        .src = is_out ? ends->source : ends->destination,
        .dst = is_out ? ends->destination : ends->source,
        .vr = ends->transport_vr,
        .tunnel = tunnel->index,
    };

    set_key(&params.encryption_key, needs->encryption_key, spi);
    set_key(&params.authentication_key, needs->authentication_key, spi + 1);
    return params;
}

struct sa *
testbed_sa_add(struct testbed *router, struct crypto *crypto,
    const struct sa_params *params)
{
    struct sa *sa;

    if (sa_new(crypto, params, &sa) != OK)
        abort();
    must(router, &(struct dp_command){.kind = DP_SA_ADD, .sa = sa});
    return sa;
}

struct sa *
testbed_sa(struct testbed *router, struct crypto *crypto,
    const struct dp_interface *tunnel, enum transform transform,
    enum sa_direction direction, uint32_t spi)
{
    const struct sa_params params =
        testbed_sa_params(tunnel, transform, direction, spi);

    return testbed_sa_add(router, crypto, &params);
}

void
testbed_sa_remove(struct testbed *router, struct sa *sa)
{
    must(router, &(struct dp_command){.kind = DP_SA_REMOVE, .sa = sa});
    sa_free(sa);
}

void
testbed_policy(struct testbed *router, uint32_t index,
    enum policy_verdict verdict, uint32_t target)
{
    const struct policy_entry all = {.source_wildcard = UINT32_MAX,
        .destination_wildcard = UINT32_MAX,
        .any_protocol = true};
    const struct policy_group group = {.verdict = verdict,
        .tunnel = target,
        .next_hop = target,
        .counter = index};
    struct dp_command command = {.kind = DP_POLICY_SET};

    command.policy.index = index;
    command.policy.policy = policy_new();
    policy_add_group(command.policy.policy, &group);
    policy_add_entry(command.policy.policy, &all);
    must(router, &command);
}

void
testbed_ping(struct testbed *router, uint16_t vr, const char *source,
    const char *destination, uint16_t sequence, uint16_t payload)
{
    struct dp_command command = {.kind = DP_PING};

    command.ping = (struct dp_ping){
        .vr = vr,
        .has_source = source != NULL,
        .source = source != NULL ? packet_address(source) : 0,
        .destination = packet_address(destination),
        .id = 7,
        .sequence = sequence,
        .payload = payload,
    };
    must(router, &command);
}

uint64_t
testbed_drops(const struct testbed *router, enum drop drop)
{
    uint64_t drops[DROP_COUNT];

    dp_drops(router->dp, drops);
    return drops[drop];
}

struct dp_interface_counters
testbed_counters(const struct testbed *router, uint32_t interface)
{
    struct dp_interface_counters counters;

    dp_interface_counters(router->dp, interface, &counters);
    return counters;
}
