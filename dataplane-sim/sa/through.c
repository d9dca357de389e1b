/*
 * through.c - one packet through one SA.
 *
 *    in:   outer header, UDP -> length -> replay check -> ICV -> replay accept
 *          -> decrypt, padding -> inner header       (RFC 2406, 3.4)
 *    out:  sequence -> pad, IV -> UDP, outer header -> encrypt, ICV
 *
 * In transport mode the packet's own header is kept meanwhile and stands for
 * both (transport.h).
 *
 * Each guard is one drop reason.  Nothing about the window changes before
 * the ICV has proved the sender.
 */
#include "ah/ah.h"
#include "base/bytes.h"
#include "esp/esp.h"
#include "pkt/pkt.h"
#include "sa/sa.h"
#include "sa/state.h"
#include "sa/transport.h"

#include <stdatomic.h>
#include <string.h>

enum { ESP_HEADER = 8 }; /* SPI and sequence number */

static bool
is_fresh(const struct sa *sa, uint32_t sequence)
{
    return !sa->replays || replay_check(&sa->window, sequence);
}

/* Without authentication the number proves nothing and is not looked at
 * (RFC 2406, 3.4.3). */
static void
accept_sequence(struct sa *sa, uint32_t sequence, bool is_rehearsal)
{
    if (!sa->replays || is_rehearsal)
        return;
    replay_accept(&sa->window, sequence);
    atomic_store_explicit(
        &sa->sequence, sa->window.highest, memory_order_relaxed);
}

/* A packet went through; thread D alone adds. */
static void
count(struct sa *sa, uint32_t octets)
{
    uint64_t packets = atomic_load_explicit(&sa->packets, memory_order_relaxed);
    uint64_t before = atomic_load_explicit(&sa->octets, memory_order_relaxed);

    atomic_store_explicit(&sa->packets, packets + 1, memory_order_relaxed);
    atomic_store_explicit(&sa->octets, before + octets, memory_order_relaxed);
}

static enum drop
unwrap_ah(
    struct sa *sa, struct pkt *pkt, uint8_t header_length, bool is_rehearsal)
{
    uint32_t sequence = 0;
    enum drop drop;

    if (!ah_read(sa->ah, pkt, header_length, &sequence))
        return DROP_TRUNCATED;
    if (!is_fresh(sa, sequence))
        return DROP_REPLAYED;
    drop = ah_verify(sa->ah, pkt, header_length);
    if (drop != DROP_NONE)
        return drop;
    accept_sequence(sa, sequence, is_rehearsal);
    return ah_open(sa->ah, pkt, header_length);
}

/* The payload may be longer than the inner packet: a peer may hide the
 * true length behind more than the padding (RFC 2401 does not forbid it). */
static enum drop
trim_to_inner(struct pkt *pkt)
{
    struct ip4 inner;

    if (!ip4_read(pkt->at, pkt->length, &inner))
        return DROP_BAD_INNER;
    pkt_trim(pkt, pkt->length - inner.total_length);
    return DROP_NONE;
}

/* Past the UDP header; what follows the datagram goes. */
static bool
take_datagram(struct pkt *pkt, size_t *headers)
{
    size_t length;

    if (pkt->length < *headers + UDP_HEADER)
        return false;
    length = *headers + get_u16(pkt->at + *headers + 4);
    *headers += UDP_HEADER;
    if (length < *headers || length > pkt->length)
        return false;
    pkt_trim(pkt, pkt->length - length);
    return true;
}

/* What is behind the headers is laid open: the inner packet, or in transport
 * mode the payload, before which the packet's own header comes again. */
static enum drop
show_inner(
    const struct sa *sa, struct pkt *pkt, const struct transport_header *kept)
{
    if (sa->mode == SA_TUNNEL)
        return trim_to_inner(pkt);
    return transport_put(pkt, kept, sa->payload) ? DROP_NONE : DROP_BAD_INNER;
}

