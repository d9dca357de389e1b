/*
 * tun.c - a tun device: the clear side of a gateway.
 *
 *    receive   [virtio header | packet ] -> a buffer of the pool
 *              [virtio header | 64 KB  ] -> long[] -> cut into such buffers
 *    transmit  packets that follow each other -> one write
 *
 * A packet that fits is read where it will be used.  What is being cut waits
 * in long[] from one burst to the next.
 */
#include "port/port.h"

#include "base/arena.h"
#include "port/offload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LONG_SIZE = 65536 };

struct tun {
    struct port port; /* first: a struct port * is a struct tun * */
    int fd;
    bool vnet_header;
    bool udp;
    bool is_gone; /* the device was deleted                       */
    bool is_busy; /* the last burst was full: there may be more   */
    struct offload_split split;
    struct offload_merge merge;
    uint8_t bytes[LONG_SIZE]; /* what is being cut */
};

static struct tun *
tun_of(struct port *port)
{
    return (struct tun *)(void *)port;
}

static const struct tun *
tun_seen(const struct port *port)
{
    return (const struct tun *)(const void *)port;
}

static void
notice(struct tun *tun, int error)
{
    if (error == EBADFD || error == ENODEV || error == ENXIO)
        tun->is_gone = true;
}

/* ---- in ---- */

enum got { GOT_PACKET, GOT_LONG, GOT_RUBBISH, GOT_NOTHING };

/* What was read into the packet's buffer and, from there on, into bytes. */
static enum got
sort(struct tun *tun, const struct virtio_net_hdr *header, struct pkt *pkt,
    size_t length)
{
    enum err error;

    if (header->gso_type == VIRTIO_NET_HDR_GSO_NONE) {
        if (length > PKT_MTU_MAX)
            return GOT_RUBBISH;
        (void)pkt_append(pkt, length);
        error = offload_checksum(header, pkt->at, length);
        return error == OK ? GOT_PACKET : GOT_RUBBISH;
    }
    memcpy(tun->bytes, pkt->at, length < PKT_MTU_MAX ? length : PKT_MTU_MAX);
    error = offload_split_begin(&tun->split, header, tun->bytes, length);
    return error == OK ? GOT_LONG : GOT_RUBBISH;
}

static enum got
read_one(struct tun *tun, struct pkt *pkt)
{
    struct virtio_net_hdr header = {0};
    struct iovec parts[] = {
        {.iov_base = &header,                  .iov_len = sizeof header},
        {.iov_base = pkt->at,                  .iov_len = PKT_MTU_MAX  },
        {.iov_base = tun->bytes + PKT_MTU_MAX,
         .iov_len = LONG_SIZE - PKT_MTU_MAX                            },
    };
    size_t ahead = tun->vnet_header ? sizeof header : 0;
    ssize_t length;

    do {
        length = tun->vnet_header ? readv(tun->fd, parts, 3)
                                  : readv(tun->fd, parts + 1, 1);
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        notice(tun, errno);
        return GOT_NOTHING;
    }
    if ((size_t)length < ahead)
        return GOT_RUBBISH;
    return sort(tun, &header, pkt, (size_t)length - ahead);
}

/* What cannot be read as told goes to the path as an empty packet, where it
 * is counted as malformed. */
static size_t
tun_receive(struct port *port, struct pkt_pool *pool, uint64_t now_us,
    struct pkt **packets, size_t room)
{
    struct tun *tun = tun_of(port);
    enum got got = GOT_PACKET;
    size_t count = 0;

    (void)now_us;
    while (count < room && got != GOT_NOTHING) {
        struct pkt *pkt = pkt_new(pool);

        if (pkt == NULL)
            break; /* what is in the device waits there */
        got = GOT_LONG;
        if (offload_split_is_over(&tun->split))
            got = read_one(tun, pkt);
        if (got == GOT_LONG)
            offload_split_next(&tun->split, pkt);
        if (got == GOT_NOTHING) {
            pkt_free(pkt);
        } else {
            packets[count++] = pkt;
        }
    }
    tun->is_busy = got != GOT_NOTHING;
    return count;
}

static uint64_t
tun_next_arrival(const struct port *port)
{
    return tun_seen(port)->is_busy ? 0 : UINT64_MAX;
}

/* ---- out ---- */

/* One or more packets by one write.  False: the device takes nothing now. */
static bool
write_merged(struct tun *tun, size_t packets)
{
    struct iovec *pieces = tun->merge.pieces;
    int count = tun->merge.piece_count;
    ssize_t written;

    if (!tun->vnet_header) {
        pieces++;
        count--;
    }
    do {
        written = writev(tun->fd, pieces, count);
    } while (written < 0 && errno == EINTR);
    if (written >= 0)
        return true;
    notice(tun, errno);
    if (errno != EINVAL && errno != EMSGSIZE)
        return false;
    tun->port.refused += (uint32_t)packets;
    return true;
}

static size_t
tun_transmit(struct port *port, uint64_t now_us, struct pkt *const *packets,
    size_t count)
{
    struct tun *tun = tun_of(port);
    size_t sent = 0;
    size_t merged;
    size_t i;

    (void)now_us;
    while (sent < count) {
        merged = offload_merge(packets + sent,
            tun->vnet_header ? count - sent : 1, tun->udp, &tun->merge);
        if (!write_merged(tun, merged))
            break;
        for (i = 0; i < merged; i++)
            pkt_free(packets[sent + i]);
        sent += merged;
    }
    return sent;
}

/* ---- life ---- */

static bool
tun_is_up(const struct port *port)
{
    return !tun_seen(port)->is_gone;
}

static int
tun_wait_fd(const struct port *port)
{
    return tun_seen(port)->is_gone ? -1 : tun_seen(port)->fd;
}

static void
tun_free(struct port *port)
{
    (void)close(tun_of(port)->fd);
    free(port);
}

static const struct port_ops tun_ops = {
    .receive = tun_receive,
    .transmit = tun_transmit,
    .next_arrival = tun_next_arrival,
    .is_up = tun_is_up,
    .wait_fd = tun_wait_fd,
    .free = tun_free,
};

struct port *
port_tun_new(const struct tun_params *params)
{
    struct tun *tun = mem_alloc(sizeof *tun);

    tun->port.ops = &tun_ops;
    tun->port.mtu = params->mtu < PKT_MTU_MAX ? params->mtu : PKT_MTU_MAX;
    tun->fd = params->fd;
    tun->vnet_header = params->vnet_header;
    tun->udp = params->udp;
    return &tun->port;
}
