/*
 * emit_tables.c - tables.c: the tables of mgmt/schema/schema.h.
 */
#include "emit.h"
#include "names.h"
#include "types.h"

#include <inttypes.h>
#include <string.h>

static void
emit_index(struct str *out, const char *name, bool given, size_t index)
{
    str_printf(out, ".%s = %zu, ", name, given ? index : (size_t)NONE);
}

static void
emit_text_member(struct str *out, const char *name, const char *text)
{
    str_printf(out, ".%s = ", name);
    emit_c_string(out, text);
    str_add(out, ", ");
}

/* ---- static texts: defaults and presets ---- */

static void
emit_text(struct str *out, const char *id, const char *owner, const char *text)
{
    size_t length = strlen(text);

    str_printf(out,
        "static struct {\n    uint32_t refs;\n    uint32_t length;\n"
        "    char bytes[%zu];\n} text_%s_%s = {.length = %zu, .bytes = ",
        length + 1, owner, id, length);
    emit_c_string(out, text);
    str_add(out, "};\n");
}

/* Texts are counted; one with zero references is never freed. */
static void
emit_texts(struct model *model, struct str *out)
{
    const struct object *object;

    TAILQ_FOREACH(object, &model->objects, link) {
        for (size_t i = 0; i < object->field_count; i++) {
            const struct field *field = object->fields[i];

            if (field->fallback != NULL && !form_is_number(field->type.form))
                emit_text(out, field->id, object->id, field->fallback);
        }
        if (object->preset != NULL &&
            !form_is_number(object->fields[0]->type.form))
            emit_text(out, "preset", object->id, object->preset);
    }
    str_add(out, "\n");
}

static void
emit_value(struct str *out, const struct field *field, const char *id,
    const char *owner, uint64_t number)
{
    if (form_is_number(field->type.form)) {
        str_printf(out,
            "{.kind = VALUE_NUMBER, .number = UINT64_C(%" PRIu64 ")}", number);
    } else {
        str_printf(out,
            "{.kind = VALUE_TEXT, .text = (struct text *)&text_%s_%s}", owner,
            id);
    }
}

static void
emit_presets(struct model *model, struct str *out)
{
    const struct object *object;

    TAILQ_FOREACH(object, &model->objects, link) {
        uint64_t number = 0;

        if (object->preset == NULL)
            continue;
        (void)type_accepts(&object->fields[0]->type, object->preset, &number);
        str_printf(
            out, "static const struct value preset_%s[] = {", object->id);
        emit_value(out, object->fields[0], "preset", object->id, number);
        str_add(out, "};\n");
    }
    str_add(out, "\n");
}

/* ---- enums, modes ---- */

static void
emit_enum_tables(struct model *model, struct str *out)
{
    const struct enumeration *e;
    const struct enum_value *value;

    TAILQ_FOREACH(e, &model->enums, link) {
        str_printf(out, "static const struct schema_word values_%s[] = {\n",
            name_snake(&model->arena, e->name));
        TAILQ_FOREACH(value, &e->values, link) {
            str_add(out, "    {");
            emit_text_member(out, "word", value->name);
            emit_text_member(out, "help", value->help);
            str_add(out, "},\n");
        }
        str_add(out, "};\n");
    }
    str_add(out, "\nconst struct schema_enum schema_enums[ENUM_COUNT] = {\n");
    TAILQ_FOREACH(e, &model->enums, link) {
        str_add(out, "    {");
        emit_text_member(out, "name", e->name);
        str_printf(out, ".values = values_%s, .count = %zu},\n",
            name_snake(&model->arena, e->name), e->count);
    }
    str_add(out, "};\n\n");
}

static void
emit_modes(struct model *model, struct str *out)
{
    const struct mode *mode;

    str_add(out, "const struct schema_mode schema_modes[MODE_COUNT] = {\n");
    TAILQ_FOREACH(mode, &model->modes, link) {
        str_add(out, "    {");
        emit_text_member(out, "name", mode->name);
        emit_text_member(out, "prompt", mode->prompt);
        emit_index(out, "parent", mode->parent != NULL,
            mode->parent == NULL ? 0 : mode->parent->index);
        str_add(out, "},\n");
    }
    str_add(out, "};\n\n");
}

