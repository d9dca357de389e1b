/*
 * help.c - what can stand at the cursor, for `?` and Tab.
 *
 * The whole words before the cursor are walked as for execution; what the
 * surviving threads could take next is the answer.  In a sub-mode the
 * commands of global configuration are left out of the bare `?`, where they
 * would bury the sub-mode's own; they appear as soon as a letter is typed.
 */
#include "parse/parse.h"

#include "base/str.h"
#include "parse/choices.h"
#include "parse/line.h"
#include "parse/match.h"
#include "parse/words.h"

#include <string.h>

/* Where the cursor is. */
struct cursor {
    const char *text;
    size_t first; /* column of the first word */
    struct head head;
    struct words words;
    size_t whole;       /* words before the one at the cursor      */
    const char *prefix; /* what is typed of the word at the cursor */
    bool quoted;
    const struct parse_names *names;
};

/* ---- one walk ---- */

static void
add_token(struct parse_choices *choices, const struct cursor *cursor,
    uint16_t pattern, const struct schema_token *token)
{
    struct schema_word keyword;

    if (token == NULL)
        return;
    if (token->kind == TOKEN_SLOT) {
        choices_add_slot(choices, &(struct slot_place){.pattern = pattern,
                                      .slot = token,
                                      .prefix = cursor->prefix,
                                      .quoted = cursor->quoted,
                                      .names = cursor->names});
        return;
    }
    if (cursor->quoted)
        return;
    keyword = (struct schema_word){token->word, token->help};
    choices_add_keyword(choices, cursor->prefix, &keyword);
}

/* Does the command answer with something that a filter could work on? */
static bool
can_be_filtered(const struct thread *thread)
{
    const struct schema_pattern *pattern = &schema_patterns[thread->pattern];
    const struct schema_command *command = &schema_commands[pattern->command];

    if (command->kind != COMMAND_EXEC)
        return false;
    return schema_execs[command->exec].rows != SCHEMA_NONE ||
           str_equal(schema_tokens[pattern->first_token].word, "show");
}

static void
add_end(struct parse_choices *choices, const struct walk *walk,
    const struct cursor *cursor)
{
    const struct thread *complete = walk_complete(walk);

    if (complete == NULL || cursor->prefix[0] != '\0' || cursor->quoted ||
        cursor->whole == 0)
        return;
    choices_add(choices, "<cr>", "", false);
    if (can_be_filtered(complete))
        choices_add(choices, "|", "Filter the output", false);
}

/* Through the words before the cursor; false: they do not fit. */
static bool
walk_whole(struct walk *walk, const struct cursor *cursor)
{
    size_t i;

    for (i = 0; i < cursor->whole; i++) {
        if (walk_word(walk, &cursor->words.words[i]) != PARSE_OK)
            return false;
    }
    return true;
}

static void
add_walk(struct parse_choices *choices, const struct walk *walk,
    const struct cursor *cursor)
{
    size_t i;

    for (i = 0; i < walk->count; i++) {
        const struct thread *thread = &walk->live[i];

        add_token(choices, cursor, thread->pattern, thread_open(thread));
        add_token(choices, cursor, thread->pattern, thread_next(thread));
    }
    add_end(choices, walk, cursor);
}

/* ---- the cursor ---- */

static void
find_cursor(const struct parse_place *place, struct cursor *cursor)
{
    size_t length = strlen(cursor->text);
    const struct word *last;

    head_take(place, cursor->text, cursor->first, &cursor->head);
    if (cursor->head.from == length) {
        /* it may be the beginning of another word */
        cursor->head = (struct head){.place = *place, .from = cursor->first};
    }
    words_split(cursor->text, cursor->head.from, false, &cursor->words);
    cursor->whole = cursor->words.count;
    cursor->prefix = "";
    if (cursor->whole == 0)
        return;
    last = &cursor->words.words[cursor->whole - 1];
    if (!last->open && parse_is_blank(cursor->text[length - 1]))
        return;
    cursor->whole--;
    cursor->prefix = last->text;
    cursor->quoted = last->quoted;
}

