/*
 * exec.c - commands that are not configuration: the router's by EXEC, the
 * configuration shows by SHOW, the shell's own by local.c.
 */
#include "run/shell.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/str.h"
#include "parse/parse.h"
#include "show/show.h"
#include "wire/client.h"

#include <string.h>
#include <strings.h>

void
say_refusal(const struct run_call *call, const struct wire_frame *reply)
{
    struct diag diag;

    diag_init(&diag);
    wire_reply_diag(reply, &diag);
    if (diag.count == 0) {
        diag_add(&diag, DIAG_ERROR, NULL, NULL, "Refused: %s.",
            err_name(wire_reply_err(reply)));
    }
    say_diag(call->shell, call->origin, call->line, &diag);
    diag_done(&diag);
}

/* ---- shows with rows ---- */

static void
take_row(void *context, const struct wire_frame *row)
{
    /* a row of another shape is left out; HELLO compared the schemas */
    if (show_rows_add(context, row->items, row->count) != OK)
        return;
}

static enum run_outcome
run_remote(const struct run_call *call, uint16_t exec)
{
    const struct schema_exec *entry = &schema_execs[exec];
    struct show_rows *rows;
    struct output output;
    struct wire_frame frame;
    struct wire_frame reply;
    struct str text;
    enum run_outcome outcome;
    bool json;
    size_t i;

    if (output_open(&output, call, &json) != RUN_OK)
        return RUN_FAILED;
    wire_frame_init(&frame, WIRE_EXEC, 0);
    wire_add_number(&frame, exec);
    wire_add_text(&frame, call->shell->vr);
    for (i = 0; i < entry->arg_count; i++)
        wire_add(&frame, value_share(&call->parsed->values[i]));
    rows = show_rows_new(entry->rows);
    outcome = request(call->shell, &frame, take_row, rows, &reply);
    if (outcome == RUN_FAILED && reply.count > 0)
        say_refusal(call, &reply);
    if (outcome == RUN_OK) {
        str_init(&text);
        if (json) {
            show_rows_json(rows, &text);
        } else {
            show_rows_print(rows, exec, call->shell->width, &text);
        }
        output_text(&output, str_text(&text));
        str_done(&text);
    }
    wire_frame_done(&reply);
    show_rows_free(rows);
    output_close(&output);
    return outcome;
}

/* ---- the configuration ---- */

enum { CHUNK = 64 * 1024 }; /* bytes of script between two prints */

struct config_taker {
    struct output *output;
    struct str text;
    struct show_script *script;
    struct show_config_json *json;
};

static void
take_object(void *context, const struct wire_frame *row)
{
    struct config_taker *taker = context;
    uint64_t object = wire_number(row, 0);

    if (object >= OBJECT_COUNT ||
        row->count != schema_objects[object].field_count + 1)
        return;
    if (taker->json != NULL) {
        show_config_json_object(taker->json, (uint16_t)object, row->items + 1);
    } else {
        show_script_object(taker->script, (uint16_t)object, row->items + 1);
    }
    if (taker->text.length > CHUNK && taker->json == NULL) {
        output_text(taker->output, str_text(&taker->text));
        str_clear(&taker->text);
    }
}

/* at: of SHOW_AT, a generation or a time */
static enum run_outcome
show_configuration(
    const struct run_call *call, enum wire_show what, const struct value *at)
{
    struct config_taker taker = {0};
    struct output output;
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;
    bool json;

    if (output_open(&output, call, &json) != RUN_OK)
        return RUN_FAILED;
    taker.output = &output;
    str_init(&taker.text);
    if (json) {
        taker.json = show_config_json_new(&taker.text);
    } else {
        taker.script = show_script_new(clock_wall_us(),
            client_identity(call->shell->client)->version, &taker.text);
    }
    wire_frame_init(&frame, WIRE_SHOW, 0);
    wire_add_number(&frame, what);
    if (what == SHOW_AT)
        wire_add(&frame, value_share(at));
    outcome = request(call->shell, &frame, take_object, &taker, &reply);
    if (json) {
        show_config_json_end(taker.json);
    } else {
        show_script_end(taker.script);
    }
    if (outcome == RUN_OK) {
        output_text(&output, str_text(&taker.text));
    } else if (outcome == RUN_FAILED && reply.count > 0) {
        say_refusal(call, &reply);
    }
    wire_frame_done(&reply);
    str_done(&taker.text);
    output_close(&output);
    return outcome;
}

/* ---- compare ---- */

struct change_taker {
    struct str text;
    bool json;
    bool any;
};

