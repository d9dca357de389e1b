/*
 * emit_ids.c - enums.h, drops.h, drops.c and ids.h: the numbers of things.
 */
#include "emit.h"
#include "names.h"

void
emit_c_string(struct str *out, const char *text)
{
    if (text == NULL) {
        str_add(out, "NULL");
        return;
    }
    str_add_char(out, '"');
    for (const char *start = text; *text != '\0'; text++) {
        if (*text == '\n') {
            str_add(out, "\\n");
            continue;
        }
        /* Two '?' in a row would begin a trigraph. */
        if (*text == '"' || *text == '\\' ||
            (*text == '?' && text != start && text[-1] == '?'))
            str_add_char(out, '\\');
        str_add_char(out, *text);
    }
    str_add_char(out, '"');
}

const char *
emit_constant(struct arena *arena, const char *prefix, const char *name)
{
    return arena_printf(
        arena, "%s_%s", name_upper(arena, prefix), name_upper(arena, name));
}

void
emit_enums_h(struct model *model, struct str *out)
{
    const struct enumeration *e;
    const struct enum_value *value;

    str_add(out,
        "/* enums.h - generated from schemas/ by schemac.  Lowest layer: no "
        "includes. */\n#ifndef GEN_ENUMS_H\n#define GEN_ENUMS_H\n");
    TAILQ_FOREACH(e, &model->enums, link) {
        str_printf(out, "\n/* %s */\nenum %s {\n", e->title,
            name_snake(&model->arena, e->name));
        TAILQ_FOREACH(value, &e->values, link)
            str_printf(out, "    %s,\n",
                emit_constant(&model->arena, e->name, value->name));
        str_printf(out, "    %s\n};\n",
            emit_constant(&model->arena, e->name, "count"));
    }
    str_add(out, "\n#endif\n");
}

void
emit_drops_h(struct model *model, struct str *out)
{
    const struct statistic *statistic;
    const struct drop *drop;

    str_add(out,
        "/* drops.h - generated from schemas/ by schemac.  Lowest layer: no "
        "includes. */\n#ifndef GEN_DROPS_H\n#define GEN_DROPS_H\n\n"
        "enum statistic {\n    STATISTIC_NONE,\n");
    TAILQ_FOREACH(statistic, &model->statistics, link)
        str_printf(out, "    %s,\n",
            emit_constant(&model->arena, "statistic", statistic->name));
    str_add(out, "    STATISTIC_COUNT\n};\n\nenum drop {\n    DROP_NONE,\n");
    TAILQ_FOREACH(drop, &model->drops, link)
        str_printf(
            out, "    %s,\n", emit_constant(&model->arena, "drop", drop->name));
    str_add(out,
        "    DROP_COUNT\n};\n\n"
        "struct statistic_name {\n"
        "    const char *name; /* \"in-auth-errors\" */\n"
        "    const char *help;\n};\n\n"
        "struct drop_reason {\n"
        "    const char *name;         /* \"no-sa\"                    */\n"
        "    enum statistic statistic; /* where it counts, per tunnel */\n"
        "    const char *sentence;\n};\n\n"
        "/* Indexed by their enum; the NONEs have empty rows. */\n"
        "extern const struct statistic_name statistic_names[STATISTIC_COUNT];\n"
        "extern const struct drop_reason drop_reasons[DROP_COUNT];\n\n"
        "#endif\n");
}

void
emit_drops_c(struct model *model, struct str *out)
{
    const struct statistic *statistic;
    const struct drop *drop;

    str_add(out,
        "/* drops.c - generated from schemas/ by schemac. */\n"
        "#include \"gen/drops.h\"\n\n"
        "const struct statistic_name statistic_names[STATISTIC_COUNT] = {\n"
        "    [STATISTIC_NONE] = {\"\", \"\"},\n");
    TAILQ_FOREACH(statistic, &model->statistics, link) {
        str_printf(out, "    [%s] = {",
            emit_constant(&model->arena, "statistic", statistic->name));
        emit_c_string(out, statistic->name);
        str_add(out, ", ");
        emit_c_string(out, statistic->help);
        str_add(out, "},\n");
    }
    str_add(out, "};\n\nconst struct drop_reason drop_reasons[DROP_COUNT] = {\n"
                 "    [DROP_NONE] = {\"\", STATISTIC_NONE, \"\"},\n");
    TAILQ_FOREACH(drop, &model->drops, link) {
        str_printf(out, "    [%s] = {",
            emit_constant(&model->arena, "drop", drop->name));
        emit_c_string(out, drop->name);
        str_printf(out, ", %s, ",
            emit_constant(&model->arena, "statistic", drop->statistic));
        emit_c_string(out, drop->sentence);
        str_add(out, "},\n");
    }
    str_add(out, "};\n");
}

