/*
 * pki.c - keys, certificates and revocation lists, in three tables beside the
 * configuration.
 *
 * A private key comes here in its sealed form.  When keys are wiped, they are
 * written over in the file and in its log all the same: who gets hold of the
 * key file later shall not find what it opens.
 */
#include "store/sql.h"

enum { KINDS = STORE_PKI_CRL + 1 };

struct kind_sql {
    const char *read;
    const char *put; /* number, name, source, der, trusted */
    const char *remove;
};

static const struct kind_sql sqls[KINDS] = {
    [STORE_PKI_KEY] =
        {
                         .read = "SELECT number, sealed, '', NULL, 0 FROM pki_key "
                    "ORDER BY number",                                                           .put = "INSERT OR REPLACE INTO pki_key (number, sealed) "
                   "VALUES (?1, ?2)",                                                                                  .remove = "DELETE FROM pki_key WHERE number = ?1",
                         },
    [STORE_PKI_CERTIFICATE] =
        {
                         .read = "SELECT number, subject, source, der, trusted "
                    "FROM pki_certificate ORDER BY number",                                                                      .put = "INSERT OR REPLACE INTO pki_certificate (number, subject, "
                   "source, der, trusted) VALUES (?1, ?2, ?3, ?4, ?5)",                                                                                                                                                            .remove = "DELETE FROM pki_certificate WHERE number = ?1",
                         },
    [STORE_PKI_CRL] =
        {
                         .read = "SELECT number, issuer, source, der, 0 FROM pki_crl "
                    "ORDER BY number", .put =
                "INSERT OR REPLACE INTO pki_crl (number, issuer, source, der) "
                "VALUES (?1, ?2, ?3, ?4)",.remove = "DELETE FROM pki_crl WHERE number = ?1",
                         },
};

/* ---- reading ---- */

static const char *
text_at(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);

    return text == NULL ? "" : text;
}

static struct store_pki
read_item(sqlite3_stmt *statement, enum store_pki_kind kind)
{
    enum { NUMBER, NAME, SOURCE, DER, TRUSTED };

    return (struct store_pki){
        .kind = kind,
        .number = (uint32_t)sqlite3_column_int64(statement, NUMBER),
        .name = text_at(statement, NAME),
        .source = text_at(statement, SOURCE),
        .der = sqlite3_column_blob(statement, DER),
        .length = (size_t)sqlite3_column_bytes(statement, DER),
        .is_trusted = sqlite3_column_int(statement, TRUSTED) != 0,
    };
}

static enum err
load_kind(struct store *store, enum store_pki_kind kind,
    void (*take)(void *context, const struct store_pki *item), void *context)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err error = sql_prepare(store, sqls[kind].read, &statement);

    if (error == OK)
        error = sql_step(store, statement, &row);
    while (error == OK && row) {
        struct store_pki item = read_item(statement, kind);

        take(context, &item);
        error = sql_step(store, statement, &row);
    }
    (void)sqlite3_finalize(statement);
    return error;
}

enum err
store_pki_load(struct store *store,
    void (*take)(void *context, const struct store_pki *item), void *context,
    struct diag *diag)
{
    enum err error = OK;

    for (int kind = 0; kind < KINDS && error == OK; kind++)
        error = load_kind(store, (enum store_pki_kind)kind, take, context);
    if (error != OK) {
        error =
            sql_explain(store, diag, "Keys and certificates cannot be read");
    }
    return error;
}

/* ---- writing ---- */

static enum err
bind_item(
    struct store *store, sqlite3_stmt *statement, const struct store_pki *item)
{
    enum { NAME = 2, SOURCE, DER, TRUSTED };
    enum err error = sql_bind_text(store, statement, NAME, item->name);

    if (error == OK && item->kind != STORE_PKI_KEY)
        error = sql_bind_text(store, statement, SOURCE, item->source);
    if (error == OK && item->kind != STORE_PKI_KEY) {
        error = sql_bind_blob(store, statement, DER, item->der, item->length);
    }
    if (error == OK && item->kind == STORE_PKI_CERTIFICATE)
        error = sql_bind_number(store, statement, TRUSTED, item->is_trusted);
    return error;
}

static enum err
write_item(struct store *store, const struct store_pki *item)
{
    const struct kind_sql *sql = &sqls[item->kind];
    sqlite3_stmt *statement = NULL;
    enum err error = sql_prepare(
        store, item->is_removal ? sql->remove : sql->put, &statement);

    if (error == OK)
        error = sql_bind_number(store, statement, 1, item->number);
    if (error == OK && !item->is_removal)
        error = bind_item(store, statement, item);
    if (error == OK)
        error = sql_run(store, statement);
    (void)sqlite3_finalize(statement);
    return error;
}

/* A transaction is open that is not ours, and that must not be ended here.  A
 * peer's revocation list may come at any time. */
static bool
is_busy(const struct store *store)
{
    return sqlite3_get_autocommit(store->db) == 0;
}

/* Pages that a key leaves behind when rows are moved are written over. */
static enum err
begin(struct store *store)
{
    enum err error = store_settle(store);

    if (error == OK)
        error = sql_exec(store, "PRAGMA secure_delete = ON; BEGIN IMMEDIATE");
    return error;
}

/* The end of a transaction that has gone so far. */
static enum err
finish(struct store *store, enum err error, struct diag *diag)
{
    if (error == OK) {
        error = sql_exec(store, "COMMIT");
        store->doubtful = error != OK;
    }
    if (error != OK) {
        error =
            sql_explain(store, diag, "Keys and certificates cannot be written");
    }
    store_cancel(store); /* nothing, if it went well */
    return error;
}

enum err
store_pki_write(struct store *store, const struct store_pki *items,
    size_t count, struct diag *diag)
{
    enum err error;

    if (is_busy(store))
        return ERR_CONFLICT;
    error = begin(store);
    for (size_t i = 0; i < count && error == OK; i++)
        error = write_item(store, &items[i]);
    return finish(store, error, diag);
}

enum err
store_pki_has_keys(struct store *store, struct diag *diag, bool *out_any)
{
    int64_t count = 0;

    if (sql_number(store, "SELECT count(*) FROM pki_key", &count) != OK)
        return sql_explain(store, diag, "Keys cannot be counted");
    *out_any = count > 0;
    return OK;
}

/* Without WHERE all pages of the table are given back as a whole, and so
 * written over as a whole; rows that go one by one leave copies where SQLite
 * moved them from. */
enum err
store_pki_wipe_keys(struct store *store, struct diag *diag)
{
    enum err error;

    if (is_busy(store))
        return ERR_CONFLICT;
    error = begin(store);
    if (error == OK)
        error = sql_exec(store, "DELETE FROM pki_key");
    error = finish(store, error, diag);
    /* the log holds older pages; as long as another program reads the
     * database it cannot be emptied, and is at the next commit without one */
    if (error == OK) {
        (void)sqlite3_exec(
            store->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    }
    return error;
}
