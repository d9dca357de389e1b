/*
 * engine.c - the transaction, step by step.
 *
 *    candidate --copy--> trial --rebase--> validate --> diff --> prepare
 *                                                                   |
 *                              running <- publish <- apply <- store
 *
 * Everything up to the store works on a copy, so that a refusal at any step
 * has nothing to undo but what participants reserved.
 */
#include "commit/commit.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/log.h"
#include "commit/engine.h"
#include "commit/explain.h"
#include "config/config.h"
#include "store/store.h"

#include <assert.h>
#include <stdlib.h>

/* One commit under way. */
struct attempt {
    struct candidate *trial;
    struct change_set set;
    struct diag *diag;
};

struct engine *
engine_new(struct store *store, const struct unsealer *unsealer)
{
    struct engine *engine = mem_alloc(sizeof(*engine));

    engine->store = store;
    engine->unsealer = unsealer;
    engine->running = config_new();
    return engine;
}

void
engine_set_appraiser(struct engine *engine, const struct appraiser *appraiser)
{
    engine->appraiser = appraiser;
}

void
engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    config_unref(engine->running);
    pending_free(engine->pending);
    free(engine);
}

void
engine_join(struct engine *engine, const struct participant *participant)
{
    assert(engine->participant_count < PARTICIPANTS_MAX);
    engine->participants[engine->participant_count++] = *participant;
}

const struct config *
engine_running(const struct engine *engine)
{
    return engine->running;
}

uint64_t
engine_generation(const struct engine *engine)
{
    return engine->generation;
}

enum err
engine_earlier(const struct engine *engine, uint64_t generation,
    struct diag *diag, struct config **out_config)
{
    if (generation > engine->generation) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "There is no generation %llu: %llu is running, and `show commit "
            "history` lists those before it.",
            (unsigned long long)generation,
            (unsigned long long)engine->generation);
        return ERR_NOT_FOUND;
    }
    return store_rebuild(engine->store, engine->running, engine->generation,
        generation, diag, out_config);
}

/* Undo prepare for the first `count` participants, the last first. */
static void
abort_participants(struct engine *engine, size_t count)
{
    for (size_t i = count; i > 0; i--) {
        struct participant *participant = &engine->participants[i - 1];

        participant->abort(participant->context);
    }
}

static enum err
prepare_participants(struct engine *engine, const struct config *to,
    const struct change_set *set, struct diag *diag)
{
    for (size_t i = 0; i < engine->participant_count; i++) {
        struct participant *participant = &engine->participants[i];
        enum err error = participant->prepare(
            participant->context, engine->running, to, set, diag);

        if (error != OK) {
            abort_participants(engine, i);
            return error;
        }
    }
    return OK;
}

static void
apply_participants(struct engine *engine)
{
    for (size_t i = 0; i < engine->participant_count; i++) {
        struct participant *participant = &engine->participants[i];

        participant->apply(participant->context);
    }
}

/* Step 1: onto what is running now. */
static enum err
rebase(struct engine *engine, struct attempt *attempt)
{
    struct change_set collisions;
    enum err error;

    if (candidate_base(attempt->trial) == engine->running)
        return OK;
    error = candidate_rebase(attempt->trial, engine->running, &collisions);
    if (error != OK) {
        explain_collisions(
            attempt->trial, &collisions, engine->store, attempt->diag);
    }
    change_set_done(&collisions);
    return error;
}

/* Steps 2 and 3.  Judged by a list of its own: the caller's may be NULL, or
 * hold what was said before. */
static enum err
validate(struct engine *engine, struct attempt *attempt)
{
    const struct config *to = candidate_work(attempt->trial);
    struct diag found;
    bool sound;

    diag_init(&found);
    config_diff(engine->running, to, &attempt->set);
    config_validate(
        to, &attempt->set, engine->unsealer, engine->appraiser, &found);
    sound = !diag_has_errors(&found);
    for (size_t i = 0; i < found.count; i++) {
        const struct diag_entry *entry = &found.entries[i];

        diag_add(attempt->diag, entry->severity, entry->path, entry->setting,
            "%s", entry->sentence);
    }
    diag_done(&found);
    return sound ? OK : ERR_INVALID;
}

/* Steps 1 to 4; on success the participants hold what they reserved, unless
 * there is nothing to do.  request: NULL to ask only. */
static enum err
begin_attempt(struct engine *engine, const struct candidate *candidate,
    const struct commit_request *request, struct attempt *attempt)
{
    enum err error;

    change_set_init(&attempt->set);
    attempt->trial = candidate_copy(candidate);
    error = rebase(engine, attempt);
    if (error == OK)
        error = validate(engine, attempt);
    if (error == OK && attempt->set.count > 0 && request != NULL)
        error = confirm_admit_changes(engine, request, attempt->diag);
    if (error == OK && attempt->set.count > 0) {
        error = prepare_participants(engine, candidate_work(attempt->trial),
            &attempt->set, attempt->diag);
    }
    return error;
}

static void
end_attempt(struct attempt *attempt)
{
    change_set_done(&attempt->set);
    candidate_free(attempt->trial);
}

/* Step 5: the point of no return is inside store_finish. */
static enum err
store_attempt(struct engine *engine, const struct attempt *attempt,
    const struct commit_request *request)
{
    struct store_commit row = {
        .generation = engine->generation + 1,
        .user = request->user,
        .origin = request->origin,
        .at_us = request->at_us,
        .comment = request->comment,
        .label = request->label,
        .id = request->id,
        .session = request->session,
    };
    struct commit_pending *pending =
        pending_new(engine, row.generation, request);
    struct store_confirmation waiting;
    enum err error;

    if (pending != NULL) {
        waiting = pending_row(pending);
        row.confirmation = &waiting;
    }
    error = store_begin(engine->store, &row, &attempt->set, attempt->diag);
    if (error == OK)
        error = store_finish(engine->store, attempt->diag);
    if (error != OK) {
        abort_participants(engine, engine->participant_count);
        pending_free(pending);
        return error;
    }
    pending_replace(engine, pending);
    return OK;
}

