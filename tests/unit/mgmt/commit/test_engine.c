/*
 * test_engine.c - the transaction: order, refusals, conflicts, boot.
 *
 * Participants write what is asked of them into one text, so that a test
 * reads as the story of a commit: "P1" is prepare of the first, "A" apply,
 * "X" abort.
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

enum { PARTICIPANTS = 3, CALLS_MAX = 2000 };

/* One participant that takes notes. */
struct actor {
    struct bench *bench;
    int number;
    bool refuses;
};

/* A router's engine on a database in memory. */
struct bench {
    struct store *store;
    struct engine *engine;
    struct diag diag;
    struct str story;
    struct actor actors[PARTICIPANTS];
};

static const struct commit_request request = {.user = "anna",
    .origin = "console",
    .comment = ""};

static enum err
prepare(void *context, const struct config *from, const struct config *to,
    const struct change_set *set, struct diag *diag)
{
    struct actor *actor = context;
    struct config *applied = config_apply(from, set);

    cr_expect(config_equal(applied, to));
    config_unref(applied);
    str_printf(&actor->bench->story, "P%d ", actor->number);
    if (!actor->refuses)
        return OK;
    diag_add(diag, DIAG_ERROR, NULL, NULL, "Actor %d refuses.", actor->number);
    return ERR_EXHAUSTED;
}

static void
abort_prepared(void *context)
{
    struct actor *actor = context;

    str_printf(&actor->bench->story, "X%d ", actor->number);
}

static void
apply(void *context)
{
    struct actor *actor = context;

    str_printf(&actor->bench->story, "A%d ", actor->number);
}

static void
setup(struct bench *bench)
{
    log_set_level(LOG_ERROR);
    *bench = (struct bench){0};
    diag_init(&bench->diag);
    str_init(&bench->story);
    cr_assert_eq(store_open(NULL, NULL, &bench->store), OK);
    bench->engine = engine_new(bench->store, &readable_unsealer);
    for (int i = 0; i < PARTICIPANTS; i++) {
        struct participant participant = {.name = "actor",
            .context = &bench->actors[i],
            .prepare = prepare,
            .abort = abort_prepared,
            .apply = apply};

        bench->actors[i] = (struct actor){.bench = bench, .number = i + 1};
        engine_join(bench->engine, &participant);
    }
    cr_assert_eq(engine_boot(bench->engine, &bench->diag), OK);
}

static void
teardown(struct bench *bench)
{
    engine_free(bench->engine);
    store_close(bench->store);
    str_done(&bench->story);
    diag_done(&bench->diag);
}

static struct candidate *
candidate_typed(const struct bench *bench, const char *script)
{
    struct candidate *candidate = candidate_open(engine_running(bench->engine));

    cr_assert_eq(type_script(candidate, script, NULL), OK);
    return candidate;
}

static enum err
commit(struct bench *bench, struct candidate *candidate,
    struct commit_summary *out_summary)
{
    return engine_commit(
        bench->engine, candidate, &request, &bench->diag, out_summary);
}

/* Type and commit what must work. */
static void
commit_typed(struct bench *bench, const char *script)
{
    struct candidate *candidate = candidate_typed(bench, script);
    struct commit_summary summary;

    cr_assert_eq(commit(bench, candidate, &summary), OK, "%s",
        bench->diag.count > 0 ? bench->diag.entries[0].sentence : "");
    candidate_free(candidate);
    str_clear(&bench->story);
}

static void
expect_stored(struct bench *bench)
{
    struct config *stored = NULL;
    uint64_t generation = 0;

    cr_assert_eq(store_load(bench->store, NULL, &stored, &generation), OK);
    cr_expect(config_equal(stored, engine_running(bench->engine)));
    cr_expect_eq(generation, engine_generation(bench->engine));
    config_unref(stored);
}

Test(engine, prepares_all_then_applies_all)
{
    struct bench bench;
    struct candidate *candidate;
    struct commit_summary summary;

    setup(&bench);
    candidate = candidate_typed(&bench, "hostname boston\n");
    cr_assert_eq(commit(&bench, candidate, &summary), OK);
    cr_expect_str_eq(str_text(&bench.story), "P1 P2 P3 A1 A2 A3 ");
    cr_expect_eq(summary.generation, 1);
    cr_expect_eq(engine_generation(bench.engine), 1);
    cr_expect_eq(candidate_base(candidate), engine_running(bench.engine));
    cr_expect_not(candidate_is_changed(candidate));
    expect_stored(&bench);
    candidate_free(candidate);
    teardown(&bench);
}

