/*
 * offload.c - long packets cut and put together again.
 *
 * What is cut differs from the long packet in: total length and identifier
 * (they count up), TCP sequence (by payload), FIN and PSH (on the last one
 * only), CWR (on the first one only), UDP length, checksums.  Packets may be
 * put together exactly if cutting would give them back.
 */
#include "port/offload.h"

#include "base/bytes.h"
#include "port/checksum.h"

#include <string.h>

enum {
    UDP_LENGTH_AT = 4,
    UDP_CHECKSUM_AT = 6,
    TCP_HEADER = 20,
    TCP_SEQUENCE_AT = 4,
    TCP_OFFSET_AT = 12,
    TCP_FLAGS_AT = 13,
    TCP_CHECKSUM_AT = 16,
    TCP_FIN = 0x01,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
    TCP_CWR = 0x80,
    IP_LENGTH_AT = 2,
    IP_ID_AT = 4,
    IP_FLAGS_AT = 6,
    IP_CHECKSUM_AT = 10,
    IP_SOURCE_AT = 12,
    FLAG_DF = 0x4000,
};

static void
write_ip_checksum(uint8_t *ip, size_t header)
{
    put_u16(ip + IP_CHECKSUM_AT, 0);
    put_u16(ip + IP_CHECKSUM_AT, ip4_checksum(ip, header));
}

/* Bytes of the TCP header; 0: it is cut off. */
static size_t
tcp_header(const uint8_t *tcp, size_t length)
{
    size_t header;

    if (length < TCP_HEADER)
        return 0;
    header = (size_t)(tcp[TCP_OFFSET_AT] >> 4) * 4;
    return header < TCP_HEADER || header > length ? 0 : header;
}

/* The sum as TCP and UDP have it: complemented, and never zero, which in UDP
 * means that there is none (RFC 768). */
static uint16_t
written(uint16_t sum)
{
    return sum == UINT16_MAX ? UINT16_MAX : (uint16_t)~sum;
}

/* ---- reading ---- */

