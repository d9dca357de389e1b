/*
 * test_fetch.c - requests to a server in the same loop: what comes back, what
 * is sent, and every bound.
 */
#include "fetch/fetch.h"

#include "base/diag.h"
#include "base/secret.h"
#include "event/event.h"
#include "tests/support/http_server.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GIVE_UP_US = 20000000, BIG = 100000 };

static struct loop *loop;
static struct fetcher *fetcher;
static struct http_server *server;
static struct timer *alarm_timer;
static struct str heads; /* of all requests */
static struct str bodies;
static unsigned redirects;

/* What a call was told. */
struct outcome {
    unsigned calls;
    struct fetch_result result;
    char bytes[64];
};

static unsigned waiting; /* calls that are still to come */

static void
on_end(void *context, const struct fetch_result *result)
{
    struct outcome *outcome = context;

    outcome->calls++;
    outcome->result = *result;
    if (result->bytes != NULL && result->length < sizeof outcome->bytes)
        memcpy(outcome->bytes, result->bytes, result->length);
    if (--waiting == 0)
        loop_stop(loop);
}

static void
redirect(struct str *out, const char *where)
{
    str_printf(out,
        "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
        where);
}

static void
answer(void *context, const char *head, const struct str *body, struct str *out)
{
    char *big;

    (void)context;
    str_add(&heads, head);
    str_add_n(&bodies, str_text(body), body->length);
    if (strstr(head, "/hello") != NULL) {
        str_add(out, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                     "Content-Length: 5\r\n\r\nhello");
    } else if (strstr(head, "/big") != NULL) {
        big = calloc(1, BIG);
        http_reply(out, big, BIG);
        free(big);
    } else if (strstr(head, "/endless") != NULL) {
        str_add(out, "HTTP/1.1 200 OK\r\n\r\n");
        for (int i = 0; i < BIG; i++)
            str_add_char(out, 'x');
    } else if (strstr(head, "/busy") != NULL) {
        str_add(out, "HTTP/1.1 503 Busy\r\nRetry-After: 77\r\n"
                     "Content-Length: 0\r\n\r\n");
    } else if (strstr(head, "/once") != NULL) {
        redirect(out, "/hello");
    } else if (strstr(head, "/round") != NULL) {
        redirects++;
        redirect(out, "/round");
    } else if (strstr(head, "/file") != NULL) {
        redirect(out, "file:///etc/hostname");
    } else if (strstr(head, "/garbage") != NULL) {
        str_add(out, "no HTTP at all\r\n\r\n");
    }
}

static void
on_alarm(void *context)
{
    (void)context;
    loop_stop(loop);
}

static void
set_up(void)
{
    loop = loop_new();
    fetcher = fetcher_new(loop);
    server = http_server_new(loop, answer, NULL);
    alarm_timer = timer_new(loop, on_alarm, NULL);
    timer_start(alarm_timer, GIVE_UP_US);
    str_init(&heads);
    str_init(&bodies);
    (void)setenv("http_proxy", "http://127.0.0.1:1/", 1);
}

static void
tear_down(void)
{
    fetcher_free(fetcher);
    http_server_free(server);
    timer_free(alarm_timer);
    loop_free(loop);
    str_done(&heads);
    str_done(&bodies);
}

static struct fetch_request
to(const char *path, char *url)
{
    (void)snprintf(url, FETCH_URL_MAX, "http://127.0.0.1:%" PRIu16 "%s",
        http_server_port(server), path);
    return (struct fetch_request){
        .url = url, .size_max = 50000, .time_max_s = 10};
}

static void
run(const struct fetch_request *request, struct outcome *outcome)
{
    struct fetch *fetch;

    *outcome = (struct outcome){0};
    waiting = 1;
    cr_assert_eq(
        fetch_start(fetcher, request, on_end, outcome, NULL, &fetch), OK);
    loop_run(loop);
    cr_assert_eq(outcome->calls, 1);
}

