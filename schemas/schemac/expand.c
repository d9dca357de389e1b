/*
 * expand.c - syntax lines as flat patterns.
 *
 *    ip route <p> { <a> | tunnel ipsec:<t> } [<d>]
 *
 *    ip route p a        ip route p tunnel ipsec:t
 *    ip route p a d      ip route p tunnel ipsec:t d
 *
 * One pass over the line with a set of patterns that grow, and a stack of the
 * brackets that are open.  A pattern under way is a chain from its last token
 * back to its first, so those that branch share what they have in common.
 */
#include "expand.h"

#include "syntax.h"
#include "types.h"

#include <string.h>

enum { DEPTH_MAX = 8 };

/* The last token of a pattern under way; NULL is the empty pattern. */
struct chain {
    const struct chain *before;
    struct token token;
    size_t length;
};

struct chains {
    const struct chain *ends[PATTERNS_MAX];
    size_t count;
};

/* One open bracket, or (at the bottom) the line. */
struct frame {
    char bracket;        /* '\0' at the bottom                  */
    struct chains start; /* where each alternative begins       */
    struct chains done;  /* what the alternatives so far gave   */
    struct chains now;   /* the alternative being read          */
};

struct expansion {
    struct model *model;
    struct command *command;
    struct frame *frames;
    size_t depth;
};

static bool
fail(const struct expansion *x, const char *why)
{
    report_at(&x->model->report, &x->command->place, "syntax: %s", why);
    return false;
}

static bool
add_chains(
    const struct expansion *x, struct chains *to, const struct chains *from)
{
    for (size_t i = 0; i < from->count; i++) {
        if (to->count == PATTERNS_MAX)
            return fail(x, "more than 96 ways to type it");
        to->ends[to->count++] = from->ends[i];
    }
    return true;
}

static bool
append(const struct expansion *x, const struct token *token)
{
    struct chains *now = &x->frames[x->depth].now;

    for (size_t i = 0; i < now->count; i++) {
        struct chain *link = arena_alloc(&x->model->arena, sizeof(*link));

        link->before = now->ends[i];
        link->token = *token;
        link->length = link->before == NULL ? 1 : link->before->length + 1;
        if (link->length > TOKENS_MAX)
            return fail(x, "more than 24 words in one way to type it");
        now->ends[i] = link;
    }
    return true;
}

static bool
open_bracket(struct expansion *x, char bracket)
{
    struct frame *frame;

    if (x->depth + 1 == DEPTH_MAX)
        return fail(x, "brackets nested too deeply");
    frame = &x->frames[x->depth + 1];
    frame->bracket = bracket;
    frame->start = x->frames[x->depth].now;
    frame->now = frame->start;
    frame->done = (struct chains){.count = 0};
    if (bracket == '[')
        frame->done = frame->start;
    x->depth++;
    return true;
}

static bool
either(struct expansion *x)
{
    struct frame *frame = &x->frames[x->depth];

    if (x->depth == 0)
        return fail(x, "'|' outside brackets");
    if (!add_chains(x, &frame->done, &frame->now))
        return false;
    frame->now = frame->start;
    return true;
}

static bool
close_bracket(struct expansion *x, char bracket)
{
    struct frame *frame = &x->frames[x->depth];

    if (frame->bracket != (bracket == ']' ? '[' : '{'))
        return fail(x, "a bracket that closes nothing");
    if (!add_chains(x, &frame->done, &frame->now))
        return false;
    x->depth--;
    x->frames[x->depth].now = frame->done;
    return true;
}

/* A slot of an object's line: a key of its own, or a field of an attribute
 * that has no line of its own. */
static struct field *
find_object_field(const struct object *object, const char *name)
{
    for (size_t i = object->inherited_count; i < object->field_count; i++) {
        struct field *field = object->fields[i];

        if (field->attr != NULL && field->attr->command != NULL)
            continue;
        if (str_equal(field->name, name) || str_equal(field->id, name))
            return field;
    }
    return NULL;
}

/* A setting's line may name the object that it is for. */
static struct field *
find_key(const struct object *object, const char *name)
{
    for (size_t i = 0; i < object->key_count; i++) {
        if (str_equal(object->fields[i]->id, name))
            return object->fields[i];
    }
    return NULL;
}

