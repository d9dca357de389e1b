/*
 * test_router_notices.c - what a router tells programs by itself.
 *
 *                                    +--- 192.0.2.2 [ ottawa ]
 *            [ boston ] 192.0.2.1 ---+
 *                                    +--- 192.0.2.3 [ gander ]
 *
 * A program has subscribed to boston's notifications.  Each story says
 * exactly which ones it gets, in their order.
 */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ip.h"
#include "commit/commit.h"
#include "config/config.h"
#include "daemon/router_state.h"
#include "daemon/session_state.h"
#include "dp.h"
#include "gen/notifications.h"
#include "ipsec/ipsec.h"
#include "negotiator/negotiator.h"
#include "tests/support/kit.h"
#include "tests/support/sim_net.h"

TestSuite(router_notices, .timeout = 120);

enum { GANDER = 2, ROUTERS = 3, S = 1000000 };

static const char chassis[] = "router boston\n"
                              "0/0 sim wire=b mtu=9216\n"
                              "router ottawa\n"
                              "0/0 sim wire=o mtu=9216\n"
                              "router gander\n"
                              "0/0 sim wire=g mtu=9216\n"
                              "router nobody\n"
                              "0/0 sim wire=b mtu=9216\n"
                              "0/1 sim wire=o mtu=9216\n"
                              "0/2 sim wire=g mtu=9216\n";

static struct kit *kit;
static struct sim_net *net;
static struct session *program;
static struct session *typing;
static struct str heard; /* a line each */

static void
plug(void *context, struct kit *of, size_t router)
{
    (void)context;
    dp_attach_port(router_dp(of->routers[router]), 0,
        sim_net_port(net, router, 0xc0000201U + (uint32_t)router));
}

static void
set_up(void)
{
    const struct kit_params params = {
        .chassis = chassis, .count = ROUTERS, .plug = plug};

    net = sim_net_new(1);
    kit = kit_of(&params);
    str_init(&heard);
    program = kit_session(kit, BOSTON, "agent", 15);
    cr_assert_eq(kit_do(kit, program, "SUBSCRIBE 8"), OK);
}

static void
tear_down(void)
{
    kit_leave(kit, program);
    kit_free(kit);
    sim_net_free(net);
    str_done(&heard);
}

/* ---- typing ---- */

