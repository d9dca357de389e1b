/* test_check.c - what --check-db finds, beside what SQLite itself does. */
#include "store/store.h"

#include "base/diag.h"
#include "base/str.h"
#include "tests/support/config_typing.h"
#include "tests/support/kit.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <string.h>

/* A database with three commits, in a folder of its own. */
struct place {
    char *dir;
    struct str path;
};

static void
save(struct store *store, uint64_t generation, const struct config *from,
    const struct config *to)
{
    struct store_commit commit = {.generation = generation,
        .user = "root",
        .origin = "console",
        .comment = ""};
    struct change_set set;

    config_diff(from, to, &set);
    cr_assert_eq(store_begin(store, &commit, &set, NULL), OK);
    cr_assert_eq(store_finish(store, NULL), OK);
    change_set_done(&set);
}

static void
place_init(struct place *place)
{
    static const char *const scripts[] = {
        "hostname a\nipsec transform-set s esp-des\nvirtual-router isp\n",
        "hostname b\nipsec transform-set s esp-des\n",
        ("hostname c\nipsec transform-set s esp-des\n"
         "interface tunnel ipsec:t\ntunnel transform-set s\n"),
    };
    struct config *before = config_new();
    struct store *store = NULL;

    place->dir = kit_mkdir();
    str_init(&place->path);
    str_printf(&place->path, "%s/config.db", place->dir);
    cr_assert_eq(store_open(str_text(&place->path), NULL, &store), OK);
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        struct config *after = config_typed(scripts[i]);

        save(store, i + 1, before, after);
        config_unref(before);
        before = after;
    }
    config_unref(before);
    store_close(store);
}

static void
place_done(struct place *place)
{
    str_done(&place->path);
    kit_rmdir(place->dir);
}

static void
tamper(const struct place *place, const char *sql)
{
    sqlite3 *db = NULL;

    cr_assert_eq(sqlite3_open(str_text(&place->path), &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s: %s",
        sql, sqlite3_errmsg(db));
    (void)sqlite3_close(db);
}

Test(check, finds_a_good_one_good)
{
    struct place place;
    struct store_health health = {0};

    place_init(&place);
    cr_assert_eq(store_check(str_text(&place.path), NULL, NULL, &health), OK);
    cr_expect_eq(health.generation, 3);
    cr_expect_eq(health.oldest, 0);
    cr_expect_eq(health.objects, 4);
    tamper(&place, "INSERT INTO kept VALUES (1, 2);"
                   "DELETE FROM change WHERE generation <= 2");
    cr_assert_eq(store_check(str_text(&place.path), NULL, NULL, &health), OK);
    cr_expect_eq(health.oldest, 2);
    place_done(&place);
}

/* clang-format off */
static const struct {
    const char *why;
    const char *sql;
    const char *words;
} bad[] = {
    {"a commit whose changes are gone",
     "DELETE FROM change WHERE generation = 2", "What commit 2 changed"},
    {"a commit that is gone from the log",
     "PRAGMA foreign_keys = OFF; DELETE FROM change WHERE generation = 2;"
     "DELETE FROM commit_log WHERE generation = 2", "What commit 2 changed"},
    {"an object that was never made",
     "DELETE FROM change WHERE object = 'transform-set';"
     "UPDATE commit_log SET changes = changes - 1 WHERE generation = 1",
     "leaves 1 objects before the first commit"},
    {"a history that begins after its end", "INSERT INTO kept VALUES (1, 9)",
     "correct the table kept"},
    {"a reference to nothing",
     "PRAGMA foreign_keys = OFF; DELETE FROM transform_set",
     "row 1 of tunnel names a transform_set that is not there"},
    {"a setting that somebody changed", "UPDATE system SET hostname = 'x'",
     "What commit 3 changed"},
    {"a key that is not sealed",
     "INSERT INTO pki_key VALUES (1, '-----BEGIN PRIVATE KEY-----')",
     "row 1 of pki_key holds no sealed key"},
    {"a key without anything", "INSERT INTO pki_key VALUES (7, '$e1$')",
     "row 7 of pki_key holds no sealed key"},
    {"a key whose number is none",
     "INSERT INTO pki_key VALUES (0, '$e1$AAAA')",
     "row 0 of pki_key has a number that there cannot be"},
    {"a list whose number is too large",
     "INSERT INTO pki_crl VALUES (4294967296, 'CN=x', 'x', x'30')",
     "row 4294967296 of pki_crl has a number"},
    {"a certificate that is believed more than once",
     "INSERT INTO pki_certificate VALUES (2, 2, 'CN=x', 'x', x'30')",
     "row 2 of pki_certificate is trusted by 2"},
    {"a list with a certificate's number",
     "INSERT INTO pki_certificate VALUES (3, 1, 'CN=x', 'x', x'30');"
     "INSERT INTO pki_crl VALUES (3, 'CN=x', 'x', x'30')",
     "3 is the number of a row of pki_certificate and of one of pki_crl"},
    {"a warning of a step that there is not",
     "INSERT INTO pki_notice VALUES (-5, 5, 0)",
     "row -5 of pki_notice tells of a step"},
    {"the table of another program", "CREATE TABLE song (title TEXT)",
     "table song"},
};
/* clang-format on */

Test(check, finds_what_somebody_did_to_it)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct place place;
        struct store_health health = {.generation = 77};
        struct diag diag;

        diag_init(&diag);
        place_init(&place);
        tamper(&place, bad[i].sql);
        cr_expect_neq(store_check(str_text(&place.path), NULL, &diag, &health),
            OK, "%s", bad[i].why);
        cr_assert_gt(diag.count, 0, "%s", bad[i].why);
        cr_expect_not_null(strstr(diag.entries[0].sentence, bad[i].words),
            "%s: %s", bad[i].why, diag.entries[0].sentence);
        cr_expect_eq(health.generation, 77);
        place_done(&place);
        diag_done(&diag);
    }
}

/* What the expert says; it has seen the copy. */
static enum err
look(void *context, struct store *copy, struct diag *diag)
{
    const enum err *answer = context;

    cr_expect_not_null(copy);
    if (*answer != OK)
        diag_add(diag, DIAG_ERROR, NULL, NULL, "the expert's sentence");
    return *answer;
}

Test(check, an_expert_has_the_last_word)
{
    enum err answer = ERR_MALFORMED;
    const struct store_expert expert = {&answer, look};
    struct place place;
    struct store_health health;
    struct diag diag;

    diag_init(&diag);
    place_init(&place);
    cr_expect_eq(store_check(str_text(&place.path), &expert, &diag, &health),
        ERR_MALFORMED);
    cr_expect_eq(diag.count, 1);
    answer = OK;
    cr_expect_eq(
        store_check(str_text(&place.path), &expert, NULL, &health), OK);
    place_done(&place);
    diag_done(&diag);
}

Test(check, says_that_there_is_none)
{
    struct store_health health;
    struct diag diag;

    diag_init(&diag);
    cr_expect_eq(
        store_check("/nonexistent/config.db", NULL, &diag, &health), ERR_IO);
    cr_expect_eq(diag.count, 1);
    diag_done(&diag);
}
