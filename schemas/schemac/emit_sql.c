/*
 * emit_sql.c - the database: config.sql for people, and the statements of
 * sql.h and sql_tables.c for the store.
 *
 * One STRICT table per object.  The keys are the primary key; an object with
 * an optional key has a unique index instead, in which a missing key counts
 * as ''.  An object without keys has one row, kept apart by `only`.  Objects
 * that are there from the start get their row with the table.
 */
#include "emit.h"
#include "types.h"

#include <inttypes.h>

static bool
has_optional_key(const struct object *object)
{
    for (size_t i = 0; i < object->key_count; i++) {
        if (object->fields[i]->optional)
            return true;
    }
    return false;
}

/* The fields' names from..to with commas between. */
static void
emit_columns(
    struct str *out, const struct object *object, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        str_printf(out, "%s%s", i == from ? "" : ", ", object->fields[i]->id);
}

/* Not `IN (...)`: for three words or more SQLite makes a table of them, anew
 * for each row that is written. */
static void
emit_words_check(struct str *out, const struct field *field)
{
    const struct enum_value *value;
    const char *before = " CHECK (";

    TAILQ_FOREACH(value, &field->type.enumeration->values, link) {
        str_printf(out, "%s%s = '%s'", before, field->id, value->name);
        before = " OR ";
    }
    str_add(out, ")");
}

/* The column's type and range; NULL passes every CHECK. */
static void
emit_column_type(struct str *out, const struct field *field)
{
    const struct type *type = &field->type;
    const char *id = field->id;
    bool is_integer = type->form == FORM_UINT || type->form == FORM_HEX32 ||
                      type->form == FORM_FLAG;

    str_printf(out, "%s %s", id, is_integer ? "INTEGER" : "TEXT");
    if (field->attr == NULL && !field->optional)
        str_add(out, " NOT NULL");
    switch (type->form) {
    case FORM_UINT:
    case FORM_HEX32:
        str_printf(out, " CHECK (%s BETWEEN %" PRIu64 " AND %" PRIu64 ")", id,
            type->min, type->max);
        break;
    case FORM_FLAG:
        str_printf(out, " CHECK (%s IN (0, 1))", id);
        break;
    case FORM_ENUM:
        emit_words_check(out, field);
        break;
    case FORM_TEXT:
    case FORM_LINE:
        str_printf(out,
            " CHECK (length(%s) BETWEEN %" PRIu64 " AND %" PRIu64 ")", id,
            type->min, type->max);
        break;
    case FORM_SECRET_TEXT:
    case FORM_SECRET_HEX:
        str_printf(out, " CHECK (%s GLOB '$e1$*')", id);
        break;
    case FORM_HASH:
        str_printf(out, " CHECK (%s GLOB '$y$*')", id);
        break;
    case FORM_LIST:
    case FORM_IPV4:
    case FORM_MASK:
    case FORM_COUNT:
        break;
    }
}

static void
emit_foreign_keys(struct str *out, const struct object *object)
{
    static const char deferred[] = " DEFERRABLE INITIALLY DEFERRED";

    if (object->parent != NULL && object->inherited_count > 0) {
        str_add(out, ",\n    FOREIGN KEY (");
        emit_columns(out, object, 0, object->inherited_count);
        str_printf(out, ")\n        REFERENCES %s (", object->parent->id);
        emit_columns(out, object->parent, 0, object->parent->key_count);
        str_printf(out, ")%s", deferred);
    }
    for (size_t i = object->key_count; i < object->field_count; i++) {
        const struct field *field = object->fields[i];

        if (field->reference == NULL)
            continue;
        str_printf(out, ",\n    FOREIGN KEY (%s)\n        REFERENCES %s (%s)%s",
            field->id, field->reference->id, field->reference->fields[0]->id,
            deferred);
    }
}

static void
emit_key_rule(struct str *out, const struct object *object)
{
    if (object->key_count == 0 || has_optional_key(object))
        return;
    str_add(out, ",\n    PRIMARY KEY (");
    emit_columns(out, object, 0, object->key_count);
    str_add(out, ")");
}

