/*
 * test_router_diagnosis.c - two routers, one of them wrong: what `test ipsec
 * tunnel` and `show ipsec tunnel why` find out at boston.
 *
 *    10.1.0.1 [ boston ] 192.0.2.1 ---5 ms--- 192.0.2.2 [ ottawa ] 10.2.0.1
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/kit.h"

TestSuite(router_diagnosis, .timeout = 120);

static struct kit *kit;
static struct session *operators[KIT_ROUTERS];

static void
set_up(void)
{
    kit = kit_two_sites(NULL);
    for (size_t i = 0; i < KIT_ROUTERS; i++)
        operators[i] = kit_session(kit, i, "alice", 15);
}

static void
tear_down(void)
{
    for (size_t i = 0; i < KIT_ROUTERS; i++)
        kit_leave(kit, operators[i]);
    kit_free(kit);
}

static void
type(size_t site, const char *const *lines)
{
    for (; *lines != NULL; lines++)
        cr_assert_eq(kit_do(kit, operators[site], *lines), OK, "%s", *lines);
}

/* Both ends alike; signaled. */
static const char *const common[KIT_ROUTERS][20] = {
    {"OPEN", "CREATE transform-set strong",
     "SET transform-set transforms strong esp-aes128-hmac-sha", "CREATE ike-policy-rule 1", "CREATE interface default loopback 0",
     "SET interface ip default loopback 0 10.1.0.1 255.255.0.0", "CREATE interface default fastEthernet 0/0",
     "SET interface ip default fastEthernet 0/0 192.0.2.1 255.255.255.0", "CREATE tunnel default peer",
     "SET tunnel source default peer 192.0.2.1 -", "SET tunnel destination default peer 192.0.2.2 -",
     "SET tunnel transform_set default peer strong", "SET tunnel ip default peer 10.255.0.1 255.255.255.252",
     "CREATE route default 10.2.0.0 255.255.0.0 - - - peer -", "CREATE preshared-key default 192.0.2.2 -",
     "SET preshared-key key default 192.0.2.2 - !same", NULL},
    {"OPEN", "CREATE transform-set strong",
     "SET transform-set transforms strong esp-aes128-hmac-sha", "CREATE ike-policy-rule 1", "CREATE interface default loopback 0",
     "SET interface ip default loopback 0 10.2.0.1 255.255.0.0", "CREATE interface default fastEthernet 0/0",
     "SET interface ip default fastEthernet 0/0 192.0.2.2 255.255.255.0", "CREATE tunnel default peer",
     "SET tunnel source default peer 192.0.2.2 -", "SET tunnel destination default peer 192.0.2.1 -",
     "SET tunnel transform_set default peer strong", "SET tunnel ip default peer 10.255.0.2 255.255.255.252",
     "CREATE route default 10.1.0.0 255.255.0.0 - - - peer -", "CREATE preshared-key default 192.0.2.1 -",
     "SET preshared-key key default 192.0.2.1 - !same", NULL},
};

/* extra: what is wrong, before the commit; NULL: nothing. */
static void
configure(size_t site, const char *const *extra)
{
    type(site, common[site]);
    if (extra != NULL)
        type(site, extra);
    cr_assert_eq(kit_do(kit, operators[site], "COMMIT"), OK);
}

/* A row of the answer holds this.  A test may be silent for longer than an
 * answer is waited for: it is waited for again. */
static void
expect_in(const char *request, const char *part)
{
    struct kit_answer answer;
    bool is_answered = false;
    bool is_there = false;

    kit_send(operators[BOSTON], request);
    for (int i = 0; i < 10 && !is_answered; i++) {
        answer = kit_take(kit, operators[BOSTON]);
        is_answered = answer.is_answered;
        is_there |= strstr(str_text(&answer.rows), part) != NULL;
        cr_expect_eq(answer.error, OK, "%s", kit_sentence(&answer));
        if (is_answered && !is_there)
            fputs(str_text(&answer.rows), stderr);
        kit_answer_done(&answer);
    }
    cr_expect(is_answered);
    cr_expect(is_there, "%s: no %s", request, part);
}

static void
begin(struct session *session, const char *request)
{
    kit_send(session, request);
    session_run(session, &kit->now);
    kit_pass(kit, 100000);
    session_run(session, &kit->now);
}

#define TEST "EXEC test-ipsec-tunnel default peer 10.2.0.1"
#define WHY  "EXEC show-ipsec-tunnel-why default peer"

