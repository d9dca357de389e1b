/*
 * ike_net.c - two IKE engines and the network between them.
 */
#include "tests/support/ike_net.h"

#include "base/arena.h"
#include "base/diag.h"

#include <stdlib.h>
#include <string.h>

/* Fuzz targets use this file too: no test framework here. */
static void
must(bool is_so)
{
    if (!is_so)
        abort();
}

static const uint32_t addresses[2] = {NET_A, NET_B};

static void
end_init(struct net_end *end, uint64_t number)
{
    struct diag diag;

    diag_init(&diag);
    must(crypto_open(&diag, &end->crypto) == OK);
    diag_done(&diag);
    crypto_set_random(end->crypto, random_seeded(&end->seed, number));
    end->ike = ike_new(end->crypto);
}

void
net_init(struct net *net, uint64_t seed)
{
    *net = (struct net){.delay_us = 10000, .now_us = 1000000000};
    net->flights = mem_alloc(NET_FLIGHT_MAX * sizeof net->flights[0]);
    net->random = random_seeded(&net->seed, seed * 3 + 1);
    end_init(&net->ends[0], seed * 3 + 2);
    end_init(&net->ends[1], seed * 3 + 3);
}

void
net_restart(struct net *net, uint64_t seed)
{
    struct crypto *cryptos[2] = {net->ends[0].crypto, net->ends[1].crypto};
    struct net_flight *flights = net->flights;

    ike_free(net->ends[0].ike);
    ike_free(net->ends[1].ike);
    memset(net, 0, sizeof *net);
    net->delay_us = 10000;
    net->now_us = 1000000000;
    net->flights = flights;
    net->random = random_seeded(&net->seed, seed * 3 + 1);
    for (uint64_t i = 0; i < 2; i++) {
        struct net_end *end = &net->ends[i];

        end->crypto = cryptos[i];
        crypto_set_random(
            end->crypto, random_seeded(&end->seed, seed * 3 + 2 + i));
        end->ike = ike_new(end->crypto);
    }
}

void
net_done(struct net *net)
{
    for (int i = 0; i < 2; i++) {
        ike_free(net->ends[i].ike);
        crypto_close(net->ends[i].crypto);
    }
    free(net->flights);
}

void
net_crash(struct net *net, int end)
{
    ike_free(net->ends[end].ike);
    net->ends[end].ike = ike_new(net->ends[end].crypto);
    net->ends[end].sa_count = 0;
}

void
net_set_key(struct net *net, int end, const char *name, uint32_t address,
    const char *key)
{
    struct ike_identity identity = {.address = address};
    struct secret secret = {0};

    memcpy(identity.name, name, strlen(name) + 1);
    must(secret_set(&secret, key, strlen(key)) == OK);
    ike_set_key(net->ends[end].ike, 0, &identity, &secret);
}

struct ike_tunnel
net_tunnel(int end)
{
    static const struct ike_selector nets[2] = {
        {.first = 0xc0a80a00, .last = 0xc0a80aff},
        {.first = 0xc0a81400, .last = 0xc0a814ff},
    };

    return (struct ike_tunnel){
        .number = 7,
        .local = addresses[end],
        .remote = {.address = addresses[1 - end]},
        .transforms = {TRANSFORM_ESP_3DES_HMAC_SHA},
        .transform_count = 1,
        .lifetime_s = 28800,
        .lifetime_kb = 102400,
        .local_selector = nets[end],
        .remote_selector = nets[1 - end],
    };
}

void
net_configure(struct net *net)
{
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel tunnel = net_tunnel(i);

        net_set_key(net, i, "", addresses[1 - i], NET_KEY);
        ike_set_tunnel(net->ends[i].ike, net->now_us, &tunnel);
    }
}

/* ---- the network ---- */

static uint32_t
draw(struct net *net, uint32_t below)
{
    uint32_t number = 0;

    net->random.fill(net->random.context, (uint8_t *)&number, sizeof number);
    return number % below;
}

static void
fly(struct net *net, int from, const struct ike_datagram *datagram)
{
    struct net_flight *flight;
    uint64_t jitter =
        net->jitter_us > 0 ? draw(net, (uint32_t)net->jitter_us) : 0;

    if (net->is_cut || net->flight_count == NET_FLIGHT_MAX ||
        draw(net, 100) < net->loss)
        return;
    flight = &net->flights[net->flight_count];
    must(datagram->length <= sizeof flight->bytes);
    memcpy(flight->bytes, datagram->bytes, datagram->length);
    flight->at_us = net->now_us + net->delay_us + jitter;
    flight->to = 1 - from;
    flight->datagram = (struct ike_datagram){
        .local = datagram->remote,
        .local_port = datagram->remote_port,
        .remote = datagram->local,
        .remote_port = datagram->local_port,
        .length = datagram->length,
    };
    if (net->has_nat && from == 0) {
        flight->datagram.remote = NET_NAT;
        flight->datagram.remote_port = (uint16_t)(datagram->local_port + 10000);
    }
    if (net->has_nat && from == 1) {
        flight->datagram.local = NET_A;
        flight->datagram.local_port = (uint16_t)(datagram->remote_port - 10000);
    }
    if (net->tamper != NULL && !net->tamper(net->context, from, flight->bytes,
                                   &flight->datagram.length))
        return;
    net->flight_count++;
}

