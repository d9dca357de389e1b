/*
 * prune.c - the history, kept within bounds.
 *
 * Rows of `change` go, the oldest first; the commit log stays.  How far is
 * written before the first row goes, in the same transaction, so that nobody
 * takes half a history for a whole one.
 */
#include "store/sql.h"

#include "base/diag.h"

enum { DAY_S = 24 * 60 * 60, SECOND_US = 1000000 };

const struct store_keep store_keep_default = {
    .commits = 1000,
    .age_s = UINT64_C(90) * DAY_S,
    .objects = 250000,
    .least = 10,
    .gone = NUMBERS_GONE_MAX,
    .slice = 2000,
};

enum err
history_oldest(struct store *store, uint64_t *out_oldest)
{
    int64_t oldest = 0;
    enum err error =
        sql_number(store, "SELECT coalesce(max(oldest), 0) FROM kept", &oldest);

    if (error == OK)
        *out_oldest = (uint64_t)oldest;
    return error;
}

/* Run it with ?1, ?2, ...; the number that it gives, if it gives one. */
static enum err
ask(struct store *store, const char *query, const uint64_t *numbers, int count,
    uint64_t *out_number)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(store, query, &statement);

    for (int i = 0; i < count && error == OK; i++)
        error = sql_bind_number(store, statement, i + 1, numbers[i]);
    if (error == OK)
        error = sql_step(store, statement, &row);
    if (error == OK && row)
        *out_number = (uint64_t)sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return error;
}

/* Up to which generation all are old enough, by number and by age. */
static enum err
find_aged(struct store *store, const struct store_keep *keep, uint64_t oldest,
    uint64_t now_us, uint64_t *out_last)
{
    static const char text[] =
        "SELECT max(?1, min(last - ?2, coalesce("
        "(SELECT generation - 1 FROM commit_log WHERE generation > ?1 AND "
        "at >= strftime('%Y-%m-%dT%H:%M:%SZ', ?3, 'unixepoch') "
        "ORDER BY generation LIMIT 1), last))) "
        "FROM (SELECT coalesce(max(generation), 0) AS last FROM commit_log)";
    uint64_t now_s = now_us / SECOND_US;
    const uint64_t numbers[] = {
        oldest, keep->commits, now_s < keep->age_s ? 0 : now_s - keep->age_s};

    return ask(store, text, numbers, 3, out_last);
}

/* Up to which generation they changed too much. */
static enum err
find_excess(struct store *store, const struct store_keep *keep, uint64_t oldest,
    uint64_t *out_last)
{
    static const char text[] =
        "SELECT coalesce(max(generation), ?1) FROM (SELECT generation, "
        "sum(changes) OVER (ORDER BY generation DESC) AS objects, "
        "row_number() OVER (ORDER BY generation DESC) AS place "
        "FROM commit_log WHERE generation > ?1) "
        "WHERE objects > ?2 AND place > ?3";
    const uint64_t numbers[] = {oldest, keep->objects, keep->least};

    return ask(store, text, numbers, 3, out_last);
}

/* What waits to be confirmed may have to go back as far as this. */
static enum err
find_held(struct store *store, uint64_t *out_held)
{
    int64_t held = 0;
    enum err error = sql_number(store,
        "SELECT coalesce(min(back_to), 9223372036854775807) FROM confirmation",
        &held);

    if (error == OK)
        *out_held = (uint64_t)held;
    return error;
}

/* How far it went, how far it may go, and is anything there to go? */
static enum err
find_last(struct store *store, const struct store_keep *keep, uint64_t now_us,
    uint64_t *out_last, bool *out_work)
{
    uint64_t oldest = 0;
    uint64_t aged = 0;
    uint64_t excess = 0;
    uint64_t held = 0;
    uint64_t rest = 0;
    enum err error = history_oldest(store, &oldest);

    if (error == OK)
        error = find_aged(store, keep, oldest, now_us, &aged);
    if (error == OK)
        error = find_excess(store, keep, oldest, &excess);
    if (error == OK) {
        error = ask(store,
            "SELECT EXISTS (SELECT 1 FROM change WHERE generation <= ?1)",
            &oldest, 1, &rest);
    }
    if (error == OK)
        error = find_held(store, &held);
    *out_last = aged > excess ? aged : excess;
    if (*out_last > held)
        *out_last = held > oldest ? held : oldest;
    *out_work = *out_last > oldest || rest != 0;
    return error;
}

/* Write down how far, then a slice of the rows. */
static enum err
cut(struct store *store, uint64_t last, unsigned slice, bool *out_more)
{
    const uint64_t numbers[] = {last, slice};
    uint64_t none;
    enum err error = sql_exec(store, "BEGIN IMMEDIATE");

    if (error == OK) {
        error = ask(store,
            "INSERT INTO kept (only, oldest) VALUES (1, ?1) "
            "ON CONFLICT DO UPDATE SET oldest = excluded.oldest",
            numbers, 1, &none);
    }
    if (error == OK) {
        error = ask(store,
            "DELETE FROM change WHERE (generation, position) IN "
            "(SELECT generation, position FROM change WHERE generation <= ?1 "
            "ORDER BY generation, position LIMIT ?2)",
            numbers, 2, &none);
    }
    if (error != OK)
        return error;
    *out_more = sqlite3_changes(store->db) == (int)slice;
    return sql_exec(store, "COMMIT");
}

enum err
store_prune(struct store *store, const struct store_keep *keep, uint64_t now_us,
    struct diag *diag, bool *out_more)
{
    uint64_t last = 0;
    bool work = false;
    bool more = false;
    enum err error;

    if (sqlite3_get_autocommit(store->db) == 0) {
        *out_more = true; /* numbers are being reserved: later */
        return OK;
    }
    error = numbers_forget(store, keep);
    if (error == OK)
        error = find_last(store, keep, now_us, &last, &work);
    if (error == OK && work)
        error = cut(store, last, keep->slice, &more);
    if (error != OK) {
        (void)sql_explain(store, diag, "The history cannot be pruned");
        store_cancel(store);
        return error;
    }
    *out_more = more;
    return OK;
}