Test(fetch, gets_what_is_there, .init = set_up, .fini = tear_down)
{
    char url[FETCH_URL_MAX];
    struct fetch_request request = to("/hello", url);
    struct outcome outcome;

    run(&request, &outcome);
    cr_expect_eq(outcome.result.error, OK);
    cr_expect_eq(outcome.result.length, 5);
    cr_expect_str_eq(outcome.bytes, "hello");
    cr_expect_str_eq(outcome.result.type, "text/plain");
    cr_expect_not_null(strstr(str_text(&heads), "GET /hello"));
    cr_expect_null(strcasestr(str_text(&heads), "authorization"));
}

Test(fetch, posts_a_body_with_its_type, .init = set_up, .fini = tear_down)
{
    char url[FETCH_URL_MAX];
    struct fetch_request request = to("/hello", url);
    struct outcome outcome;

    request.body = (const uint8_t *)"abc";
    request.body_length = 3;
    request.body_type = "application/pkcs10";
    request.encoding = "base64";
    run(&request, &outcome);
    cr_expect_eq(outcome.result.error, OK);
    cr_expect_str_eq(str_text(&bodies), "abc");
    cr_expect_not_null(strstr(str_text(&heads), "POST /hello"));
    cr_expect_not_null(
        strstr(str_text(&heads), "Content-Type: application/pkcs10\r\n"));
    cr_expect_not_null(
        strstr(str_text(&heads), "Content-Transfer-Encoding: base64\r\n"));
    cr_expect_null(strcasestr(str_text(&heads), "expect:"));
}

Test(fetch, ends_with_a_reason_and_within_its_bounds, .init = set_up,
    .fini = tear_down)
{
    static const struct {
        const char *path;
        enum err error;
        unsigned status;
        const char *text;
        const char *why;
    } rows[] = {
        {"/big",     ERR_EXHAUSTED, 200, "longer than 50000 bytes",
         "it says its length"                                                                   },
        {"/endless", ERR_EXHAUSTED, 200, "longer than 50000 bytes",
         "it does not say its length"                                                           },
        {"/busy",    ERR_IO,        503, "status 503",              "another time"              },
        {"/round",   ERR_IO,        302, "redirects",               "it leads round and round"  },
        {"/file",    ERR_IO,        302, "file",                    "it leads to a file of ours"},
        {"/garbage", ERR_IO,        0,   "HTTP/0.9",                "it speaks no HTTP"         },
    };
    char url[FETCH_URL_MAX];
    struct outcome outcome;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct fetch_request request = to(rows[i].path, url);

        run(&request, &outcome);
        cr_expect_eq(outcome.result.error, rows[i].error, "%s: %s", rows[i].why,
            err_name(outcome.result.error));
        cr_expect_eq(outcome.result.status, rows[i].status, "%s: %u",
            rows[i].why, outcome.result.status);
        cr_expect_not_null(strstr(outcome.result.text, rows[i].text), "%s: %s",
            rows[i].why, outcome.result.text);
        cr_expect_null(outcome.result.bytes, "%s", rows[i].why);
    }
    cr_expect_eq(redirects, FETCH_REDIRECTS_MAX + 1);
}

Test(fetch, follows_a_redirection_but_not_with_a_body, .init = set_up,
    .fini = tear_down)
{
    char url[FETCH_URL_MAX];
    struct fetch_request request = to("/once", url);
    struct outcome outcome;

    run(&request, &outcome);
    cr_expect_str_eq(outcome.bytes, "hello");
    request.body = (const uint8_t *)"abc";
    request.body_length = 3;
    request.body_type = "text/plain";
    run(&request, &outcome);
    cr_expect_eq(outcome.result.status, 302);
}

Test(fetch, says_when_to_come_again, .init = set_up, .fini = tear_down)
{
    char url[FETCH_URL_MAX];
    const struct fetch_request request = to("/busy", url);
    struct outcome outcome;

    run(&request, &outcome);
    cr_expect_eq(outcome.result.retry_after_s, 77);
}

Test(fetch, gives_up_on_a_silent_server, .init = set_up, .fini = tear_down)
{
    char url[FETCH_URL_MAX];
    struct fetch_request request = to("/silent", url);
    struct outcome outcome;

    request.time_max_s = 1;
    run(&request, &outcome);
    cr_expect_eq(outcome.result.error, ERR_IO);
    cr_expect_not_null(
        strstr(outcome.result.text, "timed out"), "%s", outcome.result.text);
}

