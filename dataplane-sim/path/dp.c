/*
 * dp.c - a dp's life, and what thread M does with it.
 */
#include "dp.h"

#include "base/arena.h"
#include "gre/gre.h"
#include "path/engine.h"
#include "watch.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

const struct dp_limits dp_limits_default = {
    .packets = 1024,
    .vrs = 1024,
    .ports = 64,
    .interfaces = 131072,
    .routes = 131072,
    .sas = 262144,
    .policies = 1024,
    .policy_groups = 8192,
    .addresses = 16384,
};

enum { BATCH_ROOM_FIRST = 16 };

struct dp *
dp_new(const struct dp_limits *limits)
{
    struct dp *dp;
    uint16_t i;

    dp = mem_alloc(sizeof(*dp));
    dp->limits = *limits;
    dp->pool = pkt_pool_new(limits->packets);
    dp->routes = route_table_new(limits);
    dp->sas = sa_table_new(limits->sas);
    dp->lives = sa_lives_new(limits->sas);
    dp->outbound = sa_table_new(limits->sas);
    dp->reassembly = reassembly_new();
    dp->gre = gre_table_new(limits->interfaces);
    dp->waiting = waiting_new();
    dp->interfaces = mem_alloc_lines(
        sizeof(*dp->interfaces) * ((size_t)limits->interfaces + 1));
    dp->plugs = mem_alloc(sizeof(*dp->plugs) * ((size_t)limits->ports + 1));
    for (i = 0; i < limits->ports; i++)
        dp->plugs[i].interface = PATH_NO_INTERFACE;
    dp->policies =
        mem_alloc(sizeof(struct policy *) * ((size_t)limits->policies + 1));
    dp->groups =
        mem_alloc(sizeof(*dp->groups) * ((size_t)limits->policy_groups + 1));
    dp->inbox = ring_new(sizeof(struct dp_batch *), PATH_BATCHES);
    dp->outbox = ring_new(sizeof(struct dp_batch *), PATH_BATCHES);
    dp->events = ring_new(sizeof(struct dp_event), PATH_EVENTS);
    dp->datagrams = ring_new(sizeof(struct dp_datagram), DP_DATAGRAMS);
    dp->waiting_first = PATH_NO_INTERFACE;
    dp->path_first = PATH_NO_INTERFACE;
    dp->path_last = PATH_NO_INTERFACE;
    dp->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    dp->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (dp->wake_fd < 0 || dp->event_fd < 0)
        abort(); /* like memory: without it there is no router */
    return dp;
}

/* Did this command leave an SA with the batch?  It took one out, or brought
 * one that was refused, of which M never heard. */
static bool
has_sa(const struct dp_command *command)
{
    if (command->kind == DP_SA_REMOVE)
        return command->error == OK;
    return command->kind == DP_SA_ADD && command->error != OK;
}

static bool
has_policy(const struct dp_command *command)
{
    return command->kind == DP_POLICY_SET || command->kind == DP_POLICY_REMOVE;
}

/* What a command of those who watch left with the batch. */
static void
watch_free(struct dp_command *command)
{
    if (command->kind == DP_EXPLAIN)
        free(command->explanation);
    if (command->kind == DP_TRACE)
        dp_trace_free(command->trace);
    if (command->kind == DP_CAPTURE)
        dp_capture_free(command->capture);
}

/* Free the batches that M did not take back, and what they have. */
static void
free_outbox(struct dp *dp)
{
    struct dp_batch *batch;
    size_t i;

    while (ring_get(dp->outbox, &batch)) {
        for (i = 0; i < batch->count; i++) {
            if (has_sa(&batch->commands[i]))
                sa_free(batch->commands[i].sa);
            if (has_policy(&batch->commands[i]))
                policy_free(batch->commands[i].policy.policy);
            if (batch->commands[i].kind == DP_PORT_ATTACH)
                port_free(batch->commands[i].plug.port);
            watch_free(&batch->commands[i]);
        }
        dp_batch_free(batch);
    }
}

static void
free_sas(struct dp *dp)
{
    struct tunnel_sas *sas;
    uint32_t index;
    size_t i;

    for (index = 0; index < dp->limits.interfaces; index++) {
        sas = &dp->interfaces[index].sas;
        for (i = 0; i < TUNNEL_SAS; i++)
            sa_free(sas->all[i]);
    }
}

static void
free_policies(struct dp *dp)
{
    uint32_t index;

    for (index = 0; index < dp->limits.policies; index++)
        policy_free(dp->policies[index]);
    free(dp->policies);
    free(dp->groups);
}