static void type(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
type(const char *fmt, ...)
{
    char line[256];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    cr_assert_eq(kit_do(kit, typing, line), OK, "%s", line);
}

static void
type_key(size_t peer, const char *key)
{
    type("CREATE preshared-key default 192.0.2.%zu -", peer + 1);
    type("SET preshared-key key default 192.0.2.%zu - !%s", peer + 1, key);
}

static void
configure(size_t router, bool has_backup)
{
    const size_t peer = router == BOSTON ? OTTAWA : BOSTON;

    typing = kit_session(kit, router, "alice", 15);
    type("OPEN");
    type("CREATE transform-set strong");
    type("SET transform-set transforms strong esp-aes128-hmac-sha");
    type("CREATE interface default fastEthernet 0/0");
    type("SET interface ip default fastEthernet 0/0 192.0.2.%zu 255.255.255.0",
        router + 1);
    type("CREATE tunnel default peer");
    type("SET tunnel source default peer 192.0.2.%zu -", router + 1);
    type("SET tunnel destination default peer 192.0.2.%zu -", peer + 1);
    type("SET tunnel transform_set default peer strong");
    type("SET tunnel ip default peer 10.255.0.%zu 255.255.255.0", router + 1);
    type_key(peer, "same");
    if (has_backup) {
        type_key(GANDER, "same");
        type("SET tunnel backup_destination default peer 192.0.2.3 -");
    }
    type("SET virtual-router option_dpd default +");
    type("COMMIT");
    kit_leave(kit, typing);
}

/* Gander says that it is ottawa, and proposes what nobody takes. */
static void
pretend(void)
{
    static const char *const lines[] = {"OPEN", "CREATE ike-policy-rule 1",
        "SET ike-policy-rule encryption 1 des",
        "SET interface ip default fastEthernet 0/0 192.0.2.2 255.255.255.0",
        "SET tunnel source default peer 192.0.2.2 -", "COMMIT"};

    typing = kit_session(kit, GANDER, "mallory", 15);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        type("%s", lines[i]);
    kit_leave(kit, typing);
}

static void
edit(const char *line)
{
    typing = kit_session(kit, BOSTON, "alice", 15);
    type("OPEN");
    type("%s", line);
    type("COMMIT");
    kit_leave(kit, typing);
}

/* ---- hearing ---- */

static const char *
column_text(const struct wire_frame *event, unsigned column)
{
    return wire_text(event, WIRE_NOTIFICATION_AT + column);
}

static uint64_t
column_number(const struct wire_frame *event, unsigned column)
{
    return wire_number(event, WIRE_NOTIFICATION_AT + column);
}

static bool
has_column(const struct wire_frame *event, unsigned column)
{
    return value_is_set(wire_at(event, WIRE_NOTIFICATION_AT + column));
}

/* "tunnel-down peer 2 dead-peer 192.0.2.2", "link-down 1 2", "commit 3 alice
 * ..." */
static void
write_down(const struct wire_frame *event)
{
    const uint64_t kind = column_number(event, COLUMN_NOTIFICATION_KIND);
    char peer[IP_TEXT_SIZE];

    cr_assert_lt(kind, (uint64_t)NOTIFICATION_COUNT);
    str_printf(&heard, "%s", notification_texts[kind].name);
    if (has_column(event, COLUMN_NOTIFICATION_OPER_STATUS) ||
        has_column(event, COLUMN_NOTIFICATION_STATE))
        cr_expect_gt(column_number(event, COLUMN_NOTIFICATION_IF_INDEX), 0);
    if (has_column(event, COLUMN_NOTIFICATION_STATE)) {
        str_printf(&heard, " %s %u %s%s",
            column_text(event, COLUMN_NOTIFICATION_NAME),
            (unsigned)column_number(event, COLUMN_NOTIFICATION_STATE),
            ip_format(
                (uint32_t)column_number(event, COLUMN_NOTIFICATION_PEER), peer),
            has_column(event, COLUMN_NOTIFICATION_ON_BACKUP) ? " backup" : "");
    }
    if (has_column(event, COLUMN_NOTIFICATION_CAUSE)) {
        str_printf(
            &heard, " %s", column_text(event, COLUMN_NOTIFICATION_CAUSE));
        cr_expect_neq(
            column_text(event, COLUMN_NOTIFICATION_CAUSE_TEXT)[0], '\0');
        cr_expect_neq(column_text(event, COLUMN_NOTIFICATION_ADVICE)[0], '\0');
    }
    if (has_column(event, COLUMN_NOTIFICATION_OPER_STATUS)) {
        str_printf(&heard, " %u %u",
            (unsigned)column_number(event, COLUMN_NOTIFICATION_ADMIN_STATUS),
            (unsigned)column_number(event, COLUMN_NOTIFICATION_OPER_STATUS));
    }
    if (has_column(event, COLUMN_NOTIFICATION_GENERATION)) {
        str_printf(&heard, " %u %s",
            (unsigned)column_number(event, COLUMN_NOTIFICATION_GENERATION),
            column_text(event, COLUMN_NOTIFICATION_WHO));
    }
    if (has_column(event, COLUMN_NOTIFICATION_CHANGES)) {
        str_printf(&heard, " %u",
            (unsigned)column_number(event, COLUMN_NOTIFICATION_CHANGES));
    }
    if (has_column(event, COLUMN_NOTIFICATION_SECONDS_LEFT)) {
        str_printf(&heard, " %u s",
            (unsigned)column_number(event, COLUMN_NOTIFICATION_SECONDS_LEFT));
    }
    if (has_column(event, COLUMN_NOTIFICATION_LOST)) {
        str_printf(&heard, " %u",
            (unsigned)column_number(event, COLUMN_NOTIFICATION_LOST));
    }
    str_printf(&heard, "\n");
}

static size_t
hear(void)
{
    struct wire_frame frame;
    bool complete = true;
    size_t count = 0;

    while (complete) {
        cr_assert_eq(wire_decode(session_out(program), &frame, &complete), OK);
        if (!complete)
            break;
        if (frame.verb == WIRE_EVENT &&
            wire_number(&frame, 0) == WIRE_NOTIFICATION) {
            write_down(&frame);
            count++;
        }
        wire_frame_done(&frame);
    }
    return count;
}

/* What came since the last time. */
static void
expect(const char *story, const char *lines)
{
    (void)hear();
    cr_expect_str_eq(
        str_text(&heard), lines, "%s:\n%s", story, str_text(&heard));
    str_clear(&heard);
}

static void
wait(unsigned seconds)
{
    kit_run(kit, kit->now.monotonic_us + (uint64_t)seconds * S);
}

static void
cut(size_t router, bool is_cut)
{
    sim_net_cut(net, BOSTON, router, is_cut);
    sim_net_cut(net, router, BOSTON, is_cut);
}

static uint32_t
handle_of_peer(void)
{
    const struct router *from = kit->routers[BOSTON];
    const struct object *tunnel =
        config_next(engine_running(from->engine), OBJECT_TUNNEL, NULL);
    uint32_t interface = 0;

    cr_assert_eq(ipsec_interface(from->ipsec, tunnel, &interface), OK);
    return interface;
}

/* Traffic out and none in, so that DPD asks. */
static void
ping_for(unsigned seconds)
{
    for (unsigned s = 0; s < seconds; s += 10) {
        struct dp_batch *batch = dp_batch_new();

        dp_batch_add(batch, DP_PING)->ping = (struct dp_ping){
            .has_source = true,
            .source = 0x0aff0001,
            .destination = 0x0aff0002,
            .id = 1,
            .sequence = (uint16_t)s,
        };
        cr_assert_eq(dp_submit(router_dp(kit->routers[BOSTON]), batch), OK);
        wait(10);
    }
}

static void
come_up(bool has_backup)
{
    configure(OTTAWA, false);
    configure(GANDER, false);
    configure(BOSTON, has_backup);
    wait(20);
    str_clear(&heard);
    (void)hear();
    cr_assert_neq(strstr(str_text(&heard), "tunnel-up peer 1 192.0.2.2\n"),
        NULL, "%s", str_text(&heard));
    str_clear(&heard);
}

/* ---- stories ---- */

Test(router_notices, a_tunnel_that_comes_up, .init = set_up, .fini = tear_down)
{
    configure(OTTAWA, false);
    configure(BOSTON, false);
    wait(20);
    expect("a commit, the port, the tunnel", "commit 1 alice 5\n"
                                             "link-up 1 1\n"
                                             "tunnel-up peer 1 192.0.2.2\n"
                                             "link-up 1 1\n");
}

Test(router_notices, the_peer_is_lost_and_the_backup_and_the_first_one_again,
    .init = set_up, .fini = tear_down)
{
    come_up(true);
    cut(OTTAWA, true);
    ping_for(200);
    expect("DPD, then gander", "peer-dead peer 2 192.0.2.2 dead-peer\n"
                               "tunnel-down peer 2 192.0.2.2 dead-peer\n"
                               "link-down 1 2\n"
                               "tunnel-up peer 1 192.0.2.3 backup\n"
                               "link-up 1 1\n"
                               "tunnel-failover peer 1 192.0.2.3 backup\n");
    cut(OTTAWA, false);
    wait(600);
    expect("one that merely heals pulls nothing back", "");
    cut(GANDER, true);
    ping_for(200);
    expect("and back", "tunnel-rekey-failed peer 1 192.0.2.3 backup silence\n"
                       "peer-dead peer 2 192.0.2.3 backup dead-peer\n"
                       "tunnel-down peer 2 192.0.2.3 backup dead-peer\n"
                       "link-down 1 2\n"
                       "tunnel-up peer 1 192.0.2.2\n"
                       "link-up 1 1\n"
                       "tunnel-failover peer 1 192.0.2.2\n");
}

Test(
    router_notices, the_peer_deletes_its_sas, .init = set_up, .fini = tear_down)
{
    come_up(false);
    typing = kit_session(kit, OTTAWA, "bob", 15);
    type("OPEN");
    type("SET tunnel shutdown default peer +");
    type("COMMIT");
    kit_leave(kit, typing);
    wait(5);
    expect("by the peer", "tunnel-down peer 2 192.0.2.2 peer-deleted\n"
                          "link-down 1 2\n");
}

Test(router_notices, shut_down_by_an_operator_and_back, .init = set_up,
    .fini = tear_down)
{
    come_up(false);
    edit("SET tunnel shutdown default peer +");
    wait(5);
    expect("shutdown", "commit 2 alice 1\n"
                       "tunnel-down peer 3 192.0.2.2 shut-down\n"
                       "link-down 2 2\n");
    edit("UNSET tunnel shutdown default peer 1");
    wait(20);
    expect("no shutdown", "commit 3 alice 1\n"
                          "tunnel-up peer 1 192.0.2.2\n"
                          "link-up 1 1\n");
}

/* Also what was over only just before he asked. */
Test(router_notices, nothing_of_what_was_before_one_wanted_to_know,
    .init = set_up, .fini = tear_down)
{
    come_up(false);
    cr_assert_eq(kit_do(kit, program, "SUBSCRIBE 0"), OK);
    edit("SET tunnel shutdown default peer +");
    kit_pass(kit, 100000);
    cr_assert_eq(kit_do(kit, program, "SUBSCRIBE 8"), OK);
    wait(5);
    expect("shutdown", "");
    edit("UNSET tunnel shutdown default peer 1");
    wait(20);
    expect("no shutdown", "commit 3 alice 1\n"
                          "tunnel-up peer 1 192.0.2.2\n"
                          "link-up 1 1\n");
}

Test(router_notices, cleared_by_an_operator, .init = set_up, .fini = tear_down)
{
    come_up(false);
    typing = kit_session(kit, BOSTON, "alice", 15);
    type("EXEC ipsec-clear-sa default peer - 1");
    kit_leave(kit, typing);
    wait(20);
    expect("cleared and negotiated anew",
        "tunnel-down peer 2 192.0.2.2 cleared\n"
        "link-down 1 2\n"
        "tunnel-up peer 1 192.0.2.2\n"
        "link-up 1 1\n");
}

Test(router_notices, renewed, .init = set_up, .fini = tear_down)
{
    come_up(false);
    negotiator_rekey(kit->routers[BOSTON]->negotiator, kit->now.monotonic_us,
        handle_of_peer());
    wait(10);
    expect("renewed while it is up", "tunnel-rekeyed peer 1 192.0.2.2\n");
}

Test(router_notices, not_renewed, .init = set_up, .fini = tear_down)
{
    come_up(false);
    typing = kit_session(kit, OTTAWA, "bob", 15);
    type("OPEN");
    type("SET transform-set transforms strong esp-3des-hmac-md5");
    type("COMMIT");
    kit_leave(kit, typing);
    wait(5);
    (void)hear();
    str_clear(&heard);
    negotiator_rekey(kit->routers[BOSTON]->negotiator, kit->now.monotonic_us,
        handle_of_peer());
    wait(5);
    expect("the peer has other transforms now",
        "tunnel-rekey-failed peer 1 192.0.2.2 refused\n");
}

Test(router_notices, nothing_of_who_pretends_to_be_the_peer, .init = set_up,
    .fini = tear_down)
{
    const struct negotiator *negotiator;
    const struct negotiator_failure *last;

    come_up(false);
    negotiator = kit->routers[BOSTON]->negotiator;
    pretend();
    wait(20);
    last = negotiator_last_failure(negotiator, handle_of_peer());
    cr_assert_not_null(last, "it is refused");
    cr_expect_not(last->failure.is_initiator);
    expect("the tunnel was not to be renewed", "");
}

Test(router_notices, the_way_out_goes, .init = set_up, .fini = tear_down)
{
    come_up(false);
    edit("SET interface shutdown default fastEthernet 0/0 +");
    wait(5);
    expect("the tunnel over the port goes with it",
        "commit 2 alice 1\n"
        "link-down 2 2\n"
        "tunnel-down peer 2 192.0.2.2 no-route-here\n"
        "link-down 1 2\n");
}

Test(router_notices, of_a_tunnel_that_never_was_up_nothing, .init = set_up,
    .fini = tear_down)
{
    cut(OTTAWA, true);
    configure(BOSTON, false);
    wait(300);
    expect("it fails and fails", "commit 1 alice 5\n"
                                 "link-up 1 1\n");
}

Test(router_notices, commits_that_are_confirmed_or_not, .init = set_up,
    .fini = tear_down)
{
    typing = kit_session(kit, BOSTON, "alice", 15);
    type("OPEN");
    type("SET system hostname north");
    type("CONFIRM 1 0");
    expect("waits", "commit 1 alice 1\n"
                    "commit-pending 1 alice 60 s\n");
    wait(62);
    expect("goes back", "commit-rolled-back 2 alice 1\n");
    type("SET system hostname south");
    type("CONFIRM 1 0");
    type("COMMIT");
    kit_leave(kit, typing);
    wait(120);
    expect("stays", "commit 3 alice 1\n"
                    "commit-pending 3 alice 60 s\n");
}

Test(router_notices, refusals, .init = set_up, .fini = tear_down)
{
    struct session *low = kit_session(kit, BOSTON, "eve", 1);

    cr_expect_eq(kit_do(kit, low, "OPEN"), ERR_DENIED);
    kit_leave(kit, low);
    expect("a command", "cli-security-alert\n");
}

Test(router_notices, what_is_not_read_is_missed_and_counted, .init = set_up,
    .fini = tear_down)
{
    struct session *low = kit_session(kit, BOSTON, "eve", 1);
    size_t told;
    char last[64];

    for (unsigned i = 0; i < 10000; i++) {
        kit_send(low, "OPEN");
        session_run(low, &kit->now);
        wire_buffer_drop(
            session_out(low), wire_buffer_length(session_out(low)));
    }
    cr_expect_lt(wire_buffer_length(session_out(program)), 600 * 1024,
        "its memory is bounded");
    told = hear();
    cr_expect_gt(told, 1000);
    cr_expect_lt(told, 10000);
    str_clear(&heard);
    wait(2);
    (void)snprintf(last, sizeof last, "notifications-lost %zu\n", 10000 - told);
    expect("all but those that were told", last);
    wait(5);
    expect("once", "");
    kit_leave(kit, low);
}

Test(router_notices, who_may_not_see_the_log_may_not_subscribe, .init = set_up,
    .fini = tear_down)
{
    struct session *low = kit_session(kit, BOSTON, "eve", 1);

    cr_expect_eq(kit_do(kit, low, "SUBSCRIBE 8"), ERR_DENIED);
    kit_leave(kit, low);
}
