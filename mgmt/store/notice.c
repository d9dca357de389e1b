/*
 * notice.c - what operators were told of certificates.
 */
#include "store/sql.h"

enum { CERTIFICATE = 1, STEP, REVOKED };

/* Ids have 64 bits; SQLite's numbers have a sign. */
static enum err
bind_id(struct store *store, sqlite3_stmt *statement, uint64_t certificate)
{
    (void)store;
    return sqlite3_bind_int64(
               statement, CERTIFICATE, (sqlite3_int64)certificate) == SQLITE_OK
               ? OK
               : ERR_IO;
}

enum err
store_notice_load(struct store *store,
    void (*take)(void *context, const struct store_notice *notice),
    void *context, struct diag *diag)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(
        store, "SELECT certificate, step, revoked FROM pki_notice", &statement);

    if (error == OK)
        error = sql_step(store, statement, &row);
    while (error == OK && row) {
        const struct store_notice notice = {
            .certificate = (uint64_t)sqlite3_column_int64(statement, 0),
            .step = (uint32_t)sqlite3_column_int64(statement, 1),
            .is_revoked = sqlite3_column_int64(statement, 2) != 0,
        };

        take(context, &notice);
        error = sql_step(store, statement, &row);
    }
    (void)sqlite3_finalize(statement);
    if (error != OK) {
        error = sql_explain(
            store, diag, "What was told of certificates cannot be read");
    }
    return error;
}

enum err
store_notice_put(struct store *store, const struct store_notice *notice)
{
    sqlite3_stmt *statement = NULL;
    enum err error = sql_prepare(store,
        "INSERT OR REPLACE INTO pki_notice (certificate, step, revoked) "
        "VALUES (?1, ?2, ?3)",
        &statement);

    if (error == OK)
        error = bind_id(store, statement, notice->certificate);
    if (error == OK)
        error = sql_bind_number(store, statement, STEP, notice->step);
    if (error == OK)
        error = sql_bind_number(store, statement, REVOKED, notice->is_revoked);
    if (error == OK)
        error = sql_run(store, statement);
    (void)sqlite3_finalize(statement);
    return error;
}

void
store_notice_remove(struct store *store, uint64_t certificate)
{
    sqlite3_stmt *statement = NULL;
    enum err error = sql_prepare(
        store, "DELETE FROM pki_notice WHERE certificate = ?1", &statement);

    if (error == OK)
        error = bind_id(store, statement, certificate);
    if (error == OK)
        error = sql_run(store, statement);
    (void)sqlite3_finalize(statement);
    (void)error; /* a row too many does no harm */
}