static struct field *
find_field(const struct command *command, const char *name)
{
    struct fields *fields;
    struct field *field;

    if (command->exec == NULL && command->attr == NULL)
        return find_object_field(command->object, name);
    fields =
        command->exec != NULL ? &command->exec->args : &command->attr->fields;
    TAILQ_FOREACH(field, fields, link) {
        if (str_equal(field->name, name))
            return field;
    }
    return command->exec == NULL ? find_key(command->object, name) : NULL;
}

static bool
append_slot(const struct expansion *x, const struct item *item)
{
    struct field *field = find_field(x->command, item->text);
    struct token token = {
        .word = item->prefix,
        .masked = item->masked,
        .prefix_optional = item->prefix_optional,
    };

    if (field == NULL) {
        report_at(&x->model->report, &x->command->place,
            "syntax: nothing is called '%s' here", item->text);
        return false;
    }
    if (item->masked && !form_is_secret(field->type.form))
        return fail(x, "only a secret has a masked form");
    if (item->prefix != NULL && field->type.form != FORM_TEXT)
        return fail(x, "only a text can have a prefix");
    token.field = field;
    token.help = field->help;
    field->typed = true;
    return append(x, &token);
}

static bool
take_item(struct expansion *x, const struct item *item)
{
    struct token word = {.word = item->text};

    switch (item->kind) {
    case ITEM_WORD:
        return append(x, &word);
    case ITEM_SLOT:
        return append_slot(x, item);
    case ITEM_OPEN:
        return open_bracket(x, item->text[0]);
    case ITEM_CLOSE:
        return close_bracket(x, item->text[0]);
    case ITEM_EITHER:
        return either(x);
    case ITEM_END:
    case ITEM_BAD:
        break;
    }
    return fail(x, "cannot be read");
}

static bool
keep_pattern(const struct expansion *x, const struct chain *end)
{
    struct pattern *pattern;

    if (end == NULL)
        return fail(x, "it could be an empty line");
    pattern = arena_alloc(&x->model->arena, sizeof(*pattern));
    pattern->count = end->length;
    pattern->tokens = arena_alloc(
        &x->model->arena, pattern->count * sizeof(*pattern->tokens));
    for (; end != NULL; end = end->before)
        pattern->tokens[end->length - 1] = end->token;
    TAILQ_INSERT_TAIL(&x->command->patterns, pattern, link);
    x->command->pattern_count++;
    return true;
}

bool
expand_syntax(struct model *model, struct command *command)
{
    struct expansion x = {.model = model, .command = command};
    const char *at = command->syntax;
    const struct chains *all;

    x.frames = arena_alloc(&model->arena, DEPTH_MAX * sizeof(*x.frames));
    x.frames[0].now.count = 1; /* the empty pattern */
    for (;;) {
        struct item item = syntax_next(&model->arena, &at);

        if (item.kind == ITEM_END)
            break;
        if (!take_item(&x, &item))
            return false;
    }
    if (x.depth != 0)
        return fail(&x, "a bracket is not closed");
    all = &x.frames[0].now;
    for (size_t i = 0; i < all->count; i++) {
        if (!keep_pattern(&x, all->ends[i]))
            return false;
    }
    return true;
}

/* An attribute without a line of its own is set by its object's. */
static void
share_object_line(struct model *model, struct object *object)
{
    struct attr *attr;

    TAILQ_FOREACH(attr, &object->attrs, link) {
        if (attr->command == NULL && object->command == NULL) {
            report_at(&model->report, &attr->place,
                "neither '%s' nor its object has a 'syntax'", attr->name);
        }
    }
}

void
schema_expand(struct model *model)
{
    struct command *command;
    struct object *object;

    TAILQ_FOREACH(object, &model->objects, link)
        share_object_line(model, object);
    TAILQ_FOREACH(command, &model->commands, link) {
        if (expand_syntax(model, command))
            expand_check(model, command);
        command->first_pattern = model->pattern_count;
        model->pattern_count += command->pattern_count;
    }
}
