/*
 * test_router_history.c - going back, and what was when.
 */
#include <criterion/criterion.h>

#include "tests/support/kit.h"

TestSuite(router_history, .timeout = 60);

/* north, then isp, then south without isp */
static void
commit_three(struct kit *kit, struct session *session)
{
    static const char *const requests[] = {
        "OPEN",
        "SET system hostname north",
        "COMMENT first",
        "CREATE virtual-router isp",
        "COMMIT",
        "SET system hostname south",
        "DELETE virtual-router isp",
        "COMMENT third",
    };

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        cr_assert_eq(kit_do(kit, session, requests[i]), OK, "%s", requests[i]);
}

Test(router_history, goes_back_by_commits_and_by_generation)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);

    commit_three(kit, alice);
    kit_expect_values(kit, alice, "ROLLBACK 0 1", "2 2");
    kit_expect_rows(kit, alice, "COMPARE",
        "system hostname=south>north\n+ virtual-router isp\n");
    kit_expect_values(kit, alice, "ROLLBACK 0 2", "1 1");
    kit_expect_rows(kit, alice, "CANDIDATE",
        "system hostname=north\nvirtual-router default\n");
    kit_expect_values(kit, alice, "ROLLBACK 0 3", "0 1");
    kit_expect_rows(
        kit, alice, "CANDIDATE", "system\nvirtual-router default\n");
    kit_expect_values(kit, alice, "ROLLBACK 1 2", "2 2");
    kit_expect_rows(kit, alice, "CANDIDATE",
        "system hostname=north\nvirtual-router default\nvirtual-router isp\n");
    kit_expect_values(kit, alice, "ROLLBACK 0 0", "3 0");
    kit_expect_values(kit, alice, "STATUS", "1 0 3 3 south");
    session_free(alice);
    kit_free(kit);
}

Test(router_history, keeps_the_newer_commits_when_it_went_back)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);

    commit_three(kit, alice);
    kit_expect_values(kit, alice, "ROLLBACK 1 1", "1 1");
    kit_expect_values(kit, alice, "COMMIT", "0 4 0 0 0 0 0 0 0 0");
    kit_expect_rows(kit, alice, "RUNNING",
        "system hostname=north\nvirtual-router default\n");
    kit_expect_rows(
        kit, alice, "AT 3", "system hostname=south\nvirtual-router default\n");
    kit_expect_rows(kit, alice, "AT 2",
        "system hostname=north\nvirtual-router default\nvirtual-router isp\n");
    kit_expect_rows(kit, alice, "AT 0", "system\nvirtual-router default\n");
    /* forward again */
    kit_expect_values(kit, alice, "ROLLBACK 0 1", "3 1");
    kit_expect_values(kit, alice, "COMMIT", "0 5 0 0 0 0 0 0 0 0");
    kit_expect_rows(kit, alice, "RUNNING",
        "system hostname=south\nvirtual-router default\n");
    session_free(alice);
    kit_free(kit);
}

Test(router_history, compares_with_an_earlier_commit)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);
    struct session *bob = kit_session(kit, 0, "bob", 15);

    commit_three(kit, alice);
    kit_expect_rows(kit, bob, "BACK 1",
        "system hostname=north>south\n- virtual-router isp\n");
    kit_expect_rows(kit, bob, "BACK 0", "");
    cr_assert_eq(kit_do(kit, alice, "SET system hostname east"), OK);
    kit_expect_rows(kit, alice, "BACK 0", "system hostname=south>east\n");
    kit_expect_rows(kit, alice, "BACK 2", "system hostname=north>east\n");
    session_free(alice);
    session_free(bob);
    kit_free(kit);
}

