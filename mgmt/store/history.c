/*
 * history.c - the commit log and the change sets.
 */
#include "store/sql.h"

#include "base/diag.h"
#include "base/str.h"

enum err
store_who_changed(struct store *store, const char *object_path,
    const char *setting, uint64_t after_generation, struct str *who)
{
    static const char text[] =
        "SELECT user, at, commit_log.generation FROM change "
        "JOIN commit_log ON commit_log.generation = change.generation "
        "WHERE path = ?1 AND setting IS ?2 AND change.generation > ?3 "
        "ORDER BY change.generation DESC LIMIT 1";
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(store, text, &statement);

    if (error == OK)
        error = sql_bind_text(store, statement, 1, object_path);
    if (error == OK)
        error = sql_bind_text(store, statement, 2, setting);
    if (error == OK)
        error = sql_bind_number(store, statement, 3, after_generation);
    if (error == OK)
        error = sql_step(store, statement, &row);
    if (error == OK && row) {
        str_printf(who, "%s at %s in commit %lld",
            (const char *)sqlite3_column_text(statement, 0),
            (const char *)sqlite3_column_text(statement, 1),
            (long long)sqlite3_column_int64(statement, 2));
    }
    (void)sqlite3_finalize(statement);
    return error == OK && !row ? ERR_NOT_FOUND : error;
}
