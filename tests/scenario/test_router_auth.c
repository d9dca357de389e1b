/*
 * test_router_auth.c - levels with secrets: who is asked, who gets them, and
 * what guessing costs.
 */
#include <criterion/criterion.h>

#include "tests/support/kit.h"

#include <string.h>

TestSuite(router_auth, .timeout = 60);

enum { SECOND_US = 1000000 };

static const char asks[] = "has a secret";

/* alpha for level 10, omega for 15. */
static struct kit *
guarded(void)
{
    static const char *const lines[] = {
        "OPEN",
        "CREATE enable-secret 10",
        "SET enable-secret secret 10 !alpha",
        "CREATE enable-secret 15",
        "SET enable-secret secret 15 !omega",
        "COMMIT",
    };
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "root", 15);
    size_t i;

    for (i = 0; i < sizeof lines / sizeof lines[0]; i++)
        cr_assert_eq(kit_do(kit, session, lines[i]), OK, "%s", lines[i]);
    session_free(session);
    return kit;
}

/* At level 1. */
static struct session *
visitor(struct kit *kit, bool is_owner, const char *line)
{
    struct session_user who = {
        .name = "carol",
        .from = "test",
        .is_allowed = true,
        .is_owner = is_owner,
        .ceiling = 15,
    };
    struct session *session = session_new(kit->routers[0], &who, &kit->now);

    cr_assert_eq(kit_do(kit, session, "HELLO"), OK);
    cr_assert_eq(kit_do(kit, session, line), OK);
    return session;
}