static enum drop
take_in_ah(
    struct sa *sa, struct pkt *pkt, uint8_t header_length, bool is_rehearsal)
{
    struct transport_header kept;
    enum drop drop;

    if (sa->mode == SA_TRANSPORT)
        transport_keep(pkt, header_length, &kept);
    drop = unwrap_ah(sa, pkt, header_length, is_rehearsal);
    return drop == DROP_NONE ? show_inner(sa, pkt, &kept) : drop;
}

/* Up to the outer headers; sets *out_headers, bytes of them. */
static enum drop
take_headers(const struct sa *sa, struct pkt *pkt, size_t *out_headers)
{
    struct ip4 outer;

    if (!ip4_read(pkt->at, pkt->length, &outer))
        return DROP_MALFORMED;
    if (outer.more_fragments || outer.fragment_offset != 0)
        return DROP_MALFORMED; /* the caller has put it together */
    if (sa_life(sa) == SA_EXPIRED)
        return DROP_IN_SA_EXPIRED;
    pkt_trim(pkt, pkt->length - outer.total_length);
    *out_headers = outer.header_length;
    if (sa_is_in_udp(sa) && !take_datagram(pkt, out_headers))
        return DROP_TRUNCATED;
    return DROP_NONE;
}

/* From the headers to the ESP header, which is looked at. */
static enum drop
begin_esp(struct sa_work *work, size_t headers)
{
    struct sa *sa = work->sa;

    pkt_pull(work->pkt, headers);
    work->headers = (uint8_t)headers;
    work->esp = work->pkt->at;
    work->length = work->pkt->length;
    if (!esp_read(sa->esp, work->pkt, &work->sequence))
        return DROP_TRUNCATED;
    return is_fresh(sa, work->sequence) ? DROP_NONE : DROP_REPLAYED;
}

/* The ICV was right: what is left to do once the packet is decrypted. */
static enum drop
end_esp(struct sa_work *work)
{
    struct sa *sa = work->sa;
    struct pkt *pkt = work->pkt;
    struct transport_header kept;
    enum drop drop;

    if (sa->mode == SA_TRANSPORT) {
        (void)pkt_push(pkt, work->headers); /* it came with that room */
        transport_keep(pkt, work->headers, &kept);
        pkt_pull(pkt, work->headers);
    }
    drop = esp_strip(sa->esp, pkt);
    return drop == DROP_NONE ? show_inner(sa, pkt, &kept) : drop;
}

static enum drop
take_in_esp(struct sa *sa, struct pkt *pkt, size_t headers, bool is_rehearsal)
{
    struct sa_work work = {.sa = sa, .pkt = pkt};
    enum drop drop = begin_esp(&work, headers);

    if (drop != DROP_NONE)
        return drop;
    if (!esp_verify(sa->esp, pkt))
        return DROP_BAD_ICV;
    accept_sequence(sa, work.sequence, is_rehearsal);
    if (!esp_decrypt(sa->esp, pkt))
        return DROP_DECRYPT_FAILED;
    return end_esp(&work);
}

static enum drop
take_in(struct sa *sa, struct pkt *pkt, bool is_rehearsal)
{
    size_t headers = 0;
    enum drop drop = take_headers(sa, pkt, &headers);

    if (drop != DROP_NONE)
        return drop;
    if (sa->ah != NULL)
        return take_in_ah(sa, pkt, (uint8_t)headers, is_rehearsal);
    return take_in_esp(sa, pkt, headers, is_rehearsal);
}

enum drop
sa_in(struct sa *sa, struct pkt *pkt)
{
    enum drop drop = take_in(sa, pkt, false);

    if (drop == DROP_NONE)
        count(sa, pkt->length);
    return drop;
}

enum drop
sa_rehearse_in(struct sa *sa, struct pkt *pkt)
{
    return take_in(sa, pkt, true);
}

enum drop
sa_in_begin(struct sa *sa, struct pkt *pkt, struct sa_work *out_work)
{
    size_t headers = 0;
    enum drop drop = take_headers(sa, pkt, &headers);

    out_work->sa = sa;
    out_work->pkt = pkt;
    return drop == DROP_NONE ? begin_esp(out_work, headers) : drop;
}