/* ---- fields ---- */

static void
emit_field(struct str *out, const struct field *field, const char *owner)
{
    const struct type *type = &field->type;

    str_add(out, "    {");
    emit_text_member(out, "name", field->id);
    str_printf(out,
        ".type = {%s, UINT64_C(%" PRIu64 "), UINT64_C(%" PRIu64 "), %zu}, ",
        form_constant(type->form), type->min, type->max,
        type->enumeration == NULL ? (size_t)NONE : type->enumeration->index);
    emit_text_member(out, "help", field->help);
    emit_index(out, "setting", field->attr != NULL,
        field->attr == NULL ? 0 : field->attr->index);
    emit_index(out, "references", field->reference != NULL,
        field->reference == NULL ? 0 : field->reference->index);
    if (field->fallback != NULL) {
        str_add(out, ".fallback = ");
        emit_value(out, field, field->id, owner, field->fallback_number);
    }
    str_add(out, "},\n");
}

static void
emit_field_list(struct model *model, const char *what, const char *name,
    const struct fields *fields, struct str *out)
{
    const struct field *field;

    if (TAILQ_EMPTY(fields))
        return;
    str_printf(out, "static const struct schema_field %s_%s[] = {\n", what,
        name_snake(&model->arena, name));
    TAILQ_FOREACH(field, fields, link)
        emit_field(out, field, "");
    str_add(out, "};\n");
}

/* ---- objects ---- */

static void
emit_setting(struct str *out, const struct attr *attr)
{
    static const char *const needs[] = {
        "NEED_OPTIONAL", "NEED_REQUIRED", "NEED_NOT_APPLICABLE"};
    static const char *const effects[] = {
        "EFFECT_LIVE", "EFFECT_NEXT_NEGOTIATION", "EFFECT_RESTART_TUNNEL"};
    const struct command *command =
        attr->command != NULL ? attr->command : attr->object->command;

    str_add(out, "    {");
    emit_text_member(out, "name", attr->id);
    emit_text_member(out, "label", attr->label);
    emit_text_member(out, "help", attr->help);
    emit_text_member(out, "kept", attr->kept);
    emit_index(out, "unless", attr->unless != NULL,
        attr->unless == NULL ? 0 : attr->unless->index);
    str_printf(out,
        ".command = %zu, .first_field = %zu, .field_count = %zu, "
        ".merge = %s, .effect = %s, .rules = {",
        command->index, attr->first_field, attr->field_count,
        attr->merge ? "true" : "false", effects[attr->effect]);
    for (size_t i = 0; i < KINDS_MAX; i++) {
        const struct rule *rule = attr->by_kind[i];

        str_printf(out, "{%s, ", needs[rule == NULL ? 0 : rule->need]);
        emit_c_string(out, rule == NULL ? NULL : rule->sentence);
        str_add(out, i + 1 == KINDS_MAX ? "}" : "}, ");
    }
    str_add(out, "}},\n");
}

static void
emit_object_parts(struct str *out, const struct object *object)
{
    const struct attr *attr;

    str_printf(
        out, "static const struct schema_field fields_%s[] = {\n", object->id);
    for (size_t i = 0; i < object->field_count; i++)
        emit_field(out, object->fields[i], object->id);
    str_add(out, "};\n");
    if (object->attr_count == 0)
        return;
    str_printf(out, "static const struct schema_setting settings_%s[] = {\n",
        object->id);
    TAILQ_FOREACH(attr, &object->attrs, link)
        emit_setting(out, attr);
    str_add(out, "};\n");
}

