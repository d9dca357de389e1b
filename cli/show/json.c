/*
 * json.c - rows, configurations and changes as JSON.
 *
 * Keys are the schema's names in snake case.  A row has every column, null
 * where there is nothing; an object of a configuration has what is set.
 */
#include "show/show.h"

#include "base/arena.h"
#include "base/str.h"
#include "show/rows.h"

#include <stdlib.h>

/* "ipsec-tunnel" as "ipsec_tunnel", with its quotes. */
static void
add_name(const char *name, struct str *out)
{
    str_add_char(out, '"');
    for (; *name != '\0'; name++) {
        char c = *name;

        if (c == '-')
            c = '_';
        str_add_char(out, c);
    }
    str_add_char(out, '"');
}

static void
add_field(const struct schema_field *field, const struct value *value,
    bool first, struct str *out)
{
    str_add(out, first ? "" : ", ");
    add_name(field->name, out);
    str_add(out, ": ");
    if (field->type.kind == TYPE_FLAG && !value_is_set(value)) {
        str_add(out, type_is_on(&field->type) ? "true" : "false");
    } else {
        value_write_json(&field->type, value, out);
    }
}

/* An empty text is nothing. */
static const struct value *
cell_in_json(const struct value *cell)
{
    static const struct value nothing = {.kind = VALUE_NONE};
    bool is_empty = cell->kind == VALUE_TEXT && value_string(cell)[0] == '\0';

    return is_empty ? &nothing : cell;
}

void
show_rows_json(const struct show_rows *rows, struct str *out)
{
    const struct schema_rows *schema = &schema_rows[rows->rows];
    size_t i;
    uint16_t column;

    str_add(out, "{\"format\": 1, ");
    add_name(schema->name, out);
    str_add(out, ": [");
    for (i = 0; i < rows->count; i++) {
        str_add(out, i == 0 ? "\n  {" : ",\n  {");
        for (column = 0; column < schema->column_count; column++) {
            add_field(&schema->columns[column],
                cell_in_json(&rows_at(rows, i)[column]), column == 0, out);
        }
        str_add_char(out, '}');
    }
    str_add(out, rows->count == 0 ? "]}\n" : "\n]}\n");
}

/* ---- configurations ---- */

/* Heap; from show_config_json_new to show_config_json_end.  Objects of one
 * type come together in JSON, but not in the order of a configuration. */
struct show_config_json {
    struct str *out;
    struct str objects[OBJECT_COUNT];
};

struct show_config_json *
show_config_json_new(struct str *out)
{
    struct show_config_json *json = mem_alloc(sizeof *json);
    size_t i;

    json->out = out;
    for (i = 0; i < OBJECT_COUNT; i++)
        str_init(&json->objects[i]);
    return json;
}

void
show_config_json_object(
    struct show_config_json *json, uint16_t object, const struct value *fields)
{
    const struct schema_object *schema = &schema_objects[object];
    struct str *out = &json->objects[object];
    bool first = true;
    uint16_t i;

    str_add(out, out->length == 0 ? "\n    {" : ",\n    {");
    for (i = 0; i < schema->field_count; i++) {
        if (!value_is_set(&fields[i]))
            continue;
        add_field(&schema->fields[i], &fields[i], first, out);
        first = false;
    }
    str_add_char(out, '}');
}

void
show_config_json_end(struct show_config_json *json)
{
    const char *before = "\n  ";
    size_t i;

    str_add(json->out, "{\"format\": 1, \"configuration\": {");
    for (i = 0; i < OBJECT_COUNT; i++) {
        if (json->objects[i].length > 0) {
            str_add(json->out, before);
            add_name(schema_objects[i].name, json->out);
            str_printf(json->out, ": [%s\n  ]", str_text(&json->objects[i]));
            before = ",\n  ";
        }
        str_done(&json->objects[i]);
    }
    str_add(json->out, "\n}}\n");
    free(json);
}

/* ---- changes ---- */

static void
add_key(const struct schema_object *object, const struct value *keys,
    struct str *out)
{
    bool first = true;
    uint16_t i;

    str_add(out, ", \"key\": {");
    for (i = 0; i < object->key_count; i++) {
        if (!value_is_set(&keys[i]))
            continue;
        add_field(&object->fields[i], &keys[i], first, out);
        first = false;
    }
    str_add_char(out, '}');
}

static bool
differs(const struct value *a, const struct value *b, uint16_t field)
{
    if (a == NULL)
        return value_is_set(&b[field]);
    if (b == NULL)
        return value_is_set(&a[field]);
    return !value_equal(&a[field], &b[field]);
}

/* The fields that are not the same on the other side, as they are here. */
static void
add_side(const struct schema_object *object, const char *name,
    const struct value *here, const struct value *there, struct str *out)
{
    bool first = true;
    uint16_t i;

    str_printf(out, ", \"%s\": ", name);
    if (here == NULL) {
        str_add(out, "null");
        return;
    }
    str_add_char(out, '{');
    for (i = object->key_count; i < object->field_count; i++) {
        if (!differs(here, there, i))
            continue;
        add_field(&object->fields[i], &here[i], first, out);
        first = false;
    }
    str_add_char(out, '}');
}

void
show_change_json(uint16_t object, const struct value *before,
    const struct value *after, bool first, struct str *out)
{
    const struct schema_object *schema = &schema_objects[object];

    if (before == NULL && after == NULL)
        return;
    str_add(out, first ? "\n  {\"object\": " : ",\n  {\"object\": ");
    add_name(schema->name, out);
    str_printf(out, ", \"action\": \"%s\"",
        before == NULL  ? "created"
        : after == NULL ? "deleted"
                        : "changed");
    add_key(schema, after == NULL ? before : after, out);
    add_side(schema, "before", before, after, out);
    add_side(schema, "after", after, before, out);
    str_add_char(out, '}');
}
