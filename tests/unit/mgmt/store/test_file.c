/* test_file.c - the file: who may read it, and which files are refused. */
#include "store/store.h"

#include "base/diag.h"
#include "base/str.h"
#include "tests/support/config_random.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory of its own, with the paths in it. */
struct place {
    char dir[64];
    char path[96];
    char wal[104];
    char shm[104];
};

static void
setup(struct place *place)
{
    (void)snprintf(place->dir, sizeof(place->dir), "/tmp/ermine-store-XXXXXX");
    cr_assert_not_null(mkdtemp(place->dir));
    (void)snprintf(
        place->path, sizeof(place->path), "%s/config.db", place->dir);
    (void)snprintf(place->wal, sizeof(place->wal), "%s-wal", place->path);
    (void)snprintf(place->shm, sizeof(place->shm), "%s-shm", place->path);
}

static void
teardown(struct place *place)
{
    (void)unlink(place->path);
    (void)unlink(place->wal);
    (void)unlink(place->shm);
    (void)rmdir(place->dir);
}

/* Do something to the file that no commit would do. */
static void
tamper(const struct place *place, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;

    cr_assert_eq(sqlite3_open(place->path, &db), SQLITE_OK);
    (void)sqlite3_exec(
        db, "PRAGMA ignore_check_constraints = ON", NULL, NULL, NULL);
    cr_assert_eq(
        sqlite3_exec(db, sql, NULL, NULL, &message), SQLITE_OK, "%s", message);
    (void)sqlite3_close(db);
}

static enum err
save(struct store *store, uint64_t generation, const struct config *from,
    const struct config *to, struct diag *diag)
{
    struct store_commit commit = {.generation = generation,
        .user = "root",
        .origin = "console",
        .comment = ""};
    struct change_set set;
    enum err error;

    config_diff(from, to, &set);
    error = store_begin(store, &commit, &set, diag);
    if (error == OK)
        error = store_finish(store, diag);
    change_set_done(&set);
    return error;
}

static const char script[] = "ipsec transform-set s esp-des\n"
                             "interface loopback 0\n"
                             "ip address 10.0.0.1 255.255.255.255\n"
                             "interface tunnel ipsec:a\n"
                             "tunnel mtu 1400\n"
                             "tunnel transform-set s\n";

/* A file with one commit in it. */
static void
make_file(const struct place *place)
{
    struct config *empty = config_new();
    struct config *config = config_typed(script);
    struct store *store = NULL;

    cr_assert_eq(store_open(place->path, NULL, &store), OK);
    cr_assert_eq(save(store, 1, empty, config, NULL), OK);
    store_close(store);
    config_unref(config);
    config_unref(empty);
}

static unsigned
mode_of(const char *path)
{
    struct stat status;

    cr_assert_eq(stat(path, &status), 0, "%s", path);
    return status.st_mode & 07777;
}

Test(file, is_private_whatever_the_umask)
{
    static const mode_t masks[] = {0, 022, 0377, 0777};

    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        struct place place;
        struct store *store = NULL;
        struct config *empty = config_new();
        struct config *config = config_typed(script);
        mode_t before;

        setup(&place);
        before = umask(masks[i]);
        cr_assert_eq(store_open(place.path, NULL, &store), OK);
        cr_assert_eq(save(store, 1, empty, config, NULL), OK);
        (void)umask(before);
        cr_expect_eq(mode_of(place.path), 0600);
        cr_expect_eq(mode_of(place.wal), 0600);
        cr_expect_eq(mode_of(place.shm), 0600);
        store_close(store);
        config_unref(config);
        config_unref(empty);
        teardown(&place);
    }
}

Test(file, is_made_private_again_when_it_was_opened_to_others)
{
    struct place place;
    struct store *store = NULL;

    setup(&place);
    make_file(&place);
    cr_assert_eq(chmod(place.path, 0666), 0);
    cr_assert_eq(store_open(place.path, NULL, &store), OK);
    cr_expect_eq(mode_of(place.path), 0600);
    store_close(store);
    teardown(&place);
}

