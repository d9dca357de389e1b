/*
 * history.c - earlier configurations: ROLLBACK, and what SHOW says of them.
 *
 * Generations are counted from 0, the empty configuration, without a gap; an
 * earlier one is rebuilt from the history when somebody asks for it.
 */
#include "daemon/session_state.h"

#include "commit/commit.h"
#include "daemon/router_state.h"

enum rollback_mode { ROLLBACK_BACK, ROLLBACK_TO };

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
    const struct value *generation = wire_at(frame, 1);
    struct config *config;

    if (generation->kind != VALUE_NUMBER) {
        reply_malformed(session);
        return;
    }
    config = take_earlier(session, generation->number);
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
    uint64_t mode = wire_number(frame, 0);
    uint64_t generation = wire_number(frame, 1);
    struct config *config;

    (void)now;
    if (frame->count != 2 || mode > ROLLBACK_TO ||
        wire_at(frame, 1)->kind != VALUE_NUMBER) {
        reply_malformed(session);
        return;
    }
    if (!has_candidate(session) ||
        (mode == ROLLBACK_BACK &&
            !take_back(session, wire_at(frame, 1), &generation)))
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
