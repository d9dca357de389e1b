/*
 * tidy.c - what a router does in small slices when nobody waits for it.
 */
#include "base/diag.h"
#include "base/log.h"
#include "daemon/router_state.h"
#include "store/store.h"

enum { MINUTE_US = 60 * 1000000 };

/* Somebody edited the database: once is enough until it is found again. */
static void
settle_numbers(struct router *router)
{
    struct diag diag;

    diag_init(&diag);
    router->doubts_numbers = false;
    if (router_settle_numbers(router, true, &diag) == OK) {
        log_event(LOG_NOTICE, "daemon", "NUMBERS",
            "the numbers of interfaces were gone through: the database had "
            "been edited");
    } else {
        log_event(
            LOG_WARNING, "daemon", "NUMBERS", "%s", diag.entries[0].sentence);
    }
    diag_done(&diag);
}

/* The next slice is due at once, else the next look a minute later; also when
 * the disk refused. */
void
router_tidy(struct router *router, const struct instant *now)
{
    struct diag diag;
    bool more = false;

    if (store_settle(router->store) != OK)
        return; /* the disk does not work: in a second again */
    if (router->doubts_numbers)
        settle_numbers(router);
    if (now->monotonic_us < router->prune_at_us)
        return;
    diag_init(&diag);
    if (store_prune(router->store, &store_keep_default, now->wall_us, &diag,
            &more) != OK) {
        log_event(LOG_WARNING, "daemon", "PRUNE-FAILED", "%s",
            diag.entries[0].sentence);
    }
    router->prune_at_us = now->monotonic_us + (more ? 0 : MINUTE_US);
    diag_done(&diag);
}
