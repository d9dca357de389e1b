/*
 * emit_mib.c - mib.h and mib.c: what SNMP serves, as tables.
 */
#include "emit.h"
#include "names.h"
#include "types.h"

#include <inttypes.h>

void
emit_mib_h(struct model *model, struct str *out)
{
    str_add(out,
        "/*\n * mib.h - generated from schemas/ by schemac: what SNMP serves.\n"
        " *\n"
        " * A table is made of one or more sources, rows that an exec answers\n"
        " * with; all have the parts of its index.  Lowest layer.\n */\n"
        "#ifndef GEN_MIB_H\n#define GEN_MIB_H\n\n"
        "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n\n"
        "enum mib_syntax {\n");
    for (unsigned i = 0; i < MIB_SYNTAX_COUNT; i++) {
        str_printf(out, "    MIB_%s,\n",
            name_upper(&model->arena, mib_syntax_name((enum mib_syntax)i)));
    }
    str_add(out,
        "};\n\n"
        "/* How a column becomes the value. */\n"
        "enum mib_reading {\n"
        "    MIB_PLAIN,    /* as it is                                  */\n"
        "    MIB_MAP,      /* by number of an enum's word, or a flag's  */\n"
        "    MIB_DATE,     /* seconds since 1970 as DateAndTime         */\n"
        "    MIB_HEX,      /* hexadecimal text as octets                */\n"
        "    MIB_CONSTANT, /* no column: `unset` is the value           */\n"
        "};\n\n"
        "enum mib_part { MIB_PART_NUMBER, MIB_PART_IPV4, MIB_PART_TEXT };\n\n");
    str_printf(out,
        "enum {\n    MIB_SOURCES_MAX = %d,\n    MIB_PARTS_MAX = %d,\n"
        "    MIB_NONE = 65535, /* no such column */\n"
        "    MIB_TABLE_COUNT = %zu,\n};\n\n",
        MIB_SOURCES_MAX, MIB_PARTS_MAX, model->mib_count);
    str_add(out,
        "struct mib_fixed {\n"
        "    bool is_set;\n"
        "    int64_t number;   /* of the numbers and of addresses */\n"
        "    const char *text; /* as written                      */\n"
        "};\n\n"
        "struct mib_map {\n    bool is_set;\n    int64_t number;\n};\n\n"
        "struct mib_object {\n"
        "    const char *name;\n"
        "    uint32_t number;\n"
        "    enum mib_syntax syntax;\n"
        "    enum mib_reading reading;\n"
        "    uint8_t source;\n"
        "    uint16_t column;           /* of the source's rows          */\n"
        "    uint16_t map_count;        /* of MIB_MAP                    */\n"
        "    const struct mib_map *map; /* by the column's number        */\n"
        "    struct mib_fixed otherwise; /* of what the map leaves out   */\n"
        "    struct mib_fixed unset; /* of a column without a value      */\n"
        "};\n\n"
        "struct mib_source {\n"
        "    uint16_t rows;   /* enum schema_rows_id                        */\n"
        "    uint16_t exec;   /* enum schema_exec_id                        */\n"
        "    uint16_t router; /* column with the router index, or MIB_NONE  */\n"
        "    uint16_t parts[MIB_PARTS_MAX]; /* columns of the index         */\n"
        "};\n\n"
        "struct mib_table {\n"
        "    const char *name;\n"
        "    const char *title;\n"
        "    const uint32_t *oid; /* of the entry; of scalars, above them */\n"
        "    uint8_t oid_length;\n"
        "    uint8_t part_count; /* 0: scalars */\n"
        "    uint8_t source_count;\n"
        "    bool shared; /* the same in every virtual router's context */\n"
        "    enum mib_part parts[MIB_PARTS_MAX];\n"
        "    struct mib_source sources[MIB_SOURCES_MAX];\n"
        "    const struct mib_object *objects; /* by ascending number */\n"
        "    uint16_t object_count;\n"
        "};\n\n"
        "extern const struct mib_table mib_tables[];\n\n#endif\n");
}

/* ---- mib.c ---- */

static void
emit_fixed(struct str *out, const char *member, const char *text,
    enum mib_syntax syntax)
{
    uint64_t subids[MIB_OID_MAX];
    int64_t number = 0;

    if (text == NULL)
        return;
    if (syntax == MIB_IPADDRESS && mib_oid(text, subids) == 4) {
        for (unsigned i = 0; i < 4; i++)
            number = number * 256 + (int64_t)subids[i];
    } else if (syntax < MIB_IPADDRESS && !mib_number(text, &number)) {
        number = 0; /* checked */
    }
    str_printf(out, ", .%s = {true, INT64_C(%" PRId64 "), ", member, number);
    emit_c_string(out, text);
    str_add_char(out, '}');
}

