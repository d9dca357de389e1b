#include <criterion/criterion.h>

#include "base/diag.h"
#include "base/str.h"
#include "chassis/chassis.h"

#include <stdlib.h>
#include <string.h>

TestSuite(chassis, .timeout = 10);

static enum err
parse(const char *text, struct diag *diag, struct chassis **out_chassis,
    size_t *out_count)
{
    return chassis_parse(
        "lab/chassis", text, strlen(text), diag, out_chassis, out_count);
}

Test(chassis, reads_a_lab)
{
    static const char text[] =
        "# two sites\n"
        "router boston\n"
        "0/0   sim wire=backbone latency=10ms loss=0.1% mtu=1400 # to ottawa\n"
        "3/0\tpcap in=in.pcap out=/tmp/out.pcap\r\n"
        "identity model=ERX-310 release=15.1.0\n"
        "\n"
        "router ottawa\n"
        "0/0 sim wire=backbone\n";
    struct chassis *chassis;
    size_t count;

    cr_assert_eq(parse(text, NULL, &chassis, &count), OK);
    cr_assert_eq(count, 2);
    cr_expect_str_eq(chassis[0].router, "boston");
    cr_expect_str_eq(chassis[0].model, "ERX-310");
    cr_expect_str_eq(chassis[0].release, "15.1.0");
    cr_assert_eq(chassis[0].port_count, 2);
    cr_expect_str_eq(chassis[0].ports[0].location, "0/0");
    cr_expect_eq(chassis[0].ports[0].kind, CHASSIS_SIM);
    cr_expect_str_eq(chassis[0].ports[0].wire, "backbone");
    cr_expect_eq(chassis[0].ports[0].latency_us, 10000);
    cr_expect_eq(chassis[0].ports[0].loss_ppm, 1000);
    cr_expect_eq(chassis[0].ports[0].mtu, 1400);
    cr_expect_str_eq(chassis[0].ports[0].parameters,
        "wire=backbone latency=10ms loss=0.1% mtu=1400");
    cr_expect_str_eq(
        chassis[0].ports[1].in, "lab/in.pcap", "relative to the file's folder");
    cr_expect_str_eq(chassis[0].ports[1].out, "/tmp/out.pcap");
    cr_expect_eq(chassis[1].ports[0].mtu, 1500);
    cr_expect_eq(chassis_find(&chassis[0], "3/0"), 1);
    cr_expect_eq(chassis_find(&chassis[0], "3/1"), -1);
    free(chassis);
}

Test(chassis, is_one_router_without_router_lines)
{
    static const char *const texts[] = {"", "# nothing\n", "0/0 pcap out=x"};
    struct chassis *chassis;
    size_t count;
    size_t i;

    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_assert_eq(parse(texts[i], NULL, &chassis, &count), OK);
        cr_expect_eq(count, 1, "%s", texts[i]);
        cr_expect_str_eq(chassis[0].router, "");
        free(chassis);
    }
}

Test(chassis, reads_ports_of_the_linux_host)
{
    static const char text[] =
        "0/0 host netns=wan mtu=9000\n"
        "1/0 tun  device=lan0 netns=lan adopt\n"
        "1/1 tun  device=lan0 host-routes=10.2.0.0/16,0.0.0.0/0,10.3.0.1/32\n"
        "2/0 host\n";
    struct chassis *chassis;
    size_t count;

    cr_assert_eq(parse(text, NULL, &chassis, &count), OK);
    cr_assert_eq(chassis->port_count, 4);
    cr_expect_eq(chassis->ports[0].kind, CHASSIS_HOST);
    cr_expect_str_eq(chassis->ports[0].netns, "wan");
    cr_expect_eq(chassis->ports[0].mtu, 9000);
    cr_expect(chassis->ports[0].has_mtu);
    cr_expect_eq(chassis->ports[1].kind, CHASSIS_TUN);
    cr_expect_str_eq(chassis->ports[1].device, "lan0");
    cr_expect_str_eq(chassis->ports[1].netns, "lan");
    cr_expect(chassis->ports[1].adopt);
    cr_expect_not(chassis->ports[1].has_mtu);
    cr_expect_not(chassis->ports[2].adopt);
    cr_assert_eq(chassis->ports[2].route_count, 3);
    cr_expect_eq(chassis->ports[2].routes[0].prefix, 0x0a020000);
    cr_expect_eq(chassis->ports[2].routes[0].length, 16);
    cr_expect_eq(chassis->ports[2].routes[1].length, 0);
    cr_expect_eq(chassis->ports[2].routes[2].prefix, 0x0a030001);
    cr_expect_str_eq(chassis->ports[3].netns, "");
    cr_expect(chassis_is_real(&chassis->ports[3]));
    free(chassis);
}

