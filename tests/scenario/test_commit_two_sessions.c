/*
 * test_commit_two_sessions.c - anna and ben configure one router at once.
 *
 *      anna: candidate --------------------- commit (late)
 *      ben:      candidate --- commit
 *
 * Where they touch different things, anna's commit goes through on top of
 * ben's.  Where they collide, hers is refused with ben's name, and kept.
 */
#include "commit/commit.h"

#include "base/diag.h"
#include "base/log.h"
#include "config/config.h"
#include "store/store.h"
#include "tests/support/config_random.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>
#include <string.h>

/* 2015-01-05T10:00:00Z */
static const struct commit_request by_ben = {.user = "ben",
    .origin = "console",
    .comment = "",
    .at_us = UINT64_C(1420452000000000)};
static const struct commit_request by_anna = {.user = "anna",
    .origin = "batch",
    .comment = "",
    .at_us = UINT64_C(1420452060000000)};

/* The router and the two sessions. */
struct story {
    struct store *store;
    struct engine *engine;
    struct candidate *anna;
    struct candidate *ben;
    struct diag diag;
};

static void
begin(struct story *story, const char *running)
{
    struct commit_summary summary;

    log_set_level(LOG_ERROR);
    diag_init(&story->diag);
    cr_assert_eq(store_open(NULL, NULL, &story->store), OK);
    story->engine = engine_new(story->store, &readable_unsealer);
    cr_assert_eq(engine_boot(story->engine, NULL), OK);
    story->ben = candidate_open(engine_running(story->engine));
    cr_assert_eq(type_script(story->ben, running, NULL), OK);
    cr_assert_eq(engine_commit(story->engine, story->ben, &by_ben, &story->diag,
                     &summary),
        OK);
    story->anna = candidate_open(engine_running(story->engine));
}

static void
end(struct story *story)
{
    candidate_free(story->anna);
    candidate_free(story->ben);
    engine_free(story->engine);
    store_close(story->store);
    diag_done(&story->diag);
}

/* Ben types and commits; anna has typed, and commits after him. */
static enum err
play(struct story *story, const char *ben, const char *anna)
{
    struct commit_summary summary;

    cr_assert_eq(type_script(story->anna, anna, NULL), OK);
    cr_assert_eq(type_script(story->ben, ben, NULL), OK);
    cr_assert_eq(engine_commit(story->engine, story->ben, &by_ben, &story->diag,
                     &summary),
        OK);
    return engine_commit(
        story->engine, story->anna, &by_anna, &story->diag, &summary);
}

static void
expect_running(const struct story *story, const char *script)
{
    struct config *wanted = config_typed(script);

    cr_expect(config_equal(engine_running(story->engine), wanted));
    config_unref(wanted);
}

Test(commit_two_sessions, a_commit_that_does_not_collide_goes_on_top)
{
    struct story story;

    begin(&story, "interface loopback 0\n");
    cr_expect_eq(play(&story,
                     "interface loopback 0\n"
                     "ip address 10.0.0.1 255.255.255.255\n",
                     "interface loopback 0\n"
                     "description lab\n"),
        OK);
    expect_running(&story, "interface loopback 0\n"
                           "ip address 10.0.0.1 255.255.255.255\n"
                           "description lab\n");
    cr_expect_eq(engine_generation(story.engine), 3);
    end(&story);
}

/* What collides, and the sentence anna gets. */
static const struct {
    const char *why;
    const char *ben;
    const char *anna;
    const char *path;
    const char *setting;
    const char *sentence;
} collisions[] = {
    {.why = "the same setting",
     .ben = "hostname boston\n",
     .anna = "hostname ottawa\n",
     .path = "system",
     .setting = "hostname",
     .sentence = "Changed to `hostname boston` by ben at "
                    "2015-01-05T10:00:00Z in commit 2"},
    {.why = "cleared against set",
     .ben = "interface loopback 0\nno description\n",
     .anna = "interface loopback 0\ndescription mine\n",
     .path = "interface loopback 0",
     .setting = "description",
     .sentence = "Cleared by ben at"                  },
    {.why = "removed against changed",
     .ben = "no interface loopback 0\n",
     .anna = "interface loopback 0\ndescription mine\n",
     .path = "interface loopback 0",
     .setting = "",
     .sentence = "Removed by ben at"                  },
    {.why = "created in what was removed",
     .ben = "virtual-router isp\ninterface loopback 1\n",
     .anna = "no virtual-router isp\n",
     .path = "virtual-router isp interface loopback 1",
     .setting = "",
     .sentence = "Created by ben at"                  },
};

Test(commit_two_sessions, a_collision_is_refused_with_who_changed_what)
{
    for (size_t i = 0; i < sizeof(collisions) / sizeof(collisions[0]); i++) {
        struct story story;
        const struct config *running;

        begin(&story, "virtual-router isp\n"
                      "virtual-router default\n"
                      "interface loopback 0\n"
                      "description before\n");
        cr_expect_eq(play(&story, collisions[i].ben, collisions[i].anna),
            ERR_CONFLICT, "%s", collisions[i].why);
        running = engine_running(story.engine);
        cr_assert_eq(story.diag.count, 1, "%s", collisions[i].why);
        cr_expect_str_eq(story.diag.entries[0].path, collisions[i].path);
        cr_expect_str_eq(story.diag.entries[0].setting, collisions[i].setting);
        cr_expect_not_null(
            strstr(story.diag.entries[0].sentence, collisions[i].sentence),
            "%s: %s", collisions[i].why, story.diag.entries[0].sentence);
        cr_expect(candidate_is_changed(story.anna), "her work is kept");
        cr_expect_eq(running, candidate_base(story.ben), "ben's stands");
        end(&story);
    }
}

Test(commit_two_sessions, a_clean_merge_that_is_unsound_is_refused)
{
    struct story story;
    const struct config *before;

    begin(&story, "interface loopback 0\ninterface loopback 1\n");
    cr_expect_eq(play(&story,
                     "interface loopback 0\n"
                     "ip address 10.0.0.1 255.255.255.0\n",
                     "interface loopback 1\n"
                     "ip address 10.0.0.2 255.255.255.0\n"),
        ERR_INVALID);
    before = candidate_base(story.anna);
    cr_expect_neq(before, engine_running(story.engine), "not even rebased");
    cr_expect_not_null(strstr(story.diag.entries[0].sentence, "overlaps"));
    end(&story);
}
