/*
 * state.h - what a struct sa holds; private to this room.
 */
#ifndef SA_STATE_H
#define SA_STATE_H

#include "sa/replay.h"
#include "sa/sa.h"

struct ah;
struct esp;

/* What lifetime.c knows of it; thread D's. */
struct sa_age {
    _Atomic int now;           /* an enum sa_life; read by any thread */
    enum sa_life told;         /* what M was told last          */
    uint32_t place;            /* in the heap plus one; 0: none */
    bool is_listed;            /* M is to be told               */
    _Atomic uint64_t added_us; /* 0: not yet; read by any thread */
    uint64_t due_us;           /* its next limit in time        */
    struct sa *next;           /* of those that are listed      */
    struct sa *previous;
};

/* Lifetime: one SA; owned by thread M while it is made and freed, used by
 * thread D in between.  What packets need is in the first two lines. */
struct sa {
    enum sa_direction direction;
    enum sa_mode mode;
    enum transform transform;
    uint8_t payload; /* of transport mode */
    uint8_t protocol;
    uint16_t vr;
    uint32_t spi;
    uint32_t src;
    uint32_t dst;
    uint32_t tunnel;
    struct sa_udp udp;
    /* The last sent or the highest accepted: written by thread D, read by
     * any, so relaxed. */
    _Atomic uint32_t sequence;
    struct sa_limits limits;
    struct esp *esp;          /* one of these two, the other is NULL */
    _Atomic uint64_t packets; /* that went through; as sequence      */
    _Atomic uint64_t octets;  /* of these, in clear                  */
    bool replays; /* inbound with authentication: the window is used */
    struct replay window;
    struct sa_age life;
    struct ah *ah;
};

#endif