static void
emit_object(struct model *model, struct str *out, const struct object *object)
{
    const struct attr *kinds = object->kinds;

    str_printf(out, "    [%s] = {",
        emit_constant(&model->arena, "object", object->name));
    emit_text_member(out, "name", object->name);
    emit_text_member(out, "title", object->title);
    emit_text_member(out, "kept", object->kept);
    str_printf(out, ".most = %u, ", (unsigned)object->most);
    emit_index(out, "parent", object->parent != NULL,
        object->parent == NULL ? 0 : object->parent->index);
    emit_index(out, "command", object->command != NULL,
        object->command == NULL ? 0 : object->command->index);
    emit_index(out, "mode", object->mode != NULL,
        object->mode == NULL ? 0 : object->mode->index);
    str_printf(out,
        ".inherited_count = %zu, .key_count = %zu, .field_count = %zu, "
        ".setting_count = %zu, .together_count = %zu, ",
        object->inherited_count, object->key_count, object->field_count,
        object->attr_count, object->together_count);
    emit_index(out, "kind_field", kinds != NULL,
        kinds == NULL ? 0 : kinds->first_field);
    if (object->check == NULL) {
        emit_index(out, "check", false, 0);
    } else {
        str_printf(out, ".check = %s, ",
            emit_constant(&model->arena, "check", object->check));
    }
    str_printf(out, ".fields = fields_%s, ", object->id);
    if (object->attr_count > 0)
        str_printf(out, ".settings = settings_%s, ", object->id);
    if (object->preset != NULL)
        str_printf(out, ".preset = preset_%s", object->id);
    str_add(out, "},\n");
}

static void
emit_objects(struct model *model, struct str *out)
{
    const struct object *object;

    TAILQ_FOREACH(object, &model->objects, link)
        emit_object_parts(out, object);
    str_add(
        out, "\nconst struct schema_object schema_objects[OBJECT_COUNT] = {\n");
    TAILQ_FOREACH(object, &model->objects, link)
        emit_object(model, out, object);
    str_add(out, "};\n\n");
}

/* ---- execs and rows ---- */

static void
emit_execs(struct model *model, struct str *out)
{
    const struct exec *exec;

    TAILQ_FOREACH(exec, &model->execs, link)
        emit_field_list(model, "args", exec->name, &exec->args, out);
    str_add(out, "\nconst struct schema_exec schema_execs[EXEC_COUNT] = {\n");
    TAILQ_FOREACH(exec, &model->execs, link) {
        str_add(out, "    {");
        emit_text_member(out, "name", exec->name);
        emit_text_member(out, "title", exec->title);
        emit_index(out, "command", !exec->hidden,
            exec->hidden ? 0 : exec->command->index);
        emit_index(out, "rows", exec->rows != NULL,
            exec->rows == NULL ? 0 : exec->rows->index);
        str_printf(out, ".level = %u, .local = %s, .owner = %s, ", exec->level,
            exec->local ? "true" : "false", exec->owner ? "true" : "false");
        str_printf(out, ".arg_count = %zu, ", exec->arg_count);
        if (exec->arg_count > 0) {
            str_printf(
                out, ".args = args_%s", name_snake(&model->arena, exec->name));
        }
        str_add(out, "},\n");
    }
    str_add(out, "};\n\n");
}

static void
emit_rows(struct model *model, struct str *out)
{
    const struct rows *rows;

    TAILQ_FOREACH(rows, &model->rows, link)
        emit_field_list(model, "columns", rows->name, &rows->columns, out);
    str_add(out, "\nconst struct schema_rows schema_rows[ROWS_COUNT] = {\n");
    TAILQ_FOREACH(rows, &model->rows, link) {
        str_add(out, "    {");
        emit_text_member(out, "name", rows->name);
        emit_text_member(out, "title", rows->title);
        str_printf(out, ".column_count = %zu, .columns = columns_%s},\n",
            rows->column_count, name_snake(&model->arena, rows->name));
    }
    str_add(out, "};\n\n");
}

void
emit_tables_c(struct model *model, struct str *out)
{
    str_add(out, "/* tables.c - generated from schemas/ by schemac. */\n"
                 "#include \"schema/schema.h\"\n\n");
    str_printf(
        out, "const char schema_hash[] = \"%016" PRIx64 "\";\n\n", model->hash);
    emit_texts(model, out);
    emit_presets(model, out);
    emit_enum_tables(model, out);
    emit_modes(model, out);
    emit_objects(model, out);
    emit_execs(model, out);
    emit_rows(model, out);
    emit_commands(model, out);
}
