/*
 * test_router_signaled.c - two routers whose tunnel negotiates.
 *
 *    10.1.0.1 [ boston ] 192.0.2.1 ---5 ms--- 192.0.2.2 [ ottawa ] 10.2.0.1
 *
 * The tunnel is as an operator types it: no SPI, no session key, but a
 * preshared key on each side.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "dp.h"
#include "tests/support/kit.h"

TestSuite(router_signaled, .timeout = 120);

/* A row of show-ipsec-tunnel-why: the name, the state as a number. */
#define UP   "peer 0 "
#define DOWN "peer 1 "

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

/* What both sites have, with the other one's numbers. */
static void
configure(size_t site, const char *key)
{
    static const char *const lines[KIT_ROUTERS][16] = {
        {"OPEN", "CREATE transform-set strong",
         "SET transform-set transforms strong esp-aes128-hmac-sha", "CREATE interface default loopback 0",
         "SET interface ip default loopback 0 10.1.0.1 255.255.0.0", "CREATE interface default fastEthernet 0/0",
         "SET interface ip default fastEthernet 0/0 192.0.2.1 "
            "255.255.255.0", "CREATE tunnel default peer",
         "SET tunnel source default peer 192.0.2.1 -", "SET tunnel destination default peer 192.0.2.2 -",
         "SET tunnel transform_set default peer strong", "SET tunnel ip default peer 10.255.0.1 255.255.255.252",
         "CREATE route default 10.2.0.0 255.255.0.0 - - - peer -", "CREATE preshared-key default 192.0.2.2 -", NULL},
        {"OPEN", "CREATE transform-set strong",
         "SET transform-set transforms strong esp-aes128-hmac-sha", "CREATE interface default loopback 0",
         "SET interface ip default loopback 0 10.2.0.1 255.255.0.0", "CREATE interface default fastEthernet 0/0",
         "SET interface ip default fastEthernet 0/0 192.0.2.2 "
            "255.255.255.0", "CREATE tunnel default peer",
         "SET tunnel source default peer 192.0.2.2 -", "SET tunnel destination default peer 192.0.2.1 -",
         "SET tunnel transform_set default peer strong", "SET tunnel ip default peer 10.255.0.2 255.255.255.252",
         "CREATE route default 10.1.0.0 255.255.0.0 - - - peer -", "CREATE preshared-key default 192.0.2.1 -", NULL},
    };
    struct str set;

    type(site, lines[site]);
    str_init(&set);
    str_printf(&set, "SET preshared-key key default %s - !%s",
        site == BOSTON ? "192.0.2.2" : "192.0.2.1", key);
    cr_assert_eq(kit_do(kit, operators[site], str_text(&set)), OK);
    str_done(&set);
    cr_assert_eq(kit_do(kit, operators[site], "COMMIT"), OK);
}

/* The rows of a show hold this. */
static void
expect_in(size_t site, const char *request, const char *part)
{
    struct kit_answer answer = kit_ask(kit, operators[site], request);

    cr_expect_neq(strstr(str_text(&answer.rows), part), NULL,
        "%s: %s is not in: %s", request, part, str_text(&answer.rows));
    kit_answer_done(&answer);
}

Test(router_signaled, comes_up_and_carries_packets, .init = set_up,
    .fini = tear_down)
{
    configure(BOSTON, "same");
    configure(OTTAWA, "same");
    kit_seconds(kit, 10);
    expect_in(BOSTON, "EXEC show-ipsec-tunnel-why default peer", UP);
    expect_in(OTTAWA, "EXEC show-ipsec-tunnel-why default peer", UP);
    expect_in(BOSTON, "EXEC show-ipsec-ike-sa default", "DONE");
    expect_in(OTTAWA, "EXEC show-ipsec-ike-sa default", "DONE");
    kit_expect_rows(
        kit, operators[BOSTON], "EXEC show-ipsec-ike-failures default", "");
}

/* Which `show ipsec ike-policy-rule` takes from the schema, and IKE from a
 * table of its own. */
