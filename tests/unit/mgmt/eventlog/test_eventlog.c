/* test_eventlog.c - the ring of the last events. */
#include "eventlog/eventlog.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <string.h>

static unsigned told;

static void
tell(void *context, const struct eventlog_entry *entry, bool console)
{
    (void)context;
    (void)console;
    told += str_equal(entry->category, "stTunnel");
}

Test(eventlog, forgets_the_oldest_of_too_many, .init = cr_redirect_stderr)
{
    struct eventlog *log = eventlog_new();
    unsigned i;

    log_set_level(LOG_ERROR);
    for (i = 0; i < EVENTLOG_EVENTS_MAX + 2U; i++)
        log_event(LOG_NOTICE, "commit", "COUNTED", "%u", i);
    cr_expect_eq(eventlog_count(log), EVENTLOG_EVENTS_MAX);
    cr_expect_eq(eventlog_total(log), EVENTLOG_EVENTS_MAX + 2U);
    cr_expect_str_eq(eventlog_at(log, 0)->text, "2");
    cr_expect_str_eq(eventlog_at(log, EVENTLOG_EVENTS_MAX - 1)->text, "4097");
    eventlog_free(log);
}

Test(eventlog, calls_the_tunnel_manager_by_the_routers_word)
{
    struct eventlog *log = eventlog_new();

    log_set_level(LOG_ERROR);
    eventlog_listen(log, tell, NULL);
    log_event(LOG_NOTICE, "ipsec", "UP", "one");
    log_event(LOG_INFO, "ipsec", "UP", "not severe enough");
    cr_expect_eq(told, 1);
    eventlog_free(log);
    log_event(LOG_NOTICE, "ipsec", "UP", "nobody listens");
    cr_expect_eq(told, 1);
}

Test(eventlog, cuts_what_is_too_long)
{
    struct eventlog *log = eventlog_new();
    char text[600];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_set_level(LOG_ERROR);
    log_event(LOG_WARNING, "session", "LONG", "%s", text);
    cr_expect_eq(strlen(eventlog_at(log, 0)->text), 255);
    eventlog_free(log);
}
