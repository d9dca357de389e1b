/*
 * test_router_mib.c - what SNMP is answered with: the rows, page by page, of
 * the two-site routers.
 *
 *    boston 192.0.2.1 ---- wire ---- 192.0.2.2 ottawa
 *    10.1.0.1        tunnel ottawa, manual        10.2.0.1
 */
#include "tests/support/kit.h"

#include "oper/oper.h"
#include "schema/schema.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(router_mib, .timeout = 60);

struct site {
    struct kit *kit;
    struct session *boston;
    struct session *ottawa;
};

static void
set_up(struct site *site)
{
    site->kit = kit_two_sites(NULL);
    site->boston = kit_session(site->kit, BOSTON, "alice", 15);
    site->ottawa = kit_session(site->kit, OTTAWA, "bob", 15);
    cr_assert_eq(kit_configure(site->kit, site->boston, BOSTON), OK);
    cr_assert_eq(kit_configure(site->kit, site->ottawa, OTTAWA), OK);
    kit_pass(site->kit, 1000000);
}

static void
tear_down(struct site *site)
{
    session_free(site->boston);
    session_free(site->ottawa);
    kit_free(site->kit);
}

static void
configure(struct kit *kit, struct session *session, const char *const *lines)
{
    for (; *lines != NULL; lines++)
        cr_assert_eq(kit_do(kit, session, *lines), OK, "%s", *lines);
}

Test(router_mib, knows_interfaces_and_what_is_on_them)
{
    struct site site;

    set_up(&site);
    kit_expect_rows(site.kit, site.boston, "EXEC mib-interface default - - -",
        "1 1 0 fastEthernet0/0 - 1500 100000000 100 1 1 - - 16777217 0 -\n"
        "2 1 1 loopback0 - 1500 0 0 1 - 167837697 4294901760 0 0 -\n"
        "3 1 3 ipsec:ottawa - 1440 0 0 1 - - - 16777219 0 -\n"
        "16777217 1 5 ip fastEthernet0/0 - 1500 100000000 100 1 - 3221225985 "
        "4294967040 0 1 -\n"
        "16777219 1 5 ip ipsec:ottawa - 1440 0 0 1 - 184483841 4294967292 0 3 "
        "-\n");
    kit_expect_rows(site.kit, site.boston, "EXEC mib-stack default - - -",
        "0 2 1\n0 16777217 1\n0 16777219 1\n1 0 1\n2 0 1\n3 0 1\n"
        "16777217 1 1\n16777219 3 1\n");
    kit_expect_rows(site.kit, site.boston, "EXEC mib-address default - - -",
        "167837697 1 2 4294901760\n184483841 1 16777219 4294967292\n"
        "3221225985 1 16777217 4294967040\n");
    kit_expect_rows(
        site.kit, site.boston, "EXEC mib-interface-summary default -", "5 0\n");
    tear_down(&site);
}

