/*
 * http_server.h - an HTTP server of a few lines, in the loop of the test, on a
 * free port of 127.0.0.1.
 */
#ifndef SUPPORT_HTTP_SERVER_H
#define SUPPORT_HTTP_SERVER_H

#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct loop;
struct http_server;

/* A request is there, whole: its head and its body.  Append what is to be sent
 * back, after which the connection is closed; nothing: it stays open, and
 * silent. */
typedef void http_answer(
    void *context, const char *head, const struct str *body, struct str *out);

struct http_server *http_server_new(
    struct loop *loop, http_answer *answer, void *context);
void http_server_free(struct http_server *server);
uint16_t http_server_port(const struct http_server *server);
/* "HTTP/1.1 200 OK", length and body. */
void http_reply(struct str *out, const char *body, size_t length);

#endif
