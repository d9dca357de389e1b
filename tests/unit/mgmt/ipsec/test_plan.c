/*
 * test_plan.c - a commit reaches the dataplane, changes only what it must,
 * and leaves nothing behind where it is refused.
 *
 *    10.1.0.1/16 boston 192.0.2.1 ---- 192.0.2.2 ottawa 10.2.0.1/16
 *                     \____ tunnel, esp-hmac-sha ____/
 */
#include "ipsec/manager.h"

#include "base/ip.h"
#include "base/str.h"
#include "tests/support/gateway.h"

#include <criterion/criterion.h>
#include <string.h>

static struct gateway *boston;
static struct gateway *ottawa;

static void
set_up(void)
{
    gateway_two_sites(&boston, &ottawa);
}

static void
tear_down(void)
{
    gateway_free(boston);
    gateway_free(ottawa);
}

/* Boston's tunnel again, to be changed and put. */
static struct object *
tunnel_again(void)
{
    const struct object *running = gateway_running(
        boston, gateway_tunnel("ottawa", "192.0.2.1", "192.0.2.2", 1, 1));

    return object_copy(running);
}

static const struct unit *
unit_of(const struct gateway *gateway, const struct object *object)
{
    uint32_t index = 0;

    cr_assert_eq(ipsec_interface(gateway->ipsec, object, &index), OK);
    return ipsec_unit(gateway->ipsec, index);
}

static const struct unit *
tunnel_unit(void)
{
    struct object *tunnel = tunnel_again();
    const struct unit *unit = unit_of(boston, tunnel);

    object_unref(tunnel);
    return unit;
}

static bool
passes(void)
{
    return gateway_ping(boston, ottawa, "10.2.0.1", "10.1.0.1");
}

static bool
diag_says(const struct gateway *gateway, const char *part)
{
    for (size_t i = 0; i < gateway->diag.count; i++) {
        if (strstr(gateway->diag.entries[i].sentence, part) != NULL)
            return true;
    }
    return false;
}

Test(plan, brings_a_manual_tunnel_into_force, .init = set_up, .fini = tear_down)
{
    const struct unit *unit;

    cr_assert(passes());
    unit = tunnel_unit();
    cr_assert_eq(sa_sequence(unit_sa(unit, SA_OUTBOUND)), 1);
    cr_assert_eq(sa_sequence(unit_sa(unit, SA_INBOUND)), 1);
    cr_assert_eq(ipsec_sent(boston->ipsec), 2); /* VR default, the commit */
    cr_assert_eq(ipsec_applied(boston->ipsec), 2);
}

Test(plan, lets_sequence_numbers_go_on_over_a_live_change, .init = set_up,
    .fini = tear_down)
{
    static const struct {
        unsigned field;
        uint64_t number;
        const char *why;
    } changes[] = {
        {FIELD_TUNNEL_MTU,              1200,       "the MTU is not part of the SA"},
        {FIELD_TUNNEL_LIFETIME_SECONDS, 3600,       "nor is a lifetime"            },
        {FIELD_TUNNEL_IP_MASK,          0xffffff00, "nor the address"              },
        {FIELD_TUNNEL_SHUTDOWN,         1,          "a pause is not an end"        },
    };
    const struct sa *inbound;
    const struct sa *outbound;
    struct object *tunnel;

    cr_assert(passes());
    inbound = unit_sa(tunnel_unit(), SA_INBOUND);
    outbound = unit_sa(tunnel_unit(), SA_OUTBOUND);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        tunnel = tunnel_again();
        gateway_set_number(tunnel, changes[i].field, changes[i].number);
        gateway_put(boston, tunnel);
        cr_assert_eq(gateway_commit(boston), OK);
        cr_assert_eq(
            unit_sa(tunnel_unit(), SA_INBOUND), inbound, "%s", changes[i].why);
        cr_assert_eq(unit_sa(tunnel_unit(), SA_OUTBOUND), outbound, "%s",
            changes[i].why);
    }
    cr_assert_not(passes()); /* it is shut down */
    tunnel = tunnel_again();
    value_done(&tunnel->fields[FIELD_TUNNEL_SHUTDOWN]);
    gateway_put(boston, tunnel);
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert(passes());
    cr_assert_eq(sa_sequence(outbound), 2);
}