static const struct {
    const char *wrong[4]; /* typed at ottawa               */
    const char *verdict;  /* the row's cause, and that it is sure */
    const char *words;    /* somewhere in the course       */
} faults[] = {
    {{NULL},                                                               "in-order 1 ",       "is in order"                 },
    {{"SET transform-set transforms strong esp-aes256-hmac-sha256", NULL},
     "transform 1 ",                                                                            "takes esp-aes256-hmac-sha256"},
    {{"SET ike-policy-rule encryption 1 aes256", NULL},
     "proposal-encryption 1 ",                                                                  "takes aes256"                },
    {{"SET ike-policy-rule hash 1 sha256", NULL},                          "proposal-hash 1 ",
     "takes sha256"                                                                                                           },
    {{"SET ike-policy-rule dh_group 1 14", NULL},                          "proposal-group 1 ",
     "takes group 14"                                                                                                         },
    {{"SET tunnel pfs_group default peer 5", NULL},                        "pfs 1 ",
     "forward secrecy (group 5)"                                                                                              },
    {{"SET preshared-key key default 192.0.2.1 - !other", NULL},           "wrong-key",
     "preshared keys"                                                                                                         },
};

Test(router_diagnosis, names_what_is_wrong_at_the_other_end)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        set_up();
        configure(OTTAWA, faults[i].wrong);
        configure(BOSTON, NULL);
        kit_seconds(kit, 2);
        expect_in(TEST, faults[i].verdict);
        tear_down();
        set_up();
        configure(OTTAWA, faults[i].wrong);
        configure(BOSTON, NULL);
        kit_seconds(kit, 2);
        expect_in(TEST, faults[i].words);
        tear_down();
    }
}

Test(router_diagnosis, a_peer_that_is_not_there, .init = set_up,
    .fini = tear_down)
{
    configure(BOSTON, NULL);
    kit_seconds(kit, 2);
    expect_in(TEST, "unreachable 1 ");
    expect_in(WHY, "is not reachable at all");
}

Test(router_diagnosis, a_tunnel_that_is_shut_down, .init = set_up,
    .fini = tear_down)
{
    static const char *const wrong[] = {
        "SET tunnel shutdown default peer +", NULL};

    configure(BOSTON, wrong);
    expect_in(TEST, "shut-down 1 ");
    expect_in(WHY, "no shutdown");
}

Test(router_diagnosis, a_key_for_somebody_else, .init = set_up,
    .fini = tear_down)
{
    static const char *const wrong[] = {
        "DELETE preshared-key default 192.0.2.2 -",
        "CREATE preshared-key default 192.0.2.77 -",
        "SET preshared-key key default 192.0.2.77 - !same", NULL};

    configure(OTTAWA, NULL);
    configure(BOSTON, wrong);
    kit_seconds(kit, 2);
    expect_in(TEST, "keys for 192.0.2.77 (virtual router default)");
    expect_in(WHY, "no-key 1 ");
}

Test(router_diagnosis, one_test_at_a_time, .init = set_up, .fini = tear_down)
{
    struct session *other = kit_session(kit, BOSTON, "bob", 15);
    struct kit_answer answer;

    configure(BOSTON, NULL);
    begin(operators[BOSTON], TEST);
    cr_expect_eq(kit_do(kit, other, TEST), ERR_CONFLICT);
    cr_expect_eq(kit_do(kit, other, "EXEC test-ipsec-tunnel default nobody -"),
        ERR_NOT_FOUND);

    /* anything more ends it */
    begin(operators[BOSTON], "EXEC show-clock default");
    for (int i = 0; i < 2; i++) {
        answer = kit_take(kit, operators[BOSTON]);
        cr_expect(answer.is_answered);
        kit_answer_done(&answer);
    }

    /* and it goes with its session */
    begin(other, TEST);
    kit_leave(kit, other);
    expect_in(TEST, "unreachable");
}

/* ---- tunnels by hand ---- */

#define KEY_ONE                                                                \
    "!0123456789abcdef1122334455667788fedcba9876543210/"                       \
    "00112233445566778899aabbccddeeff00112233"
#define KEY_TWO                                                                \
    "!0123456789abcdef1122334455667788fedcba9876543210/"                       \
    "00112233445566778899aabbccddeeff00112234"
#define KEY_THREE                                                              \
    "!8123456789abcdef1122334455667788fedcba9876543210/"                       \
    "00112233445566778899aabbccddeeff00112233"
#define OUT "SET tunnel session_key_outbound default boston esp-3des-hmac-sha "
#define IN  "SET tunnel session_key_inbound default boston esp-3des-hmac-sha "

/* What ottawa sends with, in place of what boston takes: 0x1001, KEY_ONE. */
static const struct {
    const char *wrong[4];
    const char *cause;
} by_hand[] = {
    {{OUT "0x1001 " KEY_ONE, NULL},                       "in-order"          },
    {{OUT "0x1001 " KEY_TWO, NULL},                       "inbound-key"       },
    {{OUT "0x1001 " KEY_THREE, NULL},                     "inbound-cipher-key"},
    {{OUT "0x7777 " KEY_ONE, NULL},                       "spi-unknown"       },
    {{OUT "0x2001 " KEY_ONE, IN "0x1001 " KEY_ONE, NULL}, "spi-swapped"       },
};

