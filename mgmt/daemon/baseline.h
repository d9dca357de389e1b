/*
 * baseline.h - counters as they were, for `show ... delta`.
 *
 * The packet engine's counters are never reset: a baseline is a copy of the
 * rows of a show, and a delta is the same show with that subtracted.
 */
#ifndef DAEMON_BASELINE_H
#define DAEMON_BASELINE_H

#include "schema/schema.h"

#include <stdbool.h>
#include <stddef.h>

struct instant;
struct session;
struct wire_frame;

struct baseline_row {
    uint16_t rows;   /* enum schema_rows_id        */
    uint32_t hash;   /* of that and its keys       */
    uint32_t behind; /* place plus one of the next with this head; 0: none */
    struct value *columns; /* as many as these rows have */
};

/* Lifetime: a router's.  All zero: none was taken. */
struct baseline {
    struct baseline_row *all;
    size_t count;
    size_t room;     /* 0 or a power of two           */
    uint32_t *heads; /* room of them: place plus one  */
};

void baseline_done(struct baseline *baseline);
/* In place of the row that has the same keys, if there is one. */
void baseline_set(
    struct baseline *baseline, uint16_t rows, const struct value *columns);
/* Subtract what was set for the row with these keys; a counter that is
 * smaller than it was began anew, and stays. */
void baseline_subtract(
    const struct baseline *baseline, uint16_t rows, struct value *columns);

/* False: it is none of the commands about baselines. */
bool exec_baseline(struct session *session, enum schema_exec_id exec,
    const struct wire_frame *frame, const struct instant *now);

#endif