Test(plan, replaces_both_sas_when_an_identity_changes, .init = set_up,
    .fini = tear_down)
{
    struct object *tunnel;

    cr_assert(passes());
    tunnel = tunnel_again();
    gateway_set_number(
        tunnel, FIELD_TUNNEL_PEER_IDENTITY_ADDRESS, gateway_ip("10.2.0.0"));
    gateway_set_number(tunnel, FIELD_TUNNEL_PEER_IDENTITY_MASK, ip_mask_of(16));
    gateway_put(boston, tunnel);
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert_eq(sa_sequence(unit_sa(tunnel_unit(), SA_INBOUND)), 0);
    cr_assert_eq(sa_sequence(unit_sa(tunnel_unit(), SA_OUTBOUND)),
        IPSEC_SEQUENCE_STEP, "above all that the old one may have sent");
    cr_assert(passes());
}

/* Boston's virtual router with this local endpoint. */
static void
put_endpoint(const char *address)
{
    struct object *vr = gateway_vr("default");

    gateway_set_number(
        vr, FIELD_VIRTUAL_ROUTER_LOCAL_ENDPOINT, gateway_ip(address));
    gateway_put(boston, vr);
}

Test(plan, starts_a_tunnel_without_a_source_at_the_local_endpoint,
    .init = set_up, .fini = tear_down)
{
    const struct sa *outbound = unit_sa(tunnel_unit(), SA_OUTBOUND);
    struct object *tunnel = tunnel_again();

    value_done(&tunnel->fields[FIELD_TUNNEL_SOURCE_ADDRESS]);
    gateway_put(boston, tunnel);
    put_endpoint("192.0.2.1");
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert_eq(unit_sa(tunnel_unit(), SA_OUTBOUND), outbound,
        "the source is the same");
    cr_assert(passes());
}

Test(plan, moves_only_tunnels_whose_local_endpoint_moves, .init = set_up,
    .fini = tear_down)
{
    struct object *tunnel = tunnel_again();
    struct object *other =
        gateway_tunnel("other", "192.0.2.1", "192.0.2.9", 0x3001, 0x3002);
    struct object *key = object_copy(other);
    const struct sa *stays;
    const struct sa *leaves;

    value_done(&tunnel->fields[FIELD_TUNNEL_SOURCE_ADDRESS]);
    gateway_set_number(other, FIELD_TUNNEL_IP_ADDRESS, gateway_ip("10.7.0.1"));
    gateway_put(boston, tunnel);
    gateway_put(boston, other);
    put_endpoint("192.0.2.1");
    cr_assert_eq(gateway_commit(boston), OK);
    stays = unit_sa(unit_of(boston, key), SA_OUTBOUND);
    leaves = unit_sa(tunnel_unit(), SA_OUTBOUND);
    cr_assert_eq(sa_src(leaves), gateway_ip("192.0.2.1"));
    put_endpoint("10.1.0.1");
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert_eq(
        sa_src(unit_sa(tunnel_unit(), SA_OUTBOUND)), gateway_ip("10.1.0.1"));
    cr_assert_eq(
        sa_dst(unit_sa(tunnel_unit(), SA_INBOUND)), gateway_ip("10.1.0.1"));
    cr_assert_eq(
        tunnel_unit()->interface.tunnel.source, gateway_ip("10.1.0.1"));
    cr_assert_eq(unit_sa(unit_of(boston, key), SA_OUTBOUND), stays);
    cr_assert_eq(sa_src(stays), gateway_ip("192.0.2.1"));
    object_unref(key);
}

Test(plan, replaces_only_the_sa_whose_key_changes, .init = set_up,
    .fini = tear_down)
{
    const struct sa *inbound = unit_sa(tunnel_unit(), SA_INBOUND);
    struct object *tunnel = tunnel_again();

    gateway_set_number(tunnel, FIELD_TUNNEL_SESSION_KEY_OUTBOUND_SPI, 0x2002);
    gateway_put(boston, tunnel);
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert_eq(unit_sa(tunnel_unit(), SA_INBOUND), inbound);
    cr_assert_eq(sa_spi(unit_sa(tunnel_unit(), SA_OUTBOUND)), 0x2002);
    cr_assert_eq(sa_sequence(unit_sa(tunnel_unit(), SA_OUTBOUND)), 0);
    cr_assert_not(passes()); /* ottawa knows nothing of it */
}

