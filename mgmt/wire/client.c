/*
 * client.c - the client's end of the control socket.
 *
 * The descriptor never blocks; waiting is done in poll(), for both directions
 * at once.  So a client that has sent a hundred thousand requests takes the
 * answers as they come while it still writes, and neither end can wait for
 * the other for ever.
 */
#include "wire/client.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/err.h"
#include "wire/address.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, OUT_MAX = 256 * 1024 };

/* Heap; its opener's. */
struct client {
    int fd;
    struct wire_buffer in;
    struct wire_buffer out;
    uint32_t last_id;
    size_t outstanding;
    uint64_t deadline_us; /* monotonic, of HELLO's answer; 0: none */
    enum err failure;     /* once not OK: the connection is of no more use */
    bool is_ended;        /* the other end sends no more                   */
    struct client_identity identity;
    char *hostname;
    char *user;
    char *version;
};

/* ---- bytes ---- */

static void
read_some(struct client *client)
{
    uint8_t *room = wire_buffer_reserve(&client->in, CHUNK);
    ssize_t n = recv(client->fd, room, CHUNK, 0);

    if (n > 0) {
        wire_buffer_grow(&client->in, (size_t)n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        client->is_ended = true;
    }
}

static void
write_some(struct client *client)
{
    struct wire_buffer *out = &client->out;
    size_t length = wire_buffer_length(out);
    ssize_t n;

    if (length == 0)
        return;
    n = send(client->fd, out->bytes + out->start, length, MSG_NOSIGNAL);
    if (n > 0) {
        wire_buffer_drop(out, (size_t)n);
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        /* What the other end said before it closed is still to be read. */
        wire_buffer_drop(out, length);
    }
}

/* What is left to wait, in milliseconds as poll() has them; 0: nothing. */
static int
patience(const struct client *client)
{
    uint64_t now_us;

    if (client->deadline_us == 0)
        return -1;
    now_us = clock_monotonic_us();
    if (now_us >= client->deadline_us)
        return 0;
    return (int)((client->deadline_us - now_us) / 1000) + 1;
}

/* Wait until a byte can go either way, then move what can be moved. */
static void
pump(struct client *client)
{
    struct pollfd pollfd = {.fd = client->fd, .events = POLLIN};
    int wait_ms = patience(client);

    if (wire_buffer_length(&client->out) > 0)
        pollfd.events |= POLLOUT;
    if (wait_ms == 0) {
        client->is_ended = true;
        return;
    }
    if (poll(&pollfd, 1, wait_ms) < 0)
        return; /* a signal: the caller looks again */
    if ((pollfd.revents & POLLOUT) != 0)
        write_some(client);
    if ((pollfd.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        read_some(client);
}

/* ---- frames ---- */

uint32_t
client_send(struct client *client, struct wire_frame *frame)
{
    if (++client->last_id == 0) /* 0 is the id of events */
        client->last_id = 1;
    frame->id = client->last_id;
    if (wire_encode(frame, &client->out) != OK) {
        client->failure = ERR_EXHAUSTED;
    } else {
        client->outstanding++;
    }
    wire_frame_done(frame);
    while (wire_buffer_length(&client->out) > OUT_MAX && !client->is_ended)
        pump(client);
    return client->last_id;
}

size_t
client_outstanding(const struct client *client)
{
    return client->outstanding;
}

/* A frame that is complete already. */
static enum err
decode(struct client *client, struct wire_frame *out_frame, bool *out_taken)
{
    *out_taken = false;
    if (client->failure != OK)
        return client->failure;
    client->failure = wire_decode(&client->in, out_frame, out_taken);
    if (client->failure != OK)
        return client->failure;
    if (*out_taken) {
        if (out_frame->verb == WIRE_REPLY && client->outstanding > 0)
            client->outstanding--;
        return OK;
    }
    if (client->is_ended)
        client->failure = ERR_IO;
    return client->failure;
}

enum err
client_next(struct client *client, struct wire_frame *out_frame)
{
    bool taken;
    enum err error;

    for (;;) {
        error = decode(client, out_frame, &taken);
        if (error != OK || taken)
            return error;
        pump(client);
    }
}

int
client_fd(const struct client *client)
{
    return client->fd;
}

enum err
client_take(
    struct client *client, struct wire_frame *out_frame, bool *out_taken)
{
    enum err error = decode(client, out_frame, out_taken);

    if (error != OK || *out_taken)
        return error;
    write_some(client);
    read_some(client);
    return decode(client, out_frame, out_taken);
}

/* ---- opening ---- */

const struct client_identity *
client_identity(const struct client *client)
{
    return &client->identity;
}

void
client_close(struct client *client)
{
    if (client == NULL)
        return;
    (void)close(client->fd);
    wire_buffer_done(&client->in);
    wire_buffer_done(&client->out);
    free(client->hostname);
    free(client->user);
    free(client->version);
    free(client);
}

/* REPLY values, from position 2: hostname, user, level, session, version. */
static void
learn(struct client *client, const struct wire_frame *reply)
{
    client->hostname = mem_strdup(wire_text(reply, 2));
    client->user = mem_strdup(wire_text(reply, 3));
    client->version = mem_strdup(wire_text(reply, 6));
    client->identity = (struct client_identity){
        .hostname = client->hostname,
        .user = client->user,
        .version = client->version,
        .level = (uint8_t)wire_number(reply, 4),
        .session = (uint32_t)wire_number(reply, 5),
    };
}

/* Take the answer to HELLO. */
static enum err
take_hello(struct client *client, struct diag *diag)
{
    struct wire_frame reply;
    enum err error = client_next(client, &reply);

    if (error != OK) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "The daemon closed the connection before it said who it is.");
        return ERR_IO;
    }
    error = wire_reply_err(&reply);
    if (reply.verb != WIRE_REPLY || (error == OK && reply.count < 7))
        error = ERR_MALFORMED;
    if (error == OK) {
        learn(client, &reply);
    } else {
        wire_reply_diag(&reply, diag);
    }
    wire_frame_done(&reply);
    if (error != OK && !diag_has_errors(diag)) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "The daemon does not answer as ermined does.");
    }
    return error;
}

