/*
 * test_router_mark.c - a load that goes wrong leaves no trace; one that
 * replaces everything disturbs only what differs.
 */
#include <criterion/criterion.h>

#include "tests/support/kit.h"

TestSuite(router_mark, .timeout = 60);

/* mode and a place holder, see enum wire_rollback */
#define MARK    "ROLLBACK 3 0"
#define TO_MARK "ROLLBACK 4 0"
#define FORGET  "ROLLBACK 5 0"
#define EMPTY   "ROLLBACK 6 0"

static void
do_all(struct kit *kit, struct session *session, const char *const *requests)
{
    for (; *requests != NULL; requests++)
        cr_assert_eq(kit_do(kit, session, *requests), OK, "%s", *requests);
}

Test(router_mark, brings_the_candidate_back_as_it_was)
{
    static const char *const requests[] = {"OPEN", "SET system hostname kept",
        MARK, "SET system hostname lost", "CREATE virtual-router lost", "CLOSE",
        "OPEN", "CREATE virtual-router again", TO_MARK, NULL};
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);

    do_all(kit, alice, requests);
    kit_expect_rows(kit, alice, "CANDIDATE",
        "system hostname=kept\nvirtual-router default\n");
    kit_expect_values(kit, alice, "STATUS", "1 1 0 0 ermine");
    session_free(alice);
    kit_free(kit);
}

Test(router_mark, of_an_untouched_candidate_follows_what_is_running)
{
    static const char *const load[] = {
        "OPEN", MARK, "CREATE virtual-router lost", NULL};
    static const char *const other[] = {
        "OPEN", "SET system hostname other", "COMMIT", NULL};
    static const char *const edit[] = {
        TO_MARK, "CREATE virtual-router mine", NULL};
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);
    struct session *bob = kit_session(kit, 0, "bob", 15);

    do_all(kit, alice, load);
    do_all(kit, bob, other);
    do_all(kit, alice, edit);
    kit_expect_rows(kit, alice, "CANDIDATE",
        "system hostname=other\nvirtual-router default\nvirtual-router "
        "mine\n");
    kit_expect_values(kit, alice, "STATUS", "1 1 1 1 other");
    session_free(bob);
    session_free(alice);
    kit_free(kit);
}

Test(router_mark, does_not_undo_a_commit)
{
    static const char *const requests[] = {"OPEN", MARK,
        "SET system hostname done", "COMMIT", "CREATE virtual-router lost",
        TO_MARK, NULL};
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);

    do_all(kit, alice, requests);
    kit_expect_rows(kit, alice, "CANDIDATE",
        "system hostname=done\nvirtual-router default\n");
    kit_expect_values(kit, alice, "STATUS", "1 0 1 1 done");
    session_free(alice);
    kit_free(kit);
}

Test(router_mark, is_gone_when_it_was_used_or_forgotten)
{
    static const char *const requests[] = {
        "OPEN", MARK, "CREATE virtual-router stays", FORGET, NULL};
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);

    cr_expect_eq(kit_do(kit, alice, MARK), ERR_CONFLICT, "no candidate");
    cr_expect_eq(kit_do(kit, alice, TO_MARK), ERR_NOT_FOUND);
    do_all(kit, alice, requests);
    cr_expect_eq(kit_do(kit, alice, TO_MARK), ERR_NOT_FOUND);
    cr_expect_eq(kit_do(kit, alice, "ROLLBACK 7 0"), ERR_MALFORMED);
    kit_expect_rows(kit, alice, "CANDIDATE",
        "system\nvirtual-router default\nvirtual-router stays\n");
    session_free(alice);
    kit_free(kit);
}

/* Emptied and typed again: only what is not the same is a change. */
Test(router_mark, an_emptied_candidate_typed_again_differs_in_what_differs)
{
    static const char *const before[] = {"OPEN", "SET system hostname north",
        "CREATE virtual-router a", "CREATE virtual-router b", "COMMIT", EMPTY,
        "CREATE virtual-router b", NULL};
    static const char *const same[] = {EMPTY, "CREATE virtual-router b",
        "SET system hostname north", "CREATE virtual-router a", NULL};
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);

    do_all(kit, alice, before);
    kit_expect_rows(
        kit, alice, "COMPARE", "system hostname=north>-\n- virtual-router a\n");
    do_all(kit, alice, same);
    kit_expect_rows(kit, alice, "COMPARE", "");
    kit_expect_values(kit, alice, "COMMIT", "1 1 0 0 0 0 0 0 0 0");
    session_free(alice);
    kit_free(kit);
}

/* A password has another hash each time that it is made one. */
Test(router_mark, an_emptied_candidate_keeps_the_hash_of_the_same_password)
{
    static const char *const before[] = {"OPEN", "CREATE enable-secret 15",
        "SET enable-secret secret 15 !omega", "COMMIT", EMPTY,
        "CREATE enable-secret 15", "SET enable-secret secret 15 !omega", NULL};
    static const char *const other[] = {EMPTY, "CREATE enable-secret 15",
        "SET enable-secret secret 15 !other", NULL};
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);

    do_all(kit, alice, before);
    kit_expect_rows(kit, alice, "COMPARE", "");
    do_all(kit, alice, other);
    kit_expect_values(kit, alice, "STATUS", "1 1 1 1 ermine");
    session_free(alice);
    kit_free(kit);
}

/* Who is shut out in the middle of a load still gets his candidate back. */
Test(router_mark, is_reached_while_another_holds_the_configuration)
{
    static const char *const load[] = {"OPEN", "SET system hostname kept", MARK,
        EMPTY, "CREATE virtual-router lost", NULL};
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);
    struct session *bob = kit_session(kit, 0, "bob", 15);

    do_all(kit, alice, load);
    cr_assert_eq(kit_do(kit, bob, "HOLD"), OK);
    cr_expect_eq(kit_do(kit, alice, EMPTY), ERR_CONFLICT);
    cr_expect_eq(
        kit_do(kit, alice, "CREATE virtual-router other"), ERR_CONFLICT);
    cr_expect_eq(kit_do(kit, alice, TO_MARK), OK);
    kit_expect_rows(kit, alice, "CANDIDATE",
        "system hostname=kept\nvirtual-router default\n");
    session_free(bob);
    session_free(alice);
    kit_free(kit);
}
