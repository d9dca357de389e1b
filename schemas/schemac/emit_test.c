/*
 * emit_test.c - matrix.h: what each setting of each kind of object needs, and
 * lines that set it rightly and wrongly, for the matrix test.
 */
#include "emit.h"
#include "sample.h"
#include "types.h"

static void
emit_row(struct model *model, const struct attr *attr,
    const struct enum_value *kind, size_t index, struct str *out)
{
    static const char *const needs[] = {
        "NEED_OPTIONAL", "NEED_REQUIRED", "NEED_NOT_APPLICABLE"};
    const struct rule *rule = attr->by_kind[index];
    const struct object *object = attr->object;
    const struct pattern *pattern = sample_pattern(attr);
    bool is_on = attr->command != NULL &&
                 type_begins_on(&TAILQ_FIRST(&attr->fields)->type);
    struct str line;

    str_init(&line);
    str_printf(out,
        "    {\n        .object = %s,\n        .setting = SETTING_%s,\n"
        "        .kind = %zu,\n        .kind_name = ",
        emit_constant(&model->arena, "object", object->name),
        emit_constant(&model->arena, object->name, attr->name), index);
    emit_c_string(out, kind == NULL ? "" : kind->name);
    str_printf(out, ",\n        .need = %s,\n        .sentence = ",
        needs[rule == NULL ? 0 : rule->need]);
    emit_c_string(out, rule == NULL ? NULL : rule->sentence);
    if (is_on) /* what is stored is that it is off */
        str_add(&line, "no ");
    sample_line(pattern, &line);
    str_add(out, ",\n        .set = ");
    emit_c_string(out, str_text(&line));
    str_clear(&line);
    sample_bad_line(pattern, &line);
    str_add(out, ",\n        .bad = ");
    emit_c_string(out, str_text(&line));
    str_clear(&line);
    if (attr->command != NULL)
        str_printf(&line, "%s%s", is_on ? "" : "no ", attr->label);
    str_add(out, ",\n        .unset = ");
    emit_c_string(out, attr->command == NULL ? NULL : str_text(&line));
    str_add(out, ",\n    },\n");
    str_done(&line);
}

static void
emit_object_rows(
    struct model *model, const struct object *object, struct str *out)
{
    const struct enumeration *kinds = NULL;
    const struct enum_value *kind;
    const struct attr *attr;

    if (object->kinds != NULL)
        kinds = TAILQ_FIRST(&object->kinds->fields)->type.enumeration;
    TAILQ_FOREACH(attr, &object->attrs, link) {
        size_t index = 0;

        if (kinds == NULL) {
            emit_row(model, attr, NULL, 0, out);
            continue;
        }
        TAILQ_FOREACH(kind, &kinds->values, link)
            emit_row(model, attr, kind, index++, out);
    }
}

void
emit_matrix_h(struct model *model, struct str *out)
{
    const struct object *object;

    str_add(out,
        "/*\n * matrix.h - generated from schemas/ by schemac.\n *\n"
        " * A row per setting and kind of object, for tests/matrix only.\n"
        " * To be included by one file.\n */\n"
        "#ifndef GEN_MATRIX_H\n#define GEN_MATRIX_H\n\n"
        "#include \"schema/schema.h\"\n\n"
        "struct matrix_row {\n"
        "    uint16_t object;\n    uint16_t setting;\n"
        "    uint16_t kind;         /* index of the kind's value       */\n"
        "    const char *kind_name; /* empty for objects without kinds */\n"
        "    enum schema_need need;\n"
        "    const char *sentence; /* NULL: none                       */\n"
        "    const char *set;      /* a line that sets it              */\n"
        "    const char *bad;      /* one that the parser must refuse   */\n"
        "    const char *unset;    /* NULL: only with the whole object  */\n"
        "};\n\nstatic const struct matrix_row matrix_rows[] = {\n");
    TAILQ_FOREACH(object, &model->objects, link)
        emit_object_rows(model, object, out);
    str_add(out, "};\n\n#endif\n");
}
