/*
 * server.c - one router's control socket: connections to sessions.
 *
 * What is read is bounded: a connection whose session is behind is not read
 * until it has caught up, so a client that sends without reading blocks
 * itself and nobody else.
 */
#include "daemon/server.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/peer.h"
#include "daemon/router.h"
#include "daemon/session.h"
#include "dp.h"
#include "event/event.h"
#include "wire/server.h"
#include "wire/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

/* A few more connections than sessions are taken, to say why not. */
enum {
    CONNECTIONS_MAX = SESSIONS_MAX + 16,
    CHUNK = 64 * 1024,
    TICK_US = 1000000
};

/* Heap; its server's. */
struct connection {
    LIST_ENTRY(connection) all;
    struct server *server;
    struct session *session;
    struct watch *watch;
    int fd;
    bool is_ended; /* the client sends no more */
};

/* Heap; its maker's. */
struct server {
    struct loop *loop;
    struct router *router;
    char *path;
    int fd;
    struct watch *listening;
    struct watch *dataplane;
    struct timer *tick;
    struct timer *due;
    struct server_owner owner;
    LIST_HEAD(, connection) connections;
    size_t count;
};

static struct instant
instant_now(void)
{
    return (struct instant){clock_monotonic_us(), clock_wall_us()};
}

/* ---- connections ---- */

static void
connection_free(struct connection *connection)
{
    const struct instant now = instant_now();

    LIST_REMOVE(connection, all);
    connection->server->count--;
    watch_free(connection->watch);
    session_close(connection->session, &now);
    session_free(connection->session);
    (void)close(connection->fd);
    free(connection);
}

/* False: the client is gone. */
static bool
write_some(struct connection *connection)
{
    struct wire_buffer *out = session_out(connection->session);
    size_t length = wire_buffer_length(out);
    ssize_t n;

    if (length == 0)
        return true;
    n = send(connection->fd, out->bytes + out->start, length, MSG_NOSIGNAL);
    if (n > 0)
        wire_buffer_drop(out, (size_t)n);
    return n > 0 || errno == EAGAIN || errno == EINTR;
}

