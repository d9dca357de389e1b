/* Long packets: cut as a device would, put together so that cutting gives the
 * same packets again. */
#include "port/offload.h"

#include "base/bytes.h"
#include "crypto/random.h"
#include "port/checksum.h"

#include <criterion/criterion.h>
#include <string.h>

enum { LONG_MAX = 65535, PACKETS = 64 };

static struct pkt_pool *pool;

static void
set_up(void)
{
    pool = pkt_pool_new(2 * PACKETS);
}

static void
tear_down(void)
{
    pkt_pool_free(pool);
}

TestSuite(offload, .init = set_up, .fini = tear_down);

/* ---- the checksum, beside the slow one ---- */

Test(offload, sums_like_the_header_checksum)
{
    static uint8_t bytes[3000];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 151 + i / 7);
    for (size_t length = 0; length < sizeof bytes; length += 1 + length / 16) {
        for (size_t from = 0; from < 9; from++) {
            if (from + length > sizeof bytes)
                continue;
            cr_expect_eq((uint16_t)~checksum_add(0, bytes + from, length),
                ip4_checksum(bytes + from, length), "%zu bytes from %zu",
                length, from);
        }
    }
    memset(bytes, 0xff, sizeof bytes);
    cr_expect_eq(checksum_add(0xffff, bytes, sizeof bytes), 0xffff);
}

/* ---- making ---- */

struct shape {
    bool is_tcp;
    size_t options; /* bytes behind the 20 of TCP */
    size_t piece;
    size_t payload;
    uint8_t flags;
};

static uint8_t long_packet[LONG_MAX];

/* As a tun device gives it; returns its length. */
static size_t
make_long(const struct shape *shape, struct virtio_net_hdr *out_header)
{
    size_t transport = shape->is_tcp ? 20 + shape->options : 8;
    size_t header = IP4_HEADER + transport;
    uint8_t *at = long_packet + IP4_HEADER;
    struct ip4 ip = {.src = 0x0a010001,
        .dst = 0x0a020001,
        .total_length = (uint16_t)(header + shape->payload),
        .id = 0xfff0,
        .ttl = 64,
        .protocol = shape->is_tcp ? IP4_PROTO_TCP : IP4_PROTO_UDP};

    memset(long_packet, 0, header);
    ip4_write(long_packet, &ip);
    put_u16(at, 5001);
    put_u16(at + 2, 80);
    if (shape->is_tcp) {
        put_u32(at + 4, 0xffffff00); /* wraps on the way */
        put_u32(at + 8, 77);
        at[12] = (uint8_t)(transport / 4 << 4);
        at[13] = shape->flags;
        put_u16(at + 14, 512);
        memset(at + 20, 1, shape->options);
    } else {
        put_u16(at + 4, (uint16_t)(8 + shape->payload));
    }
    for (size_t i = 0; i < shape->payload; i++)
        long_packet[header + i] = (uint8_t)(i * 31 + i / 256);
    *out_header = (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type =
            shape->is_tcp ? VIRTIO_NET_HDR_GSO_TCPV4 : OFFLOAD_GSO_UDP_L4,
        .gso_size = (uint16_t)shape->piece,
        .csum_start = IP4_HEADER,
        .csum_offset = shape->is_tcp ? 16 : 6};
    return header + shape->payload;
}

/* Is it a whole packet with the right checksums? */
static void
expect_sound(const struct pkt *pkt)
{
    static uint8_t pseudo[12 + LONG_MAX];
    struct ip4 ip;
    size_t length;

    cr_assert(ip4_read(pkt->at, pkt->length, &ip));
    cr_assert_eq(ip.total_length, pkt->length);
    length = pkt->length - IP4_HEADER;
    memcpy(pseudo, pkt->at + 12, 8);
    pseudo[8] = 0;
    pseudo[9] = ip.protocol;
    put_u16(pseudo + 10, (uint16_t)length);
    memcpy(pseudo + 12, pkt->at + IP4_HEADER, length);
    cr_expect_eq(ip4_checksum(pseudo, 12 + length), 0, "%u bytes", pkt->length);
}

static size_t
cut(const struct virtio_net_hdr *header, size_t length, struct pkt **packets)
{
    struct offload_split split;
    size_t count = 0;

    cr_assert_eq(offload_split_begin(&split, header, long_packet, length), OK);
    while (!offload_split_is_over(&split)) {
        cr_assert_lt(count, PACKETS);
        packets[count] = pkt_new(pool);
        offload_split_next(&split, packets[count]);
        expect_sound(packets[count]);
        count++;
    }
    return count;
}

static void
free_all(struct pkt **packets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pkt_free(packets[i]);
}

