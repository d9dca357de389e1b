/*
 * sql.h - SQLite as this room uses it: every call that can fail goes through
 * here, where it is explained and where tests make it fail.
 *
 * Private to store.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "schema/schema.h"
#include "store/number.h"
#include "store/store.h"

#include <sqlite3.h>

struct object;
struct str;

/* What is prepared once per object type. */
enum statement {
    STATEMENT_INSERT,
    STATEMENT_UPDATE,
    STATEMENT_ERASE,
    STATEMENT_COUNT
};

/* What is done with the numbers of interfaces and virtual routers. */
enum number_statement {
    NUMBER_TAKE,
    NUMBER_TAKE_GAP,
    NUMBER_RELEASE,
    NUMBER_KNOWN,
    NUMBER_FIND,
    NUMBER_PAGE,
    NUMBER_PAGE_PLAIN,
    NUMBER_HIGHEST,
    NUMBER_COUNT,
    NUMBER_COUNT_PORTS,
    NUMBER_PORT_KNOWN,
    NUMBER_CLEAR,
    NUMBER_CLEAR_PORTS,
    NUMBER_BURY,
    NUMBER_FORGET,
    NUMBER_STATEMENT_COUNT
};

/* Heap; one owner, the daemon.  Holds the connection and its statements. */
struct store {
    sqlite3 *db;
    char *name;       /* for sentences: the path, or "in memory" */
    unsigned version; /* of the file's format; 0: it is empty */
    sqlite3_stmt *objects[OBJECT_COUNT][STATEMENT_COUNT];
    sqlite3_stmt *commit_row;
    sqlite3_stmt *change_row;
    sqlite3_stmt *reserved_row; /* of sequence numbers: read, write */
    sqlite3_stmt *reserve_row;
    sqlite3_stmt *blame_row;
    sqlite3_stmt *numbers[NUMBER_SPACE_COUNT][NUMBER_STATEMENT_COUNT];
    uint64_t next_numbers[NUMBER_SPACE_COUNT]; /* 0: to be asked for */
    bool reserving;    /* a round of reservations is open */
    bool doubtful;     /* a refused commit may be on the disk */
    unsigned fault_in; /* calls until one fails; 0: none does */
};

/* One or more statements without results. */
MUST_CHECK enum err sql_exec(struct store *store, const char *text);
/* Finalise with sqlite3_finalize. */
MUST_CHECK enum err sql_prepare(
    struct store *store, const char *text, sqlite3_stmt **out_statement);
/* out_row: there is a row to read. */
MUST_CHECK enum err sql_step(
    struct store *store, sqlite3_stmt *statement, bool *out_row);
/* Step a statement that gives no row, and make it ready for the next use. */
MUST_CHECK enum err sql_run(struct store *store, sqlite3_stmt *statement);
/* The number in the only row and column. */
MUST_CHECK enum err sql_number(
    struct store *store, const char *text, int64_t *out_number);

/* Texts and bytes are borrowed until the statement is run, or its last row
 * was read.  NULL binds as NULL. */
MUST_CHECK enum err sql_bind_text(
    struct store *store, sqlite3_stmt *statement, int at, const char *text);
MUST_CHECK enum err sql_bind_number(
    struct store *store, sqlite3_stmt *statement, int at, uint64_t number);
MUST_CHECK enum err sql_bind_blob(struct store *store, sqlite3_stmt *statement,
    int at, const uint8_t *bytes, size_t length);
/* Is the type kept as an INTEGER, and not as TEXT? */
bool sql_is_integer(const struct schema_type *type);
/* Numbers as INTEGER; words, addresses and lists as TEXT.  Borrows as
 * sql_bind_text does. */
MUST_CHECK enum err sql_bind_value(struct store *store, sqlite3_stmt *statement,
    int at, const struct schema_type *type, const struct value *value);
/* ERR_INVALID: not a value of the type. */
MUST_CHECK enum err sql_column_value(sqlite3_stmt *statement, int column,
    const struct schema_type *type, struct value *out_value);

/* Fields of an object, from `first` on, as a JSON object by column; values as
 * sql_bind_value has them; what is not set is left out. */
void sql_write_json(
    const struct object *object, size_t first, size_t count, struct str *out);
/* The way back, for the same fields: out_values has `count` values, which the
 * caller ends.  reader: a statement of sql_prepare_json.  ERR_INVALID: not
 * such an object, then there are no values. */
MUST_CHECK enum err sql_prepare_json(
    struct store *store, sqlite3_stmt **out_reader);
MUST_CHECK enum err sql_read_json(struct store *store, sqlite3_stmt *reader,
    const char *text, const struct schema_field *fields, size_t count,
    struct value *out_values);

/* An entry of the audit log, of a commit or another, inside a transaction. */
MUST_CHECK enum err audit_write(
    struct store *store, const struct store_audit *entry);
MUST_CHECK enum err audit_write_commit(
    struct store *store, const struct store_commit *commit, uint64_t changes);
/* The oldest generation that can be rebuilt. */
MUST_CHECK enum err history_oldest(struct store *store, uint64_t *out_oldest);

/* Inside a commit's transaction: what came gets its number, what went leaves
 * it. */
struct change_set;
MUST_CHECK enum err numbers_write(
    struct store *store, uint64_t generation, const struct change_set *set);
/* A slice of the names that are gone, beyond those to be kept. */
MUST_CHECK enum err numbers_forget(
    struct store *store, const struct store_keep *keep);
void numbers_done(struct store *store);

/* The sentence for a failed call: what could not be done and SQLite's reason.
 * Returns ERR_IO. */
enum err sql_explain(struct store *store, struct diag *diag, const char *what);

/* Inside a transaction: the only row of confirmation, or none. */
MUST_CHECK enum err sql_put_confirmation(
    struct store *store, const struct store_confirmation *confirmation);

/* Ours and not newer, or an empty file that can become ours?  Sets version;
 * only reads. */
MUST_CHECK enum err recognise(struct store *store, struct diag *diag);
/* Bring the database from its version to this program's. */
MUST_CHECK enum err migrate(struct store *store, struct diag *diag);

/* Everything that is declared, into an empty database. */
MUST_CHECK enum err sql_create(struct store *store);
/* Declare keeps what is declared beside the database until forget; fits: is
 * it what the database has?  open takes down the views, which would hold on to
 * the tables; take makes the database what is declared; both inside a
 * transaction with foreign keys off.  ERR_INVALID, explained: it would lose
 * something. */
MUST_CHECK enum err shape_declare(struct store *store);
MUST_CHECK enum err shape_fits(struct store *store, bool *out_fits);
MUST_CHECK enum err shape_open(struct store *store);
MUST_CHECK enum err shape_take(struct store *store, struct diag *diag);
MUST_CHECK enum err shape_forget(struct store *store);

#endif
