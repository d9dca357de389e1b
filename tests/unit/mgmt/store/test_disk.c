/*
 * test_disk.c - a store on a disk that fails, or whose power goes, at any
 * operation: commits and the way from an older version are wholly there or
 * not at all, with their history.
 */
#include "store/store.h"

#include "base/str.h"
#include "tests/support/config_random.h"
#include "tests/support/config_typing.h"
#include "tests/support/disk.h"
#include "tests/support/kit.h"
#include "tests/support/rounds.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SEEDS unless ERMINE_FAULT_SEEDS asks for a long run, which has each fault at
 * each point; the scenario of a router's faults has more of them. */
enum { SEEDS = 1, POINTS_MAX = 1000 };

static uint64_t
seeds(void)
{
    const char *asked = getenv("ERMINE_FAULT_SEEDS");
    uint64_t count = SEEDS;

    if (asked != NULL)
        cr_assert_eq(str_to_u64(asked, &count), OK);
    return count;
}

/* From point to point; each fault begins at another one. */
static unsigned
stride(unsigned plain, unsigned sanitized)
{
    return seeds() > SEEDS ? 1 : rounds(plain, sanitized);
}

struct place {
    struct disk *disk;
    char *dir;
    struct str path;
};

static void
place_init(struct place *place, uint64_t seed)
{
    place->disk = disk_new(seed);
    place->dir = kit_mkdir();
    str_init(&place->path);
    str_printf(&place->path, "%s/config.db", place->dir);
}

static void
place_done(struct place *place)
{
    disk_free(place->disk);
    str_done(&place->path);
    kit_rmdir(place->dir);
}

static struct store *
open_good(const struct place *place)
{
    struct store *store = NULL;

    cr_assert_eq(store_open(str_text(&place->path), NULL, &store), OK);
    return store;
}

static enum err
save(struct store *store, uint64_t generation, const struct config *from,
    const struct config *to)
{
    struct store_commit commit = {.generation = generation,
        .user = "root",
        .origin = "console",
        .comment = ""};
    struct change_set set;
    enum err error;

    config_diff(from, to, &set);
    error = store_begin(store, &commit, &set, NULL);
    if (error == OK)
        error = store_finish(store, NULL);
    change_set_done(&set);
    return error;
}

/* The power goes now, whatever the store still wants to write. */
static void
lose_power(const struct place *place, struct store *store)
{
    disk_arm(place->disk, DISK_STALLS, 1);
    store_close(store);
    disk_reboot(place->disk);
}

/* What is stored is the one or the other, with all of its history; the
 * generation. */
static uint64_t
expect_one_of(struct store *store, const struct config *old,
    const struct config *new, const char *why)
{
    struct config *loaded = NULL;
    struct config *first = NULL;
    uint64_t generation = 0;

    cr_assert_eq(store_load(store, NULL, &loaded, &generation), OK, "%s", why);
    cr_assert(generation == 1 || generation == 2, "%s", why);
    cr_assert(config_equal(loaded, generation == 1 ? old : new), "%s", why);
    cr_assert_eq(store_rebuild(store, loaded, generation, 1, NULL, &first), OK);
    cr_assert(config_equal(first, old), "%s", why);
    config_unref(loaded);
    config_unref(first);
    return generation;
}

/* True: it did not come to the fault. */
static bool
commit_at(const struct place *place, enum disk_fault fault, unsigned point,
    const struct config *old, const struct config *new)
{
    struct store *store;
    enum err error;
    bool failed;
    uint64_t generation;
    char why[64];

    (void)snprintf(why, sizeof why, "fault %d, point %u", (int)fault, point);
    disk_put_back(place->disk);
    store = open_good(place);
    disk_arm(place->disk, fault, point);
    error = save(store, 2, old, new);
    failed = disk_failed(place->disk);
    if (fault != DISK_STALLS)
        disk_arm(place->disk, DISK_REFUSES, 0);
    if (fault == DISK_FILLS)
        cr_assert_eq(store_settle(store), OK); /* the disk works again */
    lose_power(place, store);
    store = open_good(place);
    generation = expect_one_of(store, old, new, why);
    if (error == OK)
        cr_assert_eq(generation, 2, "%s: what was answered stays", why);
    if (error != OK && fault != DISK_STALLS)
        cr_assert_eq(generation, 1, "%s: what was refused stays away", why);
    if (generation == 1)
        cr_assert_eq(save(store, 2, old, new), OK, "%s", why);
    (void)expect_one_of(store, old, new, why);
    store_close(store);
    return !failed;
}