Test(router_signaled, negotiates_by_the_default_rule_where_there_is_none,
    .init = set_up, .fini = tear_down)
{
    static const char *const rule[] = {
        "OPEN", "CREATE ike-policy-rule 1", "COMMIT", NULL};

    type(OTTAWA, rule);
    configure(BOSTON, "same");
    configure(OTTAWA, "same");
    kit_seconds(kit, 10);
    expect_in(BOSTON, "EXEC show-ipsec-tunnel-why default peer", UP);
    expect_in(OTTAWA, "EXEC show-ipsec-tunnel-why default peer", UP);
    expect_in(BOSTON, "EXEC show-ipsec-ike-sa default", "DONE 2879");
    expect_in(OTTAWA, "EXEC show-ipsec-ike-sa default", "DONE 2879");
}

Test(router_signaled, says_that_the_keys_differ_and_tries_again, .init = set_up,
    .fini = tear_down)
{
    configure(BOSTON, "one");
    configure(OTTAWA, "other");
    kit_seconds(kit, 50);
    expect_in(BOSTON, "EXEC show-ipsec-tunnel-why default peer", DOWN);
    expect_in(OTTAWA, "EXEC show-ipsec-ike-failures default", "key");

    /* mended on one side, the other one has nothing to do but wait */
    cr_assert_eq(kit_do(kit, operators[OTTAWA],
                     "SET preshared-key key default 192.0.2.1 - !one"),
        OK);
    cr_assert_eq(kit_do(kit, operators[OTTAWA], "COMMIT"), OK);
    kit_seconds(kit, 300);
    expect_in(BOSTON, "EXEC show-ipsec-tunnel-why default peer", UP);
}

Test(router_signaled, negotiates_again_when_it_is_cleared, .init = set_up,
    .fini = tear_down)
{
    configure(BOSTON, "same");
    configure(OTTAWA, "same");
    kit_seconds(kit, 10);
    cr_expect_eq(
        kit_do(kit, operators[BOSTON], "EXEC ipsec-clear-sa default peer - 1"),
        OK);
    kit_seconds(kit, 10);
    expect_in(BOSTON, "EXEC show-ipsec-tunnel-why default peer", UP);
    expect_in(OTTAWA, "EXEC show-ipsec-tunnel-why default peer", UP);
    cr_expect_eq(kit_do(kit, operators[BOSTON],
                     "EXEC ipsec-clear-sa default nobody - 2"),
        ERR_NOT_FOUND);
}

Test(router_signaled, goes_with_its_tunnel, .init = set_up, .fini = tear_down)
{
    configure(BOSTON, "same");
    configure(OTTAWA, "same");
    kit_seconds(kit, 10);
    cr_assert_eq(kit_do(kit, operators[BOSTON],
                     "DELETE route default 10.2.0.0 "
                     "255.255.0.0 - - - peer -"),
        OK);
    cr_assert_eq(
        kit_do(kit, operators[BOSTON], "DELETE tunnel default peer"), OK);
    cr_assert_eq(kit_do(kit, operators[BOSTON], "COMMIT"), OK);
    kit_seconds(kit, 5);
    expect_in(OTTAWA, "EXEC show-ipsec-tunnel-why default peer", DOWN);
}

Test(router_signaled, turns_to_its_backup_when_nobody_answers, .init = set_up,
    .fini = tear_down)
{
    static const char *const elsewhere[] = {
        "CREATE preshared-key default 192.0.2.9 -",
        "SET preshared-key key default 192.0.2.9 - !same",
        "SET tunnel destination default peer 192.0.2.9 -",
        "SET tunnel backup_destination default peer 192.0.2.2 -", "COMMIT",
        NULL};

    configure(BOSTON, "same");
    type(BOSTON, elsewhere);
    kit_seconds(kit, 20);
    expect_in(BOSTON, "EXEC show-ipsec-tunnel-why default peer", DOWN);
    configure(OTTAWA, "same");
    kit_seconds(kit, 300);
    expect_in(BOSTON, "EXEC show-ipsec-tunnel-why default peer", UP);
    expect_in(BOSTON, "EXEC show-ipsec-ike-failures default", "no-answer");
}

