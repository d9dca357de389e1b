/*
 * poll.c - one turn of thread D: commands, ports, bursts, telling M.
 *
 *    look at the ports' state    (cable in or out)
 *    commands                    at most PATH_COMMANDS
 *    each port that is in use    at most PATH_ROUNDS bursts in
 *    fragments, path MTUs        that waited, or held, long enough
 *    each port                   what is left of its burst out
 */
#include "path/engine.h"

#include <assert.h>
#include <stddef.h>
#include <unistd.h>

enum { RETRY_US = 10000 }; /* until M may have made room for events */

bool
event_put(struct dp *dp, const struct dp_event *event)
{
    if (!ring_put(dp->events, event))
        return false;
    dp->must_signal = true;
    return true;
}

/* One packet of the burst was not taken by the port. */
static void
refuse(struct dp *dp, struct pkt *pkt, uint16_t ping)
{
    path_count_drop(dp, DROP_PORT_FULL, PATH_NO_INTERFACE);
    ping_dropped(dp, ping, DROP_PORT_FULL);
    pkt_free(pkt);
}

/* What the port lost because our pool was empty, or because of its host. */
static void
count_lost(struct dp *dp, struct port *port)
{
    for (; port->starved != 0; port->starved--)
        path_count_drop(dp, DROP_POOL_EMPTY, PATH_NO_INTERFACE);
    for (; port->refused != 0; port->refused--)
        path_count_drop(dp, DROP_PORT_REFUSED, PATH_NO_INTERFACE);
}

void
plug_flush(struct dp *dp, struct plug *plug)
{
    uint32_t lengths[PKT_BURST]; /* a packet that was taken is gone */
    struct interface *interface;
    size_t count = plug->count;
    size_t taken;
    size_t i;

    if (count == 0)
        return;
    for (i = 0; i < count; i++)
        lengths[i] = plug->burst[i]->length;
    taken =
        plug->port->ops->transmit(plug->port, dp->now_us, plug->burst, count);
    assert(taken <= count);
    count_lost(dp, plug->port);
    for (i = taken; i < count; i++)
        refuse(dp, plug->burst[i], plug->pings[i]);
    if (plug->interface != PATH_NO_INTERFACE) {
        interface = &dp->interfaces[plug->interface];
        for (i = 0; i < taken; i++)
            interface_count(interface, COUNTER_OUT_PACKETS, lengths[i]);
    }
    plug->count = 0;
}

static void
flush_all(struct dp *dp)
{
    uint16_t i;

    for (i = 0; i < dp->plug_end; i++)
        plug_flush(dp, &dp->plugs[i]);
}

/* Carry a burst that came in by this port to its end. */
static void
take_burst(
    struct dp *dp, uint16_t index, struct pkt *const *packets, size_t count)
{
    struct flight flight = {
        .tunnel = PATH_NO_INTERFACE,
        .ping = PATH_NO_PING,
    };
    struct ahead_burst burst;
    enum stage stage;
    size_t i;

    burst.packets = packets;
    burst.count = count;
    burst.vr = dp->interfaces[dp->plugs[index].interface].config.vr;
    ahead_begin(dp, &burst);
    wait_open(dp, count);
    for (i = 0; i < count; i++) {
        flight.ahead = ahead_step(dp, &burst, i);
        wait_look(dp);
        flight.pkt = packets[i];
        flight.pkt->in_port = index;
        stage = path_arrive(dp, dp->plugs[index].interface, &flight);
        path_run(dp, &flight, stage);
    }
    wait_close(dp);
}

/* Take what has arrived. */
static void
poll_plug(struct dp *dp, uint16_t index)
{
    struct plug *plug = &dp->plugs[index];
    struct pkt *packets[PKT_BURST];
    unsigned round;
    size_t count;

    if (plug->port == NULL || plug->interface == PATH_NO_INTERFACE)
        return;
    for (round = 0; round < PATH_ROUNDS; round++) {
        count = plug->port->ops->receive(
            plug->port, dp->pool, dp->now_us, packets, PKT_BURST);
        count_lost(dp, plug->port);
        take_burst(dp, index, packets, count);
        if (count < PKT_BURST)
            break;
    }
}

/* Tell M of SAs that came to a limit.  False: there is no room. */
static bool
tell_limits(struct dp *dp)
{
    const struct sa *sa;
    enum sa_life life;

    while ((sa = sa_lives_first(dp->lives, &life)) != NULL) {
        const struct dp_event event = {
            .kind = life == SA_AGEING ? DP_EVENT_SA_SOFT : DP_EVENT_SA_HARD,
            .interface = sa_tunnel(sa),
            .spi = sa_spi(sa),
            .is_outbound = sa_direction(sa) == SA_OUTBOUND,
        };

        if (!event_put(dp, &event))
            return false;
        sa_lives_told(dp->lives);
    }
    return true;
}

static void
signal_m(struct dp *dp)
{
    uint64_t one = 1;

    if (!dp->must_signal)
        return;
    dp->must_signal = false;
    /* A counter that is full has woken M already. */
    if (write(dp->event_fd, &one, sizeof(one)) < 0)
        return;
}

uint64_t
dp_due(const struct dp *dp)
{
    const struct plug *plug;
    uint64_t due = reassembly_due(dp->reassembly);
    uint64_t arrival;
    uint16_t i;

    if (dp->due_us < due)
        due = dp->due_us;
    if (path_mtu_due(dp) < due)
        due = path_mtu_due(dp);
    if (sa_lives_due(dp->lives) < due)
        due = sa_lives_due(dp->lives);
    for (i = 0; i < dp->plug_end; i++) {
        plug = &dp->plugs[i];
        if (plug->port == NULL || plug->interface == PATH_NO_INTERFACE)
            continue;
        arrival = plug->port->ops->next_arrival(plug->port);
        if (arrival < due)
            due = arrival;
    }
    return due < dp->now_us ? dp->now_us : due;
}

size_t
dp_wait_fds(const struct dp *dp, int *fds, size_t room)
{
    size_t count = 0;
    uint16_t i;

    if (count < room)
        fds[count++] = dp->wake_fd;
    for (i = 0; i < dp->plug_end && count < room; i++) {
        const struct plug *plug = &dp->plugs[i];
        int fd;

        if (plug->port == NULL || plug->interface == PATH_NO_INTERFACE)
            continue;
        fd = plug->port->ops->wait_fd(plug->port);
        if (fd >= 0)
            fds[count++] = fd;
    }
    return count;
}

uint64_t
dp_poll(struct dp *dp, uint64_t now_us)
{
    bool is_told;
    uint16_t i;

    dp->now_us = now_us;
    dp->due_us = UINT64_MAX;
    for (i = 0; i < dp->plug_end; i++)
        plug_refresh(dp, &dp->plugs[i]);
    if (!apply_commands(dp))
        dp->due_us = now_us;
    (void)sa_lives_pass(dp->lives, now_us, PATH_LIMITS);
    for (i = 0; i < dp->plug_end; i++)
        poll_plug(dp, i);
    fragments_expire(dp);
    path_mtu_expire(dp);
    flush_all(dp);
    is_told = interface_tell(dp);
    is_told = tell_limits(dp) && is_told;
    if (!is_told && dp->due_us == UINT64_MAX)
        dp->due_us = now_us + RETRY_US;
    signal_m(dp);
    return dp_due(dp);
}
