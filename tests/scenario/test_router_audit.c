/*
 * test_router_audit.c - who did, or tried, what changes something.
 */
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "daemon/router_state.h"
#include "gen/enums.h"
#include "store/store.h"
#include "store/store_fault.h"
#include "tests/support/kit.h"

TestSuite(router_audit, .timeout = 60);

static struct kit *kit;
static struct session *alice;

static void
set_up(void)
{
    kit = kit_router(NULL);
    alice = kit_session(kit, 0, "alice", 15);
}

static void
tear_down(void)
{
    session_free(alice);
    kit_free(kit);
}

/* The newest entries: "session-number event outcome text" lines. */
static void
expect_newest(unsigned count, const char *wanted)
{
    struct kit_answer answer;
    struct str found = {0};
    char request[64];
    const char *at;

    (void)snprintf(
        request, sizeof request, "EXEC show-audit default %u", count);
    answer = kit_ask(kit, alice, request);
    at = str_text(&answer.rows);
    while (*at != '\0') {
        size_t length = strcspn(at, "\n") + 1;

        /* number, time, user and from come first */
        for (int i = 0; i < 4; i++) {
            size_t word = strcspn(at, " ") + 1;

            at += word;
            length -= word;
        }
        str_add_n(&found, at, length);
        at += length;
    }
    cr_expect_str_eq(str_text(&found), wanted, "%s", str_text(&found));
    str_done(&found);
    kit_answer_done(&answer);
}

static void
expect_error(struct session *session, const char *request, enum err error)
{
    struct kit_answer answer = kit_ask(kit, session, request);

    cr_expect_eq(answer.error, error, "%s", request);
    kit_answer_done(&answer);
}

Test(router_audit, knows_sessions_and_levels, .init = set_up, .fini = tear_down)
{
    struct session *bob = kit_session(kit, 0, "bob", 5);

    expect_error(bob, "AUTH 15", ERR_DENIED);
    cr_expect_eq(kit_do(kit, bob, "AUTH 1"), OK, "lowering is no news");
    kit_leave(kit, bob);
    expect_newest(9, "2 0 0 closed\n"
                     "2 1 1 level 15: bob may have privilege level 5 at most.\n"
                     "2 1 0 level 5\n"
                     "2 0 0 opened\n"
                     "1 1 0 level 15\n"
                     "1 0 0 opened\n");
}

Test(router_audit, knows_who_may_not_come_in_without_being_filled,
    .init = set_up, .fini = tear_down)
{
    const struct session_user eve = {.name = "eve", .from = "test"};
    for (int i = 0; i < 3; i++) {
        struct session *session = session_new(kit->routers[0], &eve, &kit->now);

        expect_error(session, "HELLO", ERR_DENIED);
        kit_leave(kit, session);
        if (i == 1)
            kit_pass(kit, 10 * 1000 * 1000);
    }
    expect_newest(3, "4 0 1 eve may not use this router: ask for the group "
                     "ermine-readonly, ermine-operator or ermine-admin.\n"
                     "2 0 1 eve may not use this router: ask for the group "
                     "ermine-readonly, ermine-operator or ermine-admin.\n"
                     "1 1 0 level 15\n");
}

Test(router_audit, knows_commits_rollbacks_and_what_was_thrown_away,
    .init = set_up, .fini = tear_down)
{
    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "SET system hostname north"), OK);
    cr_assert_eq(kit_do(kit, alice, "CHECK"), OK);
    cr_assert_eq(kit_do(kit, alice, "COMMENT why"), OK);
    cr_assert_eq(kit_do(kit, alice, "CREATE tunnel default t"), OK);
    expect_error(alice, "COMMIT", ERR_INVALID);
    cr_assert_eq(kit_do(kit, alice, "CLOSE"), OK);
    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "ROLLBACK 0 1"), OK);
    expect_error(alice, "ROLLBACK 0 9", ERR_NOT_FOUND);
    session_close(alice, &kit->now);
    expect_newest(7,
        "1 0 0 closed\n"
        "1 4 0 1 changed object, with the session\n"
        "1 3 1 There is only 1 commit to go back: `show commit history` lists "
        "them.\n"
        "1 3 0 generation 0 into the candidate\n"
        "1 4 0 1 changed object\n"
        "1 2 1 Set `ip address`: every secure interface needs an address and "
        "mask.\n"
        "1 2 0 generation 1, 1 changed object: why\n");
}

Test(router_audit, knows_who_held_the_configuration_and_who_broke_that,
    .init = set_up, .fini = tear_down)
{
    struct session *bob = kit_session(kit, 0, "bob", 10);

    cr_assert_eq(kit_do(kit, bob, "HOLD"), OK);
    expect_error(alice, "OPEN", ERR_CONFLICT);
    cr_assert_eq(kit_do(kit, alice, "EXEC clear-exclusive default"), OK);
    expect_error(bob, "EXEC clear-exclusive default", ERR_DENIED);
    cr_assert_eq(kit_do(kit, bob, "HOLD"), OK);
    cr_assert_eq(kit_do(kit, bob, "LET-GO"), OK);
    expect_newest(6,
        "2 5 0 ended\n"
        "2 5 0 taken\n"
        "2 6 1 clear exclusive\n"
        "1 5 0 broken, of bob (session 2)\n"
        "1 5 1 bob (session 2, test) holds the configuration exclusively since "
        "2015-01-05T10:00:00Z: try again later, or break that with `clear "
        "exclusive`, which needs level 15.\n"
        "2 5 0 taken\n");
    session_free(bob);
}

