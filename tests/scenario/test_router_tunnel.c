/*
 * test_router_tunnel.c - the story of the lab, from requests to packets.
 *
 *    10.1.0.0/16 - boston ===ESP=== ottawa - 10.2.0.0/16
 *                 192.0.2.1       192.0.2.2
 *
 * An operator configures a manual tunnel at both ends, commits, and pings
 * through it; later he changes his mind in ways that are refused.
 */
#include <criterion/criterion.h>

#include "tests/support/kit.h"

#include <string.h>

TestSuite(router_tunnel, .timeout = 60);

struct site {
    struct kit *kit;
    struct session *boston;
    struct session *ottawa;
};

static struct site
site_new(const char *boston_dir)
{
    struct site site = {.kit = kit_two_sites(boston_dir)};

    site.boston = kit_session(site.kit, BOSTON, "alice", 15);
    site.ottawa = kit_session(site.kit, OTTAWA, "bob", 15);
    return site;
}

static void
site_free(struct site *site)
{
    session_free(site->boston);
    session_free(site->ottawa);
    kit_free(site->kit);
}

/* Rows of `ping 10.2.0.1 5 source address 10.1.0.1` at boston, and the time
 * that it took. */
static void
ping(struct site *site, const char *expected)
{
    struct kit_answer answer = kit_ask(
        site->kit, site->boston, "EXEC ping default - 10.2.0.1 3 10.1.0.1 64");

    cr_assert_eq(answer.error, OK, "%s", kit_sentence(&answer));
    cr_expect_str_eq(str_text(&answer.rows), expected);
    kit_answer_done(&answer);
}

/* 5 ms each way; a turn of the kit is 1 ms. */
static const char three_answers[] = "1 1 10000 -\n2 1 10000 -\n3 1 10000 -\n";

Test(router_tunnel, carries_pings_once_both_ends_are_committed)
{
    struct site site = site_new(NULL);

    cr_assert_eq(kit_configure(site.kit, site.boston, BOSTON), OK);
    cr_assert_eq(kit_configure(site.kit, site.ottawa, OTTAWA), OK);
    ping(&site, three_answers);
    site_free(&site);
}

Test(router_tunnel, does_not_answer_before_the_other_end_is_committed)
{
    struct site site = site_new(NULL);

    cr_assert_eq(kit_configure(site.kit, site.boston, BOSTON), OK);
    ping(&site, "1 - - -\n2 - - -\n3 - - -\n");
    site_free(&site);
}

Test(router_tunnel, shows_its_state_and_counters_that_moved)
{
    struct site site = site_new(NULL);
    struct kit_answer answer;

    cr_assert_eq(kit_configure(site.kit, site.boston, BOSTON), OK);
    cr_assert_eq(kit_configure(site.kit, site.ottawa, OTTAWA), OK);
    ping(&site, three_answers);
    answer = kit_ask(
        site.kit, site.boston, "EXEC show-ipsec-tunnel default - - - - -");
    cr_expect_eq(answer.error, OK);
    cr_expect_str_eq(str_text(&answer.rows), "ottawa 0 1 default -\n");
    kit_answer_done(&answer);
    answer = kit_ask(site.kit, site.ottawa,
        "EXEC show-ipsec-tunnel-detail default - - - - -");
    cr_expect_eq(answer.error, OK);
    /* three requests in, three replies out, 20 + 8 + 64 bytes each */
    cr_expect(strstr(str_text(&answer.rows), " 3 276 ") != NULL, "%s",
        str_text(&answer.rows));
    kit_answer_done(&answer);
    site_free(&site);
}

Test(router_tunnel, never_shows_its_keys_in_clear)
{
    struct site site = site_new(NULL);
    struct kit_answer answer;

    cr_assert_eq(kit_configure(site.kit, site.boston, BOSTON), OK);
    answer = kit_ask(site.kit, site.boston, "RUNNING");
    cr_expect(strstr(str_text(&answer.rows), "7c21a0e5b3d4968f") == NULL);
    cr_expect(strstr(str_text(&answer.rows), "$e1$") != NULL);
    kit_answer_done(&answer);
    site_free(&site);
}

Test(router_tunnel, keeps_everything_where_a_commit_is_refused)
{
    static const char *const wrong[] = {
        "UNSET tunnel session_key_inbound default ottawa 1 1 1",
        "UNSET tunnel ip default ottawa 1 1",
        "UNSET tunnel source default ottawa 1 1",
    };
    struct site site = site_new(NULL);
    struct kit_answer before;
    struct kit_answer answer;
    size_t i;

    cr_assert_eq(kit_configure(site.kit, site.boston, BOSTON), OK);
    cr_assert_eq(kit_configure(site.kit, site.ottawa, OTTAWA), OK);
    before = kit_ask(site.kit, site.boston, "RUNNING");
    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_assert_eq(kit_do(site.kit, site.boston, wrong[i]), OK);
    answer = kit_ask(site.kit, site.boston, "COMMIT");
    cr_expect_eq(answer.error, ERR_INVALID);
    cr_expect_geq(answer.diag.count, 3, "all problems in one answer");
    kit_answer_done(&answer);
    answer = kit_ask(site.kit, site.boston, "RUNNING");
    cr_expect_str_eq(str_text(&answer.rows), str_text(&before.rows));
    kit_answer_done(&answer);
    kit_answer_done(&before);
    answer = kit_ask(site.kit, site.boston, "STATUS");
    cr_expect_str_eq(str_text(&answer.values), "1 1 1 1 boston",
        "the candidate is kept: %s", str_text(&answer.values));
    kit_answer_done(&answer);
    ping(&site, three_answers);
    site_free(&site);
}

Test(router_tunnel, passes_traffic_again_after_a_restart)
{
    char *folder = kit_mkdir();
    struct site site = site_new(folder);
    struct kit_answer before;
    struct kit_answer answer;

    cr_assert_eq(kit_configure(site.kit, site.boston, BOSTON), OK);
    ping(&site, "1 - - -\n2 - - -\n3 - - -\n");
    before = kit_ask(site.kit, site.boston, "RUNNING");
    site_free(&site);

    site = site_new(folder);
    cr_assert_eq(kit_configure(site.kit, site.ottawa, OTTAWA), OK);
    answer = kit_ask(site.kit, site.boston, "RUNNING");
    cr_expect_str_eq(str_text(&answer.rows), str_text(&before.rows));
    kit_answer_done(&answer);
    kit_answer_done(&before);
    ping(&site, three_answers);
    site_free(&site);
    kit_rmdir(folder);
}
