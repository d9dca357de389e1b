/*
 * test_rebuild.c - every older configuration comes back as it was, and an
 * edited history is refused.
 */
#include "store/store.h"

#include "base/diag.h"
#include "base/str.h"
#include "store/store_fault.h"
#include "tests/support/config_random.h"
#include "tests/support/config_typing.h"
#include "tests/support/kit.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMITS = 12, CALLS_MIN = 20, CALLS_MAX = 2000 };

/* A store and what it held at each generation. */
struct past {
    struct store *store;
    struct config *configs[COMMITS + 1];
    uint64_t generation;
};

static void
past_begin(struct past *past, const char *path)
{
    *past = (struct past){.store = NULL};
    past->configs[0] = config_new();
    cr_assert_eq(store_open(path, NULL, &past->store), OK);
}

static void
past_done(struct past *past)
{
    for (size_t i = 0; i <= past->generation; i++)
        config_unref(past->configs[i]);
    store_close(past->store);
}

/* Takes the configuration. */
static void
past_commit(struct past *past, struct config *config)
{
    struct store_commit commit = {.generation = past->generation + 1,
        .user = "root",
        .origin = "console",
        .at_us = UINT64_C(1420452000000000),
        .comment = "as planned"};
    struct change_set set;

    config_diff(past->configs[past->generation], config, &set);
    cr_assert_eq(store_begin(past->store, &commit, &set, NULL), OK);
    cr_assert_eq(store_finish(past->store, NULL), OK);
    change_set_done(&set);
    past->configs[++past->generation] = config;
}

static enum err
rebuild(struct past *past, uint64_t wanted, struct diag *diag,
    struct config **out_config)
{
    return store_rebuild(past->store, past->configs[past->generation],
        past->generation, wanted, diag, out_config);
}

static void
expect_all(struct past *past, const char *when)
{
    for (uint64_t i = 0; i <= past->generation; i++) {
        struct config *config = NULL;

        cr_assert_eq(
            rebuild(past, i, NULL, &config), OK, "%d %s", (int)i, when);
        cr_expect(
            config_equal(config, past->configs[i]), "%d %s", (int)i, when);
        config_unref(config);
    }
}

/* What names nothing else can be put in alone. */
static void
take_some(struct config **config, const struct config *from,
    enum schema_object_id type)
{
    const struct object *at = config_next(from, type, NULL);

    while (at != NULL) {
        config_put(config, object_ref(at));
        at = config_next(from, type, at->fields);
    }
}

/* Half of the commits change everything, half a little. */
static void
commit_at_random(struct past *past, struct dice *dice)
{
    for (size_t i = 0; i < COMMITS; i++) {
        struct config *random = config_random_linked(dice, 30);
        struct config *little = config_ref(past->configs[past->generation]);

        take_some(&little, random, OBJECT_SYSTEM);
        take_some(&little, random, OBJECT_TRANSFORM_SET);
        if (dice_below(dice, 2) == 0) {
            past_commit(past, random);
            config_unref(little);
        } else {
            past_commit(past, little);
            config_unref(random);
        }
    }
}

Test(rebuild, gives_every_older_configuration_as_it_was)
{
    struct dice dice = {.state = 41};

    for (int i = 0; i < 20; i++) {
        struct past past;

        past_begin(&past, NULL);
        commit_at_random(&past, &dice);
        expect_all(&past, "in memory");
        past_done(&past);
    }
}

Test(rebuild, gives_them_after_a_restart_too)
{
    struct dice dice = {.state = 43};
    char *folder = kit_mkdir();
    struct str path;

    str_init(&path);
    str_printf(&path, "%s/config.db", folder);
    for (int i = 0; i < 3; i++) {
        struct past past;

        past_begin(&past, str_text(&path));
        commit_at_random(&past, &dice);
        store_close(past.store);
        cr_assert_eq(store_open(str_text(&path), NULL, &past.store), OK);
        expect_all(&past, "after a restart");
        past_done(&past);
        cr_assert_eq(remove(str_text(&path)), 0);
    }
    str_done(&path);
    kit_rmdir(folder);
}

/* Two commits: an object that is changed, one that goes, one that comes. */
static void
begin_two_commits(struct past *past, const char *path)
{
    past_begin(past, path);
    past_commit(past, config_typed("hostname boston\n"
                                   "ipsec transform-set s esp-des\n"
                                   "interface loopback 0\n"
                                   "ip address 192.0.2.1 255.255.255.255\n"));
    past_commit(past, config_typed("hostname ottawa\n"
                                   "ipsec transform-set s esp-3des\n"
                                   "interface loopback 1\n"));
}

