/*
 * parse.c - a whole line: which command it is, or where it goes wrong.
 *
 * Each walk gives its verdict; the first class in which the line is complete
 * wins.  If it is complete in none, the walk that came furthest explains.
 */
#include "parse/parse.h"

#include "parse/line.h"
#include "parse/match.h"
#include "parse/words.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* How one walk ended. */
struct verdict {
    enum parse_outcome outcome;
    size_t progress; /* words that fitted */
    size_t column;   /* of what is wrong  */
};

struct reading {
    const char *line;
    struct head head;
    bool cut; /* words are those before the '|' */
    struct words words;
    struct walks walks;
    struct verdict verdicts[WALK_COUNT];
};

/* ---- walking ---- */

static void
judge(struct reading *reading, enum walk_class class)
{
    struct verdict *verdict = &reading->verdicts[class];
    const struct words *words = &reading->words;
    const struct walk_start start = {.place = &reading->head.place,
        .form = reading->head.form,
        .first = words->count > 0 ? &words->words[0] : NULL};
    struct walk *walk = walks_begin(&reading->walks, class, &start);
    const struct thread *complete;
    size_t i;

    for (i = 0; i < words->count; i++) {
        enum parse_outcome outcome = walk_word(walk, &words->words[i]);

        if (outcome == PARSE_OK)
            continue;
        *verdict = (struct verdict){.outcome = outcome,
            .progress = i,
            .column = words->words[i].column};
        return;
    }
    *verdict = (struct verdict){.outcome = PARSE_OK, .progress = words->count};
    complete = walk_complete(walk);
    if (complete == NULL || words->count == 0) {
        verdict->outcome = PARSE_INCOMPLETE;
        verdict->column =
            reading->cut && words->bar < words->end ? words->bar : words->end;
    } else if (words->excess != WORDS_NOWHERE && !thread_takes_line(complete)) {
        verdict->outcome = PARSE_INVALID;
        verdict->column = words->excess;
    }
}

static void
read_words(struct reading *reading, bool cut)
{
    reading->cut = cut;
    words_split(reading->line, reading->head.from, cut, &reading->words);
}

/* A '|' ends the words of an exec command; in a setting it is a character
 * like any other. */
static void
judge_all(struct reading *reading)
{
    const struct words *words = &reading->words;

    walks_init(&reading->walks);
    read_words(reading, false);
    judge(reading, WALK_OBJECT);
    if (reading->verdicts[WALK_OBJECT].outcome == PARSE_OK)
        return;
    judge(reading, WALK_GLOBAL);
    if (reading->verdicts[WALK_GLOBAL].outcome == PARSE_OK)
        return;
    if (words->bar != WORDS_NOWHERE)
        read_words(reading, true);
    judge(reading, WALK_EXEC);
}

static unsigned
outcome_rank(enum parse_outcome outcome)
{
    switch (outcome) {
    case PARSE_OK:
        return 3;
    case PARSE_INCOMPLETE:
        return 2;
    case PARSE_AMBIGUOUS:
        return 1;
    case PARSE_NOTHING:
    case PARSE_UNRECOGNIZED:
    case PARSE_INVALID:
        break;
    }
    return 0;
}

static bool
is_better(const struct verdict *a, const struct verdict *b)
{
    if ((a->outcome == PARSE_OK) != (b->outcome == PARSE_OK))
        return a->outcome == PARSE_OK;
    if (a->progress != b->progress)
        return a->progress > b->progress;
    return outcome_rank(a->outcome) > outcome_rank(b->outcome);
}

/* The first that is complete; a verdict behind it was not asked for. */
static enum walk_class
best_class(const struct reading *reading)
{
    enum walk_class best = WALK_OBJECT;
    unsigned i;

    for (i = 1; i < WALK_COUNT; i++) {
        if (reading->verdicts[best].outcome == PARSE_OK)
            break;
        if (is_better(&reading->verdicts[i], &reading->verdicts[best]))
            best = (enum walk_class)i;
    }
    return best;
}

/* ---- a line that is right ---- */

/* The words of one slot, as value_read wants them. */
struct slot_words {
    const char *words[PARSE_WORDS_MAX];
    size_t count;
    size_t column;
};

static void
refuse(struct parse_result *result, uint16_t pattern,
    const struct schema_token *slot, size_t column)
{
    struct expectation e;

    result->outcome = PARSE_INVALID;
    result->column = column;
    expectation_init(&e, result->expected, sizeof result->expected);
    expectation_of_slot(&e, pattern, slot);
}

