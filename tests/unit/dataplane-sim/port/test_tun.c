/* A tun port on one end of a socket pair, which keeps messages apart as a tun
 * device does. */
#include "port/port.h"

#include "base/bytes.h"

#include <criterion/criterion.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static struct pkt_pool *pool;
static struct port *port;
static int device; /* the kernel's end */

static void
begin(bool vnet_header)
{
    struct tun_params params = {
        .mtu = 1500, .vnet_header = vnet_header, .udp = true};
    int ends[2];

    cr_assert_eq(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
    device = ends[0];
    params.fd = ends[1];
    pool = pkt_pool_new(128);
    port = port_tun_new(&params);
}

static void
end(void)
{
    port->ops->free(port);
    pkt_pool_free(pool);
    (void)close(device);
}

/* A TCP packet with this payload from this sequence number on. */
static size_t
make(uint8_t *bytes, uint32_t sequence, size_t payload)
{
    struct ip4 ip = {.src = 1,
        .dst = 2,
        .total_length = (uint16_t)(40 + payload),
        .ttl = 64,
        .dont_fragment = true,
        .protocol = IP4_PROTO_TCP};

    memset(bytes, 0, 40 + payload);
    ip4_write(bytes, &ip);
    put_u32(bytes + 24, sequence);
    bytes[32] = 0x50;
    bytes[33] = 0x10;
    memset(bytes + 40, 'x', payload);
    return 40 + payload;
}

static void
give(const struct virtio_net_hdr *header, const uint8_t *bytes, size_t length)
{
    struct iovec parts[] = {
        {.iov_base = (void *)(uintptr_t)header, .iov_len = sizeof *header},
        {.iov_base = (void *)(uintptr_t)bytes,  .iov_len = length        }
    };

    cr_assert_eq((size_t)writev(device, parts, 2), sizeof *header + length);
}

static size_t
take(struct pkt **packets, size_t room)
{
    return port->ops->receive(port, pool, 0, packets, room);
}

Test(tun, moves_plain_packets_without_a_header)
{
    uint8_t bytes[1500];
    uint8_t back[2000];
    struct pkt *packets[4];
    size_t length;

    begin(false);
    length = make(bytes, 1, 100);
    cr_assert_eq((size_t)write(device, bytes, length), length);
    cr_assert_eq(take(packets, 4), 1);
    cr_expect_eq(packets[0]->length, length);
    cr_expect_arr_eq(packets[0]->at, bytes, length);
    cr_expect_eq(port->ops->next_arrival(port), UINT64_MAX);
    cr_expect_eq(port->ops->transmit(port, 0, packets, 1), 1);
    cr_expect_eq((size_t)read(device, back, sizeof back), length);
    cr_expect_arr_eq(back, bytes, length);
    end();
}

Test(tun, cuts_a_long_packet_over_several_bursts)
{
    static uint8_t bytes[65536];
    struct virtio_net_hdr header = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
        .gso_size = 1000,
        .csum_start = 20,
        .csum_offset = 16};
    struct pkt *packets[8];
    size_t total = 0;
    size_t count;

    begin(true);
    give(&header, bytes, make(bytes, 1, 20500));
    while ((count = take(packets, 8)) > 0) {
        for (size_t i = 0; i < count; i++) {
            cr_expect_eq(get_u32(packets[i]->at + 24), 1 + total * 1000);
            total++;
            pkt_free(packets[i]);
        }
        cr_expect_eq(
            port->ops->next_arrival(port), count == 8 ? 0 : UINT64_MAX);
    }
    cr_expect_eq(total, 21);
    end();
}

Test(tun, writes_a_run_at_once_and_gets_it_back)
{
    static uint8_t bytes[65536];
    static uint8_t back[70000];
    struct virtio_net_hdr header = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
        .gso_size = 1000,
        .csum_start = 20,
        .csum_offset = 16};
    struct virtio_net_hdr seen;
    struct pkt *packets[64];
    size_t length;
    ssize_t got;

    begin(true);
    length = make(bytes, 1, 20500);
    give(&header, bytes, length);
    cr_assert_eq(take(packets, 64), 21);
    cr_expect_eq(port->ops->transmit(port, 0, packets, 21), 21);
    got = read(device, back, sizeof back);
    cr_assert_eq((size_t)got, sizeof seen + length);
    memcpy(&seen, back, sizeof seen);
    cr_expect_eq(seen.gso_size, 1000);
    cr_expect_arr_eq(back + sizeof seen + 40, bytes + 40, length - 40);
    cr_expect_lt(read(device, back, sizeof back), 0, "one write");
    end();
}

Test(tun, fills_in_a_checksum_that_was_left_to_it)
{
    uint8_t bytes[200];
    struct virtio_net_hdr header = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .csum_start = 20,
        .csum_offset = 16};
    struct pkt *packets[1];

    begin(true);
    give(&header, bytes, make(bytes, 1, 10));
    cr_assert_eq(take(packets, 1), 1);
    cr_expect_neq(get_u16(packets[0]->at + 36), 0);
    pkt_free(packets[0]);
    end();
}

/* What the device cannot mean becomes an empty packet, for the path to count
 * as malformed. */
Test(tun, passes_rubbish_on_as_an_empty_packet)
{
    static uint8_t bytes[65536];
    struct virtio_net_hdr header = {
        .gso_type = VIRTIO_NET_HDR_GSO_TCPV6, .gso_size = 1000};
    struct pkt *packets[4];

    begin(true);
    give(&header, bytes, make(bytes, 1, 3000));
    header = (struct virtio_net_hdr){0};
    give(&header, bytes, 20000); /* longer than any packet */
    cr_assert_eq(write(device, bytes, 3), 3);
    cr_assert_eq(take(packets, 4), 3);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(packets[i]->length, 0);
        pkt_free(packets[i]);
    }
    end();
}

Test(tun, leaves_in_the_device_what_finds_no_buffer)
{
    uint8_t bytes[200];
    struct pkt *held[128];
    struct pkt *packets[2];
    size_t length;

    begin(false);
    length = make(bytes, 1, 10);
    cr_assert_eq((size_t)write(device, bytes, length), length);
    for (size_t i = 0; i < 128; i++)
        held[i] = pkt_new(pool);
    cr_expect_eq(take(packets, 2), 0);
    pkt_free(held[0]);
    cr_expect_eq(take(packets, 2), 1);
    pkt_free(packets[0]);
    for (size_t i = 1; i < 128; i++)
        pkt_free(held[i]);
    end();
}

Test(tun, returns_what_the_device_does_not_take)
{
    uint8_t bytes[1500];
    struct pkt *packets[1];
    size_t length;
    size_t sent = 0;

    begin(false);
    length = make(bytes, 1, 1400);
    for (;;) {
        cr_assert_eq((size_t)write(device, bytes, length), length);
        cr_assert_eq(take(packets, 1), 1);
        if (port->ops->transmit(port, 0, packets, 1) == 0)
            break;
        cr_assert_lt(sent++, 10000, "a queue without an end");
    }
    pkt_free(packets[0]);
    cr_expect(port->ops->is_up(port));
    end();
}