Test(router_audit, is_for_level_10, .init = set_up, .fini = tear_down)
{
    struct session *bob = kit_session(kit, 0, "bob", 9);

    expect_error(bob, "EXEC show-audit default -", ERR_DENIED);
    session_free(bob);
}

Test(router_audit, is_kept_over_a_restart_and_holds_no_key)
{
    char *folder = kit_mkdir();

    kit = kit_router(folder);
    alice = kit_session(kit, 0, "alice", 15);
    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "CREATE tunnel default t"), OK);
    cr_assert_eq(kit_do(kit, alice,
                     "SET tunnel session_key_inbound default t esp-hmac-md5 "
                     "0x1001 !00112233445566778899aabbccddeeff"),
        OK);
    expect_error(alice, "COMMIT", ERR_INVALID);
    tear_down();
    kit = kit_router(folder);
    alice = kit_session(kit, 0, "alice", 15);
    expect_newest(9, "1 1 0 level 15\n"
                     "1 0 0 opened\n"
                     "1 2 1 Set `ip address`: every secure interface needs an "
                     "address and mask.\n"
                     "1 1 0 level 15\n"
                     "1 0 0 opened\n");
    tear_down();
    kit_rmdir(folder);
}

/* Each database call of an entry fails once: the level is granted all the
 * same, and what follows is as if nothing had been. */
Test(router_audit, stops_nothing_when_it_cannot_be_written, .init = set_up,
    .fini = tear_down)
{
    struct store *store = kit->routers[0]->store;
    unsigned call = 0;
    bool failed = true;

    while (failed) {
        cr_assert_eq(kit_do(kit, alice, "AUTH 1"), OK);
        store_fault_arm(store, ++call);
        cr_assert_eq(kit_do(kit, alice, "AUTH 15"), OK);
        failed = !store_fault_is_armed(store);
        store_fault_arm(store, 0);
    }
    cr_expect_gt(call, 10U);
    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "SET system hostname north"), OK);
    cr_assert_eq(kit_do(kit, alice, "COMMIT"), OK);
    expect_newest(2, "1 2 0 generation 1, 1 changed object\n"
                     "1 1 0 level 15\n");
}

static void
count_entry(void *context, const struct store_audit *entry)
{
    uint64_t *last = context;

    cr_expect(*last == 0 || entry->number == *last - 1);
    *last = entry->number;
}

static void
measure_text(void *context, const struct store_audit *entry)
{
    *(size_t *)context = strlen(entry->text);
}

Test(router_audit, cuts_a_long_text_between_two_characters)
{
    struct store *store;
    struct store_audit entry = {
        .user = "u", .origin = "o", .event = "command", .outcome = "done"};
    char text[300];
    size_t length = 0;

    (void)memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    (void)memcpy(text + 254, "\xc3\xa9", 2); /* one character, two bytes */
    entry.text = text;
    cr_assert_eq(store_open(NULL, NULL, &store), OK);
    cr_assert_eq(store_audit(store, &entry), OK);
    cr_assert_eq(store_audit_log(store, 1, measure_text, &length, NULL), OK);
    cr_expect_eq(length, 254);
    text[254] = 'a';
    text[255] = 'a';
    cr_assert_eq(store_audit(store, &entry), OK);
    cr_assert_eq(store_audit_log(store, 1, measure_text, &length, NULL), OK);
    cr_expect_eq(length, 255);
    store_close(store);
}

/* As many entries as are kept, all like the first. */
static void
fill(const char *path)
{
    char text[256];
    sqlite3 *db = NULL;

    (void)snprintf(text, sizeof text,
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL "
        "SELECT i + 1 FROM n WHERE i < %d) "
        "INSERT INTO audit SELECT i, at, user, origin, session, event, "
        "outcome, text FROM n, audit WHERE number = 1",
        STORE_AUDIT_MAX);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
}

Test(router_audit, keeps_the_newest_entries)
{
    char *folder = kit_mkdir();
    char path[256];
    struct store *store;
    struct store_audit entry = {.user = "u",
        .origin = "o",
        .event = "command",
        .outcome = "done",
        .text = "text"};
    uint64_t last = 0;

    (void)snprintf(path, sizeof path, "%s/config.db", folder);
    cr_assert_eq(store_open(path, NULL, &store), OK);
    cr_assert_eq(store_audit(store, &entry), OK);
    store_close(store);
    fill(path);
    cr_assert_eq(store_open(path, NULL, &store), OK);
    for (unsigned i = 0; i < 10; i++)
        cr_assert_eq(store_audit(store, &entry), OK);
    cr_assert_eq(
        store_audit_log(store, UINT32_MAX, count_entry, &last, NULL), OK);
    cr_expect_eq(last, 11);
    store_close(store);
    kit_rmdir(folder);
}
