/*
 * confirm.c - commit confirmed: what waits to be confirmed, and going back.
 *
 * What waits is one row in the database, written in the transaction of its
 * commit, and engine->pending, which is its copy.  Going back is a commit of
 * its own: the history keeps what was tried, and removes the row in the same
 * transaction.
 */
#include "commit/commit.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/str.h"
#include "commit/engine.h"

#include <stdlib.h>

static const uint64_t second_us = 1000000;
static const uint64_t minute_us = 60 * UINT64_C(1000000);
/* After a rollback that failed. */
static const uint64_t retry_us = 30 * UINT64_C(1000000);
/* So far the stored deadline may be from the true one; NTP slews less. */
static const uint64_t drift_us = 5 * UINT64_C(1000000);
/* Warnings are given when so much is left. */
static const uint64_t warnings_us[] = {
    60 * UINT64_C(1000000), 10 * UINT64_C(1000000)};

enum { WARNINGS = sizeof warnings_us / sizeof warnings_us[0] };

/* ---- what waits ---- */

struct commit_pending *
pending_new(const struct engine *engine, uint64_t generation,
    const struct commit_request *request)
{
    struct commit_pending *pending;

    if (request->confirm_us == 0)
        return NULL;
    pending = mem_alloc(sizeof *pending);
    *pending = (struct commit_pending){
        .generation = generation,
        .back_to = engine->pending != NULL ? engine->pending->back_to
                                           : engine->generation,
        .due_us = request->monotonic_us + request->confirm_us,
        .deadline_us = request->at_us + request->confirm_us,
        .period_us = request->confirm_us,
        .guard_s = request->guard_s,
        .session = request->session,
        .user = mem_strdup(request->user),
        .origin = mem_strdup(request->origin),
    };
    return pending;
}

void
pending_free(struct commit_pending *pending)
{
    if (pending == NULL)
        return;
    free(pending->user);
    free(pending->origin);
    free(pending);
}

struct store_confirmation
pending_row(const struct commit_pending *pending)
{
    return (struct store_confirmation){
        .generation = pending->generation,
        .back_to = pending->back_to,
        .deadline_us = pending->deadline_us,
        .period_us = pending->period_us,
        .guard_s = pending->guard_s,
        .user = pending->user,
        .origin = pending->origin,
    };
}

/* Warnings that would come at once are not given: it was said just now. */
static void
skip_warnings(struct commit_pending *pending, uint64_t left_us)
{
    pending->warned = 0;
    while (
        pending->warned < WARNINGS && left_us <= warnings_us[pending->warned])
        pending->warned++;
}

void
pending_replace(struct engine *engine, struct commit_pending *pending)
{
    pending_free(engine->pending);
    engine->pending = pending;
    if (pending != NULL)
        skip_warnings(pending, pending->period_us);
}

const struct commit_pending *
engine_pending(const struct engine *engine)
{
    return engine->pending;
}

uint64_t
pending_left(const struct commit_pending *pending, uint64_t monotonic_us)
{
    return pending->due_us > monotonic_us ? pending->due_us - monotonic_us : 0;
}

/* ---- who may commit ---- */

enum err
confirm_admit(const struct engine *engine, const struct commit_request *request,
    struct diag *diag)
{
    if (engine->pending == NULL || request->right == COMMIT_HOLDER)
        return OK;
    if (request->right == COMMIT_MAY_CONFIRM && request->confirm_us == 0)
        return OK;
    return say_refused(engine, request,
        "nobody else commits until then; `show commit confirmed` tells more.",
        diag);
}

enum err
confirm_admit_changes(const struct engine *engine,
    const struct commit_request *request, struct diag *diag)
{
    if (engine->pending == NULL || request->right == COMMIT_HOLDER)
        return OK;
    return say_refused(engine, request,
        "wait, or confirm it by `commit` from a session without changes.",
        diag);
}

/* ---- ids ---- */

static void
note_generation(void *context, const struct store_entry *entry)
{
    *(uint64_t *)context = entry->generation;
}

enum err
confirm_known(const struct engine *engine, const struct commit_request *request,
    struct diag *diag, struct commit_summary *out_summary)
{
    uint64_t generation = 0;
    enum err error;