void
dp_free(struct dp *dp)
{
    uint16_t i;

    if (dp == NULL)
        return;
    /* What was submitted is settled first: after that an SA is either in a
     * tunnel or in a batch that took it out. */
    while (!apply_commands(dp))
        continue;
    for (i = 0; i < dp->limits.ports; i++)
        plug_done(&dp->plugs[i]);
    sa_table_free(dp->sas);
    sa_lives_free(dp->lives);
    gre_table_free(dp->gre);
    waiting_free(dp->waiting);
    sa_table_free(dp->outbound);
    free_sas(dp);
    free_policies(dp);
    dp_trace_free(dp->trace);
    dp_capture_free(dp->capture);
    free_outbox(dp);
    reassembly_free(dp->reassembly);
    route_table_free(dp->routes);
    pkt_pool_free(dp->pool);
    ring_free(dp->inbox);
    ring_free(dp->outbox);
    ring_free(dp->events);
    ring_free(dp->datagrams);
    (void)close(dp->wake_fd);
    (void)close(dp->event_fd);
    mem_free_lines(dp->interfaces);
    free(dp->plugs);
    free(dp);
}

void
dp_attach_port(struct dp *dp, uint16_t index, struct port *port)
{
    assert(index < dp->limits.ports && dp->plugs[index].port == NULL);
    dp->plugs[index].port = port;
    plug_note(dp, index);
}

struct dp_batch *
dp_batch_new(void)
{
    return mem_alloc(sizeof(struct dp_batch));
}

void
dp_batch_free(struct dp_batch *batch)
{
    size_t i;

    if (batch == NULL)
        return;
    for (i = 0; i < batch->count; i++) {
        if (batch->commands[i].kind == DP_SEND)
            free(batch->commands[i].datagram);
    }
    free(batch->commands);
    free(batch);
}

struct dp_command *
dp_batch_add(struct dp_batch *batch, enum dp_command_kind kind)
{
    struct dp_command *command;

    if (batch->count == batch->room) {
        batch->room = batch->room == 0 ? BATCH_ROOM_FIRST : batch->room * 2;
        batch->commands =
            mem_resize(batch->commands, sizeof(*batch->commands) * batch->room);
    }
    command = &batch->commands[batch->count++];
    *command = (struct dp_command){.kind = kind};
    return command;
}

static void
signal_fd(int fd)
{
    uint64_t one = 1;

    /* A full counter would mean that the other side is awake anyway. */
    if (write(fd, &one, sizeof(one)) < 0)
        return;
}

enum err
dp_submit(struct dp *dp, struct dp_batch *batch)
{
    if (dp->under_way == PATH_BATCHES)
        return ERR_EXHAUSTED;
    if (!ring_put(dp->inbox, &batch))
        return ERR_EXHAUSTED;
    dp->under_way++;
    signal_fd(dp->wake_fd);
    return OK;
}

static bool
take_event(struct dp *dp, struct dp_event *out_event)
{
    struct dp_batch *batch;

    if (ring_get(dp->outbox, &batch)) {
        dp->under_way--;
        *out_event =
            (struct dp_event){.kind = DP_EVENT_APPLIED, .batch = batch};
        return true;
    }
    if (ring_get(dp->events, out_event))
        return true;
    if (!ring_get(dp->datagrams, &dp->datagram))
        return false;
    *out_event =
        (struct dp_event){.kind = DP_EVENT_DATAGRAM, .datagram = &dp->datagram};
    return true;
}

bool
dp_next_event(struct dp *dp, struct dp_event *out_event)
{
    uint64_t count;

    if (take_event(dp, out_event))
        return true;
    /* Quieten the descriptor, then look again: D puts before it signals, so
     * an event that came between the two is not slept upon. */
    if (read(dp->event_fd, &count, sizeof(count)) < 0)
        return false;
    return take_event(dp, out_event);
}

int
dp_event_fd(const struct dp *dp)
{
    return dp->event_fd;
}

static uint64_t
read_counter(const struct interface *interface, enum counter counter)
{
    return atomic_load_explicit(
        &interface->counters[counter], memory_order_relaxed);
}

void
dp_interface_counters(const struct dp *dp, uint32_t interface,
    struct dp_interface_counters *out_counters)
{
    const struct interface *from;
    size_t i;