static enum err
open_fd(
    int fd, unsigned within_ms, struct diag *diag, struct client **out_client)
{
    struct client *client = mem_alloc(sizeof *client);
    struct wire_frame hello;
    int flags = fcntl(fd, F_GETFL);
    enum err error;

    client->fd = fd;
    wire_buffer_init(&client->in);
    wire_buffer_init(&client->out);
    if (within_ms > 0) {
        client->deadline_us = clock_monotonic_us() + (uint64_t)within_ms * 1000;
    }
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "The connection to ermined cannot be used.");
        client_close(client);
        return ERR_IO;
    }
    wire_frame_init(&hello, WIRE_HELLO, 0);
    wire_add_number(&hello, WIRE_FORMAT);
    wire_add_text(&hello, schema_hash);
    (void)client_send(client, &hello);
    error = take_hello(client, diag);
    client->deadline_us = 0;
    if (error != OK) {
        client_close(client);
        return error;
    }
    *out_client = client;
    return OK;
}

enum err
client_open_fd(int fd, struct diag *diag, struct client **out_client)
{
    return open_fd(fd, 0, diag, out_client);
}

/* Anybody can take a name of the abstract namespace, so somebody else's
 * socket must not be told our keys. */
static bool
is_trusted(const char *path, int fd, struct diag *diag)
{
    struct ucred peer = {0};
    socklen_t length = sizeof peer;

    if (!wire_address_is_abstract(path))
        return true;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
        (peer.uid == 0 || peer.uid == geteuid()))
        return true;
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "The socket %s belongs to another user (number %u).", path,
        (unsigned)peer.uid);
    return false;
}

/* A daemon that takes no connections fills its queue, and connect() waits. */
static void
limit_connect(int fd, unsigned within_ms)
{
    const struct timeval most = {.tv_sec = within_ms / 1000,
        .tv_usec = (suseconds_t)(within_ms % 1000) * 1000};

    if (within_ms > 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
}

enum err
client_open_within(const char *path, unsigned within_ms, struct diag *diag,
    struct client **out_client)
{
    struct sockaddr_un address;
    socklen_t length;
    int fd;

    if (wire_address(path, &address, &length) != OK) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "The path of the socket is empty or too long: %s", path);
        return ERR_IO;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        limit_connect(fd, within_ms);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, length) < 0) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "No ermined can be reached on %s: %s.", path,
            strerrordesc_np(errno));
        if (fd >= 0)
            (void)close(fd);
        return ERR_IO;
    }
    if (!is_trusted(path, fd, diag)) {
        (void)close(fd);
        return ERR_DENIED;
    }
    return open_fd(fd, within_ms, diag, out_client);
}

enum err
client_open(const char *path, struct diag *diag, struct client **out_client)
{
    return client_open_within(path, 0, diag, out_client);
}
