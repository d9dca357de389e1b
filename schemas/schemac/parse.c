/*
 * parse.c - what stands at the start of a line, and the table of all
 * statements.
 */
#include "parse.h"

#include "names.h"

#include <string.h>

static void
take_order(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;

    if (!TAILQ_EMPTY(&model->order)) {
        report_at(&model->report, &line->place, "a second 'order'");
        return;
    }
    for (size_t i = 1; i < line->count; i++) {
        struct order_name *name = arena_alloc(&model->arena, sizeof(*name));

        name->place = line->place;
        name->name = line->words[i].text;
        TAILQ_INSERT_TAIL(&model->order, name, link);
    }
}

static void
take_enum(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct enumeration *e = arena_alloc(&model->arena, sizeof(*e));

    e->place = line->place;
    e->name = line->words[1].text;
    e->title = line->words[2].text;
    e->index = model->enum_count++;
    TAILQ_INIT(&e->values);
    TAILQ_INSERT_TAIL(&model->enums, e, link);
    parser->enumeration = e;
    parser->context = IN_ENUM;
}

static void
take_mode(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct mode *mode = arena_alloc(&model->arena, sizeof(*mode));

    mode->place = line->place;
    mode->name = line->words[1].text;
    mode->prompt = line->words[2].text;
    mode->index = model->mode_count++;
    TAILQ_INSERT_TAIL(&model->modes, mode, link);
    parser->mode = mode;
    parser->context = IN_MODE;
}

static void
take_object(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct object *object = arena_alloc(&model->arena, sizeof(*object));

    object->place = line->place;
    object->name = line->words[1].text;
    object->id = name_snake(&model->arena, object->name);
    object->title = line->words[2].text;
    TAILQ_INIT(&object->attrs);
    TAILQ_INIT(&object->keys);
    TAILQ_INSERT_TAIL(&model->objects, object, link);
    model->object_count++;
    parser->object = object;
    parser->context = IN_OBJECT;
}

static void
take_exec(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct exec *exec = arena_alloc(&model->arena, sizeof(*exec));

    exec->place = line->place;
    exec->name = line->words[1].text;
    exec->title = line->words[2].text;
    exec->index = model->exec_count++;
    exec->level = 1;
    exec->where = WHERE_EXEC;
    TAILQ_INIT(&exec->args);
    TAILQ_INSERT_TAIL(&model->execs, exec, link);
    parser->exec = exec;
    parser->context = IN_EXEC;
}

static void
take_rows(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct rows *rows = arena_alloc(&model->arena, sizeof(*rows));

    rows->place = line->place;
    rows->name = line->words[1].text;
    rows->title = line->words[2].text;
    rows->index = model->rows_count++;
    TAILQ_INIT(&rows->columns);
    TAILQ_INSERT_TAIL(&model->rows, rows, link);
    parser->rows = rows;
    parser->context = IN_ROWS;
}

static void
take_word(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct word *word = arena_alloc(&model->arena, sizeof(*word));

    word->place = line->place;
    word->path = line->words[1].text;
    word->help = line->words[2].text;
    TAILQ_INSERT_TAIL(&model->words, word, link);
}

static void
take_statistic(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct statistic *statistic =
        arena_alloc(&model->arena, sizeof(*statistic));

    statistic->place = line->place;
    statistic->name = line->words[1].text;
    statistic->help = line->words[2].text;
    TAILQ_INSERT_TAIL(&model->statistics, statistic, link);
}

static void
take_drop(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct drop *drop = arena_alloc(&model->arena, sizeof(*drop));

    drop->place = line->place;
    drop->name = line->words[1].text;
    drop->statistic = line->words[2].text;
    drop->sentence = line->words[3].text;
    TAILQ_INSERT_TAIL(&model->drops, drop, link);
}

static void
take_cause(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct cause *cause = arena_alloc(&model->arena, sizeof(*cause));

    cause->place = line->place;
    cause->name = line->words[1].text;
    cause->sentence = line->words[2].text;
    cause->fix = line->words[3].text;
    TAILQ_INSERT_TAIL(&model->causes, cause, link);
}

static void
take_varbind(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct varbind *varbind = arena_alloc(&model->arena, sizeof(*varbind));

    varbind->place = line->place;
    varbind->column = line->words[1].text;
    varbind->object = line->words[2].text;
    varbind->oid = line->words[3].text;
    varbind->type = line->words[4].text;
    varbind->index = line->words[5].text;
    TAILQ_INSERT_TAIL(&model->varbinds, varbind, link);
}