/* ---- causes.h, causes.c ---- */

void
emit_causes_h(struct model *model, struct str *out)
{
    const struct cause *cause;

    str_add(out,
        "/* causes.h - generated from schemas/ by schemac.  Lowest layer: no "
        "includes. */\n#ifndef GEN_CAUSES_H\n#define GEN_CAUSES_H\n\n"
        "enum cause {\n");
    TAILQ_FOREACH(cause, &model->causes, link) {
        str_printf(out, "    %s,\n",
            emit_constant(&model->arena, "cause", cause->name));
    }
    str_add(out,
        "    CAUSE_COUNT\n};\n\n"
        "struct cause_text {\n"
        "    const char *name;     /* \"no-key\"                     */\n"
        "    const char *sentence; /* what is wrong                */\n"
        "    const char *fix;      /* what to change, on which side */\n};\n\n"
        "extern const struct cause_text cause_texts[CAUSE_COUNT];\n\n"
        "#endif\n");
}

void
emit_causes_c(struct model *model, struct str *out)
{
    const struct cause *cause;

    str_add(out, "/* causes.c - generated from schemas/ by schemac. */\n"
                 "#include \"gen/causes.h\"\n\n"
                 "const struct cause_text cause_texts[CAUSE_COUNT] = {\n");
    TAILQ_FOREACH(cause, &model->causes, link) {
        str_printf(out, "    [%s] = {",
            emit_constant(&model->arena, "cause", cause->name));
        emit_c_string(out, cause->name);
        str_add(out, ", ");
        emit_c_string(out, cause->sentence);
        str_add(out, ", ");
        emit_c_string(out, cause->fix);
        str_add(out, "},\n");
    }
    str_add(out, "};\n");
}

/* ---- ids.h ---- */

static void
emit_id(
    struct model *model, struct str *out, const char *prefix, const char *name)
{
    str_printf(out, "    %s,\n", emit_constant(&model->arena, prefix, name));
}

static void
emit_things(struct model *model, struct str *out)
{
    const struct enumeration *e;
    const struct mode *mode;
    const struct object *object;
    const struct exec *exec;
    const struct rows *rows;

    str_add(out, "enum schema_enum_id {\n");
    TAILQ_FOREACH(e, &model->enums, link)
        emit_id(model, out, "enum", e->name);
    str_add(out, "    ENUM_COUNT\n};\n\nenum schema_mode_id {\n");
    TAILQ_FOREACH(mode, &model->modes, link)
        emit_id(model, out, "mode", mode->name);
    str_add(out, "    MODE_COUNT\n};\n\n/* Parents first. */\n"
                 "enum schema_object_id {\n");
    TAILQ_FOREACH(object, &model->objects, link)
        emit_id(model, out, "object", object->name);
    str_add(out, "    OBJECT_COUNT\n};\n\nenum schema_exec_id {\n");
    TAILQ_FOREACH(exec, &model->execs, link)
        emit_id(model, out, "exec", exec->name);
    str_add(out, "    EXEC_COUNT\n};\n\nenum schema_rows_id {\n");
    TAILQ_FOREACH(rows, &model->rows, link)
        emit_id(model, out, "rows", rows->name);
    str_add(out, "    ROWS_COUNT\n};\n\n");
}

/* The named rules over several settings; mgmt/config has the functions. */
static void
emit_checks(struct model *model, struct str *out)
{
    const struct object *object;

    str_add(out, "/* Rules over several settings; the functions are the "
                 "validator's. */\nenum schema_check_id {\n");
    TAILQ_FOREACH(object, &model->objects, link) {
        if (object->check != NULL)
            emit_id(model, out, "check", object->check);
    }
    str_add(out, "    CHECK_COUNT\n};\n\n");
}

