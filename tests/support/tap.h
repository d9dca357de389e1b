/*
 * tap.h - a port whose cable ends in the test: what the test puts in is
 * received, what is transmitted is kept for the test to look at.
 */
#ifndef SUPPORT_TAP_H
#define SUPPORT_TAP_H

#include "port/port.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TAP_ROOM = 128, TAP_PACKET = 9400 };

struct tap_packet {
    size_t length;
    uint8_t bytes[TAP_PACKET];
};

struct tap {
    struct port port; /* first: a struct port * is a struct tap * */
    bool is_up;
    size_t accept; /* packets that transmit takes at most, each time */
    size_t in_first;
    size_t in_count;
    size_t out_count; /* the first TAP_ROOM of them are kept */
    struct tap_packet in[TAP_ROOM];
    struct tap_packet out[TAP_ROOM];
};

/* Up, accepting everything, MTU 1500.  The dp that it is attached to frees
 * it. */
struct tap *tap_new(void);
/* Let a packet arrive at the next poll. */
void tap_put(struct tap *tap, const uint8_t *bytes, size_t length);
/* Forget what was transmitted. */
void tap_clear(struct tap *tap);

#endif
