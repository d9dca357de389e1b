/*
 * address.c - the name of a control socket as the kernel wants it.
 */
#include "wire/address.h"

#include <stddef.h>
#include <string.h>

bool
wire_address_is_abstract(const char *path)
{
    return path[0] == '@';
}

enum err
wire_address(
    const char *path, struct sockaddr_un *out_address, socklen_t *out_length)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);

    if (length == 0 || length >= sizeof address.sun_path)
        return ERR_INVALID;
    memcpy(address.sun_path, path, length);
    if (wire_address_is_abstract(path)) {
        address.sun_path[0] = '\0';
    } else {
        length++; /* a file's name ends with a zero byte */
    }
    *out_address = address;
    *out_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return OK;
}
