/*
 * emit_commands.c - the second half of tables.c: commands, their patterns,
 * and the tokens of these.
 */
#include "emit.h"

#include <inttypes.h>

/* Where a configuration line is typed: its object's mode; the line that makes
 * an object, the parent's.  Without one: global configuration. */
static const struct mode *
mode_of(const struct model *model, const struct command *command)
{
    const struct object *owner = command->object;

    if (command->attr == NULL)
        owner = owner->parent;
    if (owner != NULL && owner->mode != NULL)
        return owner->mode;
    return model_mode(model, "config");
}

static void
emit_exec_command(struct str *out, const struct exec *exec)
{
    static const char *const places[] = {
        "WHERE_MODE", "WHERE_EXEC", "WHERE_CONFIG", "WHERE_ANYWHERE"};

    str_printf(out,
        ".kind = COMMAND_EXEC, .where = %s, .mode = %d, .object = %d, "
        ".setting = %d, .exec = %zu, .level = %u, .help = ",
        places[exec->where], NONE, NONE, NONE, exec->index, exec->level);
    emit_c_string(out, exec->title);
}

static void
emit_config_command(
    const struct model *model, struct str *out, const struct command *command)
{
    const struct attr *attr = command->attr;

    str_printf(out,
        ".kind = %s, .where = WHERE_MODE, .mode = %zu, .object = %zu, "
        ".setting = %zu, .exec = %d, .level = 10, .help = ",
        attr == NULL ? "COMMAND_OBJECT" : "COMMAND_SETTING",
        mode_of(model, command)->index, command->object->index,
        attr == NULL ? (size_t)NONE : attr->index, NONE);
    emit_c_string(out, attr == NULL ? command->object->title : attr->help);
}

/* The letters that its lines can begin with, a bit each from `a`; all bits
 * where that may be anything. */
static uint32_t
initials_of(const struct command *command)
{
    const struct pattern *pattern;
    uint32_t initials = 0;

    TAILQ_FOREACH(pattern, &command->patterns, link) {
        const struct token *first = &pattern->tokens[0];

        if (first->field != NULL || first->word[0] < 'a' ||
            first->word[0] > 'z')
            return UINT32_MAX;
        initials |= UINT32_C(1) << (first->word[0] - 'a');
    }
    return initials;
}

static void
emit_command_table(struct model *model, struct str *out)
{
    const struct command *command;

    str_add(out,
        "const struct schema_command schema_commands[COMMAND_COUNT] = {\n");
    TAILQ_FOREACH(command, &model->commands, link) {
        str_add(out, "    {");
        if (command->exec != NULL) {
            emit_exec_command(out, command->exec);
        } else {
            emit_config_command(model, out, command);
        }
        str_add(out, ", .synopsis = ");
        emit_c_string(out, command->syntax);
        str_printf(out,
            ", .initials = %#" PRIx32
            ", .first_pattern = %zu, .pattern_count = %zu},\n",
            initials_of(command), command->first_pattern,
            command->pattern_count);
    }
    str_add(out, "};\n\n");
}

/* Would a word fit both or neither? */
static bool
is_same_token(const struct token *a, const struct token *b)
{
    if (a->field != b->field || a->masked != b->masked ||
        a->prefix_optional != b->prefix_optional)
        return false;
    if (a->word == NULL || b->word == NULL)
        return a->word == b->word;
    return str_equal(a->word, b->word);
}

/* How many first tokens both have. */
static size_t
count_shared(const struct pattern *a, const struct pattern *b)
{
    size_t count = 0;

    while (count < a->count && count < b->count &&
           is_same_token(&a->tokens[count], &b->tokens[count]))
        count++;
    return count;
}

static void
emit_patterns(struct model *model, struct str *out)
{
    const struct command *command;
    const struct pattern *before = NULL;
    const struct pattern *pattern;
    size_t first_token = 0;

    str_add(out,
        "const struct schema_pattern schema_patterns[PATTERN_COUNT] = {\n");
    TAILQ_FOREACH(command, &model->commands, link) {
        TAILQ_FOREACH(pattern, &command->patterns, link) {
            str_printf(out, "    {%zu, %zu, %zu, %zu, %zu, %zu},\n",
                command->index, first_token, pattern->count,
                pattern->negate_from, pattern->negate_at,
                before == NULL ? 0 : count_shared(before, pattern));
            first_token += pattern->count;
            before = pattern;
        }
    }
    str_add(out, "};\n\n");
}

static void
emit_token(struct str *out, const struct token *token)
{
    if (token->field == NULL) {
        str_add(out, "    {.kind = TOKEN_WORD, .word = ");
        emit_c_string(out, token->word);
        str_add(out, ", .help = ");
        emit_c_string(out, token->help);
        str_printf(out, ", .field = %d},\n", NONE);
        return;
    }
    str_add(out, "    {.kind = TOKEN_SLOT, .word = ");
    emit_c_string(out, token->word);
    str_add(out, ", .help = ");
    emit_c_string(out, token->help);
    str_printf(out, ", .field = %zu, .masked = %s, .prefix_optional = %s},\n",
        token->field->index, token->masked ? "true" : "false",
        token->prefix_optional ? "true" : "false");
}

void
emit_commands(struct model *model, struct str *out)
{
    const struct command *command;
    const struct pattern *pattern;

    emit_command_table(model, out);
    emit_patterns(model, out);
    str_add(out, "const struct schema_token schema_tokens[] = {\n");
    TAILQ_FOREACH(command, &model->commands, link) {
        TAILQ_FOREACH(pattern, &command->patterns, link) {
            for (size_t i = 0; i < pattern->count; i++)
                emit_token(out, &pattern->tokens[i]);
        }
    }
    str_add(out, "};\n");
}
