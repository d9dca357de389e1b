/*
 * json.c - fields of an object as a JSON object, for the history.
 *
 * {"seconds": 28800, "transform": "esp-3des-hmac-sha"}: each value is written
 * as the object's own table has it, so that people meet one form only and
 * reading checks both in one place.  SQLite takes the JSON apart.
 */
#include "store/sql.h"

#include "base/str.h"
#include "config/config.h"

#include <assert.h>

static void
write_value(
    const struct schema_type *type, const struct value *value, struct str *out)
{
    uint64_t number = value->number;

    assert(value->kind != VALUE_CLEAR); /* is sealed before it gets here */
    if (sql_is_integer(type)) {
        if (number > INT64_MAX) { /* SQLite's integers have a sign */
            str_add_char(out, '-');
            number = -number;
        }
        str_add_u64(out, number);
    } else if (value->kind == VALUE_TEXT) {
        str_add_json(out, value_string(value));
    } else { /* words and addresses have nothing that JSON escapes */
        str_add_char(out, '"');
        value_write(type, value, out);
        str_add_char(out, '"');
    }
}

void
sql_write_json(
    const struct object *object, size_t first, size_t count, struct str *out)
{
    const struct schema_field *fields = schema_objects[object->type].fields;
    const char *separator = "{\"";

    for (size_t i = first; i < first + count; i++) {
        if (!value_is_set(&object->fields[i]))
            continue;
        str_add(out, separator);
        str_add(out, fields[i].name);
        str_add(out, "\": ");
        write_value(&fields[i].type, &object->fields[i], out);
        separator = ", \"";
    }
    str_add(out, separator[0] == '{' ? "{}" : "}");
}

enum err
sql_prepare_json(struct store *store, sqlite3_stmt **out_reader)
{
    return sql_prepare(
        store, "SELECT key, value FROM json_each(?1)", out_reader);
}

/* The pair at which the reader stands. */
static enum err
take_pair(sqlite3_stmt *reader, const struct schema_field *fields, size_t count,
    struct value *values)
{
    const char *key = (const char *)sqlite3_column_text(reader, 0);

    for (size_t i = 0; key != NULL && i < count; i++) {
        if (!str_equal(key, fields[i].name))
            continue;
        if (value_is_set(&values[i]))
            return ERR_INVALID; /* twice */
        return sql_column_value(reader, 1, &fields[i].type, &values[i]);
    }
    return ERR_INVALID;
}

enum err
sql_read_json(struct store *store, sqlite3_stmt *reader, const char *text,
    const struct schema_field *fields, size_t count, struct value *out_values)
{
    bool row = false;
    enum err error = sql_bind_text(store, reader, 1, text);

    for (size_t i = 0; i < count; i++)
        out_values[i] = value_none();
    if (error == OK)
        error = sql_step(store, reader, &row);
    while (error == OK && row) {
        error = take_pair(reader, fields, count, out_values);
        if (error == OK)
            error = sql_step(store, reader, &row);
    }
    if (error == ERR_IO && sqlite3_errcode(store->db) == SQLITE_ERROR)
        error = ERR_INVALID;     /* it is no JSON */
    (void)sqlite3_reset(reader); /* repeats the step's error */
    (void)sqlite3_clear_bindings(reader);
    for (size_t i = 0; error != OK && i < count; i++)
        value_done(&out_values[i]);
    return error;
}
