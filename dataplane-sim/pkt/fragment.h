/*
 * fragment.h - what cutting and putting together share; private to this room.
 */
#ifndef PKT_FRAGMENT_H
#define PKT_FRAGMENT_H

#include "pkt/pkt.h"

enum {
    FRAGMENT_UNIT = 8,        /* bytes; fragments start at multiples of it */
    FRAGMENT_HEADER_MAX = 60, /* bytes, with all options                   */
};

/* Set the length and the fragment fields of a header and its checksum; it may
 * be fragmented.  The offset is in units. */
void fragment_finish_header(uint8_t *header, uint32_t header_length,
    uint32_t length, uint32_t offset, bool more);

#endif
