/*
 * file.c - the lines of a file, one after the other.
 */
#include "run/run.h"

#include "base/str.h"
#include "run/shell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_DEPTH_MAX = 8,
    LOOK_EVERY = 64, /* lines between two looks at clock and keyboard */
    BLOCK = 8 * 1024
};

static const char byte_order_mark[] = "\xef\xbb\xbf";

static bool
is_script(const char *first_line)
{
    return str_has_prefix(first_line, "! Configuration script");
}

/* Enter global configuration for a script; remembers where we were. */
static enum run_outcome
enter_config(struct shell *shell)
{
    enum run_outcome outcome = run_open(shell);

    if (outcome == RUN_OK)
        shell_enter_top(shell);
    return outcome;
}

/* Why the file cannot be read, under the line that named it. */
static enum run_outcome
refuse_file(struct shell *shell, const struct run_origin *from,
    const char *line, const char *text)
{
    if (from != NULL) {
        say_problem(shell, from, line, text);
    } else {
        shell->front->complain(shell->front->context, text);
    }
    return RUN_FAILED;
}

void
add_unreadable(const char *path, int error, struct str *out)
{
    str_printf(out, "%% Cannot read %s: %s.\n", path, strerrordesc_np(error));
}

/* One line as it was read, its end included. */
static enum run_outcome
run_file_line(struct shell *shell, char *line, size_t length,
    const struct run_origin *origin)
{
    enum run_outcome outcome = RUN_OK;

    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        line[--length] = '\0';
    if (strlen(line) != length) {
        say_problem(shell, origin, NULL,
            "% The line holds a zero byte; this is not a text file.\n");
        return RUN_FAILED;
    }
    if (origin->line == 1 && str_has_prefix(line, byte_order_mark))
        line += strlen(byte_order_mark);
    if (origin->line == 1 && line[0] == '{' &&
        shell->loading == LOADING_NOTHING) {
        say_problem(shell, origin, NULL,
            "% This is JSON: `load json FILE` takes it, and so do --check and "
            "--replace.\n");
        return RUN_FAILED;
    }
    if (origin->line == 1 && is_script(line))
        outcome = enter_config(shell);
    return outcome == RUN_OK ? run_line(shell, line, origin) : outcome;
}

/* Ctrl-C: the line under way is the last. */
static bool
is_interrupted(struct shell *shell, const struct run_origin *origin)
{
    if (!interrupt_pressed(shell))
        return false;
    say_problem(shell, origin, NULL, "% Stopped there by Ctrl-C.\n");
    return true;
}

static enum run_outcome
run_lines(
    struct shell *shell, struct run_stream *stream, struct progress *progress)
{
    struct run_origin *origin = &stream->origin;
    unsigned first = origin->line;
    enum run_outcome outcome = RUN_OK;
    struct str problem;
    char *line = NULL;
    size_t room = 0;
    ssize_t length = 0;

    while (outcome == RUN_OK &&
           (length = getline(&line, &room, stream->file)) >= 0) {
        origin->line++;
        outcome = run_file_line(shell, line, (size_t)length, origin);
        if (outcome != RUN_OK || (origin->line - first) % LOOK_EVERY != 0)
            continue;
        progress_step(progress, origin->line - first);
        if (is_interrupted(shell, origin))
            outcome = RUN_FAILED;
    }
    progress_end(progress);
    if (length < 0 && ferror(stream->file)) {
        str_init(&problem);
        add_unreadable(origin->file, errno, &problem);
        outcome = refuse_file(shell, NULL, NULL, str_text(&problem));
        str_done(&problem);
    }
    free(line);
    if (outcome == RUN_OK)
        outcome = banner_check_end(shell, origin);
    if (outcome != RUN_OK)
        shell_drop_banner(shell); /* it would swallow what comes next */
    return outcome == RUN_OK ? run_drain(shell) : outcome;
}

enum run_outcome
run_stream(struct shell *shell, struct run_stream *stream, uint64_t total)
{
    struct run_stream *outer = shell->stream;
    struct progress progress = {.shell = NULL};
    enum run_outcome outcome;

    interrupt_begin(shell);
    if (outer == NULL)
        progress_begin(&progress, shell, stream->origin.file, total);
    shell->stream = stream;
    outcome = run_lines(shell, stream, &progress);
    shell->stream = outer;
    interrupt_end(shell);
    return outcome;
}

/* Lines of a file that can be read twice, if somebody looks; else 0. */
static uint64_t
count_lines(const struct shell *shell, FILE *file)
{
    struct stat status;
    uint64_t lines = 0;
    char block[BLOCK];
    off_t at = 0;
    ssize_t length;
    ssize_t i;

    if (shell->front->progress == NULL || shell->stream != NULL ||
        fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode))
        return 0;
    while ((length = pread(fileno(file), block, sizeof block, at)) > 0) {
        for (i = 0; i < length; i++)
            lines += block[i] == '\n';
        at += length;
    }
    return lines;
}

enum run_outcome
run_file(struct shell *shell, const char *path, const struct run_origin *from,
    const char *line)
{
    /* a person's standard input is the keyboard, and no file */
    bool from_stdin = !shell->interactive && str_equal(path, "-");
    struct run_stream stream = {
        .origin = {from_stdin ? "stdin" : path, 0}
    };
    enum run_outcome outcome;
    struct str problem;

    if (shell->file_depth == FILE_DEPTH_MAX) {
        return refuse_file(shell, from, line,
            "% Files call each other more than eight deep.\n");
    }
    stream.file = from_stdin ? stdin : fopen(path, "re");
    if (stream.file == NULL) {
        str_init(&problem);
        add_unreadable(path, errno, &problem);
        outcome = refuse_file(shell, from, line, str_text(&problem));
        str_done(&problem);
        return outcome;
    }
    shell->file_depth++;
    outcome = run_stream(shell, &stream, count_lines(shell, stream.file));
    shell->file_depth--;
    if (!from_stdin)
        fclose(stream.file);
    return outcome;
}
