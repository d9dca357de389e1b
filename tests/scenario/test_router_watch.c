/*
 * test_router_watch.c - looking at packets, from requests to answers.
 *
 *    10.1.0.0/16 - boston ===ESP=== ottawa - 10.2.0.0/16
 *                 192.0.2.1       192.0.2.2
 */
#include <criterion/criterion.h>

#include "tests/support/kit.h"

#include <stdio.h>
#include <string.h>

TestSuite(router_watch, .timeout = 60);

struct site {
    struct kit *kit;
    struct session *boston;
};

static struct site
site_new(void)
{
    struct site site = {.kit = kit_two_sites(NULL)};
    struct session *ottawa = kit_session(site.kit, OTTAWA, "bob", 15);

    site.boston = kit_session(site.kit, BOSTON, "alice", 15);
    cr_assert_eq(kit_configure(site.kit, site.boston, BOSTON), OK);
    cr_assert_eq(kit_configure(site.kit, ottawa, OTTAWA), OK);
    session_free(ottawa);
    return site;
}

static void
site_free(struct site *site)
{
    session_free(site->boston);
    kit_free(site->kit);
}

/* The answer's rows hold each of these, in this order (NULL at the end). */
static void
expect_parts(struct site *site, const char *request, const char *const parts[])
{
    struct kit_answer answer = kit_ask(site->kit, site->boston, request);
    const char *at = str_text(&answer.rows);
    size_t i;

    cr_assert_eq(answer.error, OK, "%s: %s", request, kit_sentence(&answer));
    for (i = 0; parts[i] != NULL; i++) {
        at = strstr(at, parts[i]);
        cr_assert_neq(at, NULL, "%s: no `%s` in\n%s", request, parts[i],
            str_text(&answer.rows));
    }
    kit_answer_done(&answer);
}

static void
expect_refusal(struct site *site, const char *request, const char *sentence)
{
    struct kit_answer answer = kit_ask(site->kit, site->boston, request);

    cr_expect_neq(answer.error, OK, "%s", request);
    cr_expect_str_eq(kit_sentence(&answer), sentence);
    kit_answer_done(&answer);
}

Test(router_watch, explains_a_packet_without_sending_it)
{
    static const char *const way[] = {
        "The IP header is in order.",
        "The route leads out by ipsec:ottawa.",
        "ipsec:ottawa is up and takes it.",
        " makes ",
        "The route leads out by fastEthernet0/0.",
        "It leaves by fastEthernet0/0",
        NULL,
    };
    static const char *const dropped[] = {
        " no-route No route leads to the destination.", NULL};
    static const char *const nothing[] = {
        "0 received 0 ", "0 encapsulation 0 ", "2 no-route 0 ", NULL};
    struct site site = site_new();

    expect_parts(&site,
        "EXEC explain-packet default 10.1.0.2 10.2.0.2 udp - - - - - - - -",
        way);
    expect_parts(&site,
        "EXEC explain-packet default 10.1.0.2 203.0.113.9 tcp 80 - - - - - - -",
        dropped);
    expect_parts(&site, "EXEC show-ip-traffic default", nothing);
    site_free(&site);
}

Test(router_watch, says_what_is_wrong_with_a_question)
{
    struct site site = site_new();

    expect_refusal(&site,
        "EXEC explain-packet default 10.1.0.2 10.2.0.2 udp - - - - - nowhere - -",
        "There is no virtual router nowhere; `show virtual-router` lists "
        "them.");
    expect_refusal(&site,
        "EXEC explain-packet default 10.1.0.2 10.2.0.2 udp - - - - - - "
        "loopback 77",
        "There is no interface loopback 77 in virtual router default; `show "
        "ip interface` lists them.");
    expect_refusal(&site,
        "EXEC explain-packet default - 10.2.0.2 udp - - - - - - - -",
        "The request is not of the form that this ermined knows: use the "
        "ermine of the same release.");
    expect_refusal(&site, "EXEC trace-packet default - - - nowhere - -",
        "There is no tunnel nowhere; `show ipsec tunnel` lists them.");
    expect_refusal(&site, "EXEC capture default - - - - file.pcapng - - -",
        "This router keeps nothing on disk: start it with --state-dir.");
    site_free(&site);
}

