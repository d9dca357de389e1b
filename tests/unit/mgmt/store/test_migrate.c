/*
 * test_migrate.c - the database that the program makes is the one that
 * schemas/ shows to people, and that of every older version becomes it.
 *
 * versions/NNNN.sql is a database of version NNNN, NNNN-G.txt what was running
 * in it at generation G.  Run from the top of the tree.
 */
#include "store/store.h"

#include "base/diag.h"
#include "base/str.h"
#include "gen/sql.h"
#include "tests/support/config_random.h"
#include "tests/support/config_typing.h"
#include "tests/support/kit.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
read_text(const char *path, struct str *out)
{
    FILE *file = fopen(path, "r");
    int c;

    cr_assert_not_null(file, "%s", path);
    while ((c = fgetc(file)) != EOF)
        str_add_char(out, (char)c);
    cr_assert_eq(fclose(file), 0);
}

/* Without comments, and without blanks where they mean nothing. */
static void
add_normalised(struct str *out, const char *sql)
{
    for (const char *at = sql; *at != '\0'; at++) {
        if (at[0] == '-' && at[1] == '-') {
            while (at[1] != '\0' && at[1] != '\n')
                at++;
        } else if (!isspace((unsigned char)*at)) {
            str_add_char(out, *at);
        }
    }
}

static const char versions[] = "tests/unit/mgmt/store/versions";

/* All tables, indexes and views. */
static void
describe_schema(sqlite3 *db, struct str *out)
{
    sqlite3_stmt *statement = NULL;

    cr_assert_eq(
        sqlite3_prepare_v2(db,
            "SELECT coalesce(sql, '') FROM sqlite_schema ORDER BY name", -1,
            &statement, NULL),
        SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        add_normalised(out, (const char *)sqlite3_column_text(statement, 0));
        str_add_char(out, '\n');
    }
    (void)sqlite3_finalize(statement);
}

static sqlite3 *
open_script(const char *path, const char *script)
{
    sqlite3 *db = NULL;
    struct str sql;

    str_init(&sql);
    read_text(script, &sql);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, str_text(&sql), NULL, NULL, NULL), SQLITE_OK,
        "%s: %s", script, sqlite3_errmsg(db));
    str_done(&sql);
    return db;
}

static void
describe_file(const char *path, struct str *out)
{
    sqlite3 *db = NULL;

    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    describe_schema(db, out);
    (void)sqlite3_close(db);
}

/* A folder with room for a database, and a database of this program. */
struct place {
    char *dir;
    struct str path;
};

static void
place_init(struct place *place)
{
    place->dir = kit_mkdir();
    str_init(&place->path);
    str_printf(&place->path, "%s/config.db", place->dir);
}

static void
place_done(struct place *place)
{
    str_done(&place->path);
    kit_rmdir(place->dir);
}

static void
describe_new(struct str *out)
{
    struct place place;
    struct store *store = NULL;

    place_init(&place);
    cr_assert_eq(store_open(str_text(&place.path), NULL, &store), OK);
    store_close(store);
    describe_file(str_text(&place.path), out);
    place_done(&place);
}

Test(migrate, makes_what_config_sql_shows)
{
    sqlite3 *db = open_script(":memory:", "schemas/config.sql");
    struct str ours;
    struct str shown;

    str_init(&ours);
    str_init(&shown);
    describe_new(&ours);
    describe_schema(db, &shown);
    cr_expect_str_eq(str_text(&ours), str_text(&shown));
    str_done(&ours);
    str_done(&shown);
    (void)sqlite3_close(db);
}

/* The rows that are there from the start, also after they were lost. */
static void
expect_first_rows(const struct place *place, const char *why)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *db = NULL;

    cr_assert_eq(sqlite3_open(str_text(&place->path), &db), SQLITE_OK);
    cr_assert_eq(
        sqlite3_prepare_v2(db,
            "SELECT (SELECT group_concat(name) FROM virtual_router) || "
            "(SELECT count(*) FROM system)",
            -1, &statement, NULL),
        SQLITE_OK);
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    cr_expect_str_eq(
        (const char *)sqlite3_column_text(statement, 0), "default1", "%s", why);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
}

/* ---- every older version ---- */