static void
expect(struct kit *kit, struct session *session, const char *request,
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

Test(router_auth, gives_a_level_to_who_knows_its_secret)
{
    struct kit *kit = guarded();
    struct session *session = visitor(kit, false, "LINE 1 ");

    expect(kit, session, "AUTH 5", OK, "");
    expect(kit, session, "AUTH 10", ERR_AUTH, asks);
    expect(kit, session, "OPEN", ERR_DENIED, "privilege level 10");
    expect(kit, session, "AUTH 10 !omega", ERR_AUTH, "Bad passwords");
    expect(kit, session, "OPEN", ERR_DENIED, "privilege level 10");
    expect(kit, session, "AUTH 10 !alpha", OK, "");
    expect(kit, session, "OPEN", OK, "");
    expect(kit, session, "AUTH 15 !alpha", ERR_AUTH, "Bad passwords");
    expect(kit, session, "AUTH 15 !omega", OK, "");
    expect(kit, session, "AUTH 10", OK, "");
    session_free(session);
    kit_free(kit);
}

Test(router_auth, guards_a_level_without_a_secret_by_the_one_below)
{
    struct kit *kit = guarded();
    struct session *session = visitor(kit, false, "LINE 1 ");

    expect(kit, session, "AUTH 9", OK, "");
    expect(kit, session, "AUTH 12", ERR_AUTH, asks);
    expect(kit, session, "AUTH 12 !alpha", OK, "");
    expect(kit, session, "AUTH 14", OK, "");
    expect(kit, session, "AUTH 15", ERR_AUTH, asks);
    session_free(session);
    kit_free(kit);
}

Test(router_auth, asks_persons_and_others_but_no_script_of_the_owner)
{
    struct kit *kit = guarded();
    static const struct {
        bool is_owner;
        const char *line;
        enum err error;
    } rows[] = {
        {true,  "LINE 0 ",              OK      },
        {true,  "LINE 1 ",              ERR_AUTH},
        {false, "LINE 0 ",              ERR_AUTH},
        {false, "LINE 0 ssh 192.0.2.1", ERR_AUTH},
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct session *session = visitor(kit, rows[i].is_owner, rows[i].line);
        struct kit_answer answer = kit_ask(kit, session, "AUTH 15");

        cr_expect_eq(answer.error, rows[i].error, "%d %s", rows[i].is_owner,
            rows[i].line);
        kit_answer_done(&answer);
        session_free(session);
    }
    kit_free(kit);
}

Test(router_auth, does_not_raise_above_the_ceiling)
{
    struct kit *kit = guarded();
    struct session *session = kit_session(kit, 0, "dave", 1);

    expect(kit, session, "AUTH 15 !omega", ERR_DENIED, "1 at most");
    session_free(session);
    kit_free(kit);
}

Test(router_auth, answers_a_wrong_one_late_and_takes_three)
{
    struct kit *kit = guarded();
    struct session *session = visitor(kit, false, "LINE 1 ");
    uint64_t start = kit->now.monotonic_us;
    int i;

    for (i = 1; i <= 3; i++) {
        expect(kit, session, "AUTH 15 !guess", ERR_AUTH, "Bad passwords");
        cr_expect_geq(kit->now.monotonic_us - start,
            (uint64_t)i * 2 * SECOND_US, "after guess %d", i);
    }
    expect(kit, session, "AUTH 15 !omega", ERR_DENIED, "log in again");
    expect(kit, session, "EXEC show-version default", OK, "");
    session_free(session);
    kit_free(kit);
}

Test(router_auth, tries_one_at_a_time)
{
    enum { MANY = 20 };
    struct kit *kit = guarded();
    struct session *sessions[MANY];
    uint64_t start = kit->now.monotonic_us;
    size_t i;

    for (i = 0; i < MANY; i++)
        sessions[i] = visitor(kit, false, "LINE 1 ");
    for (i = 0; i < MANY; i++) {
        kit_send(sessions[i], "AUTH 10 !alpha");
        session_run(sessions[i], &kit->now);
    }
    for (i = 0; i < MANY; i++) {
        struct kit_answer answer = kit_take(kit, sessions[i]);

        cr_expect_eq(answer.error, OK);
        kit_answer_done(&answer);
    }
    cr_expect_geq(kit->now.monotonic_us - start, (MANY - 1) * SECOND_US / 5,
        "the router is busy a fifth of the time at most");
    for (i = 0; i < MANY; i++)
        session_free(sessions[i]);
    kit_free(kit);
}

Test(router_auth, looks_at_the_secret_in_force_when_it_is_the_turn)
{
    struct kit *kit = guarded();
    struct session *session = visitor(kit, false, "LINE 1 ");
    struct session *script = visitor(kit, true, "LINE 0 ");
    struct kit_answer answer;

    expect(kit, session, "AUTH 10 !alpha", OK, "");
    expect(kit, session, "AUTH 1", OK, "");
    kit_send(session, "AUTH 10 !new");
    session_run(session, &kit->now); /* it stands in line */
    expect(kit, script, "AUTH 15", OK, "");
    expect(kit, script, "OPEN", OK, "");
    expect(kit, script, "SET enable-secret secret 10 !new", OK, "");
    expect(kit, script, "COMMIT", OK, "");
    answer = kit_take(kit, session);
    cr_expect_eq(answer.error, OK);
    kit_answer_done(&answer);
    session_free(session);
    session_free(script);
    kit_free(kit);
}

Test(router_auth, keeps_the_hash_of_a_password_that_is_set_again)
{
    struct kit *kit = guarded();
    struct session *script = visitor(kit, true, "LINE 0 ");

    expect(kit, script, "AUTH 15", OK, "");
    expect(kit, script, "OPEN", OK, "");
    expect(kit, script, "SET enable-secret secret 10 !alpha", OK, "");
    kit_expect_rows(kit, script, "COMPARE", "");
    session_free(script);
    kit_free(kit);
}

Test(router_auth, takes_only_hashes_that_it_can_afford)
{
    static const struct {
        const char *typed;
        enum err error;
        const char *part;
    } rows[] = {
        {"$y$j9T$k2XAnEHBqQ1Ct2aMXFKNa/$abc", OK,          ""       },
        {"$y$jFT$k2XAnEHBqQ1Ct2aMXFKNa/$abc", ERR_INVALID, "$y$j9T$"},
        {"$6$salt$abc",                       ERR_INVALID, "$y$j9T$"},
        {"$e1$AAAA",                          ERR_INVALID, "$y$j9T$"},
        {"plain",                             ERR_INVALID, "$y$j9T$"},
    };
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "root", 15);
    size_t i;

    expect(kit, session, "OPEN", OK, "");
    expect(kit, session, "CREATE enable-secret 5", OK, "");
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str request;

        str_init(&request);
        str_printf(&request, "SET enable-secret secret 5 =%s", rows[i].typed);
        expect(kit, session, str_text(&request), rows[i].error, rows[i].part);
        str_done(&request);
    }
    session_free(session);
    kit_free(kit);
}