/* False: the client is gone. */
static bool
read_some(struct connection *connection)
{
    struct wire_buffer *in = session_in(connection->session);
    uint8_t *room;
    ssize_t n;

    if (wire_buffer_length(in) >= SESSION_IN_MAX)
        return true;
    room = wire_buffer_reserve(in, CHUNK);
    n = recv(connection->fd, room, CHUNK, 0);
    if (n > 0) {
        wire_buffer_grow(in, (size_t)n);
    } else if (n == 0) {
        connection->is_ended = true;
    }
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Is there nothing left that this connection could still be told?  A client
 * that has closed its end still gets its answers, but a request that waits
 * for the dataplane is not waited for. */
static bool
is_finished(const struct connection *connection)
{
    return (connection->is_ended || session_is_over(connection->session)) &&
           wire_buffer_length(session_out(connection->session)) == 0;
}

static void
wait_for(struct connection *connection)
{
    unsigned what = 0;

    if (!connection->is_ended && !session_is_over(connection->session) &&
        wire_buffer_length(session_in(connection->session)) < SESSION_IN_MAX)
        what |= WATCH_READ;
    if (wire_buffer_length(session_out(connection->session)) > 0)
        what |= WATCH_WRITE;
    watch_set(connection->watch, what);
}

/* Run the session until it waits for something; false: it was closed. */
static bool
advance(struct connection *connection, const struct instant *now)
{
    size_t before;
    bool ok;

    do {
        session_run(connection->session, now);
        before = wire_buffer_length(session_out(connection->session));
        ok = write_some(connection);
    } while (ok && before > SESSION_OUT_MAX &&
             wire_buffer_length(session_out(connection->session)) <=
                 SESSION_OUT_MAX);
    if (!ok || is_finished(connection)) {
        connection_free(connection);
        return false;
    }
    return true;
}

/* ---- time ---- */

/* After any work: the next time to wake, and for each connection what to
 * wait for, since a commit tells other sessions than the one that asked. */
static void
settle(struct server *server, const struct instant *now)
{
    struct connection *connection;
    uint64_t next = router_due(server->router);

    LIST_FOREACH(connection, &server->connections, all) {
        uint64_t due = session_due(connection->session);

        wait_for(connection);
        if (due < next)
            next = due;
    }
    if (next == UINT64_MAX) {
        timer_stop(server->due);
    } else {
        timer_start(server->due,
            next > now->monotonic_us ? next - now->monotonic_us : 0);
    }
}

static void
advance_all(struct server *server)
{
    struct connection *connection = LIST_FIRST(&server->connections);
    struct instant now = instant_now();
    size_t before = server->count;

    while (connection != NULL) {
        struct connection *next = LIST_NEXT(connection, all);

        (void)advance(connection, &now);
        connection = next;
    }
    settle(server, &now);
    if (server->count < before && server->owner.session_closed != NULL)
        server->owner.session_closed(server->owner.context);
}

static void
on_due(void *context)
{
    struct server *server = context;
    struct instant now = instant_now();

    router_take_events(server->router, &now);
    advance_all(server);
}

static void
on_tick(void *context)
{
    struct server *server = context;
    struct instant now = instant_now();

    router_tick(server->router, &now);
    router_tidy(server->router, &now);
    timer_start(server->tick, TICK_US);
    settle(server, &now); /* it may have told something */
}

static void
on_dataplane(void *context, unsigned ready)
{
    struct server *server = context;
    struct instant now = instant_now();

    (void)ready;
    router_take_events(server->router, &now);
    advance_all(server);
}

/* ---- descriptors ---- */

static void
on_connection(void *context, unsigned ready)
{
    struct connection *connection = context;
    struct server *server = connection->server;
    struct instant now = instant_now();
    bool open = true;

    if ((ready & WATCH_WRITE) != 0)
        open = write_some(connection);
    if (open && (ready & WATCH_READ) != 0)
        open = read_some(connection);
    if (!open) {
        connection_free(connection);
    } else {
        open = advance(connection, &now);
    }
    settle(server, &now);
    if (!open && server->owner.session_closed != NULL)
        server->owner.session_closed(server->owner.context);
}

static void
connect_session(struct server *server, int fd, const struct peer *peer)
{
    struct connection *connection = mem_alloc(sizeof *connection);
    struct instant now = instant_now();
    struct session_user user = {
        .name = peer->name,
        .from = peer->from,
        .is_allowed = peer->is_allowed,
        .is_too_many = server->count >= SESSIONS_MAX,
        .ceiling = peer->ceiling,
        .is_owner = peer->is_owner,
    };

    connection->server = server;
    connection->fd = fd;
    connection->session = session_new(server->router, &user, &now);
    connection->watch = watch_new(server->loop, fd, on_connection, connection);
    LIST_INSERT_HEAD(&server->connections, connection, all);
    server->count++;
    wait_for(connection);
}

static void
on_listening(void *context, unsigned ready)
{
    struct server *server = context;
    struct peer peer;
    int fd;

    (void)ready;
    fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return; /* gone again, or no descriptor is free: it stays in line */
    if (server->count >= CONNECTIONS_MAX || peer_of(fd, &peer) != OK) {
        log_event(LOG_WARNING, "server", "REFUSED",
            "a connection: %zu are open", server->count);
        (void)close(fd);
        return;
    }
    connect_session(server, fd, &peer);
}

/* ---- life ---- */

enum err
server_new(struct loop *loop, struct router *router, const char *path,
    struct diag *diag, struct server **out_server)
{
    struct server *server;
    int fd;
    enum err error = wire_listen(path, peer_has_groups(), diag, &fd);

    if (error != OK)
        return error;
    server = mem_alloc(sizeof *server);
    server->loop = loop;
    server->router = router;
    server->path = mem_strdup(path);
    server->fd = fd;
    LIST_INIT(&server->connections);
    server->listening = watch_new(loop, fd, on_listening, server);
    watch_set(server->listening, WATCH_READ);
    server->dataplane =
        watch_new(loop, dp_event_fd(router_dp(router)), on_dataplane, server);
    watch_set(server->dataplane, WATCH_READ);
    server->due = timer_new(loop, on_due, server);
    server->tick = timer_new(loop, on_tick, server);
    timer_start(server->tick, TICK_US);
    *out_server = server;
    return OK;
}

void
server_free(struct server *server)
{
    struct connection *connection;
    struct connection *next;

    if (server == NULL)
        return;
    for (connection = LIST_FIRST(&server->connections); connection != NULL;
         connection = next) {
        next = LIST_NEXT(connection, all);
        connection_free(connection);
    }
    watch_free(server->listening);
    watch_free(server->dataplane);
    timer_free(server->due);
    timer_free(server->tick);
    (void)close(server->fd);
    wire_listen_done(server->path);
    free(server->path);
    free(server);
}

void
server_set_owner(struct server *server, const struct server_owner *owner)
{
    server->owner = *owner;
}

size_t
server_sessions(const struct server *server)
{
    const struct connection *connection;
    size_t count = 0;

    LIST_FOREACH(connection, &server->connections, all)
        count += session_is_service(connection->session) ? 0U : 1U;
    return count;
}
