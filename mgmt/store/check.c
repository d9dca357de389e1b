/*
 * check.c - is a database good?  Looked at without changing it.
 *
 * The file is read into memory, and what a start would do to it is done to
 * the copy: checks, steps of versions, loading, and going back through all of
 * the history that is kept.
 */
#include "store/sql.h"

#include "base/arena.h"
#include "base/diag.h"
#include "config/config.h"

enum { BUSY_MS = 1000 };

static enum err
cannot_read(struct store *store, struct diag *diag)
{
    return sql_explain(
        store, diag, "The configuration database cannot be read");
}

/* The whole file, and what its write-ahead log adds to it. */
static enum err
copy_file(struct store *copy, const char *path, struct diag *diag)
{
    struct store file = {.name = copy->name};
    sqlite3_backup *backup = NULL;
    enum err error = OK;

    if (sqlite3_open_v2(path, &file.db, SQLITE_OPEN_READONLY, NULL) !=
        SQLITE_OK)
        error = cannot_read(&file, diag);
    if (error == OK) {
        (void)sqlite3_busy_timeout(file.db, BUSY_MS);
        error = recognise(&file, diag);
    }
    if (error == OK) {
        copy->version = file.version;
        backup = sqlite3_backup_init(copy->db, "main", file.db, "main");
        if (backup == NULL || sqlite3_backup_step(backup, -1) != SQLITE_DONE)
            error = ERR_IO;
        if (sqlite3_backup_finish(backup) != SQLITE_OK || error != OK)
            error = cannot_read(copy, diag);
    }
    (void)sqlite3_close(file.db);
    return error;
}

/* A row of the query for each problem: text, and more text. */
static enum err
tell_rows(struct store *store, const char *query, const char *form,
    struct diag *diag, unsigned *problems)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(store, query, &statement);

    if (error == OK)
        error = sql_step(store, statement, &row);
    while (error == OK && row) {
        diag_add(diag, DIAG_ERROR, NULL, NULL, "%s %s: %s.", store->name, form,
            (const char *)sqlite3_column_text(statement, 0));
        ++*problems;
        error = sql_step(store, statement, &row);
    }
    (void)sqlite3_finalize(statement);
    return error == OK ? OK : cannot_read(store, diag);
}

/* What SQLite itself can say. */
static enum err
check_pages(struct store *copy, struct diag *diag)
{
    unsigned damages = 0;
    unsigned breaks = 0;
    enum err error = tell_rows(copy,
        "SELECT integrity_check FROM pragma_integrity_check(20) "
        "WHERE integrity_check <> 'ok'",
        "is damaged", diag, &damages);

    if (error == OK && damages == 0) {
        error = tell_rows(copy,
            "SELECT printf('row %d of %s names a %s that is not there', "
            "rowid, \"table\", parent) FROM pragma_foreign_key_check LIMIT 20",
            "does not hold together", diag, &breaks);
    }
    if (error != OK || damages + breaks == 0)
        return error;
    diag_add(diag, DIAG_ERROR, NULL, NULL, "%s",
        damages > 0
            ? "Put a backup in its place, or save what can be read "
              "(docs/database.md)."
            : "Correct these rows with sqlite3, or put a backup in its place.");
    return ERR_IO;
}

/* Rows beside the configuration: what each column says of itself.  Whether a
 * certificate can be read is for the expert. */
static enum err
check_papers(struct store *copy, struct diag *diag)
{
    unsigned problems = 0;
    enum err error = tell_rows(copy,
        "SELECT printf('row %d of %s has a number that there cannot be', "
        "number, name) FROM (SELECT number, 'pki_key' AS name FROM pki_key "
        "UNION ALL SELECT number, 'pki_certificate' FROM pki_certificate "
        "UNION ALL SELECT number, 'pki_crl' FROM pki_crl) "
        "WHERE number NOT BETWEEN 1 AND 4294967295 UNION ALL "
        "SELECT printf('row %d of pki_key holds no sealed key', number) "
        "FROM pki_key WHERE sealed NOT GLOB '$e1$?*' UNION ALL "
        "SELECT printf('row %d of pki_certificate is trusted by %d, not by "
        "0 or 1', number, trusted) FROM pki_certificate "
        "WHERE trusted NOT IN (0, 1) UNION ALL "
        "SELECT printf('%d is the number of a row of pki_certificate and of "
        "one of pki_crl', number) FROM pki_certificate JOIN pki_crl "
        "USING (number) UNION ALL "
        "SELECT printf('row %d of pki_notice tells of a step that there is "
        "not', certificate) FROM pki_notice "
        "WHERE step NOT BETWEEN 0 AND 4 OR revoked NOT IN (0, 1)",
        "does not hold together", diag, &problems);

    if (error != OK || problems == 0)
        return error;
    diag_add(diag, DIAG_ERROR, NULL, NULL, "%s",
        "Delete these rows with sqlite3 and import the files again, or put a "
        "backup in its place.");
    return ERR_IO;
}

static enum err
check_history(struct store *copy, const struct config *running,
    struct diag *diag, struct store_health *health)
{
    struct config *first = NULL;
    enum err error = history_oldest(copy, &health->oldest);

    if (error != OK)
        return cannot_read(copy, diag);
    if (health->oldest > health->generation) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "%s says that its history begins at generation %llu, after the "
            "last one, %llu: correct the table kept with sqlite3.",
            copy->name, (unsigned long long)health->oldest,
            (unsigned long long)health->generation);
        return ERR_IO;
    }
    error = store_rebuild(
        copy, running, health->generation, health->oldest, diag, &first);
    if (error == OK && health->oldest == 0) {
        struct config *empty = config_new();
        struct change_set rest;

        config_diff(empty, first, &rest);
        if (rest.count > 0) {
            diag_add(diag, DIAG_ERROR, NULL, NULL,
                "The history in %s leaves %zu objects before the first "
                "commit: its oldest commits are missing.",
                copy->name, rest.count);
            error = ERR_IO;
        }
        change_set_done(&rest);
        config_unref(empty);
    }
    config_unref(first);
    return error;
}

static enum err
check_copy(struct store *copy, const struct store_expert *expert,
    struct diag *diag, struct store_health *health)
{
    struct config *running = NULL;
    enum err error = check_pages(copy, diag);

    health->version = copy->version;
    if (error == OK)
        error = migrate(copy, diag);
    if (error == OK)
        error = store_load(copy, diag, &running, &health->generation);
    if (error == OK) {
        health->objects = config_count(running);
        error = check_history(copy, running, diag, health);
    }
    config_unref(running);
    if (error == OK)
        error = check_papers(copy, diag);
    if (error == OK && expert != NULL)
        error = expert->look(expert->context, copy, diag);
    return error;
}

enum err
store_check(const char *path, const struct store_expert *expert,
    struct diag *diag, struct store_health *out_health)
{
    struct store *copy = mem_alloc(sizeof(*copy));
    struct store_health health = {.version = 0};
    enum err error = OK;

    copy->name = mem_strdup(path);
    if (sqlite3_open(":memory:", &copy->db) != SQLITE_OK)
        error = cannot_read(copy, diag);
    if (error == OK)
        error = store_refuse_empty(path, diag);
    if (error == OK)
        error = copy_file(copy, path, diag);
    if (error == OK)
        error = check_copy(copy, expert, diag, &health);
    store_close(copy);
    if (error == OK)
        *out_health = health;
    return error;
}
