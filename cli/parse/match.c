/*
 * match.c - following all patterns of a place at once.
 */
#include "parse/match.h"

#include "parse/words.h"

#include <string.h>
#include <strings.h>

/* How well a word fits a token, worst first. */
enum fit {
    FIT_NONE,
    FIT_TEXT,      /* any word would do                        */
    FIT_AMBIGUOUS, /* shortens several values of an enumeration */
    FIT_TYPED,     /* a value of a type that not all words are of */
    FIT_PREFIX,    /* a shortened keyword                      */
    FIT_EXACT,     /* a keyword                                */
};

/* ---- one slot ---- */

const struct schema_field *
slot_field(uint16_t pattern, const struct schema_token *slot)
{
    const struct schema_command *command =
        &schema_commands[schema_patterns[pattern].command];

    if (command->kind == COMMAND_EXEC)
        return &schema_execs[command->exec].args[slot->field];
    return &schema_objects[command->object].fields[slot->field];
}

const char *
slot_text(const struct schema_token *slot, const char *text)
{
    size_t length;

    if (slot->word == NULL)
        return text;
    length = strlen(slot->word);
    if (strncasecmp(text, slot->word, length) == 0)
        return text + length;
    return slot->prefix_optional ? text : NULL;
}

static enum fit
fit_enum(const struct schema_enum *e, const char *text)
{
    size_t length = strlen(text);
    unsigned found = 0;
    size_t i;

    if (length == 0)
        return FIT_NONE;
    for (i = 0; i < e->count; i++) {
        if (strncasecmp(e->values[i].word, text, length) != 0)
            continue;
        if (e->values[i].word[length] == '\0')
            return FIT_TYPED;
        found++;
    }
    if (found == 0)
        return FIT_NONE;
    return found == 1 ? FIT_TYPED : FIT_AMBIGUOUS;
}

static enum fit
fit_number(const struct schema_type *type, const char *text)
{
    struct value value = value_none();
    enum err error = value_read(type, false, &text, 1, &value);

    value_done(&value);
    return error == OK ? FIT_TYPED : FIT_NONE;
}

static enum fit
fit_text(const struct schema_type *type, const char *text, bool prefixed)
{
    size_t length = strlen(text);

    if (length < type->min || length > type->max)
        return FIT_NONE;
    return prefixed ? FIT_TYPED : FIT_TEXT;
}

static enum fit
fit_hex(const char *text)
{
    size_t digits = strspn(text, "0123456789abcdefABCDEF");

    return digits > 0 && text[digits] == '\0' ? FIT_TYPED : FIT_NONE;
}

static enum fit
fit_slot(const struct schema_token *slot, const struct schema_type *type,
    const struct word *word)
{
    const char *text = slot_text(slot, word->text);

    if (type->kind == TYPE_LINE)
        return FIT_TEXT;
    if (text == NULL || word->open)
        return FIT_NONE;
    if (slot->masked)
        return text[0] == '\0' ? FIT_NONE : FIT_TEXT;
    switch (type->kind) {
    case TYPE_UINT:
    case TYPE_HEX32:
    case TYPE_IPV4:
    case TYPE_MASK:
        return fit_number(type, text);
    case TYPE_ENUM:
    case TYPE_ENUM_LIST:
        return fit_enum(&schema_enums[type->enumeration], text);
    case TYPE_TEXT:
    case TYPE_SECRET_TEXT:
    case TYPE_HASH:
        return fit_text(type, text, text != word->text);
    case TYPE_SECRET_HEX:
        return fit_hex(text);
    case TYPE_FLAG:
    case TYPE_LINE:
        break;
    }
    return FIT_NONE;
}

/* The same letter, in either case. */
bool
may_be_keyword(const struct word *word, const char *keyword)
{
    enum { CASE_BIT = 0x20 };

    return (word->text[0] | CASE_BIT) == (keyword[0] | CASE_BIT);
}

static enum fit
fit_token(
    uint16_t pattern, const struct schema_token *token, const struct word *word)
{
    if (token->kind == TOKEN_SLOT)
        return fit_slot(token, &slot_field(pattern, token)->type, word);
    if (word->quoted || word->open || !may_be_keyword(word, token->word) ||
        strncasecmp(token->word, word->text, word->length) != 0)
        return FIT_NONE;
    return token->word[word->length] == '\0' ? FIT_EXACT : FIT_PREFIX;
}

/* ---- one thread ---- */

static const struct schema_token *
pattern_token(uint16_t pattern, size_t index)
{
    return &schema_tokens[schema_patterns[pattern].first_token + index];
}

const struct schema_token *
thread_open(const struct thread *thread)
{
    if (thread->taken == 0)
        return NULL;
    return pattern_token(thread->pattern, thread->next - 1U);
}