/* What somebody did to the file, and whether it can still be used. */
static const struct {
    const char *sql;
    const char *why;
} edits[] = {
    {"DELETE FROM change WHERE generation = 2 AND object = 'transform-set'",
     "an object's rows are gone"                                                                          },
    {"DELETE FROM change WHERE generation = 2",                              "all rows are gone"          },
    {"DELETE FROM change WHERE generation = 2; DELETE FROM commit_log WHERE "
     "generation = 2",                                                  "the whole commit is gone"   },
    {"UPDATE commit_log SET changes = 9 WHERE generation = 2",
     "the log counts otherwise"                                                                           },
    {"UPDATE change SET object = 'toaster' WHERE generation = 2",
     "there is no such object"                                                                            },
    {"UPDATE change SET setting = 'colour' WHERE generation = 2 AND setting "
     "= 'hostname'",                                                    "there is no such setting"   },
    {"UPDATE change SET keys = '{\"name\": 7}' WHERE generation = 2",
     "a key of another type"                                                                              },
    {"UPDATE change SET keys = 'x' WHERE generation = 2",                    "keys are no JSON"           },
    {"UPDATE change SET old_values = '{' WHERE generation = 2 AND setting = "
     "'hostname'",                                                      "values are no JSON"         },
    {"UPDATE change SET old_values = '[\"a\"]' WHERE generation = 2 AND "
     "setting = 'hostname'",                                            "values are a list"          },
    {"UPDATE change SET old_values = '{\"hostname\": 7}' WHERE generation = "
     "2 AND setting = 'hostname'",                                      "a value of another type"    },
    {"UPDATE change SET old_values = '{\"mtu\": 1400}' WHERE generation = 2 "
     "AND setting = 'hostname'",                                        "a value of another setting" },
    {"UPDATE change SET new_values = '{\"hostname\": \"x\"}' WHERE "
     "generation = 2 AND setting = 'hostname'",                         "it is not what was made"    },
    {"UPDATE change SET old = NULL, new = NULL WHERE generation = 2 AND "
     "setting IS NULL",                                                 "neither created nor deleted"},
    {"UPDATE change SET old = 'x', new = 'y' WHERE generation = 2 AND "
     "setting IS NULL",                                                 "both created and deleted"   },
    {"UPDATE change SET old = new, new = old WHERE generation = 2 AND "
     "setting IS NULL",                                                 "created for deleted"        },
};

static void
expect_refused(const char *path, const char *sql, const char *why)
{
    struct config *config = NULL;
    struct past past;
    struct diag diag;
    sqlite3 *db = NULL;

    begin_two_commits(&past, path);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s: %s",
        why, sqlite3_errmsg(db));
    cr_assert_gt(sqlite3_total_changes(db), 0, "%s", why);
    (void)sqlite3_close(db);
    diag_init(&diag);
    cr_expect_eq(rebuild(&past, 1, &diag, &config), ERR_IO, "%s", why);
    cr_expect_eq(diag.count, 1, "%s", why);
    if (diag.count == 1)
        cr_expect_not_null(
            strstr(diag.entries[0].sentence, "What commit 2 changed"), "%s: %s",
            why, diag.entries[0].sentence);
    cr_expect_null(config, "%s", why);
    diag_done(&diag);
    past_done(&past);
    cr_assert_eq(remove(path), 0);
}

Test(rebuild, refuses_a_history_that_somebody_edited)
{
    char *folder = kit_mkdir();
    struct str path;

    str_init(&path);
    str_printf(&path, "%s/config.db", folder);
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++)
        expect_refused(str_text(&path), edits[i].sql, edits[i].why);
    str_done(&path);
    kit_rmdir(folder);
}

Test(rebuild, gives_nothing_half_made_whichever_call_fails)
{
    struct past past;
    unsigned call = 1;

    begin_two_commits(&past, NULL);
    for (; call < CALLS_MAX; call++) {
        struct config *config = NULL;
        struct diag diag;
        enum err error;

        diag_init(&diag);
        store_fault_arm(past.store, call);
        error = rebuild(&past, 0, &diag, &config);
        cr_assert_eq(diag.count, error == OK ? 0 : 1, "call %u", call);
        diag_done(&diag);
        if (error == OK) {
            cr_expect(config_equal(config, past.configs[0]));
            config_unref(config);
            break;
        }
        cr_assert_null(config, "call %u", call);
    }
    store_fault_arm(past.store, 0);
    cr_expect(call > CALLS_MIN && call < CALLS_MAX, "%u calls", call);
    past_done(&past);
}

/* ---- the log ---- */

static void
note_entry(void *context, const struct store_entry *entry)
{
    str_printf(context, "%d %s %s %s '%s' %d\n", (int)entry->generation,
        entry->at, entry->user, entry->origin, entry->comment,
        (int)entry->changes);
}

Test(rebuild, lists_the_newest_commits_first)
{
    struct past past;
    struct str text;

    begin_two_commits(&past, NULL);
    str_init(&text);
    cr_assert_eq(store_log(past.store, 9, note_entry, &text, NULL), OK);
    cr_expect_str_eq(str_text(&text),
        "2 2015-01-05T10:00:00Z root console 'as planned' 4\n"
        "1 2015-01-05T10:00:00Z root console 'as planned' 3\n");
    str_clear(&text);
    cr_assert_eq(store_log(past.store, 1, note_entry, &text, NULL), OK);
    cr_expect_str_eq(str_text(&text),
        "2 2015-01-05T10:00:00Z root console 'as planned' 4\n");
    str_done(&text);
    past_done(&past);
}
