/*
 * test_router_sessions.c - several people at one router, and hostile ones.
 */
#include <criterion/criterion.h>

#include "tests/support/kit.h"
#include "wire/wire.h"

#include <stdio.h>
#include <string.h>

TestSuite(router_sessions, .timeout = 60);

enum { MANY = 10000 };

/* The answer is this error, and its first sentence holds this text. */
static void
expect_refusal(struct kit *kit, struct session *session, const char *request,
    enum err error, const char *part)
{
    struct kit_answer answer = kit_ask(kit, session, request);

    cr_expect(answer.is_answered, "%s", request);
    cr_expect_eq(
        answer.error, error, "%s: %s", request, err_name(answer.error));
    cr_expect(strstr(kit_sentence(&answer), part) != NULL, "%s: %s", request,
        kit_sentence(&answer));
    kit_answer_done(&answer);
}

/* ---- two at a time ---- */

Test(router_sessions, refuses_a_commit_that_collides_and_names_who)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);
    struct session *bob = kit_session(kit, 0, "bob", 15);
    struct kit_answer answer;

    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, bob, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "SET system hostname north"), OK);
    cr_assert_eq(kit_do(kit, bob, "SET system hostname south"), OK);
    cr_assert_eq(kit_do(kit, alice, "COMMIT"), OK);
    answer = kit_ask(kit, bob, "COMMIT");
    cr_expect_eq(answer.error, ERR_CONFLICT);
    cr_expect(strstr(kit_sentence(&answer), "alice") != NULL, "%s",
        kit_sentence(&answer));
    kit_answer_done(&answer);
    kit_expect_values(kit, bob, "STATUS", "1 1 0 1 north");
    session_free(alice);
    session_free(bob);
    kit_free(kit);
}

Test(router_sessions, rebases_a_commit_that_does_not_collide)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);
    struct session *bob = kit_session(kit, 0, "bob", 15);

    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, bob, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "SET system hostname north"), OK);
    cr_assert_eq(kit_do(kit, bob, "CREATE virtual-router isp"), OK);
    cr_assert_eq(kit_do(kit, alice, "COMMIT"), OK);
    /* what the other one committed is not shown as undone */
    kit_expect_rows(kit, bob, "COMPARE", "+ virtual-router isp\n");
    cr_assert_eq(kit_do(kit, bob, "COMMIT"), OK);
    kit_expect_rows(kit, alice, "RUNNING",
        "system hostname=north\nvirtual-router default\nvirtual-router isp\n");
    session_free(alice);
    session_free(bob);
    kit_free(kit);
}

Test(router_sessions, keeps_candidates_private_until_they_are_committed)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);
    struct session *bob = kit_session(kit, 0, "bob", 15);

    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, bob, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "CREATE virtual-router isp"), OK);
    kit_expect_rows(kit, alice, "CANDIDATE",
        "system\nvirtual-router default\nvirtual-router isp\n");
    kit_expect_rows(kit, bob, "CANDIDATE", "system\nvirtual-router default\n");
    kit_expect_rows(kit, bob, "RUNNING", "system\nvirtual-router default\n");
    kit_expect_rows(kit, alice, "NAMES virtual-router i 10", "isp\n");
    kit_expect_rows(kit, bob, "NAMES virtual-router i 10", "");
    cr_assert_eq(kit_do(kit, alice, "CLOSE"), OK);
    kit_expect_values(kit, alice, "STATUS", "0 0 0 0 ermine");
    session_free(alice);
    session_free(bob);
    kit_free(kit);
}

Test(router_sessions, brings_a_candidate_without_edits_up_to_date)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);
    struct session *bob = kit_session(kit, 0, "bob", 15);

    cr_assert_eq(kit_do(kit, bob, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "SET system hostname north"), OK);
    cr_assert_eq(kit_do(kit, alice, "COMMIT"), OK);
    cr_assert_eq(kit_do(kit, bob, "SET system hostname south"), OK);
    kit_expect_values(kit, bob, "STATUS", "1 1 1 1 north");
    cr_expect_eq(kit_do(kit, bob, "COMMIT"), OK);
    session_free(alice);
    session_free(bob);
    kit_free(kit);
}

