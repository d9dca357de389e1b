/*
 * capture.h - reading a capture file, for the pcap port only.
 *
 * The file comes from outside: any bytes end in a packet, in the end of the
 * file or in "malformed", never in a wild read.  Reading is buffered here,
 * so that nothing is allocated after the opening.
 */
#ifndef PORT_CAPTURE_H
#define PORT_CAPTURE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CAPTURE_HEADER = 24,    /* of the file     */
    CAPTURE_RECORD = 16,    /* of a packet     */
    CAPTURE_LINKTYPE = 101, /* RAW: IP packets */
    CAPTURE_IPV4 = 228,
    CAPTURE_BUFFER = 65536,
    CAPTURE_SNAPLEN = 262144 /* no record is longer */
};

struct capture {
    int fd;
    bool is_swapped; /* the other byte order */
    bool is_ended;
    size_t at; /* bytes[at..have) are still to be read */
    size_t have;
    uint8_t bytes[CAPTURE_BUFFER];
};

/* Reads the file's header.  The descriptor stays the caller's.
 * ERR_MALFORMED: not a classic capture of IP packets. */
MUST_CHECK enum err capture_open(struct capture *capture, int fd);

/* The next packet of at most room bytes; a longer one is passed over and
 * comes as an empty one, so that it is counted.  NULL at the end.  Borrowed
 * until the next call. */
const uint8_t *capture_next(
    struct capture *capture, size_t room, size_t *out_length);

#endif
