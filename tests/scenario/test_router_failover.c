/*
 * test_router_failover.c - a gateway whose peer has a backup.
 *
 *                                    +--- 192.0.2.2 [ ottawa ] 10.2.0.1
 *    10.1.0.1 [ boston ] 192.0.2.1 --+
 *                                    +--- 192.0.2.3 [ gander ] 10.2.0.1
 *
 * Behind ottawa, the destination, and gander, the backup, is the same
 * network.  Boston pings into it once in ten seconds.
 */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "commit/commit.h"
#include "config/config.h"
#include "daemon/router_state.h"
#include "dp.h"
#include "eventlog/eventlog.h"
#include "ipsec/ipsec.h"
#include "tests/support/kit.h"
#include "tests/support/packet.h"
#include "tests/support/sim.h"
#include "tests/support/sim_net.h"

TestSuite(router_failover, .timeout = 120);

enum { GANDER = 2, ROUTERS = 3, TRIES_MAX = 64, S = 1000000 };
enum { PING_S = 10 };

/* From the loss of a peer until traffic goes by another one: DPD, and a
 * negotiation. */
enum {
    FOUND_S = SIM_LOOK_S + SIM_SILENT_S + SIM_ASKED_S,
    SWITCHED_S = FOUND_S + SIM_TALK_S + PING_S,
};

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
static char *dirs[ROUTERS];
static uint16_t sequence;

/* When a router sent the first message of a negotiation that it began. */
struct
try {
    size_t router;
    uint64_t at_us;
    uint32_t cookie;
};

static struct try tries[TRIES_MAX];
static size_t try_count;

static void
look(void *context, size_t from, const uint8_t *packet, size_t length)
{
    const uint8_t *ike = packet + 28;

    (void)context;
    if (packet[9] != 17 || length < 56 || get_u16(packet + 20) != 500 ||
        get_u32(ike + 8) != 0 || try_count == TRIES_MAX)
        return;
    for (size_t i = 0; i < try_count; i++) {
        if (tries[i].cookie == get_u32(ike))
            return; /* the same again */
    }
    tries[try_count++] =
        (struct try){from, kit->now.monotonic_us, get_u32(ike)};
}

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
    struct kit_params params = {
        .chassis = chassis, .count = ROUTERS, .plug = plug};

    net = sim_net_new(1);
    sim_net_look(net, &(struct sim_look){look, NULL});
    for (size_t i = 0; i < ROUTERS; i++)
        params.dirs[i] = dirs[i] = kit_mkdir();
    kit = kit_of(&params);
    try_count = 0;
}

static void
tear_down(void)
{
    kit_free(kit);
    for (size_t i = 0; i < ROUTERS; i++)
        kit_rmdir(dirs[i]);
    sim_net_free(net);
}

/* ---- configuration ---- */

static struct session *typing;

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
type_key(size_t router)
{
    type("CREATE preshared-key default 192.0.2.%zu -", router + 1);
    type("SET preshared-key key default 192.0.2.%zu - !same", router + 1);
}