/* ROW: object, has_before, has_after, keys, fields before, fields after. */
static void
take_change(void *context, const struct wire_frame *row)
{
    struct change_taker *taker = context;
    const struct value *before = NULL;
    const struct value *after = NULL;
    struct value sides[2][SCHEMA_FIELDS_MAX];
    const struct schema_object *object;
    uint64_t type = wire_number(row, 0);
    size_t settings;
    size_t i;

    if (type >= OBJECT_COUNT)
        return;
    object = &schema_objects[type];
    settings = (size_t)object->field_count - object->key_count;
    if (row->count != 3 + object->key_count + 2 * settings)
        return;
    for (i = 0; i < object->field_count; i++) {
        size_t later = i < object->key_count ? 0 : settings;

        sides[0][i] = row->items[3 + i];
        sides[1][i] = row->items[3 + i + later];
    }
    if (wire_number(row, 1) != 0)
        before = sides[0];
    if (wire_number(row, 2) != 0)
        after = sides[1];
    if (taker->json) {
        show_change_json(
            (uint16_t)type, before, after, !taker->any, &taker->text);
    } else {
        show_change((uint16_t)type, before, after, &taker->text);
    }
    taker->any = true;
}

/* What the candidate changes; with back: since so many commits back. */
static enum run_outcome
run_compare(const struct run_call *call, const uint64_t *back)
{
    struct change_taker taker = {0};
    struct output output;
    struct wire_frame frame;
    struct wire_frame reply;
    enum run_outcome outcome;

    if (output_open(&output, call, &taker.json) != RUN_OK)
        return RUN_FAILED;
    str_init(&taker.text);
    if (taker.json)
        str_add(&taker.text, "{\"format\": 1, \"changes\": [");
    wire_frame_init(&frame, WIRE_SHOW, 0);
    wire_add_number(&frame, SHOW_COMPARE);
    if (back != NULL)
        wire_add_number(&frame, *back);
    outcome = request(call->shell, &frame, take_change, &taker, &reply);
    if (taker.json)
        str_add(&taker.text, "]}\n");
    if (outcome == RUN_OK) {
        output_text(&output, str_text(&taker.text));
    } else if (outcome == RUN_FAILED && reply.count > 0) {
        say_refusal(call, &reply);
    }
    wire_frame_done(&reply);
    str_done(&taker.text);
    output_close(&output);
    return outcome;
}

/* Does the text begin with the word, shortened to at least `least` letters?
 * Then out_rest is what follows it and the blanks behind it. */
static bool
takes_word(
    const char *text, const char *word, size_t least, const char **out_rest)
{
    size_t length = strcspn(text, " |");

    if (length < least || length > strlen(word) ||
        strncasecmp(text, word, length) != 0)
        return false;
    *out_rest = text + length + strspn(text + length, " ");
    return true;
}

/* `| compare [rollback N] [| FILTER]` */
struct comparison {
    bool is_wanted;
    bool has_back;
    uint64_t back;    /* commits */
    const char *rest; /* the filter behind it, or NULL */
};

/* ERR_SYNTAX: after `rollback` there is no number. */
static enum err
read_comparison(const char *filter, struct comparison *out_comparison)
{
    struct comparison comparison = {0};
    const char *at;

    *out_comparison = comparison;
    if (filter == NULL || !takes_word(filter, "compare", 2, &at))
        return OK;
    if (takes_word(at, "rollback", 1, &at)) {
        char number[24];
        size_t length = strcspn(at, " |");

        if (length >= sizeof number)
            return ERR_SYNTAX;
        memcpy(number, at, length);
        number[length] = '\0';
        if (str_to_u64(number, &comparison.back) != OK)
            return ERR_SYNTAX;
        comparison.has_back = true;
        at += length;
        at += strspn(at, " ");
    }
    if (*at != '\0' && *at != '|')
        return comparison.has_back ? ERR_SYNTAX : OK;
    at += *at == '|';
    at += strspn(at, " ");
    comparison.rest = *at == '\0' ? NULL : at;
    comparison.is_wanted = true;
    *out_comparison = comparison;
    return OK;
}

enum run_outcome
run_show_running(const struct run_call *call)
{
    struct parse_result parsed = *call->parsed;
    struct run_call rest = {call->shell, call->line, call->origin, &parsed};
    struct comparison comparison;

    if (read_comparison(call->parsed->filter, &comparison) != OK) {
        say_problem(call->shell, call->origin, call->line,
            "% A comparison is `compare`, or `compare rollback` and how many "
            "commits back.\n");
        return RUN_FAILED;
    }
    if (!comparison.is_wanted)
        return show_configuration(call, SHOW_RUNNING, NULL);
    parsed.filter = comparison.rest;
    return run_compare(&rest, comparison.has_back ? &comparison.back : NULL);
}

enum run_outcome
run_show_at(const struct run_call *call)
{
    const struct value *values = call->parsed->values;
    size_t typed = value_is_set(&values[ARG_SHOW_CONFIGURATION_AT_TIME])
                       ? ARG_SHOW_CONFIGURATION_AT_TIME
                       : ARG_SHOW_CONFIGURATION_AT_GENERATION;

    return show_configuration(call, SHOW_AT, &values[typed]);
}

enum run_outcome
run_show_candidate(const struct run_call *call)
{
    return show_configuration(call, SHOW_CANDIDATE, NULL);
}

enum run_outcome
run_exec(const struct run_call *call)
{
    uint16_t exec = schema_commands[call->parsed->command].exec;
    enum run_outcome (*local)(const struct run_call *) = run_local(exec);

    return local != NULL ? local(call) : run_remote(call, exec);
}