static void
read_slot(struct parse_result *result, uint16_t pattern,
    const struct schema_token *slot, const struct slot_words *typed)
{
    const struct schema_field *field = slot_field(pattern, slot);
    struct value value = value_none();

    if (typed->count == 0)
        return;
    if (value_read(&field->type, slot->masked, typed->words, typed->count,
            &value) != OK) {
        value_done(&value);
        refuse(result, pattern, slot, typed->column);
        return;
    }
    value_done(&result->values[slot->field]);
    result->values[slot->field] = value;
}

/* The rest of the line as it was typed, blanks and quotes included. */
static void
read_line(const struct reading *reading, struct parse_result *result,
    uint16_t pattern, const struct schema_token *slot, size_t column)
{
    char rest[PARSE_LINE_MAX + 1];
    size_t length = reading->words.end - column;
    struct slot_words typed = {.words = {rest}, .count = 1, .column = column};

    memcpy(rest, reading->line + column, length);
    rest[length] = '\0';
    read_slot(result, pattern, slot, &typed);
}

/* Follow the pattern that won once more and read its values. */
static void
read_values(const struct reading *reading, uint16_t pattern,
    struct parse_result *result, struct thread *out_end)
{
    struct thread thread = {.pattern = pattern};
    const struct schema_token *slot = NULL;
    struct slot_words typed = {.count = 0};
    size_t i;

    for (i = 0; i < reading->words.count; i++) {
        const struct word *word = &reading->words.words[i];
        const struct schema_token *next = thread_next(&thread);
        uint8_t before = thread.next;

        thread_advance(&thread, word);
        if (thread.next != before) {
            if (slot != NULL)
                read_slot(result, pattern, slot, &typed);
            slot = next->kind == TOKEN_SLOT ? next : NULL;
            typed.count = 0;
            typed.column = word->column;
        }
        if (slot == NULL)
            continue;
        if (thread_takes_line(&thread)) {
            read_line(reading, result, pattern, slot, word->column);
            slot = NULL;
            break;
        }
        typed.words[typed.count++] = slot_text(slot, word->text);
    }
    if (slot != NULL)
        read_slot(result, pattern, slot, &typed);
    *out_end = thread;
}

/* Which fields a negated merge setting is about: those typed, and the one
 * whose keyword ends the line. */
static void
name_fields(struct parse_result *result, const struct thread *end)
{
    const struct schema_command *command = &schema_commands[result->command];
    const struct schema_pattern *pattern = &schema_patterns[result->pattern];
    const struct schema_token *next = thread_next(end);
    size_t i;

    if (command->kind != COMMAND_SETTING ||
        !schema_objects[command->object].settings[command->setting].merge)
        return;
    for (i = 0; i < end->next; i++) {
        const struct schema_token *token =
            &schema_tokens[pattern->first_token + i];

        if (token->kind == TOKEN_SLOT)
            result->named[token->field] = true;
    }
    if (next != NULL && next->kind == TOKEN_SLOT)
        result->named[next->field] = true;
}

static void
find_filter(const struct reading *reading, struct parse_result *result)
{
    const char *at;

    if (!reading->cut || reading->words.bar == WORDS_NOWHERE)
        return;
    at = reading->line + reading->words.bar;
    at += *at == '|';
    while (parse_is_blank(*at))
        at++;
    result->filter = at;
}

static void
accept(
    struct reading *reading, enum walk_class class, struct parse_result *result)
{
    const struct thread *complete = walk_complete(&reading->walks.of[class]);
    struct thread end;

    assert(complete != NULL);
    if (class != WALK_EXEC && reading->cut)
        read_words(reading, false);
    result->outcome = PARSE_OK;
    result->pattern = complete->pattern;
    result->command = schema_patterns[complete->pattern].command;
    result->negated = reading->head.form == FORM_NO;
    result->defaulted = reading->head.form == FORM_DEFAULT;
    read_values(reading, complete->pattern, result, &end);
    if (reading->head.form != FORM_PLAIN)
        name_fields(result, &end);
    if (class == WALK_EXEC && !thread_takes_line(&end))
        find_filter(reading, result);
}

/* ---- a line that is wrong ---- */