Test(router_mib, begins_a_page_after_any_place_of_an_index)
{
    /* clang-format off */
    static const struct {
        const char *request;
        const char *rows;
        const char *why;
    } cases[] = {
        {"mib-stack default =0 1 -", "0 2 1\n", "less than a whole index"},
        {"mib-stack default =0.2 1 -", "0 16777217 1\n", "from plain to IP"},
        {"mib-stack default =0.16777216 1 -", "0 16777217 1\n", "nothing there"},
        {"mib-stack default =0.16777219 1 -", "1 0 1\n", "to the next part"},
        {"mib-stack default =1 1 -", "1 0 1\n", "all that begin with 1"},
        {"mib-stack default =1.0 1 -", "2 0 1\n", "just one of them"},
        {"mib-stack default =3.4 1 -", "16777217 1 1\n", "to what is on others"},
        {"mib-stack default =16777217.0 1 -", "16777217 1 1\n", "below it"},
        {"mib-stack default =16777217.1 1 -", "16777219 3 1\n", "behind it"},
        {"mib-stack default =16777219.3 1 -", "", "the last"},
        {"mib-stack default =4294967295.4294967295 1 -", "", "beyond all"},
        {"mib-address default =10 1 -", "167837697 1 2 4294901760\n", "a part"},
        {"mib-address default =10.1.0.1 1 -",
         "184483841 1 16777219 4294967292\n", "a whole one"},
        {"mib-address default =10.1.0.999 1 -",
         "184483841 1 16777219 4294967292\n", "no byte"},
        {"mib-address default =255.255.255.255 1 -", "", "the last"},
        {"mib-transform-set default =5 1 -", "strong 9 - - - - -\n", "longer ones"},
        {"mib-transform-set default =6.115.116 1 -", "strong 9 - - - - -\n", "a part"},
        {"mib-transform-set default =7 1 -", "", "shorter ones come before"},
        {"mib-interface-state default 3 1 -", "16777217 1 0 0\n", "numbers"},
        {"mib-tunnel-cause default 2 - -", "3 1 - - -\n", "tunnels only"},
        {"mib-tunnel-cause default 3 - -", "", "the last"},
        {"mib-physical default 1 1 -",
         "1000 slot 0 1 1 0 slot 0 0.1.0 release-0.0 [BuildId 0.1.0] -\n", "slots"},
        {"mib-module default =0 - -",
         "0 1 packet engine, 1 port 1000 0.1.0 release-0.0 [BuildId 0.1.0]\n",
         "a part"},
        {"mib-module default =0.1 - -", "", "the last"},
    };
    /* clang-format on */
    struct site site;

    set_up(&site);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct kit_answer answer;
        struct str request;

        str_init(&request);
        str_printf(&request, "EXEC %s", cases[i].request);
        answer = kit_ask(site.kit, site.boston, str_text(&request));
        cr_expect_eq(answer.error, OK);
        cr_expect_str_eq(str_text(&answer.rows), cases[i].rows, "%s: %s",
            cases[i].request, cases[i].why);
        kit_answer_done(&answer);
        str_done(&request);
    }
    tear_down(&site);
}

/* ---- the same numbers ---- */

/* Numbers of the only row, from the `first` column on: its columns before may
 * hold blanks. */
static void
take_numbers(struct site *site, const char *request, size_t columns,
    size_t first, size_t count, uint64_t *out_numbers)
{
    struct kit_answer answer = kit_ask(site->kit, site->boston, request);
    const char *row = str_text(&answer.rows);
    const char *at = row + answer.rows.length - 1;

    cr_assert_eq(answer.row_count, 1);
    for (size_t i = first; i < columns; i++) {
        at--;
        while (at > row && at[-1] != ' ')
            at--;
    }
    for (size_t i = 0; i < count; i++) {
        char *end;

        out_numbers[i] = strtoull(at, &end, 10);
        cr_assert(end != at, "%s", row);
        at = end;
    }
    kit_answer_done(&answer);
}

/* Columns of `show ipsec tunnel detail` beside those of the rows. */
static const struct {
    unsigned detail;
    unsigned counters;
} pairs[] = {
    {COLUMN_IPSEC_TUNNEL_DETAIL_IN_USER_PACKETS,
     COLUMN_MIB_TUNNEL_COUNTERS_IN_USER_PACKETS    },
    {COLUMN_IPSEC_TUNNEL_DETAIL_IN_USER_OCTETS,
     COLUMN_MIB_TUNNEL_COUNTERS_IN_USER_OCTETS     },
    {COLUMN_IPSEC_TUNNEL_DETAIL_IN_ACC_PACKETS,
     COLUMN_MIB_TUNNEL_COUNTERS_IN_ACC_PACKETS     },
    {COLUMN_IPSEC_TUNNEL_DETAIL_IN_ACC_OCTETS,
     COLUMN_MIB_TUNNEL_COUNTERS_IN_ACC_OCTETS      },
    {COLUMN_IPSEC_TUNNEL_DETAIL_OUT_USER_PACKETS,
     COLUMN_MIB_TUNNEL_COUNTERS_OUT_USER_PACKETS   },
    {COLUMN_IPSEC_TUNNEL_DETAIL_OUT_USER_OCTETS,
     COLUMN_MIB_TUNNEL_COUNTERS_OUT_USER_OCTETS    },
    {COLUMN_IPSEC_TUNNEL_DETAIL_OUT_ACC_PACKETS,
     COLUMN_MIB_TUNNEL_COUNTERS_OUT_ACC_PACKETS    },
    {COLUMN_IPSEC_TUNNEL_DETAIL_OUT_ACC_OCTETS,
     COLUMN_MIB_TUNNEL_COUNTERS_OUT_ACC_OCTETS     },
    {COLUMN_IPSEC_TUNNEL_DETAIL_IN_AUTH_ERRORS,
     COLUMN_MIB_TUNNEL_COUNTERS_IN_AUTH_ERRORS     },
    {COLUMN_IPSEC_TUNNEL_DETAIL_IN_POLICY_ERRORS,
     COLUMN_MIB_TUNNEL_COUNTERS_IN_POLICY_ERRORS   },
    {COLUMN_IPSEC_TUNNEL_DETAIL_OUT_POLICY_ERRORS,
     COLUMN_MIB_TUNNEL_COUNTERS_OUT_POLICY_ERRORS  },
    {COLUMN_IPSEC_TUNNEL_DETAIL_OUT_OTHER_TX_ERRORS,
     COLUMN_MIB_TUNNEL_COUNTERS_OUT_OTHER_TX_ERRORS},
};

