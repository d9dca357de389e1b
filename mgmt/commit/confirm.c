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

/* ---- telling ---- */

void
engine_set_teller(struct engine *engine, const struct commit_teller *teller)
{
    engine->teller = *teller;
}

static void
tell(const struct engine *engine, const struct str *sentence)
{
    if (engine->teller.tell != NULL)
        engine->teller.tell(engine->teller.context, str_text(sentence));
}

/* "9 min 30 s", "10 min", "45 s"; begun seconds count. */
static void
add_time(struct str *out, uint64_t time_us)
{
    uint64_t whole_s = (time_us + second_us - 1) / second_us;

    if (whole_s > 60)
        str_printf(out, "%llu min", (unsigned long long)(whole_s / 60));
    if (whole_s > 60 && whole_s % 60 != 0)
        str_add_char(out, ' ');
    if (whole_s <= 60 || whole_s % 60 != 0) {
        str_printf(out, "%llu s",
            (unsigned long long)(whole_s > 60 ? whole_s % 60 : whole_s));
    }
}

static uint64_t
left_of(const struct commit_pending *pending, uint64_t monotonic_us)
{
    return pending->due_us > monotonic_us ? pending->due_us - monotonic_us : 0;
}

static void
warn(const struct engine *engine, uint64_t left_us)
{
    struct str sentence;

    str_init(&sentence);
    str_printf(&sentence, "Generation %llu of %s will be rolled back in ",
        (unsigned long long)engine->pending->generation, engine->pending->user);
    add_time(&sentence, left_us);
    str_add(&sentence, ": `commit` keeps it.");
    tell(engine, &sentence);
    str_done(&sentence);
}

static void
note_waiting(const struct engine *engine, const struct commit_request *request)
{
    const struct commit_note note = {
        .kind = COMMIT_NOTE_WAITS,
        .generation = engine->generation,
        .user = request->user,
        .comment = request->comment,
        .left_us = request->confirm_us,
        .wall_us = request->at_us,
    };

    engine_note(engine, &note);
}

/* ---- who may commit ---- */

static enum err
refuse(const struct engine *engine, const struct commit_request *request,
    const char *hint, struct diag *diag)
{
    const struct commit_pending *pending = engine->pending;
    struct str left;

    str_init(&left);
    add_time(&left, left_of(pending, request->monotonic_us));
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "Generation %llu of %s (%s) waits to be confirmed, or to be rolled "
        "back in %s: %s",
        (unsigned long long)pending->generation, pending->user, pending->origin,
        str_text(&left), hint);
    str_done(&left);
    return ERR_CONFLICT;
}

enum err
confirm_admit(const struct engine *engine, const struct commit_request *request,
    struct diag *diag)
{
    if (engine->pending == NULL || request->right == COMMIT_HOLDER)
        return OK;
    if (request->right == COMMIT_MAY_CONFIRM && request->confirm_us == 0)
        return OK;
    return refuse(engine, request,
        "nobody else commits until then; `show commit confirmed` tells more.",
        diag);
}

enum err
confirm_admit_changes(const struct engine *engine,
    const struct commit_request *request, struct diag *diag)
{
    if (engine->pending == NULL || request->right == COMMIT_HOLDER)
        return OK;
    return refuse(engine, request,
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

static void
say_confirmed(const struct engine *engine, uint64_t generation,
    const struct commit_request *request)
{
    struct str sentence;

    str_init(&sentence);
    str_printf(&sentence, "Generation %llu was confirmed by %s.",
        (unsigned long long)generation, request->user);
    tell(engine, &sentence);
    str_done(&sentence);
    log_event(LOG_NOTICE, "commit", "CONFIRMED",
        "generation %llu by %s from %s", (unsigned long long)generation,
        request->user, request->origin);
}

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
        warn(engine, request->confirm_us);
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

static void
say_back(const struct engine *engine, const struct commit_pending *was,
    const char *why)
{
    struct str sentence;

    str_init(&sentence);
    str_printf(&sentence,
        "Generation %llu of %s was rolled back, %s: generation %llu is running "
        "again, as generation %llu.",
        (unsigned long long)was->generation, was->user, why,
        (unsigned long long)was->back_to,
        (unsigned long long)engine->generation);
    tell(engine, &sentence);
    log_event(LOG_WARNING, "commit", "BACK", "%s", str_text(&sentence));
    str_done(&sentence);
}

static void
say_stuck(const struct engine *engine, const struct diag *diag)
{
    struct str sentence;

    str_init(&sentence);
    str_printf(&sentence,
        "Generation %llu of %s cannot be rolled back: %s  It is tried again; "
        "`commit` keeps it.",
        (unsigned long long)engine->pending->generation, engine->pending->user,
        diag->count > 0 ? diag->entries[0].sentence : "no reason is known.");
    tell(engine, &sentence);
    log_event(LOG_ERROR, "commit", "STUCK", "%s", str_text(&sentence));
    str_done(&sentence);
}

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
    uint64_t deadline_us = now->wall_us + left_of(pending, now->monotonic_us);
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
    left_us = left_of(pending, now->monotonic_us);
    if (left_us == 0) {
        go_back_in_time(engine, now);
        return;
    }
    if (pending->warned < WARNINGS && left_us <= warnings_us[pending->warned]) {
        warn(engine, left_us);
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
