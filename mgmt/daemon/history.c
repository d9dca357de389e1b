/*
 * history.c - earlier configurations: ROLLBACK, and what SHOW says of them.
 *
 * Generations are counted from 0, the empty configuration, without a gap; an
 * earlier one is rebuilt from the history when somebody asks for it.
 */
#include "daemon/session_state.h"

#include "commit/commit.h"
#include "daemon/router_state.h"
#include "store/store.h"

#include <string.h>

enum {
    TIME_SIZE = sizeof "2015-01-05T10:00:00Z",
    TIME_MINUTES = sizeof "2015-01-05T10:00" - 1
};

bool
take_back(struct session *session, const struct value *number,
    uint64_t *out_generation)
{
    uint64_t running = engine_generation(session->router->engine);

    if (number->kind != VALUE_NUMBER) {
        reply_malformed(session);
        return false;
    }
    if (number->number > running) {
        reply_refuse(session, ERR_NOT_FOUND,
            "There %s only %llu %s to go back: `show commit history` lists "
            "them.",
            running == 1 ? "is" : "are", (unsigned long long)running,
            running == 1 ? "commit" : "commits");
        return false;
    }
    *out_generation = running - number->number;
    return true;
}

/* Two digits, below the limit and not below the least. */
static bool
is_part(const char *text, unsigned least, unsigned limit)
{
    unsigned number =
        (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');

    return number >= least && number < limit;
}

/* "2015-01-05T10:00", seconds and Z may be left out: made whole. */
static bool
read_time(const char *typed, char out_at[TIME_SIZE])
{
    static const char form[TIME_SIZE] = "0000-00-00T00:00:00Z";
    size_t length = strlen(typed);
    size_t i;

    (void)memcpy(out_at, form, TIME_SIZE);
    if (length == TIME_MINUTES + 1 && typed[TIME_MINUTES] == 'Z')
        length--;
    if (length != TIME_MINUTES && length != TIME_SIZE - 2 &&
        length != TIME_SIZE - 1)
        return false;
    for (i = 0; i < length; i++) {
        bool digit = typed[i] >= '0' && typed[i] <= '9';

        if (form[i] == '0' ? !digit : typed[i] != form[i])
            return false;
        out_at[i] = typed[i];
    }
    return is_part(out_at + 5, 1, 13) && is_part(out_at + 8, 1, 32) &&
           is_part(out_at + 11, 0, 24) && is_part(out_at + 14, 0, 60) &&
           is_part(out_at + 17, 0, 60);
}

/* A generation, or the one that was running at a time. */
static bool
take_generation(struct session *session, const struct value *value,
    uint64_t *out_generation)
{
    char at[TIME_SIZE];

    if (value->kind == VALUE_NUMBER) {
        *out_generation = value->number;
        return true;
    }
    if (value->kind != VALUE_TEXT) {
        reply_malformed(session);
        return false;
    }
    if (!read_time(value_string(value), at)) {
        reply_refuse(session, ERR_INVALID,
            "This is no time: write it as 2015-01-05T10:00 or "
            "2015-01-05T10:00:00Z, in UTC.");
        return false;
    }
    session->reply.error = store_generation_at(
        session->router->store, at, &session->reply.diag, out_generation);
    return session->reply.error == OK;
}

/* The newest commit with this label. */
static bool
take_label(struct session *session, const struct value *value,
    uint64_t *out_generation)
{
    if (value->kind != VALUE_TEXT) {
        reply_malformed(session);
        return false;
    }
    session->reply.error = store_generation_labelled(session->router->store,
        value_string(value), &session->reply.diag, out_generation);
    return session->reply.error == OK;
}

struct config *
take_earlier(struct session *session, uint64_t generation)
{
    struct config *config = NULL;

    session->reply.error = engine_earlier(
        session->router->engine, generation, &session->reply.diag, &config);
    return session->reply.error == OK ? config : NULL;
}

void
show_at(struct session *session, const struct wire_frame *frame)
{
    uint64_t generation;
    struct config *config;
    bool found = wire_number(frame, 2) != 0
                     ? take_label(session, wire_at(frame, 1), &generation)
                     : take_generation(session, wire_at(frame, 1), &generation);

    if (!found)
        return;
    config = take_earlier(session, generation);
    if (config != NULL)
        show_configuration(session, config);
    config_unref(config);
}

/* The candidate was all that its session wants to give up: what it held is
 * gone, as after `discard`. */
void
verb_rollback(struct session *session, const struct wire_frame *frame,
    const struct instant *now)
{
    struct engine *engine = session->router->engine;
    const struct value *where = wire_at(frame, 1);
    uint64_t mode = wire_number(frame, 0);
    uint64_t generation;
    struct config *config;
    bool found;

    (void)now;
    if (frame->count != 2 || mode > ROLLBACK_EMPTY) {
        reply_malformed(session);
        return;
    }
    if (mode > ROLLBACK_LABEL) {
        mark_verb(session, (enum wire_rollback)mode);
        return;
    }
    if (!has_candidate(session) || !may_edit(session))
        return;
    found = mode == ROLLBACK_BACK ? take_back(session, where, &generation)
            : mode == ROLLBACK_TO ? take_generation(session, where, &generation)
                                  : take_label(session, where, &generation);
    if (!found)
        return;
    config = take_earlier(session, generation);
    if (config == NULL)
        return;
    candidate_replace(session->candidate, engine_running(engine), config);
    config_unref(config);
    session->base_generation = engine_generation(engine);
    session->is_touched = candidate_is_changed(session->candidate);
    reply_number(session, generation);
    reply_number(session, session_changes(session));
}
