/*
 * replay.h - anti-replay window of one inbound SA (RFC 2406, 3.4.3 and
 * RFC 2401, appendix C).  A plain value; an all-zero one is a new window.
 * Thread D only.
 */
#ifndef SA_REPLAY_H
#define SA_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

enum { REPLAY_WINDOW_BITS = 64 };

struct replay {
    uint32_t highest; /* accepted so far, 0: none              */
    uint64_t seen;    /* bit n: highest - n was accepted       */
};

/* Is this sequence number acceptable?  Asked before the ICV is computed, so
 * it does not change the window. */
bool replay_check(const struct replay *window, uint32_t seq);

/* Marks it as seen.  Only after the ICV proved that the peer sent it, and
 * only for a number that replay_check allows. */
void replay_accept(struct replay *window, uint32_t seq);

#endif
