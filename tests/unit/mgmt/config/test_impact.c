/*
 * test_impact.c - whom a change disturbs, also through what it depends on.
 */
#include "config/config.h"

#include "base/str.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>

/* m and s are manual; a and b are signaled, b with a lifetime of its own; c is
 * in another virtual router and has its ends in the default one. */
static const char running[] =
    "ipsec transform-set strong esp-3des-hmac-sha\n"
    "ipsec transform-set spare esp-3des-hmac-sha\n"
    "ipsec ike-policy-rule 1\n"
    "virtual-router isp\n"
    "virtual-router default\n"
    "interface loopback 0\n"
    " ip address 10.0.0.1 255.255.255.255\n"
    "interface loopback 1\n"
    " ip address 10.0.0.2 255.255.255.255\n"
    " ip address 10.0.0.3 255.255.255.255 secondary\n"
    "interface tunnel ipsec:a\n"
    " tunnel source 10.0.0.1\n"
    " tunnel transform-set strong\n"
    "interface tunnel ipsec:b\n"
    " tunnel source 10.0.0.1\n"
    " tunnel transform-set spare\n"
    " tunnel lifetime seconds 3600\n"
    "interface tunnel ipsec:m\n"
    " tunnel signaling manual\n"
    " tunnel source 10.0.0.2\n"
    " tunnel transform-set strong\n"
    "interface tunnel ipsec:s\n"
    " tunnel signaling manual\n"
    " tunnel source 10.0.0.3\n"
    "interface loopback 3\n"
    " ip address 10.0.0.4 255.255.255.255\n"
    " shutdown\n"
    "interface loopback 4\n"
    " ip address 10.0.0.5 255.255.255.255\n"
    "interface tunnel ipsec:down\n"
    " tunnel signaling isakmp\n"
    " tunnel source 10.0.0.1\n"
    " tunnel lifetime seconds 3600 kilobytes 204800\n"
    " shutdown\n"
    "interface tunnel ipsec:far\n"
    " tunnel signaling manual\n"
    " tunnel source 10.0.0.4\n"
    "interface tunnel ipsec:gone\n"
    " tunnel signaling manual\n"
    " tunnel source 10.0.0.4\n"
    " shutdown\n"
    "interface tunnel gre:g\n"
    " tunnel source 10.0.0.5\n"
    " tunnel destination 192.0.2.9\n"
    "virtual-router isp\n"
    "interface tunnel ipsec:c transport-virtual-router default\n"
    " tunnel source 10.0.0.2\n"
    " tunnel transform-set strong\n";

