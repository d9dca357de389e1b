/*
 * parse_under.c - the properties that stand below an enum, a mode, an object,
 * an attribute, an exec, rows or a notification.
 */
#include "names.h"
#include "parse.h"
#include "types.h"

/* A property that may be said once. */
static void
set_once(struct parser *parser, const struct lex_line *line,
    const char **property, const char *value)
{
    if (*property != NULL) {
        report_at(&parser->model->report, &line->place, "a second '%s'",
            line->words[0].text);
        return;
    }
    *property = value;
}

/* "NAME TYPE "help"" after the first word; NULL: reported. */
static struct field *
new_field(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct field *field = arena_alloc(&model->arena, sizeof(*field));

    field->place = line->place;
    field->name = line->words[1].text;
    field->id = name_snake(&model->arena, field->name);
    if (!type_parse(model, &line->place, line->words[2].text, &field->type))
        return NULL;
    field->help = line->words[3].text;
    return field;
}

static void
take_value(struct parser *parser, const struct lex_line *line)
{
    struct enum_value *value =
        arena_alloc(&parser->model->arena, sizeof(*value));

    value->place = line->place;
    value->name = line->words[1].text;
    value->help = line->words[2].text;
    TAILQ_INSERT_TAIL(&parser->enumeration->values, value, link);
    parser->enumeration->count++;
}

static void
take_mode_parent(struct parser *parser, const struct lex_line *line)
{
    set_once(parser, line, &parser->mode->parent_name, line->words[1].text);
}

/* ---- object ---- */

static void
take_parent(struct parser *parser, const struct lex_line *line)
{
    set_once(parser, line, &parser->object->parent_name, line->words[1].text);
}

static void
take_object_mode(struct parser *parser, const struct lex_line *line)
{
    set_once(parser, line, &parser->object->mode_name, line->words[1].text);
}

static void
take_kinds(struct parser *parser, const struct lex_line *line)
{
    set_once(parser, line, &parser->object->kinds_name, line->words[1].text);
}

static void
take_preset(struct parser *parser, const struct lex_line *line)
{
    set_once(parser, line, &parser->object->preset, line->words[1].text);
}

static void
take_check(struct parser *parser, const struct lex_line *line)
{
    set_once(parser, line, &parser->object->check, line->words[1].text);
}

static void
take_together(struct parser *parser, const struct lex_line *line)
{
    set_once(parser, line, &parser->object->together, line->words[1].text);
}

static void
take_key(struct parser *parser, const struct lex_line *line)
{
    struct field *key = new_field(parser, line);

    if (key == NULL)
        return;
    if (line->count == 6 && str_equal(line->words[4].text, "default")) {
        key->fallback = line->words[5].text;
    } else if (line->count == 5) {
        key->optional = str_equal(line->words[4].text, "optional");
    }
    if (line->count > 4 && key->fallback == NULL && !key->optional) {
        report_at(&parser->model->report, &line->place,
            "only 'optional' or a default may stand here, not '%s'",
            line->words[4].text);
    }
    TAILQ_INSERT_TAIL(&parser->object->keys, key, link);
    parser->object->key_count++;
}

static void
take_attr(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct attr *attr = arena_alloc(&model->arena, sizeof(*attr));
    struct field *field;

    attr->place = line->place;
    attr->name = line->words[1].text;
    attr->id = name_snake(&model->arena, attr->name);
    attr->object = parser->object;
    TAILQ_INIT(&attr->fields);
    TAILQ_INIT(&attr->rules);
    TAILQ_INIT(&attr->fallbacks);
    TAILQ_INSERT_TAIL(&parser->object->attrs, attr, link);
    parser->object->attr_count++;
    parser->attr = attr;
    parser->context = IN_ATTR;
    if (line->count == 2)
        return;
    field = arena_alloc(&model->arena, sizeof(*field));
    field->place = line->place;
    field->name = attr->name;
    field->id = attr->id;
    field->attr = attr;
    attr->single = true;
    if (!type_parse(model, &line->place, line->words[2].text, &field->type))
        return;
    TAILQ_INSERT_TAIL(&attr->fields, field, link);
    attr->field_count = 1;
}

/* ---- syntax, of object, attribute and exec ---- */

static struct command *
new_command(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct command *command = arena_alloc(&model->arena, sizeof(*command));

    command->place = line->place;
    command->syntax = line->rest;
    command->index = model->command_count++;
    TAILQ_INIT(&command->patterns);
    TAILQ_INSERT_TAIL(&model->commands, command, link);
    return command;
}

static void
take_syntax(struct parser *parser, const struct lex_line *line)
{
    struct command **of = &parser->object->command;
    struct command *command;

    if (parser->context == IN_ATTR)
        of = &parser->attr->command;
    if (*of != NULL) {
        report_at(&parser->model->report, &line->place, "a second 'syntax'");
        return;
    }
    command = new_command(parser, line);
    command->object = parser->object;
    if (parser->context == IN_ATTR)
        command->attr = parser->attr;
    *of = command;
}