/* Uniqueness where a key may be missing. */
static void
emit_key_index(struct str *out, const struct object *object)
{
    if (!has_optional_key(object))
        return;
    str_printf(
        out, "CREATE UNIQUE INDEX %s_keys ON %s (", object->id, object->id);
    for (size_t i = 0; i < object->key_count; i++) {
        const struct field *field = object->fields[i];

        str_printf(out, field->optional ? "%scoalesce(%s, '')" : "%s%s",
            i == 0 ? "" : ", ", field->id);
    }
    str_add(out, ");\n");
}

static void
emit_first_row(struct str *out, const struct object *object)
{
    const char *quote;

    if (object->key_count == 0) {
        str_printf(out, "INSERT INTO %s DEFAULT VALUES;\n", object->id);
    } else if (object->preset != NULL) {
        quote = object->fields[0]->type.form == FORM_UINT ? "" : "'";
        str_printf(out, "INSERT INTO %s (%s) VALUES (%s%s%s);\n", object->id,
            object->fields[0]->id, quote, object->preset, quote);
    }
}

/* helps: each column with its help, for people. */
static void
emit_create(struct str *out, const struct object *object, bool helps)
{
    str_printf(out, "CREATE TABLE %s (\n", object->id);
    if (object->key_count == 0) {
        str_add(
            out, "    only INTEGER PRIMARY KEY DEFAULT 1 CHECK (only = 1),\n");
    }
    for (size_t i = 0; i < object->field_count; i++) {
        if (i > 0)
            str_add(out, ",\n");
        if (helps)
            str_printf(out, "    -- %s\n", object->fields[i]->help);
        str_add(out, "    ");
        emit_column_type(out, object->fields[i]);
    }
    emit_key_rule(out, object);
    emit_foreign_keys(out, object);
    str_add(out, "\n) STRICT;\n");
    emit_key_index(out, object);
    emit_first_row(out, object);
}

/* " WHERE a IS ?1 AND b IS ?2": keys are the first fields. */
static void
emit_where_keys(struct str *out, const struct object *object)
{
    for (size_t i = 0; i < object->key_count; i++) {
        str_printf(out, " %s %s IS ?%zu", i == 0 ? "WHERE" : "AND",
            object->fields[i]->id, i + 1);
    }
}

static void
emit_insert(struct str *out, const struct object *object)
{
    str_printf(out, "INSERT INTO %s (", object->id);
    emit_columns(out, object, 0, object->field_count);
    str_add(out, ") VALUES (");
    for (size_t i = 0; i < object->field_count; i++)
        str_printf(out, "%s?%zu", i == 0 ? "" : ", ", i + 1);
    str_add(out, ")");
}

/* An object with nothing but keys has nothing to update; so that the store
 * need not know, it sets a key to itself. */
static void
emit_update(struct str *out, const struct object *object)
{
    size_t from = object->key_count;

    if (from == object->field_count)
        from = 0;
    str_printf(out, "UPDATE %s SET ", object->id);
    for (size_t i = from; i < object->field_count; i++) {
        str_printf(out, "%s%s = ?%zu", i == from ? "" : ", ",
            object->fields[i]->id, i + 1);
    }
    emit_where_keys(out, object);
}

static void
emit_select(struct str *out, const struct object *object)
{
    str_add(out, "SELECT ");
    emit_columns(out, object, 0, object->field_count);
    str_printf(out, " FROM %s", object->id);
    if (object->key_count == 0)
        return;
    str_add(out, " ORDER BY ");
    emit_columns(out, object, 0, object->key_count);
}