/* What could have stood there, in all walks that came as far; after `ip`, not
 * in those for which it is short for `ipsec`. */
static void
expect(const struct reading *reading, enum walk_class best,
    struct parse_result *result)
{
    const struct verdict *verdict = &reading->verdicts[best];
    bool one_is_named = false;
    bool named[WALK_COUNT];
    struct expectation e;
    size_t i;

    for (i = 0; i < WALK_COUNT; i++) {
        named[i] =
            verdict->progress > 0 &&
            reading->verdicts[i].progress == verdict->progress &&
            walk_is_named(&reading->walks.of[i], &reading->words.words[0]);
        one_is_named = one_is_named || named[i];
    }
    expectation_init(&e, result->expected, sizeof result->expected);
    for (i = 0; i < WALK_COUNT; i++) {
        if (reading->verdicts[i].progress != verdict->progress ||
            (one_is_named && !named[i]))
            continue;
        if (verdict->outcome == PARSE_AMBIGUOUS) {
            expectation_add_ambiguous(&e, &reading->walks.of[i],
                &reading->words.words[verdict->progress]);
        } else {
            expectation_add(&e, &reading->walks.of[i],
                verdict->progress < reading->words.count
                    ? &reading->words.words[verdict->progress]
                    : NULL);
        }
    }
    expectation_finish(&e);
    if (e.count == 0 && verdict->outcome == PARSE_INVALID) {
        (void)snprintf(
            result->expected, sizeof result->expected, "the end of the line");
    }
}

/* Does the line go wrong in a word whose quote is not closed? */
static bool
quote_is_open(const struct reading *reading, size_t progress)
{
    return progress < reading->words.count &&
           reading->words.words[progress].open;
}

static void
reject(
    struct reading *reading, enum walk_class best, struct parse_result *result)
{
    const struct verdict *verdict = &reading->verdicts[best];
    bool first = verdict->progress == 0;

    if (best != WALK_EXEC && reading->cut)
        read_words(reading, false);
    result->outcome = verdict->outcome;
    result->column = verdict->column;
    if (quote_is_open(reading, verdict->progress)) {
        (void)snprintf(
            result->expected, sizeof result->expected, "a closing quote");
    } else if (!first || verdict->outcome == PARSE_AMBIGUOUS) {
        expect(reading, best, result);
    }
    if (first && verdict->outcome == PARSE_INVALID &&
        reading->head.form == FORM_PLAIN)
        result->outcome = PARSE_UNRECOGNIZED;
}

/* ---- the line ---- */

static void
parse_after(
    const struct head *head, const char *line, struct parse_result *result)
{
    struct reading reading;
    enum walk_class best;

    reading.line = line;
    reading.head = *head;
    memset(reading.verdicts, 0, sizeof reading.verdicts);
    judge_all(&reading);
    best = best_class(&reading);
    if (reading.verdicts[best].outcome == PARSE_OK) {
        accept(&reading, best, result);
    } else {
        reject(&reading, best, result);
    }
}

static void
result_init(struct parse_result *result)
{
    *result = (struct parse_result){.outcome = PARSE_NOTHING,
        .command = SCHEMA_NONE,
        .pattern = SCHEMA_NONE};
}

void
parse_line(const struct parse_place *place, const char *line,
    struct parse_result *out_result)
{
    size_t foreign = line_find_foreign(line);
    size_t from = 0;
    struct head head;

    result_init(out_result);
    if (foreign != WORDS_NOWHERE) {
        out_result->outcome = PARSE_INVALID;
        out_result->column = foreign;
        (void)snprintf(out_result->expected, sizeof out_result->expected, "%s",
            foreign == PARSE_LINE_MAX ? "a shorter line"
                                      : "no control character");
        return;
    }
    while (parse_is_blank(line[from]))
        from++;
    if (line[from] == '\0' || line[from] == '!')
        return;
    head_take(place, line, from, &head);
    parse_after(&head, line, out_result);
    if (out_result->outcome == PARSE_UNRECOGNIZED && head.from == from &&
        head_take_short(place, line, from, &head)) {
        parse_result_done(out_result);
        parse_after(&head, line, out_result);
    }
}

void
parse_result_done(struct parse_result *result)
{
    size_t i;

    for (i = 0; i < PARSE_VALUES_MAX; i++) {
        if (result->values[i].kind != VALUE_NONE)
            value_done(&result->values[i]);
    }
    result_init(result);
}
