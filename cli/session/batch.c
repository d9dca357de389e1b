/*
 * batch.c - lines from the command line, from files, from standard input.
 *
 * All sources are one session.  The first wrong line ends it, with file, line
 * and caret on standard error; what was not committed by then is gone with
 * the session, so nothing is ever half applied.
 */
#include "session/session.h"

#include "base/str.h"
#include "run/run.h"
#include "wire/client.h"

#include <stdio.h>

static void
print(void *context, const char *text)
{
    (void)context;
    fputs(text, stdout);
}

static void
complain(void *context, const char *text)
{
    (void)context;
    fflush(stdout); /* in the order in which things happened */
    fputs(text, stderr);
}

static void
swallow(void *context, const char *text)
{
    (void)context;
    (void)text;
}

static int
no_key(void *context)
{
    (void)context;
    return 0;
}

static bool
no_answer(void *context, const char *question, bool hidden, struct str *out)
{
    (void)context;
    (void)question;
    (void)hidden;
    (void)out;
    return false;
}

static const char *
no_history(void *context, size_t number)
{
    (void)context;
    (void)number;
    return NULL;
}

static const struct run_front batch_front = {.print = print,
    .complain = complain,
    .key = no_key,
    .ask = no_answer,
    .history = no_history,
    .context = NULL};

static enum run_outcome
run_source(struct shell *shell, const struct session_source *source,
    struct run_origin *command)
{
    enum run_outcome outcome;

    if (source->is_file)
        return run_file(shell, source->text);
    command->line++;
    outcome = run_line(shell, source->text, command);
    return outcome == RUN_OK ? run_drain(shell) : outcome;
}

/* The end of the batch: nothing uncommitted may be lost without a word. */
static enum run_outcome
finish(struct shell *shell, enum session_ending ending)
{
    static const struct run_origin at_end = {"--commit", 0};
    enum run_outcome outcome;
    uint64_t objects;

    outcome = run_uncommitted(shell, &objects);
    if (outcome != RUN_OK || objects == 0)
        return outcome;
    if (ending == ENDING_COMMIT) {
        return run_line(shell, "commit", &at_end);
    }
    if (ending == ENDING_DISCARD)
        return RUN_OK;
    fflush(stdout);
    fprintf(stderr,
        "%% The batch ends with %llu uncommitted changed %s; they are "
        "discarded. End it with `commit`, or give --commit or --discard.\n",
        (unsigned long long)objects, objects == 1 ? "object" : "objects");
    return RUN_FAILED;
}

enum session_exit
session_load(struct client *client, const char *path)
{
    const struct run_origin origin = {path, 0};
    enum run_outcome outcome;
    struct run_front quiet = batch_front;
    struct shell shell;
    uint64_t generation = 0;

    quiet.print = swallow;
    shell_init(&shell, client, &quiet, false);
    outcome = run_raise(&shell, shell.ceiling, NULL) ? RUN_OK : RUN_FAILED;
    if (outcome == RUN_OK)
        outcome = run_generation(&shell, &generation);
    if (outcome == RUN_OK && generation == 0) {
        outcome = run_file(&shell, path);
        if (outcome == RUN_OK)
            outcome = run_line(&shell, "commit", &origin);
    }
    shell_done(&shell);
    return outcome == RUN_OK ? EXIT_DONE : EXIT_REFUSED;
}

enum session_exit
session_batch(struct client *client, const struct session_batch *batch)
{
    struct run_origin command = {"-c", 0};
    enum run_outcome outcome = RUN_OK;
    struct shell shell;
    size_t i;

    shell_init(&shell, client, &batch_front, false);
    if (shell.ceiling > shell.level && !run_raise(&shell, shell.ceiling, NULL))
        outcome = RUN_FAILED;
    for (i = 0; outcome == RUN_OK && i < batch->count; i++)
        outcome = run_source(&shell, &batch->sources[i], &command);
    if (outcome == RUN_OK || outcome == RUN_OVER)
        outcome = finish(&shell, batch->ending);
    shell_done(&shell);
    fflush(stdout);
    if (outcome == RUN_LOST)
        return EXIT_NO_CONNECTION;
    return outcome == RUN_FAILED ? EXIT_REFUSED : EXIT_DONE;
}