Test(router_mib, has_the_numbers_of_show_ipsec_tunnel_detail)
{
    uint64_t detail[COLUMNS_IPSEC_TUNNEL_DETAIL] = {0};
    uint64_t counters[COLUMNS_MIB_TUNNEL_COUNTERS];
    uint64_t faces[2][COLUMNS_MIB_INTERFACE_COUNTERS];
    const unsigned first = COLUMN_IPSEC_TUNNEL_DETAIL_IN_USER_PACKETS;
    struct site site;

    set_up(&site);
    kit_expect_rows(site.kit, site.boston,
        "EXEC ping default - 10.2.0.1 3 10.1.0.1 100",
        "1 1 10000 -\n2 1 10000 -\n3 1 10000 -\n");
    /* outside the identities: an error */
    (void)kit_do(site.kit, site.boston, "EXEC ping default - 10.255.0.2 1 - -");
    take_numbers(&site, "EXEC show-ipsec-tunnel-detail default - - - - -",
        COLUMNS_IPSEC_TUNNEL_DETAIL, first, COLUMNS_IPSEC_TUNNEL_DETAIL - first,
        detail + first);
    take_numbers(&site, "EXEC mib-tunnel-counters default - - -",
        COLUMNS_MIB_TUNNEL_COUNTERS, 0, COLUMNS_MIB_TUNNEL_COUNTERS, counters);
    take_numbers(&site, "EXEC mib-interface-counters default 2 1 -",
        COLUMNS_MIB_INTERFACE_COUNTERS, 0, COLUMNS_MIB_INTERFACE_COUNTERS,
        faces[0]);
    take_numbers(&site, "EXEC mib-interface-counters default 16777218 1 -",
        COLUMNS_MIB_INTERFACE_COUNTERS, 0, COLUMNS_MIB_INTERFACE_COUNTERS,
        faces[1]);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        cr_expect_eq(
            detail[pairs[i].detail], counters[pairs[i].counters], "%zu", i);
    }
    cr_expect_eq(counters[COLUMN_MIB_TUNNEL_COUNTERS_OUT_USER_PACKETS], 3);
    cr_expect_eq(counters[COLUMN_MIB_TUNNEL_COUNTERS_OUT_USER_OCTETS], 384);
    cr_expect_gt(counters[COLUMN_MIB_TUNNEL_COUNTERS_OUT_ACC_OCTETS], 384);
    cr_expect_eq(counters[COLUMN_MIB_TUNNEL_COUNTERS_OUT_POLICY_ERRORS], 1);
    /* on the way below, in clear above */
    cr_expect_eq(faces[0][COLUMN_MIB_INTERFACE_COUNTERS_OUT_OCTETS],
        counters[COLUMN_MIB_TUNNEL_COUNTERS_OUT_ACC_OCTETS]);
    cr_expect_eq(faces[1][COLUMN_MIB_INTERFACE_COUNTERS_OUT_OCTETS],
        counters[COLUMN_MIB_TUNNEL_COUNTERS_OUT_USER_OCTETS]);
    cr_expect_eq(faces[0][COLUMN_MIB_INTERFACE_COUNTERS_OUT_DISCARDS], 1);
    tear_down(&site);
}