Test(file, holds_the_configuration_after_closing)
{
    struct place place;
    struct store *store = NULL;
    struct config *loaded = NULL;
    struct config *wanted = config_typed(script);
    uint64_t generation = 0;

    setup(&place);
    make_file(&place);
    cr_assert_eq(store_open(place.path, NULL, &store), OK);
    cr_assert_eq(store_load(store, NULL, &loaded, &generation), OK);
    cr_expect(config_equal(loaded, wanted));
    cr_expect_eq(generation, 1);
    config_unref(loaded);
    config_unref(wanted);
    store_close(store);
    teardown(&place);
}

static void
expect_refused(const struct place *place, enum err wanted, const char *words)
{
    struct store *store = NULL;
    struct diag diag;
    enum err error;

    diag_init(&diag);
    error = store_open(place->path, &diag, &store);
    cr_expect_eq(error, wanted, "%s: %s", words, err_name(error));
    cr_assert_eq(diag.count, 1, "%s", words);
    cr_expect_not_null(strstr(diag.entries[0].sentence, words), "%s",
        diag.entries[0].sentence);
    cr_expect_not_null(strstr(diag.entries[0].sentence, place->path));
    cr_expect_null(store);
    diag_done(&diag);
}

static void
write_file(const struct place *place, const char *text, size_t length)
{
    FILE *file = fopen(place->path, "w");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
}

Test(file, of_another_program_is_refused)
{
    struct place place;

    setup(&place);
    tamper(&place, "CREATE TABLE songs (title TEXT)");
    expect_refused(&place, ERR_INVALID, "a database of another program");
    teardown(&place);
}

/* Nothing is written before it is known whose it is. */
Test(file, of_another_program_is_left_as_it_was)
{
    struct place place;
    struct store *store = NULL;
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;

    setup(&place);
    tamper(&place, "CREATE TABLE songs (title TEXT)");
    cr_assert_eq(store_open(place.path, NULL, &store), ERR_INVALID);
    cr_assert_eq(sqlite3_open(place.path, &db), SQLITE_OK);
    cr_assert_eq(
        sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &statement, NULL),
        SQLITE_OK);
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    cr_expect_str_eq((const char *)sqlite3_column_text(statement, 0), "delete");
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    teardown(&place);
}

/* Such a file is what an interrupted first start leaves, or the end of a
 * database: whoever opens it knows which. */
Test(file, that_is_empty_is_refused_to_who_asks)
{
    struct place place;
    struct store *store = NULL;
    struct diag diag;

    setup(&place);
    diag_init(&diag);
    cr_expect_eq(store_refuse_empty(place.path, &diag), OK, "there is none");
    write_file(&place, "", 0);
    cr_expect_eq(store_refuse_empty(place.path, &diag), ERR_IO);
    cr_assert_eq(diag.count, 1);
    cr_expect_not_null(
        strstr(diag.entries[0].sentence, "is empty, of 0 bytes"));
    cr_assert_eq(store_open(place.path, NULL, &store), OK);
    store_close(store);
    cr_expect_eq(store_refuse_empty(place.path, NULL), OK);
    diag_done(&diag);
    teardown(&place);
}

/* A router that starts has a second; so has this test. */
Test(file, that_another_program_holds_is_refused)
{
    struct place place;
    sqlite3 *db = NULL;

    setup(&place);
    make_file(&place);
    cr_assert_eq(sqlite3_open(place.path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db,
                     "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE;"
                     "UPDATE system SET hostname = 'held'",
                     NULL, NULL, NULL),
        SQLITE_OK);
    expect_refused(&place, ERR_IO, "Another program holds it");
    (void)sqlite3_close(db);
    teardown(&place);
}

Test(file, of_a_newer_release_is_refused)
{
    struct place place;

    setup(&place);
    make_file(&place);
    tamper(&place, "PRAGMA user_version = 99");
    expect_refused(&place, ERR_INVALID, "written by a newer release");
    teardown(&place);
}

Test(file, that_is_no_database_is_refused)
{
    struct place place;
    static const char text[] =
        "hostname boston\n"
        "! This is a script, not a database.  It is longer than the header.\n"
        "! ................................................................\n";

    setup(&place);
    write_file(&place, text, sizeof(text) - 1);
    expect_refused(&place, ERR_IO, "Put a backup in its place");
    teardown(&place);
}

