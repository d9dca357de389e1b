/*
 * shape.c - from the tables that a database has to those that this program
 * declares.
 *
 * What is declared is made in a database in memory; its schema is put beside
 * the file's in temporary tables.  What has to be done follows from comparing
 * the two, in SQL whose rows are statements.  Rows are copied by the names of
 * their columns, and nothing is ever lost: a table or column that is not
 * declared refuses the database.
 */
#include "store/sql.h"

#include "base/diag.h"
#include "base/str.h"
#include "gen/sql.h"

enum err
sql_create(struct store *store)
{
    enum err error = OK;

    for (size_t i = 0; i < OBJECT_COUNT && error == OK; i++)
        error = sql_exec(store, schema_sql[i].create);
    if (error == OK)
        error = sql_exec(store, schema_history_sql);
    if (error == OK)
        error = sql_exec(store, schema_views_sql);
    return error;
}

/* ---- what is declared ---- */

/* Each row of the one becomes a row of the other. */
static enum err
carry(struct store *from, const char *query, struct store *to, const char *put)
{
    sqlite3_stmt *reader = NULL;
    sqlite3_stmt *writer = NULL;
    bool row = false;
    enum err error = sql_prepare(from, query, &reader);

    if (error == OK)
        error = sql_prepare(to, put, &writer);
    if (error == OK)
        error = sql_step(from, reader, &row);
    while (error == OK && row) {
        for (int i = 0; i < sqlite3_column_count(reader) && error == OK; i++) {
            error = sql_bind_text(to, writer, i + 1,
                (const char *)sqlite3_column_text(reader, i));
        }
        if (error == OK)
            error = sql_run(to, writer);
        if (error == OK)
            error = sql_step(from, reader, &row);
    }
    (void)sqlite3_finalize(reader);
    (void)sqlite3_finalize(writer);
    return error;
}

enum err
shape_declare(struct store *store)
{
    struct store declared = {.name = NULL};
    enum err error = OK;

    if (sqlite3_open(":memory:", &declared.db) != SQLITE_OK)
        error = ERR_IO;
    if (error == OK)
        error = sql_create(&declared);
    if (error == OK) {
        error = sql_exec(store, "PRAGMA temp_store = MEMORY;"
                                "CREATE TEMP TABLE wanted (type, name, sql);"
                                "CREATE TEMP TABLE wanted_column (tbl, name)");
    }
    if (error == OK) {
        error = carry(&declared,
            "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL",
            store, "INSERT INTO temp.wanted VALUES (?1, ?2, ?3)");
    }
    if (error == OK) {
        error = carry(&declared,
            "SELECT t.name, c.name FROM sqlite_schema AS t, "
            "pragma_table_info(t.name) AS c WHERE t.type = 'table'",
            store, "INSERT INTO temp.wanted_column VALUES (?1, ?2)");
    }
    (void)sqlite3_close(declared.db);
    return error;
}

enum err
shape_forget(struct store *store)
{
    return sql_exec(store, "DROP TABLE IF EXISTS temp.wanted;"
                           "DROP TABLE IF EXISTS temp.wanted_column");
}

/* What the file has; SQLite's own tables, as of ANALYZE, are not looked at. */
#define FOUND                                                                  \
    "(SELECT type, name, sql FROM main.sqlite_schema "                         \
    "WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!')"

enum err
shape_fits(struct store *store, bool *out_fits)
{
    static const char text[] =
        "SELECT count(*) FROM (SELECT * FROM (SELECT * FROM " FOUND
        " EXCEPT SELECT * FROM temp.wanted) UNION ALL "
        "SELECT * FROM (SELECT * FROM temp.wanted EXCEPT "
        "SELECT * FROM " FOUND "))";
    int64_t differences = 0;
    enum err error = sql_number(store, text, &differences);

    if (error == OK)
        *out_fits = differences == 0;
    return error;
}

/* ---- taking it on ---- */

/* Run all rows of the query as statements, after the last was read. */
static enum err
run_rows(struct store *store, const char *query)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    struct str script;
    enum err error = sql_prepare(store, query, &statement);

    str_init(&script);
    if (error == OK)
        error = sql_step(store, statement, &row);
    while (error == OK && row) {
        str_printf(
            &script, "%s;\n", (const char *)sqlite3_column_text(statement, 0));
        error = sql_step(store, statement, &row);
    }
    (void)sqlite3_finalize(statement);
    if (error == OK)
        error = sql_exec(store, str_text(&script));
    str_done(&script);
    return error;
}

