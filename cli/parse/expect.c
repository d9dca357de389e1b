/*
 * expect.c - in words, what could have stood where a line went wrong.
 *
 * One slot gets a phrase; several choices become a list, each once, cut at
 * the room there is.
 */
#include "parse/line.h"

#include "base/str.h"
#include "parse/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char list_start[] = "one of:";
static const char list_more[] = " ...";

void
expectation_init(struct expectation *e, char *text, size_t room)
{
    *e = (struct expectation){.text = text, .room = room};
    e->length = strlen(list_start);
    memcpy(text, list_start, e->length + 1);
}

/* Is the word in the list, between blanks? */
static bool
has_word(const struct expectation *e, const char *word)
{
    size_t length = strlen(word);
    const char *at = e->text;

    while ((at = strstr(at, word)) != NULL) {
        if (at > e->text && at[-1] == ' ' &&
            (at[length] == ' ' || at[length] == '\0'))
            return true;
        at++;
    }
    return false;
}

static void
add_word(struct expectation *e, const char *word)
{
    size_t length = strlen(word);

    if (e->full || has_word(e, word))
        return;
    if (e->length + 1 + length + strlen(list_more) >= e->room) {
        e->full = true;
        memcpy(e->text + e->length, list_more, sizeof list_more);
        return;
    }
    e->text[e->length] = ' ';
    memcpy(e->text + e->length + 1, word, length + 1);
    e->length += 1 + length;
    e->count++;
}

static void
add_enum(struct expectation *e, const struct schema_enum *enumeration,
    const char *prefix)
{
    size_t i;

    for (i = 0; i < enumeration->count; i++) {
        const char *word = enumeration->values[i].word;

        if (strncasecmp(word, prefix, strlen(prefix)) == 0)
            add_word(e, word);
    }
}

static bool
is_enum(enum type_kind kind)
{
    return kind == TYPE_ENUM || kind == TYPE_ENUM_LIST;
}

static void
add_slot(
    struct expectation *e, uint16_t pattern, const struct schema_token *slot)
{
    const struct schema_type *type = &slot_field(pattern, slot)->type;
    struct str label;

    if (is_enum(type->kind)) {
        add_enum(e, &schema_enums[type->enumeration], "");
        return;
    }
    str_init(&label);
    if (slot->word != NULL && !slot->prefix_optional)
        str_add(&label, slot->word);
    type_label(type, &label);
    if (!has_word(e, str_text(&label))) {
        e->slot = slot;
        e->pattern = pattern;
    }
    add_word(e, str_text(&label));
    str_done(&label);
}

static void
add_token(
    struct expectation *e, uint16_t pattern, const struct schema_token *token)
{
    if (token == NULL)
        return;
    if (token->kind == TOKEN_SLOT) {
        add_slot(e, pattern, token);
    } else {
        add_word(e, token->word);
    }
}

/* Does the wrong word begin with the slot's prefix, as in "ipsec:" and a name
 * that is too long?  Then that slot was meant, and no other. */
static bool
is_meant(const struct schema_token *token, const struct word *word)
{
    return token != NULL && word != NULL && token->kind == TOKEN_SLOT &&
           token->word != NULL && !token->prefix_optional &&
           slot_text(token, word->text) != NULL;
}

/* A word that is too short or too long for this slot: the label alone would
 * not say why. */
static void
note_length(
    struct expectation *e, const struct thread *thread, const struct word *word)
{
    const struct schema_token *slot = thread_next(thread);
    const struct schema_type *type;

    if (slot == NULL || word == NULL || slot->kind != TOKEN_SLOT ||
        slot->masked || slot->word != NULL)
        return;
    type = &slot_field(thread->pattern, slot)->type;
    if (type->kind != TYPE_TEXT && type->kind != TYPE_SECRET_TEXT)
        return;
    if (word->length < type->min || word->length > type->max)
        e->misfit = type;
}

void
expectation_add(
    struct expectation *e, const struct walk *walk, const struct word *word)
{
    bool one_is_meant = false;
    size_t i;