Test(router_sessions, tells_who_wants_to_know_of_a_commit)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);
    struct session *bob = kit_session(kit, 0, "bob", 1);

    cr_assert_eq(kit_do(kit, bob, "SUBSCRIBE 1"), OK);
    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "SET system hostname north"), OK);
    cr_assert_eq(kit_do(kit, alice, "COMMIT"), OK);
    kit_expect_rows(kit, bob, "STATUS",
        "1 Generation 1 of the configuration was committed by alice (session "
        "1).\n");
    session_free(alice);
    session_free(bob);
    kit_free(kit);
}

Test(router_sessions, lists_who_is_there)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);
    struct session *bob = kit_session(kit, 0, "bob", 1);

    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, alice, "CREATE virtual-router isp"), OK);
    kit_expect_rows(kit, bob, "EXEC show-users default",
        "1 alice  test 15 1 1420452000 - -\n2 bob  test 1 0 1420452000 1 -\n");
    session_free(alice);
    session_free(bob);
    kit_free(kit);
}

/* ---- privilege ---- */

Test(router_sessions, decides_privilege_for_each_command)
{
    static const struct {
        uint8_t level;
        const char *request;
        enum err error;
        const char *why;
    } rows[] = {
        {0,  "EXEC show-version default", ERR_DENIED, "level 1 shows"                  },
        {1,  "EXEC show-version default", OK,         "level 1 shows"                  },
        {1,  "RUNNING",                   ERR_DENIED, "the configuration needs level 5"},
        {5,  "RUNNING",                   OK,         "the configuration needs level 5"},
        {5,  "OPEN",                      ERR_DENIED, "editing needs level 10"         },
        {5,  "CREATE virtual-router x",   ERR_DENIED, "editing needs level 10"         },
        {5,  "DELETE virtual-router x",   ERR_DENIED, "editing needs level 10"         },
        {5,  "SET system hostname x",     ERR_DENIED, "editing needs level 10"         },
        {5,  "UNSET system hostname 1",   ERR_DENIED, "editing needs level 10"         },
        {5,  "COMMIT",                    ERR_DENIED, "committing needs level 10"      },
        {10, "OPEN",                      OK,         "editing needs level 10"         },
        {10, "AUTH 15",                   ERR_DENIED, "above the ceiling"              },
        {10, "AUTH 1",                    OK,         "lower is always possible"       },
    };
    struct kit *kit = kit_router(NULL);
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct session *session = kit_session(kit, 0, "carol", rows[i].level);
        struct kit_answer answer = kit_ask(kit, session, rows[i].request);

        cr_expect_eq(answer.error, rows[i].error, "%s at %u: %s",
            rows[i].request, rows[i].level, rows[i].why);
        kit_answer_done(&answer);
        session_free(session);
    }
    kit_free(kit);
}

Test(router_sessions, begins_at_level_1_whoever_it_is)
{
    struct kit *kit = kit_router(NULL);
    struct session_user root = {
        .name = "root", .from = "test", .is_allowed = true, .ceiling = 15};
    struct session *session = session_new(kit->routers[0], &root, &kit->now);

    kit_expect_values(kit, session, "HELLO",
        "ermine root 15 1 0.1.0 release-0.0 [BuildId 0.1.0]");
    expect_refusal(kit, session, "OPEN", ERR_DENIED, "privilege level 10");
    kit_expect_values(kit, session, "AUTH 10", "10");
    kit_expect_values(kit, session, "OPEN", "0");
    session_free(session);
    kit_free(kit);
}

Test(router_sessions, refuses_who_is_not_allowed)
{
    struct kit *kit = kit_router(NULL);
    struct session_user guest = {.name = "guest", .from = "test"};
    struct session *session = session_new(kit->routers[0], &guest, &kit->now);

    expect_refusal(kit, session, "HELLO", ERR_DENIED, "ermine-operator");
    cr_expect(session_is_over(session));
    session_free(session);
    kit_free(kit);
}

Test(router_sessions, wants_hello_first)
{
    struct kit *kit = kit_router(NULL);
    struct session_user root = {
        .name = "root", .from = "test", .is_allowed = true, .ceiling = 15};
    struct session *session = session_new(kit->routers[0], &root, &kit->now);

    expect_refusal(kit, session, "STATUS", ERR_DENIED, "HELLO");
    cr_expect(session_is_over(session));
    session_free(session);
    kit_free(kit);
}

/* ---- secrets ---- */

