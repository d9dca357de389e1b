/*
 * test_router_confirmed.c - commits that go back by themselves.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/kit.h"

TestSuite(router_confirmed, .timeout = 60);

/* Generation 1 is north; alice has a candidate open. */
static struct session *
alice_of(struct kit *kit)
{
    struct session *alice = kit_session(kit, 0, "alice", 10);

    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "SUBSCRIBE 1"), OK);
    cr_assert_eq(kit_do(kit, alice, "SET system hostname north"), OK);
    cr_assert_eq(kit_do(kit, alice, "COMMIT"), OK);
    return alice;
}

/* south, for so many minutes: generation 2 */
static void
try_south(struct kit *kit, struct session *alice, const char *request)
{
    cr_assert_eq(kit_do(kit, alice, "SET system hostname south"), OK);
    kit_expect_values(kit, alice, request, "0 2 0 0 0 0 0 0 0 0");
}

static void
expect_hostname(struct kit *kit, struct session *session, const char *name)
{
    struct kit_answer answer = kit_ask(kit, session, "RUNNING");
    struct str wanted;

    str_init(&wanted);
    str_printf(&wanted, "system hostname=%s\n", name);
    cr_expect_neq(strstr(str_text(&answer.rows), str_text(&wanted)), NULL,
        "%s is not in: %s", name, str_text(&answer.rows));
    str_done(&wanted);
    kit_answer_done(&answer);
}

/* What the session was told since it asked last. */
static void
expect_told(struct kit *kit, struct session *session, const char *part)
{
    struct kit_answer answer = kit_ask(kit, session, "SUBSCRIBE 1");

    if (part == NULL) {
        cr_expect_eq(answer.row_count, 0, "%s", str_text(&answer.rows));
    } else {
        cr_expect_neq(strstr(str_text(&answer.rows), part), NULL,
            "%s is not in: %s", part, str_text(&answer.rows));
    }
    kit_answer_done(&answer);
}

static void
expect_refusal(struct kit *kit, struct session *session, const char *request,
    const char *part)
{
    struct kit_answer answer = kit_ask(kit, session, request);

    cr_expect_eq(answer.error, ERR_CONFLICT, "%s", request);
    cr_expect_neq(
        strstr(kit_sentence(&answer), part), NULL, "%s", kit_sentence(&answer));
    kit_answer_done(&answer);
}

/* ---- in time, and not ---- */

Test(router_confirmed, stays_when_it_is_confirmed)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = alice_of(kit);

    try_south(kit, alice, "CONFIRM 5 0");
    kit_seconds(kit, 299);
    expect_told(kit, alice, "rolled back in");
    kit_expect_values(kit, alice, "COMMIT", "3 2 0 0 0 0 0 0 0 0");
    kit_seconds(kit, 600);
    expect_told(kit, alice, NULL);
    expect_hostname(kit, alice, "south");
    kit_expect_rows(kit, alice, "EXEC show-commit-confirmed default", "");
    session_free(alice);
    kit_free(kit);
}

Test(router_confirmed, goes_back_with_warnings_and_a_commit_of_its_own)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = alice_of(kit);

    try_south(kit, alice, "CONFIRM 5 0");
    kit_seconds(kit, 239);
    expect_told(kit, alice, NULL);
    kit_seconds(kit, 1);
    expect_told(kit, alice,
        "Generation 2 of alice will be rolled back in 60 s: `commit` keeps "
        "it.");
    kit_seconds(kit, 49);
    expect_told(kit, alice, NULL);
    kit_seconds(kit, 1);
    expect_told(kit, alice, "rolled back in 10 s");
    kit_seconds(kit, 9);
    expect_hostname(kit, alice, "south");
    kit_seconds(kit, 1);
    expect_told(kit, alice,
        "Generation 2 of alice was rolled back, because nobody confirmed it "
        "in 5 minutes: generation 1 is running again, as generation 3.");
    expect_hostname(kit, alice, "north");
    kit_expect_rows(kit, alice, "EXEC show-commit-history default 1",
        "3 2015-01-05T10:05:00Z alice commit confirmed 1 - Generation 2 "
        "rolled back to 1, because nobody confirmed it in 5 minutes -\n");
    kit_seconds(kit, 600);
    kit_expect_values(kit, alice, "STATUS", "1 0 2 3 north");
    session_free(alice);
    kit_free(kit);
}