/* ---- stamps ---- */

static uint64_t
stamp_of(struct kit *kit, struct session *session, const char *exec,
    uint64_t stamp, size_t *out_rows)
{
    struct kit_answer answer;
    struct str request;
    uint64_t given;

    str_init(&request);
    str_printf(
        &request, "EXEC %s default - - %llu", exec, (unsigned long long)stamp);
    answer = kit_ask(kit, session, str_text(&request));
    cr_assert_eq(answer.error, OK);
    given = strtoull(str_text(&answer.values), NULL, 10);
    *out_rows = answer.row_count;
    kit_answer_done(&answer);
    str_done(&request);
    return given;
}

Test(router_mib, says_nothing_where_nothing_changed)
{
    static const char *const execs[] = {"mib-tunnel", "mib-tunnel-state",
        "mib-tunnel-counters", "mib-tunnel-sa"};
    struct site site;
    uint64_t stamps[4];
    size_t rows;

    set_up(&site);
    for (size_t i = 0; i < 4; i++) {
        stamps[i] = stamp_of(site.kit, site.boston, execs[i], 0, &rows);
        cr_expect_eq(rows, 1, "%s", execs[i]);
        cr_expect_neq(stamps[i], 0);
        cr_expect_eq(
            stamp_of(site.kit, site.boston, execs[i], stamps[i], &rows),
            stamps[i]);
        cr_expect_eq(rows, 0, "%s", execs[i]);
    }
    kit_expect_rows(site.kit, site.boston,
        "EXEC ping default - 10.2.0.1 1 10.1.0.1 100", "1 1 10000 -\n");
    (void)stamp_of(site.kit, site.boston, execs[2], stamps[2], &rows);
    cr_expect_eq(rows, 1, "traffic");
    (void)stamp_of(site.kit, site.boston, execs[1], stamps[1], &rows);
    cr_expect_eq(rows, 0, "and the state is what it was");
    cr_assert_eq(
        kit_do(site.kit, site.boston, "SET tunnel mtu default ottawa 1400"),
        OK);
    cr_assert_eq(kit_do(site.kit, site.boston, "COMMIT"), OK);
    (void)stamp_of(site.kit, site.boston, execs[0], stamps[0], &rows);
    cr_expect_eq(rows, 1, "a commit");
    tear_down(&site);
}

/* Which tunnels are on a page is remembered, with their handles. */
Test(router_mib, tells_of_tunnels_that_came_and_went_since_the_last_page)
{
    static const char *const shut[] = {
        "OPEN", "SET tunnel shutdown default ottawa +", "COMMIT", NULL};
    static const char *const gone[] = {"OPEN", "DELETE tunnel default ottawa",
        "DELETE route default 10.2.0.0 255.255.0.0 - - - ottawa -", "COMMIT",
        NULL};
    static const char *const back[] = {"OPEN", "ROLLBACK 0 2", "COMMIT", NULL};
    static const char asked[] = "EXEC mib-tunnel-state default - - -";
    struct site site;

    set_up(&site);
    kit_expect_rows(site.kit, site.boston, asked,
        "3 1 0 0 - 1420452000 1420452000 - 0 - 1\n");
    configure(site.kit, site.boston, shut);
    kit_pass(site.kit, 1000000);
    kit_expect_rows(
        site.kit, site.boston, asked, "3 1 2 1 - 1420452001 - - 0 - 1\n");
    configure(site.kit, site.boston, gone);
    kit_expect_rows(site.kit, site.boston, asked, "");
    configure(site.kit, site.boston, back);
    kit_pass(site.kit, 1000000);
    kit_expect_rows(site.kit, site.boston, asked,
        "3 1 0 0 - 1420452002 1420452002 - 0 - 1\n");
    tear_down(&site);
}

/* ---- pages while interfaces come and go ---- */

enum { LOOPBACKS = 100, PAGE = 7 };

static bool seen[4 * LOOPBACKS];

