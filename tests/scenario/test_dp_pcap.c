/*
 * test_dp_pcap.c - a tunnel through files.
 *
 * Boston pings Ottawa through a tunnel, but its port writes to a file.  Ottawa
 * reads that file and writes its answers to another one, which Boston, started
 * anew with the same keys, reads: it takes them out of the tunnel.  The first
 * Boston's capture, read by itself, is nothing to it.
 *
 *   [boston] --> request.pcap --> [ottawa] --> reply.pcap --> [boston again]
 */
#include "dp.h"

#include "base/diag.h"
#include "port/port.h"
#include "tests/support/packet.h"
#include "tests/support/testbed.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WAN = 1, TUNNEL = 10, PINGS = 100 };

static char folder[] = "/tmp/ermine-dp-XXXXXX";
static char request[64];
static char reply[64];
static struct crypto *crypto;

static void
setup(void)
{
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(request, sizeof(request), "%s/request.pcap", folder);
    (void)snprintf(reply, sizeof(reply), "%s/reply.pcap", folder);
    cr_assert_eq(crypto_open(NULL, &crypto), OK);
}

static void
teardown(void)
{
    crypto_close(crypto);
    (void)unlink(request);
    (void)unlink(reply);
    (void)rmdir(folder);
}

TestSuite(dp_pcap, .init = setup, .fini = teardown);

static struct testbed *
gateway(bool is_boston, const char *in, const char *out)
{
    struct testbed *bed = testbed_new();
    struct dp_interface tunnel;
    struct port *port;

    cr_assert_eq(port_pcap_new(in, out, NULL, &port), OK);
    dp_attach_port(bed->dp, WAN, port);
    testbed_loopback(bed, 2, 0, is_boston ? "10.1.0.1/32" : "10.2.0.1/32");
    tunnel = is_boston
                 ? testbed_tunnel(TUNNEL, 0, NULL, "192.0.2.1", "192.0.2.2")
                 : testbed_tunnel(TUNNEL, 0, NULL, "192.0.2.2", "192.0.2.1");
    testbed_set(bed, &tunnel);
    (void)testbed_sa(bed, crypto, &tunnel, TRANSFORM_ESP_3DES_HMAC_SHA,
        SA_OUTBOUND, is_boston ? 0x1000 : 0x2000);
    (void)testbed_sa(bed, crypto, &tunnel, TRANSFORM_ESP_3DES_HMAC_SHA,
        SA_INBOUND, is_boston ? 0x2000 : 0x1000);
    testbed_route(bed, 0, is_boston ? "10.2.0.0/16" : "10.1.0.0/16", TUNNEL);
    /* Last: a capture is read as soon as an interface uses the port. */
    testbed_port(bed, WAN, 0, is_boston ? "192.0.2.1/24" : "192.0.2.2/24");
    return bed;
}

Test(dp_pcap, what_one_gateway_wrote_the_other_one_takes)
{
    struct testbed *boston = gateway(true, NULL, request);
    struct testbed *ottawa;
    struct dp_interface_counters counters;
    uint16_t i;

    for (i = 0; i < PINGS; i++)
        testbed_ping(boston, 0, "10.1.0.1", "10.2.0.1", i, 56);
    testbed_free(boston);

    ottawa = gateway(false, request, reply);
    cr_expect_eq(testbed_poll(ottawa, 1), UINT64_MAX, "the file has ended");
    counters = testbed_counters(ottawa, TUNNEL);
    cr_expect_eq(counters.in_user_packets, PINGS);
    cr_expect_eq(counters.out_user_packets, PINGS);
    testbed_free(ottawa);

    boston = gateway(true, reply, NULL);
    (void)testbed_poll(boston, 1);
    cr_expect_eq(testbed_counters(boston, TUNNEL).in_user_packets, PINGS);
    cr_expect_eq(testbed_drops(boston, DROP_NOT_FOR_US), PINGS,
        "this Boston asked for nothing");
    testbed_free(boston);

    boston = gateway(true, request, NULL);
    (void)testbed_poll(boston, 1);
    cr_expect_eq(testbed_counters(boston, TUNNEL).in_user_packets, 0);
    testbed_free(boston);
}
