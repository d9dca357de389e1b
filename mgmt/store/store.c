/*
 * store.c - opening and closing the database file.
 *
 * The file is made by us with mode 0600 before SQLite sees it; SQLite gives
 * its -wal and -shm files the mode of the database, whatever the umask.
 */
#include "store/sql.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 1000, FILE_MODE = 0600 };

static enum err
refuse_file(struct diag *diag, const char *path, const char *what)
{
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "The configuration database %s cannot be %s: %s.", path, what,
        strerrordesc_np(errno));
    return ERR_IO;
}

enum err
store_refuse_empty(const char *path, struct diag *diag)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return errno == ENOENT ? OK : refuse_file(diag, path, "looked at");
    if (status.st_size > 0)
        return OK;
    diag_add(diag, DIAG_ERROR, NULL, NULL,
        "The configuration database %s is empty, of 0 bytes. Put a backup in "
        "its place, or remove it to start with an empty configuration.",
        path);
    return ERR_IO;
}

/* Make the file, or make sure that only its owner can read it. */
static enum err
prepare_file(const char *path, struct diag *diag)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);

    if (fd >= 0) {
        int result = fchmod(fd, FILE_MODE); /* the umask may have taken bits */

        (void)close(fd);
        return result == 0 ? OK : refuse_file(diag, path, "made private");
    }
    if (errno != EEXIST)
        return refuse_file(diag, path, "made");
    if (chmod(path, FILE_MODE) != 0)
        return refuse_file(diag, path, "made private");
    return OK;
}

static enum err
check_file(struct store *store, struct diag *diag)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(store, "PRAGMA quick_check(1)", &statement);

    if (error == OK)
        error = sql_step(store, statement, &row);
    if (error != OK || !row) {
        error = sql_explain(
            store, diag, "The configuration database cannot be checked");
    } else {
        const char *verdict = (const char *)sqlite3_column_text(statement, 0);

        if (verdict == NULL || !str_equal(verdict, "ok")) {
            diag_add(diag, DIAG_ERROR, NULL, NULL,
                "The configuration database %s is damaged (%s). Put a backup "
                "in its place, or move it away to start with an empty "
                "configuration.",
                store->name, verdict == NULL ? "unreadable" : verdict);
            error = ERR_IO;
        }
    }
    (void)sqlite3_finalize(statement);
    return error;
}

static enum err
connect_file(struct store *store, const char *path, struct diag *diag)
{
    const char *file = path == NULL ? ":memory:" : path;

    if (sqlite3_open_v2(file, &store->db,
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        return sql_explain(
            store, diag, "The configuration database cannot be opened");
    }
    (void)sqlite3_busy_timeout(store->db, BUSY_MS);
    if (sql_exec(store, "PRAGMA trusted_schema = OFF") != OK) {
        return sql_explain(
            store, diag, "The configuration database cannot be opened");
    }
    return OK;
}

/* Not before it is known to be ours: the mode is kept in the file. */
static enum err
set_modes(struct store *store, struct diag *diag)
{
    if (sql_exec(store, "PRAGMA journal_mode = WAL;"
                        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                        "PRAGMA cache_size = -32768") == OK)
        return OK;
    return sql_explain(
        store, diag, "The configuration database cannot be opened");
}

enum err
store_open(const char *path, struct diag *diag, struct store **out_store)
{
    struct store *store = mem_alloc(sizeof(*store));
    unsigned before;
    enum err error = OK;

    store->name = mem_strdup(path == NULL ? "in memory" : path);
    if (path != NULL)
        error = prepare_file(path, diag);
    if (error == OK)
        error = connect_file(store, path, diag);
    if (error == OK)
        error = recognise(store, diag);
    if (error == OK)
        error = check_file(store, diag);
    if (error == OK)
        error = set_modes(store, diag);
    before = store->version;
    if (error == OK)
        error = migrate(store, diag);
    if (error == OK && before != 0 && before != store->version) {
        log_event(LOG_NOTICE, "store", "MIGRATED", "%s from format %u to %u",
            store->name, before, store->version);
    }
    if (error != OK) {
        store_close(store);
        return error;
    }
    *out_store = store;
    return OK;
}

void
store_close(struct store *store)
{
    if (store == NULL)
        return;
    for (size_t i = 0; i < OBJECT_COUNT; i++) {
        for (size_t k = 0; k < STATEMENT_COUNT; k++)
            (void)sqlite3_finalize(store->objects[i][k]);
    }
    (void)sqlite3_finalize(store->commit_row);
    (void)sqlite3_finalize(store->change_row);
    (void)sqlite3_finalize(store->reserved_row);
    (void)sqlite3_finalize(store->reserve_row);
    (void)sqlite3_finalize(store->blame_row);
    numbers_done(store);
    (void)sqlite3_close(store->db);
    free(store->name);
    free(store);
}