/* ERR_INVALID: there is one, and diag says which. */
static enum err
refuse_unknown(struct store *store, struct diag *diag)
{
    static const char text[] =
        "SELECT 'table ' || name FROM " FOUND " AS f WHERE type = 'table' AND "
        "name NOT IN (SELECT name FROM temp.wanted WHERE type = 'table') "
        "UNION ALL SELECT 'column ' || f.name || '.' || c.name FROM " FOUND
        " AS f, pragma_table_info(f.name) AS c WHERE f.type = 'table' AND "
        "NOT EXISTS (SELECT 1 FROM temp.wanted_column AS w "
        "WHERE w.tbl = f.name AND w.name = c.name) LIMIT 1";
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(store, text, &statement);

    if (error == OK)
        error = sql_step(store, statement, &row);
    if (error == OK && row) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "%s has a %s that this release does not know: it was written by "
            "a newer release or changed by hand. Start that release, restore "
            "a backup, or take the addition out with sqlite3.",
            store->name, (const char *)sqlite3_column_text(statement, 0));
        error = ERR_INVALID;
    }
    (void)sqlite3_finalize(statement);
    return error;
}

/* A new object's table comes with the row that is always there. */
static enum err
create_new_objects(struct store *store)
{
    enum err error = OK;

    for (size_t i = 0; i < OBJECT_COUNT && error == OK; i++) {
        int64_t found = 0;
        struct str query;

        str_init(&query);
        str_printf(&query,
            "SELECT count(*) FROM main.sqlite_schema WHERE name = '%s'",
            schema_sql[i].table);
        error = sql_number(store, str_text(&query), &found);
        str_done(&query);
        if (error == OK && found == 0)
            error = sql_exec(store, schema_sql[i].create);
    }
    return error;
}

/* The old table steps aside, so that the new one has the declared text. */
static const char move_rows[] =
    "SELECT printf('ALTER TABLE \"%w\" RENAME TO \"before %w\"; %s; "
    "INSERT INTO \"%w\" (%s) SELECT %s FROM \"before %w\"; "
    "DROP TABLE \"before %w\"', "
    "name, name, sql, name, columns, columns, name, name) FROM "
    "(SELECT w.name, w.sql, (SELECT group_concat(printf('\"%w\"', c.name)) "
    "FROM pragma_table_info(w.name) AS c) AS columns "
    "FROM temp.wanted AS w JOIN main.sqlite_schema AS f "
    "ON f.type = 'table' AND f.name = w.name "
    "WHERE w.type = 'table' AND w.sql <> f.sql)";

enum err
shape_open(struct store *store)
{
    enum err error = run_rows(store,
        "SELECT printf('DROP VIEW \"%w\"', name) FROM main.sqlite_schema "
        "WHERE type = 'view'");

    if (error == OK) {
        error =
            run_rows(store, "SELECT printf('DROP TRIGGER \"%w\"', name) "
                            "FROM main.sqlite_schema WHERE type = 'trigger'");
    }
    return error;
}

static enum err
create_missing(struct store *store, const char *type)
{
    struct str query;
    enum err error;

    str_init(&query);
    str_printf(&query,
        "SELECT sql FROM temp.wanted WHERE type = '%s' AND name NOT IN "
        "(SELECT name FROM main.sqlite_schema)",
        type);
    error = run_rows(store, str_text(&query));
    str_done(&query);
    return error;
}

enum err
shape_take(struct store *store, struct diag *diag)
{
    static const char drop_indexes[] =
        "SELECT printf('DROP INDEX \"%w\"', name) FROM " FOUND " AS f "
        "WHERE type = 'index' AND NOT EXISTS (SELECT 1 FROM temp.wanted AS w "
        "WHERE w.name = f.name AND w.sql = f.sql)";
    /* in the order in which one needs the other */
    static const char *const types[] = {"table", "index", "view"};
    enum err error = refuse_unknown(store, diag);

    if (error == OK)
        error = run_rows(store, move_rows);
    if (error == OK)
        error = run_rows(store, drop_indexes);
    if (error == OK)
        error = create_new_objects(store);
    for (size_t i = 0; i < sizeof types / sizeof *types && error == OK; i++)
        error = create_missing(store, types[i]);
    return error;
}
