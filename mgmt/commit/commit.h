/*
 * commit.h - the transaction: how a candidate becomes the running
 * configuration.
 *
 *    1 guard      one at a time; rebase if the generation moved
 *    2 validate   pure; all problems at once
 *    3 diff       the change set
 *    4 prepare    each participant reserves, or refuses
 *    5 store      SQLite; its COMMIT is the point of no return
 *    6 apply      each participant; may not fail
 *    7 publish    running = candidate, generation + 1
 *    8 reply      when the dataplane says that all is applied (the caller's)
 *
 * Failing at 1 to 5 leaves database, running configuration and participants
 * as they were and keeps the candidate.  Thread M only.
 */
#ifndef COMMIT_COMMIT_H
#define COMMIT_COMMIT_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct candidate;
struct change_set;
struct config;
struct diag;
struct engine;
struct store;
struct unsealer;

/* Who takes part in commits: the tunnel manager, ... */
struct participant {
    const char *name;
    void *context;
    /* May refuse with a sentence in diag; must only reserve.  On refusal it
     * has released what it had reserved. */
    enum err (*prepare)(void *context, const struct config *from,
        const struct config *to, const struct change_set *set,
        struct diag *diag);
    void (*abort)(void *context); /* release what prepare reserved */
    void (*apply)(void *context); /* do it; may not fail           */
};

/* The engine borrows store and unsealer for its life. */
struct engine *engine_new(struct store *store, const struct unsealer *unsealer);
void engine_free(struct engine *engine); /* NULL is allowed */
/* In order of prepare and apply; abort runs in reverse order. */
void engine_join(struct engine *engine, const struct participant *participant);

/* Load the stored configuration and bring it into force: the commit of
 * diff(empty, stored) through the same participants, without a new row in
 * the log. */
MUST_CHECK enum err engine_boot(struct engine *engine, struct diag *diag);

const struct config *engine_running(const struct engine *engine);
uint64_t engine_generation(const struct engine *engine);
/* What was running at this generation, rebuilt from the history; the running
 * one costs nothing.  ERR_NOT_FOUND: that generation is still to come. */
MUST_CHECK enum err engine_earlier(const struct engine *engine,
    uint64_t generation, struct diag *diag, struct config **out_config);

struct commit_request {
    const char *user;
    const char *origin;
    const char *comment;
    uint64_t at_us; /* wall clock */
};

/* What a commit did, or would do. */
struct commit_summary {
    bool nothing_to_do;
    uint64_t generation; /* of the new running configuration */
    uint32_t tunnels_created;
    uint32_t tunnels_removed;
    uint32_t tunnels_restarted;
    uint32_t tunnels_changed_live;
};

/* Steps 1 to 4, then release: the answer of `commit check`.  The candidate is
 * left alone (not even rebased). */
MUST_CHECK enum err engine_check(struct engine *engine,
    struct candidate *candidate, struct diag *diag,
    struct commit_summary *out_summary);
/* All of it.  On success the candidate's base and work are what is running.
 * Warnings are in diag also on success. */
MUST_CHECK enum err engine_commit(struct engine *engine,
    struct candidate *candidate, const struct commit_request *request,
    struct diag *diag, struct commit_summary *out_summary);

#endif