Test(router_sessions, takes_only_keys_that_are_keys)
{
    static const struct {
        const char *request;
        enum err error;
        const char *part;
    } rows[] = {
        {"SET tunnel session_key_inbound default t esp-des 0x1001 "
         "!0011223344556677",                                   OK,            ""                         },
        {"SET tunnel session_key_inbound default t esp-des 0x1001 !xyz",
         ERR_SYNTAX,                                                                    "not of the form"          },
        {"SET tunnel session_key_inbound default t esp-des 0x1001 !",
         ERR_SYNTAX,                                                                    "not of the form"          },
        {"SET tunnel session_key_inbound default t esp-des 0x1001 "
         "$e1$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",                ERR_AUTH,      "another router's key file"},
        {"SET tunnel description default t !secret",                     ERR_MALFORMED, ""                         },
    };
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "alice", 15);
    size_t i;

    cr_assert_eq(kit_do(kit, session, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, session, "CREATE tunnel default t"), OK);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_refusal(
            kit, session, rows[i].request, rows[i].error, rows[i].part);
    session_free(session);
    kit_free(kit);
}

Test(router_sessions, takes_its_own_masked_form_again)
{
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "alice", 15);
    struct kit_answer shown;
    struct str request;
    const char *sealed;

    cr_assert_eq(kit_do(kit, session, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, session, "CREATE tunnel default t"), OK);
    cr_assert_eq(kit_do(kit, session,
                     "SET tunnel session_key_inbound default t esp-des 0x1001 "
                     "!0011223344556677"),
        OK);
    shown = kit_ask(kit, session, "CANDIDATE");
    sealed = strstr(str_text(&shown.rows), "$e1$");
    cr_assert_not_null(sealed);
    str_init(&request);
    str_add(
        &request, "SET tunnel session_key_outbound default t esp-des 0x1001 ");
    str_add_n(&request, sealed, strcspn(sealed, " \n"));
    cr_expect_eq(kit_do(kit, session, str_text(&request)), OK);
    str_done(&request);
    kit_answer_done(&shown);
    session_free(session);
    kit_free(kit);
}

/* ---- what is not there ---- */

Test(router_sessions, explains_what_it_cannot_do)
{
    static const struct {
        const char *request;
        enum err error;
        const char *part;
    } rows[] = {
        {"SET system hostname x",                       ERR_CONFLICT,  "configure terminal"},
        {"CANDIDATE",                                   ERR_CONFLICT,  "configure terminal"},
        {"ROLLBACK",                                    ERR_MALFORMED, "same release"      },
        {"ROLLBACK 7 0",                                ERR_MALFORMED, "same release"      },
        {"ROLLBACK 0 0",                                ERR_CONFLICT,  "configure terminal"},
        {"AT",                                          ERR_MALFORMED, "same release"      },
        {"AT 1",                                        ERR_NOT_FOUND, "no generation 1"   },
        {"BACK 1",                                      ERR_NOT_FOUND, "only 0 commits"    },
        {"EXEC ping default nowhere 10.0.0.1 - - -",    ERR_NOT_FOUND, "nowhere"           },
        {"EXEC ping default - - - - -",                 ERR_MALFORMED, "same release"      },
        {"EXEC commit default - - -",                   ERR_MALFORMED, "same release"      },
        {"AUTH 16",                                     ERR_MALFORMED, "same release"      },
        {"HELLO",                                       ERR_MALFORMED, "same release"      },
        {"EXEC show-ipsec-tunnel default nope - - - -", ERR_NOT_FOUND, "nope"              },
    };
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "alice", 15);
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_refusal(
            kit, session, rows[i].request, rows[i].error, rows[i].part);
    kit_expect_values(kit, session, "COMMIT", "1 0 0 0 0 0 0 0 0 0");
    session_free(session);
    kit_free(kit);
}

/* ---- many at once ---- */

static void
send_tunnels(struct session *session)
{
    char request[64];
    int i;

    for (i = 0; i < MANY; i++) {
        (void)snprintf(
            request, sizeof request, "CREATE tunnel default t%05d", i);
        kit_send(session, request);
    }
}

Test(router_sessions, answers_ten_thousand_pipelined_requests_in_order)
{
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "alice", 15);
    int i;

    cr_assert_eq(kit_do(kit, session, "OPEN"), OK);
    send_tunnels(session);
    kit_send(session, "STATUS");
    for (i = 0; i < MANY; i++) {
        struct kit_answer answer = kit_take(kit, session);

        cr_assert_eq(answer.error, OK, "%s", kit_sentence(&answer));
        kit_answer_done(&answer);
    }
    {
        struct kit_answer answer = kit_take(kit, session);

        cr_expect_str_eq(str_text(&answer.values), "1 10000 0 0 ermine");
        kit_answer_done(&answer);
    }
    kit_expect_rows(
        kit, session, "NAMES tunnel t0999 3", "t09990\nt09991\nt09992\n");
    session_free(session);
    kit_free(kit);
}

