/* What the host says of ports, asked about its own loopback device. */
#include <criterion/criterion.h>

#include "chassis/chassis.h"
#include "daemon/probe.h"
#include "daemon/real_port.h"

#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct real_port port;

static void
setup(void)
{
    port = (struct real_port){.fd_count = 1};
    port.fds[0] = socket(AF_INET, SOCK_DGRAM, 0);
    cr_assert_geq(port.fds[0], 0);
}

static void
teardown(void)
{
    real_port_close(&port);
}

TestSuite(probe, .init = setup, .fini = teardown, .timeout = 10);

Test(probe, a_host_port_is_up_with_its_address)
{
    const struct chassis_port place = {.kind = CHASSIS_HOST};
    char why[PROBE_SENTENCE];

    cr_expect_eq(probe_port(&place, &port, 0x7f000001, why), PROBE_UP);
    cr_expect_str_eq(why, "");
    cr_expect_eq(probe_port(&place, &port, 0, why), PROBE_UP,
        "no interface has an address on it yet");
    cr_expect_eq(probe_port(&place, &port, 0xc6336463, why), PROBE_DOWN);
    cr_expect_str_eq(why,
        "No device of the network namespace of ermined has the address "
        "198.51.100.99: `ip address add` there gives it to one.");
}

Test(probe, a_device_of_the_same_name_is_not_the_same_device)
{
    struct chassis_port place = {.kind = CHASSIS_TUN, .device = "lo"};
    char why[PROBE_SENTENCE];

    port.device = (int)if_nametoindex("lo");
    cr_expect_eq(probe_port(&place, &port, 0, why), PROBE_UP);
    port.device++;
    cr_expect_eq(probe_port(&place, &port, 0, why), PROBE_GONE);
    cr_expect_str_eq(
        why, "The device lo of the network namespace of ermined was deleted.");
    memcpy(place.device, "no-such", sizeof "no-such");
    cr_expect_eq(probe_port(&place, &port, 0, why), PROBE_GONE);
}

Test(probe, a_port_is_gone_with_the_name_of_its_namespace)
{
    const struct chassis_port place = {
        .kind = CHASSIS_HOST, .netns = "ermine-test-no-such"};
    char why[PROBE_SENTENCE];

    cr_expect_eq(probe_port(&place, &port, 0, why), PROBE_GONE);
    cr_expect_str_eq(
        why, "The network namespace ermine-test-no-such was deleted.");
}