    if (request->id == NULL || request->id[0] == '\0')
        return ERR_NOT_FOUND;
    error = store_commit_with_id(
        engine->store, request->id, note_generation, &generation, diag);
    if (error == OK) {
        *out_summary = (struct commit_summary){.outcome = COMMIT_KNOWN,
            .nothing_to_do = true,
            .generation = generation};
    }
    return error;
}

/* ---- after a commit ---- */

/* Without changes: keep what waits, or let it wait longer. */
static enum err
settle_waiting(struct engine *engine, const struct commit_request *request,
    struct diag *diag, struct commit_summary *summary)
{
    uint64_t generation = engine->pending->generation;
    struct commit_pending *pending = pending_new(engine, generation, request);
    struct store_confirmation row;
    enum err error;

    if (pending != NULL)
        row = pending_row(pending);
    error = store_confirmation_save(
        engine->store, pending != NULL ? &row : NULL, diag);
    if (error != OK) {
        pending_free(pending);
        return error;
    }
    summary->outcome = pending != NULL ? COMMIT_EXTENDED : COMMIT_CONFIRMED;
    pending_replace(engine, pending);
    if (pending == NULL) {
        say_confirmed(engine, generation, request);
    } else {
        log_event(LOG_NOTICE, "commit", "EXTENDED",
            "generation %llu by %s: %llu s", (unsigned long long)generation,
            request->user,
            (unsigned long long)(request->confirm_us / second_us));
        say_pending(engine, request->confirm_us);
        note_waiting(engine, request);
    }
    return OK;
}

enum err
confirm_settle(struct engine *engine, uint64_t waited,
    const struct commit_request *request, struct diag *diag,
    struct commit_summary *summary)
{
    bool named = (request->label != NULL && request->label[0] != '\0') ||
                 (request->id != NULL && request->id[0] != '\0');

    if (summary->outcome == COMMIT_NOTHING) {
        if (named) {
            diag_add(diag, DIAG_WARNING, NULL, NULL,
                "There was nothing to commit, so the label or id is not in "
                "the log.");
        }
        return engine->pending == NULL
                   ? OK
                   : settle_waiting(engine, request, diag, summary);
    }
    if (engine->pending != NULL) {
        log_event(LOG_NOTICE, "commit", "WAITS",
            "generation %llu by %s: to be confirmed in %llu s, or back to %llu",
            (unsigned long long)engine->generation, request->user,
            (unsigned long long)(request->confirm_us / second_us),
            (unsigned long long)engine->pending->back_to);
        note_waiting(engine, request);
    } else if (waited != 0) {
        summary->outcome = COMMIT_DONE_CONFIRMED;
        say_confirmed(engine, waited, request);
    }
    return OK;
}

/* ---- going back ---- */

/* Nothing differs: the holder has taken it all back himself. */
static enum err
forget(struct engine *engine, struct diag *diag)
{
    enum err error = store_confirmation_save(engine->store, NULL, diag);

    if (error == OK)
        pending_replace(engine, NULL);
    return error;
}

static enum err
undo(struct engine *engine, const struct commit_pending *pending,
    const struct commit_time *now, const char *why, struct diag *diag)
{
    struct commit_summary summary = {0};
    struct commit_note note = {.kind = COMMIT_NOTE_BACK,
        .user = pending->user,
        .wall_us = now->wall_us};
    struct str comment;
    enum err error;

    str_init(&comment);
    str_printf(&comment, "Generation %llu rolled back to %llu, %s",
        (unsigned long long)pending->generation,
        (unsigned long long)pending->back_to, why);
    error = engine_undo(engine, pending->back_to,
        &(struct commit_request){
            .user = pending->user,
            .origin = "commit confirmed",
            .comment = str_text(&comment),
            .at_us = now->wall_us,
            .monotonic_us = now->monotonic_us,
            .right = COMMIT_HOLDER,
        },
        diag, &summary);
    if (error == OK && summary.nothing_to_do)
        error = forget(engine, diag);
    if (error == OK) {
        note.generation = engine->generation;
        note.comment = str_text(&comment);
        note.changes = summary.changes;
        engine_note(engine, &note);
    }
    str_done(&comment);
    return error;
}