Test(router_sessions, does_not_hold_more_of_a_long_show_than_is_read)
{
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "alice", 15);
    struct kit_answer answer;
    int i;

    cr_assert_eq(kit_do(kit, session, "OPEN"), OK);
    send_tunnels(session);
    for (i = 0; i < MANY; i++) {
        answer = kit_take(kit, session);
        kit_answer_done(&answer);
    }
    kit_send(session, "CANDIDATE");
    kit_send(session, "COMPARE");
    session_run(session, &kit->now);
    cr_expect_lt(
        wire_buffer_length(session_out(session)), SESSION_OUT_MAX + 4096);
    answer = kit_take(kit, session);
    cr_expect_eq(answer.row_count, MANY + 2);
    kit_answer_done(&answer);
    answer = kit_take(kit, session);
    cr_expect_eq(answer.row_count, MANY);
    kit_answer_done(&answer);
    session_free(session);
    kit_free(kit);
}

/* ---- hostile bytes ---- */

Test(router_sessions, ends_with_the_first_bytes_that_are_no_frame)
{
    static const uint8_t bytes[] = {0xff, 0xff, 0xff, 0xff, 1, 2, 3};
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "mallory", 15);

    wire_buffer_add(session_in(session), bytes, sizeof bytes);
    session_run(session, &kit->now);
    cr_expect(session_is_over(session));
    session_free(session);
    kit_free(kit);
}

/* Every verb, with too few items, too many, and items of the wrong kind. */
Test(router_sessions, survives_frames_that_make_no_sense)
{
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "mallory", 15);
    struct wire_frame frame;
    unsigned verb;
    size_t count;
    size_t i;

    cr_assert_eq(kit_do(kit, session, "OPEN"), OK);
    for (verb = WIRE_AUTH; verb < WIRE_ROW; verb++) {
        for (count = 0; count < 48; count++) {
            wire_frame_init(&frame, (enum wire_verb)verb, 1);
            for (i = 0; i < count; i++) {
                if ((i + count) % 3 == 0)
                    wire_add_number(&frame, count * i);
                else if ((i + count) % 3 == 1)
                    wire_add_text(&frame, "x");
                else
                    wire_add(&frame, value_clear("x"));
            }
            cr_assert_eq(wire_encode(&frame, session_in(session)), OK);
            wire_frame_done(&frame);
            {
                struct kit_answer answer = kit_take(kit, session);

                cr_expect(
                    answer.is_answered, "verb %u, %zu items", verb, count);
                kit_answer_done(&answer);
            }
            (void)kit_do(kit, session, "AUTH 15");
        }
    }
    session_free(session);
    kit_free(kit);
}

Test(router_sessions, tells_errors_before_warnings_and_how_many_more_there_are)
{
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "alice", 15);
    struct kit_answer answer;
    char request[96];
    size_t i;

    cr_assert_eq(kit_do(kit, session, "OPEN"), OK);
    for (i = 0; i < 60; i++) { /* six errors and a warning each;
                                of those, 20 are told and the rest counted */
        (void)snprintf(
            request, sizeof request, "CREATE tunnel default t%zu", i);
        cr_assert_eq(kit_do(kit, session, request), OK);
        (void)snprintf(request, sizeof request,
            "SET tunnel signaling default t%zu manual", i);
        cr_assert_eq(kit_do(kit, session, request), OK);
        (void)snprintf(
            request, sizeof request, "SET tunnel pfs_group default t%zu 2", i);
        cr_assert_eq(kit_do(kit, session, request), OK);
    }
    answer = kit_ask(kit, session, "COMMIT");
    cr_expect_eq(answer.error, ERR_INVALID);
    cr_assert_eq(answer.diag.count, 202);
    for (i = 0; i < 201; i++)
        cr_expect_eq(answer.diag.entries[i].severity, DIAG_ERROR);
    cr_expect_str_eq(answer.diag.entries[200].sentence,
        "There are 160 more problems: correct these first.");
    cr_expect_str_eq(
        answer.diag.entries[201].sentence, "There are 21 more warnings.");
    kit_answer_done(&answer);
    session_free(session);
    kit_free(kit);
}