static void
configure(size_t router, const char *more)
{
    size_t peer = router == BOSTON ? OTTAWA : BOSTON;

    typing = kit_session(kit, router, "alice", 15);
    type("OPEN");
    type("CREATE transform-set strong");
    type("SET transform-set transforms strong esp-aes128-hmac-sha");
    type("CREATE interface default loopback 0");
    type("SET interface ip default loopback 0 10.%d.0.1 255.255.0.0",
        router == BOSTON ? 1 : 2);
    type("CREATE interface default fastEthernet 0/0");
    type("SET interface ip default fastEthernet 0/0 192.0.2.%zu 255.255.255.0",
        router + 1);
    type("CREATE tunnel default peer");
    type("SET tunnel source default peer 192.0.2.%zu -", router + 1);
    type("SET tunnel destination default peer 192.0.2.%zu -", peer + 1);
    type("SET tunnel transform_set default peer strong");
    type("SET tunnel ip default peer 10.255.0.%zu 255.255.255.0", router + 1);
    type("CREATE route default 10.%d.0.0 255.255.0.0 - - - peer -",
        router == BOSTON ? 2 : 1);
    type_key(peer);
    if (more != NULL && strstr(more, "backup") != NULL) {
        type_key(GANDER);
        type("SET tunnel backup_destination default peer 192.0.2.3 -");
    }
    if (more != NULL && strstr(more, "second") != NULL) {
        type("CREATE tunnel default second");
        type("SET tunnel source default second 192.0.2.%zu -", router + 1);
        type("SET tunnel destination default second 192.0.2.%zu -", peer + 1);
        type("SET tunnel transform_set default second strong");
        type("SET tunnel ip default second 10.254.0.%zu 255.255.255.0",
            router + 1);
        type("SET tunnel local_identity default second 10.9.%d.0 "
             "255.255.255.0 - -",
            router == BOSTON ? 1 : 2);
        type("SET tunnel peer_identity default second 10.9.%d.0 "
             "255.255.255.0 - -",
            router == BOSTON ? 2 : 1);
    }
    if (more != NULL && strstr(more, "short") != NULL)
        type("SET tunnel lifetime default peer 1800 -");
    if (more != NULL && strstr(more, "dpd") != NULL)
        type("SET virtual-router option_dpd default +");
    type("COMMIT");
    kit_leave(kit, typing);
}

static void
configure_all(const char *boston)
{
    configure(OTTAWA, "dpd");
    configure(GANDER, "dpd");
    configure(BOSTON, boston);
}

/* ---- traffic ---- */

static uint32_t
handle(size_t router)
{
    const struct router *from = kit->routers[router];
    const struct object *tunnel =
        config_next(engine_running(from->engine), OBJECT_TUNNEL, NULL);
    uint32_t interface = 0;

    cr_assert_eq(ipsec_interface(from->ipsec, tunnel, &interface), OK);
    return interface;
}

static struct dp_interface_counters
counters(size_t router)
{
    struct dp_interface_counters out;

    dp_interface_counters(
        router_dp(kit->routers[router]), handle(router), &out);
    return out;
}

static void
wait(unsigned seconds)
{
    kit_run(kit, kit->now.monotonic_us + (uint64_t)seconds * S);
}

static void
ping(void)
{
    struct dp_batch *batch = dp_batch_new();

    dp_batch_add(batch, DP_PING)->ping = (struct dp_ping){
        .has_source = true,
        .source = packet_address("10.1.0.1"),
        .destination = packet_address("10.2.0.1"),
        .id = 1,
        .sequence = sequence++,
    };
    cr_assert_eq(dp_submit(router_dp(kit->routers[BOSTON]), batch), OK);
}

/* One ping, and some time.  Which router answered; ROUTERS: none. */
static size_t
talk(void)
{
    uint64_t before[ROUTERS];
    uint64_t heard = counters(BOSTON).in_user_packets;

    for (size_t i = OTTAWA; i < ROUTERS; i++)
        before[i] = counters(i).in_user_packets;
    ping();
    wait(PING_S);
    if (counters(BOSTON).in_user_packets == heard)
        return ROUTERS;
    return counters(OTTAWA).in_user_packets > before[OTTAWA] ? OTTAWA : GANDER;
}

/* How long does it take until this router answers? */
static unsigned
seconds_until(size_t router, unsigned most)
{
    unsigned s = 0;

    while (s < most && talk() != router)
        s += PING_S;
    return s;
}

/* For so long, it is always this one that answers. */
static void
expect_steady(size_t router, unsigned seconds)
{
    for (unsigned s = 0; s < seconds; s += PING_S)
        cr_assert_eq(talk(), router, "after %u s", s);
}

