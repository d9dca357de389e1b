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
        "WHERE path = ?1 AND (setting IS NULL OR setting IS ?2) "
        "AND change.generation > ?3 "
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

static const char *
text_at(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);

    return text == NULL ? "" : text;
}

static void
give_entry(sqlite3_stmt *statement,
    void (*take)(void *context, const struct store_entry *entry), void *context)
{
    struct store_entry entry = {
        .generation = (uint64_t)sqlite3_column_int64(statement, 0),
        .at = text_at(statement, 1),
        .user = text_at(statement, 2),
        .origin = text_at(statement, 3),
        .comment = text_at(statement, 4),
        .changes = (uint64_t)sqlite3_column_int64(statement, 5),
        .label = text_at(statement, 6),
        .id = text_at(statement, 7),
    };

    take(context, &entry);
}

enum err
store_log(struct store *store, uint64_t count,
    void (*take)(void *context, const struct store_entry *entry), void *context,
    struct diag *diag)
{
    static const char text[] =
        "SELECT generation, at, user, origin, comment, changes, label, id "
        "FROM commit_log ORDER BY generation DESC LIMIT ?1";
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(store, text, &statement);

    if (error == OK)
        error = sql_bind_number(store, statement, 1, count);
    if (error == OK)
        error = sql_step(store, statement, &row);
    while (error == OK && row) {
        give_entry(statement, take, context);
        error = sql_step(store, statement, &row);
    }
    if (error != OK)
        error = sql_explain(store, diag, "The commit log cannot be read");
    (void)sqlite3_finalize(statement);
    return error;
}

enum err
store_commit_with_id(struct store *store, const char *id,
    void (*take)(void *context, const struct store_entry *entry), void *context,
    struct diag *diag)
{
    static const char text[] =
        "SELECT generation, at, user, origin, comment, changes, label, id "
        "FROM commit_log WHERE id = ?1";
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(store, text, &statement);

    if (error == OK)
        error = sql_bind_text(store, statement, 1, id);
    if (error == OK)
        error = sql_step(store, statement, &row);
    if (error != OK) {
        error = sql_explain(store, diag, "The commit log cannot be read");
    } else if (row) {
        give_entry(statement, take, context);
    } else {
        error = ERR_NOT_FOUND;
    }
    (void)sqlite3_finalize(statement);
    return error;
}

enum err
store_generation_labelled(struct store *store, const char *label,
    struct diag *diag, uint64_t *out_generation)
{
    static const char text[] = "SELECT generation FROM commit_log "
                               "WHERE label = ?1 AND label IS NOT NULL "
                               "ORDER BY generation DESC LIMIT 1";
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(store, text, &statement);

    if (error == OK)
        error = sql_bind_text(store, statement, 1, label);
    if (error == OK)
        error = sql_step(store, statement, &row);
    if (error != OK) {
        error = sql_explain(store, diag, "The commit log cannot be read");
    } else if (row) {
        *out_generation = (uint64_t)sqlite3_column_int64(statement, 0);
    } else {
        diag_add(diag, DIAG_ERROR, NULL, NULL,
            "No commit has the label %s: `show commit history` lists them.",
            label);
        error = ERR_NOT_FOUND;
    }
    (void)sqlite3_finalize(statement);
    return error;
}

enum err
store_generation_at(struct store *store, const char *at, struct diag *diag,
    uint64_t *out_generation)
{
    static const char text[] =
        "SELECT coalesce(max(generation), 0) FROM commit_log WHERE at <= ?1";
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(store, text, &statement);

    if (error == OK)
        error = sql_bind_text(store, statement, 1, at);
    if (error == OK)
        error = sql_step(store, statement, &row);
    if (error == OK)
        *out_generation = (uint64_t)sqlite3_column_int64(statement, 0);
    if (error != OK)
        error = sql_explain(store, diag, "The commit log cannot be read");
    (void)sqlite3_finalize(statement);
    return error;
}
