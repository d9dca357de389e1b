/*
 * test_router_lines.c - lines: their numbers, their settings, and sessions
 * that nobody uses any more.
 */
#include <criterion/criterion.h>

#include "tests/support/kit.h"

#include <string.h>

TestSuite(router_lines, .timeout = 60);

enum { SECOND_US = 1000000 };

static struct kit *
configured(const char *const *lines, size_t count)
{
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "root", 15);
    size_t i;

    cr_assert_eq(kit_do(kit, session, "OPEN"), OK);
    for (i = 0; i < count; i++)
        cr_assert_eq(kit_do(kit, session, lines[i]), OK, "%s", lines[i]);
    cr_assert_eq(kit_do(kit, session, "COMMIT"), OK);
    session_free(session);
    return kit;
}

static const char *const timeouts[] = {
    "CREATE line vty 0",
    "SET line last vty 0 4",
    "SET line exec_timeout vty 0 1 -",
    "SET line length vty 0 40",
    "CREATE line console 0",
    "SET line exec_timeout console 0 0 30",
    "SET line width console 0 132",
    "CREATE banner motd",
    "SET banner text motd %hello%",
};

static struct kit *
with_timeouts(void)
{
    return configured(timeouts, sizeof timeouts / sizeof timeouts[0]);
}

/* Is the session closed now?  Its last words hold this. */
static bool
has_ended(struct kit *kit, struct session *session, const char *part)
{
    struct kit_answer answer;
    bool over;

    session_run(session, &kit->now);
    over = session_is_over(session);
    if (over) {
        answer = kit_take(kit, session);
        cr_expect(strstr(str_text(&answer.rows), part) != NULL, "%s",
            str_text(&answer.rows));
        kit_answer_done(&answer);
    }
    return over;
}

Test(router_lines, tell_a_session_what_is_set_for_it)
{
    static const struct {
        const char *line;
        const char *values;
        const char *why;
    } rows[] = {
        {"LINE 1 ",              "- 132 %hello%  ", "the console"         },
        {"LINE 1 ssh 192.0.2.1", "40 - %hello%  ",  "the first vty"       },
        {"LINE 0 ",              "- - %hello%  ",   "a script has no line"},
    };
    struct kit *kit = with_timeouts();
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct session *session = kit_session(kit, 0, "alice", 1);

        kit_expect_values(kit, session, rows[i].line, rows[i].values);
        session_free(session);
    }
    kit_free(kit);
}

Test(router_lines, believe_where_a_session_comes_from_and_say_who_told)
{
    struct kit *kit = kit_router(NULL);
    struct session *a = kit_session(kit, 0, "alice", 1);
    struct session *b = kit_session(kit, 0, "bob", 1);
    struct session *c = kit_session(kit, 0, "carol", 1);

    cr_assert_eq(kit_do(kit, a, "LINE 1 ssh 192.0.2.1"), OK);
    cr_assert_eq(kit_do(kit, b, "LINE 0 ssh 2001:db8::1"), OK);
    cr_assert_eq(kit_do(kit, c, "LINE 1 "), OK);
    kit_expect_rows(kit, c, "EXEC show-users default",
        "1 alice vty 0 ssh 192.0.2.1 (told by test) 1 0 1420452000 - -\n"
        "2 bob vty 1 ssh 2001:db8::1 (told by test) 1 0 1420452000 - -\n"
        "3 carol console 0 test 1 0 1420452000 1 -\n");
    session_free(a);
    a = kit_session(kit, 0, "alice", 1);
    cr_assert_eq(kit_do(kit, a, "LINE 0 ssh 192.0.2.9"), OK);
    kit_expect_rows(kit, c, "EXEC show-users default",
        "2 bob vty 1 ssh 2001:db8::1 (told by test) 1 0 1420452000 - -\n"
        "3 carol console 0 test 1 0 1420452000 1 -\n"
        "4 alice vty 0 ssh 192.0.2.9 (told by test) 1 0 1420452000 - -\n");
    session_free(a);
    session_free(b);
    session_free(c);
    kit_free(kit);
}