/* A packet may have come twice since the first look at its number. */
enum drop
sa_in_end(struct sa_work *work)
{
    struct sa *sa = work->sa;
    enum drop drop = work->drop;

    if (drop == DROP_NONE && !is_fresh(sa, work->sequence))
        drop = DROP_REPLAYED;
    if (drop != DROP_NONE)
        return drop;
    accept_sequence(sa, work->sequence, false);
    drop = end_esp(work);
    if (drop == DROP_NONE)
        count(sa, work->pkt->length);
    return drop;
}

_Static_assert(sizeof((struct pkt *)0)->memory <= UINT16_MAX,
    "the total length of an IPv4 packet has 16 bits");

/* The number is used up even if the packet is then dropped: it must never
 * be sent twice.  Never wraps (RFC 2406, 3.3.3). */
static bool
take_sequence(struct sa *sa, uint32_t *out_sequence)
{
    uint32_t last = atomic_load_explicit(&sa->sequence, memory_order_relaxed);

    if (last == UINT32_MAX)
        return false;
    *out_sequence = last + 1;
    atomic_store_explicit(&sa->sequence, last + 1, memory_order_relaxed);
    return true;
}

/* What goes before the protected packet. */
struct front {
    const struct sa_outer *outer;
    struct transport_header kept; /* of transport mode */
};
/* Without a checksum (RFC 3948, 2.1). */
static bool
push_udp(const struct sa *sa, struct pkt *pkt)
{
    uint8_t *udp = pkt_push(pkt, UDP_HEADER);

    if (udp == NULL)
        return false;
    put_u16(udp, sa->udp.local_port);
    put_u16(udp + 2, sa->udp.remote_port);
    put_u16(udp + 4, (uint16_t)pkt->length);
    put_u16(udp + 6, 0);
    return true;
}

static bool
push_outer(const struct sa *sa, struct pkt *pkt, const struct sa_outer *outer)
{
    uint8_t *header;
    struct ip4 ip = {
        .src = sa->src,
        .dst = sa->dst,
        .id = outer->id,
        .tos = outer->tos,
        .ttl = outer->ttl,
        .protocol = sa_is_in_udp(sa) ? IP4_PROTO_UDP : sa->protocol,
        .dont_fragment = outer->dont_fragment,
    };

    if (sa_is_in_udp(sa) && !push_udp(sa, pkt))
        return false;
    header = pkt_push(pkt, IP4_HEADER);
    if (header == NULL)
        return false;
    ip.total_length = (uint16_t)pkt->length;
    ip4_write(header, &ip);
    return true;
}

static bool
push_front(const struct sa *sa, struct pkt *pkt, const struct front *front)
{
    if (sa->mode == SA_TRANSPORT)
        return transport_put(pkt, &front->kept, sa->protocol);
    return push_outer(sa, pkt, front->outer);
}

static enum drop
take_front(const struct sa *sa, struct pkt *pkt, struct front *front)
{
    if (sa->mode == SA_TUNNEL)
        return DROP_NONE;
    return transport_lift(pkt, sa->payload, &front->kept);
}

/* All but the encryption, which no header depends on. */
static enum drop
lay_out_esp(struct sa_work *work, const struct front *front, uint32_t sequence)
{
    struct pkt *pkt = work->pkt;
    enum drop drop = esp_lay_out(work->sa->esp, pkt, sequence);

    if (drop != DROP_NONE)
        return drop;
    work->esp = pkt->at;
    work->length = pkt->length;
    return push_front(work->sa, pkt, front) ? DROP_NONE : DROP_TOO_BIG_TUNNEL;
}

static enum drop
wrap_esp(struct sa *sa, struct pkt *pkt, const struct front *front,
    uint32_t sequence)
{
    struct sa_work work = {.sa = sa, .pkt = pkt};
    enum drop drop = lay_out_esp(&work, front, sequence);

    if (drop == DROP_NONE && !esp_encrypt(sa->esp, work.esp, work.length))
        return DROP_ENCRYPT_FAILED;
    return drop;
}