Test(router_confirmed, goes_back_without_its_session)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = alice_of(kit);
    struct session *bob = kit_session(kit, 0, "bob", 10);

    try_south(kit, alice, "CONFIRM 1 0");
    session_free(alice);
    kit_seconds(kit, 61);
    expect_hostname(kit, bob, "north");
    session_free(bob);
    kit_free(kit);
}

Test(router_confirmed, commits_and_confirms_what_its_holder_adds)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = alice_of(kit);

    try_south(kit, alice, "CONFIRM 5 0");
    cr_assert_eq(kit_do(kit, alice, "SET system hostname east"), OK);
    kit_expect_values(kit, alice, "COMMIT", "5 3 0 0 0 0 0 0 0 0");
    kit_seconds(kit, 600);
    expect_hostname(kit, alice, "east");
    session_free(alice);
    kit_free(kit);
}

Test(router_confirmed, takes_longer_when_it_is_asked_again)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = alice_of(kit);

    try_south(kit, alice, "CONFIRM 5 0");
    kit_seconds(kit, 299);
    kit_expect_values(kit, alice, "CONFIRM 5 0", "4 2 0 0 0 0 0 0 0 0");
    kit_seconds(kit, 299);
    expect_hostname(kit, alice, "south");
    /* with changes: all that was not confirmed goes back together */
    cr_assert_eq(kit_do(kit, alice, "SET system hostname east"), OK);
    kit_expect_values(kit, alice, "CONFIRM 5 0", "0 3 0 0 0 0 0 0 0 0");
    kit_seconds(kit, 299);
    expect_hostname(kit, alice, "east");
    kit_seconds(kit, 1);
    expect_hostname(kit, alice, "north");
    session_free(alice);
    kit_free(kit);
}

Test(router_confirmed, has_nothing_to_undo_when_its_holder_went_back)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = alice_of(kit);

    try_south(kit, alice, "CONFIRM 5 0");
    cr_assert_eq(kit_do(kit, alice, "ROLLBACK 0 1"), OK);
    kit_expect_values(kit, alice, "CONFIRM 5 0", "0 3 0 0 0 0 0 0 0 0");
    kit_seconds(kit, 301);
    kit_expect_values(kit, alice, "STATUS", "1 0 3 3 north");
    kit_expect_rows(kit, alice, "EXEC show-commit-confirmed default", "");
    session_free(alice);
    kit_free(kit);
}

/* ---- others ---- */

Test(router_confirmed, makes_others_wait_and_names_the_holder)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = alice_of(kit);
    struct session *bob = kit_session(kit, 0, "bob", 10);
    struct session *root = kit_session(kit, 0, "root", 15);

    cr_assert_eq(kit_do(kit, bob, "SUBSCRIBE 1"), OK);
    cr_assert_eq(kit_do(kit, bob, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, bob, "CREATE virtual-router isp"), OK);
    cr_assert_eq(kit_do(kit, root, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, root, "CREATE virtual-router lab"), OK);
    try_south(kit, alice, "CONFIRM 5 0");
    expect_told(kit, bob, "will be rolled back in 5 minutes unless");
    kit_seconds(kit, 30);
    expect_refusal(kit, bob, "COMMIT", "Generation 2 of alice (test)");
    expect_refusal(kit, bob, "COMMIT", "rolled back in 4 min 30 s");
    expect_refusal(kit, bob, "CONFIRM 5 0", "alice");
    cr_expect_eq(kit_do(kit, bob, "CHECK"), OK);
    expect_refusal(kit, root, "COMMIT", "without changes");
    cr_assert_eq(kit_do(kit, root, "CLOSE"), OK);
    expect_refusal(kit, root, "CONFIRM 5 0", "alice");
    kit_expect_values(kit, root, "COMMIT", "3 2 0 0 0 0 0 0 0 0");
    expect_told(kit, alice, "Generation 2 was confirmed by root.");
    kit_expect_values(kit, bob, "COMMIT", "0 3 0 0 0 0 0 0 0 0");
    session_free(alice);
    session_free(bob);
    session_free(root);
    kit_free(kit);
}