/* ---- what the packet engine would have ---- */

static void
sa_add(struct net_end *end, const struct ike_sa_add *sa)
{
    must(end->sa_count < NET_SAS_MAX);
    end->sas[end->sa_count++] = *sa;
    end->adds += sa->is_outbound;
}

static void
sa_remove(struct net_end *end, const struct ike_sa_remove *sa)
{
    for (size_t i = 0; i < end->sa_count; i++) {
        if (end->sas[i].is_outbound == sa->is_outbound &&
            end->sas[i].spi == sa->spi && end->sas[i].number == sa->number) {
            end->sa_count--;
            memmove(&end->sas[i], &end->sas[i + 1],
                (end->sa_count - i) * sizeof end->sas[0]);
            return;
        }
    }
    must(false); /* an SA is removed that was not there */
}

void
net_collect(struct net *net, int from)
{
    struct net_end *end = &net->ends[from];
    struct ike_action action;

    while (ike_next(end->ike, &action)) {
        if (action.kind == IKE_ACTION_SEND) {
            net->sent++;
            fly(net, from, &action.send);
            if (draw(net, 100) < net->repeats)
                fly(net, from, &action.send);
        } else if (action.kind == IKE_ACTION_SA_ADD) {
            sa_add(end, &action.sa_add);
        } else if (action.kind == IKE_ACTION_SA_REMOVE) {
            sa_remove(end, &action.sa_remove);
        } else if (action.kind == IKE_ACTION_FAILURE) {
            if (end->failure_count < NET_FAILURES_MAX)
                end->failures[end->failure_count++] = action.failure;
        } else if (action.kind == IKE_ACTION_PEER_UP) {
            end->ups++;
        } else if (action.kind == IKE_ACTION_PEER_DOWN) {
            end->downs++;
        } else if (action.kind == IKE_ACTION_PEER_MOVED) {
            end->moves++;
        } else if (action.kind == IKE_ACTION_PROBED) {
            end->probed = action.probed;
            end->probed_count++;
        }
    }
}

/* ---- time ---- */

static uint64_t
next_due(const struct net *net)
{
    uint64_t due = UINT64_MAX;

    for (size_t i = 0; i < net->flight_count; i++) {
        if (net->flights[i].at_us < due)
            due = net->flights[i].at_us;
    }
    for (int i = 0; i < 2; i++) {
        uint64_t own = ike_due(net->ends[i].ike);

        due = own < due ? own : due;
    }
    return due;
}

/* One datagram that has arrived; false: none. */
static bool
deliver(struct net *net)
{
    for (size_t i = 0; i < net->flight_count; i++) {
        struct net_flight *flight;

        if (net->flights[i].at_us > net->now_us)
            continue;
        flight = mem_alloc(sizeof *flight);
        *flight = net->flights[i];
        flight->datagram.bytes = flight->bytes;
        net->flights[i] = net->flights[--net->flight_count];
        ike_input(net->ends[flight->to].ike, net->now_us, &flight->datagram);
        net_collect(net, flight->to);
        free(flight);
        return true;
    }
    return false;
}

void
net_run(struct net *net, uint64_t seconds)
{
    uint64_t end_us = net->now_us + seconds * 1000000;

    net_collect(net, 0);
    net_collect(net, 1);
    for (;;) {
        uint64_t due = next_due(net);

        if (due > end_us)
            break;
        net->now_us = due > net->now_us ? due : net->now_us;
        while (deliver(net))
            continue;
        for (int i = 0; i < 2; i++) {
            ike_tick(net->ends[i].ike, net->now_us);
            net_collect(net, i);
        }
    }
    net->now_us = end_us;
}

/* ---- questions ---- */

const struct ike_sa_add *
net_outbound(const struct net *net, int end)
{
    const struct ike_sa_add *found = NULL;

    for (size_t i = 0; i < net->ends[end].sa_count; i++) {
        if (net->ends[end].sas[i].is_outbound) {
            must(found == NULL); /* two outbound SAs for one tunnel */
            found = &net->ends[end].sas[i];
        }
    }
    return found;
}

size_t
net_inbound_count(const struct net *net, int end)
{
    size_t count = 0;

    for (size_t i = 0; i < net->ends[end].sa_count; i++)
        count += !net->ends[end].sas[i].is_outbound;
    return count;
}

bool
net_passes(const struct net *net, int from)
{
    const struct ike_sa_add *out = net_outbound(net, from);
    const struct net_end *to = &net->ends[1 - from];

    for (size_t i = 0; out != NULL && i < to->sa_count; i++) {
        const struct ike_sa_add *in = &to->sas[i];

        if (!in->is_outbound && in->spi == out->spi)
            return secret_equal(&in->encryption_key, &out->encryption_key) &&
                   secret_equal(
                       &in->authentication_key, &out->authentication_key) &&
                   in->transform == out->transform;
    }
    return false;
}