/* Behind the '|' of an exec command there are only filters. */
static bool
add_filters(struct parse_choices *choices, struct cursor *cursor)
{
    size_t bar = cursor->words.bar;
    const struct walk_start start = {
        .place = &cursor->head.place, .form = cursor->head.form};
    struct walks walks;
    struct walk *walk;
    const struct thread *complete;
    const struct schema_pattern *pattern;
    const char *last;
    size_t at;
    size_t i;

    if (bar == WORDS_NOWHERE || cursor->text[bar] != '|')
        return false;
    walks_init(&walks);
    walk = walks_begin(&walks, WALK_EXEC, &start);
    words_split(cursor->text, cursor->head.from, true, &cursor->words);
    for (i = 0; i < cursor->words.count; i++) {
        if (walk_word(walk, &cursor->words.words[i]) != PARSE_OK)
            return false;
    }
    complete = walk_complete(walk);
    if (complete == NULL)
        return false;
    pattern = &schema_patterns[complete->pattern];
    last = strrchr(cursor->text, '|') + 1;
    choices_add_filter(choices, schema_commands[pattern->command].exec, last);
    at = strlen(cursor->text);
    while (cursor->text + at > last && !parse_is_blank(cursor->text[at - 1]))
        at--;
    choices->word_at = at;
    return true;
}

static size_t
word_start(const struct cursor *cursor)
{
    size_t at = strlen(cursor->text);

    if (cursor->whole < cursor->words.count)
        return cursor->words.words[cursor->whole].column;
    while (cursor->words.excess != WORDS_NOWHERE && at > 0 &&
           !parse_is_blank(cursor->text[at - 1]))
        at--;
    return at;
}

static void
add_walks(struct parse_choices *choices, struct cursor *cursor)
{
    const struct walk_start start = {
        .place = &cursor->head.place, .form = cursor->head.form};
    struct walks walks;
    bool bare = cursor->whole == 0 && cursor->prefix[0] == '\0';
    bool in_sub_mode = mode_is_sub(cursor->head.place.mode);
    const struct walk *fitting[WALK_COUNT];
    bool named[WALK_COUNT];
    bool one_is_named = false;
    size_t count = 0;
    size_t i;

    if (cursor->whole == 0 && !cursor->quoted &&
        cursor->head.from == cursor->first &&
        mode_configures(cursor->head.place.mode)) {
        for (i = 0; i < HEAD_WORDS_LISTED; i++)
            choices_add_keyword(choices, cursor->prefix, &head_words[i]);
    }
    walks_init(&walks);
    for (i = 0; i < WALK_COUNT; i++) {
        struct walk *walk;

        if (i == WALK_GLOBAL && bare && in_sub_mode)
            continue;
        walk = walks_begin(&walks, (enum walk_class)i, &start);
        if (!walk_whole(walk, cursor))
            continue;
        named[count] =
            cursor->whole > 0 && walk_is_named(walk, &cursor->words.words[0]);
        one_is_named = one_is_named || named[count];
        fitting[count++] = walk;
    }
    for (i = 0; i < count; i++) {
        if (named[i] || !one_is_named)
            add_walk(choices, fitting[i], cursor);
    }
}

void
parse_choices_find(const struct parse_place *place, const char *text,
    const struct parse_names *names, struct parse_choices *out_choices)
{
    struct cursor cursor = {.text = text, .names = names};

    *out_choices = (struct parse_choices){.word_at = strlen(text)};
    if (line_find_foreign(text) != WORDS_NOWHERE)
        return;
    while (parse_is_blank(text[cursor.first]))
        cursor.first++;
    if (text[cursor.first] == '!')
        return;
    find_cursor(place, &cursor);
    out_choices->word_at = word_start(&cursor);
    if (cursor.words.excess != WORDS_NOWHERE)
        return;
    if (!add_filters(out_choices, &cursor)) {
        words_split(text, cursor.head.from, false, &cursor.words);
        add_walks(out_choices, &cursor);
    }
    choices_sort(out_choices);
}

/* How many bytes two texts begin with alike. */
static size_t
common(const char *a, const char *b)
{
    size_t length = 0;

    while (a[length] != '\0' && a[length] == b[length])
        length++;
    return length;
}

void
parse_completion(
    const struct parse_choices *choices, const char *text, struct str *out)
{
    size_t typed = strlen(text + choices->word_at);
    const char *first = NULL;
    size_t shared = 0;
    size_t literals = 0;
    size_t i;

    for (i = 0; i < choices->count; i++) {
        const struct parse_choice *choice = &choices->choices[i];

        if (!choice->literal)
            continue;
        if (literals++ == 0) {
            first = choice->word;
            shared = strlen(first);
        } else {
            size_t alike = common(first, choice->word);

            shared = alike < shared ? alike : shared;
        }
    }
    if (first == NULL || shared < typed)
        return;
    str_add_n(out, first + typed, shared - typed);
    /* after "ipsec:" the name follows without a blank */
    if (literals == 1 && first[shared - 1] != ':')
        str_add_char(out, ' ');
}
