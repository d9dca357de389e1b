/*
 * check.c - names resolved, one thing per name.  Objects, the larger half,
 * are in check_object.c.
 */
#include "names.h"
#include "seen.h"
#include "types.h"

struct seen_name {
    struct seen_name *next;
    const char *upper;
};

void
seen_add(struct seen *seen, const struct place *place, const char *name)
{
    struct arena *arena = &seen->model->arena;
    const char *upper = name_upper(arena, name);
    struct seen_name *entry;

    if (seen->counted && str_equal(upper, "COUNT")) {
        report_at(&seen->model->report, place,
            "the name 'count' is taken by the generated enum");
    }
    for (entry = seen->first; entry != NULL; entry = entry->next) {
        if (str_equal(entry->upper, upper)) {
            report_at(&seen->model->report, place, "a second %s '%s'",
                seen->what, name);
            return;
        }
    }
    entry = arena_alloc(arena, sizeof(*entry));
    entry->upper = upper;
    entry->next = seen->first;
    seen->first = entry;
}

void
id_check(struct model *model, const struct place *place, const char *id)
{
    if (id[0] >= '0' && id[0] <= '9') {
        report_at(&model->report, place, "'%s' starts with a digit", id);
    } else if (name_is_reserved(id)) {
        report_at(&model->report, place,
            "'%s' is a word of C or SQL, take another name", id);
    }
}

static void
check_enums(struct model *model)
{
    struct seen names = {.model = model, .what = "enum", .counted = true};
    struct enumeration *e;
    struct enum_value *value;

    TAILQ_FOREACH(e, &model->enums, link) {
        struct seen values = {.model = model, .what = "value", .counted = true};

        seen_add(&names, &e->place, e->name);
        id_check(model, &e->place, name_snake(&model->arena, e->name));
        if (e->count == 0 || e->count > 254) {
            report_at(&model->report, &e->place,
                "an enum has 1 to 254 values, '%s' has %zu", e->name, e->count);
        }
        TAILQ_FOREACH(value, &e->values, link)
            seen_add(&values, &value->place, value->name);
    }
}

static void
check_modes(struct model *model)
{
    struct seen names = {.model = model, .what = "mode", .counted = true};
    struct mode *mode;

    TAILQ_FOREACH(mode, &model->modes, link) {
        seen_add(&names, &mode->place, mode->name);
        if (mode->parent_name == NULL)
            continue;
        mode->parent = model_mode(model, mode->parent_name);
        if (mode->parent == NULL || mode->parent->index >= mode->index) {
            report_at(&model->report, &mode->place,
                "'%s' is no mode declared before this one", mode->parent_name);
        }
    }
}

static void
check_types(struct model *model, struct fields *fields, const char *what)
{
    struct seen names = {.model = model, .what = what};
    struct field *field;

    TAILQ_FOREACH(field, fields, link) {
        struct type *type = &field->type;

        seen_add(&names, &field->place, field->id);
        if (type->enum_name != NULL) {
            type->enumeration = model_enum(model, type->enum_name);
            if (type->enumeration == NULL) {
                report_at(&model->report, &field->place, "no enum '%s'",
                    type->enum_name);
            }
        }
        if (field->reference_name != NULL) {
            field->reference = model_object(model, field->reference_name);
            if (field->reference == NULL) {
                report_at(&model->report, &field->place, "no object '%s'",
                    field->reference_name);
            }
        }
    }
}

static void
check_all_types(struct model *model)
{
    struct object *object;
    struct attr *attr;
    struct exec *exec;
    struct rows *rows;

    TAILQ_FOREACH(object, &model->objects, link) {
        check_types(model, &object->keys, "key");
        TAILQ_FOREACH(attr, &object->attrs, link)
            check_types(model, &attr->fields, "field");
    }
    TAILQ_FOREACH(exec, &model->execs, link)
        check_types(model, &exec->args, "argument");
    TAILQ_FOREACH(rows, &model->rows, link)
        check_types(model, &rows->columns, "column");
}

static void
check_rows(struct model *model)
{
    struct seen names = {.model = model, .what = "rows", .counted = true};
    struct rows *rows;

    TAILQ_FOREACH(rows, &model->rows, link) {
        seen_add(&names, &rows->place, rows->name);
        if (rows->column_count == 0)
            report_at(&model->report, &rows->place, "rows without a column");
    }
}