static void
cut(size_t router, bool is_cut)
{
    sim_net_cut(net, BOSTON, router, is_cut);
    sim_net_cut(net, router, BOSTON, is_cut);
}

/* What SNMP is told of boston's tunnel: flaps, renewals, failovers, dead
 * peers, seconds left. */
enum { FLAPS, RENEWALS, FAILOVERS, DEAD_PEERS, LEFT_S, HEALTH };

static void
read_health(unsigned long out_health[HEALTH])
{
    struct session *session = kit_session(kit, BOSTON, "ann", 1);
    struct kit_answer answer =
        kit_ask(kit, session, "EXEC mib-tunnel-counters default - - -");
    const char *row = str_text(&answer.rows);
    const char *at = row + answer.rows.length - 1;

    cr_assert_eq(answer.row_count, 1);
    cr_assert(str_has_prefix(row, "3 1 "), "its ifIndex: %s", row);
    for (unsigned i = HEALTH; i-- > 0;) {
        at--;
        while (at > row && at[-1] != ' ')
            at--;
        out_health[i] = strtoul(at, NULL, 10);
    }
    kit_answer_done(&answer);
    kit_leave(kit, session);
}

/* ---- stories ---- */

Test(router_failover, goes_to_the_backup_and_returns_when_that_is_lost,
    .init = set_up, .fini = tear_down)
{
    unsigned long health[HEALTH];

    configure_all("dpd backup");
    cr_assert_lt(seconds_until(OTTAWA, 60), 20);
    expect_steady(OTTAWA, 120);

    cut(OTTAWA, true);
    cr_expect_leq(seconds_until(GANDER, 600), SWITCHED_S);
    cut(OTTAWA, false);
    expect_steady(GANDER, 1800); /* one that merely heals pulls nothing back */

    cut(GANDER, true);
    cr_expect_leq(seconds_until(OTTAWA, 600), SWITCHED_S);
    cut(GANDER, false);
    expect_steady(OTTAWA, 1800);

    cut(OTTAWA, true); /* and once more */
    cr_expect_leq(seconds_until(GANDER, 600), SWITCHED_S);
    read_health(health);
    cr_expect_eq(health[FAILOVERS], 3);
    cr_expect_eq(health[DEAD_PEERS], 3);
    cr_expect_eq(health[FLAPS], 3);
}

Test(router_failover, renews_sas_without_a_flap_and_under_the_same_ifindex,
    .init = set_up, .fini = tear_down)
{
    unsigned long health[HEALTH];

    configure_all("short");
    cr_assert_lt(seconds_until(OTTAWA, 60), 20);
    read_health(health);
    cr_expect_eq(health[RENEWALS], 0);
    cr_expect_leq(health[LEFT_S], 1800);
    cr_expect_gt(health[LEFT_S], 1700);
    expect_steady(OTTAWA, 4000);
    read_health(health);
    cr_expect_geq(health[RENEWALS], 2);
    cr_expect_leq(health[RENEWALS], 3);
    cr_expect_eq(health[FLAPS], 0);
    cr_expect_eq(health[FAILOVERS], 0);
    cr_expect_eq(health[DEAD_PEERS], 0);
    cr_expect_gt(health[LEFT_S], 0);
}

Test(router_failover, goes_to_the_backup_when_it_cannot_begin, .init = set_up,
    .fini = tear_down)
{
    cut(OTTAWA, true);
    configure_all("dpd backup");
    cr_expect_leq(
        seconds_until(GANDER, 600), SIM_GIVE_UP_S + SIM_TALK_S + 2 * PING_S);
    cut(OTTAWA, false);
    cut(GANDER, true);
    cr_expect_leq(seconds_until(OTTAWA, 600), SWITCHED_S);
}

