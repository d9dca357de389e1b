/*
 * confirm.c - what waits to be confirmed, so that it goes back in time also
 * when the daemon did not live to see it.
 *
 * One row or none.  The file may have been edited by hand: a row that no commit
 * can have written is refused.
 */
#include "store/sql.h"

#include "base/diag.h"

static enum err
insert(struct store *store, const struct store_confirmation *confirmation)
{
    static const char text[] =
        "INSERT INTO confirmation (generation, back_to, deadline_us, "
        "period_us, guard_s, user, origin) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    const uint64_t numbers[] = {confirmation->generation, confirmation->back_to,
        confirmation->deadline_us, confirmation->period_us,
        confirmation->guard_s};
    const int count = sizeof numbers / sizeof numbers[0];
    sqlite3_stmt *row = NULL;
    enum err error = sql_prepare(store, text, &row);

    for (int i = 0; i < count && error == OK; i++)
        error = sql_bind_number(store, row, i + 1, numbers[i]);
    if (error == OK)
        error = sql_bind_text(store, row, count + 1, confirmation->user);
    if (error == OK)
        error = sql_bind_text(store, row, count + 2, confirmation->origin);
    if (error == OK)
        error = sql_run(store, row);
    (void)sqlite3_finalize(row);
    return error;
}

enum err
sql_put_confirmation(
    struct store *store, const struct store_confirmation *confirmation)
{
    enum err error = sql_exec(store, "DELETE FROM confirmation");

    if (error == OK && confirmation != NULL)
        error = insert(store, confirmation);
    return error;
}

enum err
store_confirmation_save(struct store *store,
    const struct store_confirmation *confirmation, struct diag *diag)
{
    enum err error = sql_exec(store, "BEGIN IMMEDIATE");

    if (error == OK)
        error = sql_put_confirmation(store, confirmation);
    if (error == OK)
        error = sql_exec(store, "COMMIT");
    if (error != OK) {
        error = sql_explain(store, diag,
            "What waits to be confirmed cannot be stored; it is as before");
        store_cancel(store);
    }
    return error;
}

/* A negative number is none of ours. */
static uint64_t
number_at(sqlite3_stmt *statement, int column)
{
    sqlite3_int64 number = sqlite3_column_int64(statement, column);

    return number < 0 ? 0 : (uint64_t)number;
}

static enum err
give(struct store *store, sqlite3_stmt *statement,
    void (*take)(void *context, const struct store_confirmation *confirmation),
    void *context, struct diag *diag)
{
    struct store_confirmation found = {
        .generation = number_at(statement, 0),
        .back_to = number_at(statement, 1),
        .deadline_us = number_at(statement, 2),
        .period_us = number_at(statement, 3),
        .guard_s = (uint32_t)number_at(statement, 4),
        .user = (const char *)sqlite3_column_text(statement, 5),
        .origin = (const char *)sqlite3_column_text(statement, 6),
    };

    if (found.user == NULL || found.origin == NULL ||
        found.back_to >= found.generation) {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "The table confirmation of %s holds what no commit has written: "
            "correct it with sqlite3, or put a backup in its place.",
            store->name);
        return ERR_IO;
    }
    take(context, &found);
    return OK;
}

enum err
store_confirmation_load(struct store *store,
    void (*take)(void *context, const struct store_confirmation *confirmation),
    void *context, struct diag *diag)
{
    static const char text[] =
        "SELECT generation, back_to, deadline_us, period_us, guard_s, user, "
        "origin FROM confirmation";
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(store, text, &statement);

    if (error == OK)
        error = sql_step(store, statement, &row);
    if (error != OK) {
        error = sql_explain(
            store, diag, "What waits to be confirmed cannot be read");
    } else if (row) {
        error = give(store, statement, take, context, diag);
    }
    (void)sqlite3_finalize(statement);
    return error;
}