/* A line, or none and somebody else than the shell to answer. */
static void
check_exec_line(struct model *model, const struct exec *exec)
{
    if (exec->command == NULL && !exec->hidden) {
        report_at(&model->report, &exec->place, "exec without 'syntax'");
    } else if (exec->hidden && (exec->command != NULL || exec->local)) {
        report_at(&model->report, &exec->place,
            "a hidden exec has no 'syntax', and is not 'local'");
    }
}

/* Rows that nobody asks for are described among the commands'. */
static void
check_rows_typed(struct model *model)
{
    struct rows *rows;
    const struct exec *exec;

    TAILQ_FOREACH(rows, &model->rows, link) {
        bool is_asked = false;

        TAILQ_FOREACH(exec, &model->execs, link) {
            if (exec->rows != rows)
                continue;
            is_asked = true;
            rows->typed = rows->typed || !exec->hidden;
        }
        rows->typed = rows->typed || !is_asked;
    }
}

static void
check_execs(struct model *model)
{
    struct seen names = {.model = model, .what = "exec", .counted = true};
    struct exec *exec;
    struct field *arg;

    TAILQ_FOREACH(exec, &model->execs, link) {
        seen_add(&names, &exec->place, exec->name);
        check_exec_line(model, exec);
        TAILQ_FOREACH(arg, &exec->args, link) {
            if (arg->type.form == FORM_FLAG || form_is_secret(arg->type.form)) {
                report_at(&model->report, &arg->place,
                    "an argument cannot be a flag or a secret");
            }
        }
        if (exec->rows_name == NULL)
            continue;
        exec->rows = model_rows(model, exec->rows_name);
        if (exec->rows == NULL) {
            report_at(
                &model->report, &exec->place, "no rows '%s'", exec->rows_name);
        }
    }
}

/* Paths hold blanks, and case matters on a command line: compared as is. */
static void
check_words(struct model *model)
{
    const struct word *word;
    const struct word *other;

    TAILQ_FOREACH(word, &model->words, link) {
        TAILQ_FOREACH(other, &model->words, link) {
            if (other == word)
                break;
            if (str_equal(other->path, word->path)) {
                report_at(&model->report, &word->place, "a second word '%s'",
                    word->path);
                break;
            }
        }
    }
}

static bool
statistic_exists(const struct model *model, const char *name)
{
    const struct statistic *statistic;

    TAILQ_FOREACH(statistic, &model->statistics, link) {
        if (str_equal(statistic->name, name))
            return true;
    }
    return str_equal(name, "none");
}

static void
check_drops(struct model *model)
{
    struct seen statistics = {
        .model = model, .what = "statistic", .counted = true};
    struct seen drops = {.model = model, .what = "drop", .counted = true};
    const struct statistic *statistic;
    const struct drop *drop;
    const struct place start = {"", 0};

    seen_add(&statistics, &start, "none"); /* the generated enums have it */
    seen_add(&drops, &start, "none");
    TAILQ_FOREACH(statistic, &model->statistics, link)
        seen_add(&statistics, &statistic->place, statistic->name);
    TAILQ_FOREACH(drop, &model->drops, link) {
        seen_add(&drops, &drop->place, drop->name);
        if (!statistic_exists(model, drop->statistic)) {
            report_at(&model->report, &drop->place, "no statistic '%s'",
                drop->statistic);
        }
    }
}

static void
check_causes(struct model *model)
{
    struct seen causes = {.model = model, .what = "cause", .counted = true};
    const struct cause *cause;

    TAILQ_FOREACH(cause, &model->causes, link)
        seen_add(&causes, &cause->place, cause->name);
}

void
schema_check(struct model *model)
{
    check_enums(model);
    check_modes(model);
    check_all_types(model);
    check_rows(model);
    check_execs(model);
    check_rows_typed(model);
    check_words(model);
    check_drops(model);
    check_causes(model);
    schema_check_notifications(model);
    if (model->report.count == 0)
        schema_check_objects(model);
    if (model->report.count == 0)
        schema_check_mibs(model);
}
