/*
 * test_migrate.c - the database that the program makes is the one that
 * schemas/ shows to people.
 *
 * Run from the top of the tree, where schemas/ is.
 */
#include "store/store.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <glob.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
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

/* All tables and indexes, and the rows that are there from the start. */
static void
describe(sqlite3 *db, struct str *out)
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
    cr_assert_eq(
        sqlite3_prepare_v2(db,
            "SELECT (SELECT group_concat(name) FROM virtual_router) || "
            "(SELECT count(*) FROM system)",
            -1, &statement, NULL),
        SQLITE_OK);
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    str_add(out, (const char *)sqlite3_column_text(statement, 0));
    (void)sqlite3_finalize(statement);
}

static void
describe_scripts(char *const *paths, size_t count, struct str *out)
{
    sqlite3 *db = NULL;

    cr_assert_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
    for (size_t i = 0; i < count; i++) {
        struct str sql;

        str_init(&sql);
        read_text(paths[i], &sql);
        cr_assert_eq(sqlite3_exec(db, str_text(&sql), NULL, NULL, NULL),
            SQLITE_OK, "%s: %s", paths[i], sqlite3_errmsg(db));
        str_done(&sql);
    }
    describe(db, out);
    (void)sqlite3_close(db);
}

static void
describe_store(struct str *out)
{
    char path[] = "/tmp/ermine-migrate-XXXXXX";
    struct store *store = NULL;
    sqlite3 *db = NULL;
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    (void)close(fd);
    cr_assert_eq(store_open(path, NULL, &store), OK);
    store_close(store);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    describe(db, out);
    (void)sqlite3_close(db);
    (void)unlink(path);
}

Test(migrate, makes_what_config_sql_shows)
{
    char path[] = "schemas/config.sql";
    char *const paths[] = {path};
    struct str ours;
    struct str shown;

    str_init(&ours);
    str_init(&shown);
    describe_store(&ours);
    describe_scripts(paths, 1, &shown);
    cr_expect_str_eq(str_text(&ours), str_text(&shown));
    str_done(&ours);
    str_done(&shown);
}

Test(migrate, makes_what_all_migrations_make)
{
    struct str ours;
    struct str migrated;
    glob_t found;

    str_init(&ours);
    str_init(&migrated);
    cr_assert_eq(glob("schemas/migrations/*.sql", 0, NULL, &found), 0);
    describe_store(&ours);
    describe_scripts(found.gl_pathv, found.gl_pathc, &migrated);
    cr_expect_str_eq(str_text(&ours), str_text(&migrated));
    globfree(&found);
    str_done(&ours);
    str_done(&migrated);
}