/* The ICV covers the outer header, so that comes first. */
static enum drop
wrap_ah(struct sa *sa, struct pkt *pkt, const struct front *front,
    uint32_t sequence)
{
    if (!ah_push(sa->ah, pkt, sequence) || !push_front(sa, pkt, front))
        return DROP_TOO_BIG_TUNNEL;
    return ah_sign(sa->ah, pkt) ? DROP_NONE : DROP_MALFORMED;
}

/* The packet may go out, and has its number; front is what comes before it. */
static enum drop
admit_out(
    struct sa *sa, struct pkt *pkt, struct front *front, uint32_t *out_sequence)
{
    enum drop drop = take_front(sa, pkt, front);

    if (drop != DROP_NONE)
        return drop;
    if (sa_life(sa) == SA_EXPIRED && sa_sequence(sa) != UINT32_MAX)
        return DROP_OUT_SA_EXPIRED;
    return take_sequence(sa, out_sequence) ? DROP_NONE : DROP_SEQUENCE_END;
}

enum drop
sa_out(struct sa *sa, struct pkt *pkt, const struct sa_outer *outer)
{
    struct front front = {.outer = outer};
    uint32_t clear = pkt->length;
    uint32_t sequence = 0;
    enum drop drop = admit_out(sa, pkt, &front, &sequence);

    if (drop != DROP_NONE)
        return drop;
    if (sa->ah != NULL) {
        drop = wrap_ah(sa, pkt, &front, sequence);
    } else {
        drop = wrap_esp(sa, pkt, &front, sequence);
    }
    if (drop == DROP_NONE)
        count(sa, clear);
    return drop;
}

enum drop
sa_out_begin(struct sa *sa, struct pkt *pkt, const struct sa_outer *outer,
    struct sa_work *out_work)
{
    struct front front = {.outer = outer};
    enum drop drop;

    out_work->sa = sa;
    out_work->pkt = pkt;
    out_work->clear = pkt->length;
    drop = admit_out(sa, pkt, &front, &out_work->sequence);
    if (drop != DROP_NONE)
        return drop;
    return lay_out_esp(out_work, &front, out_work->sequence);
}

enum drop
sa_out_end(struct sa_work *work)
{
    if (work->drop == DROP_NONE)
        count(work->sa, work->clear);
    return work->drop;
}

static uint32_t
bytes_added(const struct sa *sa, uint32_t covered)
{
    if (sa->ah != NULL)
        return ah_overhead(sa->ah);
    return esp_overhead(sa->esp, covered);
}

/* Nothing is encrypted: a number or an IV must not be used twice, not even
 * for a packet that nobody sees. */
enum drop
sa_rehearse_out(
    const struct sa *sa, struct pkt *pkt, const struct sa_outer *outer)
{
    struct front front = {.outer = outer};
    enum drop drop = take_front(sa, pkt, &front);
    uint32_t before;
    uint32_t added;
    uint8_t *header;

    if (drop != DROP_NONE)
        return drop;
    if (sa_sequence(sa) == UINT32_MAX)
        return DROP_SEQUENCE_END;
    if (sa_life(sa) == SA_EXPIRED)
        return DROP_OUT_SA_EXPIRED;
    added = bytes_added(sa, pkt->length);
    before = sa->ah != NULL
                 ? added
                 : (uint32_t)ESP_HEADER + sa_transform_of(sa->transform)->iv;
    if (pkt_append(pkt, added - before) == NULL)
        return DROP_TOO_BIG_TUNNEL;
    header = pkt_push(pkt, before);
    if (header == NULL)
        return DROP_TOO_BIG_TUNNEL;
    memset(header, 0, before);
    return push_front(sa, pkt, &front) ? DROP_NONE : DROP_TOO_BIG_TUNNEL;
}