static void
emit_object_ids(
    struct model *model, const struct object *object, struct str *out)
{
    const char *prefix = emit_constant(&model->arena, "field", object->name);
    const struct attr *attr;

    str_printf(out, "/* %s: %s */\nenum {\n", object->name, object->title);
    for (size_t i = 0; i < object->field_count; i++)
        emit_id(model, out, prefix, object->fields[i]->id);
    emit_id(model, out, "fields", object->name);
    str_add(out, "};\nenum {\n");
    prefix = emit_constant(&model->arena, "setting", object->name);
    TAILQ_FOREACH(attr, &object->attrs, link)
        emit_id(model, out, prefix, attr->name);
    emit_id(model, out, "settings", object->name);
    str_add(out, "};\n\n");
}

static void
emit_field_ids(struct model *model, const char *prefix, const char *name,
    const struct fields *fields, struct str *out)
{
    const char *whole = emit_constant(&model->arena, prefix, name);
    const struct field *field;

    if (TAILQ_EMPTY(fields))
        return;
    str_add(out, "enum {\n");
    TAILQ_FOREACH(field, fields, link)
        emit_id(model, out, whole, field->id);
    emit_id(model, out, arena_printf(&model->arena, "%ss", prefix), name);
    str_add(out, "};\n\n");
}

static size_t
larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Largest counts, for arrays on the stack. */
static void
emit_sizes(struct model *model, struct str *out)
{
    const struct object *object;
    const struct attr *attr;
    const struct exec *exec;
    const struct rows *rows;
    size_t fields = 1;
    size_t keys = 1;
    size_t setting_fields = 1;
    size_t args = 1;
    size_t columns = 1;

    TAILQ_FOREACH(object, &model->objects, link) {
        fields = larger(fields, object->field_count);
        keys = larger(keys, object->key_count);
        TAILQ_FOREACH(attr, &object->attrs, link)
            setting_fields = larger(setting_fields, attr->field_count);
    }
    TAILQ_FOREACH(exec, &model->execs, link)
        args = larger(args, exec->arg_count);
    TAILQ_FOREACH(rows, &model->rows, link)
        columns = larger(columns, rows->column_count);
    str_printf(out,
        "/* The largest counts; at least 1. */\nenum {\n"
        "    COMMAND_COUNT = %zu,\n    PATTERN_COUNT = %zu,\n"
        "    SCHEMA_FIELDS_MAX = %zu,\n    SCHEMA_KEYS_MAX = %zu,\n"
        "    SCHEMA_SETTING_FIELDS_MAX = %zu,\n"
        "    SCHEMA_ARGS_MAX = %zu,\n    SCHEMA_COLUMNS_MAX = %zu,\n};\n\n",
        model->command_count, model->pattern_count, fields, keys,
        setting_fields, args, columns);
}

void
emit_ids_h(struct model *model, struct str *out)
{
    const struct object *object;
    const struct exec *exec;
    const struct rows *rows;

    str_add(out,
        "/*\n * ids.h - generated from schemas/ by schemac.\n *\n"
        " * FIELD_, ARG_ and COLUMN_ are indices into a row of values;\n"
        " * SETTING_ is an index into the object's settings.  FIELDS_, ARGS_,\n"
        " * COLUMNS_ and SETTINGS_ say how many there are.\n */\n"
        "#ifndef GEN_IDS_H\n#define GEN_IDS_H\n\n");
    emit_things(model, out);
    emit_checks(model, out);
    emit_sizes(model, out);
    TAILQ_FOREACH(object, &model->objects, link)
        emit_object_ids(model, object, out);
    TAILQ_FOREACH(exec, &model->execs, link)
        emit_field_ids(model, "arg", exec->name, &exec->args, out);
    TAILQ_FOREACH(rows, &model->rows, link)
        emit_field_ids(model, "column", rows->name, &rows->columns, out);
    str_add(out, "#endif\n");
}
