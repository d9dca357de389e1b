/*
 * engine.h - the engine's inside, for the files of this room.
 *
 *    engine.c    the transaction
 *    confirm.c   what waits to be confirmed, and going back; what is said of
 *                that: confirm_say.c
 *    explain.c   what the operator is told of a commit
 *
 * Private to commit.
 */
#ifndef COMMIT_ENGINE_H
#define COMMIT_ENGINE_H

#include "commit/commit.h"
#include "store/store.h"

enum { PARTICIPANTS_MAX = 8 };

/* Heap; one owner, the daemon. */
struct engine {
    struct store *store;               /* borrowed */
    const struct unsealer *unsealer;   /* borrowed */
    const struct appraiser *appraiser; /* borrowed, or NULL */
    struct config *running;
    uint64_t generation;
    struct participant participants[PARTICIPANTS_MAX];
    size_t participant_count;
    bool busy;                      /* a commit is under way */
    struct commit_pending *pending; /* NULL: nothing waits to be confirmed */
    struct commit_teller teller;
};

/* ---- engine.c ---- */

/* The commit that makes an earlier generation the running one again. */
MUST_CHECK enum err engine_undo(struct engine *engine, uint64_t generation,
    const struct commit_request *request, struct diag *diag,
    struct commit_summary *out_summary);

/* Tell who wants to know. */
void engine_note(const struct engine *engine, const struct commit_note *note);

/* ---- confirm.c ---- */

/* What waits once this request has made the generation; NULL: nothing. */
struct commit_pending *pending_new(const struct engine *engine,
    uint64_t generation, const struct commit_request *request);
void pending_free(struct commit_pending *pending); /* NULL is allowed */
/* As it is stored; borrows. */
struct store_confirmation pending_row(const struct commit_pending *pending);
/* Until it goes back. */
uint64_t pending_left(
    const struct commit_pending *pending, uint64_t monotonic_us);
/* Takes what waits from now on, or NULL. */
void pending_replace(struct engine *engine, struct commit_pending *pending);

/* ERR_CONFLICT, and by whom: a commit of somebody else waits. */
MUST_CHECK enum err confirm_admit(const struct engine *engine,
    const struct commit_request *request, struct diag *diag);
MUST_CHECK enum err confirm_admit_changes(const struct engine *engine,
    const struct commit_request *request, struct diag *diag);
/* OK: the request's id is in the log, and the summary says so.
 * ERR_NOT_FOUND: it is new, or there is none. */
MUST_CHECK enum err confirm_known(const struct engine *engine,
    const struct commit_request *request, struct diag *diag,
    struct commit_summary *out_summary);
/* After a commit: what became of the generation that waited before it (0:
 * none did). */
MUST_CHECK enum err confirm_settle(struct engine *engine, uint64_t waited,
    const struct commit_request *request, struct diag *diag,
    struct commit_summary *summary);

/* ---- confirm_say.c ---- */

/* What waits, and how long. */
void say_pending(const struct engine *engine, uint64_t left_us);
void note_waiting(
    const struct engine *engine, const struct commit_request *request);
/* ERR_CONFLICT, by what waits; the hint ends the sentence. */
MUST_CHECK enum err say_refused(const struct engine *engine,
    const struct commit_request *request, const char *hint, struct diag *diag);
void say_confirmed(const struct engine *engine, uint64_t generation,
    const struct commit_request *request);
void say_back(const struct engine *engine, const struct commit_pending *was,
    const char *why);
void say_stuck(const struct engine *engine, const struct diag *diag);

#endif