static void
take_notification(struct parser *parser, const struct lex_line *line)
{
    struct model *model = parser->model;
    struct notification *notification =
        arena_alloc(&model->arena, sizeof(*notification));

    notification->place = line->place;
    notification->name = line->words[1].text;
    notification->trap = line->words[2].text;
    notification->oid = line->words[3].text;
    notification->category = line->words[4].text;
    notification->severity = line->words[5].text;
    notification->sentence = line->words[6].text;
    TAILQ_INSERT_TAIL(&model->notifications, notification, link);
    parser->notification = notification;
    parser->context = IN_NOTIFICATION;
}

/* clang-format off */
static const struct statement starts[] = {
    {"order", IN_NOTHING, "*", "order OBJECT...", take_order},
    {"enum", IN_NOTHING, "ns", "enum NAME \"title\"", take_enum},
    {"mode", IN_NOTHING, "ns", "mode NAME \"prompt\"", take_mode},
    {"object", IN_NOTHING, "ns", "object NAME \"title\"", take_object},
    {"exec", IN_NOTHING, "ns", "exec NAME \"title\"", take_exec},
    {"rows", IN_NOTHING, "ns", "rows NAME \"title\"", take_rows},
    {"word", IN_NOTHING, "ss", "word \"PATH\" \"help\"", take_word},
    {"statistic", IN_NOTHING, "ns", "statistic NAME \"help\"", take_statistic},
    {"drop", IN_NOTHING, "nns", "drop NAME STATISTIC \"sentence\"", take_drop},
    {"cause", IN_NOTHING, "nss", "cause NAME \"sentence\" \"fix\"", take_cause},
    {"mib", IN_NOTHING, "nvs", "mib NAME OID \"title\"", take_mib},
    {"varbind", IN_NOTHING, "nvvnn", "varbind COLUMN OBJECT OID TYPE COLUMN|scalar", take_varbind},
    {"notification", IN_NOTHING, "nvvvvs", "notification NAME TRAP OID CATEGORY SEVERITY \"sentence\"", take_notification},
    {NULL, IN_NOTHING, NULL, NULL, NULL},
};
/* clang-format on */

static bool
word_fits(const struct lex_word *word, char shape)
{
    if (shape == 's')
        return word->quoted;
    if (word->quoted)
        return false;
    return shape != 'n' || name_is_good(word->text);
}

/* Are the words after the first of this shape? */
static bool
shape_fits(const char *shape, const struct lex_line *line)
{
    bool optional = false;
    size_t i = 1;

    for (; *shape != '\0'; shape++) {
        if (*shape == '*')
            return true;
        if (*shape == '+') {
            optional = true;
            continue;
        }
        if (i == line->count)
            return optional;
        if (!word_fits(&line->words[i], *shape))
            return false;
        i++;
    }
    return i == line->count;
}

static const struct statement *
find(const struct statement *table, const char *word, enum context context)
{
    for (; table->word != NULL; table++) {
        if (table->context == context && str_equal(table->word, word))
            return table;
    }
    return NULL;
}

/* What a line of this indentation belongs to.  IN_NOTHING with an indent: it
 * hangs in the air. */
static enum context
context_of(const struct parser *parser, unsigned indent)
{
    if (indent == 0)
        return IN_NOTHING;
    if (indent == 2)
        return parser->context == IN_ATTR ? IN_ATTR : IN_NOTHING;
    return parser->context == IN_ATTR ? IN_OBJECT : parser->context;
}

static void
take_line(struct parser *parser, const struct lex_line *line)
{
    enum context context = context_of(parser, line->indent);
    struct report *report = &parser->model->report;
    const struct statement *statement;

    if (line->indent > 0 && context == IN_NOTHING) {
        report_at(report, &line->place,
            "indented, but there is nothing above that it could belong to");
        return;
    }
    parser->context = context;
    statement = find(line->indent == 0 ? starts : parse_properties,
        line->words[0].text, context);
    if (statement == NULL && context == IN_ATTR &&
        parse_kind_rule(parser, line))
        return;
    if (statement == NULL) {
        report_at(report, &line->place, "'%s' is not known here",
            line->words[0].text);
        return;
    }
    if (!shape_fits(statement->shape, line)) {
        report_at(report, &line->place, "expected: %s", statement->usage);
        return;
    }
    statement->take(parser, line);
}

/* FNV-1a: the hash tells apart versions, not attackers. */
static uint64_t
hash_over(uint64_t hash, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
    return hash;
}

void
schema_parse(
    struct model *model, const char *file, const char *text, size_t length)
{
    struct parser parser = {.model = model, .context = IN_NOTHING};
    struct lexer lexer =
        lex_over(&model->arena, &model->report, file, text, length);
    struct lex_line *line = arena_alloc(&model->arena, sizeof(*line));

    model->hash = hash_over(model->hash, text, length);
    while (lex_next(&lexer, line))
        take_line(&parser, line);
}