Test(fetch, four_at_once_and_the_fifth_comes_again, .init = set_up,
    .fini = tear_down)
{
    char url[FETCH_URL_MAX];
    const struct fetch_request request = to("/hello", url);
    struct outcome outcomes[FETCH_AT_ONCE_MAX] = {0};
    struct fetch *fetch;

    for (unsigned i = 0; i < FETCH_AT_ONCE_MAX; i++) {
        cr_assert_eq(
            fetch_start(fetcher, &request, on_end, &outcomes[i], NULL, &fetch),
            OK);
    }
    cr_expect_eq(
        fetch_start(fetcher, &request, on_end, &outcomes[0], NULL, &fetch),
        ERR_EXHAUSTED);
    waiting = FETCH_AT_ONCE_MAX;
    loop_run(loop);
    for (unsigned i = 0; i < FETCH_AT_ONCE_MAX; i++)
        cr_expect_str_eq(outcomes[i].bytes, "hello");
    cr_expect_eq(
        fetch_start(fetcher, &request, on_end, &outcomes[0], NULL, &fetch), OK);
    fetch_cancel(fetch);
}

Test(fetch, uses_the_proxy_that_it_is_given, .init = set_up, .fini = tear_down)
{
    char url[FETCH_URL_MAX];
    struct fetch_request request = to("", url);
    struct outcome outcome;

    request.proxy = url;
    request.url = "http://ca.example.invalid/hello";
    run(&request, &outcome);
    cr_expect_str_eq(outcome.bytes, "hello");
    cr_expect_not_null(strstr(
        str_text(&heads), "GET http://ca.example.invalid/hello HTTP/1.1"));
}

Test(fetch, a_cancelled_request_is_not_heard_of, .init = set_up,
    .fini = tear_down)
{
    char url[FETCH_URL_MAX];
    const struct fetch_request request = to("/hello", url);
    struct outcome cancelled = {0};
    struct outcome outcome = {0};
    struct fetch *fetch;

    cr_assert_eq(
        fetch_start(fetcher, &request, on_end, &cancelled, NULL, &fetch), OK);
    fetch_cancel(fetch);
    run(&request, &outcome);
    cr_expect_eq(cancelled.calls, 0);
}

Test(fetch, refuses_what_must_not_be_asked, .init = set_up, .fini = tear_down)
{
    static const struct {
        const char *url;
        enum fetch_trust trust;
        bool has_password;
        const char *problem;
    } rows[] = {
        {"ftp://x/",             FETCH_TRUST_SYSTEM,  false, "begins with"     },
        {"file:///etc/passwd",   FETCH_TRUST_SYSTEM,  false, "begins with"     },
        {"",                     FETCH_TRUST_SYSTEM,  false, "begins with"     },
        {"http:///x",            FETCH_TRUST_SYSTEM,  false, "no host"         },
        {"http://:80/x",         FETCH_TRUST_SYSTEM,  false, "no host"         },
        {"http://a:b@x/",        FETCH_TRUST_SYSTEM,  false, "user or password"},
        {"http://x/\r\nHost: y", FETCH_TRUST_SYSTEM,  false, "no blanks"       },
        {"http://x/",            FETCH_TRUST_SYSTEM,  true,  "`https://` only" },
        {"https://x/",           FETCH_TRUST_ANYBODY, true,  "known only"      },
    };
    struct secret password = {0};
    struct fetch *fetch = NULL;
    struct diag diag;

    cr_assert_eq(secret_set(&password, "x", 1), OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct fetch_request request = {
            .url = rows[i].url,
            .trust = rows[i].trust,
            .user = rows[i].has_password ? "u" : NULL,
            .password = rows[i].has_password ? &password : NULL,
            .size_max = 1,
            .time_max_s = 1,
        };

        diag_init(&diag);
        cr_expect_eq(
            fetch_start(fetcher, &request, on_end, NULL, &diag, &fetch),
            ERR_INVALID, "%s", rows[i].url);
        cr_expect(diag.count == 1 &&
                      strstr(diag.entries[0].sentence, rows[i].problem) != NULL,
            "%s", rows[i].url);
        diag_done(&diag);
    }
    secret_done(&password);
}
