/*
 * state.h - what a struct sa holds; private to this room.
 */
#ifndef SA_STATE_H
#define SA_STATE_H

#include "sa/replay.h"
#include "sa/sa.h"

struct ah;
struct esp;

/* Lifetime: one SA; owned by thread M while it is made and freed, used by
 * thread D in between. */
struct sa {
    enum sa_direction direction;
    enum sa_mode mode;
    uint8_t payload; /* of transport mode */
    enum transform transform;
    uint8_t protocol;
    uint16_t vr;
    uint32_t spi;
    uint32_t src;
    uint32_t dst;
    uint32_t tunnel;
    struct sa_udp udp;
    struct esp *esp; /* one of these two, the other is NULL */
    struct ah *ah;
    bool replays; /* inbound with authentication: the window is used */
    struct replay window;
    /* The last sent or the highest accepted: written by thread D, read by
     * any, so relaxed. */
    _Atomic uint32_t sequence;
    _Atomic uint64_t packets; /* that went through; the same */
    _Atomic uint64_t octets;  /* of these, in clear          */
};

#endif