void
engine_go_back(
    struct engine *engine, const struct commit_time *now, const char *why)
{
    struct commit_pending was = *engine->pending; /* gone afterwards */
    struct diag diag;

    was.user = mem_strdup(was.user);
    diag_init(&diag);
    if (undo(engine, &was, now, why, &diag) == OK) {
        say_back(engine, &was, why);
    } else {
        say_stuck(engine, &diag);
        engine->pending->due_us = now->monotonic_us + retry_us;
    }
    diag_done(&diag);
    free(was.user);
}

static void
go_back_in_time(struct engine *engine, const struct commit_time *now)
{
    uint64_t minutes = engine->pending->period_us / minute_us;
    struct str why;

    str_init(&why);
    str_printf(&why, "because nobody confirmed it in %llu %s",
        (unsigned long long)minutes, minutes == 1 ? "minute" : "minutes");
    engine_go_back(engine, now, str_text(&why));
    str_done(&why);
}

/* ---- time ---- */

/* Somebody set the wall clock: what is stored must mean the same time. */
static void
follow_clock(struct engine *engine, const struct commit_time *now)
{
    struct commit_pending *pending = engine->pending;
    uint64_t deadline_us =
        now->wall_us + pending_left(pending, now->monotonic_us);
    uint64_t off_us = deadline_us > pending->deadline_us
                          ? deadline_us - pending->deadline_us
                          : pending->deadline_us - deadline_us;
    struct store_confirmation row;
    struct diag diag;

    if (off_us <= drift_us)
        return;
    pending->deadline_us = deadline_us;
    row = pending_row(pending);
    diag_init(&diag);
    if (store_confirmation_save(engine->store, &row, &diag) != OK) {
        log_event(LOG_WARNING, "commit", "CLOCK", "%s",
            diag.count > 0 ? diag.entries[0].sentence : "");
    }
    diag_done(&diag);
}

void
engine_tick(struct engine *engine, const struct commit_time *now)
{
    struct commit_pending *pending = engine->pending;
    uint64_t left_us;

    if (pending == NULL || engine->busy)
        return;
    left_us = pending_left(pending, now->monotonic_us);
    if (left_us == 0) {
        go_back_in_time(engine, now);
        return;
    }
    if (pending->warned < WARNINGS && left_us <= warnings_us[pending->warned]) {
        say_pending(engine, left_us);
        skip_warnings(pending, left_us);
    }
    follow_clock(engine, now);
}

/* ---- after a restart ---- */

static void
take_waiting(void *context, const struct store_confirmation *row)
{
    struct engine *engine = context;
    struct commit_pending *pending = mem_alloc(sizeof *pending);

    *pending = (struct commit_pending){
        .generation = row->generation,
        .back_to = row->back_to,
        .deadline_us = row->deadline_us,
        .period_us = row->period_us,
        .guard_s = row->guard_s,
        .user = mem_strdup(row->user),
        .origin = mem_strdup(row->origin),
    };
    pending_replace(engine, pending);
}

enum err
engine_resume(
    struct engine *engine, const struct commit_time *now, struct diag *diag)
{
    struct commit_pending *pending;
    uint64_t left_us = 0;
    enum err error =
        store_confirmation_load(engine->store, take_waiting, engine, diag);

    pending = engine->pending;
    if (error != OK || pending == NULL)
        return error;
    if (pending->generation != engine->generation)
        return forget(engine, diag); /* an edited file: it was decided */
    if (pending->deadline_us > now->wall_us)
        left_us = pending->deadline_us - now->wall_us;
    if (left_us > pending->period_us)
        left_us = pending->period_us; /* the clock went back */
    pending->due_us = now->monotonic_us + left_us;
    skip_warnings(pending, left_us);
    if (left_us == 0) {
        go_back_in_time(engine, now);
    } else {
        log_event(LOG_NOTICE, "commit", "WAITS",
            "generation %llu of %s still: %llu s",
            (unsigned long long)pending->generation, pending->user,
            (unsigned long long)(left_us / second_us));
    }
    return OK;
}
