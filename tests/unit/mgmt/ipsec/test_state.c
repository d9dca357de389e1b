/*
 * test_state.c - the state of a tunnel, in words.
 */
#include "ipsec/manager.h"

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
    (void)gateway_ping(boston, ottawa, "192.0.2.2", NULL);
}

static void
tear_down(void)
{
    gateway_free(boston);
    gateway_free(ottawa);
}

static struct object *
tunnel_again(void)
{
    return object_copy(gateway_running(
        boston, gateway_tunnel("ottawa", "192.0.2.1", "192.0.2.2", 1, 1)));
}

static void
commit(struct object *object)
{
    gateway_put(boston, object);
    cr_assert_eq(gateway_commit(boston), OK);
}

static void
set(unsigned field, uint64_t number)
{
    struct object *tunnel = tunnel_again();

    gateway_set_number(tunnel, field, number);
    commit(tunnel);
}

static void
shut_down(void)
{
    set(FIELD_TUNNEL_SHUTDOWN, 1);
}

static void
shut_ip_down(void)
{
    set(FIELD_TUNNEL_IP_SHUTDOWN, 1);
}

static void
signal_it(void)
{
    set(FIELD_TUNNEL_SIGNALING, (uint64_t)SIGNALING_ISAKMP);
}

static void
send_it_nowhere(void)
{
    set(FIELD_TUNNEL_DESTINATION_ADDRESS, gateway_ip("198.51.100.7"));
}

static void
send_it_into_itself(void)
{
    send_it_nowhere();
    gateway_put(
        boston, gateway_route("default", "198.51.100.0/24", "ipsec:ottawa"));
    cr_assert_eq(gateway_commit(boston), OK);
}

static void
send_it_to_null(void)
{
    send_it_nowhere();
    gateway_put(
        boston, gateway_interface("default", INTERFACE_TYPE_NULL, "0", NULL));
    gateway_put(boston, gateway_route("default", "198.51.100.0/24", "null 0"));
    cr_assert_eq(gateway_commit(boston), OK);
}

static void
send_it_to_ourselves(void)
{
    set(FIELD_TUNNEL_DESTINATION_ADDRESS, gateway_ip("10.1.0.1"));
}

static void
take_its_source_away(void)
{
    commit(gateway_interface(
        "default", INTERFACE_TYPE_FASTETHERNET, "0/0", "192.0.2.9/24"));
}

static void
shut_its_port_down(void)
{
    struct object *port = gateway_interface(
        "default", INTERFACE_TYPE_FASTETHERNET, "0/0", "192.0.2.1/24");

    gateway_set_number(port, FIELD_INTERFACE_SHUTDOWN, 1);
    commit(port);
}

static void
put_source_on_loopback_and_port_down(void)
{
    set(FIELD_TUNNEL_SOURCE_ADDRESS, gateway_ip("10.1.0.1"));
    shut_its_port_down();
}

static void
use_its_numbers_up(void)
{
    struct object *tunnel = tunnel_again();
    uint32_t index = 99;

    cr_assert_eq(ipsec_interface(boston->ipsec, tunnel, &index), OK);
    object_unref(tunnel);
    sa_start_above(
        unit_sa(ipsec_unit(boston->ipsec, index), SA_OUTBOUND), UINT32_MAX);
}

Test(state, names_the_first_obstacle)
{
    static const struct {
        void (*break_it)(void);
        const char *why;
    } rows[] = {
        {shut_down,                            "It is shut down: `no shutdown`"       },
        {shut_ip_down,                         "`no ip shutdown`"                     },
        {signal_it,                            "It has no SAs."                       },
        {send_it_nowhere,
         "No route of virtual router default leads to its destination "
            "198.51.100.7"                                                            },
        {send_it_into_itself,                  "which is the tunnel itself"           },
        {send_it_to_null,                      "`interface null 0`, which discards it"},
        {send_it_to_ourselves,                 "is an address of this router itself"  },
        {take_its_source_away,
         "Its source 192.0.2.1 is no address of virtual router default"               },
        {shut_its_port_down,
         "Its source 192.0.2.1 is not in service: `interface fastEthernet "
            "0/0` is down"                                                            },
        {put_source_on_loopback_and_port_down,
         "leads out by `interface fastEthernet 0/0`, which is down"                   },
        {use_its_numbers_up,                   "0x2001 are used up"                   },
    };
    struct object *tunnel;
    struct str why;
    uint32_t interface;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        set_up();
        str_init(&why);
        tunnel = tunnel_again();
        cr_assert_eq(ipsec_tunnel_state(boston->ipsec, tunnel, &why),
            TUNNEL_STATE_UP, "%s", str_text(&why));
        cr_assert_eq(why.length, 0);
        object_unref(tunnel);
        rows[i].break_it();
        tunnel = tunnel_again();
        cr_assert_eq(
            ipsec_tunnel_state(boston->ipsec, tunnel, &why), TUNNEL_STATE_DOWN);
        cr_assert(strstr(str_text(&why), rows[i].why) != NULL,
            "wanted \"%s\", got \"%s\"", rows[i].why, str_text(&why));
        cr_assert_eq(ipsec_interface(boston->ipsec, tunnel, &interface), OK);
        cr_assert_eq(ipsec_interface_state(boston->ipsec, interface, tunnel),
            TUNNEL_STATE_DOWN, "%s, where nobody asks why", rows[i].why);
        object_unref(tunnel);
        str_done(&why);
        tear_down();
    }
}

Test(state, is_down_until_the_dataplane_has_taken_it, .init = set_up,
    .fini = tear_down)
{
    struct object *tunnel =
        gateway_tunnel("new", "192.0.2.1", "192.0.2.2", 0x1005, 0x1006);
    struct str why;

    str_init(&why);
    cr_assert_eq(ipsec_tunnel_state(boston->ipsec, tunnel, &why),
        TUNNEL_STATE_NOT_PRESENT);
    cr_assert_str_eq(str_text(&why), "The dataplane does not have it.");
    str_clear(&why);
    gateway_put(boston, object_ref(tunnel));
    cr_assert_eq(gateway_prepare(boston), OK);
    boston->participant.apply(boston->participant.context);
    cr_assert_eq(
        ipsec_tunnel_state(boston->ipsec, tunnel, &why), TUNNEL_STATE_DOWN);
    cr_assert_str_eq(
        str_text(&why), "The dataplane has not brought it up yet.");
    object_unref(tunnel);
    str_done(&why);
}

Test(state, resolves_addresses_as_the_dataplane_does, .init = set_up,
    .fini = tear_down)
{
    static const struct {
        const char *vr;
        const char *address;
        enum err error;
    } rows[] = {
        {"default", "192.0.2.77",   OK           },
        {"default", "10.2.3.4",     OK           },
        {"default", "10.1.0.1",     ERR_EXISTS   },
        {"default", "198.51.100.7", ERR_NOT_FOUND},
        {"nowhere", "192.0.2.77",   ERR_NOT_FOUND},
    };
    uint32_t interface;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_assert_eq(ipsec_resolve(boston->ipsec, rows[i].vr,
                         gateway_ip(rows[i].address), &interface),
            rows[i].error, "%s", rows[i].address);
    shut_its_port_down();
    cr_assert_eq(ipsec_resolve(boston->ipsec, "default",
                     gateway_ip("192.0.2.77"), &interface),
        ERR_CONFLICT);
}