/* So many datagrams of nonsense for boston's IKE, from ottawa. */
static void
flood(size_t count)
{
    struct dp *far = router_dp(kit->routers[OTTAWA]);
    struct dp_batch *batch = dp_batch_new();
    struct dp_event event;

    for (size_t i = 0; i < count; i++) {
        struct dp_datagram *datagram = mem_alloc(sizeof *datagram);

        datagram->source = 0xc0000202;
        datagram->destination = 0xc0000201;
        datagram->source_port = DP_UDP_IKE;
        datagram->destination_port = DP_UDP_IKE;
        datagram->length = 28;
        dp_batch_add(batch, DP_SEND)->datagram = datagram;
    }
    cr_assert_eq(dp_submit(far, batch), OK);
    (void)dp_poll(far, kit->now.monotonic_us);
    while (dp_next_event(far, &event)) {
        if (event.kind == DP_EVENT_APPLIED && event.batch == batch)
            dp_batch_free(batch);
    }
}

/* 100 that wait are taken in four goes, and after each but the last the router
 * is due at once. */
Test(router_signaled, sessions_have_their_turn_in_a_storm, .init = set_up,
    .fini = tear_down)
{
    struct router *near = kit->routers[BOSTON];
    unsigned goes = 1;

    configure(BOSTON, "one");
    configure(OTTAWA, "one");
    kit_seconds(kit, 5);
    flood(100);
    for (int i = 0; i < 20; i++) {
        kit->now.monotonic_us += 1000;
        (void)dp_poll(router_dp(near), kit->now.monotonic_us);
    }
    router_take_events(near, &kit->now);
    for (; router_due(near) == 0; goes++)
        router_take_events(near, &kit->now);
    cr_expect_eq(goes, 4, "%u goes", goes);
}

static const char *const asks_if_the_peer_lives[] = {
    "SET virtual-router option_dpd default +", "COMMIT", NULL};

/* The row of so many hours ago; what DPD measured is looked at elsewhere. */
static void
expect_hour(unsigned hours_ago, const char *part)
{
    struct kit_answer answer = kit_ask(
        kit, operators[BOSTON], "EXEC show-ipsec-tunnel-history default peer");
    struct str row;

    str_init(&row);
    str_printf(&row, "\n%u %s", hours_ago, part);
    cr_expect_neq(strstr(str_text(&answer.rows), str_text(&row)), NULL,
        "%s is not in: %s", str_text(&row), str_text(&answer.rows));
    str_done(&row);
    kit_answer_done(&answer);
}

/* Hours are those of the router: up, ups, downs, renewals, answers. */
Test(router_signaled, has_a_history_of_a_day, .init = set_up, .fini = tear_down)
{
    configure(BOSTON, "same");
    configure(OTTAWA, "same");
    type(BOSTON, asks_if_the_peer_lives);
    kit_seconds(kit, 2 * 3600);
    expect_hour(2, "3591 1 0 0 23 ");
    expect_hour(1, "3600 0 0 0 24 ");
    expect_hour(22, "0 0 0 0 0 - -");
    cr_expect_eq(
        kit_do(kit, operators[BOSTON], "EXEC ipsec-clear-sa default peer - 1"),
        OK);
    kit_seconds(kit, 600);
    expect_hour(0, "591 1 1 1 ");
    kit_seconds(kit, 9 * 3600); /* SAs are renewed within eight hours */
    expect_hour(9, "3590 1 1 1 ");
    expect_hour(2, "3600 0 0 1 ");
    kit_seconds(kit, 30 * 3600);
    expect_hour(22, "3600 0 0 ");
    cr_expect_eq(kit_do(kit, operators[BOSTON],
                     "EXEC show-ipsec-tunnel-history default nobody"),
        ERR_NOT_FOUND);
}
