/*
 * pcap.c - a port whose cable is a pair of capture files.
 *
 * Reading goes as fast as the dp asks, whatever the recorded times; writing
 * stamps packets with the dp's time.  A burst is one system call, unbuffered,
 * so that the file is whole up to the last burst whenever the process dies.
 */
#include "port/port.h"

#include "base/arena.h"
#include "base/diag.h"
#include "port/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { US_PER_S = 1000000, FILE_MODE = 0600 };

/* As written: our own byte order, which the magic number shows. */
struct file_header {
    uint32_t magic;
    uint16_t major;
    uint16_t minor;
    uint32_t zone;
    uint32_t accuracy;
    uint32_t snaplen;
    uint32_t linktype;
};

struct record_header {
    uint32_t seconds;
    uint32_t micros;
    uint32_t length;
    uint32_t wire_length;
};

/* Heap, owned by the dp. */
struct pcap_port {
    struct port port; /* first: a struct port * is a struct pcap_port * */
    int in;           /* -1: none */
    int out;
    bool is_broken; /* writing failed: the port is down from then on */
    struct capture capture;
};

static struct pcap_port *
pcap_of(struct port *port)
{
    return (struct pcap_port *)(void *)port;
}

static const struct pcap_port *
pcap_seen(const struct port *port)
{
    return (const struct pcap_port *)(const void *)port;
}

static size_t
pcap_receive(struct port *port, struct pkt_pool *pool, uint64_t now_us,
    struct pkt **packets, size_t room)
{
    struct pcap_port *pcap = pcap_of(port);
    const uint8_t *bytes;
    uint8_t *to;
    size_t length;
    size_t count = 0;

    (void)now_us;
    if (pcap->in < 0)
        return 0;
    while (count < room) {
        bytes = capture_next(&pcap->capture, PKT_MTU_MAX, &length);
        if (bytes == NULL)
            break;
        packets[count] = pkt_new(pool);
        if (packets[count] == NULL) {
            port->starved++;
            break; /* the others can wait in the file */
        }
        to = pkt_append(packets[count], length);
        memcpy(to, bytes, length);
        count++;
    }
    return count;
}

/* Write all of it, whatever the kernel takes at once. */
static bool
write_all(int fd, struct iovec *parts, size_t count)
{
    ssize_t done;
    size_t left;

    while (count != 0) {
        done = writev(fd, parts, (int)count);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        left = (size_t)done;
        while (count != 0 && left >= parts->iov_len) {
            left -= parts->iov_len;
            parts++;
            count--;
        }
        if (count != 0) {
            parts->iov_base = (uint8_t *)parts->iov_base + left;
            parts->iov_len -= left;
        }
    }
    return true;
}

static size_t
pcap_transmit(struct port *port, uint64_t now_us, struct pkt *const *packets,
    size_t count)
{
    struct pcap_port *pcap = pcap_of(port);
    struct record_header headers[PKT_BURST];
    struct iovec parts[2 * PKT_BURST];
    size_t i;

    if (count > PKT_BURST)
        count = PKT_BURST;
    for (i = 0; i < count; i++) {
        headers[i] = (struct record_header){
            .seconds = (uint32_t)(now_us / US_PER_S),
            .micros = (uint32_t)(now_us % US_PER_S),
            .length = packets[i]->length,
            .wire_length = packets[i]->length,
        };
        parts[2 * i] = (struct iovec){&headers[i], sizeof(headers[i])};
        parts[2 * i + 1] = (struct iovec){packets[i]->at, packets[i]->length};
    }
    if (pcap->out >= 0 && !pcap->is_broken)
        pcap->is_broken = !write_all(pcap->out, parts, 2 * count);
    if (pcap->is_broken)
        return 0;
    for (i = 0; i < count; i++)
        pkt_free(packets[i]);
    return count;
}