Test(router_history, lists_commits_with_who_and_why_after_a_restart_too)
{
    static const char newest[] =
        "3 2015-01-05T10:00:00Z alice test 2 - third -\n";
    static const char all[] = "3 2015-01-05T10:00:00Z alice test 2 - third -\n"
                              "2 2015-01-05T10:00:00Z alice test 1 - - -\n"
                              "1 2015-01-05T10:00:00Z alice test 1 - first -\n";
    char *folder = kit_mkdir();
    struct kit *kit = kit_router(folder);
    struct session *alice = kit_session(kit, 0, "alice", 15);

    commit_three(kit, alice);
    kit_expect_rows(kit, alice, "EXEC show-commit-history default -", all);
    session_free(alice);
    kit_free(kit);
    kit = kit_router(folder);
    alice = kit_session(kit, 0, "alice", 15);
    kit_expect_rows(kit, alice, "EXEC show-commit-history default -", all);
    kit_expect_rows(kit, alice, "EXEC show-commit-history default 1", newest);
    kit_expect_rows(kit, alice, "AT 2",
        "system hostname=north\nvirtual-router default\nvirtual-router isp\n");
    session_free(alice);
    kit_free(kit);
    kit_rmdir(folder);
}

Test(router_history, moves_an_earlier_configuration_onto_what_came_since)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);
    struct session *bob = kit_session(kit, 0, "bob", 15);

    commit_three(kit, alice);
    kit_expect_values(kit, alice, "ROLLBACK 1 2", "2 2");
    cr_assert_eq(kit_do(kit, bob, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, bob, "CREATE virtual-router lab"), OK);
    cr_assert_eq(kit_do(kit, bob, "COMMIT"), OK);
    kit_expect_values(kit, alice, "COMMIT", "0 5 0 0 0 0 0 0 0 0");
    kit_expect_rows(kit, alice, "RUNNING",
        "system hostname=north\nvirtual-router default\nvirtual-router isp\nvirtual-router lab\n");
    session_free(alice);
    session_free(bob);
    kit_free(kit);
}

Test(router_history, needs_the_level_of_a_change_to_go_back)
{
    struct kit *kit = kit_router(NULL);
    struct session *eve = kit_session(kit, 0, "eve", 5);

    cr_expect_eq(kit_do(kit, eve, "ROLLBACK 0 0"), ERR_DENIED);
    cr_expect_eq(kit_do(kit, eve, "AT 0"), OK);
    cr_assert_eq(kit_do(kit, eve, "AUTH 1"), OK);
    cr_expect_eq(kit_do(kit, eve, "AT 0"), ERR_DENIED);
    session_free(eve);
    kit_free(kit);
}

/* The commits of this test are all of one second of a Monday morning. */
Test(router_history, knows_what_was_running_at_a_time)
{
    static const struct {
        const char *request;
        const char *rows;
    } rows[] = {
        {"AT 2015-01-05T10:00:00Z",
         "system hostname=south\nvirtual-router default\n"            },
        {"AT 2015-01-05T10:00:00",
         "system hostname=south\nvirtual-router default\n"            },
        {"AT 2015-01-05T10:00",
         "system hostname=south\nvirtual-router default\n"            },
        {"AT 2015-01-05T10:00Z",
         "system hostname=south\nvirtual-router default\n"            },
        {"AT 2099-12-31T23:59:59Z",
         "system hostname=south\nvirtual-router default\n"            },
        {"AT 2015-01-05T09:59:59Z", "system\nvirtual-router default\n"},
        {"AT 2015-01-05T09:59",     "system\nvirtual-router default\n"},
    };
    static const char *const wrong[] = {"AT 2015-01-05", "AT 2015-13-05T10:00",
        "AT 2015-01-05T24:00", "AT 2015-01-05_10:00",
        "AT 2015-01-05T10:00:", "AT 2015-01-05T10:00:0Z",
        "AT 2015-01-05T10:00:00z", "AT 2015-01-05T10:60:00Z", "AT yesterday",
        "ROLLBACK 1 2015-00-05T10:00"};
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);

    commit_three(kit, alice);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        kit_expect_rows(kit, alice, rows[i].request, rows[i].rows);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_eq(kit_do(kit, alice, wrong[i]), ERR_INVALID, "%s", wrong[i]);
    kit_expect_values(kit, alice, "ROLLBACK 1 2015-01-05T10:00", "3 0");
    kit_expect_values(kit, alice, "ROLLBACK 1 2015-01-05T09:00", "0 1");
    cr_expect_eq(
        kit_do(kit, alice, "ROLLBACK 0 2015-01-05T09:00"), ERR_MALFORMED);
    session_free(alice);
    kit_free(kit);
}
