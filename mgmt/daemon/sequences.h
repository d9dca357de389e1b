/*
 * sequences.h - sequence numbers that were reserved for manual SAs.
 *
 * DIR/sequences, text, a line a reservation, later lines hold:
 *
 *    NEXT SPI TUNNEL        all numbers below NEXT may have been sent
 *
 * Lines are only ever appended, and made durable before a number is used; a
 * last line that a crash cut short was never used, and is dropped.  The file
 * is written anew, short, each time it is opened.  It is no configuration:
 * it changes without a commit and is not part of what rollback goes back to.
 *
 * Thread M only.
 */
#ifndef DAEMON_SEQUENCES_H
#define DAEMON_SEQUENCES_H

#include "base/err.h"
#include "ipsec/ipsec.h"

struct diag;
struct sequences;

/* path: made if it is not there. */
MUST_CHECK enum err sequences_open(
    const char *path, struct diag *diag, struct sequences **out_sequences);
void sequences_close(struct sequences *sequences); /* NULL is allowed */
/* Borrows the sequences. */
struct sequence_keeper sequences_keeper(struct sequences *sequences);

#endif
