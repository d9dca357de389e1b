/*
 * test_router_log.c - the event log of a router: what it remembers, and what
 * a syslog server is sent (a socket of this test, on the loopback).
 */
#include <criterion/criterion.h>

#include "tests/support/kit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(router_log, .timeout = 60);

static void
configure(struct kit *kit, struct session *session, const char *const *requests)
{
    for (; *requests != NULL; requests++)
        cr_assert_eq(kit_do(kit, session, *requests), OK, "%s", *requests);
}

/* What `show log data` has holds this; least: a severity, or "-". */
static bool
remembers(struct kit *kit, struct session *session, const char *least,
    const char *words)
{
    struct kit_answer answer;
    struct str request;
    bool found;

    str_init(&request);
    str_printf(&request, "EXEC show-log-data default %s", least);
    answer = kit_ask(kit, session, str_text(&request));
    cr_assert_eq(answer.error, OK);
    found = strstr(str_text(&answer.rows), words) != NULL;
    kit_answer_done(&answer);
    str_done(&request);
    return found;
}

Test(router_log, remembers_what_is_severe_enough_for_its_category)
{
    static const char *const quiet[] = {"OPEN", "CREATE log-severity commit",
        "SET log-severity severity commit "
        "error",
        "COMMIT", NULL};
    static const char *const later[] = {
        "SET system hostname two", "COMMIT", NULL};
    static const char *const loud[] = {"SET log-severity severity commit info",
        "COMMIT", "SET system hostname three", "COMMIT", NULL};
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "alice", 15);

    configure(kit, session, quiet);
    configure(kit, session, later);
    cr_expect_not(remembers(kit, session, "-", "generation 2 by alice"));
    configure(kit, session, loud);
    cr_expect(remembers(kit, session, "-", "generation 4 by alice"));
    cr_expect(remembers(kit, session, "-", " 5 commit COMMITTED "));
    cr_expect_not(remembers(kit, session, "error", "generation 4 by alice"));
    session_free(session);
    kit_free(kit);
}

/* A server on a port of its own, not waiting. */
static int
open_server(unsigned *out_port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *out_port = ntohs(address.sin_port);
    return fd;
}

Test(router_log, is_sent_to_syslog_servers_as_rfc_5424)
{
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "alice", 15);
    char message[512] = "";
    struct str request;
    unsigned port;
    int fd = open_server(&port);

    str_init(&request);
    str_printf(&request, "SET log-syslog port 127.0.0.1 %u", port);
    cr_assert_eq(kit_do(kit, session, "OPEN"), OK);
    cr_assert_eq(kit_do(kit, session, "CREATE log-syslog 127.0.0.1"), OK);
    cr_assert_eq(kit_do(kit, session, str_text(&request)), OK);
    cr_assert_eq(
        kit_do(kit, session, "SET log-syslog facility 127.0.0.1 local0"), OK);
    cr_assert_eq(kit_do(kit, session, "SET system hostname north"), OK);
    cr_assert_eq(kit_do(kit, session, "COMMIT"), OK);
    cr_assert_gt(recv(fd, message, sizeof message - 1, 0), 0);
    /* local0 is 16, notice 5 */
    cr_expect(strncmp(message, "<133>1 20", 9) == 0, "%s", message);
    cr_expect_not_null(
        strstr(message, " north ermined - COMMITTED - commit: generation 1 "
                        "by alice"),
        "%s", message);
    cr_assert_eq(kit_do(kit, session, "DELETE log-syslog 127.0.0.1"), OK);
    cr_assert_eq(kit_do(kit, session, "COMMIT"), OK);
    cr_expect_lt(recv(fd, message, sizeof message - 1, 0), 0);
    (void)close(fd);
    str_done(&request);
    session_free(session);
    kit_free(kit);
}

Test(router_log, shows_where_events_go)
{
    static const char *const lines[] = {"OPEN", "CREATE log-severity stTunnel",
        "SET log-severity severity stTunnel debug",
        "CREATE log-destination console",
        "SET log-destination severity console error",
        "CREATE log-syslog 192.0.2.9", "COMMIT", NULL};
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, 0, "alice", 15);
    struct kit_answer answer;

    configure(kit, session, lines);
    answer = kit_ask(kit, session, "EXEC show-log-configuration default");
    cr_expect_eq(answer.row_count, 4, "%s", str_text(&answer.rows));
    cr_expect(strstr(str_text(&answer.rows), "stTunnel 7 ") != NULL);
    cr_expect(strstr(str_text(&answer.rows), "to consoles 3 ") != NULL);
    cr_expect(
        strstr(str_text(&answer.rows), "all other categories 5 ") != NULL);
    kit_answer_done(&answer);
    session_free(session);
    kit_free(kit);
}
