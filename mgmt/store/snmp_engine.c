/*
 * snmp_engine.c - who the SNMP agent is, over all its starts.
 *
 * One row or none.  The id is made once; the boots count the agent's starts,
 * up to 2^31 - 1 (RFC 3414, 2.2.2), where they stay.
 */
#include "store/sql.h"

#include "base/diag.h"
#include "base/str.h"

enum { BOOTS_MAX = 2147483647 };

static enum err
make(struct store *store, const char *fresh_id)
{
    sqlite3_stmt *row = NULL;
    enum err error = sql_prepare(store,
        "INSERT INTO snmp_engine (id, boots) SELECT ?1, 0 "
        "WHERE NOT EXISTS (SELECT 1 FROM snmp_engine)",
        &row);

    if (error == OK)
        error = sql_bind_text(store, row, 1, fresh_id);
    if (error == OK)
        error = sql_run(store, row);
    (void)sqlite3_finalize(row);
    return error;
}

static enum err
count_boot(struct store *store)
{
    struct str text;
    enum err error;

    str_init(&text);
    str_printf(&text,
        "UPDATE snmp_engine SET boots = min(max(boots, 0) + 1, %d)", BOOTS_MAX);
    error = sql_exec(store, str_text(&text));
    str_done(&text);
    return error;
}

static enum err
read_engine(struct store *store, struct store_snmp_engine *out_engine)
{
    sqlite3_stmt *row = NULL;
    bool is_there = false;
    enum err error =
        sql_prepare(store, "SELECT id, boots FROM snmp_engine", &row);

    if (error == OK)
        error = sql_step(store, row, &is_there);
    if (error == OK && is_there) {
        const unsigned char *id = sqlite3_column_text(row, 0);
        sqlite3_int64 boots = sqlite3_column_int64(row, 1);

        error = hex_decode(id == NULL ? "" : (const char *)id, out_engine->id,
            sizeof out_engine->id, &out_engine->id_length);
        out_engine->boots =
            boots < 1 || boots > BOOTS_MAX ? 1 : (uint32_t)boots;
    }
    (void)sqlite3_finalize(row);
    return error;
}

enum err
store_snmp_engine(struct store *store, const char *fresh_id, bool starts,
    struct diag *diag, struct store_snmp_engine *out_engine)
{
    struct store_snmp_engine engine = {.boots = 1};
    enum err error = sql_exec(store, "BEGIN IMMEDIATE");

    if (error == OK)
        error = make(store, fresh_id);
    if (error == OK && starts)
        error = count_boot(store);
    if (error == OK)
        error = read_engine(store, &engine);
    if (error == OK)
        error = sql_exec(store, "COMMIT");
    if (error != OK) {
        error = sql_explain(
            store, diag, "The engine of the SNMP agent cannot be stored");
        store_cancel(store);
        return error;
    }
    *out_engine = engine;
    return OK;
}
