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
#include <stddef.h>
#include <stdint.h>

struct candidate;
struct change_set;
struct config;
struct diag;
struct engine;
struct store;
struct appraiser;
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
/* From now on warnings tell costs; borrowed for the engine's life. */
void engine_set_appraiser(
    struct engine *engine, const struct appraiser *appraiser);
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

/* What a session may do while a commit waits to be confirmed. */
enum commit_right {
    COMMIT_OTHERS,      /* wait                              */
    COMMIT_MAY_CONFIRM, /* confirm it, but commit no changes */
    COMMIT_HOLDER,      /* it is its own                     */
};

struct commit_request {
    const char *user;
    const char *origin;
    const char *comment;
    uint64_t at_us;        /* wall clock                                 */
    uint64_t monotonic_us; /* the same time                              */
    const char *label;     /* NULL or "": none                           */
    const char *id;        /* the same; with one that is in the log
                              already, nothing is done                   */
    uint64_t confirm_us;   /* goes back after so long; 0: stays          */
    uint32_t guard_s;      /* of confirm_us: kept for the caller         */
    uint32_t session;      /* of whom waits, and for the audit log; 0:
                              the router itself                          */
    enum commit_right right;
};

enum commit_outcome {
    COMMIT_DONE,
    COMMIT_NOTHING,        /* nothing to do                             */
    COMMIT_KNOWN,          /* the id is in the log: see its generation  */
    COMMIT_CONFIRMED,      /* no changes: what waited stays             */
    COMMIT_EXTENDED,       /* no changes: what waited has longer        */
    COMMIT_DONE_CONFIRMED, /* and what waited before it stays           */
};

/* What a commit did, or would do. */
struct commit_summary {
    enum commit_outcome outcome;
    bool nothing_to_do;
    uint64_t generation; /* of the new running configuration */
    uint32_t changes;    /* objects                      */
    uint32_t tunnels_created;
    uint32_t tunnels_removed;
    uint32_t tunnels_taken_down;
    uint32_t tunnels_brought_up;
    uint32_t tunnels_restarted;
    uint32_t tunnels_changed_live;
    uint32_t tunnels_renegotiated; /* have the change in their next SAs */
    uint32_t tunnels_untouched;
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

/*
 * Commit confirmed: a commit that is undone by itself unless somebody wants
 * to keep it.  What waits is in the database from the commit's transaction
 * on, so that it goes back also when the daemon was not there in time.
 *
 *    6 --commit confirmed--> 7 --commit------------> 7 stays
 *                             `--its time is over--> 8, which is 6 again
 *
 * Meanwhile nobody else commits; so going back undoes what it did and no
 * more.  While the daemon runs, time is monotonic; over a restart it is the
 * wall clock, and never longer than it was to be in all.
 */
struct commit_pending {
    uint64_t generation;  /* that is running                           */
    uint64_t back_to;     /* that comes back                           */
    uint64_t due_us;      /* monotonic                                 */
    uint64_t deadline_us; /* the same by the wall clock                */
    uint64_t period_us;   /* how long in all                           */
    uint32_t guard_s;
    uint32_t session; /* 0: before a restart                       */
    char *user;
    char *origin;
    size_t warned; /* warnings that were given                  */
};

/* What programs are told of. */
enum commit_note_kind {
    COMMIT_NOTE_DONE,
    COMMIT_NOTE_WAITS, /* to be confirmed; it was told of as done before */
    COMMIT_NOTE_BACK,  /* nobody confirmed it: undone                    */
};

/* Borrowed for the call. */
struct commit_note {
    enum commit_note_kind kind;
    uint64_t generation; /* that is running */
    const char *user;
    const char *comment;
    uint32_t changes;
    uint64_t left_us; /* WAITS: until it goes back */
    uint64_t wall_us;
};

/* Where sentences for all operators go, and notes for programs.  note may be
 * NULL. */
struct commit_teller {
    void (*tell)(void *context, const char *sentence);
    void (*note)(void *context, const struct commit_note *note);
    void *context;
};

struct commit_time {
    uint64_t monotonic_us;
    uint64_t wall_us;
};

void engine_set_teller(
    struct engine *engine, const struct commit_teller *teller);
/* What waits; NULL: nothing does.  Borrowed until the next commit or tick. */
const struct commit_pending *engine_pending(const struct engine *engine);
/* After engine_boot: takes up what waited; goes back if that is overdue. */
MUST_CHECK enum err engine_resume(
    struct engine *engine, const struct commit_time *now, struct diag *diag);
/* Once a second: warns, and goes back when it is time. */
void engine_tick(struct engine *engine, const struct commit_time *now);
/* Go back now.  why: "tunnels are down"; for the log, the comment (at most
 * COMMIT_WHY_MAX bytes) and the operators.  Where it fails it is tried again
 * by and by. */
enum { COMMIT_WHY_MAX = 220 };
void engine_go_back(
    struct engine *engine, const struct commit_time *now, const char *why);

#endif
