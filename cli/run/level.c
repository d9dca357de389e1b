/*
 * level.c - the privilege level of the session.
 */
#include "run/shell.h"

#include "base/diag.h"
#include "base/secret.h"
#include "base/str.h"
#include "parse/parse.h"
#include "show/show.h"
#include "wire/client.h"

enum { LEVEL_ENABLE = 10, LEVEL_DISABLE = 1, ATTEMPTS = 3 };

/* Ask for the level; password may be NULL.  out_error: why not, where the
 * outcome is RUN_FAILED and the daemon was asked. */
static enum run_outcome
request_level(struct shell *shell, uint8_t level, const char *password,
    enum err *out_error, struct str *problem)
{
    struct wire_frame frame;
    struct wire_frame reply;
    struct diag diag;
    enum run_outcome outcome;

    wire_frame_init(&frame, WIRE_AUTH, 0);
    wire_add_number(&frame, level);
    wire_add(&frame, password == NULL ? value_none() : value_clear(password));
    outcome = request(shell, &frame, NULL, NULL, &reply);
    *out_error = reply.count == 0 ? OK : wire_reply_err(&reply);
    if (outcome == RUN_OK) {
        shell->level = level;
    } else if (outcome == RUN_FAILED && problem != NULL && reply.count > 0) {
        diag_init(&diag);
        wire_reply_diag(&reply, &diag);
        str_printf(problem, "%% %s",
            diag.count > 0 ? diag.entries[0].sentence : "Access denied.");
        diag_done(&diag);
    }
    wire_frame_done(&reply);
    return outcome;
}

enum run_outcome
run_raise(struct shell *shell, uint8_t level, struct str *problem)
{
    enum err error;

    return request_level(shell, level, NULL, &error, problem);
}

/* One answer to "Password: ", tried. */
static enum run_outcome
try_password(struct shell *shell, uint8_t level, enum err *out_error,
    struct str *problem)
{
    enum run_outcome outcome = RUN_FAILED;
    struct str password;

    str_init(&password);
    *out_error = ERR_DENIED; /* nobody answers: do not ask again */
    if (shell->front->ask(
            shell->front->context, "Password: ", true, &password)) {
        str_clear(problem);
        outcome = request_level(
            shell, level, str_text(&password), out_error, problem);
    } else if (shell->interactive) {
        str_clear(problem);
        str_add(problem, "% Access denied.");
    }
    if (password.text != NULL)
        wipe(password.text, password.room);
    str_done(&password);
    return outcome;
}

enum run_outcome
run_change_level(const struct run_call *call, uint8_t level)
{
    struct shell *shell = call->shell;
    enum run_outcome outcome;
    struct str problem;
    enum err error;
    int attempt;

    str_init(&problem);
    outcome = request_level(shell, level, NULL, &error, &problem);
    for (attempt = 0;
         outcome == RUN_FAILED && error == ERR_AUTH && attempt < ATTEMPTS;
         attempt++)
        outcome = try_password(shell, level, &error, &problem);
    if (outcome == RUN_FAILED && problem.length > 0) {
        str_add_char(&problem, '\n');
        say_problem(shell, call->origin, call->line, str_text(&problem));
    }
    str_done(&problem);
    return outcome;
}

enum run_outcome
run_enable(const struct run_call *call)
{
    const struct value *level = &call->parsed->values[ARG_ENABLE_LEVEL];

    return run_change_level(
        call, value_is_set(level) ? (uint8_t)level->number : LEVEL_ENABLE);
}

enum run_outcome
run_disable(const struct run_call *call)
{
    const struct value *level = &call->parsed->values[ARG_DISABLE_LEVEL];
    uint8_t wanted =
        value_is_set(level) ? (uint8_t)level->number : LEVEL_DISABLE;

    if (wanted > call->shell->level) {
        say_problem(call->shell, call->origin, call->line,
            "% `disable` lowers the level; `enable` raises it.\n");
        return RUN_FAILED;
    }
    return run_change_level(call, wanted);
}

enum run_outcome
run_show_privilege(const struct run_call *call)
{
    const struct value columns[] = {
        [COLUMN_PRIVILEGE_LEVEL] = value_number(call->shell->level),
        [COLUMN_PRIVILEGE_CEILING] = value_number(call->shell->ceiling),
    };
    struct show_rows *rows = show_rows_new(ROWS_PRIVILEGE);
    enum run_outcome outcome;
    struct output output;
    struct str text;
    bool json;

    str_init(&text);
    outcome = output_open(&output, call, &json);
    if (outcome == RUN_OK && show_rows_add(rows, columns, 2) != OK)
        outcome = RUN_FAILED;
    if (outcome == RUN_OK) {
        if (json) {
            show_rows_json(rows, &text);
        } else {
            show_rows_print(
                rows, EXEC_SHOW_PRIVILEGE, call->shell->width, &text);
        }
        output_text(&output, str_text(&text));
        output_close(&output);
    }
    str_done(&text);
    show_rows_free(rows);
    return outcome;
}