static const struct shape shapes[] = {
    {true,  0,  1460, 1460 * 40 + 7, 0x10},
    {true,  12, 1448, 1448 * 3,      0x18},
    {true,  40, 500,  501,           0x10},
    {false, 0,  1400, 1400 * 20,     0   },
    {false, 0,  100,  150,           0   },
};

Test(offload, cuts_into_sound_packets)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const struct shape *shape = &shapes[i];
        struct pkt *packets[PACKETS];
        struct virtio_net_hdr header;
        size_t length = make_long(shape, &header);
        size_t count = cut(&header, length, packets);
        uint32_t sequence = 0xffffff00;
        size_t seen = 0;

        cr_expect_eq(count, (shape->payload + shape->piece - 1) / shape->piece);
        for (size_t k = 0; k < count; k++) {
            size_t head = length - shape->payload;
            size_t size = packets[k]->length - head;

            cr_expect_eq(get_u16(packets[k]->at + 4), (uint16_t)(0xfff0 + k));
            if (shape->is_tcp)
                cr_expect_eq(get_u32(packets[k]->at + 24), sequence);
            if (shape->is_tcp)
                cr_expect_eq(packets[k]->at[33] & 8,
                    k + 1 == count ? shape->flags & 8 : 0, "PSH at the end");
            cr_expect_arr_eq(
                packets[k]->at + head, long_packet + head + seen, size);
            seen += size;
            sequence += (uint32_t)size;
        }
        cr_expect_eq(seen, shape->payload);
        free_all(packets, count);
    }
}

/* ---- and back ---- */

/* What the merged packet is, in one piece, as the kernel would see it. */
static size_t
gather(const struct offload_merge *merge, uint8_t *out)
{
    size_t length = 0;

    for (int i = 1; i < merge->piece_count; i++) {
        memcpy(
            out + length, merge->pieces[i].iov_base, merge->pieces[i].iov_len);
        length += merge->pieces[i].iov_len;
    }
    return length;
}

Test(offload, merges_what_was_cut_into_the_same_packet)
{
    static uint8_t merged[LONG_MAX];

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct pkt *packets[PACKETS];
        struct offload_merge merge;
        struct virtio_net_hdr header;
        size_t length = make_long(&shapes[i], &header);
        size_t count = cut(&header, length, packets);
        struct virtio_net_hdr *got = &merge.header;

        cr_expect_eq(offload_merge(packets, count, true, &merge), count);
        cr_expect_eq(merge.length, length);
        cr_expect_eq(gather(&merge, merged), length);
        cr_expect_eq(got->gso_type, header.gso_type);
        cr_expect_eq(got->gso_size, header.gso_size);
        cr_expect_eq(got->csum_start, header.csum_start);
        cr_expect_eq(got->csum_offset, header.csum_offset);
        /* the kernel fills the checksum in; then it is what we cut */
        cr_expect_eq(offload_checksum(got, merged, length), OK);
        header.flags = 0;
        memcpy(long_packet + got->csum_start + got->csum_offset,
            merged + got->csum_start + got->csum_offset, 2);
        cr_expect_arr_eq(merged, long_packet, length, "shape %zu", i);
        free_all(packets, count);
    }
}

/* Something about the third of four packets. */
struct spoil {
    const char *why;
    size_t at; /* byte that changes */
    uint8_t xor ;
    bool mend; /* checksums are right again */
};

static const struct spoil spoils[] = {
    {"another TOS",             1,  0x04, true },
    {"another time to live",    8,  0x01, true },
    {"DF",                      6,  0x40, true },
    {"a fragment",              7,  0x01, true },
    {"another source",          15, 0x01, true },
    {"another port",            21, 0x01, true },
    {"a gap in the sequence",   27, 0x01, true },
    {"another acknowledgement", 31, 0x01, true },
    {"FIN",                     33, 0x01, true },
    {"another window",          35, 0x01, true },
    {"an identifier left out",  5,  0x10, true },
    {"an urgent pointer",       39, 0x01, true },
    {"a wrong checksum",        36, 0x01, false},
    {"a changed payload",       50, 0x01, false},
};

static void
mend(struct pkt *pkt)
{
    uint8_t *tcp = pkt->at + IP4_HEADER;
    size_t length = pkt->length - IP4_HEADER;
    uint16_t sum;

    put_u16(pkt->at + 10, 0);
    put_u16(pkt->at + 10, ip4_checksum(pkt->at, IP4_HEADER));
    put_u16(tcp + 16, 0);
    sum = checksum_pseudo(pkt->at + 12, IP4_PROTO_TCP, length);
    put_u16(tcp + 16, (uint16_t)~checksum_add(sum, tcp, length));
}