static void
emit_map(struct model *model, const struct mib_object *object, struct str *out)
{
    const struct mib_word *word;

    str_printf(out, "static const struct mib_map map_%s[%zu] = {\n",
        name_snake(&model->arena, object->name), object->map_count);
    TAILQ_FOREACH(word, &object->words, link) {
        str_printf(out, "    [%zu] = {true, INT64_C(%" PRId64 ")},\n",
            word->position, word->number);
    }
    str_add(out, "};\n\n");
}

static void
emit_object(
    struct model *model, const struct mib_object *object, struct str *out)
{
    static const char *const readings[] = {[READ_PLAIN] = "PLAIN",
        [READ_MAP] = "MAP",
        [READ_DATE] = "DATE",
        [READ_HEX] = "HEX",
        [READ_CONSTANT] = "CONSTANT"};

    str_printf(out,
        "    {.name = \"%s\", .number = %" PRIu64 ", .syntax = MIB_%s, "
        ".reading = MIB_%s",
        object->name, object->number,
        name_upper(&model->arena, mib_syntax_name(object->syntax)),
        readings[object->reading]);
    if (object->column != NULL) {
        str_printf(out, ", .source = %zu, .column = %zu", object->rows,
            object->column->index);
    } else {
        str_add(out, ", .column = MIB_NONE");
    }
    if (object->reading == READ_MAP) {
        str_printf(out, ", .map = map_%s, .map_count = %zu",
            name_snake(&model->arena, object->name), object->map_count);
    }
    emit_fixed(out, "otherwise", object->otherwise, object->syntax);
    emit_fixed(out, "unset", object->unset, object->syntax);
    str_add(out, "},\n");
}

static void
emit_parts(struct model *model, const struct mib *mib, struct str *out)
{
    (void)model;
    for (size_t i = 0; i < mib->part_count; i++) {
        enum form form = mib->rows[0].parts[i]->type.form;

        str_printf(out, "%s%s", i == 0 ? ".parts = {" : ", ",
            form == FORM_IPV4 || form == FORM_MASK   ? "MIB_PART_IPV4"
            : form == FORM_TEXT || form == FORM_LINE ? "MIB_PART_TEXT"
                                                     : "MIB_PART_NUMBER");
    }
    if (mib->part_count > 0)
        str_add(out, "}, ");
}

static void
emit_source(const struct mib *mib, const struct mib_rows *rows, struct str *out)
{
    str_printf(out, "{%zu, %zu, ", rows->rows->index, rows->exec->index);
    if (rows->router == NULL) {
        str_add(out, "MIB_NONE, {");
    } else {
        str_printf(out, "%zu, {", rows->router->index);
    }
    for (size_t i = 0; i < mib->part_count; i++)
        str_printf(out, "%s%zu", i == 0 ? "" : ", ", rows->parts[i]->index);
    str_add(out, mib->part_count == 0 ? "0}}" : "}}");
}

static void
emit_table(struct model *model, const struct mib *mib, struct str *out)
{
    const char *id = name_snake(&model->arena, mib->name);

    str_printf(out, "    {.name = \"%s\", .title = ", mib->name);
    emit_c_string(out, mib->title);
    str_printf(out,
        ", .oid = oid_%s, .oid_length = %zu,\n        .part_count = %zu, "
        ".source_count = %zu, .shared = %s, ",
        id, mib->subid_count, mib->part_count, mib->rows_count,
        mib->shared ? "true" : "false");
    emit_parts(model, mib, out);
    str_add(out, "\n        .sources = {");
    for (size_t i = 0; i < mib->rows_count; i++) {
        str_add(out, i == 0 ? "" : ", ");
        emit_source(mib, &mib->rows[i], out);
    }
    str_printf(out,
        "},\n        .objects = objects_%s, .object_count = %zu},\n", id,
        mib->object_count);
}

void
emit_mib_c(struct model *model, struct str *out)
{
    const struct mib *mib;
    const struct mib_object *object;

    str_add(out, "/* mib.c - generated from schemas/ by schemac. */\n"
                 "#include \"gen/mib.h\"\n\n");
    TAILQ_FOREACH(mib, &model->mibs, link) {
        const char *id = name_snake(&model->arena, mib->name);

        str_printf(out, "static const uint32_t oid_%s[] = {", id);
        for (size_t i = 0; i < mib->subid_count; i++)
            str_printf(out, "%s%" PRIu64, i == 0 ? "" : ", ", mib->subids[i]);
        str_add(out, "};\n\n");
        TAILQ_FOREACH(object, &mib->objects, link) {
            if (object->reading == READ_MAP)
                emit_map(model, object, out);
        }
        str_printf(
            out, "static const struct mib_object objects_%s[] = {\n", id);
        TAILQ_FOREACH(object, &mib->objects, link)
            emit_object(model, object, out);
        str_add(out, "};\n\n");
    }
    str_add(out, "const struct mib_table mib_tables[] = {\n");
    TAILQ_FOREACH(mib, &model->mibs, link)
        emit_table(model, mib, out);
    /* C has no empty arrays: one more that is nothing. */
    str_add(out, "    {.name = NULL},\n};\n");
}