Test(plan, sends_nothing_for_what_the_dataplane_does_not_see, .init = set_up,
    .fini = tear_down)
{
    uint64_t sent = ipsec_sent(boston->ipsec);
    struct object *tunnel = tunnel_again();

    gateway_set_text(tunnel, FIELD_TUNNEL_DESCRIPTION, "to ottawa");
    gateway_put(boston, tunnel);
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert_eq(ipsec_sent(boston->ipsec), sent);
}

Test(plan, takes_everything_away_again, .init = set_up, .fini = tear_down)
{
    cr_assert(passes());
    gateway_take(
        boston, gateway_route("default", "10.2.0.0/16", "ipsec:ottawa"));
    gateway_take(
        boston, gateway_tunnel("ottawa", "192.0.2.1", "192.0.2.2", 1, 1));
    gateway_take(boston,
        gateway_interface("default", INTERFACE_TYPE_FASTETHERNET, "0/0", NULL));
    gateway_take(boston,
        gateway_interface("default", INTERFACE_TYPE_LOOPBACK, "0", NULL));
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert_eq(boston->ipsec->interfaces.count, 0);
    cr_assert_eq(boston->ipsec->sa_count, 0);
    cr_assert_eq(boston->ipsec->route_count, 0);
    cr_assert_not(gateway_ping(boston, NULL, "10.1.0.1", NULL));
}

Test(plan, moves_port_and_spi_between_objects_in_one_commit, .init = set_up,
    .fini = tear_down)
{
    gateway_take(
        boston, gateway_route("default", "10.2.0.0/16", "ipsec:ottawa"));
    gateway_take(
        boston, gateway_tunnel("ottawa", "192.0.2.1", "192.0.2.2", 1, 1));
    gateway_take(boston,
        gateway_interface("default", INTERFACE_TYPE_FASTETHERNET, "0/0", NULL));
    gateway_put(
        boston, gateway_interface("default", INTERFACE_TYPE_GIGABITETHERNET,
                    "0/0", "192.0.2.1/24"));
    gateway_put(boston,
        gateway_tunnel("another", "192.0.2.1", "192.0.2.2", 0x1001, 0x2001));
    gateway_put(
        boston, gateway_route("default", "10.2.0.0/16", "ipsec:another"));
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert(passes());
}

Test(plan, follows_a_tunnel_between_two_virtual_routers, .init = set_up,
    .fini = tear_down)
{
    struct object *tunnel =
        gateway_tunnel("inside", "192.0.2.1", "192.0.2.2", 0x1002, 0x2002);
    const struct unit *unit;
    uint16_t vr = 0;

    value_done(&tunnel->fields[FIELD_TUNNEL_VIRTUAL_ROUTER]);
    tunnel->fields[FIELD_TUNNEL_VIRTUAL_ROUTER] = value_text("red");
    gateway_set_text(tunnel, FIELD_TUNNEL_TRANSPORT_VR, "default");
    gateway_put(boston, gateway_vr("red"));
    gateway_put(boston, object_ref(tunnel));
    cr_assert_eq(gateway_commit(boston), OK);
    unit = unit_of(boston, tunnel);
    cr_assert_eq(ipsec_vr(boston->ipsec, "red", &vr), OK);
    cr_assert_eq(unit->interface.vr, vr);
    cr_assert_eq(unit->interface.tunnel.transport_vr, 0);
    gateway_take(boston, tunnel);
    gateway_take(boston, gateway_vr("red"));
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert_eq(ipsec_vr(boston->ipsec, "red", &vr), ERR_NOT_FOUND);
}

Test(plan, changes_a_distance, .init = set_up, .fini = tear_down)
{
    struct object *route =
        gateway_route("default", "10.2.0.0/16", "ipsec:ottawa");
    uint32_t interface = 99;

    gateway_put(boston, gateway_route("default", "10.2.0.0/16", "192.0.2.2"));
    cr_assert_eq(gateway_commit(boston), OK);
    gateway_set_number(route, FIELD_ROUTE_DISTANCE, 200);
    gateway_put(boston, route);
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert_eq(boston->ipsec->route_count, 2);
    cr_assert_eq(ipsec_resolve(boston->ipsec, "default", gateway_ip("10.2.0.1"),
                     &interface),
        OK);
    cr_assert_eq(
        ipsec_interface_of(boston->ipsec, interface)->type, OBJECT_INTERFACE);
}

