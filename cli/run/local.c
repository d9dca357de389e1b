/*
 * local.c - commands that the shell carries out itself.
 */
#include "run/shell.h"

#include "base/str.h"
#include "parse/parse.h"
#include "show/show.h"
#include "wire/client.h"

#include <stdio.h>

enum { LEVEL_DISABLE = 1 };

static const struct value *
argument(const struct run_call *call, size_t position)
{
    return &call->parsed->values[position];
}

/* ---- modes ---- */

/* In exec mode.  Any show that is about one virtual router says whether it is
 * there. */
static enum run_outcome
run_virtual_router(const struct run_call *call)
{
    const char *name = value_string(argument(call, ARG_VIRTUAL_ROUTER_NAME));
    struct shell *shell = call->shell;
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;

    wire_frame_init(&frame, WIRE_EXEC, 0);
    wire_add_number(&frame, EXEC_SHOW_IPSEC_OPTION);
    wire_add_text(&frame, name);
    outcome = request(shell, &frame, NULL, NULL, &reply);
    if (outcome == RUN_OK) {
        snprintf(shell->vr, sizeof shell->vr, "%s", name);
    } else if (outcome == RUN_FAILED && reply.count > 0) {
        say_refusal(call, &reply);
    }
    wire_frame_done(&reply);
    return outcome;
}

/* Events of the log in this session; those of class 1 are always wanted. */
static enum run_outcome
run_log_here(const struct run_call *call)
{
    enum { CLASS_CONFIGURATION = 1 };
    bool off = value_is_set(argument(call, ARG_LOG_HERE_OFF));
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_SUBSCRIBE, 0);
    wire_add_number(
        &frame, CLASS_CONFIGURATION | (off ? 0U : (unsigned)WIRE_LOG));
    return request_ahead(call->shell, &frame, call->line, call->origin);
}

static enum run_outcome
run_configure(const struct run_call *call)
{
    enum run_outcome outcome = run_open(call->shell);

    if (outcome != RUN_OK)
        return outcome;
    call->shell->mode = MODE_CONFIG;
    if (call->shell->interactive) {
        say(call->shell,
            "Enter configuration commands, one per line.  End with ^Z.");
    }
    return RUN_OK;
}

static enum run_outcome
run_configure_file(const struct run_call *call)
{
    struct shell *shell = call->shell;
    enum run_outcome outcome = run_open(shell);
    uint16_t mode = shell->mode == MODE_EXEC ? MODE_EXEC : MODE_CONFIG;
    /* a batch ends with its first wrong line, and its candidate with it */
    bool is_marked = shell->interactive && shell->file_depth == 0;

    if (outcome == RUN_OK && is_marked)
        outcome = run_mark(shell);
    if (outcome != RUN_OK)
        return outcome;
    shell_leave_object(shell);
    shell->mode = MODE_CONFIG;
    outcome =
        run_file(shell, value_string(argument(call, ARG_CONFIGURE_FILE_FILE)),
            call->origin, call->line);
    shell_leave_object(shell);
    shell->mode = mode;
    if (!is_marked || outcome == RUN_LOST)
        return outcome;
    if (outcome != RUN_FAILED)
        return run_forget_mark(shell) == RUN_LOST ? RUN_LOST : outcome;
    if (run_back_to_mark(shell) == RUN_LOST)
        return RUN_LOST;
    say(shell, "%% The file was not finished, and nothing of it is in the "
               "candidate.");
    return RUN_FAILED;
}

/* Out of configuration mode altogether. */
static enum run_outcome
leave_config(struct shell *shell)
{
    enum run_outcome outcome = run_leave(shell, false);

    if (outcome == RUN_OK) {
        shell_leave_object(shell);
        shell->mode = MODE_EXEC;
        outcome = run_end_exclusive(shell);
    }
    return outcome;
}

static enum run_outcome
run_exit(const struct run_call *call)
{
    struct shell *shell = call->shell;
    enum run_outcome outcome;

    if (shell->object != SCHEMA_NONE) {
        shell_exit_object(shell);
        return RUN_OK;
    }
    if (shell->mode != MODE_EXEC)
        return leave_config(shell);
    if (shell->level > LEVEL_DISABLE && shell->interactive)
        return run_change_level(call, LEVEL_DISABLE);
    outcome = run_leave(shell, true);
    return outcome == RUN_OK ? RUN_OVER : outcome;
}

static enum run_outcome
run_end(const struct run_call *call)
{
    return leave_config(call->shell);
}

static enum run_outcome
run_logout(const struct run_call *call)
{
    enum run_outcome outcome = run_leave(call->shell, true);

    return outcome == RUN_OK ? RUN_OVER : outcome;
}

/* ---- the screen ---- */

static enum run_outcome
run_terminal_length(const struct run_call *call)
{
    call->shell->length =
        (size_t)argument(call, ARG_TERMINAL_LENGTH_LINES)->number;
    call->shell->length_is_set = true;
    return RUN_OK;
}

static enum run_outcome
run_terminal_width(const struct run_call *call)
{
    call->shell->width =
        (size_t)argument(call, ARG_TERMINAL_WIDTH_COLUMNS)->number;
    call->shell->width_is_set = true;
    return RUN_OK;
}

