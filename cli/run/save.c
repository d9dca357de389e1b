/*
 * save.c - the configuration into a file, as a script that makes it again.
 */
#include "run/shell.h"

#include "base/str.h"
#include "parse/parse.h"

/* show: what writes it; how: `force` or not set. */
static enum run_outcome
save(const struct run_call *call, const struct value *file,
    const struct value *how,
    enum run_outcome (*show)(const struct run_call *call))
{
    struct shell *shell = call->shell;
    struct redirect redirect;
    enum run_outcome outcome;

    redirect_init(&redirect);
    str_add(&redirect.path, value_string(file));
    redirect.keeps = !value_is_set(how);
    shell->redirect = &redirect;
    outcome = show(call);
    shell->redirect = NULL;
    outcome = redirect_finish(&redirect, call, outcome);
    if (outcome == RUN_OK)
        say(shell, "Saved as %s.", value_string(file));
    return outcome;
}

enum run_outcome
run_save(const struct run_call *call)
{
    const struct value *values = call->parsed->values;

    return save(
        call, &values[ARG_SAVE_FILE], &values[ARG_SAVE_HOW], run_show_running);
}

enum run_outcome
run_save_candidate(const struct run_call *call)
{
    const struct value *values = call->parsed->values;

    return save(call, &values[ARG_SAVE_CANDIDATE_FILE],
        &values[ARG_SAVE_CANDIDATE_HOW], run_show_candidate);
}

enum run_outcome
run_copy_running(const struct run_call *call)
{
    const struct value *values = call->parsed->values;

    return save(call, &values[ARG_COPY_RUNNING_CONFIGURATION_FILE],
        &values[ARG_COPY_RUNNING_CONFIGURATION_HOW], run_show_running);
}
