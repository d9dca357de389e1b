/*
 * enroll.c - `ipsec ca enroll`: the password that the CA gave is asked for
 * without echo, or stands in a script's line; it is wiped when it is sent.
 */
#include "run/shell.h"

#include "base/secret.h"
#include "parse/parse.h"
#include "wire/client.h"

enum { ATTEMPTS = 3 };

static enum run_outcome
send_request(const struct run_call *call, const char *password,
    struct wire_frame *out_reply)
{
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_ENROLL, 0);
    wire_add(
        &frame, value_share(&call->parsed->values[ARG_IPSEC_CA_ENROLL_NAME]));
    wire_add(&frame, password == NULL ? value_none() : value_clear(password));
    return request(call->shell, &frame, NULL, NULL, out_reply);
}

/* Where the CA wants one, or another one. */
static enum run_outcome
ask_and_send(const struct run_call *call, struct wire_frame *reply)
{
    const struct run_front *front = call->shell->front;
    enum run_outcome outcome = RUN_FAILED;
    struct str password;
    bool is_answered = true;

    for (int i = 0; i < ATTEMPTS && is_answered && outcome == RUN_FAILED &&
                    reply->count > 0 && wire_reply_err(reply) == ERR_DENIED;
         i++) {
        str_init(&password);
        is_answered = front->ask(front->context, "Password: ", true, &password);
        if (is_answered) {
            wire_frame_done(reply);
            outcome = send_request(call, str_text(&password), reply);
        }
        if (password.text != NULL)
            wipe(password.text, password.room);
        str_done(&password);
    }
    return outcome;
}

enum run_outcome
run_enroll(const struct run_call *call)
{
    const struct value *typed =
        &call->parsed->values[ARG_IPSEC_CA_ENROLL_PASSWORD];
    const bool is_person =
        call->shell->interactive && call->origin->file == NULL;
    struct wire_frame reply;
    enum run_outcome outcome;

    if (is_person && value_is_set(typed)) {
        say_problem(call->shell, call->origin, call->line,
            "% Leave the password out: it is asked for, and then stays on no "
            "screen and in no history.\n");
        return RUN_FAILED;
    }
    outcome = send_request(
        call, value_is_set(typed) ? value_string(typed) : NULL, &reply);
    if (outcome == RUN_FAILED && is_person)
        outcome = ask_and_send(call, &reply);
    if (outcome == RUN_OK && wire_reply_values(&reply) > 0) {
        say(call->shell, "%s", value_string(wire_reply_value(&reply, 0)));
    } else if (outcome == RUN_FAILED && reply.count > 0) {
        say_refusal(call, &reply);
    }
    wire_frame_done(&reply);
    return outcome;
}
