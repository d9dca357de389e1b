/*
 * commit.c - the candidate: opening, committing, discarding, and asking what
 * is to become of it.
 */
#include "run/shell.h"

#include "base/diag.h"
#include "base/str.h"
#include "parse/parse.h"
#include "wire/client.h"

#include <stdio.h>
#include <string.h>

/* A verb without arguments; the values of its answer go to out_reply. */
static enum run_outcome
plain_request(
    struct shell *shell, enum wire_verb verb, struct wire_frame *out_reply)
{
    struct wire_frame frame;

    wire_frame_init(&frame, verb, 0);
    return request(shell, &frame, NULL, NULL, out_reply);
}

enum run_outcome
run_open(struct shell *shell)
{
    struct run_origin nowhere = {NULL, 0};
    struct wire_frame reply;
    enum run_outcome outcome;
    struct diag diag;

    if (shell->candidate_open)
        return RUN_OK;
    outcome = plain_request(shell, WIRE_OPEN, &reply);
    if (outcome == RUN_FAILED) {
        diag_init(&diag);
        wire_reply_diag(&reply, &diag);
        say_diag(shell, &nowhere, NULL, &diag);
        diag_done(&diag);
    }
    shell->candidate_open = outcome == RUN_OK;
    wire_frame_done(&reply);
    return outcome;
}

/* Positions in the answer to SHOW_STATUS and to COMMIT, see wire.h. */
enum {
    STATUS_CHANGED = 1,
    STATUS_GENERATION = 3,
    STATUS_HOSTNAME = 4,
};
enum {
    COMMITTED_NOTHING,
    COMMITTED_GENERATION,
    COMMITTED_CREATED,
    COMMITTED_REMOVED,
    COMMITTED_RESTARTED,
    COMMITTED_LIVE,
};

static enum run_outcome
status(struct shell *shell, struct wire_frame *out_reply)
{
    struct wire_frame frame;

    wire_frame_init(&frame, WIRE_SHOW, 0);
    wire_add_number(&frame, SHOW_STATUS);
    return request(shell, &frame, NULL, NULL, out_reply);
}

static uint64_t
reply_number(const struct wire_frame *reply, size_t position)
{
    const struct value *value = wire_reply_value(reply, position);

    return value->kind == VALUE_NUMBER ? value->number : 0;
}

enum run_outcome
run_uncommitted(struct shell *shell, uint64_t *out_objects)
{
    struct wire_frame reply;
    enum run_outcome outcome;

    *out_objects = 0;
    if (!shell->candidate_open)
        return RUN_OK;
    outcome = status(shell, &reply);
    if (outcome == RUN_OK)
        *out_objects = reply_number(&reply, STATUS_CHANGED);
    wire_frame_done(&reply);
    return outcome;
}

enum run_outcome
run_generation(struct shell *shell, uint64_t *out_generation)
{
    struct wire_frame reply;
    enum run_outcome outcome = status(shell, &reply);

    if (outcome == RUN_OK)
        *out_generation = reply_number(&reply, STATUS_GENERATION);
    wire_frame_done(&reply);
    return outcome;
}

/* A commit may have changed the name in the prompt. */
static void
refresh_hostname(struct shell *shell)
{
    struct wire_frame reply;
    const char *name;

    if (status(shell, &reply) == RUN_OK) {
        name = value_string(wire_reply_value(&reply, STATUS_HOSTNAME));
        if (*name != '\0')
            snprintf(shell->hostname, sizeof shell->hostname, "%s", name);
    }
    wire_frame_done(&reply);
}

static void
add_count(struct str *out, uint64_t count, const char *what)
{
    if (count > 0) {
        str_printf(out, "%s%llu %s", out->length > 0 ? ", " : "",
            (unsigned long long)count, what);
    }
}

/* What the commit did, or would do, in one line. */
static void
say_summary(struct shell *shell, const struct wire_frame *reply, bool check)
{
    struct str tunnels;

    if (reply_number(reply, COMMITTED_NOTHING) != 0) {
        say(shell, "Nothing to commit: the candidate is what is running.");
        return;
    }
    str_init(&tunnels);
    add_count(&tunnels, reply_number(reply, COMMITTED_CREATED), "created");
    add_count(&tunnels, reply_number(reply, COMMITTED_REMOVED), "removed");
    add_count(&tunnels, reply_number(reply, COMMITTED_RESTARTED), "restarted");
    add_count(&tunnels, reply_number(reply, COMMITTED_LIVE), "changed live");
    if (tunnels.length == 0)
        str_add(&tunnels, "none disturbed");
    if (check) {
        say(shell, "Commit check passed.  Tunnels: %s.", str_text(&tunnels));
    } else {
        say(shell, "Commit complete, generation %llu.  Tunnels: %s.",
            (unsigned long long)reply_number(reply, COMMITTED_GENERATION),
            str_text(&tunnels));
    }
    str_done(&tunnels);
}