const struct schema_token *
thread_next(const struct thread *thread)
{
    if (thread->next >= schema_patterns[thread->pattern].token_count)
        return NULL;
    return pattern_token(thread->pattern, thread->next);
}

bool
thread_takes_line(const struct thread *thread)
{
    const struct schema_token *last;

    if (thread->next == 0)
        return false;
    last = pattern_token(thread->pattern, thread->next - 1U);
    return last->kind == TOKEN_SLOT &&
           slot_field(thread->pattern, last)->type.kind == TYPE_LINE;
}

bool
thread_is_complete(const struct thread *thread, enum walk_form form)
{
    const struct schema_pattern *pattern = &schema_patterns[thread->pattern];

    if (thread->next >= pattern->token_count)
        return true;
    if (form == FORM_PLAIN || thread->next == 0)
        return false;
    return thread->next >= pattern->negate_from ||
           thread->next == pattern->negate_at;
}

/* How many words the slot takes at most. */
static size_t
slot_words(uint16_t pattern, const struct schema_token *slot)
{
    return slot->masked ? 1 : type_words(&slot_field(pattern, slot)->type);
}

static enum fit
thread_fit(struct thread *thread, const struct word *word)
{
    const struct schema_token *open = thread_open(thread);
    const struct schema_token *next = thread_next(thread);
    enum fit stay = FIT_NONE;
    enum fit move = FIT_NONE;

    if (thread_takes_line(thread))
        return FIT_TEXT;
    if (open != NULL)
        stay = fit_token(thread->pattern, open, word);
    if (next != NULL)
        move = fit_token(thread->pattern, next, word);
    if (stay != FIT_NONE && move < FIT_PREFIX) {
        thread->taken++;
        if (thread->taken >= slot_words(thread->pattern, open))
            thread->taken = 0;
        return stay;
    }
    if (move == FIT_NONE)
        return FIT_NONE;
    thread->next++;
    thread->taken =
        next->kind == TOKEN_SLOT && slot_words(thread->pattern, next) > 1;
    return move;
}

void
thread_advance(struct thread *thread, const struct word *word)
{
    (void)thread_fit(thread, word);
}

/* ---- a walk ---- */

/* Is the word the beginning of more than one keyword? */
static bool
shortens_several(const struct walk *walk, const uint8_t *fits)
{
    const char *keyword = NULL;
    size_t i;

    for (i = 0; i < walk->count; i++) {
        const struct schema_token *next = thread_next(&walk->live[i]);

        if (next == NULL || fits[i] != FIT_PREFIX)
            continue;
        if (keyword != NULL && strcmp(keyword, next->word) != 0)
            return true;
        keyword = next->word;
    }
    return false;
}

/* Is the thread where the one before it is, and what comes next the same? */
static bool
goes_along(const struct thread *thread, const struct thread *before)
{
    return thread->pattern == before->pattern + 1 &&
           thread->next < schema_patterns[thread->pattern].shared &&
           thread->next == before->next && thread->taken == before->taken;
}

enum parse_outcome
walk_word(struct walk *walk, const struct word *word)
{
    struct thread moved[PATTERN_COUNT];
    uint8_t fits[PATTERN_COUNT];
    enum fit best = FIT_NONE;
    size_t kept = 0;
    size_t i;

    for (i = 0; i < walk->count; i++) {
        if (i > 0 && goes_along(&walk->live[i], &walk->live[i - 1])) {
            moved[i] = moved[i - 1];
            moved[i].pattern = walk->live[i].pattern;
            fits[i] = fits[i - 1];
            continue;
        }
        moved[i] = walk->live[i];
        fits[i] = (uint8_t)thread_fit(&moved[i], word);
        if (fits[i] > best)
            best = (enum fit)fits[i];
    }
    if (best == FIT_NONE)
        return PARSE_INVALID;
    if (best == FIT_AMBIGUOUS)
        return PARSE_AMBIGUOUS;
    if (best == FIT_PREFIX && shortens_several(walk, fits))
        return PARSE_AMBIGUOUS;
    for (i = 0; i < walk->count; i++) {
        if (fits[i] == (uint8_t)best)
            walk->live[kept++] = moved[i];
    }
    walk->count = kept;
    return PARSE_OK;
}

bool
walk_is_named(const struct walk *walk, const struct word *first)
{
    size_t i;

    for (i = 0; i < walk->count; i++) {
        const struct schema_token *token =
            pattern_token(walk->live[i].pattern, 0);

        if (token->kind == TOKEN_WORD &&
            strcasecmp(token->word, first->text) == 0)
            return true;
    }
    return false;
}

const struct thread *
walk_complete(const struct walk *walk)
{
    size_t i;

    for (i = 0; i < walk->count; i++) {
        if (thread_is_complete(&walk->live[i], walk->form))
            return &walk->live[i];
    }
    return NULL;
}
