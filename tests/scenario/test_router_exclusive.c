/*
 * test_router_exclusive.c - one session holds the configuration for itself.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/kit.h"

TestSuite(router_exclusive, .timeout = 60);

static struct kit *kit;
static struct session *alice;
static struct session *bob;

static void
set_up(void)
{
    kit = kit_router(NULL);
    alice = kit_session(kit, 0, "alice", 15);
    bob = kit_session(kit, 0, "bob", 15);
}

static void
tear_down(void)
{
    session_free(alice);
    session_free(bob);
    kit_free(kit);
}

static void
expect_refused(struct session *session, const char *request)
{
    struct kit_answer answer = kit_ask(kit, session, request);

    cr_expect_eq(answer.error, ERR_CONFLICT, "%s", request);
    cr_expect_not_null(
        strstr(kit_sentence(&answer),
            "alice (session 1, test) holds the configuration exclusively "
            "since 2015-01-05T10:00:00Z"),
        "%s: %s", request, kit_sentence(&answer));
    kit_answer_done(&answer);
}

Test(router_exclusive, refuses_others_to_open_edit_commit_and_roll_back,
    .init = set_up, .fini = tear_down)
{
    cr_assert_eq(kit_do(kit, bob, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, bob, "SET system hostname north"), OK);
    cr_assert_eq(kit_do(kit, bob, "COMMIT"), OK);
    cr_assert_eq(kit_do(kit, bob, "SET system hostname south"), OK);
    cr_assert_eq(kit_do(kit, alice, "HOLD"), OK);
    expect_refused(bob, "OPEN");
    expect_refused(bob, "HOLD");
    expect_refused(bob, "SET system hostname east");
    expect_refused(bob, "UNSET system hostname 1");
    expect_refused(bob, "CREATE virtual-router isp");
    expect_refused(bob, "DELETE virtual-router isp");
    expect_refused(bob, "COMMIT");
    expect_refused(bob, "ROLLBACK 0 0");
    /* looking, checking and giving up disturb nobody */
    kit_expect_rows(kit, bob, "COMPARE", "system hostname=north>south\n");
    cr_expect_eq(kit_do(kit, bob, "CHECK"), OK);
    cr_expect_eq(kit_do(kit, bob, "CLOSE"), OK);
    /* the holder goes on */
    cr_expect_eq(kit_do(kit, alice, "SET system hostname west"), OK);
    cr_expect_eq(kit_do(kit, alice, "COMMIT"), OK);
    expect_refused(bob, "OPEN");
}

Test(router_exclusive, ends_with_the_mode_with_discard_and_with_the_session,
    .init = set_up, .fini = tear_down)
{
    cr_assert_eq(kit_do(kit, alice, "HOLD"), OK);
    cr_assert_eq(kit_do(kit, alice, "SET system hostname north"), OK);
    cr_assert_eq(kit_do(kit, alice, "LET-GO"), OK);
    cr_expect_eq(kit_do(kit, bob, "OPEN"), OK);
    kit_expect_rows(kit, alice, "COMPARE", "system hostname=->north\n");
    cr_assert_eq(kit_do(kit, alice, "HOLD"), OK);
    expect_refused(bob, "OPEN");
    cr_assert_eq(kit_do(kit, alice, "CLOSE"), OK);
    cr_expect_eq(kit_do(kit, bob, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "HOLD"), OK);
    expect_refused(bob, "OPEN");
    session_free(alice);
    alice = NULL;
    cr_expect_eq(kit_do(kit, bob, "OPEN"), OK);
    cr_expect_eq(kit_do(kit, bob, "SET system hostname south"), OK);
}

Test(router_exclusive, warns_of_what_others_have_not_committed, .init = set_up,
    .fini = tear_down)
{
    struct kit_answer answer;

    cr_assert_eq(kit_do(kit, bob, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, bob, "SET system hostname south"), OK);
    answer = kit_ask(kit, alice, "HOLD");
    cr_expect_eq(answer.error, OK);
    cr_expect_not_null(
        strstr(kit_sentence(&answer), "bob (session 2) has 1 changed object"));
    kit_answer_done(&answer);
}

Test(router_exclusive, is_broken_with_a_word_to_who_held_it, .init = set_up,
    .fini = tear_down)
{
    struct kit_answer answer;

    kit_expect_values(kit, bob, "EXEC clear-exclusive default",
        "No session holds the configuration exclusively.");
    cr_assert_eq(kit_do(kit, alice, "SUBSCRIBE 1"), OK);
    cr_assert_eq(kit_do(kit, alice, "HOLD"), OK);
    cr_assert_eq(kit_do(kit, alice, "SET system hostname north"), OK);
    kit_expect_values(kit, bob, "EXEC clear-exclusive default",
        "alice (session 1) no longer holds the configuration.");
    cr_expect_eq(kit_do(kit, bob, "OPEN"), OK);
    answer = kit_ask(kit, alice, "COMPARE");
    cr_expect_not_null(strstr(str_text(&answer.rows),
        "bob (session 2) has ended your holding the configuration"));
    kit_answer_done(&answer);
    cr_expect_eq(kit_do(kit, alice, "COMMIT"), OK, "as anybody else");
}

Test(router_exclusive, is_broken_at_level_15_only, .init = set_up,
    .fini = tear_down)
{
    struct session *carol = kit_session(kit, 0, "carol", 10);
    struct kit_answer answer;

    cr_assert_eq(kit_do(kit, alice, "HOLD"), OK);
    answer = kit_ask(kit, carol, "EXEC clear-exclusive default");
    cr_expect_eq(answer.error, ERR_DENIED);
    kit_answer_done(&answer);
    expect_refused(carol, "OPEN");
    session_free(carol);
}

Test(router_exclusive, is_seen_in_show_users, .init = set_up, .fini = tear_down)
{
    cr_assert_eq(kit_do(kit, alice, "HOLD"), OK);
    kit_expect_rows(kit, bob, "EXEC show-users default",
        "1 alice  test 15 0 1420452000 - 1420452000\n"
        "2 bob  test 15 0 1420452000 1 -\n");
}
