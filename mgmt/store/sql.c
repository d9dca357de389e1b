/* sql.c - calls to SQLite, explained when they fail. */
#include "store/sql.h"

#include "base/diag.h"
#include "base/str.h"
#include "store/store_fault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 8, WORD_ROOM = 256 };

void
store_fault_arm(struct store *store, unsigned call)
{
    store->fault_in = call;
}

bool
store_fault_is_armed(const struct store *store)
{
    return store->fault_in > 0;
}

/* Is this the call that a test wants to fail? */
static bool
fails(struct store *store)
{
    return store->fault_in > 0 && --store->fault_in == 0;
}

enum err
sql_exec(struct store *store, const char *text)
{
    if (fails(store))
        return ERR_IO;
    return sqlite3_exec(store->db, text, NULL, NULL, NULL) == SQLITE_OK
               ? OK
               : ERR_IO;
}

enum err
sql_prepare(struct store *store, const char *text, sqlite3_stmt **out_statement)
{
    if (fails(store))
        return ERR_IO;
    return sqlite3_prepare_v2(store->db, text, -1, out_statement, NULL) ==
                   SQLITE_OK
               ? OK
               : ERR_IO;
}

enum err
sql_step(struct store *store, sqlite3_stmt *statement, bool *out_row)
{
    int result;

    if (fails(store))
        return ERR_IO;
    result = sqlite3_step(statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return ERR_IO;
    *out_row = result == SQLITE_ROW;
    return OK;
}

enum err
sql_run(struct store *store, sqlite3_stmt *statement)
{
    bool row = false;
    enum err error = sql_step(store, statement, &row);

    (void)sqlite3_reset(statement); /* repeats the step's error */
    (void)sqlite3_clear_bindings(statement);
    return error;
}

enum err
sql_number(struct store *store, const char *text, int64_t *out_number)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(store, text, &statement);

    if (error == OK)
        error = sql_step(store, statement, &row);
    if (error == OK && row)
        *out_number = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return error == OK && !row ? ERR_IO : error;
}

static enum err
bound(int result)
{
    return result == SQLITE_OK ? OK : ERR_IO;
}

enum err
sql_bind_text(
    struct store *store, sqlite3_stmt *statement, int at, const char *text)
{
    if (fails(store))
        return ERR_IO;
    if (text == NULL)
        return bound(sqlite3_bind_null(statement, at));
    return bound(sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC));
}

/* A value that is text only once it is written: SQLite gets the text. */
static enum err
bind_written(struct store *store, sqlite3_stmt *statement, int at,
    const struct schema_type *type, const struct value *value)
{
    struct str text;
    size_t length;

    if (fails(store))
        return ERR_IO;
    str_init(&text);
    value_write(type, value, &text);
    length = text.length;
    return bound(sqlite3_bind_text64(
        statement, at, str_take(&text), length, free, SQLITE_UTF8));
}

enum err
sql_bind_blob(struct store *store, sqlite3_stmt *statement, int at,
    const uint8_t *bytes, size_t length)
{
    if (fails(store))
        return ERR_IO;
    return bound(
        sqlite3_bind_blob64(statement, at, bytes, length, SQLITE_STATIC));
}

enum err
sql_bind_number(
    struct store *store, sqlite3_stmt *statement, int at, uint64_t number)
{
    if (fails(store))
        return ERR_IO;
    return bound(sqlite3_bind_int64(statement, at, (sqlite3_int64)number));
}

bool
sql_is_integer(const struct schema_type *type)
{
    return type->kind == TYPE_UINT || type->kind == TYPE_HEX32 ||
           type->kind == TYPE_FLAG;
}

enum err
sql_bind_value(struct store *store, sqlite3_stmt *statement, int at,
    const struct schema_type *type, const struct value *value)
{
    if (!value_is_set(value))
        return sql_bind_text(store, statement, at, NULL);
    assert(value->kind != VALUE_CLEAR); /* is sealed before it gets here */
    if (sql_is_integer(type))
        return sql_bind_number(store, statement, at, value->number);
    if (value->kind == VALUE_TEXT)
        return sql_bind_text(store, statement, at, value_string(value));
    return bind_written(store, statement, at, type, value);
}

/* Words, addresses and lists are read as if typed. */
static enum err
read_words(
    const struct schema_type *type, const char *text, struct value *out_value)
{
    char room[WORD_ROOM];
    const char *words[WORDS_MAX];
    size_t count = 0;
    char *rest = room;
    char *word;

    if (strlen(text) >= sizeof(room))
        return ERR_INVALID;
    (void)memcpy(room, text, strlen(text) + 1);
    while ((word = strsep(&rest, " ")) != NULL) {
        if (count == WORDS_MAX)
            return ERR_INVALID;
        words[count++] = word;
    }
    return value_read(type, false, words, count, out_value);
}

static bool
is_words(const struct schema_type *type)
{
    return type->kind == TYPE_ENUM || type->kind == TYPE_ENUM_LIST ||
           type->kind == TYPE_IPV4 || type->kind == TYPE_MASK;
}

enum err
sql_column_value(sqlite3_stmt *statement, int column,
    const struct schema_type *type, struct value *out_value)
{
    int stored = sqlite3_column_type(statement, column);
    struct value value;

    if (stored == SQLITE_NULL) {
        *out_value = value_none();
        return OK;
    }
    if (stored != (sql_is_integer(type) ? SQLITE_INTEGER : SQLITE_TEXT))
        return ERR_INVALID;
    if (sql_is_integer(type)) {
        value = value_number((uint64_t)sqlite3_column_int64(statement, column));
    } else {
        const char *text = (const char *)sqlite3_column_text(statement, column);

        if (text == NULL ||
            strlen(text) != (size_t)sqlite3_column_bytes(statement, column))
            return ERR_INVALID;
        if (is_words(type))
            return read_words(type, text, out_value) == OK ? OK : ERR_INVALID;
        value = value_text(text);
    }
    if (value_check(type, &value) != OK) {
        value_done(&value);
        return ERR_INVALID;
    }
    *out_value = value;
    return OK;
}

enum err
sql_explain(struct store *store, struct diag *diag, const char *what)
{
    int code = sqlite3_errcode(store->db);
    const char *advice = "Check the disk and the file's owner";

    if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
        advice = "Another program holds it: end that and try again";
    } else if (code == SQLITE_FULL) {
        advice = "Free some space on its disk and try again";
    } else if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) {
        advice = "Put a backup in its place, or save what can be read "
                 "(docs/database.md)";
    } else if (code == SQLITE_CONSTRAINT) {
        advice = "Start the release that wrote it, or put a backup in its "
                 "place";
    }
    diag_add(diag, DIAG_ERROR, NULL, NULL, "%s (%s: %s). %s.", what,
        store->name, sqlite3_errmsg(store->db), advice);
    return ERR_IO;
}
