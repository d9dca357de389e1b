/*
 * migrate.c - from an empty file, or an older program's, to this program's
 * tables.
 *
 * PRAGMA user_version is the number of files in schemas/migrations that the
 * database has seen.  Their steps, and what shape.c does after them, are one
 * transaction: a database is of the older release or of this one.
 */
#include "store/sql.h"

#include "base/diag.h"
#include "base/str.h"
#include "gen/sql.h"

#include <stdio.h>

enum { APPLICATION_ID = 0x45524d4e }; /* "ERMN" */

enum err
recognise(struct store *store, struct diag *diag)
{
    int64_t id = 0;
    int64_t tables = 0;
    int64_t version = 0;

    if (sql_number(store, "PRAGMA application_id", &id) != OK ||
        sql_number(store, "SELECT count(*) FROM sqlite_schema", &tables) !=
            OK ||
        sql_number(store, "PRAGMA user_version", &version) != OK) {
        return sql_explain(
            store, diag, "The configuration database cannot be read");
    }
    if (id != APPLICATION_ID && (id != 0 || tables != 0 || version != 0)) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "%s is a database of another program. Give another --state-dir, "
            "or move the file away.",
            store->name);
        return ERR_INVALID;
    }
    if (version < 0 || version > SCHEMA_VERSION) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "%s was written by a newer release (format %lld; this release "
            "knows up to %d). Start that release, or restore a backup of the "
            "older format.",
            store->name, (long long)version, (int)SCHEMA_VERSION);
        return ERR_INVALID;
    }
    store->version = (unsigned)version;
    return OK;
}

static enum err
mark(struct store *store)
{
    char text[96];

    (void)snprintf(text, sizeof(text),
        "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID,
        (int)SCHEMA_VERSION);
    return sql_exec(store, text);
}

/* References are looked at when all rows have their places. */
static enum err
check_references(struct store *store, struct diag *diag)
{
    int64_t broken = 0;
    enum err error = sql_number(
        store, "SELECT count(*) FROM pragma_foreign_key_check", &broken);

    if (error == OK && broken > 0) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "%s has %lld rows that name something that is not there: `ermined "
            "--check-db` lists them. Correct them with sqlite3, or restore a "
            "backup.",
            store->name, (long long)broken);
        error = ERR_INVALID;
    }
    return error;
}

static enum err
take_steps(struct store *store, struct diag *diag)
{
    enum err error = OK;

    if (store->version == 0)
        return sql_create(store);
    error = shape_open(store);
    for (unsigned i = store->version; i < SCHEMA_VERSION && error == OK; i++)
        error = sql_exec(store, schema_steps[i]);
    if (error == OK)
        error = shape_take(store, diag);
    if (error == OK)
        error = check_references(store, diag);
    return error;
}

/* All of it in one transaction.  ERR_INVALID: refused, with a sentence. */
static enum err
bring_up(struct store *store, struct diag *diag)
{
    /* neither can be set inside a transaction; a table that steps aside must
     * not take along the references to it */
    enum err error = sql_exec(store,
        "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;"
        "BEGIN IMMEDIATE");

    if (error == OK)
        error = take_steps(store, diag);
    if (error == OK)
        error = mark(store);
    if (error == OK)
        error = sql_exec(store, "COMMIT");
    if (error != OK && error != ERR_INVALID) {
        error = sql_explain(store, diag,
            "The configuration database cannot be brought to this release's "
            "format");
    }
    store_cancel(store);
    if (error == OK &&
        sql_exec(store,
            "PRAGMA foreign_keys = ON; PRAGMA legacy_alter_table = OFF;"
            "PRAGMA wal_checkpoint(TRUNCATE)") != OK) {
        error = sql_explain(
            store, diag, "The configuration database cannot be used");
    }
    return error;
}

enum err
migrate(struct store *store, struct diag *diag)
{
    bool fits = false;
    enum err error = OK;

    if (store->version != 0)
        error = shape_declare(store);
    if (error == OK && store->version == SCHEMA_VERSION)
        error = shape_fits(store, &fits);
    if (error != OK) {
        return sql_explain(
            store, diag, "The configuration database cannot be read");
    }
    if (!fits)
        error = bring_up(store, diag);
    if (error == OK && shape_forget(store) != OK) {
        error = sql_explain(
            store, diag, "The configuration database cannot be used");
    }
    if (error == OK)
        store->version = SCHEMA_VERSION;
    return error;
}
