/*
 * dp.c - threads M and D for real, under ThreadSanitizer.
 *
 * D polls two routers joined by a wire; M configures them, pings through a
 * tunnel, flaps its SA, reads counters all the while, and takes everything
 * back.  Bounded by counts, with a deadline only against hanging.
 */
#include "dp.h"

#include "base/clock.h"
#include "base/ip.h"
#include "crypto/provider.h"
#include "port/port.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    WAN = 1,
    TUNNEL = 2,
    LOOPBACK = 3,
    PINGS = 200,
    FLAPS = 50,
    DEADLINE_US = 60000000,
    WAIT_MS = 100,
};

static const struct dp_limits limits = {
    .packets = 512,
    .vrs = 2,
    .ports = 2,
    .interfaces = 8,
    .routes = 8,
    .sas = 16,
};

struct site {
    struct dp *dp;
    uint32_t ours; /* on the wire */
    uint32_t theirs;
    uint32_t inside; /* loopback; the other site's last bit is different */
    uint64_t submitted;
    uint64_t applied;
    unsigned answers;
    unsigned changes;
};

static void
must(bool condition, const char *what)
{
    if (condition)
        return;
    (void)fprintf(stderr, "tsan dp: %s\n", what);
    exit(1);
}

/* Take all events that wait. */
static void
listen(struct site *site)
{
    struct dp_interface_counters counters;
    struct dp_event event;
    uint64_t drops[DROP_COUNT];

    while (dp_next_event(site->dp, &event)) {
        if (event.kind == DP_EVENT_APPLIED) {
            must(event.batch->refused == 0, "a command was refused");
            dp_batch_free(event.batch);
            site->applied++;
        } else if (event.kind == DP_EVENT_ECHO_REPLY) {
            site->answers++;
        } else if (event.kind == DP_EVENT_INTERFACE) {
            site->changes++;
        }
    }
    dp_interface_counters(site->dp, TUNNEL, &counters);
    dp_drops(site->dp, drops);
}

static void
wait_for_events(struct site *site)
{
    struct pollfd fd = {.fd = dp_event_fd(site->dp), .events = POLLIN};

    (void)poll(&fd, 1, WAIT_MS);
    listen(site);
}

static void
submit(struct site *site, struct dp_batch *batch)
{
    uint64_t end_us = clock_monotonic_us() + DEADLINE_US;

    while (dp_submit(site->dp, batch) != OK) {
        must(clock_monotonic_us() < end_us, "batches do not come back");
        wait_for_events(site);
    }
    site->submitted++;
}

static void
settle(struct site *site)
{
    uint64_t end_us = clock_monotonic_us() + DEADLINE_US;

    while (site->applied != site->submitted) {
        must(clock_monotonic_us() < end_us, "a batch was not applied");
        wait_for_events(site);
    }
}

static struct dp_interface *
add_interface(struct dp_batch *batch, uint32_t index,
    enum dp_interface_kind kind, uint32_t address, unsigned length)
{
    struct dp_interface *interface;

    interface = &dp_batch_add(batch, DP_INTERFACE_SET)->interface;
    interface->index = index;
    interface->kind = kind;
    interface->enabled = true;
    interface->has_address = length != 0;
    interface->address = address;
    interface->mask = ip_mask_of(length);
    return interface;
}

static void
configure(struct site *site)
{
    struct dp_batch *batch = dp_batch_new();
    struct dp_interface *interface;
    struct dp_route *route;

    dp_batch_add(batch, DP_VR_ADD)->vr = 0;
    interface = add_interface(batch, WAN, DP_INTERFACE_PORT, site->ours, 24);
    interface->port = WAN;
    (void)add_interface(
        batch, LOOPBACK, DP_INTERFACE_LOOPBACK, site->inside, 32);
    interface = add_interface(batch, TUNNEL, DP_INTERFACE_TUNNEL, 0, 0);
    interface->tunnel.source = site->ours;
    interface->tunnel.destination = site->theirs;
    interface->tunnel.local.last = UINT32_MAX;
    interface->tunnel.remote.last = UINT32_MAX;
    route = &dp_batch_add(batch, DP_ROUTE_ADD)->route;
    route->prefix = site->inside ^ 1;
    route->length = 32;
    route->has_interface = true;
    route->interface = TUNNEL;
    submit(site, batch);
}

