/*
 * commit.c - the candidate: opening, committing, discarding, and asking what
 * is to become of it.
 */
#include "run/shell.h"

#include "base/diag.h"
#include "base/str.h"
#include "parse/parse.h"
#include "wire/client.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A verb without arguments; the values of its answer go to out_reply. */
static enum run_outcome
plain_request(
    struct shell *shell, enum wire_verb verb, struct wire_frame *out_reply)
{
    struct wire_frame frame;

    wire_frame_init(&frame, verb, 0);
    return request(shell, &frame, NULL, NULL, out_reply);
}

/* Positions in the answer to SHOW_STATUS and to COMMIT, see wire.h. */
enum {
    STATUS_CHANGED = 1,
    STATUS_GENERATION = 3,
    STATUS_HOSTNAME = 4,
};
enum {
    COMMITTED_OUTCOME,
    COMMITTED_GENERATION,
    COMMITTED_CREATED,
    COMMITTED_REMOVED,
    COMMITTED_RESTARTED,
    COMMITTED_LIVE,
    COMMITTED_RENEGOTIATED,
    COMMITTED_UNTOUCHED,
    COMMITTED_DOWN,
    COMMITTED_UP,
};
/* Outcomes. */
enum {
    OUTCOME_DONE,
    OUTCOME_NOTHING,
    OUTCOME_KNOWN,
    OUTCOME_CONFIRMED,
    OUTCOME_EXTENDED,
    OUTCOME_DONE_CONFIRMED,
};

/* A commit may have changed the name in the prompt, also another session's:
 * each answer brings it along. */
static enum run_outcome
status(struct shell *shell, struct wire_frame *out_reply)
{
    struct wire_frame frame;
    enum run_outcome outcome;
    const char *name;

    wire_frame_init(&frame, WIRE_SHOW, 0);
    wire_add_number(&frame, SHOW_STATUS);
    outcome = request(shell, &frame, NULL, NULL, out_reply);
    if (outcome == RUN_OK) {
        name = value_string(wire_reply_value(out_reply, STATUS_HOSTNAME));
        if (*name != '\0')
            snprintf(shell->hostname, sizeof shell->hostname, "%s", name);
    }
    return outcome;
}