/* Steps 6 and 7. */
static void
bring_into_force(struct engine *engine, const struct config *to)
{
    struct config *next = config_ref(to);

    apply_participants(engine);
    config_unref(engine->running);
    engine->running = next;
}

/* One at a time: a participant that commits from inside a commit is told. */
static enum err
guard(struct engine *engine, struct diag *diag)
{
    if (engine->busy) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "Another commit is under way: try again when it is done.");
        return ERR_CONFLICT;
    }
    engine->busy = true;
    return OK;
}

enum err
engine_check(struct engine *engine, struct candidate *candidate,
    struct diag *diag, struct commit_summary *out_summary)
{
    struct attempt attempt = {.diag = diag};
    enum err error = guard(engine, diag);

    if (error != OK)
        return error;
    error = begin_attempt(engine, candidate, NULL, &attempt);
    if (error == OK) {
        if (attempt.set.count > 0)
            abort_participants(engine, engine->participant_count);
        *out_summary = summarise(attempt.trial, &attempt.set);
        out_summary->generation = engine->generation;
        out_summary->outcome =
            attempt.set.count > 0 ? COMMIT_DONE : COMMIT_NOTHING;
    }
    end_attempt(&attempt);
    engine->busy = false;
    return error;
}

/* All steps; the guard is the caller's. */
static enum err
commit(struct engine *engine, struct candidate *candidate,
    const struct commit_request *request, struct diag *diag,
    struct commit_summary *out_summary)
{
    struct attempt attempt = {.diag = diag};
    enum err error = begin_attempt(engine, candidate, request, &attempt);

    if (error == OK && attempt.set.count > 0) {
        error = store_attempt(engine, &attempt, request);
        if (error == OK) {
            bring_into_force(engine, candidate_work(attempt.trial));
            engine->generation++;
            log_event(LOG_NOTICE, "commit", "COMMITTED",
                "generation %llu by %s from %s",
                (unsigned long long)engine->generation, request->user,
                request->origin);
        }
    }
    if (error == OK) {
        candidate_reset(candidate, engine->running);
        *out_summary = summarise(attempt.trial, &attempt.set);
        out_summary->generation = engine->generation;
        out_summary->changes = (uint32_t)attempt.set.count;
        out_summary->outcome =
            attempt.set.count > 0 ? COMMIT_DONE : COMMIT_NOTHING;
    }
    end_attempt(&attempt);
    return error;
}

void
engine_note(const struct engine *engine, const struct commit_note *note)
{
    if (engine->teller.note != NULL)
        engine->teller.note(engine->teller.context, note);
}

static void
note_commit(const struct engine *engine, const struct commit_request *request,
    const struct commit_summary *summary)
{
    const struct commit_note note = {
        .kind = COMMIT_NOTE_DONE,
        .generation = engine->generation,
        .user = request->user,
        .comment = request->comment,
        .changes = summary->changes,
        .wall_us = request->at_us,
    };

    if (summary->outcome == COMMIT_DONE)
        engine_note(engine, &note);
}

enum err
engine_commit(struct engine *engine, struct candidate *candidate,
    const struct commit_request *request, struct diag *diag,
    struct commit_summary *out_summary)
{
    uint64_t waited = engine->pending == NULL ? 0 : engine->pending->generation;
    enum err error = guard(engine, diag);

    if (error != OK)
        return error;
    error = confirm_known(engine, request, diag, out_summary);
    if (error == ERR_NOT_FOUND) {
        error = confirm_admit(engine, request, diag);
        if (error == OK)
            error = commit(engine, candidate, request, diag, out_summary);
        if (error == OK) {
            note_commit(engine, request, out_summary);
            error = confirm_settle(engine, waited, request, diag, out_summary);
        }
    }
    engine->busy = false;
    return error;
}

enum err
engine_undo(struct engine *engine, uint64_t generation,
    const struct commit_request *request, struct diag *diag,
    struct commit_summary *out_summary)
{
    struct config *earlier = NULL;
    struct candidate *candidate;
    enum err error = guard(engine, diag);

    if (error != OK)
        return error;
    error = engine_earlier(engine, generation, diag, &earlier);
    if (error == OK) {
        candidate = candidate_open(engine->running);
        candidate_replace(candidate, engine->running, earlier);
        error = commit(engine, candidate, request, diag, out_summary);
        candidate_free(candidate);
        config_unref(earlier);
    }
    engine->busy = false;
    return error;
}

enum err
engine_boot(struct engine *engine, struct diag *diag)
{
    struct attempt attempt = {.diag = diag};
    struct candidate *candidate;
    struct config *stored;
    uint64_t generation;
    enum err error = store_load(engine->store, diag, &stored, &generation);

    if (error != OK)
        return error;
    candidate = candidate_open(stored);
    change_set_init(&attempt.set);
    attempt.trial = candidate;
    error = validate(engine, &attempt);
    if (error == OK && attempt.set.count > 0)
        error = prepare_participants(engine, stored, &attempt.set, diag);
    if (error == OK) {
        if (attempt.set.count > 0)
            bring_into_force(engine, stored);
        engine->generation = generation;
    }
    end_attempt(&attempt);
    config_unref(stored);
    return error;
}
