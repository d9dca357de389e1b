/*
 * mutable.h - what AH takes as zero in an outer IPv4 header, because routers
 * may change it on the way (RFC 2402, 3.3.3.1.1 and appendix A); private to
 * this room.
 */
#ifndef AH_MUTABLE_H
#define AH_MUTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IP4_HEADER_MAX = 60 };

/* TOS, flags, fragment offset, time to live, checksum of a header. */
void mutable_clear_fields(uint8_t *header);

/* Every option that is not known to be immutable, whole, with its type and
 * length.  False: an option runs over the end. */
bool mutable_clear_options(uint8_t *options, size_t length);

#endif