Test(engine, does_nothing_when_nothing_changed)
{
    struct bench bench;
    struct candidate *candidate;
    struct commit_summary summary;

    setup(&bench);
    candidate = candidate_typed(&bench, "");
    cr_assert_eq(commit(&bench, candidate, &summary), OK);
    cr_expect(summary.nothing_to_do);
    cr_expect_str_eq(str_text(&bench.story), "");
    cr_expect_eq(engine_generation(bench.engine), 0);
    candidate_free(candidate);
    teardown(&bench);
}

Test(engine, changes_nothing_when_a_participant_refuses)
{
    static const char *const stories[PARTICIPANTS] = {
        "P1 ", "P1 P2 X1 ", "P1 P2 P3 X2 X1 "};

    for (int i = 0; i < PARTICIPANTS; i++) {
        struct bench bench;
        struct candidate *candidate;
        const struct config *before;
        const struct config *work;
        struct commit_summary summary;

        setup(&bench);
        commit_typed(&bench, "hostname boston\n");
        bench.actors[i].refuses = true;
        before = engine_running(bench.engine);
        candidate = candidate_typed(&bench, "hostname ottawa\n");
        work = candidate_work(candidate);
        cr_expect_eq(commit(&bench, candidate, &summary), ERR_EXHAUSTED);
        cr_expect_str_eq(str_text(&bench.story), stories[i]);
        cr_expect_eq(engine_running(bench.engine), before);
        cr_expect_eq(candidate_work(candidate), work);
        cr_expect_eq(engine_generation(bench.engine), 1);
        expect_stored(&bench);
        candidate_free(candidate);
        teardown(&bench);
    }
}

/* True: the commit got by without needing the call. */
static bool
commit_with_fault(unsigned call)
{
    struct bench bench;
    struct candidate *candidate;
    const struct config *before;
    struct commit_summary summary;
    enum err error;

    setup(&bench);
    commit_typed(&bench, "hostname boston\n");
    before = engine_running(bench.engine);
    candidate = candidate_typed(&bench, "hostname ottawa\n"
                                        "virtual-router isp\n"
                                        "interface loopback 0\n");
    store_fault_arm(bench.store, call);
    error = commit(&bench, candidate, &summary);
    store_fault_arm(bench.store, 0);
    if (error == OK) {
        cr_expect_str_eq(str_text(&bench.story), "P1 P2 P3 A1 A2 A3 ");
    } else {
        cr_expect_str_eq(str_text(&bench.story), "P1 P2 P3 X3 X2 X1 ");
        cr_expect_eq(engine_running(bench.engine), before, "call %u", call);
        cr_expect(candidate_is_changed(candidate));
        expect_stored(&bench);
        cr_expect_eq(
            commit(&bench, candidate, &summary), OK, "again, call %u", call);
    }
    expect_stored(&bench);
    cr_expect_eq(engine_generation(bench.engine), 2);
    candidate_free(candidate);
    teardown(&bench);
    return error == OK;
}

Test(engine, changes_nothing_whichever_database_call_fails)
{
    unsigned call = 1;

    while (call < CALLS_MAX && !commit_with_fault(call))
        call += rounds(1, 3);
    cr_expect(call > 20 && call < CALLS_MAX, "%u calls", call);
}

Test(engine, keeps_an_unsound_candidate_and_says_all_that_is_wrong)
{
    struct bench bench;
    struct candidate *candidate;
    struct commit_summary summary;

    setup(&bench);
    candidate = candidate_typed(&bench, "interface tunnel ipsec:a\n"
                                        "tunnel signaling manual\n");
    cr_expect_eq(commit(&bench, candidate, &summary), ERR_INVALID);
    cr_expect_eq(bench.diag.count, 6);
    cr_expect_str_eq(str_text(&bench.story), "");
    cr_expect(candidate_is_changed(candidate));
    expect_stored(&bench);
    candidate_free(candidate);
    teardown(&bench);
}

Test(engine, refuses_an_unsound_candidate_also_when_nobody_listens)
{
    struct bench bench;
    struct candidate *candidate;
    struct commit_summary summary;

    setup(&bench);
    candidate = candidate_typed(&bench, "interface tunnel ipsec:a\n");
    cr_expect_eq(
        engine_commit(bench.engine, candidate, &request, NULL, &summary),
        ERR_INVALID);
    cr_expect_eq(engine_generation(bench.engine), 0);
    candidate_free(candidate);
    teardown(&bench);
}