static void
refresh_hostname(struct shell *shell)
{
    struct wire_frame reply;

    (void)status(shell, &reply);
    wire_frame_done(&reply);
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
    if (outcome == RUN_OK && shell->interactive)
        refresh_hostname(shell);
    return outcome;
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

static void
add_count(struct str *out, uint64_t count, const char *what)
{
    if (count > 0) {
        str_printf(out, "%s%llu %s", out->length > 0 ? ", " : "",
            (unsigned long long)count, what);
    }
}

/* What a commit did that waits to be confirmed now. */
static void
say_waiting(struct shell *shell, unsigned long long generation,
    const struct run_commit_order *order)
{
    struct str guard;

    str_init(&guard);
    if (order->guard_s > 0) {
        str_printf(&guard, ", or when a tunnel that was up is down for %llu s",
            (unsigned long long)order->guard_s);
    }
    say(shell,
        "Generation %llu will be rolled back in %llu %s%s: `commit` "
        "keeps it.",
        generation, (unsigned long long)order->minutes,
        order->minutes == 1 ? "minute" : "minutes", str_text(&guard));
    str_done(&guard);
}

/* What the commit did, or would do, in one line. */
static void
say_summary(struct shell *shell, const struct wire_frame *reply, bool check)
{
    struct str tunnels;

    str_init(&tunnels);
    add_count(&tunnels, reply_number(reply, COMMITTED_CREATED), "created");
    add_count(&tunnels, reply_number(reply, COMMITTED_REMOVED), "removed");
    add_count(&tunnels, reply_number(reply, COMMITTED_DOWN), "taken down");
    add_count(&tunnels, reply_number(reply, COMMITTED_UP), "brought up");
    add_count(&tunnels, reply_number(reply, COMMITTED_RESTARTED), "restarted");
    add_count(&tunnels, reply_number(reply, COMMITTED_RENEGOTIATED),
        "changed with their next negotiation");
    add_count(&tunnels, reply_number(reply, COMMITTED_LIVE), "changed live");
    if (tunnels.length == 0) {
        str_add(&tunnels, "none disturbed");
    } else {
        add_count(
            &tunnels, reply_number(reply, COMMITTED_UNTOUCHED), "untouched");
    }
    if (check) {
        say(shell, "Commit check passed.  Tunnels: %s.", str_text(&tunnels));
    } else {
        say(shell, "Commit complete, generation %llu.  Tunnels: %s.",
            (unsigned long long)reply_number(reply, COMMITTED_GENERATION),
            str_text(&tunnels));
    }
    str_done(&tunnels);
}

static void
say_outcome(struct shell *shell, const struct wire_frame *reply,
    const struct run_commit_order *order)
{
    unsigned long long generation = reply_number(reply, COMMITTED_GENERATION);

    switch (reply_number(reply, COMMITTED_OUTCOME)) {
    case OUTCOME_NOTHING:
        say(shell, "Nothing to commit: the candidate is what is running.");
        return;
    case OUTCOME_KNOWN:
        say(shell, "Already committed with this id: generation %llu.",
            generation);
        return;
    case OUTCOME_CONFIRMED:
        say(shell, "Generation %llu is confirmed.", generation);
        return;
    case OUTCOME_EXTENDED:
        break;
    case OUTCOME_DONE_CONFIRMED:
        say_summary(shell, reply, order->check);
        say(shell, "Generation %llu, which waited, is confirmed.",
            generation - 1);
        return;
    default:
        say_summary(shell, reply, order->check);
    }
    if (order->minutes > 0 && !order->check)
        say_waiting(shell, generation, order);
}

static void
commit_frame(const struct run_commit_order *order, struct wire_frame *out_frame)
{
    wire_frame_init(out_frame, WIRE_COMMIT, 0);
    wire_add_number(out_frame, order->check);
    wire_add_text(out_frame, order->comment);
    wire_add_text(out_frame, order->label);
    wire_add_text(out_frame, order->id);
    wire_add_number(out_frame, order->minutes);
    wire_add_number(out_frame, order->guard_s);
}

/* The answer, told; without a candidate there may still have been something
 * to confirm. */
static enum run_outcome
finish_commit(struct shell *shell, const struct run_origin *origin,
    const char *line, const struct run_commit_order *order,
    const struct wire_frame *reply)
{
    bool refused = wire_reply_err(reply) != OK;
    struct diag diag;

    if (!refused && !shell->candidate_open &&
        reply_number(reply, COMMITTED_OUTCOME) == OUTCOME_NOTHING) {
        say_problem(shell, origin, line,
            "% There is no candidate; `configure terminal` opens one.\n");
        return RUN_FAILED;
    }
    diag_init(&diag);
    wire_reply_diag(reply, &diag);
    say_diag(shell, origin, refused ? line : NULL, &diag);
    diag_done(&diag);
    if (refused) {
        say_problem(shell, origin, NULL,
            shell->interactive && shell->candidate_open
                ? "% Nothing was committed; the candidate is kept.\n"
                : "% Nothing was committed.\n");
        return RUN_FAILED;
    }
    say_outcome(shell, reply, order);
    return RUN_OK;
}

enum run_outcome
run_commit_now(struct shell *shell, const struct run_origin *origin,
    const char *line, const struct run_commit_order *order)
{
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;

    commit_frame(order, &frame);
    outcome = request(shell, &frame, NULL, NULL, &reply);
    if (outcome == RUN_LOST || reply.count == 0) {
        wire_frame_done(&reply);
        return outcome;
    }
    outcome = finish_commit(shell, origin, line, order, &reply);
    wire_frame_done(&reply);
    if (outcome == RUN_OK && !order->check) {
        shell->has_committed = true;
        refresh_hostname(shell);
    }
    return outcome;
}

/* The six forms of `commit` have the arguments of the longest, in its order,
 * as far as they go. */
enum { MINUTES_DEFAULT = 10, GUARD_DEFAULT_S = 120 };

static const struct commit_form {
    uint16_t exec;
    bool confirmed;
    bool guarded;
    bool and_exit;
} forms[] = {
    {EXEC_COMMIT,                    false, false, false},
    {EXEC_COMMIT_AND_EXIT,           false, false, true },
    {EXEC_COMMIT_CONFIRMED,          true,  false, false},
    {EXEC_COMMIT_CONFIRMED_AND_EXIT, true,  false, true },
    {EXEC_COMMIT_GUARDED,            true,  true,  false},
    {EXEC_COMMIT_GUARDED_AND_EXIT,   true,  true,  true },
};

static_assert(
    (int)ARG_COMMIT_COMMENT == (int)ARG_COMMIT_GUARDED_COMMENT &&
        (int)ARG_COMMIT_LABEL == (int)ARG_COMMIT_GUARDED_LABEL &&
        (int)ARG_COMMIT_ID == (int)ARG_COMMIT_GUARDED_ID &&
        (int)ARG_COMMIT_CONFIRMED_MINUTES == (int)ARG_COMMIT_GUARDED_MINUTES,
    "one order of arguments");

static const struct commit_form *
form_of(uint16_t exec)
{
    size_t i = 0;

    while (forms[i].exec != exec)
        i++;
    return &forms[i];
}

static uint64_t
number_or(const struct value *value, uint64_t otherwise)
{
    return value_is_set(value) ? value->number : otherwise;
}

enum run_outcome
run_commit(const struct run_call *call)
{
    const struct commit_form *form =
        form_of(schema_commands[call->parsed->command].exec);
    const struct value *values = call->parsed->values;
    struct run_commit_order order = {
        .comment = value_string(&values[ARG_COMMIT_GUARDED_COMMENT]),
        .label = value_string(&values[ARG_COMMIT_GUARDED_LABEL]),
        .id = value_string(&values[ARG_COMMIT_GUARDED_ID]),
    };
    enum run_outcome outcome;

    if (form->confirmed) {
        order.minutes =
            number_or(&values[ARG_COMMIT_GUARDED_MINUTES], MINUTES_DEFAULT);
    }
    if (form->guarded) {
        order.guard_s =
            number_or(&values[ARG_COMMIT_GUARDED_GUARD], GUARD_DEFAULT_S);
    }
    outcome = run_commit_now(call->shell, call->origin, call->line, &order);
    if (outcome == RUN_OK && form->and_exit) {
        shell_leave_object(call->shell);
        call->shell->mode = MODE_EXEC;
        outcome = run_end_exclusive(call->shell);
    }
    return outcome;
}

static const struct run_commit_order plain_order = {.comment = "",
    .label = "",
    .id = ""};

enum run_outcome
run_commit_check(const struct run_call *call)
{
    struct run_commit_order order = plain_order;

    order.check = true;
    return run_commit_now(call->shell, call->origin, call->line, &order);
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
    if (shell->is_exclusive) {
        shell->is_exclusive = false;
        say(shell, "This session does not hold the configuration exclusively "
                   "any more.");
    }
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

/* The first letter of the choice that the answer is, shortened or not; 0: it
 * is none.  A line that was pasted ahead may only begin like one. */
static char
read_choice(const char *answer, bool ends_session)
{
    static const char *const choices[] = {"commit", "discard", "stay", "keep"};
    const size_t count = ends_session ? 3 : 4;
    size_t length = strcspn(answer, " ");

    if (answer[length + strspn(answer + length, " ")] != '\0')
        return '\0';
    for (size_t i = 0; i < count; i++) {
        if (strncasecmp(choices[i], answer, length) == 0 &&
            length <= strlen(choices[i]))
            return choices[i][0];
    }
    return '\0';
}

/* c, d, k or s; the person is asked until the answer is one of the choices.
 * What cannot be read means to stay. */
static char
ask_what_to_do(struct shell *shell, uint64_t objects, bool ends_session)
{
    const struct run_front *front = shell->front;
    struct str question;
    struct str answer;
    char choice = '\0';
    int attempt;

    str_init(&question);
    str_init(&answer);
    str_printf(&question, "%llu changed %s not committed: %s or stay? [stay] ",
        (unsigned long long)objects, objects == 1 ? "object is" : "objects are",
        ends_session ? "commit, discard" : "commit, discard, keep");
    for (attempt = 0; attempt < 5 && choice == '\0'; attempt++) {
        str_clear(&answer);
        if (!front->ask(front->context, str_text(&question), false, &answer) ||
            answer.length == 0)
            break;
        choice = read_choice(str_text(&answer), ends_session);
    }
    str_done(&question);
    str_done(&answer);
    if (choice == '\0')
        return 's';
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
        return run_commit_now(shell, &console, NULL, &plain_order);
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
