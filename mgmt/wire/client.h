/*
 * client.h - the client's end of the control socket.
 *
 * Blocking, for one thread.  Requests may be sent ahead of their replies;
 * what has been sent is flushed whenever a frame is waited for.
 */
#ifndef WIRE_CLIENT_H
#define WIRE_CLIENT_H

#include "wire/wire.h"

#include <stdbool.h>

struct client;
struct diag;

/* path: of a Unix socket; "@name": in the abstract namespace.  Says HELLO and
 * waits for the answer.  ERR_IO: no connection.  ERR_CONFLICT: the daemon has
 * another schema.  ERR_DENIED: not allowed. */
MUST_CHECK enum err client_open(
    const char *path, struct diag *diag, struct client **out_client);
/* The same for one who must not wait: within so many milliseconds it is open,
 * or ERR_IO.  He does not call client_next, but client_take. */
MUST_CHECK enum err client_open_within(const char *path, unsigned within_ms,
    struct diag *diag, struct client **out_client);
/* The same over a descriptor that is connected already (taken over). */
MUST_CHECK enum err client_open_fd(
    int fd, struct diag *diag, struct client **out_client);
void client_close(struct client *client); /* NULL is allowed */

/* What HELLO told. */
struct client_identity {
    const char *hostname;
    const char *user;
    const char *version; /* of the software, as `show version` has it */
    uint8_t level;
    uint32_t session;
};
const struct client_identity *client_identity(const struct client *client);

/* Queue a request; takes the frame's items over and sets its id, which is
 * returned. */
uint32_t client_send(struct client *client, struct wire_frame *frame);
/* Requests sent whose REPLY has not been taken. */
size_t client_outstanding(const struct client *client);
/* The next frame; waits for it.  ERR_IO: the connection is gone. */
MUST_CHECK enum err client_next(
    struct client *client, struct wire_frame *out_frame);
/* To poll together with a terminal: readable means client_take may find a
 * frame.  client_take never waits. */
int client_fd(const struct client *client);
MUST_CHECK enum err client_take(
    struct client *client, struct wire_frame *out_frame, bool *out_taken);

/* Parts of a REPLY. */
enum err wire_reply_err(const struct wire_frame *reply);
size_t wire_reply_values(const struct wire_frame *reply);
const struct value *wire_reply_value(
    const struct wire_frame *reply, size_t position);
/* Appends the problems. */
void wire_reply_diag(const struct wire_frame *reply, struct diag *diag);

#endif