static void
version_path(struct str *out, unsigned version, const char *rest)
{
    str_printf(out, "%s/%04u%s", versions, version, rest);
}

/* A database of this version, in the place. */
static void
make_version(const struct place *place, unsigned version, const char *more)
{
    struct str script;
    sqlite3 *db;

    str_init(&script);
    version_path(&script, version, ".sql");
    db = open_script(str_text(&place->path), str_text(&script));
    cr_assert_eq(sqlite3_exec(db, more, NULL, NULL, NULL), SQLITE_OK, "%s: %s",
        more, sqlite3_errmsg(db));
    (void)sqlite3_close(db);
    str_done(&script);
}

/* What was running then. */
static struct config *
typed_at(unsigned version, uint64_t generation)
{
    struct config *config;
    char rest[32];
    struct str path;
    struct str script;

    str_init(&path);
    str_init(&script);
    (void)snprintf(rest, sizeof(rest), "-%d.txt", (int)generation);
    version_path(&path, version, rest);
    read_text(str_text(&path), &script);
    config = config_typed(str_text(&script));
    str_done(&path);
    str_done(&script);
    return config;
}

/* From what runs at `generation`, all that were written down. */
static void
expect_earlier(struct store *store, unsigned version,
    const struct config *running, uint64_t generation, uint64_t last)
{
    for (uint64_t i = 0; i <= last; i++) {
        struct config *wanted = i == 0 ? config_new() : typed_at(version, i);
        struct config *found = NULL;

        cr_assert_eq(store_rebuild(store, running, generation, i, NULL, &found),
            OK, "version %u, generation %d", version, (int)i);
        cr_expect(config_equal(found, wanted), "version %u, generation %d",
            version, (int)i);
        config_unref(found);
        config_unref(wanted);
    }
}

/* Back to generation 1, as a commit of its own. */
static void
roll_back(struct store *store, unsigned version, struct config **running,
    uint64_t generation)
{
    struct store_commit commit = {.generation = generation,
        .user = "root",
        .origin = "console",
        .comment = "back"};
    struct config *to = typed_at(version, 1);
    struct change_set set;

    config_diff(*running, to, &set);
    cr_assert_eq(store_begin(store, &commit, &set, NULL), OK);
    cr_assert_eq(store_finish(store, NULL), OK);
    change_set_done(&set);
    config_unref(*running);
    *running = to;
}

static void
expect_migrated(const struct place *place, unsigned version)
{
    struct store *store = NULL;
    struct config *running = NULL;
    struct config *wanted;
    uint64_t generation = 0;

    cr_assert_eq(store_open(str_text(&place->path), NULL, &store), OK,
        "version %u", version);
    cr_assert_eq(store_load(store, NULL, &running, &generation), OK);
    wanted = typed_at(version, generation);
    cr_expect(config_equal(running, wanted), "version %u", version);
    config_unref(wanted);
    expect_earlier(store, version, running, generation, generation);
    roll_back(store, version, &running, generation + 1);
    expect_earlier(store, version, running, generation + 1, generation);
    store_close(store);
    config_unref(running);
}

Test(migrate, brings_every_older_version_to_this_one)
{
    struct str fresh;

    str_init(&fresh);
    describe_new(&fresh);
    for (unsigned i = 1; i < SCHEMA_VERSION; i++) {
        struct place place;
        struct str found;

        place_init(&place);
        str_init(&found);
        make_version(&place, i, "");
        expect_migrated(&place, i);
        describe_file(str_text(&place.path), &found);
        cr_expect_str_eq(str_text(&found), str_text(&fresh), "version %u", i);
        str_done(&found);
        place_done(&place);
    }
    cr_expect_gt(SCHEMA_VERSION, 1);
    str_done(&fresh);
}

Test(migrate, knows_the_first_version_as_it_was)
{
    sqlite3 *first =
        open_script(":memory:", "schemas/migrations/0001-first.sql");
    sqlite3 *kept =
        open_script(":memory:", "tests/unit/mgmt/store/versions/0001.sql");
    struct str a;
    struct str b;

    str_init(&a);
    str_init(&b);
    describe_schema(first, &a);
    describe_schema(kept, &b);
    cr_expect_str_eq(str_text(&a), str_text(&b));
    str_done(&a);
    str_done(&b);
    (void)sqlite3_close(first);
    (void)sqlite3_close(kept);
}

