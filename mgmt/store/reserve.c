/*
 * reserve.c - sequence numbers of manual SAs, reserved ahead.
 *
 * A round of reservations is one transaction, open from the first of them
 * until store_reserve_finish.
 */
#include "store/sql.h"

static const uint64_t numbers_end = UINT64_C(1) << 32;

static enum err
prepare(struct store *store)
{
    enum err error = OK;

    if (store->reserved_row == NULL) {
        error = sql_prepare(store,
            "SELECT next FROM sequence WHERE tunnel = ?1 AND spi = ?2",
            &store->reserved_row);
    }
    if (error == OK && store->reserve_row == NULL) {
        error = sql_prepare(store,
            "INSERT INTO sequence (tunnel, spi, next) VALUES (?1, ?2, ?3) "
            "ON CONFLICT DO UPDATE SET next = excluded.next",
            &store->reserve_row);
    }
    return error;
}

static enum err
begin(struct store *store)
{
    enum err error = OK;

    if (!store->reserving)
        error = sql_exec(store, "BEGIN IMMEDIATE");
    store->reserving = store->reserving || error == OK;
    return error;
}

/* The first number that was never reserved; 1 for a new SPI. */
static enum err
next_number(
    struct store *store, const char *tunnel, uint32_t spi, uint64_t *out_next)
{
    sqlite3_stmt *statement = store->reserved_row;
    bool row = false;
    enum err error = sql_bind_text(store, statement, 1, tunnel);

    if (error == OK)
        error = sql_bind_number(store, statement, 2, spi);
    if (error == OK)
        error = sql_step(store, statement, &row);
    if (error == OK)
        *out_next = row ? (uint64_t)sqlite3_column_int64(statement, 0) : 1;
    (void)sqlite3_reset(statement);
    return error;
}

static enum err
write_next(struct store *store, const char *tunnel, uint32_t spi, uint64_t next)
{
    sqlite3_stmt *statement = store->reserve_row;
    enum err error = sql_bind_text(store, statement, 1, tunnel);

    if (error == OK)
        error = sql_bind_number(store, statement, 2, spi);
    if (error == OK)
        error = sql_bind_number(store, statement, 3, next);
    if (error == OK)
        error = sql_run(store, statement);
    return error;
}

enum err
store_reserve(struct store *store, const char *tunnel, uint32_t spi,
    uint64_t count, uint64_t least, uint64_t *out_first)
{
    uint64_t first = 1;
    enum err error = prepare(store);

    if (error == OK)
        error = begin(store);
    if (error == OK)
        error = next_number(store, tunnel, spi, &first);
    if (error != OK)
        return error;
    if (first < least)
        first = least;
    if (count > numbers_end || first > numbers_end - count)
        return ERR_EXHAUSTED;
    error = write_next(store, tunnel, spi, first + count);
    if (error == OK)
        *out_first = first;
    return error;
}

enum err
store_reserve_finish(struct store *store)
{
    enum err error;

    if (!store->reserving)
        return OK;
    error = sql_exec(store, "COMMIT");
    if (error != OK)
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    store->reserving = false;
    return error;
}
