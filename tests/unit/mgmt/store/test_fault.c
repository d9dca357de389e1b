/*
 * test_fault.c - the database fails, at every call in turn.
 *
 * After a failed commit the database is the old one and the next commit
 * works; after a failed load there is no configuration and no leak.
 */
#include "store/store_fault.h"

#include "base/diag.h"
#include "store/store.h"
#include "tests/support/config_random.h"
#include "tests/support/config_typing.h"
#include "tests/support/rounds.h"

#include <criterion/criterion.h>

enum { CALLS_MIN = 40, CALLS_MAX = 2000 };

static const char old_script[] = "hostname boston\n"
                                 "ipsec transform-set s esp-des\n"
                                 "virtual-router isp\n"
                                 "interface loopback 0\n";
static const char new_script[] = "hostname ottawa\n"
                                 "ipsec transform-set s esp-3des\n"
                                 "interface tunnel ipsec:a\n"
                                 "tunnel transform-set s\n";

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

static void
expect_stored(
    struct store *store, const struct config *wanted, uint64_t generation)
{
    struct config *loaded = NULL;
    uint64_t found = 0;

    cr_assert_eq(store_load(store, NULL, &loaded, &found), OK);
    cr_assert(config_equal(loaded, wanted), "generation %d", (int)generation);
    cr_assert_eq(found, generation);
    config_unref(loaded);
}

/* True: the commit got by without needing the call. */
static bool
commit_with_fault(
    unsigned call, const struct config *old, const struct config *new)
{
    struct config *empty = config_new();
    struct store *store = NULL;
    struct diag diag;
    enum err error;

    diag_init(&diag);
    cr_assert_eq(store_open(NULL, NULL, &store), OK);
    cr_assert_eq(save(store, 1, empty, old, NULL), OK);
    store_fault_arm(store, call);
    error = save(store, 2, old, new, &diag);
    store_fault_arm(store, 0);
    if (error == OK) {
        expect_stored(store, new, 2);
    } else {
        cr_assert_eq(error, ERR_IO, "call %u", call);
        cr_assert_eq(diag.count, 1, "call %u is explained", call);
        expect_stored(store, old, 1);
        cr_assert_eq(save(store, 2, old, new, NULL), OK, "call %u", call);
        expect_stored(store, new, 2);
    }
    diag_done(&diag);
    store_close(store);
    config_unref(empty);
    return error == OK;
}

Test(fault, leaves_the_old_configuration_whichever_call_fails)
{
    struct config *old = config_typed(old_script);
    struct config *new = config_typed(new_script);
    unsigned call = 1;

    while (call < CALLS_MAX && !commit_with_fault(call, old, new))
        call += rounds(1, 3);
    cr_expect_geq(call, CALLS_MIN, "%u calls", call);
    cr_expect_lt(call, CALLS_MAX);
    config_unref(old);
    config_unref(new);
}

Test(fault, gives_no_half_configuration_whichever_call_fails)
{
    struct config *old = config_typed(old_script);
    struct config *empty = config_new();
    struct store *store = NULL;
    unsigned call = 1;

    cr_assert_eq(store_open(NULL, NULL, &store), OK);
    cr_assert_eq(save(store, 1, empty, old, NULL), OK);
    for (; call < CALLS_MAX; call++) {
        struct config *loaded = NULL;
        uint64_t generation = 0;
        struct diag diag;
        enum err error;

        diag_init(&diag);
        store_fault_arm(store, call);
        error = store_load(store, &diag, &loaded, &generation);
        cr_assert_eq(diag.count, error == OK ? 0 : 1);
        diag_done(&diag);
        config_unref(loaded);
        if (error == OK)
            break;
        cr_assert_null(loaded);
    }
    cr_expect(call > 10 && call < CALLS_MAX, "%u calls", call);
    config_unref(old);
    config_unref(empty);
    store_close(store);
}
