/*
 * test_confirm.c - what waits to be confirmed, when the database or a
 * participant fails: at any moment the running configuration, the database
 * and what waits tell the same story.
 */
#include "commit/commit.h"

#include "base/diag.h"
#include "base/log.h"
#include "base/str.h"
#include "store/store.h"
#include "store/store_fault.h"
#include "tests/support/config_random.h"
#include "tests/support/config_typing.h"
#include "tests/support/rounds.h"

#include <criterion/criterion.h>
#include <string.h>

enum { CALLS_MAX = 2000 };

static const uint64_t second_us = 1000000;
static const uint64_t noon_us = UINT64_C(1420459200000000);

struct bench {
    struct store *store;
    struct engine *engine;
    struct diag diag;
    struct str told;
    bool refuses; /* the participant */
};

static enum err
prepare(void *context, const struct config *from, const struct config *to,
    const struct change_set *set, struct diag *diag)
{
    const struct bench *bench = context;

    (void)from;
    (void)to;
    (void)set;
    if (!bench->refuses)
        return OK;
    diag_add(diag, DIAG_ERROR, NULL, NULL, "The actor refuses.");
    return ERR_EXHAUSTED;
}

static void
nothing(void *context)
{
    (void)context;
}

static void
tell(void *context, const char *sentence)
{
    struct bench *bench = context;

    str_printf(&bench->told, "%s\n", sentence);
}

static void
open_engine(struct bench *bench)
{
    const struct commit_teller teller = {tell, NULL, bench};
    const struct participant actor = {
        "actor", bench, prepare, nothing, nothing};

    bench->engine = engine_new(bench->store, &readable_unsealer);
    engine_join(bench->engine, &actor);
    engine_set_teller(bench->engine, &teller);
    cr_assert_eq(engine_boot(bench->engine, NULL), OK);
}

static struct commit_time
at(uint64_t seconds)
{
    return (struct commit_time){
        seconds * second_us, noon_us + seconds * second_us};
}

/* The hostname, for so many minutes; 0: it stays. */
static enum err
commit_name(struct bench *bench, const char *script, uint64_t minutes)
{
    struct candidate *candidate = candidate_open(engine_running(bench->engine));
    struct commit_summary summary;
    const struct commit_request request = {
        .user = "anna",
        .origin = "console",
        .comment = "",
        .at_us = noon_us,
        .confirm_us = minutes * 60 * second_us,
        .right = COMMIT_HOLDER,
    };
    enum err error;

    cr_assert_eq(type_script(candidate, script, NULL), OK);
    error = engine_commit(
        bench->engine, candidate, &request, &bench->diag, &summary);
    candidate_free(candidate);
    return error;
}

static void
setup(struct bench *bench)
{
    log_set_level(LOG_ERROR);
    *bench = (struct bench){0};
    diag_init(&bench->diag);
    str_init(&bench->told);
    cr_assert_eq(store_open(NULL, NULL, &bench->store), OK);
    open_engine(bench);
    cr_assert_eq(commit_name(bench, "hostname north\n", 0), OK);
}

static void
teardown(struct bench *bench)
{
    engine_free(bench->engine);
    store_close(bench->store);
    str_done(&bench->told);
    diag_done(&bench->diag);
}

static void
note(void *context, const struct store_confirmation *confirmation)
{
    *(uint64_t *)context = confirmation->generation;
}

/* Database, running configuration and what waits are of one mind. */
static void
expect_one_mind(struct bench *bench, uint64_t generation, bool waits)
{
    const struct commit_pending *pending = engine_pending(bench->engine);
    struct config *stored = NULL;
    uint64_t last = 0;
    uint64_t row = 0;

    cr_assert_eq(store_load(bench->store, NULL, &stored, &last), OK);
    cr_expect(config_equal(stored, engine_running(bench->engine)));
    cr_expect_eq(last, generation);
    cr_expect_eq(engine_generation(bench->engine), generation);
    cr_assert_eq(store_confirmation_load(bench->store, note, &row, NULL), OK);
    cr_expect_eq(row, waits ? generation : 0);
    cr_expect_eq(pending != NULL, waits);
    if (pending != NULL)
        cr_expect_eq(pending->generation, generation);
    config_unref(stored);
}

static void
tick(struct bench *bench, uint64_t seconds)
{
    const struct commit_time now = at(seconds);

    engine_tick(bench->engine, &now);
}

/* ---- the database fails ---- */

/* True: the step got by without needing the call. */
static bool
begin_with_fault(unsigned call)
{
    struct bench bench;
    bool good;

    setup(&bench);
    store_fault_arm(bench.store, call);
    good = commit_name(&bench, "hostname south\n", 5) == OK;
    store_fault_arm(bench.store, 0);
    expect_one_mind(&bench, good ? 2 : 1, good);
    teardown(&bench);
    return good;
}

static bool
confirm_with_fault(unsigned call)
{
    struct bench bench;
    bool good;

    setup(&bench);
    cr_assert_eq(commit_name(&bench, "hostname south\n", 5), OK);
    store_fault_arm(bench.store, call);
    good = commit_name(&bench, "", 0) == OK;
    store_fault_arm(bench.store, 0);
    expect_one_mind(&bench, 2, !good);
    cr_expect_eq(commit_name(&bench, "", 0), OK);
    expect_one_mind(&bench, 2, false);
    teardown(&bench);
    return good;
}