/* ---- refusals ---- */

static void
put_too_many_interfaces(void)
{
    char location[4] = "10";

    for (char c = '0'; c <= '9'; c++) {
        location[1] = c;
        gateway_put(boston, gateway_interface("default",
                                INTERFACE_TYPE_LOOPBACK, location, NULL));
    }
    location[0] = '2';
    for (char c = '0'; c <= '9'; c++) {
        location[1] = c;
        gateway_put(boston, gateway_interface("default",
                                INTERFACE_TYPE_LOOPBACK, location, NULL));
    }
}

static void
put_too_many_vrs(void)
{
    gateway_put(boston, gateway_vr("a"));
    gateway_put(boston, gateway_vr("b"));
    gateway_put(boston, gateway_vr("c"));
    gateway_put(boston, gateway_vr("d"));
}

static void
put_too_many_routes(void)
{
    char prefix[] = "172.16.0.0/24";

    for (char c = '0'; c <= '9'; c++) {
        prefix[7] = c;
        gateway_put(boston, gateway_route("default", prefix, "192.0.2.2"));
    }
}

static void
put_too_many_sas(void)
{
    char name[] = "t0";

    for (char c = '0'; c <= '9'; c++) {
        name[1] = c;
        gateway_put(boston, gateway_tunnel(name, "192.0.2.1", "192.0.2.2",
                                0x3000U + (uint32_t)c, 0x3000U + (uint32_t)c));
    }
}

static void
put_a_foreign_key(void)
{
    struct object *tunnel =
        gateway_tunnel("x", "192.0.2.1", "192.0.2.2", 0x3001, 0x3002);

    gateway_set_text(tunnel, FIELD_TUNNEL_SESSION_KEY_OUTBOUND_KEY, "?");
    gateway_put(boston, tunnel);
}

static void
put_a_short_key(void)
{
    struct object *tunnel =
        gateway_tunnel("x", "192.0.2.1", "192.0.2.2", 0x3001, 0x3002);

    gateway_set_text(tunnel, FIELD_TUNNEL_SESSION_KEY_INBOUND_KEY, "$5a5a");
    gateway_put(boston, tunnel);
}

static void
put_another_user_of_the_port(void)
{
    gateway_put(boston, gateway_interface("default",
                            INTERFACE_TYPE_GIGABITETHERNET, "0/0", NULL));
}

static void
put_too_many_addresses(void)
{
    for (uint64_t i = 0; i < 3; i++) {
        struct value keys[SCHEMA_KEYS_MAX] = {value_text("default"),
            value_number(INTERFACE_TYPE_FASTETHERNET), value_text("0/0"),
            value_number(0x0a500001 + (i << 8)), value_number(0xffffff00)};

        gateway_put(boston, object_new(OBJECT_INTERFACE_ADDRESS, keys));
        value_done(&keys[0]);
        value_done(&keys[2]);
    }
}

static void
put_a_tunnel_without_transport(void)
{
    struct object *tunnel =
        gateway_tunnel("x", "192.0.2.1", "192.0.2.2", 0x3001, 0x3002);

    gateway_set_text(tunnel, FIELD_TUNNEL_TRANSPORT_VR, "nowhere");
    gateway_put(boston, tunnel);
}

Test(plan, refuses_with_a_sentence_and_leaves_no_trace, .init = set_up,
    .fini = tear_down)
{
    static const struct {
        void (*put)(void);
        enum err error;
        const char *sentence;
    } rows[] = {
        {put_too_many_interfaces,        ERR_EXHAUSTED, "at most 16 interfaces"    },
        {put_too_many_vrs,               ERR_EXHAUSTED, "at most 4 virtual routers"},
        {put_too_many_routes,            ERR_EXHAUSTED, "at most 8 routes"         },
        {put_too_many_sas,               ERR_EXHAUSTED, "at most 8 SAs"            },
        {put_too_many_addresses,         ERR_EXHAUSTED, "at most 2 secondary"      },
        {put_a_foreign_key,              ERR_AUTH,      "another router's key file"},
        {put_a_short_key,                ERR_INVALID,   "do not fit the transform" },
        {put_another_user_of_the_port,   ERR_CONFLICT,
         "remove `interface fastEthernet 0/0` first"                               },
        {put_a_tunnel_without_transport, ERR_NOT_FOUND,
         "transport virtual router does not exist"                                 },
    };
    uint32_t vrs = boston->ipsec->vrs.count;
    uint32_t interfaces = boston->ipsec->interfaces.count;
    uint64_t sent = ipsec_sent(boston->ipsec);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rows[i].put();
        cr_assert_eq(
            gateway_commit(boston), rows[i].error, "%s", rows[i].sentence);
        cr_assert(diag_says(boston, rows[i].sentence), "%s: %s",
            rows[i].sentence,
            boston->diag.count != 0 ? boston->diag.entries[0].sentence : "-");
        cr_assert_eq(boston->ipsec->vrs.count, vrs);
        cr_assert_eq(boston->ipsec->interfaces.count, interfaces);
        cr_assert_eq(boston->ipsec->sa_count, 2);
        cr_assert_eq(ipsec_sent(boston->ipsec), sent);
        cr_assert(passes());
    }
}

