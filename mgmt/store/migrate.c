/*
 * migrate.c - from an empty file, or an older program's, to this program's
 * tables.
 *
 * PRAGMA user_version counts the steps that were taken; each is one
 * transaction.  schemas/migrations/ holds the same steps for people.
 */
#include "store/sql.h"

#include "base/diag.h"
#include "gen/sql.h"

#include <stdio.h>

enum { APPLICATION_ID = 0x45524d4e }; /* "ERMN" */

/* Version 1: the schema's tables, with the rows of what is always there, and
 * the history. */
static enum err
create_first(struct store *store)
{
    enum err error = OK;

    for (size_t i = 0; i < OBJECT_COUNT && error == OK; i++)
        error = sql_exec(store, schema_sql[i].create);
    if (error == OK)
        error = sql_exec(store, schema_history_sql);
    return error;
}

static enum err (*const steps[])(struct store *store) = {create_first};

enum { VERSION = sizeof(steps) / sizeof(steps[0]) };

static enum err
take_step(struct store *store, unsigned step)
{
    char mark[96];
    enum err error = sql_exec(store, "BEGIN IMMEDIATE");

    if (error != OK)
        return error;
    (void)snprintf(mark, sizeof(mark),
        "PRAGMA application_id = %d; PRAGMA user_version = %u", APPLICATION_ID,
        step + 1);
    error = steps[step](store);
    if (error == OK)
        error = sql_exec(store, mark);
    if (error == OK)
        error = sql_exec(store, "COMMIT");
    return error;
}

/* Ours, or an empty file that can become ours? */
static enum err
recognise(struct store *store, struct diag *diag, int64_t *out_version)
{
    int64_t id = 0;
    int64_t tables = 0;

    if (sql_number(store, "PRAGMA application_id", &id) != OK ||
        sql_number(store, "SELECT count(*) FROM sqlite_schema", &tables) !=
            OK ||
        sql_number(store, "PRAGMA user_version", out_version) != OK) {
        return sql_explain(
            store, diag, "The configuration database cannot be read");
    }
    if (id == APPLICATION_ID || (id == 0 && tables == 0 && *out_version == 0))
        return OK;
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "%s is a database of another program. Give another --state-dir, or "
        "move the file away.",
        store->name);
    return ERR_INVALID;
}

enum err
migrate(struct store *store, struct diag *diag)
{
    int64_t version = 0;
    enum err error = recognise(store, diag, &version);

    if (error != OK)
        return error;
    if (version < 0 || version > VERSION) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "%s was written by a newer release (format %lld; this release "
            "knows up to %d). Start that release, or restore a backup of the "
            "older format.",
            store->name, (long long)version, (int)VERSION);
        return ERR_INVALID;
    }
    for (unsigned step = (unsigned)version; step < VERSION; step++) {
        if (take_step(store, step) != OK) {
            error = sql_explain(store, diag,
                "The configuration database cannot be brought to this "
                "release's format");
            (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
            return error;
        }
    }
    return OK;
}