/* ---- the same version, of another day ---- */

static void
alter(const struct place *place, const char *sql)
{
    sqlite3 *db = NULL;

    cr_assert_eq(sqlite3_open(str_text(&place->path), &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s: %s",
        sql, sqlite3_errmsg(db));
    (void)sqlite3_close(db);
}

/* clang-format off */
static const struct {
    const char *why;
    const char *sql;
} older_days[] = {
    {"a setting was added",
     "DROP VIEW v_tunnels; DROP VIEW v_interfaces;"
     "ALTER TABLE tunnel DROP COLUMN description"},
    {"an object was added", "DROP TABLE ike_policy_rule"},
    {"an object that is always there was added", "DROP TABLE system"},
    {"an index was added", "DROP INDEX change_by_path"},
    {"an index was declared otherwise",
     "DROP INDEX route_keys;"
     "CREATE UNIQUE INDEX route_keys ON route (virtual_router, prefix)"},
    {"a view was added", "DROP VIEW v_history"},
    {"a view looked otherwise",
     "DROP VIEW v_history; CREATE VIEW v_history AS SELECT 1"},
    {"an index was dropped", "CREATE INDEX old ON commit_log (user)"},
};
/* clang-format on */

Test(migrate, brings_a_forgotten_version_to_this_one)
{
    struct str fresh;

    str_init(&fresh);
    describe_new(&fresh);
    for (size_t i = 0; i < sizeof(older_days) / sizeof(older_days[0]); i++) {
        struct place place;
        struct store *store = NULL;
        struct str found;

        place_init(&place);
        str_init(&found);
        cr_assert_eq(store_open(str_text(&place.path), NULL, &store), OK);
        store_close(store);
        alter(&place, older_days[i].sql);
        cr_assert_eq(store_open(str_text(&place.path), NULL, &store), OK, "%s",
            older_days[i].why);
        store_close(store);
        describe_file(str_text(&place.path), &found);
        cr_expect_str_eq(
            str_text(&found), str_text(&fresh), "%s", older_days[i].why);
        expect_first_rows(&place, older_days[i].why);
        str_done(&found);
        place_done(&place);
    }
    str_done(&fresh);
}

/* clang-format off */
static const struct {
    const char *why;
    const char *sql;
    const char *words;
} refused[] = {
    {"a column would be lost", "ALTER TABLE tunnel ADD COLUMN colour TEXT",
     "column tunnel.colour"},
    {"a table would be lost", "CREATE TABLE song (title TEXT)", "table song"},
    {"a history column would be lost",
     "ALTER TABLE commit_log ADD COLUMN mood TEXT", "column commit_log.mood"},
    {"a row names nothing",
     "PRAGMA foreign_keys = OFF;"
     "UPDATE tunnel SET transform_set = 'gone' WHERE name = 'ottawa'",
     "1 rows that name something"},
    {"a value is not in its range any more",
     "PRAGMA ignore_check_constraints = ON;"
     "UPDATE tunnel SET mtu = 5 WHERE name = 'ottawa'",
     "CHECK constraint failed"},
    {"a newer release made it", "PRAGMA user_version = 99", "newer release"},
};
/* clang-format on */

Test(migrate, loses_nothing_and_says_what_it_would_lose)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct place place;
        struct store *store = NULL;
        struct diag diag;
        struct str before;
        struct str after;

        place_init(&place);
        diag_init(&diag);
        str_init(&before);
        str_init(&after);
        make_version(&place, 1, refused[i].sql);
        describe_file(str_text(&place.path), &before);
        cr_assert_neq(store_open(str_text(&place.path), &diag, &store), OK,
            "%s", refused[i].why);
        cr_assert_eq(diag.count, 1, "%s", refused[i].why);
        cr_expect_not_null(strstr(diag.entries[0].sentence, refused[i].words),
            "%s: %s", refused[i].why, diag.entries[0].sentence);
        describe_file(str_text(&place.path), &after);
        cr_expect_str_eq(str_text(&before), str_text(&after));
        diag_done(&diag);
        str_done(&before);
        str_done(&after);
        place_done(&place);
    }
}