Test(router_diagnosis, keys_and_spis_that_do_not_fit)
{
    for (size_t i = 0; i < sizeof by_hand / sizeof by_hand[0]; i++) {
        static const char *const ours[] = {
            "SET tunnel session_key_inbound default ottawa esp-3des-hmac-sha "
            "0x1001 " KEY_ONE,
            "COMMIT", NULL};
        struct kit_answer answer;

        set_up();
        cr_assert_eq(kit_configure(kit, operators[BOSTON], BOSTON), OK);
        cr_assert_eq(kit_configure(kit, operators[OTTAWA], OTTAWA), OK);
        type(BOSTON, ours);
        type(OTTAWA, by_hand[i].wrong);
        cr_assert_eq(kit_do(kit, operators[OTTAWA], "COMMIT"), OK);
        kit_seconds(kit, 1);
        /* what the other end sends is what tells */
        answer = kit_ask(kit, operators[OTTAWA],
            "EXEC ping default - 10.1.0.1 3 10.2.0.1 64");
        kit_answer_done(&answer);
        expect_in(
            "EXEC test-ipsec-tunnel default ottawa 10.2.0.1", by_hand[i].cause);
        expect_in(
            "EXEC show-ipsec-tunnel-why default ottawa", by_hand[i].cause);
        tear_down();
    }
}

Test(router_diagnosis, keys_by_hand_that_were_never_used, .init = set_up,
    .fini = tear_down)
{
    static const char why[] = "EXEC show-ipsec-tunnel-why default ottawa";
    struct kit_answer answer;

    cr_assert_eq(kit_configure(kit, operators[BOSTON], BOSTON), OK);
    cr_assert_eq(kit_configure(kit, operators[OTTAWA], OTTAWA), OK);
    kit_seconds(kit, 60);
    expect_in(why, "unused 1 ");
    expect_in(why, "nothing has passed");
    answer = kit_ask(
        kit, operators[OTTAWA], "EXEC ping default - 10.1.0.1 3 10.2.0.1 64");
    kit_answer_done(&answer);
    expect_in(why, "in-order 1 ");
}

/* ---- two tunnels ---- */

Test(router_diagnosis, another_way_takes_its_traffic, .init = set_up,
    .fini = tear_down)
{
    static const char *const second[] = {"CREATE tunnel default second",
        "SET tunnel signaling default second manual",
        "SET tunnel source default second 192.0.2.1 -",
        "SET tunnel destination default second 192.0.2.9 -",
        "SET tunnel transform_set default second strong",
        "SET tunnel local_identity default second 10.1.0.0 255.255.0.0 - -",
        "SET tunnel peer_identity default second 10.2.0.0 255.255.255.0 - -",
        "SET tunnel session_key_inbound default second esp-3des-hmac-sha "
        "0x3001 " KEY_ONE,
        "SET tunnel session_key_outbound default second esp-3des-hmac-sha "
        "0x3002 " KEY_TWO,
        "SET tunnel ip default second 10.255.0.5 255.255.255.252",
        "CREATE route default 10.2.0.0 255.255.255.0 - - - second -", "COMMIT",
        NULL};
    static const char *const nowhere[] = {
        "DELETE route default 10.2.0.0 255.255.255.0 - - - second -",
        "DELETE tunnel default second",
        "CREATE route default 10.2.128.0 255.255.128.0 - null 0 - -",
        "DELETE route default 10.2.0.0 255.255.0.0 - - - ottawa -", "COMMIT",
        NULL};

    cr_assert_eq(kit_configure(kit, operators[BOSTON], BOSTON), OK);
    type(BOSTON, second);
    kit_seconds(kit, 1);
    expect_in("EXEC show-ipsec-tunnel-why default ottawa", "overlap 1 ");
    expect_in("EXEC show-ipsec-tunnel-why default second", "overlap 1 ");
    expect_in("EXEC test-ipsec-tunnel default ottawa -", "overlap 1 ");
    type(BOSTON, nowhere);
    kit_seconds(kit, 1);
    expect_in(
        "EXEC show-ipsec-tunnel-why default ottawa", "routed-elsewhere 1 ");
}

/* ---- behind the tunnel ---- */

Test(router_diagnosis, who_says_that_it_cannot_be_delivered, .init = set_up,
    .fini = tear_down)
{
    static const char *const smaller[] = {
        "SET interface ip default loopback 0 10.2.0.1 255.255.255.255", NULL};

    configure(OTTAWA, smaller);
    configure(BOSTON, NULL);
    kit_seconds(kit, 5);
    expect_in(
        "EXEC test-ipsec-tunnel default peer 10.2.9.9", "error-behind 1 ");
    expect_in(WHY, "cannot deliver the traffic for 10.2.9.9");
}
