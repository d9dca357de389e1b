/*
 * mutable.c - zeroing the mutable parts of an IPv4 header (RFC 2402, A1, A2).
 *
 * Options that the appendix does not list count as mutable, as it says for
 * those that an implementation does not know.
 */
#include "ah/mutable.h"

#include <string.h>

enum {
    OPTION_END = 0,
    OPTION_NOP = 1,
    OPTION_SECURITY = 130,
    OPTION_EXTENDED_SECURITY = 133,
    OPTION_COMMERCIAL_SECURITY = 134,
    OPTION_ROUTER_ALERT = 148,
    OPTION_SENDER_DIRECTED = 149, /* multi-destination delivery */
};

void
mutable_clear_fields(uint8_t *header)
{
    header[1] = 0;
    memset(header + 6, 0, 2);
    header[8] = 0;
    memset(header + 10, 0, 2);
}

static bool
option_is_immutable(uint8_t type)
{
    switch (type) {
    case OPTION_SECURITY:
    case OPTION_EXTENDED_SECURITY:
    case OPTION_COMMERCIAL_SECURITY:
    case OPTION_ROUTER_ALERT:
    case OPTION_SENDER_DIRECTED:
        return true;
    default:
        return false;
    }
}

bool
mutable_clear_options(uint8_t *options, size_t length)
{
    size_t at = 0;
    size_t size;

    while (at < length && options[at] != OPTION_END) {
        if (options[at] == OPTION_NOP) {
            at++;
            continue;
        }
        if (length - at < 2)
            return false;
        size = options[at + 1];
        if (size < 2 || size > length - at)
            return false;
        if (!option_is_immutable(options[at]))
            memset(options + at, 0, size);
        at += size;
    }
    return true;
}
