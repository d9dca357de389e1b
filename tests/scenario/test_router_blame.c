/*
 * test_router_blame.c - who made each line what it is.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "gen/ids.h"
#include "schema/schema.h"
#include "tests/support/kit.h"

TestSuite(router_blame, .timeout = 60);

static struct kit *kit;
static struct session *alice;
static struct session *bob;

static void
set_up(void)
{
    kit = kit_router(NULL);
    alice = kit_session(kit, 0, "alice", 15);
    bob = kit_session(kit, 0, "bob", 15);
    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, bob, "OPEN"), OK);
}

static void
tear_down(void)
{
    session_free(alice);
    session_free(bob);
    kit_free(kit);
}

/* The origins of the route, which has one setting: the last six columns. */
static void
expect_route(const char *wanted)
{
    struct kit_answer answer = kit_ask(kit, alice, "BLAME");
    const char *row;
    char first[16];

    cr_expect_eq(answer.error, OK);
    (void)snprintf(first, sizeof first, "%d ", OBJECT_ROUTE);
    row = str_text(&answer.rows);
    while (*row != '\0' && strncmp(row, first, strlen(first)) != 0)
        row += strcspn(row, "\n") + 1;
    cr_expect_not_null(strstr(row, wanted), "%s", row);
    kit_answer_done(&answer);
}

Test(router_blame, names_the_last_commit_of_each_setting, .init = set_up,
    .fini = tear_down)
{
    static const char distance[] =
        "SET route distance default 10.2.0.0 255.255.0.0 - null 0 - - 5";

    cr_assert_eq(kit_do(kit, alice, "CREATE interface default null 0"), OK);
    cr_assert_eq(kit_do(kit, alice,
                     "CREATE route default 10.2.0.0 255.255.0.0 - null 0 - -"),
        OK);
    cr_assert_eq(kit_do(kit, alice, "COMMIT"), OK);
    expect_route(" 1 2015-01-05T10:00:00Z alice - - -\n");
    cr_assert_eq(kit_do(kit, bob, distance), OK);
    cr_assert_eq(kit_do(kit, bob, "COMMIT"), OK);
    expect_route(" 1 2015-01-05T10:00:00Z alice 2 2015-01-05T10:00:00Z bob\n");
    /* gone and there again: all of it is of the newest */
    cr_assert_eq(kit_do(kit, alice,
                     "DELETE route default 10.2.0.0 255.255.0.0 - null 0 - -"),
        OK);
    cr_assert_eq(kit_do(kit, alice, "COMMIT"), OK);
    cr_assert_eq(kit_do(kit, bob,
                     "CREATE route default 10.2.0.0 255.255.0.0 - null 0 - -"),
        OK);
    cr_assert_eq(kit_do(kit, bob, distance), OK);
    cr_assert_eq(kit_do(kit, bob, "COMMIT"), OK);
    expect_route(" 4 2015-01-05T10:00:00Z bob 4 2015-01-05T10:00:00Z bob\n");
}

Test(router_blame, needs_the_level_of_the_configuration, .init = set_up,
    .fini = tear_down)
{
    struct session *carol = kit_session(kit, 0, "carol", 4);
    struct kit_answer answer = kit_ask(kit, carol, "BLAME");

    cr_expect_eq(answer.error, ERR_DENIED);
    kit_answer_done(&answer);
    session_free(carol);
}