Test(router_lines, refuse_to_be_told_nonsense)
{
    static const char too_long[] =
        "LINE 1 ssh 2001:0db8:0000:0000:0000:0000:0000:0001%"
        "aninterfacewithalongname";
    static const char *const rows[] = {"LINE 2 ", "LINE 1 telnet 192.0.2.1",
        "LINE 1 ssh ", "LINE 1 ssh a b", "LINE 1 ssh \033[2J", too_long};
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "alice", 1);
    struct kit_answer answer;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        answer = kit_ask(kit, session, rows[i]);
        cr_expect_eq(answer.error, ERR_MALFORMED, "%s", rows[i]);
        kit_answer_done(&answer);
    }
    cr_expect_eq(kit_do(kit, session, "LINE 1 ssh 192.0.2.1"), OK);
    answer = kit_ask(kit, session, "LINE 0 ");
    cr_expect_eq(answer.error, ERR_MALFORMED, "it was said already");
    kit_answer_done(&answer);
    session_free(session);
    kit_free(kit);
}

Test(router_lines, close_a_session_that_asks_nothing)
{
    struct kit *kit = with_timeouts();
    struct session *vty = kit_session(kit, 0, "alice", 15);
    struct session *console = kit_session(kit, 0, "bob", 15);
    struct session *script = kit_session(kit, 0, "carol", 15);

    cr_assert_eq(kit_do(kit, vty, "LINE 0 ssh 192.0.2.1"), OK);
    cr_assert_eq(kit_do(kit, console, "LINE 1 "), OK);
    cr_assert_eq(kit_do(kit, script, "LINE 0 "), OK);
    cr_assert_eq(kit_do(kit, vty, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, vty, "CREATE virtual-router isp"), OK);
    kit_pass(kit, 29 * SECOND_US);
    cr_expect_not(has_ended(kit, console, ""));
    cr_expect_leq(session_due(console), kit->now.monotonic_us + 2 * SECOND_US);
    kit_pass(kit, 2 * SECOND_US);
    cr_expect(has_ended(kit, console, "is closed.\n"));
    cr_expect_not(has_ended(kit, vty, ""));
    cr_assert_eq(kit_do(kit, vty, "STATUS"), OK);
    kit_pass(kit, 59 * SECOND_US);
    cr_expect_not(has_ended(kit, vty, ""), "it was asked something meanwhile");
    kit_pass(kit, 2 * SECOND_US);
    cr_expect(has_ended(kit, vty, "1 uncommitted changed object is discarded"));
    cr_expect_not(has_ended(kit, script, ""), "a script has no timeout");
    cr_expect_eq(session_due(script), UINT64_MAX);
    session_free(vty);
    session_free(console);
    session_free(script);
    kit_free(kit);
}

Test(router_lines, keep_sessions_for_ever_without_a_timeout_or_with_0)
{
    static const char *const lines[] = {
        "CREATE line vty 0", "SET line exec_timeout vty 0 0 0"};
    struct kit *kit = configured(lines, 2);
    struct session *vty = kit_session(kit, 0, "alice", 1);
    struct session *console = kit_session(kit, 0, "bob", 1);

    cr_assert_eq(kit_do(kit, vty, "LINE 1 ssh 192.0.2.1"), OK);
    cr_assert_eq(kit_do(kit, console, "LINE 1 "), OK);
    cr_expect_eq(session_due(vty), UINT64_MAX);
    cr_expect_eq(session_due(console), UINT64_MAX);
    kit->now.monotonic_us += 86400 * (uint64_t)SECOND_US;
    cr_expect_not(has_ended(kit, vty, ""));
    cr_expect_not(has_ended(kit, console, ""));
    session_free(vty);
    session_free(console);
    kit_free(kit);
}

Test(router_lines, do_not_close_a_session_that_waits_for_an_answer)
{
    static const char *const lines[] = {
        "CREATE line console 0", "SET line exec_timeout console 0 0 1"};
    struct kit *kit = configured(lines, 2);
    struct session *session = kit_session(kit, 0, "alice", 15);
    struct kit_answer answer;

    cr_assert_eq(kit_do(kit, session, "LINE 1 "), OK);
    answer = kit_ask(kit, session, "EXEC ping default - 198.51.100.1 3 - -");
    cr_expect(answer.is_answered, "it took more than a second");
    cr_expect_eq(answer.error, OK);
    kit_answer_done(&answer);
    cr_expect_not(session_is_over(session));
    session_free(session);
    kit_free(kit);
}
