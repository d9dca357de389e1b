/*
 * blame.c - which commit made each line of an object what it is.
 *
 * One look-up an object, by the index over paths; it costs what the history
 * holds of that object.
 */
#include "store/sql.h"

#include "base/diag.h"
#include "base/str.h"

static const char *
text_at(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

static enum err
prepare(struct store *store)
{
    static const char text[] =
        "SELECT setting, last, at, user FROM (SELECT setting, "
        "max(generation) AS last FROM change WHERE path = ?1 AND "
        "generation <= ?2 GROUP BY setting) JOIN commit_log ON "
        "commit_log.generation = last";

    return store->blame_row != NULL
               ? OK
               : sql_prepare(store, text, &store->blame_row);
}

enum err
store_blame(struct store *store, const char *path, uint64_t generation,
    void (*take)(void *context, const struct store_origin *origin),
    void *context)
{
    bool row = false;
    enum err error = prepare(store);
    sqlite3_stmt *statement = store->blame_row;

    if (error == OK)
        error = sql_bind_text(store, statement, 1, path);
    if (error == OK)
        error = sql_bind_number(store, statement, 2, generation);
    if (error == OK)
        error = sql_step(store, statement, &row);
    while (error == OK && row) {
        struct store_origin origin = {
            .setting = text_at(statement, 0),
            .generation = (uint64_t)sqlite3_column_int64(statement, 1),
            .at = text_at(statement, 2),
            .user = text_at(statement, 3),
        };

        take(context, &origin);
        error = sql_step(store, statement, &row);
    }
    (void)sqlite3_reset(statement);
    return error;
}

enum err
store_longest_user(struct store *store, struct diag *diag, uint64_t *out_length)
{
    int64_t length = 0;
    enum err error = sql_number(store,
        "SELECT coalesce(max(length(CAST(user AS BLOB))), 0) FROM commit_log",
        &length);

    if (error != OK)
        return sql_explain(store, diag, "The commit log cannot be read");
    *out_length = (uint64_t)length;
    return OK;
}