Test(router_failover, tries_both_in_turn_while_both_are_lost, .init = set_up,
    .fini = tear_down)
{
    configure_all("dpd backup");
    cr_assert_lt(seconds_until(OTTAWA, 60), 20);
    cut(OTTAWA, true);
    cut(GANDER, true);
    cr_expect_eq(seconds_until(GANDER, 1200), 1200);
    cut(GANDER, false);
    cr_expect_leq(seconds_until(GANDER, 600),
        2 * SIM_GIVE_UP_S + SIM_PACKET_S + SIM_TALK_S + PING_S);
}

Test(router_failover, stays_with_a_dead_peer_without_dpd, .init = set_up,
    .fini = tear_down)
{
    uint64_t sent;

    configure(OTTAWA, NULL);
    configure(GANDER, NULL);
    configure(BOSTON, "backup");
    cr_assert_lt(seconds_until(OTTAWA, 60), 20);
    cut(OTTAWA, true);
    sent = counters(BOSTON).out_user_packets;
    cr_expect_eq(seconds_until(GANDER, 1800), 1800);
    cr_expect(counters(BOSTON).up);
    cr_expect_eq(counters(BOSTON).out_user_packets, sent + 180);
    cut(OTTAWA, false);
    expect_steady(OTTAWA, 60); /* by the same SAs */
}

/* ---- without a backup ---- */

struct heard {
    struct log_observer observer;
    unsigned downs; /* of boston's tunnel: the trap of it */
    unsigned dead;
};

static void
hear(void *context, const struct log_record *record)
{
    struct heard *heard = context;

    heard->downs += strcmp(record->event, "DOWN") == 0;
    heard->dead += strcmp(record->event, "FAILED") == 0 &&
                   strstr(record->text, "inquiries") != NULL;
}

static bool
leads_into_the_tunnel(void)
{
    uint32_t interface = 0;

    return ipsec_resolve(kit->routers[BOSTON]->ipsec, "default",
               packet_address("10.2.0.1"), &interface) == OK &&
           interface == handle(BOSTON);
}

Test(router_failover, is_down_and_its_routes_go_without_a_backup,
    .init = set_up, .fini = tear_down)
{
    struct heard heard = {
        .observer = {.level = LOG_INFO, .take = hear}
    };
    uint64_t sent;

    configure_all("dpd");
    typing = kit_session(kit, BOSTON, "alice", 15);
    type("OPEN");
    type("CREATE interface default null 0");
    type("CREATE route default 10.2.0.0 255.255.0.0 - null 0 - -");
    type("SET route distance default 10.2.0.0 255.255.0.0 - null 0 - - 200");
    type("COMMIT");
    kit_leave(kit, typing);
    cr_assert_lt(seconds_until(OTTAWA, 60), 20);
    cr_expect(leads_into_the_tunnel());

    heard.observer.context = &heard;
    log_observe(&heard.observer);
    cut(OTTAWA, true);
    (void)seconds_until(OTTAWA, FOUND_S + PING_S);
    log_observe_end(&heard.observer);
    cr_expect_not(counters(BOSTON).up);
    cr_expect_geq(heard.downs, 1, "which is a trap");
    cr_expect_geq(heard.dead, 1);
    cr_expect_not(leads_into_the_tunnel());
    sent = counters(BOSTON).out_packets;
    (void)seconds_until(OTTAWA, 300);
    cr_expect_eq(counters(BOSTON).out_packets, sent, "it sends nothing");

    cut(OTTAWA, false);
    wait(1800); /* the packets go elsewhere: only time brings it back */
    cr_expect(counters(BOSTON).up);
    cr_expect(leads_into_the_tunnel());
}

/* ---- when it tries ---- */

/* The tries of a router since this moment, from there in seconds. */
static size_t
tries_of(size_t router, uint64_t since_us, unsigned *out_s, size_t room)
{
    size_t count = 0;

    for (size_t i = 0; i < try_count && count < room; i++) {
        if (tries[i].router == router && tries[i].at_us >= since_us)
            out_s[count++] = (unsigned)((tries[i].at_us - since_us) / S);
    }
    return count;
}