static struct sa *
make_sa(struct crypto *crypto, const struct site *site,
    enum sa_direction direction, uint32_t spi)
{
    struct sa_params params = {
        .direction = direction,
        .transform = TRANSFORM_ESP_3DES_HMAC_SHA,
        .spi = spi,
        .src = direction == SA_OUTBOUND ? site->ours : site->theirs,
        .dst = direction == SA_OUTBOUND ? site->theirs : site->ours,
        .tunnel = TUNNEL,
        .encryption_key = {.length = 24},
        .authentication_key = {.length = 20},
    };
    struct sa *sa;
    size_t i;

    for (i = 0; i < 24; i++)
        params.encryption_key.bytes[i] = (uint8_t)(spi + i * 7);
    must(sa_new(crypto, &params, &sa) == OK, "no SA");
    return sa;
}

static void
submit_sa(struct site *site, enum dp_command_kind kind, struct sa *sa)
{
    struct dp_batch *batch = dp_batch_new();

    dp_batch_add(batch, kind)->sa = sa;
    submit(site, batch);
}

static void
ping(struct site *site)
{
    struct dp_batch *batch;
    uint16_t i;

    for (i = 0; i < PINGS; i++) {
        batch = dp_batch_new();
        dp_batch_add(batch, DP_PING)->ping = (struct dp_ping){
            .has_source = true,
            .source = site->inside,
            .destination = site->inside ^ 1,
            .id = 1,
            .sequence = i,
            .payload = 64,
        };
        submit(site, batch);
        listen(site);
    }
}

/* Take the outbound SA away and give it back, many times; sa_sequence is
 * read by M while D uses the SA. */
static void
flap(struct site *site, struct sa *out)
{
    int i;

    for (i = 0; i < FLAPS; i++) {
        submit_sa(site, DP_SA_REMOVE, out);
        submit_sa(site, DP_SA_ADD, out);
        must(sa_sequence(out) >= 1, "the SA was never used");
        listen(site);
    }
}

int
main(void)
{
    const struct wire_params params = {.latency_us = 100, .mtu = 1500};
    struct site a = {.ours = 0xc0000201, .theirs = 0xc0000202};
    struct site b = {.ours = 0xc0000202, .theirs = 0xc0000201};
    struct dp_thread *thread;
    struct crypto *crypto;
    struct port *ends[2];
    struct dp *dps[2];
    struct sa *out;
    uint64_t end_us;

    a.inside = 0x0a000000;
    b.inside = 0x0a000001;
    must(crypto_open(NULL, &crypto) == OK, "no crypto");
    a.dp = dps[0] = dp_new(&limits);
    b.dp = dps[1] = dp_new(&limits);
    port_wire_new(&params, &ends[0], &ends[1]);
    dp_attach_port(a.dp, WAN, ends[0]);
    dp_attach_port(b.dp, WAN, ends[1]);
    thread = dp_thread_start(dps, 2);

    configure(&a);
    configure(&b);
    out = make_sa(crypto, &a, SA_OUTBOUND, 0x1000);
    submit_sa(&b, DP_SA_ADD, make_sa(crypto, &b, SA_INBOUND, 0x1000));
    submit_sa(&a, DP_SA_ADD, make_sa(crypto, &a, SA_INBOUND, 0x2000));
    submit_sa(&b, DP_SA_ADD, make_sa(crypto, &b, SA_OUTBOUND, 0x2000));
    submit_sa(&a, DP_SA_ADD, out);
    settle(&b);
    settle(&a);
    ping(&a);
    end_us = clock_monotonic_us() + DEADLINE_US;
    while (a.answers < PINGS && clock_monotonic_us() < end_us)
        wait_for_events(&a);
    must(a.answers == PINGS, "not all pings were answered");
    flap(&a, out);
    settle(&a);
    must(a.changes >= 2, "no interface ever changed");
    /* Leave work behind: the dps must clean up after it. */
    submit_sa(&a, DP_SA_REMOVE, out);
    ping(&b);

    dp_thread_stop(thread);
    dp_free(a.dp);
    dp_free(b.dp);
    crypto_close(crypto);
    (void)printf(
        "tsan dp: %u pings answered, %u changes seen\n", a.answers, a.changes);
    return 0;
}
