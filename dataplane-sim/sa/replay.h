/*
 * replay.h - anti-replay window of one inbound SA (RFC 2406, 3.4.3 and
 * RFC 2401, appendix C; the ring of words is that of RFC 6479).
 *
 * Made and freed by thread M, used by thread D in between.
 */
#ifndef SA_REPLAY_H
#define SA_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers behind the highest that are still looked at. */
enum { REPLAY_BITS_MIN = 64, REPLAY_BITS_MAX = 4096 };

struct replay {
    uint32_t highest; /* accepted so far, 0: none               */
    uint32_t bits;    /* of the window                          */
    uint32_t mask;    /* words - 1; a power of two of them      */
    uint64_t *words;  /* heap; by number: number / 64 & mask    */
};

/* bits within the bounds above. */
void replay_init(struct replay *window, uint32_t bits);
void replay_done(struct replay *window);

/* Is this sequence number acceptable?  Asked before the ICV is computed, so
 * it does not change the window. */
bool replay_check(const struct replay *window, uint32_t seq);

/* Marks it as seen.  Only after the ICV proved that the peer sent it, and
 * only for a number that replay_check allows. */
void replay_accept(struct replay *window, uint32_t seq);

#endif