Test(offload, does_not_merge_what_does_not_follow)
{
    static const struct shape shape = {true, 0, 1000, 4000, 0x10};

    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        struct pkt *packets[PACKETS];
        struct offload_merge merge;
        struct virtio_net_hdr header;
        size_t length = make_long(&shape, &header);
        size_t count = cut(&header, length, packets);

        cr_assert_eq(count, 4);
        packets[2]->at[spoils[i].at] ^= spoils[i].xor ;
        if (spoils[i].mend)
            mend(packets[2]);
        cr_expect_eq(offload_merge(packets, count, true, &merge), 2, "%s",
            spoils[i].why);
        free_all(packets, count);
    }
}

Test(offload, ends_a_run_at_a_short_packet_and_at_psh)
{
    static const struct shape shape = {true, 0, 1000, 2500, 0x18};
    struct pkt *packets[PACKETS];
    struct offload_merge merge;
    struct virtio_net_hdr header;
    size_t length = make_long(&shape, &header);
    size_t count = cut(&header, length, packets);

    count += cut(&header, length, packets + count);
    cr_assert_eq(count, 6);
    cr_expect_eq(offload_merge(packets, count, true, &merge), 3);
    cr_expect_eq(merge.head[33], 0x18, "PSH of the last");
    free_all(packets, count);
}

Test(offload, leaves_udp_alone_where_the_kernel_does_not_take_it)
{
    static const struct shape shape = {false, 0, 1000, 3000, 0};
    struct pkt *packets[PACKETS];
    struct offload_merge merge;
    struct virtio_net_hdr header;
    size_t length = make_long(&shape, &header);
    size_t count = cut(&header, length, packets);

    cr_expect_eq(offload_merge(packets, count, false, &merge), 1);
    cr_expect_eq(merge.piece_count, 2);
    cr_expect_eq(merge.pieces[1].iov_base, packets[0]->at);
    cr_expect_eq(merge.header.gso_type, VIRTIO_NET_HDR_GSO_NONE);
    free_all(packets, count);
}

/* ---- what is no long packet ---- */

Test(offload, refuses_headers_that_do_not_fit)
{
    static const struct shape shape = {true, 0, 1000, 2500, 0x10};
    struct virtio_net_hdr good;
    size_t length = make_long(&shape, &good);
    struct offload_split split;
    struct virtio_net_hdr bad = good;

    cr_expect_eq(offload_split_begin(&split, &good, long_packet, length), OK);
    for (size_t cut_at = 0; cut_at <= 40; cut_at++)
        cr_expect_eq(offload_split_begin(&split, &good, long_packet, cut_at),
            ERR_MALFORMED, "%zu bytes", cut_at);
    bad.gso_size = 0;
    cr_expect_eq(
        offload_split_begin(&split, &bad, long_packet, length), ERR_MALFORMED);
    bad.gso_size = UINT16_MAX;
    cr_expect_eq(
        offload_split_begin(&split, &bad, long_packet, length), ERR_MALFORMED);
    bad = good;
    bad.gso_type = VIRTIO_NET_HDR_GSO_TCPV6;
    cr_expect_eq(
        offload_split_begin(&split, &bad, long_packet, length), ERR_MALFORMED);
    bad.gso_type = OFFLOAD_GSO_UDP_L4;
    cr_expect_eq(
        offload_split_begin(&split, &bad, long_packet, length), ERR_MALFORMED);
    bad = good;
    bad.csum_start = (uint16_t)length;
    cr_expect_eq(offload_checksum(&bad, long_packet, length), ERR_MALFORMED);
    long_packet[32] = 0xf0; /* a TCP header of 60 bytes */
    cr_expect_eq(
        offload_split_begin(&split, &good, long_packet, 70), ERR_MALFORMED);
}

/* Random bytes behind a header that promises much: packets come out or not,
 * but nothing is read beyond. */
Test(offload, survives_random_bytes)
{
    struct random_seed seed;
    struct random_source source = random_seeded(&seed, 7);

    for (int round = 0; round < 20000; round++) {
        struct virtio_net_hdr header;
        struct offload_split split;
        uint8_t *bytes;
        uint16_t length;
        unsigned count = 0;

        source.fill(source.context, (uint8_t *)&header, sizeof header);
        source.fill(source.context, (uint8_t *)&length, sizeof length);
        header.gso_type = header.gso_type % 6;
        length %= 3000;
        bytes = malloc((size_t)length + 1); /* ASan sees the end */
        source.fill(source.context, bytes, length);
        if (length > 0)
            bytes[0] = 0x45;
        if (length > 9)
            bytes[9] = round % 2 == 0 ? IP4_PROTO_TCP : IP4_PROTO_UDP;
        (void)!offload_checksum(&header, bytes, length);
        if (offload_split_begin(&split, &header, bytes, length) == OK) {
            while (!offload_split_is_over(&split) && count++ < 4000) {
                struct pkt *pkt = pkt_new(pool);

                offload_split_next(&split, pkt);
                pkt_free(pkt);
            }
            cr_expect_lt(count, 4000);
        }
        free(bytes);
    }
}