/* The explanation is with the packet engine when the session ends; it is
 * freed when it comes back, or with the router. */
Test(router_watch, who_asks_may_leave)
{
    struct site site = site_new();
    struct session *gone = kit_session(site.kit, BOSTON, "carol", 15);
    struct session *last = kit_session(site.kit, BOSTON, "dave", 15);

    kit_send(gone,
        "EXEC explain-packet default 10.1.0.2 10.2.0.2 udp - - - - - - - -");
    session_run(gone, &site.kit->now);
    session_free(gone);
    kit_pass(site.kit, 10000);
    kit_send(last,
        "EXEC explain-packet default 10.1.0.2 10.2.0.2 udp - - - - - - - -");
    session_run(last, &site.kit->now);
    session_free(last);
    site_free(&site);
}

Test(router_watch, traces_what_goes_through_a_tunnel)
{
    static const char *const seen[] = {
        "1 0 1 default ", /* route */
        " 1 128 ipsec:ottawa ",
        " of ipsec:ottawa makes ",
        "1 0 10 default ", /* output */
        " 50 ",
        "2 0 0 default ", /* input */
        " of ipsec:ottawa opens it: 128 bytes",
        "2 0 6 default ", /* echo */
        "3 0 1 default ",
        NULL,
    };
    struct site site = site_new();

    kit_expect_values(site.kit, site.boston,
        "EXEC trace-packet default - - - ottawa - 3",
        "Tracing; `show packet-trace` says what was seen.");
    cr_assert_eq(kit_do(site.kit, site.boston,
                     "EXEC ping default - 10.2.0.1 3 10.1.0.1 -"),
        OK);
    expect_parts(&site, "EXEC show-packet-trace default", seen);
    kit_expect_values(site.kit, site.boston, "EXEC clear-packet-trace default",
        "What was traced is forgotten.");
    kit_expect_rows(
        site.kit, site.boston, "EXEC show-packet-trace default", "");
    site_free(&site);
}

Test(router_watch, a_trace_ends_after_a_minute)
{
    struct site site = site_new();

    cr_assert_eq(kit_do(site.kit, site.boston,
                     "EXEC trace-packet default - - - - - 100"),
        OK);
    kit_seconds(site.kit, 61);
    cr_assert_eq(kit_do(site.kit, site.boston,
                     "EXEC ping default - 10.2.0.1 1 10.1.0.1 -"),
        OK);
    kit_expect_rows(
        site.kit, site.boston, "EXEC show-packet-trace default", "");
    site_free(&site);
}

Test(router_watch, a_filter_finds_a_packet_by_any_of_its_headers)
{
    static const struct {
        const char *arguments;
        const char *first; /* of the rows, "" if there are none */
        const char *why;
    } rows[] = {
        {"10.1.0.1 - - - - -",   "1 0 1 ", "the source inside"     },
        {"- 192.0.2.2 - - - -",  "1 0 1 ", "the peer outside"      },
        {"- - esp - - 1",        "1 0 1 ", "protected later"       },
        {"- - udp - - -",        "",       "nobody sends UDP"      },
        {"10.2.0.1 - esp - - -", "",       "not in the same header"},
    };
    struct site site = site_new();
    struct kit_answer answer;
    char request[128];
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)snprintf(request, sizeof(request), "EXEC trace-packet default %s",
            rows[i].arguments);
        cr_assert_eq(kit_do(site.kit, site.boston, request), OK);
        cr_assert_eq(kit_do(site.kit, site.boston,
                         "EXEC ping default - 10.2.0.1 1 10.1.0.1 -"),
            OK);
        answer =
            kit_ask(site.kit, site.boston, "EXEC show-packet-trace default");
        cr_expect(str_has_prefix(str_text(&answer.rows), rows[i].first) &&
                      (rows[i].first[0] != '\0') ==
                          (str_text(&answer.rows)[0] != '\0'),
            "%s: %s", rows[i].why, str_text(&answer.rows));
        kit_answer_done(&answer);
    }
    site_free(&site);
}
