/*
 * test_prune.c - the history is kept by its rule, and what is gone is said to
 * be gone.
 */
#include "store/store.h"

#include "base/diag.h"
#include "base/str.h"
#include "store/store_fault.h"
#include "tests/support/config_random.h"
#include "tests/support/config_typing.h"
#include "tests/support/rounds.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { COMMITS = 20, CALLS_MAX = 200 };

static const uint64_t day_us = UINT64_C(86400) * 1000000;
static const uint64_t first_us = UINT64_C(1420452000) * 1000000;

/* One commit a day; commit N sets the hostname to rN and changes N objects
 * more or less by one route each. */
struct past {
    struct store *store;
    struct config *configs[COMMITS + 1];
};

static struct config *
config_of(unsigned n)
{
    char script[256];

    (void)snprintf(script, sizeof script,
        "hostname r%u\nip route 10.%u.0.0 255.255.0.0 192.0.2.1\n"
        "ip route 10.200.%u.0 255.255.255.0 192.0.2.1\n",
        n, n, n);
    return config_typed(script);
}

static void
past_init(struct past *past)
{
    cr_assert_eq(store_open(NULL, NULL, &past->store), OK);
    past->configs[0] = config_new();
    for (unsigned i = 1; i <= COMMITS; i++) {
        struct store_commit commit = {.generation = i,
            .user = "root",
            .origin = "console",
            .at_us = first_us + i * day_us,
            .comment = ""};
        struct change_set set;

        past->configs[i] = config_of(i);
        config_diff(past->configs[i - 1], past->configs[i], &set);
        cr_assert_eq(store_begin(past->store, &commit, &set, NULL), OK);
        cr_assert_eq(store_finish(past->store, NULL), OK);
        change_set_done(&set);
    }
}

static void
past_done(struct past *past)
{
    for (size_t i = 0; i <= COMMITS; i++)
        config_unref(past->configs[i]);
    store_close(past->store);
}

static uint64_t
now_us(void)
{
    return first_us + COMMITS * day_us;
}

/* All of it; the number of slices that it took. */
static unsigned
prune_all(struct past *past, const struct store_keep *keep)
{
    unsigned slices = 0;
    bool more = true;

    while (more && slices < CALLS_MAX) {
        cr_assert_eq(store_prune(past->store, keep, now_us(), NULL, &more), OK);
        slices++;
    }
    cr_assert_not(more);
    return slices;
}

static void
expect_oldest(struct past *past, uint64_t oldest, const char *why)
{
    for (uint64_t i = 0; i <= COMMITS; i++) {
        struct config *config = NULL;
        struct diag diag;
        enum err error;

        diag_init(&diag);
        error = store_rebuild(
            past->store, past->configs[COMMITS], COMMITS, i, &diag, &config);
        if (i >= oldest) {
            cr_assert_eq(error, OK, "%s: %d", why, (int)i);
            cr_expect(
                config_equal(config, past->configs[i]), "%s: %d", why, (int)i);
        } else {
            char words[64];

            (void)snprintf(
                words, sizeof words, "rebuilt is generation %d.", (int)oldest);
            cr_assert_eq(error, ERR_NOT_FOUND, "%s: %d", why, (int)i);
            cr_assert_eq(diag.count, 1);
            cr_expect_not_null(strstr(diag.entries[0].sentence, words),
                "%s: %s", why, diag.entries[0].sentence);
        }
        config_unref(config);
        diag_done(&diag);
    }
}

static void
count_entry(void *context, const struct store_entry *entry)
{
    (void)entry;
    ++*(unsigned *)context;
}

/* clang-format off */
static const struct {
    const char *why;
    struct store_keep keep;
    uint64_t oldest;
} rules[] = {
    {"all are among the newest", {20, 0, 1000, 1, 0, 100}, 0},
    {"five are kept by number", {5, 0, 1000, 1, 0, 100}, 15},
    {"seven days are kept by age", {0, 7 * 86400, 1000, 1, 0, 100}, 12},
    {"the age keeps more than the number", {3, 9 * 86400, 1000, 1, 0, 100}, 10},
    {"the number keeps more than the age", {9, 3 * 86400, 1000, 1, 0, 100}, 11},
    /* each commit but the first changes five objects */
    {"a total is the most there is", {20, 90 * 86400, 24, 1, 0, 100}, 16},
    {"a total leaves a few in any case", {20, 90 * 86400, 1, 6, 0, 100}, 14},
    {"little slices come to the same end", {5, 0, 1000, 1, 0, 3}, 15},
};
/* clang-format on */

