/* test_store.c - what is stored is what is loaded, and by whom it was. */
#include "store/store.h"

#include "base/diag.h"
#include "base/str.h"
#include "tests/support/config_random.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>

static struct store *
open_in_memory(void)
{
    struct store *store = NULL;

    cr_assert_eq(store_open(NULL, NULL, &store), OK);
    return store;
}

/* Store what turns `from` into `to`. */
static enum err
save(struct store *store, uint64_t generation, const struct config *from,
    const struct config *to)
{
    struct store_commit commit = {.generation = generation,
        .user = "root",
        .origin = "console",
        .at_us = UINT64_C(1420452000000000),
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

static void
expect_stored(
    struct store *store, const struct config *wanted, uint64_t generation)
{
    struct config *loaded = NULL;
    uint64_t found = 0;

    cr_assert_eq(store_load(store, NULL, &loaded, &found), OK);
    cr_expect(config_equal(loaded, wanted), "generation %d", (int)generation);
    cr_expect_eq(found, generation);
    config_unref(loaded);
}

Test(store, starts_with_what_is_always_there)
{
    struct store *store = open_in_memory();
    struct config *empty = config_new();

    expect_stored(store, empty, 0);
    config_unref(empty);
    store_close(store);
}

Test(store, loads_what_was_stored)
{
    struct dice dice = {.state = 31};

    for (int i = 0; i < 30; i++) {
        struct store *store = open_in_memory();
        struct config *empty = config_new();
        struct config *config = config_random_linked(&dice, 60);

        cr_assert_eq(save(store, 1, empty, config), OK, "round %d", i);
        expect_stored(store, config, 1);
        config_unref(config);
        config_unref(empty);
        store_close(store);
    }
}

Test(store, follows_commit_after_commit)
{
    struct dice dice = {.state = 33};
    struct store *store = open_in_memory();
    struct config *running = config_new();

    for (uint64_t i = 1; i <= 25; i++) {
        struct config *next = config_random_linked(&dice, 50);

        cr_assert_eq(save(store, i, running, next), OK, "commit %d", (int)i);
        expect_stored(store, next, i);
        config_unref(running);
        running = next;
    }
    config_unref(running);
    store_close(store);
}

Test(store, forgets_a_commit_that_was_cancelled)
{
    struct store *store = open_in_memory();
    struct config *empty = config_new();
    struct config *config = config_typed("hostname boston\n");
    struct store_commit commit = {
        .generation = 1, .user = "root", .origin = "console", .comment = ""};
    struct change_set set;

    config_diff(empty, config, &set);
    cr_assert_eq(store_begin(store, &commit, &set, NULL), OK);
    store_cancel(store);
    expect_stored(store, empty, 0);
    cr_assert_eq(save(store, 1, empty, config), OK, "and can go on");
    expect_stored(store, config, 1);
    change_set_done(&set);
    config_unref(config);
    config_unref(empty);
    store_close(store);
}

Test(store, refuses_a_reference_to_nothing)
{
    struct store *store = open_in_memory();
    struct config *empty = config_new();
    struct config *config = config_typed("interface tunnel ipsec:a\n"
                                         "tunnel transform-set none\n");

    cr_expect_eq(save(store, 1, empty, config), ERR_IO);
    expect_stored(store, empty, 0);
    config_unref(config);
    config_unref(empty);
    store_close(store);
}

static void
expect_changer(struct store *store, const char *path, const char *setting,
    const char *wanted)
{
    struct str who;
    enum err error;

    str_init(&who);
    error = store_who_changed(store, path, setting, 0, &who);
    cr_expect_eq(error, wanted == NULL ? ERR_NOT_FOUND : OK, "%s", path);
    cr_expect_str_eq(str_text(&who), wanted == NULL ? "" : wanted);
    str_done(&who);
}

Test(store, remembers_who_changed_what)
{
    struct store *store = open_in_memory();
    struct config *empty = config_new();
    struct config *first = config_typed("interface tunnel ipsec:a\n"
                                        "tunnel mtu 1400\n");
    struct config *second = config_typed("interface tunnel ipsec:a\n"
                                         "tunnel mtu 1300\n");
    static const char path[] = "interface tunnel ipsec:a";

    cr_assert_eq(save(store, 1, empty, first), OK);
    expect_changer(
        store, path, NULL, "root at 2015-01-05T10:00:00Z in commit 1");
    expect_changer(
        store, path, "mtu", "root at 2015-01-05T10:00:00Z in commit 1");
    cr_assert_eq(save(store, 2, first, second), OK);
    expect_changer(
        store, path, "mtu", "root at 2015-01-05T10:00:00Z in commit 2");
    expect_changer(
        store, path, "shutdown", "root at 2015-01-05T10:00:00Z in commit 1");
    expect_changer(store, "interface tunnel ipsec:b", NULL, NULL);
    config_unref(first);
    config_unref(second);
    config_unref(empty);
    store_close(store);
}
