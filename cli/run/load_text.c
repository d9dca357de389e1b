/*
 * load_text.c - the text that is to be loaded: all of it before any is looked
 * at.
 */
#include "run/load.h"

#include "base/secret.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX = 256 * 1024 * 1024, /* bytes; 100,000 tunnels have some 60 MB */
    BLOCK = 8 * 1024
};

/* There may be keys in it. */
void
load_done(struct load *load)
{
    if (load->text.text != NULL)
        wipe(load->text.text, load->text.room);
    str_done(&load->text);
}

static enum run_outcome
refuse(struct shell *shell, const struct asked *asked, const char *text)
{
    if (asked->origin != NULL) {
        say_problem(shell, asked->origin, asked->line, text);
    } else {
        shell->front->complain(shell->front->context, text);
    }
    return RUN_FAILED;
}

static enum run_outcome
refuse_unreadable(
    struct shell *shell, const struct asked *asked, const char *path, int error)
{
    struct str problem;

    str_init(&problem);
    add_unreadable(path, error, &problem);
    (void)refuse(shell, asked, str_text(&problem));
    str_done(&problem);
    return RUN_FAILED;
}

static enum run_outcome
refuse_size(struct shell *shell, const struct asked *asked)
{
    return refuse(shell, asked,
        "% The text is longer than 256 MB; load it in parts with `load "
        "merge`.\n");
}

/* All that the file holds. */
static enum run_outcome
read_stream(struct shell *shell, const struct asked *asked, FILE *file,
    struct load *load)
{
    char block[BLOCK];
    size_t length;

    while ((length = fread(block, 1, sizeof block, file)) > 0) {
        if (load->text.length + length > TEXT_MAX)
            return refuse_size(shell, asked);
        str_add_n(&load->text, block, length);
    }
    if (ferror(file))
        return refuse_unreadable(shell, asked, load->name, errno);
    return RUN_OK;
}

enum run_outcome
load_read_file(struct shell *shell, const struct asked *asked, const char *path,
    struct load *load)
{
    bool from_stdin = !shell->interactive && str_equal(path, "-");
    enum run_outcome outcome;
    FILE *file = from_stdin ? stdin : fopen(path, "re");

    load->name = from_stdin ? "stdin" : path;
    if (from_stdin && shell->stream != NULL && shell->stream->file == stdin)
        load->line = shell->stream->origin.line; /* the rest of the batch */
    if (file == NULL)
        return refuse_unreadable(shell, asked, path, errno);
    outcome = read_stream(shell, asked, file, load);
    if (!from_stdin)
        fclose(file);
    return outcome;
}

/* A line that ends a text that is typed. */
static bool
is_end(const char *line)
{
    return line[0] == '.' && line[1 + strspn(line + 1, " \t\r\n")] == '\0';
}

/* The lines of a batch below the one that asked. */
enum run_outcome
load_read_below(
    struct shell *shell, const struct asked *asked, struct load *load)
{
    struct run_stream *stream = shell->stream;
    enum run_outcome outcome = RUN_OK;
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    load->name = stream->origin.file;
    load->line = stream->origin.line;
    while (outcome == RUN_OK &&
           (length = getline(&line, &room, stream->file)) >= 0) {
        stream->origin.line++;
        if (is_end(line))
            break;
        if (load->text.length + (size_t)length > TEXT_MAX)
            outcome = refuse_size(shell, asked);
        str_add_n(&load->text, line, (size_t)length);
    }
    free(line);
    return outcome;
}

/* All of it before any is looked at: the rest of a pasted text must not be
 * taken for commands after a wrong line. */
enum run_outcome
load_read_typed(
    struct shell *shell, const struct asked *asked, struct load *load)
{
    const struct run_front *front = shell->front;
    enum run_input input = INPUT_END;
    struct str line;

    load->name = shell->interactive ? "terminal" : "stdin";
    if (front->input == NULL)
        return RUN_OK;
    if (shell->interactive) {
        say(shell, "Type or paste the configuration.  Ctrl-D or a single . "
                   "ends it, Ctrl-C gives it up.");
    }
    str_init(&line);
    while ((input = front->input(front->context, "", &line)) == INPUT_LINE &&
           !is_end(str_text(&line)) && load->text.length < TEXT_MAX) {
        str_add_n(&load->text, str_text(&line), line.length);
        str_add_char(&load->text, '\n');
        str_clear(&line);
    }
    str_done(&line);
    if (load->text.length >= TEXT_MAX)
        return refuse_size(shell, asked);
    if (input == INPUT_GIVEN_UP) {
        say(shell, "Given up; nothing was loaded.");
        return RUN_FAILED;
    }
    return RUN_OK;
}

/* Blank lines and comments in place of everything: more likely the output of
 * a program that failed than what is wanted. */
enum run_outcome
load_refuse_nothing(
    struct shell *shell, const struct asked *asked, const struct load *load)
{
    const char *line = str_text(&load->text);
    struct str problem;

    while (*line != '\0') {
        line += strspn(line, " \t\r\n");
        if (*line != '!' && *line != '\0')
            return RUN_OK;
        line += strcspn(line, "\n");
    }
    str_init(&problem);
    str_printf(&problem,
        "%% %s holds no configuration; put in place of all there is it would "
        "remove everything.  `load replace` wants at least one line.\n",
        load->name);
    (void)refuse(shell, asked, str_text(&problem));
    str_done(&problem);
    return RUN_FAILED;
}