Test(chassis, reads_numbers_with_their_units)
{
    static const struct {
        const char *word;
        uint64_t latency_us;
        uint32_t loss_ppm;
    } rows[] = {
        {"latency=0us",   0,        0      },
        {"latency=7us",   7,        0      },
        {"latency=7ms",   7000,     0      },
        {"latency=60s",   60000000, 0      },
        {"loss=0%",       0,        0      },
        {"loss=100%",     0,        1000000},
        {"loss=100.0%",   0,        1000000},
        {"loss=12.3456%", 0,        123456 },
        {"loss=0.0001%",  0,        1      },
    };
    struct chassis *chassis;
    struct str text;
    size_t count;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        str_init(&text);
        str_printf(&text, "0/0 sim wire=w %s\n0/1 sim wire=w", rows[i].word);
        cr_assert_eq(parse(str_text(&text), NULL, &chassis, &count), OK, "%s",
            rows[i].word);
        cr_expect_eq(chassis[0].ports[0].latency_us, rows[i].latency_us, "%s",
            rows[i].word);
        cr_expect_eq(
            chassis[0].ports[0].loss_ppm, rows[i].loss_ppm, "%s", rows[i].word);
        free(chassis);
        str_done(&text);
    }
}

Test(chassis, says_which_line_is_wrong_and_why)
{
    static const struct {
        const char *text;
        const char *sentence;
    } rows[] = {
        {"\n\nfoo",                                            "lab/chassis:3: A line begins with slot/port (0/0 to "
                    "255/255), `router` or `identity`, not `foo`."                                               },
        {"0/0",
         "lab/chassis:1: Say what kind of port 0/0 is: host, tun, sim or pcap."                                                     },
        {"0/0 tap",
         "lab/chassis:1: A port is host, tun, sim or pcap, not `tap`."                                                              },
        {"0/0 tun",                                            "lab/chassis:1: A tun port needs device=NAME."                       },
        {"0/0 tun device=lan/0",
         "lab/chassis:1: `device=lan/0`: the value of device= is a name of at most 15 letters, digits, `-`, `_` and `.`."           },
        {"0/0 tun device=lan%d",
         "lab/chassis:1: `device=lan%d`: the value of device= is a name of at most 15 letters, digits, `-`, `_` and `.`."           },
        {"0/0 tun device=abcdefghijklmnop",
         "lab/chassis:1: `device=abcdefghijklmnop`: the value of device= is a name of at most 15 letters, digits, `-`, `_` and `.`."},
        {"0/0 tun device=a adopt adopt",
         "lab/chassis:1: adopt is given twice."                                                                                     },
        {"0/0 tun device=a adopt=yes",
         "lab/chassis:1: A tun port has no parameter `adopt=yes`."                                                                  },
        {"0/0 tun device=a host-routes=10.2.0.1/16",
         "lab/chassis:1: `host-routes=10.2.0.1/16`: the value of host-routes= is at most 16 networks, as 10.2.0.0/16,10.3.0.0/16."  },
        {"0/0 tun device=a host-routes=10.2.0.0/16,",
         "lab/chassis:1: `host-routes=10.2.0.0/16,`: the value of host-routes= is at most 16 networks, as 10.2.0.0/16,10.3.0.0/16." },
        {"0/0 tun device=a host-routes=10.2.0.0/33",
         "lab/chassis:1: `host-routes=10.2.0.0/33`: the value of host-routes= is at most 16 networks, as 10.2.0.0/16,10.3.0.0/16."  },
        {"0/0 tun device=a host-routes=10.2.0.0",
         "lab/chassis:1: `host-routes=10.2.0.0`: the value of host-routes= is at most 16 networks, as 10.2.0.0/16,10.3.0.0/16."     },
        {"0/0 host netns=../x",
         "lab/chassis:1: `netns=../x`: the value of netns= is the name of a network namespace, as `ip netns` shows it."             },
        {"0/0 host device=a",
         "lab/chassis:1: A host port has no parameter `device=a`."                                                                  },
        {"0/0 host netns=w\n1/0 host netns=w",
         "lab/chassis: The network namespace w has two host ports: one takes all that its addresses receive."                       },
        {"0/0 host\n1/0 host",
         "lab/chassis: The network namespace of ermined has two host ports: one takes all that its addresses receive."              },
        {"0/0 tun device=a netns=w\n1/0 tun device=a netns=w",
         "lab/chassis: Two ports have the device a of the network namespace w."                                                     },
        {"0/0 sim",                                            "lab/chassis:1: A sim port needs wire=NAME."                         },
        {"0/256 pcap",                                         "lab/chassis:1: A line begins with slot/port (0/0 to "
                       "255/255), `router` or `identity`, not `0/256`."                                       },
        {"00/1 pcap",                                          "lab/chassis:1: A line begins with slot/port (0/0 to "
                      "255/255), `router` or `identity`, not `00/1`."                                          },
        {"0/0 pcap speed=1",
         "lab/chassis:1: A pcap port has no parameter `speed=1`."                                                                   },
        {"0/0 pcap wire=w",
         "lab/chassis:1: A pcap port has no parameter `wire=w`."                                                                    },
        {"0/0 pcap in",                                        "lab/chassis:1: A pcap port has no parameter `in`."                  },
        {"0/0 pcap in=a in=b",                                 "lab/chassis:1: in= is given twice."                                 },
        {"0/0 pcap in=",                                       "lab/chassis:1: `in=`: the value of in= is a path of "
                         "at most 255 characters."                                                          },
        {"0/0 sim wire=w latency=5",
         "lab/chassis:1: `latency=5`: the value of latency= is a whole "
            "number with us, ms or s, at most 60s."                                                                                 },
        {"0/0 sim wire=w latency=61s",
         "lab/chassis:1: `latency=61s`: the value of latency= is a whole "
            "number with us, ms or s, at most 60s."                                                                                 },
        {"0/0 sim wire=w loss=101%",
         "lab/chassis:1: `loss=101%`: the value of loss= is a percentage "
            "with at most four digits after the point, as 0.1%."                                                                    },
        {"0/0 sim wire=w loss=100.1%",
         "lab/chassis:1: `loss=100.1%`: the value of loss= is a percentage "
            "with at most four digits after the point, as 0.1%."                                                                    },
        {"0/0 sim wire=w loss=1.%",
         "lab/chassis:1: `loss=1.%`: the value of loss= is a percentage "
            "with at most four digits after the point, as 0.1%."                                                                    },
        {"0/0 sim wire=w mtu=67",                              "lab/chassis:1: `mtu=67`: the value of mtu= "
                                  "is a number from 68 to 9216."                                   },
        {"0/0 pcap\n0/0 pcap",                                 "lab/chassis:2: There is a port 0/0 already."                        },
        {"router a\nrouter a",                                 "lab/chassis:2: There is a router a already."                        },
        {"router ../a",                                        "lab/chassis:1: A router line is `router NAME`, with "
                        "a name of letters, digits, `-`, `_` and `.`."                                       },
        {"router",                                             "lab/chassis:1: A router line is `router NAME`, with a "
                   "name of letters, digits, `-`, `_` and `.`."                                                   },
        {"0/0 pcap\nrouter a",                                 "lab/chassis:2: What stands before the first "
                               "`router` line belongs to no router."                                  },
        {"identity",                                           "lab/chassis:1: An identity has model= and release=."                },
        {"identity colour=red",                                "lab/chassis:1: An identity has model= and "
                                "release=, not `colour=red`."                                        },
        {"0/0 sim wire=w",
         "lab/chassis: The wire w has 1 end: it needs exactly two."                                                                 },
        {"0/0 sim wire=w\n0/1 sim wire=w\n0/2 sim wire=w",
         "lab/chassis: The wire w has 3 ends: it needs exactly two."                                                                },
    };
    struct chassis *chassis;
    struct diag diag;
    size_t count;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        diag_init(&diag);
        cr_expect_eq(parse(rows[i].text, &diag, &chassis, &count), ERR_SYNTAX,
            "%s", rows[i].text);
        cr_assert_eq(diag.count, 1, "%s", rows[i].text);
        cr_expect_str_eq(diag.entries[0].sentence, rows[i].sentence);
        diag_done(&diag);
    }
}

