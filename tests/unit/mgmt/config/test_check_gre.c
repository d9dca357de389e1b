/*
 * test_check_gre.c - GRE tunnels and transport profiles: what is refused, what
 * is warned of, and which profile is for which tunnel.
 *
 * Each case is typed on top of a sound configuration: a GRE tunnel, protected
 * by SAs by hand, beside a manual tunnel.
 */
#include "config/config.h"

#include "gen/enums.h"
#include "tests/support/config_typing.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define KEYS(in, out)                                                          \
    "session-key-inbound esp-hmac-sha256 " in KEY_256                          \
    "session-key-outbound esp-hmac-sha256 " out KEY_256
#define KEY_256                                                                \
    " 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
#define PROFILE(name)                                                          \
    "ipsec transport profile " name "\n"                                       \
    "application gre\n"                                                        \
    "transform esp-hmac-sha256\n"

static const char ground[] =
    "interface loopback 0\n"
    "ip address 192.0.2.1 255.255.255.0\n"
    "ip route 0.0.0.0 0.0.0.0 192.0.2.254\n"
    "virtual-router red\n"
    "interface loopback 1\n"
    "ip address 198.51.100.1 255.255.255.0\n"
    "virtual-router default\n"
    "interface tunnel gre:a\n"
    "ip address 10.9.0.1 255.255.255.252\n"
    "tunnel source 192.0.2.1\n"
    "tunnel destination 192.0.2.2\n"
    "ipsec transform-set sha esp-hmac-sha256\n"
    "interface tunnel ipsec:m\n"
    "ip address 10.8.0.1 255.255.255.252\n"
    "tunnel signaling manual\n"
    "tunnel source 192.0.2.1\n"
    "tunnel destination 192.0.2.3\n"
    "tunnel transform-set sha\n"
    "tunnel session-key-inbound esp-hmac-sha256 0x1001" KEY_256
    "tunnel session-key-outbound esp-hmac-sha256 0x2001" KEY_256 PROFILE(
        "wan") "local ip address 192.0.2.1\n"
               "remote ip address 192.0.2.2\n" KEYS("0x3001", "0x4001");

/* clang-format off */
static const struct typed_case tunnels[] = {
    {"interface tunnel gre:a\nip address 10.9.0.5 255.255.255.252\n",
     DIAG_ERROR, NULL},
    {"interface tunnel gre:a\ntunnel source 192.0.2.9\n", DIAG_ERROR,
     "192.0.2.9 is not an address of virtual router `default`"},
    {"interface tunnel gre:a\ntunnel source 10.9.0.1\n", DIAG_ERROR,
     "10.9.0.1 is not an address of virtual router `default`"},
    {"interface tunnel gre:a\ntunnel destination 224.0.0.1\n", DIAG_ERROR,
     "224.0.0.1 is not an address that a router can have"},
    {"interface tunnel gre:a\ntunnel destination 192.0.2.1\n", DIAG_ERROR,
     "192.0.2.1 is the tunnel's own source"},
    {"interface tunnel gre:twin\ntunnel source 192.0.2.1\n"
     "tunnel destination 192.0.2.2\n", DIAG_ERROR,
     "GRE tunnel `a` of virtual router `default` has the same source and"},
    {"no ip route 0.0.0.0 0.0.0.0 192.0.2.254\n"
     "interface tunnel gre:a\ntunnel destination 203.0.113.1\n",
     DIAG_WARNING, "No route of virtual router `default` leads to 203.0.113.1"},
    {"ip route 203.0.113.0 255.255.255.0 tunnel gre:a\n"
     "interface tunnel gre:a\ntunnel destination 203.0.113.1\n",
     DIAG_WARNING, "leads into the tunnel itself"},
    {"interface tunnel gre:a\nno tunnel source\n", DIAG_ERROR,
     "Set `tunnel source`"},
    {"interface tunnel gre:a\nno tunnel destination\n", DIAG_ERROR,
     "Set `tunnel destination`"},
};