    assert(interface < dp->limits.interfaces);
    from = &dp->interfaces[interface];
    *out_counters = (struct dp_interface_counters){
        .up = atomic_load_explicit(&from->up, memory_order_relaxed),
        .path_mtu = atomic_load_explicit(&from->path_mtu, memory_order_relaxed),
        .last_source =
            atomic_load_explicit(&from->last_source, memory_order_relaxed),
        .last_destination =
            atomic_load_explicit(&from->last_destination, memory_order_relaxed),
        .in_packets = read_counter(from, COUNTER_IN_PACKETS),
        .in_octets = read_counter(from, COUNTER_IN_OCTETS),
        .out_packets = read_counter(from, COUNTER_OUT_PACKETS),
        .out_octets = read_counter(from, COUNTER_OUT_OCTETS),
        .in_user_packets = read_counter(from, COUNTER_IN_USER_PACKETS),
        .in_user_octets = read_counter(from, COUNTER_IN_USER_OCTETS),
        .in_accounted_packets =
            read_counter(from, COUNTER_IN_ACCOUNTED_PACKETS),
        .in_accounted_octets = read_counter(from, COUNTER_IN_ACCOUNTED_OCTETS),
        .out_user_packets = read_counter(from, COUNTER_OUT_USER_PACKETS),
        .out_user_octets = read_counter(from, COUNTER_OUT_USER_OCTETS),
        .out_accounted_packets =
            read_counter(from, COUNTER_OUT_ACCOUNTED_PACKETS),
        .out_accounted_octets =
            read_counter(from, COUNTER_OUT_ACCOUNTED_OCTETS),
    };
    for (i = 0; i < STATISTIC_COUNT; i++) {
        out_counters->statistics[i] =
            atomic_load_explicit(&from->statistics[i], memory_order_relaxed);
    }
}

void
dp_drops(const struct dp *dp, uint64_t out_drops[DROP_COUNT])
{
    size_t i;

    for (i = 0; i < DROP_COUNT; i++) {
        out_drops[i] =
            atomic_load_explicit(&dp->drops[i], memory_order_relaxed);
    }
}

static uint64_t
read_sum(const _Atomic uint64_t *sum)
{
    return atomic_load_explicit(sum, memory_order_relaxed);
}

static uint64_t
read_stage(const struct dp *dp, enum stage stage)
{
    return atomic_load_explicit(&dp->stages[stage], memory_order_relaxed);
}

void
dp_traffic(const struct dp *dp, struct dp_traffic *out_traffic)
{
    *out_traffic = (struct dp_traffic){
        .received = read_stage(dp, STAGE_INPUT),
        .routed = read_stage(dp, STAGE_ROUTE),
        .local = read_stage(dp, STAGE_LOCAL),
        .fragments_in = read_stage(dp, STAGE_REASSEMBLE),
        .decapsulated = read_stage(dp, STAGE_DECAP),
        .udp = read_stage(dp, STAGE_UDP),
        .icmp = read_stage(dp, STAGE_ECHO),
        .classified = read_stage(dp, STAGE_POLICY),
        .forwarded = read_stage(dp, STAGE_FORWARD),
        .encapsulated = read_stage(dp, STAGE_ENCAP),
        .gre_in = read_stage(dp, STAGE_GRE_IN),
        .gre_out = read_stage(dp, STAGE_GRE_OUT),
        .sent = read_stage(dp, STAGE_OUTPUT),
        .fragments = read_sum(&dp->fragments),
        .reassembled = read_sum(&dp->reassembled),
        .echoes = read_sum(&dp->echoes),
        .unreachable = read_sum(&dp->icmp_sent[ICMP_UNREACHABLE]),
        .fragmentation_needed = read_sum(&dp->icmp_sent[ICMP_TOO_BIG]),
        .time_exceeded = read_sum(&dp->icmp_sent[ICMP_TIME_EXCEEDED]),
        .icmp_withheld = read_sum(&dp->icmp_withheld),
        .icmp_heard = read_sum(&dp->icmp_heard),
        .path_mtus = read_sum(&dp->path_mtus),
    };
}

void
dp_policy_counters(const struct dp *dp, uint32_t group,
    struct dp_policy_counters *out_counters)
{
    const struct group_counters *from;

    assert(group < dp->limits.policy_groups);
    from = &dp->groups[group];
    *out_counters = (struct dp_policy_counters){
        .packets = atomic_load_explicit(&from->packets, memory_order_relaxed),
        .octets = atomic_load_explicit(&from->octets, memory_order_relaxed),
    };
}