void
emit_sql_h(struct model *model, struct str *out)
{
    str_add(out,
        "/*\n * sql.h - generated from schemas/ by schemac.\n *\n"
        " * One table per object.  Parameter ?N is field N - 1 of the object\n"
        " * in all statements, so erase uses the keys only.  create may be\n"
        " * several statements: it also makes the row of an object that is\n"
        " * there from the start, which is then only ever updated.\n */\n"
        "#ifndef GEN_SQL_H\n#define GEN_SQL_H\n\n"
        "#include \"gen/ids.h\"\n\n");
    str_printf(out,
        "/* Files in schemas/migrations. */\n"
        "enum { SCHEMA_VERSION = %zu };\n\n",
        model->step_count);
    str_add(out,
        "struct schema_sql {\n    const char *table;\n"
        "    const char *create;\n    const char *insert;\n"
        "    const char *update;\n    const char *erase;\n"
        "    const char *select; /* all fields, ordered by the keys */\n};\n\n"
        "extern const struct schema_sql schema_sql[OBJECT_COUNT];\n"
        "/* The tables beside the objects': schemas/history.sql. */\n"
        "extern const char schema_history_sql[];\n"
        "/* For people: schemas/views.sql. */\n"
        "extern const char schema_views_sql[];\n"
        "/* [i]: what is done by hand from version i to i + 1. */\n"
        "extern const char *const schema_steps[SCHEMA_VERSION + 1];\n\n"
        "#endif\n");
}

static void
emit_statement(struct str *out, const char *name, struct str *statement)
{
    str_printf(out, "        .%s = ", name);
    emit_c_string(out, str_text(statement));
    str_add(out, ",\n");
    str_clear(statement);
}

static void
emit_statements(
    struct model *model, struct str *out, const struct object *object)
{
    struct str statement;

    str_init(&statement);
    str_printf(out, "    [%s] = {\n        .table = \"%s\",\n",
        emit_constant(&model->arena, "object", object->name), object->id);
    emit_create(&statement, object, false);
    emit_statement(out, "create", &statement);
    emit_insert(&statement, object);
    emit_statement(out, "insert", &statement);
    emit_update(&statement, object);
    emit_statement(out, "update", &statement);
    str_printf(&statement, "DELETE FROM %s", object->id);
    emit_where_keys(&statement, object);
    emit_statement(out, "erase", &statement);
    emit_select(&statement, object);
    emit_statement(out, "select", &statement);
    str_add(out, "    },\n");
    str_done(&statement);
}

/* Of the first step, which made what the schema was then, nothing is left to
 * do: a new database is made from the schema as it is. */
static void
emit_steps(struct model *model, struct str *out)
{
    str_add(out, "const char *const schema_steps[SCHEMA_VERSION + 1] = {\n");
    for (size_t i = 1; i < model->step_count; i++) {
        str_printf(out, "    [%zu] = ", i);
        emit_c_string(out, model->steps[i]);
        str_add(out, ",\n");
    }
    str_add(out, "    [SCHEMA_VERSION] = NULL,\n};\n");
}

void
emit_sql_tables_c(struct model *model, struct str *out)
{
    const struct object *object;

    str_add(out, "/* sql_tables.c - generated from schemas/ by schemac. */\n"
                 "#include \"gen/sql.h\"\n\n#include <stddef.h>\n\n"
                 "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
                 "const struct schema_sql schema_sql[OBJECT_COUNT] = {\n");
    TAILQ_FOREACH(object, &model->objects, link)
        emit_statements(model, out, object);
    str_add(out, "};\n\nconst char schema_history_sql[] =\n    ");
    emit_c_string(out, model->history);
    str_add(out, ";\n\nconst char schema_views_sql[] =\n    ");
    emit_c_string(out, model->views);
    str_add(out, ";\n\n");
    emit_steps(model, out);
}

void
emit_config_sql(struct model *model, struct str *out)
{
    const struct object *object;

    str_add(out,
        "-- config.sql - generated from schemas/ by schemac: what the\n"
        "-- database looks like.  Addresses are dotted, lists are words with\n"
        "-- blanks between, secrets are sealed under the router's key file,\n"
        "-- NULL is a setting that is not set.\n");
    TAILQ_FOREACH(object, &model->objects, link) {
        str_printf(out, "\n-- %s\n", object->title);
        emit_create(out, object, true);
    }
    if (*model->history != '\0')
        str_printf(out, "\n%s", model->history);
    if (*model->views != '\0')
        str_printf(out, "\n%s", model->views);
}
