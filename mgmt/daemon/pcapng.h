/*
 * pcapng.h - writing capture files (the pcapng format, as wireshark reads
 * it): one section, an interface for each side, raw IP packets.
 */
#ifndef DAEMON_PCAPNG_H
#define DAEMON_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { PCAPNG_NAME_MAX = 128 };

struct pcapng_packet {
    uint32_t interface; /* in the order in which they were written */
    uint64_t wall_us;   /* since 1970 */
    bool is_out;
    uint32_t length;
    uint32_t kept; /* of its bytes */
    const uint8_t *bytes;
};

/* All: the number of bytes written, 0: the file takes no more. */
uint32_t pcapng_section(FILE *file);
/* A longer name is cut. */
uint32_t pcapng_interface(FILE *file, const char *name, uint32_t bytes_kept);
uint32_t pcapng_packet(FILE *file, const struct pcapng_packet *packet);

#endif