Test(plan, gives_handles_back_when_a_commit_is_given_up, .init = set_up,
    .fini = tear_down)
{
    uint32_t interfaces = boston->ipsec->interfaces.count;
    uint32_t spare = boston->ipsec->interfaces.spare;

    for (int i = 0; i < 40; i++) { /* more than there are handles */
        gateway_put(boston, gateway_vr("red"));
        gateway_put(boston,
            gateway_tunnel("x", "192.0.2.1", "192.0.2.2", 0x3001, 0x3002));
        cr_assert_eq(gateway_prepare(boston), OK);
        boston->participant.abort(boston->participant.context);
    }
    cr_assert_eq(boston->ipsec->interfaces.count, interfaces);
    cr_assert_eq(boston->ipsec->vrs.count, 1);
    cr_assert_neq(boston->ipsec->interfaces.spare, spare,
        "the index given back waits for the next");
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert_eq(boston->ipsec->interfaces.count, interfaces + 1);
    cr_assert(passes());
}

Test(plan, warns_of_a_port_that_the_chassis_lacks, .init = set_up,
    .fini = tear_down)
{
    struct object *interface = gateway_interface(
        "default", INTERFACE_TYPE_FASTETHERNET, "5/0", "198.51.100.1/24");
    uint32_t index = 99;

    gateway_put(boston, object_ref(interface));
    gateway_put(
        boston, gateway_route("default", "172.16.0.0/24", "fastEthernet 5/0"));
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert_not(diag_has_errors(&boston->diag));
    cr_assert(diag_says(boston, "no such port"));
    cr_assert_eq(
        ipsec_interface(boston->ipsec, interface, &index), ERR_NOT_FOUND);
    gateway_take(
        boston, gateway_route("default", "172.16.0.0/24", "fastEthernet 5/0"));
    gateway_take(boston, interface);
    cr_assert_eq(gateway_commit(boston), OK);
    cr_assert(passes());
}

Test(plan, keeps_batches_in_order_while_the_dataplane_is_busy, .init = set_up,
    .fini = tear_down)
{
    struct object *tunnel;
    uint64_t sent;

    /* Commits without a poll: more than the 64 that may be under way. */
    for (uint64_t mtu = 1000; mtu < 1100; mtu++) {
        tunnel = tunnel_again();
        gateway_set_number(tunnel, FIELD_TUNNEL_MTU, mtu);
        gateway_put(boston, tunnel);
        cr_assert_eq(gateway_prepare(boston), OK);
        boston->participant.apply(boston->participant.context);
        config_unref(boston->running);
        boston->running = config_ref(boston->candidate);
    }
    sent = ipsec_sent(boston->ipsec);
    cr_assert_eq(sent, 102);
    cr_assert_eq(ipsec_applied(boston->ipsec), 2);
    cr_assert_gt(boston->ipsec->backlog_count, 0);
    cr_assert(passes());
    cr_assert_eq(ipsec_applied(boston->ipsec), sent);
    cr_assert_eq(boston->ipsec->backlog_count, 0);
}

Test(plan, is_released_with_a_manager_that_ends_in_between, .init = set_up,
    .fini = tear_down)
{
    /* What leaks is found by the sanitizer. */
    gateway_put(
        boston, gateway_tunnel("x", "192.0.2.1", "192.0.2.2", 0x3001, 0x3002));
    cr_assert_eq(gateway_prepare(boston), OK);
    cr_assert_not_null(boston->ipsec->plan);
}
