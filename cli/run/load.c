/*
 * load.c - the configuration of a text into the candidate, all or nothing.
 *
 *    read       the whole text: a file, or what is typed up to its end
 *    mark       the daemon remembers the candidate
 *    [empty]    of a replacement: only what is always there remains
 *    type       its lines, from global configuration mode on, or its JSON
 *    keep, or back to the mark at the first thing that is wrong
 *
 * Because the candidate is compared with what is running object by object,
 * what a replacement types again as it was is no change.
 */
#include "run/load.h"

#include "base/diag.h"
#include "base/str.h"
#include "parse/parse.h"
#include "wire/client.h"

#include <string.h>

/* ---- the mark ---- */

static enum run_outcome
send_mark(struct shell *shell, enum wire_rollback mode)
{
    struct wire_frame frame;
    const struct run_origin nowhere = {NULL, 0};
    struct wire_frame reply;
    enum run_outcome outcome;
    struct diag diag;

    wire_frame_init(&frame, WIRE_ROLLBACK, 0);
    wire_add_number(&frame, mode);
    wire_add(&frame, value_none());
    outcome = request(shell, &frame, NULL, NULL, &reply);
    if (outcome == RUN_FAILED) {
        diag_init(&diag);
        wire_reply_diag(&reply, &diag);
        say_diag(shell, &nowhere, NULL, &diag);
        diag_done(&diag);
    }
    wire_frame_done(&reply);
    return outcome;
}

enum run_outcome
run_mark(struct shell *shell)
{
    return send_mark(shell, ROLLBACK_MARK);
}

enum run_outcome
run_back_to_mark(struct shell *shell)
{
    /* what was sent ahead of the wrong line is to be undone as well */
    if (run_drain(shell) == RUN_LOST)
        return RUN_LOST;
    return send_mark(shell, ROLLBACK_TO_MARK);
}

enum run_outcome
run_forget_mark(struct shell *shell)
{
    return send_mark(shell, ROLLBACK_FORGET);
}

/* ---- lines ---- */

/* Where the person was, to stand there again. */
struct place {
    uint16_t mode;
    uint16_t object;
    struct value keys[SCHEMA_KEYS_MAX];
    char vr[sizeof((struct shell *)NULL)->vr];
};

static void
place_take(struct shell *shell, struct place *place)
{
    place->mode = shell->mode;
    place->object = shell->object;
    memcpy(place->keys, shell->keys, sizeof place->keys);
    memset(shell->keys, 0, sizeof shell->keys);
    memcpy(place->vr, shell->vr, sizeof place->vr);
    shell_enter_top(shell);
}

static void
place_put_back(struct shell *shell, struct place *place)
{
    shell_leave_object(shell);
    shell->mode = place->mode;
    shell->object = place->object;
    memcpy(shell->keys, place->keys, sizeof place->keys);
    memcpy(shell->vr, place->vr, sizeof place->vr);
}

/* Something else is in the candidate now: its objects may be gone. */
static void
place_leave(struct shell *shell, struct place *place)
{
    bool was_exec = place->mode == MODE_EXEC;

    place_put_back(shell, place);
    if (!was_exec)
        shell_enter_top(shell);
}

void
load_reparse(struct shell *shell, const char *line, struct parse_result *parsed)
{
    const struct parse_place exec = {
        .mode = MODE_EXEC, .object = SCHEMA_NONE, .level = shell->level};
    struct parse_result again;

    parse_line(&exec, line, &again);
    if (again.outcome == PARSE_OK &&
        schema_commands[again.command].kind == COMMAND_EXEC &&
        schema_commands[again.command].exec == EXEC_CONFIGURE) {
        parse_result_done(parsed);
        *parsed = again;
    } else {
        parse_result_done(&again);
    }
}

enum run_outcome
load_exec(const struct run_call *call)
{
    struct shell *shell = call->shell;
    uint16_t exec = schema_commands[call->parsed->command].exec;

    if (exec == EXEC_CONFIGURE || exec == EXEC_END || exec == EXEC_EXIT) {
        if (exec == EXEC_EXIT && shell->object != SCHEMA_NONE) {
            shell_exit_object(shell);
        } else {
            shell_enter_top(shell);
        }
        return RUN_OK;
    }
    if (shell->loading == LOADING_CHECK &&
        str_has_prefix(schema_execs[exec].name, "commit"))
        return RUN_OK;
    say_problem(shell, call->origin, call->line,
        "% This is no configuration, and only that can be loaded; "
        "`configure file` runs files with other commands.\n");
    return RUN_FAILED;
}

static enum run_outcome
load_lines(struct shell *shell, struct load *load)
{
    struct run_stream stream = {
        .origin = {load->name, load->line}
    };
    enum run_outcome outcome;
    uint64_t lines = 0;
    size_t i;

    if (load->text.length == 0)
        return RUN_OK;
    for (i = 0; i < load->text.length; i++)
        lines += load->text.text[i] == '\n';
    stream.file = fmemopen(load->text.text, load->text.length, "r");
    if (stream.file == NULL) {
        shell->front->complain(
            shell->front->context, "% There is not enough memory.\n");
        return RUN_FAILED;
    }
    outcome = run_stream(shell, &stream, lines);
    fclose(stream.file);
    return outcome;
}

