/*
 * confirm_say.c - what operators and the log are told of a generation that
 * waits to be confirmed.
 */
#include "base/diag.h"
#include "base/log.h"
#include "base/str.h"
#include "commit/engine.h"

#include <stdarg.h>

enum { SECOND_US = 1000000 };

void
engine_set_teller(struct engine *engine, const struct commit_teller *teller)
{
    engine->teller = *teller;
}

/* To all operators. */
static void
tell(const struct engine *engine, const struct str *sentence)
{
    if (engine->teller.tell != NULL)
        engine->teller.tell(engine->teller.context, str_text(sentence));
}

/* To all operators, and to the log. */
static void __attribute__((format(printf, 4, 5)))
tell_and_log(const struct engine *engine, enum log_level level,
    const char *event, const char *fmt, ...)
{
    struct str sentence;
    va_list args;

    str_init(&sentence);
    va_start(args, fmt);
    str_vprintf(&sentence, fmt, args);
    va_end(args);
    tell(engine, &sentence);
    log_event(level, "commit", event, "%s", str_text(&sentence));
    str_done(&sentence);
}

/* "9 min 30 s", "10 min", "45 s"; begun seconds count. */
static void
add_time(struct str *out, uint64_t time_us)
{
    uint64_t whole_s = (time_us + SECOND_US - 1) / SECOND_US;

    if (whole_s > 60)
        str_printf(out, "%llu min", (unsigned long long)(whole_s / 60));
    if (whole_s > 60 && whole_s % 60 != 0)
        str_add_char(out, ' ');
    if (whole_s <= 60 || whole_s % 60 != 0) {
        str_printf(out, "%llu s",
            (unsigned long long)(whole_s > 60 ? whole_s % 60 : whole_s));
    }
}

void
say_pending(const struct engine *engine, uint64_t left_us)
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

void
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

enum err
say_refused(const struct engine *engine, const struct commit_request *request,
    const char *hint, struct diag *diag)
{
    const struct commit_pending *pending = engine->pending;
    struct str left;

    str_init(&left);
    add_time(&left, pending_left(pending, request->monotonic_us));
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "Generation %llu of %s (%s) waits to be confirmed, or to be rolled "
        "back in %s: %s",
        (unsigned long long)pending->generation, pending->user, pending->origin,
        str_text(&left), hint);
    str_done(&left);
    return ERR_CONFLICT;
}

void
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

void
say_back(const struct engine *engine, const struct commit_pending *was,
    const char *why)
{
    tell_and_log(engine, LOG_WARNING, "BACK",
        "Generation %llu of %s was rolled back, %s: generation %llu is running "
        "again, as generation %llu.",
        (unsigned long long)was->generation, was->user, why,
        (unsigned long long)was->back_to,
        (unsigned long long)engine->generation);
}

void
say_stuck(const struct engine *engine, const struct diag *diag)
{
    tell_and_log(engine, LOG_ERROR, "STUCK",
        "Generation %llu of %s cannot be rolled back: %s  It is tried again; "
        "`commit` keeps it.",
        (unsigned long long)engine->pending->generation, engine->pending->user,
        diag->count > 0 ? diag->entries[0].sentence : "no reason is known.");
}