static const struct typed_case profiles[] = {
    {PROFILE("wan") "remote ip address 192.0.2.7\n", DIAG_ERROR, NULL},
    {PROFILE("wan") "local ip address 192.0.2.9\n", DIAG_ERROR,
     "192.0.2.9 is not an address of virtual router `default`"},
    {PROFILE("wan") "no local ip address\n", DIAG_ERROR,
     "Set `local ip address`"},
    {PROFILE("wan") "no remote ip address\n", DIAG_ERROR,
     "Set `remote ip address`"},
    {PROFILE("wan") "no session-key-inbound\n", DIAG_ERROR,
     "Set `session-key-inbound`"},
    {PROFILE("wan") "no session-key-outbound\n", DIAG_ERROR,
     "Set `session-key-outbound`"},
    {PROFILE("wan") "transform esp-hmac-sha256 ah-hmac-sha256\n", DIAG_ERROR,
     "SAs by hand have one transform, but the profile has 2"},
    {PROFILE("wan") "transform ah-hmac-sha256\n", DIAG_ERROR,
     "the profile's `transform`"},
    {PROFILE("wan") "lifetime seconds 1800\n", DIAG_WARNING,
     "`lifetime` and `pfs group` have no effect"},
    {PROFILE("wan") "pfs group 14\n", DIAG_WARNING,
     "`lifetime` and `pfs group` have no effect"},
    {PROFILE("wan") "application gre l2tp\n", DIAG_WARNING,
     "This router protects GRE only"},
    {PROFILE("wan") "application dvmrp\n", DIAG_WARNING,
     "This router protects GRE only"},
    {PROFILE("twin") "local ip address 192.0.2.1\n"
     "remote ip address 192.0.2.2\n", DIAG_ERROR,
     "Profile `wan` is for GRE between the same ends"},
    {PROFILE("twin") "application l2tp\nlocal ip address 192.0.2.1\n"
     "remote ip address 192.0.2.2\n", DIAG_WARNING,
     "This router protects GRE only"},
    {PROFILE("spi") "local ip address 192.0.2.1\n"
     "remote ip address 192.0.2.8\n" KEYS("0x3001", "0x4002"), DIAG_ERROR,
     "Transport profile `wan` has the same inbound SPI at the same address"},
    {PROFILE("spi") "local ip address 192.0.2.1\n"
     "remote ip address 192.0.2.8\n" KEYS("0x3002", "0x4001"), DIAG_ERROR,
     NULL},
    {PROFILE("wan") KEYS("0x1001", "0x4001"), DIAG_ERROR,
     "Tunnel `m` of virtual router `default` has the same inbound SPI"},
    {"interface tunnel ipsec:m\n"
     "tunnel session-key-inbound esp-hmac-sha256 0x3001" KEY_256, DIAG_ERROR,
     "Transport profile `wan` has the same inbound SPI at the same address"},
    {PROFILE("wan") "no session-key-inbound\nno session-key-outbound\n",
     DIAG_WARNING, "has no preshared key for it: type `ipsec key manual "
     "pre-share 192.0.2.2`"},
    {PROFILE("any") "transform esp-des-hmac-md5\n", DIAG_WARNING,
     "Weak: DES, MD5"},
};
/* clang-format on */

Test(check_gre, says_what_is_wrong_with_a_tunnel)
{
    for (size_t i = 0; i < sizeof(tunnels) / sizeof(tunnels[0]); i++)
        typed_case_try(ground, &tunnels[i]);
}

Test(check_gre, says_what_is_wrong_with_a_profile)
{
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
        typed_case_try(ground, &profiles[i]);
}

/* ---- which profile is for which tunnel ---- */

/* Profiles for these ends, made in this order: the name of the one for a. */
static void
expect_profile(const char *script, const char *name)
{
    static const char keys[] = "interface tunnel gre:a\n"
                               "tunnel source 192.0.2.1\n"
                               "tunnel destination 192.0.2.2\n";
    struct config *config;
    const struct object *gre;
    const struct object *profile;
    char text[1024];

    (void)snprintf(text, sizeof text, "%s%s", keys, script);
    config = config_typed(text);
    gre = config_next(config, OBJECT_GRE_TUNNEL, NULL);
    cr_assert_not_null(gre);
    profile = config_gre_profile(config, gre);
    if (name == NULL) {
        cr_expect_null(profile, "%s", script);
    } else {
        cr_assert_not_null(profile, "%s", script);
        cr_expect_str_eq(
            value_string(&profile->fields[FIELD_TRANSPORT_PROFILE_NAME]), name,
            "%s", script);
    }
    config_unref(config);
}

#define LOCAL  "local ip address 192.0.2.1\n"
#define REMOTE "remote ip address 192.0.2.2\n"

Test(check_gre, takes_the_closest_profile)
{
    static const struct {
        const char *script;
        const char *name;
    } rows[] = {
        {"",                                                  NULL},
        {PROFILE("d"),                                        "d" },
        {PROFILE("d") PROFILE("c") REMOTE,                    "c" },
        {PROFILE("d") PROFILE("c") REMOTE PROFILE("b") LOCAL, "b" },
        {PROFILE("a") PROFILE("c") REMOTE PROFILE("b") LOCAL PROFILE("z")
                LOCAL REMOTE,
         "z"                                                      },
        {PROFILE("y") PROFILE("x"),                           "x" },
        {PROFILE("d") "local ip address 192.0.2.9\n",         NULL},
        {PROFILE("d") "remote ip address 192.0.2.9\n",        NULL},
        {PROFILE("d") "application l2tp\n",                   NULL},
        {"virtual-router red\n" PROFILE("d"),                 NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_profile(rows[i].script, rows[i].name);
}