static uint64_t
pcap_next_arrival(const struct port *port)
{
    const struct pcap_port *pcap = pcap_seen(port);

    if (pcap->in < 0)
        return UINT64_MAX;
    if (pcap->capture.is_ended && pcap->capture.at == pcap->capture.have)
        return UINT64_MAX;
    return 0;
}

static bool
pcap_is_up(const struct port *port)
{
    return !pcap_seen(port)->is_broken;
}

static void
pcap_free(struct port *port)
{
    struct pcap_port *pcap = pcap_of(port);

    if (pcap->in >= 0)
        (void)close(pcap->in);
    if (pcap->out >= 0)
        (void)close(pcap->out);
    free(pcap);
}

static int
pcap_wait_fd(const struct port *port)
{
    (void)port;
    return -1;
}

static const struct port_ops pcap_ops = {
    .receive = pcap_receive,
    .transmit = pcap_transmit,
    .next_arrival = pcap_next_arrival,
    .is_up = pcap_is_up,
    .wait_fd = pcap_wait_fd,
    .free = pcap_free,
};

/* Open a regular file; a pipe or a terminal could stop the whole router. */
static enum err
open_regular(const char *path, int flags, struct diag *diag, int *out_fd)
{
    struct stat status;
    int fd;

    fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, FILE_MODE);
    if (fd < 0) {
        diag_add(diag, DIAG_ERROR, path, NULL, "It cannot be opened: %s.",
            strerrordesc_np(errno));
        return ERR_IO;
    }
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        diag_add(diag, DIAG_ERROR, path, NULL, "It is not a regular file.");
        (void)close(fd);
        return ERR_IO;
    }
    *out_fd = fd;
    return OK;
}

static enum err
open_in(struct pcap_port *pcap, const char *path, struct diag *diag)
{
    enum err error;

    error = open_regular(path, O_RDONLY, diag, &pcap->in);
    if (error != OK)
        return error;
    error = capture_open(&pcap->capture, pcap->in);
    if (error != OK) {
        diag_add(diag, DIAG_ERROR, path, NULL,
            "It is not a classic capture file of IP packets "
            "(linktype 101 or 228).");
    }
    return error;
}

static bool
is_same_file(int a, int b)
{
    struct stat one;
    struct stat other;

    if (a < 0 || fstat(a, &one) != 0 || fstat(b, &other) != 0)
        return false;
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static enum err
open_out(struct pcap_port *pcap, const char *path, struct diag *diag)
{
    struct file_header header = {
        .magic = UINT32_C(0xa1b2c3d4),
        .major = 2,
        .minor = 4,
        .snaplen = CAPTURE_SNAPLEN,
        .linktype = CAPTURE_LINKTYPE,
    };
    struct iovec part = {&header, sizeof(header)};
    enum err error;

    error = open_regular(path, O_WRONLY | O_CREAT, diag, &pcap->out);
    if (error != OK)
        return error;
    if (is_same_file(pcap->in, pcap->out)) {
        diag_add(diag, DIAG_ERROR, path, NULL,
            "It is read and written by the same port; name two files.");
        return ERR_IO;
    }
    if (ftruncate(pcap->out, 0) != 0 || !write_all(pcap->out, &part, 1)) {
        diag_add(diag, DIAG_ERROR, path, NULL, "It cannot be written: %s.",
            strerrordesc_np(errno));
        return ERR_IO;
    }
    return OK;
}

enum err
port_pcap_new(
    const char *in, const char *out, struct diag *diag, struct port **out_port)
{
    struct pcap_port *pcap;
    enum err error = OK;

    pcap = mem_alloc(sizeof(*pcap));
    pcap->port.ops = &pcap_ops;
    pcap->port.mtu = PKT_MTU_MAX;
    pcap->in = -1;
    pcap->out = -1;
    if (in != NULL)
        error = open_in(pcap, in, diag);
    if (error == OK && out != NULL)
        error = open_out(pcap, out, diag);
    if (error != OK) {
        pcap_free(&pcap->port);
        return error;
    }
    *out_port = &pcap->port;
    return OK;
}
