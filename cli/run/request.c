/*
 * request.c - requests and their answers, and saying what went wrong.
 *
 * Answers come in the order of the requests.  A request that was sent ahead
 * leaves a note of the line that it came from; whoever waits for a later
 * answer meets the earlier ones first, and reports the first that failed.
 */
#include "run/shell.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"
#include "wire/client.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- saying things ---- */

void
say(struct shell *shell, const char *fmt, ...)
{
    struct str text;
    va_list args;

    str_init(&text);
    va_start(args, fmt);
    str_vprintf(&text, fmt, args);
    va_end(args);
    str_add_char(&text, '\n');
    shell->front->print(shell->front->context, str_text(&text));
    str_done(&text);
}

/* Each line of the text with "FILE:LINE: " before it. */
static void
complain_lines(
    struct shell *shell, const struct run_origin *origin, const char *text)
{
    struct str out;
    const char *at = text;

    str_init(&out);
    while (*at != '\0') {
        size_t length = strcspn(at, "\n");

        str_printf(&out, "%s:%u: ", origin->file, origin->line);
        str_add_n(&out, at, length);
        str_add_char(&out, '\n');
        at += length;
        if (*at == '\n')
            at++;
    }
    shell->front->complain(shell->front->context, str_text(&out));
    str_done(&out);
}

void
say_problem(struct shell *shell, const struct run_origin *origin,
    const char *line, const char *text)
{
    struct str shown;

    str_init(&shown);
    if (origin->file == NULL) {
        wrap_text(text, shell->width, &shown);
        shell->front->print(shell->front->context, str_text(&shown));
    } else {
        if (line != NULL) {
            hide_secrets(line, &shown);
            complain_lines(shell, origin, str_text(&shown));
        }
        complain_lines(shell, origin, text);
    }
    str_done(&shown);
}

void
say_diag(struct shell *shell, const struct run_origin *origin, const char *line,
    const struct diag *diag)
{
    struct str text;
    size_t i;

    str_init(&text);
    for (i = 0; i < diag->count; i++) {
        const struct diag_entry *entry = &diag->entries[i];

        if (shell->errors_only && entry->severity == DIAG_WARNING)
            continue;
        str_add(&text, entry->severity == DIAG_WARNING ? "Warning: " : "% ");
        if (entry->path[0] != '\0')
            str_printf(&text, "%s: ", entry->path);
        if (entry->setting[0] != '\0')
            str_printf(&text, "%s: ", entry->setting);
        str_printf(&text, "%s\n", entry->sentence);
    }
    if (text.length > 0)
        say_problem(shell, origin, line, str_text(&text));
    str_done(&text);
}

const char run_lost_text[] =
    "% The connection to ermined is lost.  What was committed is kept;\n"
    "% the candidate of this session is gone.\n";

static enum run_outcome
lost(struct shell *shell)
{
    if (shell->is_closed)
        return RUN_OVER;
    shell->front->complain(shell->front->context, run_lost_text);
    return RUN_LOST;
}

/* ---- answers to what was sent ahead ---- */

static void
remember(struct shell *shell, uint32_t id, const char *line,
    const struct run_origin *origin)
{
    size_t slot = (shell->pending_first + shell->pending_count) % RUN_WINDOW;

    shell->pending[slot] = (struct run_pending){.id = id,
        .file = origin->file == NULL ? NULL : mem_strdup(origin->file),
        .line = origin->line,
        .text = mem_strdup(line)};
    shell->pending_count++;
}

/* The answer to the oldest request sent ahead. */
static enum run_outcome
settle(struct shell *shell, const struct wire_frame *reply, bool quiet)
{
    struct run_pending *oldest = &shell->pending[shell->pending_first];
    struct run_origin origin = {oldest->file, oldest->line};
    enum run_outcome outcome = RUN_OK;
    struct diag diag;

    diag_init(&diag);
    if (!quiet) {
        wire_reply_diag(reply, &diag);
        if (wire_reply_err(reply) != OK) {
            if (diag.count == 0) {
                diag_add(&diag, DIAG_ERROR, NULL, NULL, "Refused: %s.",
                    err_name(wire_reply_err(reply)));
            }
            outcome = RUN_FAILED;
        }
        say_diag(shell, &origin, oldest->text, &diag);
    }
    diag_done(&diag);
    free(oldest->file);
    free(oldest->text);
    shell->pending_first = (shell->pending_first + 1) % RUN_WINDOW;
    shell->pending_count--;
    return outcome;
}

static void
tell_event(struct shell *shell, const struct wire_frame *event)
{
    struct str text;

    if (shell->interactive) {
        say(shell, "%s", wire_text(event, 1));
    } else if (wire_number(event, 0) == WIRE_OVER) {
        str_init(&text);
        str_printf(&text, "%% %s\n", wire_text(event, 1));
        shell->front->complain(shell->front->context, str_text(&text));
        str_done(&text);
    }
    if (wire_number(event, 0) == WIRE_OVER)
        shell->is_closed = true;
}

/* Take answers until at most `left` are outstanding.  After the first failure
 * the others are taken without a word: their lines followed a wrong one. */
static enum run_outcome
settle_until(struct shell *shell, size_t left)
{
    enum run_outcome outcome = RUN_OK;
    struct wire_frame frame;

    while (shell->pending_count > left) {
        if (client_next(shell->client, &frame) != OK)
            return lost(shell);
        if (frame.verb == WIRE_EVENT) {
            tell_event(shell, &frame);
        } else if (frame.verb == WIRE_REPLY) {
            if (settle(shell, &frame, outcome != RUN_OK) != RUN_OK) {
                outcome = RUN_FAILED;
                left = 0;
            }
        }
        wire_frame_done(&frame);
    }
    return outcome;
}

enum run_outcome
run_drain(struct shell *shell)
{
    return settle_until(shell, 0);
}

enum run_outcome
request_ahead(struct shell *shell, struct wire_frame *frame, const char *line,
    const struct run_origin *origin)
{
    enum run_outcome outcome = RUN_OK;

    if (shell->pending_count == RUN_WINDOW)
        outcome = settle_until(shell, RUN_WINDOW / 2);
    if (outcome != RUN_OK) {
        wire_frame_done(frame);
        return outcome;
    }
    remember(shell, client_send(shell->client, frame), line, origin);
    return RUN_OK;
}

enum run_outcome
request(struct shell *shell, struct wire_frame *frame,
    void (*take)(void *taker, const struct wire_frame *row), void *taker,
    struct wire_frame *out_reply)
{
    enum run_outcome outcome = run_drain(shell);
    struct wire_frame answer;
    uint32_t id;

    wire_frame_init(out_reply, WIRE_REPLY, 0);
    if (outcome != RUN_OK) {
        wire_frame_done(frame);
        return outcome;
    }
    id = client_send(shell->client, frame);
    for (;;) {
        if (client_next(shell->client, &answer) != OK)
            return lost(shell);
        if (answer.verb == WIRE_REPLY && answer.id == id)
            break;
        if (answer.verb == WIRE_ROW && answer.id == id && take != NULL) {
            take(taker, &answer);
        } else if (answer.verb == WIRE_EVENT) {
            tell_event(shell, &answer);
        }
        wire_frame_done(&answer);
    }
    *out_reply = answer;
    return wire_reply_err(&answer) == OK ? RUN_OK : RUN_FAILED;
}