Test(prune, keeps_by_number_age_and_total)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct past past;
        unsigned entries = 0;

        past_init(&past);
        (void)prune_all(&past, &rules[i].keep);
        expect_oldest(&past, rules[i].oldest, rules[i].why);
        cr_assert_eq(
            store_log(past.store, 100, count_entry, &entries, NULL), OK);
        cr_expect_eq(entries, COMMITS, "the log stays");
        past_done(&past);
    }
}

Test(prune, says_after_each_slice_what_can_be_rebuilt)
{
    const struct store_keep keep = {5, 0, 1000, 1, 0, 3};
    struct past past;
    bool more = true;
    unsigned slices = 0;

    past_init(&past);
    for (; more && slices < CALLS_MAX; slices++) {
        cr_assert_eq(store_prune(past.store, &keep, now_us(), NULL, &more), OK);
        expect_oldest(&past, 15, "after a slice");
    }
    cr_expect_gt(slices, 20);
    past_done(&past);
}

Test(prune, goes_on_with_the_next_commits)
{
    const struct store_keep wide = {15, 0, 1000, 1, 0, 100};
    const struct store_keep narrow = {2, 0, 1000, 1, 0, 100};
    struct past past;

    past_init(&past);
    (void)prune_all(&past, &wide);
    expect_oldest(&past, 5, "first");
    (void)prune_all(&past, &narrow);
    expect_oldest(&past, 18, "then");
    (void)prune_all(&past, &wide);
    expect_oldest(&past, 18, "what is gone stays gone");
    past_done(&past);
}

Test(prune, leaves_all_or_a_slice_whichever_call_fails)
{
    const struct store_keep keep = {5, 0, 1000, 1, 0, 3};
    unsigned call = 1;
    enum err error = ERR_IO;

    for (; error != OK && call < CALLS_MAX; call += rounds(1, 3)) {
        struct past past;
        struct diag diag;
        bool more = false;

        diag_init(&diag);
        past_init(&past);
        store_fault_arm(past.store, call);
        error = store_prune(past.store, &keep, now_us(), &diag, &more);
        store_fault_arm(past.store, 0);
        cr_expect_eq(diag.count, error == OK ? 0 : 1);
        if (error != OK)
            expect_oldest(&past, 0, "nothing was pruned");
        (void)prune_all(&past, &keep);
        expect_oldest(&past, 15, "after the fault");
        past_done(&past);
        diag_done(&diag);
    }
    cr_expect_gt(call, 10);
    cr_expect_lt(call, CALLS_MAX);
}

Test(prune, waits_while_numbers_are_being_reserved)
{
    const struct store_keep keep = {5, 0, 1000, 1, 0, 100};
    struct past past;
    uint64_t first = 0;
    bool more = false;

    past_init(&past);
    cr_assert_eq(store_reserve(past.store, "a", 256, 10, 1, &first), OK);
    cr_assert_eq(store_prune(past.store, &keep, now_us(), NULL, &more), OK);
    cr_expect(more);
    cr_assert_eq(store_reserve_finish(past.store), OK);
    expect_oldest(&past, 0, "nothing yet");
    (void)prune_all(&past, &keep);
    expect_oldest(&past, 15, "then");
    past_done(&past);
}

/* What came after the held generation is needed to go back to it. */
Test(prune, keeps_what_waits_to_be_confirmed)
{
    const struct store_keep keep = {2, 0, 1000, 1, 0, 100};
    const struct store_confirmation held = {.generation = COMMITS,
        .back_to = 7,
        .deadline_us = first_us,
        .period_us = 60000000,
        .user = "root",
        .origin = "console"};
    struct past past;

    past_init(&past);
    cr_assert_eq(store_confirmation_save(past.store, &held, NULL), OK);
    (void)prune_all(&past, &keep);
    expect_oldest(&past, 7, "it may have to go back so far");
    cr_assert_eq(store_confirmation_save(past.store, NULL, NULL), OK);
    (void)prune_all(&past, &keep);
    expect_oldest(&past, 18, "it is confirmed");
    past_done(&past);
}
