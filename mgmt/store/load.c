/*
 * load.c - rows to objects.
 *
 * The file may have been edited by hand, so every column is checked as if a
 * client had sent it.
 */
#include "store/sql.h"

#include "base/diag.h"
#include "base/str.h"
#include "config/config.h"
#include "gen/sql.h"

static enum err
refuse_row(const struct store *store, struct diag *diag,
    const struct object *object, const struct schema_field *field)
{
    struct str path;

    str_init(&path);
    object_path(object, &path);
    diag_add(diag, DIAG_ERROR, str_text(&path), NULL,
        "The configuration database %s holds a value that %s cannot have "
        "(table %s). Correct it with sqlite3, or put a backup in its place.",
        store->name, field->name, schema_sql[object->type].table);
    str_done(&path);
    return ERR_IO;
}

/* The object of the row at which the statement stands. */
static enum err
read_row(const struct store *store, sqlite3_stmt *statement,
    enum schema_object_id type, struct diag *diag, struct object **out_object)
{
    const struct schema_object *schema = &schema_objects[type];
    struct value none[SCHEMA_KEYS_MAX];
    struct object *object;

    for (size_t i = 0; i < SCHEMA_KEYS_MAX; i++)
        none[i] = value_none();
    object = object_new(type, none);
    for (uint16_t i = 0; i < schema->field_count; i++) {
        const struct schema_field *field = &schema->fields[i];
        enum err error =
            sql_column_value(statement, i, &field->type, &object->fields[i]);

        if (error != OK || (i < schema->inherited_count &&
                               !value_is_set(&object->fields[i]))) {
            (void)refuse_row(store, diag, object, field);
            object_unref(object);
            return ERR_IO;
        }
    }
    *out_object = object;
    return OK;
}

static enum err
load_type(struct store *store, enum schema_object_id type, struct diag *diag,
    struct config **config)
{
    sqlite3_stmt *statement = NULL;
    struct object *object;
    bool row = false;
    enum err error = sql_prepare(store, schema_sql[type].select, &statement);

    if (error == OK)
        error = sql_step(store, statement, &row);
    if (error != OK) {
        (void)sql_explain(
            store, diag, "The configuration database cannot be read");
    }
    while (error == OK && row) {
        error = read_row(store, statement, type, diag, &object);
        if (error != OK)
            break;
        config_put(config, object);
        error = sql_step(store, statement, &row);
        if (error != OK) {
            (void)sql_explain(
                store, diag, "The configuration database cannot be read");
        }
    }
    (void)sqlite3_finalize(statement);
    return error;
}

enum err
store_load(struct store *store, struct diag *diag, struct config **out_config,
    uint64_t *out_generation)
{
    struct config *config = config_new();
    int64_t generation = 0;
    enum err error = sql_number(store,
        "SELECT coalesce(max(generation), 0) FROM commit_log", &generation);

    if (error != OK) {
        (void)sql_explain(
            store, diag, "The configuration database cannot be read");
    }
    for (size_t i = 0; i < OBJECT_COUNT && error == OK; i++)
        error = load_type(store, (enum schema_object_id)i, diag, &config);
    if (error != OK) {
        config_unref(config);
        return error;
    }
    *out_config = config;
    *out_generation = (uint64_t)generation;
    return OK;
}
