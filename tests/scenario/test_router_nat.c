/*
 * test_router_nat.c - a NAT in between gives a gateway another port or address
 * while it talks.
 *
 *    10.1.0.1 [ boston ] 192.0.2.1 --[ NAT ]-- 198.51.100.7
 *                                                  |
 *                       10.2.0.1 [ ottawa ] 192.0.2.2
 *
 * Boston pings once a second.
 */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>

#include "commit/commit.h"
#include "config/config.h"
#include "daemon/router_state.h"
#include "dp.h"
#include "ipsec/ipsec.h"
#include "tests/support/kit.h"
#include "tests/support/packet.h"
#include "tests/support/sim_net.h"

TestSuite(router_nat, .timeout = 60);

enum { S = 1000000 };

static const char chassis[] = "router boston\n"
                              "0/0 sim wire=b mtu=9216\n"
                              "router ottawa\n"
                              "0/0 sim wire=o mtu=9216\n"
                              "router nobody\n"
                              "0/0 sim wire=b mtu=9216\n"
                              "0/1 sim wire=o mtu=9216\n";

static struct kit *kit;
static struct sim_net *net;
static uint16_t sequence;

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
        .chassis = chassis, .count = KIT_ROUTERS, .plug = plug};

    net = sim_net_new(1);
    sim_net_nat(net, BOSTON, packet_address("198.51.100.7"));
    kit = kit_of(&params);
}

static void
tear_down(void)
{
    kit_free(kit);
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

/* All but the two ends of the tunnel. */
static void
type_common(size_t router)
{
    typing = kit_session(kit, router, "alice", 15);
    type("OPEN");
    type("CREATE transform-set strong");
    type("SET transform-set transforms strong esp-aes128-hmac-sha");
    type("CREATE ike-policy-rule 1");
    type("SET ike-policy-rule aggressive_mode 1 requested");
    type("CREATE interface default loopback 0");
    type("SET interface ip default loopback 0 10.%zu.0.1 255.255.0.0",
        router + 1);
    type("CREATE interface default fastEthernet 0/0");
    type("SET interface ip default fastEthernet 0/0 192.0.2.%zu 255.255.255.0",
        router + 1);
    type("CREATE route default 198.51.100.0 255.255.255.0 - "
         "fastEthernet 0/0 - -");
    type("CREATE tunnel default peer");
    type("SET tunnel transform_set default peer strong");
    type("SET tunnel ip default peer 10.255.0.%zu 255.255.255.0", router + 1);
    type(
        "CREATE route default 10.%zu.0.0 255.255.0.0 - - - peer -", 2 - router);
}

static void
commit(void)
{
    type("COMMIT");
    kit_leave(kit, typing);
}

static void
configure_boston(bool is_named)
{
    type_common(BOSTON);
    if (is_named) {
        type("SET virtual-router local_endpoint default 192.0.2.1");
        type("SET tunnel source default peer - branch.isp.net");
    } else {
        type("SET tunnel source default peer 192.0.2.1 -");
    }
    type("SET tunnel destination default peer 192.0.2.2 -");
    type("CREATE preshared-key default 192.0.2.2 -");
    type("SET preshared-key key default 192.0.2.2 - !same");
    commit();
}

static void
configure_ottawa(bool is_named)
{
    const char *peer = is_named ? "- branch.isp.net" : "198.51.100.7 -";

    type_common(OTTAWA);
    type("SET tunnel source default peer 192.0.2.2 -");
    type("SET tunnel destination default peer %s", peer);
    type("CREATE preshared-key default %s", peer);
    type("SET preshared-key key default %s !same", peer);
    commit();
}

/* ---- traffic ---- */

static uint64_t
heard(size_t router)
{
    const struct router *from = kit->routers[router];
    const struct object *tunnel =
        config_next(engine_running(from->engine), OBJECT_TUNNEL, NULL);
    struct dp_interface_counters counters;
    uint32_t interface = 0;

    cr_assert_eq(ipsec_interface(from->ipsec, tunnel, &interface), OK);
    dp_interface_counters(
        router_dp(kit->routers[router]), interface, &counters);
    return counters.in_user_packets;
}

/* One ping from boston: was it answered within the second? */
static bool
talk(void)
{
    struct dp_batch *batch = dp_batch_new();
    uint64_t before = heard(BOSTON);

    dp_batch_add(batch, DP_PING)->ping = (struct dp_ping){
        .has_source = true,
        .source = packet_address("10.1.0.1"),
        .destination = packet_address("10.2.0.1"),
        .id = 1,
        .sequence = sequence++,
    };
    cr_assert_eq(dp_submit(router_dp(kit->routers[BOSTON]), batch), OK);
    kit_run(kit, kit->now.monotonic_us + S);
    return heard(BOSTON) > before;
}

/* How many pings are lost until one is answered? */
static unsigned
lost(void)
{
    unsigned count = 0;

    while (count < 300 && !talk())
        count++;
    return count;
}

static void
expect_steady(unsigned seconds)
{
    for (unsigned s = 0; s < seconds; s++)
        cr_assert(talk(), "after %u s", s);
}

Test(router_nat, a_new_port_is_followed_at_once, .init = set_up,
    .fini = tear_down)
{
    configure_ottawa(false);
    configure_boston(false);
    cr_assert_leq(lost(), 5);
    expect_steady(60);
    for (unsigned i = 0; i < 3; i++) {
        sim_net_nat(net, BOSTON, packet_address("198.51.100.7"));
        cr_expect_leq(lost(), 1, "the packet that tells it is not answered");
        expect_steady(120);
    }
}

Test(router_nat, a_new_address_of_a_named_peer_is_followed_at_once,
    .init = set_up, .fini = tear_down)
{
    configure_ottawa(true);
    configure_boston(true);
    cr_assert_leq(lost(), 5);
    expect_steady(60);
    for (unsigned i = 0; i < 3; i++) {
        sim_net_nat(net, BOSTON, 0xc6336414U + i);
        cr_expect_leq(lost(), 1, "the packet that tells it is not answered");
        expect_steady(120);
    }
}

Test(router_nat, a_new_address_of_a_peer_that_has_one_is_not_followed,
    .init = set_up, .fini = tear_down)
{
    configure_ottawa(false);
    configure_boston(false);
    cr_assert_leq(lost(), 5);
    sim_net_nat(net, BOSTON, packet_address("198.51.100.20"));
    cr_expect_eq(lost(), 300, "ottawa's tunnel is to another address");
    sim_net_nat(net, BOSTON, packet_address("198.51.100.7"));
    cr_expect_leq(lost(), 1);
}

/* Nobody sends: boston's inquiry tells where it is. */
Test(router_nat, an_inquiry_is_followed_too, .init = set_up, .fini = tear_down)
{
    uint64_t before;

    configure_ottawa(true);
    configure_boston(true);
    typing = kit_session(kit, BOSTON, "alice", 15);
    type("OPEN");
    type("SET virtual-router option_dpd default +");
    commit();
    cr_assert_leq(lost(), 5);
    sim_net_nat(net, BOSTON, packet_address("198.51.100.20"));
    kit_run(kit, kit->now.monotonic_us + (uint64_t)160 * S);
    before = heard(OTTAWA);
    cr_expect_eq(lost(), 0);
    cr_expect_eq(heard(OTTAWA), before + 1);
}