Test(file, that_is_damaged_is_refused)
{
    struct place place;
    FILE *file;
    long size;

    setup(&place);
    make_file(&place);
    file = fopen(place.path, "r+");
    cr_assert_not_null(file);
    cr_assert_eq(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    for (long at = 4096; at + 64 < size; at += 4096) {
        cr_assert_eq(fseek(file, at, SEEK_SET), 0);
        cr_assert_neq(fputs("damage damage damage damage", file), EOF);
    }
    cr_assert_eq(fclose(file), 0);
    expect_refused(&place, ERR_IO, "Put a backup in its place");
    teardown(&place);
}

Test(file, in_a_folder_that_is_not_there_is_refused)
{
    struct place place;

    setup(&place);
    (void)rmdir(place.dir);
    expect_refused(&place, ERR_IO, "cannot be made");
}

Test(file, with_a_value_that_its_own_rules_forbid_is_refused)
{
    struct place place;

    setup(&place);
    make_file(&place);
    tamper(&place, "UPDATE tunnel SET mtu = 5");
    expect_refused(&place, ERR_IO, "CHECK constraint failed in tunnel");
    teardown(&place);
}

/* Rows that somebody edited by hand, which SQLite has no rule for. */
/* clang-format off */
static const struct {
    const char *why;
    const char *sql;
    const char *path;
    const char *words;
} bad_rows[] = {
    {.why = "not an address",
     .sql = "UPDATE interface SET ip_address = '10.0.0.300'",
     .path = "interface loopback 0",
     .words = "ip_address"},
    {.why = "not a mask",
     .sql = "UPDATE interface SET ip_mask = '255.0.255.0'",
     .path = "interface loopback 0",
     .words = "ip_mask"},
    {.why = "an unknown transform",
     .sql = "UPDATE transform_set SET transforms = 'rot13'",
     .path = "ipsec transform-set s",
     .words = "transforms"},
    {.why = "too many transforms",
     .sql =
         "UPDATE transform_set SET transforms = "
         "'esp-des esp-des esp-des esp-des esp-des esp-des esp-des esp-des "
         "esp-des'",
     .path = "ipsec transform-set s",
     .words = "transforms"},
};
/* clang-format on */

Test(file, with_a_bad_row_is_explained)
{
    for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
        struct place place;
        struct store *store = NULL;
        struct config *loaded = NULL;
        uint64_t generation = 0;
        struct diag diag;

        setup(&place);
        diag_init(&diag);
        make_file(&place);
        tamper(&place, bad_rows[i].sql);
        cr_assert_eq(
            store_open(place.path, NULL, &store), OK, "%s", bad_rows[i].why);
        cr_expect_eq(store_load(store, &diag, &loaded, &generation), ERR_IO,
            "%s", bad_rows[i].why);
        cr_expect_null(loaded);
        cr_assert_eq(diag.count, 1, "%s", bad_rows[i].why);
        cr_expect_str_eq(diag.entries[0].path, bad_rows[i].path);
        cr_expect_not_null(strstr(diag.entries[0].sentence, bad_rows[i].words));
        store_close(store);
        diag_done(&diag);
        teardown(&place);
    }
}

Test(file, that_another_program_changed_is_noticed_by_a_commit)
{
    struct place place;
    struct store *store = NULL;
    struct config *before = config_typed(script);
    struct candidate *candidate = candidate_open(before);
    struct diag diag;

    setup(&place);
    diag_init(&diag);
    make_file(&place);
    cr_assert_eq(store_open(place.path, NULL, &store), OK);
    tamper(&place, "DELETE FROM tunnel");
    cr_assert_eq(type_script(candidate,
                     "interface tunnel ipsec:a\n"
                     "tunnel mtu 1300\n",
                     NULL),
        OK);
    cr_expect_eq(
        save(store, 2, before, candidate_work(candidate), &diag), ERR_CONFLICT);
    cr_assert_eq(diag.count, 1);
    cr_expect_not_null(
        strstr(diag.entries[0].sentence, "changed by another program"));
    store_close(store);
    diag_done(&diag);
    candidate_free(candidate);
    config_unref(before);
    teardown(&place);
}