Test(engine, check_reserves_and_lets_go)
{
    struct bench bench;
    struct candidate *candidate;
    const struct config *work;
    struct commit_summary summary;

    setup(&bench);
    candidate = candidate_typed(&bench, "hostname ottawa\n");
    commit_typed(&bench, "virtual-router isp\n");
    work = candidate_work(candidate);
    cr_expect_eq(
        engine_check(bench.engine, candidate, &bench.diag, &summary), OK);
    cr_expect_str_eq(str_text(&bench.story), "P1 P2 P3 X3 X2 X1 ");
    cr_expect_eq(candidate_work(candidate), work, "not even rebased");
    cr_expect_eq(summary.generation, 1);
    cr_expect_not(summary.nothing_to_do);
    candidate_free(candidate);
    teardown(&bench);
}

static const char tunnels[] = "interface loopback 0\n"
                              "ip address 10.0.0.1 255.255.255.255\n"
                              "ipsec local-endpoint 10.0.0.1\n"
                              "ipsec transform-set s esp-des\n"
                              "interface tunnel ipsec:a\n"
                              "ip address 10.0.1.1 255.255.255.0\n"
                              "tunnel source identity a.example\n"
                              "tunnel destination 198.51.100.1\n"
                              "tunnel transform-set s\n"
                              "interface tunnel ipsec:b\n"
                              "ip address 10.0.2.1 255.255.255.0\n"
                              "tunnel source identity a.example\n"
                              "tunnel destination 198.51.100.2\n"
                              "tunnel transform-set s\n"
                              "interface tunnel ipsec:c\n"
                              "ip address 10.0.3.1 255.255.255.0\n"
                              "tunnel source identity a.example\n"
                              "tunnel destination 198.51.100.3\n"
                              "tunnel transform-set s\n";

Test(engine, counts_what_happens_to_tunnels)
{
    struct bench bench;
    struct candidate *candidate;
    struct commit_summary summary;

    setup(&bench);
    candidate = candidate_typed(&bench, tunnels);
    cr_assert_eq(commit(&bench, candidate, &summary), OK);
    cr_expect_eq(summary.tunnels_created, 3);
    cr_assert_eq(type_script(candidate,
                     "no interface tunnel ipsec:a\n"
                     "interface tunnel ipsec:b\n"
                     "tunnel destination 198.51.100.9\n"
                     "tunnel mtu 1300\n"
                     "interface tunnel ipsec:c\n"
                     "tunnel mtu 1300\n",
                     NULL),
        OK);
    cr_assert_eq(commit(&bench, candidate, &summary), OK);
    cr_expect_eq(summary.tunnels_created, 0);
    cr_expect_eq(summary.tunnels_removed, 1);
    cr_expect_eq(summary.tunnels_restarted, 1);
    cr_expect_eq(summary.tunnels_changed_live, 1);
    cr_assert_eq(
        type_script(candidate, "interface tunnel ipsec:b\nshutdown\n", NULL),
        OK);
    cr_assert_eq(commit(&bench, candidate, &summary), OK);
    cr_expect_eq(summary.tunnels_taken_down, 1);
    cr_expect_eq(summary.tunnels_changed_live, 0);
    cr_expect_eq(summary.tunnels_untouched, 1);
    cr_assert_eq(
        type_script(candidate, "interface tunnel ipsec:b\nno shutdown\n", NULL),
        OK);
    cr_assert_eq(commit(&bench, candidate, &summary), OK);
    cr_expect_eq(summary.tunnels_brought_up, 1);
    candidate_free(candidate);
    teardown(&bench);
}

Test(engine, boots_with_what_was_committed_without_a_new_row)
{
    struct bench bench;
    struct config *before;

    setup(&bench);
    commit_typed(&bench, tunnels);
    commit_typed(&bench, "hostname boston\n");
    before = config_ref(engine_running(bench.engine));
    engine_free(bench.engine);
    bench.engine = engine_new(bench.store, &readable_unsealer);
    for (int i = 0; i < PARTICIPANTS; i++) {
        engine_join(bench.engine, &(struct participant){.name = "actor",
                                      .context = &bench.actors[i],
                                      .prepare = prepare,
                                      .abort = abort_prepared,
                                      .apply = apply});
    }
    cr_assert_eq(engine_boot(bench.engine, &bench.diag), OK);
    cr_expect_str_eq(str_text(&bench.story), "P1 P2 P3 A1 A2 A3 ");
    cr_expect(config_equal(engine_running(bench.engine), before));
    cr_expect_eq(engine_generation(bench.engine), 2);
    expect_stored(&bench);
    config_unref(before);
    teardown(&bench);
}
