/*
 * exclusive.c - holding the configuration for oneself, and letting it go.
 */
#include "run/shell.h"

#include "base/diag.h"
#include "wire/client.h"

/* See wire.h. */
enum { OPEN_EXCLUSIVE = 1, CLOSE_EXCLUSIVE = 1 };

enum run_outcome
run_configure_exclusive(const struct run_call *call)
{
    struct shell *shell = call->shell;
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;
    struct diag diag;

    wire_frame_init(&frame, WIRE_OPEN, 0);
    wire_add_number(&frame, OPEN_EXCLUSIVE);
    outcome = request(shell, &frame, NULL, NULL, &reply);
    if (outcome == RUN_OK) {
        shell->candidate_open = true;
        shell->is_exclusive = true;
        shell_leave_object(shell);
        shell->mode = MODE_CONFIG;
        if (shell->interactive) {
            say(shell, "Enter configuration commands, one per line.  End with "
                       "^Z.\nNo other session can change the configuration "
                       "until then.");
        }
        diag_init(&diag);
        wire_reply_diag(&reply, &diag); /* others' uncommitted changes */
        say_diag(shell, call->origin, NULL, &diag);
        diag_done(&diag);
    } else if (outcome == RUN_FAILED && reply.count > 0) {
        say_refusal(call, &reply);
    }
    wire_frame_done(&reply);
    return outcome;
}

enum run_outcome
run_end_exclusive(struct shell *shell)
{
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;

    if (!shell->is_exclusive)
        return RUN_OK;
    shell->is_exclusive = false;
    wire_frame_init(&frame, WIRE_CLOSE, 0);
    wire_add_number(&frame, CLOSE_EXCLUSIVE);
    outcome = request(shell, &frame, NULL, NULL, &reply);
    wire_frame_done(&reply);
    return outcome;
}
