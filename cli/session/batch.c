/*
 * batch.c - lines from the command line, from files, from standard input.
 *
 * All sources are one session.  The first wrong line ends it, with file, line
 * and caret on standard error; what was not committed by then is gone with
 * the session, so nothing is ever half applied.
 */
#include "session/session.h"

#include "base/secret.h"
#include "base/str.h"
#include "run/run.h"
#include "session/greeting.h"
#include "wire/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the hooks below. */
struct batch {
    int error;       /* the first reason why output could not be written */
    bool from_stdin; /* its lines are being taken                        */
};

static void
print(void *context, const char *text)
{
    struct batch *batch = context;

    if (fputs(text, stdout) < 0 && batch->error == 0)
        batch->error = errno;
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

/* To who types a script into standard input, a question is answered by its
 * next line, as at a terminal. */
static bool
next_line(void *context, const char *question, bool hidden, struct str *out)
{
    const struct batch *batch = context;
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    (void)question;
    if (!hidden || batch == NULL || !batch->from_stdin)
        return false;
    length = getline(&line, &room, stdin);
    if (length >= 0)
        str_add_n(out, line, strcspn(line, "\r\n"));
    if (line != NULL)
        wipe(line, room);
    free(line);
    return length >= 0;
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
    .ask = next_line,
    .history = no_history,
    .context = NULL};

/* A command may have several lines, as in ssh HOST 'show version
 * show users'. */
static enum run_outcome
run_command(struct shell *shell, const char *command, struct run_origin *origin)
{
    enum run_outcome outcome = RUN_OK;
    struct str line;

    str_init(&line);
    do {
        size_t length = strcspn(command, "\n");

        str_clear(&line);
        str_add_n(&line, command, length);
        origin->line++;
        outcome = run_line(shell, str_text(&line), origin);
        command += length + (command[length] == '\n');
    } while (outcome == RUN_OK && *command != '\0');
    str_done(&line);
    return outcome == RUN_OK ? run_drain(shell) : outcome;
}

static enum run_outcome
run_source(struct shell *shell, const struct session_source *source,
    struct run_origin *command, struct batch *batch)
{
    enum run_outcome outcome;

    if (source->is_file) {
        batch->from_stdin = str_equal(source->text, "-");
        outcome = run_file(shell, source->text, NULL, NULL);
        batch->from_stdin = false;
        return outcome;
    }
    return run_command(shell, source->text, command);
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
    struct batch state = {0};
    size_t i;

    front.context = &state;
    /* whoever types into a pipe waits for the answer to each line */
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    shell_init(&shell, client, &front, false);
    /* A level with a secret is for `enable`, so a refusal ends nothing. */
    if (!greeting_tell(client, false, &shell, NULL) ||
        (shell.ceiling > shell.level &&
            run_raise(&shell, shell.ceiling, NULL) == RUN_LOST))
        outcome = RUN_LOST;
    for (i = 0; outcome == RUN_OK && i < batch->count; i++)
        outcome = run_source(&shell, &batch->sources[i], &command, &state);
    if (outcome == RUN_OK || outcome == RUN_OVER) {
        outcome = finish(&shell, batch->ending);
    } else if (outcome == RUN_FAILED) {
        give_up(&shell);
    }
    if (shell.is_closed)
        outcome = RUN_LOST; /* by the daemon, which said why */
    shell_done(&shell);
    if (fflush(stdout) != 0 && state.error == 0)
        state.error = errno;
    if (state.error != 0 &&
        state.error != EPIPE) { /* a reader may stop reading */
        fprintf(stderr, "%% The output could not be written: %s.\n",
            strerrordesc_np(state.error));
        outcome = outcome == RUN_OK ? RUN_FAILED : outcome;
    }
    if (outcome == RUN_LOST)
        return EXIT_NO_CONNECTION;
    return outcome == RUN_FAILED ? EXIT_REFUSED : EXIT_DONE;
}
