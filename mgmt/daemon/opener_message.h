/*
 * opener_message.h - what goes between ermined and its opener; private to
 * the two.  One datagram each, of one program: no versions, the host's order.
 */
#ifndef DAEMON_OPENER_MESSAGE_H
#define DAEMON_OPENER_MESSAGE_H

#include "daemon/opener.h"

/* Descriptors go beside it, and the numbers in port.fds mean nothing. */
struct opener_request {
    uint32_t magic;
    struct opener_place place;
};

enum { OPENER_MAGIC = 0x6f70656e };

/* The opener's life: answer until ermined is gone.  Ends the process. */
_Noreturn void opener_serve(
    int fd, const struct chassis *routers, size_t count);

#endif
