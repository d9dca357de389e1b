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

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* context: the first reason why output could not be written, or 0. */
static void
print(void *context, const char *text)
{
    int *error = context;

    if (fputs(text, stdout) < 0 && *error == 0)
        *error = errno;
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
no_key(void *context, const char *question)
{
    (void)context;
    (void)question;
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
        return run_file(shell, source->text, NULL, NULL);
    command->line++;
    outcome = run_line(shell, source->text, command);
    return outcome == RUN_OK ? run_drain(shell) : outcome;
}

/* The batch stopped at a wrong line.  It said why; what else is gone? */
static void
give_up(struct shell *shell)
{
    uint64_t objects;

    if (run_uncommitted(shell, &objects) != RUN_OK || objects == 0)
        return;
    fprintf(stderr,
        "%% The batch stopped there; %llu uncommitted changed %s discarded.\n",
        (unsigned long long)objects,
        objects == 1 ? "object is" : "objects are");
}

/* The end of the batch: nothing uncommitted may be lost without a word. */
static enum run_outcome
finish(struct shell *shell, enum session_ending ending)
{
    static const struct run_origin at_end = {"--commit", 1};
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
        "%% The batch ends with %llu uncommitted changed %s discarded.\n"
        "%% End it with `commit`, or give --commit or --discard.\n",
        (unsigned long long)objects,
        objects == 1 ? "object, which is" : "objects, which are");
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
    shell.errors_only = true;
    outcome = run_raise(&shell, shell.ceiling, NULL);
    if (outcome == RUN_OK)
        outcome = run_generation(&shell, &generation);
    if (outcome == RUN_OK && generation == 0) {
        outcome = run_file(&shell, path, NULL, NULL);
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
    struct run_front front = batch_front;
    struct shell shell;
    int error = 0;
    size_t i;

    front.context = &error;
    /* whoever types into a pipe waits for the answer to each line */
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    shell_init(&shell, client, &front, false);
    if (shell.ceiling > shell.level)
        outcome = run_raise(&shell, shell.ceiling, NULL);
    for (i = 0; outcome == RUN_OK && i < batch->count; i++)
        outcome = run_source(&shell, &batch->sources[i], &command);
    if (outcome == RUN_OK || outcome == RUN_OVER) {
        outcome = finish(&shell, batch->ending);
    } else if (outcome == RUN_FAILED) {
        give_up(&shell);
    }
    shell_done(&shell);
    if (fflush(stdout) != 0 && error == 0)
        error = errno;
    if (error != 0 && error != EPIPE) { /* a reader may stop reading */
        fprintf(stderr, "%% The output could not be written: %s.\n",
            strerrordesc_np(error));
        outcome = outcome == RUN_OK ? RUN_FAILED : outcome;
    }
    if (outcome == RUN_LOST)
        return EXIT_NO_CONNECTION;
    return outcome == RUN_FAILED ? EXIT_REFUSED : EXIT_DONE;
}
