/*
 * emit_views.c - views.h and views.c: each object as a plain struct, with the
 * defaults applied.
 */
#include "emit.h"
#include "names.h"
#include "types.h"

#include <string.h>

static const char *
c_type(struct arena *arena, const struct type *type)
{
    switch (type->form) {
    case FORM_UINT:
        return type->max > UINT32_MAX ? "uint64_t " : "uint32_t ";
    case FORM_HEX32:
    case FORM_IPV4:
    case FORM_MASK:
        return "uint32_t ";
    case FORM_FLAG:
        return "bool ";
    case FORM_ENUM:
        return arena_printf(
            arena, "enum %s ", name_snake(arena, type->enumeration->name));
    case FORM_LIST:
        return "uint64_t ";
    case FORM_TEXT:
    case FORM_LINE:
    case FORM_SECRET_TEXT:
    case FORM_SECRET_HEX:
    case FORM_HASH:
    case FORM_COUNT:
        break;
    }
    return "const char *";
}

/* Keys are always there; texts, flags and lists say by themselves. */
static bool
wants_has(const struct field *field)
{
    if (field->attr == NULL && !field->optional)
        return false;
    return form_is_number(field->type.form) && field->type.form != FORM_FLAG &&
           field->type.form != FORM_LIST;
}

static void
emit_struct(struct model *model, const struct object *object, struct str *out)
{
    str_printf(out, "/* %s */\nstruct cfg_%s {\n", object->title, object->id);
    for (size_t i = 0; i < object->field_count; i++) {
        const struct field *field = object->fields[i];

        if (wants_has(field))
            str_printf(out, "    bool has_%s;\n", field->id);
        str_printf(out, "    %s%s; /* %s */\n",
            c_type(&model->arena, &field->type), field->id, field->help);
    }
    str_printf(out,
        "};\nvoid cfg_%s_read(\n"
        "    const struct value *fields, struct cfg_%s *out_view);\n\n",
        object->id, object->id);
}

void
emit_views_h(struct model *model, struct str *out)
{
    const struct object *object;

    str_add(out,
        "/*\n * views.h - generated from schemas/ by schemac.\n *\n"
        " * An object's fields as a plain struct, with the defaults applied.\n"
        " * has_x: x was set or has a default.  A text that is not set is\n"
        " * NULL, a list 0; secrets are in their sealed form.  Texts are\n"
        " * borrowed from the values.\n */\n"
        "#ifndef GEN_VIEWS_H\n#define GEN_VIEWS_H\n\n"
        "#include \"gen/enums.h\"\n#include \"schema/schema.h\"\n\n"
        "#include <stdbool.h>\n#include <stdint.h>\n\n");
    TAILQ_FOREACH(object, &model->objects, link)
        emit_struct(model, object, out);
    str_add(out, "#endif\n");
}

static void
emit_read(struct model *model, const struct object *object, struct str *out)
{
    str_printf(out,
        "\nvoid\ncfg_%s_read(const struct value *fields, "
        "struct cfg_%s *out_view)\n{\n"
        "    const struct schema_field *schema = "
        "schema_objects[%s].fields;\n\n"
        "    *out_view = (struct cfg_%s){\n",
        object->id, object->id,
        emit_constant(&model->arena, "object", object->name), object->id);
    for (size_t i = 0; i < object->field_count; i++) {
        const struct field *field = object->fields[i];
        const char *type = c_type(&model->arena, &field->type);

        if (wants_has(field)) {
            str_printf(out, "        .has_%s = is_set(fields, schema, %zu),\n",
                field->id, i);
        }
        if (!form_is_number(field->type.form)) {
            str_printf(out, "        .%s = text_at(fields, schema, %zu),\n",
                field->id, i);
        } else if (field->type.form == FORM_FLAG) {
            str_printf(out,
                "        .%s = number_at(fields, schema, %zu) != 0,\n",
                field->id, i);
        } else {
            str_printf(out,
                "        .%s = (%.*s)number_at(fields, schema, %zu),\n",
                field->id, (int)strlen(type) - 1, type, i);
        }
    }
    str_add(out, "    };\n}\n");
}

void
emit_views_c(struct model *model, struct str *out)
{
    const struct object *object;

    str_add(out,
        "/* views.c - generated from schemas/ by schemac. */\n"
        "#include \"gen/views.h\"\n\n#include <stddef.h>\n\n"
        "static const struct value *\n"
        "in_force(const struct value *fields,\n"
        "    const struct schema_field *schema, size_t i)\n{\n"
        "    return value_is_set(&fields[i]) ? &fields[i]\n"
        "                                    : &schema[i].fallback;\n}\n\n"
        "static inline bool\n"
        "is_set(const struct value *fields,\n"
        "    const struct schema_field *schema, size_t i)\n{\n"
        "    return value_is_set(in_force(fields, schema, i));\n}\n\n"
        "static inline uint64_t\n"
        "number_at(const struct value *fields,\n"
        "    const struct schema_field *schema, size_t i)\n{\n"
        "    const struct value *value = in_force(fields, schema, i);\n\n"
        "    return value->kind == VALUE_NUMBER ? value->number : 0;\n}\n\n"
        "static inline const char *\n"
        "text_at(const struct value *fields,\n"
        "    const struct schema_field *schema, size_t i)\n{\n"
        "    const struct value *value = in_force(fields, schema, i);\n\n"
        "    return value_is_set(value) ? value_string(value) : NULL;\n}\n");
    TAILQ_FOREACH(object, &model->objects, link)
        emit_read(model, object, out);
}
