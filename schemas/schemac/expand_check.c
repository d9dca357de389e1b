/*
 * expand_check.c - help for every word, the `no` form, and what a pattern
 * must and must not have.
 */
#include "base/str.h"
#include "expand.h"
#include "syntax.h"
#include "types.h"

#include <ctype.h>
#include <string.h>

/* How many words the two paths have in common at most: those of the entry if
 * they are among those of the path, in their order and with the same last;
 * else 0.  "ping source" fits "ping vrf source". */
static size_t
words_that_fit(const char *entry, const char *path)
{
    size_t count = 0;

    for (;;) {
        size_t length = strcspn(entry, " ");
        size_t other = strcspn(path, " ");
        bool same = length == other && strncmp(entry, path, length) == 0;
        bool last = path[other] == '\0';

        if (last || (same && entry[length] == '\0')) {
            same = same && last && entry[length] == '\0';
            if (same)
                return count + 1;
            if (last)
                return 0;
        } else if (same) {
            entry += length + 1;
            count++;
        }
        path += other + 1;
    }
}

/* Help of the last word of a path: of the entry that fits it best. */
static const char *
find_help(const struct model *model, const char *path)
{
    const struct word *word;
    const char *help = NULL;
    size_t best = 0;

    TAILQ_FOREACH(word, &model->words, link) {
        size_t count = words_that_fit(word->path, path);

        if (count > best) {
            best = count;
            help = word->help;
        }
    }
    return help;
}

static void
give_help(
    struct model *model, const struct command *command, struct pattern *pattern)
{
    const char *path = "";

    for (size_t i = 0; i < pattern->count; i++) {
        struct token *token = &pattern->tokens[i];

        if (token->field != NULL)
            continue;
        path = arena_printf(&model->arena, "%s%s%s", path,
            path[0] == '\0' ? "" : " ", token->word);
        token->help = find_help(model, path);
        if (token->help == NULL) {
            report_at(&model->report, &command->place,
                "no help: write  word \"%s\" \"...\"", path);
        }
    }
}

static bool
token_equal(const struct token *a, const struct token *b)
{
    if (a->field != b->field || a->masked != b->masked)
        return false;
    if (a->word == NULL || b->word == NULL)
        return a->word == b->word;
    return str_equal(a->word, b->word);
}

static bool
pattern_equal(const struct pattern *a, const struct pattern *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!token_equal(&a->tokens[i], &b->tokens[i]))
            return false;
    }
    return true;
}

static bool
has_slot(const struct pattern *pattern, const struct field *field, size_t end)
{
    for (size_t i = 0; i < end; i++) {
        if (pattern->tokens[i].field == field)
            return true;
    }
    return false;
}

/* A slot that takes several words ends where the pattern does, or where a
 * list of values meets a word that is none of them. */
static bool
has_end(const struct pattern *pattern, size_t at)
{
    const struct type *type = &pattern->tokens[at].field->type;

    return !type_is_open(type) || at + 1 == pattern->count ||
           (type->form == FORM_LIST && pattern->tokens[at + 1].field == NULL);
}

static void
check_pattern(struct model *model, const struct command *command,
    const struct pattern *pattern)
{
    struct report *report = &model->report;
    const struct pattern *other;

    if (pattern->tokens[0].field != NULL)
        report_at(report, &command->place, "a command starts with a word");
    for (size_t i = 0; i < pattern->count; i++) {
        const struct field *field = pattern->tokens[i].field;

        if (field == NULL)
            continue;
        if (has_slot(pattern, field, i)) {
            report_at(report, &command->place,
                "'%s' is twice in one way to type it", field->name);
        }
        if (!has_end(pattern, i)) {
            report_at(report, &command->place,
                "'%s' takes several words, so it must be the last",
                field->name);
        }
    }
    TAILQ_FOREACH(other, &command->patterns, link) {
        if (other == pattern)
            break;
        if (pattern_equal(other, pattern)) {
            report_at(
                report, &command->place, "two ways to type it are the same");
            break;
        }
    }
}

/* Words before the first slot or bracket: "no tunnel lifetime" is enough. */
static size_t
leading_words(struct arena *arena, const char *syntax)
{
    size_t count = 0;

    while (syntax_next(arena, &syntax).kind == ITEM_WORD)
        count++;
    return count;
}

/* The same of one way to type it. */
static size_t
words_before_slot(const struct pattern *pattern)
{
    size_t count = 0;

    while (count < pattern->count && pattern->tokens[count].field == NULL)
        count++;
    return count;
}

/* Where the ways to type it begin with different words, it is called by its
 * own name. */
static const char *
label_of(struct arena *arena, const struct attr *attr, size_t words)
{
    const char *at = attr->command->syntax;
    const char *label = words == 0 ? attr->name : "";

    for (size_t i = 0; i < words; i++) {
        label = arena_printf(arena, "%s%s%s", label, i == 0 ? "" : " ",
            syntax_next(arena, &at).text);
    }
    return label;
}

/* Up to the last key, if anything but keys follows it: words behind it are
 * part of what they say otherwise, as in `host A any`.  Without a key, which
 * means the keys' defaults, up to the first slot. */