/* While its session lives what waits is that session's alone. */
Test(router_confirmed, is_its_sessions_and_later_its_users)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = alice_of(kit);
    struct session *again = kit_session(kit, 0, "alice", 10);

    cr_assert_eq(kit_do(kit, again, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, again, "CREATE virtual-router isp"), OK);
    try_south(kit, alice, "CONFIRM 5 0");
    expect_refusal(kit, again, "COMMIT", "without changes");
    session_free(alice);
    kit_expect_values(kit, again, "COMMIT", "5 3 0 0 0 0 0 0 0 0");
    session_free(again);
    kit_free(kit);
}

/* ---- restarts ---- */

Test(router_confirmed, waits_on_after_a_restart)
{
    char *folder = kit_mkdir();
    struct kit *kit = kit_router(folder);
    struct session *alice = alice_of(kit);

    try_south(kit, alice, "CONFIRM 5 0");
    session_free(alice);
    kit_seconds(kit, 100);
    kit_restart(kit, folder, 100);
    alice = kit_session(kit, 0, "alice", 10);
    expect_hostname(kit, alice, "south");
    kit_seconds(kit, 98);
    expect_hostname(kit, alice, "south");
    kit_seconds(kit, 2);
    expect_hostname(kit, alice, "north");
    session_free(alice);
    kit_free(kit);
    kit_rmdir(folder);
}

Test(router_confirmed, goes_back_at_once_when_it_starts_too_late)
{
    char *folder = kit_mkdir();
    struct kit *kit = kit_router(folder);
    struct session *alice = alice_of(kit);

    try_south(kit, alice, "CONFIRM 5 0");
    session_free(alice);
    kit_restart(kit, folder, 301);
    alice = kit_session(kit, 0, "alice", 10);
    expect_hostname(kit, alice, "north");
    kit_expect_values(kit, alice, "STATUS", "0 0 0 3 north");
    session_free(alice);
    kit_restart(kit, folder, 1);
    alice = kit_session(kit, 0, "alice", 10);
    kit_expect_values(kit, alice, "STATUS", "0 0 0 3 north");
    session_free(alice);
    kit_free(kit);
    kit_rmdir(folder);
}

Test(router_confirmed, stays_confirmed_over_a_restart)
{
    char *folder = kit_mkdir();
    struct kit *kit = kit_router(folder);
    struct session *alice = alice_of(kit);

    try_south(kit, alice, "CONFIRM 5 0");
    cr_assert_eq(kit_do(kit, alice, "COMMIT"), OK);
    session_free(alice);
    kit_restart(kit, folder, 301);
    kit_seconds(kit, 301);
    alice = kit_session(kit, 0, "alice", 10);
    expect_hostname(kit, alice, "south");
    session_free(alice);
    kit_free(kit);
    kit_rmdir(folder);
}

Test(router_confirmed, is_its_users_to_keep_after_a_restart)
{
    char *folder = kit_mkdir();
    struct kit *kit = kit_router(folder);
    struct session *alice = alice_of(kit);
    struct session *bob;

    try_south(kit, alice, "CONFIRM 5 0");
    session_free(alice);
    kit_restart(kit, folder, 10);
    bob = kit_session(kit, 0, "bob", 10);
    expect_refusal(kit, bob, "COMMIT", "alice");
    alice = kit_session(kit, 0, "alice", 10);
    kit_expect_values(kit, alice, "COMMIT", "3 2 0 0 0 0 0 0 0 0");
    session_free(alice);
    session_free(bob);
    kit_free(kit);
    kit_rmdir(folder);
}