Test(chassis, reports_all_problems_at_once)
{
    struct chassis *chassis;
    struct diag diag;
    size_t count;

    diag_init(&diag);
    cr_expect_eq(
        parse("foo\n0/0 tap\n0/1 pcap x=1 y=2\n", &diag, &chassis, &count),
        ERR_SYNTAX);
    cr_expect_eq(diag.count, 4);
    diag_done(&diag);
}

Test(chassis, refuses_more_than_it_has_room_for)
{
    struct chassis *chassis;
    struct str text;
    struct diag diag;
    size_t count;
    int i;

    str_init(&text);
    for (i = 0; i <= CHASSIS_PORTS_MAX; i++)
        str_printf(&text, "0/%d pcap\n", i);
    diag_init(&diag);
    cr_expect_eq(parse(str_text(&text), &diag, &chassis, &count), ERR_SYNTAX);
    cr_expect_str_eq(diag.entries[0].sentence,
        "lab/chassis:65: A router has at most 64 ports.");
    diag_done(&diag);
    str_clear(&text);
    for (i = 0; i <= CHASSIS_ROUTERS_MAX; i++)
        str_printf(&text, "router r%d\n", i);
    diag_init(&diag);
    cr_expect_eq(parse(str_text(&text), &diag, &chassis, &count), ERR_SYNTAX);
    cr_expect_str_eq(diag.entries[0].sentence,
        "lab/chassis:17: A lab has at most 16 routers.");
    diag_done(&diag);
    str_clear(&text);
    str_add(&text, "0/0 pcap");
    for (i = 0; i < 20; i++)
        str_add(&text, " x");
    diag_init(&diag);
    cr_expect_eq(parse(str_text(&text), &diag, &chassis, &count), ERR_SYNTAX);
    cr_expect_str_eq(diag.entries[0].sentence,
        "lab/chassis:1: A line has at most 16 words.");
    diag_done(&diag);
    str_done(&text);
}

Test(chassis, reads_the_file_of_the_lab_that_comes_with_the_program)
{
    struct chassis *chassis;
    struct diag diag;
    size_t count;

    diag_init(&diag);
    cr_assert_eq(
        chassis_read("docs/labs/two-site/chassis", &diag, &chassis, &count),
        OK);
    cr_expect_eq(count, 2);
    cr_expect_eq(chassis[0].ports[0].latency_us, 5000);
    free(chassis);
    cr_expect_eq(
        chassis_read("/nonexistent/chassis", &diag, &chassis, &count), ERR_IO);
    cr_expect_eq(diag.count, 1);
    diag_done(&diag);
}