static size_t
end_of_keys(const struct object *object, const struct pattern *pattern)
{
    size_t end = pattern->count;
    bool attrs = false;
    bool keys = object->key_count == object->inherited_count;

    for (size_t i = 0; i < pattern->count; i++) {
        const struct field *field = pattern->tokens[i].field;

        if (field == NULL)
            continue;
        attrs = attrs || field->attr != NULL;
        keys = keys || field->attr == NULL;
        if (field->attr == NULL)
            end = i + 1;
    }
    if (!keys)
        return words_before_slot(pattern);
    return attrs ? end : pattern->count;
}

/* After the key that `together` names; 0: there is none. */
static size_t
end_together(const struct object *object, const struct pattern *pattern)
{
    if (object->together_count == 0)
        return 0;
    for (size_t i = 0; i < pattern->count; i++) {
        if (pattern->tokens[i].field ==
            object->fields[object->together_count - 1])
            return i + 1;
    }
    return 0;
}

static void
check_object_pattern(
    struct model *model, const struct command *command, struct pattern *pattern)
{
    const struct object *object = command->object;

    pattern->negate_from = end_of_keys(object, pattern);
    pattern->negate_at = end_together(object, pattern);
    for (size_t i = object->inherited_count; i < object->key_count; i++) {
        if (!object->fields[i]->optional &&
            object->fields[i]->fallback == NULL &&
            !has_slot(pattern, object->fields[i], pattern->count)) {
            report_at(&model->report, &command->place,
                "the key '%s' can be left out", object->fields[i]->name);
        }
    }
}

static void
check_attr(struct model *model, struct command *command)
{
    struct attr *attr = command->attr;
    const struct field *field;
    struct pattern *pattern;
    size_t words = leading_words(&model->arena, command->syntax);

    attr->label = label_of(&model->arena, attr, words);
    TAILQ_FOREACH(pattern, &command->patterns, link)
        pattern->negate_from = words > 0 ? words : words_before_slot(pattern);
    TAILQ_FOREACH(field, &attr->fields, link) {
        if (field->typed != (field->type.form != FORM_FLAG)) {
            report_at(&model->report, &command->place, "'%s' %s", field->name,
                field->typed ? "is a flag and takes no slot"
                             : "cannot be typed");
        }
    }
}

/* "transport-virtual-router" for [transport-virtual-router <transport_vr>],
 * else the attribute's own name. */
static void
label_by_object(struct arena *arena, struct attr *attr)
{
    const struct field *field = TAILQ_FIRST(&attr->fields);
    const struct pattern *pattern;
    char *label;

    TAILQ_FOREACH(pattern, &attr->object->command->patterns, link) {
        for (size_t i = pattern->negate_from + 1; i < pattern->count; i++) {
            if (pattern->tokens[i].field == field &&
                pattern->tokens[i - 1].field == NULL &&
                isalpha((unsigned char)pattern->tokens[i - 1].word[0])) {
                attr->label = pattern->tokens[i - 1].word;
                return;
            }
        }
    }
    label = arena_strdup(arena, attr->id);
    for (char *at = strchr(label, '_'); at != NULL; at = strchr(at, '_'))
        *at = '-';
    attr->label = label;
}

static void
check_object_line(struct model *model, struct command *command)
{
    struct object *object = command->object;
    struct pattern *pattern;
    struct attr *attr;

    TAILQ_FOREACH(pattern, &command->patterns, link)
        check_object_pattern(model, command, pattern);
    for (size_t i = object->inherited_count; i < object->field_count; i++) {
        const struct field *field = object->fields[i];

        if (field->attr != NULL && field->attr->command != NULL)
            continue;
        if (!field->typed) {
            report_at(&model->report, &command->place, "'%s' cannot be typed",
                field->name);
        }
    }
    TAILQ_FOREACH(attr, &object->attrs, link) {
        if (attr->command != NULL)
            continue;
        label_by_object(&model->arena, attr);
    }
}

static void
check_exec(struct model *model, const struct command *command)
{
    const struct field *arg;

    TAILQ_FOREACH(arg, &command->exec->args, link) {
        if (!arg->typed) {
            report_at(&model->report, &command->place,
                "the argument '%s' cannot be typed", arg->name);
        }
    }
}

/* What show prints must load again, so a secret needs its masked form. */
static void
check_masked(struct model *model, const struct command *command)
{
    const struct pattern *pattern;
    bool clear = false;
    bool masked = false;

    TAILQ_FOREACH(pattern, &command->patterns, link) {
        for (size_t i = 0; i < pattern->count; i++) {
            const struct token *token = &pattern->tokens[i];

            if (token->field == NULL ||
                !form_is_secret(token->field->type.form))
                continue;
            clear = clear || !token->masked;
            masked = masked || token->masked;
        }
    }
    if (clear && !masked) {
        report_at(&model->report, &command->place,
            "a secret needs a masked form to be shown in");
    }
}

void
expand_check(struct model *model, struct command *command)
{
    struct pattern *pattern;

    TAILQ_FOREACH(pattern, &command->patterns, link) {
        give_help(model, command, pattern);
        check_pattern(model, command, pattern);
    }
    check_masked(model, command);
    if (command->exec != NULL) {
        check_exec(model, command);
    } else if (command->attr != NULL) {
        check_attr(model, command);
    } else {
        check_object_line(model, command);
    }
}