static void
take_exec_syntax(struct parser *parser, const struct lex_line *line)
{
    if (parser->exec->command != NULL) {
        report_at(&parser->model->report, &line->place, "a second 'syntax'");
        return;
    }
    parser->exec->command = new_command(parser, line);
    parser->exec->command->exec = parser->exec;
}

/* ---- attribute ---- */

static void
take_field(struct parser *parser, const struct lex_line *line)
{
    struct attr *attr = parser->attr;
    struct field *field;

    if (attr->single) {
        report_at(&parser->model->report, &line->place,
            "'%s' has a type, so it cannot have fields", attr->name);
        return;
    }
    field = new_field(parser, line);
    if (field == NULL)
        return;
    field->attr = attr;
    field->id =
        arena_printf(&parser->model->arena, "%s_%s", attr->id, field->id);
    TAILQ_INSERT_TAIL(&attr->fields, field, link);
    attr->field_count++;
}

static void
take_help(struct parser *parser, const struct lex_line *line)
{
    set_once(parser, line, &parser->attr->help, line->words[1].text);
}

static void
take_default(struct parser *parser, const struct lex_line *line)
{
    struct fallback *fallback =
        arena_alloc(&parser->model->arena, sizeof(*fallback));

    fallback->place = line->place;
    if (line->count == 3)
        fallback->field = line->words[1].text;
    fallback->value = line->words[line->count - 1].text;
    TAILQ_INSERT_TAIL(&parser->attr->fallbacks, fallback, link);
}

static void
take_merge(struct parser *parser, const struct lex_line *line)
{
    (void)line;
    parser->attr->merge = true;
}

static void
take_effect(struct parser *parser, const struct lex_line *line)
{
    static const char *const names[] = {
        "live", "next-negotiation", "restart-tunnel"};

    for (unsigned i = 0; i < 3; i++) {
        if (str_equal(names[i], line->words[1].text)) {
            parser->attr->effect = (enum effect)i;
            return;
        }
    }
    report_at(&parser->model->report, &line->place,
        "'%s' is no effect: live, next-negotiation or restart-tunnel",
        line->words[1].text);
}

static void
take_references(struct parser *parser, const struct lex_line *line)
{
    set_once(parser, line, &parser->attr->reference_name, line->words[1].text);
}

static void
take_kept(struct parser *parser, const struct lex_line *line)
{
    set_once(parser, line,
        parser->context == IN_ATTR ? &parser->attr->kept
                                   : &parser->object->kept,
        line->words[1].text);
}

static void
take_most(struct parser *parser, const struct lex_line *line)
{
    if (!number_parse(line->words[1].text, &parser->object->most) ||
        parser->object->most == 0 || parser->object->most > UINT16_MAX) {
        report_at(&parser->model->report, &line->place,
            "most: a number from 1 to %d", UINT16_MAX);
        parser->object->most = 0;
    }
}

static void
take_unless(struct parser *parser, const struct lex_line *line)
{
    set_once(parser, line, &parser->attr->unless_name, line->words[1].text);
}

static void
take_required(struct parser *parser, const struct lex_line *line)
{
    set_once(parser, line, &parser->attr->required, line->words[1].text);
}

bool
parse_kind_rule(struct parser *parser, const struct lex_line *line)
{
    static const char *const names[] = {
        "optional", "required", "not-applicable"};
    struct rule *rule;
    unsigned need = 0;

    if (line->count < 2 || line->count > 3)
        return false;
    while (need < 3 && !str_equal(names[need], line->words[1].text))
        need++;
    if (need == 3 || (line->count == 3 && !line->words[2].quoted))
        return false;
    rule = arena_alloc(&parser->model->arena, sizeof(*rule));
    rule->place = line->place;
    rule->kind = line->words[0].text;
    rule->need = (enum need)need;
    rule->sentence = line->count == 3 ? line->words[2].text : NULL;
    if (rule->sentence == NULL && rule->need != NEED_OPTIONAL) {
        report_at(&parser->model->report, &line->place,
            "'%s' wants the sentence that the operator gets", names[need]);
    }
    TAILQ_INSERT_TAIL(&parser->attr->rules, rule, link);
    return true;
}

/* ---- exec and rows ---- */

static void
take_arg(struct parser *parser, const struct lex_line *line)
{
    struct field *arg = new_field(parser, line);

    if (arg == NULL)
        return;
    if (line->count > 4) {
        if (line->count != 6 || !str_equal(line->words[4].text, "references")) {
            report_at(&parser->model->report, &line->place,
                "only 'references OBJECT' may stand after the help");
            return;
        }
        arg->reference_name = line->words[5].text;
    }
    arg->index = parser->exec->arg_count++;
    TAILQ_INSERT_TAIL(&parser->exec->args, arg, link);
}

static void
take_level(struct parser *parser, const struct lex_line *line)
{
    uint64_t level;

    if (!number_parse(line->words[1].text, &level) || level > 15) {
        report_at(&parser->model->report, &line->place,
            "'%s' is no level, 0 to 15", line->words[1].text);
        return;
    }
    parser->exec->level = (unsigned)level;
}