/* ---- all of it ---- */

/* No line of a script begins with the brace that all JSON begins with. */
static bool
looks_like_json(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '{';
}

static enum run_outcome
type_lines_or_json(struct shell *shell, struct load *load)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    const struct run_origin origin = {load->name, load->line};
    const char *text = str_text(&load->text);
    size_t skip =
        str_has_prefix(text, byte_order_mark) ? strlen(byte_order_mark) : 0;

    if (!load->is_json && !looks_like_json(text + skip))
        return load_lines(shell, load);
    return load_json(shell, &origin, text + skip, load->text.length - skip);
}

static enum run_outcome
type_text(struct shell *shell, struct load *load)
{
    enum run_loading before = shell->loading;
    enum run_outcome outcome = RUN_OK;

    if (load->replaces)
        outcome = send_mark(shell, ROLLBACK_EMPTY);
    if (outcome != RUN_OK)
        return outcome;
    shell->loading = load->loading;
    outcome = type_lines_or_json(shell, load);
    shell->loading = before;
    return outcome;
}

/* The text is there: into the candidate with it. */
static enum run_outcome
load_text(struct shell *shell, struct load *load)
{
    struct place place;
    enum run_outcome outcome = run_open(shell);

    if (outcome == RUN_OK)
        outcome = run_mark(shell);
    if (outcome != RUN_OK)
        return outcome;
    place_take(shell, &place);
    outcome = type_text(shell, load);
    if (outcome == RUN_OK) {
        place_leave(shell, &place);
        return run_forget_mark(shell);
    }
    place_put_back(shell, &place);
    if (outcome != RUN_LOST && run_back_to_mark(shell) == RUN_LOST)
        outcome = RUN_LOST;
    return outcome;
}

static void
say_loaded(struct shell *shell, const char *name)
{
    uint64_t objects;

    if (run_uncommitted(shell, &objects) != RUN_OK)
        return;
    if (objects == 0) {
        say(shell, "Loaded %s: the candidate is what is running.", name);
    } else {
        say(shell,
            "Loaded %s: %llu %s from what is running; `commit` puts the "
            "candidate into force.",
            name, (unsigned long long)objects,
            objects == 1 ? "object differs" : "objects differ");
    }
}

enum run_outcome
run_begin_load(struct shell *shell, bool replaces, enum run_loading loading)
{
    enum run_outcome outcome = run_open(shell);

    if (outcome == RUN_OK && replaces)
        outcome = send_mark(shell, ROLLBACK_EMPTY);
    if (outcome != RUN_OK)
        return outcome;
    shell_enter_top(shell);
    shell->loading = loading;
    return RUN_OK;
}

enum run_outcome
run_load_file(struct shell *shell, const char *path, bool replaces)
{
    const struct asked nobody = {NULL, NULL};
    struct load load = {.loading = shell->loading};
    enum run_outcome outcome;

    str_init(&load.text);
    outcome = load_read_file(shell, &nobody, path, &load);
    if (outcome == RUN_OK && replaces)
        outcome = load_refuse_nothing(shell, &nobody, &load);
    if (outcome == RUN_OK)
        outcome = load_text(shell, &load);
    load_done(&load);
    return outcome;
}

/* file: the argument; not set: `terminal`. */
static enum run_outcome
load_from(
    const struct run_call *call, struct load *load, const struct value *file)
{
    struct shell *shell = call->shell;
    struct asked asked = {call->origin, call->line};
    enum run_outcome outcome;

    load->loading = LOADING;
    str_init(&load->text);
    if (value_is_set(file)) {
        outcome = load_read_file(shell, &asked, value_string(file), load);
    } else if (shell->stream != NULL) {
        outcome = load_read_below(shell, &asked, load);
    } else {
        outcome = load_read_typed(shell, &asked, load);
    }
    if (outcome == RUN_OK && load->replaces)
        outcome = load_refuse_nothing(shell, &asked, load);
    if (outcome == RUN_OK) {
        outcome = load_text(shell, load);
        if (outcome == RUN_OK) {
            say_loaded(shell, load->name);
        } else if (outcome == RUN_FAILED && shell->interactive) {
            say(shell,
                "%% Nothing of %s was loaded; the candidate is as it was.",
                load->name);
        }
    }
    load_done(load);
    return outcome;
}

enum run_outcome
run_load_merge(const struct run_call *call)
{
    struct load load = {.replaces = false};

    return load_from(call, &load, &call->parsed->values[ARG_LOAD_MERGE_FILE]);
}

enum run_outcome
run_load_replace(const struct run_call *call)
{
    struct load load = {.replaces = true};

    return load_from(call, &load, &call->parsed->values[ARG_LOAD_REPLACE_FILE]);
}

enum run_outcome
run_load_json(const struct run_call *call)
{
    struct load load = {.is_json = true};

    return load_from(call, &load, &call->parsed->values[ARG_LOAD_JSON_FILE]);
}