enum run_outcome
run_commit_now(struct shell *shell, const struct run_origin *origin,
    const char *line, const char *comment, bool check)
{
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;
    struct diag diag;

    if (!shell->candidate_open) {
        say_problem(shell, origin, line,
            "% There is no candidate; `configure terminal` opens one.\n");
        return RUN_FAILED;
    }
    wire_frame_init(&frame, WIRE_COMMIT, 0);
    wire_add_number(&frame, check);
    wire_add_text(&frame, comment);
    outcome = request(shell, &frame, NULL, NULL, &reply);
    if (outcome == RUN_LOST || reply.count == 0) {
        wire_frame_done(&reply);
        return outcome;
    }
    diag_init(&diag);
    wire_reply_diag(&reply, &diag);
    say_diag(shell, origin, outcome == RUN_FAILED ? line : NULL, &diag);
    diag_done(&diag);
    if (outcome == RUN_FAILED) {
        say_problem(shell, origin, NULL,
            shell->interactive
                ? "% Nothing was committed; the candidate is kept.\n"
                : "% Nothing was committed.\n");
    } else {
        say_summary(shell, &reply, check);
    }
    wire_frame_done(&reply);
    if (outcome == RUN_OK && !check)
        refresh_hostname(shell);
    return outcome;
}

enum run_outcome
run_commit(const struct run_call *call)
{
    return run_commit_now(call->shell, call->origin, call->line,
        value_string(&call->parsed->values[ARG_COMMIT_COMMENT]), false);
}

enum run_outcome
run_commit_and_exit(const struct run_call *call)
{
    enum run_outcome outcome =
        run_commit_now(call->shell, call->origin, call->line,
            value_string(&call->parsed->values[ARG_COMMIT_AND_EXIT_COMMENT]),
            false);

    if (outcome == RUN_OK) {
        shell_leave_object(call->shell);
        call->shell->mode = MODE_EXEC;
    }
    return outcome;
}

enum run_outcome
run_commit_check(const struct run_call *call)
{
    return run_commit_now(call->shell, call->origin, call->line, "", true);
}

/* Throw the candidate away; inside configuration mode a fresh one follows. */
static enum run_outcome
discard(struct shell *shell)
{
    struct wire_frame reply;
    enum run_outcome outcome = plain_request(shell, WIRE_CLOSE, &reply);

    wire_frame_done(&reply);
    if (outcome != RUN_OK)
        return outcome;
    shell->candidate_open = false;
    if (shell->mode == MODE_EXEC)
        return RUN_OK;
    /* the object being configured may have existed in the candidate only */
    shell_enter_top(shell);
    return run_open(shell);
}

enum run_outcome
run_discard(const struct run_call *call)
{
    uint64_t objects;
    enum run_outcome outcome = run_uncommitted(call->shell, &objects);

    if (outcome != RUN_OK)
        return outcome;
    if (!call->shell->candidate_open) {
        say(call->shell, "There is no candidate; nothing to discard.");
        return RUN_OK;
    }
    outcome = discard(call->shell);
    if (outcome == RUN_OK) {
        say(call->shell, "Candidate discarded: %llu changed %s.",
            (unsigned long long)objects, objects == 1 ? "object" : "objects");
    }
    return outcome;
}

/* One of the choices' first letters: c, d, k or s; the person is asked until
 * the answer is one of them.  What cannot be read means to stay. */
static char
ask_what_to_do(struct shell *shell, uint64_t objects, bool ends_session)
{
    const struct run_front *front = shell->front;
    struct str question;
    struct str answer;
    char choice = 's';
    int attempt;

    str_init(&question);
    str_init(&answer);
    str_printf(&question, "%llu changed %s not committed: %s or stay? [stay] ",
        (unsigned long long)objects, objects == 1 ? "object is" : "objects are",
        ends_session ? "commit, discard" : "commit, discard, keep");
    for (attempt = 0; attempt < 5; attempt++) {
        str_clear(&answer);
        if (!front->ask(front->context, str_text(&question), false, &answer))
            break;
        if (answer.length == 0)
            break;
        choice = answer.text[0];
        if (strchr(ends_session ? "cds" : "cdks", choice) != NULL)
            break;
        choice = 's';
    }
    str_done(&question);
    str_done(&answer);
    return choice;
}

enum run_outcome
run_leave(struct shell *shell, bool ends_session)
{
    struct run_origin console = {NULL, 0};
    uint64_t objects;
    enum run_outcome outcome = run_uncommitted(shell, &objects);

    if (outcome != RUN_OK || objects == 0 || !shell->interactive)
        return outcome;
    switch (ask_what_to_do(shell, objects, ends_session)) {
    case 'c':
        return run_commit_now(shell, &console, NULL, "", false);
    case 'd':
        return discard(shell);
    case 'k':
        say(shell, "The candidate is kept until `discard` or the end of "
                   "the session.");
        return RUN_OK;
    default:
        return RUN_FAILED;
    }
}
