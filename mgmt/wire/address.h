/*
 * address.h - the name of a control socket as the kernel wants it.
 *
 * "/run/ermine/ermined.sock" is a file; "@ermine-lab" is a name in the
 * abstract namespace, which is gone with its last user.
 */
#ifndef WIRE_ADDRESS_H
#define WIRE_ADDRESS_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

bool wire_address_is_abstract(const char *path);
/* ERR_INVALID: empty or too long for a socket's name. */
MUST_CHECK enum err wire_address(
    const char *path, struct sockaddr_un *out_address, socklen_t *out_length);

#endif