static bool
extend_with_fault(unsigned call)
{
    struct bench bench;
    uint64_t due_us;
    bool good;

    setup(&bench);
    cr_assert_eq(commit_name(&bench, "hostname south\n", 5), OK);
    store_fault_arm(bench.store, call);
    good = commit_name(&bench, "", 9) == OK;
    store_fault_arm(bench.store, 0);
    due_us = engine_pending(bench.engine)->due_us;
    cr_expect_eq(due_us, UINT64_C(60) * (good ? 9 : 5) * second_us);
    expect_one_mind(&bench, 2, true);
    teardown(&bench);
    return good;
}

static bool
go_back_with_fault(unsigned call)
{
    struct bench bench;
    bool good;

    setup(&bench);
    cr_assert_eq(commit_name(&bench, "hostname south\n", 5), OK);
    store_fault_arm(bench.store, call);
    tick(&bench, 300);
    store_fault_arm(bench.store, 0);
    good = engine_pending(bench.engine) == NULL;
    expect_one_mind(&bench, good ? 3 : 2, !good);
    tick(&bench, 329);
    expect_one_mind(&bench, good ? 3 : 2, !good);
    tick(&bench, 330); /* tried again, and only if it has to be */
    expect_one_mind(&bench, 3, false);
    teardown(&bench);
    return good;
}

Test(confirm, is_whole_or_not_there_whichever_database_call_fails)
{
    static bool (*const steps[])(unsigned call) = {begin_with_fault,
        confirm_with_fault, extend_with_fault, go_back_with_fault};

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        unsigned call = 1;

        while (call < CALLS_MAX && !steps[i](call))
            call += rounds(1, 3);
        cr_expect(call > 2 && call < CALLS_MAX, "step %zu: %u calls", i, call);
    }
}

/* ---- a participant refuses ---- */

Test(confirm, tries_again_when_going_back_is_refused)
{
    struct bench bench;

    setup(&bench);
    cr_assert_eq(commit_name(&bench, "hostname south\n", 5), OK);
    bench.refuses = true;
    tick(&bench, 300);
    expect_one_mind(&bench, 2, true);
    cr_expect_neq(strstr(str_text(&bench.told),
                      "cannot be rolled back: The actor refuses.  It is tried "
                      "again; `commit` keeps it.\n"),
        NULL, "%s", str_text(&bench.told));
    bench.refuses = false;
    tick(&bench, 329);
    expect_one_mind(&bench, 2, true);
    tick(&bench, 330);
    expect_one_mind(&bench, 3, false);
    teardown(&bench);
}

Test(confirm, can_be_kept_while_going_back_is_refused)
{
    struct bench bench;

    setup(&bench);
    cr_assert_eq(commit_name(&bench, "hostname south\n", 5), OK);
    bench.refuses = true;
    tick(&bench, 300);
    cr_expect_eq(commit_name(&bench, "", 0), OK);
    tick(&bench, 400);
    expect_one_mind(&bench, 2, false);
    teardown(&bench);
}

/* ---- after a restart ---- */

static enum err
resume(struct bench *bench, uint64_t seconds)
{
    const struct commit_time now = at(seconds);

    engine_free(bench->engine);
    open_engine(bench);
    return engine_resume(bench->engine, &now, &bench->diag);
}

Test(confirm, starts_although_it_cannot_go_back_yet)
{
    struct bench bench;

    setup(&bench);
    cr_assert_eq(commit_name(&bench, "hostname south\n", 5), OK);
    engine_free(bench.engine);
    open_engine(&bench);
    bench.refuses = true;
    cr_expect_eq(
        engine_resume(bench.engine,
            &(struct commit_time){0, noon_us + 301 * second_us}, &bench.diag),
        OK);
    expect_one_mind(&bench, 2, true);
    bench.refuses = false;
    tick(&bench, 30);
    expect_one_mind(&bench, 3, false);
    teardown(&bench);
}

Test(confirm, knows_what_is_left_after_a_restart)
{
    static const struct {
        uint64_t seconds; /* by the wall clock, since the commit */
        bool waits;
        const char *why;
    } rows[] = {
        {0,   true,  "at once"        },
        {299, true,  "one second left"},
        {300, false, "just over"      },
        {900, false, "long over"      },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench bench;

        setup(&bench);
        cr_assert_eq(commit_name(&bench, "hostname south\n", 5), OK);
        cr_expect_eq(resume(&bench, rows[i].seconds), OK);
        cr_expect_eq(engine_pending(bench.engine) != NULL, rows[i].waits, "%s",
            rows[i].why);
        expect_one_mind(&bench, rows[i].waits ? 2 : 3, rows[i].waits);
        if (rows[i].waits) {
            cr_expect_eq(engine_pending(bench.engine)->due_us, 300 * second_us,
                "%s", rows[i].why);
        }
        teardown(&bench);
    }
}

Test(confirm, forgets_a_row_that_is_not_of_what_is_running)
{
    struct store_confirmation row = {.generation = 1,
        .deadline_us = noon_us,
        .period_us = second_us,
        .user = "anna",
        .origin = "console"};
    struct bench bench;

    setup(&bench);
    cr_assert_eq(commit_name(&bench, "hostname south\n", 0), OK);
    cr_assert_eq(store_confirmation_save(bench.store, &row, NULL), OK);
    cr_expect_eq(resume(&bench, 0), OK);
    expect_one_mind(&bench, 2, false);
    row.back_to = 5; /* from 2 back to 5 */
    row.generation = 2;
    cr_assert_eq(store_confirmation_save(bench.store, &row, NULL), OK);
    cr_expect_eq(resume(&bench, 0), ERR_IO);
    cr_expect_eq(bench.diag.count, 1);
    teardown(&bench);
}
