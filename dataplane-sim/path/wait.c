/*
 * wait.c - packets of a burst that wait for each other at their SAs, to be
 * encrypted or decrypted side by side (crypto/lanes.h).
 *
 * While a burst is carried, a flight that comes to an SA is laid by; after the
 * last packet of the burst all go on in the order in which they came, and may
 * be laid by again at another SA.  Each packet ends, so this does.
 *
 *    ENCAP, PROTECT, DECAP --> wait --(all of the burst are here)--> go on
 *
 * Nobody waits for a packet that is still to come.
 */
#include "path/engine.h"

#include "base/arena.h"
#include "crypto/lanes.h"

#include <stdlib.h>

enum {
    PLACES = 2 * PKT_BURST,             /* a packet may have been carved */
    NEARLY = PLACES - (PATH_RESTS + 1), /* all pieces of one still fit    */
};

/* Two, because those of one go on into the other. */
struct waiting {
    struct {
        size_t count;
        struct sa_work works[PLACES];
        struct flight flights[PLACES];
    } rooms[2];
    struct lanes *lanes;
    unsigned room; /* that is being filled                       */
    bool is_open;  /* a burst is being carried: more may come   */
};

struct waiting *
waiting_new(void)
{
    struct waiting *waiting;
    struct lanes *lanes = lanes_new();

    if (lanes == NULL)
        return NULL;
    waiting = mem_alloc(sizeof *waiting);
    waiting->lanes = lanes;
    return waiting;
}

void
waiting_free(struct waiting *waiting)
{
    if (waiting == NULL)
        return;
    lanes_free(waiting->lanes);
    free(waiting);
}

void
wait_open(struct dp *dp, size_t count)
{
    if (dp->waiting != NULL)
        dp->waiting->is_open = count >= LANES_FEW;
}

/* A packet that is watched goes through by itself. */
struct sa_work *
wait_place(struct dp *dp, const struct flight *flight, const struct sa *sa)
{
    struct waiting *waiting = dp->waiting;

    if (waiting == NULL || !waiting->is_open || dp->trail != NULL ||
        flight->is_rehearsal || !sa_can_wait(sa) ||
        waiting->rooms[waiting->room].count == PLACES)
        return NULL;
    return &waiting->rooms[waiting->room]
                .works[waiting->rooms[waiting->room].count];
}

enum stage
wait_here(struct dp *dp, const struct flight *flight)
{
    struct waiting *waiting = dp->waiting;
    const size_t place = waiting->rooms[waiting->room].count++;

    waiting->rooms[waiting->room].flights[place] = *flight;
    return STAGE_END;
}

static enum stage
go_on(struct dp *dp, struct flight *flight, struct sa_work *work)
{
    if (sa_direction(work->sa) == SA_OUTBOUND)
        return path_sealed(dp, flight, work->sa, sa_out_end(work));
    return path_opened(dp, flight, work->sa, sa_in_end(work));
}

/* Those of one room. */
static void
let_go(struct dp *dp, unsigned room)
{
    struct waiting *waiting = dp->waiting;
    const size_t count = waiting->rooms[room].count;
    size_t i;

    waiting->room = 1 - room;
    sa_works(waiting->lanes, waiting->rooms[room].works, count);
    for (i = 0; i < count; i++) {
        struct flight *flight = &waiting->rooms[room].flights[i];

        path_carry(
            dp, flight, go_on(dp, flight, &waiting->rooms[room].works[i]));
    }
    waiting->rooms[room].count = 0;
}

void
wait_look(struct dp *dp)
{
    if (dp->waiting != NULL &&
        dp->waiting->rooms[dp->waiting->room].count > NEARLY)
        let_go(dp, dp->waiting->room);
}

void
wait_close(struct dp *dp)
{
    struct waiting *waiting = dp->waiting;

    if (waiting == NULL)
        return;
    while (waiting->rooms[waiting->room].count != 0)
        let_go(dp, waiting->room);
    waiting->is_open = false;
}