static enum run_outcome
run_help(const struct run_call *call)
{
    say(call->shell,
        "Type ? for the commands of this mode, the start of a word and ? for "
        "the words\nthat begin so, a word, a blank and ? for what may follow."
        "  Tab completes a word.\nWords may be shortened while they stay "
        "unique; `no` before a command takes it\nback, `default` restores its "
        "default.  `configure terminal` opens a candidate,\n`commit check` "
        "says what it would do, `commit` puts it into force.");
    return RUN_OK;
}

static enum run_outcome
run_history(const struct run_call *call)
{
    const struct run_front *front = call->shell->front;
    struct show_rows *rows = show_rows_new(ROWS_HISTORY);
    enum run_outcome outcome;
    struct output output;
    struct str text;
    const char *line;
    uint64_t number;
    bool json;

    str_init(&text);
    outcome = output_open(&output, call, &json);
    for (number = 0; outcome == RUN_OK; number++) {
        struct value columns[2];

        line = front->history(front->context, number);
        if (line == NULL)
            break;
        columns[COLUMN_HISTORY_NUMBER] = value_number(number + 1);
        str_clear(&text);
        hide_secrets(line, &text);
        columns[COLUMN_HISTORY_COMMAND] = value_text(str_text(&text));
        if (show_rows_add(rows, columns, 2) != OK)
            outcome = RUN_FAILED;
        value_done(&columns[COLUMN_HISTORY_COMMAND]);
    }
    if (outcome == RUN_OK) {
        str_clear(&text);
        if (json) {
            show_rows_json(rows, &text);
        } else {
            show_rows_print(rows, EXEC_SHOW_HISTORY, call->shell->width, &text);
        }
        output_text(&output, str_text(&text));
        output_close(&output);
    }
    str_done(&text);
    show_rows_free(rows);
    return outcome;
}

/* Ctrl-C ends it. */
static enum run_outcome
run_sleep(const struct run_call *call)
{
    const uint64_t us_per_s = 1000000;
    uint64_t us = argument(call, ARG_SLEEP_SECONDS)->number * us_per_s;
    enum run_outcome outcome = run_drain(call->shell);

    interrupt_begin(call->shell);
    if (outcome == RUN_OK)
        (void)interrupt_wait(call->shell, us);
    interrupt_end(call->shell);
    return outcome;
}

static enum run_outcome
run_write_memory(const struct run_call *call)
{
    say(call->shell, "Every commit is kept at once; there is nothing to "
                     "write.  `commit` commits.");
    return RUN_OK;
}

/* ---- the table ---- */

typedef enum run_outcome local_function(const struct run_call *call);

static local_function *const locals[EXEC_COUNT] = {
    [EXEC_LOG_HERE] = run_log_here,
    [EXEC_ENABLE] = run_enable,
    [EXEC_DISABLE] = run_disable,
    [EXEC_VIRTUAL_ROUTER] = run_virtual_router,
    [EXEC_CONFIGURE] = run_configure,
    [EXEC_CONFIGURE_EXCLUSIVE] = run_configure_exclusive,
    [EXEC_CONFIGURE_FILE] = run_configure_file,
    [EXEC_EXIT] = run_exit,
    [EXEC_END] = run_end,
    [EXEC_LOGOUT] = run_logout,
    [EXEC_QUIT] = run_logout,
    [EXEC_HELP] = run_help,
    [EXEC_TERMINAL_LENGTH] = run_terminal_length,
    [EXEC_TERMINAL_WIDTH] = run_terminal_width,
    [EXEC_SHOW_HISTORY] = run_history,
    [EXEC_SHOW_PRIVILEGE] = run_show_privilege,
    [EXEC_SLEEP] = run_sleep,
    [EXEC_MONITOR] = run_monitor,
    [EXEC_TEST_IPSEC_TUNNEL_OFFLINE] = run_test_offline,
    [EXEC_IPSEC_CERTIFICATE_IMPORT] = run_certificate_import,
    [EXEC_IPSEC_CA_ENROLL] = run_enroll,
    [EXEC_COMMIT] = run_commit,
    [EXEC_COMMIT_AND_EXIT] = run_commit,
    [EXEC_COMMIT_CONFIRMED] = run_commit,
    [EXEC_COMMIT_CONFIRMED_AND_EXIT] = run_commit,
    [EXEC_COMMIT_GUARDED] = run_commit,
    [EXEC_COMMIT_GUARDED_AND_EXIT] = run_commit,
    [EXEC_COMMIT_CHECK] = run_commit_check,
    [EXEC_ROLLBACK] = run_rollback,
    [EXEC_ROLLBACK_TO] = run_rollback_to,
    [EXEC_DISCARD] = run_discard,
    [EXEC_SHOW_CONFIGURATION] = run_show_running,
    [EXEC_SHOW_CONFIGURATION_AT] = run_show_at,
    [EXEC_SHOW_CONFIGURATION_BLAME] = run_show_blame,
    [EXEC_SHOW_RUNNING_CONFIGURATION] = run_show_running,
    [EXEC_SHOW_CANDIDATE] = run_show_candidate,
    [EXEC_SAVE] = run_save,
    [EXEC_SAVE_CANDIDATE] = run_save_candidate,
    [EXEC_COPY_RUNNING_CONFIGURATION] = run_copy_running,
    [EXEC_LOAD_MERGE] = run_load_merge,
    [EXEC_LOAD_REPLACE] = run_load_replace,
    [EXEC_LOAD_JSON] = run_load_json,
    [EXEC_WRITE_MEMORY] = run_write_memory,
};

enum run_outcome (*run_local(uint16_t exec))(const struct run_call *call)
{
    return locals[exec];
}
