/*
 * tap.c - a port whose cable ends in the test.
 */
#include "tests/support/tap.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

static struct tap *
tap_of(struct port *port)
{
    return (struct tap *)(void *)port;
}

static size_t
tap_receive(struct port *port, struct pkt_pool *pool, uint64_t now_us,
    struct pkt **packets, size_t room)
{
    struct tap *tap = tap_of(port);
    const struct tap_packet *from;
    size_t count = 0;
    uint8_t *to;

    (void)now_us;
    while (count < room && tap->in_first < tap->in_count) {
        from = &tap->in[tap->in_first++];
        packets[count] = pkt_new(pool);
        if (packets[count] == NULL) {
            port->starved++;
            continue;
        }
        to = pkt_append(packets[count], from->length);
        if (to == NULL)
            abort();
        memcpy(to, from->bytes, from->length);
        count++;
    }
    if (tap->in_first == tap->in_count) {
        tap->in_first = 0;
        tap->in_count = 0;
    }
    return count;
}

static size_t
tap_transmit(struct port *port, uint64_t now_us, struct pkt *const *packets,
    size_t count)
{
    struct tap *tap = tap_of(port);
    struct tap_packet *to;
    size_t i;

    (void)now_us;
    if (count > tap->accept)
        count = tap->accept;
    for (i = 0; i < count; i++) {
        if (tap->out_count < TAP_ROOM && packets[i]->length <= TAP_PACKET) {
            to = &tap->out[tap->out_count];
            to->length = packets[i]->length;
            memcpy(to->bytes, packets[i]->at, packets[i]->length);
        }
        tap->out_count++;
        pkt_free(packets[i]);
    }
    return count;
}

static uint64_t
tap_next_arrival(const struct port *port)
{
    const struct tap *tap = (const struct tap *)(const void *)port;

    return tap->in_first < tap->in_count ? 0 : UINT64_MAX;
}

static bool
tap_is_up(const struct port *port)
{
    return ((const struct tap *)(const void *)port)->is_up;
}

static int
tap_wait_fd(const struct port *port)
{
    (void)port;
    return -1;
}

static void
tap_free(struct port *port)
{
    free(tap_of(port));
}

static const struct port_ops tap_ops = {
    .receive = tap_receive,
    .transmit = tap_transmit,
    .next_arrival = tap_next_arrival,
    .is_up = tap_is_up,
    .wait_fd = tap_wait_fd,
    .free = tap_free,
};

struct tap *
tap_new(void)
{
    struct tap *tap = mem_alloc(sizeof(*tap));

    tap->port.ops = &tap_ops;
    tap->port.mtu = 1500;
    tap->is_up = true;
    tap->accept = SIZE_MAX;
    return tap;
}

void
tap_put(struct tap *tap, const uint8_t *bytes, size_t length)
{
    struct tap_packet *to;

    if (tap->in_count == TAP_ROOM || length > TAP_PACKET)
        abort();
    to = &tap->in[tap->in_count++];
    to->length = length;
    memcpy(to->bytes, bytes, length);
}

void
tap_clear(struct tap *tap)
{
    tap->out_count = 0;
}