static const struct {
    const char *why;
    const char *typed;
    const char *impact; /* "NAME IMPACT" by tunnel, in order */
} rows[] = {
    {"no tunnel has to do with it",                                        "hostname north\ninterface loopback 9\n",
     ""                                                                                                                                                                          },
    {"its own setting, live",                                              "interface tunnel ipsec:a\ntunnel mtu 1300\n",
     "a changed-live;"                                                                                                                                                           },
    {"its own setting, for the next SAs",
     "interface tunnel ipsec:a\ntunnel pfs group 2\n",                                                                            "a renegotiated;"                              },
    {"a manual tunnel has no next SAs",
     "interface tunnel ipsec:m\ntunnel lifetime seconds 3600\n",                                                                  "m changed-live;"                              },
    {"the worst counts",
     "interface tunnel ipsec:a\ntunnel mtu 1300\ntunnel pfs group 2\n"
        "tunnel source 10.0.0.2\n",                                                                                               "a restarted;"                                 },
    {"its default, said",                                                  "interface tunnel ipsec:a\ntunnel signaling isakmp\n",
     "a changed-live;"                                                                                                                                                           },
    {"the peer of a signaled tunnel is told the form of an identity",
     "interface tunnel ipsec:a\ntunnel local-identity range 0.0.0.0 "
        "255.255.255.255\n",                                                                                                      "a restarted;"                                 },
    {"of a manual one only what it covers counts",
     "interface tunnel ipsec:m\ntunnel local-identity range 0.0.0.0 "
        "255.255.255.255\n",                                                                                                      "m changed-live;"                              },
    {"the transform set that it names",
     "ipsec transform-set strong ah-hmac-md5\n",                                                                                  "a renegotiated;c renegotiated;"               },
    {"a transform set that nobody names",
     "ipsec transform-set another ah-hmac-md5\n",                                                                                 ""                                             },
    {"a lifetime for those without",                                       "ipsec lifetime seconds 7200\n",
     "a renegotiated;c renegotiated;"                                                                                                                                            },
    {"the other lifetime, which b leaves to the router",
     "ipsec lifetime kilobytes 204800\n",                                                                                         "a renegotiated;b renegotiated;c renegotiated;"},
    {"the lifetime that holds anyway",                                     "ipsec lifetime seconds 28800\n",                      ""                                             },
    {"a rule for all that negotiate",                                      "ipsec ike-policy-rule 1\nhash md5\n",
     "a renegotiated;b renegotiated;c renegotiated;"                                                                                                                             },
    {"a rule's default, said",                                             "ipsec ike-policy-rule 1\nhash sha\n",                 ""                                             },
    {"a rule more",                                                        "ipsec ike-policy-rule 2\n",
     "a renegotiated;b renegotiated;c renegotiated;"                                                                                                                             },
    {"a rule less",                                                        "no ipsec ike-policy-rule 1\n",
     "a renegotiated;b renegotiated;c renegotiated;"                                                                                                                             },
    {"the interface of its source is shut down",
     "interface loopback 0\nshutdown\n",                                                                                          "a taken-down;b taken-down;"                   },
    {"the secondary address that it starts at goes",
     "interface loopback 1\n"
        "no ip address 10.0.0.3 255.255.255.255 secondary\n",                                                                     "s taken-down;"                                },
    {"the interface of its source, first or secondary, is out of service",
     "interface loopback 1\nip shutdown\n",                                                                                       "m taken-down;s taken-down;c taken-down;"      },
    {"it is shut down, signaled or not",
     "interface tunnel ipsec:a\nshutdown\n"
        "interface tunnel ipsec:m\nip shutdown\n",                                                                                "a taken-down;m taken-down;"                   },
    {"to be shut down is worse than to be restarted",
     "interface tunnel ipsec:a\nshutdown\ntunnel pfs group 2\n"
        "tunnel source 10.0.0.2\n",                                                                                               "a taken-down;"                                },
    {"shut down in both ways, it stays down in one",
     "interface tunnel ipsec:down\nip shutdown\nno shutdown\n",                                                                   "down changed-live;"                           },
    {"it is not shut down any more",
     "interface tunnel ipsec:down\nno shutdown\ntunnel pfs group 2\n",                                                            "down brought-up;"                             },
    {"one that is shut down has no SAs to be replaced",
     "interface tunnel ipsec:down\ntunnel pfs group 2\n"
        "tunnel source 10.0.0.2\n",                                                                                               "down changed-live;"                           },
    {"the interface of its source comes back, for one that is in service",
     "interface loopback 3\nno shutdown\n",                                                                                       "far brought-up;"                              },
    {"its source is one that is out of service",
     "interface tunnel ipsec:m\ntunnel source 10.0.0.4\n",                                                                        "m taken-down;"                                },
    {"its source is one that is in service",
     "interface tunnel ipsec:far\ntunnel source 10.0.0.2\n",                                                                      "far brought-up;"                              },
    {"a GRE tunnel is shut down",                                          "interface tunnel gre:g\nshutdown\n",
     "g taken-down;"                                                                                                                                                             },
    {"the interface of a GRE tunnel's source is shut down",
     "interface loopback 4\nshutdown\n",                                                                                          "g taken-down;"                                },
    {"one more address of its own",
     "interface tunnel ipsec:a\n"
        "ip address 10.9.0.1 255.255.255.0 secondary\n",                                                                          "a changed-live;"                              },
    {"one more address of a new one",
     "interface tunnel ipsec:n\n"
        "ip address 10.9.0.1 255.255.255.0 secondary\n",                                                                          "n created;"                                   },
    {"its source moves to another interface, also seen from another VR",
     "interface loopback 1\nno ip address\n"
        "interface loopback 2\nip address 10.0.0.2 255.255.255.255\n",                                                            "m changed-live;c changed-live;"               },
    {"a new one is new, whatever else",
     "ipsec transform-set strong ah-hmac-md5\n"
        "interface tunnel ipsec:n\ntunnel transform-set strong\n",                                                                "a renegotiated;n created;c renegotiated;"     },
    {"a key for its peer",
     "interface tunnel ipsec:a\ntunnel destination 198.51.100.7\n"
        "ipsec key manual pre-share 198.51.100.7\nkey secret\n",                                                                  "a restarted;"                                 },
    {"a key for nobody's peer",
     "ipsec key manual pre-share 198.51.100.8\nkey secret\n",                                                                     ""                                             },
    {"an option of another virtual router",
     "virtual-router isp\n"
        "ipsec option dpd\n",                                                                                                     ""                                             },
    {"an option where its endpoints are",                                  "ipsec option dpd\n",
     "a renegotiated;b renegotiated;c renegotiated;"                                                                                                                             },
    {"one that goes with its virtual router",                              "no virtual-router isp\n",
     "c removed;"                                                                                                                                                                },
};

