/*
 * rollback.c - an earlier configuration into the candidate.
 */
#include "run/shell.h"

#include "base/str.h"
#include "parse/parse.h"
#include "wire/client.h"

/* See wire.h. */
enum { ROLLED_GENERATION, ROLLED_OBJECTS };

static void
say_rolled(struct shell *shell, const struct wire_frame *reply)
{
    unsigned long long generation =
        wire_reply_value(reply, ROLLED_GENERATION)->number;
    unsigned long long objects =
        wire_reply_value(reply, ROLLED_OBJECTS)->number;

    if (objects == 0) {
        say(shell,
            "The candidate is generation %llu, which is what is running.",
            generation);
    } else {
        say(shell,
            "The candidate is generation %llu: %llu %s from what is running; "
            "`commit` puts it into force.",
            generation, objects,
            objects == 1 ? "object differs" : "objects differ");
    }
}

static enum run_outcome
roll_back(const struct run_call *call, uint64_t mode, const struct value *where)
{
    struct shell *shell = call->shell;
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;

    wire_frame_init(&frame, WIRE_ROLLBACK, 0);
    wire_add_number(&frame, mode);
    wire_add(&frame, value_share(where));
    outcome = request(shell, &frame, NULL, NULL, &reply);
    if (outcome == RUN_OK && wire_reply_values(&reply) > ROLLED_OBJECTS) {
        /* the object being configured may not have existed then */
        if (shell->mode != MODE_EXEC)
            shell_enter_top(shell);
        say_rolled(shell, &reply);
    } else if (outcome == RUN_FAILED && reply.count > 0) {
        say_refusal(call, &reply);
    }
    wire_frame_done(&reply);
    return outcome;
}

enum run_outcome
run_rollback(const struct run_call *call)
{
    return roll_back(
        call, ROLLBACK_BACK, &call->parsed->values[ARG_ROLLBACK_BACK]);
}

enum run_outcome
run_rollback_to(const struct run_call *call)
{
    const struct value *values = call->parsed->values;
    size_t typed = value_is_set(&values[ARG_ROLLBACK_TO_TIME])
                       ? ARG_ROLLBACK_TO_TIME
                       : ARG_ROLLBACK_TO_GENERATION;

    if (value_is_set(&values[ARG_ROLLBACK_TO_LABEL])) {
        return roll_back(call, ROLLBACK_LABEL, &values[ARG_ROLLBACK_TO_LABEL]);
    }
    return roll_back(call, ROLLBACK_TO, &values[typed]);
}