    for (i = 0; i < walk->count; i++) {
        if (is_meant(thread_next(&walk->live[i]), word))
            one_is_meant = true;
    }
    for (i = 0; i < walk->count; i++) {
        const struct thread *thread = &walk->live[i];

        if (one_is_meant && !is_meant(thread_next(thread), word))
            continue;
        add_token(e, thread->pattern, thread_open(thread));
        add_token(e, thread->pattern, thread_next(thread));
        note_length(e, thread, word);
    }
}

void
expectation_add_ambiguous(
    struct expectation *e, const struct walk *walk, const struct word *word)
{
    size_t i;

    for (i = 0; i < walk->count; i++) {
        const struct thread *thread = &walk->live[i];
        const struct schema_token *next = thread_next(thread);
        const struct schema_type *type;

        if (next == NULL || word->quoted)
            continue;
        if (next->kind == TOKEN_WORD) {
            if (strncasecmp(next->word, word->text, word->length) == 0)
                add_word(e, next->word);
            continue;
        }
        type = &slot_field(thread->pattern, next)->type;
        if (is_enum(type->kind))
            add_enum(e, &schema_enums[type->enumeration], word->text);
    }
}

static void
phrase_text(struct expectation *e, const char *what, const char *prefix,
    const struct schema_type *type)
{
    if (prefix != NULL) {
        (void)snprintf(e->text, e->room,
            "%s and %s of %" PRIu64 " to %" PRIu64 " characters", prefix, what,
            type->min, type->max);
    } else {
        (void)snprintf(e->text, e->room,
            "%s of %" PRIu64 " to %" PRIu64 " characters", what, type->min,
            type->max);
    }
}

static void
phrase(struct expectation *e, const struct schema_token *slot,
    const struct schema_type *type)
{
    const char *prefix = slot->prefix_optional ? NULL : slot->word;

    switch (type->kind) {
    case TYPE_UINT:
        (void)snprintf(e->text, e->room,
            "a number from %" PRIu64 " to %" PRIu64, type->min, type->max);
        break;
    case TYPE_HEX32:
        (void)snprintf(e->text, e->room,
            "a number from %" PRIu64 " to %" PRIu64 ", decimal or 0x",
            type->min, type->max);
        break;
    case TYPE_IPV4:
        (void)snprintf(e->text, e->room, "an address A.B.C.D");
        break;
    case TYPE_MASK:
        (void)snprintf(e->text, e->room, "a mask such as 255.255.255.0");
        break;
    case TYPE_TEXT:
    case TYPE_SECRET_TEXT:
    case TYPE_HASH:
        phrase_text(e, "a word", prefix, type);
        break;
    case TYPE_LINE:
        phrase_text(e, "a text", prefix, type);
        break;
    case TYPE_SECRET_HEX:
        (void)snprintf(e->text, e->room,
            type->max > 1 ? "keys in hexadecimal, an even number of digits each"
                          : "a key in hexadecimal, an even number of digits");
        break;
    case TYPE_FLAG:
    case TYPE_ENUM:
    case TYPE_ENUM_LIST:
        break;
    }
}

void
expectation_of_slot(
    struct expectation *e, uint16_t pattern, const struct schema_token *slot)
{
    const struct schema_type *type = &slot_field(pattern, slot)->type;

    if (slot->masked) {
        (void)snprintf(e->text, e->room, "%s",
            type->kind == TYPE_HASH
                ? "a hash in the form that `show configuration` prints"
                : "keys in the masked form that `show configuration` prints; "
                  "those of another router are typed anew, in clear");
    } else if (is_enum(type->kind)) {
        add_enum(e, &schema_enums[type->enumeration], "");
    } else {
        phrase(e, slot, type);
    }
}

void
expectation_finish(struct expectation *e)
{
    if (e->count == 0) {
        e->text[0] = '\0';
    } else if (e->count == 1 && e->slot != NULL) {
        expectation_of_slot(e, e->pattern, e->slot);
    } else if (e->count == 1) {
        memmove(e->text, e->text + sizeof list_start,
            e->length - sizeof list_start + 1);
    } else if (e->misfit != NULL && !e->full) {
        (void)snprintf(e->text + e->length, e->room - e->length,
            "; WORD has %" PRIu64 " to %" PRIu64 " characters", e->misfit->min,
            e->misfit->max);
    }
}