enum err
offload_checksum(
    const struct virtio_net_hdr *header, uint8_t *bytes, size_t length)
{
    size_t at = (size_t)header->csum_start + header->csum_offset;
    uint16_t sum;

    if ((header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0)
        return OK;
    if (at + 2 > length)
        return ERR_MALFORMED;
    /* the pseudo header's sum stands where the checksum goes */
    sum = checksum_add(
        0, bytes + header->csum_start, length - header->csum_start);
    put_u16(bytes + at, written(sum));
    return OK;
}

enum err
offload_split_begin(struct offload_split *split,
    const struct virtio_net_hdr *header, const uint8_t *bytes, size_t length)
{
    uint8_t type = header->gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
    size_t ip_header = length == 0 ? 0 : (size_t)(bytes[0] & 0x0f) * 4;
    size_t transport;

    *split = (struct offload_split){0};
    if (length > OFFLOAD_MAX || length < IP4_HEADER || bytes[0] >> 4 != 4 ||
        ip_header < IP4_HEADER || ip_header > length || header->gso_size == 0)
        return ERR_MALFORMED;
    if (type == VIRTIO_NET_HDR_GSO_TCPV4 && bytes[9] == IP4_PROTO_TCP) {
        transport = tcp_header(bytes + ip_header, length - ip_header);
        split->is_tcp = true;
    } else if (type == OFFLOAD_GSO_UDP_L4 && bytes[9] == IP4_PROTO_UDP) {
        transport = length - ip_header < UDP_HEADER ? 0 : UDP_HEADER;
    } else {
        return ERR_MALFORMED;
    }
    if (transport == 0 || ip_header + transport >= length ||
        header->gso_size > PKT_MTU_MAX - ip_header - transport)
        return ERR_MALFORMED;
    split->bytes = bytes;
    split->length = length;
    split->ip_header = ip_header;
    split->header = ip_header + transport;
    split->at = split->header;
    split->piece = header->gso_size;
    split->id = get_u16(bytes + IP_ID_AT);
    split->sequence = get_u32(bytes + ip_header + TCP_SEQUENCE_AT);
    return OK;
}

bool
offload_split_is_over(const struct offload_split *split)
{
    return split->at >= split->length;
}

/* What only the first or the last packet of a run says. */
static uint8_t
tcp_flags(const struct offload_split *split, uint8_t flags, bool is_last)
{
    if (!is_last)
        flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
    if (split->at != split->header)
        flags &= (uint8_t)~TCP_CWR;
    return flags;
}

void
offload_split_next(struct offload_split *split, struct pkt *pkt)
{
    size_t left = split->length - split->at;
    size_t size = left < split->piece ? left : split->piece;
    uint8_t *ip = pkt_append(pkt, split->header + size);
    uint8_t *transport = ip + split->ip_header;
    size_t checksum_at = split->is_tcp ? TCP_CHECKSUM_AT : UDP_CHECKSUM_AT;
    size_t length = split->header - split->ip_header + size;
    uint16_t sum;

    memcpy(ip, split->bytes, split->header);
    memcpy(ip + split->header, split->bytes + split->at, size);
    put_u16(ip + IP_LENGTH_AT, (uint16_t)(split->header + size));
    put_u16(ip + IP_ID_AT, split->id++);
    write_ip_checksum(ip, split->ip_header);
    if (split->is_tcp) {
        put_u32(transport + TCP_SEQUENCE_AT, split->sequence);
        transport[TCP_FLAGS_AT] =
            tcp_flags(split, transport[TCP_FLAGS_AT], left == size);
        split->sequence += (uint32_t)size;
    } else {
        put_u16(transport + UDP_LENGTH_AT, (uint16_t)length);
    }
    put_u16(transport + checksum_at, 0);
    sum = checksum_pseudo(ip + IP_SOURCE_AT, ip[9], length);
    put_u16(
        transport + checksum_at, written(checksum_add(sum, transport, length)));
    split->at += size;
}

/* ---- writing ---- */

/* A packet of a run, measured. */
struct link {
    const uint8_t *ip;
    const uint8_t *transport;
    size_t header; /* bytes of IP and transport header */
    size_t size;   /* bytes of payload                 */
    bool is_tcp;
};

/* Nobody else will look at it once the packet is in a run. */
static bool
checksum_is_right(const struct link *link)
{
    size_t length = link->header - IP4_HEADER + link->size;
    uint16_t sum =
        checksum_pseudo(link->ip + IP_SOURCE_AT, link->ip[9], length);

    return checksum_add(sum, link->transport, length) == UINT16_MAX;
}

/* Can the packet be part of a run at all? */
static bool
measure(const struct pkt *pkt, bool udp, struct link *out_link)
{
    struct link link = {.ip = pkt->at, .transport = pkt->at + IP4_HEADER};
    size_t transport;
    struct ip4 ip;

    if (!ip4_read(pkt->at, pkt->length, &ip) ||
        ip.header_length != IP4_HEADER || ip.total_length != pkt->length ||
        ip.more_fragments || ip.fragment_offset != 0)
        return false;
    link.is_tcp = ip.protocol == IP4_PROTO_TCP;
    if (link.is_tcp) {
        transport = tcp_header(link.transport, pkt->length - IP4_HEADER);
        if (transport == 0 ||
            (link.transport[TCP_FLAGS_AT] & ~TCP_PSH) != TCP_ACK)
            return false;
    } else {
        transport = UDP_HEADER;
        if (!udp || ip.protocol != IP4_PROTO_UDP ||
            pkt->length < IP4_HEADER + UDP_HEADER ||
            get_u16(link.transport + UDP_LENGTH_AT) !=
                pkt->length - IP4_HEADER ||
            get_u16(link.transport + UDP_CHECKSUM_AT) == 0)
            return false;
    }
    link.header = IP4_HEADER + transport;
    if (link.header == pkt->length)
        return false;
    link.size = pkt->length - link.header;
    *out_link = link;
    return true;
}

/* Cutting counts the identifier up; with DF set nobody looks at it. */
static bool
id_follows(const struct link *first, size_t number, const struct link *next)
{
    uint16_t expected =
        (uint16_t)(get_u16(first->ip + IP_ID_AT) + (uint16_t)number);

    if ((get_u16(first->ip + IP_FLAGS_AT) & FLAG_DF) != 0)
        return true;
    return get_u16(next->ip + IP_ID_AT) == expected;
}

/* Are the headers the same but for what cutting makes? */
static bool
headers_match(const struct link *first, const struct link *next)
{
    const uint8_t *a = first->transport;
    const uint8_t *b = next->transport;

    if (next->header != first->header || next->ip[1] != first->ip[1] ||
        memcmp(next->ip + IP_FLAGS_AT, first->ip + IP_FLAGS_AT, 4) != 0 ||
        memcmp(next->ip + IP_SOURCE_AT, first->ip + IP_SOURCE_AT, 8) != 0 ||
        memcmp(a, b, 4) != 0)
        return false;
    if (!first->is_tcp)
        return true;
    /* acknowledgement and length, window; urgent pointer and options */
    return memcmp(a + 8, b + 8, 5) == 0 && memcmp(a + 14, b + 14, 2) == 0 &&
           memcmp(a + 18, b + 18, first->header - IP4_HEADER - 18) == 0;
}

/* A run under way. */
struct run {
    struct link first;
    size_t count;
    size_t payload;
    bool is_closed; /* by a shorter packet or by PSH */
    bool is_pushed;
};

static bool
follows(const struct run *run, const struct link *next)
{
    const struct link *first = &run->first;

    if (run->is_closed || next->size > first->size ||
        first->header + run->payload + next->size > OFFLOAD_MAX ||
        !headers_match(first, next) || !id_follows(first, run->count, next))
        return false;
    return !first->is_tcp || get_u32(next->transport + TCP_SEQUENCE_AT) ==
                                 get_u32(first->transport + TCP_SEQUENCE_AT) +
                                     (uint32_t)run->payload;
}

static void
append(struct run *run, const struct link *link)
{
    run->count++;
    run->payload += link->size;
    run->is_pushed = link->is_tcp && (link->transport[TCP_FLAGS_AT] & TCP_PSH);
    run->is_closed = run->is_pushed || link->size < run->first.size;
}

/* One packet, as it is. */
static void
write_single(struct pkt *pkt, struct offload_merge *merge)
{
    memset(&merge->header, 0, sizeof merge->header);
    merge->pieces[1] =
        (struct iovec){.iov_base = pkt->at, .iov_len = pkt->length};
    merge->piece_count = 2;
    merge->length = pkt->length;
}

/* The head of the whole run, its checksum left to the kernel. */
static void
write_head(const struct run *run, struct offload_merge *merge)
{
    const struct link *first = &run->first;
    size_t checksum_at = first->is_tcp ? TCP_CHECKSUM_AT : UDP_CHECKSUM_AT;
    size_t transport = first->header - IP4_HEADER;
    uint8_t *ip = merge->head;
    uint8_t *at = ip + IP4_HEADER;

    memcpy(ip, first->ip, first->header);
    put_u16(ip + IP_LENGTH_AT, (uint16_t)(first->header + run->payload));
    write_ip_checksum(ip, IP4_HEADER);
    if (first->is_tcp) {
        at[TCP_FLAGS_AT] |= run->is_pushed ? TCP_PSH : 0;
    } else {
        put_u16(at + UDP_LENGTH_AT, (uint16_t)(transport + run->payload));
    }
    put_u16(at + checksum_at,
        checksum_pseudo(ip + IP_SOURCE_AT, ip[9], transport + run->payload));
    merge->header = (struct virtio_net_hdr){
        .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type =
            first->is_tcp ? VIRTIO_NET_HDR_GSO_TCPV4 : OFFLOAD_GSO_UDP_L4,
        .hdr_len = (uint16_t)first->header,
        .gso_size = (uint16_t)first->size,
        .csum_start = IP4_HEADER,
        .csum_offset = (uint16_t)checksum_at,
    };
    merge->pieces[1] =
        (struct iovec){.iov_base = merge->head, .iov_len = first->header};
    merge->length = first->header + run->payload;
}

size_t
offload_merge(struct pkt *const *packets, size_t count, bool udp,
    struct offload_merge *out_merge)
{
    struct offload_merge *merge = out_merge;
    struct run run = {.count = 0};
    struct link link;

    merge->pieces[0] = (struct iovec){
        .iov_base = &merge->header, .iov_len = sizeof merge->header};
    if (count > 1 && measure(packets[0], udp, &run.first) &&
        checksum_is_right(&run.first)) {
        append(&run, &run.first);
        while (run.count < count && measure(packets[run.count], udp, &link) &&
               follows(&run, &link) && checksum_is_right(&link))
            append(&run, &link);
    }
    if (run.count < 2) {
        write_single(packets[0], merge);
        return 1;
    }
    write_head(&run, merge);
    merge->piece_count = 2;
    for (size_t i = 0; i < run.count; i++) {
        merge->pieces[merge->piece_count++] =
            (struct iovec){.iov_base = packets[i]->at + run.first.header,
                .iov_len = packets[i]->length - run.first.header};
    }
    return run.count;
}