/* While it runs the wall clock does not matter; over a restart it never
 * waits longer than it was to wait in all. */
Test(router_confirmed, bears_a_clock_that_is_set)
{
    char *folder = kit_mkdir();
    struct kit *kit = kit_router(folder);
    struct session *alice = alice_of(kit);
    const uint64_t day_us = UINT64_C(86400) * 1000000;

    try_south(kit, alice, "CONFIRM 5 0");
    kit->now.wall_us += day_us;
    kit_seconds(kit, 100);
    expect_hostname(kit, alice, "south");
    session_free(alice);
    kit_restart(kit, folder, 100);
    alice = kit_session(kit, 0, "alice", 10);
    expect_hostname(kit, alice, "south");
    session_free(alice);
    kit->now.wall_us -= 2 * day_us;
    kit_restart(kit, folder, 1);
    kit_seconds(kit, 299);
    alice = kit_session(kit, 0, "alice", 10);
    expect_hostname(kit, alice, "south");
    kit_seconds(kit, 2);
    expect_hostname(kit, alice, "north");
    session_free(alice);
    kit_free(kit);
    kit_rmdir(folder);
}

/* ---- other tunnels ---- */

/* Counters and sequence numbers of what was not touched go on: its SAs are
 * the same before the commit, after it, and after going back. */
Test(router_confirmed, leaves_tunnels_alone_that_it_did_not_touch)
{
    static const char ping[] = "EXEC ping default - 10.2.0.1 3 10.1.0.1 -";
    static const char detail[] =
        "EXEC show-ipsec-tunnel-detail default ottawa - - - -";
    struct kit *kit = kit_two_sites(NULL);
    struct session *boston = kit_session(kit, BOSTON, "alice", 15);
    struct session *ottawa = kit_session(kit, OTTAWA, "bob", 15);
    struct kit_answer before;

    cr_assert_eq(kit_configure(kit, boston, BOSTON), OK);
    cr_assert_eq(kit_configure(kit, ottawa, OTTAWA), OK);
    kit_seconds(kit, 2);
    cr_assert_eq(kit_do(kit, boston, ping), OK);
    before = kit_ask(kit, boston, detail);
    cr_expect_neq(strstr(str_text(&before.rows), " 3 "), NULL, "%s",
        str_text(&before.rows));
    cr_assert_eq(kit_do(kit, boston, "CREATE virtual-router isp"), OK);
    cr_assert_eq(kit_do(kit, boston, "CREATE interface isp loopback 1"), OK);
    cr_assert_eq(kit_do(kit, boston, "CONFIRM 1 0"), OK);
    kit_expect_rows(kit, boston, detail, str_text(&before.rows));
    kit_seconds(kit, 61);
    cr_expect_eq(router_generation(kit->routers[BOSTON]), 3);
    kit_expect_rows(kit, boston, detail, str_text(&before.rows));
    kit_answer_done(&before);
    session_free(boston);
    session_free(ottawa);
    kit_free(kit);
}

/* ---- the guard ---- */

/* boston's tunnel is up; its session has nothing uncommitted. */
static struct session *
boston_of(struct kit *kit)
{
    struct session *boston = kit_session(kit, BOSTON, "alice", 15);
    struct session *ottawa = kit_session(kit, OTTAWA, "bob", 15);

    cr_assert_eq(kit_configure(kit, boston, BOSTON), OK);
    cr_assert_eq(kit_configure(kit, ottawa, OTTAWA), OK);
    session_free(ottawa);
    cr_assert_eq(kit_do(kit, boston, "SUBSCRIBE 1"), OK);
    kit_seconds(kit, 2);
    return boston;
}

static void
expect_generation(struct kit *kit, uint64_t generation)
{
    cr_expect_eq(router_generation(kit->routers[BOSTON]), generation,
        "generation %d", (int)router_generation(kit->routers[BOSTON]));
}

