/*
 * history.c - the commit log and the change sets.
 *
 * history_sql is the text of schemas/history.sql (a test compares them).
 */
#include "store/sql.h"

#include "base/diag.h"
#include "base/str.h"

const char history_sql[] =
    "-- What was committed, by whom, and what it changed.  Never rewritten: a\n"
    "-- rollback is a commit of its own.\n"
    "CREATE TABLE commit_log (\n"
    "    generation INTEGER PRIMARY KEY,\n"
    "    user       TEXT NOT NULL,\n"
    "    origin     TEXT NOT NULL,\n"
    "    at         TEXT NOT NULL,\n"
    "    comment    TEXT NOT NULL\n"
    ") STRICT;\n"
    "\n"
    "-- One row for each object created or deleted (setting is NULL) and for each\n"
    "-- setting that changed.  old and new are the lines that set it, with secrets\n"
    "-- in masked form; NULL where it was or is not set.\n"
    "CREATE TABLE change (\n"
    "    generation INTEGER NOT NULL REFERENCES commit_log (generation),\n"
    "    position   INTEGER NOT NULL,\n"
    "    object     TEXT NOT NULL,\n"
    "    path       TEXT NOT NULL,\n"
    "    setting    TEXT,\n"
    "    old        TEXT,\n"
    "    new        TEXT,\n"
    "    PRIMARY KEY (generation, position)\n"
    ") STRICT;\n"
    "\n"
    "-- Who last changed this?\n"
    "CREATE INDEX change_by_path ON change (path, setting, generation);\n";

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
