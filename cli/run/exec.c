/*
 * exec.c - commands that are not configuration: the router's by EXEC, the
 * configuration shows by SHOW, the shell's own by local.c.
 */
#include "run/shell.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/str.h"
#include "parse/parse.h"
#include "show/show.h"
#include "wire/client.h"

void
say_refusal(const struct run_call *call, const struct wire_frame *reply)
{
    struct diag diag;

    diag_init(&diag);
    wire_reply_diag(reply, &diag);
    if (diag.count == 0) {
        diag_add(&diag, DIAG_ERROR, NULL, NULL, "Refused: %s.",
            err_name(wire_reply_err(reply)));
    }
    say_diag(call->shell, call->origin, call->line, &diag);
    diag_done(&diag);
}

enum run_outcome
finish_show(const struct run_call *call, struct output *output,
    struct str *text, enum run_outcome outcome, struct wire_frame *reply)
{
    if (outcome == RUN_OK) {
        output_text(output, str_text(text));
    } else if (outcome == RUN_FAILED && reply->count > 0) {
        say_refusal(call, reply);
    }
    wire_frame_done(reply);
    str_done(text);
    output_close(output);
    return outcome;
}

/* ---- shows with rows ---- */

static void
take_row(void *context, const struct wire_frame *row)
{
    /* a row of another shape is left out; HELLO compared the schemas */
    if (show_rows_add(context, row->items, row->count) != OK)
        return;
}

/* A command that acts: what it answers is a sentence. */
static enum run_outcome
run_plain(const struct run_call *call, uint16_t exec)
{
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;

    wire_frame_init(&frame, WIRE_EXEC, 0);
    wire_add_number(&frame, exec);
    wire_add_text(&frame, call->shell->vr);
    for (size_t i = 0; i < schema_execs[exec].arg_count; i++)
        wire_add(&frame, value_share(&call->parsed->values[i]));
    outcome = request(call->shell, &frame, NULL, NULL, &reply);
    if (outcome == RUN_OK && wire_reply_values(&reply) > 0) {
        say(call->shell, "%s", value_string(wire_reply_value(&reply, 0)));
    } else if (outcome == RUN_FAILED && reply.count > 0) {
        say_refusal(call, &reply);
    }
    wire_frame_done(&reply);
    return outcome;
}

static enum run_outcome
run_remote(const struct run_call *call, uint16_t exec)
{
    const struct schema_exec *entry = &schema_execs[exec];
    struct show_rows *rows;
    struct output output;
    struct wire_frame frame;
    struct wire_frame reply;
    struct str text;
    enum run_outcome outcome;
    bool json;
    size_t i;

    if (entry->rows == SCHEMA_NONE)
        return run_plain(call, exec);
    if (output_open(&output, call, &json) != RUN_OK)
        return RUN_FAILED;
    wire_frame_init(&frame, WIRE_EXEC, 0);
    wire_add_number(&frame, exec);
    wire_add_text(&frame, call->shell->vr);
    for (i = 0; i < entry->arg_count; i++)
        wire_add(&frame, value_share(&call->parsed->values[i]));
    rows = show_rows_new(entry->rows);
    outcome = request(call->shell, &frame, take_row, rows, &reply);
    str_init(&text);
    if (outcome == RUN_OK && json) {
        show_rows_json(rows, &text);
    } else if (outcome == RUN_OK) {
        show_rows_print(rows, exec, call->shell->width, &text);
    }
    show_rows_free(rows);
    return finish_show(call, &output, &text, outcome, &reply);
}

/* ---- the configuration ---- */

enum {
    CHUNK = 64 * 1024, /* bytes of script between two prints */
    LEVEL_REDIRECT = 5
};

struct config_taker {
    struct output *output;
    struct str text;
    struct show_script *script;
    struct show_config_json *json;
};

static void
take_object(void *context, const struct wire_frame *row)
{
    struct config_taker *taker = context;
    uint64_t object = wire_number(row, 0);

    if (object >= OBJECT_COUNT ||
        row->count != schema_objects[object].field_count + 1)
        return;
    if (taker->json != NULL) {
        show_config_json_object(taker->json, (uint16_t)object, row->items + 1);
    } else {
        show_script_object(taker->script, (uint16_t)object, row->items + 1);
    }
    if (taker->text.length > CHUNK && taker->json == NULL) {
        output_text(taker->output, str_text(&taker->text));
        str_clear(&taker->text);
    }
}

