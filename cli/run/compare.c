/*
 * compare.c - `show configuration | compare [rollback N]`: what the candidate
 * changes.
 */
#include "run/shell.h"

#include "base/str.h"
#include "parse/parse.h"
#include "show/show.h"
#include "wire/client.h"

#include <string.h>
#include <strings.h>

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
compare(const struct run_call *call, const uint64_t *back)
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
    return finish_show(call, &output, &taker.text, outcome, &reply);
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

bool
run_compare(const struct run_call *call, enum run_outcome *out_outcome)
{
    struct parse_result parsed = *call->parsed;
    struct run_call rest = {call->shell, call->line, call->origin, &parsed};
    struct comparison comparison;

    if (read_comparison(call->parsed->filter, &comparison) != OK) {
        say_problem(call->shell, call->origin, call->line,
            "% A comparison is `compare`, or `compare rollback` and how many "
            "commits back.\n");
        *out_outcome = RUN_FAILED;
        return true;
    }
    if (!comparison.is_wanted)
        return false;
    parsed.filter = comparison.rest;
    *out_outcome =
        compare(&rest, comparison.has_back ? &comparison.back : NULL);
    return true;
}