static void
expect(size_t i, const struct config *before)
{
    static const struct schema_enum *words = &schema_enums[ENUM_TUNNEL_IMPACT];
    struct candidate *candidate = candidate_open(before);
    struct change_set set;
    struct impact impact;
    struct impact_group group;
    struct str found = {0};
    size_t position = 0;

    cr_assert_eq(
        type_script(candidate, rows[i].typed, NULL), OK, "%s", rows[i].why);
    config_diff(before, candidate_work(candidate), &set);
    config_impact(before, candidate_work(candidate), &set, &impact);
    while (impact_next(&impact, &position, &group)) {
        str_printf(&found, "%s %s;",
            value_string(&group.tunnel->fields[FIELD_TUNNEL_NAME]),
            words->values[group.impact].word);
    }
    cr_expect_str_eq(str_text(&found), rows[i].impact, "%s: %s", rows[i].why,
        str_text(&found));
    impact_done(&impact);
    change_set_done(&set);
    candidate_free(candidate);
    str_done(&found);
}

Test(impact, is_found_through_what_a_tunnel_depends_on)
{
    struct config *before = config_typed(running);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(i, before);
    config_unref(before);
}

Test(impact, names_each_cause)
{
    struct config *before = config_typed(running);
    struct candidate *candidate = candidate_open(before);
    struct change_set set;
    struct impact impact;
    struct impact_group group;
    size_t position = 0;

    cr_assert_eq(type_script(candidate,
                     "ipsec transform-set strong ah-hmac-md5\n"
                     "interface tunnel ipsec:a\ntunnel mtu 1300\n",
                     NULL),
        OK);
    config_diff(before, candidate_work(candidate), &set);
    config_impact(before, candidate_work(candidate), &set, &impact);
    cr_assert(impact_next(&impact, &position, &group));
    cr_expect_eq(group.count, 2);
    cr_expect_eq(group.impact, TUNNEL_IMPACT_RENEGOTIATED);
    cr_expect_eq(group.first[0].type, OBJECT_TRANSFORM_SET);
    cr_expect_eq(group.first[1].type, OBJECT_TUNNEL);
    cr_expect_eq(group.first[1].setting, SETTING_TUNNEL_MTU);
    cr_assert(impact_next(&impact, &position, &group));
    cr_expect_eq(group.count, 1, "c");
    cr_expect_not(impact_next(&impact, &position, &group));
    impact_done(&impact);
    change_set_done(&set);
    candidate_free(candidate);
    config_unref(before);
}