Test(router_failover, waits_from_one_minute_to_sixty, .init = set_up,
    .fini = tear_down)
{
    static const unsigned waits_s[] = {
        60, 120, 240, 480, 960, 1920, 3600, 3600};
    uint64_t start_us;
    unsigned at[16];
    size_t count;

    cut(OTTAWA, true);
    start_us = kit->now.monotonic_us;
    configure(BOSTON, "dpd");
    wait(4 * 3600);
    count = tries_of(BOSTON, start_us, at, 16);
    cr_assert_geq(count, 9);
    for (size_t i = 0; i < 8; i++) {
        cr_expect_eq(at[i + 1] - at[i], SIM_GIVE_UP_S + waits_s[i],
            "wait %zu: %u s", i, at[i + 1] - at[i]);
    }
}

Test(router_failover, a_packet_ends_the_wait_but_not_each, .init = set_up,
    .fini = tear_down)
{
    uint64_t start_us;
    unsigned at[16];

    cut(OTTAWA, true);
    configure_all("dpd");
    wait(4000); /* the pauses have grown */
    start_us = kit->now.monotonic_us;
    ping();
    wait(1);
    cr_expect_eq(tries_of(BOSTON, start_us, at, 16), 1);
    for (unsigned s = 0; s < 120; s++) {
        ping();
        wait(1);
    }
    cr_expect_leq(tries_of(BOSTON, start_us, at, 16), 4);
    cr_expect_geq(tries_of(BOSTON, start_us, at, 16), 3);
    cut(OTTAWA, false);
    cr_expect_leq(seconds_until(OTTAWA, 600),
        SIM_GIVE_UP_S + SIM_PACKET_S + SIM_TALK_S + PING_S);
}

Test(router_failover, the_lower_address_begins_after_both_started,
    .init = set_up, .fini = tear_down)
{
    uint64_t start_us;
    unsigned at[16];

    configure_all("dpd");
    cr_assert_lt(seconds_until(OTTAWA, 60), 20);
    cut(OTTAWA, true);
    start_us = kit->now.monotonic_us;
    kit_crash(kit, BOSTON);
    kit_crash(kit, OTTAWA);
    wait(300);
    cr_assert_geq(tries_of(BOSTON, start_us, at, 16), 2);
    cr_expect_leq(at[0], 1, "the lower one begins at once");
    cr_assert_geq(tries_of(OTTAWA, start_us, at, 16), 1);
    cr_expect_geq(at[0], 180, "the higher one waits for three minutes");
    cr_expect_leq(at[0], 182);

    cut(OTTAWA, false);
    kit_crash(kit, BOSTON);
    kit_crash(kit, OTTAWA);
    start_us = kit->now.monotonic_us;
    wait(20);
    cr_expect(counters(BOSTON).up);
    cr_expect(counters(OTTAWA).up);
    cr_expect_eq(tries_of(OTTAWA, start_us, at, 16), 0);
}

/* Of two tunnels between the same ends packets are for one only: the other
 * one need not wait for an hour either. */
Test(router_failover, a_tunnel_comes_along_with_another_one, .init = set_up,
    .fini = tear_down)
{
    struct kit_answer answer;

    cut(OTTAWA, true);
    configure(GANDER, "dpd");
    configure(OTTAWA, "dpd second");
    configure(BOSTON, "dpd second");
    wait(12000); /* the pauses have grown */
    cut(OTTAWA, false);
    ping();
    wait(15);
    typing = kit_session(kit, BOSTON, "alice", 15);
    answer = kit_ask(kit, typing, "EXEC show-ipsec-tunnel-why default second");
    cr_expect_neq(strstr(str_text(&answer.rows), "second 0 "), NULL, "%s",
        str_text(&answer.rows));
    kit_answer_done(&answer);
    kit_leave(kit, typing);
}