static void
take_where(struct parser *parser, const struct lex_line *line)
{
    static const char *const names[] = {"exec", "config", "anywhere"};

    for (unsigned i = 0; i < 3; i++) {
        if (str_equal(names[i], line->words[1].text)) {
            parser->exec->where = (enum where)(WHERE_EXEC + i);
            return;
        }
    }
    report_at(&parser->model->report, &line->place,
        "'%s' is no place: exec, config or anywhere", line->words[1].text);
}

static void
take_exec_rows(struct parser *parser, const struct lex_line *line)
{
    set_once(parser, line, &parser->exec->rows_name, line->words[1].text);
}

static void
take_local(struct parser *parser, const struct lex_line *line)
{
    (void)line;
    parser->exec->local = true;
}

static void
take_hidden(struct parser *parser, const struct lex_line *line)
{
    (void)line;
    parser->exec->hidden = true;
}

static void
take_owner(struct parser *parser, const struct lex_line *line)
{
    (void)line;
    parser->exec->owner = true;
}

static void
take_column(struct parser *parser, const struct lex_line *line)
{
    struct field *column = new_field(parser, line);

    if (column == NULL)
        return;
    column->index = parser->rows->column_count++;
    TAILQ_INSERT_TAIL(&parser->rows->columns, column, link);
}

/* ---- notification ---- */

static void
take_tells(struct parser *parser, const struct lex_line *line)
{
    struct notification *notification = parser->notification;

    for (size_t i = 1; i < line->count; i++) {
        if (notification->tell_count == NOTIFICATION_TELLS_MAX) {
            report_at(&parser->model->report, &line->place,
                "a notification tells %d things at most",
                NOTIFICATION_TELLS_MAX);
            return;
        }
        notification->tells[notification->tell_count++] = line->words[i].text;
    }
}

/* One row a line reads better than aligned columns wider than the page. */
/* clang-format off */
const struct statement parse_properties[] = {
    {"value", IN_ENUM, "ns", "value NAME \"help\"", take_value},
    {"parent", IN_MODE, "n", "parent MODE", take_mode_parent},

    {"parent", IN_OBJECT, "n", "parent OBJECT", take_parent},
    {"syntax", IN_OBJECT, "*", "syntax LINE", take_syntax},
    {"key", IN_OBJECT, "nts+vv", "key NAME TYPE \"help\" [optional | default VALUE]", take_key},
    {"mode", IN_OBJECT, "n", "mode MODE", take_object_mode},
    {"kinds", IN_OBJECT, "n", "kinds ATTR", take_kinds},
    {"preset", IN_OBJECT, "v", "preset VALUE", take_preset},
    {"check", IN_OBJECT, "n", "check NAME", take_check},
    {"together", IN_OBJECT, "n", "together KEY", take_together},
    {"most", IN_OBJECT, "v", "most NUMBER", take_most},
    {"kept", IN_OBJECT, "s", "kept \"sentence\"", take_kept},
    {"attr", IN_OBJECT, "n+t", "attr NAME [TYPE]", take_attr},

    {"field", IN_ATTR, "nts", "field NAME TYPE \"help\"", take_field},
    {"syntax", IN_ATTR, "*", "syntax LINE", take_syntax},
    {"help", IN_ATTR, "s", "help \"help\"", take_help},
    {"default", IN_ATTR, "v+v", "default [FIELD] VALUE", take_default},
    {"merge", IN_ATTR, "", "merge", take_merge},
    {"effect", IN_ATTR, "v", "effect NAME", take_effect},
    {"references", IN_ATTR, "n", "references OBJECT", take_references},
    {"kept", IN_ATTR, "s", "kept \"sentence\"", take_kept},
    {"unless", IN_ATTR, "n", "unless ATTR", take_unless},
    {"required", IN_ATTR, "s", "required \"sentence\"", take_required},

    {"syntax", IN_EXEC, "*", "syntax LINE", take_exec_syntax},
    {"arg", IN_EXEC, "nts+vn", "arg NAME TYPE \"help\" [references OBJECT]",
        take_arg},
    {"level", IN_EXEC, "v", "level NUMBER", take_level},
    {"where", IN_EXEC, "v", "where exec|config|anywhere", take_where},
    {"rows", IN_EXEC, "n", "rows NAME", take_exec_rows},
    {"local", IN_EXEC, "", "local", take_local},
    {"hidden", IN_EXEC, "", "hidden", take_hidden},
    {"owner", IN_EXEC, "", "owner", take_owner},

    {"column", IN_ROWS, "nts", "column NAME TYPE \"help\"", take_column},

    {"rows", IN_MIB, "n+v", "rows NAME [EXEC]", take_mib_rows},
    {"index", IN_MIB, "*", "index COLUMN...", take_mib_index},
    {"router", IN_MIB, "v", "router COLUMN", take_mib_router},
    {"shared", IN_MIB, "", "shared", take_mib_shared},
    {"object", IN_MIB, "*", "object NUMBER NAME SYNTAX COLUMN [date | hex | WORD=NUMBER...] [else=NUMBER] [unset=VALUE]", take_mib_object},

    {"tells", IN_NOTIFICATION, "*", "tells COLUMN...", take_tells},
    {NULL, IN_NOTHING, NULL, NULL, NULL},
};
/* clang-format on */
