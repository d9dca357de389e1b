/*
 * batch.c - lines from the command line, from files, from standard input.
 *
 * All sources are one session.  The first wrong line ends it, with file, line
 * and caret on standard error; what was not committed by then is gone with
 * the session, so nothing is ever half applied.
 *
 * With --check or --replace the sources are configuration alone: each file is
 * loaded (it may be JSON), each -c is a line of global configuration.
 */
#include "session/session.h"

#include "base/secret.h"
#include "base/str.h"
#include "run/run.h"
#include "session/greeting.h"
#include "session/progress_line.h"
#include "wire/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The context of its hooks. */
struct batch {
    int error;       /* the first reason why output could not be written */
    bool from_stdin; /* its lines are being taken                        */
    struct progress_line bar;
};

static void
print(void *context, const char *text)
{
    struct batch *batch = context;

    progress_line_show(&batch->bar, NULL);
    if (fputs(text, stdout) < 0 && batch->error == 0)
        batch->error = errno;
}

static void
complain(void *context, const char *text)
{
    struct batch *batch = context;

    progress_line_show(&batch->bar, NULL);
    fflush(stdout); /* in the order in which things happened */
    fputs(text, stderr);
}

static void
progress(void *context, const char *text)
{
    struct batch *batch = context;

    progress_line_show(&batch->bar, text);
}

/* The next line of standard input, without its end; there may be a key in it.
 * False: there is none. */
static bool
take_line(struct str *out)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length = getline(&line, &room, stdin);
    ssize_t end = length;

    while (end > 0 && (line[end - 1] == '\n' || line[end - 1] == '\r'))
        end--;
    if (length >= 0)
        str_add_n(out, line, (size_t)end);
    if (line != NULL)
        wipe(line, room);
    free(line);
    return length >= 0;
}

/* Of a text to load: standard input, which is not a file of the batch then. */
static enum run_input
input(void *context, const char *prompt, struct str *out_line)
{
    (void)context;
    (void)prompt;
    return take_line(out_line) ? INPUT_LINE : INPUT_END;
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

    (void)question;
    return hidden && batch->from_stdin && take_line(out);
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
    .input = input,
    .context = NULL};

/* Is it configuration alone that the sources hold? */
static bool
is_load(const struct session_batch *batch)
{
    return batch->replaces || batch->ending == ENDING_CHECK;
}

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
    bool replaces, struct run_origin *command)
{
    struct batch *state = shell->front->context;
    enum run_outcome outcome;

    if (!source->is_file)
        return run_command(shell, source->text, command);
    if (shell->loading != LOADING_NOTHING)
        return run_load_file(shell, source->text, replaces);
    state->from_stdin = str_equal(source->text, "-");
    outcome = run_file(shell, source->text, NULL, NULL);
    state->from_stdin = false;
    return outcome;
}

/* The batch stopped at a wrong line.  It said why; what else is gone? */
static void
give_up(struct shell *shell, const struct session_batch *batch)
{
    uint64_t objects;

    if (is_load(batch)) {
        fputs("% Nothing was changed.\n", stderr);
        return;
    }
    if (run_uncommitted(shell, &objects) != RUN_OK || objects == 0)
        return;
    fprintf(stderr,
        "%% The batch stopped there; %llu uncommitted changed %s discarded.\n",
        (unsigned long long)objects,
        objects == 1 ? "object is" : "objects are");
}

/* `commit`, with what the options say. */
static enum run_outcome
commit(struct shell *shell, const struct session_batch *batch)
{
    static const struct run_origin at_end = {"--commit", 1};
    enum run_outcome outcome;
    struct str line;

    str_init(&line);
    str_add(&line, "commit");
    if (batch->confirm != NULL)
        str_printf(&line, " confirmed %s", batch->confirm);
    if (batch->commit_id != NULL)
        str_printf(&line, " id %s", batch->commit_id);
    outcome = run_line(shell, str_text(&line), &at_end);
    str_done(&line);
    return outcome;
}

/* Nothing is left to commit.  A commit with an id is asked for even so: its
 * answer is whether the id was committed before.  And so is one that is to be
 * confirmed: what waits already gets the minutes anew. */
