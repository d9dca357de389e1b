/*
 * http_server.c - see http_server.h.
 */
#include "tests/support/http_server.h"

#include "base/arena.h"
#include "event/event.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

/* Heap; its server's. */
struct visitor {
    LIST_ENTRY(visitor) all;
    struct http_server *server;
    int fd;
    struct watch *watch;
    struct str in;
    struct str out;
    size_t sent;
};

/* Heap; its maker's. */
struct http_server {
    struct loop *loop;
    int fd;
    struct watch *watch;
    http_answer *answer;
    void *context;
    LIST_HEAD(, visitor) visitors;
};

static void
visitor_free(struct visitor *visitor)
{
    LIST_REMOVE(visitor, all);
    watch_free(visitor->watch);
    (void)close(visitor->fd);
    str_done(&visitor->in);
    str_done(&visitor->out);
    free(visitor);
}

/* Is the whole request there? */
static bool
take_request(struct visitor *visitor)
{
    const char *text = str_text(&visitor->in);
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\nContent-Length:");
    size_t head;
    size_t wanted = 0;
    struct str body;

    if (end == NULL)
        return false;
    head = (size_t)(end - text) + 4;
    if (length != NULL && length < end)
        wanted = strtoul(length + sizeof "\r\nContent-Length:" - 1, NULL, 10);
    if (visitor->in.length < head + wanted)
        return false;
    str_init(&body);
    str_add_n(&body, text + head, wanted);
    visitor->server->answer(
        visitor->server->context, text, &body, &visitor->out);
    str_done(&body);
    str_clear(&visitor->in);
    return true;
}

static void
on_visitor(void *context, unsigned ready)
{
    struct visitor *visitor = context;
    char bytes[4096];
    ssize_t n;

    if ((ready & WATCH_READ) != 0) {
        n = recv(visitor->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n <= 0) {
            visitor_free(visitor);
            return;
        }
        str_add_n(&visitor->in, bytes, (size_t)n);
        if (take_request(visitor) && visitor->out.length > 0)
            watch_set(visitor->watch, WATCH_WRITE);
        return;
    }
    n = send(visitor->fd, visitor->out.text + visitor->sent,
        visitor->out.length - visitor->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0)
        visitor->sent += (size_t)n;
    if (n <= 0 || visitor->sent == visitor->out.length)
        visitor_free(visitor);
}

static void
on_visit(void *context, unsigned ready)
{
    struct http_server *server = context;
    struct visitor *visitor;
    int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);

    (void)ready;
    if (fd < 0)
        return;
    visitor = mem_alloc(sizeof *visitor);
    visitor->server = server;
    visitor->fd = fd;
    str_init(&visitor->in);
    str_init(&visitor->out);
    visitor->watch = watch_new(server->loop, fd, on_visitor, visitor);
    watch_set(visitor->watch, WATCH_READ);
    LIST_INSERT_HEAD(&server->visitors, visitor, all);
}

struct http_server *
http_server_new(struct loop *loop, http_answer *answer, void *context)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct http_server *server = mem_alloc(sizeof *server);

    server->loop = loop;
    server->answer = answer;
    server->context = context;
    LIST_INIT(&server->visitors);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(server->fd >= 0);
    assert(bind(server->fd, (struct sockaddr *)&address, sizeof address) == 0);
    assert(listen(server->fd, 16) == 0);
    server->watch = watch_new(loop, server->fd, on_visit, server);
    watch_set(server->watch, WATCH_READ);
    return server;
}

void
http_server_free(struct http_server *server)
{
    if (server == NULL)
        return;
    while (!LIST_EMPTY(&server->visitors))
        visitor_free(LIST_FIRST(&server->visitors));
    watch_free(server->watch);
    (void)close(server->fd);
    free(server);
}

uint16_t
http_server_port(const struct http_server *server)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;

    assert(getsockname(server->fd, (struct sockaddr *)&address, &length) == 0);
    return ntohs(address.sin_port);
}

void
http_reply(struct str *out, const char *body, size_t length)
{
    str_printf(out, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", length);
    str_add_n(out, body, length);
}