/* The next page; the last number on it, 0: it is empty. */
static unsigned long
take_page(struct kit *kit, struct session *session, unsigned long after)
{
    struct kit_answer answer;
    const char *at;
    char request[80];
    unsigned long last = 0;

    (void)snprintf(request, sizeof request,
        "EXEC mib-interface-state default %lu %d -", after, PAGE);
    answer = kit_ask(kit, session, request);
    cr_assert_eq(answer.error, OK);
    for (at = str_text(&answer.rows); *at != '\0'; at = strchr(at, '\n') + 1) {
        unsigned long number = strtoul(at, NULL, 10);

        cr_assert_gt(number, after);
        cr_assert_gt(number, last);
        cr_assert_lt(number, sizeof seen);
        cr_assert(!seen[number], "%lu came twice", number);
        seen[number] = true;
        last = number;
    }
    cr_expect(answer.row_count == PAGE || last == 0 || answer.row_count > 0);
    kit_answer_done(&answer);
    return last;
}

static void
loopback(struct kit *kit, struct session *session, const char *verb, unsigned i)
{
    char request[80];

    (void)snprintf(
        request, sizeof request, "%s interface default loopback %u", verb, i);
    cr_assert_eq(kit_do(kit, session, request), OK);
}

/* Those that were there at first and are still. */
static void
expect_all_seen(struct kit *kit, struct session *session)
{
    struct kit_answer answer =
        kit_ask(kit, session, "EXEC mib-interface-state default - - -");
    size_t lasting = 0;

    for (const char *at = str_text(&answer.rows); *at != '\0';
         at = strchr(at, '\n') + 1) {
        unsigned long number = strtoul(at, NULL, 10);

        if (number > LOOPBACKS)
            continue;
        cr_expect(seen[number], "%lu was there all the time", number);
        lasting++;
    }
    cr_expect_geq(lasting, 3 * LOOPBACKS / 4);
    kit_answer_done(&answer);
}

/* What is there all the time comes once; what comes and goes, at most once. */
Test(router_mib, loses_no_row_between_pages_and_gives_none_twice)
{
    struct kit *kit = kit_router(NULL);
    struct session *alice = kit_session(kit, 0, "alice", 15);
    unsigned long last = 0;
    unsigned step = 0;

    cr_assert_eq(kit_do(kit, alice, "OPEN"), OK);
    for (unsigned i = 0; i < LOOPBACKS; i++)
        loopback(kit, alice, "CREATE", i);
    cr_assert_eq(kit_do(kit, alice, "COMMIT"), OK);
    for (;;) {
        unsigned long next = take_page(kit, alice, last);

        if (next == 0)
            break;
        last = next;
        /* one of the odd ones goes, behind the walk or ahead of it */
        if (step < LOOPBACKS / 4) {
            loopback(kit, alice, "DELETE",
                step % 2 == 0 ? 2 * step + 1 : 99 - 2 * step);
            loopback(kit, alice, "CREATE", LOOPBACKS + step);
            cr_assert_eq(kit_do(kit, alice, "COMMIT"), OK);
        }
        step++;
        cr_assert_lt(step, 1000U);
    }
    cr_expect_geq(step, LOOPBACKS / PAGE);
    expect_all_seen(kit, alice);
    session_free(alice);
    kit_free(kit);
}

/* ---- numbers last ---- */

Test(router_mib, keeps_numbers_over_a_restart_and_a_rollback)
{
    static const char *const first[] = {"OPEN",
        "CREATE interface default loopback 1",
        "CREATE interface default loopback 2", "CREATE virtual-router isp",
        "COMMIT", "DELETE interface default loopback 1",
        "CREATE interface default loopback 3", "COMMIT", NULL};
    static const char *const back[] = {"OPEN", "ROLLBACK 0 1", "COMMIT", NULL};
    char *folder = kit_mkdir();
    struct kit *kit = kit_router(folder);
    struct session *alice = kit_session(kit, 0, "alice", 15);

    configure(kit, alice, first);
    kit_expect_rows(kit, alice, "EXEC mib-interface-state default - - -",
        "2 1 0 0\n3 1 0 0\n");
    session_free(alice);
    kit_restart(kit, folder, 5);
    alice = kit_session(kit, 0, "alice", 15);
    configure(kit, alice, back);
    kit_expect_rows(kit, alice, "EXEC mib-stack default - - -",
        "0 1 1\n0 2 1\n1 0 1\n2 0 1\n");
    kit_expect_rows(kit, alice, "EXEC mib-router default - - -",
        "1 default router1\n2 isp router2\n");
    session_free(alice);
    kit_free(kit);
    kit_rmdir(folder);
}