Test(disk, keeps_the_old_or_the_new_whatever_fails, .timeout = 300)
{
    unsigned cases = 0;
    uint64_t count = seeds();
    unsigned step = stride(4, 11);

    for (uint64_t seed = 1; seed <= count; seed++) {
        struct dice dice = {.state = seed};
        struct config *empty = config_new();
        struct config *old = config_random_linked(&dice, 20);
        struct config *new = config_random_linked(&dice, 20);
        struct place place;
        struct store *store;

        place_init(&place, seed);
        store = open_good(&place);
        cr_assert_eq(save(store, 1, empty, old), OK);
        store_close(store);
        disk_keep(place.disk);
        for (int fault = 0; fault < DISK_FAULTS; fault++) {
            unsigned point = 1 + (unsigned)fault % step;

            while (
                !commit_at(&place, (enum disk_fault)fault, point, old, new)) {
                point += step;
                cr_assert_lt(point, POINTS_MAX);
                cases++;
            }
        }
        place_done(&place);
        config_unref(empty);
        config_unref(old);
        config_unref(new);
    }
    cr_expect_gt(cases, 120 * count / step, "%u", cases);
}

/* ---- from an older version ---- */

static void
make_first_version(const struct place *place)
{
    FILE *file = fopen("tests/unit/mgmt/store/versions/0001.sql", "r");
    sqlite3 *db = NULL;
    struct str script;
    int c;

    cr_assert_not_null(file);
    str_init(&script);
    while ((c = fgetc(file)) != EOF)
        str_add_char(&script, (char)c);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(sqlite3_open(str_text(&place->path), &db), SQLITE_OK);
    cr_assert_eq(
        sqlite3_exec(db, str_text(&script), NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
    str_done(&script);
}

/* The version, and that the file is whole. */
static int
version_of(const struct place *place)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int version;

    cr_assert_eq(sqlite3_open(str_text(&place->path), &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db,
                     "SELECT user_version, integrity_check, "
                     "(SELECT count(*) FROM sqlite_schema WHERE name = 'kept') "
                     "FROM pragma_user_version, pragma_integrity_check",
                     -1, &statement, NULL),
        SQLITE_OK);
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    version = sqlite3_column_int(statement, 0);
    cr_assert_str_eq((const char *)sqlite3_column_text(statement, 1), "ok");
    cr_assert_eq(sqlite3_column_int(statement, 2), version == 1 ? 0 : 1);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    return version;
}

Test(disk, has_the_older_version_or_this_one, .timeout = 300)
{
    unsigned step = stride(19, 61); /* a case makes the new format twice */
    struct place place;
    unsigned older = 0;

    place_init(&place, 5);
    make_first_version(&place);
    disk_keep(place.disk);
    for (int fault = 0; fault < DISK_FAULTS; fault++) {
        bool failed = true;

        for (unsigned point = 1 + (unsigned)fault % step; failed;
             point += step) {
            struct store *store = NULL;
            struct config *loaded = NULL;
            uint64_t generation = 0;

            cr_assert_lt(point, POINTS_MAX);
            disk_put_back(place.disk);
            disk_arm(place.disk, (enum disk_fault)fault, point);
            if (store_open(str_text(&place.path), NULL, &store) != OK)
                cr_assert_null(store);
            failed = disk_failed(place.disk);
            lose_power(&place, store);
            older += version_of(&place) == 1;
            store = open_good(&place);
            cr_assert_eq(store_load(store, NULL, &loaded, &generation), OK);
            cr_assert_eq(generation, 4);
            cr_assert_eq(config_count(loaded), 10);
            config_unref(loaded);
            store_close(store);
        }
    }
    cr_expect_gt(older, 400 / step, "%u", older);
    place_done(&place);
}
