/*
 * testing.c - `test ipsec tunnel`: what it does is told as it goes, and
 * Ctrl-C ends it.
 *
 * The router ends a test when it is sent anything more; that request is a
 * harmless one, whose answer is thrown away.
 */
#include "run/shell.h"

#include "base/str.h"
#include "parse/parse.h"
#include "show/show.h"
#include "wire/client.h"

enum { LOOK_US = 100000 };

struct testing {
    const struct run_call *call;
    struct output output;
    bool json;
    struct show_rows *rows;
    size_t printed; /* of the text of all rows so far */
    bool is_ended;
    uint32_t end_id;
};

/* The text of all rows only grows: what is new is printed. */
static void
print_new(struct testing *testing)
{
    struct str text;

    if (testing->json)
        return;
    str_init(&text);
    show_rows_print(testing->rows, EXEC_TEST_IPSEC_TUNNEL,
        testing->call->shell->width, &text);
    if (text.length > testing->printed) {
        output_text(&testing->output, str_text(&text) + testing->printed);
        testing->printed = text.length;
    }
    str_done(&text);
}

static void
end_early(struct testing *testing)
{
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_EXEC, 0);
    wire_add_number(&frame, EXEC_SHOW_CLOCK);
    wire_add_text(&frame, testing->call->shell->vr);
    testing->end_id = client_send(testing->call->shell->client, &frame);
    testing->is_ended = true;
}

/* The next frame; Ctrl-C meanwhile ends the test.  ERR_IO: the connection is
 * gone. */
static enum err
next_frame(struct testing *testing, struct wire_frame *frame)
{
    const struct shell *shell = testing->call->shell;
    enum err error;
    bool is_taken = false;

    if (!shell->interactive)
        return client_next(shell->client, frame);
    while (!testing->is_ended) {
        error = client_take(shell->client, frame, &is_taken);
        if (error != OK || is_taken)
            return error;
        if (interrupt_wait(shell, LOOK_US))
            end_early(testing);
    }
    return client_next(shell->client, frame);
}

static enum run_outcome
lose(const struct run_call *call)
{
    call->shell->front->complain(call->shell->front->context, run_lost_text);
    return RUN_LOST;
}

/* Until the answer of the test, and that of what ended it. */
static enum run_outcome
follow(struct testing *testing, uint32_t id, struct wire_frame *out_reply)
{
    struct wire_frame frame;
    bool has_answer = false;

    while (!has_answer || testing->is_ended) {
        if (next_frame(testing, &frame) != OK)
            return lose(testing->call);
        if (frame.verb == WIRE_ROW && frame.id == id) {
            if (show_rows_add(testing->rows, frame.items, frame.count) == OK)
                print_new(testing);
        } else if (frame.verb == WIRE_REPLY && frame.id == id) {
            *out_reply = frame;
            has_answer = true;
            continue;
        } else if (frame.verb == WIRE_REPLY && frame.id == testing->end_id) {
            testing->is_ended = false;
        } else if (frame.verb == WIRE_EVENT &&
                   testing->call->shell->interactive) {
            say(testing->call->shell, "%s", wire_text(&frame, 1));
        }
        wire_frame_done(&frame);
    }
    return wire_reply_err(out_reply) == OK ? RUN_OK : RUN_FAILED;
}

enum run_outcome
run_test(const struct run_call *call)
{
    const struct schema_exec *exec = &schema_execs[EXEC_TEST_IPSEC_TUNNEL];
    struct testing testing = {.call = call};
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome = run_drain(call->shell);
    struct str text;

    if (outcome != RUN_OK)
        return outcome;
    if (output_open(&testing.output, call, &testing.json) != RUN_OK)
        return RUN_FAILED;
    wire_frame_init(&reply, WIRE_REPLY, 0);
    wire_frame_init(&frame, WIRE_EXEC, 0);
    wire_add_number(&frame, EXEC_TEST_IPSEC_TUNNEL);
    wire_add_text(&frame, call->shell->vr);
    for (size_t i = 0; i < exec->arg_count; i++)
        wire_add(&frame, value_share(&call->parsed->values[i]));
    testing.rows = show_rows_new(exec->rows);
    interrupt_begin(call->shell);
    outcome =
        follow(&testing, client_send(call->shell->client, &frame), &reply);
    interrupt_end(call->shell);
    str_init(&text);
    if (outcome == RUN_OK && testing.json)
        show_rows_json(testing.rows, &text);
    show_rows_free(testing.rows);
    return finish_show(call, &testing.output, &text, outcome, &reply);
}