/* at: of SHOW_AT, a generation or a time, or a label */
static enum run_outcome
show_configuration(const struct run_call *call, enum wire_show what,
    const struct value *at, bool is_label)
{
    struct config_taker taker = {0};
    struct output output;
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;
    bool json;

    if (output_open(&output, call, &json) != RUN_OK)
        return RUN_FAILED;
    taker.output = &output;
    str_init(&taker.text);
    if (json) {
        taker.json = show_config_json_new(&taker.text);
    } else {
        taker.script = show_script_new(clock_wall_us(),
            client_identity(call->shell->client)->version, &taker.text);
    }
    wire_frame_init(&frame, WIRE_SHOW, 0);
    wire_add_number(&frame, what);
    if (what == SHOW_AT) {
        wire_add(&frame, value_share(at));
        wire_add_number(&frame, is_label);
    }
    outcome = request(call->shell, &frame, take_object, &taker, &reply);
    if (json) {
        show_config_json_end(taker.json);
    } else {
        show_script_end(taker.script);
    }
    return finish_show(call, &output, &taker.text, outcome, &reply);
}

enum run_outcome
run_show_running(const struct run_call *call)
{
    enum run_outcome outcome;

    if (run_compare(call, &outcome))
        return outcome;
    return show_configuration(call, SHOW_RUNNING, NULL, false);
}

enum run_outcome
run_show_at(const struct run_call *call)
{
    const struct value *values = call->parsed->values;
    size_t typed = value_is_set(&values[ARG_SHOW_CONFIGURATION_AT_TIME])
                       ? ARG_SHOW_CONFIGURATION_AT_TIME
                       : ARG_SHOW_CONFIGURATION_AT_GENERATION;

    if (value_is_set(&values[ARG_SHOW_CONFIGURATION_AT_LABEL])) {
        return show_configuration(
            call, SHOW_AT, &values[ARG_SHOW_CONFIGURATION_AT_LABEL], true);
    }
    return show_configuration(call, SHOW_AT, &values[typed], false);
}

enum run_outcome
run_show_candidate(const struct run_call *call)
{
    return show_configuration(call, SHOW_CANDIDATE, NULL, false);
}

static enum run_outcome
run_command(const struct run_call *call)
{
    uint16_t exec = schema_commands[call->parsed->command].exec;
    enum run_outcome (*local)(const struct run_call *) = run_local(exec);

    if (exec == EXEC_TEST_IPSEC_TUNNEL)
        return run_test(call);
    if (exec == EXEC_IPSEC_CERTIFICATE_REQUEST)
        return run_certificate_request(call);
    if (exec == EXEC_IPSEC_KEY_ZEROIZE_RSA && !confirm_zeroize(call))
        return RUN_FAILED;
    return local != NULL ? local(call) : run_remote(call, exec);
}

/* The command with its output to a file: who may only look at the router's
 * state does not write to its disk. */
static enum run_outcome
run_redirected(const struct run_call *call, struct redirect *redirect)
{
    const struct schema_exec *exec =
        &schema_execs[schema_commands[call->parsed->command].exec];
    struct shell *shell = call->shell;
    const char *problem = NULL;
    enum run_outcome outcome;

    if (exec->rows == SCHEMA_NONE && !str_has_prefix(exec->name, "show-"))
        problem = "% That command shows nothing that could go to a file.\n";
    if (shell->level < LEVEL_REDIRECT)
        problem = "% Output to a file needs privilege level 5.\n";
    if (problem != NULL) {
        say_problem(shell, call->origin, call->line, problem);
        return redirect_finish(redirect, call, RUN_FAILED);
    }
    shell->redirect = redirect;
    outcome = run_command(call);
    shell->redirect = NULL;
    return redirect_finish(redirect, call, outcome);
}

enum run_outcome
run_exec(const struct run_call *call)
{
    struct parse_result parsed = *call->parsed;
    struct run_call rest = {call->shell, call->line, call->origin, &parsed};
    struct redirect redirect;
    struct str filter;
    enum run_outcome outcome;

    redirect_init(&redirect);
    str_init(&filter);
    if (redirect_read(call->parsed->filter, &redirect, &filter)) {
        parsed.filter = filter.length == 0 ? NULL : str_text(&filter);
        outcome = run_redirected(&rest, &redirect);
    } else {
        outcome = run_command(call);
    }
    str_done(&filter);
    return outcome;
}
