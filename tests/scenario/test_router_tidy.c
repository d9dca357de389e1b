/* test_router_tidy.c - a router prunes its history by itself. */
#include "tests/support/kit.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { COMMITS = 1005, DAYS = 91 };

static const uint64_t day_us = UINT64_C(86400) * 1000000;

static void
commit_many(struct kit *kit, struct session *session)
{
    char request[64];

    cr_assert_eq(kit_do(kit, session, "OPEN"), OK);
    for (unsigned i = 1; i <= COMMITS; i++) {
        (void)snprintf(request, sizeof request, "SET system hostname r%u", i);
        cr_assert_eq(kit_do(kit, session, request), OK);
        cr_assert_eq(kit_do(kit, session, "COMMIT"), OK);
    }
}

static void
expect_pruned(struct kit *kit, struct session *session, const char *request)
{
    struct kit_answer answer = kit_ask(kit, session, request);

    cr_expect_eq(answer.error, ERR_NOT_FOUND, "%s", request);
    cr_expect_not_null(
        strstr(kit_sentence(&answer), "the oldest that can be rebuilt is"),
        "%s: %s", request, kit_sentence(&answer));
    kit_answer_done(&answer);
}

Test(tidy, prunes_what_is_old_and_not_among_the_newest)
{
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, BOSTON, "root", 15);

    commit_many(kit, session);
    router_tidy(kit->routers[BOSTON], &kit->now);
    cr_expect_eq(kit_do(kit, session, "AT 1"), OK);
    kit->now.monotonic_us += DAYS * day_us;
    kit->now.wall_us += DAYS * day_us;
    router_tidy(kit->routers[BOSTON], &kit->now);
    expect_pruned(kit, session, "AT 4");
    expect_pruned(kit, session, "ROLLBACK 1 4");
    expect_pruned(kit, session, "BACK 1001");
    cr_expect_eq(kit_do(kit, session, "AT 5"), OK);
    cr_expect_eq(kit_do(kit, session, "ROLLBACK 0 1000"), OK);
    session_free(session);
    kit_free(kit);
}

Test(tidy, looks_once_a_minute)
{
    struct kit *kit = kit_router(NULL);
    struct session *session = kit_session(kit, BOSTON, "root", 15);
    struct instant later;

    commit_many(kit, session);
    router_tidy(kit->routers[BOSTON], &kit->now);
    later = kit->now;
    later.wall_us += DAYS * day_us;
    later.monotonic_us += 59 * UINT64_C(1000000);
    router_tidy(kit->routers[BOSTON], &later);
    cr_expect_eq(kit_do(kit, session, "AT 4"), OK);
    later.monotonic_us += UINT64_C(1000000);
    router_tidy(kit->routers[BOSTON], &later);
    expect_pruned(kit, session, "AT 4");
    session_free(session);
    kit_free(kit);
}