static enum run_outcome
finish_unchanged(struct shell *shell, const struct session_batch *batch)
{
    if (batch->commit_id != NULL || batch->confirm != NULL)
        return commit(shell, batch);
    if (batch->ending == ENDING_CHECK ||
        (batch->ending == ENDING_COMMIT && shell->candidate_open &&
            !shell->has_committed)) {
        shell->front->print(shell->front->context,
            "Nothing to commit: the candidate is what is running.\n");
    }
    return RUN_OK;
}

/* The end of the batch: nothing uncommitted may be lost without a word. */
static enum run_outcome
finish(struct shell *shell, const struct session_batch *batch,
    bool *out_would_change)
{
    static const struct run_origin at_end = {"--check", 1};
    enum run_outcome outcome;
    uint64_t objects;

    shell->loading = LOADING_NOTHING;
    outcome = run_uncommitted(shell, &objects);
    if (outcome != RUN_OK)
        return outcome;
    if (objects == 0)
        return finish_unchanged(shell, batch);
    if (batch->shows_difference)
        outcome = run_line(shell, "show configuration | compare", &at_end);
    if (outcome != RUN_OK)
        return outcome;
    if (batch->ending == ENDING_COMMIT)
        return commit(shell, batch);
    if (batch->ending == ENDING_CHECK) {
        *out_would_change = true;
        return run_line(shell, "commit check", &at_end);
    }
    if (batch->ending == ENDING_DISCARD)
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
    struct batch state = {.bar = {.fd = STDERR_FILENO}};
    struct shell shell;
    uint64_t generation = 0;

    quiet.print = swallow;
    quiet.context = &state;
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

/* All sources, and what is to become of the candidate. */
static enum run_outcome
run_batch(struct shell *shell, const struct session_batch *batch,
    bool *out_would_change)
{
    struct run_origin command = {"-c", 0};
    enum run_outcome outcome = RUN_OK;
    size_t i;

    /* A level with a secret is for `enable`, so a refusal ends nothing. */
    if (!greeting_tell(shell->client, false, shell, NULL) ||
        (shell->ceiling > shell->level &&
            run_raise(shell, shell->ceiling, NULL) == RUN_LOST))
        outcome = RUN_LOST;
    if (outcome == RUN_OK && is_load(batch)) {
        outcome = run_begin_load(shell, batch->replaces,
            batch->ending == ENDING_CHECK ? LOADING_CHECK : LOADING);
    }
    for (i = 0; outcome == RUN_OK && i < batch->count; i++) {
        outcome =
            run_source(shell, &batch->sources[i], batch->replaces, &command);
    }
    if (outcome == RUN_OK)
        outcome = banner_check_end(shell, &command);
    if (outcome == RUN_OK || outcome == RUN_OVER) {
        outcome = finish(shell, batch, out_would_change);
    } else if (outcome == RUN_FAILED) {
        give_up(shell, batch);
    }
    if (shell->is_closed)
        outcome = RUN_LOST; /* by the daemon, which said why */
    return outcome;
}

enum session_exit
session_batch(struct client *client, const struct session_batch *batch)
{
    struct batch state = {.bar = {.fd = STDERR_FILENO}};
    struct run_front front = batch_front;
    bool would_change = false;
    enum run_outcome outcome;
    struct shell shell;

    front.context = &state;
    if (!batch->hides_progress && isatty(STDERR_FILENO))
        front.progress = progress;
    /* whoever types into a pipe waits for the answer to each line */
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    shell_init(&shell, client, &front, false);
    outcome = run_batch(&shell, batch, &would_change);
    shell_done(&shell);
    if (fflush(stdout) != 0 && state.error == 0)
        state.error = errno;
    if (state.error != 0 && state.error != EPIPE) { /* it may stop reading */
        fprintf(stderr, "%% The output could not be written: %s.\n",
            strerrordesc_np(state.error));
        outcome = outcome == RUN_OK ? RUN_FAILED : outcome;
    }
    if (outcome == RUN_LOST)
        return EXIT_NO_CONNECTION;
    if (outcome == RUN_FAILED)
        return EXIT_REFUSED;
    return would_change ? EXIT_WOULD_CHANGE : EXIT_DONE;
}