Test(router_confirmed, goes_back_when_a_tunnel_stays_down)
{
    struct kit *kit = kit_two_sites(NULL);
    struct session *boston = boston_of(kit);
    struct kit_answer answer;

    cr_assert_eq(kit_do(kit, boston,
                     "SET tunnel destination default ottawa 203.0.113.9 -"),
        OK);
    cr_assert_eq(kit_do(kit, boston, "CONFIRM 60 30"), OK);
    kit_seconds(kit, 30);
    expect_generation(kit, 2);
    answer = kit_ask(kit, boston, "EXEC show-commit-confirmed default");
    cr_expect_neq(strstr(str_text(&answer.rows), " 30 1 1\n"), NULL, "%s",
        str_text(&answer.rows));
    kit_answer_done(&answer);
    kit_seconds(kit, 2);
    expect_generation(kit, 3);
    expect_told(kit, boston,
        "because 1 of 1 tunnels that were up is down for 30 s: ipsec:ottawa: "
        "generation 1 is running again, as generation 3.");
    kit_seconds(kit, 2);
    answer = kit_ask(kit, boston, "EXEC show-ipsec-tunnel default - - up - -");
    cr_expect_eq(answer.row_count, 1);
    kit_answer_done(&answer);
    session_free(boston);
    kit_free(kit);
}

Test(router_confirmed, waits_when_its_tunnels_stay_up_or_come_back)
{
    struct kit *kit = kit_two_sites(NULL);
    struct session *boston = boston_of(kit);

    cr_assert_eq(kit_do(kit, boston, "SET tunnel mtu default ottawa 1300"), OK);
    cr_assert_eq(kit_do(kit, boston, "CONFIRM 2 30"), OK);
    kit_seconds(kit, 100);
    expect_generation(kit, 2);
    kit_seconds(kit, 30);
    expect_generation(kit, 3); /* the time, not the guard */
    expect_told(kit, boston, "because nobody confirmed it in 2 minutes");
    session_free(boston);
    kit_free(kit);
}

Test(router_confirmed, minds_no_tunnel_that_was_shut_down_or_removed)
{
    static const char *const rows[] = {
        "SET tunnel shutdown default ottawa +",
        "DELETE tunnel default ottawa",
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct kit *kit = kit_two_sites(NULL);
        struct session *boston = boston_of(kit);

        if (i == 1) {
            cr_assert_eq(kit_do(kit, boston,
                             "DELETE route default 10.2.0.0 255.255.0.0 - - - "
                             "ottawa -"),
                OK);
        }
        cr_assert_eq(kit_do(kit, boston, rows[i]), OK);
        cr_assert_eq(kit_do(kit, boston, "CONFIRM 60 30"), OK);
        kit_seconds(kit, 100);
        expect_generation(kit, 2);
        session_free(boston);
        kit_free(kit);
    }
}

Test(router_confirmed, has_no_guard_any_more_once_it_is_confirmed)
{
    struct kit *kit = kit_two_sites(NULL);
    struct session *boston = boston_of(kit);

    cr_assert_eq(kit_do(kit, boston,
                     "SET tunnel destination default ottawa 203.0.113.9 -"),
        OK);
    cr_assert_eq(kit_do(kit, boston, "CONFIRM 60 30"), OK);
    kit_seconds(kit, 20);
    cr_assert_eq(kit_do(kit, boston, "COMMIT"), OK);
    kit_seconds(kit, 100);
    expect_generation(kit, 2);
    session_free(boston);
    kit_free(kit);
}

/* ---- labels and ids ---- */

