/*
 * model.c - the schema as the compiler knows it.
 */
#include "model.h"

#include <stdarg.h>

void
model_init(struct model *model)
{
    *model = (struct model){
        .hash = UINT64_C(0xcbf29ce484222325), .history = "", .views = ""};
    arena_init(&model->arena);
    str_init(&model->report.text);
    TAILQ_INIT(&model->order);
    TAILQ_INIT(&model->enums);
    TAILQ_INIT(&model->modes);
    TAILQ_INIT(&model->objects);
    TAILQ_INIT(&model->execs);
    TAILQ_INIT(&model->rows);
    TAILQ_INIT(&model->words);
    TAILQ_INIT(&model->statistics);
    TAILQ_INIT(&model->drops);
    TAILQ_INIT(&model->causes);
    TAILQ_INIT(&model->mibs);
    TAILQ_INIT(&model->varbinds);
    TAILQ_INIT(&model->notifications);
    TAILQ_INIT(&model->commands);
}

void
model_done(struct model *model)
{
    str_done(&model->report.text);
    arena_done(&model->arena);
}

void
schema_finish(struct model *model)
{
    if (model->report.count == 0)
        schema_check(model);
    if (model->report.count == 0)
        schema_expand(model);
}

void
report_at(
    struct report *report, const struct place *place, const char *fmt, ...)
{
    va_list args;

    report->count++;
    if (report->count > REPORT_MAX)
        return;
    str_printf(&report->text, "%s:%u: ", place->file, place->line);
    va_start(args, fmt);
    str_vprintf(&report->text, fmt, args);
    va_end(args);
    str_add_char(&report->text, '\n');
}

const struct enumeration *
model_enum(const struct model *model, const char *name)
{
    const struct enumeration *e;

    TAILQ_FOREACH(e, &model->enums, link) {
        if (str_equal(e->name, name))
            return e;
    }
    return NULL;
}

const struct mode *
model_mode(const struct model *model, const char *name)
{
    const struct mode *mode;

    TAILQ_FOREACH(mode, &model->modes, link) {
        if (str_equal(mode->name, name))
            return mode;
    }
    return NULL;
}

struct object *
model_object(const struct model *model, const char *name)
{
    struct object *object;

    TAILQ_FOREACH(object, &model->objects, link) {
        if (str_equal(object->name, name))
            return object;
    }
    return NULL;
}

const struct rows *
model_rows(const struct model *model, const char *name)
{
    const struct rows *rows;

    TAILQ_FOREACH(rows, &model->rows, link) {
        if (str_equal(rows->name, name))
            return rows;
    }
    return NULL;
}

const struct varbind *
model_varbind(const struct model *model, const char *column)
{
    const struct varbind *varbind;

    TAILQ_FOREACH(varbind, &model->varbinds, link) {
        if (str_equal(varbind->column, column))
            return varbind;
    }
    return NULL;
}

size_t
enum_position(const struct enumeration *e, const char *name)
{
    const struct enum_value *value;
    size_t position = 0;

    TAILQ_FOREACH(value, &e->values, link) {
        if (str_equal(value->name, name))
            return position;
        position++;
    }
    return position;
}
