/*
 * audit.c - the audit log, a bounded table beside the configuration.
 *
 * An accepted commit's entry is written in the commit's own transaction.
 * Others have one of their own, which is not forced to the disk at once: it
 * survives the death of the process, and a power failure as soon as anything
 * was committed after it.  So a session that only looks costs no disk flush.
 */
#include "store/sql.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/str.h"

#include <string.h>

enum { TEXT_MAX = 255 };

/* At most TEXT_MAX bytes, not ending inside a character. */
static void
cut(const char *text, char out[TEXT_MAX + 1])
{
    size_t length = strnlen(text, TEXT_MAX + 1);

    if (length > TEXT_MAX) {
        length = TEXT_MAX;
        while (length > 0 && ((unsigned char)text[length] & 0xc0U) == 0x80U)
            length--;
    }
    (void)memcpy(out, text, length);
    out[length] = '\0';
}

static enum err
write_entry(struct store *store, const struct store_audit *entry)
{
    static const char text[] =
        "INSERT INTO audit (at, user, origin, session, event, outcome, text) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    sqlite3_stmt *row = NULL;
    char at[CLOCK_TEXT_SIZE];
    char what[TEXT_MAX + 1];
    enum err error = sql_prepare(store, text, &row);

    cut(entry->text, what);
    (void)clock_format_iso(entry->at_us, at);
    if (error == OK)
        error = sql_bind_text(store, row, 1, at);
    if (error == OK)
        error = sql_bind_text(store, row, 2, entry->user);
    if (error == OK)
        error = sql_bind_text(store, row, 3, entry->origin);
    if (error == OK)
        error = sql_bind_number(store, row, 4, entry->session);
    if (error == OK)
        error = sql_bind_text(store, row, 5, entry->event);
    if (error == OK)
        error = sql_bind_text(store, row, 6, entry->outcome);
    if (error == OK)
        error = sql_bind_text(store, row, 7, what);
    if (error == OK)
        error = sql_run(store, row);
    (void)sqlite3_finalize(row);
    return error;
}

/* The newest entries stay. */
static enum err
prune(struct store *store)
{
    sqlite3_stmt *row = NULL;
    enum err error =
        sql_prepare(store, "DELETE FROM audit WHERE number <= ?1", &row);
    int64_t newest = sqlite3_last_insert_rowid(store->db);

    if (error == OK && newest > STORE_AUDIT_MAX) {
        error =
            sql_bind_number(store, row, 1, (uint64_t)newest - STORE_AUDIT_MAX);
        if (error == OK)
            error = sql_run(store, row);
    }
    (void)sqlite3_finalize(row);
    return error;
}

enum err
audit_write(struct store *store, const struct store_audit *entry)
{
    enum err error = write_entry(store, entry);

    return error == OK ? prune(store) : error;
}

enum err
audit_write_commit(
    struct store *store, const struct store_commit *commit, uint64_t changes)
{
    struct str text;
    enum err error;

    str_init(&text);
    str_printf(&text, "generation %llu, %llu changed %s%s%s",
        (unsigned long long)commit->generation, (unsigned long long)changes,
        changes == 1 ? "object" : "objects",
        commit->comment[0] == '\0' ? "" : ": ", commit->comment);
    error = audit_write(store, &(struct store_audit){
                                   .at_us = commit->at_us,
                                   .user = commit->user,
                                   .origin = commit->origin,
                                   .session = commit->session,
                                   .event = "commit",
                                   .outcome = "done",
                                   .text = str_text(&text),
                               });
    str_done(&text);
    return error;
}

enum err
store_audit(struct store *store, const struct store_audit *entry)
{
    enum err error =
        sql_exec(store, "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE");

    if (error == OK)
        error = audit_write(store, entry);
    if (error == OK)
        error = sql_exec(store, "COMMIT");
    store_cancel(store); /* nothing, if it went well */
    /* commits are forced to the disk; this cannot fail but without memory */
    (void)sqlite3_exec(
        store->db, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
    return error;
}

static const char *
text_at(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);

    return text == NULL ? "" : text;
}

static void
give_entry(sqlite3_stmt *statement,
    void (*take)(void *context, const struct store_audit *entry), void *context)
{
    struct store_audit entry = {
        .number = (uint64_t)sqlite3_column_int64(statement, 0),
        .at = text_at(statement, 1),
        .user = text_at(statement, 2),
        .origin = text_at(statement, 3),
        .session = (uint32_t)sqlite3_column_int64(statement, 4),
        .event = text_at(statement, 5),
        .outcome = text_at(statement, 6),
        .text = text_at(statement, 7),
    };

    take(context, &entry);
}

enum err
store_audit_log(struct store *store, uint64_t count,
    void (*take)(void *context, const struct store_audit *entry), void *context,
    struct diag *diag)
{
    static const char text[] =
        "SELECT number, at, user, origin, session, event, outcome, text "
        "FROM audit ORDER BY number DESC LIMIT ?1";
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
        error = sql_explain(store, diag, "The audit log cannot be read");
    (void)sqlite3_finalize(statement);
    return error;
}