Test(router_confirmed, finds_the_newest_commit_of_a_label)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = alice_of(kit);
    struct kit_answer answer;

    cr_assert_eq(kit_do(kit, alice, "SET system hostname south"), OK);
    kit_expect_values(kit, alice, "NAMED good -", "0 2 0 0 0 0 0 0 0 0");
    cr_assert_eq(kit_do(kit, alice, "SET system hostname east"), OK);
    kit_expect_values(kit, alice, "NAMED good -", "0 3 0 0 0 0 0 0 0 0");
    cr_assert_eq(kit_do(kit, alice, "SET system hostname west"), OK);
    kit_expect_values(kit, alice, "COMMIT", "0 4 0 0 0 0 0 0 0 0");
    kit_expect_values(kit, alice, "LABEL good", "3 1");
    kit_expect_rows(kit, alice, "AT good 1",
        "system hostname=east\nvirtual-router default\n");
    cr_expect_eq(kit_do(kit, alice, "LABEL bad"), ERR_NOT_FOUND);
    cr_expect_eq(kit_do(kit, alice, "AT bad 1"), ERR_NOT_FOUND);
    cr_expect_eq(kit_do(kit, alice, "ROLLBACK 2 5"), ERR_MALFORMED);
    answer = kit_ask(kit, alice, "EXEC show-commit-history default 2");
    cr_expect_neq(strstr(str_text(&answer.rows), " 1 good - -\n"), NULL, "%s",
        str_text(&answer.rows));
    kit_answer_done(&answer);
    session_free(alice);
    kit_free(kit);
}

Test(router_confirmed, commits_an_id_once)
{
    char *folder = kit_mkdir();
    struct kit *kit = kit_router(folder);
    struct session *alice = alice_of(kit);

    cr_assert_eq(kit_do(kit, alice, "SET system hostname south"), OK);
    cr_expect_eq(
        kit_do(kit, alice, "EXEC show-commit-id default job"), ERR_NOT_FOUND);
    kit_expect_values(kit, alice, "NAMED - job", "0 2 0 0 0 0 0 0 0 0");
    /* as if the answer was lost, and the router too */
    session_free(alice);
    kit_restart(kit, folder, 1);
    alice = kit_session(kit, 0, "alice", 10);
    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "SET system hostname south"), OK);
    kit_expect_values(kit, alice, "NAMED - job", "2 2 0 0 0 0 0 0 0 0");
    kit_expect_rows(kit, alice, "EXEC show-commit-id default job",
        "2 2015-01-05T10:00:00Z alice test 1 - - job\n");
    /* another work with the same id is kept, and not committed */
    cr_assert_eq(kit_do(kit, alice, "SET system hostname east"), OK);
    kit_expect_values(kit, alice, "NAMED - job", "2 2 0 0 0 0 0 0 0 0");
    kit_expect_rows(kit, alice, "COMPARE", "system hostname=south>east\n");
    expect_hostname(kit, alice, "south");
    session_free(alice);
    kit_free(kit);
    kit_rmdir(folder);
}

Test(router_confirmed, answers_for_an_id_also_while_others_wait)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = alice_of(kit);
    struct session *bob = kit_session(kit, 0, "bob", 10);

    cr_assert_eq(kit_do(kit, bob, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, bob, "CREATE virtual-router isp"), OK);
    kit_expect_values(kit, bob, "NAMED - job", "0 2 0 0 0 0 0 0 0 0");
    cr_assert_eq(kit_do(kit, alice, "SET system hostname south"), OK);
    kit_expect_values(kit, alice, "CONFIRM 5 0", "0 3 0 0 0 0 0 0 0 0");
    kit_expect_values(kit, bob, "NAMED - job", "2 2 0 0 0 0 0 0 0 0");
    expect_refusal(kit, bob, "NAMED - other", "alice");
    kit_seconds(kit, 300);
    expect_hostname(kit, alice, "north");
    session_free(alice);
    session_free(bob);
    kit_free(kit);
}

Test(router_confirmed, refuses_what_no_shell_would_send)
{
    static const char *const rows[] = {
        "CONFIRM 1441 0", /* a day at most            */
        "CONFIRM 5 9",    /* 10 s at least            */
        "CONFIRM 5 3601", /* an hour at most          */
        "CONFIRM 0 30",   /* a guard of nothing       */
    };
    struct kit *kit = kit_router(NULL);
    struct session *alice = alice_of(kit);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(kit_do(kit, alice, rows[i]), ERR_MALFORMED, "%s", rows[i]);
    session_free(alice);
    kit_free(kit);
}
