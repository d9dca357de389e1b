/*
 * test_router_addresses.c - an interface with several addresses, and one with
 * none of its own, from requests to packets.
 *
 * Two routers on a wire; boston has 198.51.100.1/24 beside 192.0.2.1/24, and
 * a point-to-point port 0/0 at ottawa borrows the address of its loopback.
 */
#include <criterion/criterion.h>

#include "tests/support/kit.h"

#include <string.h>

TestSuite(router_addresses, .timeout = 60);

static void
configure(struct kit *kit, struct session *session, const char *const *requests)
{
    for (; *requests != NULL; requests++)
        cr_assert_eq(kit_do(kit, session, *requests), OK, "%s", *requests);
}

static const char *const boston_lines[] = {"OPEN",
    "CREATE interface default fastEthernet 0/0",
    "SET interface ip default fastEthernet 0/0 192.0.2.1 255.255.255.0",
    "CREATE interface-address default fastEthernet 0/0 198.51.100.1 "
    "255.255.255.0",
    "COMMIT", NULL};

static const char *const ottawa_lines[] = {"OPEN",
    "CREATE interface default loopback 0",
    "SET interface ip default loopback 0 198.51.100.2 255.255.255.255",
    "CREATE interface default fastEthernet 0/0",
    "SET interface ip_unnumbered default fastEthernet 0/0 loopback 0",
    "CREATE route default 198.51.100.0 255.255.255.0 - fastEthernet 0/0 - -",
    "COMMIT", NULL};

static void
expect_ping(struct kit *kit, struct session *session, const char *to_and_from,
    const char *rows)
{
    struct str request;

    str_init(&request);
    str_printf(&request, "EXEC ping default - %s 64", to_and_from);
    kit_expect_rows(kit, session, str_text(&request), rows);
    str_done(&request);
}

Test(router_addresses, answers_at_a_secondary_address_an_unnumbered_peer)
{
    struct kit *kit = kit_two_sites(NULL);
    struct session *boston = kit_session(kit, BOSTON, "alice", 15);
    struct session *ottawa = kit_session(kit, OTTAWA, "bob", 15);

    configure(kit, boston, boston_lines);
    configure(kit, ottawa, ottawa_lines);
    /* the request comes from loopback 0's address: else no answer finds back */
    expect_ping(kit, ottawa, "198.51.100.1 1 -", "1 1 10000 -\n");
    expect_ping(kit, boston, "198.51.100.2 1 198.51.100.1", "1 1 10000 -\n");
    cr_assert_eq(kit_do(kit, boston,
                     "DELETE interface-address default fastEthernet 0/0 "
                     "198.51.100.1 255.255.255.0"),
        OK);
    cr_assert_eq(kit_do(kit, boston, "COMMIT"), OK);
    expect_ping(kit, ottawa, "198.51.100.1 1 -", "1 - - -\n");
    session_free(boston);
    session_free(ottawa);
    kit_free(kit);
}

Test(router_addresses, borrows_the_address_that_the_lender_has_now)
{
    struct kit *kit = kit_two_sites(NULL);
    struct session *boston = kit_session(kit, BOSTON, "alice", 15);
    struct session *ottawa = kit_session(kit, OTTAWA, "bob", 15);

    configure(kit, boston, boston_lines);
    configure(kit, ottawa, ottawa_lines);
    cr_assert_eq(kit_do(kit, ottawa,
                     "SET interface ip default loopback 0 198.51.100.7 "
                     "255.255.255.255"),
        OK);
    cr_assert_eq(kit_do(kit, ottawa, "COMMIT"), OK);
    expect_ping(kit, ottawa, "198.51.100.1 1 -", "1 1 10000 -\n");
    expect_ping(kit, boston, "198.51.100.2 1 198.51.100.1", "1 - - -\n");
    expect_ping(kit, boston, "198.51.100.7 1 198.51.100.1", "1 1 10000 -\n");
    session_free(boston);
    session_free(ottawa);
    kit_free(kit);
}

Test(router_addresses, shows_all_of_them_and_keeps_them_over_a_restart)
{
    static const char routes[] =
        "3221225984 4294967040 0 - fastEthernet0/0 0 1\n"
        "3325256704 4294967040 0 - fastEthernet0/0 0 1\n";
    char *folder = kit_mkdir();
    struct kit *kit = kit_two_sites(folder);
    struct session *boston = kit_session(kit, BOSTON, "alice", 15);
    struct kit_answer answer;

    configure(kit, boston, boston_lines);
    kit_expect_rows(kit, boston, "EXEC show-ip-route default -", routes);
    session_free(boston);
    kit_free(kit);
    kit = kit_two_sites(folder);
    boston = kit_session(kit, BOSTON, "alice", 15);
    kit_pass(kit, 10000);
    kit_expect_rows(kit, boston, "EXEC show-ip-route default -", routes);
    answer = kit_ask(
        kit, boston, "EXEC show-ip-interface default fastEthernet 0/0 -");
    cr_expect(strstr(str_text(&answer.rows),
                  " 198.51.100.1/255.255.255.0 - ") != NULL,
        "%s", str_text(&answer.rows));
    kit_answer_done(&answer);
    session_free(boston);
    kit_free(kit);
    kit_rmdir(folder);
}