Test(router_mib, says_which_virtual_router_a_row_is_of)
{
    static const char *const lines[] = {"CREATE virtual-router isp",
        "CREATE interface isp loopback 0",
        "SET interface ip isp loopback 0 10.1.0.1 255.255.255.255",
        "SET virtual-router local_endpoint isp 10.1.0.1",
        "CREATE preshared-key isp 192.0.2.9 -",
        "SET preshared-key key isp 192.0.2.9 - !sesame-open",
        "CREATE preshared-key default 192.0.2.9 -",
        "SET preshared-key key default 192.0.2.9 - !sesame-open",
        "CREATE preshared-key default - b.example",
        "SET preshared-key key default - b.example !sesame-open",
        "CREATE preshared-key default - aa.example",
        "SET preshared-key key default - aa.example !sesame-open", "COMMIT",
        NULL};
    struct site site;

    set_up(&site);
    configure(site.kit, site.boston, lines);
    kit_expect_rows(site.kit, site.boston, "EXEC mib-interface default 3 1 -",
        "4 2 1 loopback0 - 1500 0 0 1 - 167837697 4294967295 0 0 -\n");
    kit_expect_rows(site.kit, site.boston,
        "EXEC mib-local-endpoint default - - -", "2 167837697\n");
    /* keys by their peers, never themselves */
    kit_expect_rows(site.kit, site.boston, "EXEC mib-ike-key default - - -",
        "3221225993 1 1\n3221225993 2 1\n");
    kit_expect_rows(site.kit, site.boston,
        "EXEC mib-ike-key default =192.0.2.9.1 - -", "3221225993 2 1\n");
    kit_expect_rows(site.kit, site.boston,
        "EXEC mib-ike-name-key default - - -",
        "b.example 1 1\naa.example 1 1\n");
    /* of an address that two have, the first one's */
    kit_expect_rows(site.kit, site.boston, "EXEC mib-address default - 1 -",
        "167837697 1 2 4294901760\n");
    kit_expect_rows(
        site.kit, site.boston, "EXEC mib-router-summary default -", "2\n");
    tear_down(&site);
}

Test(router_mib, counts_tunnels_by_state)
{
    static const char *const down[] = {
        "SET tunnel shutdown default ottawa +", "COMMIT", NULL};
    struct site site;

    set_up(&site);
    kit_expect_rows(site.kit, site.boston, "EXEC mib-tunnel-summary default -",
        "1 1 0 1 0 0 0 0 1\n");
    configure(site.kit, site.boston, down);
    kit_expect_rows(site.kit, site.boston, "EXEC mib-tunnel-summary default -",
        "1 0 1 0 1 0 0 0 0\n");
    kit_pass(site.kit, 1000000);
    kit_expect_rows(site.kit, site.boston,
        "EXEC mib-interface-state default 2 1 -", "3 1 1 100\n");
    kit_expect_rows(site.kit, site.boston,
        "EXEC mib-tunnel-counters default - - -",
        "3 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 0 0\n");
    tear_down(&site);
}

/* ---- who may ask ---- */

Test(router_mib, is_for_those_who_may_look_at_tunnels)
{
    struct kit *kit = kit_router(NULL);
    struct session *nobody = kit_session(kit, 0, "nobody", 0);
    struct session *asker = kit_session(kit, 0, "operator", 1);
    struct kit_answer answer =
        kit_ask(kit, nobody, "EXEC mib-tunnel default - - -");

    cr_expect_eq(answer.error, ERR_DENIED);
    cr_expect_str_eq(kit_sentence(&answer),
        "This needs privilege level 1; the session is at level 0.");
    kit_answer_done(&answer);
    cr_expect_eq(kit_do(kit, asker, "EXEC mib-tunnel default - - -"), OK);
    session_free(nobody);
    session_free(asker);
    kit_free(kit);
}
